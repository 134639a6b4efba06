"""Recording what happened: one event, the spans it changed, a journal entry for each run."""

from collections.abc import Iterable, Sequence

import asyncpg

from domain.registry import store
from domain.registry.spans import (
    Borders,
    Cut,
    Entry,
    Rewrite,
    Run,
    Span,
    Standing,
    by_stripe,
    rewrite,
)
from domain.registry.store import NewEvent, RecordedEvent


async def record(
    connection: asyncpg.Connection,
    event: NewEvent,
    found: Cut,
    changed: Iterable[tuple[Span, Standing]],
    *,
    borders: Borders,
) -> RecordedEvent:
    """Record the event and how the pieces of `found` stand after it."""
    recorded = await store.insert_event(connection, event)
    change = rewrite(found, changed, event_id=recorded.id, borders=borders)
    await store.write(connection, change, event_id=recorded.id)
    return recorded


async def issue(
    connection: asyncpg.Connection, runs: Sequence[Run], standing: Standing, *, event_id: int
) -> None:
    """Write the first spans and journal entries of numbers that were just taken."""
    entries = [Entry(*run, None, standing) for run in runs]
    spans = [Span(*piece, event_id, standing) for run in runs for piece in by_stripe(run)]
    await store.write(connection, Rewrite([], spans, entries), event_id=event_id)
