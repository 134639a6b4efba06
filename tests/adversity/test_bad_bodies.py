"""Bodies that are broken, endless or cut off: a clear answer, and everything as it was."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.making import Maker, at_work, made, no_trace, problem, run, scope
from tests.world import MINSK_DAIRY, World, running

MEBIBYTE = 2**20
GIGABYTE = 2**30


@pytest.mark.parametrize("at", [0, 1, 2])
async def test_a_file_that_is_not_utf_8_is_told_by_its_line(dairy: Maker, world, at):
    lines = [code.encode() for code in await dairy.codes(await dairy.batch(3))]
    lines[at] = "молоко".encode("cp1251")

    async with no_trace(world):
        answer = await dairy.upload("apply", b"\n".join(lines))

    assert problem(answer) == "request-malformed"
    assert answer.json()["reason"] == f"line {at + 1} is not UTF-8"


@pytest.mark.parametrize(
    "content",
    [b'{"codes": ["\xec\xee\xeb"]}', b"{", b"", b"\x00", b'{"codes": ["a\\u0000"]}', b"[" * 2_000],
)
async def test_a_body_that_is_no_json(dairy: Maker, world, content):
    async with no_trace(world):
        answer = await dairy.http.put(
            f"/applications/{uuid4()}",
            content=content,
            headers={"Content-Type": "application/json"},
        )

    assert problem(answer) in {"request-malformed", "request-invalid"}


async def test_a_body_nested_too_deeply(dairy: Maker, world):
    batch = await dairy.batch(1)
    deep: object = "bottom"
    for _ in range(300):
        deep = {"in": [deep]}

    async with no_trace(world):
        answer = await dairy.step("apply", runs=[run(batch, 0, 1)], documents={"deep": deep})

    assert problem(answer) == "request-malformed"


async def pieces(size: int, sent: list[int]) -> AsyncIterator[bytes]:
    piece = b"x\n" * 2**15
    while sum(sent) < size:
        sent.append(len(piece))
        yield piece


@pytest.mark.parametrize("path", ["/applications/{}/file", "/applications/{}", "/batches/{}"])
@pytest.mark.parametrize("headers", [{"Content-Length": str(GIGABYTE)}, {}])
async def test_a_gigabyte_is_not_taken(world: World, path: str, headers: dict[str, str]):
    narrow = replace(world.app.state.settings, file_body_bytes=4 * MEBIBYTE)
    sent: list[int] = []

    async with running(narrow) as service, no_trace(world):
        service.keys.update(world.keys)
        async with at_work(service, MINSK_DAIRY) as maker:
            answer = await maker.http.put(
                path.format(uuid4()), content=pieces(GIGABYTE, sent), headers=headers
            )

    assert problem(answer) == "body-too-large"
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert sum(sent) <= 9 * MEBIBYTE


async def test_a_million_lines_cut_off_in_the_middle(dairy: Maker, world: World):
    batch = await dairy.batch(1_000_000)
    scans = (await dairy.http.get(f"/batches/{batch}/codes")).content
    request = uuid4()

    async with no_trace(world):
        status = await cut_off(world, request, scans[: len(scans) // 2])
    whole = await dairy.upload("apply", scans, request)

    assert status == 400
    assert made(whole)["units"] == 1_000_000


async def cut_off(world: World, request: UUID, sent: bytes) -> int:
    """Upload so much, then hang up; the status that nobody hears."""
    received = iter(
        [
            {"type": "http.request", "body": sent, "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    told: list[int] = []

    async def receive() -> dict:
        return next(received)

    async def send(message: dict) -> None:
        told.append(message.get("status", 0))

    address = f"/applications/{request}/file"
    async with asyncio.timeout(60):
        await world.app(scope("PUT", address, world.keys[MINSK_DAIRY]), receive, send)
    return told[0]
