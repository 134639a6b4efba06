"""What lies in a package: its contents at a glance, and every code of it as a stream."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import MayRead, TheDatabase, TheKeyring
from api.goods import BATCH_ID, CODE, RUN, SSCC
from api.problems import refusals
from api.traced import DAIRY, LOT, LotTold, PackageNamed, Party
from domain.contents import actions
from domain.delivery.forms import MEDIA_TYPE, Form
from domain.errors import MasterKeyWrong, ScopeMissing, UnknownPackages
from domain.registry.packages import MOST_LEVELS
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

router = Router("packages")

INNER = "146070950831234577"
COUNTED: dict[str, Any] = {
    "gtin": "04810000000018",
    "product_group": "milk",
    "issued_in": "BY",
    "batch": BATCH_ID,
    "lot": LOT,
    "status": "IN_CIRCULATION",
    "blocked": False,
    "units": 24,
}
CONTENTS: dict[str, Any] = {
    "kind": "TRANSPORT",
    "sscc": SSCC,
    "holder": DAIRY,
    "state_of_turnover": "BY",
    "transfer": None,
    "blocked": False,
    "parent": None,
    "units": 24,
    "summary": [COUNTED],
    "packages": [
        {
            "kind": "TRANSPORT",
            "sscc": INNER,
            "level": 1,
            "parent": {"kind": "TRANSPORT", "sscc": SSCC},
            "units": 24,
        }
    ],
    "runs": [RUN],
}
CODES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": 'text: a code a line. ndjson: {"code"} a line.',
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string"}}
            for kind in (MEDIA_TYPE[Form.TEXT], MEDIA_TYPE[Form.NDJSON])
        },
    }
}


class CodesAs(StrEnum):
    """text: a code a line; ndjson: a JSON object a line."""

    TEXT = "text"
    NDJSON = "ndjson"


class PackageAsked(BaseModel):
    """A package, named by its SSCC or by its own code."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"package": SSCC}, {"package": CODE}]}
    )

    package: Annotated[str, Field(description="As scanned, or 18 digits.")]
    depth: Annotated[
        int | None,
        Field(ge=1, le=MOST_LEVELS, description="Levels of packages to list; null: all."),
    ] = 1


class Counted(BaseModel):
    """Units inside that have all of this in common, to any depth."""

    gtin: str
    product_group: str
    issued_in: MemberState
    batch: UUID
    lot: LotTold | None
    status: UnitStatus
    blocked: bool
    units: int


class PackageInside(PackageNamed):
    """A package in the one that was asked for."""

    level: Annotated[int, Field(description="1: directly in it.")]
    parent: PackageNamed
    units: Annotated[int, Field(description="Inside it, to any depth.")]


class RunInside(BaseModel):
    """Units of a batch that lie directly in it."""

    batch: UUID
    first: int
    count: int


class ContentsAnswer(PackageNamed):
    """A package, who has it, and what it holds."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CONTENTS]})

    holder: Party
    state_of_turnover: MemberState | None
    transfer: Annotated[UUID | None, Field(description="The open one that it is in.")]
    blocked: Annotated[bool, Field(description="It, a package around it, or something inside.")]
    parent: PackageNamed | None
    units: int
    summary: list[Counted]
    packages: Annotated[list[PackageInside], Field(description="The first thousand.")]
    runs: Annotated[
        list[RunInside], Field(description="Units directly in it: the first thousand runs.")
    ]


@router.post(
    "/contents",
    responses=refusals(ScopeMissing, UnknownPackages, MasterKeyWrong),
)
async def read_contents(
    asked: PackageAsked, actor: MayRead, database: TheDatabase, keyring: TheKeyring
) -> ContentsAnswer:
    """What is in a package: counted to any depth, and its parts by name."""
    found = await actions.describe(
        database, asked.package, asked.depth, actor=actor, keyring=keyring
    )
    return ContentsAnswer.model_validate(found)


@router.get(
    "/packages/{sscc}/codes",
    response_class=StreamingResponse,
    responses={**CODES, **refusals(ScopeMissing, UnknownPackages, MasterKeyWrong)},
)
async def download_contents(
    sscc: Annotated[str, Path(pattern="^(00)?[0-9]{18}$")],
    actor: MayRead,
    database: TheDatabase,
    keyring: TheKeyring,
    format: CodesAs = CodesAs.TEXT,
) -> StreamingResponse:
    """Every identification code in a package, to any depth, as it is at one moment."""
    form = Form(format)
    found = await actions.prepare(database, sscc, actor=actor, keyring=keyring)
    return StreamingResponse(
        actions.stream(database, found, form),
        media_type=MEDIA_TYPE[form],
        headers={"Content-Disposition": f"attachment; filename=contents-{sscc}.{SUFFIX[format]}"},
    )


SUFFIX = {CodesAs.TEXT: "txt", CodesAs.NDJSON: "ndjson"}
