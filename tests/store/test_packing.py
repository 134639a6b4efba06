"""What packing and unpacking leave in the store: as few rows as the goods have runs."""

import pytest

from domain.aggregation.named import Filling
from domain.errors import GoodsHeldBack, Refusal
from domain.errors_of_custody import PackagesHeldBack, SsccStillAlive
from domain.goods.named import BatchRun, Goods
from domain.lifecycle import rules
from domain.vocabulary import PackageKind
from tests.store.packer import pack, units, unpack
from tests.store.trade import ALMATY, DAIRY, GTIN, OTHER_GTIN, packages, run_of, sscc, trade

CASE, OTHER_CASE, PALLET = sscc(1), sscc(2), sscc(3)


async def rows(here, query, *arguments):
    async with here.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(query, *arguments)]


SPANS = """
    SELECT first, last, sscc, spans.holder_id, spans.turnover_state
    FROM spans LEFT JOIN packages ON packages.id = spans.parent_id
    ORDER BY spans.series_id, first
"""
PACKAGES = """
    SELECT one.sscc, one.levels, around.sscc, one.holder_id, one.turnover_state, one.alive
    FROM packages AS one LEFT JOIN packages AS around ON around.id = one.parent_id
    ORDER BY one.sscc, one.id
"""


async def test_a_run_of_thousands_is_one_span_and_one_entry(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(60_000)

        answer = await pack(here, Filling(CASE, runs=units(batch, 1_000, 50_000)))

        event = answer["event"]
        entries = await rows(
            here, "SELECT first, last FROM journal_entries WHERE event_id = $1", event
        )
        assert answer["units"] == 50_000
        assert await rows(here, SPANS) == [
            (0, 999, None, DAIRY.id, "BY"),
            (1_000, 50_999, CASE, None, None),
            (51_000, 59_999, None, DAIRY.id, "BY"),
        ]
        assert entries == [(1_000, 50_999)]
        assert await here.faults() == {}


async def test_custody_is_written_on_the_outermost_package_alone(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)

        await pack(here, Filling(PALLET, packages=[CASE]), Filling(CASE, runs=units(batch, 0, 2)))

        assert await rows(here, PACKAGES) == [
            (CASE, 1, PALLET, None, None, True),
            (PALLET, 2, None, DAIRY.id, "BY", True),
        ]
        entries = await rows(
            here, "SELECT previous_event_id, alive FROM package_entries ORDER BY package_id"
        )
        assert entries == [(None, True), (None, True)]
        assert await here.faults() == {}


async def test_an_sscc_is_used_again_when_its_package_has_ended(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        await pack(here, Filling(CASE, runs=units(batch, 0, 1)))
        await unpack(here, dissolved=[CASE])

        await pack(here, Filling(CASE, runs=units(batch, 1, 1)))

        assert await rows(here, PACKAGES) == [
            (CASE, 1, None, None, None, False),
            (CASE, 1, None, DAIRY.id, "BY", True),
        ]
        assert await here.faults() == {}


async def test_an_sscc_goes_with_its_package_to_the_next_holder(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        await pack(here, Filling(CASE, runs=units(batch, 0, 1)))
        await here.accept(await here.offer(packages(CASE)))

        with pytest.raises(SsccStillAlive):
            await pack(here, Filling(CASE, runs=units(batch, 1, 1)))
        await unpack(here, by=ALMATY, dissolved=[CASE])

        assert (await pack(here, Filling(CASE, runs=units(batch, 1, 1))))["packages"] == 1
        assert await here.faults() == {}


async def test_the_code_of_a_pack_tells_when_it_became_one_and_when_it_ended(database_url):
    async with trade(database_url) as here:
        batch, codes = await here.circulating(3), await here.circulating(1, OTHER_GTIN)
        (code,) = await here.lines(codes)
        group = Filling(code=code, kind=PackageKind.GROUP, runs=units(batch, 0, 3))

        made = await pack(here, group, Filling(CASE, codes=[code]))
        ended = await unpack(here, runs=units(batch, 0, 1))

        found = await rows(
            here,
            """
            SELECT kind, journal_entries.status, parent_id IS NOT NULL, withdrawal_reason
            FROM journal_entries JOIN events ON events.id = event_id
            JOIN series ON series.id = series_id AND gtin = $1 ORDER BY event_id DESC LIMIT 2
            """,
            OTHER_GTIN,
        )
        assert found == [
            ("UNPACKED", "WITHDRAWN", False, "DISSOLVED"),
            ("PACKED", "IN_CIRCULATION", True, None),
        ]
        assert (made["packages"], made["units"]) == (2, 4)
        assert (ended["packages"], ended["units"]) == (1, 3)
        assert await rows(here, "SELECT alive FROM packages ORDER BY sscc NULLS LAST") == [
            (True,),
            (False,),
        ]
        assert await here.faults() == {}


async def test_a_pack_inside_a_pack_dissolves_with_what_is_around_it(database_url):
    async with trade(database_url) as here:
        batch, codes = await here.circulating(4), await here.circulating(2, OTHER_GTIN)
        inner, outer = await here.lines(codes)
        await pack(
            here,
            Filling(code=outer, kind=PackageKind.GROUP, codes=[inner]),
            Filling(code=inner, kind=PackageKind.GROUP, runs=units(batch, 0, 4)),
            Filling(CASE, codes=[outer]),
        )

        answer = await unpack(here, dissolved_codes=[inner])

        assert (answer["packages"], answer["units"]) == (2, 4)
        assert await rows(here, PACKAGES + " LIMIT 1") == [(CASE, 3, None, DAIRY.id, "BY", True)]
        assert await rows(here, "SELECT sum(units) FROM package_summaries") == [(4,)]
        assert await here.faults() == {}


async def test_all_statuses_that_may_lie_in_a_package_lie_together(database_url):
    async with trade(database_url) as here:
        batch = await here.register(4)
        await here.take(rules.APPLY, run_of(batch, 0, 4))
        await here.take(rules.INTRODUCE, run_of(batch, 2, 2))

        await pack(here, Filling(CASE, runs=units(batch, 0, 4)))
        await here.take(rules.INTRODUCE, run_of(batch, 0, 2))

        counted = await rows(here, "SELECT status, units FROM package_summaries")
        assert counted == [("IN_CIRCULATION", 4)]
        assert await here.faults() == {}


async def test_goods_move_between_packages_and_what_is_emptied_ends(database_url):
    async with trade(database_url) as here:
        batch, other = await here.circulating(4), await here.circulating(1)
        await pack(
            here,
            Filling(PALLET, packages=[CASE]),
            Filling(CASE, runs=units(batch, 0, 4)),
            Filling(OTHER_CASE, runs=units(other, 0, 1)),
        )

        await pack(here, Filling(OTHER_CASE, runs=units(batch, 0, 4)), move=True)

        alive = [row[0] for row in await rows(here, PACKAGES) if row[-1]]
        assert alive == [OTHER_CASE]
        assert await rows(here, "SELECT sum(units) FROM package_summaries") == [(5,)]
        assert await here.faults() == {}


async def test_cases_change_pallets_and_the_pallets_their_places(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        halves = [units(batch, 0, 2), units(batch, 2, 2)]
        fillings = [Filling(sscc(at), runs=half) for at, half in enumerate(halves, 11)]
        await pack(here, *fillings, Filling(sscc(21), packages=[sscc(11)]))
        await pack(here, Filling(sscc(22), packages=[sscc(21)]))

        await pack(
            here,
            Filling(sscc(21), packages=[sscc(12)]),
            Filling(sscc(23), packages=[sscc(11), sscc(21)]),
            move=True,
        )

        found = {row[0]: row[2] for row in await rows(here, PACKAGES) if row[-1]}
        assert found == {sscc(11): sscc(23), sscc(12): sscc(21), sscc(21): sscc(23), sscc(23): None}
        assert await here.faults() == {}


async def test_packing_is_told_to_who_did_it(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(1)

        answer = await pack(here, Filling(CASE, runs=units(batch, 0, 1)), place="Line 2")

        event = answer["event"]
        told = await rows(
            here, "SELECT participant_id FROM event_parties WHERE event_id = $1", event
        )
        details = await rows(here, "SELECT kind, details FROM events WHERE id = $1", event)
        assert told == [(DAIRY.id,)]
        assert details == [("PACKED", {"place": "Line 2"})]


async def refusal(doing):
    """Why this is refused, and by what it is held back."""
    with pytest.raises(Refusal) as refused:
        await doing
    return type(refused.value), refused.value.by_reason


async def test_blocked_goods_are_not_packed(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        block = await here.block(goods=Goods(runs=(BatchRun(batch, 3, 1),)))

        assert await refusal(pack(here, Filling(CASE, runs=units(batch, 0, 4)))) == (
            GoodsHeldBack,
            {"blocked": 1},
        )
        await here.lift(block)
        await pack(here, Filling(CASE, runs=units(batch, 0, 4)))


@pytest.mark.parametrize("name", ["package", "batch", "gtin"])
async def test_a_blocked_package_and_those_around_it_stay_as_they_are(database_url, name):
    async with trade(database_url) as here:
        batch, loose = await here.circulating(4), await here.circulating(1, OTHER_GTIN)
        await pack(
            here,
            Filling(PALLET, packages=[CASE]),
            Filling(CASE, runs=units(batch, 0, 4)),
            Filling(OTHER_CASE, runs=units(loose, 0, 1)),
        )
        block = await here.block(**{name: {"package": CASE, "batch": batch, "gtin": GTIN}[name]})

        held = [
            await refusal(pack(here, Filling(sscc(9), packages=[PALLET]))),
            await refusal(unpack(here, dissolved=[PALLET])),
            await refusal(unpack(here, dissolved=[CASE])),
            await refusal(unpack(here, taken=[CASE])),
        ]
        units_held = [
            await refusal(unpack(here, runs=units(batch, 0, 1))),
            await refusal(pack(here, Filling(OTHER_CASE, runs=units(batch, 0, 1)), move=True)),
        ]

        assert held == [(PackagesHeldBack, {"blocked": 1})] * 4
        assert units_held == [(GoodsHeldBack, {"blocked": 1})] * 2
        assert await here.faults() == {}
        await here.lift(block)
        await unpack(here, dissolved=[PALLET])


async def test_nothing_is_added_around_a_blocked_package(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        await pack(here, Filling(PALLET, packages=[CASE]), Filling(CASE, runs=units(batch, 0, 2)))
        await here.block(package=CASE)

        for name in (CASE, PALLET):
            assert await refusal(pack(here, Filling(name, runs=units(batch, 2, 1)))) == (
                PackagesHeldBack,
                {"blocked": 1},
            )
        assert await here.faults() == {}


async def test_of_a_package_with_a_blocked_unit_the_rest_comes_out_one_by_one(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        await pack(here, Filling(PALLET, packages=[CASE]), Filling(CASE, runs=units(batch, 0, 4)))
        await here.block(goods=Goods(runs=(BatchRun(batch, 3, 1),)))

        await unpack(here, runs=units(batch, 0, 1))

        held = (PackagesHeldBack, {"blocked": 1})
        assert await refusal(unpack(here, dissolved=[CASE])) == held
        assert await refusal(unpack(here, taken=[CASE])) == held
        assert await here.faults() == {}
