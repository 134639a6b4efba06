"""The server is killed while labels leave it, to a client or to a printer that has jammed."""

import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from labels.printers.dialects import State
from tests.making import Maker, made, problem
from tests.printers import zebra
from tests.storm import people
from tests.storm.inspection import diagnosed
from tests.storm.machine import Machine, running
from tests.storm.printers import Printer, Talk
from tests.world import MINSK_DAIRY

MANY, SOME = 20_000, 40
EARLY = 200_000  # bytes of the file that come before the crash, at least
JAMMED = zebra(paper_out=1, remaining=2)
A_MINUTE_PASSES = """
    SET session_replication_role = replica;
    UPDATE print_sendings SET recorded_at = recorded_at - interval '61 s';
    UPDATE print_confirmations SET recorded_at = recorded_at - interval '61 s';
"""


@pytest.fixture
async def machine(
    session_directory: Path, postgres_binaries: Path | None
) -> AsyncIterator[Machine]:
    directory = session_directory / f"crash-{uuid4()}"
    directory.mkdir(mode=0o711)
    async with running(directory, printers=1, binaries=postgres_binaries) as machine:
        yield machine
        assert await diagnosed(machine.postgres.url, machine.master_key) == []


@pytest.fixture
async def dairy(machine: Machine) -> AsyncIterator[Maker]:
    keys = await people.settle(machine)
    async with people.client(machine, keys[MINSK_DAIRY]) as http:
        yield Maker(http, MINSK_DAIRY.member_state)


async def ordered(dairy: Maker, quantity: int, form: str) -> str:
    batch = await dairy.batch(quantity)
    asked = {"batch": str(batch), "layout": "roll-43x25", "format": form}
    print_: str = made(await dairy.http.put(f"/prints/{uuid4()}", json=asked))["print"]
    return print_


async def record(dairy: Maker, print_: str) -> dict[str, Any]:
    found: dict[str, Any] = (await dairy.http.get(f"/prints/{print_}")).json()
    return found


async def fetched_until_killed(machine: Machine, dairy: Maker, path: str) -> bytes:
    """What comes of a file until the server is killed, and what was on its way then."""
    cut = bytearray()
    with contextlib.suppress(httpx2.TransportError):
        async with dairy.http.stream("GET", path) as answer:
            async for piece in answer.aiter_bytes():
                cut += piece
                if len(cut) > EARLY:
                    machine.kill_server()
    await machine.start()
    return bytes(cut)


async def sent_until_killed(
    machine: Machine, dairy: Maker, path: str, line: Printer
) -> dict[str, Any]:
    """The last that is told of a sending to a printer that jams, until the server is killed."""
    told: dict[str, Any] = {}
    with contextlib.suppress(httpx2.TransportError):
        async with dairy.http.stream("POST", path, json={"printer": line.name}) as answer:
            async for text in answer.aiter_lines():
                told = json.loads(text)
                if told["confirmed"] >= SOME // 2:
                    line.mood = lambda: JAMMED
                if told["state"] == State.OUT_OF_LABELS:
                    machine.kill_server()
    await machine.start()
    line.mood = zebra
    return told


async def test_a_file_cut_by_a_crash_comes_again_from_the_start_and_is_on_record_once(
    machine: Machine, dairy: Maker
):
    print_ = await ordered(dairy, MANY, "pdf")
    path = f"/prints/{print_}/labels"

    cut = await fetched_until_killed(machine, dairy, path)
    before = await record(dairy, print_)
    refused = await dairy.http.get(path)
    whole = (await dairy.http.get(path, params={"reason": "the server failed"})).content
    after = await record(dairy, print_)
    again = (await dairy.http.get(path, params={"reason": "smudged"})).content

    assert (len(before["fetches"]), before["file"]) == (1, None)
    assert problem(refused) == "reprint-needs-reason"
    assert EARLY < len(cut) < len(whole)
    assert whole.startswith(cut)
    assert again == whole
    assert after["file"]["sha256"] == hashlib.sha256(whole).hexdigest()
    assert (after["file"]["labels"], after["file"]["symbols_checked"]) == (MANY, MANY)
    assert (await record(dairy, print_))["file"] == after["file"]


async def test_a_jam_and_a_crash_in_it_go_on_behind_the_last_confirmed_label(
    machine: Machine, dairy: Maker
):
    [line] = machine.printers.printers.values()
    print_ = await ordered(dairy, SOME, "zpl")
    path, asked = f"/prints/{print_}/sendings", {"printer": line.name}

    told = await sent_until_killed(machine, dairy, path, line)
    refused = await dairy.http.post(path, json=asked)
    owner = await asyncpg.connect(machine.postgres.url)
    await owner.execute(A_MINUTE_PASSES)
    await owner.close()
    went_on = await dairy.http.post(path, json=asked)
    await machine.printers.quiet()

    confirmed = told["confirmed"]
    assert SOME // 2 <= confirmed < SOME
    assert problem(refused) == "labels-being-sent"
    assert json.loads(went_on.text.split("\n")[-2])["confirmed"] == SOME
    first, second = (await record(dairy, print_))["sendings"]
    assert (first["confirmed"], second["first_label"]) == (confirmed, confirmed + 1)
    assert second["reason"] is None
    file = await dairy.http.get(f"/prints/{print_}/labels", params={"reason": "to compare"})
    labels = Talk(file.content).labels
    assert confirmed <= len(line.talks[0].labels) < SOME
    assert line.talks[0].labels == labels[: len(line.talks[0].labels)]
    assert line.talks[1].labels == labels[confirmed:]
