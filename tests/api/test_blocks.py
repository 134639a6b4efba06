from uuid import uuid4

import pytest

from api.blocks import (
    BlockAnswer,
    BlockNow,
    BlockPage,
    BlockReceipt,
    BlockRehearsal,
    LiftingReceipt,
)
from tests.making import MILK, at_work, faults, made, no_trace, problem, run
from tests.world import ALMATY_STORE, BELARUS, KAZAKH_INSPECTOR, KAZAKHSTAN, MINSK_DAIRY

WHY = {"reason": "Listeria in two samples.", "legal_basis": "TR 033/2013, article 40"}
SSCC = "146070950831234560"


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker
        assert await faults(world) == {}


@pytest.fixture
async def inspector(world):
    async with world.as_(BELARUS) as client:
        yield client


async def place(client, **named):
    return await client.put(f"/blocks/{uuid4()}", json={**WHY, **named})


async def lift(client, block, lifting=None):
    path = f"/blocks/{block}/lifting/{lifting or uuid4()}"
    return await client.put(path, json={"reason": "The samples were clean."})


async def may_withdraw(dairy, code: str) -> bool:
    body = {"codes": [code], "reason": "DISTANCE_SALE"}
    answer = await dairy.http.put(f"/withdrawals/{uuid4()}?dry_run=true", json=body)
    return answer.json()["units"] == 1


async def may_sell(dairy, code: str) -> bool:
    """What a verdict says, now and as of now."""
    answer = await dairy.http.post("/verify", json={"code": code})
    allowed: bool = answer.json()["purposes"]["sell"]["allowed"]
    standing = await dairy.http.post("/standing", json={"code": code})
    assert bool(standing.json()["standing"]["blocks"]) is not allowed
    return allowed


async def test_a_block_is_placed_once_and_lifted_once(dairy, inspector, world):
    codes = await dairy.circulating(5)
    block, lifting = uuid4(), uuid4()
    body = {**WHY, "codes": codes[:2], "until": "2199-01-01T00:00:00Z"}

    placed = await inspector.put(f"/blocks/{block}", json=body)
    async with no_trace(world):
        again = await inspector.put(f"/blocks/{block}", json=body)

    told = made(placed)
    BlockReceipt.model_validate(told)
    assert (told["block"], told["scope"], told["units"]) == (str(block), "UNITS", 2)
    assert (again.status_code, again.json()) == (200, told)
    assert not await may_withdraw(dairy, codes[0])
    assert await may_withdraw(dairy, codes[2])

    lifted = await lift(inspector, block, lifting)
    async with no_trace(world):
        repeated = await lift(inspector, block, lifting)
        second = await lift(inspector, block)

    LiftingReceipt.model_validate(made(lifted))
    assert (repeated.status_code, repeated.json()) == (200, lifted.json())
    assert (second.status_code, problem(second)) == (409, "block-ended")
    assert await may_withdraw(dairy, codes[0])


async def test_every_scope_is_named_in_its_own_way(dairy, inspector):
    codes = await dairy.circulating(5, lot={"lot_number": "L-1"})
    batch = (await dairy.http.get("/batches")).json()["batches"][0]["batch"]
    body = {"packages": [{"sscc": SSCC, "contents": {"codes": codes[:3]}}]}
    made(await dairy.http.put(f"/packings/{uuid4()}", json=body))
    scopes = [
        ({"runs": [run(batch, 0, 5)], "codes": []}, "UNITS", 5),
        ({"package": f"00{SSCC}"}, "PACKAGE", 3),
        ({"batch": batch}, "BATCH", None),
        ({"lot": {"gtin": MILK[1:], "lot_number": "L-1"}}, "LOT", None),
        ({"gtin": MILK}, "GTIN", None),
        ({"product_group": "milk"}, "PRODUCT_GROUP", None),
    ]

    for named, scope, units in scopes:
        told = made(await place(inspector, **named))
        assert (told["scope"], told["units"]) == (scope, units)
        for code in (codes[0], codes[4]):
            spared = scope == "PACKAGE" and code == codes[4]
            assert await may_sell(dairy, code) is spared
        assert await may_withdraw(dairy, codes[4]) is (scope == "PACKAGE")
        made(await lift(inspector, told["block"]))
        assert await may_sell(dairy, codes[0])
        assert await may_withdraw(dairy, codes[4])


