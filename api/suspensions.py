"""Suspending participants: they may read, and change nothing, until the suspension ends."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import ClaimedRequest, MayAdminister, TheDatabase
from api.goods import REQUEST_ID, one_line
from api.participants import DAIRY_ID, SINCE
from api.problems import refusals
from domain.errors import (
    OtherMemberState,
    Refusal,
    RequestIdReused,
    RequestIdTaken,
    RoleMissing,
    ScopeMissing,
    SuspensionOfOneself,
    UnknownParticipant,
)
from domain.participants import actions

router = Router("participants")

WHY = "Two acts of the tax authority are unanswered."
Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(one_line)]


class SuspensionOrder(BaseModel):
    """Why a participant is suspended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": WHY}]})

    reason: Reason


class ResumptionOrder(BaseModel):
    """Why a suspension ends."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "The reports came in."}]}
    )

    reason: Reason | None = None


class SuspensionReceipt(BaseModel):
    """A suspension, or its end, as it was recorded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "request": REQUEST_ID,
                    "participant": DAIRY_ID,
                    "suspended_at": SINCE,
                    "reason": WHY,
                    "recorded_at": SINCE,
                }
            ]
        }
    )

    request: UUID
    participant: UUID
    suspended_at: Annotated[datetime | None, Field(description="Null: it is not suspended.")]
    reason: str | None
    recorded_at: datetime


NO_REASON = ResumptionOrder()
OF_SUSPENSIONS: tuple[type[Refusal], ...] = (
    ScopeMissing,
    RoleMissing,
    OtherMemberState,
    UnknownParticipant,
    SuspensionOfOneself,
    RequestIdTaken,
    RequestIdReused,
)


@router.put(
    "/participants/{participant}/suspensions/{request}",
    status_code=201,
    responses={
        200: {"model": SuspensionReceipt, "description": "Suspended by this request before."},
        **refusals(*OF_SUSPENSIONS),
    },
)
async def suspend_participant(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    participant: UUID,
    request: UUID,  # noqa: ARG001 - the claim has it
    order: SuspensionOrder,
    operator: MayAdminister,
    claim: ClaimedRequest,
    database: TheDatabase,
    response: Response,
) -> SuspensionReceipt:
    """Suspend a participant of the operator's state: it may read, and within a second no more."""
    answer, is_new = await actions.suspend(
        database, claim, participant, order.reason, operator=operator
    )
    response.status_code = 201 if is_new else 200
    return SuspensionReceipt.model_validate(answer)


@router.put(
    "/participants/{participant}/resumptions/{request}",
    status_code=201,
    responses={
        200: {"model": SuspensionReceipt, "description": "Ended by this request before."},
        **refusals(*OF_SUSPENSIONS),
    },
)
async def resume_participant(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    participant: UUID,
    request: UUID,  # noqa: ARG001 - the claim has it
    operator: MayAdminister,
    claim: ClaimedRequest,
    database: TheDatabase,
    response: Response,
    order: ResumptionOrder = NO_REASON,
) -> SuspensionReceipt:
    """End the suspension of a participant of the operator's state."""
    answer, is_new = await actions.resume(
        database, claim, participant, order.reason, operator=operator
    )
    response.status_code = 201 if is_new else 200
    return SuspensionReceipt.model_validate(answer)
