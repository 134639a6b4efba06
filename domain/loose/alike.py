"""Loose units as columns: which stand alike, and how changing them cuts spans. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.registry.spans import Standing

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]


class Asked(NamedTuple):
    """Units in the order of series and number; `lines` are their names where they were asked.

    `apart` says which may be changed without a scene, as far as the request tells.
    """

    series: Integers
    numbers: Integers
    lines: Integers
    apart: Flags

    def at(self, rows: Integers | Flags) -> "Asked":
        series, numbers, lines, apart = self
        return Asked(series[rows], numbers[rows], lines[rows], apart[rows])


class Alike(NamedTuple):
    """Units that stand alike: which rows of what was asked, and where.

    `sources` and `ends` are the first and last numbers of the spans that they lie in, `since` the
    events of these.
    """

    standing: Standing
    rows: Integers
    sources: Integers
    ends: Integers
    since: Integers

    def at(self, kept: Flags) -> "Alike":
        return Alike(self.standing, *(column[kept] for column in self[1:]))


class Pieces(NamedTuple):
    """What is cut out of spans: columns, sorted, a row a piece.

    `sources` is where the span begins that a piece is cut out of, `rests` how far that span goes on
    as it was behind the piece, `since` its event before; `lots` (0: none) and `states` of turnover
    are the span's, too. The first piece of a span `leads`.
    """

    series: Integers
    sources: Integers
    firsts: Integers
    lasts: Integers
    rests: Integers
    since: Integers
    events: Integers
    leads: Flags
    lots: Integers
    states: Names


def without_repeats(asked: Asked) -> Asked:
    """A unit that is asked for more than once is not changed apart: one change follows another."""
    again = (np.diff(asked.series) == 0) & (np.diff(asked.numbers) == 0)
    repeated = np.concatenate((again, [False])) | np.concatenate(([False], again))
    return asked._replace(apart=asked.apart & ~repeated)


def whole_spans(asked: Asked, found: list[Alike]) -> list[Alike]:
    """What of these may be changed apart: spans of which nothing is wanted otherwise."""
    sources = np.full(len(asked.series), -1, np.int64)
    for alike in found:
        sources[alike.rows] = alike.sources
    others = np.flatnonzero(~asked.apart)
    taken = set(zip(asked.series[others].tolist(), sources[others].tolist(), strict=True))
    if not taken:
        return found
    series = asked.series.tolist()
    kept = []
    for alike in found:
        pairs = zip(alike.rows.tolist(), alike.sources.tolist(), strict=True)
        free = np.array([(series[row], source) not in taken for row, source in pairs], np.bool_)
        kept.append(alike.at(free))
    return [alike for alike in kept if len(alike.rows)]


def pieces(asked: Asked, found: Sequence[Alike], events: Integers) -> Pieces:
    """Cut these units out of their spans; neighbours under one event stay in one piece.

    `events` are those of the rows of what was asked.
    """
    order = np.argsort(np.concatenate([alike.rows for alike in found]))
    rows, sources, ends, since = (
        np.concatenate([alike[column] for alike in found])[order] for column in range(1, 5)
    )
    counts = [len(alike.rows) for alike in found]
    lots = np.repeat([alike.standing.lot_id or 0 for alike in found], counts)[order]
    states = np.repeat([str(alike.standing.turnover_state) for alike in found], counts)[order]
    series, numbers, events = asked.series[rows], asked.numbers[rows], events[rows]
    same_span = (np.diff(series) == 0) & (np.diff(sources) == 0)
    goes_on = same_span & (np.diff(numbers) == 1) & (np.diff(events) == 0)
    begins = np.concatenate(([True], ~goes_on))
    lasts = numbers[np.concatenate((~goes_on, [True]))]
    leads = np.concatenate(([True], ~same_span))[begins]
    firsts = numbers[begins]
    follows = np.concatenate((~leads[1:], [False]))
    rests = np.where(follows, np.concatenate((firsts[1:], [0])) - 1, ends[begins])
    return Pieces(
        series[begins],
        sources[begins],
        firsts,
        lasts,
        rests,
        since[begins],
        events[begins],
        leads,
        lots[begins],
        states[begins],
    )
