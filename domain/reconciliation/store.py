"""SQL of reconciliation: what the registry says that somebody holds."""

from collections.abc import Iterable, Sequence

import asyncpg

from domain.reconciliation.claims import Only
from domain.registry.packages import Alike
from domain.registry.reading import columns
from domain.registry.spans import Run
from domain.vocabulary import UnitStatus

# Every series of which the holder has a loose number: one probe of its index each.
SERIES_HELD = """
    WITH RECURSIVE held AS (
        (
            SELECT series_id FROM spans
            WHERE holder_id = $1 AND status IN ('ISSUED', 'APPLIED', 'IN_CIRCULATION')
            ORDER BY series_id LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT spans.series_id FROM spans
            WHERE holder_id = $1 AND status IN ('ISSUED', 'APPLIED', 'IN_CIRCULATION')
                AND spans.series_id > held.series_id
            ORDER BY spans.series_id LIMIT 1
        )
        FROM held WHERE held.series_id IS NOT NULL
    )
    SELECT series.id, series.first, series.last
    FROM held
    JOIN series ON series.id = held.series_id
    JOIN products ON products.gtin = series.gtin
    WHERE ($2::text IS NULL OR series.gtin = $2)
        AND ($3::text IS NULL OR products.product_group = $3)
    ORDER BY series.id
"""
BATCH_PARTS = """
    SELECT series_id, first, last
    FROM batches JOIN batch_intervals ON batch_id = batches.id
    WHERE uuid = $1 ORDER BY series_id, first
"""


async def looked_into(connection: asyncpg.Connection, holder_id: int, only: Only) -> list[Run]:
    """The numbers among which the holder's loose goods are to be looked for, sorted."""
    if only.batch is not None:
        return [Run(*row) for row in await connection.fetch(BATCH_PARTS, only.batch)]
    rows = await connection.fetch(SERIES_HELD, holder_id, only.gtin, only.product_group)
    return [Run(*row) for row in rows]


BATCHES = """
    SELECT batches.id
    FROM batches JOIN products ON products.gtin = batches.gtin
    WHERE batches.id = ANY ($1::bigint[])
        AND ($2::text IS NULL OR batches.gtin = $2)
        AND ($3::text IS NULL OR products.product_group = $3)
        AND ($4::uuid IS NULL OR batches.uuid = $4)
"""


async def batches_meant(
    connection: asyncpg.Connection, batches: Iterable[int], only: Only
) -> set[int]:
    """Those of these batches that the comparison is about."""
    return {row[0] for row in await connection.fetch(BATCHES, sorted(set(batches)), *only)}


OPEN_TRANSFERS = """
    SELECT id FROM transfers
    WHERE sender_id = $1 AND status = 'OFFERED' AND expires_at > now()
"""


async def open_transfers(connection: asyncpg.Connection, sender_id: int) -> list[int]:
    return [row[0] for row in await connection.fetch(OPEN_TRANSFERS, sender_id)]


LOOSE = """
    FROM unnest($2::integer[], $3::bigint[], $4::bigint[]) AS run (series_id, first, last)
    JOIN spans ON spans.holder_id = $1 AND spans.series_id = run.series_id
        AND spans.first BETWEEN run.first AND run.last
        AND spans.status IN ('APPLIED', 'IN_CIRCULATION')
"""
LOOSE_UNITS = f"""
    SELECT coalesce(sum(spans.last - spans.first + 1), 0)::bigint AS units,
        coalesce(sum(spans.last - spans.first + 1)
            FILTER (WHERE spans.transfer_id = ANY ($5::bigint[])), 0)::bigint AS in_transfer
    {LOOSE}
"""


async def loose_units(
    connection: asyncpg.Connection, holder_id: int, runs: Sequence[Run], transfers: Sequence[int]
) -> tuple[int, int]:
    """How many loose units somebody has on hand, and how many of them in these transfers."""
    told = await connection.fetchrow(LOOSE_UNITS, holder_id, *columns(runs), transfers)
    return told["units"], told["in_transfer"]


