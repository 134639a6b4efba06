"""Telling a participant what happened to its goods since it asked last."""

from typing import Any, NamedTuple

import asyncpg

from domain.changes import store
from domain.changes.cursors import Cursor
from domain.database import Database
from domain.participants.actor import Actor


class Changes(NamedTuple):
    """Events in the order of their commits, and the cursor behind the last of them."""

    events: list[dict[str, Any]]
    after: Cursor


async def changes_after(database: Database, after: Cursor, limit: int, *, actor: Actor) -> Changes:
    """What concerns the actor and was committed behind the cursor, the oldest first.

    Whoever goes on from the cursor each time is told every event once, however many write at the
    same time. An event is held back as long as any transaction that began before its own runs.
    """
    async with database.reading() as connection:
        rows = await store.feed(connection, actor.id, after, limit)
    last = Cursor(int(rows[-1]["transaction"]), rows[-1]["event"]) if rows else after
    return Changes([told(row, actor) for row in rows], last)


def told(row: asyncpg.Record, actor: Actor) -> dict[str, Any]:
    """An event, as anybody is told whom it concerns; the request's id is its sender's alone."""
    own = row["participant_id"] == actor.id
    return {
        "event": row["event"],
        "kind": row["kind"],
        "occurred_at": row["occurred_at"],
        "recorded_at": row["recorded_at"],
        "participant": {
            "name": row["participant"],
            "participant": row["participant_uuid"],
            "member_state": row["participant_state"],
        },
        "request": row["request_id"] if own else None,
        "corrects": row["corrects"],
        "details": row["details"],
    }
