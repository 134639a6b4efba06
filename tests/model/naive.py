"""The registry as a newcomer would write it: an object for every code, and one for every package.

Each code carries its own holder, member state and transfer; what happens to a package is done to
all that lies in it, one by one. Nothing here knows of numbers, spans, summaries, roots or scenes;
the state machine holds it against the real one.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from tests.model.naive_things import (
    Ban,
    Judged,
    Moment,
    Named,
    Package,
    Thing,
    Transfer,
    Unit,
    around,
)

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
    """Every code, package, transfer, ban and print that there ever was."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self.batches: list[list[Unit]] = []
        self.packages: list[Package] = []
        self.transfers: dict[UUID, Transfer] = {}
        self.bans: dict[UUID, Ban] = {}
        self.events: list[tuple[int, str]] = []
        self.concerned: dict[int, set[str | None]] = {}
        self.touched: dict[Unit, None] = {}
        self.prints: list[Any] = []

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
        self,
        event: int,
        kind: str,
        by: str,
        *,
        of: Transfer | None = None,
        also: Iterable[str | None] = (),
    ) -> None:
        """The end of an event: what has become empty is gone, and all that was touched has a past.

        It concerns who did it, who had or has any of the goods, both sides of its transfer, and
        those told `also`.
        """
        gone = [one for one in self.transports() if not self.inside(one)]
        for package in gone:
            package.alive, package.parent = False, None
        self.events.append((event, kind))
        had = {unit.history[-1].holder for unit in self.touched if unit.history}
        sides = {of.sender, of.receiver} if of else set()
        has = {unit.holder for unit in self.touched}
        self.concerned[event] = {by, *had, *has, *sides, *also} - {None}
        for unit in self.touched:
            unit.history.append(
                Moment(
                    event,
                    kind,
                    of.uuid if of else None,
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
