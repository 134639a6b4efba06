"""SQL of the past: the journals of a unit, of its other codes, and of the packages around it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

MOST_LINKS = 100  # codes that are followed along re-marking, each way
DEEPEST_LINK = 20
STILL = "9223372036854775807"  # the last event there can be

# Re-marking leads to older and to newer codes.
LINKS = f"""
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
    )
    (SELECT series_id, number, link FROM older WHERE link < 0 LIMIT {MOST_LINKS})
    UNION ALL
    (SELECT series_id, number, link FROM newer WHERE link > 0 LIMIT {MOST_LINKS})
"""  # noqa: S608 (put together from constants of this file)


async def links_of(
    connection: asyncpg.Connection, series_id: int, number: int
) -> list[tuple[int, int, int]]:
    """The codes that re-marking links a unit with: series, number, link.

    `link` is below 0 for codes that it replaces, above for codes that replace it.
    """
    return [tuple(row) for row in await connection.fetch(LINKS, series_id, number)]


# A transport unit has a journal of its own, a coded pack that of its code: their entries alike.
OF_CODE = """
    SELECT event_id, previous_event_id, parent_id, transfer_id, holder_id, lot_id, turnover_state,
        status, withdrawal_reason, remaining_parts, whole_parts, blocked
    FROM journal_entries
"""
OF_PACKAGE = """
    SELECT event_id, previous_event_id, parent_id, transfer_id, holder_id, NULL::bigint,
        turnover_state, NULL::unit_status, NULL::text, NULL::smallint, NULL::smallint, blocked
    FROM package_entries
"""
LAST_OF_CODE = f"""
    SELECT entry.* FROM (
        SELECT event_id FROM spans
        WHERE spans.series_id = {{0}}.series_id AND spans.first <= {{0}}.number
        ORDER BY spans.first DESC LIMIT 1
    ) AS span CROSS JOIN LATERAL (
        {OF_CODE} WHERE series_id = {{0}}.series_id AND event_id = span.event_id
            AND first <= {{0}}.number
        ORDER BY first DESC LIMIT 1
    ) AS entry
"""  # noqa: S608
# One walk through all journals, a probe of a primary key an entry. From each entry it goes back to
# the one before, as long as that may have stood within the window; and up, to what the parent's
# journal had while this entry stood: the parent's window.
PAST = f"""
    WITH RECURSIVE walk AS (
        SELECT units.link, NULL::bigint AS package_id, NULL::text AS package_kind,
            NULL::text AS sscc, units.series_id, units.number,
            0::bigint AS since, {STILL}::bigint AS until, {STILL}::bigint AS ends, entry.*
        FROM unnest($1::integer[], $2::bigint[], $3::integer[]) AS units (series_id, number, link)
        CROSS JOIN LATERAL ({LAST_OF_CODE.format("units")}) AS entry
        UNION ALL
        SELECT walk.link, met.*
        FROM walk CROSS JOIN LATERAL (
            SELECT walk.package_id, walk.package_kind, walk.sscc, walk.series_id, walk.number,
                walk.since, walk.until, walk.event_id, before.*
            FROM (
                {OF_CODE} WHERE series_id = walk.series_id AND event_id = walk.previous_event_id
                    AND first <= walk.number
                ORDER BY first DESC LIMIT 1
            ) AS before
            WHERE walk.event_id > walk.since
            UNION ALL
            SELECT walk.package_id, walk.package_kind, walk.sscc, walk.series_id, walk.number,
                walk.since, walk.until, walk.event_id, before.*
            FROM (
                {OF_PACKAGE} WHERE package_id = walk.package_id
                    AND event_id = walk.previous_event_id
            ) AS before
            WHERE walk.event_id > walk.since AND walk.series_id IS NULL
            UNION ALL
            SELECT package.id, package.kind, package.sscc, package.series_id, package.number,
                greatest(walk.event_id, walk.since), least(walk.ends, walk.until), {STILL}, last.*
            FROM packages AS package CROSS JOIN LATERAL (
                (
                    {OF_PACKAGE} WHERE package_id = package.id AND package.series_id IS NULL
                        AND event_id <= least(walk.ends, walk.until)
                    ORDER BY event_id DESC LIMIT 1
                )
                UNION ALL
                ({LAST_OF_CODE.format("package")})
            ) AS last
            WHERE package.id = walk.parent_id
                AND greatest(walk.event_id, walk.since) < least(walk.ends, walk.until)
        ) AS met
    )
    SELECT walk.link, walk.package_id, walk.package_kind, walk.sscc, walk.series_id, walk.number,
        walk.event_id AS event, walk.parent_id, walk.holder_id, walk.lot_id, walk.turnover_state,
        walk.status, walk.withdrawal_reason, walk.blocked,
        events.kind, events.occurred_at, events.recorded_at,
        events.details -> 'documents' AS documents, events.details ->> 'place' AS place,
        events.details ->> 'transfer' AS of_transfer,
        nullif(events.details - '{{documents,place,transfer}}'::text[], '{{}}'::jsonb) AS told,
        events.participant_id, moving.*, lot.*
    FROM walk
    CROSS JOIN LATERAL (
        SELECT * FROM events WHERE events.id = walk.event_id OFFSET 0
    ) AS events
    LEFT JOIN LATERAL (
        SELECT transfers.uuid AS transfer, transfers.expires_at, transfers.receiver_state,
            transfers.receiver_tax_id, transfers.status AS transfer_status
        FROM transfers WHERE transfers.id = walk.transfer_id OFFSET 0
    ) AS moving ON true
    LEFT JOIN LATERAL (
        SELECT lot_number, produced_on, expires_on FROM lots WHERE id = walk.lot_id OFFSET 0
    ) AS lot ON true
    WHERE walk.event_id <= walk.until
"""  # noqa: S608


async def past(
    connection: asyncpg.Connection, units: Sequence[tuple[int, int, int]]
) -> list[asyncpg.Record]:
    """Every entry of these units, and of the packages around them while they were inside.

    Of a package the entry that stood when the unit came is there too; some come more than once.
    """
    return list(await connection.fetch(PAST, *map(list, zip(*units, strict=True))))


# Who took part; and what there is of a unit beside its journal.
BESIDE = """
    SELECT participants.id, participants.name, participants.uuid, participants.member_state,
        participants.tax_id,
        EXISTS (
            SELECT FROM remarkings WHERE new_series_id = $2 AND new_number = $3
        ) OR EXISTS (
            SELECT FROM remarkings WHERE old_series_id = $2 AND old_number = $3
        ) AS is_linked,
        (
            SELECT jsonb_object_agg(identifier, value)
            FROM unit_measures WHERE unit_measures.series_id = $2 AND unit_measures.number = $3
        ) AS measures
    FROM participants WHERE participants.id = ANY ($1::integer[])
"""


class Beside(NamedTuple):
    """Participants by number, the unit's weight and volume by AI, and whether it was marked anew."""

    people: dict[int, asyncpg.Record]
    measures: dict[str, str]
    is_linked: bool


async def beside(
    connection: asyncpg.Connection, place: tuple[int, int], people: Collection[int]
) -> Beside:
    """What a unit's history tells beside its events; `people` are at least one."""
    rows = await connection.fetch(BESIDE, list(people), *place)
    first = rows[0]
    return Beside({row["id"]: row for row in rows}, first["measures"] or {}, first["is_linked"])


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
