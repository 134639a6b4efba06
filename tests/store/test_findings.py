"""What is asked of a unit's past: who had custody of it, and whether it was sold."""

from collections.abc import AsyncIterator

import pytest

from domain.database import driver
from domain.findings import actions, store
from domain.findings.rules import InHand, Sale, Stood
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, FindingRule, UnitStatus
from tests.store.chronicle import (
    CARRIER,
    DAIRY,
    GTIN,
    HOUR,
    KIOSK,
    NOW,
    STORE,
    Chronicle,
    actor,
    telling,
)


@pytest.fixture
async def past(database_url: str) -> AsyncIterator[Chronicle]:
    async with telling(database_url) as chronicle:
        yield chronicle


async def test_a_loose_unit_was_held_by_all_in_its_journal(past):
    await past.unit(7, await past.event(), holder=DAIRY)
    await past.unit(7, await past.event(), holder=CARRIER)
    last = await past.unit(7, await past.event(), holder=STORE)

    assert await past.held(7, last) == [DAIRY, CARRIER, STORE]
    assert await past.held(7, last - 1) == [DAIRY, CARRIER]


async def test_custody_of_a_packed_unit_is_that_of_its_packages_while_it_was_inside(past):
    await past.unit(7, await past.event(), holder=DAIRY)
    packed = await past.event()
    case = await past.pack(packed, DAIRY)
    pallet = await past.pack(packed, DAIRY)
    await past.unit(7, packed, inside=case)
    await past.move(case, await past.event(), inside=pallet)
    await past.move(pallet, await past.event(), holder=CARRIER)
    out = await past.event()
    await past.move(case, out, holder=CARRIER)
    await past.move(pallet, await past.event(), holder=KIOSK)
    inside = await past.held(7, packed)
    unpacked = await past.event()
    await past.unit(7, unpacked, holder=CARRIER)
    await past.move(case, await past.event(), holder=STORE)

    assert inside == [DAIRY, CARRIER]
    assert await past.held(7, unpacked) == [DAIRY, CARRIER]


async def test_custody_goes_through_packs_that_have_codes_of_their_own(past):
    await past.unit(7, await past.event(), holder=DAIRY)
    packed = await past.event()
    bundle = await past.pack(packed, None, code=8)
    await past.unit(8, packed, holder=DAIRY)
    await past.unit(7, packed, inside=bundle)
    handed = await past.event()
    await past.unit(8, handed, holder=CARRIER)
    case = await past.pack(await past.event(), CARRIER)
    await past.unit(8, await past.event(), inside=case)
    await past.move(case, await past.event(), holder=STORE)
    dissolved = await past.event()
    await past.unit(7, dissolved, holder=STORE)
    await past.unit(8, dissolved, holder=STORE, status=UnitStatus.WITHDRAWN)
    await past.unit(8, await past.event(), holder=KIOSK)

    assert await past.held(7, packed) == [DAIRY, CARRIER, STORE, KIOSK]
    assert await past.held(7, dissolved) == [DAIRY, CARRIER, STORE]


async def test_the_sale_before_is_found_unless_the_unit_came_back(past):
    made = await past.unit(7, await past.event(EventKind.INTRODUCED), holder=STORE)
    sold = await past.event(EventKind.SOLD, by=STORE, at=NOW - HOUR)
    await past.unit(7, sold, holder=STORE, status=UnitStatus.WITHDRAWN)
    blocked = await past.unit(
        7, await past.event(EventKind.BLOCKED), holder=STORE, status=UnitStatus.WITHDRAWN
    )
    returned = await past.unit(7, await past.event(EventKind.RETURNED), holder=STORE)
    lost = await past.unit(
        7, await past.event(EventKind.WITHDRAWN), holder=STORE, status=UnitStatus.WITHDRAWN
    )
    asked = [made, sold, blocked, returned, lost]

    async with past.database.reading() as connection:
        found = await store.last_sales(connection, [(1, 7)] * 5, asked)

    assert {at: sale.event_id for at, sale in found.items()} == {1: sold, 2: sold}
    assert (found[1].participant_id, found[1].occurred_at) == (STORE, NOW - HOUR)


def stood(number: int, event: int, holder: int, **more) -> Stood:
    given = {"status": UnitStatus.IN_CIRCULATION} | more
    return Stood(
        1,
        number,
        f"01{GTIN}21{number}",
        GTIN,
        MemberState.BY,
        holder_id=holder,
        turnover_state=MemberState.BY,
        event_id=event,
        **given,
    )


async def test_the_sales_of_a_call_are_judged_together(past):
    first = await past.unit(1, await past.event(), holder=STORE)
    await past.unit(2, await past.event(), holder=STORE)
    second = await past.unit(2, await past.event(), holder=DAIRY)
    third = await past.unit(3, await past.event(), holder=DAIRY)
    sold = await past.event(EventKind.SOLD, by=DAIRY)
    await past.unit(4, sold, holder=STORE, status=UnitStatus.WITHDRAWN)
    moved = await past.event(EventKind.ACCEPTED, at=NOW + 30 * HOUR)
    sale = Sale(STORE, MemberState.KZ, "1", "77", NOW, None)
    units = [
        stood(1, first, STORE),
        stood(2, second, DAIRY),
        stood(3, third, DAIRY),
        stood(4, sold, STORE, status=UnitStatus.WITHDRAWN),
        stood(5, first, STORE, around=(moved,)),
    ]

    async with past.database.reading() as connection:
        found = await actions.judge_sales(connection, [(sale, unit) for unit in units])
        await actions.add(connection, found)

    assert [(one.number, one.rule) for one in found] == [
        (2, FindingRule.SOLD_BY_NON_HOLDER),
        (3, FindingRule.SOLD_BY_NON_HOLDER),
        (3, FindingRule.CUSTODY_GAP),
        (4, FindingRule.SOLD_TWICE),
        (5, FindingRule.SOLD_THEN_MOVED),
    ]
    kept = await past.findings()
    assert len(kept) == 2 * len(found)
    assert {state for _, state in kept} == {"BY", "KZ"}


