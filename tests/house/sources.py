"""The project's own files, as the house tests read them."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("api/", "cli/", "domain/", "labels/", "migrations/")
IMPURE = (
    "actions.py",
    "store.py",
    "goods.py",
    "reading.py",
    "tables.py",
    "tables_of_prints.py",
    "database.py",
)
LAUNCHER = ("domain/cluster.py", "domain/embedded.py")  # no SQLAlchemy, but files and processes


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the project's root, its text, its syntax tree."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_pure(self) -> bool:
        """Whether this file decides without asking anything outside its arguments."""
        return (
            self.path.startswith("domain/")
            and self.name not in IMPURE
            and self.path not in LAUNCHER
        )

    def at(self, node: ast.AST, told: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {told}"


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project that git knows or would take."""
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def python_files() -> tuple[Source, ...]:
    """Every Python file, tests and benchmarks included."""
    return tuple(
        Source(relative(path), path.read_text()) for path in tracked() if path.suffix == ".py"
    )


@cache
def program() -> tuple[Source, ...]:
    """The Python files that are shipped."""
    return tuple(source for source in python_files() if source.path.startswith(PACKAGES))


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Every file that is text, as (path, text)."""
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            found.append((relative(path), content.decode(errors="replace")))
    return tuple(found)


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
    return "?"


def strings(source: Source) -> Iterator[ast.Constant]:
    """Every string but docstrings."""
    said = {
        id(node.body[0].value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def found_in(texts: Iterable[tuple[str, str]], pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern stands in these texts."""
    return [
        f"{path}:{number}: {match[0]}"
        for path, text in texts
        for number, line in enumerate(text.split("\n"), 1)
        if (match := pattern.search(line))
    ]
