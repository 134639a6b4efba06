"""Codes on their way out: the same bytes however often and in whatever portions they are fetched."""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import NamedTuple
from uuid import UUID

import asyncpg

from domain.catalogue.groups import catalogue
from domain.codes import rows
from domain.codes.orders import RegisteredBatch
from domain.codes.rows import Printing
from domain.database import Database
from domain.delivery import forms, store
from domain.delivery.forms import Form
from domain.delivery.store import DeliveredBatch
from domain.errors import RunOutsideBatch, UnknownBatch
from domain.keys import actions as keys
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.registry.reading import intervals_of_batch
from domain.registry.serials import SpaceCipher
from domain.registry.spans import Interval
from domain.vocabulary import Role

BLOCK = 50_000
PORTION = 40_000  # codes made at a time: large enough for numpy, small enough to be sent at once
AHEAD = 2  # portions being made while one is sent

Portion = Callable[[], bytes]


class Delivery(NamedTuple):
    """A batch ready to be handed out."""

    batch: DeliveredBatch
    printing: Printing
    intervals: list[Interval]
    ciphers: dict[int, SpaceCipher]  # by series; registered serials have none
    own: dict[int, list[tuple[str, str | None]]]  # by first number of the interval


async def prepare(database: Database, batch: UUID, *, actor: Actor, keyring: Keyring) -> Delivery:
    """Look up what the codes are made of; only who registered the batch is handed its codes."""
    async with database.reading() as connection:
        found = await store.find(connection, batch)
        if found is None or found.participant_id != actor.id:
            raise UnknownBatch(str(batch))
        intervals = await intervals_of_batch(connection, found.id)
        return await opened(connection, found, intervals, keyring)


async def opened(
    connection: asyncpg.Connection,
    batch: DeliveredBatch,
    intervals: list[Interval],
    keyring: Keyring,
) -> Delivery:
    key = (await keys.keys_named(connection, keyring, {batch.verification_key_id}))[
        batch.verification_key_id
    ]
    printing = Printing(catalogue().templates[batch.template], key, batch.price_minor, batch.tnved)
    series = sorted({one.series_id for one in intervals})
    spaces = await store.forms_of_series(connection, series)
    ciphers = {one: keyring.cipher(batch.gtin, *form) for one, form in spaces.items()}
    own = {
        one.first: await store.registered(connection, one.series_id, one.first, one.last)
        for one in intervals
        if one.series_id not in ciphers
    }
    return Delivery(batch, printing, intervals, ciphers, own)


def check_range(delivery: Delivery, first: int, count: int | None) -> int:
    """How many units from `first` are meant; refuses what lies outside the batch."""
    quantity = delivery.batch.quantity
    wanted = quantity - first if count is None else count
    if wanted < 0 or first + wanted > quantity:
        raise RunOutsideBatch(str(delivery.batch.uuid), quantity)
    return wanted


async def stream(
    delivery: Delivery, form: Form, *, first: int = 0, count: int | None = None
) -> AsyncIterator[bytes]:
    """The marking codes of these units in order, portion by portion.

    Portions are made by two threads while earlier ones are sent; no more than three wait at once.
    """
    wanted = check_range(delivery, first, count)
    if form is Form.CSV:
        yield forms.CSV_HEADER
    making: deque[asyncio.Task[bytes]] = deque()
    try:
        for portion in portions(delivery, form, first, wanted):
            making.append(asyncio.create_task(asyncio.to_thread(portion)))
            if len(making) > AHEAD:
                yield await making.popleft()
        while making:
            yield await making.popleft()
    finally:
        for task in making:
            task.cancel()


def portions(delivery: Delivery, form: Form, first: int, count: int) -> Iterator[Portion]:
    """What is to be made, cut so that no portion crosses an interval."""
    last = first + count - 1
    for one in delivery.intervals:
        begin = max(first, one.ordinal)
        end = min(last, one.ordinal + one.last - one.first)
        for start in range(begin, end + 1, PORTION):
            size = min(PORTION, end + 1 - start)
            yield partial(made, delivery, form, one, start, size)


def made(delivery: Delivery, form: Form, interval: Interval, ordinal: int, size: int) -> bytes:
    """The codes of `size` units from this ordinal, all of one interval."""
    number = interval.first + ordinal - interval.ordinal
    cipher = delivery.ciphers.get(interval.series_id)
    if cipher is None:
        start = number - interval.first
        own = delivery.own[interval.first][start : start + size]
        lines = [marking_code(delivery, *one).encode() for one in own]
        return b"".join(forms.written(form, lines, ordinal))
    if form is Form.TEXT:
        return rows.write(
            cipher, delivery.printing, first=number, count=size, ending=b"\n"
        ).tobytes()
    codes = rows.write(cipher, delivery.printing, first=number, count=size)
    return b"".join(forms.written(form, (row.tobytes() for row in codes), ordinal))


def marking_code(delivery: Delivery, serial: str, foreign_tail: str | None) -> str:
    """The code of a registered serial."""
    return forms.code_of(delivery.printing, delivery.batch.gtin, serial, foreign_tail)


class Block(NamedTuple):
    """A part of a batch that can be fetched again with the same bytes."""

    number: int
    first: int
    units: int


def blocks(delivery: Delivery) -> list[Block]:
    """The batch in blocks."""
    quantity = delivery.batch.quantity
    return [
        Block(at, first, min(BLOCK, quantity - first))
        for at, first in enumerate(range(0, quantity, BLOCK))
    ]


async def block(delivery: Delivery, form: Form, number: int) -> tuple[bytes, bytes]:
    """One block whole, and the SHA-256 of its bytes."""
    first = number * BLOCK
    check_range(delivery, first, 1)
    count = min(BLOCK, delivery.batch.quantity - first)
    body = b"".join([part async for part in stream(delivery, form, first=first, count=count)])
    return body, hashlib.sha256(body).digest()


class Looked(NamedTuple):
    """A batch, and how many of its units stand in each status."""

    card: RegisteredBatch
    units: dict[str, int]


async def look_up(database: Database, batch: UUID, *, actor: Actor) -> Looked:
    """A batch, to who registered it, to inspectors, and to operators of the states concerned."""
    async with database.reading() as connection:
        found = await store.find_card(connection, batch)
        if found is None or not may_see(found, actor):
            raise UnknownBatch(str(batch))
        return Looked(found, await store.units_by_status(connection, found.id))


def may_see(batch: RegisteredBatch, actor: Actor) -> bool:
    if actor.id == batch.participant_id or Role.INSPECTOR in actor.roles:
        return True
    concerned = {batch.member_state, batch.owner_state}
    return Role.OPERATOR in actor.roles and actor.member_state in concerned


async def listed(
    database: Database, after: UUID | None, limit: int, *, actor: Actor
) -> list[RegisteredBatch]:
    """The actor's batches, the newest first; `after` is the last one of the page before."""
    async with database.reading() as connection:
        before = None
        if after:
            last = await store.find_card(connection, after)
            if last is None or last.participant_id != actor.id:
                raise UnknownBatch(str(after))
            before = last.id
        return await store.cards_of(connection, actor.id, before, limit)
