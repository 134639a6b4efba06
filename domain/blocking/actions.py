"""Placing blocks, lifting them, and telling authorities which there are.

Blocks of units and packages are written onto them, whoever holds them, open transfer or not. A
block on a batch, lot, GTIN or group is matched when others judge: it is placed while no other
writer of the group is at work, so that each of them came before it or sees it.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from domain.blocking import goods, rules, store
from domain.blocking.orders import BlockCard, BlockOrder
from domain.blocking.store import NewBlock
from domain.catalogue import store as products
from domain.catalogue.groups import catalogue
from domain.database import Database
from domain.deadlines import actions as deadlines
from domain.deadlines import store as standing
from domain.deadlines.actions import after_what_is_due, write
from domain.errors import UnknownBatch, UnknownPackages, UnknownProduct
from domain.errors_of_custody import BlockEnded, UnknownBlock, UnknownLot
from domain.goods import judging
from domain.goods.actions import package_ids
from domain.goods.belonging import Belonging
from domain.goods.judging import Located, judged
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition.store import labels_of
from domain.registry import store as registry
from domain.registry.goods import DeadlinePassed, Wanted, enter, foresee
from domain.registry.outcome import outcome
from domain.registry.reading import intervals_of
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run, joined
from domain.registry.store import NewEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import BlockScope, EventKind

RUNS_TOLD = 1_000
VERB = "block"


class Target(NamedTuple):
    """What a block will cover, as the columns of its row, and what is locked for it."""

    scope: BlockScope
    wanted: Wanted
    located: Located | None = None
    batch_id: int | None = None
    lot_id: int | None = None
    package_id: int | None = None
    gtin: str | None = None
    product_group: str | None = None


class Covered(NamedTuple):
    """What of the scene a block is written onto, and whom it concerns beside."""

    places: list[Place]
    packages: list[int]
    units: int | None  # None: however many there are, and will be
    parties: list[int]


@after_what_is_due
async def place(
    database: Database, request: Request, order: BlockOrder, *, actor: Actor, keyring: Keyring
) -> tuple[dict[str, Any], bool]:
    """Block goods; returns the answer, and whether it is new."""
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        rules.check_authority(actor)
        rules.check_term(order.until, datetime.now(UTC))
        target = await found(connection, order, actor, keyring)
        if order.dry_run:
            scene = await foresee(connection, target.wanted)
            seen = await covered(connection, target, scene, order, actor)
            return {"dry_run": True, "scope": target.scope, "units": seen.units}, True

    async def story(connection: asyncpg.Connection) -> tuple[dict[str, Any], bool]:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        scene = await enter(connection, target.wanted)
        seen = await covered(connection, target, scene, order, actor)
        answer = await record(connection, request, order, actor, (target, scene, seen))
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


async def found(
    connection: asyncpg.Connection, order: BlockOrder, actor: Actor, keyring: Keyring
) -> Target:
    """What the order names."""
    if order.goods is not None:
        located = await goods.locate(connection, order.goods, actor.member_state, keyring)
        wanted = Wanted(located.runs, groups=located.groups)
        return Target(BlockScope.UNITS, wanted, located)
    if order.package is not None:
        [package_id] = await package_ids(connection, (order.package,))
        wanted = Wanted(packages=(package_id,))
        return Target(BlockScope.PACKAGE, wanted, package_id=package_id)
    return await found_whole(connection, order)


async def found_whole(connection: asyncpg.Connection, order: BlockOrder) -> Target:
    """A batch, lot, GTIN or group, whose other writers are held off."""
    if order.batch is not None:
        batch = await store.batch_named(connection, order.batch)
        if batch is None:
            raise UnknownBatch(str(order.batch))
        return Target(BlockScope.BATCH, alone(batch.product_group), batch_id=batch.id)
    if order.lot is not None:
        lot = await store.lot_named(connection, *order.lot)
        if lot is None:
            raise UnknownLot(*order.lot)
        return Target(BlockScope.LOT, alone(lot.product_group), lot_id=lot.id)
    if order.gtin is not None:
        kept = (await products.kept(connection, (order.gtin,))).get(order.gtin)
        if kept is None:
            raise UnknownProduct(order.gtin)
        return Target(BlockScope.GTIN, alone(kept.card.product_group), gtin=order.gtin)
    code = catalogue().group(order.product_group or "").code
    return Target(BlockScope.PRODUCT_GROUP, alone(code), product_group=code)


def alone(product_group: str) -> Wanted:
    return Wanted(groups=frozenset({product_group}), wide=True)


async def covered(
    connection: asyncpg.Connection, target: Target, scene: Scene, order: BlockOrder, actor: Actor
) -> Covered:
    """What the block is written onto; refuses goods beyond the authority's reach."""
    places: list[Place] = []
    packages: list[int] = []
    units = None
    if target.located is not None:
        places = units_reached(target.located, scene, actor)
        units = sum(scene.now[place].units for place in places)
    if target.package_id is not None:
        check_package(target.package_id, scene, order, actor)
        packages, units = [target.package_id], scene.units_of(target.package_id)
    of = (target.batch_id, target.lot_id, target.gtin)
    concerned = set(await standing.answering_for(connection, *of))
    concerned |= await deadlines.concerned_by(connection, scene, places, packages)
    return Covered(places, packages, units, sorted(concerned))


