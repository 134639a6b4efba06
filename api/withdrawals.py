"""Goods that leave circulation by their holder's word, and goods that come back."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

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
    DOCUMENT,
    RUN,
    SSCC,
    DocumentGiven,
    GoodsGiven,
    OccurredAt,
    Place,
    one_line,
    read_goods,
)
from api.lifecycle import FILE, REFUSED, DryRun, Partial, StepReceipt, StepRehearsal, answered
from api.problems import RequestInvalid, refusals
from domain.catalogue.documents import Document, DocumentKind
from domain.errors import BodyTooLarge, Busy, PackagesRepeated, SsccInvalid, UnknownPackages
from domain.errors_of_custody import (
    CorrectionNotFitting,
    DestinationMissing,
    DestinationNotFitting,
    DocumentDateInFuture,
    DocumentIncomplete,
    ExportNotNeeded,
    FractionNotAllowed,
    FractionNotFitting,
    NotRestorable,
    PackageInside,
    PrimaryDocumentNotFitting,
    ReasonNotForGroup,
    ReasonReserved,
    TaxIdMalformed,
    UnknownReason,
)
from domain.standards.member_state import MemberState
from domain.withdrawal import actions
from domain.withdrawal.told import Parts, Restoration, Told, Withdrawal

router = Router("withdrawals")

MOST_PARTS = 1_000_000
LARGEST_EVENT = 2**63 - 1
ACT: dict[str, Any] = {"kind": "DESTRUCTION_ACT", "number": "17", "date": "2026-11-21"}
DESTROYED: dict[str, Any] = {"packages": [SSCC], "reason": "DESTRUCTION", "document": ACT}
EXPORTED: dict[str, Any] = {
    "runs": [RUN],
    "reason": "EXPORT_TO_MEMBER_STATE",
    "destination": "KG",
    "document": DOCUMENT,
}
DISPENSED: dict[str, Any] = {
    "codes": [CODE],
    "reason": "MEDICAL_USE",
    "parts": {"taken": 10, "of": 30},
    "document": {"kind": "OTHER", "name": "Order", "number": "4", "date": "2026-11-21"},
}
BROUGHT_BACK: dict[str, Any] = {"codes": [CODE], "document": DOCUMENT, "corrects": 4712}

Reason = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        description="GET /product-groups/{group} lists those that the group takes.",
    ),
    AfterValidator(one_line),
]
Destination = Annotated[
    MemberState | None, Field(description="Where the goods go; for EXPORT_TO_MEMBER_STATE alone.")
]
Number = Annotated[str | None, Query(max_length=100, description="Of the primary document.")]


class PartsGiven(BaseModel):
    """So many of the parts that a unit is divided into, where its group allows that."""

    model_config = ConfigDict(extra="forbid")

    taken: Annotated[int, Field(ge=1, le=MOST_PARTS)]
    of: Annotated[int, Field(ge=1, le=MOST_PARTS)]


class WithdrawalGiven(GoodsGiven):
    """Goods, and why they leave. Packages and packs leave with all that is in them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [DESTROYED, EXPORTED, DISPENSED]}
    )

    reason: Reason
    document: Annotated[
        DocumentGiven | None, Field(description="The primary document; most reasons ask for one.")
    ] = None
    destination: Destination = None
    parts: Annotated[
        PartsGiven | None,
        Field(description="What leaves of each unit; the rest stays in circulation."),
    ] = None
    occurred_at: OccurredAt = None
    place: Place | None = None
    partial: Partial = False

    @model_validator(mode="after")
    def divides_units(self) -> "WithdrawalGiven":
        if self.parts and self.packages:
            raise ValueError("parts are of units: name codes or runs, and no packages")
        return self

    def withdrawal(self, *, dry_run: bool) -> Withdrawal:
        return Withdrawal(
            self.reason,
            self.document.document() if self.document else None,
            self.destination,
            Parts(self.parts.taken, self.parts.of) if self.parts else None,
            Told(self.occurred_at, self.place, self.partial, dry_run),
        )


