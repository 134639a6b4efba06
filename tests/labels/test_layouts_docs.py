"""What docs/layouts.md says of layouts is so."""

import re
from pathlib import Path

import pytest

from domain.catalogue.templates import Family
from domain.prints.told import Facts
from labels.layouts import checking, ready
from labels.layouts.composing import Composer
from labels.layouts.facts import FIELDS
from labels.layouts.layout import parse
from labels.refusals import DoesNotFit
from labels.text import fonts

TEXT = (Path(__file__).parents[2] / "docs" / "layouts.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| `([a-z0-9-]+)` \| ([\d.]+) x ([\d.]+)[^|]*\| (\d+) dpi \| ([^|]*)\|$", re.MULTILINE
)
SIZES = {20, 22, 24, 32, 36, 40, 44}


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return found


def test_the_example_is_a_layout_for_every_template(shape, codes):
    layout = parse(block("toml"))
    code = codes(1)[0]
    gtin = code[:14] if shape.family is Family.T29 else code[2:16]

    (label,) = Composer(layout, layout.dpi, fonts.find()).units(
        Facts("Мёд «Липовый»", gtin), shape.family, [code]
    )

    assert label.placed[0].symbol.content == code


def test_the_code_runs():
    exec(compile(block("python"), "docs/layouts.md", "exec"), {})  # noqa: S102 - ours


def test_every_ready_layout_is_told_as_it_is():
    told = {
        name: ((float(width), float(height)), int(dpi))
        for name, width, height, dpi, _ in ROW.findall(TEXT)
    }

    layouts = map(ready.named, ready.names())
    assert told == {layout.name: (layout.label_mm, layout.dpi) for layout in layouts}


@pytest.mark.parametrize(
    ("name", "told"), [(row[0], row[4]) for row in ROW.findall(TEXT) if "package" not in row[0]]
)
def test_what_a_ready_layout_does_not_hold_is_told(name, told):
    layout = ready.named(name)
    if layout.kind == "package":
        assert told == ""
        return

    missing = {dpi: unheld(layout, dpi) for dpi in (203, 300, 600)}

    expected = (
        {203: {40, 44}, 300: {44}, 600: set()} if told else {203: set(), 300: set(), 600: set()}
    )
    assert missing == expected


def unheld(layout, dpi: int) -> set[int]:
    found = set()
    for size in SIZES:
        try:
            checking.check(layout, dpi, checking.Needs(Family.L88, 20, size))
        except DoesNotFit:
            found.add(size)
    return found


def test_every_field_is_told():
    assert all(f"`{{{name}}}`" in TEXT for known in FIELDS.values() for name in known)
    asked = set(re.findall(r"^(\w+) = ", "".join(map(toml, ready.names())), re.MULTILINE))
    assert all(f"`{name}`" in TEXT for name in asked)


def toml(name: str) -> str:
    return ready.named(name).toml