def units_reached(located: Located, scene: Scene, actor: Actor) -> list[Place]:
    told = judged(located, scene, lambda seen: rules.judge(seen, actor.member_state))
    if told.refused:
        raise judging.refusal(VERB, told, located.units)
    return told.good


def check_package(package_id: int, scene: Scene, order: BlockOrder, actor: Actor) -> None:
    """Refuse a transport unit beyond reach as if it did not exist."""
    alive = scene.packages[package_id].standing.alive
    turnover_state = scene.custody_in(package_id).turnover_state if alive else None
    batches = {key.batch_id for key in scene.summaries[package_id]}
    issued_in = [scene.batches[one].member_state for one in batches]
    if not (alive and rules.reaches(actor.member_state, turnover_state, issued_in)):
        raise UnknownPackages(1, (order.package or "",))


async def record(
    connection: asyncpg.Connection,
    request: Request,
    order: BlockOrder,
    actor: Actor,
    what: tuple[Target, Scene, Covered],
) -> dict[str, Any]:
    """Write the block down, and onto the goods; the locks are held."""
    target, scene, seen = what
    until = order.until.isoformat() if order.until else None
    details = {
        "block": str(request.id),
        "scope": target.scope,
        "reason": order.reason,
        "legal_basis": order.legal_basis,
        "until": until,
    }
    kept = {name: value for name, value in details.items() if value is not None}
    event = await registry.insert_event(
        connection,
        NewEvent(EventKind.BLOCKED, request.id, actor.id, None, kept, parties=seen.parties),
    )
    rules.check_term(order.until, event.recorded_at)
    block = NewBlock(
        request.id,
        target.scope,
        actor.id,
        actor.member_state,
        *target[3:],
        order.reason,
        order.legal_basis,
        order.until,
        event.recorded_at,
        event.id,
    )
    number = await store.add_block(connection, block)
    if target.located is not None:
        await store.add_runs(connection, number, target.located.runs)
    for place in seen.places:
        blocked = scene.now[place].standing._replace(blocked=True)
        scene.change(place, blocked, event_id=event.id)
    for package_id in seen.packages:
        outer = scene.packages[package_id].standing._replace(blocked=True)
        scene.change_package(package_id, outer, event_id=event.id)
    await registry.write(connection, outcome(scene))
    return {
        "block": str(request.id),
        "event": event.id,
        "recorded_at": event.recorded_at.isoformat(),
        "scope": target.scope,
        "units": seen.units,
        "until": until,
    }


async def lift(
    database: Database, request: Request, block: UUID, reason: str, *, actor: Actor
) -> tuple[dict[str, Any], bool]:
    """End a block of the actor's member state; what no other block covers is free again."""
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        rules.check_authority(actor)
        card = await card_seen(connection, block, actor)

    async def story(connection: asyncpg.Connection) -> tuple[dict[str, Any], bool]:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        if (await standing.block(connection, card.id)).due:
            raise DeadlinePassed(blocks=[card.id])
        details = {"reason": reason}
        event = await deadlines.end_block(
            connection,
            card.id,
            NewEvent(EventKind.UNBLOCKED, request.id, actor.id, None, details),
        )
        if event is None:
            raise BlockEnded(str(block))
        answer = {
            "request": str(request.id),
            "block": str(block),
            "event": event.id,
            "recorded_at": event.recorded_at.isoformat(),
        }
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


async def card_seen(connection: asyncpg.Connection, block: UUID, actor: Actor) -> BlockCard:
    """The block, if it is one of the actor's member state."""
    card = await store.find_card(connection, block)
    if card is None or card.member_state != actor.member_state:
        raise UnknownBlock(str(block))
    return card


class Told(NamedTuple):
    """A block, and its units as runs of batches (batch, first, count), 1,000 runs at most."""

    card: BlockCard
    runs: list[tuple[UUID, int, int]]


async def look_up(database: Database, block: UUID, *, actor: Actor) -> Told:
    """A block of the actor's member state."""
    rules.check_authority(actor)
    async with database.reading() as connection:
        card = await card_seen(connection, block, actor)
        numbers = joined(await store.first_runs(connection, card.id, RUNS_TOLD))
        return Told(card, (await as_runs(connection, numbers))[:RUNS_TOLD])


async def as_runs(
    connection: asyncpg.Connection, numbers: list[Run]
) -> list[tuple[UUID, int, int]]:
    intervals = await intervals_of(connection, numbers)
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    return list(Belonging(intervals, labels).places(numbers))


async def listed(
    database: Database, after: UUID | None, limit: int, *, actor: Actor
) -> list[BlockCard]:
    """The blocks of the actor's member state, the newest first; `after`: the last one seen."""
    rules.check_authority(actor)
    async with database.reading() as connection:
        before = (await card_seen(connection, after, actor)).id if after else None
        return await store.cards_of(connection, actor.member_state, before, limit)
