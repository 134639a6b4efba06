"""Symbols into their boxes, on the printer's dots; and what room they leave to the text."""

from collections.abc import Mapping
from typing import NamedTuple

from labels.drawing import Placed
from labels.layouts.parts import SHARE, Box, Carrier, Layout, Room, SymbolPart, millimetres, room
from labels.layouts.soundness import dots_of_module
from labels.refusals import DoesNotFit
from labels.symbols.dots import module_dots
from labels.symbols.modules import next_side
from labels.symbols.symbol import GEOMETRY, Symbol, Symbology

WIDER_QUIET = 2  # modules around a Data Matrix where there is room


class Size(NamedTuple):
    """What a symbol's place depends on."""

    symbology: Symbology
    columns: int
    lines: int


class Spot(NamedTuple):
    """Where the first dark module of a symbol stands, in dots; `quiet` is in modules."""

    left: int
    top: int
    module: int
    line: int
    columns: int
    quiet: int

    @property
    def outer_left(self) -> int:
        return self.left - self.quiet * self.module

    @property
    def outer_right(self) -> int:
        return self.left + (self.columns + self.quiet) * self.module

    def placed(self, symbol: Symbol) -> Placed:
        return Placed(symbol, self.left, self.top, self.module, self.line)


Spots = Mapping[Carrier, Spot]


def size(symbol: Symbol) -> Size:
    return Size(symbol.symbology, symbol.columns, symbol.lines)


def larger(data_matrix: Size) -> Size:
    side = next_side(data_matrix.columns)
    return Size(data_matrix.symbology, side, side)


def spot(layout: Layout, part: SymbolPart, dpi: int, wanted: Size) -> Spot:
    """The symbol as large as its box allows, or with the module that the layout asks for.

    Raises DoesNotFit, or ResolutionNotFitting and LayoutInvalid where no whole dots make a module.
    """
    box = room(part.box, dpi)
    module = _module(layout, part, dpi, wanted)
    geometry = GEOMETRY[wanted.symbology]
    quiet = geometry.quiet_columns
    line = module if wanted.lines > 1 else box.height
    if wanted.symbology is Symbology.DATA_MATRIX and module * (
        max(wanted.columns, wanted.lines) + 2 * WIDER_QUIET
    ) <= min(box.width, box.height):
        quiet = WIDER_QUIET
    above = quiet if wanted.lines > 1 else 0
    spare = (
        box.width - (wanted.columns + 2 * quiet) * module,
        box.height - wanted.lines * line - 2 * above * module,
    )
    return Spot(
        left=box.left + round(spare[0] * SHARE[part.align]) + quiet * module,
        top=box.top + round(spare[1] * SHARE[part.vertical]) + above * module,
        module=module,
        line=line,
        columns=wanted.columns,
        quiet=quiet,
    )


def text_room(
    layout: Layout, box: Box, beside: tuple[Carrier, ...], spots: Spots, dpi: int
) -> Room:
    """The box of a text, and what the symbols beside it leave of theirs."""
    plain = room(box, dpi)
    left, right = plain.left, plain.right
    for part in layout.symbols:
        if part.carrier not in beside:
            continue
        taken, found = room(part.box, dpi), spots.get(part.carrier)
        if part.box.left < box.left:
            left -= taken.right - (found.outer_right if found else taken.left)
        else:
            right += (found.outer_left if found else taken.right) - taken.left
    return Room(left, plain.top, right - left, plain.height)


def _module(layout: Layout, part: SymbolPart, dpi: int, wanted: Size) -> int:
    """Dots that a module is wide."""
    geometry, box = GEOMETRY[wanted.symbology], room(part.box, dpi)
    across = wanted.columns + 2 * geometry.quiet_columns
    down = wanted.lines + 2 * geometry.quiet_lines if wanted.lines > 1 else 0
    allowed = module_dots(geometry, dpi)
    if part.module_mm is not None:
        module = dots_of_module(part, part.module_mm, dpi)
        allowed = range(module, module + 1)
    for needed, available in ((across, box.width), (down, box.height)):
        if needed * allowed[0] > available:
            raise DoesNotFit(
                f"{wanted.symbology} {wanted.columns}x{wanted.lines}",
                millimetres(needed * allowed[0], dpi),
                millimetres(available, dpi),
                layout.name,
                dpi,
            )
    most = min(box.width // across, box.height // down if down else box.width)
    return min(most, allowed[-1])
