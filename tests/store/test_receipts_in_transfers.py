"""What is sold out of an open transfer: it is missing there, and the transfer may end."""

from tests.store.leaving import group
from tests.store.till import (
    bare,
    parties,
    rules_of,
    sale,
    send,
)
from tests.store.trade import ALMATY, DAIRY, packages, run_of, sscc, trade

CASE = sscc(1)


async def test_what_is_sold_out_of_an_open_transfer_is_missing_there(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(20)
        lines = await here.lines(batch)
        await here.pack(CASE, [(batch, 0, 10)])
        transfer = await here.offer(packages(CASE))
        loose = await here.offer(run_of(batch, 10, 2))

        first, second = await send(here, sale(lines[2], lines[10]), sale(lines[3]))

        shown = await here.show(transfer)
        assert (shown["status"], shown["sold"], shown["left"]) == ("OFFERED", 2, 8)
        assert [tuple(one.values()) for one in shown["discrepancies"]] == [
            (first["event"], "SOLD", bare(lines[2]), 1, None),
            (second["event"], "SOLD", bare(lines[3]), 1, None),
        ]
        assert (await here.show(loose))["left"] == 1
        assert await parties(here, first["event"]) == [DAIRY.id, ALMATY.id]
        assert rules_of(first) == ["sold-in-transfer"] * 2
        assert (await here.accept(transfer))["accepted"] == 8
        assert await here.faults() == {}


async def test_a_transfer_left_empty_ends(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(20)
        lines = await here.lines(batch)
        all_of_it = await here.offer(run_of(batch, 0, 2))
        rest = await here.offer(run_of(batch, 2, 3))
        await here.accept(rest, run_of(batch, 2, 1))

        told = await send(here, sale(lines[0]), sale(lines[3], lines[1]), sale(lines[4]))

        shown = await here.show(all_of_it)
        assert (shown["status"], shown["sold"], shown["left"]) == ("REJECTED", 2, 0)
        assert [(one["kind"], one["event"]) for one in shown["answers"]] == [
            ("CLOSED", told[1]["event"])
        ]
        assert (await here.show(rest))["status"] == "PARTLY_ACCEPTED"
        assert await here.faults() == {}


async def test_the_code_of_a_pack_that_dissolves_leaves_the_transfer_too(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(5)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:4])
        transfer = await here.offer(run_of(batch, 0, 1))

        (told,) = await send(here, sale(lines[1]))

        shown = await here.show(transfer)
        assert (shown["offered"], shown["sold"], shown["left"]) == (4, 2, 2)
        assert [(one["code"], one["note"]) for one in shown["discrepancies"]] == [
            (bare(lines[1]), None),
            (bare(lines[0]), "pack dissolved"),
        ]
        assert told["units"] == 1
        assert (await here.accept(transfer))["accepted"] == 2
        assert await here.faults() == {}


async def test_a_pack_is_sold_whole_out_of_a_transfer(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(5)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:4])
        transfer = await here.offer(run_of(batch, 0, 1))

        await send(here, sale(lines[0]))

        shown = await here.show(transfer)
        assert (shown["status"], shown["sold"], shown["left"]) == ("REJECTED", 4, 0)
        assert [one["units"] for one in shown["discrepancies"]] == [4]
        assert await here.faults() == {}
