"""Lines that an answer had no room for."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict

from api.bodies import Router
from api.dependencies import MayRead, TheDatabase
from api.problems import refusals
from domain.errors import ScopeMissing, UnknownPage
from domain.requests import actions

router = Router("requests")

HIGHEST_PAGE = 2**31 - 1
LINES: list[Any] = [{"first_line": 1001, "last_line": 1001, "verdict": "unknown"}]


class Lines(BaseModel):
    """Lines in the form that the answer has them in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lines": LINES}]})

    lines: list[dict[str, Any]]


@router.get("/requests/{id}/pages/{page}", responses=refusals(ScopeMissing, UnknownPage))
async def read_lines(
    id: UUID,
    page: Annotated[int, Path(ge=1, le=HIGHEST_PAGE)],
    actor: MayRead,
    database: TheDatabase,
) -> Lines:
    """Further lines of an answer of yours; the answer tells how many pages there are."""
    return Lines(lines=await actions.further_lines(database, id, page, participant_id=actor.id))
