"""SQL of naming goods: batches by their ids."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson


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


PAGE = "INSERT INTO request_pages (request_id, page, lines) VALUES ($1, $2, $3::text::jsonb)"


async def add_pages(
    connection: asyncpg.Connection, request: UUID, pages: Sequence[Sequence[Mapping[str, object]]]
) -> None:
    """Keep what the answer has no room for."""
    rows = [(request, at, orjson.dumps(page).decode()) for at, page in enumerate(pages, 1)]
    await connection.executemany(PAGE, rows)
