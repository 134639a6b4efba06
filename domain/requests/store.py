"""Each change is done once under its caller's id, however often it is asked for.

The caller names the request; its digest covers method, path, parameters and body. The claim is
made in the transaction that does the work, and holds the answer that was given: a repeat gets
that answer, at once or after waiting for the first to end. A refusal rolls the claim back, so it
does not use the id up.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.errors import RequestIdReused, RequestIdTaken


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what, under which id. `digest` is 32 bytes."""

    id: UUID
    participant_id: int
    digest: bytes


FIND = "SELECT participant_id, digest, answer FROM requests WHERE id = $1"


async def answered(connection: asyncpg.Connection, request: Request) -> dict[str, Any] | None:
    """The answer given to this very request before; None if it is new.

    Raises RequestIdTaken if another participant used the id, RequestIdReused if this one used it
    for something else.
    """
    row = await connection.fetchrow(FIND, request.id)
    if row is None:
        return None
    if row["participant_id"] != request.participant_id:
        raise RequestIdTaken
    if row["digest"] != request.digest:
        raise RequestIdReused
    answer: dict[str, Any] = row["answer"]
    return answer


# A rival with the same id makes this wait until it commits (then nothing is inserted, and its
# answer is there to read) or rolls back (then the claim is ours).
CLAIM = """
    INSERT INTO requests (id, participant_id, digest) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO NOTHING
    RETURNING true
"""


async def claim(connection: asyncpg.Connection, request: Request) -> dict[str, Any] | None:
    """Claim the id for this transaction; or the answer, if the same request was done before."""
    if await connection.fetchval(CLAIM, request.id, request.participant_id, request.digest):
        return None
    return await answered(connection, request)


STORE_ANSWER = "UPDATE requests SET answer = $2::text::jsonb WHERE id = $1"


async def answer(connection: asyncpg.Connection, request: Request, given: dict[str, Any]) -> None:
    """Keep the answer with the claim."""
    await connection.execute(STORE_ANSWER, request.id, orjson.dumps(given).decode())


# What another's request holds is not told apart from what is not there.
FIND_PAGE = """
    SELECT lines FROM request_pages
    JOIN requests ON requests.id = request_id
    WHERE request_id = $1 AND page = $2 AND participant_id = $3
"""


async def find_page(
    connection: asyncpg.Connection, request: UUID, page: int, participant_id: int
) -> list[Any] | None:
    """Lines that an answer to this participant had no room for; None if there is no such page."""
    found: list[Any] | None = await connection.fetchval(FIND_PAGE, request, page, participant_id)
    return found
