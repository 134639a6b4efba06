"""SQL of verdicts: one unit, many units, and all that is around them now."""

from collections.abc import Sequence
from operator import itemgetter

import asyncpg

from domain.trace.weighing import Lone

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
# Whether anything is blocked by batch, lot, GTIN or group: the first entry of the one index that
# holds nothing but such blocks in force. In its order, or the planner would look for any row.
FIRST_WIDE_BLOCK = """
    (
        SELECT id FROM blocks
        WHERE ended_event_id IS NULL AND scope NOT IN ('UNITS', 'PACKAGE')
        ORDER BY scope, id LIMIT 1
    )
"""
# Everything that a verdict rests on, in one round trip: primary keys and range probes.
UNIT = f"""
    SELECT unit.series_id, unit.number, unit.foreign_tail,
        series.gtin, series.member_state, series.template,
        span.event_id, span.status, span.blocked, span.turnover_state, span.withdrawal_reason,
        span.parent_id, span.transfer_id, span.holder_id, span.lot_id, span.remaining_parts,
        span.whole_parts,
        batches.id AS batch_id, batches.uuid AS batch, batches.verification_key_id, batches.price_minor, batches.tnved
            AS printed_tnved, batches.participant_id AS registered_by, batches.emission,
        batch_interval.ordinal + unit.number - batch_interval.first AS ordinal,
        lots.lot_number, lots.produced_on, lots.expires_on,
        holder.name AS holder, holder.uuid AS holder_uuid, holder.member_state AS holder_state,
        events.recorded_at, events.occurred_at,
        EXISTS (
            SELECT FROM packages
            WHERE packages.series_id = unit.series_id AND packages.number = unit.number
                AND packages.alive
        ) AS is_pack,
        {FIRST_WIDE_BLOCK} IS NOT NULL AS wide_blocks,
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


UNITS = f"""
    SELECT asked.position::integer - 1 AS position, asked.series_id, asked.number,
        span.status, span.blocked, span.withdrawal_reason, lots.expires_on, span.lot_id,
        span.parent_id, span.transfer_id, span.holder_id, span.turnover_state,
        holder.member_state AS holder_state, {FIRST_WIDE_BLOCK} IS NOT NULL AS wide_blocks
    FROM unnest($1::integer[], $2::bigint[]) WITH ORDINALITY AS asked (series_id, number, position)
    CROSS JOIN LATERAL (
        SELECT * FROM spans
        WHERE spans.series_id = asked.series_id AND spans.first <= asked.number
        ORDER BY spans.first DESC LIMIT 1
    ) AS span
    LEFT JOIN participants AS holder ON holder.id = span.holder_id
    LEFT JOIN lots ON lots.id = span.lot_id
    WHERE span.last >= asked.number
"""  # noqa: S608


async def find_units(
    connection: asyncpg.Connection, series: Sequence[int], numbers: Sequence[int]
) -> list[asyncpg.Record]:
    """How these units stand; `position` is their place in the lists."""
    return list(await connection.fetch(UNITS, series, numbers))


# Few series hold codes of packs: one probe each says which.
SERIES_WITH_PACKS = """
    SELECT asked.id FROM unnest($1::integer[]) AS asked (id)
    WHERE (
        SELECT number FROM packages WHERE packages.series_id = asked.id ORDER BY number LIMIT 1
    ) IS NOT NULL
"""
PACKS = """
    SELECT packages.series_id, packages.number
    FROM unnest($1::integer[], $2::bigint[]) AS asked (series_id, number)
    JOIN packages ON packages.series_id = asked.series_id
        AND packages.number = asked.number AND packages.alive
    WHERE asked.series_id = ANY ($3::integer[])
