"""SQL of the label ledger: how goods stand that are to be printed, and what was printed of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.codes.orders import LotData
from domain.prints.orders import Filled, NamedGoods
from domain.prints.runs import Part, Printed, Stretch
from domain.prints.told import PackageFacts
from domain.registry.reading import STATUSES, columns
from domain.registry.spans import Run

SLOTS = 256  # locks that one print may take: as many as it has batches would be too many

# Whoever prints units of a batch, or packages, waits for whom else does: of two prints only one is
# the first. Batches and packages with the same remainder wait for each other in vain, seldom and
# shortly. Taken after the claim of the request, in order; nothing else is locked with them. The
# batches' rows cannot be: what the server may not change it may not lock.
LOCK = """
    SELECT pg_advisory_xact_lock(20180206, slot)
    FROM (SELECT DISTINCT (id % $2)::integer AS slot FROM unnest($1::bigint[]) AS id ORDER BY 1)
        AS slots
"""


async def lock(connection: asyncpg.Connection, ids: Iterable[int]) -> None:
    """Hold off other prints of these batches, or of these packages, until the transaction ends."""
    await connection.execute(LOCK, sorted(set(ids)), SLOTS)


# One probe of the primary key a run, then what begins inside it; neighbours of one lot and status
# are told as one, however many spans they are.
STRETCHES = """
    WITH met AS (
        SELECT run.series_id, greatest(run.first, found.first) AS first,
            least(run.last, found.last) AS last, found.lot_id, found.status
        FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
        CROSS JOIN LATERAL (
            (
                SELECT spans.first, spans.last, lot_id, status FROM spans
                WHERE spans.series_id = run.series_id AND spans.first <= run.first
                ORDER BY spans.first DESC
                LIMIT 1
            )
            UNION ALL
            (
                SELECT spans.first, spans.last, lot_id, status FROM spans
                WHERE spans.series_id = run.series_id
                    AND spans.first > run.first AND spans.first <= run.last
            )
        ) AS found
        WHERE found.last >= run.first
    ), marked AS (
        SELECT *, coalesce(
            lag(last) OVER near + 1 = first AND lag(status) OVER near = status
                AND lag(lot_id) OVER near IS NOT DISTINCT FROM lot_id,
            false
        ) AS goes_on
        FROM met WINDOW near AS (PARTITION BY series_id ORDER BY first)
    ), counted AS (
        SELECT *, count(*) FILTER (WHERE NOT goes_on) OVER near AS at
        FROM marked WINDOW near AS (PARTITION BY series_id ORDER BY first)
    )
    SELECT series_id, min(first), max(last), lot_id, status FROM counted
    GROUP BY series_id, at, lot_id, status ORDER BY series_id, min(first)
"""


async def stretches(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[Stretch]:
    """How the units of these sorted runs stand, sorted."""
    return [
        Stretch(row[0], row[1], row[2], row[3], STATUSES[row[4]])
        for row in await connection.fetch(STRETCHES, *columns(runs))
    ]


# First printings of a number never overlap: the same probes as for spans, by their own index.
PRINTED = """
    WITH met AS (
        SELECT run.series_id, greatest(run.first, found.first) AS first,
            least(run.last, found.last) AS last, found.print_id
        FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
        CROSS JOIN LATERAL (
            (
                SELECT one.first, one.last, print_id FROM print_runs AS one
                WHERE one.series_id = run.series_id AND one.first <= run.first
                    AND NOT one.reprinted
                ORDER BY one.first DESC
                LIMIT 1
            )
            UNION ALL
            (
                SELECT one.first, one.last, print_id FROM print_runs AS one
                WHERE one.series_id = run.series_id
                    AND one.first > run.first AND one.first <= run.last AND NOT one.reprinted
            )
        ) AS found
        WHERE found.last >= run.first
    ), marked AS (
        SELECT *, coalesce(lag(last) OVER near + 1 = first, false) AS goes_on
        FROM met WINDOW near AS (PARTITION BY series_id ORDER BY first)
    ), counted AS (
        SELECT *, count(*) FILTER (WHERE NOT goes_on) OVER near AS at
        FROM marked WINDOW near AS (PARTITION BY series_id ORDER BY first)
    )
    SELECT series_id, min(first), max(last), min(print_id) FROM counted
    GROUP BY series_id, at ORDER BY series_id, min(first)
