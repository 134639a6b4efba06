"""Fiscal receipts: what tills printed, recorded once each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NotRequired
from uuid import UUID

import orjson
from fastapi import Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator, with_config
from typing_extensions import TypedDict  # before Python 3.12 pydantic cannot do with the other

from api.bodies import Router
from api.dependencies import (
    ClaimedRequest,
    MayRead,
    MayReport,
    TheAsker,
    TheDatabase,
    TheKeyring,
)
from api.goods import CODE, MOST_CODES, REQUEST_ID, Moment, one_line
from api.limits import Asker
from api.problems import TooManyTries, refusals
from domain.errors import Busy, MasterKeyWrong, RequestIdReused, RequestIdTaken, ScopeMissing
from domain.receipts import actions
from domain.receipts.rules import Outcome, Receipt, Share
from domain.vocabulary import FindingRule, ReceiptKind

router = Router("receipts")

MOST_RECEIPTS = 1_000
MOST_LISTED = 1_000
MOST_PARTS = 30_000
JSON = "application/json"
TILL, DOCUMENT = "0000000001234567", "48213"
SOLD: dict[str, Any] = {
    "till": TILL,
    "fiscal_document": DOCUMENT,
    "kind": "SALE",
    "issued_at": "2026-01-22T18:04:00+03:00",
    "items": [{"code": CODE}],
}
PARTLY: dict[str, Any] = {
    **SOLD,
    "fiscal_document": "48214",
    "items": [{"code": CODE, "parts": 1, "of": 10}],
}
TOLD: dict[str, Any] = {
    "till": TILL,
    "fiscal_document": DOCUMENT,
    "outcome": "recorded",
    "event": 4712,
    "units": 1,
    "findings": [{"rule": "sold-twice", "code": CODE}],
    "not_recognised": [],
}

Till = Annotated[
    str,
    Field(min_length=1, max_length=100, description="The till, or its fiscal drive, by number."),
    AfterValidator(one_line),
]
FiscalDocument = Annotated[
    str,
    Field(min_length=1, max_length=100, description="The receipt's number at this till."),
    AfterValidator(one_line),
]
Parts = Annotated[int, Field(ge=1, le=MOST_PARTS)]


# A dictionary, for there are thousands of them in a call: models would take twice as long.
@with_config(ConfigDict(extra="forbid"))
class ItemGiven(TypedDict):
    """A unit, or a pack with all that is in it; or `parts` of the unit, divided into so many."""

    code: Annotated[str, Field(description="As scanned: marking or identification code.")]
    parts: NotRequired[Parts | None]
    of: NotRequired[Parts | None]


class ReceiptGiven(BaseModel):
    """What a till printed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SOLD, PARTLY]})

    till: Till
    fiscal_document: FiscalDocument
    kind: ReceiptKind
    issued_at: Annotated[Moment, Field(description="With its zone. Never ahead of now.")]
    items: Annotated[list[ItemGiven], Field(min_length=1, max_length=MOST_CODES)]
    distance_sale: Annotated[
        bool, Field(description="Sold at a distance, not over the counter.")
    ] = False

    def receipt(self) -> Receipt:
        return Receipt(
            self.till,
            self.fiscal_document,
            self.kind,
            self.issued_at,
            [item["code"] for item in self.items],
            self.shares(),
            self.distance_sale,
        )

    def shares(self) -> dict[int, Share]:
        return {
            at: Share(parts, of)
            for at, item in enumerate(self.items)
            if len(item) > 1
            if (parts := item.get("parts")) is not None and (of := item.get("of")) is not None
        }


