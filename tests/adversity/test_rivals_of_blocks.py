"""Blocks against everything that moves the same goods: who comes second is held back, or waits."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from domain.errors import GoodsHeldBack, Refusal, StatusNotFitting
from domain.errors_of_custody import BlockEnded
from domain.lifecycle import rules
from domain.remarking import actions as remarking
from domain.remarking.told import Pair, Remarking
from tests.store.banning import block, let_pass, lift
from tests.store.leaving import group, restore, withdraw
from tests.store.trade import (
    BREST,
    BREST_INSPECTOR,
    DAIRY,
    GTIN,
    Trade,
    codes_of,
    packages,
    run_of,
    sscc,
    trade,
)

ROUNDS = 6


@pytest.fixture
async def here(database_url):
    async with trade(database_url) as found:
        yield found
        assert await found.faults() == {}


async def at_once(*rivals: Awaitable[Any]) -> list[Any]:
    """What came of each; only refusals may."""
    found = await asyncio.gather(*rivals, return_exceptions=True)
    faults = [one for one in found if isinstance(one, Exception) and not isinstance(one, Refusal)]
    assert faults == []
    return found


def banned(here: Trade, **named: Any) -> Awaitable[Any]:
    return block(here, by=BREST_INSPECTOR, **named)


def won(found: Any) -> bool:
    return not isinstance(found, Refusal)


async def remark(here: Trade, new: str, old: str) -> Any:
    told = Remarking((Pair(new, old),), "CODE_SPOILED_OR_LOST")
    request = here.request(DAIRY)
    return await remarking.remark(here.database, request, told, actor=DAIRY, keyring=here.keyring)


async def test_a_block_against_all_that_the_holder_does(here):
    """The block is always placed; the holder comes before it, or is held back by it."""
    for at in range(ROUNDS):
        batch = await here.circulating(40)
        codes = await here.lines(batch)
        fresh = await here.register(1)
        await here.take(rules.APPLY, run_of(fresh, 0, 1))
        [new] = await here.lines(fresh)
        await withdraw(here, run_of(batch, 30, 5), "OWN_USE")
        await here.pack(sscc(at), [(batch, 20, 5)])
        scope = ({"goods": run_of(batch, 0, 40)}, {"batch": batch}, {"gtin": GTIN})[at % 3]

        placed, *others = await at_once(
            banned(here, **scope),
            here.offer(run_of(batch, 0, 5), to=BREST),
            withdraw(here, run_of(batch, 5, 5), "OWN_USE"),
            group(here, codes[10], codes[11:14]),
            remark(here, new, codes[15]),
            restore(here, run_of(batch, 30, 5)),
            here.offer(packages(sscc(at)), to=BREST),
        )

        assert won(placed)
        assert {type(one) for one in others if not won(one)} <= {GoodsHeldBack}
        for late in (codes[39], codes[34]):
            with pytest.raises((GoodsHeldBack, StatusNotFitting)):
                await withdraw(here, codes_of([late]), "OWN_USE")
        await lift(here, placed, BREST_INSPECTOR)


async def test_blocks_of_all_scopes_on_the_same_goods_wait_in_no_circle(here):
    batch = await here.circulating(200)
    for at in range(4):
        await here.pack(sscc(at), [(batch, at * 10, 10)])
    whole = [{"batch": batch}, {"gtin": GTIN}, {"product_group": "milk"}]
    units = [{"goods": run_of(batch, first, 120)} for first in (0, 40, 80)]
    outer = [{"package": sscc(at)} for at in range(4)]

    placed = await at_once(*[banned(here, **one) for one in (*whole, *units, *outer) * 2])

    assert all(map(won, placed))
    lifted = await at_once(*[lift(here, one, BREST_INSPECTOR) for one in placed * 2])
    assert sum(map(won, lifted)) == len(placed)
    assert {type(one) for one in lifted if not won(one)} == {BlockEnded}
    await here.offer(run_of(batch, 40, 160), to=BREST)


async def test_overlapping_blocks_that_come_and_go_leave_nothing_blocked(here):
    batch = await here.circulating(300)
    runs = [(at * 20, 100) for at in range(10)]

    async def come_and_go(first: int, count: int) -> None:
        for _ in range(3):
            placed = await banned(here, goods=run_of(batch, first, count))
            await lift(here, placed, BREST_INSPECTOR)

    assert all(map(won, await at_once(*[come_and_go(*run) for run in runs])))

    await here.offer(run_of(batch, 0, 300), to=BREST)


async def test_a_block_that_is_over_is_ended_once_whoever_finds_it(here):
    for _ in range(ROUNDS):
        batch = await here.circulating(20)
        until = datetime.now(UTC) + timedelta(days=1)
        placed = await banned(here, goods=run_of(batch, 0, 20), until=until)
        await let_pass(here, placed)

        *sold, lifted = await at_once(
            withdraw(here, run_of(batch, 0, 5), "OWN_USE"),
            withdraw(here, run_of(batch, 5, 5), "OWN_USE"),
            here.offer(run_of(batch, 10, 5), to=BREST),
            lift(here, placed, BREST_INSPECTOR),
        )

        assert all(map(won, sold))
        assert isinstance(lifted, BlockEnded)


async def test_of_rivals_for_the_same_goods_one_withdraws_them(here):
    for _ in range(ROUNDS):
        batch = await here.circulating(30)
        left = [(0, 20), (10, 20), (0, 30), (15, 1)]

        found = await at_once(
            *[withdraw(here, run_of(batch, *run), "OWN_USE") for run in left],
            here.offer(run_of(batch, 12, 5), to=BREST),
        )

        assert sum(map(won, found)) >= 1
        units = {
            at
            for one, run in zip(found, [*left, (12, 5)], strict=True)
            if won(one)
            for at in range(run[0], sum(run))
        }
        counted = sum(run[1] for one, run in zip(found, [*left, (12, 5)], strict=True) if won(one))
        assert len(units) == counted  # nothing went twice


async def test_a_code_is_replaced_once_and_a_new_one_put_on_once(here):
    for _ in range(ROUNDS):
        old = await here.lines(await here.circulating(2))
        batch = await here.register(2)
        await here.take(rules.APPLY, run_of(batch, 0, 2))
        new = await here.lines(batch)

        found = await at_once(*[remark(here, *pair) for pair in product(new, old)])

        assert sum(map(won, found)) in {1, 2}
        assert {type(one) for one in found if not won(one)} == {StatusNotFitting}


async def test_coming_back_and_leaving_again_take_turns(here):
    batch = await here.circulating(10)
    await withdraw(here, run_of(batch, 0, 10), "OWN_USE")
    there_and_back = [restore, withdraw] * 8

    found = await at_once(
        *[
            verb(here, run_of(batch, 0, 10))
            if verb is restore
            else verb(here, run_of(batch, 0, 10), "OWN_USE")
            for verb in there_and_back
        ]
    )

    back = sum(map(won, found[::2]))
    gone = sum(map(won, found[1::2]))
    assert back - gone in {0, 1}
    assert back >= 1