class RestorationGiven(GoodsGiven):
    """Goods that come back into circulation, and on whose word."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [BROUGHT_BACK]})

    document: DocumentGiven
    corrects: Annotated[
        int | None,
        Field(ge=1, le=LARGEST_EVENT, description="The event that had withdrawn all of them."),
    ] = None
    occurred_at: OccurredAt = None
    place: Place | None = None
    partial: Partial = False

    def restoration(self, *, dry_run: bool) -> Restoration:
        told = Told(self.occurred_at, self.place, self.partial, dry_run)
        return Restoration(self.document.document(), self.corrects, told)


@dataclass
class WithdrawalOfFile:
    """A withdrawal told as a file, with all else in the address."""

    id: UUID
    body: SpooledBody
    reason: Annotated[Reason, Query()]
    content_type: Annotated[str, Header(include_in_schema=False)] = ""
    document_kind: Annotated[DocumentKind | None, Query()] = None
    document_number: Number = None
    document_date: Annotated[date | None, Query()] = None
    document_name: Annotated[str | None, Query(max_length=200)] = None
    destination: Annotated[Destination, Query()] = None
    occurred_at: Annotated[OccurredAt, Query()] = None
    place: Annotated[Place | None, Query()] = None
    partial: Annotated[Partial, Query()] = False
    dry_run: DryRun = False

    def withdrawal(self) -> Withdrawal:
        told = Told(self.occurred_at, self.place, self.partial, self.dry_run)
        return Withdrawal(self.reason, self.document(), self.destination, None, told)

    def document(self) -> Document | None:
        kind, number, on = self.document_kind, self.document_number, self.document_date
        if kind is None and number is None and on is None:
            return None
        if kind is None or number is None or on is None:
            what = "document_kind, document_number and document_date belong together"
            raise RequestInvalid(count=1, errors=[{"where": "query", "what": what}])
        return Document(kind, number, on, self.document_name)


def told_of(*more: Any) -> dict[str, Any]:  # noqa: ANN401 - classes of refusals
    """What the documentation says of withdrawals and restorations."""
    return {
        "status_code": 201,
        "response_model": StepReceipt,
        "responses": {
            200: {
                "model": StepReceipt | StepRehearsal,
                "description": "Done before, or a dry run.",
            },
            **refusals(
                *REFUSED,
                UnknownPackages,
                DocumentIncomplete,
                DocumentDateInFuture,
                TaxIdMalformed,
                Busy,
                *more,
            ),
        },
    }


OF_WITHDRAWALS = (
    UnknownReason,
    ReasonReserved,
    ReasonNotForGroup,
    PrimaryDocumentNotFitting,
    DestinationMissing,
    DestinationNotFitting,
    ExportNotNeeded,
)
OF_PACKAGES = (SsccInvalid, PackagesRepeated, PackageInside)


@router.put(
    "/withdrawals/{id}",
    **told_of(*OF_WITHDRAWALS, *OF_PACKAGES, FractionNotAllowed, FractionNotFitting),
)
async def withdraw_goods(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    id: UUID,  # noqa: ARG001 - the claim has it
    given: WithdrawalGiven,
    holder: MayReport,
    claim: ClaimedRequest,
    database: TheDatabase,
    keyring: TheKeyring,
    *,
    dry_run: DryRun = False,
) -> Response:
    """Withdraw goods from circulation; what was never introduced is written off."""
    told, goods = given.withdrawal(dry_run=dry_run), given.goods()
    answer, is_new = await actions.withdraw(
        database, claim, goods, told, actor=holder, keyring=keyring
    )
    return answered(answer, is_new=is_new)


@router.put(
    "/withdrawals/{id}/file",
    **told_of(*OF_WITHDRAWALS, BodyTooLarge),
    openapi_extra=FILE,
)
async def withdraw_goods_of_file(
    given: Annotated[WithdrawalOfFile, Depends()],
    holder: MayReport,
    claim: ClaimedFile,
    database: TheDatabase,
    keyring: TheKeyring,
) -> Response:
    """Withdraw the goods of a file from circulation."""
    told = given.withdrawal()
    goods = await asyncio.to_thread(read_goods, given.content_type, given.body.file)
    answer, is_new = await actions.withdraw(
        database, claim, goods, told, actor=holder, keyring=keyring
    )
    return answered(answer, is_new=is_new)


@router.put("/restorations/{id}", **told_of(*OF_PACKAGES, NotRestorable, CorrectionNotFitting))
async def restore_goods(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    id: UUID,  # noqa: ARG001 - the claim has it
    given: RestorationGiven,
    holder: MayReport,
    claim: ClaimedRequest,
    database: TheDatabase,
    keyring: TheKeyring,
    *,
    dry_run: DryRun = False,
) -> Response:
    """Bring goods back into circulation that were withdrawn for a reason that can be undone."""
    told, goods = given.restoration(dry_run=dry_run), given.goods()
    answer, is_new = await actions.restore(
        database, claim, goods, told, actor=holder, keyring=keyring
    )
    return answered(answer, is_new=is_new)
