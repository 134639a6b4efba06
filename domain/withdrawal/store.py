"""SQL of goods that come back: what an event withdrew, and how units were divided before."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from domain.registry.reading import columns
from domain.registry.spans import Run, Span

# One range scan of the primary key a series. A sale withdraws, too; what merely lost a part, or a
# pack around it, was not withdrawn then.
WITHDRAWN_BY = """
    SELECT entry.series_id, entry.first, entry.last
    FROM events
    JOIN journal_entries AS entry
        ON entry.series_id = ANY ($2::integer[]) AND entry.event_id = events.id
    WHERE events.id = $1 AND events.participant_id = $3 AND events.kind IN ('WITHDRAWN', 'SOLD')
        AND entry.status = 'WITHDRAWN'
"""


async def withdrawn_by(
    connection: asyncpg.Connection, event: int, series: Sequence[int], participant_id: int
) -> list[Run]:
    """What this event withdrew of these series, if it is the participant's."""
    rows = await connection.fetch(WITHDRAWN_BY, event, series, participant_id)
    return [Run(*row) for row in rows]


class Divided(NamedTuple):
    """A run of units, and how they were divided before nothing was left of them."""

    series_id: int
    first: int
    last: int
    whole_parts: int | None
    remaining_parts: int | None


# Back along each unit's events, of which few divided or blocked it, to the last that left a part.
BEFORE = """
    WITH RECURSIVE back AS (
        SELECT asked.series_id, greatest(asked.first, entry.first) AS first,
            least(asked.last, entry.last) AS last, entry.previous_event_id,
            entry.whole_parts, entry.remaining_parts
        FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[])
            AS asked (series_id, first, last, event_id)
        JOIN journal_entries AS entry
            ON entry.series_id = asked.series_id AND entry.event_id = asked.event_id
            AND entry.first <= asked.last AND entry.last >= asked.first
        UNION ALL
        SELECT back.series_id, greatest(back.first, entry.first), least(back.last, entry.last),
            entry.previous_event_id, entry.whole_parts, entry.remaining_parts
        FROM back
        JOIN journal_entries AS entry
            ON entry.series_id = back.series_id AND entry.event_id = back.previous_event_id
            AND entry.first <= back.last AND entry.last >= back.first
        WHERE back.remaining_parts = 0
    )
    SELECT series_id, first, last, whole_parts, remaining_parts
    FROM back WHERE remaining_parts IS DISTINCT FROM 0
    ORDER BY series_id, first
"""


async def divided_before(connection: asyncpg.Connection, spans: Sequence[Span]) -> list[Divided]:
    """How units of which nothing is left were divided when something was."""
    since = [span.event_id for span in spans]
    runs = [Run(*span[:3]) for span in spans]
    rows = await connection.fetch(BEFORE, *columns(runs), since)
    return [Divided(*row) for row in rows]
