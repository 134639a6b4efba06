"""Findings: why codes look cloned or chains broken, for those who look after a member state."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import MayRead, TheDatabase
from api.problems import refusals
from domain.errors import RoleMissing, ScopeMissing
from domain.errors_of_custody import UnknownFinding
from domain.findings import actions
from domain.standards.member_state import MemberState
from domain.vocabulary import FindingRule

router = Router("findings")

LARGEST = 2**63 - 1
STORE: dict[str, Any] = {
    "name": "Алматы дүкені",
    "participant": "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a12",
    "member_state": "KZ",
}
FINDING: dict[str, Any] = {
    "finding": 17,
    "rule": "sold-twice",
    "sentence": "A receipt sold a unit that had been sold before and was not returned.",
    "advice": "Compare both receipts and look at the label: one of the two goods may carry a copy.",
    "member_state": "KZ",
    "recorded_at": "2026-11-22T09:00:00Z",
    "gtin": "04810000000018",
    "code": "0104810000000018212dHk7pQ",
    "event": 4713,
    "participant": STORE,
    "facts": {
        "till": "12",
        "fiscal_document": "880012",
        "issued_at": "2026-11-22T08:59:30+05:00",
        "sold_at": "2026-11-21T15:02:11+05:00",
        "sold_event": 4609,
        "sold_by": STORE,
    },
    "threshold": {"sales": 1},
}


class Party(BaseModel):
    """A participant that a finding names."""

    name: str
    participant: UUID
    member_state: MemberState


class FindingAnswer(BaseModel):
    """Why something looks wrong, by which rule and threshold. It accuses nobody: it is a hint."""

    model_config = ConfigDict(json_schema_extra={"examples": [FINDING]})

    finding: int
    rule: FindingRule
    sentence: str
    advice: Annotated[str, Field(description="What to look at next.")]
    member_state: Annotated[MemberState, Field(description="The state that it concerns: yours.")]
    recorded_at: datetime
    gtin: str | None
    code: Annotated[str | None, Field(description="The identification code.")]
    event: Annotated[int | None, Field(description="Under which it was found.")]
    participant: Annotated[Party | None, Field(description="Who sold or scanned; null: unknown.")]
    facts: dict[str, Any]
    threshold: Annotated[dict[str, int], Field(description="What the rule judged by.")]


class FindingPage(BaseModel):
    """Findings, the newest first."""

    findings: list[FindingAnswer]
    next: Annotated[
        int | None, Field(description="Send as `after` for the next page; null: no more.")
    ]


@router.get("/findings", responses=refusals(ScopeMissing, RoleMissing))
async def list_findings(
    actor: MayRead,
    database: TheDatabase,
    after: Annotated[
        int | None, Query(ge=1, le=LARGEST, description="`next` of the previous page.")
    ] = None,
    rule: Annotated[FindingRule | None, Query(description="By this rule alone.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> FindingPage:
    """The findings that concern the member state of this inspector or operator."""
    found = await actions.listed(database, after, rule, limit + 1, actor=actor)
    page = [FindingAnswer.model_validate(one) for one in found[:limit]]
    return FindingPage(findings=page, next=page[-1].finding if len(found) > limit else None)


@router.get("/findings/{finding}", responses=refusals(ScopeMissing, RoleMissing, UnknownFinding))
async def read_finding(
    finding: Annotated[int, Field(ge=1, le=LARGEST)], actor: MayRead, database: TheDatabase
) -> FindingAnswer:
    """One finding that concerns the member state of this inspector or operator."""
    return FindingAnswer.model_validate(await actions.read(database, finding, actor=actor))
