"""Requests that name a thing and what lies in it: the outer one goes first, whatever the numbers."""

import pytest

from domain.aggregation.named import Filling
from domain.errors import CodesRepeated, GoodsHeldBack
from domain.errors_of_custody import PackagesHeldBack
from domain.goods.named import Goods
from domain.recognition.units import Texts
from domain.vocabulary import PackageKind
from tests.store.banning import block
from tests.store.leaving import group, statuses, withdraw
from tests.store.packer import pack, units, unpack
from tests.store.trade import (
    ALMATY,
    BREST_INSPECTOR,
    DAIRY,
    OTHER_GTIN,
    codes_of,
    packages,
    sscc,
    trade,
)

HOLDERS = """
    SELECT one.ordinal + spans.first - one.first AS at, spans.last - spans.first + 1,
        CASE WHEN spans.parent_id IS NULL THEN spans.holder_id END,
        parent.sscc, parent.series_id IS NOT NULL, spans.withdrawal_reason
    FROM batches JOIN batch_intervals AS one ON one.batch_id = batches.id
    JOIN spans ON spans.series_id = one.series_id AND spans.first BETWEEN one.first AND one.last
    LEFT JOIN packages AS parent ON parent.id = spans.parent_id
    WHERE batches.uuid = $1 ORDER BY 1
"""


async def places(here, batch):
    """Ordinal, count, holder of what is loose, SSCC and kind of what is around, why withdrawn."""
    async with here.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(HOLDERS, batch)]


# The code of the pack comes before its contents in number, or after them.
SIDES = pytest.mark.parametrize("label", [0, 3], ids=["first", "last"])


@SIDES
async def test_an_accepted_pack_takes_along_what_is_named_inside_it(database_url, label):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        inside = [line for line in lines if line != lines[label]]
        await group(here, lines[label], inside)
        transfer = await here.offer(codes_of(lines[label : label + 1]))

        answer = await here.accept(transfer, codes_of([inside[1], lines[label]]))

        assert (answer["status"], answer["accepted"]) == ("ACCEPTED", 4)
        assert {row[2] for row in await places(here, batch)} == {None, ALMATY.id}
        assert await here.faults() == {}


@SIDES
async def test_a_pack_that_loses_an_exception_passes_with_the_rest(database_url, label):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        inside = [line for line in lines if line != lines[label]]
        await group(here, lines[label], inside)
        await pack(here, Filling(sscc(1), codes=[lines[label]]))
        transfer = await here.offer(packages(sscc(1)))

        named, but = codes_of([lines[label]]), codes_of([inside[0]])
        answer = await here.accept(transfer, named, but=but)

        assert (answer["status"], answer["accepted"], answer["released"]) == (
            "PARTLY_ACCEPTED",
            2,
            2,  # the exception, and the code of the pack that came apart
        )
        holders = {row[2]: 0 for row in await places(here, batch)}
        for row in await places(here, batch):
            holders[row[2]] += row[1]
        assert holders == {ALMATY.id: 2, DAIRY.id: 2}
        assert await here.faults() == {}


async def test_a_pallet_that_is_accepted_keeps_the_case_that_is_named_too(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        pallet = Filling(sscc(2), packages=[sscc(1)], runs=units(batch, 2, 2))
        await pack(here, Filling(sscc(1), runs=units(batch, 0, 2)), pallet)
        transfer = await here.offer(packages(sscc(2)))

        answer = await here.accept(transfer, packages(sscc(1), sscc(2)))

        assert (answer["status"], answer["accepted"]) == ("ACCEPTED", 4)
        assert {row[3] for row in await places(here, batch)} == {sscc(1), sscc(2)}
        async with here.database.reading() as connection:
            outer = await connection.fetchval(
                "SELECT parent_id IS NOT NULL FROM packages WHERE sscc = $1", sscc(1)
            )
        assert outer
        assert await here.faults() == {}


@SIDES
async def test_a_pack_leaves_its_pallet_before_anything_leaves_the_pack(database_url, label):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        inside = [line for line in lines if line != lines[label]]
        await group(here, lines[label], inside)
        other = await here.circulating(1)
        await pack(here, Filling(sscc(1), codes=[lines[label]], runs=units(other, 0, 1)))

        await unpack(here, codes=[inside[0], lines[label]])

        assert {row[3] for row in await places(here, batch)} == {None}
        assert await here.faults() == {}


@pytest.mark.parametrize("answer", ["accept", "except", "reject"])
async def test_nothing_is_unpacked_from_a_blocked_package_by_an_answer(database_url, answer):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        await pack(here, Filling(sscc(1), runs=units(batch, 0, 4)))
        lines = await here.lines(batch)
        transfer = await here.offer(packages(sscc(1)))
        await block(here, by=BREST_INSPECTOR, package=sscc(1))
        part = codes_of(lines[:1])

        answers = {
            "accept": lambda: here.accept(transfer, part),
            "except": lambda: here.accept(transfer, packages(sscc(1)), but=part),
            "reject": lambda: here.reject(transfer, part),
        }

        with pytest.raises(GoodsHeldBack) as refused:
            await answers[answer]()

        assert refused.value.by_reason == {"blocked": 4}
        assert (await here.reject(transfer))["status"] == "REJECTED"
        assert await here.faults() == {}


async def test_a_pack_that_is_made_twice_in_one_request_is_told_as_repeated(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(3)
        lines = await here.lines(batch)
        group_of = [
            Filling(code=lines[0], kind=PackageKind.GROUP, codes=[line]) for line in lines[1:]
        ]

        with pytest.raises(CodesRepeated):
            await pack(here, *group_of)
        assert await here.faults() == {}


async def test_a_pallet_leaves_with_all_in_it_though_a_unit_of_it_is_named_too(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(6)
        lines = await here.lines(batch)
        pallet = Filling(sscc(2), packages=[sscc(1)], runs=units(batch, 4, 2))
        await pack(here, Filling(sscc(1), runs=units(batch, 0, 4)), pallet)

        answer = await withdraw(here, Goods(Texts.of_list(lines[:1]), packages=(sscc(2),)))

        assert answer["units"] == 6
        assert await statuses(here, batch) == {"WITHDRAWN": 6}
        assert await here.faults() == {}


async def test_nothing_leaves_a_pack_whose_own_batch_is_blocked(database_url):
    """The block is wide and on the code of the pack; the units inside are of another batch."""
    async with trade(database_url) as here:
        batch, of_packs = await here.circulating(3), await here.circulating(1, OTHER_GTIN)
        await group(here, (await here.lines(of_packs))[0], await here.lines(batch))
        stopped = await here.block(batch=of_packs)

        with pytest.raises(PackagesHeldBack) as refused:
            await unpack(here, runs=units(batch, 0, 1))
        await here.lift(stopped)
        await unpack(here, runs=units(batch, 0, 1))

        assert refused.value.by_reason == {"blocked": 1}
        assert await here.faults() == {}
