"""Packing and unpacking, told of one thing after another."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.model.naive import OK, NaiveRegistry
from tests.model.naive_things import (
    PACKABLE,
    TRANSPORT,
    Judged,
    Named,
    Package,
    Thing,
    Unit,
    around,
)

KINDS = {"sweets": {"GROUP", "SET"}, "perfumery": {"BUNDLE", "SET"}, "nabeer": {"GROUP"}}
MOST_LEVELS = 6


@dataclass(eq=False)
class Load:
    """A package of a request, by its SSCC or its code, and what shall lie in it.

    `package` is the one that the SSCC names already; `holds` are other new ones of the request.
    """

    name: str
    kind: str | None = None
    label: Unit | None = None
    package: Package | None = None
    units: list[Unit] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)
    holds: list["Load"] = field(default_factory=list)


@dataclass
class Packing:
    """All that one request packs. `named` are its units, as they were told."""

    loads: list[Load]
    named: Named
    actor: str
    move: bool

    def judge(self, registry: NaiveRegistry) -> Judged:
        """The verdicts on the units."""

        def rule(unit: Unit) -> str:
            if registry.is_blocked(unit):
                return "blocked"
            if registry.offered_in(unit):
                return "in-transfer"
            if unit.status not in PACKABLE:
                return "status-not-fitting"
            return OK if self.move or unit.parent is None else "in-package"

        return registry.judge(self.named, self.actor, rule)

    def name_anew(self) -> None:
        """The SSCC of a package that ended names the one of the request that gets it again."""
        for load in self.loads:
            again = [
                one
                for one in self.loads
                for old in load.packages
                if one.name == old.name and not one.package
            ]
            names = {one.name for one in again}
            load.packages = [one for one in load.packages if one.name not in names]
            load.holds += again

    def untold(self, registry: NaiveRegistry) -> set[str]:
        """What is wrong with what the request names, however it stands."""
        own = [load.name for load in self.loads if not load.label]
        inside = [one.name for load in self.loads for one in (*load.packages, *load.holds)]
        faults = registry.strange(self.named, self.actor) - {"no-goods"}
        if any(times > 1 for names in (own, inside) for times in Counter(names).values()):
            faults.add("packages-repeated")
        if not all(package.alive for package in self.packed()):
            faults.add("unknown-packages")
        return faults

    def packed(self) -> list[Package]:
        """The transport units that exist already, and go into others."""
        return [one for load in self.loads for one in load.packages]

    def faults(self, registry: NaiveRegistry) -> set[str]:
        """What speaks against the packages; what would come of it is tried out."""
        found = self.labels_judged(registry) | self.targets_judged(registry)
        found |= self.packed_judged(registry)
        found |= self.left_judged(registry) if self.move else set()
        if found:
            return found
        before = registry.remembered()
        found = faults_of(registry, self.place(registry))
        registry.recall(before)
        return found

    def labels_judged(self, registry: NaiveRegistry) -> set[str]:
        labels = Named([load.label for load in self.loads if load.label])
        return Packing([], labels, self.actor, move=False).judge(registry).faults

    def targets_judged(self, registry: NaiveRegistry) -> set[str]:
        """What speaks against adding to packages that stand already."""
        found: set[str] = set()
        for load in self.loads:
            if load.label and registry.pack_of(load.label):
                found.add("pack-made-before")
            if load.package is None:
                continue
            if registry.held_by(load.package) != self.actor:
                found.add("sscc-still-alive")
            if registry.is_stopped(load.package) or registry.offered_in(load.package):
                found.add("packages-held-back")
        return found

    def packed_judged(self, registry: NaiveRegistry) -> set[str]:
        """What speaks against packages and packs going into others."""
        found: set[str] = set()
        transports = self.packed()
        packs = [pack for unit in self.named.units if (pack := registry.pack_of(unit))]
        for package in (*transports, *packs):
            if registry.is_stopped(package) or registry.holds_blocked(package):
                found.add("packages-held-back")
            if registry.offered_in(package):
                found.add("packages-held-back")
            if any(unit.status not in PACKABLE for unit in registry.inside(package)):
                found.add("status-not-fitting")
        for package in transports:
            if registry.held_by(package) != self.actor:
                found.add("unknown-packages")
            if package.parent and (not self.move or registry.is_stopped(package.parent)):
                found.add("packages-held-back")
        return found

    def left_judged(self, registry: NaiveRegistry) -> set[str]:
        """What speaks against taking goods out of where they lie."""
        moved = [unit for unit in self.named.units if unit.parent]
        found = opening_faults(registry, moved, ())
        coming_apart = {pack for unit in moved for pack in around(unit) if pack.label}
        packed = {registry.pack_of(unit) for unit in self.named.units}
        return found | ({"pack-would-dissolve"} if coming_apart & packed else set())

    def place(self, registry: NaiveRegistry) -> list[Package]:
        """Put everything where it goes; returns the packages, in their order.

        What lay in a package already is not touched.
        """
        moved = [*self.named.units, *self.packed()]
        for thing in moved:
            if thing.parent:
                registry.take_out(thing)
        made = {
            load: load.package or Package(load.name, TRANSPORT, load.label) for load in self.loads
        }
        registry.packages += [made[load] for load in self.loads if not load.package]
        for load, package in made.items():
            for thing in (*load.units, *load.packages, *(made[one] for one in load.holds)):
                thing.parent = package
        for load, package in made.items():
            if load.label:
                package.kind = kind_of(registry, load)
        if not any(map(is_inside_itself, made.values())):
            registry.touch(*moved, *(load.label for load in self.loads if load.label))
            registry.touch(*(made[one] for load in self.loads for one in load.holds))
        return list(made.values())

    def happen(self, registry: NaiveRegistry, event: int) -> None:
        for package in self.place(registry):
            deepen(registry, package)
        registry.happened(event, "PACKED", self.actor)


def kind_of(registry: NaiveRegistry, load: Load) -> str:
    """The kind of a pack, told or found from what lies in it."""
    assert load.label
    kinds = KINDS[load.label.group]
    pack = registry.pack_of(load.label)
    assert pack
    several = len({thing.gtin for thing in registry.contents(pack) if isinstance(thing, Unit)}) > 1
    return load.kind or ("SET" if several else "BUNDLE" if "BUNDLE" in kinds else "GROUP")


def faults_of(registry: NaiveRegistry, made: list[Package]) -> set[str]:
    """What is wrong with packages as they would be."""
    if any(is_inside_itself(one) for one in made):
        return {"package-inside-itself"}
    found = set().union(*(pack_faults(registry, one) for one in made if one.label))
    if any(len({unit.state for unit in registry.whole(one)}) > 1 for one in made):
        found.add("turnover-states-mixed")
    for package in made:
        deepen(registry, package)
    too_deep = any(one.levels > MOST_LEVELS for one in registry.packages)
    return found | ({"nested-too-deep"} if too_deep else set())


def is_inside_itself(package: Package) -> bool:
    seen: list[Package] = []
    outer: Package | None = package
    while outer and outer not in seen:
        seen.append(outer)
        outer = outer.parent
    return outer is not None


def pack_faults(registry: NaiveRegistry, pack: Package) -> set[str]:
    """What speaks against a pack of this kind with such contents."""
    things = registry.contents(pack)
    units = [thing for thing in things if isinstance(thing, Unit)]
    fillings = {
        frozenset(one.gtin for one in registry.whole(unit) if one is not unit) for unit in units
    }
    gtins = {unit.gtin for unit in units}
    assert pack.label
    faults = {
        "transport-unit-in-pack": len(units) < len(things),
        "package-kind-not-allowed": pack.kind not in KINDS[pack.label.group],
        "pack-of-several-products": pack.kind != "SET" and max(len(gtins), len(fillings)) > 1,
        "set-of-one-product": pack.kind == "SET" and len(gtins) == 1,
    }
    return {slug for slug, is_so in faults.items() if is_so}


def opening_faults(
    registry: NaiveRegistry, leaving: Iterable[Thing], dissolved: Iterable[Package]
) -> set[str]:
    """What speaks against these things leaving what they lie in; `dissolved` end by name."""
    found: set[str] = set()
    ending = set(dissolved)
    outer = [thing.parent for thing in leaving if thing.parent]
    if any(map(registry.is_stopped, outer)):
        found.add("packages-held-back")
    opened = {pack for thing in (*leaving, *ending) for pack in around(thing)}
    opened = {pack for pack in (*opened, *ending) if pack.label}
    for pack in opened:
        if pack.kind == "BUNDLE" and pack not in ending:
            found.add("bundle-stays-whole")
        if registry.is_stopped(pack) or registry.holds_blocked(pack) or registry.offered_in(pack):
            found.add("packages-held-back")
        if pack.label and pack.label.status not in PACKABLE:
            found.add("status-not-fitting")
    return found


def deepen(registry: NaiveRegistry, package: Package) -> None:
    """Levels are counted up, and never down."""
    inner = [
        one.levels
        for thing in registry.contents(package)
        if (one := thing if isinstance(thing, Package) else registry.pack_of(thing))
    ]
    package.levels = max(package.levels, *(levels + 1 for levels in inner), 1)
    if package.parent:
        deepen(registry, package.parent)


@dataclass
class Unpacking:
    """What comes out: units and packs, transport units; and what ends, by SSCC or by code."""

    named: Named
    taken: list[Package]
    dissolved: list[Package]
    dissolved_labels: list[Unit]
    actor: str

    def judge(self, registry: NaiveRegistry) -> Judged:
        def rule(unit: Unit) -> str:
            if registry.is_blocked(unit):
                return "blocked"
            return "in-transfer" if registry.offered_in(unit) else OK

        told = self.named._replace(lines=[*self.named.lines, *self.dissolved_labels])
        return registry.judge(told, self.actor, rule)

    def untold(self, registry: NaiveRegistry) -> set[str]:
        """What is wrong with what the request names, however it stands."""
        packages = [*self.taken, *self.dissolved]
        named = Named([*self.named.lines, *self.dissolved_labels], self.named.runs, packages)
        faults = registry.strange(named, self.actor)
        if len(set(packages)) < len(packages):
            faults.add("packages-repeated")
        return faults

    def faults(self, registry: NaiveRegistry) -> set[str]:
        """What speaks against it."""
        found: set[str] = set()
        packs = [registry.pack_of(label) for label in self.dissolved_labels]
        if None in packs:
            found.add("not-a-pack")
        leaving = [*self.named.units, *self.taken]
        if any(thing.parent is None for thing in leaving):
            found.add("not-in-package")
        for package in (*self.taken, *self.dissolved):
            if registry.is_stopped(package) or registry.holds_blocked(package):
                found.add("packages-held-back")
            if registry.offered_in(package):
                found.add("packages-held-back")
        ending = [*self.dissolved, *filter(None, packs)]
        return found | opening_faults(registry, leaving, ending)

    def happen(self, registry: NaiveRegistry, event: int) -> None:
        ending = [*self.dissolved, *filter(None, map(registry.pack_of, self.dissolved_labels))]
        for thing in outermost_first([*self.named.units, *self.taken]):
            registry.take_out(thing)
        for package in ending:
            for each in (package, *(one for one in around(package) if one.label)):
                if each.alive:
                    registry.dissolve(each)
        registry.happened(event, "UNPACKED", self.actor)


def outermost_first(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=lambda thing: len(around(thing)))
