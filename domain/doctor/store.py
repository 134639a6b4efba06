"""SQL of the doctor: faults of every theme, and what a replay of the journal reads."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg

from domain.doctor.faults import (
    blocks,
    counts,
    facts,
    journal,
    numbers,
    packages,
    prints,
    transfers,
)
from domain.doctor.replay import Row, Window
from domain.registry.spans import Standing

# Every fault that one query finds, by its name.
FAULTS: Mapping[str, str] = {
    name: query
    for theme in (numbers, journal, packages, counts, transfers, blocks, facts, prints)
    for name, query in theme.FAULTS.items()
}
STANDING = ", ".join(Standing._fields)


async def faults(connection: asyncpg.Connection, name: str) -> list[str]:
    """Up to ten examples of this fault."""
    return [row[0] for row in await connection.fetch(FAULTS[name])]


SIZES = "SELECT stripe_bits(), block_bits()"


async def sizes(connection: asyncpg.Connection) -> tuple[int, int]:
    """The sizes that the database was made with: stripe bits, block bits."""
    row = await connection.fetchrow(SIZES)
    return row[0], row[1]


SERIES = "SELECT id, next_number FROM series ORDER BY id"


async def all_series(connection: asyncpg.Connection) -> list[tuple[int, int]]:
    """Every series, with the number that it issues next."""
    return [(row[0], row[1]) for row in await connection.fetch(SERIES)]


SPANS_BY_STRIPE = """
    SELECT stripe_of(first), count(*) FROM spans WHERE series_id = $1 GROUP BY 1 ORDER BY 1
"""


async def spans_by_stripe(connection: asyncpg.Connection, series_id: int) -> list[tuple[int, int]]:
    """How many spans each stripe of the series has, in order."""
    return [(row[0], row[1]) for row in await connection.fetch(SPANS_BY_STRIPE, series_id)]


# No index leads to the entries of a window: one pass over the series' journal for each.
ENTRIES = f"""
    SELECT series_id, greatest(first, $2), least(last, $3), event_id, {STANDING}, previous_event_id
    FROM journal_entries WHERE series_id = $1 AND first <= $3 AND last >= $2
    ORDER BY event_id, first
"""  # noqa: S608 (column names are constants)
SPANS = f"""
    SELECT series_id, first, last, event_id, {STANDING}
    FROM spans WHERE series_id = $1 AND first BETWEEN $2 AND $3 ORDER BY first
"""  # noqa: S608


async def entries_of(
    connection: asyncpg.Connection, series_id: int, window: Window
) -> AsyncIterator[Row]:
    """The series' journal in the order in which it was written; the last column: previous event."""
    async for row in connection.cursor(ENTRIES, series_id, *window, prefetch=5_000):
        yield tuple(row)


async def spans_of(connection: asyncpg.Connection, series_id: int, window: Window) -> list[Row]:
    return [tuple(row) for row in await connection.fetch(SPANS, series_id, *window)]


OWN_OF_SPACES = """
    SELECT space.id, space.gtin, space.serial_length, space.first_character, space.alphabet,
        own.serial
    FROM number_spaces AS space
    JOIN registered_serials AS own
        ON own.gtin = space.gtin AND length(own.serial) = space.serial_length
        AND (space.first_character IS NULL OR left(own.serial, 1) = space.first_character)
"""
KEPT = "SELECT space_id, number FROM reserved_numbers"


async def own_of_spaces(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    """Each registered serial with every space whose form it has."""
    return [tuple(row) for row in await connection.fetch(OWN_OF_SPACES)]


async def reserved(connection: asyncpg.Connection) -> set[tuple[int, int]]:
    """Every reserved (space, number)."""
    return {(row[0], row[1]) for row in await connection.fetch(KEPT)}