# Of each gap the span that reaches into it, then those that begin in it; no more are looked at than
# are asked for.
LOOSE_IN_GAPS = """
    SELECT gap.series_id, greatest(held.first, gap.first), least(held.last, gap.last)
    FROM unnest($2::integer[], $3::bigint[], $4::bigint[]) AS gap (series_id, first, last)
    CROSS JOIN LATERAL (
        (
            SELECT spans.first, spans.last FROM spans
            WHERE spans.holder_id = $1 AND spans.series_id = gap.series_id
                AND spans.first <= gap.first AND spans.status IN ('APPLIED', 'IN_CIRCULATION')
            ORDER BY spans.first DESC LIMIT 1
        )
        UNION ALL
        (
            SELECT spans.first, spans.last FROM spans
            WHERE spans.holder_id = $1 AND spans.series_id = gap.series_id
                AND spans.first > gap.first AND spans.first <= gap.last
                AND spans.status IN ('APPLIED', 'IN_CIRCULATION')
            ORDER BY spans.first LIMIT $5
        )
    ) AS held
    WHERE held.last >= gap.first
    LIMIT $5
"""


async def loose_in_gaps(
    connection: asyncpg.Connection, holder_id: int, gaps: Sequence[Run], limit: int
) -> list[Run]:
    """The first loose numbers on hand in these gaps."""
    rows = await connection.fetch(LOOSE_IN_GAPS, holder_id, *columns(gaps), limit)
    return [Run(*row) for row in rows]


TRANSPORT_ROOTS = "SELECT id, transfer_id FROM packages WHERE holder_id = $1 ORDER BY id"
# Coded packs have no row of custody: they are found by their codes, in series that have packs.
CODED_ROOTS = """
    SELECT pack.id, held.transfer_id
    FROM unnest($2::integer[]) AS series (id)
    CROSS JOIN LATERAL (
        SELECT spans.series_id, spans.first, spans.last, spans.transfer_id FROM spans
        WHERE spans.holder_id = $1 AND spans.series_id = series.id
            AND spans.status IN ('ISSUED', 'APPLIED', 'IN_CIRCULATION')
            AND (
                SELECT packages.number FROM packages WHERE packages.series_id = series.id
                ORDER BY packages.number LIMIT 1
            ) IS NOT NULL
        OFFSET 0
    ) AS held
    JOIN packages AS pack ON pack.series_id = held.series_id
        AND pack.number BETWEEN held.first AND held.last AND pack.alive
    ORDER BY pack.id
"""


async def roots_of(
    connection: asyncpg.Connection, holder_id: int, series: Sequence[int]
) -> dict[int, int | None]:
    """The outermost packages that somebody holds, coded ones of these series; their transfers."""
    transport = await connection.fetch(TRANSPORT_ROOTS, holder_id)
    coded = await connection.fetch(CODED_ROOTS, holder_id, series)
    return dict([*transport, *coded])


SUMMARIES = """
    SELECT one.package_id, one.batch_id, one.lot_id, one.status, one.blocked, one.units
    FROM package_summaries AS one
    JOIN batches ON batches.id = one.batch_id
    JOIN products ON products.gtin = batches.gtin
    WHERE one.package_id = ANY ($1::bigint[])
        AND ($2::text IS NULL OR batches.gtin = $2)
        AND ($3::text IS NULL OR products.product_group = $3)
        AND ($4::uuid IS NULL OR batches.uuid = $4)
"""


async def summaries(
    connection: asyncpg.Connection, packages: Sequence[int], only: Only
) -> dict[int, dict[Alike, int]]:
    """What is counted inside these packages, as far as it is meant."""
    found: dict[int, dict[Alike, int]] = {one: {} for one in packages}
    for row in await connection.fetch(SUMMARIES, packages, *only) if packages else ():
        found[row[0]][Alike(row[1], row[2], UnitStatus(row[3]), row[4])] = row[5]
    return found


