"""Labels ordered: whose goods, in which order, again only with a reason."""

import asyncio
import random
from uuid import uuid4

import asyncpg
import pytest

from domain.errors import (
    CodesRepeated,
    PrintTooLarge,
    ReprintNeedsReason,
    RequestIdReused,
    RunOutsideBatch,
    StatusNotFitting,
    UnknownBatch,
    UnknownCodes,
    UnreadableCodes,
    VerificationFailed,
)
from domain.lifecycle import rules as lifecycle
from domain.requests.store import Request
from tests.store.ledger import Ledger, codes, printed, run
from tests.store.trade import (
    ALMATY,
    BREST,
    DAIRY,
    GTIN,
    run_of,
    sscc,
    trade,
)


class NoRoom(Exception):
    """The layout has none."""


@pytest.fixture
async def ledger(database_url):
    async with trade(database_url) as found:
        yield Ledger(found)
        assert await found.faults() == {}


async def test_a_run_is_printed_in_the_order_of_its_ordinals(ledger):
    batch = await ledger.trade.register(40)
    lines = await ledger.trade.lines(batch)

    answer = await ledger.print(run(batch, 5, 20))

    assert (answer["units"], answer["labels"], answer["reprinted"]) == (20, 20, 0)
    assert printed(await ledger.open(answer["print"])) == lines[5:25]


async def test_codes_are_printed_in_the_order_in_which_they_are_named(ledger):
    batch = await ledger.trade.register(3_000)
    lines = await ledger.trade.lines(batch)
    asked = [lines[at * 7 % 3_000] for at in range(1_500)]

    answer = await ledger.print(codes(*asked), copies=2)

    opened = await ledger.open(answer["print"])
    assert printed(opened) == asked
    assert printed(opened) == asked  # a second time from the start
    assert [len(one.codes()) for one in opened.portions()] == [1_024, 476]
    assert answer["labels"] == 3_000


async def test_codes_of_several_batches_are_printed_together(ledger):
    one, other = await ledger.trade.register(30), await ledger.trade.register(30)
    asked = (await ledger.trade.lines(other))[10:12] + (await ledger.trade.lines(one))[:2]

    answer = await ledger.print(codes(*asked))

    assert printed(await ledger.open(answer["print"])) == asked
    assert [
        (row["batch"], row["first"], row["count"])
        for row in (await ledger.record(answer["print"]))["runs"]
    ] == [
        (other, 10, 2),
        (one, 0, 2),
    ]


async def test_a_million_units_are_a_handful_of_rows(ledger):
    batch = await ledger.trade.register(1_000_000)

    answer = await ledger.print(run(batch))

    assert answer["units"] == 1_000_000
    assert (await ledger.rows())[1] <= 3


async def test_a_print_has_a_million_units_at_most_copies_within_the_limit(ledger):
    batch = await ledger.trade.register(1_000_001)

    for asked, copies in ((run(batch), 1), (run(batch, 0, 550_001), 2)):
        with pytest.raises(PrintTooLarge):
            await ledger.print(asked, copies=copies)
    with pytest.raises(RunOutsideBatch):
        await ledger.print(run(batch, 1_000_000, 2))
    with pytest.raises(RunOutsideBatch):
        await ledger.print(run(batch, 1_000_001))

    assert (await ledger.rows())[0] == 0


async def test_what_was_printed_needs_a_reason_to_be_printed_again(ledger):
    batch = await ledger.trade.register(10)
    lines = await ledger.trade.lines(batch)
    first = await ledger.print(run(batch, 2, 3))
    before = await ledger.rows()

    with pytest.raises(ReprintNeedsReason) as refused:
        await ledger.print(run(batch))

    told = refused.value
    assert (told.count, told.print, told.printed_at) == (3, first["print"], first["recorded_at"])
    assert told.examples == tuple(line.split("\x1d")[0] for line in lines[2:5])
    assert await ledger.rows() == before

    again = await ledger.print(run(batch), reason="roll torn")

    assert (again["units"], again["reprinted"]) == (10, 3)
    assert [row["reprinted"] for row in (await ledger.record(again["print"]))["runs"]] == [
        False,
        True,
        False,
    ]
    assert printed(await ledger.open(again["print"])) == lines


