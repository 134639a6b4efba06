"""Labels of packages, and what is told of prints: to whom, and page by page."""

from uuid import uuid4

import pytest

from domain.errors import (
    ReprintNeedsReason,
    UnknownBatch,
    UnknownPackages,
    UnknownPrint,
)
from tests.store.ledger import Ledger, codes, run, ssccs
from tests.store.trade import (
    ALMATY,
    BREST,
    BREST_INSPECTOR,
    DAIRY,
    GTIN,
    INSPECTOR,
    packages,
    sscc,
    trade,
)


@pytest.fixture
async def ledger(database_url):
    async with trade(database_url) as found:
        yield Ledger(found)
        assert await found.faults() == {}


async def test_a_package_is_printed_by_who_holds_it_with_what_it_holds_then(ledger):
    batch = await ledger.trade.circulating(60)
    await ledger.trade.pack(sscc(1), [(batch, 0, 20)])
    await ledger.trade.pack(sscc(2), [(batch, 20, 10)])
    await ledger.trade.pack(sscc(3), inside=[sscc(1), sscc(2)])

    answer = await ledger.print(ssccs(sscc(3), sscc(1)))
    await ledger.trade.unpack(dissolved=[sscc(1)])

    outer, inner = (await ledger.open(answer["print"])).packages
    assert (outer.sscc, outer.count, outer.gtin, outer.lot_number) == (sscc(3), 30, GTIN, "L1")
    assert (inner.sscc, inner.count, inner.product_name, inner.sender) == (
        sscc(1),
        20,
        "Milk",
        "Dairy",
    )
    assert (answer["packages"], answer["units"]) == (2, 0)
    assert (await ledger.record(answer["print"]))["ssccs"] == [sscc(3), sscc(1)]


async def test_a_package_printed_again_needs_a_reason(ledger):
    batch = await ledger.trade.circulating(30)
    for at in range(3):
        await ledger.trade.pack(sscc(at), [(batch, at * 10, 10)])
    first = await ledger.print(ssccs(sscc(0)))

    with pytest.raises(ReprintNeedsReason) as refused:
        await ledger.print(ssccs(sscc(1), sscc(0), sscc(2)))
    again = await ledger.print(ssccs(sscc(1), sscc(0), sscc(2)), reason="wet")

    assert (refused.value.count, refused.value.examples) == (1, (sscc(0),))
    assert refused.value.print == first["print"]
    assert again["reprinted"] == 1


async def test_a_package_of_another_is_as_if_there_were_none(ledger):
    batch = await ledger.trade.circulating(30)
    await ledger.trade.pack(sscc(1), [(batch, 0, 10)])
    await ledger.trade.pack(sscc(2), [(batch, 10, 10)])
    transfer = await ledger.trade.offer(packages(sscc(1)))

    offered = await ledger.print(ssccs(sscc(1)))
    await ledger.trade.accept(transfer)
    for asked, by in ((sscc(1), DAIRY), (sscc(2), ALMATY), (sscc(9), DAIRY)):
        with pytest.raises(UnknownPackages) as refused:
            await ledger.print(ssccs(asked), by=by, reason="x")
        assert refused.value.examples == (asked,)

    [label] = (await ledger.open(offered["print"])).packages
    assert label.receiver == "Almaty store"
    assert (await ledger.print(ssccs(sscc(1)), by=ALMATY, reason="new owner"))["reprinted"] == 1


async def test_the_record_is_for_who_ordered_it_and_its_overseers(ledger):
    batch = await ledger.trade.register(10)
    answer = await ledger.print(run(batch, 0, 4))

    told = await ledger.record(answer["print"])

    assert told["batch"] == batch
    assert told["printed_by"] == {"participant": DAIRY.uuid, "name": "Dairy"}
    assert await ledger.record(answer["print"], by=INSPECTOR) == told
    assert await ledger.record(answer["print"], by=BREST_INSPECTOR) == told
    for stranger in (BREST, ALMATY):
        with pytest.raises(UnknownPrint):
            await ledger.record(answer["print"], by=stranger)
        with pytest.raises(UnknownBatch):
            await ledger.of_batch(batch, by=stranger)
    with pytest.raises(UnknownPrint):
        await ledger.record(uuid4())


async def test_the_ledger_of_a_batch_is_read_page_by_page_newest_first(ledger):
    batch, other = await ledger.trade.register(10), await ledger.trade.register(10)
    lines = await ledger.trade.lines(batch) + await ledger.trade.lines(other)
    made = [await ledger.print(run(batch, at, 1)) for at in range(5)]
    made.append(await ledger.print(codes(lines[9], *lines[10:13])))
    elsewhere = await ledger.print(run(other, 5, 1))

    pages, after = [], None
    while page := await ledger.of_batch(batch, after, limit=2):
        pages.append(page)
        after = page[-1]["print"]

    told = [one for page in pages for one in page]
    assert [str(one["print"]) for one in told] == [one["print"] for one in reversed(made)]
    assert (told[0]["units"], told[0]["labels"]) == (1, 4)
    with pytest.raises(UnknownPrint):
        await ledger.of_batch(batch, uuid4())
    assert [str(one["print"]) for one in await ledger.of_batch(other)] == [
        elsewhere["print"],
        made[-1]["print"],
    ]
