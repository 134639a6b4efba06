"""What was uploaded, held against the registry: how each number stands, and which fault counts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from domain.recognition.units import Integers, Units
from domain.reconciliation.claims import LOOSE, UNSAID, Claims
from domain.registry.packages import Alike, BatchFacts, WideBlock
from domain.registry.spans import Run, Span, Standing
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

# Codes that were only issued are on no goods: nobody can be asked where they are.
ON_HAND = (UnitStatus.APPLIED, UnitStatus.IN_CIRCULATION)
BLOCKED, IN_TRANSFER = "blocked", "in-transfer"
STATES = {
    UnitStatus.ISSUED: "not-applied",
    UnitStatus.APPLIED: "not-introduced",
    UnitStatus.WITHDRAWN: "withdrawn",
    UnitStatus.CANCELLED: "cancelled",
}


class Held(NamedTuple):
    """Custody of goods that stand alike, as far as the comparison asks."""

    holder_id: int | None
    receiver_id: int | None
    turnover_state: MemberState | None
    states: tuple[str | None, ...]  # of the holder and of turnover
    holder: Mapping[str, str] | None  # as it is told to who may know
    is_offered: bool
    is_blocked: bool


class Fault(IntEnum):
    """What is wrong with a line; of several the gravest counts, which is the first."""

    UNREADABLE = 1
    OUTSIDE = 2  # not what the comparison is restricted to
    REPEATED = 3
    SURPLUS = 4
    WRONG_HOLDER = 5
    WRONG_STATE = 6
    WRONG_PACKAGE = 7


MATCHED = 0
NOT_FOUND = -3  # of a claimed parent


@dataclass(frozen=True, slots=True)
class Bans:
    """The wide blocks in force on anything that was named."""

    blocks: Sequence[WideBlock]
    batches: Mapping[int, BatchFacts]

    def cover(self, batch_id: int, lot_id: int | None, state: MemberState | None) -> bool:
        facts = self.batches[batch_id]
        return any(block.covers(facts, lot_id, state) for block in self.blocks)


def state_of(key: Alike, held: Held, bans: Bans) -> str | None:
    """Why goods on hand are not as they should be, by the gravest word; None: they are."""
    if key.status is not UnitStatus.IN_CIRCULATION:
        return STATES[key.status]
    if (
        key.blocked
        or held.is_blocked
        or bans.cover(key.batch_id, key.lot_id or None, held.turnover_state)
    ):
        return BLOCKED
    return IN_TRANSFER if held.is_offered else None


class Stood:
    """How numbers stand: spans by the array, and the few ways of standing among them."""

    def __init__(self) -> None:
        self.standings: list[Standing] = []
        self.known: dict[Standing, int] = {}
        self.parts: list[tuple[list[int], list[int], list[int]]] = []

    def add(self, spans: Iterable[Span], free: Collection[tuple[int, int]]) -> None:
        """Take in spans, sorted; those that are `free` are blocked no more."""
        series, firsts, which = [], [], []
        for span in spans:
            standing = span.standing
            if standing.blocked and (span.series_id, span.first) in free:
                standing = standing._replace(blocked=False)
            series.append(span.series_id)
            firsts.append(span.first)
            which.append(self.key(standing))
        self.parts.append((series, firsts, which))

    def key(self, standing: Standing) -> int:
        found = self.known.get(standing)
        if found is None:
            found = self.known[standing] = len(self.standings)
            self.standings.append(standing)
        return found

    def which(self, series: Integers, numbers: Integers) -> Integers:
        """By index, in which way each of these numbers stands; all of them were issued."""
        of_spans, firsts, which = (
            np.array([one for part in self.parts for one in part[at]], np.int64) for at in range(3)
        )
        found = np.empty(len(series), np.int64)
        for series_id in np.unique(series):
            rows = np.flatnonzero(series == series_id)
            mine = np.flatnonzero(of_spans == series_id)
            found[rows] = mine[np.searchsorted(firsts[mine], numbers[rows], side="right") - 1]
        return which[found]


def codes_at(units: Units, rows: Collection[int]) -> dict[int, str]:
    """The identification codes of these lines; of what could not be read, its beginning."""
    wanted = set(rows)
    found = {row: units.texts.begun(row) for row in wanted}
    for at, gtin, serials in units.named:
        met = [0] if len(at) == 1 and int(at[0]) in wanted else []
        if len(at) > 1:
            met = np.flatnonzero(np.isin(at, list(wanted))).tolist()
        for one in met:
            found[int(at[one])] = f"01{gtin}21{serials[one].tobytes().decode()}"
    return found


def runs_at(units: Units, rows: Integers) -> list[Run]:
    """The numbers of these lines as sorted runs."""
    chosen = np.zeros(len(units.series), np.bool_)
    chosen[rows] = True
    mine = np.flatnonzero(chosen & (units.series >= 0))
    if not len(mine):
        return []
    order = mine[np.lexsort((units.number[mine], units.series[mine]))]
    series, number = units.series[order], units.number[order]
    breaks = np.flatnonzero((np.diff(series) != 0) | (np.diff(number) > 1)) + 1
    starts = np.concatenate(([0], breaks))
    ends = np.concatenate((breaks, [len(order)])) - 1
    told = zip(series[starts].tolist(), number[starts].tolist(), number[ends].tolist(), strict=True)
    return [Run(*one) for one in told]


@dataclass(slots=True)
class Forest:
    """Which package lies in which, as far as anything named reaches."""

    parents: dict[int, int | None] = field(default_factory=dict)

    def around(self, package_id: int | None) -> list[int]:
        """The package and those around it, the outermost last."""
        found = []
        while package_id is not None:
            found.append(package_id)
            package_id = self.parents.get(package_id)
        return found

    def outermost(self, named: Iterable[int]) -> set[int]:
        """Of these packages those that lie in no other of them."""
        asked = set(named)
        return {one for one in asked if not asked & set(self.around(one)[1:])}

    def covered(self, package_id: int | None, covering: Collection[int]) -> bool:
        """Whether the package, or one around it, is among these."""
        return any(one in covering for one in self.around(package_id))

    def root(self, package_id: int) -> int:
        return self.around(package_id)[-1]


class Packages(NamedTuple):
    """The packages that were named and exist: transport units by line, packs by their code's row.

    `claimed` are the ids of the parents that lines claim, in the order of `Claims.parents`.
    """

    of_lines: dict[int, int]
    of_codes: dict[int, int]
    claimed: Sequence[int]


class Found(NamedTuple):
    """An upload as the registry knows it.

    `rows` are the codes that name a number once, `which` in which way each of these stands, `held`
    the custody of each way, `of_packages` that of each package that was named or is around.
    """

    claims: Claims
    units: Units
    rows: Integers
    which: Integers
    standings: Sequence[Standing]
    held: Sequence[Held]
    packages: Packages
    of_packages: dict[int, Held]
    summaries: dict[int, dict[Alike, int]]
    forest: Forest
    meant: Collection[int]
    bans: Bans

    def way(self, row: int) -> int:
        """In which way the number of a code stands, by index."""
        return int(self.which[np.searchsorted(self.rows, row)])


def is_where_claimed(parent: int | None, claim: int, claimed: Sequence[int]) -> bool:
    """Whether something lies where a line says it does."""
    if claim == UNSAID:
        return True
    return parent is None if claim == LOOSE else parent == claimed[claim]
