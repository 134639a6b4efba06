"""Traceability answers: is it genuine, what happened to it, how does or did it stand."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request, Response

from api import dependencies
from api.bodies import Router
from api.dependencies import MayRead, Shown, TheAsker, TheDatabase, TheKeyring, TheMetrics
from api.limits import Asker
from api.problems import TooManyTries, refusals
from api.scans import Order, Scans, ScanToFollow, ScanToPlace, ScanToVerify, read, takes
from api.telemetry import Metrics
from api.traced import HistoryAnswer, StandingAnswer, VerdictAnswer, Verdicts
from domain.codes import intake
from domain.database import Database
from domain.errors import (
    AmbiguousCodes,
    MasterKeyWrong,
    OccurredInFuture,
    ScopeMissing,
    UnknownCodes,
    UnreadableCodes,
)
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.trace import actions
from domain.trace.rules import Outcome

router = Router("trace")

JSON = "application/json"


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
    responses=refusals(TooManyTries, OccurredInFuture, MasterKeyWrong),
)
async def verify_code(request: Request, shown: Shown) -> Response:
    """Is this code genuine, and may the goods be sold, accepted, used? Anybody may ask."""
    asking = await Asking.of(request, shown)
    scan = await read(request, ScanToVerify)
    asking.asker.check(intake.gtins(scan.code))
    deadline = scan.deadline_ms / 1_000 if scan.deadline_ms else None
    answer = await actions.verify(
        asking.database,
        scan.code,
        actor=asking.actor,
        keyring=asking.keyring,
        deadline=deadline,
        state=scan.member_state,
        scan=scan.record.told() if scan.record else None,
    )
    if count(asking.metrics, [answer]):
        asking.asker.failed(answer.get("gtin"))
    elif scan.record and asking.actor is None:
        # What is recorded is kept: with one genuine code a stranger shall not fill the registry.
        asking.asker.failed(None)
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
    verdicts = await actions.verify_many(
        database, scans.codes, actor=actor, keyring=keyring, state=scans.member_state
    )
    asker.failed(None, count(metrics, verdicts))
    return Response(orjson.dumps({"verdicts": verdicts}), media_type=JSON)


@router.post(
    "/history",
    response_model=HistoryAnswer,
    openapi_extra=takes(ScanToFollow),
    responses=refusals(TooManyTries, UnreadableCodes, AmbiguousCodes, UnknownCodes, MasterKeyWrong),
)
async def read_history(request: Request, shown: Shown) -> Response:
    """Everything that happened to a unit, and to the packages around it while it was inside.

    To a stranger, only if its verification code is shown.
    """
    asking = await Asking.of(request, shown)
    scan = await read(request, ScanToFollow)
    with trying(asking.asker, scan.code):
        answer = await actions.history(
            asking.database,
            scan.code,
            actor=asking.actor,
            keyring=asking.keyring,
            occurred=scan.order is Order.OCCURRED,
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
