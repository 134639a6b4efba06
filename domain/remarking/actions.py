"""Re-marking: the new code takes the place of the old one, which leaves for good."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg

from domain.catalogue.documents import check_document, told_document
from domain.catalogue.reasons import Cause
from domain.codes import rules as codes_rules
from domain.database import Database
from domain.deadlines.actions import after_what_is_due, write
from domain.goods import judging
from domain.goods.actions import locate
from domain.goods.judging import Located, Rule
from domain.goods.named import Goods
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition.units import Texts, Units
from domain.registry import store as registry
from domain.registry.goods import Depth, Wanted, enter, foresee
from domain.registry.outcome import outcome
from domain.registry.packages import Package
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run
from domain.registry.store import NewEvent
from domain.remarking import rules, store
from domain.remarking.rules import Replaced, Shown
from domain.remarking.store import Link
from domain.remarking.told import Remarking
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import EventKind


class Named(NamedTuple):
    """The new and the old codes of a re-marking, found; which row is which pair's."""

    new: Located
    old: Located | None
    rows: list[tuple[int, int | None]]

    @property
    def wanted(self) -> Wanted:
        """Every number for itself: each goes its own way. Packs come with what is in them."""
        sides = [self.new] if self.old is None else [self.new, self.old]
        numbers = sorted({place for side in sides for place in places_of(side.units) if place})
        runs = [Run(series, number, number) for series, number in numbers]
        groups = frozenset(group for side in sides for group in side.groups)
        return Wanted(runs, depth=Depth.CONTENTS, groups=groups)


class Task(NamedTuple):
    """A re-marking about to be done, and how the goods stand under the locks."""

    told: Remarking
    cause: Cause
    actor: Actor
    named: Named
    scene: Scene


@after_what_is_due
async def remark(
    database: Database, request: Request, told: Remarking, *, actor: Actor, keyring: Keyring
) -> tuple[dict[str, Any], bool]:
    """Put new codes on goods; returns the answer, and whether it is new."""
    now = datetime.now(UTC)
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        cause = rules.check_told(told)
        if told.document:
            check_document(told.document, now)
        codes_rules.check_occurred(told.occurred_at, now)
        named = await find(connection, told, actor, keyring)
        if told.dry_run:
            scene = await foresee(connection, named.wanted)
            links = await judge(connection, Task(told, cause, actor, named, scene))
            return {"dry_run": True, "units": len(links)}, True

    async def story(connection: asyncpg.Connection) -> tuple[dict[str, Any], bool]:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        scene = await enter(connection, named.wanted)
        answer = await perform(connection, request, Task(told, cause, actor, named, scene))
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


async def find(
    connection: asyncpg.Connection, told: Remarking, actor: Actor, keyring: Keyring
) -> Named:
    """Find the codes; each new one once, however many it replaces."""
    news = {text: row for row, text in enumerate(dict.fromkeys(pair.new for pair in told.pairs))}
    olds = [pair.old for pair in told.pairs if pair.old is not None]
    new = await locate(connection, goods_of(list(news)), actor=actor, keyring=keyring)
    old = await locate(connection, goods_of(olds), actor=actor, keyring=keyring) if olds else None
    ahead = iter(range(len(olds)))
    rows = [(news[pair.new], next(ahead) if pair.old is not None else None) for pair in told.pairs]
    return Named(new, old, rows)


def goods_of(texts: list[str]) -> Goods:
    return Goods(Texts.of_list(texts))


def places_of(units: Units) -> list[Place | None]:
    """The number of each line; None where it names none that is known."""
    pairs = zip(units.series.tolist(), units.number.tolist(), units.verdict.tolist(), strict=True)
    return [
        (series, number) if series >= 0 and not wrong else None for series, number, wrong in pairs
    ]


