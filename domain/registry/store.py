"""The registry's writing SQL: events, and what a scene made of spans, packages and counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.registry.outcome import Outcome
from domain.registry.packages import Package
from domain.registry.reading import ENTRY_COLUMNS, SPAN_COLUMNS, aside
from domain.registry.spans import EntryRow, Span
from domain.vocabulary import EventKind

# Below this many rows one statement with arrays is quicker than COPY, which asks for the table's
# columns first.
COPY_FROM = 300


class MiscountError(Exception):
    """A write under its lock met other rows than were read: a bug, never a refusal."""


class RecordedEvent(NamedTuple):
    id: int
    recorded_at: datetime


# The number and the time are taken here, after the last lock: so both grow along every chain.
# Whom it concerns is told with it, so that no feed of changes can miss it.
INSERT_EVENT = """
    WITH recorded AS (
        INSERT INTO events (id, kind, request_id, participant_id, occurred_at, recorded_at,
            details, corrects)
        SELECT nextval('event_numbers'), $1, $2, $3, coalesce($4, now), now, $5::text::jsonb, $6
        FROM clock_timestamp() AS now
        RETURNING id, recorded_at
    ), told AS (
        INSERT INTO event_parties (participant_id, event_id)
        SELECT DISTINCT party, recorded.id FROM recorded, unnest($7::integer[] || $3) AS party
    )
    SELECT id, recorded_at FROM recorded
"""


class NewEvent(NamedTuple):
    """An event about to be recorded; `occurred_at` None: now.

    `parties` are those whom it concerns beside the participant that it is the event of.
    """

    kind: EventKind
    request_id: UUID
    participant_id: int
    occurred_at: datetime | None
    details: dict[str, Any]
    corrects: int | None = None
    parties: Sequence[int] = ()


async def insert_event(connection: asyncpg.Connection, event: NewEvent) -> RecordedEvent:
    """Draw the event's number and time, and record it. Every lock must be held already."""
    details = orjson.dumps(event.details).decode()
    told = (*event[:4], details, event.corrects, list(event.parties))
    return RecordedEvent(*await connection.fetchrow(INSERT_EVENT, *told))


DRAW_EVENTS = """
    SELECT nextval('event_numbers') AS id, clock_timestamp() AS recorded_at
    FROM generate_series(1, $1)
"""


async def draw_events(connection: asyncpg.Connection, count: int) -> list[RecordedEvent]:
    """Numbers and times for many events of one transaction. Every lock must be held already."""
    return [RecordedEvent(*row) for row in await connection.fetch(DRAW_EVENTS, count)]


EVENT_COLUMNS = (
    "id",
    "kind",
    "request_id",
    "participant_id",
    "occurred_at",
    "recorded_at",
    "details",
    "corrects",
)


class EventRows(NamedTuple):
    """Events as they are written, and whom they concern."""

    events: list[tuple[Any, ...]]
    parties: list[tuple[int, int]]


def event_rows(events: Iterable[tuple[RecordedEvent, NewEvent]]) -> EventRows:
    """Events whose numbers were drawn, ready to be written."""
    rows: list[tuple[Any, ...]] = []
    parties: list[tuple[int, int]] = []
    for drawn, event in events:
        occurred_at = event.occurred_at or drawn.recorded_at
        details = orjson.dumps(event.details).decode()
        rows.append((drawn.id, *event[:3], occurred_at, drawn.recorded_at, details, event.corrects))
        parties += [(party, drawn.id) for party in {event.participant_id, *event.parties}]
    return EventRows(rows, sorted(parties))


async def insert_events(connection: asyncpg.Connection, rows: EventRows) -> None:
    """Record many events of one transaction."""
    await connection.copy_records_to_table("events", columns=EVENT_COLUMNS, records=rows.events)
    columns = ("participant_id", "event_id")
    await connection.copy_records_to_table("event_parties", columns=columns, records=rows.parties)


NEW_PACKAGES = "SELECT nextval('package_numbers') FROM generate_series(1, $1)"


async def new_packages(connection: asyncpg.Connection, count: int) -> list[int]:
    """Numbers for packages about to be made."""
    return [row[0] for row in await connection.fetch(NEW_PACKAGES, count)]


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


PACKAGE_COLUMNS = (
    "id",
    "kind",
    "sscc",
    "series_id",
    "number",
    "levels",
    "blocked_inside",
    "event_id",
    "parent_id",
    "transfer_id",
    "holder_id",
    "turnover_state",
    "blocked",
    "alive",
)
PACKAGE_ENTRY_COLUMNS = ("package_id", "event_id", "previous_event_id", *PACKAGE_COLUMNS[8:])
SUMMARY_COLUMNS = ("package_id", "batch_id", "lot_id", "status", "blocked", "units")

