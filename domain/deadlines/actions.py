"""Recording what is due, and writing so that what is due is recorded first."""

import contextlib
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar
from uuid import uuid4

import asyncpg

from domain.database import Database, driver
from domain.deadlines import store
from domain.deadlines.rules import Ending, closed_status
from domain.errors import Busy
from domain.registry import store as registry
from domain.registry.goods import DeadlinePassed, Wanted, behold, enter, enter_transfer
from domain.registry.outcome import outcome
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run, elementary
from domain.registry.store import NewEvent, RecordedEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import EventKind, TransferStatus

Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")
MOST_ATTEMPTS = 5
AT_ONCE = 100  # expiries that one sweep records before it looks again


async def write(
    database: Database,
    participant_id: int,
    story: Callable[[asyncpg.Connection], Awaitable[Answer]],
) -> Answer:
    """Let this story happen in one transaction, after what is due on its goods was recorded."""
    for _ in range(MOST_ATTEMPTS):
        try:
            async with database.transaction(participant_id) as session:
                return await story(await driver(session))
        except DeadlinePassed as due:
            await record_due(database, due)
    raise Busy


class EndedAlready(Exception):
    """No fault: somebody else has recorded this end."""


def after_what_is_due(
    verb: Callable[Concatenate[Database, Asked], Awaitable[Answer]],
) -> Callable[Concatenate[Database, Asked], Awaitable[Answer]]:
    """Let a verb that rehearses begin anew after what is due on its goods was recorded."""

    @wraps(verb)
    async def again(database: Database, /, *asked: Asked.args, **told: Asked.kwargs) -> Answer:
        for _ in range(MOST_ATTEMPTS):
            try:
                return await verb(database, *asked, **told)
            except DeadlinePassed as due:
                await record_due(database, due)
        raise Busy

    return again


async def record_due(database: Database, due: DeadlinePassed) -> None:
    """Record these ends; no harm if others did so first."""
    for transfer_id in due.transfers:
        with contextlib.suppress(EndedAlready):
            await expire_transfer(database, transfer_id)
    for block_id in due.blocks:
        with contextlib.suppress(EndedAlready):
            await expire_block(database, block_id)


class Swept(NamedTuple):
    """How many ends a sweep recorded."""

    transfers: int
    blocks: int


async def sweep(database: Database) -> Swept:
    """Record every end that is due."""
    transfers = blocks = 0
    while True:
        async with database.reading() as connection:
            due = DeadlinePassed(
                await store.due_transfers(connection, AT_ONCE),
                await store.due_blocks(connection, AT_ONCE),
            )
        if not due.transfers and not due.blocks:
            return Swept(transfers, blocks)
        await record_due(database, due)
        transfers, blocks = transfers + len(due.transfers), blocks + len(due.blocks)


async def expire_transfer(database: Database, transfer_id: int) -> None:
    """Release what is left of a transfer whose deadline has passed; raises EndedAlready."""
    async with database.reading() as connection:
        sender_id = (await store.transfer(connection, transfer_id)).sender_id
    async with database.transaction(sender_id) as session:
        connection = await driver(session)
        request = await own_request(connection, sender_id)
        scene = await enter_transfer(connection, transfer_id)
        found = await store.transfer(connection, transfer_id)
        if not found.expired:
            raise EndedAlready
        told = {"transfer": str(found.uuid)}
        event = await registry.insert_event(
            connection,
            NewEvent(
                EventKind.OFFER_EXPIRED,
                request.id,
                sender_id,
                None,
                told,
                parties=found.parties,
            ),
        )
        await release_rest(connection, scene, found, event, kind="EXPIRED", uuid=request.id)
        await registry.write(connection, outcome(scene))
        await requests.answer(connection, request, {"event": event.id, **told})


async def own_request(connection: asyncpg.Connection, participant_id: int) -> Request:
    """A request that nobody sent: what is due happens in the name of whom it belongs to."""
    request = Request(uuid4(), participant_id, bytes(32))
    await requests.claim(connection, request)
    return request


