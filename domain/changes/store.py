"""SQL of the feed: events that concern a participant, in the order of their transactions."""

import asyncpg

from domain.changes.cursors import Cursor

# A transaction below the oldest one still running has ended, and so has every one before it: what
# is told here is complete, and nothing will ever come to stand before it. What is younger waits.
FEED = """
    SELECT party.transaction::text AS transaction, events.id AS event, events.kind,
        events.occurred_at, events.recorded_at, events.details, events.corrects,
        events.request_id, events.participant_id,
        actor.name AS participant, actor.uuid AS participant_uuid,
        actor.member_state AS participant_state
    FROM event_parties AS party
    JOIN events ON events.id = party.event_id
    JOIN participants AS actor ON actor.id = events.participant_id
    WHERE party.participant_id = $1
        AND (party.transaction, party.event_id) > ($2::text::xid8, $3::bigint)
        AND party.transaction < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY party.transaction, party.event_id
    LIMIT $4
"""


async def feed(
    connection: asyncpg.Connection, participant_id: int, after: Cursor, limit: int
) -> list[asyncpg.Record]:
    """The next events behind the cursor."""
    transaction, event_id = after
    return list(await connection.fetch(FEED, participant_id, str(transaction), event_id, limit))
