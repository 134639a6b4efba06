"""The floors of the house: import-linter's contracts notice what they were written for."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.sources import ROOT, program

LINTER = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {
    contract["name"]: contract for contract in SETTINGS["tool"]["importlinter"]["contracts"]
}

FLOORS = "The house has four floors"
DOMAIN = "Every folder of the domain has its floor"
CAPABILITY = "Inside a capability: actions, goods, store, and below them what is pure"
PURE = "Rules and standards are pure"
HTTP = "The domain does not know HTTP"
LABELS = "Labels do not know the database"
PRESS = "Labels: the press, then outputs, layouts, the drawing, symbols and words"
CLIENT = "The command line is a client, but for the server's own commands"
ROUTES = "Routes reach the database only through actions"

# (where, what is planted there, the contracts that must notice)
PLANTED = [
    ("domain/codes/utils.py", "", {CAPABILITY}),
    ("domain/unplaced/__init__.py", "", {DOMAIN}),
    ("domain/catalogue/rules.py", "import sqlmodel", {PURE}),
    ("api/participants.py", "from domain.participants import store", {ROUTES}),
    ("api/participants.py", "import asyncpg", {ROUTES}),
    ("domain/participants/actions.py", "from fastapi import HTTPException", {HTTP}),
    ("domain/participants/store.py", "from domain.participants import actions", {CAPABILITY}),
    ("domain/standards/gs1_keys.py", "from domain import errors", {DOMAIN}),
    ("domain/registry/store.py", "from domain.lifecycle import store", {DOMAIN}),
    ("labels/symbols/symbol.py", "from api import settings", {FLOORS}),
    ("labels/symbols/symbol.py", "from domain import database", {LABELS}),
    ("labels/symbols/qr.py", "from labels.output import pdf", {PRESS}),
    ("labels/helpers.py", "", {PRESS}),
    ("api/settings.py", "import cli", {FLOORS}),
    ("cli/main.py", "from api import problems", {CLIENT}),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, to plant violations in."""
    place = tmp_path_factory.mktemp("house")
    for source in program():
        path = place / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.text)
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def broken(place: Path) -> set[str]:
    told = subprocess.run(
        LINTER,
        cwd=place,
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(place)},
    ).stdout
    assert "Contracts: " in told, told
    return {name for name in CONTRACTS if f"{name} BROKEN" in told}


def test_the_house_stands(copy: Path):
    assert broken(copy) == set()


@pytest.mark.parametrize(("path", "line", "noticed_by"), PLANTED)
def test_a_planted_import_is_noticed(copy: Path, path: str, line: str, noticed_by: set[str]):
    planted = copy / path
    before = planted.read_text() if planted.exists() else None
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f"{before or ''}\n{line}\n")
    try:
        assert noticed_by <= broken(copy)
    finally:
        if before is None:
            planted.unlink()
        else:
            planted.write_text(before)
        if not any(planted.parent.iterdir()):
            planted.parent.rmdir()


def test_every_contract_has_a_planted_violation():
    assert set().union(*(noticed_by for _, _, noticed_by in PLANTED)) == set(CONTRACTS)


def test_every_pure_file_is_held_to_purity():
    listed = set(CONTRACTS[PURE]["source_modules"])
    pure = {
        source.module
        for source in program()
        if source.is_pure
        and source.name != "__init__.py"
        and not source.path.startswith("domain/standards/")
    }

    assert pure - listed == set()
    assert {name for name in listed if not (ROOT / name.replace(".", "/")).is_dir()} <= {
        source.module for source in program()
    }


def test_every_capability_is_held_to_its_inner_order():
    folders = {
        source.module
        for source in program()
        if source.path.startswith("domain/")
        and source.path.count("/") == 2
        and source.name == "__init__.py"
    }

    assert folders - {"domain.standards"} == set(CONTRACTS[CAPABILITY]["containers"])
