"""SQL of contents: a package, what is in it level by level, and every number as one stream."""

from collections.abc import Sequence
from typing import BinaryIO

import asyncpg

from domain.registry.spans import Run

PACK_OF_CODE = """
    SELECT id FROM packages
    WHERE series_id = $1::integer AND number = $2 AND series_id IS NOT NULL AND alive
"""


async def pack_of_code(connection: asyncpg.Connection, series_id: int, number: int) -> int | None:
    """The pack that this number is the code of."""
    found: int | None = await connection.fetchval(PACK_OF_CODE, series_id, number)
    return found


NAMES = """
    SELECT id, kind AS package_kind, sscc, series_id, number FROM packages WHERE id = ANY ($1::bigint[])
"""
CARD = """
    SELECT package.id, package.kind AS package_kind, package.sscc, package.series_id, package.number,
        package.blocked_inside, coalesce(package.parent_id, own.parent_id) AS parent_id
    FROM packages AS package
    LEFT JOIN LATERAL (
        SELECT parent_id FROM spans
        WHERE spans.series_id = package.series_id AND spans.first <= package.number
        ORDER BY spans.first DESC LIMIT 1
    ) AS own ON true
    WHERE package.id = $1
"""


async def card(connection: asyncpg.Connection, package_id: int) -> asyncpg.Record:
    return await connection.fetchrow(CARD, package_id)


async def names(connection: asyncpg.Connection, ids: Sequence[int]) -> list[asyncpg.Record]:
    """What these packages are called by."""
    return list(await connection.fetch(NAMES, ids)) if ids else []


SUMMARY = """
    SELECT batches.id AS batch_id, batches.uuid AS batch, batches.gtin, products.product_group,
        batches.member_state, batches.template, one.lot_id,
        lots.lot_number, lots.produced_on, lots.expires_on,
        one.status, one.blocked, one.units
    FROM package_summaries AS one
    JOIN batches ON batches.id = one.batch_id
    JOIN products ON products.gtin = batches.gtin
    LEFT JOIN lots ON lots.id = nullif(one.lot_id, 0)
    WHERE one.package_id = $1
    ORDER BY batches.gtin, batches.id, one.lot_id, one.status, one.blocked
"""


async def summary(connection: asyncpg.Connection, package_id: int) -> list[asyncpg.Record]:
    """What is counted of a package's contents, to any depth."""
    return list(await connection.fetch(SUMMARY, package_id))


# A range probe of each key; no row for a transport unit.
OWN_CODE = """
    SELECT batches.id AS batch_id, batches.gtin, products.product_group, batches.member_state,
        batches.template, coalesce(own.lot_id, 0) AS lot_id, own.blocked
    FROM packages
    CROSS JOIN LATERAL (
        SELECT lot_id, blocked FROM spans
        WHERE spans.series_id = packages.series_id AND spans.first <= packages.number
        ORDER BY spans.first DESC LIMIT 1
    ) AS own
    CROSS JOIN LATERAL (
        SELECT batch_id FROM batch_intervals AS one
        WHERE one.series_id = packages.series_id AND one.first <= packages.number
        ORDER BY one.first DESC LIMIT 1
    ) AS issued
    JOIN batches ON batches.id = issued.batch_id
    JOIN products ON products.gtin = batches.gtin
    WHERE packages.id = $1
"""


async def own_code(connection: asyncpg.Connection, package_id: int) -> list[asyncpg.Record]:
    """The code of a pack, as a line of a summary."""
    return list(await connection.fetch(OWN_CODE, package_id))


# Downwards, level by level. `levels` says whether anything but units can be inside at all: most
# packages hold only units, and are not looked into for packs.
NAME = "{0}.id, {0}.levels, {0}.kind, {0}.sscc, {0}.series_id, {0}.number"
CHILDREN = f"""
    SELECT {NAME.format("one")} FROM packages AS one WHERE one.parent_id = inside.id
    UNION ALL
    SELECT {NAME.format("pack")}
    FROM spans JOIN packages AS pack ON pack.series_id = spans.series_id
        AND pack.number BETWEEN spans.first AND spans.last AND pack.alive
    WHERE spans.parent_id = inside.id
"""  # noqa: S608 (put together from constants of this file)
INSIDE = f"""
    WITH RECURSIVE inside AS (
        SELECT {NAME.format("packages")}, NULL::bigint AS parent_id, 0 AS level
        FROM packages WHERE id = $1
        UNION ALL
        SELECT {NAME.format("child")}, inside.id, inside.level + 1
        FROM inside CROSS JOIN LATERAL ({CHILDREN}) AS child
        WHERE inside.levels > 1 AND inside.level < $2
    )
    SELECT inside.id, inside.kind AS package_kind, inside.sscc, inside.series_id, inside.number,
        inside.parent_id, inside.level,
        (
            SELECT coalesce(sum(units), 0)::bigint FROM package_summaries AS one
            WHERE one.package_id = inside.id
        ) AS units
    FROM inside
    WHERE inside.level > 0
    ORDER BY inside.level, inside.id
    LIMIT $3
"""  # noqa: S608


async def inside(
    connection: asyncpg.Connection, package_id: int, depth: int, limit: int
) -> list[asyncpg.Record]:
    """The packages in a package, the outer ones first."""
    return list(await connection.fetch(INSIDE, package_id, depth, limit))


LOOSE = """
    SELECT series_id, first, last FROM spans WHERE parent_id = $1
    ORDER BY series_id, first LIMIT $2
"""


async def loose(connection: asyncpg.Connection, package_id: int, limit: int) -> list[Run]:
    """The numbers directly in a package, the codes of packs among them."""
    return [Run(*row) for row in await connection.fetch(LOOSE, package_id, limit)]


PACK_CODES = """
    SELECT packages.series_id, packages.number, packages.number
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    JOIN packages ON packages.series_id = run.series_id
        AND packages.number BETWEEN run.first AND run.last AND packages.alive
    ORDER BY 1, 2
"""


async def pack_codes(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[Run]:
    """The codes of packs among these numbers."""
    told = [run.series_id for run in runs], [run.first for run in runs], [run.last for run in runs]
    return [Run(*row) for row in await connection.fetch(PACK_CODES, *told)]


# In the order of the numbers: runs of one series follow each other, whatever lies between them.
NUMBERS = f"""
    WITH RECURSIVE inside AS (
        SELECT id, levels FROM packages WHERE id = $1
        UNION ALL
        SELECT child.id, child.levels
        FROM inside CROSS JOIN LATERAL ({CHILDREN}) AS child
        WHERE inside.levels > 1
    )
    SELECT spans.series_id, spans.first, spans.last
    FROM inside JOIN spans ON spans.parent_id = inside.id
    ORDER BY spans.series_id, spans.first
"""  # noqa: S608


async def copy_numbers(connection: asyncpg.Connection, package_id: int, file: BinaryIO) -> None:
    """Write every run of numbers inside, to any depth, in COPY's binary form."""
    await connection.copy_from_query(NUMBERS, package_id, output=file, format="binary")
