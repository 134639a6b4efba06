"""Recording fiscal receipts: read the codes, sort the receipts out, apply them one after another.

A receipt is a fact: how the goods stand refuses nothing. What looks wrong becomes a finding, and
what no code names is listed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any, NamedTuple, TypeVar

import asyncpg
import numpy as np

from domain.database import Database
from domain.deadlines import actions as deadlines
from domain.deadlines.rules import Ending
from domain.findings import actions as findings
from domain.findings import store as past
from domain.findings.rules import Finding, Sale, Stood
from domain.keys.keyring import Keyring
from domain.lifecycle.store import lots_of
from domain.naming.actions import codes_of
from domain.participants.actor import Actor
from domain.receipts import goods, judging, rules, store
from domain.receipts.calls import Call, Nameless, nameless
from domain.receipts.goods import Done
from domain.receipts.judging import Answer, Dates, Line
from domain.receipts.rules import Outcome, Receipt
from domain.receipts.selling import Left
from domain.receipts.store import Missing, NewReceipt, Recorded
from domain.registry import store as registry
from domain.registry.spans import Place
from domain.registry.store import EventRows, NewEvent, RecordedEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import EventKind, ReceiptKind

DISSOLVED = "pack dissolved"
NOTHING = Recorded(b"", None, {})
KINDS = {ReceiptKind.SALE: EventKind.SOLD, ReceiptKind.RETURN: EventKind.RETURNED}

Expiries = Mapping[int | None, date | None]
Worked = TypeVar("Worked")


class Given(NamedTuple):
    """An answer, whether it is new, and how many codes failed that could be guesses."""

    answer: dict[str, Any]
    is_new: bool
    failed: int = 0


class Task(NamedTuple):
    """The receipts of a call that are new, about to be recorded by whom it is told."""

    request: Request
    call: Call
    fresh: list[int]
    actor: Actor
    keyring: Keyring
    tells: bool

    def receipt(self, line: Line) -> Receipt:
        return self.call.receipts[line.receipt]


async def record(  # noqa: PLR0913 (the story needs its whole cast)
    database: Database,
    request: Request,
    receipts: Sequence[Receipt],
    *,
    actor: Actor,
    keyring: Keyring,
    tells: bool = True,
) -> Given:
    """Record what tills printed, in this order. What no till can have printed is refused alone.

    `tells`: what was found on units that the seller does not hold, too, where it showed their
    verification codes.
    """

    def given(told: dict[str, Any], *, is_new: bool, failed: int = 0) -> Given:
        named = judging.answer(receipts, told["receipts"])
        return Given({"request": str(request.id), "receipts": named}, is_new, failed)

    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return given(done, is_new=False)
        call = await goods.read(connection, receipts, keyring)

    async def story(connection: asyncpg.Connection) -> Given:
        done = await requests.claim(connection, request)
        if done:
            return given(done, is_new=False)
        told, failed = await tell(connection, Task(request, call, [], actor, keyring, tells))
        answer = {"receipts": told}
        await requests.answer(connection, request, answer)
        return given(answer, is_new=True, failed=failed)

    return await deadlines.write(database, actor.id, story)


async def tell(connection: asyncpg.Connection, task: Task) -> tuple[list[dict[str, Any]], int]:
    """Sort the receipts out, record the new ones, and say what became of each."""
    call, actor = task.call, task.actor
    await store.lock_tills(connection, actor.id, {receipt.till for receipt in call.receipts})
    known = await store.recorded(connection, actor.id, {one.key for one in call.receipts})
    digests = {key: one.digest for key, one in known.items()}
    outcomes = rules.sorted_out(call.receipts, call.digests, digests, call.refused)
    fresh = [at for at, one in enumerate(outcomes) if one is Outcome.RECORDED]
    failed = 0
    if fresh:
        new, failed = await perform(connection, task._replace(fresh=fresh))
        known |= {one.receipt.key: Recorded(*one[1:]) for one in new}
    told = [
        judging.told(one, *known.get(receipt.key, NOTHING)[1:], call.refused.get(at))
        for at, (receipt, one) in enumerate(zip(call.receipts, outcomes, strict=True))
    ]
    return told, failed


async def perform(connection: asyncpg.Connection, task: Task) -> tuple[list[NewReceipt], int]:
    """Record the new receipts; returns them, and how many codes could be guesses."""
    call, actor = task.call, task.actor
    done = await goods.take(connection, call, task.fresh, actor)
    transfers = await store.transfers(connection, done.scene.transfers)
    expiries = await expiries_of(connection, done)
    doubtful = await doubts(connection, task, done, expiries)
    told = judging.told_of(done.lines, call.units, actor, tells=task.tells)

    def meanwhile() -> tuple[EventRows, Nameless, dict[int, Answer]]:
        rows = registry.event_rows(events(task, done, transfers))
        without = nameless(call, task.fresh)
        counted = judging.counted(call, done.plain, done.lines, told)
        return rows, without, judging.answers(task.fresh, counted, without)

    rows, without, answers = await working(goods.write(connection, done), meanwhile)
    await registry.insert_events(connection, rows)
    if done.left:
        await settle(connection, task, done.left, transfers)
    found = await judge(connection, task, done, Seen(doubtful, without, expiries))
    await findings.add(connection, found)
    shown = [*doubtful, *(line for line in done.lines if line.line in told)]
    judging.tell(answers, shown, found)
    new = [
        NewReceipt(call.receipts[at], call.digests[at], event_of(done, at), answers[at].kept)
        for at in task.fresh
    ]
    await store.add(connection, actor.id, task.request.id, new)
    return new, len(without.never_issued) + judging.guesses(done.lines, call.units, actor)


async def working(writing: Coroutine[Any, Any, None], work: Callable[[], Worked]) -> Worked:
    """Do this work while the database writes: for a call of many receipts that takes as long."""
    task = asyncio.create_task(writing)
    try:
        await asyncio.sleep(0)  # sends the statement off
        return work()
    finally:
        await task


def event_of(done: Done, receipt: int) -> int | None:
    """The receipt's event; none if no code of it was recognised."""
    drawn = done.events.get(receipt)
    return drawn.id if drawn else None


