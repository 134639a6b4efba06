"""Labels fetched at once, twice, slowly, without right or database: each fetch on record, none half."""

import asyncio
import threading
from contextlib import suppress
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from api.making import at
from api.settings import Settings
from api.telemetry import AnswerBroken
from tests.conftest import with_database
from tests.making import Maker, at_work, made, no_trace, problem, scope
from tests.world import BELARUS, MINSK_DAIRY, running

ROLL = "roll-58x60"
GO = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


async def ask(maker: Maker, **body):
    return await maker.http.put(f"/prints/{uuid4()}", json={"layout": ROLL, **body})


async def fetched(maker: Maker, print_: str, **params):
    return await maker.http.get(f"/prints/{print_}/labels", params=params)


async def record(maker: Maker, print_: str):
    return await maker.http.get(f"/prints/{print_}")


async def send(maker: Maker, print_: str, **asked):
    return await maker.http.post(f"/prints/{print_}/sendings", json={"printer": "x", **asked})


async def test_a_reason_is_one_line_wherever_it_is_told(dairy: Maker, world):
    ordered = made(await ask(dairy, batch=str(await dairy.batch(2))))["print"]
    made_ = await fetched(dairy, ordered)
    assert made_.status_code == 200

    async with no_trace(world):
        for wrong in ("", " ", "two\nlines", "\x1b[2J", "\u202e", 501 * "x"):
            assert problem(await fetched(dairy, ordered, reason=wrong)) == "request-invalid"
            assert problem(await send(dairy, ordered, reason=wrong)) == "request-invalid"
        assert problem(await fetched(dairy, ordered, reason="\x00")) == "request-malformed"
        assert problem(await fetched(dairy, ordered)) == "reprint-needs-reason"


async def test_who_is_suspended_or_may_not_issue_is_handed_nothing(dairy: Maker, world):
    batch = str(await dairy.batch(2))
    ordered = made(await ask(dairy, batch=batch))["print"]
    keys = f"/participants/{MINSK_DAIRY.uuid}/keys/{uuid4()}"
    reads = made(await dairy.http.put(keys, json={"scopes": ["READ", "REPORT"]}))["api_key"]

    async with world.client(reads) as http:
        reader = Maker(http, "BY")
        without = [await call(reader, ordered) for call in (fetched, send)]
        without.append(await ask(reader, batch=batch))
    async with world.as_(BELARUS) as operator:
        path = f"/participants/{MINSK_DAIRY.uuid}/suspensions/{uuid4()}"
        made(await operator.put(path, json={"reason": "two acts are unanswered"}))
    world.app.state.accepted_keys.found.clear()
    async with no_trace(world):
        suspended = [await call(dairy, ordered) for call in (fetched, send)]
        suspended.append(await ask(dairy, batch=batch, reason="again"))

    assert {problem(one) for one in without} == {"scope-missing"}
    assert {problem(one) for one in suspended} == {"participant-suspended"}