async def test_no_sales_and_no_findings_are_nothing_to_do(past):
    async with past.database.reading() as connection:
        assert await actions.judge_sales(connection, []) == []
        await actions.add(connection, [])

    assert await past.findings() == []


async def test_beyond_its_limit_a_call_walks_no_more_chains(past, monkeypatch):
    monkeypatch.setattr(actions, "MOST_CHAINS", 1)
    event = await past.unit(1, await past.event(), holder=DAIRY)
    sale = Sale(STORE, MemberState.KZ, "1", "77", NOW, None)
    sales = [(sale, stood(1, event, DAIRY)), (sale, stood(1, event, DAIRY))]

    async with past.database.reading() as connection:
        found = await actions.judge_sales(connection, sales)

    assert [one.rule for one in found].count(FindingRule.CUSTODY_GAP) == 1


async def test_what_a_delivery_holds_beyond_its_papers_is_judged_as_it_stands(past):
    event = await past.event()
    pallet = await past.pack(event, DAIRY)
    await past.unit(1, event, inside=pallet)
    await past.unit(2, event, holder=STORE)
    sold = await past.event(EventKind.SOLD, by=DAIRY, at=NOW - 72 * HOUR)
    await past.unit(3, sold, holder=DAIRY, status=UnitStatus.WITHDRAWN)
    units = [(1, number, f"01{GTIN}21{number}") for number in (1, 2, 3, 4)]
    seen = InHand("surplus", NOW, MemberState.KZ, actor(STORE), event)

    async with past.database.reading() as connection:
        found = await actions.judge_delivery(connection, units, seen)

    assert [(one.number, one.rule) for one in found] == [
        (1, FindingRule.CUSTODY_GAP),
        (3, FindingRule.SOLD_THEN_MOVED),
        (3, FindingRule.CUSTODY_GAP),
    ]
    assert {one.facts["how"] for one in found} == {"surplus"}
    assert found[0].facts["holder"] == DAIRY


async def test_a_seller_of_serials_that_never_existed_is_found(past):
    sale = Sale(STORE, MemberState.KZ, "1", "77", NOW, None)
    seller = actor(STORE)

    async def sell(*serials: str, gtin: str = GTIN) -> list[FindingRule]:
        async with past.database.transaction() as session:
            connection = await driver(session)
            named = [(sale, gtin, serial) for serial in serials]
            found = await actions.judge_never_issued(connection, named, seller=seller)
            await actions.add(connection, found)
        return [one.rule for one in found]

    few = [await sell("2a", "2b"), await sell("2a", "2b"), await sell()]
    foreign = await sell("2a", "2b", "2c", "2d", gtin="04810000000025")
    many = await sell("2c")

    assert (few, foreign) == ([[], [], []], [])
    assert many == [FindingRule.VOLUME_ABOVE_ISSUED]
    assert await past.findings() == [
        (FindingRule.VOLUME_ABOVE_ISSUED, "BY"),
        (FindingRule.VOLUME_ABOVE_ISSUED, "KZ"),
    ]


PLANS = [
    (store.LIST, "'BY', 100, NULL, 10", {"findings_of_state"}),
    (store.FIND, "'BY', 100", {"findings_of_state"}),
    (store.TOLD_BEFORE, "1, 7, 4", {"findings_of_unit"}),
    (store.NEIGHBOURS, "1, 7, 5, now(), ARRAY['ambiguous']", {"scans_of_unit"}),
    (
        store.COUNT_SERIALS,
        f"'{GTIN}', now(), 'sold', NULL, ARRAY[1::bigint], 10",
        {"scans_of_nothing"},
    ),
    (store.ISSUED, f"'{GTIN}'", {"series_of_gtin"}),
    (store.EVENTS, "ARRAY[1::bigint]", {"events_pkey"}),
    (store.LAST_SALES, "ARRAY[1], ARRAY[7], ARRAY[1]", {"journal_entries_pkey", "events_pkey"}),
    (
        store.CUSTODY,
        "ARRAY[1], ARRAY[7], ARRAY[1], ARRAY[4]",
        {"journal_entries_pkey", "package_entries_pkey", "packages_pkey", "spans_pkey"},
    ),
]


@pytest.mark.parametrize(("query", "arguments", "indexes"), PLANS)
async def test_what_grows_is_asked_by_its_indexes(past, query, arguments, indexes):
    async with past.database.reading() as connection:
        await connection.execute("SET enable_seqscan = off")
        await connection.execute(f"PREPARE asked AS {query}")
        plan = await connection.fetch(f"EXPLAIN EXECUTE asked ({arguments})")
        await connection.execute("DEALLOCATE asked")
        await connection.execute("RESET enable_seqscan")

    told = "\n".join(row[0] for row in plan)
    assert {index for index in indexes if index not in told} == set()
    assert "Seq Scan" not in told
