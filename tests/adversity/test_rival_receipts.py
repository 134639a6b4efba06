"""Tills at once: each receipt is recorded once, and what moves the same goods waits its turn."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from domain.errors import Busy, Refusal
from tests.store.leaving import group, statuses
from tests.store.till import back, column, rules_of, sale, send
from tests.store.trade import ALMATY, BREST, DAIRY, codes_of, packages, run_of, sscc, trade

ROUNDS = 5


@pytest.fixture
async def here(database_url):
    async with trade(database_url) as found:
        yield found
        assert await found.faults() == {}


async def at_once(*rivals: Awaitable[Any]) -> list[Any]:
    """What came of each; a fault that is no refusal is raised, and nobody was too busy."""
    found = await asyncio.gather(*rivals, return_exceptions=True)
    faults = [one for one in found if isinstance(one, Exception) and not isinstance(one, Refusal)]
    assert faults == []
    assert not any(isinstance(one, Busy) for one in found)
    return found


async def test_the_same_receipts_sent_many_times_at_once_are_recorded_once(here):
    batch = await here.circulating(60)
    lines = await here.lines(batch)
    receipts = [sale(*lines[at : at + 3]) for at in range(0, 60, 3)]

    calls = await at_once(
        *(send(here, *receipts[::step]) for step in (1, -1, 1, -1)),
        send(here, *receipts[5:]),
        send(here, *receipts[:9]),
    )

    told = [one for call in calls for one in call]
    assert {one["outcome"] for one in told} == {"recorded", "repeated"}
    assert sum(one["outcome"] == "recorded" for one in told) == len(receipts)
    assert await statuses(here, batch) == {"WITHDRAWN": 60}
    assert await column(here, "SELECT count(*) FROM receipts") == [20]
    assert await column(here, "SELECT count(*) FROM findings") == [0]


async def test_one_number_with_two_contents_has_one_of_them(here):
    batch = await here.circulating(2 * ROUNDS)
    lines = await here.lines(batch)
    for at in range(ROUNDS):
        one, other = lines[2 * at : 2 * at + 2]
        number = f"of round {at}"

        calls = await at_once(
            *(send(here, sale(code, document=number)) for code in (one, other, one, other))
        )

        outcomes = sorted(call[0]["outcome"] for call in calls)
        assert outcomes.count("recorded") == 1
        assert outcomes.count("conflict") >= 1
    assert await statuses(here, batch) == {"WITHDRAWN": ROUNDS, "IN_CIRCULATION": ROUNDS}


async def test_tills_that_sell_the_same_units_all_record_it(here):
    batch = await here.circulating(30)
    lines = await here.lines(batch)

    calls = await at_once(
        *(
            send(here, *(sale(code, till=till) for code in lines[::step]), by=seller)
            for till, step, seller in (
                ("T-1", 1, DAIRY),
                ("T-2", -1, DAIRY),
                ("T-1", 1, BREST),
                ("T-2", -1, ALMATY),
            )
        )
    )

    assert {one["outcome"] for call in calls for one in call} == {"recorded"}
    twice = await column(
        here, "SELECT count(DISTINCT event_id) FROM findings WHERE rule = 'sold-twice'"
    )
    assert twice == [90]  # of four sales of each, one was the first
    assert await statuses(here, batch) == {"WITHDRAWN": 30}


async def test_a_sale_against_an_offer_is_a_fact_either_way(here):
    for _ in range(ROUNDS):
        batch = await here.circulating(20)
        lines = await here.lines(batch)

        sold, offered, other = await at_once(
            send(here, sale(*lines[5:10])),
            here.offer(codes_of(lines)),
            here.offer(run_of(batch, 5, 5), to=BREST),
        )

        assert sold[0]["outcome"] == "recorded"
        assert (await statuses(here, batch))["WITHDRAWN"] == 5
        assert any(isinstance(one, Refusal) for one in (offered, other))
        for transfer in (offered, other):
            if not isinstance(transfer, Refusal):
                assert (await here.show(transfer))["sold"] == 5
                assert rules_of(sold[0]) == ["sold-in-transfer"] * 5


async def test_a_sale_out_of_a_pallet_that_is_accepted_or_unpacked_finds_the_unit(here):
    for at in range(ROUNDS):
        batch = await here.circulating(12)
        lines = await here.lines(batch)
        case, pallet = sscc(2 * at + 1), sscc(2 * at + 2)
        await here.pack(case, [(batch, 0, 6)])
        await here.pack(pallet, [(batch, 6, 6)], inside=[case])
        transfer = await here.offer(packages(pallet))

        sold, accepted, unpacked = await at_once(
            send(here, sale(lines[0], lines[7])),
            here.accept(transfer),
            here.unpack(dissolved=[case]),
        )

        assert (sold[0]["outcome"], sold[0]["units"]) == ("recorded", 2)
        shown = await here.show(transfer)
        assert shown["accepted"] + shown["sold"] == 12
        assert isinstance(unpacked, Refusal)
        assert accepted["accepted"] == shown["accepted"]
        assert (await statuses(here, batch))["WITHDRAWN"] == 2


async def test_units_of_one_pack_sold_at_two_tills_dissolve_it_once(here):
    for _ in range(ROUNDS):
        batch = await here.circulating(5)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:])

        await at_once(
            send(here, sale(lines[1]), sale(lines[2])),
            send(here, sale(lines[3], till="T-2")),
            send(here, sale(lines[4], till="T-3"), by=BREST),
        )

        assert await statuses(here, batch) == {"WITHDRAWN": 5}


async def test_sales_and_returns_of_one_unit_follow_one_another(here):
    batch = await here.circulating(1)
    lines = await here.lines(batch)

    calls = await at_once(
        *(send(here, sale(lines[0], till=till), back(lines[0], till=till)) for till in "abcdef")
    )

    assert all(one["outcome"] == "recorded" for call in calls for one in call)
    assert await statuses(here, batch) == {"IN_CIRCULATION": 1}
    assert await column(here, "SELECT count(*) FROM findings") == [0]


async def test_a_block_comes_before_a_sale_or_after_it(here):
    batches = [await here.circulating(20) for _ in range(ROUNDS)]
    for batch in batches:
        lines = await here.lines(batch)

        sold, *_ = await at_once(
            send(here, sale(*lines[:5])),
            here.block(goods=run_of(batch, 0, 10)),
            here.block(batch=batch),
            here.block(product_group="milk"),
        )

        assert sold[0]["outcome"] == "recorded"
        assert set(rules_of(sold[0])) <= {"sold-while-blocked"}
        assert (await statuses(here, batch))["WITHDRAWN"] == 5
