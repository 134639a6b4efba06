"""Millimetres: the sheets and rolls labels are printed on, and where on a label things stand."""

from dataclasses import dataclass
from functools import lru_cache

from labels.refusals import DoesNotFit, UnknownStock
from labels.symbols.dots import MILLIMETRES_PER_INCH, module_dots
from labels.symbols.symbol import GEOMETRY, Symbology
from labels.text.typesetting import TypeSizes

QR_MODULE_MM = 0.3  # a phone reads it, and it leaves the room to the marking code
TEXT_GAP_MM = 1.2
POINTS_PER_MM = 72 / MILLIMETRES_PER_INCH


@dataclass(frozen=True, slots=True)
class Stock:
    """Labels as they are bought: a sheet with a grid of them, or a roll with one after another."""

    name: str
    page_mm: tuple[float, float]
    label_mm: tuple[float, float]
    columns: int
    rows: int
    first_mm: tuple[float, float]  # of the first label from the page's left and top
    padding_mm: tuple[float, float]  # left and right, top and bottom
    narrowest_text_mm: float
    types: TypeSizes
    dpi: int

    @property
    def positions(self) -> int:
        return self.columns * self.rows

    @property
    def is_sheet(self) -> bool:
        return self.positions > 1

    def corner_mm(self, position: int) -> tuple[float, float]:
        """Left and top of a label, counted from 0 along the rows."""
        row, column = divmod(position, self.columns)
        left, top = self.first_mm
        width, height = self.label_mm
        return left + column * width, top + row * height


A4 = (210.0, 297.0)
SHEET_TYPES = TypeSizes(name=(9.5, 6.0), code=(7.0, 5.0), detail=(6.5, 5.0))
SMALL_TYPES = TypeSizes(name=(7.5, 5.0), code=(6.0, 4.5), detail=(5.5, 4.5))

STOCKS = {
    stock.name: stock
    for stock in (
        Stock("a4-3x8", A4, (70, 37), 3, 8, (0, 0.5), (5, 4), 24, SHEET_TYPES, 600),
        Stock("a4-4x10", A4, (52.5, 29.7), 4, 10, (0, 0), (4.5, 4), 20, SMALL_TYPES, 600),
        Stock("a4-5x13", A4, (38, 21.2), 5, 13, (10, 10.7), (1.5, 1.5), 19, SMALL_TYPES, 600),
        Stock("roll-58x40", (58, 40), (58, 40), 1, 1, (0, 0), (2, 2), 22, SHEET_TYPES, 203),
        Stock("roll-43x25", (43, 25), (43, 25), 1, 1, (0, 0), (1.5, 1.5), 19, SMALL_TYPES, 203),
    )
}


def stock_named(name: str) -> Stock:
    """The stock of this name, or a refusal that lists them all."""
    try:
        return STOCKS[name]
    except KeyError:
        raise UnknownStock(name, tuple(STOCKS)) from None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a symbol's dark modules stand from the label's left and top, in printer dots."""

    left: int
    top: int
    module: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the parts of one label stand; the text's box in points, from the label's corner."""

    symbol: Place
    qr: Place | None
    text_left: float
    text_top: float
    text_width: float
    text_height: float


@lru_cache(maxsize=256)
def place(stock: Stock, dpi: int, symbol_modules: int, qr_modules: int | None) -> Placement:
    """Symbol left, text in the middle, QR right; the module as large as there is room for.

    Everything lies on the printer's dots, so that every module is the same whole number of them.
    """
    dot_mm = MILLIMETRES_PER_INCH / dpi
    (pad_x, pad_y), (width, height) = stock.padding_mm, stock.label_mm
    inner_height = height - 2 * pad_y
    qr = _qr(qr_modules, dpi) if qr_modules else None
    qr_mm = (qr[0] * dot_mm + TEXT_GAP_MM) if qr else 0.0
    if qr and qr[0] * dot_mm > inner_height:
        raise DoesNotFit("QR code", _mm(qr[0] * dot_mm), _mm(inner_height), stock.name, dpi)

    room = width - 2 * pad_x - stock.narrowest_text_mm - TEXT_GAP_MM - qr_mm
    module, side = _data_matrix(stock, dpi, symbol_modules, min(room, inner_height))
    side_mm = side * dot_mm
    left, top = round(pad_x / dot_mm), round((height - side_mm) / 2 / dot_mm)
    text_left = pad_x + side_mm + TEXT_GAP_MM
    return Placement(
        Place(left + module, top + module, module),
        _qr_place(stock, dpi, qr),
        text_left * POINTS_PER_MM,
        pad_y * POINTS_PER_MM,
        (width - pad_x - qr_mm - text_left) * POINTS_PER_MM,
        inner_height * POINTS_PER_MM,
    )


def _data_matrix(stock: Stock, dpi: int, modules: int, room_mm: float) -> tuple[int, int]:
    """Dots of a module, and of the whole side with its quiet zone."""
    geometry = GEOMETRY[Symbology.DATA_MATRIX]
    across = modules + 2 * geometry.quiet_columns
    dot_mm = MILLIMETRES_PER_INCH / dpi
    allowed = module_dots(geometry, dpi)
    fitting = [dots for dots in allowed if across * dots * dot_mm <= room_mm]
    if not fitting:
        needed = across * allowed[0] * dot_mm
        raise DoesNotFit("Data Matrix", _mm(needed), _mm(room_mm), stock.name, dpi)
    return fitting[-1], across * fitting[-1]


def _qr(modules: int, dpi: int) -> tuple[int, int]:
    """Dots of the whole side with its quiet zone, and of a module."""
    geometry = GEOMETRY[Symbology.QR]
    dot_mm = MILLIMETRES_PER_INCH / dpi
    allowed = module_dots(geometry, dpi)
    module = next((dots for dots in allowed if dots * dot_mm >= QR_MODULE_MM), allowed[-1])
    return (modules + 2 * geometry.quiet_columns) * module, module


def _qr_place(stock: Stock, dpi: int, qr: tuple[int, int] | None) -> Place | None:
    if qr is None:
        return None
    side, module = qr
    dot_mm = MILLIMETRES_PER_INCH / dpi
    quiet = GEOMETRY[Symbology.QR].quiet_columns * module
    left = round((stock.label_mm[0] - stock.padding_mm[0]) / dot_mm) - side
    top = round((stock.label_mm[1] / dot_mm - side) / 2)
    return Place(left + quiet, top + quiet, module)


def _mm(value: float) -> float:
    return round(value, 2)
