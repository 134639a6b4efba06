"""Labels sent to a printer: only to those allowed, confirmed as they are printed, gone on with."""

import asyncio
import json
import socket
from dataclasses import replace
from uuid import uuid4

import pytest

from labels.printers import printer
from labels.printers.address import Dialect, Printer
from tests.making import at_work, made, problem
from tests.printers import QUICK, printing, zebra
from tests.world import MINSK_DAIRY


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


@pytest.fixture
async def ordered(dairy) -> str:
    """Twelve labels, each twice, for a Zebra."""
    batch = str(await dairy.batch(12))
    asked = {"batch": batch, "layout": "roll-43x25", "format": "zpl", "copies": 2}
    return made(await dairy.http.put(f"/prints/{uuid4()}", json=asked))["print"]


@pytest.fixture
def allowed(world, monkeypatch):
    """The operator writes a printer down."""
    monkeypatch.setattr(printer.send, "__kwdefaults__", {"portion": 10, "timeouts": QUICK})

    def allow(host: str, port: int) -> None:
        line = Printer("line-1", host, port, Dialect.ZPL)
        settings = world.app.state.settings
        world.app.state.settings = replace(settings, printers=(line,))

    return allow


async def sent(dairy, print_: str, **asked) -> list[dict]:
    path = f"/prints/{print_}/sendings"
    answer = await dairy.http.post(path, json={"printer": "line-1", **asked})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.content.split(b"\n") if line]


async def record(dairy, print_: str) -> dict:
    return (await dairy.http.get(f"/prints/{print_}")).json()


async def test_every_label_arrives_and_is_told_as_confirmed(dairy, ordered, allowed):
    with printing() as zebra_:
        allowed(*zebra_.address)
        told = await sent(dairy, ordered)
        zebra_.thread.join(10)

    assert told[-1] == {"sent": 24, "confirmed": 24, "of": 24, "state": "ready"}
    assert zebra_.received.count(b"^XZ") == 24
    [sending] = (await record(dairy, ordered))["sendings"]
    assert (sending["printer"], sending["confirmed"]) == ("line-1", 24)


async def test_after_a_jam_it_goes_on_behind_the_last_confirmed_label(dairy, ordered, allowed):
    hangs_up = [*[zebra()] * 4, lambda connection: connection.close()]
    with printing(hangs_up) as jammed:
        allowed(*jammed.address)
        first = await sent(dairy, ordered)
    with printing() as mended:
        allowed(*mended.address)
        rest = await sent(dairy, ordered)
        mended.thread.join(10)

    assert "stopped" in first[-1]
    assert first[-1]["confirmed"] == 10
    assert rest[-1]["confirmed"] == 24
    assert mended.received.count(b"^XZ") == 14


async def test_what_was_confirmed_is_sent_again_only_with_a_reason(dairy, ordered, allowed):
    with printing() as one:
        allowed(*one.address)
        await sent(dairy, ordered)
    again = {"printer": "line-1", "first": 24}

    refused = await dairy.http.post(f"/prints/{ordered}/sendings", json=again)
    with printing() as two:
        allowed(*two.address)
        told = await sent(dairy, ordered, first=24, reason="the last one was torn")

    assert problem(refused) == "reprint-needs-reason"
    assert told[-1]["confirmed"] == 24


async def test_nothing_else_than_what_is_allowed_can_be_reached(dairy, ordered):
    path = f"/prints/{ordered}/sendings"

    refused = await dairy.http.post(path, json={"printer": "127.0.0.1:5432"})

    assert refused.json()["reason"] == "unknown-printer"
    assert (await record(dairy, ordered))["sendings"] == []
    assert (await dairy.http.get("/printers")).json() == {"printers": []}


async def test_a_printer_that_is_away_is_a_refusal(dairy, ordered, allowed):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    allowed(*address)

    refused = await dairy.http.post(f"/prints/{ordered}/sendings", json={"printer": "line-1"})

    assert refused.status_code == 422
    assert refused.json()["reason"] == "printer-unreachable"


async def test_a_print_in_another_language_is_not_sent(dairy, allowed):
    asked = {"batch": str(await dairy.batch(1)), "layout": "roll-43x25", "format": "tspl"}
    other = made(await dairy.http.put(f"/prints/{uuid4()}", json=asked))["print"]
    allowed("127.0.0.1", 9)

    refused = await dairy.http.post(f"/prints/{other}/sendings", json={"printer": "line-1"})

    assert refused.json()["reason"] == "printer-speaks-another-language"
    assert (await record(dairy, other))["sendings"] == []


async def test_a_service_that_stops_ends_what_is_being_sent_and_says_so(
    dairy, ordered, allowed, world
):
    asked = {"printer": "line-1"}
    with printing([zebra()] * 4, zebra(paper_out=1)) as jammed:
        allowed(*jammed.address)
        sending = asyncio.create_task(dairy.http.post(f"/prints/{ordered}/sendings", json=asked))
        while not any(one["confirmed"] for one in (await record(dairy, ordered))["sendings"]):
            assert not sending.done()
        await world.app.state.printers.end()
        await sending

    [told] = (await record(dairy, ordered))["sendings"]
    assert (told["confirmed"], told["ended"]) == (10, True)
