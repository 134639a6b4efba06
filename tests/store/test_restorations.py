"""Goods come back into circulation, as they were before they left."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import GoodsHeldBack, StatusNotFitting, UnknownCodes, UnknownPackages
from domain.errors_of_custody import CorrectionNotFitting, DocumentDateInFuture, NotRestorable
from domain.withdrawal.told import Parts
from tests.store.banning import block, kinds, lift
from tests.store.leaving import (
    PAPER,
    event_told,
    group,
    in_beer,
    restore,
    standings,
    statuses,
    withdraw,
)
from tests.store.trade import (
    ALMATY,
    BREST,
    BREST_INSPECTOR,
    OTHER_GTIN,
    codes_of,
    packages,
    run_of,
    sscc,
    trade,
)

IN, OUT = "IN_CIRCULATION", "WITHDRAWN"


@pytest.fixture
async def here(database_url):
    async with trade(database_url) as found:
        yield found
        assert await found.faults() == {}


async def test_restored_goods_are_in_circulation_and_may_be_sold_again(here):
    batch = await here.circulating(10)
    left = await withdraw(here, run_of(batch, 0, 5), "OWN_USE")

    told = await restore(here, run_of(batch, 1, 3), corrects=left["event"])

    assert told["units"] == 3
    assert await standings(here, batch) == [
        (0, 1, OUT, "OWN_USE", None, None),
        (1, 3, IN, None, None, None),
        (4, 1, OUT, "OWN_USE", None, None),
        (5, 5, IN, None, None, None),
    ]
    kind, details, corrects = await event_told(here, told["event"])
    assert (kind, corrects) == ("RESTORED", left["event"])
    assert details["document"]["name"] == "Order"
    await here.offer(run_of(batch, 1, 3))


async def test_a_package_comes_back_with_all_that_is_in_it(here):
    batch = await here.circulating(30)
    codes = await here.lines(batch)
    await group(here, codes[0], codes[1:7])
    await here.pack(sscc(1), [(batch, 0, 1), (batch, 10, 4)])
    await withdraw(here, packages(sscc(1)), "OWN_USE")

    for inside in (codes_of(codes[:1]), codes_of(codes[2:3])):
        with pytest.raises(GoodsHeldBack):
            await restore(here, inside)
    told = await restore(here, packages(sscc(1)))

    assert told["units"] == 11
    assert await statuses(here, batch) == {IN: 30}
    await here.offer(packages(sscc(1)))


async def test_what_cannot_be_undone_stays_withdrawn(here):
    batch = await here.circulating(10)
    codes = await here.lines(batch)
    await withdraw(here, run_of(batch, 0, 2))  # destroyed
    await withdraw(here, run_of(batch, 2, 2), "OWN_USE")
    before = await kinds(here)

    with pytest.raises(NotRestorable) as refused:
        await restore(here, run_of(batch, 0, 4))
    assert refused.value.count == 2
    with pytest.raises(StatusNotFitting):
        await restore(here, run_of(batch, 3, 2))
    assert await kinds(here) == before

    told = await restore(here, codes_of(codes[:6]), partial=True)

    assert (told["units"], told["refused"]) == (2, 4)
    assert told["refused_by_reason"] == {"not-restorable": 2, "status-not-fitting": 2}


async def test_what_is_not_held_or_blocked_is_not_restored(here):
    batch = await here.circulating(10)
    codes = await here.lines(batch)
    await here.pack(sscc(1), [(batch, 5, 3)])
    await withdraw(here, replace(run_of(batch, 0, 3), packages=(sscc(1),)), "OWN_USE")
    await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 2, 1))

    for by in (BREST, ALMATY):
        with pytest.raises(UnknownCodes):
            await restore(here, codes_of(codes[:1]), by=by)
        with pytest.raises(UnknownPackages):
            await restore(here, packages(sscc(1)), by=by)
    with pytest.raises(GoodsHeldBack) as refused:
        await restore(here, run_of(batch, 0, 3))
    assert refused.value.by_reason == {"blocked": 1}


async def test_only_the_event_that_withdrew_the_goods_is_corrected(here):
    batch = await here.circulating(10)
    await here.accept(await here.offer(run_of(batch, 8, 2), to=BREST), by=BREST)
    first = await withdraw(here, run_of(batch, 0, 2), "OWN_USE")
    await withdraw(here, run_of(batch, 2, 2), "OWN_USE")
    strange = await withdraw(here, run_of(batch, 8, 2), "OWN_USE", by=BREST)
    before = await kinds(here)

    for event, units in ((first["event"], 2), (strange["event"], 4), (1, 4), (2**62, 4)):
        with pytest.raises(CorrectionNotFitting) as refused:
            await restore(here, run_of(batch, 0, 4), corrects=event)
        assert (refused.value.event, refused.value.count) == (event, units)
    late = replace(PAPER, date=date(2199, 1, 1))
    with pytest.raises(DocumentDateInFuture):
        await restore(here, run_of(batch, 0, 2), document=late)

    assert await kinds(here) == before


async def test_a_rehearsal_restores_nothing(here):
    batch = await here.circulating(4)
    await withdraw(here, run_of(batch, 0, 4), "OWN_USE")

    told = await restore(here, run_of(batch, 0, 4), dry_run=True)

    assert (told["dry_run"], told["units"]) == (True, 4)
    assert await statuses(here, batch) == {OUT: 4}


async def test_a_divided_unit_comes_back_with_what_was_left_of_it(here):
    await in_beer(here)
    batch = await here.circulating(10, OTHER_GTIN)
    use = "OWN_USE"
    await withdraw(here, run_of(batch, 0, 4), use, parts=Parts(1, 4))
    await withdraw(here, run_of(batch, 2, 2), use, parts=Parts(2, 4))
    await withdraw(here, run_of(batch, 4, 1), use, parts=Parts(4, 4))
    await withdraw(here, run_of(batch, 0, 4), use)  # what is left; all four stand alike now
    await withdraw(here, run_of(batch, 5, 1), use)
    placed = await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 3, 1))
    await lift(here, placed, BREST_INSPECTOR)

    await restore(here, run_of(batch, 0, 6))

    assert await standings(here, batch) == [
        (0, 2, IN, None, 3, 4),
        (2, 2, IN, None, 1, 4),
        (4, 2, IN, None, None, None),
        (6, 4, IN, None, None, None),
    ]


async def test_strangers_are_told_alike_of_every_code(here):
    batch = await here.circulating(3)
    codes = await here.lines(batch)
    await withdraw(here, run_of(batch, 0, 1), "OWN_USE")

    refusals = []
    for shown in (codes[0], codes[1], "0104810000000018212zzzzz"):
        with pytest.raises(UnknownCodes) as refused:
            await restore(here, codes_of([shown]), by=ALMATY)
        refusals.append(refused.value.count)

    assert refusals == [1, 1, 1]


async def test_an_event_that_took_only_a_part_of_a_unit_did_not_withdraw_it(here):
    await in_beer(here)
    batch = await here.circulating(1, OTHER_GTIN)
    first = await withdraw(here, run_of(batch, 0, 1), "OWN_USE", parts=Parts(1, 2))
    last = await withdraw(here, run_of(batch, 0, 1), "OWN_USE", parts=Parts(1, 2))

    with pytest.raises(CorrectionNotFitting) as refused:
        await restore(here, run_of(batch, 0, 1), corrects=first["event"])
    assert refused.value.count == 1

    assert (await restore(here, run_of(batch, 0, 1), corrects=last["event"]))["units"] == 1
    assert await standings(here, batch) == [(0, 1, IN, None, 1, 2)]
