"""Transfers over HTTP: offered, answered, told to both sides, and refused without a trace."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.making import at_work, faults, gtin, made, no_trace, problem, run
from tests.world import ALMATY_STORE, BREST_STORE, KAZAKHSTAN, MINSK_DAIRY, Character

DECREE = {"in_force": True, "valid_from": "2026-01-01", "decision": "Order 1"}
PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-11-01"}
TO_ALMATY = {"member_state": "KZ", "tax_id": ALMATY_STORE.tax_id}
FOREIGN = gtin(77)


@pytest.fixture
async def recognised(world):
    """Marking of milk is in force in Kazakhstan."""
    async with world.as_(KAZAKHSTAN) as operator:
        declaration = f"/product-groups/milk/declarations/{uuid4()}"
        made(await operator.put(declaration, json=DECREE))
    return DECREE


@pytest.fixture
async def dairy(world, recognised):
    await world.settle(BREST_STORE)
    assert recognised["in_force"]
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


@pytest.fixture
async def store(world):
    async with world.as_(ALMATY_STORE) as http:
        yield http


async def offer(dairy, goods, transfer=None, **more):
    body = {
        "kind": "SALE",
        "receiver": TO_ALMATY,
        "goods": goods,
        "documents": [PAPER],
        **more,
    }
    return await dairy.http.put(f"/transfers/{transfer or uuid4()}", json=body)


async def accept(http, transfer, **given):
    body = {"assurance": "TRUSTING", **given}
    return await http.put(f"/transfers/{transfer}/acceptances/{uuid4()}", json=body)


async def test_goods_go_from_minsk_to_almaty(world, dairy, store):
    codes = await dairy.circulating(5)
    transfer = uuid4()

    first = await offer(dairy, {"codes": codes}, transfer)
    again = await offer(dairy, {"codes": codes}, transfer)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["roads"][0]["regime"] == "RECOGNITION"
    waiting = (await store.get("/transfers", params={"status": "OFFERED"})).json()["transfers"]
    assert [one["transfer"] for one in waiting] == [str(transfer)]
    assert waiting[0]["left"] == 5

    told = made(await accept(store, transfer, all=True))

    assert told["status"] == "ACCEPTED"
    page = (await dairy.http.get(f"/transfers/{transfer}")).json()
    assert (page["accepted"], page["left"], page["status"]) == (5, 0, "ACCEPTED")
    assert page["goods"]["runs"][0]["count"] == 5
    verdict = (await store.post("/verify", json={"code": codes[0]})).json()
    assert verdict["state_of_turnover"] == "KZ"
    assert verdict["holder"]["name"] == ALMATY_STORE.name
    assert await faults(world) == {}


async def test_an_offer_to_a_tax_id_waits_until_it_registers(world, dairy):
    codes = await dairy.circulating(2)
    late = Character("Late", ALMATY_STORE.member_state, "100000030003")
    transfer = uuid4()
    receiver = {"member_state": "KZ", "tax_id": late.tax_id}

    told = made(await offer(dairy, {"codes": codes}, transfer, receiver=receiver))
    assert told["receiver"]["participant"] is None
    await world.settle(late)
    async with world.as_(late) as http:
        assert made(await accept(http, transfer, all=True))["accepted"] == 2


async def test_what_was_found_otherwise_is_reported_to_both_sides(dairy, store):
    codes = await dairy.circulating(6)
    transfer = uuid4()
    made(await offer(dairy, {"codes": codes[:5]}, transfer))

    told = made(
        await accept(
            store,
            transfer,
            goods={"codes": codes[:3]},
            missing={"codes": codes[3:4]},
            surplus=[codes[5]],
            unknown=["nonsense"],
            close=True,
        )
    )

    assert (told["status"], told["accepted"], told["released"]) == ("PARTLY_ACCEPTED", 3, 2)
    pages = [(await http.get(f"/transfers/{transfer}")).json() for http in (dairy.http, store)]
    assert pages[0]["discrepancies"] == pages[1]["discrepancies"]
    lines = [(one["kind"], one["code"]) for one in pages[0]["discrepancies"]]
    assert lines == [
        ("SURPLUS", codes[5][:24]),
        ("UNKNOWN", "nonsense"),
        ("MISSING", None),
    ]


async def test_strangers_learn_nothing_of_a_transfer(world, dairy):
    codes = await dairy.circulating(1)
    transfer = uuid4()
    made(await offer(dairy, {"codes": codes}, transfer))
    async with world.as_(BREST_STORE) as stranger:
        seen = await stranger.get(f"/transfers/{transfer}")
        answered = await accept(stranger, transfer, all=True)
        missing = await stranger.get(f"/transfers/{uuid4()}")

    assert {problem(one) for one in (seen, answered, missing)} == {"unknown-transfer"}
    async with world.as_(KAZAKHSTAN) as operator:
        assert (await operator.get(f"/transfers/{transfer}")).status_code == 200


def ahead(**span):
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


WRONG = [
    ("no-goods", {"goods": {}}),
    ("transfer-to-self", {"receiver": {"participant": str(MINSK_DAIRY.uuid)}}),
    ("tax-id-malformed", {"receiver": {"member_state": "KZ", "tax_id": "100000020007"}}),
    ("tax-id-malformed", {"receiver": {"member_state": "RU", "tax_id": ALMATY_STORE.tax_id}}),
    ("request-invalid", {"receiver": {"member_state": "KZ"}}),
    ("unknown-receiver", {"receiver": {"participant": str(uuid4())}}),
    ("document-date-in-future", {"documents": [{**PAPER, "date": "2199-01-01"}]}),
    ("document-incomplete", {"documents": [{**PAPER, "kind": "OTHER"}]}),
    ("documents-missing", {"documents": []}),
    ("deadline-not-fitting", {"expires_at": "2020-01-01T00:00:00Z"}),
    ("deadline-not-fitting", {"expires_at": ahead(days=400)}),
    ("occurred-in-future", {"occurred_at": ahead(hours=1)}),
    ("sscc-invalid", {"goods": {"packages": ["146070950831234561"]}}),
    ("unknown-packages", {"goods": {"packages": ["146070950831234560"]}}),
    ("unknown-batch", {"goods": {"runs": [{"batch": str(uuid4()), "first": 0, "count": 1}]}}),
    ("request-invalid", {"goods": {"codes": ["1"] * 30_001}}),
    ("request-invalid", {"kind": "GIFT"}),
]


async def test_an_offer_that_may_not_be_leaves_no_trace(world, dairy):
    codes = await dairy.circulating(1)

    async with no_trace(world):
        answers = [
            (slug, problem(await offer(dairy, **{"goods": {"codes": codes}, **more})))
            for slug, more in WRONG
        ]

    assert [told for _, told in answers] == [slug for slug, _ in answers]


async def test_a_suspended_receiver_is_offered_nothing(world, dairy):
    codes = await dairy.circulating(1)
    async with world.as_(KAZAKHSTAN) as operator:
        path = f"/participants/{ALMATY_STORE.uuid}/suspensions/{uuid4()}"
        made(await operator.put(path, json={"reason": "Order 5"}))

    async with no_trace(world):
        refused = await offer(dairy, {"codes": codes})

    assert problem(refused) == "receiver-suspended"


async def test_a_rehearsal_tells_each_line_its_verdict(world, dairy):
    codes = await dairy.circulating(3)
    body = {
        "kind": "SALE",
        "receiver": TO_ALMATY,
        "goods": {"codes": [*codes, codes[0], "nonsense"]},
        "documents": [PAPER],
    }

    async with no_trace(world):
        told = await dairy.http.put(f"/transfers/{uuid4()}", json=body, params={"dry_run": "true"})

    assert told.json()["units"] == 3
    assert [line["verdict"] for line in told.json()["lines"]] == ["ok", "repeated", "unreadable"]


async def test_a_group_that_is_not_recognised_is_shown_the_right_road(world, dairy):
    codes = await dairy.circulating(1)
    to_armenia = {"member_state": "AM", "tax_id": "00000019"}

    async with no_trace(world):
        refused = await offer(dairy, {"codes": codes}, receiver=to_armenia)

    assert problem(refused) == "group-not-recognised", refused.text
    told = refused.json()
    assert (told["origin"], told["destination"]) == ("BY", "AM")
    assert told["regime"] == "WITHDRAWAL_BY_EXPORT"
    assert "EXPORT_TO_MEMBER_STATE" in told["right_road"]
    assert told["legal_basis"]


async def test_what_is_answered_already_is_answered_no_more(world, dairy, store):
    codes = await dairy.circulating(4)
    transfer = uuid4()
    made(await offer(dairy, {"codes": codes[:3]}, transfer))
    made(await accept(store, transfer, goods={"codes": codes[:1]}))

    async with no_trace(world):
        for goods in ({"codes": codes[:1]}, {"codes": codes[:2]}, {"codes": codes[3:]}):
            refused = await accept(store, transfer, goods=goods)
            assert problem(refused) == "goods-not-offered"
        late = await dairy.http.put(f"/transfers/{transfer}/cancellations/{uuid4()}", json={})
        assert problem(late) == "transfer-answered"
        unclear = await accept(store, transfer, all=True, goods={"codes": codes[1:2]})
        assert problem(unclear) == "request-invalid"

    made(await accept(store, transfer, all=True))
    async with no_trace(world):
        closed = await accept(store, transfer, all=True)
    assert problem(closed) == "transfer-closed"


async def test_goods_of_another_operator_are_accepted_and_live_on(world, recognised, store):
    assert recognised["in_force"]
    code = gtin(88)
    made(await store.put(f"/products/{code}", json={"product_group": "milk", "name": "Кефир"}))
    foreign = [f"01{code}215abcd{at}{chr(29)}93xyz{at}" for at in range(3)]
    body = {
        "gtin": code,
        "codes": foreign,
        "sender": {"member_state": "RU", "name": "Завод", "tax_id": "7707083893"},
        "documents": [PAPER],
    }

    told = await store.put(f"/foreign-acceptances/{uuid4()}", json=body)

    assert made(told)["quantity"] == 3
    verdict = (await store.post("/verify", json={"code": foreign[1]})).json()
    assert (verdict["verdict"], verdict["issued_in"]) == ("in-circulation", "RU")
    assert verdict["state_of_turnover"] == "KZ"
    async with no_trace(world):
        twice = await store.put(f"/foreign-acceptances/{uuid4()}", json=body)
        home = {**body, "sender": {**body["sender"], "member_state": "KZ"}}
        at_home = await store.put(f"/foreign-acceptances/{uuid4()}", json=home)
    assert problem(twice) == "serial-already-issued"
    assert problem(at_home) == "no-border-crossed"
    onward = {
        "kind": "SALE",
        "receiver": {"participant": str(MINSK_DAIRY.uuid)},
        "goods": {"codes": foreign},
        "documents": [PAPER],
    }
    made(await store.put(f"/transfers/{uuid4()}", json=onward))
    assert await faults(world) == {}


async def test_a_run_of_a_batch_is_named_by_whoever_holds_it(world, dairy, store):
    batch = await dairy.batch(10)
    made(await dairy.step("apply", runs=[run(batch, 0, 10)]))
    transfer = uuid4()
    movement = {"kind": "CONTRACT_MANUFACTURE"}
    made(await offer(dairy, {"runs": [run(batch, 0, 6)]}, transfer, **movement))

    told = made(await accept(store, transfer, goods={"runs": [run(batch, 0, 6)]}))

    assert told["accepted"] == 6
    async with no_trace(world):
        beyond = await dairy.http.put(
            f"/transfers/{uuid4()}",
            json={
                **movement,
                "receiver": TO_ALMATY,
                "documents": [PAPER],
                "goods": {"runs": [run(batch, 6, 5)]},
            },
        )
        strange = await dairy.http.put(
            f"/transfers/{uuid4()}",
            json={
                **movement,
                "receiver": TO_ALMATY,
                "documents": [PAPER],
                "goods": {"runs": [run(batch, 0, 1)]},
            },
        )
    assert problem(beyond) == "run-outside-batch"
    assert problem(strange) == "unknown-codes"
    assert await faults(world) == {}
