"""Runs of numbers as COPY writes them, read by the array, and cut into portions."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

# "Frontend/Backend Protocol", COPY binary: a signature of 11 bytes, flags, the header's extension;
# of each row the number of fields, and before each field its length; -1 ends it.
HEADER_BYTES = 19
ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("series_size", ">i4"),
        ("series", ">i4"),
        ("first_size", ">i4"),
        ("first", ">i8"),
        ("last_size", ">i4"),
        ("last", ">i8"),
    ]
)
TRAILER_BYTES = 2
ROWS_AT_ONCE = 1 << 14


class Portion(NamedTuple):
    """Numbers of one series, in order."""

    series_id: int
    numbers: Integers


def portions(file: BinaryIO, size: int) -> Iterator[Portion]:
    """The numbers of all runs in the file, so many at a time or, behind long runs, a few more."""
    file.seek(HEADER_BYTES)
    while block := file.read(ROW.itemsize * ROWS_AT_ONCE):
        rows = np.frombuffer(block, ROW, len(block) // ROW.itemsize)
        series = rows["series"].astype(np.int64)
        first, last = rows["first"].astype(np.int64), rows["last"].astype(np.int64)
        for begin, end in pieces(series, last - first + 1, size):
            yield Portion(int(series[begin]), numbers_in(first[begin:end], last[begin:end]))


def series_in(file: BinaryIO) -> set[int]:
    """The series that the file's runs are of."""
    found: set[int] = set()
    file.seek(HEADER_BYTES)
    while block := file.read(ROW.itemsize * ROWS_AT_ONCE):
        rows = np.frombuffer(block, ROW, len(block) // ROW.itemsize)
        found.update(np.unique(rows["series"]).tolist())
    return found


def pieces(series: Integers, units: Integers, size: int) -> Iterator[tuple[int, int]]:
    """Cut rows where the series changes, and where enough units have come together."""
    ends = np.cumsum(units)
    breaks = [*(np.flatnonzero(np.diff(series)) + 1).tolist(), len(series)]
    begin = 0
    for stop in breaks:
        while begin < stop:
            before = int(ends[begin - 1]) if begin else 0
            end = int(np.searchsorted(ends, before + size)) + 1
            end = min(end, stop)
            yield begin, end
            begin = end


def numbers_in(first: Integers, last: Integers) -> Integers:
    """Every number of these runs, one after another."""
    units = last - first + 1
    ends = np.cumsum(units)
    numbers: Integers = np.arange(int(ends[-1]), dtype=np.int64)
    numbers += np.repeat(first - (ends - units), units)
    return numbers
