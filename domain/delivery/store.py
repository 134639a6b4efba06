"""SQL of delivery: the batch that is asked for, and serials that no cipher gives."""

from typing import NamedTuple
from uuid import UUID

import asyncpg


class DeliveredBatch(NamedTuple):
    """A batch as its codes are printed; `name` is the product's at the time it was registered."""

    id: int
    participant_id: int
    gtin: str
    member_state: str
    template: str
    quantity: int
    verification_key_id: str
    price_minor: int | None
    tnved: str | None
    name: str


FIND = """
    SELECT batches.id, participant_id, batches.gtin, member_state, template, quantity,
        verification_key_id, price_minor, batches.tnved, card.name
    FROM batches
    JOIN product_versions AS card ON card.gtin = batches.gtin AND card.version = product_version
    WHERE uuid = $1
"""


async def find(connection: asyncpg.Connection, batch: UUID) -> DeliveredBatch | None:
    row = await connection.fetchrow(FIND, batch)
    return DeliveredBatch(*row) if row else None


# A series has a space, or its serials are registered one by one: all of it or none.
SPACES = """
    SELECT series.id, space.serial_length, space.first_character, space.alphabet
    FROM series JOIN number_spaces AS space ON space.id = series.space_id
    WHERE series.id = ANY ($1::integer[])
"""


async def forms_of_series(
    connection: asyncpg.Connection, series: list[int]
) -> dict[int, tuple[int, str | None, str]]:
    """(serial length, first character, alphabet) of each of these series that is computed."""
    rows = await connection.fetch(SPACES, series)
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


SERIALS = """
    SELECT serial, foreign_tail FROM registered_serials
    WHERE series_id = $1 AND number BETWEEN $2 AND $3 ORDER BY number
"""


async def registered(
    connection: asyncpg.Connection, series_id: int, first: int, last: int
) -> list[tuple[str, str | None]]:
    """Registered serials with another operator's tails, in the order of their numbers."""
    return [(row[0], row[1]) for row in await connection.fetch(SERIALS, series_id, first, last)]
