"""Labels made: the same each time, each use on record, each further one with a reason."""

import asyncio
from collections import Counter
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.codes import actions as batches
from domain.codes.orders import BatchOrder, LotData, OwnCode
from domain.database import driver
from domain.errors import LabelOutsidePrint, LabelsBeingSent, ReprintNeedsReason, UnknownPrint
from domain.lifecycle import rules as lifecycle
from domain.printing import actions as printing
from domain.printing.actions import ReprintDiffers
from domain.printing.rules import SILENT_SECONDS
from domain.vocabulary import Emission
from tests.store.ledger import TOML, Ledger, codes, printed, run
from tests.store.trade import BREST, BY, DAIRY, GTIN, INSPECTOR, OTHER_GTIN, run_of, trade

TOBACCO = """
UPDATE products SET product_group = 'tobacco' WHERE gtin = '04810000000032';
INSERT INTO marking_declarations
    (id, product_group, member_state, in_force, valid_from, decision, declared_by)
    VALUES (gen_random_uuid(), 'tobacco', 'BY', true, '2020-01-01', 'test', 1);
"""


@pytest.fixture
async def ledger(database_url):
    async with trade(database_url) as found:
        yield Ledger(found)
        assert await found.faults() == {}


async def own_batch(ledger, gtin: str, *own: OwnCode):
    """A batch of codes that Tamga did not compute."""
    request = ledger.trade.request(DAIRY)
    order = BatchOrder(gtin, len(own), BY, emission=Emission.REMAINS, own=own)
    await batches.register(
        ledger.trade.database, request, order, actor=DAIRY, keyring=ledger.trade.keyring
    )
    return request.id


async def test_what_was_ordered_is_what_is_opened(ledger):
    batch = await ledger.trade.register(3)
    told = {"copies": 3, "start": 7, "cut_marks": True, "resolver": "https://x.test", "dpi": 203}
    answer = await ledger.print(run(batch), format="zpl-bx", **told)

    opened = await ledger.open(answer["print"])

    assert {name: getattr(opened, name) for name in told} == told
    assert (opened.format, opened.layout_name, opened.layout_toml) == ("zpl-bx", "test", TOML)
    assert (opened.units, opened.labels, opened.title) == (3, 9, "Milk")
    assert str(opened.print) == answer["print"]


async def test_labels_tell_the_lot_that_the_goods_had_when_they_were_ordered(ledger):
    batch = await ledger.trade.register(6)
    await ledger.trade.take(lifecycle.APPLY, run_of(batch, 0, 6))
    await ledger.trade.take(lifecycle.INTRODUCE, run_of(batch, 0, 2))
    before = await ledger.print(run(batch))
    await ledger.trade.take(lifecycle.INTRODUCE, run_of(batch, 2, 4))
    after = await ledger.print(run(batch), reason="with their lot")

    first, again = await ledger.open(before["print"]), await ledger.open(after["print"])

    assert [(one.facts.lot_number, len(one.codes())) for one in first.portions()] == [
        ("L1", 2),
        (None, 4),
    ]
    [whole] = again.portions()
    assert whole.facts.expires_on == date(2027, 11, 1)
    assert (whole.facts.maker, whole.facts.member_state) == ("Dairy", "BY")


async def test_another_operators_codes_are_printed_as_they_came(ledger):
    short, long = "\x1d93ABCD", "\x1d93ABCD\x1d3103001250"
    mine = [OwnCode(f"2own{at:02}") for at in range(4)]
    theirs = [OwnCode("2for00", short), OwnCode("2for01", long), OwnCode("2for02", short)]
    batch = await own_batch(ledger, GTIN, *mine, *theirs)
    seen = []

    answer = await ledger.print(run(batch, 1), fits=seen.append)

    lines = printed(await ledger.open(answer["print"]))
    assert lines == (await ledger.trade.lines(batch))[1:]
    assert lines[3] == f"01{GTIN}212for00{short}"
    assert seen[0].shapes[0].foreign == (f"01{GTIN}212for01{long}",)


async def test_registered_serials_are_printed_in_any_order(ledger):
    batch = await own_batch(ledger, GTIN, *(OwnCode(f"2own{at:02}") for at in range(20)))
    lines = (await ledger.trade.lines(batch))[::-3]

    answer = await ledger.print(codes(*lines))

    assert printed(await ledger.open(answer["print"])) == lines


