"""SQL of the past: the journals of a unit, of its other codes, and of the packages around it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from domain.trace.timeline import Stay

MOST_LINKS = 100  # codes that are followed along re-marking, each way
DEEPEST_LINK = 20

EVENT = """
    SELECT events.id AS event, events.kind, events.occurred_at, events.recorded_at,
        events.details -> 'documents' AS documents, events.details ->> 'place' AS place,
        events.details ->> 'transfer' AS of_transfer,
        nullif(events.details - '{documents,place,transfer}'::text[], '{}'::jsonb) AS told,
        events.participant_id, actor.name AS participant, actor.uuid AS participant_uuid,
        actor.member_state AS participant_state
    FROM events JOIN participants AS actor ON actor.id = events.participant_id
"""
CUSTODY = """
    holder.name AS holder, holder.uuid AS holder_uuid, holder.member_state AS holder_state,
    moving.transfer, moving.expires_at
"""
MOVING = "SELECT uuid AS transfer, expires_at FROM transfers"
# The planner takes a walk for hundreds of rows, where there are a few, and would rather read whole
# tables beside it: OFFSET 0 keeps each of these a probe of a primary key.
# Re-marking leads to older and to newer codes; of each code, from its span's event back along
# `previous_event_id`: one probe of the journal's key an event.
CHAINS = f"""
    WITH RECURSIVE older AS (
        SELECT $1::integer AS series_id, $2::bigint AS number, 0 AS link
        UNION ALL
        SELECT remarkings.old_series_id, remarkings.old_number, older.link - 1
        FROM older JOIN remarkings ON remarkings.new_series_id = older.series_id
            AND remarkings.new_number = older.number AND remarkings.old_series_id IS NOT NULL
        WHERE older.link > -{DEEPEST_LINK}
    ), newer AS (
        SELECT $1::integer AS series_id, $2::bigint AS number, 0 AS link
        UNION ALL
        SELECT remarkings.new_series_id, remarkings.new_number, newer.link + 1
        FROM newer JOIN remarkings ON remarkings.old_series_id = newer.series_id
            AND remarkings.old_number = newer.number
        WHERE newer.link < {DEEPEST_LINK}
    ), units AS (
        (SELECT * FROM older LIMIT {MOST_LINKS})
        UNION ALL
        (SELECT * FROM newer WHERE link > 0 LIMIT {MOST_LINKS})
    ), walk AS (
        SELECT units.*, span.event_id AS next_id, NULL::journal_entries AS entry, 0 AS step
        FROM units CROSS JOIN LATERAL (
            SELECT event_id FROM spans
            WHERE spans.series_id = units.series_id AND spans.first <= units.number
            ORDER BY spans.first DESC LIMIT 1
        ) AS span
        UNION ALL
        SELECT walk.series_id, walk.number, walk.link, (found.entry).previous_event_id,
            found.entry, walk.step + 1
        FROM walk CROSS JOIN LATERAL (
            SELECT journal_entries AS entry FROM journal_entries
            WHERE series_id = walk.series_id AND event_id = walk.next_id AND first <= walk.number
            ORDER BY first DESC LIMIT 1
        ) AS found
    )
    SELECT walk.series_id, walk.number, walk.link,
        (walk.entry).status, (walk.entry).blocked, (walk.entry).turnover_state,
        (walk.entry).withdrawal_reason, (walk.entry).remaining_parts, (walk.entry).whole_parts,
        (walk.entry).parent_id, (walk.entry).transfer_id, (walk.entry).holder_id,
        (walk.entry).lot_id, lot.*, happened.*, {CUSTODY}
    FROM walk
    CROSS JOIN LATERAL (
        {EVENT} WHERE events.id = (walk.entry).event_id OFFSET 0
    ) AS happened
    LEFT JOIN LATERAL (
        {MOVING} WHERE id = (walk.entry).transfer_id OFFSET 0
    ) AS moving ON true
    LEFT JOIN LATERAL (
        SELECT lot_number, produced_on, expires_on FROM lots
        WHERE id = (walk.entry).lot_id OFFSET 0
    ) AS lot ON true
    LEFT JOIN participants AS holder ON holder.id = (walk.entry).holder_id
    WHERE walk.step > 0
    ORDER BY walk.link, walk.step DESC
