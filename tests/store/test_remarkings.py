"""Goods get new codes: the new one stands where the old one stood."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.catalogue.documents import Document, DocumentKind
from domain.errors import (
    CodesRepeated,
    GoodsHeldBack,
    NoGoods,
    OccurredInFuture,
    StatusNotFitting,
    UnknownCodes,
    UnreadableCodes,
)
from domain.errors_of_custody import (
    DocumentDateInFuture,
    GtinsDiffer,
    NewCodeInUse,
    NotRestorable,
    OldCodeNotFitting,
    OldCodesDiffer,
    PrimaryDocumentNotFitting,
    UnknownReason,
)
from domain.lifecycle import rules
from domain.participants.actor import Actor
from domain.remarking import actions as remarking
from domain.remarking.told import Pair, Remarking
from domain.withdrawal.told import Parts
from tests.store.banning import block, kinds, lift, parties
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
    BREST,
    BREST_INSPECTOR,
    DAIRY,
    GTIN,
    OTHER_GTIN,
    codes_of,
    packages,
    run_of,
    sscc,
    trade,
)

SPOILED, ERRORS = "CODE_SPOILED_OR_LOST", "DESCRIPTION_ERRORS"
RECEIPT = Document(DocumentKind.RECEIPT, "99", date(2026, 11, 1))
LINKS = """
    SELECT new_number, position, old_number, cause FROM remarkings
    ORDER BY new_series_id, new_number, position
"""
FIRST = """
    SELECT first FROM batch_intervals JOIN batches ON batches.id = batch_id WHERE uuid = $1
