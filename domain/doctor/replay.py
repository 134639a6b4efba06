"""Spans rebuilt from the journal alone, to be held against the spans that stand."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from domain.registry import sizes

MOST_IN_A_PIECE = 1_000

# A row of a journal entry or span: series, first, last, event, then the standing.
Row = tuple[Any, ...]


class Window(NamedTuple):
    """The numbers `first` to `last` of a series: as much of it as is held in memory at once."""

    first: int
    last: int


def windows(stripes: Sequence[tuple[int, int]], most: int, *, end: int) -> list[Window]:
    """Windows over the numbers below `end`, each of `most` spans or of one stripe.

    `stripes` says in order how many spans each has.
    """
    borders, held = [0], 0
    for stripe, spans in stripes:
        if held and held + spans > most:
            borders.append(stripe << sizes.STRIPE_BITS)
            held = 0
        held += spans
    return [Window(first, after - 1) for first, after in pairwise([*borders, end])]


class Tiles:
    """Some neighbouring numbers as the entries put over them leave them."""

    def __init__(self) -> None:
        self.firsts: list[int] = []
        self.rows: list[Row] = []

    def put(self, row: Row) -> set[int | None]:
        """Let an entry cover what stood there; returns the events it covered (None: nothing)."""
        _, first, last = row[:3]
        begin = max(bisect_right(self.firsts, first) - 1, 0)
        while begin < len(self.rows) and self.rows[begin][2] < first:
            begin += 1
        end = bisect_right(self.firsts, last)
        covered = self.rows[begin:end]
        events: set[int | None] = {one[3] for one in covered}
        if sum(min(one[2], last) - max(one[1], first) + 1 for one in covered) < last - first + 1:
            events.add(None)
        kept = []
        if covered and covered[0][1] < first:
            kept.append((*covered[0][:2], first - 1, *covered[0][3:]))
        kept.append(row)
        if covered and covered[-1][2] > last:
            kept.append((covered[-1][0], last + 1, *covered[-1][2:]))
        self.rows[begin:end] = kept
        self.firsts[begin:end] = [one[1] for one in kept]
        return events


class Replay:
    """The numbers of one series as its journal entries, in order, leave them.

    Kept in pieces of bounded length: a list as long as a series would be moved at every unit sold
    alone. `begins` has the first number of each piece.
    """

    def __init__(self) -> None:
        self.begins: list[int] = [0]
        self.pieces: list[Tiles] = [Tiles()]

    def put(self, row: Row) -> set[int | None]:
        """Let an entry cover what stood there; returns the events it covered (None: nothing)."""
        series, first, last, *rest = row
        events: set[int | None] = set()
        at, end = bisect_right(self.begins, first) - 1, bisect_right(self.begins, last)
        for piece in range(at, end):
            begin = max(first, self.begins[piece])
            until = min(last, self.begins[piece + 1] - 1 if piece + 1 < len(self.begins) else last)
            events |= self.pieces[piece].put((series, begin, until, *rest))
        if len(self.pieces[at].rows) > MOST_IN_A_PIECE:
            self.halve(at)
        return events

    def halve(self, at: int) -> None:
        """Make two pieces of one."""
        whole, half = self.pieces[at], MOST_IN_A_PIECE // 2
        upper = Tiles()
        upper.rows, upper.firsts = whole.rows[half:], whole.firsts[half:]
        del whole.rows[half:], whole.firsts[half:]
        self.begins.insert(at + 1, upper.firsts[0])
        self.pieces.insert(at + 1, upper)

    @property
    def rows(self) -> list[Row]:
        """How the numbers stand, in order."""
        return [row for tiles in self.pieces for row in tiles.rows]


def joined(rows: Iterable[Row]) -> list[Row]:
    """Rows with neighbours that stand alike joined, so that two tilings can be compared."""
    result: list[Row] = []
    for row in rows:
        last = result[-1] if result else None
        if last and last[0] == row[0] and last[2] + 1 == row[1] and last[3:] == row[3:]:
            result[-1] = (*last[:2], row[2], *row[3:])
        else:
            result.append(row)
    return result


def differences(left: list[Row], right: list[Row]) -> list[Row]:
    """Up to ten rows that one of two sorted tilings has and the other has not."""
    return sorted(set(left) ^ set(right), key=str)[:10]