"""  # noqa: S608 (put together from constants of this file)


async def chains(
    connection: asyncpg.Connection, series_id: int, number: int
) -> list[asyncpg.Record]:
    """Every entry of a unit and of the codes it is linked with by re-marking, the oldest first.

    `link` is 0 for the unit itself, below for codes it replaces, above for codes that replace it.
    """
    return list(await connection.fetch(CHAINS, series_id, number))


# A transport unit has a journal of its own; a coded pack's is that of its code, walked back.
JOURNALS = f"""
    WITH RECURSIVE asked AS MATERIALIZED (
        SELECT stay.package_id, stay.since, stay.until,
            package.kind, package.sscc, package.series_id, package.number
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS stay (package_id, since, until)
        JOIN packages AS package ON package.id = stay.package_id
    ), walk AS (
        SELECT asked.package_id, asked.since, asked.series_id, asked.number,
            span.event_id AS next_id, NULL::journal_entries AS entry, 0 AS step
        FROM asked CROSS JOIN LATERAL (
            SELECT event_id FROM spans
            WHERE spans.series_id = asked.series_id AND spans.first <= asked.number
            ORDER BY spans.first DESC LIMIT 1
        ) AS span
        UNION ALL
        SELECT walk.package_id, walk.since, walk.series_id, walk.number,
            (found.entry).previous_event_id, found.entry, walk.step + 1
        FROM walk CROSS JOIN LATERAL (
            SELECT journal_entries AS entry FROM journal_entries
            WHERE series_id = walk.series_id AND event_id = walk.next_id AND first <= walk.number
            ORDER BY first DESC LIMIT 1
        ) AS found
        WHERE walk.step = 0 OR (walk.entry).event_id > walk.since
    ), entries AS (
        SELECT asked.package_id, own.event_id, own.parent_id, own.transfer_id, own.holder_id,
            own.turnover_state, own.blocked
        FROM asked CROSS JOIN LATERAL (
            (
                SELECT * FROM package_entries AS one
                WHERE one.package_id = asked.package_id AND one.event_id <= asked.since
                ORDER BY one.event_id DESC LIMIT 1
            )
            UNION ALL
            (
                SELECT * FROM package_entries AS one
                WHERE one.package_id = asked.package_id
                    AND one.event_id > asked.since AND one.event_id <= asked.until
            )
        ) AS own
        UNION ALL
        SELECT walk.package_id, (walk.entry).event_id, (walk.entry).parent_id,
            (walk.entry).transfer_id, (walk.entry).holder_id, (walk.entry).turnover_state,
            (walk.entry).blocked
        FROM walk WHERE walk.step > 0
    )
    SELECT DISTINCT ON (asked.package_id, entries.event_id)
        asked.package_id, asked.kind AS package_kind, asked.sscc,
        asked.series_id, asked.number,
        entries.parent_id, entries.transfer_id, entries.holder_id, entries.turnover_state,
        entries.blocked, happened.*, {CUSTODY}
    FROM asked
    JOIN entries ON entries.package_id = asked.package_id AND entries.event_id <= asked.until
    CROSS JOIN LATERAL ({EVENT} WHERE events.id = entries.event_id OFFSET 0) AS happened
    LEFT JOIN LATERAL ({MOVING} WHERE id = entries.transfer_id OFFSET 0) AS moving ON true
    LEFT JOIN participants AS holder ON holder.id = entries.holder_id
    ORDER BY asked.package_id, entries.event_id
"""  # noqa: S608


async def journals(connection: asyncpg.Connection, stays: Sequence[Stay]) -> list[asyncpg.Record]:
    """What happened to packages while something lay in them, the oldest first.

    The first entry of each stay is the one that stood when it began.
    """
    return list(await connection.fetch(JOURNALS, *map(list, zip(*stays, strict=True))))


BAN = "blocks.scope, blocks.member_state, blocks.legal_basis, blocks.until"
# Blocks that were in force then, and recorded: those that ended later, too.
BLOCKS_THEN = f"""
    WITH live AS NOT MATERIALIZED (
        SELECT blocks.*
        FROM blocks
        JOIN events AS begun ON begun.id = blocks.event_id
        LEFT JOIN events AS ended ON ended.id = blocks.ended_event_id
        WHERE blocks.since <= $1 AND (blocks.until IS NULL OR blocks.until > $1)
            AND begun.recorded_at <= $1 AND (ended.recorded_at IS NULL OR ended.recorded_at > $1)
    )
    SELECT {BAN} FROM live AS blocks
    WHERE (
        (blocks.batch_id = $2 OR blocks.lot_id IN (
            SELECT same.id
            FROM lots AS mine
            JOIN lots AS same ON same.gtin = mine.gtin AND same.lot_number = mine.lot_number
            WHERE mine.id = $3
        ))
        AND blocks.member_state IN (
            (SELECT member_state FROM batches WHERE id = $2), $6::text::member_state
        )
    ) OR (
        blocks.member_state = $6::text::member_state
        AND (blocks.gtin = $4 OR blocks.product_group = $5)
    )
    UNION
    SELECT {BAN} FROM live AS blocks WHERE blocks.package_id = ANY ($7::bigint[])
    UNION
    SELECT {BAN}
    FROM unnest($8::integer[], $9::bigint[]) AS asked (series_id, number)
    JOIN block_runs AS run ON run.series_id = asked.series_id
        AND run.first BETWEEN stripe_of(asked.number) << stripe_bits() AND asked.number
        AND run.last >= asked.number
    JOIN live AS blocks ON blocks.id = run.block_id
    ORDER BY scope, member_state, until
"""  # noqa: S608


class Whereabouts(NamedTuple):
    """What blocks are matched against: a unit, its lot and state, and the packages around it."""

    batch_id: int
    lot_id: int | None
    gtin: str
    product_group: str
    turnover_state: str | None
    packages: list[int]
    places: list[tuple[int, int]]


async def blocks_then(
    connection: asyncpg.Connection, moment: datetime, where: Whereabouts
) -> list[dict[str, Any]]:
    """The blocks that held a unit at a moment."""
    series, numbers = [one[0] for one in where.places], [one[1] for one in where.places]
    rows = await connection.fetch(BLOCKS_THEN, moment, *where[:6], series, numbers)
    return [dict(row) for row in rows]
