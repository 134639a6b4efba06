"""All that one transaction has locked, and what it makes of it before anything is written.

A scene holds the *atoms*: the parts of spans between all borders that the transaction names, so
that each stands alike as a whole and is changed as a whole; the packages around and inside them,
and the summaries of these. Verbs change it step by step, under one event or several;
`outcome.py` then says what the store must become. Everything here is pure.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.errors import NestedTooDeep
from domain.registry.packages import (
    MOST_LEVELS,
    Alike,
    BatchFacts,
    Custody,
    OpenTransfer,
    Package,
    PackageStanding,
    WideBlock,
    alike,
    custody,
    laid_in,
    taken_out,
)
from domain.registry.spans import EntryRow, Interval, Place, Run, Span, Standing
from domain.vocabulary import PackageKind, UnitStatus

DISSOLVED = "DISSOLVED"  # why the code of a dissolved pack is withdrawn

# Package, event, the event before, the standing after.
PackageEntry = tuple[int, int, int | None, PackageStanding]


@dataclass
class Scene:
    """Spans, packages and summaries under lock. Built by `domain/registry/goods.py`."""

    spans: list[Span]
    atoms: list[Span]
    intervals: Sequence[Interval]
    batches: Mapping[int, BatchFacts]
    packages: dict[int, Package]
    summaries: dict[int, dict[Alike, int]]
    transfers: Mapping[int, OpenTransfer]
    wide_blocks: Sequence[WideBlock]
    now: dict[Place, Span] = field(init=False)
    pack_at: dict[Place, int] = field(init=False)
    units_in: defaultdict[int, set[Place]] = field(init=False)
    packages_in: defaultdict[int, set[int]] = field(init=False)
    entries: dict[tuple[int, Place], EntryRow] = field(default_factory=dict)
    package_entries: dict[tuple[int, int], PackageEntry] = field(default_factory=dict)
    emptied: set[int] = field(default_factory=set)
    counted_anew: set[tuple[int, Alike]] = field(default_factory=set)
    before: dict[int, Package] = field(init=False)
    near: Interval | None = None

    def __post_init__(self) -> None:
        self.before = dict(self.packages)
        self.places = [(atom.series_id, atom.first) for atom in self.atoms]
        self.now = dict(zip(self.places, self.atoms, strict=True))
        self.starts = [(one.series_id, one.first) for one in self.intervals]
        self.pack_at = {one.place: one.id for one in self.packages.values() if one.place}
        self.units_in, self.packages_in = defaultdict(set), defaultdict(set)
        for place, atom in self.now.items():
            if atom.standing.parent_id is not None:
                self.units_in[atom.standing.parent_id].add(place)
        for package in self.packages.values():
            if package.standing.parent_id is not None:
                self.packages_in[package.standing.parent_id].add(package.id)

    # What there is

    def places_of(self, runs: Iterable[Run]) -> Iterator[Place]:
        """The atoms in these runs, whose ends must be borders of the scene."""
        at = 0
        for series_id, first, last in runs:
            if at == len(self.places) or self.places[at] != (series_id, first):
                at = bisect_left(self.places, (series_id, first))
            while at < len(self.places) and self.places[at] <= (series_id, last):
                yield self.places[at]
                at += 1

    def batch_of(self, place: Place) -> int:
        """The batch that the atom's units came from; mostly that of the one asked for before."""
        near = self.near
        if near is None or near[0] != place[0] or not near[1] <= place[1] <= near[2]:
            near = self.near = self.intervals[bisect_right(self.starts, place) - 1]
        return near.batch_id

    def facts_of(self, place: Place) -> BatchFacts:
        return self.batches[self.batch_of(place)]

    def parent_of(self, package_id: int) -> int | None:
        """The package that this one is in."""
        package = self.packages[package_id]
        place = package.place
        if place is None:
            return package.standing.parent_id
        return self.now[place].standing.parent_id

    def around(self, parent_id: int | None) -> list[int]:
        """The package and those that it is in, the outermost last; none for what is loose."""
        found = []
        while parent_id is not None:
            found.append(parent_id)
            parent_id = self.parent_of(parent_id)
        return found

    def custody_of(self, place: Place) -> Custody:
        """Who has these units: what the loose unit, or the outermost package around it, says."""
        standing = self.now[place].standing
        return self.custody_in(standing.parent_id) if standing.parent_id else custody(standing)

    def custody_in(self, package_id: int) -> Custody:
        """Who has this package and its contents."""
        root = self.packages[self.around(package_id)[-1]]
        return custody(self.now[root.place].standing if root.place else root.standing)

    def is_blocked(self, place: Place) -> bool:
        """Whether a block covers the atom, or any package that it is in."""
        atom = self.now[place]
        return atom.standing.blocked or any(
            self.is_package_blocked(one) for one in self.around(atom.standing.parent_id)
        )

    def is_package_blocked(self, package_id: int) -> bool:
        """Whether a block covers this package itself; contents and surroundings aside."""
        package = self.packages[package_id]
        place = package.place
        return self.now[place].standing.blocked if place else package.standing.blocked

    def wide_block(self, place: Place) -> WideBlock | None:
        """A block on the batch, lot, GTIN or product group of these units, if there is one."""
        if not self.wide_blocks:
            return None
        custody = self.custody_of(place)
        facts, lot = self.facts_of(place), self.now[place].standing.lot_id
        return self.first_cover(facts, lot, custody)

    def wide_block_in(self, package_id: int) -> WideBlock | None:
        """A block on the batch, lot, GTIN or product group of anything in the package."""
        custody = self.custody_in(package_id)
        for key in self.summaries[package_id] if self.wide_blocks else ():
            found = self.first_cover(self.batches[key.batch_id], key.lot_id or None, custody)
            if found:
                return found
        return None

    def first_cover(self, facts: BatchFacts, lot: int | None, custody: Custody) -> WideBlock | None:
        state = custody.turnover_state
        return next((one for one in self.wide_blocks if one.covers(facts, lot, state)), None)

    def units_of(self, package_id: int) -> int:
        """How many numbers are in the package, to any depth."""
        return sum(self.summaries[package_id].values())

    # What becomes of it

    def change(self, place: Place, standing: Standing, *, event_id: int) -> None:
        """Let an atom stand like this from now on; a coded pack takes its contents along.

        Several changes under one event are one: what stands after the last is journalled.
        """
        series_id, first, last, since, old = self.now[place]
        fresh = Span(series_id, first, last, event_id, standing)
        before = since if since != event_id else self.entries[event_id, place][4]
        self.entries[event_id, place] = (series_id, first, last, event_id, before, standing)
        if old.parent_id is None and standing.parent_id is None:
            self.now[place] = fresh
            return
        batch, pack, units = self.batch_of(place), self.pack_at.get(place), last - first + 1
        moved = old.parent_id != standing.parent_id
        around = self.around(old.parent_id)
        for one in around:
            self.count(one, alike(old, batch), -units)
        if moved:
            self.carry(pack, around, -1)
            if old.parent_id is not None:
                self.units_in[old.parent_id].discard(place)
            if standing.parent_id is not None:
                self.units_in[standing.parent_id].add(place)
        self.now[place] = fresh
        around = self.around(standing.parent_id)
        for one in around:
            self.count(one, alike(standing, batch), units)
        if moved:
            self.carry(pack, around, 1)

    def change_package(self, package_id: int, standing: PackageStanding, *, event_id: int) -> None:
        """Let a transport unit stand like this from now on; its contents go with it."""
        package = self.packages[package_id]
        old = package.standing
        if old.parent_id is not None:
            self.carry(package_id, self.around(old.parent_id), -1)
            self.packages_in[old.parent_id].discard(package_id)
        self.packages[package_id] = package._replace(standing=standing, event_id=event_id)
        told = self.package_entries.get((package_id, event_id))
        previous = told[2] if told else package.event_id
        self.package_entries[package_id, event_id] = (package_id, event_id, previous, standing)
        if standing.parent_id is not None:
            self.packages_in[standing.parent_id].add(package_id)
            self.carry(package_id, self.around(standing.parent_id), 1)

    def make_package(self, package: Package) -> None:
        """Add a new package, perhaps inside another; the journal of a transport unit begins so."""
        parent_id = package.standing.parent_id
        self.packages[package.id] = package
        self.summaries[package.id] = {}
        if parent_id is not None:
            self.packages_in[parent_id].add(package.id)
            self.deepen(parent_id, package.levels)
        if package.place:
            self.pack_at[package.place] = package.id
        else:
            entry = (package.id, package.event_id, None, package.standing)
            self.package_entries[package.id, package.event_id] = entry

    def put(self, place: Place, parent_id: int, *, event_id: int) -> None:
        """Put an atom, or the coded pack that it is the code of, into a package."""
        inside = laid_in(parent_id, self.now[place].standing)
        pack = self.pack_at.get(place)
        self.deepen(parent_id, self.packages[pack].levels if pack else 0)
        self.change(place, inside, event_id=event_id)

    def fill(self, package_id: int, places: Sequence[Place], *, event_id: int) -> None:
        """Put loose units into a package: as `put` does with each, but counted all at once."""
        counts: dict[Alike, int] = {}
        known, inside, key = None, None, None
        for place in places:
            series_id, first, last, since, old = self.now[place]
            batch = self.batch_of(place)
            if inside is None or key is None or old is not known or batch != key.batch_id:
                known, inside = old, laid_in(package_id, old)
                key = alike(inside, batch)
            self.now[place] = Span(series_id, first, last, event_id, inside)
            before = since if since != event_id else self.entries[event_id, place][4]
            self.entries[event_id, place] = (series_id, first, last, event_id, before, inside)
            counts[key] = counts.get(key, 0) + last - first + 1
        self.units_in[package_id].update(places)
        for one in self.around(package_id):
            for key, units in counts.items():
                self.count(one, key, units)

    def put_package(self, package_id: int, parent_id: int, *, event_id: int) -> None:
        """Put a transport unit into another package."""
        package = self.packages[package_id]
        inside = PackageStanding(
            parent_id, None, None, None, package.standing.blocked, package.standing.alive
        )
        self.deepen(parent_id, package.levels)
        self.change_package(package_id, inside, event_id=event_id)

    def take_out(self, place: Place, *, event_id: int) -> None:
        """Take an atom out of its packages: it is loose then, in the custody they were in."""
        loose = taken_out(self.now[place].standing, self.custody_of(place))
        self.change(place, loose, event_id=event_id)

    def take_package_out(self, package_id: int, *, event_id: int) -> None:
        """Take a transport unit out of its package: it is loose then, in the same custody."""
        standing, custody = self.packages[package_id].standing, self.custody_in(package_id)
        loose = standing._replace(parent_id=None, **custody._asdict())
        self.change_package(package_id, loose, event_id=event_id)

    def end_package(self, package_id: int, *, event_id: int) -> None:
        """A package that holds nothing more: it is nowhere, and its SSCC may be used again.

        Of a coded pack only the row ends here; what becomes of its code is the verb's to say.
        """
        package = self.packages[package_id]
        if package.place:
            ended = package.standing._replace(alive=False)
            self.packages[package_id] = package._replace(standing=ended, event_id=event_id)
            del self.pack_at[package.place]
        else:
            nowhere = PackageStanding(None, None, None, None, blocked=False, alive=False)
            self.change_package(package_id, nowhere, event_id=event_id)

    def end_empty(self, *, event_id: int) -> list[int]:
        """End the transport units that the changes so far have emptied."""
        ended = []
        for package_id in sorted(self.emptied):
            package = self.packages[package_id]
            is_unit = package.kind is PackageKind.TRANSPORT and package.standing.alive
            if is_unit and not self.summaries[package_id]:
                self.end_package(package_id, event_id=event_id)
                ended.append(package_id)
        self.emptied.clear()
        return ended

    def release(self, transfer_id: int, *, event_id: int) -> int:
        """Give all that is in this transfer back to its holder; returns how many units."""
        units = self.units_in_transfer(transfer_id)
        for place, atom in list(self.now.items()):
            if atom.standing.transfer_id == transfer_id:
                self.change(place, atom.standing._replace(transfer_id=None), event_id=event_id)
        for package in list(self.packages.values()):
            if package.standing.transfer_id == transfer_id:
                free = package.standing._replace(transfer_id=None)
                self.change_package(package.id, free, event_id=event_id)
        return units

    def units_in_transfer(self, transfer_id: int) -> int:
        """How many of the units here are in this transfer, to any depth."""
        units = 0
        for place, atom in self.now.items():
            if atom.standing.transfer_id == transfer_id:
                pack = self.pack_at.get(place)
                units += atom.units + (self.units_of(pack) if pack else 0)
        return units + sum(
            self.units_of(package.id)
            for package in self.packages.values()
            if package.standing.transfer_id == transfer_id
        )

    def dissolve(self, package_id: int, *, event_id: int) -> None:
        """Dissolve a package whose contents are at hand: they take its place, or become loose.

        The code of a coded pack is withdrawn for good, in the custody that the pack was in, and is
        in no transfer any more.
        """
        package, parent = self.packages[package_id], self.parent_of(package_id)
        custody = self.custody_in(package_id)
        for place in sorted(self.units_in[package_id]):
            if parent is None:
                self.take_out(place, event_id=event_id)
            else:
                self.put(place, parent, event_id=event_id)
        for inside in sorted(self.packages_in[package_id]):
            if parent is None:
                self.take_package_out(inside, event_id=event_id)
            else:
                self.put_package(inside, parent, event_id=event_id)
        self.end_package(package_id, event_id=event_id)
        if package.place:
            gone = self.now[package.place].standing._replace(
                parent_id=None,
                holder_id=custody.holder_id,
                turnover_state=custody.turnover_state,
                transfer_id=None,
                status=UnitStatus.WITHDRAWN,
                withdrawal_reason=DISSOLVED,
            )
            self.change(package.place, gone, event_id=event_id)

    def open_packs(self, parent_id: int | None, *, event_id: int) -> None:
        """Dissolve those that have a code of their own: this package, and those around it."""
        for around in self.around(parent_id):
            if self.packages[around].place:
                self.dissolve(around, event_id=event_id)

    def leave(self, place: Place, *, event_id: int) -> None:
        """Take an atom out of all its packages, of which those with a code of their own dissolve."""
        self.open_packs(self.now[place].standing.parent_id, event_id=event_id)
        if self.now[place].standing.parent_id is not None:
            self.take_out(place, event_id=event_id)

    def leave_package(self, package_id: int, *, event_id: int) -> None:
        """As `leave`, for a transport unit with its contents."""
        self.open_packs(self.packages[package_id].standing.parent_id, event_id=event_id)
        if self.packages[package_id].standing.parent_id is not None:
            self.take_package_out(package_id, event_id=event_id)

    def deepen(self, package_id: int | None, inside: int) -> None:
        """See that the packages around have room for something of so many levels."""
        while package_id is not None:
            package, inside = self.packages[package_id], inside + 1
            if inside <= package.levels:
                return
            if inside > MOST_LEVELS:
                raise NestedTooDeep(MOST_LEVELS)
            self.packages[package_id] = package._replace(levels=inside)
            package_id = self.parent_of(package_id)

    def carry(self, package_id: int | None, around: Sequence[int], sign: int) -> None:
        """Count a package's contents out of, or into, those around it."""
        if package_id is None:
            return
        package = self.packages[package_id]
        blocked = sign * (package.blocked_inside + package.standing.blocked)
        for one in around:
            for key, units in self.summaries[package_id].items():
                self.count(one, key, sign * units)
            if blocked:
                outer = self.packages[one]
                self.packages[one] = outer._replace(blocked_inside=outer.blocked_inside + blocked)

    def count(self, package_id: int, key: Alike, units: int) -> None:
        summary = self.summaries[package_id]
        left = summary.get(key, 0) + units
        if left:
            summary[key] = left
        else:
            summary.pop(key, None)
            if not summary:
                self.emptied.add(package_id)
        self.counted_anew.add((package_id, key))
