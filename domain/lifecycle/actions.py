"""Apply, introduce, cancel, give a lot: one story for all, told by a `Step`.

Locate the goods, claim the id, enter the scene under locks, judge, record.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg

from domain.catalogue.groups import catalogue
from domain.codes import rules as codes_rules
from domain.codes.orders import LotData
from domain.codes.store import lot_id
from domain.database import Database
from domain.deadlines.actions import after_what_is_due, write
from domain.errors import GoodsHeldBack, LotMissing
from domain.goods import judging
from domain.goods.actions import keep_lines, locate
from domain.goods.belonging import told_over
from domain.goods.judging import Judged, Located, judged
from domain.goods.named import Goods
from domain.keys.keyring import Keyring
from domain.lifecycle import rules, store
from domain.lifecycle.rules import Step
from domain.lifecycle.store import Measure
from domain.lifecycle.told import Told
from domain.participants.actor import Actor
from domain.recognition.units import Units, Verdict
from domain.registry import store as registry
from domain.registry.goods import Depth, Wanted, enter, foresee
from domain.registry.outcome import outcome
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run, Standing, joined
from domain.registry.store import NewEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import Emission


class Task(NamedTuple):
    """A step about to be taken: by whom, with what, and how the goods stand under the locks."""

    step: Step
    told: Told
    actor: Actor
    located: Located
    scene: Scene


@after_what_is_due
async def take_step(  # noqa: PLR0913 (the story needs its whole cast)
    database: Database,
    request: Request,
    step: Step,
    goods: Goods,
    told: Told,
    *,
    actor: Actor,
    keyring: Keyring,
) -> tuple[dict[str, Any], bool]:
    """Take the step with the goods; returns the answer, and whether it is new.

    Reading and checking the codes ends before the transaction begins.
    """
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        codes_rules.check_occurred(told.occurred_at, datetime.now(UTC))
        if told.lot:
            codes_rules.check_lot(told.lot)
        elif step is rules.GIVE_LOT:
            raise LotMissing
        located = await locate(connection, goods, actor=actor, keyring=keyring)
        wanted = Wanted(located.runs, located.packages, Depth.EVERYTHING, groups=located.groups)
        if told.dry_run:
            scene = await foresee(connection, wanted)
            return await rehearse(
                connection, told_packages(step, told, actor, located, scene)
            ), True

    async def story(connection: asyncpg.Connection) -> tuple[dict[str, Any], bool]:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        scene = await enter(connection, wanted)
        task = told_packages(step, told, actor, located, scene)
        answer = await perform(connection, request, task)
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


def told_packages(step: Step, told: Told, actor: Actor, located: Located, scene: Scene) -> Task:
    """The task; packages that were named, or packs by their codes, stand for all that is in them."""
    judging.check_packages_held(located, scene, actor.id)
    packs = packs_named(located, scene, actor) if scene.pack_at else set()
    if step is rules.CANCEL and packs:
        held = sum(map(scene.units_of, packs))
        raise GoodsHeldBack(step.verb, held, {str(Verdict.IN_PACKAGE): held})
    whole = packs | set(located.packages)
    if whole:
        inside = [
            Run(*atom[:3])
            for atom in scene.atoms
            if not whole.isdisjoint(scene.around(atom.standing.parent_id))
        ]
        located = located._replace(
            runs=joined([*located.runs, *inside]), intervals=list(scene.intervals)
        )
    return Task(step, told, actor, located, scene)


def packs_named(located: Located, scene: Scene, actor: Actor) -> set[int]:
    """The packs whose codes were named; of those that others hold nothing is told."""
    named = {scene.pack_at[one] for one in scene.places_of(located.runs) if one in scene.pack_at}
    return {one for one in named if scene.custody_in(one).holder_id == actor.id}


def judge(task: Task) -> Judged:
    """Judge every atom, and tell each line of the request its verdict."""
    return judged(task.located, task.scene, lambda seen: rules.judge(task.step, seen, task.actor))


async def perform(connection: asyncpg.Connection, request: Request, task: Task) -> dict[str, Any]:
    """Take the step with the goods that may; the locks are held."""
    found = judge(task)
    if found.refused and not (task.told.partial and found.good):
        raise judging.refusal(task.step.verb, found, task.located.units)
    lots = await lots_known(connection, task, found.good)
    changed = await changes(connection, task, found.good, lots)
    event = await registry.insert_event(
        connection,
        NewEvent(
            task.step.kind, request.id, task.actor.id, task.told.occurred_at, details(task.told)
        ),
    )
    for place, standing in changed:
        task.scene.change(place, standing, event_id=event.id)
    await registry.write(connection, outcome(task.scene))
    if task.step is rules.APPLY:
        await store.add_measures(connection, measured(task.located.units), event_id=event.id)
    answer = {
        "request": str(request.id),
        "event": event.id,
        "recorded_at": event.recorded_at.isoformat(),
        "units": units_at(task.scene, found.good),
        **judging.refused_part(found, task.located),
    }
    if found.refused:
        answer |= await keep_lines(connection, request.id, task.located)
    return answer


def units_at(scene: Scene, places: Iterable[Place]) -> int:
    return sum(scene.now[place].units for place in places)


async def rehearse(connection: asyncpg.Connection, task: Task) -> dict[str, Any]:
    """Say what the step would do with each unit."""
    found = judge(task)
    if found.good:
        await lots_known(connection, task, found.good)
    return {
        "dry_run": True,
        "units": units_at(task.scene, found.good),
        **judging.refused_part(found, task.located),
        "lines": task.located.units.told(),
    }


def measured(units: Units) -> list[Measure]:
    """The weights and volumes on the labels of the units that were applied."""
    series, number, verdict = units.series, units.number, units.verdict
    return [
        (int(series[row]), int(number[row]), ai, value)
        for row, ai, value in units.measures
        if verdict[row] == 0 and series[row] >= 0
    ]


def details(told: Told) -> dict[str, Any]:
    """What the event keeps of what was told."""
    kept = {"documents": told.documents or None, "place": told.place}
    return {name: value for name, value in kept.items() if value is not None}


async def lots_known(
    connection: asyncpg.Connection, task: Task, good: Sequence[Place]
) -> dict[int, LotData]:
    """The lots of these goods; refuses an introduction that lacks what the group asks for."""
    scene, told = task.scene, task.told
    ids = {scene.now[place].standing.lot_id for place in good} - {None}
    lots = await store.lots_of(connection, sorted(one for one in ids if one is not None))
    for before in lots.values() if told.lot else ():
        codes_rules.check_lot(told_over(before, told.lot or LotData()))
    if task.step is rules.INTRODUCE:
        pairs = {(scene.batch_of(place), scene.now[place].standing.lot_id) for place in good}
        emissions = await store.emissions_of(connection, sorted({batch for batch, _ in pairs}))
        for batch, lot in pairs:
            group = scene.batches[batch].product_group
            asked = catalogue().documents(group, Emission(emissions[batch]))
            known = told_over(lots.get(lot) if lot else None, told.lot or LotData())
            of_the_lot = {name: value for name, value in known._asdict().items() if value}
            facts = {**(known.customs or {}), **told.documents, **of_the_lot}
            rules.check_documents(asked, facts)
    return lots


async def changes(
    connection: asyncpg.Connection, task: Task, good: Sequence[Place], lots: dict[int, LotData]
) -> list[tuple[Place, Standing]]:
    """Each atom with its standing after the step. Atoms of one GTIN and lot stay of one lot."""
    step, told, scene = task.step, task.told, task.scene
    if told.lot is None:
        return [
            (place, rules.after(step, scene.now[place].standing, task.actor, lot_id=None))
            for place in good
        ]
    keys = [(scene.facts_of(place).gtin, scene.now[place].standing.lot_id) for place in good]
    lot_ids = {
        (gtin, lot): await lot_id(
            connection,
            task.actor.id,
            gtin,
            told_over(lots.get(lot) if lot else None, told.lot),
        )
        for gtin, lot in sorted(set(keys), key=str)
    }
    return [
        (place, rules.after(step, scene.now[place].standing, task.actor, lot_id=lot_ids[key]))
        for place, key in zip(good, keys, strict=True)
    ]
