"""Serials turned into numbers of series, by the array."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from domain.keys.keyring import Keyring
from domain.recognition.units import Integers
from domain.registry.spans import Interval, SeriesOfSpace
from domain.standards.byte_rows import ByteRows


class Known(NamedTuple):
    """All computed series of some GTINs, sorted by space and first number, and their ciphers."""

    series: Sequence[SeriesOfSpace]
    keyring: Keyring


def numbers_of(known: Known, gtin: str, serials: ByteRows) -> tuple[Integers, Integers]:
    """(series, number) of each serial of this GTIN; -1, -1 where no series has issued it."""
    series = np.full(len(serials), -1, np.int64)
    numbers = np.full(len(serials), -1, np.int64)
    mine = [
        one for one in known.series if one.gtin == gtin and one.serial_length == serials.shape[1]
    ]
    for space_id in dict.fromkeys(one.space_id for one in mine):
        space = [one for one in mine if one.space_id == space_id]
        first = space[0].first_character
        rows = np.arange(len(serials))
        if first is not None:
            rows = np.flatnonzero(serials[:, 0] == ord(first))
        if not len(rows):
            continue
        cipher = known.keyring.cipher(gtin, serials.shape[1], first, space[0].alphabet)
        found = cipher.numbers(serials if len(rows) == len(serials) else serials[rows])
        firsts = np.array([one.first for one in space], np.int64)
        ends = np.array([one.next_number for one in space], np.int64)
        ids = np.array([one.series_id for one in space], np.int64)
        at = np.searchsorted(firsts, found, side="right") - 1
        issued = (at >= 0) & (found < ends[at])
        series[rows[issued]] = ids[at[issued]]
        numbers[rows[issued]] = found[issued]
    return series, numbers


def batches_of(series: Integers, numbers: Integers, intervals: Sequence[Interval]) -> Integers:
    """The batch of each number, -1 where none of these sorted intervals holds it."""
    batches = np.full(len(series), -1, np.int64)
    edges = np.array([one[:4] for one in intervals], np.int64).reshape(-1, 4)
    for series_id in np.unique(edges[:, 0]):
        mine = edges[edges[:, 0] == series_id]
        rows = np.flatnonzero(series == series_id)
        at = np.searchsorted(mine[:, 1], numbers[rows], side="right") - 1
        inside = (at >= 0) & (numbers[rows] <= mine[at, 2])
        batches[rows[inside]] = mine[at[inside], 3]
    return batches
