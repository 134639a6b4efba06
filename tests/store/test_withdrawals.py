"""Goods leave circulation by their holder's word: whole, with their packages, or in parts."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.catalogue.documents import Document, DocumentKind
from domain.errors import (
    GoodsHeldBack,
    NoGoods,
    OccurredInFuture,
    PackagesRepeated,
    StatusNotFitting,
    UnknownCodes,
    UnknownPackages,
)
from domain.errors_of_custody import (
    DestinationMissing,
    DestinationNotFitting,
    DocumentDateInFuture,
    DocumentIncomplete,
    ExportNotNeeded,
    FractionNotAllowed,
    FractionNotFitting,
    PackageInside,
    PrimaryDocumentNotFitting,
    ReasonNotForGroup,
    ReasonReserved,
    UnknownReason,
)
from domain.goods.named import Goods
from domain.lifecycle import rules
from domain.standards.member_state import MemberState
from domain.withdrawal.told import Parts
from tests.store.banning import block, kinds, parties
from tests.store.leaving import (
    ACT,
    PAPER,
    event_told,
    group,
    in_beer,
    standings,
    statuses,
    withdraw,
)
from tests.store.trade import (
    ALMATY,
    BREST,
    BREST_INSPECTOR,
    GTIN,
    OTHER_GTIN,
    codes_of,
    packages,
    run_of,
    sscc,
    trade,
)

NOTE = Document(DocumentKind.CONSIGNMENT_NOTE, "8", date(2026, 11, 1))
LATER, FAR = date(2199, 1, 1), datetime(2199, 1, 1, tzinfo=UTC)


@pytest.fixture
async def here(database_url):
    async with trade(database_url) as found:
        yield found
        assert await found.faults() == {}


async def test_withdrawn_goods_have_left_with_reason_and_document(here):
    batch = await here.circulating(10)

    told = await withdraw(here, run_of(batch, 2, 3), place="Kiln 1")

    assert (told["units"], told["refused"]) == (3, 0)
    assert await standings(here, batch) == [
        (0, 2, "IN_CIRCULATION", None, None, None),
        (2, 3, "WITHDRAWN", "DESTRUCTION", None, None),
        (5, 5, "IN_CIRCULATION", None, None, None),
    ]
    assert await event_told(here, told["event"]) == (
        "WITHDRAWN",
        {
            "reason": "DESTRUCTION",
            "document": {"kind": "DESTRUCTION_ACT", "number": "17", "date": "2026-11-01"},
            "place": "Kiln 1",
        },
        None,
    )
    assert await parties(here, told["event"]) == ["Dairy"]


async def test_a_national_name_of_a_reason_is_understood(here):
    batch = await here.circulating(2)

    await withdraw(here, run_of(batch, 0, 1), "DAMAGE_LOSS", document=PAPER)

    assert (await standings(here, batch))[0][3] == "DAMAGE_OR_LOSS"


async def test_a_package_leaves_with_all_that_is_in_it_and_says_how_much_that_is(here):
    batch = await here.circulating(30)
    codes = await here.lines(batch)
    await group(here, codes[0], codes[1:7])
    await here.pack(sscc(1), [(batch, 0, 1), (batch, 10, 4)])
    await here.pack(sscc(2), [(batch, 20, 3)])
    await here.pack(sscc(3), inside=[sscc(1), sscc(2)])

    told = await withdraw(here, packages(sscc(3)))

    assert told["units"] == 7 + 4 + 3
    assert await statuses(here, batch) == {"WITHDRAWN": 14, "IN_CIRCULATION": 16}
    inside = [one for one in await here.held(batch) if one[5]]
    assert sum(one[1] for one in inside) == 14  # they stay where they are


async def test_a_pack_leaves_by_its_own_code_with_its_contents(here):
    batch = await here.circulating(20)
    codes = await here.lines(batch)
    await group(here, codes[0], codes[1:7])

    told = await withdraw(here, codes_of([codes[0], codes[10]]))

    assert told["units"] == 8
    assert await statuses(here, batch) == {"WITHDRAWN": 8, "IN_CIRCULATION": 12}


async def test_what_is_in_a_package_does_not_leave_alone(here):
    batch = await here.circulating(30)
    codes = await here.lines(batch)
    await group(here, codes[0], codes[1:7])
    await here.pack(sscc(1), [(batch, 0, 1), (batch, 10, 4)])
    await here.pack(sscc(2), inside=[sscc(1)])
    before = await kinds(here)

    for inside in (codes_of(codes[3:4]), codes_of(codes[:1]), run_of(batch, 10, 1)):
        with pytest.raises(GoodsHeldBack) as refused:
            await withdraw(here, inside)
        assert refused.value.by_reason.keys() == {"in-package"}
    with pytest.raises(PackageInside) as refused:
        await withdraw(here, packages(sscc(1)))
    assert refused.value.examples == (sscc(1),)

    assert await kinds(here) == before


async def test_a_pack_and_what_is_in_it_may_be_named_together(here):
    batch = await here.circulating(30)
    await here.pack(sscc(1), [(batch, 0, 5)])
    await here.pack(sscc(2), inside=[sscc(1)])
    both = replace(run_of(batch, 2, 1), packages=(sscc(2), sscc(1)))

    assert (await withdraw(here, both))["units"] == 5


async def test_what_is_not_held_is_blocked_or_offered_does_not_leave(here):
    batch = await here.circulating(30)
    codes = await here.lines(batch)
    await here.accept(await here.offer(run_of(batch, 0, 5), to=BREST), by=BREST)
    await here.offer(run_of(batch, 5, 5))
    await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 10, 5))
    await withdraw(here, run_of(batch, 15, 5))
    await here.pack(sscc(1), [(batch, 20, 2)])
    await here.accept(await here.offer(packages(sscc(1)), to=BREST), by=BREST)
    before = await kinds(here)

    with pytest.raises(UnknownCodes):
        await withdraw(here, codes_of(codes[:2]))
    with pytest.raises(UnknownPackages):
        await withdraw(here, packages(sscc(1)))
    with pytest.raises(GoodsHeldBack) as refused:
        await withdraw(here, codes_of([codes[6], codes[12]]))
    assert refused.value.by_reason == {"in-transfer": 1, "blocked": 1}
    with pytest.raises(StatusNotFitting) as refused:
        await withdraw(here, codes_of([codes[17]]))
    assert refused.value.by_status == {"WITHDRAWN": 1}
    for named in ({"gtin": GTIN}, {"batch": batch}):
        await block(here, by=BREST_INSPECTOR, **named)
        before = await kinds(here)
        with pytest.raises(GoodsHeldBack):
            await withdraw(here, run_of(batch, 25, 1))

    assert await kinds(here) == before


async def test_of_a_strange_pack_nothing_is_told(here):
    batch = await here.circulating(10)
    codes = await here.lines(batch)
    await group(here, codes[0], codes[1:7])

    with pytest.raises(UnknownCodes) as refused:
        await withdraw(here, codes_of(codes[:1]), by=ALMATY)

    assert refused.value.count == 1


async def test_a_part_of_the_list_leaves_where_that_is_asked_for(here):
    batch = await here.circulating(30)
    codes = await here.lines(batch)
    await group(here, codes[0], codes[1:7])
    await here.pack(sscc(1), [(batch, 10, 5)])
    await block(here, by=BREST_INSPECTOR, goods=codes_of([codes[3], codes[12]]))
    goods = Goods(codes_of([codes[0], codes[20], "rubbish", codes[20]]).texts, packages=(sscc(1),))

    rehearsed = await withdraw(here, goods, partial=True, dry_run=True)
    told = await withdraw(here, goods, partial=True)

    # A pack leaves whole or stays; out of a transport unit all may leave but what is blocked.
    assert (told["units"], told["refused"]) == (1 + 4, 7 + 1 + 1 + 1)
    assert told["refused_by_reason"] == {"blocked": 8, "repeated": 1, "unreadable": 1}
    assert [line["verdict"] for line in told["lines"]] == [
        "blocked",
        "ok",
        "unreadable",
        "repeated",
    ]
    assert rehearsed["dry_run"] is True
    assert rehearsed["units"] == told["units"]
    assert rehearsed["refused_by_reason"] == told["refused_by_reason"]
    assert await statuses(here, batch) == {"WITHDRAWN": 5, "IN_CIRCULATION": 25}


async def test_what_was_never_introduced_is_written_off(here):
    batch = await here.register(10)
    await here.take(rules.APPLY, run_of(batch, 0, 5))

    told = await withdraw(here, run_of(batch, 0, 10), "KM_SPOILED_OR_LOST", document=None)
    applied = await here.register(3)
    await here.take(rules.APPLY, run_of(applied, 0, 3))
    await withdraw(here, run_of(applied, 0, 3))

    assert told["units"] == 10
    assert await statuses(here, batch) == {"CANCELLED": 10}
    assert await statuses(here, applied) == {"CANCELLED": 3}


async def test_reasons_start_where_the_data_says(here):
    issued, circulating = await here.register(3), await here.circulating(3)

    for batch, reason in (
        (issued, "OWN_USE"),
        (issued, "DESTRUCTION"),
        (circulating, "KM_SPOILED"),
    ):
        with pytest.raises(StatusNotFitting):
            await withdraw(here, run_of(batch, 0, 1), reason)


async def test_a_withdrawal_that_tells_too_much_or_too_little_is_refused(here):
    batch = await here.circulating(3)
    before = await kinds(here)
    export = "EXPORT_TO_MEMBER_STATE"
    am, by = MemberState.AM, MemberState.BY
    wrong = [
        ({"reason": "WHIM"}, UnknownReason),
        ({"reason": "DISSOLVED"}, ReasonReserved),
        ({"reason": "REMARKED"}, ReasonReserved),
        ({"reason": "MEDICAL_USE"}, ReasonNotForGroup),
        ({"reason": "OWN_USE", "document": None}, PrimaryDocumentNotFitting),
        ({"reason": "OWN_USE", "document": ACT}, PrimaryDocumentNotFitting),
        ({"document": replace(ACT, date=LATER)}, DocumentDateInFuture),
        ({"reason": "OWN_USE", "document": replace(PAPER, name=None)}, DocumentIncomplete),
        ({"reason": export, "document": NOTE}, DestinationMissing),
        ({"reason": export, "document": NOTE, "destination": by}, DestinationNotFitting),
        ({"reason": "OWN_USE", "destination": am}, DestinationNotFitting),
        ({"parts": Parts(1, 2)}, FractionNotAllowed),
        ({"occurred_at": FAR}, OccurredInFuture),
    ]

    for told, refusal in wrong:
        for dry_run in (False, True):
            with pytest.raises(refusal):
                await withdraw(here, run_of(batch, 0, 3), dry_run=dry_run, **told)
    with pytest.raises(NoGoods):
        await withdraw(here, Goods())
    with pytest.raises(UnknownPackages):
        await withdraw(here, packages(sscc(9)))
    with pytest.raises(PackagesRepeated):
        await withdraw(here, packages(sscc(9), sscc(9)))

    assert await kinds(here) == before


async def test_goods_are_withdrawn_for_export_only_where_they_are_not_recognised(here):
    batch = await here.circulating(3)
    export = {"reason": "EXPORT_TO_MEMBER_STATE", "document": NOTE}

    with pytest.raises(ExportNotNeeded) as refused:
        await withdraw(here, run_of(batch, 0, 1), destination=MemberState.KZ, **export)
    told = await withdraw(here, run_of(batch, 0, 1), destination=MemberState.KG, **export)

    assert (refused.value.origin, refused.value.destination) == ("BY", "KZ")
    assert refused.value.regime == "RECOGNITION"
    assert (await event_told(here, told["event"]))[1]["destination"] == "KG"


async def test_a_unit_leaves_in_parts_until_nothing_is_left(here):
    await in_beer(here)
    batch = await here.circulating(3, OTHER_GTIN)

    for taken in (40, 50):
        await withdraw(here, run_of(batch, 0, 2), "OWN_USE", parts=Parts(taken, 100))
    assert await standings(here, batch) == [
        (0, 2, "IN_CIRCULATION", None, 10, 100),
        (2, 1, "IN_CIRCULATION", None, None, None),
    ]
    for wrong in (Parts(11, 100), Parts(1, 10), Parts(1, 10_001)):
        with pytest.raises(FractionNotFitting):
            await withdraw(here, run_of(batch, 0, 1), "OWN_USE", parts=wrong)

    told = await withdraw(here, run_of(batch, 0, 1), "OWN_USE", parts=Parts(10, 100))
    await withdraw(here, run_of(batch, 1, 2), "OWN_USE")

    assert (await event_told(here, told["event"]))[1]["parts"] == {"taken": 10, "of": 100}
    assert await standings(here, batch) == [
        (0, 1, "WITHDRAWN", "OWN_USE", 0, 100),
        (1, 1, "WITHDRAWN", "OWN_USE", 0, 100),
        (2, 1, "WITHDRAWN", "OWN_USE", None, None),
    ]


async def test_a_pack_does_not_leave_in_parts(here):
    await in_beer(here)
    batch = await here.circulating(10, OTHER_GTIN)
    codes = await here.lines(batch)
    await group(here, codes[0], codes[1:7])

    with pytest.raises(FractionNotAllowed):
        await withdraw(here, codes_of(codes[:1]), "OWN_USE", parts=Parts(1, 2))
