"""Apply, introduce, cancel, give a lot: one story for all, told by a `Step`.

Recognise the goods, claim the id, lock and cut, judge, record.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg
import numpy as np

from domain.catalogue.groups import catalogue
from domain.codes import rules as codes_rules
from domain.codes.orders import LabelOfBatch, LotData
from domain.codes.store import lot_id
from domain.database import Database, driver
from domain.errors import LotMissing, NoGoods, RunOutsideBatch, UnknownBatch
from domain.keys.keyring import Keyring
from domain.lifecycle import rules, store
from domain.lifecycle.belonging import Belonging, told_over
from domain.lifecycle.goods import BatchRun, Goods, Told
from domain.lifecycle.rules import Step
from domain.lifecycle.store import Measure
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.store import labels_of
from domain.recognition.units import Texts, Units, Verdict
from domain.registry import actions as registry
from domain.registry.goods import lock_and_cut
from domain.registry.spans import (
    Cut,
    Interval,
    Run,
    Span,
    Standing,
    cut,
    joined,
    missing,
    overlaps,
    without,
)
from domain.registry.store import NewEvent, covering_spans, intervals_of, intervals_of_batch
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import Emission

MOST_LINES_TOLD = 1_000


class Located(NamedTuple):
    """The goods of a request as numbers, with the batches they came from."""

    units: Units
    asked: list[Run]
    runs: list[Run]
    repeated: list[Run]
    intervals: list[Interval]
    labels: dict[int, LabelOfBatch]

    @property
    def groups(self) -> set[str]:
        templates = catalogue().templates
        return {templates[label.template].product_group for label in self.labels.values()}


class Task(NamedTuple):
    """A step about to be taken: by whom, with what, and how the goods stand under the locks."""

    step: Step
    told: Told
    actor: Actor
    located: Located
    found: Cut


async def take_step(  # noqa: PLR0913 (the story needs its whole cast)
    database: Database,
    request: Request,
    step: Step,
    goods: Goods,
    told: Told,
    *,
    actor: Actor,
    keyring: Keyring,
) -> tuple[dict[str, Any], bool]:
    """Take the step with the goods; returns the answer, and whether it is new.

    Reading and checking the codes ends before the transaction begins.
    """
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        codes_rules.check_occurred(told.occurred_at, datetime.now(UTC))
        if told.lot:
            codes_rules.check_lot(told.lot)
        elif step is rules.GIVE_LOT:
            raise LotMissing
        located = await locate(connection, goods, actor=actor, keyring=keyring)
        if told.dry_run:
            found = cut(await covering_spans(connection, located.runs), located.runs)
            return await rehearse(connection, Task(step, told, actor, located, found)), True
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        done = await requests.claim(connection, request)
        if done:
            return done, False
        found = await lock_and_cut(connection, located.runs, groups=located.groups)
        answer = await perform(connection, request, Task(step, told, actor, located, found))
        await requests.answer(connection, request, answer)
    return answer, True


async def locate(
    connection: asyncpg.Connection, goods: Goods, *, actor: Actor, keyring: Keyring
) -> Located:
    """Find the numbers that the request names."""
    units = await recognition.recognise(connection, goods.texts or Texts.of_list([]), keyring)
    await hide_from(connection, units, actor)
    await recognition.worked(len(units.verdict), units.mark_repeats)
    asked = sorted(await runs_named(connection, goods.runs, actor))
    scanned = await recognition.worked(len(units.verdict), units.runs)
    if not asked and not len(units.verdict):
        raise NoGoods
    repeated = overlaps(asked)
    if asked and scanned:
        units.mark_numbers(joined(asked), Verdict.REPEATED)
    runs = joined([*asked, *scanned])
    intervals = await intervals_of(connection, runs)
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    return Located(units, joined(asked), runs, repeated, intervals, labels)


async def hide_from(connection: asyncpg.Connection, units: Units, actor: Actor) -> None:
    """Tell who does not hold a unit nothing of it.

    Neither that its verification code is wrong, nor that a text names two units: else guesses
    could be tried here until one is right.
    """
    rows, runs = units.doubted()
    between = sorted(run for pair in units.candidates.values() for run in pair)
    spans = await covering_spans(connection, joined([*runs, *between]))
    held = [Run(*span[:3]) for span in spans if span.standing.holder_id == actor.id]
    units.hide(rows[~units.within(rows, held)])
    for row, pair in units.candidates.items():
        if any(without([run], held) for run in pair):
            units.hide(np.array([row]))


async def runs_named(
    connection: asyncpg.Connection, named: Sequence[BatchRun], actor: Actor
) -> list[Run]:
    """The numbers of these runs of batches; a batch that is not the actor's is not known."""
    batches = await store.batches_named(connection, sorted({run.batch for run in named}))
    intervals: dict[int, list[Interval]] = {}
    found: list[Run] = []
    for run in named:
        batch = batches.get(run.batch)
        if batch is None or batch.participant_id != actor.id:
            raise UnknownBatch(str(run.batch))
        if run.first + run.count > batch.quantity:
            raise RunOutsideBatch(str(run.batch), batch.quantity)
        if batch.id not in intervals:
            intervals[batch.id] = await intervals_of_batch(connection, batch.id)
        found.extend(numbers_of(intervals[batch.id], run))
    return found


