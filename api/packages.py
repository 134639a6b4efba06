"""Packages: goods are put into transport units and packs, and come out of them."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.bodies import Router
from api.dependencies import (
    ClaimedFile,
    ClaimedRequest,
    MayReport,
    SpooledBody,
    TheDatabase,
    TheKeyring,
)
from api.goods import (
    CODE,
    MOST_CODES,
    MOST_LINES,
    MOST_PACKAGES,
    MOST_RUNS,
    REQUEST_ID,
    RUN,
    SSCC,
    GoodsGiven,
    OccurredAt,
    Place,
    RunGiven,
)
from api.lifecycle import DryRun, LineVerdict, RunVerdict
from api.problems import RequestMalformed, refusals
from api.transfers import answered
from domain.aggregation import actions
from domain.aggregation.named import Filling, Packing, Told, Unpacking
from domain.aggregation.reports import read_report, read_ssccs
from domain.errors import (
    AmbiguousCodes,
    BodyTooLarge,
    Busy,
    CodesRepeated,
    GoodsHeldBack,
    LineReportInvalid,
    NestedTooDeep,
    NoGoods,
    OccurredInFuture,
    PackagesRepeated,
    RequestIdReused,
    RequestIdTaken,
    RunOutsideBatch,
    ScopeMissing,
    SsccInvalid,
    StatusNotFitting,
    UnknownBatch,
    UnknownCodes,
    UnknownPackages,
    UnreadableCodes,
    VerificationFailed,
)
from domain.errors_of_custody import (
    BundleStaysWhole,
    NotAPack,
    NotInPackage,
    PackageInsideItself,
    PackageKindNotAllowed,
    PackagesHeldBack,
    PackagesWithoutContents,
    PackMadeBefore,
    PackOfSeveralProducts,
    PackWouldDissolve,
    SetOfOneProduct,
    SsccStillAlive,
    TransportUnitInPack,
    TurnoverStatesMixed,
)
from domain.recognition.units import Verdict
from domain.vocabulary import PackageKind

router = Router("packages")

LONGEST_CODE = 2_000
PALLET = "146070950831234577"
CASES: dict[str, Any] = {
    "packages": [
        {"sscc": PALLET, "contents": {"packages": [SSCC]}},
        {"sscc": SSCC, "contents": {"runs": [RUN], "codes": [CODE]}},
    ]
}
GROUP_PACK: dict[str, Any] = {
    "packages": [{"code": CODE, "kind": "GROUP", "contents": {"runs": [RUN]}}],
    "place": "Line 2",
}
RECEIPT: dict[str, Any] = {
    "request": REQUEST_ID,
    "event": 4713,
    "recorded_at": "2026-11-22T09:10:00Z",
    "packages": 2,
    "units": 501,
}

ScannedCode = Annotated[
    str, Field(min_length=1, max_length=LONGEST_CODE, description="As scanned.")
]
ScannedSscc = Annotated[
    str, Field(min_length=1, max_length=100, description="As scanned, or the 18 digits.")
]
Scans = Annotated[list[ScannedCode], Field(max_length=MOST_CODES)]
Ssccs = Annotated[list[ScannedSscc], Field(max_length=MOST_PACKAGES)]
Move = Annotated[
    bool,
    Field(
        description="Goods may come out of other packages of yours: packs with codes of their own "
        "dissolve by that, transport units that are emptied end."
    ),
]


class PackageGiven(BaseModel):
    """A package, and what is put into it: a transport unit by its SSCC, a pack by its own code."""

    model_config = ConfigDict(extra="forbid")

    sscc: ScannedSscc | None = None
    code: ScannedCode | None = None
    kind: Annotated[
        PackageKind | None, Field(description="GROUP, SET or BUNDLE where a code is given.")
    ] = None
    contents: GoodsGiven

    @model_validator(mode="after")
    def is_named_as_its_kind_is(self) -> "PackageGiven":
        if (self.sscc is None) == (self.code is None):
            raise ValueError("name either `sscc` or `code`")
        is_transport = self.kind in {None, PackageKind.TRANSPORT}
        if is_transport != (self.sscc is not None):
            raise ValueError("`kind` is GROUP, SET or BUNDLE with a `code`, TRANSPORT with an SSCC")
        return self

    def filling(self) -> Filling:
        inside = self.contents
        runs = [run.run() for run in inside.runs]
        return Filling(self.sscc, self.code, self.kind, inside.codes, runs, inside.packages)


class PackingGiven(BaseModel):
    """Packages in any order; they may lie in each other. All is packed, or nothing."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CASES, GROUP_PACK]})

    packages: Annotated[list[PackageGiven], Field(min_length=1, max_length=MOST_PACKAGES)]
    occurred_at: OccurredAt = None
    place: Place | None = None
    move: Move = False

    def packing(self) -> Packing:
        contents = [package.contents for package in self.packages]
        check_limit(sum(len(one.codes) for one in contents), MOST_CODES, "codes")
        check_limit(sum(len(one.runs) for one in contents), MOST_RUNS, "runs")
        check_limit(sum(len(one.packages) for one in contents), MOST_PACKAGES, "packages")
        return Packing.of_list([package.filling() for package in self.packages])