"""


async def printed(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[Printed]:
    """What of these sorted runs was printed before, sorted."""
    return [Printed(*row) for row in await connection.fetch(PRINTED, *columns(runs))]


PACKAGES_PRINTED = """
    SELECT package_id, print_id FROM print_packages
    WHERE package_id = ANY ($1::bigint[]) AND NOT reprinted
"""


async def packages_printed(
    connection: asyncpg.Connection, packages: Sequence[int]
) -> dict[int, int]:
    """The first print of each of these packages that was printed before."""
    return dict(await connection.fetch(PACKAGES_PRINTED, packages))


FIRST_OF = "SELECT uuid, recorded_at FROM prints WHERE id = $1"


async def first_of(connection: asyncpg.Connection, prints: Iterable[int]) -> tuple[UUID, datetime]:
    """The earliest of these prints, and when it was recorded."""
    row = await connection.fetchrow(FIRST_OF, min(prints))
    return row[0], row[1]


# Other operators' codes are few: the longest of each series among these runs.
FOREIGN = """
    SELECT DISTINCT ON (own.series_id) series.template, own.gtin, own.serial, own.foreign_tail
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    JOIN registered_serials AS own
        ON own.series_id = run.series_id AND own.number BETWEEN run.first AND run.last
    JOIN series ON series.id = own.series_id
    WHERE own.foreign_tail IS NOT NULL
    ORDER BY own.series_id, length(own.serial) + length(own.foreign_tail) DESC, own.number
"""


async def foreign(
    connection: asyncpg.Connection, runs: Sequence[Run]
) -> list[tuple[str, str, str, str]]:
    """Template, GTIN, serial and tail of the longest code of another operator's in each series."""
    return [tuple(row) for row in await connection.fetch(FOREIGN, *columns(runs))]


GOODS = """
    SELECT batches.id, batches.gtin, member_state, template, price_minor, batches.tnved, card.name
    FROM batches
    JOIN product_versions AS card ON card.gtin = batches.gtin AND card.version = product_version
    WHERE batches.id = ANY ($1::bigint[])
"""
LOTS = """
    SELECT id, lot_number, produced_on, expires_on FROM lots WHERE id = ANY ($1::bigint[])
"""


async def goods_of(connection: asyncpg.Connection, batches: Iterable[int]) -> list[NamedGoods]:
    """What the labels of these batches tell."""
    return [NamedGoods(*row) for row in await connection.fetch(GOODS, sorted(batches))]


async def lots(connection: asyncpg.Connection, ids: Iterable[int]) -> dict[int, LotData]:
    """What was told of these lots."""
    rows = await connection.fetch(LOTS, sorted(ids))
    return {row[0]: LotData(*row[1:]) for row in rows}


# What a package's label tells of its contents: a GTIN, a name and a lot if all have the same.
CONTENTS = """
    SELECT packages.id, packages.sscc, packages.kind, coalesce(sum(one.units), 0)::bigint AS units,
        CASE WHEN count(DISTINCT batches.gtin) = 1 THEN min(batches.gtin) END AS gtin,
        CASE WHEN count(DISTINCT card.name) = 1 THEN min(card.name) END AS product_name,
        CASE WHEN count(DISTINCT coalesce(lots.lot_number, '')) = 1 THEN min(lots.lot_number) END
            AS lot_number
    FROM packages
    LEFT JOIN package_summaries AS one ON one.package_id = packages.id
    LEFT JOIN batches ON batches.id = one.batch_id
    LEFT JOIN product_versions AS card
        ON card.gtin = batches.gtin AND card.version = batches.product_version
    LEFT JOIN lots ON lots.id = nullif(one.lot_id, 0)
    WHERE packages.id = ANY ($1::bigint[])
    GROUP BY packages.id
"""
RECEIVERS = """
    SELECT transfers.id, receiver.name FROM transfers
    JOIN participants AS receiver
        ON receiver.member_state = receiver_state AND receiver.tax_id = receiver_tax_id
    WHERE transfers.id = ANY ($1::bigint[])
"""


