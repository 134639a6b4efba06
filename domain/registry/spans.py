"""Interval arithmetic on numbers: how runs cut spans, and how pieces join again.

A *run* is an unbroken interval of a series' numbers. A *span* is a run of units that stand alike
since the same event. Everything here is pure and takes its input sorted by (series, first).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import NamedTuple

from domain.registry import sizes
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus


class Run(NamedTuple):
    """The numbers `first` to `last` of a series, both included."""

    series_id: int
    first: int
    last: int

    @property
    def units(self) -> int:
        return self.last - self.first + 1


class Interval(NamedTuple):
    """An unbroken run of a batch's numbers; `ordinal` is that of its first unit in the batch."""

    series_id: int
    first: int
    last: int
    batch_id: int
    ordinal: int


class SeriesOfSpace(NamedTuple):
    """A series, with the form of its space's serials; `next_number` is not issued yet."""

    space_id: int
    gtin: str
    serial_length: int
    first_character: str | None
    alphabet: str
    series_id: int
    first: int
    next_number: int


class Standing(NamedTuple):
    """How units stand. The fields are the standing columns of `domain/tables.py`, in order."""

    parent_id: int | None
    transfer_id: int | None
    lot_id: int | None
    holder_id: int | None
    status: UnitStatus
    turnover_state: MemberState | None
    withdrawal_reason: str | None
    remaining_parts: int | None
    whole_parts: int | None
    blocked: bool


class Span(NamedTuple):
    """A run of units that stand alike since `event_id`."""

    series_id: int
    first: int
    last: int
    event_id: int
    standing: Standing

    @property
    def units(self) -> int:
        return self.last - self.first + 1


class Cut(NamedTuple):
    """What runs made of spans.

    `touched` are the spans that a run meets, `pieces` their parts inside the runs, `rest` their
    parts outside, all sorted.
    """

    touched: list[Span]
    pieces: list[Span]
    rest: list[Span]


Place = tuple[int, int]  # a series, and the first number of a run of it
# Series, first, last, event, the event before, the standing after.
EntryRow = tuple[int, int, int, int, int | None, Standing]


def runs_of(units: Iterable[tuple[int, int]]) -> list[Run]:
    """Join sorted, distinct (series, number) pairs into runs."""
    runs: list[Run] = []
    series_id, first, last = -1, 0, 0
    for series, number in units:
        if series == series_id and number == last + 1:
            last = number
            continue
        if series_id >= 0:
            runs.append(Run(series_id, first, last))
        series_id, first, last = series, number, number
    if series_id >= 0:
        runs.append(Run(series_id, first, last))
    return runs


def overlaps(runs: Sequence[Run]) -> list[Run]:
    """The parts of sorted runs that an earlier one covers already."""
    found = []
    series_id, reached = -1, -1
    for run in runs:
        if run.series_id != series_id:
            series_id, reached = run.series_id, -1
        if run.first <= reached:
            found.append(Run(series_id, run.first, min(reached, run.last)))
        reached = max(reached, run.last)
    return found


def joined(runs: Iterable[Run]) -> list[Run]:
    """Sorted runs without overlaps, neighbours joined."""
    result: list[Run] = []
    for run in sorted(runs):
        if result and result[-1].series_id == run.series_id and run.first <= result[-1].last + 1:
            before = result[-1]
            result[-1] = Run(before.series_id, before.first, max(before.last, run.last))
        else:
            result.append(run)
    return result


def elementary(runs: Iterable[Run]) -> list[Run]:
    """These runs cut at each other's borders: sorted, none meeting another, each number once."""
    found = sorted(set(runs))
    if not overlaps(found):
        return found
    result: list[Run] = []
    by_series: dict[int, list[Run]] = {}
    for run in found:
        by_series.setdefault(run.series_id, []).append(run)
    for series_id, mine in by_series.items():
        borders = sorted({run.first for run in mine} | {run.last + 1 for run in mine})
        covered = joined(mine)
        parts = [Run(series_id, first, after - 1) for first, after in pairwise(borders)]
        outside = set(without(parts, covered))
        result.extend(part for part in parts if part not in outside)
    return result


def hulls(runs: Iterable[Run]) -> list[Run]:
    """One run a series, from the first number of sorted runs to the last."""
    found: dict[int, Run] = {}
    for run in runs:
        begun = found.get(run.series_id, run)
        found[run.series_id] = Run(run.series_id, begun.first, run.last)
    return list(found.values())


def without(runs: Sequence[Run], holes: Sequence[Run]) -> list[Run]:
    """Sorted runs less the sorted holes in them."""
    result = []
    ahead = iter(holes)
    hole = next(ahead, None)
    for series_id, first, last in runs:
        start = first
        while hole is not None and (hole.series_id, hole.last) < (series_id, start):
            hole = next(ahead, None)
        while hole is not None and hole.series_id == series_id and hole.first <= last:
            if start < hole.first:
                result.append(Run(series_id, start, hole.first - 1))
            start = max(start, hole.last + 1)
            if hole.last > last:
                break
            hole = next(ahead, None)
        if start <= last:
            result.append(Run(series_id, start, last))
    return result