async def test_verdicts_and_rules_agree_on_whom_a_word_reaches(dairy, inspector, world):
    codes = await dairy.circulating(3, lot={"lot_number": "L-1"})
    later = await dairy.circulating(3, lot={"lot_number": "L-1", "expires_on": "2199-01-01"})
    batch = (await dairy.http.get("/batches")).json()["batches"][0]["batch"]
    lot = {"lot": {"gtin": MILK, "lot_number": "L-1"}}
    async with world.as_(KAZAKHSTAN) as abroad:
        for named in (lot, {"batch": batch}, {"gtin": MILK}, {"product_group": "milk"}):
            made(await place(abroad, **named))
    everywhere = [*codes, *later]
    assert all([await may_sell(dairy, code) for code in everywhere])
    assert all([await may_withdraw(dairy, code) for code in everywhere])

    made(await place(inspector, **lot))

    assert not any([await may_sell(dairy, code) for code in everywhere])
    assert not any([await may_withdraw(dairy, code) for code in everywhere])


async def test_the_blocks_of_a_state_are_listed_and_told(dairy, inspector, world):
    await dairy.circulating(5, lot={"lot_number": "L-1"})
    batch = (await dairy.http.get("/batches")).json()["batches"][0]["batch"]
    first = made(await place(inspector, runs=[run(batch, 1, 3)]))["block"]
    second = made(await place(inspector, lot={"gtin": MILK, "lot_number": "L-1"}))["block"]
    made(await lift(inspector, first))
    async with world.as_(KAZAKHSTAN) as client:
        made(await place(client, gtin=MILK))
        elsewhere = await client.get(f"/blocks/{first}")

    page = (await inspector.get("/blocks", params={"limit": 1})).json()
    rest = (await inspector.get("/blocks", params={"after": page["next"]})).json()
    one = (await inspector.get(f"/blocks/{first}")).json()

    BlockPage.model_validate(page)
    BlockNow.model_validate(one)
    [found] = page["blocks"]
    BlockAnswer.model_validate(found)
    assert (found["block"], found["in_force"]) == (second, True)
    assert found["lot"] == {"gtin": MILK, "lot_number": "L-1"}
    assert found["authority"]["name"] == BELARUS.name
    assert [block["block"] for block in rest["blocks"]] == [first]
    assert rest["next"] is None
    assert one["runs"] == [{"batch": batch, "first": 1, "count": 3}]
    assert (one["in_force"], one["ended"]["kind"], one["units"]) == (False, "UNBLOCKED", 3)
    assert (one["reason"], one["legal_basis"]) == tuple(WHY.values())
    assert (elsewhere.status_code, problem(elsewhere)) == (404, "unknown-block")


async def test_only_authorities_block_and_see_blocks(dairy, inspector, world):
    codes = await dairy.circulating(2)
    placed = made(await place(inspector, codes=codes))["block"]

    async with no_trace(world):
        answers = [
            await place(dairy.http, codes=codes),
            await lift(dairy.http, placed),
            await dairy.http.get("/blocks"),
            await dairy.http.get(f"/blocks/{placed}"),
        ]

    assert {(one.status_code, problem(one)) for one in answers} == {(403, "role-missing")}


async def test_an_inspector_needs_no_other_role(dairy, world):
    codes = await dairy.circulating(2)
    await world.settle(KAZAKH_INSPECTOR)

    async with world.as_(KAZAKH_INSPECTOR) as client:
        beyond = await place(client, codes=codes[:1])
        made(await place(client, gtin=MILK))

    assert (beyond.status_code, problem(beyond)) == (404, "unknown-codes")
    assert await may_withdraw(dairy, codes[0])


