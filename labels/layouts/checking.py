"""Whether goods fit a layout on a printer, told before anything is drawn."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from domain.standards import element_string
from domain.standards.alphabets import Alphabet
from domain.standards.cigarette_pack import CHECK_LENGTH, encode_price
from domain.standards.element_string import FORMATS
from labels.layouts import faces, links, placing
from labels.layouts.faces import Press
from labels.layouts.parts import Carrier, Layout, millimetres
from labels.layouts.placing import Size
from labels.refusals import ContentNotFitting
from labels.symbols import contents, qr_segments
from labels.symbols.data_matrix import SECRETS
from labels.symbols.dots import MILLIMETRES_PER_INCH
from labels.symbols.modules import SIZES, next_side, rank
from labels.symbols.qr import LONGEST_URI
from labels.symbols.symbol import Symbology
from labels.text import fonts
from labels.text.fonts import Font

# What a template may print beside, by the name that it gives it.
OPTIONAL = {
    "240": ("240", "A" * 4),
    "8005": ("8005", "0" * 6),
    "3103": ("3103", "0" * 6),
    "335": ("3350", "0" * 6),
}
GTIN = "04610053149777"
SHARE_LEFT = 2 / 3  # of codewords, at least, where pairs of digits and modes save most
VERSIONS = 3  # of QR codes of links alike
SMALLEST_QR, QR_STEP = 21, 4  # modules of the first version, and from one to the next
WIDEST = "W"  # the widest character of a serial; no other is written with more codewords


class Needs(NamedTuple):
    """The most that goods ask of a layout: modules of their largest symbols, and their texts.

    Without facts only what stands on every label is checked: the symbols, the codes, fixed texts.
    """

    family: Family
    serial: int  # characters of the longest
    data_matrix: int
    qr: int | None = None
    facts: Facts | None = None

    def with_spare(self) -> "Needs":
        """What they need where a printer makes the Data Matrix, perhaps a size larger than ours."""
        return self._replace(data_matrix=next_side(self.data_matrix))


class SymbolFit(NamedTuple):
    """How the largest symbol of a kind stands on the label; the side is that of its dark part."""

    symbology: Symbology
    columns: int
    dots: int  # to the module
    module_mm: float
    width_mm: float
    quiet_modules: int


class Fit(NamedTuple):
    dpi: int
    symbols: tuple[SymbolFit, ...]


def needs(
    family: Family, codes: Iterable[str], resolver: str | None = None, facts: Facts | None = None
) -> Needs:
    """What goods need whose marking codes have the lengths of these, whatever is in them.

    A few codes will do, at least one, and one of every length. A symbol is never larger than told
    here; where modes help it is often one size smaller, which is not relied upon.
    """
    listed = tuple(codes)
    serials = [contents.identification(code, family)[1] for code in listed]
    longest = max(map(len, serials))
    largest = max(_codewords(code, family) for code in listed)
    qr = None
    if resolver is not None and family is not Family.T29:
        qr = max(_qr_modules(links.longest(code, resolver)) for code in listed)
    return Needs(family, longest, SIZES[rank(largest)].side, qr, facts)


def of_shape(
    family: Family,
    serial: int,
    optional: Iterable[str] = (),
    resolver: str | None = None,
    facts: Facts | None = None,
) -> Needs:
    """What goods of a template need: its family, serial's length and optional AIs."""
    return needs(family, [example(family, serial, optional)], resolver, facts)


def example(family: Family, serial: int, optional: Iterable[str] = ()) -> str:
    """A code of the shape, with a verification code that is none."""
    if family is Family.T29:
        return f"{GTIN}{WIDEST * serial}{encode_price(0)}{WIDEST * CHECK_LENGTH}"
    elements = [("01", GTIN), ("21", WIDEST * serial)]
    tail = [(ai, WIDEST * length) for ai, length in SECRETS[family].items()]
    return element_string.build([*elements, *(OPTIONAL[name] for name in optional), *tail])


def check(layout: Layout, dpi: int, goods: Needs | PackageFacts, font: Font | None = None) -> Fit:
    """How the goods fit, or DoesNotFit with the millimetres, LayoutInvalid, ResolutionNotFitting.

    The font is the one that is printed with; left out, the one of this machine.
    """
    press = Press(layout, dpi, font or fonts.find())
    if isinstance(goods, PackageFacts):
        placed = faces.package(press, goods).face.placed
        return Fit(
            dpi,
            tuple(
                _fit(placing.size(symbol), module, symbol.geometry.quiet_columns, dpi)
                for symbol, _, _, module, _ in placed
            ),
        )
    told = goods.facts or Facts("", GTIN)
    wanted = list(_sizes_of(goods))
    unit, *_ = [faces.unit(press, told, goods.family, goods.serial, sizes) for sizes in wanted]
    spots = (unit.data_matrix, unit.qr)
    fits = (
        _fit(size, spot.module, spot.quiet, dpi)
        for size, spot in zip(wanted[0].values(), spots, strict=False)
        if spot
    )
    return Fit(dpi, tuple(fits))


def _sizes_of(goods: Needs) -> Iterator[dict[Carrier, Size]]:
    """Of the symbols that these goods may have, the largest first.

    A smaller one may have larger modules, and leave less room to the text beside it.
    """
    for modules in _sides(goods.data_matrix):
        found = {Carrier.DATA_MATRIX: _square(Symbology.DATA_MATRIX, modules)}
        if goods.qr is None:
            yield found
            continue
        for link in range(goods.qr, max(goods.qr - VERSIONS * QR_STEP, SMALLEST_QR - 1), -QR_STEP):
            yield found | {Carrier.QR: _square(Symbology.QR, link)}


def _sides(largest: int) -> list[int]:
    """Sides of the symbols of codes alike, whichever pairs of digits and modes save in them."""
    place = [size.side for size in SIZES].index(largest)
    least = SHARE_LEFT * (SIZES[place - 1].data + 1) if place else 0
    return [size.side for size in reversed(SIZES[: place + 1]) if size.data >= least]


def _square(symbology: Symbology, modules: int) -> Size:
    return Size(symbology, modules, modules)


def _fit(size: Size, dots: int, quiet: int, dpi: int) -> SymbolFit:
    width = millimetres(size.columns * dots, dpi)
    return SymbolFit(
        size.symbology,
        size.columns,
        dots,
        round(dots * MILLIMETRES_PER_INCH / dpi, 3),
        width,
        quiet,
    )


def _codewords(code: str, family: Family) -> int:
    """In ASCII, the worst of all codes of this shape: pairs of digits only where digits must be."""
    if family is Family.T29:
        return 7 + len(code) - len(GTIN)
    told, count, run = contents.elements(code), 1, ""
    for place, (ai, value) in enumerate(told):
        form = FORMATS[ai]
        run += ai
        if form.alphabet is Alphabet.DIGITS:
            run += value
            if form.predefined:
                continue
            count, run = count + _pairs(run), ""
        else:
            count, run = count + _pairs(run) + len(value), ""
        count += place + 1 < len(told)
    return count + _pairs(run)


def _pairs(digits: str) -> int:
    return (len(digits) + 1) // 2


def _qr_modules(link: str) -> int:
    if len(link) > LONGEST_URI:
        reason = f"a link has at most {LONGEST_URI} characters, this may have {len(link)}"
        raise ContentNotFitting(Symbology.QR, reason)
    version, _ = qr_segments.codewords(link.encode())
    return 17 + 4 * version
