"""Receipts over HTTP: recorded, repeated, refused alone, listed."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from api.receipts import ReceiptsTold
from api.settings import Settings
from tests.making import MILK, at_work, faults, made, no_trace, problem
from tests.world import ALMATY_STORE, BELARUS, MINSK_DAIRY, running

NUMBERS = count(1_000)


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker
        assert await faults(world) == {}


@pytest.fixture
async def store(world):
    async with at_work(world, ALMATY_STORE) as maker:
        yield maker


def sale(*codes: str, **told: Any) -> dict[str, Any]:
    receipt = {
        "till": "0000000001234567",
        "fiscal_document": str(next(NUMBERS)),
        "kind": "SALE",
        "issued_at": datetime.now(UTC).isoformat(),
        "items": [{"code": code} for code in codes],
    }
    return receipt | told


async def send(maker, *receipts: dict[str, Any], request=None):
    return await maker.http.put(f"/receipts/{request or uuid4()}", json={"receipts": receipts})


async def verdict(maker, code: str) -> str:
    return (await maker.http.post("/verify", json={"code": code})).json()["verdict"]


async def test_a_call_of_receipts_is_recorded_once(dairy, world):
    codes = await dairy.circulating(4)
    receipts = [sale(codes[0], codes[1]), sale(codes[2], "junk")]
    request = uuid4()

    first = made(await send(dairy, *receipts, request=request))
    async with no_trace(world):
        again = await send(dairy, *receipts, request=request)

    told = ReceiptsTold.model_validate(first).receipts
    assert [one.outcome for one in told] == ["recorded", "recorded"]
    assert [one.units for one in told] == [2, 1]
    assert [one.not_recognised for one in told] == [[], ["junk"]]
    assert (again.status_code, again.json()) == (200, first)
    assert [await verdict(dairy, code) for code in codes] == [*["withdrawn"] * 3, "in-circulation"]


async def test_a_receipt_sent_again_in_another_call_is_repeated_and_a_changed_one_is_not(dairy):
    codes = await dairy.circulating(3)
    one = sale(codes[0])
    moved = one | {"issued_at": datetime.now(UTC).astimezone().isoformat()}

    first = made(await send(dairy, one))["receipts"][0]
    told = made(
        await send(
            dairy,
            sale(codes[1]),
            one,
            one | sale(codes[2]) | {"fiscal_document": one["fiscal_document"]},
            moved,
        )
    )["receipts"]

    assert [each["outcome"] for each in told] == ["recorded", "repeated", "conflict", "conflict"]
    assert told[1] == first | {"outcome": "repeated"}
    assert {each["event"] for each in told[1:]} == {first["event"]}
    assert await verdict(dairy, codes[2]) == "in-circulation"


async def test_a_return_brings_goods_back_into_circulation(dairy):
    codes = await dairy.circulating(2)

    sold, returned = made(await send(dairy, sale(codes[0]), sale(codes[0], kind="RETURN")))[
        "receipts"
    ]

    assert sold["event"] < returned["event"]
    assert await verdict(dairy, codes[0]) == "in-circulation"


async def test_what_a_till_cannot_have_printed_is_refused_alone(dairy):
    codes = await dairy.circulating(3)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    half = [{"code": codes[0], "parts": 1, "of": 2}]

    told = made(
        await send(
            dairy,
            sale(codes[0], items=half),
            sale(codes[1], issued_at=tomorrow),
            sale(codes[2]),
        )
    )["receipts"]

    assert [one["outcome"] for one in told] == ["refused", "refused", "recorded"]
    assert told[0]["refused"] == {
        "type": "/problems/fraction-not-allowed",
        "title": "Units of this product group leave circulation whole.",
        "advice": "Withdraw the whole unit.",
        "product_group": "milk",
    }
    assert told[1]["refused"]["type"] == "/problems/occurred-in-future"
    assert [await verdict(dairy, code) for code in codes[:2]] == ["in-circulation"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": []},
        {"items": [{"code": "a", "parts": 1}]},
        {"items": [{"code": "a", "of": 2}]},
        {"items": [{"code": "a", "parts": -1, "of": 2}]},
        {"items": [{"code": "a", "parts": 0, "of": 2}]},
        {"items": [{"code": "a", "price": 10}]},
        {"items": [{}]},
        {"kind": "GIFT"},
        {"till": ""},
        {"till": "a\nb"},
        {"fiscal_document": None},
        {"issued_at": "2026-11-22T10:00:00"},
        {"price": 10},
    ],
)
async def test_a_malformed_receipt_refuses_the_whole_call(dairy, world, wrong):
    codes = await dairy.circulating(1)

    async with no_trace(world):
        answer = await send(dairy, sale(codes[0]), sale(codes[0], **wrong))

    assert (answer.status_code, problem(answer)) == (422, "request-invalid")


async def test_a_call_takes_a_thousand_receipts_of_thirty_thousand_items(dairy, world):
    many = [sale("a") for _ in range(1_001)]
    long = [sale(*["a"] * 15_001), sale(*["b"] * 15_000)]

    async with no_trace(world):
        answers = [await send(dairy, *many), await send(dairy, *long), await send(dairy)]

    assert [problem(one) for one in answers] == ["request-invalid"] * 3
    assert "30000 items" in answers[1].text


async def test_a_thousand_receipts_are_recorded_in_one_call(dairy):
    codes = await dairy.circulating(1_000)

    told = made(await send(dairy, *(sale(code) for code in codes)))["receipts"]

    assert {(one["outcome"], one["units"]) for one in told} == {("recorded", 1)}
    assert [one["event"] for one in told] == sorted({one["event"] for one in told})


async def test_ones_own_receipts_of_a_till_are_listed(dairy, store):
    codes = await dairy.circulating(3)
    receipts = [
        sale(codes[at], *more, till="T-1", fiscal_document=str(at))
        for at, more in enumerate([["junk"], [], []])
    ]
    made(await send(dairy, *receipts, sale(codes[2], till="T-2")))
    made(await send(store, sale(codes[0], till="T-1", fiscal_document="9")))

    page = (await dairy.http.get("/receipts", params={"till": "T-1", "limit": 2})).json()
    rest = await dairy.http.get("/receipts", params={"till": "T-1", "after": "1"})

    assert [one["fiscal_document"] for one in page["receipts"]] == ["0", "1"]
    assert page["receipts"][0]["not_recognised"] == ["junk"]
    assert page["receipts"][1]["kind"] == "SALE"
    assert datetime.fromisoformat(page["receipts"][1]["issued_at"]) == datetime.fromisoformat(
        receipts[1]["issued_at"]
    )
    assert [one["fiscal_document"] for one in rest.json()["receipts"]] == ["2"]


async def test_a_receipt_of_nothing_that_is_known_is_listed_without_an_event(dairy):
    made(await send(dairy, sale("junk", till="T-3", fiscal_document="1")))

    (one,) = (await dairy.http.get("/receipts", params={"till": "T-3"})).json()["receipts"]

    assert (one["event"], one["issued_at"], one["units"]) == (None, None, 0)


async def test_findings_are_told_to_who_shows_the_label_until_it_tried_too_often(database_url):
    settings = Settings(
        database_url=database_url,
        master_key=bytes(range(32)),
        database_connections=4,
        failed_tries_per_participant=2,
    )
    async with running(settings) as world:
        await world.settle(BELARUS, MINSK_DAIRY, ALMATY_STORE)
        async with at_work(world, MINSK_DAIRY) as dairy, at_work(world, ALMATY_STORE) as store:
            await dairy.product()
            codes = await dairy.circulating(5)
            wrong = [f"{code[:-1]}{'a' if code[-1] != 'a' else 'b'}" for code in codes[1:4]]

            shown = made(await send(store, sale(codes[0])))["receipts"][0]
            guessed = made(await send(store, sale(*wrong)))["receipts"][0]
            muted = made(await send(store, sale(codes[4])))["receipts"][0]

    assert "sold-by-non-holder" in [one["rule"] for one in shown["findings"]]
    assert (guessed["units"], guessed.get("findings")) == (3, None)
    assert (muted["units"], muted.get("findings")) == (1, None)


async def test_receipts_are_not_read_from_keys_without_the_scope(dairy, world):
    codes = await dairy.circulating(1)
    keys = f"/participants/{MINSK_DAIRY.uuid}/keys/{uuid4()}"
    async with world.as_(BELARUS) as operator:
        issued = made(await operator.put(keys, json={"scopes": ["ISSUE"]}))

    async with world.client(issued["api_key"]) as http:
        body = {"receipts": [sale(codes[0])]}
        answers = [
            await http.put(f"/receipts/{uuid4()}", json=body),
            await http.get("/receipts", params={"till": "1"}),
        ]

    assert [problem(one) for one in answers] == ["scope-missing"] * 2


async def test_the_example_in_the_documentation_is_taken(dairy, world):
    described = world.app.openapi()["components"]["schemas"]["ReceiptsGiven"]["examples"][0]

    told = made(await dairy.http.put(f"/receipts/{uuid4()}", json=described))["receipts"]

    assert [one["outcome"] for one in told] == ["recorded", "recorded"]
    assert told[0]["not_recognised"][0].startswith(f"01{MILK}")
