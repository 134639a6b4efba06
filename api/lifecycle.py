"""The life of a code, step by step: applied, introduced, cancelled, given a lot."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from json import JSONDecodeError
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router, parse
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
    CSV,
    LOT,
    MOST_CODES,
    MOST_LINES,
    MOST_RUNS,
    REQUEST_ID,
    RUN,
    LotGiven,
    LotNumber,
    OccurredAt,
    Place,
    RunGiven,
    read_goods,
)
from api.problems import RequestInvalid, refusals
from domain.codes.orders import LotData
from domain.errors import (
    AmbiguousCodes,
    BodyTooLarge,
    CodesRepeated,
    DatesReversed,
    DocumentsMissing,
    GoodsHeldBack,
    MasterKeyWrong,
    NoGoods,
    OccurredInFuture,
    RequestIdReused,
    RequestIdTaken,
    RunOutsideBatch,
    ScopeMissing,
    StatusNotFitting,
    UnknownBatch,
    UnknownCodes,
    UnreadableCodes,
    VerificationFailed,
)
from domain.goods.named import Goods
from domain.lifecycle import actions
from domain.lifecycle.rules import APPLY, CANCEL, GIVE_LOT, INTRODUCE, Step
from domain.lifecycle.told import Told
from domain.recognition.units import Texts, Verdict

router = Router("life cycle")

JSON = "application/json"
BY_CODES: dict[str, Any] = {"codes": [CODE], "place": "Line 2"}
BY_RUNS: dict[str, Any] = {"runs": [RUN], "occurred_at": "2026-11-22T08:30:00+03:00", "lot": LOT}
WITH_DOCUMENTS: dict[str, Any] = {
    "runs": [RUN],
    "documents": {"primary_document_number": "17", "primary_document_date": "2026-11-21"},
}
GIVING: dict[str, Any] = {"runs": [RUN], "lot": LOT}
RECEIPT: dict[str, Any] = {
    "request": REQUEST_ID,
    "event": 4712,
    "recorded_at": "2026-11-22T09:00:00Z",
    "units": 499,
    "refused": 1,
    "refused_by_reason": {"status-not-fitting": 1},
    "runs": [],
    "lines": [
        {"first_line": 1, "last_line": 17, "verdict": "ok"},
        {"first_line": 18, "last_line": 18, "verdict": "status-not-fitting"},
        {"first_line": 19, "last_line": 500, "verdict": "ok"},
    ],
    "more_pages": 0,
}

DryRun = Annotated[bool, Query(description="Tell each line's verdict, and change nothing.")]
Partial = Annotated[
    bool, Field(description="Take the units that may take the step, and list the others.")
]
Documents = Annotated[
    dict[str, Any],
    Field(
        max_length=100,
        description="What introduction asks for; GET /product-groups/{group} names it.",
    ),
]


class StepGiven(BaseModel):
    """Goods, named by their codes, by runs of batches, or both; and what is told of the step."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [BY_RUNS, BY_CODES, WITH_DOCUMENTS]}
    )

    codes: Annotated[
        list[str],
        Field(max_length=MOST_CODES, description="As scanned: marking or identification codes."),
    ] = []
    runs: Annotated[list[RunGiven], Field(max_length=MOST_RUNS)] = []
    occurred_at: OccurredAt = None
    lot: LotGiven | None = None
    documents: Documents = {}
    place: Place | None = None
    partial: Partial = False

    def goods(self) -> Goods:
        texts = Texts.of_list(self.codes) if self.codes else None
        return Goods(texts, tuple(run.run() for run in self.runs))

    def told(self, *, dry_run: bool) -> Told:
        return Told(
            self.occurred_at,
            self.lot.lot() if self.lot else None,
            self.documents,
            self.place,
            self.partial,
            dry_run,
        )


class GivingLot(StepGiven):
    """Goods, and the lot that they are of."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [GIVING]})

    lot: LotGiven


class LineVerdict(BaseModel):
    """What became of these lines; neighbours with the same verdict are told together."""

    first_line: Annotated[int, Field(description="From 1.")]
    last_line: int
    verdict: Verdict


class RunVerdict(BaseModel):
    """Units of a run that may not take the step."""

    batch: UUID
    first: int
    count: int
    verdict: Verdict


RefusedRuns = Annotated[
    list[RunVerdict],
    Field(description="Of the runs that were named, the units that may not; 1,000 at most."),
]


class StepReceipt(BaseModel):
    """A step that was taken."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECEIPT]})

    request: UUID
    event: int
    recorded_at: datetime
    units: Annotated[int, Field(description="How many took the step.")]
    refused: int
    refused_by_reason: dict[Verdict, int]
    runs: RefusedRuns
    lines: Annotated[
        list[LineVerdict], Field(description="Of the codes, where some were refused.")
    ] = []
    more_pages: Annotated[
        int, Field(description="GET /requests/{id}/pages/{page} has the further lines; from 1.")
    ] = 0


class StepRehearsal(BaseModel):
    """What a step would do."""

    dry_run: Literal[True]
    units: Annotated[int, Field(description="How many would take the step.")]
    refused: int
    refused_by_reason: dict[Verdict, int]
    runs: RefusedRuns
    lines: list[LineVerdict]


@dataclass
class Reporting:
    """A step told as JSON."""

    id: UUID
    claim: ClaimedRequest
    actor: MayReport
    database: TheDatabase
    keyring: TheKeyring
    dry_run: DryRun = False

    async def take(self, step: Step, given: StepGiven) -> Response:
        goods, told = given.goods(), given.told(dry_run=self.dry_run)
        answer, is_new = await actions.take_step(
            self.database, self.claim, step, goods, told, actor=self.actor, keyring=self.keyring
        )
        return answered(answer, is_new=is_new)


