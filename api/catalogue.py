"""Product groups: what is marked, how, and in which state from when."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.bodies import Router
from api.dependencies import ClaimedRequest, MayAdminister, TheDatabase
from api.problems import refusals
from domain.catalogue import actions, reasons
from domain.catalogue.actions import Declaring, GroupPage
from domain.catalogue.groups import ProductGroup, catalogue
from domain.catalogue.rules import Standing
from domain.catalogue.templates import Family
from domain.errors import (
    DeclarationDatesReversed,
    RequestIdReused,
    RequestIdTaken,
    RoleMissing,
    ScopeMissing,
    StandingAlreadyKnown,
    UnknownProductGroup,
)
from domain.standards.member_state import MemberState
from domain.vocabulary import Emission

router = Router("catalogue")

GroupName = Annotated[str, Field(description="Code, number, name or alias.", examples=["milk"])]
DECREE: dict[str, Any] = {
    "in_force": True,
    "valid_from": "2026-01-01",
    "valid_to": None,
    "decision": "Decree 690 of 2019-12-17",
}
DECLARATION: dict[str, Any] = {
    "declaration": "0198c1f6-0b1c-7f1a-bb1f-3a1d2a8f5d44",
    "product_group": "milk",
    "member_state": "KG",
    **DECREE,
    "declared_by": "Operator of Kyrgyzstan",
    "recorded_at": "2026-11-22T09:00:00Z",
}


class TemplateAnswer(BaseModel):
    """A legal layout of a group's codes."""

    name: str
    number: Annotated[int | None, Field(description="templateId of the national order station.")]
    family: Family
    serial_length: int
    alphabet: str
    state_digit: bool
    digit_optional: bool
    package_kind: str
    optional: tuple[str, ...]
    prints_price: bool
    highest_price_minor: int | None
    confidence: str


class GroupAnswer(BaseModel):
    """A group of goods that is marked alike."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    id: int | None
    names: dict[str, str]
    aliases: tuple[str, ...]
    package_kinds: tuple[str, ...]
    foreign_state: Annotated[
        str | None, Field(description="Codes of this group are issued there, and only read here.")
    ]


class RuleAnswer(BaseModel):
    """What is known of the group in one state over one time."""

    model_config = ConfigDict(from_attributes=True)

    member_state: MemberState
    standing: Standing
    valid_from: date | None
    valid_to: date | None
    decision: str | None
    confidence: str
    source: str
    covers: str | None


class DeclaredAnswer(BaseModel):
    """What an operator declared of the group in its state."""

    model_config = ConfigDict(from_attributes=True)

    member_state: MemberState
    in_force: bool
    valid_from: date
    valid_to: date | None
    decision: str
    declared_by: str


class StandingAnswer(BaseModel):
    """Whether marking is mandatory in a state on the day asked for, and on whose word."""

    model_config = ConfigDict(from_attributes=True)

    standing: Standing
    decision: str | None
    basis: str
    on_whose_word: str
    confidence: str | None


class GroupPageAnswer(GroupAnswer):
    """All that is known of a group."""

    headings: tuple[str, ...]
    headings_complete: bool
    headings_confidence: str | None
    note: str | None
    templates: list[TemplateAnswer]
    documents: dict[Emission, tuple[str, ...]]
    on: date
    standings: dict[MemberState, StandingAnswer]
    rules: list[RuleAnswer]
    declarations: list[DeclaredAnswer]
    withdrawal_reasons: tuple[str, ...]
    greatest_parts: Annotated[
        int | None, Field(description="Into how many parts a unit may be divided; null: none.")
    ]

    @classmethod
    def of(cls, page: GroupPage) -> "GroupPageAnswer":
        group = page.group
        return cls(
            **GroupAnswer.model_validate(group).model_dump(),
            headings=group.headings,
            headings_complete=group.headings_complete,
            headings_confidence=group.headings_confidence,
            note=group.note,
            templates=templates_of(group),
            documents=dict(group.documents),
            on=page.on,
            standings={
                state: StandingAnswer.model_validate(found)
                for state, found in page.standings.items()
            },
            rules=[RuleAnswer.model_validate(rule) for rule in group.rules],
            declarations=[DeclaredAnswer.model_validate(one) for one in page.declarations],
            withdrawal_reasons=tuple(reason.name for reason in reasons.allowed(group.code)),
            greatest_parts=reasons.greatest_parts(group.code),
        )


def templates_of(group: ProductGroup) -> list[TemplateAnswer]:
    return [TemplateAnswer.model_validate(item, from_attributes=True) for item in group.templates]


class GroupList(BaseModel):
    """Every product group."""

    product_groups: list[GroupAnswer]


class DeclarationOrder(BaseModel):
    """What an operator declares of a group in its own state; both dates belong to the time."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [DECREE]})

    in_force: bool
    valid_from: date
    valid_to: Annotated[date | None, Field(description="Null: without end.")] = None
    decision: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class DeclarationReceipt(DeclarationOrder):
    """A declaration as it was recorded."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [DECLARATION]})

    declaration: UUID
    product_group: str
    member_state: MemberState
    declared_by: str
    recorded_at: datetime


@router.get("/product-groups", responses=refusals())
async def list_product_groups() -> GroupList:
    """Every product group, with its names and aliases."""
    groups = catalogue().groups.values()
    return GroupList(product_groups=[GroupAnswer.model_validate(group) for group in groups])


@router.get("/product-groups/{group}", responses=refusals(UnknownProductGroup))
async def read_product_group(
    group: GroupName,
    database: TheDatabase,
    on: Annotated[date | None, Query(description="The day of the standings; today.")] = None,
) -> GroupPageAnswer:
    """A product group: its templates, rules and documents, and how it stands in every state."""
    return GroupPageAnswer.of(await actions.describe_group(database, group, on))


@router.put(
    "/product-groups/{group}/declarations/{declaration}",
    status_code=201,
    responses={
        200: {"model": DeclarationReceipt, "description": "Declared before."},
        **refusals(
            ScopeMissing,
            RoleMissing,
            UnknownProductGroup,
            RequestIdTaken,
            RequestIdReused,
            StandingAlreadyKnown,
            DeclarationDatesReversed,
        ),
    },
)
async def declare_standing(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    group: GroupName,
    declaration: UUID,  # noqa: ARG001 - the claim has it
    order: DeclarationOrder,
    operator: MayAdminister,
    claim: ClaimedRequest,
    database: TheDatabase,
    response: Response,
) -> DeclarationReceipt:
    """Declare, as the operator of a state, whether marking is in force where that is not known."""
    declaring = Declaring(group, order.in_force, order.valid_from, order.valid_to, order.decision)
    answer, is_new = await actions.declare(database, claim, declaring, actor=operator)
    response.status_code = 201 if is_new else 200
    return DeclarationReceipt.model_validate(answer)
