"""The documents say what is so: their code is read, their checks exist, their words are kept."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import ROOT, relative, tracked

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = {"sh", "bash", "shell", "console"}
KNOWN = SHELL | {"json", "python", "toml", "http", "text", "mermaid", "sql", "csv"}
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
DECISION = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
CHECK = re.compile(r"`((?:tests|\.ci)/[\w./-]+|Makefile|Dockerfile|pyproject\.toml)(?:::(\w+))?`")

DOCUMENTS = [path for path in tracked() if path.suffix == ".md"]
DECISIONS = [path for path in DOCUMENTS if relative(path).startswith("docs/decisions/")]
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
every_decision = pytest.mark.parametrize("path", DECISIONS, ids=relative)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    yield from BLOCK.findall(text)


def faults(language: str, code: str) -> list[str]:
    """What is wrong in a block of code."""
    if language not in KNOWN:
        return [f"unknown language {language}"]
    try:
        if language == "json":
            json.loads(code)
        elif language == "toml":
            tomllib.loads(code)
        elif language == "python":
            ast.parse(code)
    except ValueError as error:
        return [f"{language}: {error}"]
    except SyntaxError as error:
        return [f"python: {error}"]
    return made_of(code) if language in SHELL else []


def made_of(code: str) -> list[str]:
    asked = re.findall(r"^(?:\$ )?make ([a-z-]+)", code, re.MULTILINE)
    return [f"no such target: make {target}" for target in asked if target not in TARGETS]


@every_document
def test_blocks_of_code_can_be_read(path: Path):
    found = [told for block in blocks(path.read_text()) for told in faults(*block)]

    assert found == []


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("json", '{"quantity": }'),
        ("toml", "quantity = "),
        ("python", "def offer(:"),
        ("sh", "make coffee\n"),
        ("brainfuck", "+"),
    ],
)
def test_a_faulty_block_is_noticed(language: str, code: str):
    assert [told for block in blocks(f"```{language}\n{code}\n```\n") for told in faults(*block)]


@every_decision
def test_a_decision_has_its_five_parts(path: Path):
    text = path.read_text()

    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == DECISION
    assert len(text.split("\n")) <= 60, "a decision is one page"


def test_decisions_are_numbered_without_gaps():
    numbers = sorted(int(path.name[:4]) for path in DECISIONS)

    assert numbers == list(range(1, len(numbers) + 1))


def missing_checks(text: str) -> list[str]:
    """The tests that a document names and that are not there."""
    return [
        f"{path}::{name}"
        for path, name in CHECK.findall(text)
        if not (ROOT / path).exists() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]


@pytest.mark.parametrize("path", [*DECISIONS, ROOT / "CONTRIBUTING.md"], ids=relative)
def test_every_check_that_is_named_exists(path: Path):
    text = path.read_text()

    assert CHECK.search(text), "a rule without a check is a wish"
    assert missing_checks(text) == []


def test_a_check_that_does_not_exist_is_noticed():
    assert missing_checks("see `tests/house/test_nothing.py`")
    assert missing_checks("see `tests/house/test_docs.py::test_nothing`")
    assert missing_checks("see `tests/house/test_docs.py::missing_checks`") == []


def test_every_target_is_explained_by_make_help():
    explained = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert TARGETS - explained == {"lint"}  # part of `check` and `test`


def test_what_everybody_reads_can_be_read_in_a_quarter_of_an_hour():
    words = sum(
        len((ROOT / name).read_text().split())
        for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md")
    )

    assert words <= 15 * 250
