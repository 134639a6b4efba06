"""Printers that hang, close, babble or are not there; senders that leave, or come twice."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from uuid import uuid4

import pytest

from api.telemetry import AnswerBroken
from labels.printers import printer
from labels.printers.address import Dialect, Printer
from labels.printers.printer import Timeouts
from tests.making import Maker, made, no_trace, problem, scope
from tests.printers import printing, zebra
from tests.world import MINSK_DAIRY

QUICK = Timeouts(connect=1, write=1, answer=0.5, poll=0.01, patience=5)


@pytest.fixture
def allow(world, monkeypatch):
    """The operator writes printers down."""
    monkeypatch.setattr(printer.send, "__kwdefaults__", {"portion": 10, "timeouts": QUICK})

    def allowed(*addresses: tuple, dialect: Dialect = Dialect.ZPL) -> None:
        printers = tuple(
            Printer(f"line-{place}", host, port, dialect)
            for place, (host, port, *_) in enumerate(addresses, 1)
        )
        world.app.state.settings = replace(world.app.state.settings, printers=printers)

    return allowed


@pytest.fixture
async def ordered(dairy: Maker) -> str:
    return await ordered_by(dairy)


async def ordered_by(dairy: Maker, units: int = 24) -> str:
    asked = {"batch": str(await dairy.batch(units)), "layout": "roll-43x25", "format": "zpl"}
    return made(await dairy.http.put(f"/prints/{uuid4()}", json=asked))["print"]


async def send(dairy: Maker, print_: str, to: str = "line-1", **asked):
    return await dairy.http.post(f"/prints/{print_}/sendings", json={"printer": to, **asked})


def lines(answer) -> list[dict]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.content.split(b"\n") if line]


async def sendings(dairy: Maker, print_: str) -> list[dict]:
    return (await dairy.http.get(f"/prints/{print_}")).json()["sendings"]


async def over(dairy: Maker, print_: str) -> None:
    """Who leaves is told nothing more; that the sending ended is recorded a moment later."""
    async with asyncio.timeout(20):
        while not (told := await sendings(dairy, print_))[0]["ended"]:
            assert len(told) == 1


@contextmanager
def listening(family: socket.AddressFamily = socket.AF_INET) -> Iterator[tuple]:
    """Somebody who takes connections, and says nothing and takes nothing more."""
    host = "::1" if family is socket.AF_INET6 else "127.0.0.1"
    with socket.create_server((host, 0), family=family) as server:
        yield server.getsockname()


ELSEWHERE = [
    "127.0.0.1",
    "127.0.0.1:9100",
    "line-2",
    "LINE-1",
    "line-1 ",
    "line-1\n",
    "../line-1",
    "",
]


async def test_only_the_names_on_the_list_lead_anywhere(dairy: Maker, world, ordered, allow):
    with listening() as address:
        allow(address)
        async with no_trace(world):
            answers = [await send(dairy, ordered, name) for name in ELSEWHERE]

    for answer in answers:
        assert (problem(answer), answer.json()["reason"]) == ("label-not-made", "unknown-printer")
        assert "line-1" in answer.text


WRONG = [
    {"first": 0},
    {"first": 1.5},
    {"first": -1},
    {"printer": None},
    {"printer": 41 * "x"},
    {"printer": ["line-1"]},
    {"host": "127.0.0.1"},
    {"reason": ""},
    {"reason": "a\x1d"},
    {"reason": 501 * "x"},
]


async def test_what_is_asked_wrongly_sends_nothing(dairy: Maker, world, ordered, allow):
    with listening() as address:
        allow(address)
        async with no_trace(world):
            answers = [
                await send(dairy, ordered, **{"to": "line-1"} | wrong) for wrong in WRONG[:3]
            ]
            answers += [
                await dairy.http.post(
                    f"/prints/{ordered}/sendings", json={"printer": "line-1"} | wrong
                )
                for wrong in WRONG[3:]
            ]
            beyond = [await send(dairy, ordered, first=first) for first in (25, 2**62)]

    assert {problem(answer) for answer in answers} == {"request-invalid"}
    assert {problem(answer) for answer in beyond} == {"label-outside-print"}


async def test_a_printer_that_is_away_is_told_and_is_no_use_of_the_print(
    dairy: Maker, ordered, allow
):
    with listening() as address:
        pass
    allow(address)

    refused = [await send(dairy, ordered) for _ in range(2)]
    fetched = await dairy.http.get(f"/prints/{ordered}/labels")

    assert {one.json()["reason"] for one in refused} == {"printer-unreachable"}
    assert fetched.status_code == 200
    for one in await sendings(dairy, ordered):
        assert (one["sent"], one["confirmed"], one["ended"]) == (0, 0, True)
        assert one["state"] == "not reached"


async def test_a_printer_with_an_address_of_the_sixth_version(dairy: Maker, ordered, allow):
    try:
        with listening(socket.AF_INET6) as address:
            allow(address)
            told = lines(await send(dairy, ordered))
    except OSError:
        pytest.skip("this machine has no IPv6")

    assert told[-1]["of"] == 24  # it hangs; what the socket takes counts as sent, none as confirmed
    assert told[-1]["confirmed"] == 0


def rubbish(connection: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n\x00\xff" * 100)


BABBLE = [
    [rubbish],
    [b"\x02not,numbers\x03" * 3],
    [b"\x02" + 600 * b"0"],
    [b"\x02" + b"," * 11 + b"\x03\x02\x03\x02\x03"],
    [b"\xff"],
    [lambda connection: connection.close()],
    [*[zebra()] * 4, lambda connection: connection.close()],
    [*[zebra()] * 4, rubbish],
    [*[zebra()] * 4, b"\x02"],
]


async def test_a_printer_that_babbles_or_closes_is_stopped_at(dairy: Maker, allow):
    for script in BABBLE:
        confirmed = 10 * (len(script) > 1)
        ordered = await ordered_by(dairy)
        with printing(script, last=None) as line:
            allow(line.address)
            told = lines(await send(dairy, ordered))
        assert told[-1]["stopped"]
        assert told[-1]["confirmed"] == confirmed
        [one] = await sendings(dairy, ordered)
        assert (one["confirmed"], one["ended"], one["state"]) == (confirmed, True, "fault")

        with printing() as mended:
            allow(mended.address)
            rest = lines(await send(dairy, ordered))
        assert rest[-1]["confirmed"] == 24
        assert mended.received.count(b"^XZ") == 24 - confirmed


async def test_labels_before_the_first_that_was_sent_are_not_confirmed(
    dairy: Maker, ordered, allow
):
    with printing([*[zebra()] * 2, lambda connection: connection.close()]) as line:
        allow(line.address)
        await send(dairy, ordered, first=20)

    [one] = await sendings(dairy, ordered)
    assert (one["first_label"], one["sent"], one["confirmed"]) == (20, 24, 0)


async def test_printers_that_hang_hold_up_nobody_else(dairy: Maker, allow):
    """More of them than the loop's own pool has threads: a fetch needs one of those."""
    prints = [await ordered_by(dairy, 1) for _ in range(13)]
    with listening() as address:
        allow(*[address] * 12)
        hanging = [
            asyncio.ensure_future(send(dairy, one, f"line-{at}"))
            for at, one in enumerate(prints[1:], 1)
        ]
        await asyncio.wait(hanging, timeout=0.1)

        async with asyncio.timeout(5):
            answer = await dairy.http.get(f"/prints/{prints[0]}/labels")

        assert answer.status_code == 200
        assert sum(one.done() for one in hanging) < len(hanging)
        told = [lines(one)[-1] for one in await asyncio.gather(*hanging)]
    assert {(one["sent"], one["confirmed"]) for one in told} == {(1, 0)}


