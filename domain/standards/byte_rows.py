"""Many byte strings of one length at once: a matrix with one string in each row.

numpy is slow along short rows and fast down long columns, so everything here moves words that
stand at the same place of every row.
"""

from binascii import b2a_base64
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

ByteRows: TypeAlias = NDArray[np.uint8]
Flags: TypeAlias = NDArray[np.bool_]

WORDS = ((8, np.dtype("<u8")), (4, np.dtype("<u4")), (2, np.dtype("<u2")), (1, np.dtype("u1")))


def rows_of(text: bytes, width: int) -> ByteRows:
    """The strings of `width` bytes that follow one another in `text`."""
    return np.frombuffer(text, np.uint8).reshape(-1, width)


def repeat(text: bytes, count: int) -> ByteRows:
    """`count` rows that all hold `text`."""
    rows = np.empty((count, len(text)), np.uint8)
    rows[:] = np.frombuffer(text, np.uint8)
    return rows


def copy(source: ByteRows, target: ByteRows) -> None:
    """Copy the rows of one matrix onto those of another, of the same shape."""
    for at, word in _words(source.shape[1]):
        end = at + word.itemsize
        np.copyto(target[:, at:end].view(word), source[:, at:end].view(word))


def equal(rows: ByteRows, text: bytes) -> Flags:
    """Which rows hold exactly `text`."""
    found = np.ones(len(rows), np.bool_)
    for at, word in _words(len(text)):
        end = at + word.itemsize
        found &= rows[:, at:end].view(word)[:, 0] == np.frombuffer(text, word, 1, at)[0]
    return found


def same(left: ByteRows, right: ByteRows) -> Flags:
    """Which rows are equal, in a time that does not depend on where they differ."""
    differences = np.zeros(len(left), np.uint64)
    for at, word in _words(left.shape[1]):
        end = at + word.itemsize
        differences |= left[:, at:end].view(word)[:, 0] ^ right[:, at:end].view(word)[:, 0]
    return np.equal(differences, 0)


def by_value(rows: ByteRows) -> Iterator[tuple[bytes, NDArray[np.intp]]]:
    """Each different row, and where it stands."""
    if not len(rows):
        return
    first = rows[0].tobytes()
    if equal(rows, first).all():
        yield first, np.arange(len(rows))
        return
    whole = np.ascontiguousarray(rows).view(f"V{rows.shape[1]}")[:, 0]
    values, inverse, counts = np.unique(whole, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    order = np.argsort(inverse, kind="stable")
    for value, end, count in zip(values, ends, counts, strict=True):
        yield value.tobytes(), order[end - count : end]


def base64(rows: ByteRows) -> ByteRows:
    """Every row in base64 with padding (RFC 4648, clause 4)."""
    count, width = rows.shape
    padding = -width % 3
    padded = np.zeros((count, width + padding), np.uint8)
    copy(rows, padded[:, :width])
    text = bytearray(b2a_base64(padded.data, newline=False))
    symbols = np.frombuffer(text, np.uint8).reshape(count, -1)
    symbols[:, symbols.shape[1] - padding :] = ord("=")
    return symbols


def _words(width: int) -> Iterator[tuple[int, np.dtype[Any]]]:
    """Few words that together cover `width` bytes; the last may overlap the one before."""
    if not width:
        return
    size, word = next((size, word) for size, word in WORDS if size <= width)
    for at in range(0, width - size + 1, size):
        yield at, word
    if width % size:
        yield width - size, word