async def test_reprints_agree_with_a_naive_ledger(ledger):
    chance = random.Random(18)  # noqa: S311 - units drawn for a test
    batches = [await ledger.trade.register(60) for _ in range(2)]
    lines = {batch: await ledger.trade.lines(batch) for batch in batches}
    known: set[tuple[object, int]] = set()

    for _ in range(60):
        batch = chance.choice(batches)
        if chance.random() < 0.5:
            first = chance.randrange(60)
            units = [(batch, at) for at in range(first, chance.randrange(first, 60) + 1)]
            asked = run(batch, first, len(units))
        else:
            pairs = [(one, at) for one in batches for at in range(60)]
            units = chance.sample(pairs, chance.randrange(1, 12))
            asked = codes(*(lines[one][at] for one, at in units))
        again = [unit for unit in units if unit in known]
        if again and chance.random() < 0.3:
            with pytest.raises(ReprintNeedsReason) as refused:
                await ledger.print(asked)
            assert refused.value.count == len(again)
            continue

        answer = await ledger.print(asked, reason="again" if again else None)

        assert answer["reprinted"] == len(again)
        told = [
            (row["batch"], at, row["reprinted"])
            for row in (await ledger.record(answer["print"]))["runs"]
            for at in range(row["first"], row["first"] + row["count"])
        ]
        assert told == [(*unit, unit in known) for unit in units]
        known |= set(units)

    assert sum(row[2] for row in await ledger.first_printings()) == len(known)


async def test_of_rival_prints_of_the_same_units_one_is_the_first(ledger):
    batch = await ledger.trade.register(5_000)
    lines = await ledger.trade.lines(batch)
    rivals = [run(batch, at * 500, 1_000) for at in range(4)]
    rivals += [codes(*lines[::7]), run(batch), run(batch), codes(*lines[5::11])]

    answers = await asyncio.gather(*(ledger.print(asked, reason="x") for asked in rivals))

    assert sum(one["units"] - one["reprinted"] for one in answers) == 5_000
    assert sum(row[2] for row in await ledger.first_printings()) == 5_000


async def test_of_rivals_without_a_reason_one_is_refused(ledger):
    batch = await ledger.trade.register(1_000)

    told = await asyncio.gather(
        *(ledger.print(run(batch, 0, 600 + at)) for at in range(6)), return_exceptions=True
    )

    assert sum(isinstance(one, dict) for one in told) == 1
    assert sum(isinstance(one, ReprintNeedsReason) for one in told) == 5


async def test_a_repeated_request_is_answered_alike_and_printed_once(ledger):
    batch = await ledger.trade.register(10)
    request = Request(uuid4(), DAIRY.id, bytes(32))

    answers = await asyncio.gather(*(ledger.print(run(batch), request=request) for _ in range(5)))

    assert all(one == answers[0] for one in answers)
    assert (await ledger.rows())[0] == 1
    with pytest.raises(RequestIdReused):
        await ledger.print(run(batch), request=Request(request.id, DAIRY.id, b"\1" * 32))


async def test_a_refusal_does_not_use_the_id_up(ledger):
    batch = await ledger.trade.register(10)
    await ledger.print(run(batch, 0, 1))
    request = Request(uuid4(), DAIRY.id, bytes(32))

    with pytest.raises(ReprintNeedsReason):
        await ledger.print(run(batch), request=request)
    answer = await ledger.print(run(batch), request=request, reason="torn")

    assert answer["reprinted"] == 1


async def test_a_layout_without_room_is_refused_before_anything_is_claimed(ledger):
    batch = await ledger.trade.register(10)
    seen = []

    def none_fits(needs):
        seen.append(needs)
        raise NoRoom

    before = await ledger.rows()
    with pytest.raises(NoRoom):
        await ledger.print(run(batch), fits=none_fits)

    [shape] = seen[0].shapes
    assert (shape.template.name, shape.optional, shape.foreign) == ("milk-s", (), ())
    assert (shape.facts.product_name, shape.facts.maker) == ("Milk", "Dairy")
    assert await ledger.rows() == before


