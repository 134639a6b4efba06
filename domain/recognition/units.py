"""Scanned units on their way to numbers: columns, one row a line of what was sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.codes.orders import LabelOfBatch
from domain.registry.spans import Run, runs_of
from domain.standards.byte_rows import ByteRows

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LF, CR = b"\n\r"


class Verdict(StrEnum):
    """What became, or would become, of one unit."""

    OK = "ok"
    UNREADABLE = "unreadable"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"  # never issued, or not the asker's: told alike
    NOT_GENUINE = "verification-failed"
    REPEATED = "repeated"
    WRONG_STATUS = "status-not-fitting"
    BLOCKED = "blocked"
    IN_TRANSFER = "in-transfer"
    IN_PACKAGE = "in-package"
    NOT_RESTORABLE = "not-restorable"


VERDICTS = tuple(Verdict)
CODE = {verdict: at for at, verdict in enumerate(VERDICTS)}


class OwnUnit(NamedTuple):
    """Where a registered serial stands; `foreign_tail` is another operator's text after AI 21."""

    serial: str
    series_id: int
    number: int
    foreign_tail: str | None


class Labelled(NamedTuple):
    """The batch of each line, -1 for none, and what the labels of these batches print."""

    batches: Integers
    labels: Mapping[int, LabelOfBatch]


@dataclass(slots=True)
class Units:
    """Lines of a list of codes, as numbers.

    `series` and `number` are -1 where a line names no issued number; `verdict` indexes VERDICTS;
    `checked` tells whose verification code was there and is right.
    """

    series: Integers
    number: Integers
    verdict: npt.NDArray[np.int8]
    checked: Flags
    texts: "Texts"
    repairs: dict[str, int] = field(default_factory=dict)
    named: list[tuple[Integers, str, ByteRows]] = field(default_factory=list)  # rows, GTIN, serials
    labelled: Labelled = field(default_factory=lambda: Labelled(np.empty(0, np.int64), {}))
    candidates: dict[int, list[Run]] = field(default_factory=dict)  # of lines with two readings
    measures: list[tuple[int, str, str]] = field(default_factory=list)  # line, AI, value

    @classmethod
    def blank(cls, texts: "Texts") -> "Units":
        size = len(texts)
        return cls(
            np.full(size, -1, np.int64),
            np.full(size, -1, np.int64),
            np.zeros(size, np.int8),
            np.zeros(size, np.bool_),
            texts,
        )

    def codes(self) -> dict[int, str]:
        """The identification code of each line that could be read."""
        return {
            row: f"01{gtin}21{serial.tobytes().decode()}"
            for rows, gtin, serials in self.named
            for row, serial in zip(rows.tolist(), serials, strict=True)
        }

    def mark(self, rows: Integers | Flags, verdict: Verdict) -> None:
        """Give these rows a verdict, where they have none but ok."""
        fresh = np.zeros(len(self.verdict), np.bool_)
        fresh[rows] = True
        self.verdict[fresh & (self.verdict == 0)] = CODE[verdict]

    def has(self, verdict: Verdict) -> Flags:
        return np.equal(self.verdict, CODE[verdict])

    def take_over(self, rows: Integers, again: "Units", *, repair: str) -> None:
        """Take what a second reading of these rows says, where it is proved right."""
        right = again.checked & (again.verdict == 0)
        mine = rows[right]
        self.series[mine], self.number[mine] = again.series[right], again.number[right]
        self.verdict[mine] = 0
        self.checked[mine] = True
        self.labelled.batches[mine] = again.labelled.batches[right]
        self.labelled = self.labelled._replace(
            labels={**self.labelled.labels, **again.labelled.labels}
        )
        if len(mine):
            self.repairs[repair] = len(mine)
        again_rows = set(np.flatnonzero(right).tolist())
        for at, gtin, serials in again.named:
            kept = np.array([row in again_rows for row in at.tolist()], np.bool_)
            self.named.append((rows[at[kept]], gtin, serials[kept]))

    def mark_row(self, row: int, verdict: Verdict) -> None:
        """As `mark`, for one line of a million at the price of one."""
        if self.verdict[row] == 0:
            self.verdict[row] = CODE[verdict]

    def hide(self, rows: Integers) -> None:
        """Tell of these rows what is told of codes that were never issued."""
        self.verdict[rows] = CODE[Verdict.UNKNOWN]
        self.checked[rows] = False

    def doubted(self) -> tuple[Integers, list[Run]]:
        """The lines whose verdict would tell a stranger that the code exists, and their runs."""
        rows = np.flatnonzero((self.verdict != 0) & (self.series >= 0))
        pairs = zip(self.series[rows].tolist(), self.number[rows].tolist(), strict=True)
        return rows, runs_of(sorted(set(pairs)))

    def within(self, rows: Integers, runs: Sequence[Run]) -> Flags:
        """Which of these rows have numbers in these sorted runs."""
        found = np.zeros(len(rows), np.bool_)
        edges = np.array([run[:3] for run in runs], np.int64).reshape(-1, 3)
        for series_id in np.unique(edges[:, 0]):
            mine = edges[edges[:, 0] == series_id]
            at = np.searchsorted(mine[:, 1], self.number[rows], side="right") - 1
            inside = (at >= 0) & (self.number[rows] <= mine[np.maximum(at, 0), 2])
            found |= inside & (self.series[rows] == series_id)
        return found

    def mark_repeats(self) -> None:
        """Of lines that name the same number, the first stays."""
        rows = np.flatnonzero((self.verdict == 0) & (self.series >= 0))
        order = rows[np.lexsort((rows, self.number[rows], self.series[rows]))]
        again = (np.diff(self.series[order]) == 0) & (np.diff(self.number[order]) == 0)
        self.mark(order[1:][again], Verdict.REPEATED)

    def runs(self) -> list[Run]:
        """The numbers of the lines that are ok, as sorted runs."""
        rows = np.flatnonzero((self.verdict == 0) & (self.series >= 0))
        if not len(rows):
            return []
        order = rows[np.lexsort((self.number[rows], self.series[rows]))]
        series, number = self.series[order], self.number[order]
        breaks = np.flatnonzero((np.diff(series) != 0) | (np.diff(number) != 1)) + 1
        starts = np.concatenate(([0], breaks))
        ends = np.concatenate((breaks, [len(order)])) - 1
        return [
            Run(*run)
            for run in zip(
                series[starts].tolist(), number[starts].tolist(), number[ends].tolist(), strict=True
            )
        ]

    def hulls(self) -> list[Run]:
        """From the first to the last number of each series that lines that are ok name."""
        rows = np.flatnonzero((self.verdict == 0) & (self.series >= 0))
        order = rows[np.lexsort((self.number[rows], self.series[rows]))]
        series, number = self.series[order], self.number[order]
        other = np.diff(series) != 0
        firsts = np.concatenate((np.ones(len(order[:1]), np.bool_), other))
        lasts = np.concatenate((other, np.ones(len(order[:1]), np.bool_)))
        edges = zip(
            series[firsts].tolist(), number[firsts].tolist(), number[lasts].tolist(), strict=True
        )
        return [Run(*edge) for edge in edges]

    def mark_numbers(self, runs: list[Run], verdict: Verdict) -> None:
        """Give a verdict to the lines whose numbers lie in these sorted runs."""
        rows = np.flatnonzero(self.series >= 0)
        self.mark(rows[self.within(rows, runs)], verdict)

    def examples(self, verdict: Verdict, most: int = 3) -> tuple[str, ...]:
        """The first few lines with this verdict, without their verification codes."""
        rows = np.flatnonzero(self.verdict == CODE[verdict])[:most]
        return tuple(self.shown(int(row)) for row in rows)

    def shown(self, row: int) -> str:
        """What of a line may be told again: its identification code, never more."""
        for rows, gtin, serials in self.named:
            for serial in serials[rows == row][:1]:
                return f"01{gtin}21{serial.tobytes().decode()}"
        return self.texts.begun(row)

    def counts(self) -> dict[Verdict, int]:
        found, counted = np.unique(self.verdict, return_counts=True)
        return {VERDICTS[one]: int(n) for one, n in zip(found, counted, strict=True)}

    def told(self) -> list[dict[str, int | str]]:
        """The verdict of every line: neighbours with the same verdict told together, from 1."""
        if not len(self.verdict):
            return []
        breaks = np.flatnonzero(np.diff(self.verdict)) + 1
        starts = np.concatenate(([0], breaks))
        ends = np.concatenate((breaks, [len(self.verdict)]))
        return [
            {
                "first_line": int(self.texts.numbers[first]),
                "last_line": int(self.texts.numbers[end - 1]),
                "verdict": VERDICTS[self.verdict[first]],
            }
            for first, end in zip(starts, ends, strict=True)
        ]


