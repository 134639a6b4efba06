"""The units of a print cut into runs whose labels come about alike, in the order of their labels."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from domain.recognition.units import Integers
from domain.registry.spans import Interval, Place, Run
from domain.vocabulary import UnitStatus


class Stretch(NamedTuple):
    """Neighbouring numbers of one lot and status."""

    series_id: int
    first: int
    last: int
    lot_id: int | None
    status: UnitStatus

    @property
    def units(self) -> int:
        return self.last - self.first + 1


class Printed(NamedTuple):
    """Neighbouring numbers that were printed before; `print_id` is the earliest such print."""

    series_id: int
    first: int
    last: int
    print_id: int


class Part(NamedTuple):
    """A run of a print: units of one batch interval and one lot, all printed before or none.

    `ordinal` is that of its first unit in the batch.
    """

    series_id: int
    first: int
    last: int
    batch_id: int
    ordinal: int
    lot_id: int | None
    reprinted: bool

    @property
    def units(self) -> int:
        return self.last - self.first + 1


def in_order(series: Integers, numbers: Integers) -> list[Run]:
    """These numbers as runs, in the order in which they stand."""
    if not len(series):
        return []
    breaks = np.flatnonzero((np.diff(series) != 0) | (np.diff(numbers) != 1)) + 1
    starts = np.concatenate(([0], breaks))
    ends = np.concatenate((breaks, [len(series)])) - 1
    found = series[starts].tolist(), numbers[starts].tolist(), numbers[ends].tolist()
    return [Run(*run) for run in zip(*found, strict=True)]


class Piece(Protocol):
    """Some numbers of a series."""

    @property
    def series_id(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


Found = TypeVar("Found", bound=Piece)


class Looked(Generic[Found]):
    """Sorted pieces, none meeting another, in which the piece of a number is looked up."""

    def __init__(self, pieces: Sequence[Found]) -> None:
        self.pieces = pieces
        self.starts = [(piece.series_id, piece.first) for piece in pieces]

    def index(self, place: Place) -> int:
        """Where the last piece is that begins there or before; -1: nowhere."""
        return bisect_right(self.starts, place) - 1

    def holding(self, place: Place) -> Found:
        """The piece that holds a number of which it is known that one does."""
        return self.pieces[self.index(place)]

    def around(self, place: Place, last: int) -> tuple[bool, int]:
        """Whether a piece holds this number, and how far, up to `last`, that stays so."""
        at = self.index(place)
        if at >= 0:
            piece = self.pieces[at]
            if piece.series_id == place[0] and piece.last >= place[1]:
                return True, min(last, piece.last)
        after = self.starts[at + 1] if at + 1 < len(self.starts) else (-1, -1)
        return False, min(last, after[1] - 1) if after[0] == place[0] else last


def parts(
    asked: Sequence[Run],
    intervals: Sequence[Interval],
    stretches: Sequence[Stretch],
    before: Sequence[Printed],
) -> list[Part]:
    """What was asked, cut at the borders of intervals, of lots and of what was printed before.

    The others are sorted; intervals and stretches cover all that is asked.
    """
    found: list[Part] = []
    layers = Looked(intervals), Looked(stretches), Looked(before)
    for run in asked:
        for part in cut(run, *layers):
            if found and is_continued(found[-1], part):
                found[-1] = found[-1]._replace(last=part.last)
            else:
                found.append(part)
    return found


def cut(
    run: Run, intervals: Looked[Interval], stretches: Looked[Stretch], before: Looked[Printed]
) -> Iterator[Part]:
    """One run in parts."""
    series_id, begin = run.series_id, run.first
    while begin <= run.last:
        interval = intervals.holding((series_id, begin))
        stretch = stretches.holding((series_id, begin))
        end = min(run.last, interval.last, stretch.last)
        reprinted, end = before.around((series_id, begin), end)
        ordinal = interval.ordinal + begin - interval.first
        lot = stretch.lot_id
        yield Part(series_id, begin, end, interval.batch_id, ordinal, lot, reprinted)
        begin = end + 1


def is_continued(part: Part, by: Part) -> bool:
    """Whether the second goes on where the first ends, and is as it is."""
    return (
        part.series_id == by.series_id
        and part.last + 1 == by.first
        and part.batch_id == by.batch_id
        and part.ordinal + part.units == by.ordinal
        and part[5:] == by[5:]
    )


def first_places(runs: Iterable[Piece], most: int = 3) -> list[Place]:
    """The first few numbers of these runs."""
    found: list[Place] = []
    for run in runs:
        last = min(run.last, run.first + most - 1)
        found += [(run.series_id, number) for number in range(run.first, last + 1)]
        if len(found) >= most:
            break
    return found[:most]