def check_limit(count: int, limit: int, unit: str) -> None:
    if count > limit:
        raise BodyTooLarge(limit=limit, unit=unit)


class UnpackingGiven(BaseModel):
    """Which packages end, and what leaves the packages that it is in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"packages": [PALLET]}, {"codes": [CODE], "take_out": [SSCC]}]
        },
    )

    packages: Annotated[Ssccs, Field(description="Transport units that are dissolved.")] = []
    dissolve_codes: Annotated[
        Scans, Field(description="Group packs, sets and bundles that are dissolved.")
    ] = []
    take_out: Annotated[
        Ssccs, Field(description="Transport units that leave the package they are in.")
    ] = []
    codes: Annotated[
        Scans,
        Field(description="Units and packs that leave all packages; those with codes dissolve."),
    ] = []
    runs: Annotated[list[RunGiven], Field(max_length=MOST_RUNS)] = []
    occurred_at: OccurredAt = None
    place: Place | None = None

    def unpacking(self) -> Unpacking:
        check_limit(len(self.codes) + len(self.dissolve_codes), MOST_CODES, "codes")
        return Unpacking(
            read_ssccs(self.packages),
            self.dissolve_codes,
            read_ssccs(self.take_out),
            self.codes,
            [run.run() for run in self.runs],
        )


class PackingReceipt(BaseModel):
    """A packing that was recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECEIPT]})

    request: UUID
    event: int
    recorded_at: datetime
    packages: Annotated[int, Field(description="How many were made, or added to.")]
    units: Annotated[int, Field(description="How many codes were put into them directly.")]


class UnpackingReceipt(BaseModel):
    """An unpacking that was recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECEIPT]})

    request: UUID
    event: int
    recorded_at: datetime
    packages: Annotated[int, Field(description="How many ended, or lie elsewhere now.")]
    units: Annotated[int, Field(description="How many units lie elsewhere now, or are loose.")]


class PackingRehearsal(BaseModel):
    """What a packing would do; what is wrong with packages refuses it as the packing itself."""

    dry_run: Literal[True]
    packages: int
    units: Annotated[int, Field(description="How many could be packed.")]
    refused: int
    refused_by_reason: dict[Verdict, int]
    runs: list[RunVerdict]
    lines: list[LineVerdict]


@dataclass
class Reporting:
    """Something told of packages as JSON."""

    id: UUID
    claim: ClaimedRequest
    actor: MayReport
    database: TheDatabase
    keyring: TheKeyring


@dataclass
class Upload:
    """A packing line's report, with all else in the address."""

    id: UUID
    claim: ClaimedFile
    body: SpooledBody
    actor: MayReport
    database: TheDatabase
    keyring: TheKeyring
    content_type: Annotated[str, Header(include_in_schema=False)] = ""
    dry_run: DryRun = False
    move: Annotated[Move, Query()] = False
    occurred_at: Annotated[OccurredAt, Query()] = None
    place: Annotated[Place | None, Query()] = None

    def packing(self) -> Packing:
        if self.content_type.strip(" ").lower().startswith("multipart/"):
            raise RequestMalformed(reason="send the file as it is, not inside a form")
        return Packing.of_report(read_report(self.body.file.read()))


