"""Goods on their way from Minsk to a buyer in Almaty: what is told of them, to whom, at each step."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from api.traced import HistoryAnswer, StandingAnswer, VerdictAnswer
from tests.making import PRODUCED, at_work, faults, made, run
from tests.store.trade import sscc
from tests.world import ALMATY_STORE, BELARUS, KAZAKHSTAN, MINSK_DAIRY

CASE, PALLET = sscc(1), sscc(2)
DECREE = {"in_force": True, "valid_from": "2026-01-01", "decision": "Order 1"}
PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-11-01"}
BEGUN = ["REGISTERED", "APPLIED", "INTRODUCED"]


@pytest.fixture
async def dairy(world):
    async with world.as_(KAZAKHSTAN) as operator:
        declaration = f"/product-groups/milk/declarations/{uuid4()}"
        made(await operator.put(declaration, json=DECREE))
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker
    assert await faults(world) == {}


@pytest.fixture
async def store(world):
    async with world.as_(ALMATY_STORE) as http:
        yield http


async def verify(http, code, **asked):
    told = (await http.post("/verify", json={"code": code, **asked})).json()
    VerdictAnswer.model_validate(told)
    return told


async def history(http, code, **asked):
    told = (await http.post("/history", json={"code": code, **asked})).json()
    HistoryAnswer.model_validate(told)
    return told["events"]


def kinds(events):
    return [event["kind"] for event in events]


def reasons(told, purpose):
    return [reason["slug"] for reason in told["purposes"][purpose]["reasons"]]


async def pack(maker, *packages):
    made(await maker.http.put(f"/packings/{uuid4()}", json={"packages": list(packages)}))


async def hand_over(dairy, store, goods):
    receiver = {"member_state": "KZ", "tax_id": ALMATY_STORE.tax_id}
    offer = {"kind": "SALE", "receiver": receiver, "goods": goods, "documents": [PAPER]}
    transfer = made(await dairy.http.put(f"/transfers/{uuid4()}", json=offer))["transfer"]
    answer = {"all": True, "assurance": "TRUSTING"}
    made(await store.put(f"/transfers/{transfer}/acceptances/{uuid4()}", json=answer))
    return transfer


async def sell(http, *codes, **more):
    item = [{"code": code, **more} for code in codes]
    receipt = {"till": "7", "fiscal_document": str(uuid4()), "kind": "SALE", "items": item}
    receipt["issued_at"] = datetime.now(UTC).isoformat()
    made(await http.put(f"/receipts/{uuid4()}", json={"receipts": [receipt]}))


async def test_a_unit_is_followed_from_the_line_to_its_buyer(dairy, store):
    codes = await dairy.circulating(6)
    await pack(
        dairy,
        {"sscc": CASE, "contents": {"codes": codes[:4]}},
        {"sscc": PALLET, "contents": {"packages": [CASE]}},
    )
    transfer = await hand_over(dairy, store, {"packages": [PALLET]})
    await sell(store, codes[0])

    events = await history(store, codes[0])
    of_another = await history(store, codes[1])
    verdict = await verify(store, codes[0])

    assert kinds(events) == [*BEGUN, "PACKED", "OFFERED", "ACCEPTED", "SOLD"]
    assert kinds(of_another) == [*BEGUN, "PACKED", "OFFERED", "ACCEPTED"]
    assert events[4]["documents"][0]["number"] == "17"
    assert {event["transfer"] for event in events[4:6]} == {transfer}
    assert [one["sscc"] for one in events[5]["inside"]] == [CASE, PALLET]
    assert (events[6]["status"], events[6]["withdrawal_reason"]) == ("WITHDRAWN", "RETAIL")
    assert events[6]["inside"] == []
    assert {event["holder"]["name"] for event in events[5:]} == {ALMATY_STORE.name}
    assert [event["state_of_turnover"] for event in events[4:]] == ["BY", "KZ", "KZ"]
    assert verdict["verdict"] == "withdrawn"
    assert reasons(verdict, "sell") == ["withdrawn"]
    assert reasons(verdict, "use") == []


async def test_who_handed_goods_on_is_told_nothing_more_of_them(dairy, store, world):
    batch = await dairy.batch(2)
    made(await dairy.step("apply", runs=[run(batch, 0, 2)]))
    made(await dairy.step("introduce", runs=[run(batch, 0, 2)], lot=PRODUCED))
    codes = await dairy.codes(batch)
    await hand_over(dairy, store, {"codes": codes})

    async with world.as_stranger() as stranger:
        public = await history(stranger, codes[0])
    as_maker = await history(dairy.http, codes[0][:24])

    assert "holder" not in str(public)
    assert kinds(public) == [*BEGUN, "OFFERED", "ACCEPTED"]
    # Who ordered the codes answers for them, and sees where they are.
    assert as_maker[-1]["holder"]["name"] == ALMATY_STORE.name


async def test_a_group_pack_that_is_opened_is_part_of_the_history_of_its_units(dairy):
    codes = await dairy.circulating(6)
    await pack(dairy, {"code": codes[0], "kind": "GROUP", "contents": {"codes": codes[1:5]}})
    whole = await verify(dairy.http, codes[0])
    await sell(dairy.http, codes[1])

    of_the_sold, of_the_pack = [await history(dairy.http, code) for code in codes[:2][::-1]]
    left = await verify(dairy.http, codes[2])
    opened = await verify(dairy.http, codes[0])

    assert reasons(whole, "sell") == []
    assert kinds(of_the_sold)[:5] == [*BEGUN, "PACKED", "SOLD"]
    assert of_the_sold[3]["inside"] == [{"kind": "GROUP", "code": codes[0][:24]}]
    assert of_the_sold[4]["inside"] == []
    assert of_the_pack[-1]["withdrawal_reason"] == "DISSOLVED"
    assert reasons(left, "sell") == []
    assert reasons(opened, "sell") == reasons(opened, "use") == ["withdrawn"]


async def test_a_block_on_a_package_holds_all_that_is_in_it(dairy, world):
    codes = await dairy.circulating(6)
    await pack(
        dairy,
        {"sscc": CASE, "contents": {"codes": codes[:2]}},
        {"sscc": PALLET, "contents": {"packages": [CASE], "codes": [codes[2]]}},
    )
    block = {"package": PALLET, "reason": "Doubt", "legal_basis": "Decree 1"}
    async with world.as_(BELARUS) as operator:
        placed = uuid4()
        made(await operator.put(f"/blocks/{placed}", json=block))
        held = await verify(dairy.http, codes[0])
        contents = await dairy.http.post("/contents", json={"package": CASE})
        made(await operator.put(f"/blocks/{placed}/lifting/{uuid4()}", json={"reason": "Cleared"}))
    free = await verify(dairy.http, codes[0])

    events = await history(dairy.http, codes[0])
    before = await dairy.http.post(
        "/standing", json={"code": codes[0], "as_of": events[-2]["recorded_at"]}
    )

    StandingAnswer.model_validate(before.json())
    assert (held["verdict"], reasons(held, "sell")) == ("blocked", ["blocked-package"])
    assert held["purposes"]["sell"]["reasons"][0]["legal_basis"] == "Decree 1"
    assert contents.json()["blocked"]
    assert free["verdict"] == "in-circulation"
    assert kinds(events) == [*BEGUN, "PACKED", "BLOCKED", "UNBLOCKED"]
    assert [event["blocked"] for event in events[3:]] == [False, True, False]
    assert events[4]["told"]["reason"] == "Doubt"
    assert before.json()["standing"]["blocked"]
    assert before.json()["standing"]["blocks"][0]["scope"] == "PACKAGE"


async def test_a_block_on_the_code_of_a_pack_holds_what_is_in_it(dairy, world):
    codes = await dairy.circulating(6)
    await pack(dairy, {"code": codes[0], "kind": "GROUP", "contents": {"codes": codes[1:3]}})
    async with world.as_(BELARUS) as operator:
        block = {"codes": [codes[0]], "reason": "Doubt"}
        made(await operator.put(f"/blocks/{uuid4()}", json=block))

    pack_told, inside, outside = [await verify(dairy.http, code) for code in codes[:2] + codes[4:5]]
    bulk = await dairy.http.post("/verify/bulk", json={"codes": codes[:5]})

    assert reasons(pack_told, "sell") == ["blocked-units"]
    assert reasons(inside, "sell") == ["blocked-package"]
    assert reasons(outside, "sell") == []
    assert [one["verdict"] for one in bulk.json()["verdicts"]] == [
        "blocked",
        "blocked",
        "blocked",
        "in-circulation",
        "in-circulation",
    ]


async def test_a_block_on_a_product_group_holds_packages_with_anything_of_it(dairy, world):
    codes = await dairy.circulating(3)
    await pack(dairy, {"sscc": CASE, "contents": {"codes": codes[:2]}})
    told = []
    for operator in (KAZAKHSTAN, BELARUS):
        async with world.as_(operator) as authority:
            block = {"product_group": "milk", "reason": "Doubt"}
            made(await authority.put(f"/blocks/{uuid4()}", json=block))
        contents = await dairy.http.post("/contents", json={"package": CASE})
        told.append(
            (contents.json()["blocked"], reasons(await verify(dairy.http, codes[0]), "sell"))
        )

    assert told == [(False, []), (True, ["blocked-product-group"])]


async def test_the_label_of_a_package_is_no_unit_s(dairy):
    told = await verify(dairy.http, f"]C100{CASE}")

    assert (told["verdict"], told["sscc"]) == ("not-confirmed", CASE)
    assert reasons(told, "sell") == ["not-confirmed"]


async def test_what_is_left_of_a_unit_is_told(dairy, world):
    async with world.as_(BELARUS) as operator:
        made(await operator.put(f"/product-groups/pharma/declarations/{uuid4()}", json=DECREE))
    medicine = await dairy.product("pharma", "04810000000094", "Tablets")
    batch = await dairy.batch(2, of=medicine)
    made(await dairy.step("apply", runs=[run(batch, 0, 2)]))
    lot = {**PRODUCED, "expires_on": "2099-01-01", "lot_number": "7"}
    made(await dairy.step("introduce", runs=[run(batch, 0, 2)], lot=lot))
    codes = await dairy.codes(batch)
    await sell(dairy.http, codes[0], parts=10, of=30)

    told = await verify(dairy.http, codes[0])

    assert told["remaining"] == {"parts": 20, "of": 30}
    assert reasons(told, "sell") == []
    assert "remaining" not in await verify(dairy.http, codes[1])


async def test_events_come_in_the_order_asked_for(dairy):
    codes = await dairy.circulating(2)
    body = {"sscc": CASE, "contents": {"codes": codes}}
    long_ago = {"packages": [body], "occurred_at": "2026-01-01T00:00:00Z"}
    made(await dairy.http.put(f"/packings/{uuid4()}", json=long_ago))

    recorded = await history(dairy.http, codes[0], order="recorded")
    occurred = await history(dairy.http, codes[0], order="occurred")

    assert kinds(recorded) == [*BEGUN, "PACKED"]
    assert kinds(occurred) == ["PACKED", *BEGUN]
    assert recorded[-1]["out_of_order"]
    assert occurred[0]["out_of_order"]