def stripe_mask() -> int:
    return (1 << sizes.STRIPE_BITS) - 1


def by_stripe(run: Run) -> Iterator[Run]:
    """The run in pieces of which none crosses a stripe."""
    series_id, first, last = run
    while first <= last:
        end = min(last, first | stripe_mask())
        yield Run(series_id, first, end)
        first = end + 1


def stripes_of(runs: Iterable[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """The (series, stripe) pairs that sorted runs touch, in the order in which they are locked."""
    found: dict[tuple[int, int], None] = {}
    bits = sizes.STRIPE_BITS
    for series_id, first, last in runs:
        for stripe in range(first >> bits, (last >> bits) + 1):
            found[series_id, stripe] = None
    return list(found)


def whole_stripes(runs: Iterable[Run]) -> list[Run]:
    """The whole of each stripe that sorted runs touch."""
    bits = sizes.STRIPE_BITS
    return [
        Run(series_id, stripe << bits, (stripe << bits) | stripe_mask())
        for series_id, stripe in stripes_of(runs)
    ]


def cut(spans: Iterable[Span], runs: Sequence[Run]) -> Cut:
    """Cut sorted spans, which do not overlap, by sorted runs, which do not either."""
    result = Cut([], [], [])
    at = 0
    for span in spans:
        series_id, first, last = span[:3]
        while at < len(runs) and (runs[at].series_id, runs[at].last) < (series_id, first):
            at += 1
        start = first  # the first number of the span not yet given away
        while at < len(runs) and runs[at].series_id == series_id and runs[at].first <= last:
            begin, end = max(start, runs[at].first), min(last, runs[at].last)
            if start < begin:
                result.rest.append(part(span, start, begin - 1))
            result.pieces.append(part(span, begin, end))
            start = end + 1
            if runs[at].last > last:
                break  # this run goes on into the next span
            at += 1
        if start > first:
            result.touched.append(span)
            if start <= last:
                result.rest.append(part(span, start, last))
    return result


def part(span: Span, first: int, last: int) -> Span:
    return Span(span.series_id, first, last, span.event_id, span.standing)


def met(spans: Iterable[Span], runs: Sequence[Run]) -> list[Span]:
    """Those of sorted spans, which do not overlap, that any of these sorted runs meets."""
    whole = joined(runs)
    ends = [(run.series_id, run.last) for run in whole]
    found = []
    for span in spans:
        at = bisect_left(ends, span[:2])
        if at < len(ends) and whole[at][:2] <= (span.series_id, span.last):
            found.append(span)
    return found


def missing(runs: Sequence[Run], pieces: Sequence[Span]) -> list[Run]:
    """The parts of sorted runs that no piece covers: numbers that were never issued."""
    if sum(run.units for run in runs) == sum(piece.units for piece in pieces):
        return []
    return without(runs, [Run(piece.series_id, piece.first, piece.last) for piece in pieces])


def filled(span: Span, atoms: Sequence[Span]) -> Iterator[Span]:
    """The atoms of a span, and what of it lies between them as it was."""
    start = span.first
    for atom in atoms:
        if start < atom.first:
            yield span._replace(first=start, last=atom.first - 1)
        yield atom
        start = atom.last + 1
    if start <= span.last:
        yield span._replace(first=start)


def joined_spans(spans: Sequence[Span], borders: AbstractSet[Place]) -> list[Span]:
    """Sorted spans, neighbours that stand alike since the same event joined within a stripe."""
    result: list[Span] = []
    for span in spans:
        last = result[-1] if result else None
        if (
            last
            and last.series_id == span.series_id
            and last.last + 1 == span.first
            and last[3:] == span[3:]
            and span.first & stripe_mask()
            and (span.series_id, span.first) not in borders
        ):
            result[-1] = last._replace(last=span.last)
        else:
            result.append(span)
    return result


def in_order(entry: EntryRow) -> tuple[int, int, int]:
    return entry[3], entry[0], entry[1]


def joined_entries(entries: Sequence[EntryRow], borders: AbstractSet[Place]) -> list[EntryRow]:
    """Entries in order, neighbours with the same event, past and standing joined."""
    result: list[EntryRow] = []
    for entry in entries:
        last = result[-1] if result else None
        if (
            last
            and last[0] == entry[0]
            and last[2] + 1 == entry[1]
            and last[3:] == entry[3:]
            and (entry[0], entry[1]) not in borders
        ):
            result[-1] = (*last[:2], entry[2], *last[3:])
        else:
            result.append(entry)
    return result