async def test_a_rehearsal_tells_what_a_block_would_cover(dairy, inspector, world):
    codes = await dairy.circulating(3)
    body = {**WHY, "codes": codes}

    async with no_trace(world):
        answer = await inspector.put(f"/blocks/{uuid4()}?dry_run=true", json=body)

    assert answer.status_code == 200
    BlockRehearsal.model_validate(answer.json())
    assert answer.json() == {"dry_run": True, "scope": "UNITS", "units": 3}


WRONG = [
    ({}, 422, "request-invalid"),
    ({"gtin": MILK, "product_group": "milk"}, 422, "request-invalid"),
    ({"codes": ["x"], "gtin": MILK}, 422, "request-invalid"),
    ({"gtin": "1"}, 422, "request-invalid"),
    ({"gtin": "04810000000019"}, 422, "request-invalid"),
    ({"lot": {"gtin": MILK}}, 422, "request-invalid"),
    ({"batch": "milk"}, 422, "request-invalid"),
    ({"product_group": "milk", "reason": " "}, 422, "request-invalid"),
    ({"product_group": "milk", "colour": "red"}, 422, "request-invalid"),
    ({"product_group": "milk", "until": "2026-11-20"}, 422, "request-invalid"),
    ({"product_group": "milk", "until": "2001-01-01T00:00:00Z"}, 422, "block-term-passed"),
    ({"product_group": "sand"}, 404, "unknown-product-group"),
    ({"gtin": "04810000000094"}, 404, "unknown-product"),
    ({"lot": {"gtin": MILK, "lot_number": "L-2"}}, 404, "unknown-lot"),
    ({"batch": "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a11"}, 404, "unknown-batch"),
    ({"package": SSCC}, 404, "unknown-packages"),
    ({"package": SSCC[:-1] + "1"}, 400, "sscc-invalid"),
    ({"codes": ["rubbish"]}, 400, "unreadable-codes"),
    ({"codes": [f"01{MILK}212zzzzz"]}, 404, "unknown-codes"),
    ({"codes": ["x"] * 30_001}, 422, "request-invalid"),
]


async def test_a_block_that_names_nothing_right_is_refused_without_a_trace(dairy, inspector, world):
    [code] = await dairy.circulating(1)

    async with no_trace(world):
        answers = [await place(inspector, **named) for named, _, _ in WRONG]
        twice = await place(inspector, codes=[code, code])
        nobody = await lift(inspector, uuid4())

    told = [(one.status_code, problem(one)) for one in answers]
    assert told == [(status, slug) for _, status, slug in WRONG]
    assert problem(twice) == "codes-repeated"
    assert problem(nobody) == "unknown-block"


async def test_goods_are_blocked_where_they_are_in_turnover(dairy, world):
    codes = await dairy.circulating(4)
    declare = {
        "in_force": True,
        "valid_from": "2026-01-01",
        "valid_to": None,
        "decision": "Order 518",
    }
    async with world.as_(KAZAKHSTAN) as operator:
        made(await operator.put(f"/product-groups/milk/declarations/{uuid4()}", json=declare))
        offer = {
            "kind": "SALE",
            "receiver": {"participant": str(ALMATY_STORE.uuid)},
            "goods": {"codes": codes[:2]},
            "documents": [{"kind": "CONSIGNMENT_NOTE", "number": "1", "date": "2026-11-20"}],
        }
        transfer = made(await dairy.http.put(f"/transfers/{uuid4()}", json=offer))["transfer"]
        async with world.as_(ALMATY_STORE) as store:
            path = f"/transfers/{transfer}/acceptances/{uuid4()}"
            made(await store.put(path, json={"all": True, "assurance": "TRUSTING"}))

        placed = await place(operator, codes=codes[:2])
        beyond = await place(operator, codes=codes[2:])

    assert made(placed)["units"] == 2
    assert problem(beyond) == "unknown-codes"