async def test_of_many_that_fetch_at_once_one_is_the_first(dairy: Maker):
    ordered = made(await ask(dairy, batch=str(await dairy.batch(30))))["print"]

    answers = await asyncio.gather(*(fetched(dairy, ordered) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    told = (await record(dairy, ordered)).json()
    assert [one["reason"] for one in told["fetches"]] == [None]


async def test_of_overlapping_orders_one_is_the_first(dairy: Maker, world):
    batch = await dairy.batch(100)
    codes = await dairy.codes(batch)

    answers = await asyncio.gather(
        *(ask(dairy, batch=str(batch), first=first, count=60) for first in (0, 10, 20, 40)),
        *(ask(dairy, codes=codes[first : first + 60]) for first in (5, 30)),
    )
    again = await ask(dairy, batch=str(batch), reason="all of it")

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {problem(one) for one in answers if one.status_code == 409} == {"reprint-needs-reason"}
    assert made(again)["reprinted"] == 60
    async with no_trace(world):
        pass


def labels(world, print_: str) -> dict:
    return scope("GET", f"/prints/{print_}/labels?reason=again", world.keys[MINSK_DAIRY])


def stays(until: asyncio.Event | None = None):
    """A client that has asked, and stays until then."""
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        if message := next(asked, None):
            return message
        await (until or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    return receive


async def hung_up(world, print_: str, after: int) -> bytes:
    """What came of the labels before the client left."""
    leaves, pieces = asyncio.Event(), []

    async def take(message):
        pieces.append(message.get("body", b""))
        if len(pieces) > after:
            leaves.set()
        await asyncio.sleep(0)

    with suppress(AnswerBroken):
        async with asyncio.timeout(60):
            await world.app(labels(world, print_), stays(leaves), take)
    return b"".join(pieces)


async def test_clients_that_hang_up_leave_no_thread_and_no_press_behind(dairy: Maker, world):
    ordered = made(await ask(dairy, batch=str(await dairy.batch(5_000))))["print"]
    await hung_up(world, ordered, 1)
    threads = threading.active_count()

    files = await asyncio.gather(*(hung_up(world, ordered, at % 3) for at in range(12)))
    last = await fetched(dairy, ordered, reason="at last")

    assert all(b"%%EOF" not in file for file in files)
    assert last.content.rstrip().endswith(b"%%EOF")
    assert threading.active_count() <= threads + 4  # of the loop's own pool, which is bounded
    assert not world.app.state.press.locked()
    assert (await record(dairy, ordered)).json()["file"]["labels"] == 5_000


async def test_a_press_is_busy_until_its_work_is_done_whoever_waits():
    presses, goes_on, begun = asyncio.Semaphore(1), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        goes_on.wait(10)

    waiting = asyncio.ensure_future(at(presses, work))
    await asyncio.to_thread(begun.wait, 10)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    assert presses.locked()
    goes_on.set()
    async with asyncio.timeout(10), presses:
        pass


async def test_a_slow_client_keeps_no_press_from_others(dairy: Maker, world):
    slow = made(await ask(dairy, batch=str(await dairy.batch(20_000))))["print"]
    quick = made(await ask(dairy, batch=str(await dairy.batch(3))))["print"]
    taken, leaves = asyncio.Event(), asyncio.Event()

    async def never_taken(message):
        if message.get("body"):
            taken.set()
            await leaves.wait()

    clients = [
        asyncio.ensure_future(world.app(labels(world, slow), stays(leaves), never_taken))
        for _ in range(4)
    ]
    await taken.wait()

    async with asyncio.timeout(20):
        answer = await fetched(dairy, quick)

    assert answer.status_code == 200
    leaves.set()
    for one in clients:
        with suppress(AnswerBroken):
            await one


async def test_a_file_whose_record_cannot_be_written_has_no_end(
    dairy: Maker, world, database_url: str
):
    """The database goes away while the file is made."""
    ordered = made(await ask(dairy, batch=str(await dairy.batch(4_000))))["print"]
    name = make_url(database_url).database
    other = await asyncpg.connect(with_database(database_url, "postgres"))
    pieces: list[bytes] = []

    async def take(message):
        pieces.append(message.get("body", b""))
        if len(pieces) == 3:
            await other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await other.execute(GO, name)

    with pytest.raises(AnswerBroken):
        await world.app(labels(world, ordered), stays(), take)
    await other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await other.close()

    assert b"%PDF" in b"".join(pieces)
    assert b"%%EOF" not in b"".join(pieces)
    told = await record(dairy, ordered)
    while told.status_code == 503:  # a connection that was cut
        told = await record(dairy, ordered)
    assert (told.json()["file"], len(told.json()["fetches"])) == (None, 1)


async def test_nothing_is_printed_with_another_master_key(dairy: Maker, world, database_url: str):
    ordered = made(await ask(dairy, batch=str(await dairy.batch(2))))["print"]
    first = await fetched(dairy, ordered)
    other = Settings(database_url=database_url, master_key=bytes(32), database_connections=2)

    async with no_trace(world), running(other) as strange:
        strange.keys = world.keys
        async with at_work(strange, MINSK_DAIRY) as there:
            refused = await fetched(there, ordered, reason="moved")

    again = await fetched(dairy, ordered, reason="moved back")
    assert (refused.status_code, problem(refused)) == (503, "master-key-wrong")
    assert again.content == first.content
