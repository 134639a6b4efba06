"""What packing and unpacking make of a scene. Pure, and judged before."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.aggregation import rules
from domain.aggregation.loads import Freight, Load
from domain.participants.actor import Actor
from domain.registry.packages import Package, PackageStanding
from domain.registry.scene import Scene
from domain.registry.spans import Place
from domain.standards.member_state import MemberState
from domain.vocabulary import PackageKind


def pack(
    freight: Freight,
    loads: Sequence[Load],
    states: Mapping[int, MemberState],
    actor: Actor,
    *,
    event_id: int,
) -> None:
    """Put everything where it is to lie. The loads come with their kinds, the outermost first."""
    scene = freight.scene
    for load in loads:
        loosen(scene, load, event_id=event_id)
    for load in loads:
        if load.is_new:
            make(freight, load, states[load.id], actor, event_id=event_id)
        for one in load.packages:
            if one in scene.before:
                scene.put_package(one, load.id, event_id=event_id)
    for load in loads:
        packs = {place for place, _ in freight.packs_of(load)}
        for place in packs:
            scene.put(place, load.id, event_id=event_id)
        loose = [place for place in load.units if place not in packs] if packs else load.units
        scene.fill(load.id, loose, event_id=event_id)
    scene.end_empty(event_id=event_id)


def loosen(scene: Scene, load: Load, *, event_id: int) -> None:
    """Take the goods of a load out of where they lie now."""
    for place in load.units:
        if scene.now[place].standing.parent_id is not None:
            scene.leave(place, event_id=event_id)
    for one in load.packages:
        if one in scene.before and scene.parent_of(one) is not None:
            scene.take_package_out(one, event_id=event_id)


def make(freight: Freight, load: Load, state: MemberState, actor: Actor, *, event_id: int) -> None:
    """Make a package that is new: a transport unit where it is to lie, a coded pack as it stands."""
    scene, parent = freight.scene, freight.lies_in.get(load.id)
    if load.place:
        standing = PackageStanding(None, None, None, None, blocked=False, alive=True)
        series_id, number = load.place
        pack = Package(load.id, kind_of(load), None, series_id, number, 1, 0, event_id, standing)
        scene.make_package(pack)
        # Its code's journal tells that it became a pack.
        scene.change(load.place, scene.now[load.place].standing, event_id=event_id)
        return
    if parent is None:
        standing = PackageStanding(None, None, actor.id, state, blocked=False, alive=True)
    else:
        standing = PackageStanding(parent, None, None, None, blocked=False, alive=True)
    scene.make_package(
        Package(load.id, kind_of(load), load.name, None, None, 1, 0, event_id, standing)
    )


def kind_of(load: Load) -> PackageKind:
    if load.kind is None:
        raise ValueError("the kind is settled before")
    return load.kind


class Opening(NamedTuple):
    """What an unpacking takes apart: atoms and transport units that leave, packages that end."""

    units: Sequence[Place]
    taken: Sequence[int]
    dissolved: Sequence[int]


def unpack(scene: Scene, opening: Opening, *, event_id: int) -> None:
    """Take out what leaves, dissolve what ends, and end what that has emptied."""
    for place in opening.units:
        scene.leave(place, event_id=event_id)
    for one in opening.taken:
        scene.leave_package(one, event_id=event_id)
    for one in opening.dissolved:
        for each in (one, *rules.packs_around(scene, scene.parent_of(one))):
            if scene.packages[each].standing.alive:
                scene.dissolve(each, event_id=event_id)
    scene.end_empty(event_id=event_id)


class Counted(NamedTuple):
    """How many packages and units an unpacking has moved."""

    packages: int
    units: int


def counted(scene: Scene) -> Counted:
    """How many packages ended or lie elsewhere now, and how many units do."""
    before = dict(zip(scene.places, scene.atoms, strict=True))
    elsewhere = {
        place
        for _, place in scene.entries
        if before[place].standing.parent_id != scene.now[place].standing.parent_id
    }
    packs = {one.place for one in scene.before.values() if one.place}
    units = sum(scene.now[place].units for place in elsewhere - packs)
    packages = sum(
        has_left(one, scene.before[one.id]) or one.place in elsewhere
        for one in scene.packages.values()
    )
    return Counted(packages, units)


def has_left(now: Package, before: Package) -> bool:
    """Whether the package ended, or a transport unit lies elsewhere."""
    return not now.standing.alive or now.standing.parent_id != before.standing.parent_id
