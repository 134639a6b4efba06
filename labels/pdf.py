"""Labels as PDF: on sheets or rolls, each symbol read back before the file is given out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from domain.catalogue.templates import Family
from labels.refusals import DoesNotFit, LabelCountNotFitting, StartBeyondSheet
from labels.stock import POINTS_PER_MM, Place, Placement, Stock, place
from labels.symbols import contents, data_matrix
from labels.symbols import qr as qr_codes
from labels.symbols.dots import MILLIMETRES_PER_INCH, module_dots
from labels.symbols.proof import prove
from labels.symbols.symbol import GEOMETRY, Symbol, Symbology
from labels.text import fonts
from labels.text.typesetting import Column, LabelText, TextBox, TextLine, code_width, typeset

MOST_LABELS = 10_000  # in one call: the writer keeps the whole file until it is saved
POINTS_PER_INCH = 72
HAIRLINE = 0.2  # points
CUT_MARK_MM = 1.5
CAP_HEIGHT = 0.73  # of the type size: letters align with the symbol by it

# In dots: a mask is so much smaller on each side, a page in all. Enough that no rasteriser rounds
# up into the next dot, too little to lose one. The page's is the smaller, since rasterisers that
# stretch the page to whole dots move every mask by up to that much.
MASK_INSET = 0.05
PAGE_INSET = 0.02


@dataclass(frozen=True, slots=True)
class Label:
    """One unit's label. Of the marking code only GTIN and serial are ever printed as text."""

    marking_code: str = field(repr=False)
    family: Family
    product_name: str
    details: tuple[str, ...] = ()  # lot, dates, maker: a line each, as room allows
    digital_link: str | None = None  # adds a QR code


@dataclass(frozen=True, slots=True)
class Report:
    """What a call printed, and how many symbols of it were proven by reading them back."""

    labels: int
    pages: int
    symbols_checked: int
    dpi: int
    module_mm: tuple[float, float]  # smallest and largest Data Matrix module


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How to print: what is left out is the stock's own or the usual."""

    dpi: int | None = None
    start: int = 1  # first free position of the first sheet, from 1 along the rows
    copies: int = 1  # of each label, one after another
    cut_marks: bool = True  # on sheets; rolls have none
    font: Path | None = None
    title: str = "Labels"


USUAL = PrintOptions()


