"""The goods on receipts: what their codes name, locked, and what becomes of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import asyncpg
import numpy as np

from domain.keys.keyring import Keyring
from domain.loose import store as loose
from domain.loose.alike import Asked, Integers, pieces
from domain.loose.goods import Entered, enter_apart
from domain.participants.actor import Actor
from domain.receipts import judging, rules
from domain.receipts.calls import Call
from domain.receipts.judging import Line, Plain
from domain.receipts.rules import Receipt
from domain.receipts.selling import Left, Selling
from domain.recognition.actions import recognise
from domain.recognition.units import Texts
from domain.registry import store as registry
from domain.registry.goods import Depth, Wanted
from domain.registry.outcome import outcome
from domain.registry.scene import Scene
from domain.registry.store import RecordedEvent
from domain.vocabulary import ReceiptKind


async def read(
    connection: asyncpg.Connection, receipts: Sequence[Receipt], keyring: Keyring
) -> Call:
    """Find the units that the receipts name, all at once. Nothing is locked yet."""
    codes = [code for receipt in receipts for code in receipt.codes]
    units = await recognise(connection, Texts.of_list(codes), keyring)
    call = Call.of(receipts, units)
    groups = [call.groups(at) for at in range(len(receipts))]
    return call._replace(refused=rules.faults(receipts, groups, datetime.now(UTC)))


class Done(NamedTuple):
    """What receipts did: plain sales by the array, all others line by line.

    A receipt of which no code was recognised has no event.
    """

    events: dict[int, RecordedEvent]
    plain: Plain
    lines: list[Line]
    left: list[Left]
    scene: Scene


async def take(
    connection: asyncpg.Connection, call: Call, fresh: Sequence[int], actor: Actor
) -> Done:
    """Lock all that these receipts name, and let them happen, each under an event of its own.

    Nothing is written yet.
    """
    asked = call.asked(fresh)
    wanted = Wanted(depth=Depth.EVERYTHING, opening=True, groups=call.all_groups)
    entered = await enter_apart(
        connection, wanted, asked, call.batches, partial(judging.is_plain, actor=actor)
    )
    naming = np.unique(call.receipt_of[asked.lines])
    drawn = await registry.draw_events(connection, len(naming))
    numbers = np.zeros(len(call.receipts), np.int64)
    numbers[naming] = [event.id for event in drawn]
    event_of = numbers[call.receipt_of[asked.lines]]
    lines, left = applied(call, asked, event_of, entered)
    events = dict(zip(naming.tolist(), drawn, strict=True))
    return Done(events, Plain(asked, entered.apart, event_of), lines, left, entered.scene)


def applied(
    call: Call, asked: Asked, event_of: Integers, entered: Entered
) -> tuple[list[Line], list[Left]]:
    """Apply what is not set apart to the scene, in the order of the call."""
    selling = Selling(entered.scene)
    here = np.ones(len(asked.lines), np.bool_)
    for alike in entered.apart:
        here[alike.rows] = False
    rows = np.flatnonzero(here)
    lines = []
    for row in rows[np.argsort(asked.lines[rows])].tolist():
        line, event_id = int(asked.lines[row]), int(event_of[row])
        number = int(call.receipt_of[line])
        receipt, place, share = call.receipts[number], call.place(line), call.share(line)
        if receipt.kind is ReceiptKind.SALE:
            before = selling.sell(place, share, receipt.reason, event_id=event_id)
        else:
            before = selling.take_back(place, share, event_id=event_id)
        lines.append(Line(number, line, event_id, before))
    return lines, selling.left


async def write(connection: asyncpg.Connection, done: Done) -> None:
    """Let the store become what the receipts made of it. Their events are recorded."""
    asked, apart, event_of = done.plain
    if apart:
        cut = pieces(asked, apart, event_of)
        await loose.change(connection, cut, apart[0].standing, rules.SOLD)
    if done.lines:
        await registry.write(connection, outcome(done.scene))
