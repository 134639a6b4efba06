"""A page to measure a printer by: rulers from the edges of the paper, and where labels begin.

Whoever lays it on the labels, or a ruler on it, sees by how much the printer scales and shifts.
"""

from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple

from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.layouts import placing, sample, words
from labels.layouts.facts import Kind
from labels.layouts.parts import (
    Align,
    Box,
    Carrier,
    Layout,
    Room,
    TextPart,
    Vertical,
    dots,
    room,
)
from labels.layouts.words import Paragraph, Place
from labels.symbols import data_matrix, linear
from labels.symbols.dots import MILLIMETRES_PER_INCH
from labels.symbols.symbol import Symbol
from labels.text.fonts import Font

ADVICE = "Печатайте в масштабе 100 %, без подгонки. Print at 100 %, do not fit to page."
BORDER_MM = 0.15
TICK_MM = 0.1
BARS_MM = 20.0  # height of the bars of an SSCC here
SIZES_PT = (7.5, 4.0)
NUMBER_PT = 14.0  # of a label's position
GAP_MM = 1.0


class Ruler(NamedTuple):
    """Lengths of the ticks from the edge: each mm, each five, each ten; and the figures' size.

    On a sheet they reach beyond the few millimetres at its edges that printers leave white.
    """

    one_mm: float
    five_mm: float
    ten_mm: float
    figures_pt: float

    def tick_mm(self, millimetre: int) -> float:
        if millimetre % 5:
            return self.one_mm
        return self.five_mm if millimetre % 10 else self.ten_mm

    @property
    def depth_mm(self) -> float:
        return self.ten_mm + 2 * self.figures_pt * MILLIMETRES_PER_INCH / 72


ON_SHEET = Ruler(5.5, 6.2, 7.0, 5.0)
ON_ROLL = Ruler(1.0, 1.5, 2.0, 4.0)


def drawing(layout: Layout, dpi: int, font: Font) -> Drawing:
    """One page of the layout: a sheet with all its labels, or a single label of a roll.

    Raises as a label of the layout would if no symbol fits it at this resolution.
    """
    width, height = layout.page_dots(dpi)
    ruler = ON_SHEET if layout.sheet else ON_ROLL
    bars = [*_ticks(layout.page_mm, ruler, dpi), *_borders(layout, dpi)]
    shown = _middle(layout)
    left, top = layout.corner_mm(shown)
    inset = (GAP_MM,) * 2 if layout.sheet else (ruler.depth_mm,) * 2
    box = Box(
        left + inset[0],
        top + inset[1],
        layout.label_mm[0] - inset[0] - GAP_MM,
        layout.label_mm[1] - inset[1] - GAP_MM,
    )
    placed, told = _shown(layout, dpi, font, room(box, dpi))
    figures = _figures(layout.page_mm, ruler, dpi, font)
    numbers = _numbers(layout, shown, dpi, font)
    face = Face(dpi, width, height, font, (*figures, *numbers, *told), tuple(bars), (placed,))
    return Drawing(face)


def _middle(layout: Layout) -> int:
    """The position that tells what page this is: in the middle, where every printer prints."""
    if layout.sheet is None:
        return 0
    return layout.sheet.rows // 2 * layout.sheet.columns + layout.sheet.columns // 2