def numbers_of(intervals: Sequence[Interval], run: BatchRun) -> list[Run]:
    """The numbers behind these ordinals."""
    last = run.first + run.count - 1
    return [
        Run(
            one.series_id,
            one.first + max(run.first - one.ordinal, 0),
            min(one.last, one.first + last - one.ordinal),
        )
        for one in intervals
        if one.ordinal <= last and one.ordinal + one.last - one.first >= run.first
    ]


class Judged(NamedTuple):
    """The pieces that take the step, and how many units do not, by reason.

    `runs` are those among the refused that the request named as runs of a batch.
    """

    good: list[Span]
    refused: dict[Verdict, int]
    runs: list[dict[str, Any]]


def judge(task: Task) -> Judged:
    """Judge every piece, and tell each line of the request its verdict."""
    located, found = task.located, task.found
    good, bad = rules.judged(task.step, found.pieces, actor_id=task.actor.id)
    refused = located.units.counts()
    refused.pop(Verdict.OK, None)
    never = missing(located.runs, found.pieces)
    for reason, runs in by_reason(bad, never).items():
        refused[reason] = refused.get(reason, 0) + sum(run.units for run in runs)
        located.units.mark_numbers(runs, reason)
    strange = by_reason(bad, never).get(Verdict.UNKNOWN, [])
    again = np.flatnonzero(located.units.has(Verdict.REPEATED))
    hidden = again[located.units.within(again, strange)]
    if len(hidden):
        located.units.hide(hidden)
        refused[Verdict.UNKNOWN] += len(hidden)
        refused[Verdict.REPEATED] -= len(hidden)
        refused = {reason: n for reason, n in refused.items() if n}
    if located.repeated:
        more = sum(run.units for run in located.repeated)
        refused[Verdict.REPEATED] = refused.get(Verdict.REPEATED, 0) + more
    return Judged(good, refused, runs_told(task, bad))


def runs_told(task: Task, bad: Sequence[tuple[Span, Verdict]]) -> list[dict[str, Any]]:
    """Which units of the runs that were asked may not take the step, and why; 1,000 at most."""
    belonging = Belonging(task.located.intervals, task.located.labels)
    told = []
    for piece, verdict in bad:
        for part in cut([piece], task.located.asked).pieces:
            batch, first = belonging.place(part)
            told.append(
                {"batch": str(batch), "first": first, "count": part.units, "verdict": verdict}
            )
    return told[:MOST_LINES_TOLD]


def by_reason(
    bad: Sequence[tuple[Span, Verdict]], never: Sequence[Run]
) -> dict[Verdict, list[Run]]:
    """The numbers that may not take the step, sorted, by why."""
    found: dict[Verdict, list[Run]] = {}
    for piece, reason in bad:
        found.setdefault(reason, []).append(Run(*piece[:3]))
    if never:
        found[Verdict.UNKNOWN] = sorted([*found.get(Verdict.UNKNOWN, []), *never])
    return found


def only(task: Task, good: Sequence[Span]) -> Task:
    """The same task with these pieces of its goods alone."""
    runs = joined(Run(*piece[:3]) for piece in good)
    return task._replace(found=cut(task.found.touched, runs))


