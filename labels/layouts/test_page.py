"""A page to measure a printer by: rulers from the edges of the paper, and where labels begin.

Whoever lays it on the labels, or a ruler on it, sees by how much the printer scales and shifts;
the page says how, in Russian and in English.
"""

# ruff: noqa: RUF001 - letters that look like others are meant

import contextlib
from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple

from domain.catalogue.templates import Family
from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.layouts import placing, sample, words
from labels.layouts.facts import Kind
from labels.layouts.parts import (
    Align,
    Box,
    Carrier,
    Layout,
    Room,
    SymbolPart,
    TextPart,
    Vertical,
    dots,
    room,
)
from labels.layouts.words import Paragraph, Place
from labels.refusals import DoesNotFit
from labels.symbols import data_matrix, linear
from labels.symbols.dots import MILLIMETRES_PER_INCH, POINTS_PER_INCH, module_dots
from labels.symbols.symbol import Symbol
from labels.text.fonts import Font
from labels.text.typesetting import ELLIPSIS

ON_SHEETS = (
    (
        "1. Печатайте в масштабе 100 %, без подгонки.",
        "2. Приложите линейку к шкале: 100 мм на бумаге равны 100 мм? Если нет, печать изменила масштаб.",
        "3. Наложите на лист этикеток, посмотрите на свет: рамки на краях? Сдвиг правят left_mm и top_mm.",
        "4. Числа считают этикетки; начатый лист печатают с места --start.",
    ),
    (
        "1. Print at 100 %, do not fit to page.",
        "2. Hold a ruler to the scale: are 100 mm on paper 100 mm? If not, printing changed the size.",
        "3. Lay it on labels against the light: are the frames on the edges? left_mm, top_mm mend a shift.",
        "4. Numbers count the labels; a used sheet is printed from --start on.",
    ),
)
ON_ROLLS = (
    (
        "1. Печатайте в масштабе 100 %.",
        "2. Приложите линейку к шкале: 20 мм равны 20 мм? Если нет, печать изменила масштаб.",
        "3. Рамка видна со всех четырёх сторон? Если нет, поправьте ленту.",
    ),
    (
        "1. Print at 100 %.",
        "2. Hold a ruler to the scale: are 20 mm 20 mm? If not, printing changed the size.",
        "3. Is the frame seen on all four sides? If not, adjust the roll.",
    ),
)
IN_SHORT = ("Масштаб 100 %", "Scale 100 %")
BORDER_MM = 0.15
TICK_MM = 0.1
BARS_MM = 20.0  # height of the bars of an SSCC here
SIZES_PT = (7.5, 4.0)
NUMBER_PT = 14.0  # of a label's position
NUMBER_MM = 10.0  # kept free for it beside advice
GAP_MM = 1.0
INSET_MM = 2.5


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
        return self.ten_mm + 2 * self.figures_pt * MILLIMETRES_PER_INCH / POINTS_PER_INCH


ON_SHEET = Ruler(5.5, 6.2, 7.0, 5.0)
ON_ROLL = Ruler(1.0, 1.5, 2.0, 4.0)


def drawing(layout: Layout, dpi: int, font: Font) -> Drawing:
    """One page of the layout: a sheet with all its labels, or a single label of a roll.

    Raises as a label of the layout would if no symbol fits it at this resolution.
    """
    width, height = layout.page_dots(dpi)
    ruler = ON_SHEET if layout.sheet else ON_ROLL
    bars = [*_ticks(layout.page_mm, ruler, dpi), *_borders(layout, dpi)]
    shown, advised = _middle(layout), _advised(layout)
    placed, told = _shown(layout, dpi, font, _area(layout, shown, ruler, dpi))
    figures = _figures(layout.page_mm, ruler, dpi, font)
    numbers = _numbers(layout, shown, dpi, font)
    told += tuple(
        words
        for position, sentences in zip(advised, ON_SHEETS, strict=False)
        for words in _set(
            layout, dpi, font, _area(layout, position, ruler, dpi), sentences, sentences[:-1]
        )
    )
    face = Face(dpi, width, height, font, (*figures, *numbers, *told), tuple(bars), (placed,))
    return Drawing(face)


def _area(layout: Layout, position: int, ruler: Ruler, dpi: int) -> Room:
    """What of a label there is to write on: not the rulers, and not where its number stands."""
    left, top = layout.corner_mm(position)
    is_advised = position in _advised(layout)
    gap = INSET_MM if is_advised else GAP_MM
    across, down = (max(gap, ruler.depth_mm + GAP_MM - edge) for edge in (left, top))
    end = NUMBER_MM if is_advised else GAP_MM
    width, height = layout.label_mm
    return room(Box(left + across, top + down, width - across - end, height - down - GAP_MM), dpi)