"""


async def packs_among(
    connection: asyncpg.Connection, series: Sequence[int], numbers: Sequence[int]
) -> set[tuple[int, int]]:
    """Those of these units that are the codes of packs."""
    found = await connection.fetch(SERIES_WITH_PACKS, sorted(set(series)))
    if not found:
        return set()
    rows = await connection.fetch(PACKS, series, numbers, [row[0] for row in found])
    return {(row[0], row[1]) for row in rows}


# A transport unit's parent and custody stand in its row, a coded pack's in its code's span.
PACKAGE = """
    package.id, package.series_id, package.number,
    coalesce(package.parent_id, own.parent_id) AS parent_id,
    coalesce(package.transfer_id, own.transfer_id) AS transfer_id,
    coalesce(package.holder_id, own.holder_id) AS holder_id,
    coalesce(package.turnover_state, own.turnover_state) AS turnover_state,
    package.blocked OR coalesce(own.blocked, false) AS blocked
"""
OWN = """
    SELECT parent_id, transfer_id, holder_id, turnover_state, blocked FROM spans
    WHERE spans.series_id = package.series_id AND spans.first <= package.number
    ORDER BY spans.first DESC LIMIT 1
"""
IN_FORCE = """
    blocks.ended_event_id IS NULL AND blocks.since <= now()
    AND (blocks.until IS NULL OR blocks.until > now())
"""
BAN = "blocks.scope, blocks.member_state, blocks.legal_basis, blocks.until"
# A block of a lot names one of those told with its number: it covers them all.
SAME_LOT = """
    blocks.scope = 'LOT' AND blocks.lot_id IN (
        SELECT same.id
        FROM lots AS mine
        JOIN lots AS same ON same.gtin = mine.gtin AND same.lot_number = mine.lot_number
        WHERE mine.id = custody.lot_id
    )
"""
# Custody of the outermost package, the blocks in force on any of them, the open transfer, and what
# a pack holds: all that is around a unit, in one question. Deadlines that have passed count.
# OFFSET 0 keeps the planner, which expects a hundred packages around each unit where there are a
# few, from reading all blocks at once.
AROUND = f"""
    WITH RECURSIVE asked AS MATERIALIZED (
        SELECT one.* FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[],
            $5::integer[], $6::text[], $7::bigint[], $8::bigint[], $9::boolean[]) WITH ORDINALITY
            AS one (series_id, number, parent_id, transfer_id, holder_id, turnover_state,
                batch_id, lot_id, blocked, position)
    ), up AS (
        SELECT asked.position, {PACKAGE}
        FROM asked JOIN packages AS package ON package.id = asked.parent_id
        LEFT JOIN LATERAL ({OWN}) AS own ON true
        UNION ALL
        SELECT up.position, {PACKAGE}
        FROM up JOIN packages AS package ON package.id = up.parent_id
        LEFT JOIN LATERAL ({OWN}) AS own ON true
    ), custody AS MATERIALIZED (
        SELECT asked.position, asked.batch_id, asked.lot_id,
            coalesce(root.holder_id, asked.holder_id) AS holder_id,
            coalesce(root.turnover_state, asked.turnover_state::member_state) AS turnover_state,
            coalesce(root.transfer_id, asked.transfer_id) AS transfer_id
        FROM asked LEFT JOIN up AS root
            ON root.position = asked.position AND root.parent_id IS NULL
    ), blocked AS (
        SELECT position, series_id, number, 'UNITS' AS scope FROM asked WHERE blocked
        UNION ALL
        SELECT position, series_id, number, 'PACKAGE' FROM up
        WHERE blocked AND series_id IS NOT NULL
    ), bans AS (
        SELECT custody.position, {BAN}
        FROM blocks
        JOIN custody ON true
        JOIN batches ON batches.id = custody.batch_id
        JOIN products ON products.gtin = batches.gtin
        WHERE {IN_FORCE} AND blocks.scope NOT IN ('UNITS', 'PACKAGE')
            AND ((blocks.batch_id = batches.id OR {SAME_LOT})
                    AND blocks.member_state IN (batches.member_state, custody.turnover_state)
                OR (blocks.member_state = custody.turnover_state
                    AND (blocks.gtin = batches.gtin
                        OR blocks.product_group = products.product_group)))
        UNION ALL
        SELECT up.position, ban.*
        FROM up CROSS JOIN LATERAL (
            SELECT {BAN} FROM blocks WHERE blocks.package_id = up.id AND {IN_FORCE} OFFSET 0
        ) AS ban
        WHERE up.blocked
        UNION ALL
        SELECT blocked.position, blocked.scope, ban.*
        FROM blocked CROSS JOIN LATERAL (
            SELECT blocks.member_state, blocks.legal_basis, blocks.until
            FROM block_runs AS run JOIN blocks ON blocks.id = run.block_id
            WHERE run.series_id = blocked.series_id AND run.last >= blocked.number
                AND run.first BETWEEN stripe_of(blocked.number) << stripe_bits() AND blocked.number
                AND {IN_FORCE}
            OFFSET 0
        ) AS ban
    )
    SELECT custody.position::integer - 1 AS position,
        custody.holder_id, holder.name AS holder, holder.uuid AS holder_uuid,
        holder.member_state AS holder_state, custody.turnover_state,
        transfers.id IS NOT NULL AS is_offered, transfers.uuid AS transfer,
        transfers.kind AS transfer_kind,
        receiver.id AS receiver_id,
        ban.told AS bans,
        pack.id AS pack_id, pack.blocked_inside > 0 OR inside.blocked AS maybe_blocked_inside,
        inside.told AS inside
    FROM custody
    JOIN asked ON asked.position = custody.position
    LEFT JOIN participants AS holder ON holder.id = custody.holder_id
    LEFT JOIN transfers ON transfers.id = custody.transfer_id
        AND transfers.status = 'OFFERED' AND transfers.expires_at > now()
    LEFT JOIN participants AS receiver ON receiver.member_state = transfers.receiver_state
        AND receiver.tax_id = transfers.receiver_tax_id
    LEFT JOIN (
        SELECT position, jsonb_agg(DISTINCT to_jsonb(bans) - 'position') AS told
        FROM bans GROUP BY position
    ) AS ban ON ban.position = custody.position
    LEFT JOIN packages AS pack ON pack.series_id = asked.series_id
        AND pack.number = asked.number AND pack.alive
    LEFT JOIN LATERAL (
        SELECT bool_or(counted.blocked) AS blocked,
            jsonb_object_agg(counted.status, counted.units) AS told
        FROM (
            SELECT one.status, sum(one.units)::bigint AS units, bool_or(one.blocked) AS blocked
            FROM package_summaries AS one WHERE one.package_id = pack.id
            GROUP BY one.status
        ) AS counted
    ) AS inside ON true
