"""The feed misses nothing and repeats nothing, in whatever order writers begin, draw and commit."""

import asyncio
import random
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from domain.changes.actions import changes_after
from domain.changes.cursors import START, Cursor
from domain.database import Database, driver
from domain.participants.actor import Actor
from domain.registry.store import NewEvent, insert_event
from domain.requests import store as requests
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, Role

SEED = """
INSERT INTO participants (uuid, name, member_state, tax_id, roles) VALUES
    ('00000000-0000-4000-8000-000000000001', 'Dairy', 'BY', '190239501', '{PARTICIPANT}'),
    ('00000000-0000-4000-8000-000000000002', 'Store', 'BY', '200166539', '{PARTICIPANT}');
"""
DAIRY, STORE = (
    Actor(number, uuid4(), "somebody", MemberState.BY, frozenset({Role.PARTICIPANT}))
    for number in (1, 2)
)


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    async with database.transaction() as session:
        await (await driver(session)).execute(SEED)
    yield database
    await database.dispose()


class Writer:
    """A transaction of its own connection, held open for as long as the test wishes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stack = AsyncExitStack()
        self.events: list[int] = []

    async def begin(self) -> "Writer":
        session = await self.stack.enter_async_context(self.database.transaction())
        self.connection = await driver(session)
        await self.connection.fetchval("SELECT pg_current_xact_id()")
        return self

    async def write(self, *parties: int) -> None:
        request = Request(uuid4(), DAIRY.id, bytes(32))
        await requests.claim(self.connection, request)
        event = NewEvent(EventKind.LOT_GIVEN, request.id, DAIRY.id, None, {}, parties=parties)
        self.events.append((await insert_event(self.connection, event)).id)

    async def commit(self) -> None:
        await self.stack.aclose()

    async def fail(self) -> None:
        with pytest.raises(ZeroDivisionError):
            async with self.stack:
                raise ZeroDivisionError


class Reader:
    """Somebody who follows the feed."""

    def __init__(self, database: Database, actor: Actor, limit: int = 3) -> None:
        self.database, self.actor, self.limit = database, actor, limit
        self.cursor, self.seen = START, []

    async def poll(self) -> list[int]:
        told = await changes_after(self.database, self.cursor, self.limit, actor=self.actor)
        assert told.after >= self.cursor
        self.cursor: Cursor = told.after
        news = [one["event"] for one in told.events]
        self.seen += news
        return news

    async def catch_up(self) -> None:
        while await self.poll():
            pass


async def test_what_began_earlier_and_commits_later_is_not_overtaken(database):
    reader = Reader(database, DAIRY)
    slow, quick = await Writer(database).begin(), await Writer(database).begin()
    await quick.write()
    await slow.write()
    await quick.commit()
    meanwhile = await reader.poll()
    await slow.commit()

    await reader.catch_up()

    assert meanwhile == []
    assert reader.seen == [*slow.events, *quick.events]


async def test_what_was_rolled_back_is_never_told_and_holds_nobody_up(database):
    reader = Reader(database, DAIRY)
    failing, other = await Writer(database).begin(), await Writer(database).begin()
    await failing.write()
    await other.write()
    await other.commit()
    await failing.fail()

    await reader.catch_up()

    assert reader.seen == other.events


async def test_each_is_told_what_concerns_it(database):
    writer = await Writer(database).begin()
    await writer.write()
    await writer.write(STORE.id)
    await writer.commit()

    dairy, store = Reader(database, DAIRY), Reader(database, STORE)
    await dairy.catch_up()
    await store.catch_up()

    assert dairy.seen == writer.events
    assert store.seen == writer.events[1:]


class Crowd:
    """Writers that begin, write, commit and fail in an order drawn by lot."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.chance = random.Random(seed)  # noqa: S311 (the same rivals each time)
        self.writing: list[Writer] = []
        self.committed: list[int] = []

    async def step(self) -> None:
        lot = self.chance.random()
        if not self.writing or (lot < 0.3 and len(self.writing) < 8):
            self.writing.append(await Writer(self.database).begin())
        elif lot < 0.7:
            await self.chance.choice(self.writing).write(STORE.id)
        else:
            await self.end(self.writing.pop(self.chance.randrange(len(self.writing))))

    async def end(self, writer: Writer) -> None:
        if self.chance.random() < 0.2:
            await writer.fail()
        else:
            await writer.commit()
            self.committed += writer.events

    async def end_all(self) -> None:
        while self.writing:
            await self.end(self.writing.pop())


@pytest.mark.parametrize("seed", range(6))
async def test_every_event_is_told_once_however_writers_interleave(database, seed):
    crowd = Crowd(database, seed)
    readers = [Reader(database, DAIRY, 2), Reader(database, STORE, 5), Reader(database, DAIRY, 50)]

    for at in range(120):
        await crowd.step()
        await readers[at % 3].poll()
    await crowd.end_all()
    for reader in readers:
        await reader.catch_up()

    assert crowd.committed
    for reader in readers:
        assert sorted(reader.seen) == sorted(crowd.committed)
        assert reader.seen == readers[0].seen


async def test_readers_beside_writers_in_full_swing_miss_nothing(database):
    readers = [Reader(database, DAIRY, 4), Reader(database, STORE, 7)]
    done = asyncio.Event()

    async def work(number: int) -> list[int]:
        found = []
        for _ in range(12):
            writer = await Writer(database).begin()
            for _ in range(1 + number % 3):
                await writer.write(STORE.id)
            await writer.commit()
            found += writer.events
        return found

    async def follow(reader: Reader) -> None:
        while not done.is_set():
            await reader.poll()

    following = [asyncio.create_task(follow(reader)) for reader in readers]
    written = await asyncio.gather(*(work(number) for number in range(8)))
    done.set()
    await asyncio.gather(*following)
    for reader in readers:
        await reader.catch_up()

    for reader in readers:
        assert sorted(reader.seen) == sorted(event for events in written for event in events)
