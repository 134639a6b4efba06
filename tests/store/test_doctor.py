"""The doctor finds nothing in a healthy registry, and each fault that is planted in it."""

import asyncpg
import pytest

from domain.database import Database
from domain.doctor import actions as doctor
from domain.lifecycle import rules
from domain.registry import sizes
from tests.store.dairy import GTIN, dairy

# A registry with two batches, own serials and a reserved number; the faults speak of series 1
# (computed), series 2 (registered serials) and events 1 to 4.
FAULTS = {
    "sizes-agree": """
        CREATE OR REPLACE FUNCTION block_bits() RETURNS integer IMMUTABLE LANGUAGE sql
            AS 'SELECT 20'""",
    "spans-overlap": "UPDATE spans SET last = last + 1 WHERE series_id = 1 AND first = 0",
    "spans-do-not-tile": "DELETE FROM spans WHERE series_id = 1 AND first = 20",
    "series-overlap": """
        INSERT INTO series (space_id, gtin, member_state, template, first, last, next_number)
            SELECT space_id, gtin, member_state, 'milk-s', first, last, first
            FROM series WHERE id = 1""",
    "series-beyond-its-space": "UPDATE number_spaces SET next_block = 1000",
    "batches-do-not-tile": "UPDATE batch_intervals SET ordinal = 1 WHERE ordinal = 0 AND batch_id = 1",
    "span-outside-its-batch": """
        UPDATE batch_intervals SET last = last - 1 WHERE series_id = 1 AND first = 0""",
    "entry-outside-its-batch": """
        UPDATE journal_entries SET last = last + 1 WHERE event_id = 1""",
    "span-without-its-entry": "UPDATE spans SET holder_id = 2 WHERE series_id = 1 AND first = 20",
    "entry-without-its-event": "DELETE FROM events WHERE id = 4",
    "chain-goes-back-in-time": """
        UPDATE events SET recorded_at = recorded_at - interval '1 day' WHERE id = 4""",
    "withdrawn-without-a-reason": "UPDATE spans SET status = 'WITHDRAWN' WHERE first = 20",
    "fraction-does-not-fit": "UPDATE spans SET whole_parts = 5 WHERE first = 20",
    "stripe-is-missing": "DELETE FROM stripes WHERE series_id = 1",
    "registered-serial-not-issued": "UPDATE registered_serials SET number = 99 WHERE serial = '2aaaa!'",
    "registered-number-without-serial": "DELETE FROM registered_serials WHERE serial = '2aaaa!'",
    "reserved-number-issued": "INSERT INTO reserved_numbers (space_id, number) VALUES (1, 3)",
    "request-without-answer": "UPDATE requests SET answer = NULL",
    "holder-in-another-state": "UPDATE spans SET turnover_state = 'KZ' WHERE first = 20",
    "registered-serial-not-reserved": "DELETE FROM reserved_numbers",
    "replay-differs-from-spans": """
        UPDATE journal_entries SET status = 'CANCELLED' WHERE event_id = 4""",
    "chain-is-broken": "UPDATE journal_entries SET previous_event_id = NULL WHERE event_id = 4",
}


async def found(here) -> dict[str, list[str]]:
    return {one.name: one.examples async for one in doctor.examine(here.database, here.keyring)}


async def story(here) -> None:
    batch = await here.register(20)
    await here.register(30)
    await here.register(2, own=("2aaaa!", "2bbbb!"))
    await here.take(rules.APPLY, batch, 5, 10)


async def test_a_healthy_registry_has_no_finding(database_url):
    async with dairy(database_url) as here:
        await story(here)

        examined = await found(here)

        assert {name: examples for name, examples in examined.items() if examples} == {}
        assert examined.keys() >= FAULTS.keys()


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(name, database_url):
    async with dairy(database_url) as here:
        await story(here)
        owner = await asyncpg.connect(database_url)
        await owner.execute("SET session_replication_role = replica")  # no triggers, no references
        await owner.execute(FAULTS[name])
        await owner.close()

        assert (await found(here))[name]


@pytest.mark.parametrize(
    "parts",
    [
        "remaining_parts = 5",
        "whole_parts = 5, remaining_parts = 6",
        "whole_parts = 5, remaining_parts = -1",
        "whole_parts = 5, remaining_parts = 0, status = 'IN_CIRCULATION'",
    ],
)
async def test_parts_that_no_unit_has_are_found(parts, database_url):
    async with dairy(database_url) as here:
        await story(here)
        owner = await asyncpg.connect(database_url)
        await owner.execute(f"UPDATE spans SET {parts} WHERE first = 20")
        await owner.close()

        assert (await found(here))["fraction-does-not-fit"]


async def test_a_long_series_is_replayed_piece_by_piece(database_url, monkeypatch):
    async with dairy(database_url) as here:
        monkeypatch.setattr(doctor, "SPANS_AT_ONCE", 1)
        batch = await here.register(200_000)
        await here.take(rules.APPLY, batch, 60_000, 100_000)
        before = await found(here)
        owner = await asyncpg.connect(database_url)
        await owner.execute("SET session_replication_role = replica")
        await owner.execute("UPDATE spans SET event_id = 1 WHERE first = 131072")
        await owner.close()

        after = await found(here)

    assert before["replay-differs-from-spans"] == []
    assert after["replay-differs-from-spans"] == [
        "series 1: 131072-159999 since event 1",
        "series 1: 131072-159999 since event 2",
    ]


async def test_a_wrong_size_in_the_program_is_found(database_url, monkeypatch):
    async with dairy(database_url) as here:
        monkeypatch.setattr(sizes, "STRIPE_BITS", 15)

        assert (await found(here))["sizes-agree"]


async def test_what_cannot_be_stored_at_all_is_refused_by_name(database_url):
    async with dairy(database_url) as here:
        await story(here)
        owner = await asyncpg.connect(database_url)
        for statement, constraint in {
            "UPDATE spans SET last = last + 65536 WHERE first = 20": "span_stays_in_its_stripe",
            "UPDATE spans SET holder_id = NULL": "custody_is_kept_on_the_root",
            "UPDATE spans SET withdrawal_reason = 'LOST'": "reason_is_for_the_withdrawn",
            "UPDATE series SET next_number = first - 1": "series_is_in_order",
            f"INSERT INTO number_spaces (gtin, serial_length, alphabet, next_block) "
            f"VALUES ('{GTIN}', 6, 'DIGITS', 0)": "serials_of_one_form",
            "DELETE FROM events": "append_only",
            "TRUNCATE journal_entries": "append_only",
        }.items():
            with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
                await owner.execute(statement)
            assert refused.value.constraint_name == constraint
        await owner.close()


async def test_the_server_cannot_change_what_is_append_only(database_url):
    server = Database(database_url)
    async with server.reading() as connection:
        for table in ("events", "journal_entries", "batches", "batch_intervals", "lots"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"DELETE FROM {table}")
    await server.dispose()