async def contents_of(connection: asyncpg.Connection, packages: Sequence[int]) -> dict[int, Filled]:
    """What these transport units hold, counted."""
    rows = await connection.fetch(CONTENTS, packages)
    return {row["id"]: Filled(*row) for row in rows}


async def receivers(connection: asyncpg.Connection, transfers: Iterable[int]) -> dict[int, str]:
    """Whom these transfers go to, by name, where the receiver is registered."""
    return dict(await connection.fetch(RECEIVERS, sorted(set(transfers))))


class NewPrint(NamedTuple):
    """A print as it is recorded; the columns of `prints` that are told."""

    uuid: UUID
    participant_id: int
    batch_id: int | None
    layout_name: str
    layout_toml: str
    format: str
    dpi: int
    copies: int
    start: int
    cut_marks: bool
    resolver: str | None
    reason: str | None
    facts: str
    units: int
    packages: int
    reprinted: int
    labels: int


ADD_PRINT = f"""
    INSERT INTO prints ({", ".join(NewPrint._fields)})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::jsonb, $14, $15, $16, $17)
    RETURNING id, recorded_at
"""  # noqa: S608 (column names are constants)
ADD_BATCHES = """
    INSERT INTO print_batches (print_id, batch_id, units, reprinted)
    SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[])
"""
RUN_COLUMNS = ("print_id", "position", *Part._fields)


async def add_print(connection: asyncpg.Connection, new: NewPrint) -> tuple[int, datetime]:
    """Record a print; returns its number and when it was recorded."""
    row = await connection.fetchrow(ADD_PRINT, *new)
    return row[0], row[1]


async def add_runs(connection: asyncpg.Connection, print_id: int, parts: Sequence[Part]) -> None:
    """Record the units of a print, in the order of their labels, and what each batch has of it."""
    rows = [(print_id, at, *part) for at, part in enumerate(parts)]
    await connection.copy_records_to_table("print_runs", columns=RUN_COLUMNS, records=rows)
    batches: dict[int, list[int]] = {}
    for part in parts:
        counts = batches.setdefault(part.batch_id, [0, 0])
        counts[0] += part.units
        counts[1] += part.units if part.reprinted else 0
    ids = sorted(batches)
    counted = [batches[one][0] for one in ids], [batches[one][1] for one in ids]
    await connection.execute(ADD_BATCHES, print_id, ids, *counted)


class NewPackage(NamedTuple):
    """A package of a print, and what its label tells."""

    package_id: int
    label: PackageFacts
    reprinted: bool


ADD_PACKAGES = """
    INSERT INTO print_packages (print_id, position, package_id, facts, reprinted)
    SELECT $1, told.position - 1, told.package_id, told.facts::jsonb, told.reprinted
    FROM unnest($2::bigint[], $3::text[], $4::boolean[]) WITH ORDINALITY
        AS told (package_id, facts, reprinted, position)
"""


async def add_packages(
    connection: asyncpg.Connection, print_id: int, packages: Sequence[NewPackage]
) -> None:
    """Record the packages of a print, in the order of their labels."""
    await connection.execute(
        ADD_PACKAGES,
        print_id,
        [one.package_id for one in packages],
        [orjson.dumps(one.label).decode() for one in packages],
        [one.reprinted for one in packages],
    )
