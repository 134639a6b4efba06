"""Where a label is black: the few pieces of its bitmap that a printer needs to be sent.

The pieces do not touch one another, so it is the same whether a printer adds or overwrites.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from labels.output.bitmap import Packed

Flags = Any  # a line of truth values; numpy types it as a single one or any array
WHITE_LINES = 4  # between two pieces, and so many bytes beside one another
WHITE_BYTES = 2
LARGEST = 99_999  # bytes of a picture, in ZPL


class Block(NamedTuple):
    """A piece: `left` is a multiple of eight, `stride` is in bytes, 1 is black."""

    left: int
    top: int
    stride: int
    rows: bytes

    @property
    def lines(self) -> int:
        return len(self.rows) // self.stride


def blocks(label: Packed) -> list[Block]:
    """The label's black pieces from the top, each cut close."""
    return [
        _block(label, top, bottom, left, right)
        for first, last in _runs(label.any(axis=1), WHITE_LINES)
        for left, right in _runs(label[first:last].any(axis=0), WHITE_BYTES)
        for top, bottom in _cut(label, (first, last), (left, right))
    ]


def _cut(
    label: Packed, lines: tuple[int, int], columns: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """The black lines of a piece, in portions that are not too large."""
    first, last = lines
    left, right = columns
    most = max(1, LARGEST // (right - left))
    for top, bottom in _runs(label[first:last, left:right].any(axis=1), WHITE_LINES):
        for start in range(first + top, first + bottom, most):
            yield start, min(start + most, first + bottom)


def _block(label: Packed, top: int, bottom: int, left: int, right: int) -> Block:
    return Block(left * 8, top, right - left, label[top:bottom, left:right].tobytes())


def _runs(black: Flags, gap: int) -> list[tuple[int, int]]:
    """Where what is black begins and ends; what is less than `gap` apart belongs together."""
    places = np.flatnonzero(black)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    first = places[np.concatenate(([0], breaks + 1))]
    last = places[np.concatenate((breaks, [len(places) - 1]))]
    return [(int(start), int(end) + 1) for start, end in zip(first, last, strict=True)]