class Texts:
    """The lines as they were sent, cut out of one buffer only when somebody asks.

    `numbers` are the lines' places in what was sent, from 1.
    """

    def __init__(self, buffer: bytes, starts: Integers, ends: Integers, numbers: Integers) -> None:
        self.buffer = buffer
        self.starts = starts
        self.ends = ends
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, row: int) -> str:
        return self.buffer[self.starts[row] : self.ends[row]].decode()

    def begun(self, row: int) -> str:
        """The beginning of a line that nobody could read: too short to hold a verification code."""
        return self[row][:16].split(chr(29))[0]

    def by_width(self) -> Iterator[tuple[Integers, ByteRows]]:
        """Which lines have one width, and those lines as a matrix."""
        widths = self.ends - self.starts
        symbols = np.frombuffer(self.buffer, np.uint8)
        order = np.argsort(widths, kind="stable")
        found, firsts = np.unique(widths[order], return_index=True)
        for width, rows in zip(found.tolist(), np.split(order, firsts[1:]), strict=False):
            if width:
                windows = np.lib.stride_tricks.sliding_window_view(symbols, width)
                yield rows, windows[self.starts[rows]]

    @classmethod
    def of_lines(cls, buffer: bytes) -> "Texts":
        """A file of codes, one a line. Only LF and CR LF end a line; empty lines are left out."""
        symbols = np.frombuffer(buffer, np.uint8)
        ends = np.flatnonzero(symbols == LF)
        if buffer and buffer[-1] != LF:
            ends = np.append(ends, len(buffer))
        starts = np.concatenate((ends[:0], ends[:1] * 0, ends[:-1] + 1))
        ends = ends - ((ends > starts) & (symbols[np.maximum(ends - 1, 0)] == CR))
        filled = np.flatnonzero(ends > starts)
        return cls(buffer, starts[filled], ends[filled], filled + 1)

    @classmethod
    def of_list(cls, codes: Sequence[str]) -> "Texts":
        """A list of codes; what is empty stays a line of its own."""
        parts = [code.encode() for code in codes]
        lengths = np.array([len(part) for part in parts], np.int64)
        ends = np.cumsum(lengths)
        return cls(b"".join(parts), ends - lengths, ends, np.arange(1, len(parts) + 1))
