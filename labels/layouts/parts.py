"""A layout: what stands where on a label, in millimetres from its top left corner."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from labels.layouts.facts import Kind, Line
from labels.symbols.dots import MILLIMETRES_PER_INCH
from labels.symbols.symbol import Symbology


class Carrier(StrEnum):
    """The symbols that a layout may have, as it calls them."""

    DATA_MATRIX = "data-matrix"  # a unit's marking code
    QR = "qr"  # its GS1 Digital Link
    TRADE_ITEM = "trade-item"  # EAN-13, EAN-8 or ITF-14, as the GTIN asks
    GS1_128 = "gs1-128"  # a package's SSCC, or its contents


CARRIERS = {
    Kind.UNIT: (Carrier.DATA_MATRIX, Carrier.QR, Carrier.TRADE_ITEM),
    Kind.PACKAGE: (Carrier.GS1_128,),
}
# The symbology of a carrier with the columns and lines of its smallest symbol.
SMALLEST = {
    Carrier.DATA_MATRIX: (Symbology.DATA_MATRIX, 20, 20),
    Carrier.QR: (Symbology.QR, 25, 25),
    Carrier.TRADE_ITEM: (Symbology.EAN_8, 67, 1),
    Carrier.GS1_128: (Symbology.GS1_128, 68, 1),
}


class Align(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Vertical(StrEnum):
    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


# How much of the room that is left over stands before a thing.
SHARE = {
    Align.LEFT: 0.0,
    Align.CENTRE: 0.5,
    Align.RIGHT: 1.0,
    Vertical.TOP: 0.0,
    Vertical.MIDDLE: 0.5,
    Vertical.BOTTOM: 1.0,
}


class Box(NamedTuple):
    """Millimetres."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


class Room(NamedTuple):
    """A box on the printer's dots."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width


@dataclass(frozen=True, slots=True)
class SymbolPart:
    """A symbol, as large as its box and the printer's dots allow, or with the module given."""

    where: str  # "symbol[1]": the name that refusals give it
    carrier: Carrier
    box: Box
    module_mm: float | None
    align: Align
    vertical: Vertical
    elements: tuple[str, ...]  # AIs of a GS1-128


@dataclass(frozen=True, slots=True)
class TextPart:
    """Lines of one size, the largest of `sizes` (points, down to the second) at which they fit.

    Towards the symbols that it stands beside the box grows by what they leave of theirs.
    """

    where: str
    lines: tuple[Line, ...]
    box: Box
    sizes: tuple[float, float]
    align: Align
    vertical: Vertical
    beside: tuple[Carrier, ...]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line, or one side of a frame: a black rectangle.

    With fields it is drawn where at least one of them is told, so that nothing frames a blank.
    """

    where: str
    box: Box
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with a grid of labels."""

    page_mm: tuple[float, float]
    columns: int
    rows: int
    left_mm: float  # of the first label from the edges of the page
    top_mm: float
    gap_mm: tuple[float, float]  # between columns, between rows


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of label; `toml` is the text that it was read from, and says all of it."""

    name: str
    title: str
    kind: Kind
    dpi: int  # of the printer, unless told otherwise
    label_mm: tuple[float, float]
    sheet: Sheet | None
    symbols: tuple[SymbolPart, ...]
    texts: tuple[TextPart, ...]
    strokes: tuple[Stroke, ...]
    toml: str = field(repr=False)

    @property
    def positions(self) -> int:
        """Labels on a page; a roll has one after another."""
        return self.sheet.columns * self.sheet.rows if self.sheet else 1

    @property
    def page_mm(self) -> tuple[float, float]:
        return self.sheet.page_mm if self.sheet else self.label_mm

    def corner_mm(self, position: int) -> tuple[float, float]:
        """Left and top of a label on its page, counted from 0 along the rows."""
        sheet = self.sheet
        if sheet is None:
            return 0.0, 0.0
        row, column = divmod(position, sheet.columns)
        width, height = self.label_mm
        return (
            sheet.left_mm + column * (width + sheet.gap_mm[0]),
            sheet.top_mm + row * (height + sheet.gap_mm[1]),
        )

    def corner(self, position: int, dpi: int) -> tuple[int, int]:
        """The same on the printer's dots."""
        left, top = self.corner_mm(position)
        return dots(left, dpi), dots(top, dpi)

    def label_dots(self, dpi: int) -> tuple[int, int]:
        width, height = self.label_mm
        return dots(width, dpi), dots(height, dpi)

    def page_dots(self, dpi: int) -> tuple[int, int]:
        width, height = self.page_mm
        return dots(width, dpi), dots(height, dpi)

    def symbol(self, carrier: Carrier) -> SymbolPart | None:
        return next((part for part in self.symbols if part.carrier is carrier), None)


def dots(millimetres: float, dpi: int) -> int:
    """The nearest whole dots: every edge is rounded once, by itself."""
    return round(millimetres * dpi / MILLIMETRES_PER_INCH)


def room(box: Box, dpi: int) -> Room:
    left, top = dots(box.left, dpi), dots(box.top, dpi)
    return Room(left, top, dots(box.right, dpi) - left, dots(box.bottom, dpi) - top)


def millimetres(length: float, dpi: int) -> float:
    """As refusals tell it."""
    return round(length * MILLIMETRES_PER_INCH / dpi, 2)
