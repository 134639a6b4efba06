"""Goods that arrive under the codes of an operator that is not Tamga."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.batches import BatchAnswer, Text, foreign_codes
from api.bodies import Router
from api.dependencies import ClaimedRequest, MayReport, TheDatabase, TheKeyring
from api.goods import (
    DOCUMENT,
    MOST_CODES,
    DocumentGiven,
    LotGiven,
    OccurredAt,
    Place,
    one_line,
)
from api.problems import refusals
from api.products import Gtin
from domain.errors import (
    Busy,
    CodesRepeated,
    DatesReversed,
    DocumentsMissing,
    MasterKeyWrong,
    OccurredInFuture,
    ProductNotYours,
    RequestIdReused,
    RequestIdTaken,
    ScopeMissing,
    SerialAlreadyIssued,
    SerialNotFitting,
    UnknownProduct,
    UnknownTemplate,
)
from domain.errors_of_custody import (
    DocumentDateInFuture,
    DocumentIncomplete,
    GroupNotRecognised,
    NoBorderCrossed,
    TaxIdMalformed,
)
from domain.foreign import actions
from domain.foreign.arrivals import Arrival, ForeignSender
from domain.standards.member_state import MemberState

router = Router("transfers")

ARRIVAL: dict[str, Any] = {
    "gtin": "04810000000018",
    "codes": ["0104810000000018215dHk7pQ\u001d93dGVz"],
    "sender": {"member_state": "RU", "name": "Завод", "tax_id": "7707083893"},
    "documents": [DOCUMENT],
}


class SenderGiven(BaseModel):
    """Who sent the goods."""

    model_config = ConfigDict(extra="forbid")

    member_state: MemberState
    name: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(one_line)]
    tax_id: Annotated[str, Field(max_length=20)]


class ArrivalGiven(BaseModel):
    """Goods of one GTIN under whole foreign codes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ARRIVAL]})

    gtin: Gtin
    codes: Annotated[
        list[Text], Field(min_length=1, max_length=MOST_CODES, description="Whole and exact.")
    ]
    sender: SenderGiven
    documents: Annotated[list[DocumentGiven], Field(max_length=100)]
    template: str | None = None
    lot: LotGiven | None = None
    occurred_at: OccurredAt = None
    place: Place | None = None

    def arrival(self) -> Arrival:
        sender = self.sender
        return Arrival(
            self.gtin,
            foreign_codes(self.gtin, self.codes, "body.codes"),
            ForeignSender(sender.member_state, sender.name, sender.tax_id),
            tuple(one.document() for one in self.documents),
            self.template,
            self.lot.lot() if self.lot else None,
            self.occurred_at,
            self.place,
        )


@dataclass
class Arriving:
    """Who accepts, under which id."""

    id: UUID
    claim: ClaimedRequest
    actor: MayReport
    database: TheDatabase
    keyring: TheKeyring


@router.put(
    "/foreign-acceptances/{id}",
    status_code=201,
    response_model=BatchAnswer,
    responses={
        200: {"model": BatchAnswer, "description": "Done before."},
        **refusals(
            ScopeMissing,
            RequestIdTaken,
            RequestIdReused,
            NoBorderCrossed,
            GroupNotRecognised,
            TaxIdMalformed,
            DocumentsMissing,
            DocumentDateInFuture,
            DocumentIncomplete,
            OccurredInFuture,
            DatesReversed,
            UnknownProduct,
            ProductNotYours,
            UnknownTemplate,
            SerialNotFitting,
            SerialAlreadyIssued,
            CodesRepeated,
            MasterKeyWrong,
            Busy,
        ),
    },
)
async def accept_foreign_goods(
    arriving: Annotated[Arriving, Depends()], given: ArrivalGiven
) -> Response:
    """Accept goods under another operator's codes: yours, and in circulation, from now on."""
    answer, is_new = await actions.accept_foreign(
        arriving.database,
        arriving.claim,
        given.arrival(),
        actor=arriving.actor,
        keyring=arriving.keyring,
    )
    found = BatchAnswer.model_validate(answer).model_dump_json()
    return Response(found, 201 if is_new else 200, media_type="application/json")