def events(
    task: Task, done: Done, transfers: Mapping[int, Ending]
) -> Iterator[tuple[RecordedEvent, NewEvent]]:
    """The receipts' events; each concerns who held its units, and both sides of their transfers."""
    parties: dict[int, set[int]] = defaultdict(set)
    for line in done.lines:
        parties[line.event_id].add(line.before.custody.holder_id)
    for left in done.left:
        parties[left.event_id].update(transfers[left.transfer_id].parties)
    for at, drawn in done.events.items():
        receipt = task.call.receipts[at]
        told = {"till": receipt.till, "fiscal_document": receipt.fiscal_document}
        yield (
            drawn,
            NewEvent(
                KINDS[receipt.kind],
                task.request.id,
                task.actor.id,
                receipt.issued_at,
                told,
                parties=sorted(parties[drawn.id]),
            ),
        )


async def settle(
    connection: asyncpg.Connection,
    task: Task,
    left: Sequence[Left],
    transfers: Mapping[int, Ending],
) -> None:
    """List what was sold out of open transfers there; those left empty end."""
    by_transfer: dict[int, list[Left]] = defaultdict(list)
    for one in left:
        by_transfer[one.transfer_id].append(one)
    sold = [
        rules.sold_out(transfers[number], sum(one.units for one in mine), mine[-1].event_id)
        for number, mine in sorted(by_transfer.items())
    ]
    await store.count_sold(connection, task.request.id, sold)
    codes = await codes_of(connection, task.keyring, {one.place for one in left})
    await store.add_missing(connection, missing(left, codes))


def missing(left: Sequence[Left], codes: Mapping[Place, str]) -> Iterator[Missing]:
    """What both sides of a transfer are told, in the order of the receipts."""
    positions: dict[tuple[int, int], Iterator[int]] = defaultdict(count)
    for one in left:
        position = next(positions[one.transfer_id, one.event_id])
        note = DISSOLVED if one.is_dissolved else None
        yield Missing(*one[:2], position, codes[one.place], one.units, note)


