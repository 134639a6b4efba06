"""The one tree that every output draws: a label in whole dots of the printer it is meant for.

The origin is the label's top left corner, `top` grows downwards. What all labels of a run share is
their `Face`, the same object for all of them, so that an output writes it once.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from labels.symbols.symbol import Symbol
from labels.text.fonts import Font


class Words(NamedTuple):
    """A line of text, in characters that the font has."""

    text: str
    left: int
    baseline: int
    size: float  # of the type, in dots to the em


class Bar(NamedTuple):
    """A black rectangle: a line, the edge of a frame, the tick of a ruler."""

    left: int
    top: int
    width: int
    height: int


class Placed(NamedTuple):
    """A symbol and where its first dark module stands; the quiet zone around it is left white."""

    symbol: Symbol
    left: int
    top: int
    module: int  # dots that a module is wide
    line: int  # dots that a line of the symbol is high; the module's for a square symbol


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """What the labels of a run have in common: their size, and all that does not vary."""

    dpi: int
    width: int
    height: int
    font: Font = field(repr=False)
    words: tuple[Words, ...] = ()
    bars: tuple[Bar, ...] = ()
    placed: tuple[Placed, ...] = ()


class Drawing(NamedTuple):
    """One label: its face, and what is its own."""

    face: Face
    placed: tuple[Placed, ...] = ()
    words: tuple[Words, ...] = ()
