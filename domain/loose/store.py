"""SQL of loose units: how many stand, and changing them, each in one statement."""

from collections.abc import Mapping, Sequence
from functools import cache

import asyncpg
import numpy as np
import orjson

from domain.loose.alike import Alike, Asked, Flags, Integers, Names, Pieces
from domain.registry.reading import SERIES_WITH_PACKS, STANDING, standing_of
from domain.registry.spans import Standing
from domain.registry.store import TYPES, MiscountError

NEAR = 128  # numbers

# One probe of the primary key a unit: the span that holds it. A probe reads as much of its page as
# may fit: it is asked for what begins near before it, and beyond only where nothing does. What
# stands alike comes in one row; what lies in a package is of no interest here.
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
    WHERE found.last >= asked.number AND found.parent_id IS NULL
    GROUP BY {", ".join(f"found.{name}" for name in STANDING)}
"""  # noqa: S608 (constants)


def written(column: Integers | Flags | Names) -> str:
    """A column as PostgreSQL writes arrays: the driver would take each element in its hands."""
    if column.dtype.kind == "U":
        return "{" + ",".join(column.tolist()) + "}"
    told = orjson.dumps(np.ascontiguousarray(column), option=orjson.OPT_SERIALIZE_NUMPY)
    return "{" + told[1:-1].decode() + "}"


async def standing_alike(connection: asyncpg.Connection, asked: Asked) -> list[Alike]:
    """How those of these units stand that are loose; those that stand alike together."""
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


# What plain units have of their own; all else of their standing is the same for all of them.
OWN = {"lot_id": "nullif(lot_id, 0)", "turnover_state": "turnover_state"}
SHARED = tuple(name for name in STANDING if name not in OWN)


@cache
def change_of(names: tuple[str, ...]) -> str:
    """The statement that changes these columns of plain units.

    A span that goes on before the first piece keeps its row, of which only the end changes: no
    index is touched. Behind each piece a new one is added. The journal grows at the end of its
    index: so its pages stay full.
    """
    first = len(Pieces._fields) + 1
    shared = {name: f"${at}::{TYPES[name]}" for at, name in enumerate(SHARED, first)}
    said = {name: f"${at}::{TYPES[name]}" for at, name in enumerate(names, first + len(SHARED))}
    stood = {name: OWN.get(name) or shared[name] for name in STANDING}
    old, new = ", ".join(stood.values()), ", ".join((stood | said).values())
    taken = "".join(
        f", {name} = CASE WHEN told.first = told.source THEN {value} ELSE spans.{name} END"
        for name, value in said.items()
    )
    columns = ", ".join(STANDING)
    return f"""
        WITH told AS MATERIALIZED (
            SELECT *
            FROM unnest($1::text::integer[], $2::text::bigint[], $3::text::bigint[],
                $4::text::bigint[], $5::text::bigint[], $6::text::bigint[], $7::text::bigint[],
                $8::text::boolean[], $9::text::bigint[], $10::text::member_state[])
                AS told (series_id, source, first, last, rest, since, event_id, leads, lot_id,
                    turnover_state)
        ), added AS (
            INSERT INTO spans (series_id, first, last, event_id, {columns})
            SELECT series_id, first, last, event_id, {new} FROM told WHERE first > source
            UNION ALL
            SELECT series_id, last + 1, rest, since, {old} FROM told WHERE rest > last
        ), journalled AS (
            INSERT INTO journal_entries
                (series_id, first, last, event_id, previous_event_id, {columns})
            SELECT series_id, first, last, event_id, since, {new}
            FROM told ORDER BY series_id, event_id, first
        )
        UPDATE spans SET
            last = CASE WHEN told.first = told.source THEN told.last ELSE told.first - 1 END,
            event_id = CASE WHEN told.first = told.source THEN told.event_id ELSE told.since END
            {taken}
        FROM told
        WHERE told.leads AND spans.series_id = told.series_id AND spans.first = told.source
    """  # noqa: S608 (column names are constants)


async def change(
    connection: asyncpg.Connection,
    pieces: Pieces,
    standing: Standing,
    becoming: Mapping[str, object],
) -> None:
    """Let these pieces, which stand so but for lot and state, stand otherwise, and journal it.

    The caller holds their stripes since before it saw them.
    """
    columns = [written(column) for column in pieces]
    shared = [getattr(standing, name) for name in SHARED]
    query = change_of(tuple(becoming))
    done = await connection.execute(query, *columns, *shared, *becoming.values())
    if done != f"UPDATE {np.sum(pieces.leads)}":
        raise MiscountError(done, len(pieces.firsts))
