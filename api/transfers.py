"""Transfers of custody: offered, accepted in whole or in part, rejected, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.bodies import Router
from api.dependencies import ClaimedRequest, MayRead, MayReport, TheDatabase, TheKeyring
from api.goods import (
    DOCUMENT,
    SSCC,
    DocumentGiven,
    GoodsGiven,
    Moment,
    OccurredAt,
    Place,
)
from api.lifecycle import DryRun, LineVerdict, Partial, RunVerdict
from api.problems import refusals
from domain.custody import actions
from domain.custody.offers import Offer, Receiver
from domain.errors import (
    AmbiguousCodes,
    Busy,
    CodesRepeated,
    DocumentsMissing,
    GoodsHeldBack,
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
    DeadlineNotFitting,
    DocumentDateInFuture,
    DocumentIncomplete,
    GroupNotRecognised,
    PackageInside,
    ReceiverSuspended,
    TaxIdMalformed,
    TransferToSelf,
    UnknownReceiver,
    UnknownTransfer,
)
from domain.recognition.units import Verdict
from domain.standards.member_state import MemberState
from domain.vocabulary import Assurance, DiscrepancyKind, TransferKind, TransferStatus

router = Router("transfers")

MOST_LISTED = 1_000
JSON = "application/json"
SOLD_TO: dict[str, Any] = {
    "kind": "SALE",
    "receiver": {"member_state": "KZ", "tax_id": "100000020006"},
    "goods": {"packages": [SSCC]},
    "documents": [DOCUMENT],
}


class ReceiverGiven(BaseModel):
    """A participant, or a tax id of a member state, which may register later."""

    model_config = ConfigDict(extra="forbid")

    participant: UUID | None = None
    member_state: MemberState | None = None
    tax_id: Annotated[str | None, Field(max_length=20)] = None

    @model_validator(mode="after")
    def names_one(self) -> "ReceiverGiven":
        named = (self.member_state is not None, self.tax_id is not None)
        if (self.participant is None) != all(named) or any(named) != all(named):
            raise ValueError("name either `participant`, or `member_state` and `tax_id`")
        return self

    def receiver(self) -> Receiver:
        return Receiver(self.participant, self.member_state, self.tax_id)


class OfferGiven(BaseModel):
    """Goods offered to another participant, at home or in another member state."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SOLD_TO]})

    kind: TransferKind
    receiver: ReceiverGiven
    goods: GoodsGiven
    documents: Annotated[list[DocumentGiven], Field(max_length=100)]
    expires_at: Annotated[
        Moment | None, Field(description="When the offer ends; null: in 30 days.")
    ] = None
    occurred_at: OccurredAt = None
    place: Place | None = None
    partial: Partial = False

    def offer(self, *, dry_run: bool) -> Offer:
        return Offer(
            self.kind,
            self.receiver.receiver(),
            self.goods.goods(),
            tuple(one.document() for one in self.documents),
            self.expires_at,
            self.occurred_at,
            self.place,
            self.partial,
            dry_run,
        )


class RoadTold(BaseModel):
    """How goods of a group cross the border, and on whose word."""

    product_group: str
    origin: Annotated[MemberState, Field(alias="from")]
    destination: Annotated[MemberState, Field(alias="to")]
    regime: str
    status_in_origin: str | None
    status_in_destination: str | None
    basis: str
    source: str
    is_assumption: bool


class PartyTold(BaseModel):
    """One side of a transfer; no participant: its tax id is not registered yet."""

    participant: UUID | None
    name: str | None
    member_state: MemberState
    tax_id: str


class OfferReceipt(BaseModel):
    """An offer that was recorded; its goods are locked until it is answered."""

    transfer: UUID
    event: int
    recorded_at: datetime
    status: TransferStatus
    units: int
    packages: int
    receiver: PartyTold
    roads: list[RoadTold]
    expires_at: datetime
    refused: int
    refused_by_reason: dict[Verdict, int]
    runs: list[RunVerdict]
    lines: list[LineVerdict] = []
    more_pages: int = 0


class OfferRehearsal(BaseModel):
    """What an offer would do."""

    dry_run: Literal[True]
    units: int
    packages: int
    roads: list[RoadTold]
    refused: int
    refused_by_reason: dict[Verdict, int]
    runs: list[RunVerdict]
    lines: list[LineVerdict]


class AnswerTold(BaseModel):
    """An answer as both sides see it."""

    answer: UUID
    event: int
    kind: str
    assurance: Assurance | None
    accepted_units: int
    released_units: int


