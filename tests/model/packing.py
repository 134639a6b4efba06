"""Rules: goods go into packages, from one into another, and out again."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.aggregation import actions as aggregation
from domain.aggregation.named import Filling, Packing, Told, Unpacking
from domain.participants.actor import Actor
from domain.standards.gs1_keys import check_digit
from domain.vocabulary import PackageKind
from tests.model import naive_packing
from tests.model.machine import ANY_TRADER, SOME, Machine, Picks, Story, picks, seldom
from tests.model.naive_packing import Load
from tests.model.naive_things import PACKABLE, Named, Unit
from tests.model.world import BOX, GIFT, SCENT, SCENTS

LABELS = {"box": BOX, "gift": GIFT, "bundle": SCENTS}


class Fill(NamedTuple):
    """A package of a request: what it shall be, and the goods that shall lie in it.

    `outer` is the place in the request of the package that this one shall lie in.
    """

    what: str
    at: int
    kind: str | None
    picks: Picks
    outer: int | None


FILLS = st.builds(
    Fill,
    what=st.sampled_from(("new", "new", "new", "old", "old", "box", "box", "gift", "bundle")),
    at=SOME,
    kind=st.sampled_from((*[None] * 9, "GROUP", "SET", "BUNDLE")),
    picks=picks(6, 1, 1),
    outer=st.sampled_from((None, 0, 1)),
)


def sscc(number: int) -> str:
    digits = f"14607095{number:09}"
    return digits + check_digit(digits)


class PackingRules(Machine):
    """What lies in what."""

    @rule(
        who=ANY_TRADER,
        fills=st.lists(FILLS, min_size=1, max_size=3),
        move=st.booleans(),
        dry_run=seldom(),
    )
    def pack(self, who, fills, move, dry_run):
        actor = self.trader(who)
        loads = self.loads_of(actor, fills)
        named: list[Named] = []
        for load, fill in zip(loads, fills, strict=True):
            named.append(self.filled(load, fill, actor, joined(named), move=move))
        for load, fill in zip(loads, fills, strict=True):
            is_other = fill.outer is not None and fill.outer < loads.index(load)
            if is_other or (fill.picks.wild and fill.outer == 0):
                self.lay_in(load, loads[fill.outer or 0], named[fill.outer or 0])
        told = naive_packing.Packing(loads, joined(named)._replace(packages=[]), actor.name, move)
        told.name_anew()
        fillings = [
            self.filling(load, one, fill.picks)
            for load, one, fill in zip(loads, named, fills, strict=True)
        ]
        self.perform_packing(actor, told, fillings, dry_run=dry_run)

    def perform_packing(
        self,
        actor: Actor,
        told: naive_packing.Packing,
        fillings: list[Filling],
        *,
        dry_run: bool = False,
    ) -> None:
        judged, hard = told.judge(self.naive), told.untold(self.naive)
        if any(one.is_empty for one in fillings):
            hard = {"packages-without-contents"}
        elif not hard and not judged.faults:
            hard = told.faults(self.naive)
        faults = self.faults(judged, hard, partial=False, dry_run=dry_run)
        answer = self.do(
            self.packed(actor, fillings, Told(move=told.move, dry_run=dry_run)), faults
        )
        if answer is None:
            return
        if dry_run:
            self.check_told(answer, judged, told.named)
        else:
            assert answer["packages"] == len(told.loads)
            assert answer["units"] == len(told.named.units)
            told.happen(self.naive, self.note(answer))
        self.compare()

    def packed(self, actor: Actor, fillings: list[Filling], told: Told) -> Story:
        request = self.request(actor)

        async def story() -> Any:
            packing = Packing.of_list(fillings)
            asked = (self.world.database, request, packing, told)
            return await aggregation.pack(*asked, actor=actor, keyring=self.world.keyring)

        return story

    def loads_of(self, actor: Actor, fills: list[Fill]) -> list[Load]:
        """The packages of a request, with nothing in them yet."""
        standing, ended = (
            self.naive.transports(),
            [one for one in self.naive.packages if not one.alive],
        )
        mine = [one for one in standing if self.naive.held_by(one) == actor.name] or standing
        loads = []
        for place, fill in enumerate(fills):
            pool = standing if fill.picks.wild else mine
            labels = self.labels(actor, LABELS.get(fill.what))
            if fill.what == "old" and pool:
                package = pool[fill.at % len(pool)]
                loads.append(Load(package.name, package=package))
            elif labels:
                label = labels[(fill.at + place) % len(labels)]
                loads.append(Load(label.name, fill.kind, label))
            else:
                self.ssccs += 1
                free = [one.name for one in ended if not one.label and not self.is_alive(one.name)]
                again = free and fill.at % 4 == 0
                name = free[fill.at % len(free)] if again else sscc(self.ssccs)
                loads.append(Load(name))
        return loads

    def is_alive(self, name: str) -> bool:
        return any(one.name == name for one in self.naive.transports())

    def labels(self, actor: Actor, gtin: str | None) -> list[Unit]:
        """Codes that may become those of packs."""
        return [
            unit
            for unit in self.naive.units.values()
            if unit.gtin == gtin
            and unit.holder == actor.name
            and unit.status in PACKABLE
            and unit.parent is None
            and not self.naive.pack_of(unit)
        ]

    def filled(self, load: Load, fill: Fill, actor: Actor, taken: Named, *, move: bool) -> Named:
        """Choose what shall lie in a package."""
        units = [
            unit
            for unit in self.naive.units.values()
            if unit.holder == actor.name
            and unit.status in PACKABLE
            and (move or unit.parent is None)
            and unit is not load.label
            and unit not in taken.units
        ]
        packages = [
            one
            for one in self.naive.transports()
            if self.naive.held_by(one) == actor.name
            and (move or one.parent is None)
            and one is not load.package
            and one not in taken.packages
        ]
        if load.label and not fill.picks.wild:
            packages = []
            first = units[fill.picks.first % len(units)].gtin if units else ""
            one = {"box": {first}, "bundle": {SCENT}}.get(fill.what)
            units = [unit for unit in units if not one or unit.gtin in one]
        named = self.pick(fill.picks, units, packages)
        load.units, load.packages = named.units, list(named.packages)
        return named

    @staticmethod
    def lay_in(load: Load, outer: Load, named: Named) -> None:
        """Tell that a package of the request shall lie in another one."""
        if load.label:
            outer.units.append(load.label)
            named.lines.append(load.label)
        elif load.package:
            outer.packages.append(load.package)
        else:
            outer.holds.append(load)

    def filling(self, load: Load, named: Named, picks: Picks) -> Filling:
        """The same for the real registry."""
        goods = self.goods(named, picks)
        return Filling(
            None if load.label else load.name,
            load.label.code if load.label else None,
            PackageKind(load.kind) if load.kind else None,
            self.texts(named, picks),
            goods.runs,
            [*(one.name for one in load.packages), *(one.name for one in load.holds)],
        )

    @precondition(lambda self: any(one.alive for one in self.naive.packages))
    @rule(
        who=ANY_TRADER,
        picks=picks(3, 1, 1),
        ending=st.lists(SOME, max_size=2),
        ending_packs=st.lists(SOME, max_size=1),
    )
    def unpack(self, who, picks, ending, ending_packs):
        actor = self.trader(who)
        mine = [one for one in self.naive.units.values() if one.holder == actor.name]
        held = [one for one in self.naive.transports() if self.naive.held_by(one) == actor.name]
        named = self.pick(
            picks,
            [unit for unit in mine if unit.parent],
            [package for package in held if package.parent],
        )
        labels = [pack.label for pack in self.naive.packs() if pack.label.holder == actor.name]
        labels = mine if picks.wild else labels
        dissolved = [held[at % len(held)] for at in ending] if held else []
        dissolved_labels = [labels[at % len(labels)] for at in ending_packs] if labels else []
        told = naive_packing.Unpacking(
            named, list(named.packages), dissolved, dissolved_labels, actor.name
        )
        judged, hard = told.judge(self.naive), told.untold(self.naive)
        if not hard and not judged.faults:
            hard = told.faults(self.naive)
        faults = self.faults(judged, hard, partial=False, dry_run=False)
        answer = self.do(self.unpacked(actor, told, picks), faults)
        if answer is not None:
            told.happen(self.naive, self.note(answer))
            self.compare()

    def unpacked(self, actor: Actor, told: naive_packing.Unpacking, picks: Picks) -> Story:
        request, goods = self.request(actor), self.goods(told.named, picks)

        async def story() -> Any:
            unpacking = Unpacking(
                [one.name for one in told.dissolved],
                [self.text(one, picks) for one in told.dissolved_labels],
                [one.name for one in told.taken],
                self.texts(told.named, picks),
                goods.runs,
            )
            asked = (self.world.database, request, unpacking, Told())
            return await aggregation.unpack(*asked, actor=actor, keyring=self.world.keyring)

        return story


def joined(named: Iterable[Named]) -> Named:
    """The goods of all packages of a request together."""
    parts = list(named)
    return Named(
        [one for part in parts for one in part.lines],
        [one for part in parts for one in part.runs],
        [one for part in parts for one in part.packages],
    )
