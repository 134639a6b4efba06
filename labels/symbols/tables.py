"""Whole symbols by looking up, not by computing.

From codewords to modules everything is linear over GF(2): Reed-Solomon, the places of bits, and
the constant patterns on top. So for each size a table holds, for each codeword at each position,
all modules that it alone would make dark, its share in every check codeword included; a symbol is
the exclusive-or of as many rows as it has codewords. What a symbol starts from holds the finder
pattern and the pads behind the last codeword.

Tables are made when first asked for and kept: 5 MB for a 36 x 36, 10 MB for a 44 x 44, once more
as much for single symbols. Larger symbols, which no marking template asks for, are computed. Two
threads that ask at once may both make a table; the two are equal, and one is dropped.
"""

from collections.abc import Sequence
from functools import cache, reduce
from operator import getitem, xor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.standards.byte_rows import ByteRows
from labels.symbols.modules import BITS, Size, drawn

Words: TypeAlias = NDArray[np.uint64]

LARGEST_TABLED = 44
VALUES = 256
WORD = 8
PAD = 129
PAD_PERIOD, PAD_FACTOR, PAD_VALUES = 253, 149, 254


def pad(position: int) -> int:
    """The pad at a position from 0, unless it is the first (ISO/IEC 16022, 5.2.4.2, annex B.1)."""
    randomised = PAD + PAD_FACTOR * (position + 1) % PAD_PERIOD + 1
    return randomised if randomised <= PAD_VALUES else randomised - PAD_VALUES


def padded(size: Size, codewords: bytes) -> bytes:
    """The codewords, filled up to what the symbol holds."""
    count = len(codewords)
    if count == size.data:
        return codewords
    return codewords + bytes([PAD, *map(pad, range(count + 1, size.data))])


def symbol(size: Size, codewords: bytes) -> bytes:
    """The lines of the symbol with these codewords, packed as `Symbol.rows`; pads are put in."""
    if size.side > LARGEST_TABLED:
        return drawn(size, _row(padded(size, codewords))).tobytes()
    table, starts = integers(size)
    made = reduce(xor, map(getitem, table, codewords), starts[len(codewords)])
    return made.to_bytes(size.side * size.stride, "big")


def symbols(size: Size, codewords: ByteRows, counts: NDArray[np.intp]) -> list[bytes]:
    """What `symbol` gives for each row's first `counts` codewords; behind them must be zeros."""
    length = size.side * size.stride
    if size.side > LARGEST_TABLED:
        rows = [
            padded(size, row[:count].tobytes())
            for row, count in zip(codewords, counts, strict=True)
        ]
        return [row.tobytes() for row in drawn(size, np.vstack([_row(row) for row in rows]))]
    table, starts = words(size)
    made = starts[counts]
    share = np.empty_like(made)
    columns = np.ascontiguousarray(codewords.T).astype(np.intp)
    for rows_at, column in zip(table, columns, strict=False):
        # Indices are bytes, so that nothing is clipped; numpy is quicker where it need not check.
        rows_at.take(column, axis=0, out=share, mode="clip")
        np.bitwise_xor(made, share, out=made)
    text = made.tobytes()
    return [text[at : at + length] for at in range(0, len(text), made.shape[1] * WORD)]


def _row(codewords: bytes) -> ByteRows:
    return np.frombuffer(codewords, np.uint8).reshape(1, -1)


@cache
def words(size: Size) -> tuple[Words, Words]:
    """By position and codeword, and by count of codewords to start from; lines in whole words."""
    single = np.zeros((size.data * BITS + 1, size.data), np.uint8)
    for position in range(size.data):
        for bit in range(BITS):
            single[position * BITS + bit, position] = 1 << bit
    packed = drawn(size, single)
    room = np.zeros((len(packed), -(-packed.shape[1] // WORD) * WORD), np.uint8)
    room[:, : packed.shape[1]] = packed
    lines = room.view(np.uint64)
    bare = lines[-1]
    bits = (lines[:-1] ^ bare).reshape(size.data, BITS, -1)

    table = np.zeros((size.data, VALUES, lines.shape[1]), np.uint64)
    for bit in range(BITS):
        known = 1 << bit
        table[:, known : 2 * known] = table[:, :known] ^ bits[:, bit, None]
    return table, _starts(size, table, bare)


def _starts(size: Size, table: Words, bare: Words) -> Words:
    """By count of codewords: the constant patterns, and the pads that fill up the symbol."""
    starts = np.empty((size.data + 1, len(bare)), np.uint64)
    starts[size.data] = behind = bare
    for count in reversed(range(size.data)):
        starts[count] = behind ^ table[count, PAD]
        behind = behind ^ table[count, pad(count)]
    return starts


@cache
def integers(size: Size) -> tuple[Sequence[Sequence[int]], Sequence[int]]:
    """The same as integers, for one symbol at a time."""
    table, starts = words(size)
    length = size.side * size.stride

    def read(rows: Words) -> list[int]:
        text = rows.tobytes()
        each = rows.shape[1] * WORD
        return [int.from_bytes(text[at : at + length], "big") for at in range(0, len(text), each)]

    return [read(rows) for rows in table], read(starts)
