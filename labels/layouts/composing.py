"""Goods into a layout: the drawings that every output takes."""

from collections.abc import Iterator, Sequence

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from domain.standards.element_string import GS
from labels.drawing import Drawing, Placed
from labels.layouts import faces, links, placing
from labels.layouts.faces import Press, Unit
from labels.layouts.parts import Carrier, Layout
from labels.refusals import ContentNotFitting
from labels.symbols import data_matrix
from labels.symbols import qr as qr_codes
from labels.symbols.contents import PACK_SERIAL
from labels.symbols.symbol import Symbol, Symbology
from labels.text.fonts import Font

MOST_RUNS = 64  # whose faces are kept

Shape = tuple[int, int, int]  # columns of the Data Matrix and of the QR code, length of the serial


class Composer:
    """Draws the labels of one order.

    The same goods give the same drawings, whenever and beside whatever others they are drawn;
    labels of one run share their `Face`.

    `spare`: each Data Matrix has room for one a size larger, as a printer's own encoder may make
    of the same code.
    """

    def __init__(self, layout: Layout, dpi: int, font: Font, *, spare: bool = False) -> None:
        self.press = Press(layout, dpi, font)
        self._spare = spare
        self._runs: dict[tuple[Facts, Family], dict[Shape, Unit]] = {}

    def units(
        self, facts: Facts, family: Family, codes: Sequence[str], resolver: str | None = None
    ) -> list[Drawing]:
        """The labels of these marking codes, in their order.

        With a QR code, if there is a resolver, the layout has a place for it, and the codes have
        AIs: packs of T29 have none, and so no Digital Link.

        Raises ContentNotFitting for what is no code or not of this GTIN, DoesNotFit and
        LayoutInvalid as `checking.check` does.
        """
        serials = list(_serials(facts.gtin, family, codes))
        symbols = data_matrix.many(codes, family)
        linked: Sequence[Symbol | None] = [None] * len(codes)
        has_link = family is not Family.T29 and self.press.layout.symbol(Carrier.QR)
        if resolver is not None and has_link:
            linked = qr_codes.many(links.links(codes, facts.gtin, resolver))
        known, width = self._known(facts, family), self.press.font.width
        drawings = []
        for serial, symbol, link in zip(serials, symbols, linked, strict=True):
            shape = symbol.columns, link.columns if link else 0, len(serial)
            unit = known.get(shape)
            if unit is None:
                sizes = faces.sizes(symbol, link)
                if self._spare:
                    sizes[Carrier.DATA_MATRIX] = placing.larger(sizes[Carrier.DATA_MATRIX])
                unit = known[shape] = faces.unit(self.press, facts, family, len(serial), sizes)
            drawings.append(_drawn(unit, symbol, link, serial, width(serial)))
        return drawings

    def package(self, facts: PackageFacts) -> Drawing:
        """The label of a package. Raises as `units` does."""
        return faces.package(self.press, facts)

    def _known(self, facts: Facts, family: Family) -> dict[Shape, Unit]:
        """The faces that labels of this run were drawn with; the oldest run's are forgotten."""
        if len(self._runs) == MOST_RUNS and (facts, family) not in self._runs:
            del self._runs[next(iter(self._runs))]
        return self._runs.setdefault((facts, family), {})


def _drawn(unit: Unit, symbol: Symbol, link: Symbol | None, serial: str, width: float) -> Drawing:
    placed: tuple[Placed, ...] = (unit.data_matrix.placed(symbol),)
    if link is not None and unit.qr is not None:
        placed += (unit.qr.placed(link),)
    return Drawing(unit.face, placed, tuple([line.words(serial, width) for line in unit.serials]))


def _serials(gtin: str, family: Family, codes: Sequence[str]) -> Iterator[str]:
    """What stands where the serial does; that these are codes is known once their symbols are made."""
    opening = gtin if family is Family.T29 else f"01{gtin}21"
    for code in codes:
        if not code.startswith(opening):
            raise ContentNotFitting(Symbology.DATA_MATRIX, f"the code is not one of GTIN {gtin}")
        if family is Family.T29:
            yield code[PACK_SERIAL]
        else:
            yield code[len(opening) :].partition(GS)[0]
