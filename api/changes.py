"""The feed of changes: everything that concerns the caller, once, in the order of commits."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import MayRead, TheDatabase
from api.goods import REQUEST_ID
from api.problems import RequestInvalid, refusals
from api.traced import DAIRY, Party
from domain.changes import actions
from domain.changes.cursors import START, Cursor, InvalidCursor, read_cursor
from domain.errors import ScopeMissing
from domain.vocabulary import EventKind

router = Router("changes")

MOST_EVENTS = 1_000
CHANGE: dict[str, Any] = {
    "event": 4713,
    "kind": "OFFERED",
    "occurred_at": "2026-11-22T08:30:00Z",
    "recorded_at": "2026-11-22T09:00:00Z",
    "participant": DAIRY,
    "request": None,
    "corrects": None,
    "details": {"transfer": REQUEST_ID, "kind": "SALE"},
}


class Change(BaseModel):
    """An event that concerns you: yours, or of your goods, or of goods offered to you."""

    event: int
    kind: EventKind
    occurred_at: datetime
    recorded_at: datetime
    participant: Annotated[Party, Field(description="Whose event it is.")]
    request: Annotated[UUID | None, Field(description="Its id, where it was yours.")]
    corrects: Annotated[int | None, Field(description="The event that this one puts right.")]
    details: dict[str, Any]


class ChangesPage(BaseModel):
    """Events in the order of their commits."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"events": [CHANGE], "next": "AAAAAAAAAwQAAAAAAAASaQ"}]}
    )

    events: list[Change]
    next: Annotated[
        str,
        Field(description="Send as `after`; where there was nothing new, it is the same again."),
    ]


@router.get("/changes", responses=refusals(ScopeMissing))
async def read_changes(
    actor: MayRead,
    database: TheDatabase,
    after: Annotated[
        str | None, Query(max_length=100, description="`next` of the page before; none: the start.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = 100,
) -> ChangesPage:
    """What happened to your goods since you asked last: every event once, and none is missed."""
    found = await actions.changes_after(database, cursor(after), limit, actor=actor)
    return ChangesPage.model_validate({"events": found.events, "next": found.after.written()})


def cursor(text: str | None) -> Cursor:
    try:
        return read_cursor(text) if text else START
    except InvalidCursor:
        fault = {"where": "query.after", "what": "is no `next` of this feed"}
        raise RequestInvalid(count=1, errors=[fault]) from None
