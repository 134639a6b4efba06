"""Packing and unpacking: locate the goods, enter the scene, judge what lies in what, record."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg

from domain.aggregation import moves, rules
from domain.aggregation.loads import Freight, Load, Placed, examples, name_of, numbers, placed
from domain.aggregation.moves import Opening
from domain.aggregation.named import Packing, Told, Unpacking
from domain.codes import rules as codes_rules
from domain.database import Database, constraint_of
from domain.deadlines.actions import after_what_is_due, write
from domain.errors import Busy, UnknownPackages
from domain.errors_of_custody import NotAPack, NotInPackage
from domain.goods import actions as goods_actions
from domain.goods import judging
from domain.goods.judging import Judged, Located, check_packages_held, judged
from domain.goods.nesting import outermost_first
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.actions import worked
from domain.recognition.store import labels_of
from domain.recognition.units import Verdict
from domain.registry import store as registry
from domain.registry.goods import Depth, Wanted, enter, foresee
from domain.registry.outcome import outcome
from domain.registry.reading import intervals_of, packages_named
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run, elementary, joined, overlaps
from domain.registry.store import NewEvent, RecordedEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind

MOST_ATTEMPTS = 5
NO_EVENT = 0  # a rehearsal's
SSCC_ALIVE_ONCE = "sscc_is_alive_once"

Answer = tuple[dict[str, Any], bool]


class PackagesChanged(Exception):
    """No fault: a rival has just made or ended one of the packages; look again."""


class Named(NamedTuple):
    """What a packing names, as numbers: contents, the codes of coded packs, what goes where."""

    contents: Located
    codes: Located
    placed: Placed


class Task(NamedTuple):
    """A packing about to be done, and how all of it stands; `standing` are ids by SSCC."""

    packing: Packing
    told: Told
    actor: Actor
    named: Named
    standing: Mapping[str, int]
    scene: Scene


class Weighed(NamedTuple):
    """What was judged of a packing: all may be done."""

    freight: Freight
    loads: list[Load]  # with their kinds, the outermost first
    states: Mapping[int, MemberState]


@after_what_is_due
async def pack(  # noqa: PLR0913 (the story needs its whole cast)
    database: Database,
    request: Request,
    packing: Packing,
    told: Told,
    *,
    actor: Actor,
    keyring: Keyring,
) -> Answer:
    """Put goods into packages; those that are new are made. Returns the answer, and if it is new."""
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        codes_rules.check_occurred(told.occurred_at, datetime.now(UTC))
        named = await locate(connection, packing, actor, keyring)
        if told.dry_run:
            standing, wanted = await around(connection, packing, named, told)
            scene = await foresee(connection, wanted)
            return rehearsed(Task(packing, told, actor, named, standing, scene)), True

    async def story(connection: asyncpg.Connection) -> Answer:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        standing, wanted = await around(connection, packing, named, told)
        scene = await enter(connection, wanted)
        task = Task(packing, told, actor, named, standing, scene)
        answer = await perform(connection, request, task)
        await requests.answer(connection, request, answer)
        return answer, True

    for _ in range(MOST_ATTEMPTS):
        try:
            return await write(database, actor.id, story)
        except PackagesChanged:
            continue
    raise Busy


async def locate(
    connection: asyncpg.Connection, packing: Packing, actor: Actor, keyring: Keyring
) -> Named:
    """Find the numbers that are named, and where each of them goes."""
    units = await recognition.recognise(connection, packing.children, keyring)
    await goods_actions.hide_from(connection, units, actor)
    await worked(len(units.verdict), units.mark_repeats)
    each = await goods_actions.runs_of_each(connection, packing.runs, actor)
    owners = zip(each, packing.parent_of_run, strict=True)
    asked = sorted((run, parent) for runs, parent in owners for run in runs)
    if asked:
        units.mark_numbers(joined(run for run, _ in asked), Verdict.REPEATED)
    repeated = overlaps([run for run, _ in asked])

    coded = await recognition.recognise(connection, packing.coded_texts, keyring)
    await goods_actions.hide_from(connection, coded, actor)
    coded.mark_repeats()
    packs = sorted({Run(*place, place[1]) for place in numbers(coded) if place[0] >= 0})
    found = await worked(len(units.verdict), lambda: placed(units, packing.parent_of, asked, packs))
    runs = elementary(found.runs) if repeated else found.runs
    intervals = await intervals_of(connection, sorted([*runs, *packs]))
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    contents = Located(
        units, joined(run for run, _ in asked), runs, repeated, [], intervals, labels
    )
    return Named(contents, Located(coded, [], packs, [], [], intervals, labels), found)


async def around(
    connection: asyncpg.Connection, packing: Packing, named: Named, told: Told
) -> tuple[dict[str, int], Wanted]:
    """The packages that exist already, by SSCC, and all that must be locked."""
    own = [package.sscc for package in packing.packages if package.sscc]
    inside = [child.sscc for child in packing.child_packages]
    standing = await packages_named(connection, sorted({*own, *inside}))
    unknown = sorted(set(inside) - set(own) - set(standing))
    if unknown:
        raise UnknownPackages(len(unknown), tuple(unknown[:3]))
    contents, codes = named.contents, named.codes
    runs = elementary([*contents.runs, *codes.runs]) if codes.runs else contents.runs
    ids = sorted(standing.values())
    return standing, Wanted(runs, ids, opening=told.move, groups=contents.groups)


async def perform(connection: asyncpg.Connection, request: Request, task: Task) -> dict[str, Any]:
    """Pack what may be packed as it is told; the locks are held."""
    scene, told, actor = task.scene, task.told, task.actor
    if not all(scene.packages[one].standing.alive for one in task.standing.values()):
        raise PackagesChanged
    ids = await registry.new_packages(connection, new_packages(task))
    freight, loads, states = await worked(len(scene.atoms), lambda: weighed(task, ids))
    event = await registry.insert_event(
        connection, event_of(EventKind.PACKED, request, actor, told.occurred_at, told.place)
    )
    await worked(
        len(scene.atoms),
        lambda: moves.pack(freight, loads, states, actor, event_id=event.id),
    )
    written = await worked(len(scene.atoms), lambda: outcome(scene))
    try:
        await registry.write(connection, written)
    except asyncpg.UniqueViolationError as error:
        if constraint_of(error) == SSCC_ALIVE_ONCE:
            raise PackagesChanged from error
        raise
    return receipt(request, event, packages=len(loads), units=units_packed(loads, scene))


def new_packages(task: Task) -> int:
    """How many packages of the request are not there yet."""
    return sum(package.sscc not in task.standing for package in task.packing.packages)


def weighed(task: Task, ids: Sequence[int]) -> Weighed:
    """Judge everything, or refuse. `ids` are those that new packages get."""
    scene, actor, named = task.scene, task.actor, task.named
    found = contents_judged(task)
    if found.refused:
        raise judging.refusal(rules.PACK, found, named.contents.units)
    codes = judged(named.codes, scene, lambda seen: rules.judge_contents(seen, actor, move=False))
    if codes.refused:
        raise judging.refusal(rules.MAKE, codes, named.codes.units)
    freight = Freight(scene, loads_of(task, found.good, ids), named.contents.units)
    rules.check_targets(freight, actor)
    rules.check_packed(freight, actor, move=task.told.move)
    if task.told.move:
        check_left(freight, found.good)
    loads = rules.settled(freight, rules.ordered(freight))
    return Weighed(freight, loads, rules.check_turnover(freight, loads, actor))


def contents_judged(task: Task) -> Judged:
    """Judge the units to be packed, and tell each line its verdict."""
    actor, move = task.actor, task.told.move
    return judged(
        task.named.contents,
        task.scene,
        lambda seen: rules.judge_contents(seen, actor, move=move),
    )


def check_left(freight: Freight, places: Sequence[Place]) -> None:
    """Refuse goods that come out of packages which do not let them."""
    scene, name = freight.scene, freight.name
    left = rules.left(scene, places) | rules.left_by(
        scene, (one for load in freight.loads for one in load.packages)
    )
    opened = {pack for one in left for pack in rules.packs_around(scene, one)}
    rules.check_free(scene, rules.PACK, left, name)
    rules.check_opened(scene, rules.PACK, opened, name)
    rules.check_not_packed(freight, opened)


def loads_of(task: Task, places: Sequence[Place], ids: Sequence[int]) -> list[Load]:
    """The packages of the request with what shall lie in each."""
    packing, coded, standing = task.packing, task.named.codes.units, task.standing
    fresh = iter(ids)
    units = task.named.placed.by_parent(places)
    codes, places_of = coded.codes(), numbers(coded)
    own = {index: (codes[row], places_of[row]) for row, index in enumerate(packing.coded)}
    known = [standing.get(package.sscc or "") for package in packing.packages]
    every = [one if one is not None else next(fresh) for one in known]
    inside: list[list[int]] = [[] for _ in every]
    by_sscc = {one.sscc: each for one, each in zip(packing.packages, every, strict=True)}
    for child in packing.child_packages:
        found = by_sscc.get(child.sscc)
        inside[child.parent].append(standing[child.sscc] if found is None else found)
    return [
        Load(
            each,
            package.sscc or own[index][0],
            packing.kinds[index],
            own[index][1] if index in own else None,
            known[index] is None,
            units.get(index, ()),
            inside[index],
        )
        for index, (each, package) in enumerate(zip(every, packing.packages, strict=True))
    ]


def rehearsed(task: Task) -> dict[str, Any]:
    """Say what the packing would do; what is wrong with packages refuses it here, too."""
    found = contents_judged(task)
    if not found.refused:
        weight = weighed(task, range(-new_packages(task), 0))
        moves.pack(*weight, task.actor, event_id=NO_EVENT)
    return {
        "dry_run": True,
        "packages": len(task.packing.packages),
        "units": sum(task.scene.now[place].units for place in found.good),
        **judging.refused_part(found, task.named.contents),
        "lines": task.named.contents.units.told(),
    }


def units_packed(loads: Sequence[Load], scene: Scene) -> int:
    return sum(scene.now[place].units for load in loads for place in load.units)


def event_of(
    kind: EventKind,
    request: Request,
    actor: Actor,
    occurred_at: datetime | None,
    place: str | None,
) -> NewEvent:
    details = {} if place is None else {"place": place}
    return NewEvent(kind, request.id, actor.id, occurred_at, details)


def receipt(request: Request, event: RecordedEvent, *, packages: int, units: int) -> dict[str, Any]:
    return {
        "request": str(request.id),
        "event": event.id,
        "recorded_at": event.recorded_at.isoformat(),
        "packages": packages,
        "units": units,
    }


class UnpackTask(NamedTuple):
    """An unpacking about to be done, and how the goods stand under the locks."""

    unpacking: Unpacking
    actor: Actor
    located: Located
    scene: Scene


async def unpack(  # noqa: PLR0913 (the story needs its whole cast)
    database: Database,
    request: Request,
    unpacking: Unpacking,
    told: Told,
    *,
    actor: Actor,
    keyring: Keyring,
) -> Answer:
    """Take goods out of packages, and dissolve packages. Returns the answer, and if it is new."""
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        codes_rules.check_occurred(told.occurred_at, datetime.now(UTC))
        located = await goods_actions.locate(
            connection, unpacking.goods, actor=actor, keyring=keyring
        )
    wanted = Wanted(
        located.runs, located.packages, Depth.CONTENTS, opening=True, groups=located.groups
    )

    async def story(connection: asyncpg.Connection) -> Answer:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        scene = await enter(connection, wanted)
        task = UnpackTask(unpacking, actor, located, scene)
        opening = await worked(len(scene.atoms), lambda: what_opens(task))
        event = await registry.insert_event(
            connection, event_of(EventKind.UNPACKED, request, actor, told.occurred_at, told.place)
        )
        await worked(len(scene.atoms), lambda: moves.unpack(scene, opening, event_id=event.id))
        await registry.write(connection, outcome(scene))
        answer = receipt(request, event, **moves.counted(scene)._asdict())
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


def what_opens(task: UnpackTask) -> Opening:
    """What comes apart, and out of what; or a refusal."""
    scene, located, actor = task.scene, task.located, task.actor
    found = judged(located, scene, lambda seen: rules.judge_held(seen, actor))
    if found.refused:
        raise judging.refusal(rules.UNPACK, found, located.units)
    check_packages_held(located, scene, actor.id)
    ended = len(task.unpacking.dissolved)
    dissolved, taken = located.packages[:ended], located.packages[ended:]
    packs = packs_named(task)
    own = {scene.packages[one].place for one in packs}
    units = [place for place in found.good if place not in own]
    check_inside(task, units, taken)

    def name(package_id: int) -> str:
        return name_of(scene, package_id, located.units)

    rules.check_free(scene, rules.UNPACK, [*dissolved, *taken], name, whole=True)
    left = rules.left(scene, units) | rules.left_by(scene, taken)
    rules.check_free(scene, rules.UNPACK, left, name)
    outer = left | rules.left(scene, [place for place in own if place])
    opened = {pack for one in outer for pack in rules.packs_around(scene, one)} | set(packs)
    rules.check_opened(scene, rules.UNPACK, opened, name, packs)
    return Opening(outermost_first(scene, units), taken, [*dissolved, *packs])


def packs_named(task: UnpackTask) -> list[int]:
    """The coded packs to be dissolved."""
    count = len(task.unpacking.dissolved_codes)
    rows = range(len(task.located.units.series) - count, len(task.located.units.series))
    places = numbers(task.located.units)
    none = [row for row in rows if places[row] not in task.scene.pack_at]
    if none:
        told = tuple(task.located.units.shown(row) for row in none[:3])
        raise NotAPack(len(none), told)
    return [task.scene.pack_at[places[row]] for row in rows]


def check_inside(task: UnpackTask, units: Sequence[Place], taken: Sequence[int]) -> None:
    """Refuse to take out what is in no package."""
    scene = task.scene
    loose = [place for place in units if scene.now[place].standing.parent_id is None]
    ssccs = [scene.packages[one].sscc or "" for one in taken if scene.parent_of(one) is None]
    if loose or ssccs:
        count = sum(scene.now[place].units for place in loose) + len(ssccs)
        raise NotInPackage(count, (*ssccs, *examples(task.located.units, loose))[:3])
