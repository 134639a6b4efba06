"""SQL of answers: one unit, many units, and the walk back through a unit's journal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

# A registered serial is looked up first: it is the one key that crosses series. Else the number
# that the serial deciphers to is looked for in the series of its space ($3, $4; null: no space).
FIND_UNIT = """
    (
        SELECT series_id, number, foreign_tail
        FROM registered_serials WHERE gtin = $1 AND serial = $2
    )
    UNION ALL
    (
        SELECT id, $4::bigint, NULL
        FROM series
        WHERE space_id = $3 AND first <= $4 AND next_number > $4
        ORDER BY first DESC
        LIMIT 1
    )
    LIMIT 1
"""
CARD = """
    products.product_group, products.owner_id,
    card.name, card.translations, card.brand, card.category, card.tnved
"""
# Everything that a verdict rests on, in one round trip: five primary keys and two range probes.
UNIT = f"""
    SELECT unit.series_id, unit.number, unit.foreign_tail,
        series.gtin, series.member_state, series.template,
        span.event_id, span.status, span.blocked, span.turnover_state, span.withdrawal_reason,
        span.parent_id, span.transfer_id, span.holder_id,
        batches.uuid AS batch, batches.verification_key_id, batches.price_minor, batches.tnved
            AS printed_tnved, batches.participant_id AS registered_by, batches.emission,
        batch_interval.ordinal + unit.number - batch_interval.first AS ordinal,
        lots.lot_number, lots.produced_on, lots.expires_on,
        holder.name AS holder, holder.uuid AS holder_uuid, holder.member_state AS holder_state,
        events.recorded_at, events.occurred_at,
        {CARD}
    FROM ({FIND_UNIT}) AS unit
    JOIN series ON series.id = unit.series_id
    CROSS JOIN LATERAL (
        SELECT * FROM spans
        WHERE spans.series_id = unit.series_id AND spans.first <= unit.number
        ORDER BY spans.first DESC LIMIT 1
    ) AS span
    CROSS JOIN LATERAL (
        SELECT * FROM batch_intervals AS one
        WHERE one.series_id = unit.series_id AND one.first <= unit.number
        ORDER BY one.first DESC LIMIT 1
    ) AS batch_interval
    JOIN batches ON batches.id = batch_interval.batch_id
    JOIN events ON events.id = span.event_id
    JOIN products ON products.gtin = series.gtin
    JOIN product_versions AS card
        ON card.gtin = batches.gtin AND card.version = batches.product_version
    LEFT JOIN lots ON lots.id = span.lot_id
    LEFT JOIN participants AS holder ON holder.id = span.holder_id
    WHERE span.last >= unit.number
"""  # noqa: S608 (put together from constants of this file)


async def find_unit(
    connection: asyncpg.Connection,
    gtin: str,
    serial: str,
    space_id: int | None,
    number: int | None,
) -> asyncpg.Record | None:
    """How one unit stands, with all that a verdict needs; None if it was never issued."""
    return await connection.fetchrow(UNIT, gtin, serial, space_id, number)


MEASURES = """
    SELECT identifier, value FROM unit_measures
    WHERE series_id = $1 AND number = $2 ORDER BY identifier
"""


async def measures_of(
    connection: asyncpg.Connection, series_id: int, number: int
) -> dict[str, str]:
    """Weight and volume as the unit's label shows them, by AI."""
    return dict(await connection.fetch(MEASURES, series_id, number))


PRODUCT = f"""
    SELECT products.gtin, {CARD}
    FROM products
    JOIN product_versions AS card ON card.gtin = products.gtin AND card.version = products.version
    WHERE products.gtin = ANY ($1::text[])
"""  # noqa: S608


async def find_cards(
    connection: asyncpg.Connection, gtins: Sequence[str]
) -> dict[str, asyncpg.Record]:
    """The current product card of each GTIN that is registered."""
    return {row["gtin"]: row for row in await connection.fetch(PRODUCT, gtins)}


UNITS = """
    SELECT asked.position::integer - 1 AS position, span.status, span.blocked, lots.expires_on,
        span.holder_id, holder.member_state AS holder_state, span.turnover_state
    FROM unnest($1::integer[], $2::bigint[]) WITH ORDINALITY AS asked (series_id, number, position)
    CROSS JOIN LATERAL (
        SELECT * FROM spans
        WHERE spans.series_id = asked.series_id AND spans.first <= asked.number
        ORDER BY spans.first DESC LIMIT 1
    ) AS span
    LEFT JOIN participants AS holder ON holder.id = span.holder_id
    LEFT JOIN lots ON lots.id = span.lot_id
    WHERE span.last >= asked.number
"""


async def find_units(
    connection: asyncpg.Connection, series: Sequence[int], numbers: Sequence[int]
) -> list[asyncpg.Record]:
    """How these units stand; `position` is their place in the lists."""
    return list(await connection.fetch(UNITS, series, numbers))


# From the span's event back along `previous_event_id`: one probe of the journal's key an event.
WALK = """
    WITH RECURSIVE walk AS (
        SELECT $3::bigint AS event_id, NULL::journal_entries AS entry, 0 AS step
        UNION ALL
        SELECT (found.entry).previous_event_id, found.entry, walk.step + 1
        FROM walk
        CROSS JOIN LATERAL (
            SELECT journal_entries AS entry FROM journal_entries
            WHERE series_id = $1 AND event_id = walk.event_id AND first <= $2
            ORDER BY first DESC LIMIT 1
        ) AS found
    )
    SELECT events.id AS event, events.kind, events.occurred_at, events.recorded_at,
        events.details, events.participant_id,
        actor.name AS participant, actor.uuid AS participant_uuid,
        actor.member_state AS participant_state,
        (walk.entry).status, (walk.entry).blocked, (walk.entry).turnover_state,
        (walk.entry).withdrawal_reason, (walk.entry).parent_id, (walk.entry).transfer_id,
        (walk.entry).holder_id, holder.name AS holder, holder.uuid AS holder_uuid,
        holder.member_state AS holder_state,
        lots.lot_number, lots.produced_on, lots.expires_on
    FROM walk
    JOIN events ON events.id = (walk.entry).event_id
    JOIN participants AS actor ON actor.id = events.participant_id
    LEFT JOIN participants AS holder ON holder.id = (walk.entry).holder_id
    LEFT JOIN lots ON lots.id = (walk.entry).lot_id
    WHERE walk.step > 0 AND ($4::timestamptz IS NULL OR events.recorded_at <= $4)
    ORDER BY walk.step
"""


async def walk_back(
    connection: asyncpg.Connection,
    series_id: int,
    number: int,
    event_id: int,
    as_of: datetime | None = None,
) -> list[asyncpg.Record]:
    """Every event of this unit with its standing after it, the newest first.

    `event_id` is the last one; with `as_of` only what was recorded by then.
    """
    rows: list[Any] = await connection.fetch(WALK, series_id, number, event_id, as_of)
    return rows
