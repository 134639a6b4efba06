"""SQL of re-marking: which code gave way to which."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg


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