# Looking for what is wrong


class Seen(NamedTuple):
    """What is looked at: plain sales that may be wrong after all, and what names no unit."""

    doubtful: list[Line]
    without: Nameless
    expiries: Expiries


async def judge(
    connection: asyncpg.Connection, task: Task, done: Done, seen: Seen
) -> list[Finding]:
    """What looks wrong in these receipts. All that they did is written already."""
    receipts, never_issued = task.call.receipts, seen.without.never_issued
    sold = [one for one in done.lines if task.receipt(one).kind is ReceiptKind.SALE]
    back = [one for one in done.lines if task.receipt(one).kind is ReceiptKind.RETURN]
    found = await judge_sold(connection, task, [*seen.doubtful, *sold], seen.expiries)
    if back:
        found += await judge_returned(connection, task, back)
    never = [
        (judging.sale_of(receipts[at], event_of(done, at), task.actor), *never_issued[line])
        for at, line in seen.without.lines
        if line in never_issued and receipts[at].kind is ReceiptKind.SALE
    ]
    if never:
        found += await findings.judge_never_issued(connection, never, seller=task.actor)
    return found


async def expiries_of(connection: asyncpg.Connection, done: Done) -> Expiries:
    """When the lots of these units expire."""
    ids = {line.before.span.standing.lot_id for line in done.lines}
    ids |= {alike.standing.lot_id for alike in done.plain.apart}
    lots = await lots_of(connection, sorted(one for one in ids if one is not None))
    return {number: lot.expires_on for number, lot in lots.items()}


async def doubts(
    connection: asyncpg.Connection, task: Task, done: Done, expiries: Expiries
) -> list[Line]:
    """The plain sales with which something may be wrong after all."""
    apart = done.plain.apart
    if not apart:
        return []
    touched = np.unique(np.concatenate([alike.since for alike in apart])).tolist()
    dates = Dates(expiries, await past.events_of(connection, touched))
    return judging.doubtful(task.call, done.plain, dates)


async def judge_sold(
    connection: asyncpg.Connection, task: Task, lines: Sequence[Line], expiries: Expiries
) -> list[Finding]:
    """What looks wrong in these sales."""
    pairs = told_pairs(task, lines, expiries)
    found = await findings.judge_sales(connection, pairs) if pairs else []
    for line, (sale, unit) in zip(lines, pairs, strict=True):
        found += rules.judge_sold(
            sale, unit, in_bundle=line.before.in_bundle, is_oversold=line.before.is_oversold
        )
    return found


async def judge_returned(
    connection: asyncpg.Connection, task: Task, lines: Sequence[Line]
) -> list[Finding]:
    """What comes back was sold before, and by who takes it back."""
    pairs = told_pairs(task, lines, {})
    units = [unit for _, unit in pairs]
    places, last = [unit[:2] for unit in units], [unit.event_id for unit in units]
    before = await past.last_sales(connection, places, last)
    return [
        finding
        for at, (line, (sale, unit)) in enumerate(zip(lines, pairs, strict=True))
        for finding in rules.judge_returned(
            sale, unit, was_sold=line.before.was_sold, sold=before.get(at)
        )
    ]


def told_pairs(task: Task, lines: Sequence[Line], expiries: Expiries) -> list[tuple[Sale, Stood]]:
    """These lines as the rules that look for fraud know them."""
    codes = task.call.units.codes() if lines else {}
    return [
        (
            judging.sale_of(task.receipt(line), line.event_id, task.actor),
            judging.stood(
                line,
                codes[line.line],
                task.call.label(line.line),
                expiries.get(line.before.span.standing.lot_id),
            ),
        )
        for line in lines
    ]


# What was recorded


async def listed(
    database: Database, till: str, after: str | None, limit: int, *, actor: Actor
) -> list[dict[str, Any]]:
    """A page of the participant's receipts of a till."""
    async with database.reading() as connection:
        rows = await store.of_till(connection, actor.id, till, after, limit)
    return [judging.kept(row) for row in rows]