async def perform(connection: asyncpg.Connection, request: Request, task: Task) -> dict[str, Any]:
    """Take the step with the goods that may; the locks are held."""
    judged = judge(task)
    if judged.refused and not (task.told.partial and judged.good):
        raise rules.refusal(task.step, judged.refused, task.located.units, by_status(task))
    if judged.refused:
        task = only(task, judged.good)
    changed = await changes(connection, task, await lots_known(connection, task))
    event = await registry.record(
        connection,
        NewEvent(
            task.step.kind, request.id, task.actor.id, task.told.occurred_at, details(task.told)
        ),
        task.found,
        changed,
        borders={(one.series_id, one.first) for one in task.located.intervals},
    )
    if task.step is rules.APPLY:
        await store.add_measures(connection, measured(task.located.units), event_id=event.id)
    answer = {
        "request": str(request.id),
        "event": event.id,
        "recorded_at": event.recorded_at.isoformat(),
        "units": sum(piece.units for piece in task.found.pieces),
        **refused_part(judged),
    }
    if judged.refused:
        lines = task.located.units.told()
        pages = [lines[at : at + MOST_LINES_TOLD] for at in range(0, len(lines), MOST_LINES_TOLD)]
        await store.add_pages(connection, request.id, pages[1:])
        answer |= {"lines": pages[0] if pages else [], "more_pages": max(len(pages) - 1, 0)}
    return answer


async def rehearse(connection: asyncpg.Connection, task: Task) -> dict[str, Any]:
    """Say what the step would do with each unit."""
    judged = judge(task)
    if judged.good:
        await lots_known(connection, only(task, judged.good))
    return {
        "dry_run": True,
        "units": sum(piece.units for piece in judged.good),
        **refused_part(judged),
        "lines": task.located.units.told(),
    }


def measured(units: Units) -> list[Measure]:
    """The weights and volumes on the labels of the units that were applied."""
    series, number, verdict = units.series, units.number, units.verdict
    return [
        (int(series[row]), int(number[row]), ai, value)
        for row, ai, value in units.measures
        if verdict[row] == 0 and series[row] >= 0
    ]


def refused_part(judged: Judged) -> dict[str, Any]:
    return {
        "refused": sum(judged.refused.values()),
        "refused_by_reason": {str(reason): n for reason, n in sorted(judged.refused.items())},
        "runs": judged.runs,
    }


def details(told: Told) -> dict[str, Any]:
    """What the event keeps of what was told."""
    kept = {"documents": told.documents or None, "place": told.place}
    return {name: value for name, value in kept.items() if value is not None}


def by_status(task: Task) -> dict[str, int]:
    """How many of the actor's goods stand in a status that the step does not start from."""
    counts: dict[str, int] = {}
    for piece in task.found.pieces:
        if rules.judge(task.step, piece.standing, actor_id=task.actor.id) is Verdict.WRONG_STATUS:
            status = str(piece.standing.status)
            counts[status] = counts.get(status, 0) + piece.units
    return counts


async def lots_known(connection: asyncpg.Connection, task: Task) -> dict[int, LotData]:
    """The lots of these goods; refuses an introduction that lacks what the group asks for."""
    ids = {piece.standing.lot_id for piece in task.found.pieces} - {None}
    lots = await store.lots_of(connection, sorted(one for one in ids if one is not None))
    for before in lots.values() if task.told.lot else ():
        codes_rules.check_lot(told_over(before, task.told.lot or LotData()))
    if task.step is rules.INTRODUCE:
        belonging = Belonging(task.located.intervals, task.located.labels)
        pairs = {(belonging.label(one), one.standing.lot_id) for one in task.found.pieces}
        for label, lot in pairs:
            group = catalogue().templates[label.template].product_group
            asked = catalogue().documents(group, Emission(label.emission))
            known = told_over(lots.get(lot) if lot else None, task.told.lot or LotData())
            of_the_lot = {name: told for name, told in known._asdict().items() if told}
            facts = {**(known.customs or {}), **task.told.documents, **of_the_lot}
            rules.check_documents(asked, facts)
    return lots


async def changes(
    connection: asyncpg.Connection, task: Task, lots: dict[int, LotData]
) -> list[tuple[Span, Standing]]:
    """Each piece with its standing after the step. Pieces of one GTIN and lot stay of one lot."""
    step, told, pieces = task.step, task.told, task.found.pieces
    if told.lot is None:
        return [(piece, rules.after(step, piece.standing, lot_id=None)) for piece in pieces]
    belonging = Belonging(task.located.intervals, task.located.labels)
    keys = [(belonging.label(piece).gtin, piece.standing.lot_id) for piece in pieces]
    lot_ids = {
        (gtin, lot): await lot_id(
            connection,
            task.actor.id,
            gtin,
            told_over(lots.get(lot) if lot else None, told.lot),
        )
        for gtin, lot in sorted(set(keys), key=str)
    }
    return [
        (piece, rules.after(step, piece.standing, lot_id=lot_ids[key]))
        for piece, key in zip(pieces, keys, strict=True)
    ]
