"""A layout before anything is printed: what has room on it, how it looks, a page to measure by."""

from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from typing import NamedTuple

from domain.catalogue.templates import Family
from domain.prints.told import PackageFacts
from labels import press
from labels.layouts import checking, sample, test_page
from labels.layouts.checking import Needs, SymbolFit
from labels.layouts.facts import Kind
from labels.layouts.parts import Carrier, Layout
from labels.output import pdf
from labels.output.formats import Format
from labels.output.paper import Paper
from labels.refusals import LabelRefused
from labels.text.fonts import Font

RESOLUTIONS = (203, 300, 600)
PACKAGES = "packages"
SAMPLES = len(sample.NAMES)
PICTURES = (Format.SVG, Format.PNG, Format.PDF)

# The largest codes that any template of a family prints: characters of the serial, optional AIs.
LARGEST: dict[Family, tuple[int, tuple[str, ...]]] = {
    Family.S: (20, ()),
    Family.L44: (20, ()),
    Family.L88: (13, ("240",)),
    Family.T29: (7, ()),
}


class Room(NamedTuple):
    """Whether the largest codes of a family, or a package's, have room at this resolution."""

    goods: str  # the family's name, or `PACKAGES`
    dpi: int
    symbols: tuple[SymbolFit, ...]  # none where there is no room
    refused: LabelRefused | None  # why there is none


def rooms(layout: Layout, resolutions: Iterable[int], font: Font) -> list[Room]:
    """What fits, told for every resolution and all goods that the layout is for.

    Texts are those of the sample, the longest there are; QR codes lead to a host of 14 characters.
    """
    return [
        room(layout, dpi, goods, asked, font)
        for dpi in resolutions
        for goods, asked in wanted(layout)
    ]


def wanted(layout: Layout) -> Iterator[tuple[str, Needs | PackageFacts]]:
    if layout.kind is Kind.PACKAGE:
        yield PACKAGES, sample.package(sample.NAMES[0])
        return
    resolver = sample.RESOLVER if layout.symbol(Carrier.QR) else None
    facts = sample.unit(sample.NAMES[0])
    for family, (serial, optional) in LARGEST.items():
        yield family.value, checking.of_shape(family, serial, optional, resolver, facts)


def room(layout: Layout, dpi: int, goods: str, asked: Needs | PackageFacts, font: Font) -> Room:
    try:
        return Room(goods, dpi, checking.check(layout, dpi, asked, font).symbols, None)
    except LabelRefused as refused:
        return Room(goods, dpi, (), refused)


def drawn(layout: Layout, form: Format, dpi: int, font: Font, which: int = 1) -> bytes:
    """Labels of goods that there are none of, by the same hand as the print.

    SVG and PNG show one of `SAMPLES` labels, counted from 1; a PDF a page full of them. Raises as
    a label of the layout would if not even the shortest codes have room.
    """
    drawings = sample.drawings(layout, dpi, font)
    if form is not Format.PDF:
        return press.drawn(drawings[which - 1], form)
    order = press.Order(layout, form, font, dpi, title=f"{sample.MARK}: {layout.title}")
    filling = islice(cycle(drawings), max(layout.positions, len(drawings)))
    return b"".join(pdf.pages(filling, press.paper(order), order.title))


def measure(layout: Layout, dpi: int, font: Font) -> bytes:
    """A PDF with rulers and the borders of the labels: print it, and measure it."""
    page = test_page.drawing(layout, dpi, font)
    paper = Paper(dpi, *layout.page_dots(dpi), corners=((0, 0),))
    return b"".join(pdf.pages([page], paper, f"Test page: {layout.title}"))
