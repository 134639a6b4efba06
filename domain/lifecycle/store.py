"""SQL of the life cycle: lots, and what varies unit by unit."""

from collections.abc import Sequence

import asyncpg

from domain.codes.orders import LotData

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


EMISSIONS = "SELECT id, emission FROM batches WHERE id = ANY ($1::bigint[])"


async def emissions_of(connection: asyncpg.Connection, batches: Sequence[int]) -> dict[int, str]:
    """Why the codes of these batches were issued."""
    return dict(await connection.fetch(EMISSIONS, batches))


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
