"""Who races with a packing for the same goods or the same SSCC: one wins, and nobody does half."""

import asyncio

import pytest

from domain.aggregation.named import Filling
from domain.errors import GoodsHeldBack, Refusal, UnknownCodes, UnknownPackages
from domain.errors_of_custody import (
    GoodsNotOffered,
    NotInPackage,
    PackageInside,
    PackageInsideItself,
    PackagesHeldBack,
    PackMadeBefore,
    SsccStillAlive,
)
from domain.vocabulary import PackageKind
from tests.store.packer import pack, units, unpack
from tests.store.trade import ALMATY, OTHER_GTIN, packages, run_of, sscc, trade

TIMES = 6


async def race(*rivals):
    """What came of each; only refusals are forgiven."""
    found = await asyncio.gather(*rivals, return_exceptions=True)
    faults = [one for one in found if isinstance(one, Exception) and not isinstance(one, Refusal)]
    assert faults == []
    return found


def won(found):
    return [one for one in found if not isinstance(one, Refusal)]


def lost(found):
    return {type(one) for one in found if isinstance(one, Refusal)}


async def test_of_rivals_for_the_same_goods_one_packs_them(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(200_000)

        found = await race(
            *(pack(here, Filling(sscc(at), runs=units(batch, 0, 200_000))) for at in range(TIMES))
        )

        assert len(won(found)) == 1
        assert lost(found) == {GoodsHeldBack}
        assert await here.faults() == {}


async def test_rivals_who_overlap_in_other_orders_never_wait_in_a_circle(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(400_000)
        pairs = [
            ((0, 150_000), (300_000, 100_000)),
            ((280_000, 120_000), (0, 50_000)),
            ((140_000, 20_000), (290_000, 50_000)),
            ((100_000, 200_000), (40_000, 10)),
        ]

        found = await race(
            *(
                pack(
                    here,
                    *(
                        Filling(sscc(10 * at + place), runs=units(batch, *run))
                        for place, run in enumerate(pairs[at % 4])
                    ),
                )
                for at in range(2 * TIMES)
            )
        )

        assert won(found)
        assert lost(found) <= {GoodsHeldBack}
        assert await here.faults() == {}


async def test_rivals_of_one_participant_for_a_new_sscc_fill_one_package(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(TIMES)

        found = await race(
            *(pack(here, Filling(sscc(1), runs=units(batch, at, 1))) for at in range(TIMES))
        )

        assert len(won(found)) == TIMES
        async with here.database.reading() as connection:
            counted = await connection.fetch("SELECT units FROM package_summaries")
        assert [row[0] for row in counted] == [TIMES]
        assert await here.faults() == {}


async def test_of_two_participants_one_gets_a_new_sscc(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2 * TIMES)
        await here.accept(await here.offer(run_of(batch, 0, TIMES)))

        found = await race(
            *(
                one
                for at in range(TIMES)
                for one in (
                    pack(here, Filling(sscc(at), runs=units(batch, at, 1)), by=ALMATY),
                    pack(here, Filling(sscc(at), runs=units(batch, TIMES + at, 1))),
                )
            )
        )

        assert len(won(found)) == TIMES
        assert lost(found) == {SsccStillAlive}
        assert await here.faults() == {}


async def test_new_ssccs_in_other_orders_never_wait_in_a_circle(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(100 * TIMES)
        names = [sscc(at) for at in range(20)]

        found = await race(
            *(
                pack(
                    here,
                    *(
                        Filling(name, runs=units(batch, 100 * rival + at, 1))
                        for at, name in enumerate(names if rival % 2 else names[::-1])
                    ),
                )
                for rival in range(TIMES)
            )
        )

        assert len(won(found)) == TIMES
        assert await here.faults() == {}


async def test_a_pack_is_made_once(database_url):
    async with trade(database_url) as here:
        batch, codes = await here.circulating(TIMES), await here.circulating(1, OTHER_GTIN)
        (code,) = await here.lines(codes)

        found = await race(
            *(
                pack(
                    here,
                    Filling(code=code, kind=PackageKind.GROUP, runs=units(batch, at, 1)),
                )
                for at in range(TIMES)
            )
        )

        assert len(won(found)) == 1
        assert lost(found) == {PackMadeBefore}
        assert await here.faults() == {}


@pytest.mark.parametrize("at", range(3))
async def test_goods_are_packed_or_offered(database_url, at):
    async with trade(database_url) as here:
        batch = await here.circulating(10)

        found = await race(
            *(
                one
                for _ in range(TIMES)
                for one in (
                    pack(here, Filling(sscc(at), runs=units(batch, 0, 8))),
                    here.offer(run_of(batch, 5, 5)),
                )
            )
        )

        assert len(won(found)) == 1
        assert lost(found) == {GoodsHeldBack}
        assert await here.faults() == {}


async def test_a_package_is_filled_offered_dissolved_or_packed_itself(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(20)
        await pack(here, Filling(sscc(1), runs=units(batch, 0, 10)))

        found = await race(
            *(
                one
                for at in range(TIMES)
                for one in (
                    pack(here, Filling(sscc(1), runs=units(batch, 10 + at, 1))),
                    here.offer(packages(sscc(1))),
                    unpack(here, dissolved=[sscc(1)]),
                    pack(here, Filling(sscc(2), packages=[sscc(1)])),
                    unpack(here, taken=[sscc(1)]),
                )
            )
        )

        assert won(found)
        assert lost(found) <= {
            GoodsHeldBack,
            NotInPackage,
            PackageInside,
            PackagesHeldBack,
            UnknownPackages,
        }
        assert await here.faults() == {}


async def test_what_is_accepted_is_not_unpacked_by_the_sender(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(10)
        await pack(here, Filling(sscc(1), runs=units(batch, 0, 10)))
        transfer = await here.offer(packages(sscc(1)))

        found = await race(
            *(
                one
                for at in range(TIMES)
                for one in (
                    unpack(here, runs=units(batch, at, 1)),
                    here.accept(transfer, run_of(batch, at, 1)),
                    unpack(here, dissolved=[sscc(1)]),
                )
            )
        )

        assert len(won(found)) == TIMES
        assert lost(found) <= {GoodsHeldBack, GoodsNotOffered, PackagesHeldBack, UnknownCodes}
        assert await here.faults() == {}


async def test_two_packages_are_not_put_into_each_other(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        await pack(
            here,
            Filling(sscc(1), runs=units(batch, 0, 1)),
            Filling(sscc(2), runs=units(batch, 1, 1)),
        )

        found = await race(
            *(pack(here, Filling(sscc(one), packages=[sscc(3 - one)])) for one in (1, 2) * TIMES)
        )

        assert len(won(found)) == 1
        assert lost(found) <= {PackageInsideItself, PackagesHeldBack}
        assert await here.faults() == {}
