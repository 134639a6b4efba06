"""Which batch a piece of goods came from."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from domain.codes.orders import LabelOfBatch, LotData
from domain.registry.spans import Interval, Run, Span


class Belonging:
    """Looks up the batch of a piece; no piece crosses a batch interval."""

    def __init__(self, intervals: Sequence[Interval], labels: Mapping[int, LabelOfBatch]) -> None:
        self.intervals = sorted(intervals)
        self.starts = [(one.series_id, one.first) for one in self.intervals]
        self.labels = labels

    def label(self, piece: Span) -> LabelOfBatch:
        """What the labels of the piece's batch print."""
        at = bisect_right(self.starts, (piece.series_id, piece.first)) - 1
        return self.labels[self.intervals[at].batch_id]

    def place(self, piece: Span) -> tuple[UUID, int]:
        """The batch of the piece, and the ordinal of its first unit there."""
        at = bisect_right(self.starts, (piece.series_id, piece.first)) - 1
        found = self.intervals[at]
        return self.labels[found.batch_id].uuid, found.ordinal + piece.first - found.first

    def places(self, runs: Iterable[Run]) -> Iterator[tuple[UUID, int, int]]:
        """These sorted numbers as runs of batches: batch, ordinal of the first, count."""
        for run in runs:
            at, begin = bisect_right(self.starts, run[:2]) - 1, run.first
            while begin <= run.last:
                found = self.intervals[at]
                end = min(run.last, found.last)
                ordinal = found.ordinal + begin - found.first
                yield self.labels[found.batch_id].uuid, ordinal, end - begin + 1
                at, begin = at + 1, end + 1


def told_over(before: LotData | None, told: LotData) -> LotData:
    """A lot as it stands when more is told of it: what is told now counts."""
    if before is None:
        return told
    return before._replace(
        **{name: value for name, value in told._asdict().items() if value is not None}
    )
