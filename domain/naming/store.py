"""SQL of naming: of what form a series' serials are, and those that were registered."""

from collections.abc import Sequence

import asyncpg

from domain.naming.forms import FormOfSeries

FORMS = """
    SELECT series.id, series.gtin, space.serial_length, space.first_character, space.alphabet
    FROM series LEFT JOIN number_spaces AS space ON space.id = series.space_id
    WHERE series.id = ANY ($1::integer[])
"""


async def forms_of(connection: asyncpg.Connection, series: Sequence[int]) -> list[FormOfSeries]:
    return [FormOfSeries(*row) for row in await connection.fetch(FORMS, series)]


REGISTERED = """
    SELECT own.series_id, own.number, own.serial
    FROM unnest($1::integer[], $2::bigint[]) AS asked (series_id, number)
    JOIN registered_serials AS own
        ON own.series_id = asked.series_id AND own.number = asked.number
"""


async def registered(
    connection: asyncpg.Connection, series: Sequence[int], numbers: Sequence[int]
) -> dict[tuple[int, int], str]:
    """The registered serials among these numbers."""
    rows = await connection.fetch(REGISTERED, series, numbers)
    return {(row[0], row[1]): row[2] for row in rows}
