"""Bodies that mean harm, or come from broken clients: each gets a problem and leaves no trace."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count, repeat
from uuid import uuid4

import pytest

from api.bodies import parse
from api.dependencies import SpooledBody
from tests.world import BELARUS, MINSK_DAIRY, running

JSON = {"Content-Type": "application/json"}
REFUSED = {"/problems/request-malformed", "/problems/request-invalid"}
MEBIBYTE = b"x" * 2**20
CARD = b'{"name": "Shop", "member_state": "BY", "tax_id": "200166539"%s}'


@pytest.fixture
async def probe(settings):
    """A service that also takes a file and tells what it received."""
    tight = replace(settings, file_body_bytes=4 * 2**20, memory_body_bytes=2**10)
    async with running(tight) as world:

        @world.app.put("/file", max_body_size=None)
        async def take_file(body: SpooledBody) -> dict[str, object]:
            on_disk = body.file._rolled  # noqa: SLF001 - nothing else tells
            text = body.file.read()
            return {"size": body.size, "digest": body.digest.hex(), "disk": on_disk, "n": len(text)}

        await world.settle(BELARUS)
        yield world


async def pieces(*parts: bytes, pulled: list[int] | None = None) -> AsyncIterator[bytes]:
    for part in parts:
        if pulled is not None:
            pulled.append(len(part))
        yield part


async def put_body(world, content, **headers):
    async with world.as_(BELARUS) as operator:
        return await operator.put(
            f"/participants/{uuid4()}", content=content, headers=JSON | headers
        )


BROKEN = [
    b"{",
    b'{"name": "Sh',
    b"",
    b"\xff\xfe{",
    CARD % b', "gln": "\xff"',
    CARD % b', "gln": "\xed\xa0\x80"',
    CARD % b', "gln": NaN',
    CARD % b', "gln": 1e999',
    CARD % b', "gln": "\\u0000"',
    CARD % b', "gln": {"a": ["\\u0000"]}',
    CARD % b', "gln": "\\ud800"',
    b"[" * 200_000,
    CARD % (b', "gln": ' + b"[" * 120 + b"]" * 120),
    CARD % (b', "gln": ' + b'{"a":' * 120 + b"1" + b"}" * 120),
    b'{"a":' * 200_000,
    b"\xef\xbb\xbf{}",
    CARD % b"" + CARD % b"",
    b"\x00",
]


async def test_what_is_not_strict_json_is_refused_and_leaves_no_trace(world):
    answers = {body[:60]: await put_body(world, body) for body in BROKEN}
    async with world.as_(BELARUS) as operator:
        told = (await operator.get("/participants")).json()["participants"]

    for body, answer in answers.items():
        assert answer.status_code in {400, 422}, body
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] in REFUSED
    assert len(told) == 2


async def test_of_equal_names_the_last_counts(world):
    answer = await put_body(world, CARD % b', "name": "Last"')

    assert answer.status_code == 201
    assert answer.json()["name"] == "Last"


async def test_json_of_another_type_is_refused(world):
    for body in (b"null", b"[]", b'"text"', b"3", b"true"):
        answer = await put_body(world, body)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["where"] == "body"


async def test_a_body_of_another_kind_is_refused(world):
    for kind in ("text/plain", "multipart/form-data; boundary=x", "nonsense"):
        answer = await put_body(world, CARD % b"", **{"Content-Type": kind})

        assert answer.status_code == 422


async def test_a_compressed_body_is_refused(world):
    answer = await put_body(world, CARD % b"", **{"Content-Encoding": "gzip"})

    assert answer.status_code == 400
    assert "Content-Encoding" in answer.json()["reason"]


async def test_a_body_announced_too_large_is_refused_before_it_is_read(world):
    pulled: list[int] = []

    answer = await put_body(world, pieces(b"x", pulled=pulled), **{"Content-Length": "1000000000"})

    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/body-too-large"
    assert answer.json()["limit"] == 8 * 2**20
    assert answer.headers["connection"] == "close"
    assert pulled == []


async def test_a_stream_without_a_length_is_cut_at_the_limit(world):
    pulled: list[int] = []

    answer = await put_body(world, pieces(*repeat(MEBIBYTE, 1_000), pulled=pulled))

    assert answer.status_code == 413
    assert len(pulled) == 9


async def test_a_body_that_stalls_is_given_up(settings):
    async def stalling() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with running(replace(settings, body_grace_seconds=0.05)) as world:
        await world.settle(BELARUS)
        answer = await put_body(world, stalling())

    assert answer.status_code == 408
    assert answer.json()["type"] == "/problems/body-too-slow"
    assert answer.headers["connection"] == "close"


async def test_a_body_that_trickles_is_given_up(settings):
    async def trickling() -> AsyncIterator[bytes]:
        for _ in count():
            yield b" "
            await asyncio.sleep(0)

    slow = replace(settings, body_grace_seconds=0.05, body_bytes_per_second=2**30)
    async with running(slow) as world:
        await world.settle(BELARUS)
        answer = await put_body(world, trickling())

    assert answer.status_code == 408


async def test_a_file_is_spooled_and_digested(probe):
    async with probe.as_(BELARUS) as operator:
        large = await operator.put("/file", content=pieces(MEBIBYTE, MEBIBYTE, b"y"))
        small = await operator.put("/file", content=b"abc")

    assert large.json()["size"] == large.json()["n"] == 2 * 2**20 + 1
    assert large.json()["disk"] is True
    assert small.json() == {
        "size": 3,
        "digest": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "disk": False,
        "n": 3,
    }


async def test_a_file_has_its_own_limit(probe):
    async with probe.as_(BELARUS) as operator:
        answer = await operator.put("/file", content=pieces(*repeat(MEBIBYTE, 100)))

    assert answer.status_code == 413
    assert answer.json()["limit"] == 4 * 2**20


async def test_a_strangers_file_is_not_even_received(probe):
    pulled: list[int] = []

    async with probe.as_stranger() as stranger:
        answer = await stranger.put("/file", content=pieces(MEBIBYTE, pulled=pulled))

    assert answer.status_code == 401
    assert pulled == []


async def test_a_file_cut_off_in_the_middle_is_refused(probe):
    sent = []
    parts = iter([{"type": "http.request", "body": b"abc", "more_body": True}])

    async def receive():
        return next(parts, {"type": "http.disconnect"})

    async def send(message):
        sent.append(message)

    headers = [(b"authorization", f"Bearer {probe.keys[BELARUS]}".encode())]
    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/file",
        "query_string": b"",
        "headers": headers,
    }
    await probe.app(scope, receive, send)

    assert sent[0]["status"] == 400
    assert b"cut off" in sent[1]["body"]


async def test_an_address_with_nul_is_refused(world):
    async with world.as_(MINSK_DAIRY) as dairy:
        answers = [await dairy.get(address) for address in ("/problems/%00", "/problems?x=%00")]

    assert [answer.json()["type"] for answer in answers] == ["/problems/request-malformed"] * 2


@pytest.mark.parametrize("text", [b'["\\\\u0000"]', b'{"a": [1, null, true, "\\\\u0000x"]}'])
def test_an_escaped_backslash_before_u0000_is_no_nul(text):
    assert parse(text)
