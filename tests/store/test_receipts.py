"""Fiscal receipts are facts: recorded once each, whatever stands in the way."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.catalogue.reasons import RETAIL
from domain.errors import RequestIdReused
from domain.receipts import actions
from domain.receipts.rules import DISTANCE_SALE
from domain.requests.store import Request
from tests.store.leaving import group, in_beer, standings, statuses
from tests.store.till import (
    back,
    bare,
    found,
    given,
    happened,
    packages_now,
    part,
    parties,
    rules_of,
    sale,
    send,
)
from tests.store.trade import BREST, DAIRY, OTHER_GTIN, sscc, trade

KEPT = ("IN_CIRCULATION", None, None, None)
SOLD = ("WITHDRAWN", RETAIL, None, None)
CASE, OTHER_CASE, PALLET = sscc(1), sscc(2), sscc(3)


async def test_units_of_a_receipt_are_withdrawn_and_no_others(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(100)
        lines = await here.lines(batch)

        (told,) = await send(here, sale(lines[3], lines[4], bare(lines[60]), document="17"))

        assert told == {
            "till": "T-1",
            "fiscal_document": "17",
            "outcome": "recorded",
            "event": told["event"],
            "units": 3,
        }
        assert await standings(here, batch) == [
            (0, 3, *KEPT),
            (3, 2, *SOLD),
            (5, 55, *KEPT),
            (60, 1, *SOLD),
            (61, 39, *KEPT),
        ]
        assert await happened(here, batch, 4) == ["REGISTERED", "APPLIED", "INTRODUCED", "SOLD"]
        assert await parties(here, told["event"]) == [DAIRY.id]
        assert await here.faults() == {}


async def test_the_event_happened_when_the_till_printed_and_tells_which_receipt_it_was(
    database_url,
):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        (code, _) = await here.lines(batch)
        printed = datetime.now(UTC) - timedelta(hours=3)

        (told,) = await send(here, sale(code, document="9", issued_at=printed))

        async with here.database.reading() as connection:
            event = await connection.fetchrow(
                "SELECT kind, occurred_at, details FROM events WHERE id = $1", told["event"]
            )
        assert tuple(event) == ("SOLD", printed, {"till": "T-1", "fiscal_document": "9"})
        assert await found(here) == []


async def test_scattered_units_of_many_receipts_are_sold_in_one_call(database_url):
    async with trade(database_url) as here:
        batch, other = await here.circulating(3_000), await here.circulating(500, OTHER_GTIN)
        lines = [*await here.lines(batch), *await here.lines(other)]
        chosen = [lines[at * 1_009 % len(lines)] for at in range(1_200)]  # here and there

        for half in (chosen[:600], chosen[600:]):
            told = await send(here, *(sale(*half[at : at + 4]) for at in range(0, 600, 4)))
            assert {one["outcome"] for one in told} == {"recorded"}
            assert {one["units"] for one in told} == {4}
            assert len({one["event"] for one in told}) == 150

        counts = [await statuses(here, batch), await statuses(here, other)]
        assert sum(one["WITHDRAWN"] for one in counts) == 1_200
        assert sum(one["IN_CIRCULATION"] for one in counts) == 2_300
        assert await found(here) == []
        assert await here.faults() == {}


async def test_a_receipt_is_recorded_once_and_told_alike_again(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(10)
        lines = await here.lines(batch)
        one = sale(lines[0], "junk", document="1")

        first, again, other = await send(here, one, one, sale(lines[1], document="1"))
        (later,) = await send(here, one)
        (strange,) = await send(here, sale(lines[2], document="1"))

        assert first["outcome"] == "recorded"
        for repeated in (again, later):
            assert repeated == first | {"outcome": "repeated"}
        for conflict in (other, strange):
            assert (conflict["outcome"], conflict["event"]) == ("conflict", first["event"])
        assert await statuses(here, batch) == {"WITHDRAWN": 1, "IN_CIRCULATION": 9}
        assert await here.faults() == {}


async def test_another_till_and_another_participant_number_for_themselves(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(10)
        lines = await here.lines(batch)

        told = await send(
            here, sale(lines[0], document="1"), sale(lines[1], document="1", till="T-2")
        )
        told += await send(here, sale(lines[2], document="1"), by=BREST)

        assert [one["outcome"] for one in told] == ["recorded"] * 3


async def test_a_call_is_answered_once(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(10)
        lines = await here.lines(batch)
        request, receipts = here.request(DAIRY), [sale(lines[0]), sale("junk")]

        async def call(request: Request) -> actions.Given:
            return await actions.record(
                here.database, request, receipts, actor=DAIRY, keyring=here.keyring
            )

        first, again = await call(request), await call(request)

        assert (first.is_new, again.is_new) == (True, False)
        assert again.answer == first.answer
        with pytest.raises(RequestIdReused):
            await call(Request(request.id, DAIRY.id, b"1" * 32))


async def test_codes_that_name_nothing_are_listed_and_the_rest_is_recorded(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(10)
        lines = await here.lines(batch)
        never = f"{bare(lines[0])[:18]}2zzzzz"

        mixed, nothing = await send(here, sale(lines[0], never, "junk"), sale("junk", never))
        (again,) = await send(here, sale(lines[1]))

        assert mixed["not_recognised"] == [never, "junk"]
        assert mixed["units"] == 1
        assert (nothing["outcome"], nothing["event"], nothing["units"]) == ("recorded", None, 0)
        assert nothing["not_recognised"] == ["junk", never]
        assert again["outcome"] == "recorded"
        assert await here.faults() == {}


async def test_invented_serials_are_found_when_there_are_many(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(1)
        head = bare((await here.lines(batch))[0])[:18]

        done = await given(here, [sale(*(f"{head}2zzzz{one}" for one in "abcd"))])

        assert await found(here) == ["volume-above-issued"]
        assert done.failed == 4
        assert rules_of(done.answer["receipts"][0]) == []  # nothing that is not told already


async def test_a_unit_leaves_its_packages_which_end_when_they_are_empty(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(5)
        lines = await here.lines(batch)
        await here.pack(CASE, [(batch, 0, 2)])
        await here.pack(OTHER_CASE, [(batch, 2, 2)])
        await here.pack(PALLET, inside=[CASE, OTHER_CASE])

        first, second = await send(here, sale(lines[0]), sale(lines[1], lines[4]))

        assert (first["units"], second["units"]) == (1, 2)
        assert await packages_now(here) == [
            (CASE, False, 0),
            (OTHER_CASE, True, 2),
            (PALLET, True, 2),
        ]
        assert await here.held(batch) == [
            *((at, 1, "Dairy", "WITHDRAWN", False, False) for at in range(2)),
            (2, 2, None, "IN_CIRCULATION", False, True),
            (4, 1, "Dairy", "WITHDRAWN", False, False),
        ]
        assert await found(here) == []
        assert await here.faults() == {}


async def test_a_group_pack_dissolves_when_one_of_its_units_is_sold(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(6)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:4])
        await here.pack(CASE, [(batch, 0, 1), (batch, 4, 1)])

        (told,) = await send(here, sale(lines[2]))

        assert told["units"] == 1
        assert await standings(here, batch) == [
            (0, 1, "WITHDRAWN", "DISSOLVED", None, None),
            (1, 1, *KEPT),
            (2, 1, *SOLD),
            (3, 1, *KEPT),
            (4, 1, *KEPT),
            (5, 1, *KEPT),
        ]
        assert await packages_now(here) == [("GROUP", False, 0), (CASE, True, 3)]
        assert await here.faults() == {}


async def test_a_pack_is_sold_with_its_contents_and_comes_back_with_them(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(6)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:5])
        await here.pack(CASE, [(batch, 0, 1)])

        (told,) = await send(here, sale(lines[0]))
        assert told["units"] == 5
        assert await statuses(here, batch) == {"WITHDRAWN": 5, "IN_CIRCULATION": 1}
        (returned,) = await send(here, back(lines[0]))

        assert returned["units"] == 5
        assert await statuses(here, batch) == {"IN_CIRCULATION": 6}
        assert await packages_now(here) == [("GROUP", True, 4), (CASE, False, 0)]
        assert await found(here) == []
        assert await here.faults() == {}


async def test_what_was_sold_comes_back_loose_and_in_the_custody_that_it_was_in(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(3)
        lines = await here.lines(batch)

        sold, returned, again = await send(
            here, sale(lines[1]), back(lines[1]), sale(lines[1], document="again")
        )
        (last,) = await send(here, back(lines[1]))

        assert len({sold["event"], returned["event"], again["event"], last["event"]}) == 4
        assert await happened(here, batch, 1) == [
            *("REGISTERED", "APPLIED", "INTRODUCED"),
            *("SOLD", "RETURNED", "SOLD", "RETURNED"),
        ]
        assert await here.held(batch) == [
            (at, 1, "Dairy", "IN_CIRCULATION", False, False) for at in range(3)
        ]
        assert await found(here) == []
        assert await here.faults() == {}


async def test_a_unit_of_a_sold_pack_comes_back_alone(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:])
        await send(here, sale(lines[0]))

        await send(here, back(lines[2]))

        assert [row[2:4] for row in await standings(here, batch)] == [
            ("WITHDRAWN", "DISSOLVED"),
            ("WITHDRAWN", RETAIL),
            ("IN_CIRCULATION", None),
            ("WITHDRAWN", RETAIL),
        ]
        assert await here.faults() == {}


async def test_goods_sold_at_a_distance_are_withdrawn_for_that(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        lines = await here.lines(batch)

        await send(here, sale(lines[0], is_distance_sale=True), sale(lines[1]))

        reasons = [row[3] for row in await standings(here, batch)]
        assert reasons == [DISTANCE_SALE, RETAIL]


async def test_units_are_sold_in_parts_where_their_group_allows_it(database_url):
    async with trade(database_url) as here:
        await in_beer(here)
        keg = await here.circulating(3, OTHER_GTIN)
        milk = await here.circulating(1)
        lines, (carton,) = await here.lines(keg), await here.lines(milk)

        told = await send(
            here,
            part(lines[0], 3, 10),
            part(lines[0], 2, 10),
            part(carton, 1, 2),
            part(lines[1], 11, 10),
            part(lines[2], 10, 10),
            part(lines[0], 6, 10, document="too much"),
        )

        assert [one["outcome"] for one in told] == [
            *("recorded", "recorded", "refused", "refused", "recorded", "recorded"),
        ]
        assert told[2]["refused"]["type"] == "/problems/fraction-not-allowed"
        assert told[3]["refused"]["type"] == "/problems/fraction-not-fitting"
        assert rules_of(told[5]) == ["sold-twice"]
        assert [row[2:] for row in await standings(here, keg)] == [
            ("WITHDRAWN", RETAIL, 0, 10),
            KEPT,
            ("WITHDRAWN", RETAIL, 0, 10),
        ]
        assert await statuses(here, milk) == {"IN_CIRCULATION": 1}
        assert await here.faults() == {}


async def test_a_refused_receipt_leaves_no_trace_and_can_be_sent_mended(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        lines = await here.lines(batch)
        tomorrow = datetime.now(UTC) + timedelta(days=1)

        late, right = await send(
            here, sale(lines[0], document="1", issued_at=tomorrow), sale(lines[1])
        )
        (mended,) = await send(here, sale(lines[0], document="1"))

        assert late["refused"]["type"] == "/problems/occurred-in-future"
        assert "event" not in late
        assert (right["outcome"], mended["outcome"]) == ("recorded", "recorded")
        assert await here.faults() == {}
