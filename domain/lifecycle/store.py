"""SQL of the life cycle: batches named by their ids, lots, what goods need to be judged."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.codes.orders import LotData


class NamedBatch(NamedTuple):
    """A batch that a request names."""

    id: int
    uuid: UUID
    participant_id: int
    quantity: int


BATCHES = "SELECT id, uuid, participant_id, quantity FROM batches WHERE uuid = ANY ($1::uuid[])"


async def batches_named(
    connection: asyncpg.Connection, uuids: Sequence[UUID]
) -> dict[UUID, NamedBatch]:
    return {row["uuid"]: NamedBatch(*row) for row in await connection.fetch(BATCHES, uuids)}


LOTS = """
    SELECT id, lot_number, produced_on, expires_on, customs FROM lots WHERE id = ANY ($1::bigint[])
"""


async def lots_of(connection: asyncpg.Connection, ids: Sequence[int]) -> dict[int, LotData]:
    """What was told of these lots."""
    return {
        row["id"]: LotData(
            row["lot_number"],
            row["produced_on"],
            row["expires_on"],
            row["customs"],
        )
        for row in await connection.fetch(LOTS, ids)
    }


Measure = tuple[int, int, str, str]  # series, number, AI, value

# A code that was applied is not applied again, so each number comes here once.
ADD_MEASURES = """
    INSERT INTO unit_measures (series_id, number, identifier, value, event_id)
    SELECT *, $5 FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::text[])
"""


async def add_measures(
    connection: asyncpg.Connection, measures: Sequence[Measure], *, event_id: int
) -> None:
    """Keep what varies unit by unit on the labels."""
    if measures:
        columns = [list(column) for column in zip(*measures, strict=True)]
        await connection.execute(ADD_MEASURES, *columns, event_id)


PAGE = "INSERT INTO request_pages (request_id, page, lines) VALUES ($1, $2, $3::text::jsonb)"


async def add_pages(
    connection: asyncpg.Connection, request: UUID, pages: Sequence[Sequence[Mapping[str, object]]]
) -> None:
    """Keep what the answer has no room for."""
    rows = [(request, at, orjson.dumps(page).decode()) for at, page in enumerate(pages, 1)]
    await connection.executemany(PAGE, rows)
