"""Where the bits of codewords stand in a square Data Matrix ECC 200 (ISO/IEC 16022, 5.5 to 5.8).

This is the encoder in full, for any number of symbols of one size; `tables` makes of it what
labels are printed with.
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.standards.byte_rows import ByteRows
from labels.symbols.correction import check_codewords

Place = tuple[int, int]  # line and column
BITS = 8
LIGHT, DARK = 1, 0  # the bits of a constant byte, 0x80, behind the codewords

# A codeword's modules, most significant bit first, seen from its last one (figure F.1).
UTAH = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
# The same in the corners that this shape does not fit into (figures F.2 to F.5); what is negative
# counts from the far edge.
CORNERS = (
    ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-1, 0), (-1, -1), (0, -3), (0, -2), (0, -1), (1, -3), (1, -2), (1, -1)),
)


class Size(NamedTuple):
    """A square symbol of ISO/IEC 16022, table 7; counts are of codewords."""

    side: int  # modules, finder pattern included
    regions: int  # data regions along a side
    data: int
    check: int
    blocks: int = 1  # that the codewords are dealt to in turn

    @property
    def stride(self) -> int:
        """Bytes of a line."""
        return (self.side + BITS - 1) // BITS

    @property
    def mapped(self) -> int:
        """Modules along a side without finder and alignment patterns."""
        return self.side - 2 * self.regions


SIZES = (
    Size(10, 1, 3, 5),
    Size(12, 1, 5, 7),
    Size(14, 1, 8, 10),
    Size(16, 1, 12, 12),
    Size(18, 1, 18, 14),
    Size(20, 1, 22, 18),
    Size(22, 1, 30, 20),
    Size(24, 1, 36, 24),
    Size(26, 1, 44, 28),
    Size(32, 2, 62, 36),
    Size(36, 2, 86, 42),
    Size(40, 2, 114, 48),
    Size(44, 2, 144, 56),
    Size(48, 2, 174, 68),
    Size(52, 2, 204, 84, 2),
    Size(64, 4, 280, 112, 2),
    Size(72, 4, 368, 144, 4),
    Size(80, 4, 456, 192, 4),
    Size(88, 4, 576, 224, 4),
    Size(96, 4, 696, 272, 4),
    Size(104, 4, 816, 336, 6),
    Size(120, 6, 1050, 408, 6),
    Size(132, 6, 1304, 496, 8),
    Size(144, 6, 1558, 620, 10),
)
CAPACITIES = tuple(size.data for size in SIZES)


def rank(count: int) -> int:
    """The place in `SIZES` of the smallest size for so many codewords; behind all if none is."""
    return bisect_left(CAPACITIES, count)


def next_side(side: int) -> int:
    """The side of the next larger symbol; of the largest, its own."""
    return next((size.side for size in SIZES if size.side > side), side)


def drawn(size: Size, codewords: ByteRows) -> ByteRows:
    """Symbols packed as `Symbol.rows`, one for each row of as many codewords as the size holds."""
    whole = np.zeros((len(codewords), size.data + size.check + 1), np.uint8)
    whole[:, : size.data] = codewords
    for block in range(size.blocks):
        # Check codewords go on with the turn where data ended: block 8 in the largest size, the
        # only one whose blocks are not of one length, and block 0 in all others.
        data = whole[:, block : size.data : size.blocks]
        first = size.data + (block - size.data) % size.blocks
        whole[:, first : -1 : size.blocks] = check_codewords(data, size.check // size.blocks)
    whole[:, -1] = 0x80
    modules = np.unpackbits(whole, axis=1).take(_sources(size), axis=1)
    return np.packbits(modules, axis=1)


@cache
def _sources(size: Size) -> NDArray[np.intp]:
    """For each module of each line, filled up to whole bytes, the bit that it shows."""
    constant = (size.data + size.check) * BITS
    sources = np.full((size.side, size.stride * BITS), constant + LIGHT, np.intp)
    region = size.mapped // size.regions
    for start in range(0, size.side, region + 2):
        end = start + region + 1
        sources[start, : size.side : 2] = constant + DARK
        sources[1 : size.side : 2, end] = constant + DARK
    for start in range(0, size.side, region + 2):
        end = start + region + 1
        sources[: size.side, start] = constant + DARK
        sources[end, : size.side] = constant + DARK
    for (line, column), bit in _mapping(size.mapped).items():
        source = constant + DARK if bit is None else bit
        sources[line + 2 * (line // region) + 1, column + 2 * (column // region) + 1] = source
    return sources.ravel()


def _mapping(side: int) -> dict[Place, int | None]:
    """The bit at each place of the mapping matrix; None for a dark module that shows none."""
    places: dict[Place, int | None] = {}
    for codeword, shape in enumerate(_shapes(side)):
        for bit, place in enumerate(shape):
            places[place] = codeword * BITS + bit
    last = side - 1
    if (last, last) not in places:  # a square of four is left in the corner (F.1)
        places[last, last] = places[last - 1, last - 1] = None
    return places


def _shapes(side: int) -> Iterator[list[Place]]:
    """The places of each codeword in turn (annex F)."""
    taken: set[Place] = set()
    for place in _walk(side):
        shape = _corner(side, place)
        if shape is None and place not in taken and all(at in range(side) for at in place):
            shape = [_wrapped(side, place[0] + y, place[1] + x) for y, x in UTAH]
        if shape is not None:
            taken.update(shape)
            yield shape


def _walk(side: int) -> Iterator[Place]:
    """Along diagonals, up and down in turn, from the left edge to the lower right corner."""
    line, column = 4, 0
    while line < side or column < side:
        while line >= 0 and column < side:
            yield line, column
            line, column = line - 2, column + 2
        line, column = line + 1, column + 3
        while line < side and column >= 0:
            yield line, column
            line, column = line + 2, column - 2
        line, column = line + 3, column + 1


def _corner(side: int, place: Place) -> list[Place] | None:
    """The places of a codeword in the corners, if the walk is where its turn comes."""
    corner = None
    if place == (side, 0):
        corner = CORNERS[0]
    elif place == (side - 2, 0) and side % 4:
        corner = CORNERS[1]
    elif place == (side - 2, 0) and side % 8 == 4:  # noqa: PLR2004
        corner = CORNERS[2]
    elif place == (side + 4, 2) and side % 8 == 0:
        corner = CORNERS[3]
    return [(line % side, column % side) for line, column in corner] if corner else None


def _wrapped(side: int, line: int, column: int) -> Place:
    """What stands out at the top or the left goes on at the other side, shifted (annex F)."""
    shift = 4 - (side + 4) % 8
    if line < 0:
        line, column = line + side, column + shift
    if column < 0:
        line, column = line + shift, column + side
    return line, column
