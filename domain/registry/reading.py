"""The registry's reading SQL: how numbers and packages stand, and what is around them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import asyncpg

from domain.registry.packages import (
    Alike,
    BatchFacts,
    Custody,
    OpenTransfer,
    Package,
    PackageStanding,
    WideBlock,
)
from domain.registry.spans import Interval, Run, Span, Standing, hulls, met
from domain.standards.member_state import MemberState
from domain.vocabulary import PackageKind, TransferStatus, UnitStatus

STANDING = tuple(Standing._fields)
SPAN_COLUMNS = ("series_id", "first", "last", "event_id", *STANDING)
SCATTERED = 64  # runs from which on one scan is tried
MOST_BETWEEN = 10_000  # spans or intervals that one scan may bring
# Words looked up, as an enum takes ten times as long to find its own.
STATUSES = {str(one): one for one in UnitStatus}
STATES: dict[str | None, MemberState | None] = {None: None} | {str(one): one for one in MemberState}
KINDS = {str(one): one for one in PackageKind}
ENTRY_COLUMNS = ("series_id", "first", "last", "event_id", "previous_event_id", *STANDING)


Made = TypeVar("Made")
MANY = 2_000  # rows that keep the loop from others so long that a thread shall have them


async def aside(rows: int, work: Callable[[], Made]) -> Made:
    """Do this work on so many rows here, or in a thread if there are many."""
    return work() if rows < MANY else await asyncio.to_thread(work)


def standing_of(row: Sequence[Any], known: dict[Any, Standing]) -> Standing:
    """The standing in these columns; equal ones are one object, as a batch has few."""
    key = tuple(row)
    standing = known.get(key)
    if standing is None:
        status, state = STATUSES[key[4]], STATES[key[5]]
        standing = known[key] = Standing._make((*key[:4], status, state, *key[6:]))
    return standing


def columns(runs: Sequence[Run]) -> tuple[list[int], list[int], list[int]]:
    """Runs as three arrays, the form in which they travel to PostgreSQL."""
    return [run[0] for run in runs], [run[1] for run in runs], [run[2] for run in runs]


# One probe of the primary key a run: what holds its first number, then what begins inside it. A
# run may share its first row with the run before: hence each is told once by the caller.
COVERING = """
    SELECT {columns}
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    CROSS JOIN LATERAL (
        (
            SELECT * FROM {table} AS covering
            WHERE covering.series_id = run.series_id AND covering.first <= run.first
            ORDER BY covering.first DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT * FROM {table} AS covering
            WHERE covering.series_id = run.series_id
                AND covering.first > run.first AND covering.first <= run.last
        )
    ) AS found
    WHERE found.last >= run.first
"""
# One range scan a series, for many runs over few rows; what lies between the runs comes along.
BETWEEN = """
    SELECT {columns}
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    JOIN {table} AS found
        ON found.series_id = run.series_id AND found.first <= run.last
        AND found.first >= coalesce((
            SELECT max(one.first) FROM {table} AS one
            WHERE one.series_id = run.series_id AND one.first <= run.first
        ), run.first)
    LIMIT $4
"""


def both(table: str, names: Iterable[str]) -> tuple[str, str]:
    """The two ways to find the rows of a table that runs meet: by scan, by probes."""
    columns = ", ".join(f"found.{name}" for name in names)
    return (
        BETWEEN.format(table=table, columns=columns),
        COVERING.format(table=table, columns=columns),
    )


SPANS = both("spans", SPAN_COLUMNS)
INTERVALS = both("batch_intervals", Interval._fields)


async def meeting(
    connection: asyncpg.Connection, queries: tuple[str, str], runs: Sequence[Run]
) -> list[Sequence[Any]]:
    """The rows that meet these sorted runs, and perhaps some between them, in any order."""
    if len(runs) >= SCATTERED:
        most = min(len(runs), MOST_BETWEEN)
        rows = await connection.fetch(queries[0], *columns(hulls(runs)), most + 1)
        if len(rows) <= most:
            return list(rows)
    return list(await connection.fetch(queries[1], *columns(runs)))


async def covering_spans(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[Span]:
    """The spans that meet these sorted runs, sorted; each once."""
    rows = await meeting(connection, SPANS, runs)
    return await aside(len(runs), lambda: spans_of(rows, runs))


def spans_of(rows: Iterable[Sequence[Any]], runs: Sequence[Run]) -> list[Span]:
    """The spans in these rows that meet the runs, sorted; each once."""
    known: dict[Any, Standing] = {}
    by_place = {(row[0], row[1]): row for row in rows}
    spans = [
        Span(row[0], row[1], row[2], row[3], standing_of(tuple(row)[4:], known))
        for _, row in sorted(by_place.items())
    ]
    return spans if len(runs) < SCATTERED else met(spans, runs)


SPANS_IN = f"""
    SELECT {", ".join(SPAN_COLUMNS)} FROM spans WHERE parent_id = ANY ($1::bigint[])
