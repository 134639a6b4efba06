"""What the naive registry keeps: codes, packages, transfers, bans; and what a request names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

TRANSPORT = "TRANSPORT"
PACKABLE = {"APPLIED", "IN_CIRCULATION"}


class NaiveLot(NamedTuple):
    """What is told of a lot, told over what was told before."""

    lot_number: str | None = None
    produced_on: Any = None
    expires_on: Any = None

    def told(self, more: "NaiveLot") -> "NaiveLot":
        return NaiveLot(*(new or old for old, new in zip(self, more, strict=True)))


class Moment(NamedTuple):
    """How a unit stood after an event; `of` is the transfer that the event belongs to."""

    event: int
    kind: str
    of: UUID | None
    status: str
    reason: str | None
    holder: str
    state: str
    transfer: "Transfer | None"
    around: "tuple[Package, ...]"
    blocked: bool
    lot: NaiveLot
    parts: tuple[int | None, int | None]
    by: str | None


@dataclass(eq=False, repr=False)
class Unit:
    """One code, whether it is on a thing or on a pack of things."""

    code: str
    batch: UUID
    ordinal: int
    gtin: str
    group: str
    issued_in: str
    maker: str
    holder: str
    state: str
    lot: NaiveLot = field(default_factory=NaiveLot)
    status: str = "ISSUED"
    reason: str | None = None
    parts: tuple[int | None, int | None] = (None, None)  # left, of how many
    parent: "Package | None" = None
    transfer: "Transfer | None" = None
    replaces: "list[Unit]" = field(default_factory=list)
    printed: int = 0  # how many times
    history: list[Moment] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"{self.name} ({self.status}, {self.holder})"

    @property
    def name(self) -> str:
        """The identification code, without its check."""
        return self.code.split("\x1d")[0]

    def as_of(self, event: int) -> Moment | None:
        """How it stood when this event had been recorded, and no later one."""
        past = [moment for moment in self.history if moment.event <= event]
        return past[-1] if past else None


@dataclass(eq=False, repr=False)
class Package:
    """A transport unit with an SSCC, or a pack whose `label` is a code of its own."""

    name: str
    kind: str
    label: Unit | None = None
    lies_in: "Package | None" = None
    levels: int = 1
    alive: bool = True
    printed: int = 0

    def __repr__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def parent(self) -> "Package | None":
        return self.label.parent if self.label else self.lies_in

    @parent.setter
    def parent(self, outer: "Package | None") -> None:
        if self.label:
            self.label.parent = outer
        else:
            self.lies_in = outer


Thing = Unit | Package


def around(thing: Thing) -> list[Package]:
    """The packages that a thing lies in, the outermost last."""
    return [thing.parent, *around(thing.parent)] if thing.parent else []


@dataclass(eq=False)
class Transfer:
    """Goods on offer. `receiver` is None until somebody with that tax id is registered."""

    uuid: UUID
    sender: str
    receiver: str | None
    offered: int
    accepted: int = 0
    released: int = 0
    sold: int = 0
    answers: int = 0
    status: str = "OFFERED"
    lapsed: datetime | None = None  # when its deadline passed, recorded or not

    @property
    def is_open(self) -> bool:
        return self.status == "OFFERED" and not self.lapsed


@dataclass(eq=False)
class Ban:
    """Goods that an authority has blocked: exactly one of these says which."""

    uuid: UUID
    authority: str
    member_state: str
    units: frozenset[Unit] = frozenset()
    package: Package | None = None
    batch: UUID | None = None
    lot: tuple[str, str] | None = None
    gtin: str | None = None
    group: str | None = None
    begun: int = 0
    ended: int | None = None  # the event that ended it
    lapsed: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.ended is None and not self.lapsed

    @property
    def is_wide(self) -> bool:
        return not self.units and not self.package

    def is_on(self, thing: Thing) -> bool:
        """Whether it names this unit, this transport unit, or the code of this pack."""
        if isinstance(thing, Package) and thing.label is None:
            return thing is self.package
        return (thing if isinstance(thing, Unit) else thing.label) in self.units

    def covers(self, unit: Unit, moment: Moment | None = None) -> bool:
        """Whether it covers a unit as it stands, or stood then: itself, what is around, its kind."""
        at, outer = (moment, moment.around) if moment else (unit, around(unit))
        if self.is_wide_over(unit, at.state, at.lot.lot_number):
            return True
        return any(map(self.is_on, (unit, *outer)))

    def is_wide_over(self, unit: Unit, state: str, lot_number: str | None) -> bool:
        """Whether it covers this unit with all of its kind, in turnover in this state."""
        here = self.member_state == state
        reached = here or self.member_state == unit.issued_in
        if self.batch or self.lot:
            lot = (unit.gtin, lot_number)
            return reached and (self.batch == unit.batch if self.batch else self.lot == lot)
        return here and (self.gtin == unit.gtin or self.group == unit.group)


class Named(NamedTuple):
    """The goods of a request: scanned lines (None: a code never issued), units in runs, packages."""

    lines: Sequence[Unit | None] = ()
    runs: Sequence[Unit] = ()
    packages: Sequence[Package] = ()

    @property
    def units(self) -> list[Unit]:
        """Each unit that is named, once."""
        return list(dict.fromkeys(unit for unit in (*self.lines, *self.runs) if unit))


class Judged(NamedTuple):
    """What is told of each line, which units may, and what would refuse the whole request.

    Of two words with a bar between them either may be told.
    """

    lines: list[str]
    good: list[Unit]
    refused: int
    faults: set[str]