def _ticks(page_mm: tuple[float, float], ruler: Ruler, dpi: int) -> Iterator[Bar]:
    """Of both rulers, which leave the corner between them free."""
    thick = max(dots(TICK_MM, dpi), 1)
    for millimetre in range(ceil(ruler.ten_mm), floor(page_mm[0]) + 1):
        length = dots(ruler.tick_mm(millimetre), dpi)
        yield Bar(dots(millimetre, dpi) - thick // 2, 0, thick, length)
    for millimetre in range(ceil(ruler.ten_mm), floor(page_mm[1]) + 1):
        length = dots(ruler.tick_mm(millimetre), dpi)
        yield Bar(0, dots(millimetre, dpi) - thick // 2, length, thick)


def _figures(page_mm: tuple[float, float], ruler: Ruler, dpi: int, font: Font) -> Iterator[Words]:
    """Each tenth millimetre's number at the end of its tick, where the other ruler is not."""
    size = ruler.figures_pt * dpi / 72
    ends = dots(ruler.ten_mm, dpi)
    for millimetre in range(10, floor(page_mm[0]) + 1, 10):
        left = dots(millimetre, dpi) - font.width(str(millimetre)) * size / 2
        if ends < left < dots(page_mm[0], dpi) - font.width(str(millimetre)) * size:
            yield Words(str(millimetre), round(left), round(ends + size), size)
    for millimetre in range(10, floor(page_mm[1]), 10):
        baseline = dots(millimetre, dpi) + size * font.cap_height / 2
        yield Words(str(millimetre), round(ends + size / 4), round(baseline), size)


def _borders(layout: Layout, dpi: int) -> Iterator[Bar]:
    """The edges of every label, drawn inside of it."""
    thick = max(dots(BORDER_MM, dpi), 1)
    width, height = layout.label_dots(dpi)
    for position in range(layout.positions):
        left, top = layout.corner(position, dpi)
        yield Bar(left, top, width, thick)
        yield Bar(left, top + height - thick, width, thick)
        yield Bar(left, top, thick, height)
        yield Bar(left + width - thick, top, thick, height)


def _numbers(layout: Layout, shown: int, dpi: int, font: Font) -> Iterator[Words]:
    """The positions of a sheet as they are counted for a used one, but for the one that tells."""
    if layout.sheet is None:
        return
    size = NUMBER_PT * dpi / 72
    width, height = layout.label_dots(dpi)
    for position in range(layout.positions):
        if position != shown:
            left, top = layout.corner(position, dpi)
            number = str(position + 1)
            middle = left + (width - font.width(number) * size) / 2
            yield Words(
                number, round(middle), round(top + (height + size * font.cap_height) / 2), size
            )


def _shown(layout: Layout, dpi: int, font: Font, area: Room) -> tuple[Placed, tuple[Words, ...]]:
    """A sample's symbol with the module that the layout gives it, and beside or below it what this is."""
    symbol, module = _symbol(layout, dpi, font)
    quiet = symbol.geometry.quiet_columns
    across = symbol.columns + 2 * quiet
    module = min(module, area.width // across)
    gap = dots(GAP_MM, dpi)
    if symbol.lines > 1:
        module = min(module, area.height // across)
        taken = across * module
        placed = Placed(
            symbol, area.left + quiet * module, area.top + quiet * module, module, module
        )
        free = Room(area.left + taken + gap, area.top, area.width - taken - gap, area.height)
    else:
        line = min(dots(BARS_MM, dpi), area.height // 2)
        left = area.left + (area.width - symbol.columns * module) // 2
        placed = Placed(symbol, left, area.top, module, line)
        free = Room(area.left, area.top + line + gap, area.width, area.height - line - gap)
    module_mm = module * MILLIMETRES_PER_INCH / dpi
    told = (
        sample.MARK,
        layout.name,
        f"{dpi} dpi, {module_mm:.3f} mm = {module} dots",
        ADVICE,
    )
    part = TextPart("test page", (), Box(0, 0, 0, 0), SIZES_PT, Align.LEFT, Vertical.TOP, ())
    paragraphs = [Paragraph(text, may_end_early=text in (layout.name, ADVICE)) for text in told]
    return placed, words.prose(Place(part, free, layout.name, dpi), paragraphs, font)


def _symbol(layout: Layout, dpi: int, font: Font) -> tuple[Symbol, int]:
    """A symbol of a sample, and the dots of its module on a label of this layout."""
    if layout.kind is Kind.PACKAGE:
        symbol = linear.sscc(sample.SSCC)
        part = next(part for part in layout.symbols if "00" in part.elements)
    else:
        family = sample.fitting(layout, dpi, font)
        symbol = data_matrix.one(sample.marking_code(family), family)
        part = next(part for part in layout.symbols if part.carrier is Carrier.DATA_MATRIX)
    return symbol, placing.spot(layout, part, dpi, placing.size(symbol)).module
