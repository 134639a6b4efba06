"""Recording what happened: events, and what a scene made of spans and packages under them."""

from collections.abc import Sequence

import asyncpg

from domain.registry import store
from domain.registry.spans import Run, Span, Standing, by_stripe


async def issue(
    connection: asyncpg.Connection, runs: Sequence[Run], standing: Standing, *, event_id: int
) -> None:
    """Write the first spans and journal entries of numbers that were just taken."""
    spans = [Span(*piece, event_id, standing) for run in runs for piece in by_stripe(run)]
    entries = [(*run, event_id, None, standing) for run in runs]
    await store.add_spans(connection, spans, entries)
