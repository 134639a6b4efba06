"""How answers about units look: verdicts, histories, standings."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.goods import BATCH_ID, CODE, SSCC
from domain.standards.member_state import MemberState
from domain.trace.matters import Purpose
from domain.trace.rules import Outcome
from domain.vocabulary import BlockScope, EventKind, PackageKind, UnitStatus

CARD: dict[str, Any] = {
    "name": "Молоко 3,2 %, 1 л",
    "translations": {"en": "Milk 3.2 %, 1 l"},
    "brand": "Минская",
    "category": "Продукты/Молоко",
    "product_group": "milk",
    "tnved": "0401201100",
}
LOT: dict[str, Any] = {
    "lot_number": "L-1122",
    "produced_on": "2026-11-20",
    "expires_on": "2026-12-20",
}
DAIRY: dict[str, Any] = {
    "name": "Минский молочный завод",
    "participant": "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a11",
    "member_state": "BY",
}
UNIT: dict[str, Any] = {
    "code": CODE,
    "gtin": CODE[2:16],
    "serial": CODE[18:],
    "repairs": [],
    "product": CARD,
    "issued_in": "BY",
}
PURPOSE: dict[str, Any] = {
    "member_state": "KZ",
    "allowed": False,
    "checks": [{"step": 1, "name": "genuine", "passed": True}],
    "reasons": [
        {
            "step": 6,
            "slug": "in-another-state",
            "sentence": "The goods are in turnover in BY, not in KZ.",
            "next_action": "Have them offered to a participant of KZ, who accepts them.",
            "legal_basis": None,
        }
    ],
}
VERDICT: dict[str, Any] = {
    "verdict": "in-circulation",
    "sentence": "The code is authentic, and the goods are in circulation.",
    "advice": "A copied label carries an authentic code too: look at the history.",
    "checks": [
        {
            "step": 1,
            "name": "genuine",
            "passed": True,
            "sentence": "The verification code is right.",
        }
    ],
    "purposes": {"sell": PURPOSE, "accept": PURPOSE, "use": PURPOSE},
    **UNIT,
    "status": "IN_CIRCULATION",
    "since": "2026-11-22T09:00:00Z",
    "state_of_turnover": "BY",
    "lot": LOT,
}
BRIEF: dict[str, Any] = {
    "code": CODE,
    "verdict": "in-circulation",
    "genuine": True,
    "status": "IN_CIRCULATION",
    "expires_on": "2026-12-20",
    "purposes": {"sell": ["in-another-state"], "accept": [], "use": []},
}
EVENT: dict[str, Any] = {
    "event": 4712,
    "kind": "INTRODUCED",
    "occurred_at": "2026-11-22T08:30:00Z",
    "recorded_at": "2026-11-22T09:00:00Z",
    "member_state": "BY",
    "status": "IN_CIRCULATION",
    "withdrawal_reason": None,
    "state_of_turnover": "BY",
    "blocked": False,
    "lot": LOT,
    "out_of_order": False,
    "participant": DAIRY,
    "holder": DAIRY,
    "transfer": None,
    "documents": {"produced_on": "2026-11-20"},
    "place": "Line 2",
    "told": None,
    "codes": [CODE],
    "packages": [],
    "inside": [{"kind": "TRANSPORT", "sscc": SSCC}],
}


class CheckMade(BaseModel):
    """One step of a verdict."""

    step: int
    name: str
    passed: Annotated[bool | None, Field(description="Null: not made.")]
    sentence: str


class PurposeCheck(BaseModel):
    """One step towards whether a purpose is allowed."""

    step: int
    name: str
    passed: Annotated[bool | None, Field(description="Null: not judged for this asker.")]


class ReasonTold(BaseModel):
    """Why a purpose is not allowed, and what to do about it."""

    step: Annotated[int | None, Field(description="The check behind it.")]
    slug: str
    sentence: str
    next_action: str
    legal_basis: str | None


class PurposeTold(BaseModel):
    """Whether something may be done with the goods, in this member state."""

    member_state: MemberState | None
    allowed: Annotated[bool | None, Field(description="Null: not decided.")]
    checks: list[PurposeCheck]
    reasons: list[ReasonTold]


class Remaining(BaseModel):
    """What is left of a unit that leaves circulation in parts."""

    parts: int
    of: int


class ProductCard(BaseModel):
    """What the code says it is on: the card that its batch was registered with."""

    name: str
    translations: dict[str, str]
    brand: str | None
    category: str | None
    product_group: str
    tnved: str | None


class LotTold(BaseModel):
    """What was told of the lot."""

    lot_number: str | None
    produced_on: date | None
    expires_on: date | None


class Party(BaseModel):
    """A participant, to those who may see it."""

    name: str
    participant: UUID
    member_state: MemberState


class VerdictAnswer(BaseModel):
    """A verdict with its reasons; of the unit, what the asker may see."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [VERDICT]})

    verdict: Outcome
    sentence: str
    advice: str
    checks: list[CheckMade]
    purposes: dict[Purpose, PurposeTold]
    code: Annotated[str | None, Field(description="The identification code.")] = None
    gtin: str | None = None
    serial: str | None = None
    repairs: list[str] = []
    product: ProductCard | None = None
    issued_in: MemberState | None = None
    status: UnitStatus | None = None
    since: datetime | None = None
    state_of_turnover: MemberState | None = None
    lot: LotTold | None = None
    remaining: Remaining | None = None
    batch: UUID | None = None
    ordinal: int | None = None
    holder: Party | None = None
    event: int | None = None
    sscc: Annotated[str | None, Field(description="Of a transport package.")] = None
    problem: Annotated[str | None, Field(description="Why it cannot be read.")] = None
    detail: str | None = None
    readings: Annotated[list[str] | None, Field(description="Where there are several.")] = None


