"""SQL of re-marking: which code gave way to which."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import asyncpg

from domain.registry.spans import Place


class Link(NamedTuple):
    """A row of `remarkings`: a new code, and one that it replaces, in this position."""

    new_series_id: int
    new_number: int
    position: int
    old_series_id: int | None
    old_number: int | None
    event_id: int
    cause: str


async def add_links(connection: asyncpg.Connection, links: Sequence[Link]) -> None:
    """Keep these links; each new code is one that was never put on goods before."""
    await connection.copy_records_to_table("remarkings", columns=Link._fields, records=links)


# A probe of the primary key each.
USED = """
    SELECT DISTINCT new_series_id, new_number
    FROM unnest($1::integer[], $2::bigint[]) AS asked (series_id, number)
    JOIN remarkings ON new_series_id = asked.series_id AND new_number = asked.number
    ORDER BY 1, 2
"""


async def used(connection: asyncpg.Connection, places: Collection[Place]) -> list[Place]:
    """Those of these numbers that were put on goods in place of others before."""
    series, numbers = [place[0] for place in places], [place[1] for place in places]
    return [(row[0], row[1]) for row in await connection.fetch(USED, series, numbers)]