ALWAYS_REFUSED = (
    ScopeMissing,
    RequestIdTaken,
    RequestIdReused,
    NoGoods,
    BodyTooLarge,
    SsccInvalid,
    PackagesRepeated,
    UnknownPackages,
    PackagesHeldBack,
    UnknownBatch,
    RunOutsideBatch,
    UnreadableCodes,
    AmbiguousCodes,
    UnknownCodes,
    VerificationFailed,
    CodesRepeated,
    StatusNotFitting,
    GoodsHeldBack,
    BundleStaysWhole,
    NestedTooDeep,
    OccurredInFuture,
    Busy,
)
PACKING_REFUSED = (
    *ALWAYS_REFUSED,
    PackagesWithoutContents,
    SsccStillAlive,
    PackMadeBefore,
    PackWouldDissolve,
    PackageInsideItself,
    PackageKindNotAllowed,
    PackOfSeveralProducts,
    SetOfOneProduct,
    TransportUnitInPack,
    TurnoverStatesMixed,
)
REPORT = {
    "requestBody": {
        "required": True,
        "description": "A line for each content: its package, TAB, the content. Both as scanned: "
        "an SSCC, or the code of a pack or unit. "
        f"UTF-8, at most {MOST_LINES:,} lines; docs/packing.md has the details.",
        "content": {
            kind: {"schema": {"type": "string"}, "example": f"{SSCC}\t{CODE}\n{PALLET}\t{SSCC}\n"}
            for kind in ("text/tab-separated-values", "text/plain")
        },
    }
}


def told_of(receipt: type[BaseModel], done: Any, *refused: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "status_code": 201,
        "response_model": receipt,
        "responses": {
            200: {"model": done, "description": "Done before, or a dry run."},
            **refusals(*refused),
        },
    }


@router.put(
    "/packings/{id}",
    **told_of(PackingReceipt, PackingReceipt | PackingRehearsal, *PACKING_REFUSED),
)
async def pack_goods(
    reporting: Annotated[Reporting, Depends()], given: PackingGiven, *, dry_run: DryRun = False
) -> Response:
    """Put goods into packages; those whose SSCC or code is on none yet are made."""
    packing = given.packing()
    told = Told(given.occurred_at, given.place, given.move, dry_run)
    answer, is_new = await actions.pack(
        reporting.database,
        reporting.claim,
        packing,
        told,
        actor=reporting.actor,
        keyring=reporting.keyring,
    )
    return answered(answer, PackingReceipt, is_new=is_new)


@router.put(
    "/packings/{id}/file",
    **told_of(
        PackingReceipt, PackingReceipt | PackingRehearsal, *PACKING_REFUSED, LineReportInvalid
    ),
    openapi_extra=REPORT,
)
async def pack_goods_of_report(upload: Annotated[Upload, Depends()]) -> Response:
    """Put goods into packages as a packing line reports them."""
    packing = await asyncio.to_thread(upload.packing)
    told = Told(upload.occurred_at, upload.place, upload.move, upload.dry_run)
    answer, is_new = await actions.pack(
        upload.database,
        upload.claim,
        packing,
        told,
        actor=upload.actor,
        keyring=upload.keyring,
    )
    return answered(answer, PackingReceipt, is_new=is_new)


@router.put(
    "/unpackings/{id}",
    **told_of(UnpackingReceipt, UnpackingReceipt, *ALWAYS_REFUSED, NotInPackage, NotAPack),
)
async def unpack_goods(
    reporting: Annotated[Reporting, Depends()], given: UnpackingGiven
) -> Response:
    """Take goods out of packages, and dissolve packages."""
    answer, is_new = await actions.unpack(
        reporting.database,
        reporting.claim,
        given.unpacking(),
        Told(given.occurred_at, given.place),
        actor=reporting.actor,
        keyring=reporting.keyring,
    )
    return answered(answer, UnpackingReceipt, is_new=is_new)
