"""The registry as a newcomer would write it: an object for every code, and one for every package.

Each code carries its own holder, member state and transfer; what happens to a package is done to
all that lies in it, one by one. Nothing here knows of numbers, spans, summaries, roots or scenes;
the state machine holds it against the real one.
"""

from collections.abc import Callable, Sequence
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


OK = "ok"
SLUGS = {
    "unknown": "unknown-codes",
    "repeated": "codes-repeated",
    "status-not-fitting": "status-not-fitting",
    "not-restorable": "not-restorable",
    "blocked": "goods-held-back",
    "in-transfer": "goods-held-back",
    "in-package": "goods-held-back",
}


class NaiveRegistry:
    """Every code, package, transfer and ban that there ever was."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self.batches: list[list[Unit]] = []
        self.packages: list[Package] = []
        self.transfers: dict[UUID, Transfer] = {}
        self.bans: dict[UUID, Ban] = {}
        self.events: list[tuple[int, str]] = []
        self.touched: dict[Unit, None] = {}

    # What there is

    def inside(self, package: Package) -> list[Unit]:
        """The codes in a package, to any depth."""
        return [unit for unit in self.units.values() if package in around(unit)]

    def contents(self, package: Package) -> list[Thing]:
        """What lies directly in a package."""
        units = [unit for unit in self.units.values() if unit.parent is package]
        return [*units, *(one for one in self.packages if one.lies_in is package)]

    def pack_of(self, unit: Unit) -> Package | None:
        """The pack that a code is the label of."""
        return next((one for one in self.packages if one.alive and one.label is unit), None)

    def whole(self, thing: Thing) -> list[Unit]:
        """A thing with all that goes where it goes."""
        pack = thing if isinstance(thing, Package) else self.pack_of(thing)
        own = [thing] if isinstance(thing, Unit) else [thing.label] if thing.label else []
        return [*own, *(self.inside(pack) if pack else ())]

    def transports(self) -> list[Package]:
        return [one for one in self.packages if one.alive and not one.label]

    def ssccs(self) -> list[Package]:
        """The transport unit that each SSCC names, or named last."""
        return list({one.name: one for one in self.packages if not one.label}.values())

    def packs(self) -> list[Package]:
        return [one for one in self.packages if one.alive and one.label]

    def one_of(self, thing: Thing) -> Unit:
        """Any unit of a thing: all have one holder, one state and one transfer."""
        return thing if isinstance(thing, Unit) else self.whole(thing)[0]

    def held_by(self, thing: Thing) -> str:
        return self.one_of(thing).holder

    def offered_in(self, thing: Thing) -> Transfer | None:
        """The open transfer that a thing is in; what has just been emptied is in none."""
        found = next((unit.transfer for unit in self.whole(thing)), None)
        return found if found and found.is_open else None

    # Bans

    def live_bans(self) -> list[Ban]:
        return [ban for ban in self.bans.values() if ban.is_live]

    def is_banned(self, thing: Thing) -> bool:
        """Whether a ban names the thing itself."""
        return any(ban.is_on(thing) for ban in self.live_bans())

    def is_blocked(self, unit: Unit) -> bool:
        """Whether a ban covers the unit, what it lies in, or all of its kind."""
        return any(ban.covers(unit) for ban in self.live_bans())

    def is_stopped(self, package: Package) -> bool:
        """Whether a ban is on the package, on one around it, or on a transport unit inside it."""
        within = [one for one in self.transports() if package in around(one)]
        return any(map(self.is_banned, (package, *around(package), *within)))

    def holds_blocked(self, package: Package) -> bool:
        return any(map(self.is_blocked, self.whole(package)))

    # What is asked for

    def judge(self, named: Named, actor: str, rule: Callable[[Unit], str]) -> Judged:
        """The verdict on each line, and on each unit of the runs."""
        known = {unit: rule(unit) if unit.holder == actor else "unknown" for unit in named.units}
        seen = set(named.runs)
        lines = []
        for unit in named.lines:
            verdict = known[unit] if unit else "unknown"
            lines.append("repeated" if verdict != "unknown" and unit in seen else verdict)
            seen.add(unit)
        runs = [known[unit] for unit in dict.fromkeys(named.runs)]
        runs += ["repeated"] * (len(named.runs) - len(runs))
        bad = [one for one in (*lines, *runs) if one != OK]
        good = [unit for unit in known if known[unit] == OK]
        words = {word for one in bad for word in one.split("|")}
        return Judged(lines, good, len(bad), {SLUGS[word] for word in words})

    def strange(self, named: Named, actor: str) -> set[str]:
        """What is told to who names goods that are not there, or that somebody else has."""
        batches = {unit.batch for unit in named.runs}
        known = {unit.batch for unit in named.runs if actor in {unit.maker, unit.holder}}
        faults = {
            "no-goods": not any(named),
            "unknown-batch": batches != known,
            "unknown-packages": any(
                not one.alive or self.held_by(one) != actor for one in named.packages
            ),
        }
        return {slug for slug, is_so in faults.items() if is_so}

    # What would happen

    def remembered(self) -> dict[Any, dict[str, Any]]:
        """How everything stands, to be recalled after a trial."""
        return {one: dict(vars(one)) for one in (*self.units.values(), *self.packages)}

    def recall(self, before: dict[Any, dict[str, Any]]) -> None:
        """Undo what happened since; what was made is not there any more."""
        self.packages = [one for one in self.packages if one in before]
        self.touched.clear()
        for one, stood in before.items():
            vars(one).update(stood)

    # What happens

    def touch(self, *things: Thing) -> None:
        """What happens to these things happens to all in them, before and after."""
        for thing in things:
            self.touched |= dict.fromkeys(self.whole(thing))

    def take_out(self, thing: Thing) -> None:
        """Take a thing out of all that it lies in; packs come apart when something leaves them."""
        for package in around(thing):
            if package.label:
                self.dissolve(package)
        thing.parent = None
        self.touch(thing)

    def dissolve(self, package: Package) -> None:
        """What lies in the package takes its place; the code of a pack is gone for good."""
        self.touch(package)
        for thing in self.contents(package):
            thing.parent = package.parent
        package.parent, package.alive = None, False
        if package.label:
            package.label.status, package.label.reason = "WITHDRAWN", "DISSOLVED"
            package.label.transfer = None

    def put(self, thing: Thing, package: Package) -> None:
        thing.parent = package
        self.touch(thing)

    def give(self, thing: Thing, *, transfer: Transfer | None) -> None:
        for unit in self.whole(thing):
            unit.transfer = transfer
        self.touch(thing)

    def happened(
        self, event: int, kind: str, of: UUID | None = None, by: str | None = None
    ) -> None:
        """The end of an event: what has become empty is gone, and all that was touched has a past."""
        gone = [one for one in self.transports() if not self.inside(one)]
        for package in gone:
            package.alive, package.parent = False, None
        self.events.append((event, kind))
        for unit in self.touched:
            unit.history.append(
                Moment(
                    event,
                    kind,
                    of,
                    unit.status,
                    unit.reason,
                    unit.holder,
                    unit.state,
                    unit.transfer,
                    tuple(around(unit)),
                    any(
                        ban.ended is None and any(map(ban.is_on, (unit, *around(unit))))
                        for ban in self.bans.values()
                    ),
                    unit.lot,
                    unit.parts,
                    by,
                )
            )
        self.touched.clear()
