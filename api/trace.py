"""Traceability answers: is it genuine, what happened to it, how does or did it stand."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import dependencies
from api.bodies import Router
from api.dependencies import MayRead, Shown, TheAsker, TheDatabase, TheKeyring, TheMetrics
from api.goods import BATCH_ID, CODE
from api.limits import Asker
from api.problems import TooManyTries, refusals
from api.scans import Scan, Scans, ScanToPlace, ScanToVerify, read, takes
from api.telemetry import Metrics
from domain.codes import intake
from domain.database import Database
from domain.errors import (
    AmbiguousCodes,
    MasterKeyWrong,
    ScopeMissing,
    UnknownCodes,
    UnreadableCodes,
)
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.standards.member_state import MemberState
from domain.trace import actions
from domain.trace.rules import Outcome
from domain.vocabulary import EventKind, UnitStatus

router = Router("trace")

JSON = "application/json"
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
}
EVENT: dict[str, Any] = {
    "event": 4712,
    "kind": "INTRODUCED",
    "occurred_at": "2026-11-22T08:30:00Z",
    "recorded_at": "2026-11-22T09:00:00Z",
    "member_state": "BY",
    "status": "IN_CIRCULATION",
    "state_of_turnover": "BY",
    "blocked": False,
    "lot": LOT,
    "out_of_order": False,
    "participant": DAIRY,
    "holder": DAIRY,
    "documents": {"produced_on": "2026-11-20"},
    "place": "Line 2",
}


class CheckMade(BaseModel):
    """One step of a verdict."""

    step: int
    name: str
    passed: Annotated[bool | None, Field(description="Null: not made.")]
    sentence: str


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


class Verdicts(BaseModel):
    """A verdict for each code, in the order in which they were sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdicts": [BRIEF]}]})

    verdicts: list[BriefVerdict]


class Happened(BaseModel):
    """One event, and how the unit stood after it; names only to those who may see them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EVENT]})

    event: int
    kind: EventKind
    occurred_at: datetime
    recorded_at: datetime
    member_state: MemberState
    status: UnitStatus
    state_of_turnover: MemberState | None
    blocked: bool
    lot: LotTold | None
    out_of_order: Annotated[
        bool, Field(description="Something recorded before it happened after it.")
    ] = False
    participant: Party | None = None
    holder: Party | None = None
    documents: dict[str, Any] | None = None
    place: str | None = None


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
                    "standing": EVENT,
                }
            ]
        },
    )

    as_of: datetime
    standing: Annotated[Happened | None, Field(description="Null: not issued yet.")]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks about a unit, and what it takes to answer."""

    actor: Actor | None
    asker: Asker
    database: Database
    keyring: Keyring
    metrics: Metrics

    @classmethod
    async def of(cls, request: Request, shown: Shown) -> "Asking":
        """What the routes below would depend on, one by one.

        Resolving them took FastAPI as long as a verdict takes, and these answers are hot.
        """
        return cls(
            await dependencies.optional_participant(request, shown),
            await dependencies.asker(request, shown),
            await dependencies.database(request),
            await dependencies.keyring(request),
            await dependencies.metrics(request),
        )


def count(metrics: Metrics, verdicts: Sequence[Mapping[str, Any]]) -> int:
    """Note verdicts and repairs; returns how many codes were not confirmed."""
    told = Counter(answer["verdict"] for answer in verdicts)
    for verdict, times in told.items():
        metrics.verdicts.labels(verdict).inc(times)
    for answer in verdicts:
        for repair in answer.get("repairs", ()):
            metrics.repairs.labels(repair).inc()
    return told[Outcome.NOT_CONFIRMED]


@contextlib.contextmanager
def trying(asker: Asker, raw: str) -> Iterator[None]:
    """Let somebody try a code; what is told only to those who show a right one is a try too."""
    asker.check(intake.gtins(raw))
    try:
        yield
    except UnknownCodes as unknown:
        for code in unknown.examples:
            asker.failed(code[len("01") : len("01") + 14])
        raise


@router.post(
    "/verify",
    response_model=VerdictAnswer,
    openapi_extra=takes(ScanToVerify),
    responses=refusals(TooManyTries, MasterKeyWrong),
)
async def verify_code(request: Request, shown: Shown) -> Response:
    """Is this code genuine, and are the goods in circulation? Anybody may ask."""
    asking = await Asking.of(request, shown)
    scan = await read(request, ScanToVerify)
    asking.asker.check(intake.gtins(scan.code))
    deadline = scan.deadline_ms / 1_000 if scan.deadline_ms else None
    answer = await actions.verify(
        asking.database, scan.code, actor=asking.actor, keyring=asking.keyring, deadline=deadline
    )
    if count(asking.metrics, [answer]):
        asking.asker.failed(answer.get("gtin"))
    return Response(orjson.dumps(answer), media_type=JSON)


@router.post(
    "/verify/bulk",
    response_model=Verdicts,
    openapi_extra=takes(Scans),
    responses=refusals(ScopeMissing, TooManyTries, MasterKeyWrong),
)
async def verify_codes(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    request: Request,
    actor: MayRead,
    asker: TheAsker,
    database: TheDatabase,
    keyring: TheKeyring,
    metrics: TheMetrics,
) -> Response:
    """The verdicts on up to 10,000 codes at once."""
    scans = await read(request, Scans)
    asker.check(())
    verdicts = await actions.verify_many(database, scans.codes, actor=actor, keyring=keyring)
    asker.failed(None, count(metrics, verdicts))
    return Response(orjson.dumps({"verdicts": verdicts}), media_type=JSON)


@router.post(
    "/history",
    response_model=HistoryAnswer,
    openapi_extra=takes(Scan),
    responses=refusals(TooManyTries, UnreadableCodes, AmbiguousCodes, UnknownCodes, MasterKeyWrong),
)
async def read_history(request: Request, shown: Shown) -> Response:
    """Everything that happened to a unit; to a stranger, only if its verification code is shown."""
    asking = await Asking.of(request, shown)
    scan = await read(request, Scan)
    with trying(asking.asker, scan.code):
        answer = await actions.history(
            asking.database, scan.code, actor=asking.actor, keyring=asking.keyring
        )
    return Response(orjson.dumps(answer), media_type=JSON)


@router.post(
    "/standing",
    response_model=StandingAnswer,
    openapi_extra=takes(ScanToPlace),
    responses=refusals(TooManyTries, UnreadableCodes, AmbiguousCodes, UnknownCodes, MasterKeyWrong),
)
async def read_standing(request: Request, shown: Shown) -> Response:
    """How a unit stands now, or as it was recorded at a past moment."""
    asking = await Asking.of(request, shown)
    scan = await read(request, ScanToPlace)
    with trying(asking.asker, scan.code):
        answer = await actions.standing(
            asking.database,
            scan.code,
            actor=asking.actor,
            keyring=asking.keyring,
            as_of=scan.as_of,
        )
    return Response(orjson.dumps(answer), media_type=JSON)
