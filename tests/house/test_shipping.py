"""What is installed is what is tested: package data, entry points, locks, the image."""

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from functools import cache
from typing import Any

import pytest

from tests.house.sources import PACKAGES, ROOT, program, relative, tracked

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def canonical(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[;<>=~! ]", requirement)[0]).lower()


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE))


def is_shipped(path: str) -> bool:
    settings = project()["tool"]["setuptools"]
    name = path.rpartition("/")[2]
    return any(fnmatch(name, pattern) for pattern in settings["package-data"]["*"])


def test_every_file_of_the_packages_is_shipped():
    data = [
        relative(path)
        for path in tracked()
        if relative(path).startswith(PACKAGES) and path.suffix != ".py"
    ]

    assert [path for path in data if not is_shipped(path)] == []
    assert not is_shipped("domain/catalogue/data/rules.unheard-of")


def test_every_package_is_installed():
    included = project()["tool"]["setuptools"]["packages"]["find"]["include"]

    assert {f"{pattern.rstrip('*')}/" for pattern in included} == set(PACKAGES)


def test_the_command_exists():
    module, _, function = project()["project"]["scripts"]["tamga"].partition(":")
    path = f"{module.replace('.', '/')}.py"
    [source] = [source for source in program() if source.path == path]

    assert f"def {function}(" in source.text


def test_the_command_starts_without_the_server():
    script = "import sys, cli.main; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()

    assert set(loaded) & {"api", "fastapi", "sqlalchemy", "asyncpg", "numpy"} == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_locked_is_locked_by_hash_and_from_no_named_place(lock: str):
    text = (ROOT / lock).read_text()
    entries = [entry for entry in re.split(r"\n(?=[a-z0-9])", text) if entry.strip()]

    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|^-", text, re.MULTILINE)


def test_every_dependency_is_locked():
    groups = project()["dependency-groups"]
    wanted = {canonical(each) for each in project()["project"]["dependencies"]}

    assert wanted - set(pinned("requirements.lock")) == set()
    assert {canonical(each) for each in groups["dev"]} - set(
        pinned("requirements-dev.lock")
    ) == set()
    assert {canonical(each) for each in groups["install"]} == set(pinned("requirements-uv.lock"))


def test_developers_run_what_is_shipped():
    shipped, developed = pinned("requirements.lock"), pinned("requirements-dev.lock")

    assert {name: developed.get(name) for name in shipped} == shipped


def test_every_dependency_is_justified_where_it_is_named():
    lines = (ROOT / "pyproject.toml").read_text().split("\n")
    start = lines.index("dependencies = [")
    named = lines[start + 1 : lines.index("]", start)]
    unexplained = [line for line in named if line.strip().startswith('"') and "#" not in line]

    assert unexplained == []


def test_every_exception_of_the_linter_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text()
    ignores = re.findall(r'^  "([A-Z]+\d*)",(.*)$', text, re.MULTILINE)

    assert len(ignores) > 10
    assert [rule for rule, reason in ignores if "  # " not in reason] == []


def test_the_image_takes_only_what_it_is_built_from():
    taken = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)

    assert {f"{name}/" for name in taken if "." not in name} == set(PACKAGES)
    assert set(
        re.findall(r"^COPY (?!--from)(.*) \./$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[
            0
        ].split()
    ) <= set(taken)


def test_the_image_does_not_run_as_root():
    assert re.findall(r"^USER (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1].isdigit()