def write_labels(
    labels: Iterable[Label], out: BinaryIO, stock: Stock, options: PrintOptions = USUAL
) -> Report:
    """Write the labels as PDF; at most MOST_LABELS, copies included.

    Nothing reaches `out` unless every symbol was read back as what it must say.
    """
    if not 1 <= options.start <= stock.positions:
        raise StartBeyondSheet(options.start, stock.positions)
    if not 1 <= options.copies <= MOST_LABELS:
        raise LabelCountNotFitting(MOST_LABELS)
    press = _Press(out, stock, options)
    for label in labels:
        if press.labels + options.copies > MOST_LABELS:
            raise LabelCountNotFitting(MOST_LABELS)
        ready = press.prepare(label)
        for _ in range(options.copies):
            press.put(ready)
    return press.finish()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A label composed and proven, to be put down as often as wanted."""

    placement: Placement
    symbol: Symbol
    qr: Symbol | None
    column: Column


class _Press:
    """Puts labels on pages, in dots counted from the page's top left."""

    def __init__(self, out: BinaryIO, stock: Stock, options: PrintOptions) -> None:
        self.stock = stock
        self.font = fonts.find(options.font)
        pdfmetrics.registerFont(TTFont(self.font.digest, str(self.font.path)))
        self.dpi = stock.dpi if options.dpi is None else options.dpi
        module_dots(GEOMETRY[Symbology.DATA_MATRIX], self.dpi)  # refuses an unfit printer
        self.cut_marks = options.cut_marks and stock.is_sheet
        self.dot = POINTS_PER_INCH / self.dpi
        width, height = (
            (round(side * POINTS_PER_MM / self.dot) - PAGE_INSET) * self.dot
            for side in stock.page_mm
        )
        self.page_height = height
        # `invariant`: the same labels give the same bytes, whenever they are printed.
        self.canvas = Canvas(out, pagesize=(width, height), invariant=1, pageCompression=1)
        self.canvas.setTitle(self.font.fit_to_write(options.title))
        self.canvas.setViewerPreference("PrintScaling", "None")
        self.position = options.start - 1
        self.labels = self.pages = self.checked = 0
        self.modules: set[int] = set()

    def prepare(self, label: Label) -> _Ready:
        """Compose a label; refuse what does not fit, raise what does not read back."""
        symbol = data_matrix.one(label.marking_code, label.family)
        qr = qr_codes.one(label.digital_link) if label.digital_link else None
        placement = place(self.stock, self.dpi, symbol.columns, qr.columns if qr else None)
        column = self._column(label, placement)
        for drawn, spot in ((symbol, placement.symbol), (qr, placement.qr)):
            if drawn is not None and spot is not None:
                prove(drawn, spot.module)
                self.checked += 1
        self.modules.add(placement.symbol.module)
        return _Ready(placement, symbol, qr, column)

    def put(self, ready: _Ready) -> None:
        """Print on the next position, on a new page where the last one is full."""
        slot = self.position % self.stock.positions
        if self.labels and slot == 0:
            self.canvas.showPage()
        if self.labels == 0 or slot == 0:
            self._open_page()
        left, top = (round(mm * POINTS_PER_MM / self.dot) for mm in self.stock.corner_mm(slot))
        self._mask(ready.symbol, ready.placement.symbol, left, top)
        if ready.qr is not None and ready.placement.qr is not None:
            self._mask(ready.qr, ready.placement.qr, left, top)
        self._text(ready, left * self.dot, top * self.dot)
        self.position += 1
        self.labels += 1

    def finish(self) -> Report:
        if not self.labels:
            raise LabelCountNotFitting(MOST_LABELS)
        self.canvas.save()
        millimetres = [
            round(module * MILLIMETRES_PER_INCH / self.dpi, 3) for module in sorted(self.modules)
        ]
        return Report(
            self.labels, self.pages, self.checked, self.dpi, (millimetres[0], millimetres[-1])
        )

    def _column(self, label: Label, placement: Placement) -> Column:
        gtin, serial = contents.identification(label.marking_code, label.family)
        packs = label.family is Family.T29  # their symbols have no AIs, so their text has none
        codes = (gtin, serial) if packs else (f"(01){gtin}", f"(21){serial}")
        box = TextBox(placement.text_width, placement.text_height)
        needed = code_width(self.font, codes[0], self.stock.types)
        if needed > box.width:
            raise DoesNotFit(
                "text",
                round(needed / POINTS_PER_MM, 2),
                round(box.width / POINTS_PER_MM, 2),
                self.stock.name,
                self.dpi,
            )
        name = self.font.fit_to_write(label.product_name)
        details = tuple(filter(None, map(self.font.fit_to_write, label.details)))
        return typeset(self.font, box, self.stock.types, LabelText(name, details, codes))

    def _open_page(self) -> None:
        self.pages += 1
        self.canvas.setFillGray(0)
        if self.cut_marks:
            self.canvas.setLineWidth(HAIRLINE)
            self.canvas.lines(list(self._cut_mark_lines()))

    def _cut_mark_lines(self) -> Iterable[tuple[float, float, float, float]]:
        """A small cross on every corner of every label."""
        left, top = self.stock.first_mm
        width, height = self.stock.label_mm
        for row in range(self.stock.rows + 1):
            for column in range(self.stock.columns + 1):
                x = (left + column * width) * POINTS_PER_MM
                y = self.page_height - (top + row * height) * POINTS_PER_MM
                arm = CUT_MARK_MM * POINTS_PER_MM
                yield x - arm, y, x + arm, y
                yield x, y - arm, x, y + arm

    def _mask(self, symbol: Symbol, spot: Place, left: int, top: int) -> None:
        """The symbol as an inline 1-bit mask, snapped to the printer's dots.

        Rectangles would grow on 1-bit rasterisers, up to a third at 203 dpi. Hexadecimal, since
        weaker interpreters look for `EI` inside of binary data.
        """
        width = symbol.columns * spot.module - 2 * MASK_INSET
        height = symbol.lines * spot.module - 2 * MASK_INSET
        x = (left + spot.left + MASK_INSET) * self.dot
        y = self.page_height - (top + spot.top + MASK_INSET + height) * self.dot
        self.canvas.addLiteral(
            f"q {width * self.dot:.5f} 0 0 {height * self.dot:.5f} {x:.5f} {y:.5f} cm "
            f"BI /W {symbol.columns} /H {symbol.lines} /IM true /BPC 1 /D [1 0] /F /AHx "
            f"ID {symbol.rows.hex()}> EI Q"
        )

    def _text(self, ready: _Ready, left: float, top: float) -> None:
        """Letters stand as high as the symbol beside them, or, where they need more, around it."""
        placement, column = ready.placement, ready.column
        spot = placement.symbol
        x = left + placement.text_left
        high, low = spot.top * self.dot, (spot.top + ready.symbol.lines * spot.module) * self.dot
        spare = column.height - (low - high)
        if spare > 0:
            high, low = high - spare / 2, low + spare / 2
        y = top + high
        for line in column.upper:
            self._line(line, x, y + line.above + line.size * CAP_HEIGHT)
            y += line.leading
        y = top + low - sum(line.leading for line in column.lower[1:])
        for line in column.lower:
            self._line(line, x, y)
            y += line.leading

    def _line(self, line: TextLine, x: float, y: float) -> None:
        self.canvas.setFont(self.font.digest, line.size)
        self.canvas.drawString(x, self.page_height - y, line.text)