"""  # noqa: S608


async def around(connection: asyncpg.Connection, units: Sequence[Lone]) -> list[asyncpg.Record]:
    """What is around these units now, in their order."""
    rows = await connection.fetch(AROUND, *map(list, zip(*units, strict=True)))
    return sorted(rows, key=itemgetter("position"))


# What a summary calls blocked may be blocked no more: the one question that goes down.
BLOCKED_INSIDE = f"""
    WITH RECURSIVE inside AS (
        SELECT pack, pack AS id FROM unnest($1::bigint[]) AS pack
        UNION ALL
        SELECT inside.pack, child.id
        FROM inside CROSS JOIN LATERAL (
            SELECT packages.id FROM packages WHERE packages.parent_id = inside.id
            UNION ALL
            SELECT packages.id
            FROM spans JOIN packages ON packages.series_id = spans.series_id
                AND packages.number BETWEEN spans.first AND spans.last AND packages.alive
            WHERE spans.parent_id = inside.id
        ) AS child
    )
    SELECT inside.pack
    FROM inside JOIN blocks ON blocks.package_id = inside.id AND inside.id <> inside.pack
    WHERE {IN_FORCE}
    UNION
    SELECT inside.pack
    FROM inside
    JOIN spans ON spans.parent_id = inside.id AND spans.blocked
    JOIN block_runs AS run ON run.series_id = spans.series_id
        AND run.first BETWEEN stripe_of(spans.first) << stripe_bits() AND spans.last
        AND run.last >= spans.first
    JOIN blocks ON blocks.id = run.block_id
    WHERE {IN_FORCE}
"""  # noqa: S608


async def blocked_inside(connection: asyncpg.Connection, packs: Sequence[int]) -> set[int]:
    """Those of these packs that hold something that a block in force covers."""
    return {row[0] for row in await connection.fetch(BLOCKED_INSIDE, packs)}
