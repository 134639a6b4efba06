"""SQL of loose units: how many stand, and changing them, each in one statement."""

from collections.abc import Mapping, Sequence
from functools import cache

import asyncpg
import numpy as np
import orjson

from domain.loose.alike import Alike, Asked, Flags, Integers, Pieces
from domain.registry.reading import SERIES_WITH_PACKS, STANDING, standing_of
from domain.registry.store import TYPES, MiscountError

NEAR = 128  # numbers

# One probe of the primary key a unit: the span that holds it. A probe reads as much of its page as
# may fit: it is asked for what begins near before it, and beyond only where nothing does. What
# stands alike comes in one row.
ALIKE = f"""
    SELECT {", ".join(f"found.{name}" for name in STANDING)}, array_agg(asked.row),
        array_agg(found.first), array_agg(found.last), array_agg(found.event_id)
    FROM unnest($1::text::integer[], $2::text::bigint[])
        WITH ORDINALITY AS asked (series_id, number, row)
    CROSS JOIN LATERAL (
        (
            SELECT * FROM spans
            WHERE spans.series_id = asked.series_id
                AND spans.first BETWEEN asked.number - {NEAR} AND asked.number
            ORDER BY spans.first DESC LIMIT 1
        )
        UNION ALL
        (
            SELECT * FROM spans
            WHERE spans.series_id = asked.series_id AND spans.first < asked.number - {NEAR}
            ORDER BY spans.first DESC LIMIT 1
        )
        LIMIT 1
    ) AS found
    WHERE found.last >= asked.number
    GROUP BY {", ".join(f"found.{name}" for name in STANDING)}
"""  # noqa: S608 (constants)


def written(column: Integers | Flags) -> str:
    """A column as PostgreSQL writes arrays: the driver would take each element in its hands."""
    told = orjson.dumps(np.ascontiguousarray(column), option=orjson.OPT_SERIALIZE_NUMPY)
    return "{" + told[1:-1].decode() + "}"


async def standing_alike(connection: asyncpg.Connection, asked: Asked) -> list[Alike]:
    """How these units stand; those that stand alike together."""
    rows = await connection.fetch(ALIKE, written(asked.series), written(asked.numbers))
    return [alike(tuple(row)) for row in rows]


def alike(row: Sequence[object]) -> Alike:
    places, sources, ends, since = (np.array(column, np.int64) for column in row[-4:])
    return Alike(standing_of(row[:-4], {}), places - 1, sources, ends, since)


PACKS = """
    SELECT asked.row - 1
    FROM unnest($1::integer[], $2::bigint[]) WITH ORDINALITY AS asked (series_id, number, row)
    JOIN packages ON packages.series_id = asked.series_id AND packages.number = asked.number
        AND packages.alive
"""


async def packs(connection: asyncpg.Connection, asked: Asked) -> Integers:
    """The rows that are codes of packs; a series without any, as nearly all are, costs one probe."""
    series = np.unique(asked.series).tolist()
    with_packs = [row[0] for row in await connection.fetch(SERIES_WITH_PACKS, series)]
    found: list[int] = []
    if with_packs:
        rows = np.flatnonzero(np.isin(asked.series, with_packs))
        some = asked.at(rows)
        told = await connection.fetch(PACKS, some.series.tolist(), some.numbers.tolist())
        found = rows[[row[0] for row in told]].tolist() if told else []
    return np.array(found, np.int64)


@cache
def change_of(names: tuple[str, ...]) -> str:
    """The statement that changes these columns of units.

    The caller holds their stripes since it saw them: nobody else can have moved a row, so each is
    found again by its place on disk. A span that goes on before the first piece keeps its row, of
    which only the end changes: no index is touched. Behind each piece a new one is added.
    """
    said = {name: f"${at}::{TYPES[name]}" for at, name in enumerate(names, 8)}
    new = ", ".join(said.get(name, f"met.{name}") for name in STANDING)
    old = ", ".join(f"met.{name}" for name in STANDING)
    taken = "".join(
        f", {name} = CASE WHEN met.first = met.source THEN {value} ELSE met.{name} END"
        for name, value in said.items()
    )
    columns = ", ".join(STANDING)
    return f"""
        WITH met AS MATERIALIZED (
            SELECT told.*, span.ctid AS place, span.event_id AS since,
                {", ".join(f"span.{name}" for name in STANDING)}
            FROM unnest($1::text::integer[], $2::text::bigint[], $3::text::bigint[],
                $4::text::bigint[], $5::text::bigint[], $6::text::bigint[], $7::text::boolean[])
                AS told (series_id, source, first, last, rest, event_id, leads)
            JOIN spans AS span ON span.series_id = told.series_id AND span.first = told.source
        ), cut AS (
            UPDATE spans SET
                last = CASE WHEN met.first = met.source THEN met.last ELSE met.first - 1 END,
                event_id = CASE WHEN met.first = met.source THEN met.event_id ELSE met.since END
                {taken}
            FROM met WHERE met.leads AND spans.ctid = met.place
        ), added AS (
            INSERT INTO spans (series_id, first, last, event_id, {columns})
            SELECT met.series_id, met.first, met.last, met.event_id, {new}
            FROM met WHERE met.first > met.source
            UNION ALL
            SELECT met.series_id, met.last + 1, met.rest, met.since, {old}
            FROM met WHERE met.rest > met.last
        )
        INSERT INTO journal_entries
            (series_id, first, last, event_id, previous_event_id, {columns})
        SELECT met.series_id, met.first, met.last, met.event_id, met.since, {new}
        FROM met ORDER BY met.series_id, met.event_id, met.first
    """  # noqa: S608 (column names are constants)


async def change(
    connection: asyncpg.Connection, pieces: Pieces, becoming: Mapping[str, object]
) -> None:
    """Let these pieces stand otherwise in the columns named, and journal it.

    The caller holds their stripes since before it saw them. Every piece that was met is journalled.
    """
    columns = [written(column) for column in pieces]
    done = await connection.execute(change_of(tuple(becoming)), *columns, *becoming.values())
    if done != f"INSERT 0 {len(pieces.firsts)}":
        raise MiscountError(done, len(pieces.firsts))