async def judge(connection: asyncpg.Connection, task: Task) -> Replaced:
    """Which old codes each new one replaces; refuses the whole where anything is wrong."""
    named, scene, actor = task.named, task.scene, task.actor
    check(rules.MARK, named.new, scene, lambda seen: rules.judge_new(seen, actor))
    if named.old is not None:
        check(rules.REMARK, named.old, scene, lambda seen: rules.judge_old(seen, actor))
    new, old = places_of(named.new.units), places_of(named.old.units) if named.old else []
    links: dict[Place, list[Place]] = {}
    for new_row, old_row in named.rows:
        place, before = new[new_row], None if old_row is None else old[old_row]
        if place is not None:
            links.setdefault(place, []).extend([] if before is None else [before])
    told = shown(named)
    rules.check_pairs(scene, links, told)
    # Goods that were not introduced yet leave their new code applied, as the old one was.
    rules.check_unused(await store.used(connection, links.keys()), told)
    return links


def check(verb: str, located: Located, scene: Scene, rule: Rule) -> None:
    found = judging.judged(located, scene, rule)
    if found.refused:
        raise judging.refusal(verb, found, located.units)


def shown(named: Named) -> Shown:
    """The identification codes of all numbers."""
    sides = [named.new] if named.old is None else [named.new, named.old]
    return {
        place: code
        for side in sides
        for places, codes in [(places_of(side.units), side.units.codes())]
        for row, place in enumerate(places)
        if place is not None and (code := codes.get(row))
    }


async def perform(connection: asyncpg.Connection, request: Request, task: Task) -> dict[str, Any]:
    """Let each new code stand where the old one stood; the locks are held."""
    links, scene, told = await judge(connection, task), task.scene, task.told
    packs = [new for new, olds in links.items() for old in olds if old in scene.pack_at]
    numbers = dict(zip(packs, await registry.new_packages(connection, len(packs)), strict=True))
    details = {
        "cause": task.cause.name,
        "document": told_document(told.document) if told.document else None,
        "place": told.place,
    }
    kept = {name: value for name, value in details.items() if value is not None}
    event = await registry.insert_event(
        connection,
        NewEvent(EventKind.REMARKED, request.id, task.actor.id, told.occurred_at, kept),
    )
    rows: list[Link] = []
    for new, olds in links.items():
        if olds:
            replace(scene, new, olds, numbers.get(new), event_id=event.id)
        else:
            standing = rules.introduced(scene.now[new].standing, task.actor)
            scene.change(new, standing, event_id=event.id)
        for position, old in enumerate(olds or [(None, None)]):
            rows.append(Link(*new, position, *old, event.id, task.cause.name))
    scene.end_empty(event_id=event.id)
    await registry.write(connection, outcome(scene))
    await store.add_links(connection, rows)
    return {
        "request": str(request.id),
        "event": event.id,
        "recorded_at": event.recorded_at.isoformat(),
        "units": len(links),
        "replaced": sum(map(len, links.values())),
    }


def replace(
    scene: Scene, new: Place, olds: Sequence[Place], pack_number: int | None, *, event_id: int
) -> None:
    """Put the new code where the old ones, which stand alike, were; they are withdrawn.

    It goes in before they come out: so no package is ever left empty.
    """
    first = olds[0]
    custody, pack = scene.custody_of(first), scene.pack_at.get(first)
    scene.change(new, scene.now[first].standing, event_id=event_id)
    if pack is not None and pack_number is not None:
        hand_over(scene, pack, pack_number, new, event_id=event_id)
    for old in olds:
        gone = rules.replaced(scene.now[old].standing, custody)
        scene.change(old, gone, event_id=event_id)


def hand_over(scene: Scene, pack: int, pack_number: int, new: Place, *, event_id: int) -> None:
    """Let all that is in a pack lie in one under a new code; the old one ends."""
    before = scene.packages[pack]
    scene.make_package(
        Package(pack_number, before.kind, None, *new, before.levels, 0, event_id, before.standing)
    )
    for place in sorted(scene.units_in[pack]):
        scene.put(place, pack_number, event_id=event_id)
    for inside in sorted(scene.packages_in[pack]):
        scene.put_package(inside, pack_number, event_id=event_id)
    scene.end_package(pack, event_id=event_id)