async def test_single_codes_are_those_of_the_whole_batch(ledger):
    batch = await ledger.trade.register(2_000)
    lines = await ledger.trade.lines(batch)

    one = await ledger.print(run(batch, 1_999, 1))
    many = await ledger.print(run(batch), reason="all of them")

    assert printed(await ledger.open(one["print"])) == lines[1_999:]
    assert printed(await ledger.open(many["print"])) == lines


async def test_the_first_fetch_is_free_and_each_further_one_is_told_why(ledger):
    batch = await ledger.trade.register(3)
    answer = await ledger.print(run(batch))
    await ledger.open(answer["print"])

    with pytest.raises(ReprintNeedsReason) as refused:
        await ledger.open(answer["print"])
    await ledger.open(answer["print"], reason="printer jammed")

    record = await ledger.record(answer["print"])
    assert [one["reason"] for one in record["fetches"]] == [None, "printer jammed"]
    assert {one["participant"] for one in record["fetches"]} == {DAIRY.uuid}
    assert refused.value.count == 3
    assert refused.value.printed_at == record["fetches"][0]["recorded_at"].isoformat()


async def test_of_two_that_fetch_at_once_one_needs_a_reason(ledger):
    batch = await ledger.trade.register(3)
    answer = await ledger.print(run(batch))

    told = await asyncio.gather(
        *(ledger.open(answer["print"]) for _ in range(5)), return_exceptions=True
    )

    assert sum(isinstance(one, ReprintNeedsReason) for one in told) == 4
    assert len((await ledger.record(answer["print"]))["fetches"]) == 1


async def test_only_who_ordered_labels_is_handed_them(ledger):
    batch = await ledger.trade.register(3)
    answer = await ledger.print(run(batch))

    for other in (BREST, INSPECTOR):
        with pytest.raises(UnknownPrint):
            await ledger.open(answer["print"], by=other)
        with pytest.raises(UnknownPrint):
            await ledger.send(answer["print"], by=other)
        with pytest.raises(UnknownPrint):
            await printing.last_confirmed(ledger.trade.database, UUID(answer["print"]), actor=other)
    with pytest.raises(UnknownPrint):
        await ledger.open(uuid4())
    assert (await ledger.record(answer["print"]))["fetches"] == []


async def test_a_file_is_kept_once_and_stays_the_same(ledger):
    batch = await ledger.trade.register(3)
    answer = await ledger.print(run(batch))

    await ledger.finish(answer["print"], bytes(32))
    await ledger.finish(answer["print"], bytes(32))
    with pytest.raises(ReprintDiffers):
        await ledger.finish(answer["print"], b"\1" * 32)

    file = (await ledger.record(answer["print"]))["file"]
    assert (file["sha256"], file["symbols_checked"], file["module_mm"]) == ("00" * 32, 3, 0.508)


async def test_a_sending_goes_on_behind_the_last_confirmed_label(ledger):
    batch = await ledger.trade.register(100)
    answer = await ledger.print(run(batch))
    first = await ledger.send(answer["print"])
    await ledger.confirm(answer["print"], first.number, 20, 10, ended=False)
    await ledger.confirm(answer["print"], first.number, 40, 30)

    second = await ledger.send(answer["print"])

    assert (first.number, first.first) == (1, 1)
    assert (second.number, second.first) == (2, 31)
    assert len(printed(second.opened)) == 100
    await ledger.confirm(answer["print"], second.number, 0, 0)
    with pytest.raises(ReprintNeedsReason) as refused:
        await ledger.send(answer["print"], first=21)
    assert refused.value.count == 10
    assert (await ledger.send(answer["print"], first=21, reason="smeared")).first == 21
    sendings = (await ledger.record(answer["print"]))["sendings"]
    assert [(one["first_label"], one["confirmed"], one["reason"]) for one in sendings] == [
        (1, 30, None),
        (31, 0, None),
        (21, None, "smeared"),
    ]
    assert [one["ended"] for one in sendings] == [True, True, False]


async def test_a_print_is_sent_once_at_a_time(ledger):
    """Whatever the reason: two printers would print the same labels."""
    answer = await ledger.print(run(await ledger.trade.register(100)))
    first = await ledger.send(answer["print"])
    for told in ((0, 0), (20, 0), (30, 20), (100, 100)):
        for asked in ({}, {"reason": "torn"}, {"first": 90, "reason": "torn"}):
            with pytest.raises(LabelsBeingSent) as refused:
                await ledger.send(answer["print"], **asked)
            assert refused.value.printer == "line-1"
        await ledger.confirm(answer["print"], first.number, *told, ended=False)

    assert (refused.value.sent, refused.value.confirmed) == (30, 20)
    await ledger.confirm(answer["print"], first.number, 100, 100)
    assert (await ledger.send(answer["print"], first=90, reason="torn")).number == 2