class DiscrepancyTold(BaseModel):
    """Something found otherwise than offered."""

    event: int
    kind: DiscrepancyKind
    code: str | None
    units: int
    note: str | None


class TransferTold(BaseModel):
    """A transfer; `is_due` tells that its deadline has passed and is about to be recorded."""

    transfer: UUID
    kind: TransferKind
    status: TransferStatus
    is_due: bool
    sender: PartyTold
    receiver: PartyTold
    documents: list[dict[str, Any]]
    roads: list[RoadTold]
    offered: int
    accepted: int
    released: int
    sold: Annotated[int, Field(description="Sold out of the open transfer by receipts.")]
    left: int
    offered_at: datetime
    expires_at: datetime
    age_seconds: int
    event: int


class GoodsTold(BaseModel):
    """What was offered; 1,000 runs and packages at most."""

    runs: list[dict[str, Any]]
    packages: list[str]


class TransferPage(TransferTold):
    """A transfer with its goods, answers and discrepancies."""

    goods: GoodsTold
    answers: list[AnswerTold]
    discrepancies: list[DiscrepancyTold]


class TransferList(BaseModel):
    """Transfers, the oldest first; `next` goes into `after` for the page that follows."""

    transfers: list[TransferTold]
    next: UUID | None


@dataclass
class Offering:
    """Who offers, under which id."""

    id: UUID
    claim: ClaimedRequest
    actor: MayReport
    database: TheDatabase
    keyring: TheKeyring
    dry_run: DryRun = False


GOODS_REFUSED = (
    ScopeMissing,
    RequestIdTaken,
    RequestIdReused,
    NoGoods,
    UnknownBatch,
    RunOutsideBatch,
    UnknownPackages,
    PackagesRepeated,
    SsccInvalid,
    UnreadableCodes,
    AmbiguousCodes,
    UnknownCodes,
    VerificationFailed,
    CodesRepeated,
    GoodsHeldBack,
    OccurredInFuture,
    DocumentDateInFuture,
    DocumentIncomplete,
    TaxIdMalformed,
    Busy,
)


def answered(answer: Mapping[str, Any], model: type[BaseModel], *, is_new: bool) -> Response:
    if "dry_run" in answer:
        return Response(orjson.dumps(answer), media_type=JSON)
    found = model.model_validate(answer).model_dump_json(by_alias=True)
    return Response(found, status_code=201 if is_new else 200, media_type=JSON)


@router.put(
    "/transfers/{id}",
    status_code=201,
    response_model=OfferReceipt,
    responses={
        200: {"model": OfferReceipt | OfferRehearsal, "description": "Done before, or a dry run."},
        **refusals(
            *GOODS_REFUSED,
            StatusNotFitting,
            PackageInside,
            TransferToSelf,
            UnknownReceiver,
            ReceiverSuspended,
            DeadlineNotFitting,
            DocumentsMissing,
            GroupNotRecognised,
        ),
    },
)
async def offer_goods(offering: Annotated[Offering, Depends()], given: OfferGiven) -> Response:
    """Offer goods to another participant; custody passes when they accept."""
    answer, is_new = await actions.offer_goods(
        offering.database,
        offering.claim,
        given.offer(dry_run=offering.dry_run),
        actor=offering.actor,
        keyring=offering.keyring,
    )
    return answered(answer, OfferReceipt, is_new=is_new)


@router.get("/transfers/{id}", responses=refusals(ScopeMissing, UnknownTransfer))
async def show_transfer(id: UUID, actor: MayRead, database: TheDatabase) -> TransferPage:
    """A transfer with its goods, answers and discrepancies, for both sides alike."""
    return TransferPage.model_validate(await actions.show(database, id, actor=actor))


@router.get("/transfers", responses=refusals(ScopeMissing))
async def list_transfers(  # noqa: PLR0913, PLR0917
    actor: MayRead,
    database: TheDatabase,
    side: Annotated[
        Literal["sent", "received"], Query(description="Whose offers: yours, or those to you.")
    ] = "received",
    status: TransferStatus | None = None,
    after: Annotated[UUID | None, Query(description="The last one of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
) -> TransferList:
    """Your transfers, the oldest first, with their age."""
    found = await actions.listed(
        database, actor=actor, sent=side == "sent", status=status, after=after, limit=limit
    )
    more = found[-1]["transfer"] if len(found) == limit else None
    return TransferList.model_validate({"transfers": found, "next": more})
