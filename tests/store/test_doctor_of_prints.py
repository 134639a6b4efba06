"""The doctor on the label ledger: a healthy one, and each fault planted in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from domain.doctor import actions as doctor
from tests.store.ledger import Ledger, run, ssccs
from tests.store.trade import sscc, trade

# Print 1 has the first ten units, 2 all fifty, 3 a package, 4 it again.
FAULTS = {
    "print-run-outside-its-batch": (
        "UPDATE print_runs SET last = 50 WHERE print_id = 2 AND first = 10",
        "UPDATE print_runs SET ordinal = 11 WHERE print_id = 2 AND first = 10",
        "UPDATE print_runs SET batch_id = 2 WHERE print_id = 1",
    ),
    "print-of-a-lot-of-other-goods": (
        "UPDATE print_runs SET lot_id = 99 WHERE print_id = 1",
        "UPDATE lots SET gtin = '04810000000025'",
    ),
    "printed-first-twice": ("UPDATE print_runs SET last = 10 WHERE print_id = 1",),
    "reprinted-before-it-was-printed": (
        "UPDATE print_runs SET last = 8 WHERE print_id = 1",
        "DELETE FROM print_runs WHERE print_id = 1",
    ),
    "package-reprinted-before-it-was-printed": ("DELETE FROM print_packages WHERE print_id = 3",),
    "print-counts-otherwise": (
        "UPDATE prints SET units = 9, labels = 9 WHERE id = 1",
        "UPDATE prints SET reprinted = 9 WHERE id = 2",
        "UPDATE prints SET reprinted = 0 WHERE id = 4",
        "UPDATE prints SET packages = 2, labels = 2 WHERE id = 3",
        "UPDATE print_batches SET units = 9 WHERE print_id = 1",
        "UPDATE print_runs SET position = 7 WHERE print_id = 1",
        "UPDATE print_packages SET position = 7 WHERE print_id = 3",
    ),
    "printed-of-a-batch-otherwise": (
        "UPDATE print_batches SET reprinted = 1 WHERE print_id = 1",
        "UPDATE print_runs SET batch_id = 2 WHERE print_id = 1",
    ),
    "print-of-anothers-goods": ("UPDATE prints SET participant_id = 2 WHERE id = 1",),
    "print-without-its-request": (
        "UPDATE requests SET participant_id = 2 FROM prints WHERE prints.uuid = requests.id",
        "DELETE FROM requests USING prints WHERE prints.uuid = requests.id",
    ),
    "label-beyond-its-print": (
        "UPDATE print_sendings SET first_label = 11",
        "UPDATE print_confirmations SET sent = 11",
    ),
}
PLANTED = [(name, statement) for name, statements in FAULTS.items() for statement in statements]
REFUSED = {
    "UPDATE prints SET format = 'doc'": "print_format_is_known",
    "UPDATE prints SET units = 0, packages = 0, labels = 0": "print_is_of_units_or_of_packages",
    "UPDATE prints SET labels = labels + 1": "print_counts_its_labels",
    "UPDATE prints SET units = 1000001, packages = 0, labels = 1000001": (
        "print_keeps_within_the_limits"
    ),
    "UPDATE prints SET start = 0": "print_starts_somewhere",
    "UPDATE prints SET reason = NULL": "reprints_have_a_reason",
    "UPDATE print_runs SET last = first - 1": "print_run_is_in_order",
    "UPDATE print_runs SET reprinted = false WHERE print_id = 2": "unit_is_first_printed_once",
    "UPDATE print_packages SET reprinted = false": "package_is_first_printed_once",
    "UPDATE print_batches SET reprinted = units + 1": "print_of_batch_has_units",
    "UPDATE print_fetches SET position = 2": "further_fetches_have_a_reason",
    "UPDATE print_files SET sha256 = '\\x00'": "digest_is_whole",
    "UPDATE print_sendings SET first_label = 0": "labels_are_counted_from_one",
    "UPDATE print_confirmations SET confirmed = 11": "only_what_was_sent_is_confirmed",
    "INSERT INTO print_confirmations VALUES (1, 9, 1, 1, 1, 'OK', false)": "confirmation_of_a_sending",
}


@asynccontextmanager
async def healthy(url: str) -> AsyncIterator[Ledger]:
    async with trade(url) as here:
        ledger = Ledger(here)
        batch = await here.circulating(50)
        await here.register(50)
        await here.pack(sscc(1), [(batch, 0, 10)])
        first = await ledger.print(run(batch, 0, 10))
        await ledger.print(run(batch), reason="torn")
        package = await ledger.print(ssccs(sscc(1)))
        await ledger.print(ssccs(sscc(1)), reason="wet")
        await ledger.open(package["print"])
        await ledger.finish(package["print"])
        sending = await ledger.send(first["print"])
        await ledger.confirm(first["print"], sending.number, 10, 5)
        yield ledger


async def found(ledger: Ledger) -> dict[str, list[str]]:
    told = doctor.examine(ledger.trade.database, ledger.trade.keyring)
    return {one.name: one.examples async for one in told}


async def test_a_healthy_ledger_has_no_finding(database_url):
    async with healthy(database_url) as ledger:
        examined = await found(ledger)

    assert {name: examples for name, examples in examined.items() if examples} == {}
    assert examined.keys() >= FAULTS.keys()


@pytest.mark.parametrize(("name", "statement"), PLANTED)
async def test_a_planted_fault_is_found(name, statement, database_url):
    async with healthy(database_url) as ledger:
        owner = await asyncpg.connect(database_url)
        await owner.execute("SET session_replication_role = replica")
        await owner.execute(statement)
        await owner.close()

        assert (await found(ledger))[name]


async def test_what_cannot_be_stored_at_all_is_refused_by_name(database_url):
    told = {}
    async with healthy(database_url):
        owner = await asyncpg.connect(database_url)
        for table in sorted(
            {statement.split(" ")[1 + (statement[0] == "I")] for statement in REFUSED}
        ):
            await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # append-only as it is
        for statement in REFUSED:
            try:
                await owner.execute(statement)
            except asyncpg.IntegrityConstraintViolationError as refused:
                told[statement] = refused.constraint_name
        await owner.close()

    assert told == REFUSED
