"""Recording fiscal receipts: read the codes, sort the receipts out, apply them one after another.

A receipt is a fact: how the goods stand refuses nothing. What looks wrong becomes a finding, and
what no code names is listed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import accumulate, count
from typing import Any, NamedTuple

import asyncpg

from domain.database import Database
from domain.deadlines.actions import write
from domain.deadlines.rules import Ending
from domain.findings import actions as findings
from domain.findings import store as past
from domain.findings.rules import Finding, Sale, Stood
from domain.keys.keyring import Keyring
from domain.lifecycle.store import lots_of
from domain.naming.actions import codes_of
from domain.participants.actor import Actor
from domain.receipts import judging, rules, store
from domain.receipts.judging import Call, Line, Nameless
from domain.receipts.rules import Outcome, Receipt
from domain.receipts.selling import Left, Selling
from domain.receipts.store import Missing, NewReceipt, Recorded
from domain.recognition import actions as recognition
from domain.recognition.units import Texts
from domain.registry import store as registry
from domain.registry.goods import Depth, Wanted, enter
from domain.registry.outcome import outcome
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run
from domain.registry.store import NewEvent, RecordedEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import EventKind, ReceiptKind

DISSOLVED = "pack dissolved"
NOTHING = Recorded(b"", None, {})
KINDS = {ReceiptKind.SALE: EventKind.SOLD, ReceiptKind.RETURN: EventKind.RETURNED}


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


class Done(NamedTuple):
    """What the receipts did: the events that they got, and each unit that they named."""

    events: dict[int, RecordedEvent]
    lines: list[Line]
    left: list[Left]

    def event(self, receipt: int) -> int | None:
        """The receipt's event; none if no code of it was recognised."""
        drawn = self.events.get(receipt)
        return drawn.id if drawn else None


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
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return Given(done, is_new=False)
        call = await read(connection, receipts, keyring)

    async def story(connection: asyncpg.Connection) -> Given:
        done = await requests.claim(connection, request)
        if done:
            return Given(done, is_new=False)
        await store.lock_tills(connection, actor.id, {receipt.till for receipt in receipts})
        known = await store.recorded(connection, actor.id, {one.key for one in receipts})
        digests = {key: one.digest for key, one in known.items()}
        outcomes = rules.sorted_out(receipts, call.digests, digests, call.refused)
        fresh = [at for at, one in enumerate(outcomes) if one is Outcome.RECORDED]
        failed = 0
        if fresh:
            task = Task(request, call, fresh, actor, keyring, tells)
            new, failed = await perform(connection, task)
            known |= {one.receipt.key: Recorded(*one[1:]) for one in new}
        told = [
            judging.told(receipt, one, *known.get(receipt.key, NOTHING)[1:], call.refused.get(at))
            for at, (receipt, one) in enumerate(zip(receipts, outcomes, strict=True))
        ]
        answer = {"request": str(request.id), "receipts": told}
        await requests.answer(connection, request, answer)
        return Given(answer, is_new=True, failed=failed)

    return await write(database, actor.id, story)


async def read(
    connection: asyncpg.Connection, receipts: Sequence[Receipt], keyring: Keyring
) -> Call:
    """Find the units that the receipts name, all at once."""
    codes = [item.code for receipt in receipts for item in receipt.items]
    units = await recognition.recognise(connection, Texts.of_list(codes), keyring)
    pairs = zip(units.series.tolist(), units.number.tolist(), strict=True)
    batches = units.labelled.batches.tolist()
    places = [
        (series, number) if batch >= 0 else None
        for (series, number), batch in zip(pairs, batches, strict=True)
    ]
    starts = [0, *accumulate(len(receipt.items) for receipt in receipts)]
    call = Call(receipts, [one.digest for one in receipts], starts, units, places, {})
    groups = [call.groups(at) for at in range(len(receipts))]
    return call._replace(refused=rules.faults(receipts, groups, datetime.now(UTC)))


async def perform(connection: asyncpg.Connection, task: Task) -> tuple[list[NewReceipt], int]:
    """Record the new receipts; returns them, and how many codes could be guesses."""
    call, actor = task.call, task.actor
    scene = await enter(connection, wanted(call, task.fresh))
    transfers = await store.transfers(connection, scene.transfers)
    done = await apply(connection, task, scene)
    await registry.insert_events(connection, list(events(task, done, transfers)))
    await registry.write(connection, outcome(scene))
    if done.left:
        await settle(connection, task, done.left, transfers)
    without = judging.nameless(call, task.fresh)
    found = await judge(connection, task, done, scene, without)
    await findings.add(connection, found)
    told = judging.told_of(done.lines, call.units, actor, tells=task.tells)
    answers = judging.answers(task.fresh, done.lines, found, without, told)
    new = [
        NewReceipt(call.receipts[at], call.digests[at], done.event(at), answers[at].kept)
        for at in task.fresh
    ]
    await store.add(connection, actor.id, task.request.id, new)
    failed = len(without.never_issued) + judging.guesses(done.lines, call.units, actor)
    return new, failed


