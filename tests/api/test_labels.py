"""What the route of labels does beside printing; `tests/stories` prints."""

import asyncio

import pytest

from api import labels
from labels import pdf
from tests.making import at_work, scope
from tests.world import MINSK_DAIRY


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


async def leave_after(world, address: str, printed: asyncio.Event) -> list[int]:
    """Ask, and hang up when that has happened; the statuses told."""
    told = []
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        if message := next(asked, None):
            return message
        await printed.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            told.append(message["status"])

    async with asyncio.timeout(60):
        await world.app(scope("GET", address, world.keys[MINSK_DAIRY]), receive, send)
    return told


async def test_labels_that_nobody_waits_for_are_not_printed(dairy, world, monkeypatch):
    monkeypatch.setattr(labels, "LOOKS_EVERY_SECONDS", 0.001)
    batch = await dairy.batch(10_000)
    loop, printed = asyncio.get_running_loop(), asyncio.Event()
    count = 0
    prepare = pdf._Press.prepare  # noqa: SLF001 - to see what is done, not to do otherwise

    def counted(press, label):
        nonlocal count
        count += 1
        loop.call_soon_threadsafe(printed.set)
        return prepare(press, label)

    monkeypatch.setattr(pdf._Press, "prepare", counted)  # noqa: SLF001

    told = await leave_after(world, f"/batches/{batch}/labels", printed)

    assert told == [labels.CLIENT_LEFT]
    assert 0 < count < 10_000
    assert world.log_lines[-1]["status"] == labels.CLIENT_LEFT


async def test_several_print_at_once_and_each_gets_its_own(dairy):
    batch = await dairy.batch(40)

    answers = await asyncio.gather(
        *(dairy.http.get(f"/batches/{batch}/labels?first={at}&count=5") for at in (0, 5, 10, 0))
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    assert answers[0].content == answers[3].content
    assert len({answer.content for answer in answers}) == 3
