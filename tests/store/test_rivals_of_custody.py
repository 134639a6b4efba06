"""Rivals for the same goods: one wins or both are served in turn, and nobody waits in a circle."""

import asyncio
from collections.abc import Awaitable, Sequence

import asyncpg

from domain.database import driver
from domain.errors import (
    Busy,
    GoodsHeldBack,
    Refusal,
    StatusNotFitting,
    UnknownCodes,
    UnknownPackages,
)
from domain.errors_of_custody import (
    GoodsNotOffered,
    PackagesHeldBack,
    TransferAnswered,
    TransferClosed,
)
from domain.lifecycle import rules
from domain.registry.goods import Wanted, enter
from domain.registry.spans import Run
from tests.store.trade import (
    ALMATY,
    BREST,
    DAIRY,
    GTIN,
    INTERVALS,
    codes_of,
    packages,
    run_of,
    sscc,
    trade,
)

ROUNDS = 6
WAITS = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"


async def race(*stories: Awaitable[object]) -> list[object]:
    """What became of each; a fault that is no refusal is raised."""
    found = await asyncio.gather(*stories, return_exceptions=True)
    faults = [
        one for one in found if isinstance(one, BaseException) and not isinstance(one, Refusal)
    ]
    assert not faults, faults
    assert not any(isinstance(one, Busy) for one in found)
    return found


def winners(found: Sequence[object]) -> list[object]:
    return [one for one in found if not isinstance(one, Refusal)]


def losers(found: Sequence[object]) -> set[type]:
    return {type(one) for one in found if isinstance(one, Refusal)}


async def test_of_two_offers_of_overlapping_goods_one_wins(database_url):
    async with trade(database_url) as here:
        for _ in range(ROUNDS):
            batch, other = await here.circulating(40), await here.circulating(40)
            there = [*await here.lines(batch), *await here.lines(other)]

            found = await race(
                here.offer(codes_of(there)),
                here.offer(codes_of(there[::-1]), to=BREST),
                here.offer(codes_of(there[20:60])),
                here.offer(run_of(other, 0, 40), to=BREST),
            )

            assert 1 <= len(winners(found)) <= 2  # the third and the fourth overlap, too
            assert losers(found) <= {GoodsHeldBack}
        assert await here.faults() == {}


async def test_an_offer_is_accepted_or_cancelled_never_both(database_url):
    async with trade(database_url) as here:
        outcomes = set()
        for _ in range(ROUNDS):
            batch = await here.circulating(30)
            await here.pack(sscc(_ + 1), [(batch, 0, 20)])
            pallet = await here.offer(packages(sscc(_ + 1)))
            loose = await here.offer(run_of(batch, 20, 10))

            for transfer in (pallet, loose):
                found = await race(
                    here.accept(transfer), here.cancel(transfer), here.reject(transfer)
                )
                (won,) = winners(found)
                outcomes.add(won["status"])
                assert losers(found) == {TransferClosed}
        assert outcomes <= {"ACCEPTED", "CANCELLED", "REJECTED"}
        assert await here.faults() == {}


async def test_accepting_twice_passes_custody_once(database_url):
    async with trade(database_url) as here:
        for _ in range(ROUNDS):
            batch = await here.circulating(30)
            transfer = await here.offer(run_of(batch, 0, 30))

            found = await race(
                here.accept(transfer, run_of(batch, 0, 20)),
                here.accept(transfer, run_of(batch, 10, 20)),
                here.accept(transfer),
            )

            assert losers(found) <= {GoodsNotOffered, TransferClosed}
            shown = await here.show(transfer)
            assert shown["accepted"] == sum(one["accepted"] for one in winners(found))
        assert await here.faults() == {}


async def test_a_unit_is_not_accepted_out_of_a_pallet_that_passes_whole(database_url):
    async with trade(database_url) as here:
        for number in range(ROUNDS):
            batch = await here.circulating(30)
            lines = await here.lines(batch)
            await here.pack(sscc(number * 3), [(batch, 0, 10)])
            await here.pack(sscc(number * 3 + 1), [(batch, 10, 20)])
            await here.pack(sscc(number * 3 + 2), inside=[sscc(number * 3), sscc(number * 3 + 1)])
            transfer = await here.offer(packages(sscc(number * 3 + 2)))

            found = await race(
                here.accept(transfer, packages(sscc(number * 3 + 2))),
                here.accept(transfer, codes_of(lines[3:5])),
                here.accept(transfer, packages(sscc(number * 3 + 1))),
                here.reject(transfer, codes_of(lines[15:16])),
            )

            assert winners(found)
            assert losers(found) <= {GoodsNotOffered, TransferClosed, UnknownPackages}
            shown = await here.show(transfer)
            assert shown["accepted"] + shown["released"] + shown["left"] == 30
        assert await here.faults() == {}


async def test_goods_are_packed_or_offered(database_url):
    async with trade(database_url) as here:
        for number in range(ROUNDS):
            batch = await here.circulating(30)
            inner, outer = sscc(number * 2), sscc(number * 2 + 1)
            await here.pack(inner, [(batch, 0, 10)])

            found = await race(
                here.offer(packages(inner)),
                here.pack(outer, inside=[inner]),
                here.offer(run_of(batch, 10, 20)),
                here.take(rules.GIVE_LOT, run_of(batch, 0, 30)),
            )

            assert winners(found)
            assert await here.faults() == {}


