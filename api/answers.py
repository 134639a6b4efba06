"""Answers to offers: goods are accepted or rejected, offers taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.bodies import Router
from api.dependencies import ClaimedRequest, MayReport, TheDatabase, TheKeyring
from api.goods import CODE, SSCC, DocumentGiven, GoodsGiven, OccurredAt, Place, one_line
from api.problems import refusals
from api.transfers import GOODS_REFUSED, answered
from domain.acceptance import actions as acceptance
from domain.acceptance.answers import Acceptance, Cancellation, Rejection
from domain.errors import Busy, OccurredInFuture, RequestIdReused, RequestIdTaken, ScopeMissing
from domain.errors_of_custody import (
    AssuranceNotProven,
    GoodsNotOffered,
    NotYourAnswer,
    TransferAnswered,
    TransferClosed,
    UnknownTransfer,
)
from domain.vocabulary import Assurance, TransferStatus

router = Router("transfers")

MOST_REPORTED = 1_000
ALL: dict[str, Any] = {"all": True, "assurance": "TRUSTING"}
IN_PART: dict[str, Any] = {
    "goods": {"packages": [SSCC]},
    "except": {"codes": [CODE]},
    "assurance": "TRUSTING",
    "close": True,
}
Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(one_line)]
Scans = Annotated[list[str], Field(max_length=MOST_REPORTED)]


class AcceptanceGiven(BaseModel):
    """What is accepted: all that is left, or the goods named, less the exceptions."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ALL, IN_PART]})

    all: bool = False
    goods: GoodsGiven | None = None
    but: Annotated[
        GoodsGiven | None,
        Field(alias="except", description="Unpacked to the sender, and released."),
    ] = None
    missing: Annotated[
        GoodsGiven | None, Field(description="What did not arrive: released, and reported.")
    ] = None
    surplus: Annotated[Scans, Field(description="What arrived without being offered.")] = []
    swapped: Annotated[Scans, Field(description="What arrived instead of what was offered.")] = []
    unknown: Annotated[Scans, Field(description="What nobody knows.")] = []
    assurance: Assurance
    close: Annotated[bool, Field(description="Give back what is not answered.")] = False
    documents: Annotated[list[DocumentGiven], Field(max_length=100)] = []
    occurred_at: OccurredAt = None
    place: Place | None = None

    @model_validator(mode="after")
    def names_goods(self) -> "AcceptanceGiven":
        if self.all == (self.goods is not None):
            raise ValueError("send either `all` or `goods`")
        return self

    def acceptance(self) -> Acceptance:
        return Acceptance(
            self.goods.goods() if self.goods else None,
            self.assurance,
            self.but.goods() if self.but else None,
            self.missing.goods() if self.missing else None,
            tuple(self.surplus),
            tuple(self.swapped),
            tuple(self.unknown),
            self.close,
            tuple(one.document() for one in self.documents),
            self.occurred_at,
            self.place,
        )


class RejectionGiven(BaseModel):
    """What goes back to the sender: all that is left, or the goods named."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"all": True, "reason": "damaged"}]}
    )

    all: bool = False
    goods: GoodsGiven | None = None
    reason: Reason
    occurred_at: OccurredAt = None
    place: Place | None = None

    @model_validator(mode="after")
    def names_goods(self) -> "RejectionGiven":
        if self.all == (self.goods is not None):
            raise ValueError("send either `all` or `goods`")
        return self

    def rejection(self) -> Rejection:
        goods = self.goods.goods() if self.goods else None
        return Rejection(goods, self.reason, self.occurred_at, self.place)


class CancellationGiven(BaseModel):
    """Why an offer is taken back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}]})

    reason: Reason | None = None
    occurred_at: OccurredAt = None


class AnswerReceipt(BaseModel):
    """An answer that was recorded, and how the transfer stands after it."""

    transfer: UUID
    answer: UUID
    event: int
    recorded_at: datetime
    status: TransferStatus
    accepted: int
    released: int
    left: int
    discrepancies: int


@dataclass
class Answering:
    """Who answers which offer, under which id."""

    id: UUID
    answer: UUID
    claim: ClaimedRequest
    actor: MayReport
    database: TheDatabase
    keyring: TheKeyring


ANSWER_REFUSED = (
    *GOODS_REFUSED,
    UnknownTransfer,
    NotYourAnswer,
    TransferClosed,
    GoodsNotOffered,
)


def told_of(model: Any, *refused: Any) -> dict[str, Any]:  # noqa: ANN401 - classes
    return {
        "status_code": 201,
        "response_model": model,
        "responses": {
            200: {"model": model, "description": "Done before."},
            **refusals(*refused),
        },
    }


@router.put(
    "/transfers/{id}/acceptances/{answer}",
    **told_of(AnswerReceipt, *ANSWER_REFUSED, AssuranceNotProven),
)
async def accept_goods(
    answering: Annotated[Answering, Depends()], given: AcceptanceGiven
) -> Response:
    """Accept goods of a transfer: their custody passes at once, for exactly what is accepted."""
    found, is_new = await acceptance.accept(
        answering.database,
        answering.claim,
        answering.id,
        given.acceptance(),
        actor=answering.actor,
        keyring=answering.keyring,
    )
    return answered(found, AnswerReceipt, is_new=is_new)


@router.put("/transfers/{id}/rejections/{answer}", **told_of(AnswerReceipt, *ANSWER_REFUSED))
async def reject_goods(
    answering: Annotated[Answering, Depends()], given: RejectionGiven
) -> Response:
    """Reject goods of a transfer: they are the sender's again, and free."""
    found, is_new = await acceptance.reject(
        answering.database,
        answering.claim,
        answering.id,
        given.rejection(),
        actor=answering.actor,
        keyring=answering.keyring,
    )
    return answered(found, AnswerReceipt, is_new=is_new)


@router.put(
    "/transfers/{id}/cancellations/{answer}",
    **told_of(
        AnswerReceipt,
        ScopeMissing,
        RequestIdTaken,
        RequestIdReused,
        OccurredInFuture,
        UnknownTransfer,
        NotYourAnswer,
        TransferClosed,
        TransferAnswered,
        Busy,
    ),
)
async def cancel_offer(
    answering: Annotated[Answering, Depends()], given: CancellationGiven
) -> Response:
    """Take an offer back, as long as nobody has answered it."""
    told = Cancellation(given.reason, given.occurred_at)
    found, is_new = await acceptance.cancel(
        answering.database, answering.claim, answering.id, told, actor=answering.actor
    )
    return answered(found, AnswerReceipt, is_new=is_new)