class BriefVerdict(BaseModel):
    """A verdict in a word; of the unit, what the asker may see."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [BRIEF]})

    code: Annotated[str | None, Field(description="The identification code, where it was read.")]
    verdict: Outcome
    genuine: Annotated[
        bool | None, Field(description="Of the verification code. Null: none was shown.")
    ] = None
    status: UnitStatus | None = None
    expires_on: date | None = None
    purposes: Annotated[
        dict[Purpose, list[str]],
        Field(description="The slugs of what speaks against each; empty: it is allowed."),
    ]


class Verdicts(BaseModel):
    """A verdict for each code, in the order in which they were sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdicts": [BRIEF]}]})

    verdicts: list[BriefVerdict]


class PackageNamed(BaseModel):
    """A package: a transport unit by its SSCC, a pack by its own code."""

    kind: PackageKind
    sscc: str | None = None
    code: str | None = None


class Happened(BaseModel):
    """One event, and how the unit stood after it; names only to those who may see them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EVENT]})

    event: int
    kind: EventKind
    occurred_at: datetime
    recorded_at: datetime
    member_state: MemberState
    status: UnitStatus
    withdrawal_reason: str | None
    state_of_turnover: MemberState | None
    blocked: Annotated[bool, Field(description="It, or a package around it.")]
    lot: LotTold | None
    out_of_order: Annotated[
        bool, Field(description="Something recorded before it happened after it.")
    ] = False
    participant: Party | None = None
    holder: Annotated[Party | None, Field(description="As the outermost package said.")] = None
    transfer: Annotated[UUID | None, Field(description="The open one it was in.")] = None
    documents: dict[str, Any] | list[dict[str, Any]] | None = None
    place: str | None = None
    told: Annotated[dict[str, Any] | None, Field(description="What else was told of it.")] = None
    codes: Annotated[
        list[str],
        Field(description="Which codes the event touched: the unit's own, or of re-marking."),
    ] = []
    packages: Annotated[
        list[PackageNamed], Field(description="Which packages around it the event touched.")
    ] = []
    inside: Annotated[
        list[PackageNamed], Field(description="What it lay in after it, the innermost first.")
    ] = []


class BlockInForce(BaseModel):
    """An authority's block, and what it covers."""

    scope: BlockScope
    member_state: MemberState
    legal_basis: str | None
    until: datetime | None


class Stood(Happened):
    """How a unit stood: its last event by then, with deadlines that had passed."""

    blocks: list[BlockInForce]


class Unit(BaseModel):
    """The unit that a scan names."""

    code: Annotated[str, Field(description="The identification code.")]
    gtin: str
    serial: str
    repairs: list[str]


class HistoryAnswer(Unit):
    """What happened to a unit, in the order of the records."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{**UNIT, "batch": BATCH_ID, "measures": {}, "events": [EVENT]}]
        },
    )

    product: ProductCard
    issued_in: MemberState
    batch: UUID | None
    measures: Annotated[
        dict[str, str], Field(description="Weight and volume as on the label, by AI.")
    ]
    events: list[Happened]


class StandingAnswer(Unit):
    """How a unit stood at a moment, as the registry had it recorded by then."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    **{name: UNIT[name] for name in ("code", "gtin", "serial", "repairs")},
                    "as_of": EVENT["recorded_at"],
                    "standing": {**EVENT, "blocks": []},
                }
            ]
        },
    )

    as_of: datetime
    standing: Annotated[Stood | None, Field(description="Null: not issued yet.")]