async def release_rest(  # noqa: PLR0913 (an answer's whole row)
    connection: asyncpg.Connection,
    scene: Scene,
    found: Ending,
    event: RecordedEvent,
    *,
    kind: str,
    uuid: object,
) -> TransferStatus:
    """Give all that is left in the transfer back to its sender, and close it."""
    released = scene.release(found.id, event_id=event.id)
    status = closed_status(found, expired=kind == "EXPIRED", cancelled=kind == "CANCELLED")
    await store.count_answer(
        connection, found.id, status, released=released, answers=1, closed_by=event.id
    )
    await store.add_answer(connection, (found.id, event.id, uuid, kind, None, 0, released))
    return status


async def expire_block(database: Database, block_id: int) -> None:
    """End a block whose term has passed; raises EndedAlready."""
    async with database.reading() as connection:
        authority = await store.authority_of(connection, block_id)
    async with database.transaction(authority) as session:
        connection = await driver(session)
        request = await own_request(connection, authority)
        event = await end_block(
            connection, block_id, NewEvent(EventKind.BLOCK_EXPIRED, request.id, authority, None, {})
        )
        if event is None:
            raise EndedAlready
        await requests.answer(connection, request, {"event": event.id})


async def end_block(
    connection: asyncpg.Connection, block_id: int, event: NewEvent
) -> RecordedEvent | None:
    """End a block: what no other block covers is free again. None if it has ended already.

    An expiry ends only what is due still. `event` gets the block's id and the holders of its goods.
    """
    mine = await store.runs_of_block(connection, block_id)
    block = await store.block(connection, block_id)
    packages = [block.package_id] if block.package_id else []
    wanted = Wanted(mine, packages, past_due=True)
    scene = await enter(connection, wanted)
    block = await store.lock_block(connection, block_id)
    if block.ended or (event.kind is EventKind.BLOCK_EXPIRED and not block.due):
        return None
    # Whoever blocks any of these units holds their stripes: only now is it clear who else does.
    others = await store.covered_by_others(connection, block_id, mine)
    if others:
        scene = await behold(connection, wanted._replace(runs=elementary([*mine, *others])))
    whole = (block.batch_id, block.lot_id, block.gtin)
    concerned = set(await store.answering_for(connection, *whole))
    concerned |= await concerned_by(connection, scene, scene.places_of(mine), packages)
    details = {**event.details, "block": str(block.uuid)}
    recorded = await registry.insert_event(
        connection, event._replace(details=details, parties=sorted(concerned))
    )
    free(scene, mine, others, event_id=recorded.id)
    for package_id in packages:
        package = scene.packages[package_id]
        if package.standing.blocked and not await store.other_blocks_on(
            connection, package_id, block_id
        ):
            standing = package.standing._replace(blocked=False)
            scene.change_package(package_id, standing, event_id=recorded.id)
    await store.end_block(connection, block_id, recorded.id)
    await registry.write(connection, outcome(scene))
    return recorded


async def concerned_by(
    connection: asyncpg.Connection, scene: Scene, places: Iterable[Place], packages: Iterable[int]
) -> set[int]:
    """Who has these goods, and who is to receive them; packages that have ended concern nobody."""
    custodies = {scene.custody_of(place) for place in places}
    custodies |= {scene.custody_in(one) for one in packages if scene.packages[one].standing.alive}
    transfers = sorted({one.transfer_id for one in custodies if one.transfer_id is not None})
    receivers = await store.receivers_of(connection, transfers) if transfers else []
    return {*(one.holder_id for one in custodies), *receivers}


def free(scene: Scene, mine: list[Run], others: list[Run], *, event_id: int) -> None:
    """Unblock the units of these runs but for those that others cover; all are journalled."""
    still = set(scene.places_of(others))
    for place in list(scene.places_of(mine)):
        standing = scene.now[place].standing
        scene.change(place, standing._replace(blocked=place in still), event_id=event_id)
