"""Spans rebuilt from the journal alone, to be held against the spans that stand."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

# A row of a journal entry or span: series, first, last, event, then the standing.
Row = tuple[Any, ...]


class Replay:
    """The numbers of one series as its journal entries, in order, leave them."""

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

    def at(self, number: int) -> Row | None:
        """The row that covers this number."""
        index = bisect_right(self.firsts, number) - 1
        if index < 0 or self.rows[index][2] < number:
            return None
        return self.rows[index]


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
