"""The press: codes go in, a file comes out, piece by piece, each symbol proven before it leaves.

A piece is given out when every symbol in it was read back as what it must say; one that was not
ends the file where it stands, without the end that would make it one.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice, repeat
from typing import NamedTuple

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from domain.standards import element_string
from labels.drawing import Drawing
from labels.layouts.composing import Composer
from labels.layouts.parts import Layout
from labels.output import epl, pdf, png, rows, svg, tspl, zpl
from labels.output.formats import Format
from labels.output.paper import Paper, paper_of
from labels.refusals import LabelCountNotFitting
from labels.symbols.contents import elements
from labels.symbols.dots import MILLIMETRES_PER_INCH
from labels.symbols.proof import prove_all
from labels.symbols.symbol import Symbology
from labels.text.fonts import Font

ROWS = {Format.CSV: rows.csv, Format.JSONL: rows.json_lines}
LANGUAGES: dict[Format, Callable[[Drawing, int], bytes]] = {
    Format.ZPL: zpl.label,
    Format.ZPL_BX: partial(zpl.label, symbol="firmware"),
    Format.TSPL: tspl.label,
    Format.EPL: epl.label,
}
TEXTS = {Format.ZPL_TEXT: zpl.texts, Format.TSPL_TEXT: tspl.texts}
BY_THE_PRINTER: dict[Format, Callable[[Drawing, int], bytes]] = {
    Format.ZPL_TEXT: partial(zpl.label, symbol="firmware"),
    Format.TSPL_TEXT: partial(tspl.label, symbol="firmware"),
}
# Of labels written together, if all were black: one at 1,200 dpi has up to 38 million.
MOST_BYTES = 2**26
VARYING = {"21", "92", "93"}
SPREAD = "aB+"  # takes as many codewords as any text of its length


class Run(NamedTuple):
    """Units whose labels differ only in the code; up to a thousand at a time are a good portion."""

    facts: Facts
    family: Family
    codes: list[str]


class Order(NamedTuple):
    """How to print. `resolver`: where QR codes lead, for layouts that have one."""

    layout: Layout
    format: Format
    font: Font
    dpi: int
    copies: int = 1
    start: int = 1
    cut_marks: bool = True
    resolver: str | None = None
    title: str = "Labels"


@dataclass
class Report:
    """What was made, and how many symbols of it were proven by reading them back."""

    labels: int = 0
    pages: int = 0  # of a PDF
    symbols_checked: int = 0
    modules: set[int] = field(default_factory=set)  # of Data Matrix symbols, in dots

    def module_mm(self, dpi: int) -> tuple[float, float] | None:
        """The smallest and the largest Data Matrix module; None where there was none."""
        if not self.modules:
            return None
        dot = MILLIMETRES_PER_INCH / dpi
        return round(min(self.modules) * dot, 3), round(max(self.modules) * dot, 3)


Material = Run | PackageFacts


def printed(
    material: Iterable[Material], order: Order, report: Report
) -> Generator[bytes, None, None]:
    """The file in pieces, as they are made; `report` is filled on the way.

    Raises SymbolMisread, and gives out nothing more, if a symbol does not read back.
    """
    told = counted(material, order, report)
    if order.format in ROWS:
        yield from ROWS[order.format](told)
        return
    if order.format.is_text:
        yield from texts(told, order)
        return
    portions = proven(composed(told, order), report)
    if order.format is Format.PDF:
        sheet = paper(order)
        yield from pdf.pages(chain.from_iterable(portions), sheet, order.title)
        report.pages = -(-(order.start - 1 + report.labels) // len(sheet.corners))
    elif order.format.is_of_one_label:
        yield drawn(the_only(portions), order.format)
    else:
        write = LANGUAGES[order.format]
        for portion in portions:
            yield from (write(drawing, order.copies) for drawing in portion)


def texts(material: Iterable[Material], order: Order) -> Iterator[bytes]:
    """Labels that the printer draws by itself: nothing of them is drawn here to be read back."""
    composer = composer_of(order)
    for part in material:
        if isinstance(part, Run):
            write, alike = TEXTS[order.format], pattern(composer, part)
            at_once = max(1, MOST_BYTES // (alike.face.height * alike.face.width // 8))
            for first in range(0, len(part.codes), at_once):
                codes = part.codes[first : first + at_once]
                yield write(alike, codes, part.family, order.copies)
        else:
            yield BY_THE_PRINTER[order.format](composer.package(part), order.copies)


def pattern(composer: Composer, run: Run) -> Drawing:
    """A label with room for the largest symbol of its run, whichever unit comes first."""
    code = run.codes[0]
    if run.family is not Family.T29:
        told = ((ai, spread(value) if ai in VARYING else value) for ai, value in elements(code))
        code = element_string.build(told)
    [drawing] = composer.units(run.facts, run.family, [code])
    return drawing


def spread(text: str) -> str:
    return (SPREAD * len(text))[: len(text)]


def jobs(
    material: Iterable[Material], order: Order, report: Report, *, first: int = 1
) -> Iterator[bytes]:
    """Each label from the `first` on, copies counted, as a job of its own for a printer."""
    units, copies = divmod(first - 1, order.copies)
    told = counted(without(material, units), order, report)
    labels = singly(told, order, report)
    copied = chain.from_iterable(repeat(label, order.copies) for label in labels)
    return islice(copied, copies, None)


def singly(material: Iterable[Material], order: Order, report: Report) -> Iterator[bytes]:
    """A label at a time, without its copies."""
    one = order._replace(copies=1)
    if order.format.is_text:
        yield from texts(apart(material), one)
        return
    write = LANGUAGES[order.format]
    for portion in proven(composed(material, one), report):
        for drawing in portion:
            yield write(drawing, 1)


def apart(material: Iterable[Material]) -> Iterator[Material]:
    """Units as runs of one."""
    for part in material:
        if isinstance(part, Run):
            yield from (part._replace(codes=[code]) for code in part.codes)
        else:
            yield part


def without(material: Iterable[Material], units: int) -> Iterator[Material]:
    """The material but for so many units at its beginning, which nobody composes in vain."""
    for part in material:
        here = len(part.codes) if isinstance(part, Run) else 1
        skipped = min(units, here)
        units -= skipped
        if skipped < here:
            yield part._replace(codes=part.codes[skipped:]) if isinstance(part, Run) else part


def paper(order: Order) -> Paper:
    """What a PDF of this order is printed on."""
    return paper_of(order.layout, order.dpi, order.start, order.copies, order.cut_marks)


def counted(material: Iterable[Material], order: Order, report: Report) -> Iterator[Material]:
    """The same material; the report knows of every label that was asked for."""
    for part in material:
        units = len(part.codes) if isinstance(part, Run) else 1
        report.labels += units * order.copies
        yield part


def composer_of(order: Order) -> Composer:
    return Composer(order.layout, order.dpi, order.font, spare=order.format.is_encoded_by_printers)


def composed(material: Iterable[Material], order: Order) -> Iterator[list[Drawing]]:
    """The labels' drawings, a portion at a time."""
    composer = composer_of(order)
    for part in material:
        if isinstance(part, Run):
            yield composer.units(part.facts, part.family, part.codes, order.resolver)
        else:
            yield [composer.package(part)]


