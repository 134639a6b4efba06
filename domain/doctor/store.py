"""SQL of the doctor: each query finds what must not be, so an empty answer is health."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg

from domain.doctor.replay import Row
from domain.registry.store import STANDING

STANDING_DIFFERS = " OR ".join(f"span.{name} IS DISTINCT FROM entry.{name}" for name in STANDING)

# Each query answers with up to ten examples of a fault, as text.
FAULTS: Mapping[str, str] = {
    "spans-overlap": """
        SELECT format('series %s: %s-%s and from %s', series_id, first, last, after)
        FROM (
            SELECT series_id, first, last,
                lead(first) OVER (PARTITION BY series_id ORDER BY first) AS after
            FROM spans
        ) AS pairs
        WHERE after <= last LIMIT 10
    """,
    "spans-do-not-tile": """
        SELECT format('series %s: %s issued, %s in spans, %s reserved',
            series.id, series.next_number - series.first, coalesce(held.units, 0), kept.numbers)
        FROM series
        LEFT JOIN (
            SELECT series_id, sum(last - first + 1) AS units, min(first) AS first, max(last) AS last
            FROM spans GROUP BY series_id
        ) AS held ON held.series_id = series.id
        CROSS JOIN LATERAL (
            SELECT count(*) AS numbers FROM reserved_numbers
            WHERE reserved_numbers.space_id = series.space_id
                AND number >= series.first AND number < series.next_number
        ) AS kept
        WHERE series.next_number - series.first <> coalesce(held.units, 0) + kept.numbers
            OR held.first < series.first OR held.last >= series.next_number
        LIMIT 10
    """,
    "series-overlap": """
        SELECT format('space %s: series %s reaches into the next', space_id, id)
        FROM (
            SELECT id, space_id, last,
                lead(first) OVER (PARTITION BY space_id ORDER BY first) AS after
            FROM series WHERE space_id IS NOT NULL
        ) AS pairs
        WHERE after <= last LIMIT 10
    """,
    "series-beyond-its-space": """
        SELECT format('series %s ends beyond block %s of space %s', series.id, next_block, space_id)
        FROM series JOIN number_spaces AS space ON space.id = series.space_id
        WHERE series.last >= space.next_block LIMIT 10
    """,
    "batches-do-not-tile": """
        SELECT format('batch %s: %s units, %s in intervals', batches.uuid, quantity, taken.units)
        FROM batches
        LEFT JOIN (
            SELECT batch_id, sum(last - first + 1) AS units,
                max(ordinal + last - first + 1) AS reach, min(ordinal) AS start
            FROM batch_intervals GROUP BY batch_id
        ) AS taken ON taken.batch_id = batches.id
        WHERE (taken.units, taken.reach, taken.start) IS DISTINCT FROM (quantity, quantity, 0)
        LIMIT 10
    """,
    "span-outside-its-batch": """
        SELECT format('series %s: span %s-%s', span.series_id, span.first, span.last)
        FROM spans AS span
        WHERE NOT EXISTS (
            SELECT FROM (
                SELECT last FROM batch_intervals AS one
                WHERE one.series_id = span.series_id AND one.first <= span.first
                ORDER BY one.first DESC LIMIT 1
            ) AS around
            WHERE around.last >= span.last
        ) LIMIT 10
    """,
    "entry-outside-its-batch": """
        SELECT format('series %s: entry %s-%s of event %s', series_id, first, last, event_id)
        FROM journal_entries AS entry
        WHERE NOT EXISTS (
            SELECT FROM (
                SELECT last FROM batch_intervals AS one
                WHERE one.series_id = entry.series_id AND one.first <= entry.first
                ORDER BY one.first DESC LIMIT 1
            ) AS around
            WHERE around.last >= entry.last
        ) LIMIT 10
    """,
    "span-without-its-entry": f"""
        SELECT format('series %s: span %s-%s of event %s',
            span.series_id, span.first, span.last, span.event_id)
        FROM spans AS span
        LEFT JOIN LATERAL (
            SELECT * FROM journal_entries AS one
            WHERE one.series_id = span.series_id AND one.event_id = span.event_id
                AND one.first <= span.first
            ORDER BY one.first DESC LIMIT 1
        ) AS entry ON true
        WHERE entry.first IS NULL OR entry.last < span.first OR {STANDING_DIFFERS}
        LIMIT 10
    """,  # noqa: S608 (column names are constants)
    "entry-without-its-event": """
        SELECT format('series %s: entry from %s of event %s', series_id, first, event_id)
        FROM journal_entries
        WHERE NOT EXISTS (SELECT FROM events WHERE events.id = event_id) LIMIT 10
    """,
    "chain-goes-back-in-time": """
        SELECT format('event %s was recorded before event %s', later.id, earlier.id)
        FROM (SELECT DISTINCT event_id, previous_event_id FROM journal_entries) AS pair
        JOIN events AS later ON later.id = pair.event_id
        JOIN events AS earlier ON earlier.id = pair.previous_event_id
        WHERE later.recorded_at < earlier.recorded_at LIMIT 10
    """,
    "stripe-is-missing": """
        SELECT format('series %s: stripe %s', series_id, stripe_of(first))
        FROM spans
        WHERE NOT EXISTS (
            SELECT FROM stripes
            WHERE stripes.series_id = spans.series_id AND stripe = stripe_of(spans.first)
        ) LIMIT 10
    """,
    "registered-serial-not-issued": """
        SELECT format('%s %s: number %s of series %s', own.gtin, own.serial, own.number, own.series_id)
        FROM registered_serials AS own
        LEFT JOIN series ON series.id = own.series_id
        WHERE series.id IS NULL OR series.gtin <> own.gtin OR series.space_id IS NOT NULL
            OR own.number NOT BETWEEN series.first AND series.next_number - 1
        LIMIT 10
    """,
    "registered-number-without-serial": """
        SELECT format('series %s: %s numbers, %s serials', series.id,
            series.next_number - series.first, count(own.serial))
        FROM series LEFT JOIN registered_serials AS own ON own.series_id = series.id
        WHERE series.space_id IS NULL
        GROUP BY series.id HAVING count(own.serial) <> series.next_number - series.first LIMIT 10
    """,
    "reserved-number-issued": """
        SELECT format('space %s: number %s', kept.space_id, kept.number)
        FROM reserved_numbers AS kept
        JOIN series ON series.space_id = kept.space_id
            AND kept.number BETWEEN series.first AND series.next_number - 1
        JOIN LATERAL (
            SELECT last FROM spans
            WHERE spans.series_id = series.id AND spans.first <= kept.number
            ORDER BY spans.first DESC LIMIT 1
        ) AS span ON span.last >= kept.number LIMIT 10
    """,
    "request-without-answer": """
        SELECT format('request %s', id) FROM requests WHERE answer IS NULL LIMIT 10
    """,
    "holder-in-another-state": """
        SELECT format('series %s: span from %s', series_id, spans.first)
        FROM spans JOIN participants ON participants.id = spans.holder_id
        WHERE spans.status IN ('ISSUED', 'APPLIED')
            AND spans.turnover_state <> participants.member_state LIMIT 10
    """,
}


async def faults(connection: asyncpg.Connection, name: str) -> list[str]:
    """Up to ten examples of this fault."""
    return [row[0] for row in await connection.fetch(FAULTS[name])]


SIZES = "SELECT stripe_bits(), block_bits()"


async def sizes(connection: asyncpg.Connection) -> tuple[int, int]:
    """The sizes that the database was made with: stripe bits, block bits."""
    row = await connection.fetchrow(SIZES)
    return row[0], row[1]


SERIES = "SELECT id FROM series ORDER BY id"


async def all_series(connection: asyncpg.Connection) -> list[int]:
    return [row[0] for row in await connection.fetch(SERIES)]


ENTRIES = f"""
    SELECT series_id, first, last, event_id, {", ".join(STANDING)}, previous_event_id
    FROM journal_entries WHERE series_id = $1 ORDER BY event_id, first
