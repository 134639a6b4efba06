"""What an answer had no room for."""

from typing import Any
from uuid import UUID

from domain.database import Database
from domain.errors import UnknownPage
from domain.requests import store


async def further_lines(
    database: Database, request: UUID, page: int, *, participant_id: int
) -> list[Any]:
    """A page of the lines that the participant's answer had no room for."""
    async with database.reading() as connection:
        lines = await store.find_page(connection, request, page, participant_id)
    if lines is None:
        raise UnknownPage(str(request), page)
    return lines
