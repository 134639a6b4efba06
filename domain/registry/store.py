"""The registry's SQL: covering spans in, rewritten spans and journal entries out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.registry.spans import Entry, Interval, Rewrite, Run, Span, Standing, hulls
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, UnitStatus

STANDING = tuple(Standing._fields)
SPAN_COLUMNS = ("series_id", "first", "last", "event_id", *STANDING)
ENTRY_COLUMNS = ("series_id", "first", "last", "event_id", "previous_event_id", *STANDING)

# Below this many rows one statement with arrays is quicker than COPY, which asks for the table's
# columns first.
COPY_FROM = 300


class MiscountError(Exception):
    """A write under its lock met other rows than were read: a bug, never a refusal."""


def standing_of(row: Sequence[Any], known: dict[Any, Standing]) -> Standing:
    """The standing in these columns; equal ones are one object, as a batch has few."""
    key = tuple(row)
    standing = known.get(key)
    if standing is None:
        state = key[5]
        standing = known[key] = Standing(  # type: ignore[call-arg] # mypy counts stars, not values
            *key[:4],
            UnitStatus(key[4]),
            MemberState(state) if state else None,
            *key[6:],
        )
    return standing


def columns(runs: Sequence[Run]) -> tuple[list[int], list[int], list[int]]:
    """Runs as three arrays, the form in which they travel to PostgreSQL."""
    return (
        [run.series_id for run in runs],
        [run.first for run in runs],
        [run.last for run in runs],
    )


# In the order of (series, stripe), so that writers whose goods overlap queue instead of
# deadlocking. A stripe without a row holds no issued number: nothing to lock.
LOCK_STRIPES = """
    SELECT count(*) FROM (
        SELECT 1
        FROM stripes
        JOIN unnest($1::integer[], $2::bigint[]) AS asked (series_id, stripe)
            USING (series_id, stripe)
        ORDER BY series_id, stripe
        FOR NO KEY UPDATE OF stripes
    ) AS locked
"""


async def lock_stripes(connection: asyncpg.Connection, stripes: Sequence[tuple[int, int]]) -> None:
    """Lock these stripes, given in order, until the transaction ends."""
    series, numbers = [pair[0] for pair in stripes], [pair[1] for pair in stripes]
    await connection.fetchval(LOCK_STRIPES, series, numbers)


# One probe of the primary key a run: the span that holds its first number, then those that begin
# inside it. A run may share its first span with the run before: hence DISTINCT in the caller.
COVERING = f"""
    SELECT {", ".join(f"spans.{name}" for name in SPAN_COLUMNS)}
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    CROSS JOIN LATERAL (
        (
            SELECT * FROM spans AS covering
            WHERE covering.series_id = run.series_id AND covering.first <= run.first
            ORDER BY covering.first DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT * FROM spans AS covering
            WHERE covering.series_id = run.series_id
                AND covering.first > run.first AND covering.first <= run.last
        )
    ) AS spans
    WHERE spans.last >= run.first
"""  # noqa: S608 (column names are constants of this file)


async def covering_spans(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[Span]:
    """The spans that meet these runs, sorted; each once."""
    known: dict[Any, Standing] = {}
    rows = await connection.fetch(COVERING, *columns(runs))
    spans = {(row[0], row[1]): row for row in rows}
    return [
        Span(row[0], row[1], row[2], row[3], standing_of(tuple(row)[4:], known))
        for _, row in sorted(spans.items())
    ]


INTERVALS_OF_RUNS = """
    SELECT DISTINCT found.series_id, found.first, found.last, found.batch_id, found.ordinal
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    CROSS JOIN LATERAL (
        (
            SELECT * FROM batch_intervals AS one
            WHERE one.series_id = run.series_id AND one.first <= run.first
            ORDER BY one.first DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT * FROM batch_intervals AS one
            WHERE one.series_id = run.series_id
                AND one.first > run.first AND one.first <= run.last
        )
    ) AS found
    WHERE found.last >= run.first
    ORDER BY found.series_id, found.first
"""


# One range scan a series; what lies between the runs comes along.
INTERVALS_BETWEEN = """
    SELECT found.series_id, found.first, found.last, found.batch_id, found.ordinal
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    JOIN batch_intervals AS found
        ON found.series_id = run.series_id AND found.first <= run.last
        AND found.first >= (
            SELECT max(one.first) FROM batch_intervals AS one
            WHERE one.series_id = run.series_id AND one.first <= run.first
        )
    ORDER BY found.series_id, found.first
    LIMIT $4