"""  # noqa: S608 (column names are constants)
SPANS = f"""
    SELECT series_id, first, last, event_id, {", ".join(STANDING)}
    FROM spans WHERE series_id = $1 ORDER BY first
"""  # noqa: S608


async def entries_of(connection: asyncpg.Connection, series_id: int) -> AsyncIterator[Row]:
    """The series' journal in the order in which it was written; the last column: previous event."""
    async for row in connection.cursor(ENTRIES, series_id, prefetch=5_000):
        yield tuple(row)


async def spans_of(connection: asyncpg.Connection, series_id: int) -> list[Row]:
    return [tuple(row) for row in await connection.fetch(SPANS, series_id)]


OWN_OF_SPACES = """
    SELECT space.id, space.gtin, space.serial_length, space.first_character, space.alphabet,
        own.serial
    FROM number_spaces AS space
    JOIN registered_serials AS own
        ON own.gtin = space.gtin AND length(own.serial) = space.serial_length
        AND (space.first_character IS NULL OR left(own.serial, 1) = space.first_character)
"""
KEPT = "SELECT space_id, number FROM reserved_numbers"


async def own_of_spaces(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    """Each registered serial with every space whose form it has."""
    return [tuple(row) for row in await connection.fetch(OWN_OF_SPACES)]


async def reserved(connection: asyncpg.Connection) -> set[tuple[int, int]]:
    """Every reserved (space, number)."""
    return {(row[0], row[1]) for row in await connection.fetch(KEPT)}