PACKS = """
    SELECT packages.id, packages.series_id, packages.number
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    JOIN packages ON packages.series_id = run.series_id
        AND packages.number BETWEEN run.first AND run.last AND packages.alive
"""


async def packs_named(
    connection: asyncpg.Connection, runs: Sequence[Run]
) -> dict[tuple[int, int], int]:
    """The packs whose codes are among these numbers."""
    rows = await connection.fetch(PACKS, *columns(runs)) if runs else ()
    return {(row[1], row[2]): row[0] for row in rows}


# A transport unit's parent stands in its row, a coded pack's in its code's span.
PARENT = """
    SELECT package.id, coalesce(package.parent_id, own.parent_id) AS parent_id
    FROM packages AS package LEFT JOIN LATERAL (
        SELECT parent_id FROM spans
        WHERE spans.series_id = package.series_id AND spans.first <= package.number
        ORDER BY spans.first DESC LIMIT 1
    ) AS own ON true
"""
FOREST = f"""
    WITH RECURSIVE up AS (
        SELECT found.*
        FROM unnest($1::bigint[]) AS asked (id)
        CROSS JOIN LATERAL ({PARENT} WHERE package.id = asked.id) AS found
        UNION
        SELECT found.*
        FROM up CROSS JOIN LATERAL ({PARENT} WHERE package.id = up.parent_id) AS found
    )
    SELECT id, parent_id FROM up
"""  # noqa: S608 (put together from constants of this file)


async def parents_above(
    connection: asyncpg.Connection, packages: Iterable[int]
) -> dict[int, int | None]:
    """The parent of each of these packages, and of all that are around them."""
    asked = sorted(set(packages))
    return dict(await connection.fetch(FOREST, asked)) if asked else {}


# Numbers in these packages, but for what lies in a package that was uploaded as a whole.
INSIDE = """
    WITH RECURSIVE inside AS (
        SELECT packages.id, packages.levels FROM packages WHERE packages.id = ANY ($1::bigint[])
        UNION ALL
        SELECT child.id, child.levels
        FROM inside CROSS JOIN LATERAL (
            SELECT one.id, one.levels FROM packages AS one WHERE one.parent_id = inside.id
            UNION ALL
            SELECT pack.id, pack.levels
            FROM spans JOIN packages AS pack ON pack.series_id = spans.series_id
                AND pack.number BETWEEN spans.first AND spans.last AND pack.alive
            WHERE spans.parent_id = inside.id
        ) AS child
        WHERE inside.levels > 1 AND child.id <> ALL ($2::bigint[])
    )
    SELECT spans.series_id, spans.first, spans.last
    FROM inside JOIN spans ON spans.parent_id = inside.id
    WHERE spans.status IN ('APPLIED', 'IN_CIRCULATION')
    ORDER BY spans.series_id, spans.first
"""


async def runs_inside(
    connection: asyncpg.Connection, packages: Sequence[int], without: Sequence[int]
) -> list[Run]:
    """The numbers on hand in these packages, to any depth, but for those in the others."""
    return [Run(*row) for row in await connection.fetch(INSIDE, packages, without)]


# Of units that are marked as blocked, those that a block in force covers.
BLOCKED_NOW = """
    SELECT DISTINCT asked.at::integer - 1
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
        AS asked (series_id, first, last, at)
    CROSS JOIN LATERAL (
        SELECT 1
        FROM block_runs AS run JOIN blocks ON blocks.id = run.block_id
        WHERE run.series_id = asked.series_id AND run.last >= asked.first
            AND run.first BETWEEN stripe_of(asked.first) << stripe_bits() AND asked.last
            AND blocks.ended_event_id IS NULL AND blocks.since <= now()
            AND (blocks.until IS NULL OR blocks.until > now())
        LIMIT 1
    ) AS live
"""


async def blocked_now(connection: asyncpg.Connection, runs: Sequence[Run]) -> set[int]:
    """Which of these runs, by their position, a block in force covers."""
    rows = await connection.fetch(BLOCKED_NOW, *columns(runs)) if runs else ()
    return {row[0] for row in rows}
