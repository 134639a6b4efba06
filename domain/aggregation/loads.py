"""From what was named to what lies in what: numbers, atoms and packages by the package they go to.

The lines of a report are joined to runs by the array; after that nothing is done unit by unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.recognition.units import Integers, Units
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run
from domain.vocabulary import PackageKind


class Placed(NamedTuple):
    """Sorted runs of numbers, none meeting another, and the package that each goes to, by index."""

    runs: list[Run]
    parents: list[int]

    def by_parent(self, places: Iterable[Place]) -> Mapping[int, list[Place]]:
        """These sorted atoms, all of them in the runs, by the package they go to."""
        found: dict[int, list[Place]] = defaultdict(list)
        ahead = zip(self.runs, self.parents, strict=True)
        end, parent = (-1, -1), -1
        for place in places:
            while end < place:
                run, parent = next(ahead)
                end = (run.series_id, run.last)
            found[parent].append(place)
        return found


def placed(
    units: Units, parent_of: Integers, asked: Sequence[tuple[Run, int]], packs: Sequence[Run]
) -> Placed:
    """The numbers of the lines that are ok, and those asked for as runs, with their packages.

    Runs break where numbers do, and where the package is another, and around the codes of `packs`.
    """
    rows = np.flatnonzero((units.verdict == 0) & (units.series >= 0))
    order = rows[np.lexsort((units.number[rows], units.series[rows]))]
    series, number, parent = units.series[order], units.number[order], parent_of[order]
    breaks = (np.diff(series) != 0) | (np.diff(number) != 1) | (np.diff(parent) != 0)
    if packs:
        alone = units.within(order, packs)
        breaks |= alone[1:] | alone[:-1]
    at = np.flatnonzero(breaks) + 1
    first = np.zeros(min(len(order), 1), np.intp)
    starts, ends = np.concatenate((first, at)), np.concatenate((at, first + len(order))) - 1
    scanned = map(Run, series[starts].tolist(), number[starts].tolist(), number[ends].tolist())
    both = list(zip(scanned, parent[starts].tolist(), strict=True))
    if asked:
        both = sorted([*both, *asked])
    return Placed([run for run, _ in both], [index for _, index in both])


def numbers(units: Units) -> list[Place]:
    """The series and number of each line."""
    return list(zip(units.series.tolist(), units.number.tolist(), strict=True))


def examples(units: Units, places: Iterable[Place], most: int = 3) -> tuple[str, ...]:
    """The first lines that name any of these numbers; runs of batches have none."""
    runs = sorted(Run(series_id, number, number) for series_id, number in places)
    rows = np.flatnonzero(units.within(np.arange(len(units.series)), runs))[:most]
    return tuple(units.shown(int(row)) for row in rows)


class Load(NamedTuple):
    """A package of the request under the locks, and what shall lie directly in it.

    `place` is that of a coded pack's own code; no `kind`: the one that fits the contents.
    """

    id: int
    name: str
    kind: PackageKind | None
    place: Place | None
    is_new: bool
    units: Sequence[Place]
    packages: Sequence[int]


class Freight:
    """All that one request packs: its loads, and what will lie in what afterwards."""

    def __init__(self, scene: Scene, loads: Sequence[Load], units: Units) -> None:
        self.scene = scene
        self.loads = loads
        self.units = units
        self.by_id = {load.id: load for load in loads}
        self.pack_at = {**scene.pack_at, **{one.place: one.id for one in loads if one.place}}
        self.lies_in = dict(self.moves())

    def moves(self) -> Iterator[tuple[int, int]]:
        """Each package that is packed, and where it goes."""
        for load in self.loads:
            for package_id in load.packages:
                yield package_id, load.id
            for _, package_id in self.packs_of(load):
                yield package_id, load.id

    def packs_of(self, load: Load) -> list[tuple[Place, int]]:
        """The coded packs among the atoms of a load."""
        if not self.pack_at:
            return []
        return [(place, self.pack_at[place]) for place in load.units if place in self.pack_at]

    def parent_of(self, package_id: int) -> int | None:
        """The package that this one will lie in."""
        parent = self.lies_in.get(package_id)
        if parent is None and package_id in self.scene.packages:
            parent = self.scene.parent_of(package_id)
        return parent

    def name(self, package_id: int) -> str:
        """What the request calls a package."""
        load = self.by_id.get(package_id)
        return load.name if load else name_of(self.scene, package_id, self.units)


def name_of(scene: Scene, package_id: int, units: Units) -> str:
    """The SSCC of a package; of a pack its code, or what lies in it, if the request named that."""
    package = scene.packages[package_id]
    if package.sscc or not package.place:
        return package.sscc or package.kind
    named = examples(units, [package.place]) or examples(units, scene.units_in[package_id])
    return next(iter(named), package.kind)