async def test_labels_of_two_prints_never_come_out_mixed(dairy: Maker, ordered, allow):
    """Who finds the printer busy is told so, and sends them later without a reason."""
    other = await ordered_by(dairy, 3)
    with printing() as one:
        allow(one.address)
        answers = await asyncio.gather(send(dairy, ordered), send(dairy, other))
    [refused] = [answer for answer in answers if answer.status_code == 422]
    with printing() as one:
        allow(one.address)
        later = await send(dairy, other if answers[0].status_code == 200 else ordered)

    assert refused.json()["reason"] == "printer-busy"
    assert later.status_code == 200, later.text


async def test_two_sendings_at_once_never_print_the_same(dairy: Maker, ordered, allow):
    with printing() as one, printing() as two:
        allow(one.address, two.address)
        answers = await asyncio.gather(
            send(dairy, ordered),
            send(dairy, ordered, "line-2"),
            send(dairy, ordered, "line-2", reason="quicker so"),
        )
        for line in (one, two):  # who was never called waits for it
            socket.create_connection(line.address).close()
    refused = [answer for answer in answers if answer.status_code == 409]

    assert {problem(answer) for answer in refused} == {"labels-being-sent"}
    assert refused[0].json()["printer"] in {"line-1", "line-2"}
    received = one.received + two.received
    assert (len(refused), received.count(b"^XZ")) == (2, 24)


async def left_at(world, print_: str, what: bytes) -> None:
    """A sender who leaves as soon as it is told this."""
    body = json.dumps({"printer": "line-1"}).encode()
    asked = iter([{"type": "http.request", "body": body, "more_body": False}])
    leaves = asyncio.Event()

    async def receive():
        if message := next(asked, None):
            return message
        await leaves.wait()
        return {"type": "http.disconnect"}

    async def take(message):
        if what in message.get("body", b""):
            leaves.set()
        await asyncio.sleep(0)

    kind = "application/json"
    address = f"/prints/{print_}/sendings"
    with suppress(AnswerBroken):
        async with asyncio.timeout(20):
            asked_so = scope("POST", address, world.keys[MINSK_DAIRY], kind)
            await world.app(asked_so, receive, take)


async def test_a_sender_who_leaves_stops_the_printer_and_another_goes_on(
    dairy: Maker, world, allow
):
    ordered = await ordered_by(dairy, 200)
    with printing() as line:
        allow(line.address)
        await left_at(world, ordered, b'"confirmed":20,')
        await over(dairy, ordered)

    [one] = await sendings(dairy, ordered)
    assert 20 <= one["confirmed"] < 200
    assert line.received.count(b"^XZ") < 200
    with printing() as other:
        allow(other.address)
        told = lines(await send(dairy, ordered))
    assert told[-1]["confirmed"] == 200
    assert other.received.count(b"^XZ") == 200 - one["confirmed"]


async def test_no_thread_waits_for_a_printer_after_all_that(dairy: Maker, world, allow):
    ordered = await ordered_by(dairy)
    with printing(last=zebra(paper_out=1)) as line:
        allow(line.address)
        await left_at(world, ordered, b"out of labels")
        assert await asyncio.to_thread(line.left.wait, 10)

    await over(dairy, ordered)
    idle = [one for one in threading.enumerate() if one.name.startswith("printer")]
    assert len(idle) <= 2
    [one] = await sendings(dairy, ordered)
    assert (one["sent"], one["state"]) == (0, "out of labels")