async def test_steps_and_offers_of_the_same_goods_are_served_in_turn(database_url):
    async with trade(database_url) as here:
        for _ in range(ROUNDS):
            batch = await here.register(3_000)
            await here.take(rules.APPLY, run_of(batch, 0, 3_000))

            found = await race(
                here.take(rules.INTRODUCE, run_of(batch, 0, 3_000)),
                here.offer(run_of(batch, 1_000, 1_000)),
                here.offer(run_of(batch, 0, 3_000), to=BREST),
            )

            assert not isinstance(found[0], Refusal)
            assert losers(found) <= {StatusNotFitting, GoodsHeldBack}
        assert await here.faults() == {}


async def test_chains_of_transfers_in_both_directions_never_hang(database_url):
    async with trade(database_url) as here:
        batches = [await here.circulating(20) for _ in range(4)]
        for at, batch in enumerate(batches):
            await here.pack(sscc(at), [(batch, 0, 20)])

        async def hand_on(order: Sequence[int]) -> int:
            passed = 0
            holder, taker = (DAIRY, ALMATY) if order[0] % 2 else (ALMATY, DAIRY)
            for at in order:
                try:
                    transfer = await here.offer(packages(sscc(at)), by=holder, to=taker)
                    passed += (await here.accept(transfer, by=taker))["accepted"]
                except (UnknownPackages, GoodsHeldBack, UnknownCodes, TransferClosed):
                    continue
                except TransferAnswered:
                    continue
            return passed

        passed = await race(
            *(hand_on(order) for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)))
        )

        assert sum(passed) >= 80
        assert await here.faults() == {}


async def test_a_unit_is_sold_whatever_rivals_do_with_its_pallet(database_url):
    async with trade(database_url) as here:
        for number in range(ROUNDS):
            batch = await here.circulating(30)
            lines = await here.lines(batch)
            case, pallet = sscc(number * 3), sscc(number * 3 + 1)
            await here.pack(case, [(batch, 0, 10)])
            transfer = await here.offer(run_of(batch, 20, 10))

            found = await race(
                here.sell(lines[3], lines[25]),
                here.offer(packages(case)),
                here.pack(pallet, [(batch, 10, 5)], inside=[case]),
                here.unpack(codes=lines[2:5]),
                here.accept(transfer),
                here.sell(lines[3], by=BREST),
            )

            assert not isinstance(found[0], Refusal)
            assert not isinstance(found[5], Refusal)
            sold = {one[0] for one in await here.held(batch) if one[3] == "WITHDRAWN"}
            assert sold == {3, 25}
        assert await here.faults() == {}


async def test_packing_and_unpacking_are_served_in_turn_with_answers(database_url):
    async with trade(database_url) as here:
        for number in range(ROUNDS):
            batch = await here.circulating(40)
            cases = [sscc(number * 5 + at) for at in range(4)]
            for at, case in enumerate(cases[:3]):
                await here.pack(case, [(batch, at * 10, 10)])
            await here.pack(cases[3], inside=cases[:2])
            transfer = await here.offer(packages(cases[3]))

            found = await race(
                here.unpack(dissolved=[cases[3]]),
                here.accept(transfer, packages(cases[0])),
                here.pack(cases[2], [(batch, 30, 10)]),
                here.unpack(dissolved=[cases[2]]),
                here.cancel(transfer),
            )

            assert len(winners(found[1:2] + found[4:5])) == 1
            assert losers(found) <= {
                GoodsHeldBack,
                PackagesHeldBack,
                UnknownPackages,
                TransferClosed,
                TransferAnswered,
            }
        assert await here.faults() == {}


async def test_a_block_meets_every_verb_before_it_or_after_it(database_url):
    async with trade(database_url) as here:
        for number in range(ROUNDS):
            batch = await here.circulating(40)
            lines = await here.lines(batch)
            case, pallet = sscc(number * 3), sscc(number * 3 + 1)
            await here.pack(case, [(batch, 0, 10)])
            transfer = await here.offer(run_of(batch, 30, 10))
            blocks = (
                {"goods": codes_of(lines[5:35])},
                {"package": case},
                {"batch": batch},
                {"gtin": GTIN},
            )

            found = await race(
                here.block(**blocks[number % len(blocks)]),
                here.offer(packages(case)),
                here.pack(pallet, [(batch, 10, 5)]),
                here.accept(transfer),
                here.sell(lines[6]),
                here.take(rules.GIVE_LOT, run_of(batch, 15, 5)),
            )

            assert not isinstance(found[0], Refusal)
            assert not isinstance(found[4], Refusal)
            assert losers(found) <= {GoodsHeldBack}
            assert await here.faults() == {}
            await here.lift(found[0])
        assert await here.faults() == {}


async def test_who_waits_for_goods_gets_them_when_they_are_given_back(database_url):
    """And not only when the transaction ends that had locked them: it may be next in the queue."""
    async with (
        trade(database_url) as here,
        here.database.transaction() as first,
        here.database.transaction() as second,
    ):
        batch = await here.circulating(10)
        one, other = await driver(first), await driver(second)
        intervals = await one.fetch(INTERVALS, batch)
        wanted = Wanted([Run(*row) for row in intervals])

        await one.execute("SAVEPOINT looking")
        await enter(one, wanted)
        waiting = asyncio.create_task(enter(other, wanted))
        await seen_waiting(database_url, other.get_server_pid())
        await one.execute("ROLLBACK TO SAVEPOINT looking")

        async with asyncio.timeout(10):
            scene = await waiting
        assert [atom.units for atom in scene.atoms] == [10]


async def seen_waiting(url: str, pid: int) -> None:
    owner = await asyncpg.connect(url)
    async with asyncio.timeout(10):
        while not await owner.fetchval(WAITS, pid):
            pass
    await owner.close()