@dataclass
class Upload:
    """A step told as a file, with all else in the address."""

    id: UUID
    claim: ClaimedFile
    body: SpooledBody
    actor: MayReport
    database: TheDatabase
    keyring: TheKeyring
    content_type: Annotated[str, Header(include_in_schema=False)] = ""
    dry_run: DryRun = False
    partial: Annotated[Partial, Query()] = False
    occurred_at: Annotated[OccurredAt, Query()] = None
    lot_number: Annotated[LotNumber | None, Query()] = None
    produced_on: date | None = None
    expires_on: date | None = None
    place: Annotated[Place | None, Query()] = None
    documents: Annotated[
        str, Query(max_length=20_000, description="A JSON object, as in the JSON form.")
    ] = "{}"

    async def take(self, step: Step) -> Response:
        told = self.told(step)
        goods = await asyncio.to_thread(self.goods)
        answer, is_new = await actions.take_step(
            self.database, self.claim, step, goods, told, actor=self.actor, keyring=self.keyring
        )
        return answered(answer, is_new=is_new)

    def goods(self) -> Goods:
        return read_goods(self.content_type, self.body.file)

    def told(self, step: Step) -> Told:
        lot = LotData(self.lot_number, self.produced_on, self.expires_on)
        if step is GIVE_LOT and not any(lot):
            what = "lot_number, produced_on or expires_on is missing"
            raise RequestInvalid(count=1, errors=[{"where": "query", "what": what}])
        return Told(
            self.occurred_at,
            lot if any(lot) else None,
            json_object(self.documents),
            self.place,
            self.partial,
            self.dry_run,
        )


def json_object(text: str) -> dict[str, Any]:
    try:
        value = parse(text.encode())
    except JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        what = "must be a JSON object"
        raise RequestInvalid(count=1, errors=[{"where": "query.documents", "what": what}])
    return value


def answered(answer: Mapping[str, Any], *, is_new: bool) -> Response:
    """The receipt; a rehearsal may have a line for each of a million codes, and needs no model."""
    if "dry_run" in answer:
        return Response(orjson.dumps(answer), media_type=JSON)
    receipt = StepReceipt.model_validate(answer)
    status = 201 if is_new else 200
    return Response(receipt.model_dump_json(), status_code=status, media_type=JSON)


REFUSED = (
    ScopeMissing,
    RequestIdTaken,
    RequestIdReused,
    NoGoods,
    UnknownBatch,
    RunOutsideBatch,
    UnreadableCodes,
    AmbiguousCodes,
    UnknownCodes,
    VerificationFailed,
    CodesRepeated,
    StatusNotFitting,
    GoodsHeldBack,
    DatesReversed,
    OccurredInFuture,
    MasterKeyWrong,
)
FILE = {
    "requestBody": {
        "required": True,
        "description": f"text/plain: a scanned code a line. text/csv: batch, first, count. "
        f"UTF-8, at most {MOST_LINES:,} lines.",
        "content": {
            "text/plain": {"schema": {"type": "string"}, "example": f"{CODE}\n"},
            CSV: {
                "schema": {"type": "string"},
                "example": f"batch,first,count\n{RUN['batch']},0,9\n",
            },
        },
    }
}


def told_of(*more: Any) -> dict[str, Any]:  # noqa: ANN401 - classes of refusals
    """What the documentation says of every step."""
    return {
        "status_code": 201,
        "response_model": StepReceipt,
        "responses": {
            200: {
                "model": StepReceipt | StepRehearsal,
                "description": "Done before, or a dry run.",
            },
            **refusals(*REFUSED, *more),
        },
    }


def told_of_file(*more: Any) -> dict[str, Any]:  # noqa: ANN401 - classes of refusals
    return {**told_of(BodyTooLarge, *more), "openapi_extra": FILE}


Reported = Annotated[Reporting, Depends()]
Uploaded = Annotated[Upload, Depends()]


@router.put("/applications/{id}", **told_of())
async def apply_codes(reported: Reported, given: StepGiven) -> Response:
    """Report codes as applied to goods."""
    return await reported.take(APPLY, given)


@router.put("/applications/{id}/file", **told_of_file())
async def apply_codes_of_file(uploaded: Uploaded) -> Response:
    """Report the codes of a file as applied to goods."""
    return await uploaded.take(APPLY)


@router.put("/introductions/{id}", **told_of(DocumentsMissing))
async def introduce_goods(reported: Reported, given: StepGiven) -> Response:
    """Introduce goods into circulation, with the documents that their group asks for."""
    return await reported.take(INTRODUCE, given)


@router.put("/introductions/{id}/file", **told_of_file(DocumentsMissing))
async def introduce_goods_of_file(uploaded: Uploaded) -> Response:
    """Introduce the goods of a file into circulation."""
    return await uploaded.take(INTRODUCE)


@router.put("/cancellations/{id}", **told_of())
async def cancel_codes(reported: Reported, given: StepGiven) -> Response:
    """Cancel codes that were spoiled before their goods came into circulation."""
    return await reported.take(CANCEL, given)


@router.put("/cancellations/{id}/file", **told_of_file())
async def cancel_codes_of_file(uploaded: Uploaded) -> Response:
    """Cancel the codes of a file."""
    return await uploaded.take(CANCEL)


@router.put("/lots/{id}", **told_of())
async def give_lot(reported: Reported, given: GivingLot) -> Response:
    """Tell the lot of goods that are registered already."""
    return await reported.take(GIVE_LOT, given)


@router.put("/lots/{id}/file", **told_of_file())
async def give_lot_of_file(uploaded: Uploaded) -> Response:
    """Tell the lot of the goods of a file."""
    return await uploaded.take(GIVE_LOT)