def _middle(layout: Layout) -> int:
    """The position that tells what page this is: in the middle, where every printer prints."""
    if layout.sheet is None:
        return 0
    return layout.sheet.rows // 2 * layout.sheet.columns + layout.sheet.columns // 2


def _advised(layout: Layout) -> tuple[int, ...]:
    """The positions next to it, which say how to measure, in one language each."""
    shown = _middle(layout)
    if layout.positions < len(ON_SHEETS) + 1:
        return ()
    return shown - 1, shown + 1 if shown + 1 < layout.positions else shown - 2


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
    size = ruler.figures_pt * dpi / POINTS_PER_INCH
    ends = dots(ruler.ten_mm, dpi)
    for millimetre in range(10, floor(page_mm[0]) + 1, 10):
        left = dots(millimetre, dpi) + size / 4  # a label's border may go on from the tick
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
    size = NUMBER_PT * dpi / POINTS_PER_INCH
    width, height = layout.label_dots(dpi)
    corner = dots(INSET_MM, dpi)
    for position in range(layout.positions):
        if position == shown:
            continue
        left, top = layout.corner(position, dpi)
        number = str(position + 1)
        across, down = width - font.width(number) * size, height + size * font.cap_height
        if position in _advised(layout):
            yield Words(number, round(left + across - corner), top + height - corner, size)
        else:
            yield Words(number, round(left + across / 2), round(top + down / 2), size)


def _shown(layout: Layout, dpi: int, font: Font, area: Room) -> tuple[Placed, tuple[Words, ...]]:
    """A sample's symbol with the module that the layout gives it, and beside or below it what this is."""
    symbol, module = _symbol(layout, dpi, font, area)
    quiet = symbol.geometry.quiet_columns
    across = symbol.columns + 2 * quiet
    gap = dots(GAP_MM, dpi)
    if symbol.lines > 1:
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
    measures = f"{dpi} dpi, {module_mm:.3f} mm = {module} dots"
    short = (sample.MARK, layout.name, measures, *IN_SHORT)
    told: tuple[str, ...] = (sample.MARK, layout.name, layout.title, measures)
    if not _advised(layout):
        told += (*ON_ROLLS[0], *ON_ROLLS[1])
    return placed, _set(layout, dpi, font, free, told, short)


def _set(
    layout: Layout, dpi: int, font: Font, free: Room, *variants: tuple[str, ...]
) -> tuple[Words, ...]:
    """The first of the variants that stands whole, else the last as far as there is room."""
    part = TextPart("test page", (), Box(0, 0, 0, 0), SIZES_PT, Align.LEFT, Vertical.TOP, ())
    found: tuple[Words, ...] = ()
    for told in variants:
        paragraphs = [Paragraph(text, may_end_early=sample.MARK not in text) for text in told]
        with contextlib.suppress(DoesNotFit):
            found = words.prose(Place(part, free, layout.name, dpi), paragraphs, font)
            if not any(line.text.endswith(ELLIPSIS) for line in found):
                break
    return found


def _symbol(layout: Layout, dpi: int, font: Font, area: Room) -> tuple[Symbol, int]:
    """A symbol of a sample, and the dots of its module on a label of this layout.

    With less room here than on a label, it is rather a smaller symbol than one of too small dots.
    """
    if layout.kind is Kind.PACKAGE:
        symbol = linear.sscc(sample.SSCC)
        part = next(part for part in layout.symbols if "00" in part.elements)
        return symbol, placing.spot(layout, part, dpi, placing.size(symbol)).module
    part = next(part for part in layout.symbols if part.carrier is Carrier.DATA_MATRIX)
    family = sample.fitting(layout, dpi, font)
    symbol = data_matrix.one(sample.marking_code(family), family)
    module = _module(layout, dpi, part, symbol, area)
    if module < module_dots(symbol.geometry, dpi)[0]:
        symbol = data_matrix.one(sample.marking_code(Family.S), Family.S)
        module = _module(layout, dpi, part, symbol, area)
    return symbol, module


def _module(layout: Layout, dpi: int, part: SymbolPart, symbol: Symbol, area: Room) -> int:
    across = symbol.columns + 2 * symbol.geometry.quiet_columns
    usual = placing.spot(layout, part, dpi, placing.size(symbol)).module
    return min(usual, min(area.width, area.height) // across)