@pytest.mark.parametrize("verb", [lifecycle.APPLY, lifecycle.INTRODUCE])
async def test_goods_are_printed_as_long_as_they_are_on_their_way(ledger, verb):
    batch = await ledger.trade.register(10)
    await ledger.trade.take(lifecycle.APPLY, run_of(batch, 0, 10))
    if verb is lifecycle.INTRODUCE:
        await ledger.trade.take(verb, run_of(batch, 0, 10))

    assert (await ledger.print(run(batch)))["units"] == 10


async def test_what_is_cancelled_or_withdrawn_is_not_printed(ledger):
    batch = await ledger.trade.circulating(10)
    other = await ledger.trade.register(10)
    lines = await ledger.trade.lines(batch)
    await ledger.trade.take(lifecycle.CANCEL, run_of(other, 4, 3))
    await ledger.trade.sell(lines[7])
    before = await ledger.rows()

    with pytest.raises(StatusNotFitting) as cancelled:
        await ledger.print(run(other))
    with pytest.raises(StatusNotFitting) as sold:
        await ledger.print(codes(*lines))

    other_lines = await ledger.trade.lines(other)
    assert (cancelled.value.count, cancelled.value.by_status) == (3, {"CANCELLED": 3})
    assert cancelled.value.examples == tuple(line.split("\x1d")[0] for line in other_lines[4:7])
    assert (sold.value.count, sold.value.by_status) == (1, {"WITHDRAWN": 1})
    assert sold.value.examples == (lines[7].split("\x1d")[0],)
    assert await ledger.rows() == before


async def test_a_stranger_learns_nothing_of_goods_that_are_not_its_own(ledger):
    batch = await ledger.trade.circulating(10)
    lines = await ledger.trade.lines(batch)
    forged = lines[0][:-4] + "AAAA"
    never = f"01{GTIN}21" + lines[0][18:23] + ("b" if lines[0][23] != "b" else "c")
    await ledger.trade.accept(await ledger.trade.offer(run_of(batch, 0, 5)))

    for line in (lines[0], lines[7], lines[0].split("\x1d")[0], forged, never):
        for stranger in (BREST, ALMATY):  # the holder of the first five is not who registered them
            with pytest.raises(UnknownCodes) as refused:
                await ledger.print(codes(line), by=stranger)
            assert (refused.value.count, refused.value.examples) == (1, (line.split("\x1d")[0],))
    with pytest.raises(UnknownBatch):
        await ledger.print(run(batch), by=BREST)
    with pytest.raises(UnknownBatch):
        await ledger.print(run(uuid4()))
    with pytest.raises(UnknownCodes) as refused:
        await ledger.print(codes(never, *lines))
    assert refused.value.count == 1


async def test_codes_that_are_wrong_are_told_to_who_registered_them(ledger):
    batch = await ledger.trade.register(10)
    lines = await ledger.trade.lines(batch)

    with pytest.raises(VerificationFailed):
        await ledger.print(codes(lines[0], lines[1][:-4] + "AAAA"))
    with pytest.raises(CodesRepeated):
        await ledger.print(codes(lines[0], lines[1], lines[0]))
    with pytest.raises(UnreadableCodes):
        await ledger.print(codes(lines[0], "no code"))


async def test_who_registered_goods_prints_them_though_another_holds_them(ledger):
    batch = await ledger.trade.circulating(10)
    await ledger.trade.accept(await ledger.trade.offer(run_of(batch, 0, 5)))

    assert (await ledger.print(run(batch)))["units"] == 10


async def test_first_printings_never_overlap_not_even_by_hand(ledger, database_url):
    batch = await ledger.trade.register(10)
    await ledger.print(run(batch, 0, 5))
    owner = await asyncpg.connect(database_url)

    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await owner.execute(
            "INSERT INTO print_runs SELECT series_id, first, last, print_id + 1, batch_id, ordinal,"
            " lot_id, position, reprinted FROM print_runs"
        )
    await owner.close()

    assert refused.value.constraint_name == "unit_is_first_printed_once"


async def test_codes_of_goods_in_packages_are_printed_as_well(ledger):
    batch = await ledger.trade.circulating(10)
    await ledger.trade.pack(sscc(1), [(batch, 0, 10)])
    lines = await ledger.trade.lines(batch)

    answer = await ledger.print(codes(*lines[:2]))

    assert printed(await ledger.open(answer["print"])) == lines[:2]