def proven(portions: Iterable[list[Drawing]], report: Report) -> Iterator[list[Drawing]]:
    """The same portions, each when all of its symbols were read back.

    One after the other: composing beside reading would be slower, since both want the interpreter.
    """
    for portion in portions:
        report.symbols_checked += prove(portion)
        report.modules.update(
            placed.module
            for drawing in portion
            for placed in drawing.placed
            if placed.symbol.symbology is Symbology.DATA_MATRIX
        )
        yield portion


def prove(portion: list[Drawing]) -> int:
    """Read back the portion's symbols as they will be printed; those of a face only once."""
    faces = {id(drawing.face): drawing.face for drawing in portion}
    shared = (placed for face in faces.values() for placed in face.placed)
    own = (placed for drawing in portion for placed in drawing.placed)
    return prove_all((one.symbol, one.module, one.line) for one in chain(shared, own))


def the_only(portions: Iterable[list[Drawing]]) -> Drawing:
    """The label of an order for one; refuses any other number."""
    drawings = list(chain.from_iterable(portions))
    if len(drawings) != 1:
        raise LabelCountNotFitting(1)
    return drawings[0]


def drawn(drawing: Drawing, form: Format) -> bytes:
    """A picture of one label."""
    return png.png(drawing) if form is Format.PNG else svg.svg(drawing).encode()