class ReceiptsGiven(BaseModel):
    """Receipts in the order in which they are applied; 30,000 items at most."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"receipts": [SOLD, PARTLY]}]}
    )

    receipts: Annotated[list[ReceiptGiven], Field(min_length=1, max_length=MOST_RECEIPTS)]

    @model_validator(mode="after")
    def is_within_bounds(self) -> "ReceiptsGiven":
        items = [item for receipt in self.receipts for item in receipt.items]
        if len(items) > MOST_CODES:
            raise ValueError(f"at most {MOST_CODES} items in one call")
        told = [(item.get("parts"), item.get("of")) for item in items if len(item) > 1]
        if any((parts is None) != (of is None) for parts, of in told):
            raise ValueError("`parts` and `of` are told together")
        return self


class FindingTold(BaseModel):
    """Something that looks wrong; GET /findings explains it to inspectors."""

    rule: FindingRule
    code: str


class ReceiptTold(BaseModel):
    """What became of a receipt; what there is nothing to tell of is left out.

    Of units that the seller does not hold only those are told of, of which it showed the right
    verification code; `units` counts a pack of another as one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [TOLD]})

    till: str
    fiscal_document: str
    outcome: Outcome
    event: Annotated[
        int | None, Field(description="Null where no code was recognised, or nothing recorded.")
    ] = None
    units: Annotated[int | None, Field(description="Codes recognised, packs with contents.")] = None
    findings: list[FindingTold] = []
    not_recognised: list[str] = []
    refused: Annotated[
        dict[str, Any] | None, Field(description="Why, as a problem document tells it.")
    ] = None


class ReceiptsTold(BaseModel):
    """What became of each receipt, in the order of the call."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"request": REQUEST_ID, "receipts": [TOLD]}]}
    )

    request: UUID
    receipts: list[ReceiptTold]


class ReceiptListed(BaseModel):
    """A receipt as it was recorded; one of which no code was recognised has no event."""

    till: str
    fiscal_document: str
    kind: ReceiptKind
    event: int | None
    request: UUID
    issued_at: datetime | None
    recorded_at: datetime | None
    units: int
    findings: list[FindingTold] = []
    not_recognised: list[str] = []


class ReceiptList(BaseModel):
    """Receipts of a till, in the order of their fiscal documents as texts."""

    receipts: Sequence[ReceiptListed]


def has_tries(asker: Asker) -> bool:
    """Whether the asker may still learn by verification codes; receipts are recorded anyway."""
    try:
        asker.check(())
    except TooManyTries:
        return False
    return True


@router.put(
    "/receipts/{id}",
    status_code=201,
    response_model=ReceiptsTold,
    responses={
        200: {"model": ReceiptsTold, "description": "Done before."},
        **refusals(ScopeMissing, RequestIdTaken, RequestIdReused, MasterKeyWrong, Busy),
    },
)
async def record_receipts(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    id: UUID,  # noqa: ARG001 - the claim has it
    given: ReceiptsGiven,
    claim: ClaimedRequest,
    actor: MayReport,
    asker: TheAsker,
    database: TheDatabase,
    keyring: TheKeyring,
) -> Response:
    """Record receipts of tills: sales and returns, up to 1,000 in a call, each once.

    A receipt is a fact: it is recorded however the goods stand, and what looks wrong is found and
    told. One that was recorded before is `repeated`; the same number with another content is a
    `conflict`, and what no till can have printed is `refused`: each alone, the others are recorded.
    """
    done = await actions.record(
        database,
        claim,
        [receipt.receipt() for receipt in given.receipts],
        actor=actor,
        keyring=keyring,
        tells=has_tries(asker),
    )
    asker.failed(None, done.failed)
    status = 201 if done.is_new else 200
    return Response(orjson.dumps(done.answer), status_code=status, media_type=JSON)


@router.get("/receipts", responses=refusals(ScopeMissing))
async def list_receipts(
    actor: MayRead,
    database: TheDatabase,
    till: Annotated[Till, Query()],
    after: Annotated[
        FiscalDocument | None, Query(description="The last of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
) -> ReceiptList:
    """Your receipts of a till."""
    found = await actions.listed(database, till, after, limit, actor=actor)
    return ReceiptList.model_validate({"receipts": found})
