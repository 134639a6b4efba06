"""Goods that arrived without a transfer, as inspectors of both states are told of them."""

from uuid import uuid4

import pytest

from tests.making import at_work, faults, made
from tests.world import ALMATY_STORE, BELARUS, KAZAKHSTAN, MINSK_DAIRY

DECREE = {"in_force": True, "valid_from": "2026-01-01", "decision": "Order 1"}
PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-11-01"}


@pytest.fixture
async def dairy(world):
    async with world.as_(KAZAKHSTAN) as operator:
        made(await operator.put(f"/product-groups/milk/declarations/{uuid4()}", json=DECREE))
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


async def arrive(world, dairy, codes: list[str], **otherwise) -> None:
    """The dairy offers these to the store, which accepts them with what it found beside."""
    transfer = uuid4()
    offer = {
        "kind": "SALE",
        "receiver": {"member_state": "KZ", "tax_id": ALMATY_STORE.tax_id},
        "goods": {"codes": codes},
        "documents": [PAPER],
    }
    answer = {"all": True, "assurance": "TRUSTING", **otherwise}
    made(await dairy.http.put(f"/transfers/{transfer}", json=offer))
    async with world.as_(ALMATY_STORE) as store:
        made(await store.put(f"/transfers/{transfer}/acceptances/{uuid4()}", json=answer))


async def told(world, who) -> list[dict]:
    async with world.as_(who) as overseer:
        found = (await overseer.get("/findings")).json()["findings"]
    return [
        {
            "rule": one["rule"],
            "code": one["code"],
            "by": one["participant"]["name"],
            "how": one["facts"]["how"],
            "holder": one["facts"]["holder"]["name"],
        }
        for one in found
    ]


async def test_surplus_goods_are_a_gap_in_custody_for_both_states(world, dairy):
    codes = await dairy.circulating(3)

    await arrive(world, dairy, codes[:1], surplus=[codes[1], codes[1]], swapped=[codes[2]])

    expected = [
        {
            "rule": "custody-gap",
            "code": code[:24],
            "by": ALMATY_STORE.name,
            "how": "surplus",
            "holder": MINSK_DAIRY.name,
        }
        for code in (codes[2], codes[1])
    ]
    assert await told(world, KAZAKHSTAN) == expected
    assert await told(world, BELARUS) == expected
    assert await faults(world) == {}


async def test_what_cannot_be_read_or_is_not_genuine_names_no_goods(world, dairy):
    codes = await dairy.circulating(2)
    forged = codes[1][:-1] + ("A" if codes[1][-1] != "A" else "B")

    await arrive(world, dairy, codes[:1], surplus=[forged], unknown=["nonsense"])

    assert await told(world, KAZAKHSTAN) == []


async def test_goods_that_the_receiver_holds_already_stand_in_no_gap(world, dairy):
    codes = await dairy.circulating(2)
    await arrive(world, dairy, codes[:1])

    await arrive(world, dairy, codes[1:], surplus=codes[:1])

    assert await told(world, KAZAKHSTAN) == []
