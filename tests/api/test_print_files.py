"""The labels of a print as a file: the same each time, recorded each time, proven before it ends."""

import asyncio
import contextlib
import hashlib
import io
from uuid import uuid4

import pypdfium2 as pdfium
import pytest

from api.telemetry import AnswerBroken
from labels import reading
from labels.symbols import data_matrix
from tests.making import at_work, made, problem, scope
from tests.world import MINSK_DAIRY


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product(name="Молоко «Луговое» 3,2 %")
        yield maker


async def ordered(dairy, **asked) -> str:
    return made(await dairy.http.put(f"/prints/{uuid4()}", json=asked))["print"]


async def fetched(dairy, print_: str, **asked):
    return await dairy.http.get(f"/prints/{print_}/labels", params=asked)


async def asked(world, address: str, *, hang_up: bool = False) -> bytes:
    """What comes before the answer ends, breaks, or is given up after its first piece."""
    sent = iter([{"type": "http.request", "body": b"", "more_body": False}])
    begun, pieces = asyncio.Event(), []

    async def receive():
        if message := next(sent, None):
            return message
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.body":
            pieces.append(message["body"])
        if pieces and hang_up:
            begun.set()
        await asyncio.sleep(0)

    with contextlib.suppress(AnswerBroken):
        async with asyncio.timeout(60):
            await world.app(scope("GET", address, world.keys[MINSK_DAIRY]), receive, send)
    return b"".join(pieces)


async def test_the_file_is_recorded_with_its_digest_and_what_was_read_back(dairy):
    batch = await dairy.batch(30)
    one = await ordered(dairy, batch=str(batch), count=20, layout="roll-58x40", copies=2)

    answer = await fetched(dairy, one)

    assert answer.headers["content-type"] == "application/pdf"
    assert f"labels-{one}.pdf" in answer.headers["content-disposition"]
    file = (await dairy.http.get(f"/prints/{one}")).json()["file"]
    assert file["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert (file["bytes"], file["labels"], file["pages"]) == (len(answer.content), 40, 40)
    assert (file["symbols_checked"], file["dpi"]) == (20, 203)


async def test_it_is_fetched_again_only_with_a_reason_and_is_the_same(dairy):
    one = await ordered(dairy, batch=str(await dairy.batch(5)), layout="roll-58x60", qr=True)
    first = await fetched(dairy, one)

    refused = await fetched(dairy, one)
    again = await fetched(dairy, one, reason="the printer ate the sheet")

    assert (refused.status_code, problem(refused)) == (409, "reprint-needs-reason")
    assert again.content == first.content
    told = (await dairy.http.get(f"/prints/{one}")).json()["fetches"]
    assert [fetch["reason"] for fetch in told] == [None, "the printer ate the sheet"]


async def test_lots_that_come_later_do_not_change_what_was_ordered(dairy):
    batch = await dairy.batch(3)
    one = await ordered(dairy, batch=str(batch), layout="roll-58x60")
    first = await fetched(dairy, one)

    run = {"batch": str(batch), "first": 0, "count": 3}
    lot = {"lot_number": "LATER", "produced_on": "2026-11-20"}
    made(await dairy.step("give_lot", runs=[run], lot=lot))
    again = await fetched(dairy, one, reason="smudged")

    assert again.content == first.content


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [
        ("png", "image/png", b"\x89PNG"),
        ("svg", "image/svg+xml", b"<svg"),
        ("zpl", "application/octet-stream", b"^XA"),
        ("zpl-text", "application/octet-stream", b"^XA"),
        ("tspl", "application/octet-stream", b"CLS"),
        ("tspl-text", "application/octet-stream", b"CLS"),
        ("epl", "application/octet-stream", b"N"),
        ("csv", "text/csv; charset=utf-8", b""),
        ("jsonl", "application/x-ndjson", b"{"),
    ],
)
async def test_each_form_is_kept_and_comes_under_its_own_type(dairy, form, kind, begins):
    batch = await dairy.batch(1)
    one = await ordered(dairy, batch=str(batch), layout="roll-58x40", format=form)

    answer = await fetched(dairy, one)

    assert answer.headers["content-type"] == kind
    assert answer.content.lstrip(b"\r\n").startswith(begins)


async def test_a_picture_of_a_label_scans_as_its_code(dairy):
    batch = await dairy.batch(2)
    [code] = await dairy.codes(batch, first=1, count=1)
    one = await ordered(
        dairy, batch=str(batch), first=1, count=1, layout="roll-58x40", format="png"
    )

    assert reading.read((await fetched(dairy, one)).content) == [code]


async def test_several_are_made_at_once_and_each_is_its_own(dairy):
    batch = await dairy.batch(40)
    prints = [
        await ordered(dairy, batch=str(batch), first=at, count=5, layout="a4-3x8")
        for at in (0, 5, 10)
    ]

    answers = await asyncio.gather(*(fetched(dairy, one) for one in prints))

    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.content for answer in answers}) == 3
    for answer in answers:
        assert len(pdfium.PdfDocument(io.BytesIO(answer.content))) == 1


async def test_labels_that_nobody_waits_for_are_not_made(dairy, world, monkeypatch):
    """A caller hangs up after the first page of 20,000."""
    batch = await dairy.batch(20_000)
    one = await ordered(dairy, batch=str(batch), layout="roll-58x40")
    count, many = 0, data_matrix.many

    def counted(codes, family):
        nonlocal count
        count += len(codes)
        return many(codes, family)

    monkeypatch.setattr(data_matrix, "many", counted)
    bodies = await asked(world, f"/prints/{one}/labels", hang_up=True)

    assert 0 < count < 20_000
    assert b"%%EOF" not in bodies
    told = (await dairy.http.get(f"/prints/{one}")).json()
    assert len(told["fetches"]) == 1
    assert told["file"] is None


async def test_a_symbol_that_does_not_read_back_ends_the_file_without_its_end(
    dairy, world, monkeypatch
):
    batch = await dairy.batch(6_000)
    one = await ordered(dairy, batch=str(batch), layout="roll-58x40")
    last, many = (await dairy.codes(batch, first=5_999))[0], data_matrix.many

    def wrong(codes, family):
        symbols = many(codes, family)
        return [
            symbols[0]._replace(content=last) if symbol.content == last else symbol
            for symbol in symbols
        ]

    monkeypatch.setattr(data_matrix, "many", wrong)
    left = await asked(world, f"/prints/{one}/labels")

    assert b"%%EOF" not in left
    assert (await dairy.http.get(f"/prints/{one}")).json()["file"] is None
