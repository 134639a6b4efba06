"""How scanned codes are sent, and read without what the framework puts around a body."""

from typing import Annotated, Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.goods import CODE, Moment

MOST_CODES = 10_000
LONGEST_WAIT_MS = 60_000

SCAN: dict[str, Any] = {"code": f"{CODE}\u001d93dGVz"}

Body = TypeVar("Body", bound=BaseModel)


class Scan(BaseModel):
    """A code as it was scanned; damage that has one reading is mended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SCAN]})

    code: str


class ScanToVerify(Scan):
    """A code as it was scanned, and how long the answer may take."""

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
