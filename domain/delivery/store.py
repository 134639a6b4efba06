"""SQL of delivery: the batch that is asked for, and serials that no cipher gives."""

from typing import NamedTuple
from uuid import UUID

import asyncpg

from domain.codes.orders import RegisteredBatch


class DeliveredBatch(NamedTuple):
    """A batch as its codes are printed; `name` is the product's at the time it was registered."""

    id: int
    uuid: UUID
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
    SELECT batches.id, uuid, participant_id, batches.gtin, member_state, template, quantity,
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


CARD = """
    SELECT batches.id, batches.uuid, batches.participant_id, participants.member_state,
        batches.gtin, quantity, batches.member_state, template, emission, verification_key_id,
        price_minor, tnved, event_id, events.recorded_at
    FROM batches
    JOIN events ON events.id = batches.event_id
    JOIN participants ON participants.id = batches.participant_id
"""
FIND_CARD = f"{CARD} WHERE batches.uuid = $1"


async def find_card(connection: asyncpg.Connection, batch: UUID) -> RegisteredBatch | None:
    row = await connection.fetchrow(FIND_CARD, batch)
    return RegisteredBatch(*row) if row else None


# Walks the index batches_of_participant backwards.
LIST_CARDS = f"""
    {CARD}
    WHERE batches.participant_id = $1 AND ($2::bigint IS NULL OR batches.id < $2)
    ORDER BY batches.id DESC
    LIMIT $3
"""


async def cards_of(
    connection: asyncpg.Connection, participant_id: int, before: int | None, limit: int
) -> list[RegisteredBatch]:
    """Batches of a participant, the newest first, from the one before `before` on."""
    rows = await connection.fetch(LIST_CARDS, participant_id, before, limit)
    return [RegisteredBatch(*row) for row in rows]


# No span crosses a batch interval.
UNITS_BY_STATUS = """
    SELECT spans.status, sum(spans.last - spans.first + 1)::bigint
    FROM batch_intervals AS part
    JOIN spans ON spans.series_id = part.series_id
        AND spans.first BETWEEN part.first AND part.last
    WHERE part.batch_id = $1
    GROUP BY spans.status
    ORDER BY spans.status
"""


async def units_by_status(connection: asyncpg.Connection, batch_id: int) -> dict[str, int]:
    """How many units of a batch stand in each status."""
    return dict(await connection.fetch(UNITS_BY_STATUS, batch_id))