"""
SCATTERED = 64  # runs from which on one scan is tried
MOST_BETWEEN = 10_000  # intervals that one scan may bring


async def intervals_of(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[Interval]:
    """The batch intervals that meet these sorted runs, and perhaps some between them, sorted."""
    if len(runs) >= SCATTERED:
        whole = columns(hulls(runs))
        rows = await connection.fetch(INTERVALS_BETWEEN, *whole, MOST_BETWEEN + 1)
        if len(rows) <= MOST_BETWEEN:
            return [Interval(*row) for row in rows]
    return [Interval(*row) for row in await connection.fetch(INTERVALS_OF_RUNS, *columns(runs))]


INTERVALS_OF_BATCH = """
    SELECT series_id, first, last, batch_id, ordinal
    FROM batch_intervals WHERE batch_id = $1 ORDER BY ordinal
"""


async def intervals_of_batch(connection: asyncpg.Connection, batch_id: int) -> list[Interval]:
    """The batch's intervals in the order of its units."""
    return [Interval(*row) for row in await connection.fetch(INTERVALS_OF_BATCH, batch_id)]


class RecordedEvent(NamedTuple):
    id: int
    recorded_at: datetime


# The number and the time are taken here, after the last lock: so both grow along every chain.
INSERT_EVENT = """
    INSERT INTO events (id, kind, request_id, participant_id, occurred_at, recorded_at, details)
    SELECT nextval('event_numbers'), $1, $2, $3, coalesce($4, now), now, $5::text::jsonb
    FROM clock_timestamp() AS now
    RETURNING id, recorded_at
"""


class NewEvent(NamedTuple):
    """An event about to be recorded; `occurred_at` None: now."""

    kind: EventKind
    request_id: UUID
    participant_id: int
    occurred_at: datetime | None
    details: dict[str, Any]


async def insert_event(connection: asyncpg.Connection, event: NewEvent) -> RecordedEvent:
    """Draw the event's number and time, and record it. Every lock must be held already."""
    told = (*event[:4], orjson.dumps(event.details).decode())
    return RecordedEvent(*await connection.fetchrow(INSERT_EVENT, *told))


DELETE_SPANS = """
    DELETE FROM spans
    USING unnest($1::integer[], $2::bigint[]) AS removed (series_id, first)
    WHERE spans.series_id = removed.series_id AND spans.first = removed.first
"""

TYPES = {
    "series_id": "integer",
    "first": "bigint",
    "last": "bigint",
    "event_id": "bigint",
    "previous_event_id": "bigint",
    "parent_id": "bigint",
    "transfer_id": "bigint",
    "lot_id": "bigint",
    "holder_id": "integer",
    "status": "unit_status",
    "turnover_state": "member_state",
    "withdrawal_reason": "text",
    "remaining_parts": "smallint",
    "whole_parts": "smallint",
    "blocked": "boolean",
}


def insert_from_arrays(table: str, names: Sequence[str]) -> str:
    """An INSERT that takes one array a column."""
    arrays = ", ".join(f"${at}::{TYPES[name]}[]" for at, name in enumerate(names, 1))
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608


INSERT = {
    "spans": insert_from_arrays("spans", SPAN_COLUMNS),
    "journal_entries": insert_from_arrays("journal_entries", ENTRY_COLUMNS),
}


async def insert_rows(
    connection: asyncpg.Connection, table: str, names: Sequence[str], rows: Sequence[Any]
) -> None:
    """Add these rows, of whatever number, in one go."""
    if len(rows) >= COPY_FROM:
        await connection.copy_records_to_table(table, columns=names, records=rows)
    elif rows:
        await connection.execute(INSERT[table], *map(list, zip(*rows, strict=True)))


async def write(connection: asyncpg.Connection, change: Rewrite, *, event_id: int) -> None:
    """Let the spans become what the event made of them, and journal it.

    The caller holds the stripes' locks since before the spans were read.
    """
    removed = await connection.execute(
        DELETE_SPANS,
        [span.series_id for span in change.removed],
        [span.first for span in change.removed],
    )
    if removed != f"DELETE {len(change.removed)}":
        raise MiscountError(removed, len(change.removed))
    await insert_rows(
        connection, "spans", SPAN_COLUMNS, [(*span[:4], *span.standing) for span in change.spans]
    )
    await insert_rows(
        connection,
        "journal_entries",
        ENTRY_COLUMNS,
        [entry_row(entry, event_id) for entry in change.entries],
    )


def entry_row(entry: Entry, event_id: int) -> tuple[Any, ...]:
    return (*entry[:3], event_id, entry.previous_event_id, *entry.standing)
