"""Accept, reject, cancel: each answer has its own id, and is recorded once.

The transfer's row is locked before its goods, so rivals answer one after another.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from domain.acceptance import rules, store
from domain.acceptance.answers import Acceptance, Cancellation, Rejection
from domain.acceptance.passing import Passing
from domain.acceptance.store import Found
from domain.catalogue.documents import told_document
from domain.codes.rules import check_occurred
from domain.custody import store as custody
from domain.custody.actions import seen_by, told_runs
from domain.custody.offers import Transfer
from domain.database import Database
from domain.deadlines import store as deadlines
from domain.deadlines.actions import release_rest, write
from domain.deadlines.rules import Ending, closed_status
from domain.findings import actions as findings
from domain.findings.rules import InHand
from domain.goods.actions import locate
from domain.goods.judging import Located
from domain.goods.named import Goods
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.units import Texts
from domain.registry import store as registry
from domain.registry.goods import Depth, Wanted, check_deadlines, enter, enter_transfer
from domain.registry.outcome import outcome
from domain.registry.scene import Scene
from domain.registry.spans import elementary
from domain.registry.store import NewEvent, RecordedEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import DiscrepancyKind, EventKind, TransferStatus

MOST_TOLD = 1_000


class Named(NamedTuple):
    """The goods of an answer: what it is about (None: all that is left), and what of it is not."""

    goods: Located | None
    but: Located | None
    missing: Located | None

    def wanted(self, transfer: Transfer) -> Wanted:
        """What must be locked, beside all that is left where that is meant."""
        parts = [part for part in self if part is not None]
        return Wanted(
            elementary([run for part in parts for run in part.runs]),
            sorted({package for part in parts for package in part.packages}),
            Depth.SUMMARY,
            opening=True,
            groups=frozenset().union(*(part.groups for part in parts)),
            transfers=(transfer.id,),
        )


class Report(NamedTuple):
    """What arrived otherwise than offered; `beyond` are units (series, number, code) among it."""

    lines: list[Found]
    beyond: list[tuple[int, int, str]]


class Answer(NamedTuple):
    """An answer about to be recorded, and how the goods stand under the locks."""

    request: Request
    transfer: Transfer
    standing: Ending
    actor: Actor
    named: Named
    scene: Scene


Given = tuple[dict[str, Any], bool]
Perform = Callable[[asyncpg.Connection, Answer], Awaitable[dict[str, Any]]]


async def accept(  # noqa: PLR0913 (the story needs its whole cast)
    database: Database,
    request: Request,
    uuid: UUID,
    told: Acceptance,
    *,
    actor: Actor,
    keyring: Keyring,
) -> Given:
    """Accept goods of a transfer: their custody passes, in the state of the receiver."""
    now = datetime.now(UTC)
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        check_occurred(told.occurred_at, now)
        transfer = await seen_by(connection, uuid, actor)
        rules.check_acceptance(told, transfer, actor, now)
        named = await find(connection, told, transfer, actor=actor, keyring=keyring)
        rules.check_assurance(told.assurance, named.goods)
        report = await discrepancies(connection, told, named, keyring)

    async def perform(connection: asyncpg.Connection, answer: Answer) -> dict[str, Any]:
        return await record_acceptance(connection, answer, told, report)

    whole = told.goods is None or told.close
    return await answered(database, (request, transfer, actor, named), perform, whole=whole)


async def find(
    connection: asyncpg.Connection,
    told: Acceptance | Rejection,
    transfer: Transfer,
    *,
    actor: Actor,
    keyring: Keyring,
) -> Named:
    """The goods that the answer names; those in the transfer are told of to its receiver."""

    async def found(goods: Goods | None) -> Located | None:
        if goods is None:
            return None
        return await locate(
            connection, goods, actor=actor, keyring=keyring, transfers={transfer.id}
        )

    if isinstance(told, Rejection):
        return Named(await found(told.goods), None, None)
    return Named(await found(told.goods), await found(told.but), await found(told.missing))


async def discrepancies(
    connection: asyncpg.Connection, told: Acceptance, named: Named, keyring: Keyring
) -> Report:
    """The report of what arrived otherwise: never a verification code, nor how a unit stands."""
    found: list[Found] = []
    beyond: list[tuple[int, int, str]] = []
    for kind, texts in (
        (DiscrepancyKind.SURPLUS, told.surplus),
        (DiscrepancyKind.SWAPPED, told.swapped),
        (DiscrepancyKind.UNKNOWN, told.unknown),
    ):
        if texts:
            units = await recognition.recognise(connection, Texts.of_list(texts), keyring)
            found += [Found(kind, units.shown(row), 1) for row in range(len(texts))]
            beyond += findings.named_in(units)
    if named.missing:
        found += await missing_lines(connection, named.missing)
        ssccs = await custody.ssccs(connection, named.missing.packages, MOST_TOLD)
        found += [Found(DiscrepancyKind.MISSING, sscc, 0, "package") for sscc in ssccs]
    return Report(found, beyond)


async def missing_lines(connection: asyncpg.Connection, missing: Located) -> list[Found]:
    """The units that did not arrive, by runs of batches."""
    return [
        Found(
            DiscrepancyKind.MISSING, None, run["count"], f"batch {run['batch']} from {run['first']}"
        )
        for run in await told_runs(connection, missing.runs)
    ]


async def answered(
    database: Database,
    asked: tuple[Request, Transfer, Actor, Named],
    perform: Perform,
    *,
    whole: bool,
) -> Given:
    """Lock the transfer and its goods, see that it is open, and answer it."""
    request, transfer, actor, named = asked

    async def story(connection: asyncpg.Connection) -> Given:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        wanted = named.wanted(transfer)
        if whole:
            scene = await enter_transfer(connection, transfer.id, wanted)
            await check_deadlines(connection, scene)
        else:
            scene = await enter(connection, wanted)
        standing = await deadlines.transfer(connection, transfer.id)
        rules.check_open(standing)
        answer = await perform(connection, Answer(request, transfer, standing, actor, named, scene))
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


async def record_acceptance(
    connection: asyncpg.Connection, answer: Answer, told: Acceptance, report: Report
) -> dict[str, Any]:
    """Unpack what is not accepted, pass what is, close what is answered whole."""
    scene, transfer = answer.scene, answer.transfer
    passing = Passing(scene, transfer.id)
    passing.check(answer.named.goods, answer.named.but, answer.named.missing)
    event = await record(
        connection, answer, EventKind.ACCEPTED, details_of(told), occurred_at=told.occurred_at
    )
    before = scene.units_in_transfer(transfer.id)
    passing.keep_back(answer.named.but, answer.named.missing, event_id=event.id)
    accepted = passing.pass_on(answer.named.goods, answer.actor, event_id=event.id)
    released = before - scene.units_in_transfer(transfer.id) - accepted
    scene.end_empty(event_id=event.id)
    row = (transfer.id, event.id, answer.request.id, "ACCEPTED", told.assurance, accepted, released)
    await deadlines.add_answer(connection, row)
    status = await settle(
        connection, answer, event, accepted=accepted, released=released, close=told.close
    )
    await registry.write(connection, outcome(scene))
    if report.lines:
        reported = await record(
            connection, answer, EventKind.DISCREPANCY_REPORTED, {"lines": len(report.lines)}
        )
        await store.add_discrepancies(connection, transfer.id, reported.id, report.lines)
        state, at = answer.actor.member_state, told.occurred_at or reported.recorded_at
        seen = InHand("surplus", at, state, answer.actor, reported.id)
        beyond = await findings.judge_delivery(connection, report.beyond, seen)
        await findings.add(connection, beyond)
    return await receipt(connection, answer, event, status, len(report.lines))


async def settle(  # noqa: PLR0913 (what became of the goods)
    connection: asyncpg.Connection,
    answer: Answer,
    event: RecordedEvent,
    *,
    accepted: int,
    released: int,
    close: bool,
) -> TransferStatus:
    """Write the counts onto the transfer, and close it if nothing is left or it shall be closed."""
    now = answer.standing._replace(
        accepted_units=answer.standing.accepted_units + accepted,
        released_units=answer.standing.released_units + released,
    )
    done = not now.left
    status = closed_status(now) if done else TransferStatus.OFFERED
    await deadlines.count_answer(
        connection,
        now.id,
        status,
        accepted=accepted,
        released=released,
        answers=1,
        closed_by=event.id if done else None,
    )
    if done or not close:
        return status
    return await release_rest(
        connection, answer.scene, now, event, kind="CLOSED", uuid=answer.request.id
    )


async def reject(  # noqa: PLR0913
    database: Database,
    request: Request,
    uuid: UUID,
    told: Rejection,
    *,
    actor: Actor,
    keyring: Keyring,
) -> Given:
    """Reject goods of a transfer: they come back to the sender, free again."""
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        check_occurred(told.occurred_at, datetime.now(UTC))
        transfer = await seen_by(connection, uuid, actor)
        rules.check_receiver(transfer, actor)
        named = await find(connection, told, transfer, actor=actor, keyring=keyring)

    async def perform(connection: asyncpg.Connection, answer: Answer) -> dict[str, Any]:
        passing = Passing(answer.scene, transfer.id)
        passing.check(answer.named.goods)
        event = await record(
            connection, answer, EventKind.REJECTED, details_of(told), occurred_at=told.occurred_at
        )
        before = answer.scene.units_in_transfer(transfer.id)
        if answer.named.goods is None:
            answer.scene.release(transfer.id, event_id=event.id)
        else:
            passing.keep_back(answer.named.goods, event_id=event.id)
        released = before - answer.scene.units_in_transfer(transfer.id)
        answer.scene.end_empty(event_id=event.id)
        row = (transfer.id, event.id, answer.request.id, "REJECTED", None, 0, released)
        await deadlines.add_answer(connection, row)
        status = await settle(connection, answer, event, accepted=0, released=released, close=False)
        await registry.write(connection, outcome(answer.scene))
        return await receipt(connection, answer, event, status, 0)

    asked = (request, transfer, actor, named)
    return await answered(database, asked, perform, whole=told.goods is None)


async def cancel(
    database: Database, request: Request, uuid: UUID, told: Cancellation, *, actor: Actor
) -> Given:
    """Take an offer back, as long as nobody has answered it."""
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        check_occurred(told.occurred_at, datetime.now(UTC))
        transfer = await seen_by(connection, uuid, actor)
        rules.check_sender(transfer, actor)

    async def perform(connection: asyncpg.Connection, answer: Answer) -> dict[str, Any]:
        given = await custody.answers(connection, transfer.id)
        rules.check_unanswered(answer.standing, given)
        event = await record(
            connection,
            answer,
            EventKind.OFFER_CANCELLED,
            details_of(told),
            occurred_at=told.occurred_at,
        )
        status = await release_rest(
            connection,
            answer.scene,
            answer.standing,
            event,
            kind="CANCELLED",
            uuid=answer.request.id,
        )
        await registry.write(connection, outcome(answer.scene))
        return await receipt(connection, answer, event, status, 0)

    asked = (request, transfer, actor, Named(None, None, None))
    return await answered(database, asked, perform, whole=True)


def details_of(told: Acceptance | Rejection | Cancellation) -> dict[str, Any]:
    """What the event keeps of the answer."""
    kept = {
        "reason": getattr(told, "reason", None),
        "place": getattr(told, "place", None),
        "assurance": getattr(told, "assurance", None),
        "documents": [told_document(one) for one in getattr(told, "documents", ())] or None,
    }
    return {name: value for name, value in kept.items() if value is not None}


async def record(
    connection: asyncpg.Connection,
    answer: Answer,
    kind: EventKind,
    details: dict[str, Any],
    *,
    occurred_at: datetime | None = None,
) -> RecordedEvent:
    """Record an event of this transfer, which concerns both sides."""
    told = {"transfer": str(answer.transfer.uuid), **details}
    return await registry.insert_event(
        connection,
        NewEvent(
            kind,
            answer.request.id,
            answer.actor.id,
            occurred_at,
            told,
            parties=answer.standing.parties,
        ),
    )


async def receipt(
    connection: asyncpg.Connection,
    answer: Answer,
    event: RecordedEvent,
    status: TransferStatus,
    reported: int,
) -> dict[str, Any]:
    """What the side that answered is told."""
    now = await deadlines.transfer(connection, answer.transfer.id)
    return {
        "transfer": str(answer.transfer.uuid),
        "answer": str(answer.request.id),
        "event": event.id,
        "recorded_at": event.recorded_at.isoformat(),
        "status": status,
        "accepted": now.accepted_units - answer.standing.accepted_units,
        "released": now.released_units - answer.standing.released_units,
        "left": now.left,
        "discrepancies": reported,
    }