"""  # noqa: S608


async def spans_in(connection: asyncpg.Connection, packages: Sequence[int]) -> list[Span]:
    """The spans directly in these packages."""
    known: dict[Any, Standing] = {}
    return [
        Span(row[0], row[1], row[2], row[3], standing_of(tuple(row)[4:], known))
        for row in await connection.fetch(SPANS_IN, packages)
    ]


async def intervals_of(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[Interval]:
    """The batch intervals that meet these sorted runs, and perhaps some between them, sorted."""
    return sorted({Interval(*row) for row in await meeting(connection, INTERVALS, runs)})


INTERVALS_OF_BATCH = """
    SELECT series_id, first, last, batch_id, ordinal
    FROM batch_intervals WHERE batch_id = $1 ORDER BY ordinal
"""


async def intervals_of_batch(connection: asyncpg.Connection, batch_id: int) -> list[Interval]:
    """The batch's intervals in the order of its units."""
    return [Interval(*row) for row in await connection.fetch(INTERVALS_OF_BATCH, batch_id)]


PACKAGE_COLUMNS = """
    packages.id, packages.kind, packages.sscc, packages.series_id, packages.number,
    packages.levels, packages.blocked_inside, packages.event_id, packages.parent_id,
    packages.transfer_id, packages.holder_id, packages.turnover_state, packages.blocked,
    packages.alive
"""


def package_of(row: Sequence[Any]) -> Package:
    standing = PackageStanding._make((*row[8:11], STATES[row[11]], *row[12:14]))
    return Package._make((row[0], KINDS[row[1]], *row[2:8], standing))


# A series without packs, as nearly all are, costs one probe.
PACKS_AT = """
    SELECT packages.id
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    JOIN packages ON packages.series_id = run.series_id
        AND packages.number BETWEEN run.first AND run.last AND packages.alive
    WHERE run.series_id = ANY ($4::integer[])
"""
SERIES_WITH_PACKS = """
    SELECT series_id FROM unnest($1::integer[]) AS series_id
    WHERE EXISTS (SELECT FROM packages WHERE packages.series_id = series_id.series_id)
"""


