"""SQL of recognition: which spaces, series and registered serials codes may belong to."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from domain.codes.orders import LabelOfBatch
from domain.recognition.units import OwnUnit
from domain.registry.reading import INTERVALS, columns
from domain.registry.spans import Interval, Run, SeriesOfSpace

GROUPS_OF_GTINS = "SELECT gtin, product_group FROM products WHERE gtin = ANY ($1::text[])"


async def groups_of(connection: asyncpg.Connection, gtins: Sequence[str]) -> dict[str, str]:
    """The product group of each of these GTINs that is registered."""
    rows = await connection.fetch(GROUPS_OF_GTINS, gtins)
    return {row["gtin"]: row["product_group"] for row in rows}


SERIES_OF_GTINS = """
    SELECT space.id, space.gtin, space.serial_length, space.first_character, space.alphabet,
        series.id, series.first, series.next_number
    FROM number_spaces AS space
    JOIN series ON series.space_id = space.id
    WHERE space.gtin = ANY ($1::text[])
    ORDER BY space.id, series.first
"""


async def series_of(connection: asyncpg.Connection, gtins: Sequence[str]) -> list[SeriesOfSpace]:
    """Every computed series of these GTINs, by space and first number."""
    return [SeriesOfSpace(*row) for row in await connection.fetch(SERIES_OF_GTINS, gtins)]


# Few GTINs have registered serials at all: only theirs are looked up one by one.
GTINS_WITH_OWN_SERIALS = """
    SELECT gtin FROM unnest($1::text[]) AS gtin
    WHERE EXISTS (SELECT FROM registered_serials AS own WHERE own.gtin = gtin.gtin)
"""


async def gtins_with_own_serials(connection: asyncpg.Connection, gtins: Sequence[str]) -> list[str]:
    return [row["gtin"] for row in await connection.fetch(GTINS_WITH_OWN_SERIALS, gtins)]


OWN_SERIALS = """
    SELECT serial, series_id, number, foreign_tail
    FROM registered_serials WHERE gtin = $1 AND serial = ANY ($2::text[])
"""


async def own_units(
    connection: asyncpg.Connection, gtin: str, serials: Sequence[str]
) -> list[OwnUnit]:
    """The registered ones among these serials."""
    return [OwnUnit(*row) for row in await connection.fetch(OWN_SERIALS, gtin, serials)]


MOST_BETWEEN = 10_000  # intervals that one scan may bring


async def intervals_between(
    connection: asyncpg.Connection, hulls: Sequence[Run], units: int
) -> list[Interval] | None:
    """All intervals between the first and last units of each series; None: more than the units."""
    most = min(units, MOST_BETWEEN)
    rows = await connection.fetch(INTERVALS[0], *columns(hulls), most + 1)
    return sorted(Interval(*row) for row in rows) if len(rows) <= most else None


LABELS_OF_BATCHES = """
    SELECT id, gtin, template, verification_key_id, price_minor, tnved, emission,
        participant_id, member_state, uuid
    FROM batches WHERE id = ANY ($1::bigint[])
"""


async def labels_of(
    connection: asyncpg.Connection, batches: Sequence[int]
) -> dict[int, LabelOfBatch]:
    rows = await connection.fetch(LABELS_OF_BATCHES, batches)
    return {row["id"]: LabelOfBatch(*row) for row in rows}


# A product's group is settled once it has a series: until then it may be given another.
SETTLED = """
    SELECT gtin FROM unnest($1::text[]) AS gtin
    WHERE EXISTS (SELECT FROM series WHERE series.gtin = gtin.gtin)
"""


async def settled(connection: asyncpg.Connection, gtins: Sequence[str]) -> set[str]:
    """Those of these GTINs whose product group will not change any more."""
    return {row["gtin"] for row in await connection.fetch(SETTLED, gtins)}


class SpaceOfSerial(NamedTuple):
    """The one space that a serial could come from."""

    id: int
    alphabet: str
    serial_length: int
    first_character: str | None


SPACE = """
    SELECT id, alphabet, serial_length, first_character FROM number_spaces
    WHERE gtin = $1 AND serial_length = $2
        AND (first_character IS NULL OR first_character = $3)
"""


async def find_space(
    connection: asyncpg.Connection, gtin: str, serial: str
) -> SpaceOfSerial | None:
    row = await connection.fetchrow(SPACE, gtin, len(serial), serial[:1])
    return SpaceOfSerial(*row) if row else None