"""
LOTS = "SELECT DISTINCT lot_id FROM spans WHERE status = 'IN_CIRCULATION'"


@pytest.fixture
async def here(database_url):
    async with trade(database_url) as found:
        yield found
        assert await found.faults() == {}


async def remark(here, *pairs, cause: str = SPOILED, by: Actor = DAIRY, **told):
    answer, _ = await remarking.remark(
        here.database,
        here.request(by),
        Remarking(tuple(Pair(*pair) for pair in pairs), cause, **told),
        actor=by,
        keyring=here.keyring,
    )
    return answer


async def fresh(here, count: int, gtin: str = GTIN):
    """A batch of codes that were applied, and the codes."""
    batch = await here.register(count, gtin)
    await here.take(rules.APPLY, run_of(batch, 0, count))
    return batch, await here.lines(batch)


async def links(here) -> list[tuple]:
    async with here.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(LINKS)]


async def number(here, batch, ordinal: int) -> int:
    async with here.database.reading() as connection:
        return await connection.fetchval(FIRST, batch) + ordinal


async def test_a_new_code_takes_the_place_of_the_old_one(here):
    old = await here.circulating(5)
    codes = await here.lines(old)
    new, fresh_codes = await fresh(here, 3)

    told = await remark(here, (fresh_codes[1], codes[2]), place="Shop 3")

    assert (told["units"], told["replaced"]) == (1, 1)
    assert await standings(here, old) == [
        (0, 2, "IN_CIRCULATION", None, None, None),
        (2, 1, "WITHDRAWN", "REMARKED", None, None),
        (3, 2, "IN_CIRCULATION", None, None, None),
    ]
    assert await statuses(here, new) == {"APPLIED": 2, "IN_CIRCULATION": 1}
    assert await links(here) == [
        (await number(here, new, 1), 0, await number(here, old, 2), SPOILED)
    ]
    assert await event_told(here, told["event"]) == (
        "REMARKED",
        {"cause": SPOILED, "place": "Shop 3"},
        None,
    )
    assert await parties(here, told["event"]) == ["Dairy"]
    async with here.database.reading() as connection:
        assert len(await connection.fetch(LOTS)) == 1  # the new code has the old one's lot
    await here.accept(await here.offer(codes_of([fresh_codes[1]])))


async def test_an_old_code_does_not_come_back(here):
    old = await here.circulating(1)
    _, fresh_codes = await fresh(here, 1)
    await remark(here, (fresh_codes[0], (await here.lines(old))[0]))

    with pytest.raises(NotRestorable):
        await restore(here, run_of(old, 0, 1))


async def test_goods_in_a_package_are_marked_anew_where_they_lie(here):
    old = await here.circulating(30)
    codes = await here.lines(old)
    await group(here, codes[0], codes[1:7])
    await here.pack(sscc(1), [(old, 0, 1), (old, 10, 1)])
    await here.pack(sscc(2), inside=[sscc(1)])
    new, fresh_codes = await fresh(here, 7)

    pairs = list(zip(fresh_codes, [*codes[1:7], codes[10]], strict=True))
    told = await remark(here, *pairs)

    assert told["units"] == 7
    assert {one[4:] for one in await here.held(new)} == {(False, True)}
    assert (await withdraw(here, packages(sscc(2))))["units"] == 8


async def test_the_code_of_a_pack_is_replaced_with_all_that_is_in_it(here):
    old = await here.circulating(30)
    codes = await here.lines(old)
    await group(here, codes[0], codes[1:7])
    await here.pack(sscc(1), [(old, 0, 1)])
    _, fresh_codes = await fresh(here, 2)

    await remark(here, (fresh_codes[0], codes[0]), (fresh_codes[1], codes[3]))

    assert await statuses(here, old) == {"WITHDRAWN": 2, "IN_CIRCULATION": 28}
    assert (await withdraw(here, packages(sscc(1))))["units"] == 7
    assert (await restore_whole(here, sscc(1)))["refused_by_reason"] == {"not-restorable": 7}


async def restore_whole(here, name: str):
    return await restore(here, packages(name), partial=True, dry_run=True)


async def test_several_old_codes_give_way_to_one(here):
    old = await here.circulating(10)
    codes = await here.lines(old)
    await here.pack(sscc(1), [(old, 0, 4)])
    new, fresh_codes = await fresh(here, 2)

    told = await remark(
        here,
        (fresh_codes[0], codes[3]),
        (fresh_codes[1], codes[7]),
        (fresh_codes[0], codes[1]),
    )

    assert (told["units"], told["replaced"]) == (2, 3)
    first, second = await number(here, new, 0), await number(here, new, 1)
    assert await links(here) == [
        (first, 0, await number(here, old, 3), SPOILED),
        (first, 1, await number(here, old, 1), SPOILED),
        (second, 0, await number(here, old, 7), SPOILED),
    ]
    assert (await withdraw(here, packages(sscc(1))))["units"] == 3


async def test_a_divided_unit_keeps_what_is_left_of_it(here):
    await in_beer(here)
    old = await here.circulating(1, OTHER_GTIN)
    await withdraw(here, run_of(old, 0, 1), "OWN_USE", parts=Parts(1, 4))
    new, fresh_codes = await fresh(here, 1, OTHER_GTIN)

    await remark(here, (fresh_codes[0], (await here.lines(old))[0]))

    assert await standings(here, old) == [(0, 1, "WITHDRAWN", "REMARKED", 0, 4)]
    assert await standings(here, new) == [(0, 1, "IN_CIRCULATION", None, 3, 4)]


async def test_a_code_that_cannot_be_read_is_replaced_by_the_document(here):
    new, codes = await fresh(here, 3)

    told = await remark(here, (codes[0],), (codes[1],), document=PAPER)
    await remark(here, (codes[2],), cause="RETAIL_RETURN", document=RECEIPT)

    assert told["replaced"] == 0
    assert await statuses(here, new) == {"IN_CIRCULATION": 3}
    assert [one[1:] for one in await links(here)] == [
        (0, None, SPOILED),
        (0, None, SPOILED),
        (0, None, "RETAIL_RETURN"),
    ]
    await here.accept(await here.offer(run_of(new, 0, 3)))


async def test_goods_that_are_not_introduced_yet_stay_so_under_the_new_code(here):
    old, codes = await fresh(here, 1)
    new, fresh_codes = await fresh(here, 1)

    await remark(here, (fresh_codes[0], codes[0]))

    assert await statuses(here, old) == {"WITHDRAWN": 1}
    assert await statuses(here, new) == {"APPLIED": 1}


async def test_codes_that_may_not_give_way_or_take_a_place(here):
    old = await here.circulating(30)
    codes = await here.lines(old)
    _, fresh_codes = await fresh(here, 12)
    issued = await here.lines(await here.register(2))
    _, others = await fresh(here, 1, OTHER_GTIN)
    await here.accept(await here.offer(run_of(old, 0, 1), to=BREST), by=BREST)
    await here.offer(run_of(old, 1, 1))
    await block(here, by=BREST_INSPECTOR, goods=run_of(old, 2, 1))
    await withdraw(here, run_of(old, 3, 1))
    await group(here, codes[4], codes[5:11])
    inside = await block(here, by=BREST_INSPECTOR, goods=run_of(old, 6, 1))
    await group(here, codes[11], codes[12:18])
    await group(here, fresh_codes[0], fresh_codes[1:7])
    new = fresh_codes[8]
    before = await kinds(here)
    wrong = [
        ([], NoGoods),
        ([(new, codes[0])], UnknownCodes),
        ([(new, codes[1])], GoodsHeldBack),
        ([(new, codes[2])], GoodsHeldBack),
        ([(new, codes[3])], StatusNotFitting),
        ([(new, codes[4])], GoodsHeldBack),
        ([(new, "rubbish")], UnreadableCodes),
        ([(new, issued[0])], StatusNotFitting),
        ([("rubbish", codes[20])], UnreadableCodes),
        ([(issued[0], codes[20])], StatusNotFitting),
        ([(codes[21], codes[20])], StatusNotFitting),
        ([(fresh_codes[0], codes[20])], NewCodeInUse),
        ([(fresh_codes[1], codes[20])], GoodsHeldBack),
        ([(others[0], codes[20])], GtinsDiffer),
        ([(new, codes[20]), (fresh_codes[9], codes[20])], CodesRepeated),
        ([(new, codes[20]), (new, codes[20])], CodesRepeated),
        ([(new, codes[20]), (fresh_codes[9], new)], CodesRepeated),
        ([(new, codes[20]), (new, codes[12])], OldCodesDiffer),
        ([(new, codes[12]), (new, codes[13])], OldCodesDiffer),
    ]

    for pairs, refusal in wrong:
        for dry_run in (True, False):
            with pytest.raises(refusal):
                await remark(here, *pairs, dry_run=dry_run)
    assert await kinds(here) == before

    await lift(here, inside, BREST_INSPECTOR)
    await remark(here, (new, codes[4]))


async def test_a_remarking_that_tells_too_much_or_too_little_is_refused(here):
    old = (await here.lines(await here.circulating(1)))[0]
    _, codes = await fresh(here, 3)
    before = await kinds(here)
    late = replace(PAPER, date=date(2199, 1, 1))
    far = datetime(2199, 1, 1, tzinfo=UTC)
    wrong = [
        ([(codes[0], old)], {"cause": "WHIM"}, UnknownReason),
        ([(codes[0],)], {"cause": ERRORS}, OldCodeNotFitting),
        ([(codes[0], old)], {"cause": "RETAIL_RETURN", "document": RECEIPT}, OldCodeNotFitting),
        ([(codes[0],)], {}, PrimaryDocumentNotFitting),
        ([(codes[0],)], {"document": RECEIPT}, PrimaryDocumentNotFitting),
        ([(codes[0],)], {"cause": "RETAIL_RETURN"}, PrimaryDocumentNotFitting),
        ([(codes[0], old)], {"document": late}, DocumentDateInFuture),
        ([(codes[0], old)], {"occurred_at": far}, OccurredInFuture),
        ([(codes[0],), (codes[0],)], {"document": PAPER}, CodesRepeated),
        ([(codes[0],), (codes[0], old)], {"document": PAPER}, CodesRepeated),
    ]

    for pairs, told, refusal in wrong:
        with pytest.raises(refusal):
            await remark(here, *pairs, **told)

    assert await kinds(here) == before


async def test_a_rehearsal_marks_nothing(here):
    old = await here.lines(await here.circulating(2))
    _, codes = await fresh(here, 2)
    before = await kinds(here)

    told = await remark(here, (codes[0], old[0]), (codes[1], old[1]), dry_run=True)

    assert told == {"dry_run": True, "units": 2}
    assert await kinds(here) == before
