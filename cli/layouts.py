"""Layouts at work on this machine: checked, drawn with sample goods, measured.

Imported only where one is: fonts and symbols take longer to import than the rest of a command.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cli.faults import Failure, told
from cli.files import Source
from labels import preview
from labels.layouts import layout as layouts
from labels.layouts import ready
from labels.layouts.parts import Layout
from labels.output.formats import Format
from labels.preview import Room
from labels.refusals import LabelRefused
from labels.text import fonts

OF_A_FILE = ".toml"
ROOM = ("goods", "dpi", "symbol", "module mm", "width mm", "fits")
LISTED = ("layout", "label mm", "sheet", "kind", "dpi", "title")


class LayoutRefused(Failure):
    """What labels refuse, told to a person."""

    def __init__(self, refused: LabelRefused) -> None:
        super().__init__(refused.title, more=[*facts_of(refused), f"→ {refused.advice}"])


def facts_of(refused: LabelRefused) -> list[str]:
    return [*told({name: plain(fact) for name, fact in refused.facts.items()})]


def plain(fact: object) -> object:
    """As JSON would have it."""
    return list(fact) if isinstance(fact, tuple) else fact


def is_file(named: str) -> bool:
    return named == "-" or named.endswith(OF_A_FILE)


def text_of(path: str) -> str:
    """The layout in a file, whether or not it is one."""
    try:
        with Source(path).opened() as file:
            return file.read(layouts.LONGEST + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Failure(f"{path} is not UTF-8.") from None


def chosen(named: str) -> Layout:
    """The ready layout of this name, or the one in this file; refuses what is none."""
    try:
        return layouts.parse(text_of(named)) if is_file(named) else ready.named(named)
    except LabelRefused as refused:
        raise LayoutRefused(refused) from refused


def listed() -> Iterator[dict[str, Any]]:
    for name in ready.names():
        layout = ready.named(name)
        sheet = layout.sheet
        yield {
            "layout": name,
            "label mm": "{:g} x {:g}".format(*layout.label_mm),
            "sheet": f"{sheet.columns} x {sheet.rows}" if sheet else None,
            "kind": layout.kind.value,
            "dpi": layout.dpi,
            "title": layout.title,
        }


def rooms(layout: Layout, resolutions: Sequence[int]) -> list[dict[str, Any]]:
    """What fits, a row for each kind of goods and resolution."""
    asked = resolutions or sorted({*preview.RESOLUTIONS, layout.dpi})
    return [row(room) for room in preview.rooms(layout, asked, fonts.find())]


def row(room: Room) -> dict[str, Any]:
    symbol = room.symbols[0] if room.symbols else None
    return {
        "goods": room.goods,
        "dpi": room.dpi,
        "symbol": f"{symbol.symbology} {symbol.columns}" if symbol else None,
        "module mm": symbol.module_mm if symbol else None,
        "width mm": symbol.width_mm if symbol else None,
        "fits": "yes" if room.refused is None else ", ".join(facts_of(room.refused)),
    }


def draw(layout: Layout, out: Path, dpi: int | None, sample: int) -> bytes:
    """The sample, in the form that the file's name ends with."""
    form = Format(out.suffix.removeprefix("."))
    return drawn(lambda: preview.drawn(layout, form, dpi or layout.dpi, fonts.find(), sample))


def measure(layout: Layout, dpi: int | None) -> bytes:
    return drawn(lambda: preview.measure(layout, dpi or layout.dpi, fonts.find()))


def drawn(work: Any) -> bytes:  # noqa: ANN401
    try:
        content: bytes = work()
    except LabelRefused as refused:
        raise LayoutRefused(refused) from refused
    return content
