"""Goods are offered, locked, accepted in whole or in part, and come back."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.deadlines import actions as deadlines
from domain.errors import GoodsHeldBack, StatusNotFitting, UnknownCodes, UnknownPackages
from domain.errors_of_custody import (
    AssuranceNotProven,
    GoodsNotOffered,
    GroupNotRecognised,
    NotYourAnswer,
    PackageInside,
    TransferAnswered,
    TransferClosed,
    TransferToSelf,
)
from domain.lifecycle import rules
from domain.vocabulary import Assurance, TransferKind
from tests.store.trade import (
    ALMATY,
    BREST,
    DAIRY,
    OTHER_GTIN,
    UNMARKED,
    codes_of,
    packages,
    run_of,
    sscc,
    trade,
)


async def test_accepted_goods_change_hands_and_others_stay(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(100)

        transfer = await here.offer(run_of(batch, 10, 50))
        assert await here.held(batch) == [
            (0, 10, "Dairy", "IN_CIRCULATION", False, False),
            (10, 50, "Dairy", "IN_CIRCULATION", True, False),
            (60, 40, "Dairy", "IN_CIRCULATION", False, False),
        ]
        answer = await here.accept(transfer, run_of(batch, 10, 20))
        assert (answer["status"], answer["accepted"], answer["left"]) == ("OFFERED", 20, 30)
        answer = await here.accept(transfer, run_of(batch, 30, 10), close=True)

        assert (answer["status"], answer["accepted"], answer["released"]) == (
            "PARTLY_ACCEPTED",
            10,
            20,
        )
        assert await here.held(batch) == [
            (0, 10, "Dairy", "IN_CIRCULATION", False, False),
            (10, 20, "Almaty store", "IN_CIRCULATION", False, False),
            (30, 10, "Almaty store", "IN_CIRCULATION", False, False),
            (40, 20, "Dairy", "IN_CIRCULATION", False, False),
            (60, 40, "Dairy", "IN_CIRCULATION", False, False),
        ]
        assert await here.faults() == {}


async def test_a_pallet_passes_whole_and_its_contents_with_it(database_url):
    async with trade(database_url) as here:
        batch, other = await here.circulating(100), await here.circulating(40, OTHER_GTIN)
        await here.pack(sscc(1), [(batch, 0, 24)])
        await here.pack(sscc(2), [(batch, 24, 24), (other, 0, 40)])
        await here.pack(sscc(3), inside=[sscc(1), sscc(2)])

        transfer = await here.offer(packages(sscc(3)))
        answer = await here.accept(transfer)

        assert (answer["status"], answer["accepted"]) == ("ACCEPTED", 88)
        onward = await here.offer(packages(sscc(3)), by=ALMATY, to=BREST)
        assert (await here.show(onward, BREST))["left"] == 88
        assert (await here.show(onward, BREST))["goods"]["packages"] == [sscc(3)]
        assert await here.faults() == {}


async def test_a_part_of_a_pallet_is_unpacked_to_the_receiver(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(100)
        await here.pack(sscc(1), [(batch, 0, 24)])
        await here.pack(sscc(2), [(batch, 24, 24)])
        await here.pack(sscc(3), inside=[sscc(1), sscc(2)])
        transfer = await here.offer(packages(sscc(3)))
        lines = await here.lines(batch)

        answer = await here.accept(transfer, codes_of(lines[30:32]))
        assert (answer["accepted"], answer["left"]) == (2, 46)
        answer = await here.accept(transfer, packages(sscc(1)))
        assert (answer["accepted"], answer["left"]) == (24, 22)
        answer = await here.accept(transfer, missing=codes_of(lines[24:26]))

        assert (answer["status"], answer["accepted"], answer["released"]) == (
            "PARTLY_ACCEPTED",
            20,
            2,
        )
        told = await here.show(transfer, ALMATY)
        assert [(one["kind"], one["units"]) for one in told["discrepancies"]] == [("MISSING", 2)]
        assert [one["kind"] for one in told["answers"]] == ["ACCEPTED"] * 3
        assert {(held[0], held[2]) for held in await here.held(batch) if held[0] < 50} == {
            (0, None),
            (24, "Dairy"),
            (26, None),
            (30, "Almaty store"),
            (32, None),
            (48, "Dairy"),
        }
        assert await here.faults() == {}


async def test_a_rejected_offer_frees_its_goods(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(10)
        await here.pack(sscc(1), [(batch, 0, 4)])
        transfer = await here.offer(packages(sscc(1)))
        loose = await here.offer(run_of(batch, 4, 6), to=BREST)

        assert (await here.reject(transfer))["status"] == "REJECTED"
        assert (await here.reject(loose, run_of(batch, 4, 2), by=BREST))["left"] == 4
        assert (await here.accept(loose, by=BREST))["status"] == "PARTLY_ACCEPTED"

        assert (await here.offer(packages(sscc(1)))) is not None
        assert await here.faults() == {}


async def test_the_sender_takes_back_what_nobody_has_answered(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(10)
        transfer = await here.offer(run_of(batch, 0, 10))

        with pytest.raises(NotYourAnswer):
            await here.cancel(transfer, by=ALMATY)
        with pytest.raises(NotYourAnswer):
            await here.accept(transfer, by=DAIRY)
        assert (await here.cancel(transfer))["status"] == "CANCELLED"

        for late in (here.cancel(transfer), here.accept(transfer), here.reject(transfer)):
            with pytest.raises(TransferClosed):
                await late
        again = await here.offer(run_of(batch, 0, 10))
        await here.accept(again, run_of(batch, 0, 1))
        with pytest.raises(TransferAnswered):
            await here.cancel(again)
        assert await here.faults() == {}


async def test_an_offer_expires_by_the_next_writer_or_by_a_sweep(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(10)
        soon = datetime.now(UTC) + timedelta(seconds=0.4)
        first = await here.offer(run_of(batch, 0, 5), expires_at=soon)
        second = await here.offer(run_of(batch, 5, 5), expires_at=soon)
        async with here.database.reading() as connection:
            await connection.execute("SELECT pg_sleep_until($1)", soon)

        await here.offer(run_of(batch, 0, 5), to=BREST)
        with pytest.raises(TransferClosed):
            await here.accept(second)
        assert (await deadlines.sweep(here.database)).transfers == 0

        assert {(await here.show(one))["status"] for one in (first, second)} == {"EXPIRED"}
        assert await here.faults() == {}


async def test_goods_that_may_not_are_refused_with_the_reason(database_url):
    async with trade(database_url) as here:
        batch, applied = await here.circulating(20), await here.register(5)
        water = await here.circulating(5, UNMARKED)
        await here.take(rules.APPLY, run_of(applied, 0, 5))
        await here.pack(sscc(1), [(batch, 0, 4)])
        await here.pack(sscc(2), inside=[sscc(1)])
        await here.pack(sscc(3), [(batch, 4, 2), (applied, 0, 1)])
        transfer = await here.offer(run_of(batch, 10, 5))
        lines = await here.lines(batch)

        for refusal, goods, more in (
            (TransferToSelf, run_of(batch, 6, 1), {"to": DAIRY}),
            (UnknownCodes, codes_of(lines[6:7]), {"by": BREST}),
            (UnknownPackages, packages(sscc(2)), {"by": BREST}),
            (UnknownPackages, packages(sscc(9)), {}),
            (PackageInside, packages(sscc(1)), {}),
            (GoodsHeldBack, codes_of(lines[:1]), {}),
            (GoodsHeldBack, run_of(batch, 10, 1), {}),
            (StatusNotFitting, run_of(applied, 1, 1), {}),
            (StatusNotFitting, packages(sscc(3)), {}),
            (GroupNotRecognised, run_of(water, 0, 1), {}),
        ):
            with pytest.raises(refusal):
                await here.offer(goods, **more)
        with pytest.raises(GoodsNotOffered):
            await here.accept(transfer, run_of(batch, 9, 2))
        with pytest.raises(GoodsNotOffered):
            await here.accept(transfer, codes_of(lines[:1]))
        with pytest.raises(AssuranceNotProven):
            await here.accept(transfer, codes_of([lines[10][:24]]), assurance=Assurance.VERIFIED)
        verified = codes_of(lines[10:15])
        answer = await here.accept(transfer, verified, assurance=Assurance.VERIFIED)
        assert answer["status"] == "ACCEPTED"
        assert await here.offer(run_of(applied, 1, 4), kind=TransferKind.CONTRACT_MANUFACTURE)
        assert await here.faults() == {}


async def test_units_inside_packages_are_introduced_and_counted_anew(database_url):
    async with trade(database_url) as here:
        batch = await here.register(10)
        await here.take(rules.APPLY, run_of(batch, 0, 10))
        await here.pack(sscc(1), [(batch, 0, 6)])
        with pytest.raises(StatusNotFitting):
            await here.offer(packages(sscc(1)))

        answer = await here.take(rules.INTRODUCE, packages(sscc(1)))
        assert answer["units"] == 6

        assert await here.offer(packages(sscc(1)))
        with pytest.raises(GoodsHeldBack):
            await here.take(rules.GIVE_LOT, run_of(batch, 0, 1))
        assert await here.faults() == {}