async def test_of_many_that_would_send_a_print_at_once_one_does(ledger):
    answer = await ledger.print(run(await ledger.trade.register(10)))

    found = await asyncio.gather(
        *(ledger.send(answer["print"], reason="torn") for _ in range(6)), return_exceptions=True
    )

    assert Counter(map(type, found)) == {printing.Begun: 1, LabelsBeingSent: 5}


async def test_a_sending_whose_server_died_holds_nobody_up_for_long(ledger, database_url):
    answer = await ledger.print(run(await ledger.trade.register(10)))
    await ledger.send(answer["print"])
    owner = await asyncpg.connect(database_url)
    await owner.execute("SET session_replication_role = replica")  # triggers refuse it
    await owner.execute(
        "UPDATE print_sendings SET recorded_at = recorded_at - make_interval(secs => $1)",
        SILENT_SECONDS,
    )
    await owner.close()

    with pytest.raises(ReprintNeedsReason):  # nobody knows what had been sent
        await ledger.send(answer["print"])
    assert (await ledger.send(answer["print"], reason="power cut")).first == 1


async def test_labels_that_were_sent_and_never_confirmed_are_sent_again_with_a_reason(ledger):
    batch = await ledger.trade.register(10)
    answer = await ledger.print(run(batch))
    unreached = await ledger.send(answer["print"])
    await ledger.confirm(answer["print"], unreached.number, 0, 0)
    again = await ledger.send(answer["print"])
    await ledger.confirm(answer["print"], again.number, 10, 0)

    with pytest.raises(ReprintNeedsReason) as refused:
        await ledger.send(answer["print"])

    assert refused.value.count == 10
    assert (await ledger.send(answer["print"], reason="nothing came out")).first == 1


async def test_labels_both_fetched_and_sent_need_a_reason(ledger):
    batch = await ledger.trade.register(10)
    fetched, sent = await ledger.print(run(batch, 0, 5)), await ledger.print(run(batch, 5, 5))
    await ledger.open(fetched["print"])
    await ledger.send(sent["print"])

    with pytest.raises(ReprintNeedsReason):
        await ledger.send(fetched["print"])
    with pytest.raises(ReprintNeedsReason):
        await ledger.open(sent["print"])
    assert (await ledger.send(fetched["print"], reason="no file printer here")).number == 1
    assert await ledger.open(sent["print"], reason="printer broke")


async def test_a_label_that_the_print_has_not_is_not_sent(ledger):
    batch = await ledger.trade.register(10)
    answer = await ledger.print(run(batch), copies=2)
    sending = await ledger.send(answer["print"])
    await ledger.confirm(answer["print"], sending.number, 20, 20)

    for first in (None, 21):
        with pytest.raises(LabelOutsidePrint) as refused:
            await ledger.send(answer["print"], first=first)
        assert (refused.value.first, refused.value.labels) == (21, 20)


async def test_lots_of_several_products_are_told_of_each(ledger):
    batch = await ledger.trade.circulating(3)
    other = await ledger.trade.register(3, gtin=OTHER_GTIN)
    lines = await ledger.trade.lines(batch) + await ledger.trade.lines(other)
    seen = []

    answer = await ledger.print(codes(*lines), fits=seen.append)

    told = [one.facts for one in (await ledger.open(answer["print"])).portions()]
    assert [(one.gtin, one.lot_number) for one in told] == [(GTIN, "L1"), (OTHER_GTIN, None)]
    assert seen[0].shapes[0].facts.lot_number == "L1"


async def test_a_price_is_printed_with_its_currency(ledger):
    lot = LotData("T1")
    async with ledger.trade.database.transaction() as session:
        await (await driver(session)).execute(TOBACCO)
    request = ledger.trade.request(DAIRY)
    order = BatchOrder("04810000000032", 3, BY, price_minor=14_505, lot=lot)
    await batches.register(
        ledger.trade.database, request, order, actor=DAIRY, keyring=ledger.trade.keyring
    )

    answer = await ledger.print(run(request.id))

    [portion] = (await ledger.open(answer["print"])).portions()
    assert (portion.facts.price, portion.facts.lot_number) == ("145.05 BYN", "T1")
    assert portion.codes() == await ledger.trade.lines(request.id)
