"""How scanned codes are sent, and read without what the framework puts around a body."""

from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.goods import CODE, Moment, OccurredAt, Place
from domain.findings.rules import Told
from domain.standards.member_state import MemberState

MOST_CODES = 10_000
LONGEST_WAIT_MS = 60_000

SCAN: dict[str, Any] = {"code": f"{CODE}\u001d93dGVz"}
RECORD: dict[str, Any] = {"place": "Almaty, Abai avenue 10", "latitude": 43.24, "longitude": 76.9}

Body = TypeVar("Body", bound=BaseModel)


class Scan(BaseModel):
    """A code as it was scanned; damage that has one reading is mended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SCAN]})

    code: str


class RecordGiven(BaseModel):
    """The wish that a scan be recorded, with where and when it was made."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [RECORD]})

    place: Place | None = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None
    scanned_at: OccurredAt = None

    @model_validator(mode="after")
    def has_both_coordinates(self) -> "RecordGiven":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        return self

    def told(self) -> Told:
        return Told(self.place, self.latitude, self.longitude, self.scanned_at)


InState = Annotated[
    MemberState | None,
    Field(
        description="Where it is to be sold, accepted, used. Null: where the goods are; "
        "for acceptance, your own member state."
    ),
]


class ScanToVerify(Scan):
    """A code as it was scanned, what for, and how long the answer may take."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [SCAN, {**SCAN, "member_state": "KZ", "record": RECORD}]},
    )

    member_state: InState = None
    record: Annotated[
        RecordGiven | None, Field(description="Null: nobody keeps that this scan was made.")
    ] = None
    deadline_ms: Annotated[
        int | None,
        Field(ge=1, le=LONGEST_WAIT_MS, description="Then the verdict is `not-decided`."),
    ] = None


class Scans(BaseModel):
    """Codes as they were scanned."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"codes": [SCAN["code"]]}]}
    )

    codes: Annotated[list[str], Field(min_length=1, max_length=MOST_CODES)]
    member_state: InState = None


class Order(StrEnum):
    """By what events are sorted."""

    RECORDED = "recorded"
    OCCURRED = "occurred"


class ScanToFollow(Scan):
    """A code as it was scanned, and how its history is sorted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{**SCAN, "order": "occurred"}]}
    )

    order: Annotated[
        Order, Field(description="recorded: as it became known; occurred: as it happened.")
    ] = Order.RECORDED


class ScanToPlace(Scan):
    """A code as it was scanned, and the moment asked about."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{**SCAN, "as_of": "2026-11-22T09:00:00Z"}]}
    )

    as_of: Annotated[
        Moment | None, Field(description="As the registry had it recorded then; null: now.")
    ] = None


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """What the documentation says of a body that is read by `read`."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


async def read(request: Request, model: type[Body]) -> Body:
    """The body, without what the framework puts around it: these answers are hot."""
    try:
        return model.model_validate(await request.json())
    except ValidationError as error:
        faults = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise RequestValidationError(faults) from None