async def packs_at(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[int]:
    """The coded packs whose own codes are in these runs."""
    if not runs:
        return []
    series = sorted({run.series_id for run in runs})
    found = [row[0] for row in await connection.fetch(SERIES_WITH_PACKS, series)]
    if not found:
        return []
    return [row[0] for row in await connection.fetch(PACKS_AT, *columns(runs), found)]


# Upwards: a transport unit's parent stands in its row, a coded pack's in its code's span.
AROUND = f"""
    WITH RECURSIVE up AS (
        SELECT packages.id, coalesce(packages.parent_id, own.parent_id) AS parent_id
        FROM packages LEFT JOIN LATERAL (
            SELECT parent_id FROM spans
            WHERE spans.series_id = packages.series_id AND spans.first <= packages.number
            ORDER BY spans.first DESC LIMIT 1
        ) AS own ON true
        WHERE packages.id = ANY ($1::bigint[])
        UNION
        SELECT packages.id, coalesce(packages.parent_id, own.parent_id)
        FROM up JOIN packages ON packages.id = up.parent_id LEFT JOIN LATERAL (
            SELECT parent_id FROM spans
            WHERE spans.series_id = packages.series_id AND spans.first <= packages.number
            ORDER BY spans.first DESC LIMIT 1
        ) AS own ON true
    )
    SELECT {PACKAGE_COLUMNS} FROM packages WHERE id IN (SELECT id FROM up)
"""  # noqa: S608 (column names are constants of this file)


async def around(connection: asyncpg.Connection, ids: Iterable[int]) -> dict[int, Package]:
    """These packages, and all that they are in."""
    asked = sorted(set(ids))
    if not asked:
        return {}
    return {row[0]: package_of(row) for row in await connection.fetch(AROUND, asked)}


# The outermost package around each of these, and what it, or its code, says of custody.
CUSTODIANS = """
    WITH RECURSIVE up AS (
        SELECT asked, asked AS id, NULL::integer AS holder_id, NULL::member_state AS turnover_state,
            NULL::bigint AS transfer_id, asked AS parent_id, false AS blocked
        FROM unnest($1::bigint[]) AS asked
        UNION ALL
        SELECT up.asked, packages.id, coalesce(packages.holder_id, own.holder_id),
            coalesce(packages.turnover_state, own.turnover_state),
            coalesce(packages.transfer_id, own.transfer_id),
            coalesce(packages.parent_id, own.parent_id),
            up.blocked OR packages.blocked OR coalesce(own.blocked, false)
        FROM up JOIN packages ON packages.id = up.parent_id LEFT JOIN LATERAL (
            SELECT parent_id, holder_id, turnover_state, transfer_id, blocked FROM spans
            WHERE spans.series_id = packages.series_id AND spans.first <= packages.number
            ORDER BY spans.first DESC LIMIT 1
        ) AS own ON true
    )
    SELECT asked, holder_id, turnover_state, transfer_id, blocked FROM up WHERE parent_id IS NULL
"""


class Around(NamedTuple):
    """What the packages around goods say of them: custody of the outermost, and any block."""

    custody: Custody
    blocked: bool


async def custodians(
    connection: asyncpg.Connection, packages: Iterable[int | None]
) -> dict[int | None, Around]:
    """Who has these packages, each with its contents; None is let pass."""
    asked = sorted({one for one in packages if one is not None})
    rows = await connection.fetch(CUSTODIANS, asked) if asked else ()
    return {row[0]: Around(Custody(row[1], STATES[row[2]], row[3]), row[4]) for row in rows}


PACKAGES_IN = f"SELECT {PACKAGE_COLUMNS} FROM packages WHERE parent_id = ANY ($1::bigint[])"  # noqa: S608


async def packages_in(connection: asyncpg.Connection, ids: Sequence[int]) -> dict[int, Package]:
    """The transport units directly in these packages."""
    return {row[0]: package_of(row) for row in await connection.fetch(PACKAGES_IN, ids)}


SUMMARIES = """
    SELECT package_id, batch_id, lot_id, status, blocked, units
    FROM package_summaries WHERE package_id = ANY ($1::bigint[])
"""


async def summaries_of(
    connection: asyncpg.Connection, ids: Sequence[int]
) -> dict[int, dict[Alike, int]]:
    """What is counted of these packages' contents."""
    found: dict[int, dict[Alike, int]] = {one: {} for one in ids}
    for row in await connection.fetch(SUMMARIES, ids) if ids else ():
        found[row[0]][Alike(row[1], row[2], STATUSES[row[3]], row[4])] = row[5]
    return found


BATCH_FACTS = """
    SELECT batches.id, batches.gtin, products.product_group, batches.member_state, batches.template
    FROM batches JOIN products ON products.gtin = batches.gtin
    WHERE batches.id = ANY ($1::bigint[])
"""


async def facts_of(connection: asyncpg.Connection, batches: Sequence[int]) -> dict[int, BatchFacts]:
    """What rules ask of these batches."""
    return {
        row[0]: BatchFacts(row[0], row[1], row[2], MemberState(row[3]), row[4])
        for row in await connection.fetch(BATCH_FACTS, batches)
    }


TRANSFERS = """
    SELECT id, status, sender_id, status = 'OFFERED' AND expires_at <= clock_timestamp()
    FROM transfers WHERE id = ANY ($1::bigint[])
"""


async def transfers_around(
    connection: asyncpg.Connection, atoms: Sequence[Span], packages: dict[int, Package]
) -> dict[int, OpenTransfer]:
    """The open transfers that any of this is in."""
    ids = {atom.standing.transfer_id for atom in atoms}
    ids |= {package.standing.transfer_id for package in packages.values()}
    asked = sorted(one for one in ids if one is not None)
    return {
        row[0]: OpenTransfer(row[0], TransferStatus(row[1]), row[2], row[3])
        for row in (await connection.fetch(TRANSFERS, asked) if asked else ())
    }


# A block of a lot names one of those told with its number: it covers them all, later ones too.
WIDE_BLOCKS = """
    SELECT blocks.id, blocks.batch_id, same.id, blocks.gtin, blocks.product_group,
        blocks.member_state
    FROM blocks
    LEFT JOIN lots AS named ON named.id = blocks.lot_id
    LEFT JOIN lots AS same ON same.gtin = named.gtin AND same.lot_number = named.lot_number
        AND same.id = ANY ($2::bigint[])
    WHERE blocks.ended_event_id IS NULL AND blocks.scope NOT IN ('UNITS', 'PACKAGE')
        AND blocks.since <= clock_timestamp()
        AND (blocks.until IS NULL OR blocks.until > clock_timestamp())
        AND (blocks.batch_id = ANY ($1::bigint[]) OR same.id IS NOT NULL
            OR blocks.gtin = ANY ($3::text[]) OR blocks.product_group = ANY ($4::text[]))
    ORDER BY blocks.id
"""


async def wide_blocks(
    connection: asyncpg.Connection, batches: dict[int, BatchFacts], lots: Sequence[int]
) -> list[WideBlock]:
    """The blocks in force on these batches and lots, their GTINs and product groups."""
    gtins = sorted({batch.gtin for batch in batches.values()})
    groups = sorted({batch.product_group for batch in batches.values()})
    rows = await connection.fetch(WIDE_BLOCKS, sorted(batches), lots, gtins, groups)
    return [WideBlock._make((*row[:5], MemberState(row[5]))) for row in rows]


DUE_BLOCKS = """
    SELECT id FROM blocks WHERE ended_event_id IS NULL AND until <= clock_timestamp()
    ORDER BY until LIMIT 100
"""


async def due_blocks(connection: asyncpg.Connection) -> list[int]:
    """Blocks whose end is due and not recorded yet."""
    return [row[0] for row in await connection.fetch(DUE_BLOCKS)]


PACKAGES_NAMED = """
    SELECT sscc, id FROM packages WHERE sscc = ANY ($1::text[]) AND alive
"""


async def packages_named(connection: asyncpg.Connection, ssccs: Sequence[str]) -> dict[str, int]:
    """The transport units that carry these SSCCs now."""
    return dict(await connection.fetch(PACKAGES_NAMED, ssccs)) if ssccs else {}


GOODS_OF_TRANSFER = """
    SELECT series_id, first, last FROM spans WHERE transfer_id = $1 ORDER BY series_id, first
"""
PACKAGES_OF_TRANSFER = "SELECT id FROM packages WHERE transfer_id = $1 ORDER BY id"


async def goods_of_transfer(
    connection: asyncpg.Connection, transfer_id: int
) -> tuple[list[Run], list[int]]:
    """The loose units and the outermost packages that carry this transfer."""
    runs = [Run(*row) for row in await connection.fetch(GOODS_OF_TRANSFER, transfer_id)]
    packages = await connection.fetch(PACKAGES_OF_TRANSFER, transfer_id)
    return runs, [row[0] for row in packages]


async def groups_of(
    connection: asyncpg.Connection, runs: Sequence[Run], packages: Sequence[int]
) -> frozenset[str]:
    """The product groups of these units, and of what is in these packages."""
    batches = {one.batch_id for one in await intervals_of(connection, runs)}
    for counts in (await summaries_of(connection, packages)).values():
        batches |= {key.batch_id for key in counts}
    facts = await facts_of(connection, sorted(batches))
    return frozenset(batch.product_group for batch in facts.values())
