"""Finding what is to be printed: its numbers or packages, as far as they are the asker's."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import asyncpg
import numpy as np

from domain.codes.orders import LabelOfBatch
from domain.errors import RunOutsideBatch, UnknownBatch, UnknownPackages
from domain.goods import store as store_of_goods
from domain.goods.actions import hide_but, numbers_of, package_ids
from domain.goods.judging import Judged, refusal
from domain.goods.named import BatchRun
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.prints.orders import Asked, ByCodes, ByRun
from domain.prints.runs import in_order
from domain.recognition import actions as recognition
from domain.recognition.numbers import batches_of
from domain.recognition.store import labels_of
from domain.recognition.units import Integers, Units, Verdict
from domain.registry.packages import Custody
from domain.registry.reading import custodians, intervals_of, intervals_of_batch
from domain.registry.spans import Interval, Run, joined


class Located(NamedTuple):
    """The goods of an order: runs in the order of their labels, or packages.

    `batch_id` is the batch that was named, if one was.
    """

    asked: list[Run]
    intervals: list[Interval]
    labels: dict[int, LabelOfBatch]
    packages: dict[str, int]
    batch_id: int | None = None

    @property
    def units(self) -> int:
        return sum(run.units for run in self.asked)

    @property
    def ids(self) -> set[int]:
        """Of what is printed: batches, or packages."""
        return set(self.labels) | set(self.packages.values())


async def locate(
    connection: asyncpg.Connection, asked: Asked, *, actor: Actor, keyring: Keyring
) -> Located:
    """Find what is named. Only who registered a unit prints it, only who holds a package its label.

    To everybody else they are as if they did not exist.
    """
    if isinstance(asked, ByRun):
        return await locate_run(connection, asked, actor)
    if isinstance(asked, ByCodes):
        return await locate_codes(connection, asked, actor, keyring)
    ids = await package_ids(connection, asked.ssccs)
    packages = dict(zip(asked.ssccs, ids, strict=True))
    await check_held(connection, packages, actor)
    return Located([], [], {}, packages)


async def check_held(
    connection: asyncpg.Connection, packages: Mapping[str, int], actor: Actor
) -> dict[int, Custody]:
    """The custody of these packages, all of which the actor holds."""
    held = await custodians(connection, packages.values())
    custody = {one: around.custody for one, around in held.items() if one is not None}
    strange = [
        sscc
        for sscc, one in packages.items()
        if one not in custody or custody[one].holder_id != actor.id
    ]
    if strange:
        raise UnknownPackages(len(strange), tuple(strange[:3]))
    return custody


async def locate_run(connection: asyncpg.Connection, asked: ByRun, actor: Actor) -> Located:
    """The numbers of a run of a batch."""
    batch = (await store_of_goods.batches_named(connection, [asked.batch])).get(asked.batch)
    if batch is None or batch.participant_id != actor.id:
        raise UnknownBatch(str(asked.batch))
    count = batch.quantity - asked.first if asked.count is None else asked.count
    if count < 1 or asked.first + count > batch.quantity:
        raise RunOutsideBatch(str(asked.batch), batch.quantity)
    intervals = await intervals_of_batch(connection, batch.id)
    runs = numbers_of(intervals, BatchRun(asked.batch, asked.first, count))
    labels = await labels_of(connection, [batch.id])
    return Located(runs, sorted(intervals), labels, {}, batch.id)


async def locate_codes(
    connection: asyncpg.Connection, asked: ByCodes, actor: Actor, keyring: Keyring
) -> Located:
    """The numbers of codes, line by line; refuses them all if one is wrong."""
    units = await recognition.recognise(connection, asked.texts, keyring)
    lines = len(asked.texts)
    doubted, runs = units.doubted()
    between = [run for pair in units.candidates.values() for run in pair]
    named = await recognition.worked(lines, units.runs)
    intervals = await intervals_of(connection, joined([*named, *runs, *between]))
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    mine = [one for one in intervals if labels[one.batch_id].registered_by == actor.id]
    own = joined(Run(*one[:3]) for one in mine)
    await recognition.worked(lines, lambda: keep_own(units, doubted, own))
    if (units.verdict != 0).any():
        raise refusal("print", Judged([], [], [], faults_of(units)), units)
    batches = np.unique(batches_of(units.series, units.number, mine)).tolist()
    asked_for = in_order(units.series, units.number)
    return Located(asked_for, mine, {one: labels[one] for one in batches}, {})


def keep_own(units: Units, doubted: Integers, own: Sequence[Run]) -> None:
    """Hide what others registered, and mark what is named twice."""
    hide_but(units, doubted, own)
    rows = np.flatnonzero(units.verdict == 0)
    units.hide(rows[~units.within(rows, own)])
    units.mark_repeats()


def faults_of(units: Units) -> dict[Verdict, int]:
    return {verdict: count for verdict, count in units.counts().items() if verdict != Verdict.OK}
