"""Reconciliation: what the caller says to hold, against what the registry says it holds."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import MayRead, SpooledBody, TheDatabase, TheKeyring
from api.goods import BATCH_ID, CODE, MOST_CODES, MOST_PACKAGES, RUN, SSCC, read_text
from api.problems import refusals
from api.products import Gtin
from api.traced import DAIRY, PackageNamed, Party
from domain.aggregation.reports import read_ssccs
from domain.catalogue.groups import catalogue
from domain.errors import (
    BodyTooLarge,
    MasterKeyWrong,
    NoGoods,
    ScopeMissing,
    SsccInvalid,
    UnknownProductGroup,
)
from domain.reconciliation import actions
from domain.reconciliation.claims import Only, read_file, read_lists

router = Router("reconciliation")

UPLOAD: dict[str, Any] = {"codes": [CODE], "packages": [SSCC], "product_group": "milk"}
TRANSPORT: dict[str, Any] = {"kind": "TRANSPORT", "sscc": SSCC}
NONE: dict[str, Any] = {"lines": 0, "examples": []}
COMPARED: dict[str, Any] = {
    "lines": 5,
    "matched": 24,
    "missing": {
        "units": 34,
        "in_transfer": 0,
        "packages": [{**TRANSPORT, "units": 24}],
        "runs": [{**RUN, "count": 10}],
    },
    "surplus": {"lines": 1, "examples": [{"line": 2, "code": CODE}]},
    "wrong_holder": {"lines": 1, "examples": [{"line": 3, "code": CODE, "holder": DAIRY}]},
    "wrong_state": {
        "lines": 1,
        "units": 1,
        "by_state": {"blocked": 1},
        "examples": [{"line": 4, "code": CODE, "state": "blocked"}],
    },
    "wrong_package": {"lines": 1, "examples": [{"line": 5, "code": CODE, "package": TRANSPORT}]},
    "unreadable": NONE,
    "repeated": NONE,
    "outside": NONE,
}


class UploadGiven(BaseModel):
    """What you hold. An SSCC, and the code of a coded pack, stand for all that is inside."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [UPLOAD]})

    codes: Annotated[list[str], Field(max_length=MOST_CODES, description="As scanned.")] = []
    packages: Annotated[
        list[str], Field(max_length=MOST_PACKAGES, description="SSCCs, as scanned or 18 digits.")
    ] = []
    gtin: Gtin | None = None
    product_group: str | None = None
    batch: UUID | None = None


class MissingPackage(PackageNamed):
    """A package of yours of which nothing was uploaded."""

    units: int


class MissingRun(BaseModel):
    """Units of a batch."""

    batch: UUID
    first: int
    count: int


class Missing(BaseModel):
    """What the registry says you have on hand, and no line names."""

    units: int
    in_transfer: Annotated[int, Field(description="Of these, offered by you and not answered.")]
    packages: Annotated[list[MissingPackage], Field(description="The first thousand.")]
    runs: Annotated[
        list[MissingRun],
        Field(description="The first thousand: loose, or in packages of which some was uploaded."),
    ]


class LineFound(BaseModel):
    """A line, as it is counted."""

    line: Annotated[int, Field(description="From 1; packages of a list count by themselves.")]
    code: str | None = None
    sscc: str | None = None


class HeldElsewhere(LineFound):
    """A line whose goods somebody else holds; who, if you may know."""

    holder: Party | None = None


class InWrongState(LineFound):
    """A line whose goods are yours, and not in circulation, or held back."""

    state: str | None = None
    states: Annotated[
        dict[str, int] | None, Field(description="Of a package: units inside by state.")
    ] = None


class InWrongPackage(LineFound):
    """A line that says another parent than the registry."""

    package: Annotated[PackageNamed | None, Field(description="As registered; null: loose.")] = None


class Lines(BaseModel):
    """How many lines, and the first thousand of them."""

    lines: int
    examples: list[LineFound]


class LinesElsewhere(Lines):
    """Lines that name goods of others."""

    examples: list[HeldElsewhere]  # type: ignore[assignment] # pydantic takes the narrower list


class LinesOfStates(Lines):
    """Lines that name goods in a wrong state."""

    units: int
    by_state: dict[str, int]
    examples: list[InWrongState]  # type: ignore[assignment] # as above


class LinesMisplaced(Lines):
    """Lines that name goods in another package than the registry."""

    examples: list[InWrongPackage]  # type: ignore[assignment] # as above


class Reconciled(BaseModel):
    """The comparison. Each line is counted under its gravest fault, if it has any."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [COMPARED]})

    lines: int
    matched: Annotated[int, Field(description="Units that are as they should be.")]
    missing: Missing
    surplus: Annotated[Lines, Field(description="Never issued, or no business of yours.")]
    wrong_holder: LinesElsewhere
    wrong_state: LinesOfStates
    wrong_package: LinesMisplaced
    unreadable: Lines
    repeated: Annotated[Lines, Field(description="Named before, or inside a package that is.")]
    outside: Annotated[Lines, Field(description="Yours, and not what was asked about.")]


REFUSED = refusals(
    ScopeMissing, NoGoods, SsccInvalid, UnknownProductGroup, BodyTooLarge, MasterKeyWrong
)


def restricted(
    gtin: Gtin | None = None, product_group: str | None = None, batch: UUID | None = None
) -> Only:
    """What the comparison is restricted to."""
    group = catalogue().group(product_group).code if product_group else None
    return Only(gtin, group, batch)


@router.post("/reconciliations", responses=REFUSED)
async def compare_lists(
    given: UploadGiven, actor: MayRead, database: TheDatabase, keyring: TheKeyring
) -> Reconciled:
    """Compare lists of codes and SSCCs with what the registry says you hold."""
    claims = read_lists(given.codes, read_ssccs(given.packages))
    only = restricted(given.gtin, given.product_group, given.batch)
    found = await actions.reconcile(database, claims, only, actor=actor, keyring=keyring)
    return Reconciled.model_validate(found)


async def asked(
    gtin: Annotated[Gtin | None, Query()] = None,
    product_group: str | None = None,
    batch: Annotated[UUID | None, Query(examples=[BATCH_ID])] = None,
) -> Only:
    return restricted(gtin, product_group, batch)


@router.post("/reconciliations/file", responses=REFUSED)
async def compare_file(
    body: SpooledBody,
    only: Annotated[Only, Depends(asked)],
    actor: MayRead,
    database: TheDatabase,
    keyring: TheKeyring,
) -> Reconciled:
    """Compare a text file with what the registry says you hold: up to a million lines.

    A line is a code or an SSCC, or a package, a TAB and what lies in it; nothing before the TAB
    says that it lies loose.
    """
    text = await asyncio.to_thread(read_text, body.file)
    claims = await asyncio.to_thread(read_file, text)
    found = await actions.reconcile(database, claims, only, actor=actor, keyring=keyring)
    return Reconciled.model_validate(found)
