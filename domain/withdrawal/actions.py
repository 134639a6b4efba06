"""Withdrawing goods by their holder's word, and restoring them: one story for both.

Locate the goods, enter the scene with all that is in the packages named, judge, record.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg

from domain.catalogue import reasons
from domain.catalogue.actions import roads as roads_of
from domain.catalogue.documents import check_document, told_document
from domain.catalogue.reasons import Reason
from domain.codes import rules as codes_rules
from domain.database import Database
from domain.deadlines.actions import after_what_is_due, write
from domain.goods import judging
from domain.goods.actions import keep_lines, locate
from domain.goods.judging import Judged, Located, Seen
from domain.goods.named import Goods
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition.units import Verdict
from domain.registry import store as registry
from domain.registry.goods import Depth, Wanted, behold, enter, foresee
from domain.registry.outcome import outcome
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run, Standing, elementary
from domain.registry.store import NewEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import EventKind, UnitStatus
from domain.withdrawal import rules, store
from domain.withdrawal.rules import Fraction, Opened
from domain.withdrawal.told import Restoration, Told, Withdrawal

WHOLE = Fraction(None, None)


class Task(NamedTuple):
    """A deed about to be done: by whom, and how the goods stand under the locks."""

    actor: Actor
    located: Located
    scene: Scene
    wanted: Wanted
    whole: Opened
    now: datetime


class Changed(NamedTuple):
    """The atoms that change, and how they stand then; the scene may have been cut anew."""

    scene: Scene
    standings: list[tuple[Place, Standing]]


@dataclass(frozen=True)
class Deed:
    """What is done with the goods: how they are judged, and what they become.

    `change` refuses what no single unit is to blame for.
    """

    verb: str
    kind: EventKind
    told: Told
    judge: Callable[[Seen, Actor, Opened], Verdict]
    change: Callable[[asyncpg.Connection, Task, Judged], Awaitable[Changed]]
    details: Mapping[str, Any] = field(default_factory=dict)
    corrects: int | None = None


async def withdraw(  # noqa: PLR0913 (the story needs its whole cast)
    database: Database,
    request: Request,
    goods: Goods,
    withdrawal: Withdrawal,
    *,
    actor: Actor,
    keyring: Keyring,
) -> tuple[dict[str, Any], bool]:
    """Withdraw goods; packages and packs with all that is in them. Tells whether it is new."""

    def plan(now: datetime) -> Deed:
        return leaving(withdrawal, actor, now)

    return await take(database, request, goods, plan, actor=actor, keyring=keyring)


async def restore(  # noqa: PLR0913
    database: Database,
    request: Request,
    goods: Goods,
    restoration: Restoration,
    *,
    actor: Actor,
    keyring: Keyring,
) -> tuple[dict[str, Any], bool]:
    """Bring goods back into circulation that their holder withdrew; tells whether it is new."""

    def plan(now: datetime) -> Deed:
        return coming_back(restoration, now)

    return await take(database, request, goods, plan, actor=actor, keyring=keyring)


def leaving(withdrawal: Withdrawal, actor: Actor, now: datetime) -> Deed:
    """The deed of a withdrawal; refuses one that tells too much or too little."""
    reason = reasons.reason(withdrawal.reason)
    document, destination = withdrawal.document, withdrawal.destination
    reasons.check_withdrawal(reason, (), document, destination, actor.member_state)
    if document:
        check_document(document, now)
    starts_from = reason.starts_from
    if withdrawal.parts:
        starts_from &= {UnitStatus.IN_CIRCULATION}

    async def change(connection: asyncpg.Connection, task: Task, found: Judged) -> Changed:
        await check_leaving(connection, task, found, withdrawal, reason)
        scene = task.scene
        return Changed(
            scene,
            [
                (place, rules.after_leaving(scene.now[place].standing, reason, withdrawal.parts))
                for place in found.good
            ],
        )

    details = {
        "reason": reason.name,
        "document": told_document(document) if document else None,
        "destination": destination,
        "parts": withdrawal.parts._asdict() if withdrawal.parts else None,
    }
    return Deed(
        "withdraw",
        EventKind.WITHDRAWN,
        withdrawal.told,
        lambda seen, by, whole: rules.judge_leaving(seen, by, starts_from, whole),
        change,
        details,
    )


async def check_leaving(
    connection: asyncpg.Connection, task: Task, found: Judged, told: Withdrawal, reason: Reason
) -> None:
    """Refuse a reason, a destination or a fraction that does not fit all of these goods."""
    scene = task.scene
    groups = {scene.facts_of(place).product_group for place in found.good}
    for group in sorted(groups):
        reasons.check_group(reason, group)
    if told.destination:
        day = (told.told.occurred_at or task.now).date()
        states = {scene.custody_of(place).turnover_state for place in found.good}
        for state in sorted(state for state in states if state is not None):
            reasons.check_destination(reason, told.destination, state)
            roads = await roads_of(connection, sorted(groups), state, told.destination, day)
            rules.check_roads(roads)
    if told.parts:
        rules.check_parts(scene, found.good, told.parts)


def coming_back(restoration: Restoration, now: datetime) -> Deed:
    """The deed of a restoration."""
    check_document(restoration.document, now)

    async def change(connection: asyncpg.Connection, task: Task, found: Judged) -> Changed:
        scene = task.scene
        runs = [Run(*scene.now[place][:3]) for place in found.good]
        if restoration.corrects is not None:
            series = sorted({run.series_id for run in runs})
            event, mine = restoration.corrects, task.actor.id
            withdrawn = await store.withdrawn_by(connection, event, series, mine)
            rules.check_correction(event, runs, withdrawn)
        return await as_before(connection, task, runs)

    return Deed(
        "restore",
        EventKind.RESTORED,
        restoration.told,
        rules.judge_restoring,
        change,
        {"document": told_document(restoration.document)},
        restoration.corrects,
    )


async def as_before(connection: asyncpg.Connection, task: Task, runs: list[Run]) -> Changed:
    """The goods in circulation again; of a divided unit, what was left before the last part went.

    Units that stand alike now may have been divided otherwise then: the scene is cut there, under
    the locks that are held.
    """
    scene = task.scene
    atoms = [scene.now[run.series_id, run.first] for run in runs]
    divided = [atom for atom in atoms if atom.standing.whole_parts is not None]
    pieces = await store.divided_before(connection, divided) if divided else []
    if pieces:
        cuts = elementary([*task.wanted.runs, *(Run(*piece[:3]) for piece in pieces)])
        scene = await behold(connection, task.wanted._replace(runs=cuts))
    before = {piece[:2]: Fraction(*piece[3:]) for piece in pieces}
    return Changed(
        scene,
        [
            (place, rules.after_restoring(scene.now[place].standing, before.get(place, WHOLE)))
            for place in scene.places_of(runs)
        ],
    )


@after_what_is_due
async def take(  # noqa: PLR0913
    database: Database,
    request: Request,
    goods: Goods,
    plan: Callable[[datetime], Deed],
    *,
    actor: Actor,
    keyring: Keyring,
) -> tuple[dict[str, Any], bool]:
    """Do the deed with the goods; reading and checking codes ends before the transaction."""
    now = datetime.now(UTC)
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        deed = plan(now)
        codes_rules.check_occurred(deed.told.occurred_at, now)
        located = await locate(connection, goods, actor=actor, keyring=keyring)
        wanted = Wanted(located.runs, located.packages, Depth.EVERYTHING, groups=located.groups)
        if deed.told.dry_run:
            scene = await foresee(connection, wanted)
            return await rehearse(
                connection, deed, task_of(actor, located, scene, wanted, now)
            ), True

    async def story(connection: asyncpg.Connection) -> tuple[dict[str, Any], bool]:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        scene = await enter(connection, wanted)
        task = task_of(actor, located, scene, wanted, now)
        answer = await perform(connection, request, deed, task)
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


def task_of(actor: Actor, located: Located, scene: Scene, wanted: Wanted, now: datetime) -> Task:
    """The task; what is named whole stands for all that is in it."""
    judging.check_packages_held(located, scene, actor.id)
    whole = rules.opened(located, scene, actor)
    rules.check_outermost(located, scene, whole)
    return Task(actor, rules.with_contents(located, scene, whole), scene, wanted, whole, now)


def judged(deed: Deed, task: Task) -> Judged:
    actor, whole = task.actor, task.whole
    return rules.judged(task.located, task.scene, lambda seen: deed.judge(seen, actor, whole))


async def perform(
    connection: asyncpg.Connection, request: Request, deed: Deed, task: Task
) -> dict[str, Any]:
    """Do the deed with the goods that may; the locks are held."""
    found = judged(deed, task)
    if found.refused and not (deed.told.partial and found.good):
        raise judging.refusal(deed.verb, found, task.located.units)
    scene, changed = await deed.change(connection, task, found)
    details = {**deed.details, "place": deed.told.place}
    kept = {name: value for name, value in details.items() if value is not None}
    when = deed.told.occurred_at
    event = await registry.insert_event(
        connection,
        NewEvent(deed.kind, request.id, task.actor.id, when, kept, deed.corrects),
    )
    for place, standing in changed:
        scene.change(place, standing, event_id=event.id)
    await registry.write(connection, outcome(scene))
    answer = {
        "request": str(request.id),
        "event": event.id,
        "recorded_at": event.recorded_at.isoformat(),
        "units": units_of(task.scene, found),
        **judging.refused_part(found, task.located),
    }
    if found.refused:
        answer |= await keep_lines(connection, request.id, task.located)
    return answer


def units_of(scene: Scene, found: Judged) -> int:
    return sum(scene.now[place].units for place in found.good)


async def rehearse(connection: asyncpg.Connection, deed: Deed, task: Task) -> dict[str, Any]:
    """Say what the deed would do with each unit."""
    found = judged(deed, task)
    if found.good:
        await deed.change(connection, task, found)
    return {
        "dry_run": True,
        "units": units_of(task.scene, found),
        **judging.refused_part(found, task.located),
        "lines": task.located.units.told(),
    }
