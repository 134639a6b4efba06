"""Every way to say no is told completely, placed in the tree, documented and used."""

import ast
import importlib
import re
from dataclasses import fields
from functools import cache

import pytest

from domain import errors
from domain.errors import Refusal
from tests.house.sources import ROOT, dotted, program

MEMBERS = {"type", "title", "status", "detail", "instance", "advice", "request_id"}


@cache
def every_class() -> tuple[type[Refusal], ...]:
    for source in program():
        if re.search(r"^class \w+\(", source.text, re.MULTILINE) and "errors" in source.text:
            importlib.import_module(source.module)
    found: list[type[Refusal]] = []
    waiting = [Refusal]
    while waiting:
        refusal = waiting.pop()
        found.append(refusal)
        waiting += refusal.__subclasses__()
    return tuple(refusal for refusal in found if refusal.__module__.split(".")[0] != "tests")


def told_to_callers() -> list[type[Refusal]]:
    return [refusal for refusal in every_class() if refusal.slug]


@pytest.mark.parametrize("refusal", told_to_callers(), ids=lambda refusal: refusal.__name__)
def test_a_refusal_is_told_completely(refusal: type[Refusal]):
    title = (refusal.__doc__ or "").strip().split("\n")[0]

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", refusal.slug)
    assert re.fullmatch(r"[A-Z].+\.", title)
    assert refusal.advice.endswith((".", "`")), "advice is a sentence"
    assert refusal.__hash__ is not None, "use @dataclass(eq=False)"
    assert len(refusal.__subclasses__()) == 0, "only families have children"
    assert not MEMBERS & {fact.name for fact in fields(refusal)}, "RFC 9457 has these for itself"


def test_slugs_are_told_apart():
    slugs = [refusal.slug for refusal in told_to_callers()]

    assert sorted(slugs) == sorted(set(slugs))


def test_every_family_stands_in_the_tree():
    families = {refusal for refusal in every_class() if not refusal.slug}
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))

    assert {family.__name__ for family in families} - {"Refusal"} == drawn


def test_every_refusal_has_its_line_in_the_documentation():
    path = ROOT / "docs" / "problems.md"
    documented = re.findall(r"^## ([a-z0-9-]+)$", path.read_text(), re.MULTILINE)

    assert sorted(refusal.slug for refusal in told_to_callers()) == sorted(documented)


def test_every_refusal_is_used():
    used = {
        dotted(node).rpartition(".")[2]
        for source in program()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name | ast.Attribute)
    }

    assert {refusal.__name__ for refusal in told_to_callers()} - used == set()
