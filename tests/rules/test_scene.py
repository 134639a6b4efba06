"""A scene against a naive warehouse that knows one object a unit and a parent for each."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NestedTooDeep
from domain.registry.outcome import outcome
from domain.registry.packages import Alike, BatchFacts, Package, PackageStanding
from domain.registry.scene import Scene
from domain.registry.spans import Interval, Run, Span, Standing, cut, elementary
from domain.standards.member_state import MemberState
from domain.vocabulary import PackageKind, UnitStatus

SERIES, SIZE, HOLDER = 1, 40, 7
INTERVALS = [Interval(SERIES, 0, 19, 1, 0), Interval(SERIES, 20, SIZE - 1, 2, 0)]
BATCHES = {
    batch: BatchFacts(batch, "04810000000018", "milk", MemberState.BY, "milk-s") for batch in (1, 2)
}
LOOSE = Standing(
    parent_id=None,
    transfer_id=None,
    lot_id=None,
    holder_id=HOLDER,
    status=UnitStatus.IN_CIRCULATION,
    turnover_state=MemberState.BY,
    withdrawal_reason=None,
    remaining_parts=None,
    whole_parts=None,
    blocked=False,
)
ALONE = PackageStanding(None, None, HOLDER, MemberState.BY, blocked=False, alive=True)
PACKAGES = range(101, 105)


def scene_of(borders):
    """All units loose, in spans that break at the batches, with atoms that break at `borders`."""
    spans = [Span(SERIES, one.first, one.last, 1, LOOSE) for one in INTERVALS]
    edges = sorted({0, 20, SIZE, *borders})
    runs = [Run(SERIES, a, b - 1) for a, b in itertools.pairwise(edges)]
    atoms = cut(spans, elementary(runs)).pieces
    return Scene(spans, atoms, INTERVALS, BATCHES, {}, {}, {}, [])


class Warehouse:
    """Where each unit and package is, and how each unit stands."""

    def __init__(self):
        self.parent = {}
        self.status = dict.fromkeys(range(SIZE), UnitStatus.IN_CIRCULATION)
        self.outer = {}

    def around(self, package):
        found = []
        while package is not None:
            found.append(package)
            package = self.outer.get(package)
        return found

    def counted(self, package):
        counts = Counter()
        for unit in range(SIZE):
            if package in self.around(self.parent.get(unit)):
                counts[Alike(1 + unit // 20, 0, self.status[unit], blocked=False)] += 1
        return dict(counts)


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(("put", "out", "status", "nest", "unnest")),
        st.integers(0, SIZE - 1),
        st.sampled_from(PACKAGES),
        st.sampled_from(PACKAGES),
    ),
    max_size=25,
)


def play(scene, warehouse, operations, event):
    """Do the same to both; what the one forbids is not done to the other."""
    for verb, unit, one, other in operations:
        place = scene.places[unit % len(scene.places)]
        atom = scene.now[place]
        numbers = range(atom.first, atom.last + 1)
        if verb == "put":
            scene.put(place, one, event_id=event)
            warehouse.parent.update(dict.fromkeys(numbers, one))
        elif verb == "out" and atom.standing.parent_id is not None:
            scene.take_out(place, event_id=event)
            for number in numbers:
                del warehouse.parent[number]
        elif verb == "status":
            gone = atom.standing._replace(status=UnitStatus.WITHDRAWN)
            scene.change(place, gone, event_id=event)
            warehouse.status.update(dict.fromkeys(numbers, UnitStatus.WITHDRAWN))
        elif verb == "nest" and one not in warehouse.around(other):
            nest(scene, warehouse, (one, other), event)
        elif verb == "unnest" and one in warehouse.outer:
            scene.take_package_out(one, event_id=event)
            del warehouse.outer[one]


def nest(scene, warehouse, pair, event):
    one, other = pair
    try:
        scene.put_package(one, other, event_id=event)
    except NestedTooDeep:
        return
    warehouse.outer[one] = other


@given(st.sets(st.integers(1, SIZE - 1), max_size=8), OPERATIONS, OPERATIONS)
def test_a_scene_says_what_a_naive_warehouse_says(borders, first, second):
    scene, warehouse = scene_of(borders), Warehouse()
    for package in PACKAGES:
        scene.make_package(
            Package(package, PackageKind.TRANSPORT, str(package), None, None, 1, 0, 10, ALONE)
        )

    play(scene, warehouse, first, 10)
    play(scene, warehouse, second, 11)

    for package in PACKAGES:
        assert scene.summaries[package] == warehouse.counted(package)
        assert scene.parent_of(package) == warehouse.outer.get(package)
        around = warehouse.around(package)
        assert [scene.packages[one].levels for one in around] == sorted(
            {scene.packages[one].levels for one in around}
        )
    for place, atom in scene.now.items():
        assert atom.standing.parent_id == warehouse.parent.get(place[1])
        assert (atom.standing.holder_id is None) == (atom.standing.parent_id is not None)
        assert scene.custody_of(place).holder_id == HOLDER
    told = outcome(scene)
    written(scene, told)


def written(scene, told):
    """What is written says of each number what the scene says, and what was before."""
    removed = {n for span in told.removed for n in range(span.first, span.last + 1)}
    spans = {n: span for span in told.spans for n in range(span.first, span.last + 1)}
    assert set(spans) == removed
    assert sum(span.units for span in told.spans) == len(removed)
    for atom in scene.now.values():
        for number in range(atom.first, atom.last + 1):
            if number in spans:
                assert spans[number][3:] == atom[3:]
            else:
                assert atom.event_id == 1
    chain = {}
    for _, first, last, event, previous, standing in told.entries:
        for number in range(first, last + 1):
            assert previous == chain.get(number, 1)
            chain[number] = event
            if event == spans[number].event_id:
                assert standing == spans[number].standing
    assert chain == {n: span.event_id for n, span in spans.items() if span.event_id != 1}
    assert {package for package, _, _ in told.summaries} <= set(PACKAGES)
    journal = {}
    for package, event, previous, standing in told.package_entries:
        assert previous == journal.get(package, (None, None))[0]
        journal[package] = (event, standing)
    assert {one: entry[1] for one, entry in journal.items()} == {
        one: scene.packages[one].standing for one in PACKAGES
    }


def test_what_is_emptied_ends_with_those_around_it():
    scene = scene_of({10})
    for package in PACKAGES:
        scene.make_package(
            Package(package, PackageKind.TRANSPORT, str(package), None, None, 1, 0, 5, ALONE)
        )
    scene.put((SERIES, 0), 101, event_id=5)
    scene.put_package(101, 102, event_id=5)
    scene.put_package(102, 103, event_id=5)

    scene.leave((SERIES, 0), event_id=6)

    assert scene.end_empty(event_id=6) == [101, 102, 103]
    assert scene.now[SERIES, 0].standing == LOOSE
    assert not any(scene.packages[one].standing.alive for one in (101, 102, 103))
    assert {scene.parent_of(one) for one in (101, 102, 103)} == {None}


def group_pack(scene):
    """A group pack whose code is number 0, with the units 1 to 9, inside transport unit 101."""
    unit = Package(101, PackageKind.TRANSPORT, "101", None, None, 1, 0, 5, ALONE)
    nowhere = PackageStanding(None, None, None, None, blocked=False, alive=True)
    scene.make_package(unit)
    scene.make_package(Package(201, PackageKind.GROUP, None, SERIES, 0, 1, 0, 5, nowhere))
    scene.put((SERIES, 1), 201, event_id=5)
    scene.put((SERIES, 5), 201, event_id=5)
    scene.put((SERIES, 0), 101, event_id=5)


def test_a_group_pack_dissolves_when_a_unit_leaves():
    scene = scene_of({1, 5, 10})
    group_pack(scene)
    assert scene.units_of(101) == 10
    assert scene.units_of(201) == 9

    scene.leave((SERIES, 5), event_id=6)

    assert scene.now[SERIES, 5].standing == LOOSE
    assert scene.now[SERIES, 1].standing.parent_id == 101
    code = scene.now[SERIES, 0].standing
    assert (code.status, code.withdrawal_reason) == (UnitStatus.WITHDRAWN, "DISSOLVED")
    assert (code.parent_id, code.holder_id) == (None, HOLDER)
    assert not scene.packages[201].standing.alive
    assert scene.summaries[101] == {Alike(1, 0, UnitStatus.IN_CIRCULATION, blocked=False): 4}


def test_seven_levels_are_one_too_many():
    scene = scene_of({10})
    for package in range(1, 8):
        scene.make_package(
            Package(package, PackageKind.TRANSPORT, str(package), None, None, 1, 0, 5, ALONE)
        )
    scene.put((SERIES, 0), 1, event_id=5)
    for package in range(1, 6):
        scene.put_package(package, package + 1, event_id=5)

    with pytest.raises(NestedTooDeep):
        scene.put_package(6, 7, event_id=5)


def test_a_blocked_package_is_counted_by_those_around_it():
    scene = scene_of({10})
    for package in PACKAGES:
        scene.make_package(
            Package(package, PackageKind.TRANSPORT, str(package), None, None, 1, 0, 5, ALONE)
        )
    scene.put((SERIES, 0), 101, event_id=5)
    scene.change_package(101, ALONE._replace(blocked=True), event_id=5)

    scene.put_package(101, 102, event_id=5)
    scene.put_package(102, 103, event_id=5)
    assert [scene.packages[one].blocked_inside for one in (101, 102, 103)] == [0, 1, 1]
    assert scene.is_blocked((SERIES, 0))

    scene.take_package_out(102, event_id=6)
    assert [scene.packages[one].blocked_inside for one in (102, 103)] == [1, 0]
    scene.change_package(101, scene.packages[101].standing._replace(blocked=False), event_id=6)
    assert scene.packages[102].blocked_inside == 0
    assert not scene.is_blocked((SERIES, 0))
