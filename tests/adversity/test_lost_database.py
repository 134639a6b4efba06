"""The database is lost in the middle of a request: 503, and all of it happened or nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest

from api.settings import Settings
from domain.database import migrate
from domain.embedded import EmbeddedPostgres
from tests.making import MILK, PRODUCED, Maker, at_work, faults, made, no_trace, problem, run
from tests.world import MINSK_DAIRY, World, running

WAITING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""
OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TERMINATE = "SELECT pg_terminate_backend($1, 5000)"
# The transaction's last deed before it is committed: to wait here.
WAIT_AT_COMMIT = """
    CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(42);
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON events
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
"""
HELD = {
    "the claim": "LOCK TABLE requests IN SHARE MODE",
    "the event": "LOCK TABLE events IN SHARE MODE",
    "the spans": "LOCK TABLE spans IN SHARE MODE",
    "the journal": "LOCK TABLE journal_entries IN SHARE MODE",
    "the commit": "SELECT pg_advisory_xact_lock(42)",
}

Ask = Callable[[UUID], Awaitable[httpx2.Response]]


@contextlib.asynccontextmanager
async def held(url: str, at: str) -> AsyncIterator[None]:
    """Whoever comes there waits."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"BEGIN; {HELD[at]}")
        yield
    finally:
        connection.terminate()


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Watches the service's connections; never in a transaction, which would see them frozen."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def lose(
    owner: asyncpg.Connection, url: str, at: str, asking: Awaitable[httpx2.Response]
) -> httpx2.Response:
    """Hold the request up there, cut its connection, and let go."""
    async with asyncio.timeout(30):
        async with held(url, at):
            task = asyncio.ensure_future(asking)
            while not (pid := await owner.fetchval(WAITING)):
                assert not task.done(), (await task).text
            assert await owner.fetchval(TERMINATE, pid)
        return await task


def asks(dairy: Maker, batch: UUID, codes: list[str]) -> dict[str, Ask]:
    return {
        "register": lambda name: dairy.register(name, quantity=100_000),
        "own serials": lambda name: dairy.register(name, serials=["2own-1", "2own-2"]),
        "apply": lambda name: dairy.step("apply", name, codes=codes[:500]),
        "upload": lambda name: dairy.upload("apply", "\n".join(codes[::2]).encode(), name),
        "introduce": lambda name: dairy.step(
            "introduce", name, runs=[run(batch, 0, 9)], lot=PRODUCED
        ),
    }


@pytest.mark.parametrize("what", ["register", "own serials", "apply", "upload", "introduce"])
async def test_a_connection_cut_in_the_middle_leaves_no_trace(
    dairy: Maker, world: World, owner: asyncpg.Connection, database_url: str, what: str
):
    await owner.execute(WAIT_AT_COMMIT)
    batch = await dairy.batch(1_000)
    if what == "introduce":
        made(await dairy.step("apply", runs=[run(batch, 0, 9)]))
    ask = asks(dairy, batch, await dairy.codes(batch))[what]
    request = uuid4()

    for place in HELD:
        async with no_trace(world):
            answer = await lose(owner, database_url, place, ask(request))
        assert problem(answer) == "database-unavailable"
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")

    first, again = await ask(request), await ask(request)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.text == again.text
    assert await faults(world) == {}


async def test_answers_come_again_when_the_database_does(
    dairy: Maker, world: World, owner: asyncpg.Connection
):
    [code] = await dairy.circulating(1)
    await asyncio.gather(*(dairy.http.post("/verify", json={"code": code}) for _ in range(8)))

    await owner.execute(OTHERS)
    answers = [await dairy.http.post("/verify", json={"code": code}) for _ in range(10)]

    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 503}
    assert statuses.count(503) <= world.database.engine.pool.size()
    assert statuses[-1] == 200


async def test_whatever_is_cut_when_each_request_is_done_once(
    dairy: Maker, world: World, owner: asyncpg.Connection
):
    batch = await dairy.batch(4_000)
    codes = await dairy.codes(batch)
    requests = {
        uuid4(): lambda name, at=at: dairy.step("apply", name, codes=codes[at : at + 100])
        for at in range(0, 4_000, 100)
    }
    answers: dict[UUID, httpx2.Response] = {}

    async def insist(request: UUID, ask: Ask) -> int:
        lost = 0
        while (answer := await ask(request)).status_code == 503:
            lost += 1
        answers[request] = answer
        return lost

    async with asyncio.timeout(60):
        asking = asyncio.gather(*(insist(*one) for one in requests.items()))
        cut = 0
        while not asking.done() and cut < 20:
            cut += len(await owner.fetch(OTHERS))
        lost = sum(await asking)

    assert lost > 0
    assert {answer.status_code for answer in answers.values()} <= {200, 201}
    assert len({answer.json()["event"] for answer in answers.values()}) == len(requests)
    now = (await dairy.http.get(f"/batches/{batch}")).json()["units"]
    assert now == {"APPLIED": 4_000}
    assert await faults(world) == {}


@contextlib.asynccontextmanager
async def service_on(url: str) -> AsyncIterator[World]:
    settings = Settings(database_url=url, master_key=bytes(range(32)), database_connections=4)
    async with running(settings) as world:
        yield world


async def test_a_killed_server_comes_back_with_all_or_nothing(session_directory: Path):
    server = EmbeddedPostgres(session_directory / "killed")
    await asyncio.to_thread(server.start)
    try:
        await migrate(server.url)
        async with service_on(server.url) as world:
            await world.settle(MINSK_DAIRY)
            async with at_work(world, MINSK_DAIRY) as dairy:
                await kill_and_come_back(server, world, dairy)
    finally:
        await asyncio.to_thread(server.stop, "immediate")


async def kill_and_come_back(server: EmbeddedPostgres, world: World, dairy: Maker) -> None:
    await dairy.product()
    kept = await dairy.batch(1_000)
    codes = await dairy.codes(kept)
    made(await dairy.step("apply", codes=codes[:100]))

    # Three batches and an application are under way, and none can end.
    batches, application = [uuid4() for _ in range(3)], uuid4()
    owner = await asyncpg.connect(server.url)
    async with asyncio.timeout(30):
        async with held(server.url, "the journal"):
            under_way = asyncio.gather(
                *(dairy.register(batch, quantity=200_000) for batch in batches),
                dairy.step("apply", application, codes=codes[100:]),
            )
            while len(await owner.fetch(WAITING)) < len(batches) + 1:
                assert not under_way.done()
            await asyncio.to_thread(server.kill)
        answers = await under_way
        closed = await dairy.http.post("/verify", json={"code": codes[0]})
    owner.terminate()

    assert [answer.status_code for answer in (*answers, closed)] == [503] * 5
    await asyncio.to_thread(server.start)
    assert await faults(world) == {}
    now = (await dairy.http.get(f"/batches/{kept}")).json()["units"]
    assert now == {"ISSUED": 900, "APPLIED": 100}
    assert [problem(await dairy.http.get(f"/batches/{batch}")) for batch in batches] == [
        "unknown-batch"
    ] * 3
    again = [await dairy.register(batch, quantity=200_000) for batch in batches]
    again.append(await dairy.step("apply", application, codes=codes[100:]))
    assert [answer.status_code for answer in again] == [201] * 4
    assert await faults(world) == {}
    assert (await dairy.codes(batches[0], count=1))[0].startswith(f"01{MILK}")