def wanted(call: Call, fresh: Sequence[int]) -> Wanted:
    """All units of these receipts, each by itself, and what is in the packs among them."""
    places = {place for at in fresh for line in call.lines(at) if (place := call.places[line])}
    runs = [Run(series, number, number) for series, number in sorted(places)]
    groups = frozenset(
        judging.group_of(label.template) for label in call.units.labelled.labels.values()
    )
    return Wanted(runs, depth=Depth.EVERYTHING, opening=True, groups=groups)


async def apply(connection: asyncpg.Connection, task: Task, scene: Scene) -> Done:
    """Let the receipts happen, one after another, each under an event of its own."""
    call, selling = task.call, Selling(scene)
    naming = [at for at in task.fresh if any(call.places[line] for line in call.lines(at))]
    drawn = await registry.draw_events(connection, len(naming))
    done = Done(dict(zip(naming, drawn, strict=True)), [], selling.left)
    for at, event in done.events.items():
        receipt = call.receipts[at]
        for line, item in zip(call.lines(at), receipt.items, strict=True):
            place = call.places[line]
            if place is None:
                continue
            if receipt.kind is ReceiptKind.SALE:
                before = selling.sell(place, item.share, receipt.reason, event_id=event.id)
            else:
                before = selling.take_back(place, item.share, event_id=event.id)
            done.lines.append(Line(at, line, event.id, before))
    return done


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


async def judge(
    connection: asyncpg.Connection, task: Task, done: Done, scene: Scene, without: Nameless
) -> list[Finding]:
    """What looks wrong in these receipts. All that they did is written already."""
    receipts = task.call.receipts
    sold = [one for one in done.lines if receipts[one.receipt].kind is ReceiptKind.SALE]
    back = [one for one in done.lines if receipts[one.receipt].kind is ReceiptKind.RETURN]
    found = await judge_sold(connection, task, scene, sold)
    found += await judge_returned(connection, task, scene, back)
    never = [
        (judging.sale_of(receipts[at], done.event(at), task.actor), *without.never_issued[line])
        for at, line in without.lines
        if line in without.never_issued and receipts[at].kind is ReceiptKind.SALE
    ]
    if never:
        found += await findings.judge_never_issued(connection, never, seller=task.actor)
    return found


async def judge_sold(
    connection: asyncpg.Connection, task: Task, scene: Scene, lines: Sequence[Line]
) -> list[Finding]:
    """Judge sales; the many with which nothing can be wrong are not looked at one by one."""
    expiries = await expiries_of(connection, lines)
    since = await store.occurred(connection, {line.before.span.event_id for line in lines})
    looked_at = []
    for line in lines:
        receipt, span = task.call.receipts[line.receipt], line.before.span
        expires_on = expiries.get(span.standing.lot_id)
        plain = judging.is_plain(line, receipt, task.actor, since[span.event_id])
        if not plain or judging.may_be_expired(expires_on, receipt):
            looked_at.append(line)
    pairs = told_pairs(task, scene, looked_at, expiries)
    found = await findings.judge_sales(connection, pairs) if pairs else []
    for line, (sale, unit) in zip(looked_at, pairs, strict=True):
        found += rules.judge_sold(
            sale, unit, in_bundle=line.before.in_bundle, is_oversold=line.before.is_oversold
        )
    return found


async def judge_returned(
    connection: asyncpg.Connection, task: Task, scene: Scene, lines: Sequence[Line]
) -> list[Finding]:
    """Judge returns: what comes back was sold before, and by who takes it back."""
    pairs = told_pairs(task, scene, lines, {})
    units = [unit for _, unit in pairs]
    before = await past.last_sales(
        connection, [unit[:2] for unit in units], [unit.event_id for unit in units]
    )
    return [
        finding
        for at, (line, (sale, unit)) in enumerate(zip(lines, pairs, strict=True))
        for finding in rules.judge_returned(
            sale, unit, was_sold=line.before.was_sold, sold=before.get(at)
        )
    ]


async def expiries_of(
    connection: asyncpg.Connection, lines: Sequence[Line]
) -> dict[int | None, date | None]:
    """When the lots of these units expire."""
    ids = {line.before.span.standing.lot_id for line in lines}
    lots = await lots_of(connection, sorted(one for one in ids if one is not None))
    return {number: lot.expires_on for number, lot in lots.items()}


def told_pairs(
    task: Task, scene: Scene, lines: Sequence[Line], expiries: Mapping[int | None, date | None]
) -> list[tuple[Sale, Stood]]:
    """These lines as the rules that look for fraud know them."""
    codes = task.call.units.codes() if lines else {}
    return [
        (
            judging.sale_of(task.call.receipts[line.receipt], line.event_id, task.actor),
            judging.stood(
                line,
                codes[line.line],
                scene.facts_of(line.before.place),
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