UPDATE_PACKAGES = """
    UPDATE packages SET levels = told.levels, blocked_inside = told.blocked_inside,
        event_id = told.event_id, parent_id = told.parent_id, transfer_id = told.transfer_id,
        holder_id = told.holder_id, turnover_state = told.turnover_state, blocked = told.blocked,
        alive = told.alive
    FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::bigint[], $5::bigint[],
        $6::bigint[], $7::integer[], $8::member_state[], $9::boolean[], $10::boolean[])
        AS told (id, levels, blocked_inside, event_id, parent_id, transfer_id, holder_id,
            turnover_state, blocked, alive)
    WHERE packages.id = told.id
"""
# Under the packages' locks: nobody else counts here.
COUNT_ANEW = """
    INSERT INTO package_summaries (package_id, batch_id, lot_id, status, blocked, units)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::unit_status[],
        $5::boolean[], $6::bigint[])
    ON CONFLICT (package_id, batch_id, lot_id, status, blocked) DO UPDATE SET units = excluded.units
"""
FORGET_COUNTS = """
    DELETE FROM package_summaries AS summary
    USING unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::unit_status[], $5::boolean[])
        AS told (package_id, batch_id, lot_id, status, blocked)
    WHERE summary.package_id = told.package_id AND summary.batch_id = told.batch_id
        AND summary.lot_id = told.lot_id AND summary.status = told.status
        AND summary.blocked = told.blocked
"""


def package_row(package: Package) -> tuple[Any, ...]:
    return (*package[:8], *package.standing)


async def write(connection: asyncpg.Connection, outcome: Outcome) -> None:
    """Let the store become what the scene's changes made of it, and journal it.

    The caller holds all locks since before the scene was read.
    """
    removed = await connection.execute(
        DELETE_SPANS,
        [span.series_id for span in outcome.removed],
        [span.first for span in outcome.removed],
    )
    if removed != f"DELETE {len(outcome.removed)}":
        raise MiscountError(removed, len(outcome.removed))
    await add_spans(connection, outcome.spans, outcome.entries)
    if outcome.made or outcome.changed:
        await write_packages(connection, outcome)
    if outcome.summaries:
        await write_summaries(connection, outcome)


async def add_spans(
    connection: asyncpg.Connection, spans: Sequence[Span], entries: Sequence[EntryRow]
) -> None:
    """Add these spans and journal entries."""
    rows = await aside(len(spans), lambda: [(*span[:4], *span.standing) for span in spans])
    await insert_rows(connection, "spans", SPAN_COLUMNS, rows)
    journal = await aside(len(entries), lambda: [(*entry[:5], *entry[5]) for entry in entries])
    await insert_rows(connection, "journal_entries", ENTRY_COLUMNS, journal)


async def write_packages(connection: asyncpg.Connection, outcome: Outcome) -> None:
    """New packages in the order of their keys, so that rivals for an SSCC wait in no circle."""
    made = sorted(outcome.made, key=lambda one: (one.sscc or "", one.series_id, one.number))
    rows = [package_row(package) for package in made]
    await connection.copy_records_to_table("packages", columns=PACKAGE_COLUMNS, records=rows)
    told = [(one.id, *one[5:8], *one.standing) for one in outcome.changed]
    if told:
        updated = await connection.execute(UPDATE_PACKAGES, *map(list, zip(*told, strict=True)))
        if updated != f"UPDATE {len(told)}":
            raise MiscountError(updated, len(told))
    entries = [(*entry[:3], *entry[3]) for entry in outcome.package_entries]
    await connection.copy_records_to_table(
        "package_entries", columns=PACKAGE_ENTRY_COLUMNS, records=entries
    )


async def write_summaries(connection: asyncpg.Connection, outcome: Outcome) -> None:
    """What is counted of the contents of packages now."""
    made = {package.id for package in outcome.made}
    counted = [(package, *key, units) for package, key, units in outcome.summaries]
    fresh = [row for row in counted if row[0] in made and row[-1]]
    await connection.copy_records_to_table(
        "package_summaries", columns=SUMMARY_COLUMNS, records=fresh
    )
    anew = [row for row in counted if row[0] not in made and row[-1]]
    if anew:
        await connection.execute(COUNT_ANEW, *map(list, zip(*anew, strict=True)))
    gone = [row[:-1] for row in counted if row[0] not in made and not row[-1]]
    if gone:
        await connection.execute(FORGET_COUNTS, *map(list, zip(*gone, strict=True)))
