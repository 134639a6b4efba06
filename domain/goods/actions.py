"""Finding the goods of a request: from texts, runs of batches and SSCCs to numbers and packages.

Nothing is locked here; who does not hold a unit learns nothing of it.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import asyncpg
import numpy as np

from domain.errors import NoGoods, PackagesRepeated, RunOutsideBatch, UnknownBatch, UnknownPackages
from domain.goods import store
from domain.goods.judging import MOST_TOLD, Located
from domain.goods.named import BatchRun, Goods
from domain.goods.store import NamedBatch
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.store import labels_of
from domain.recognition.units import Integers, Texts, Units, Verdict
from domain.registry.packages import Custody, custody
from domain.registry.reading import (
    covering_spans,
    custodians,
    intervals_of,
    intervals_of_batch,
    packages_named,
)
from domain.registry.spans import Interval, Run, Span, joined, overlaps, without


async def locate(
    connection: asyncpg.Connection,
    goods: Goods,
    *,
    actor: Actor,
    keyring: Keyring,
    transfers: Collection[int] = (),
) -> Located:
    """Find the numbers and packages that the request names.

    Told of are those that the actor holds, and those in these `transfers`.
    """
    units = await recognition.recognise(connection, goods.texts or Texts.of_list([]), keyring)
    await hide_from(connection, units, actor, transfers)
    asked = await runs_named(connection, goods.runs, actor, transfers)
    return await composed(connection, units, asked, await package_ids(connection, goods.packages))


async def composed(
    connection: asyncpg.Connection, units: Units, named: Sequence[Run], packages: list[int]
) -> Located:
    """These goods together, with what the labels of their batches print; refuses none at all."""
    if not named and not len(units.verdict) and not packages:
        raise NoGoods
    await recognition.worked(len(units.verdict), units.mark_repeats)
    asked = sorted(named)
    scanned = await recognition.worked(len(units.verdict), units.runs)
    repeated = overlaps(asked)
    if asked and scanned:
        units.mark_numbers(joined(asked), Verdict.REPEATED)
    runs = joined([*asked, *scanned])
    intervals = await intervals_of(connection, runs)
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    return Located(units, joined(asked), runs, repeated, packages, intervals, labels)


async def package_ids(connection: asyncpg.Connection, ssccs: Sequence[str]) -> list[int]:
    """The transport units with these SSCCs, in their order."""
    if len(set(ssccs)) < len(ssccs):
        twice = sorted({one for one in ssccs if ssccs.count(one) > 1})
        raise PackagesRepeated(len(twice), tuple(twice[:3]))
    found = await packages_named(connection, ssccs)
    unknown = [one for one in ssccs if one not in found]
    if unknown:
        raise UnknownPackages(len(unknown), tuple(unknown[:3]))
    return [found[one] for one in ssccs]


async def custody_of(
    connection: asyncpg.Connection, spans: Sequence[Span]
) -> list[tuple[Span, Custody]]:
    """These spans with their custody, which the outermost package around them has."""
    outer = await custodians(connection, {span.standing.parent_id for span in spans})
    return [
        (span, custody(span.standing) if parent is None else outer[parent].custody)
        for span in spans
        for parent in [span.standing.parent_id]
    ]


async def hide_from(
    connection: asyncpg.Connection, units: Units, actor: Actor, transfers: Collection[int] = ()
) -> None:
    """Tell who does not hold a unit nothing of it.

    Neither that its verification code is wrong, nor that a text names two units: else guesses
    could be tried here until one is right.
    """
    rows, runs = units.doubted()
    between = sorted(run for pair in units.candidates.values() for run in pair)
    held = await held_among(connection, joined([*runs, *between]), actor, transfers)
    hide_but(units, rows, held)


def hide_but(units: Units, rows: Integers, told: Sequence[Run]) -> None:
    """Hide these rows, and readings between which a line wavers, but for what lies in `told`."""
    units.hide(rows[~units.within(rows, told)])
    for row, pair in units.candidates.items():
        if any(without([run], told) for run in pair):
            units.hide(np.array([row]))


async def held_among(
    connection: asyncpg.Connection,
    runs: Sequence[Run],
    actor: Actor,
    transfers: Collection[int] = (),
) -> list[Run]:
    """What of these runs the actor holds, or is in one of the transfers."""
    spans = await covering_spans(connection, runs)
    return [
        Run(*span[:3])
        for span, held in await custody_of(connection, spans)
        if held.holder_id == actor.id or held.transfer_id in transfers
    ]


async def runs_named(
    connection: asyncpg.Connection,
    named: Sequence[BatchRun],
    actor: Actor,
    transfers: Collection[int] = (),
) -> list[Run]:
    """The numbers of these runs of batches."""
    each = await runs_of_each(connection, named, actor, transfers)
    return [run for numbers in each for run in numbers]


async def runs_of_each(
    connection: asyncpg.Connection,
    named: Sequence[BatchRun],
    actor: Actor,
    transfers: Collection[int] = (),
) -> list[list[Run]]:
    """The numbers of each of these runs of batches.

    A batch of which the actor neither ordered nor holds a unit named is not known.
    """
    batches, each = await numbers_named(connection, named)
    for batch, mine in by_batch(named, each).items():
        ordered = batches[batch].participant_id == actor.id
        if not ordered and not await held_among(connection, mine, actor, transfers):
            raise UnknownBatch(str(batch))
    check_within(named, batches)
    return each


async def numbers_named(
    connection: asyncpg.Connection, named: Sequence[BatchRun]
) -> tuple[dict[UUID, NamedBatch], list[list[Run]]]:
    """The batches of these runs, and the numbers of each; refuses batches that do not exist."""
    batches = await store.batches_named(connection, sorted({run.batch for run in named}))
    intervals: dict[UUID, list[Interval]] = {}
    for run in named:
        batch = batches.get(run.batch)
        if batch is None:
            raise UnknownBatch(str(run.batch))
        if run.batch not in intervals:
            intervals[run.batch] = await intervals_of_batch(connection, batch.id)
    return batches, [numbers_of(intervals[run.batch], run) for run in named]


def by_batch(named: Sequence[BatchRun], each: Sequence[list[Run]]) -> dict[UUID, list[Run]]:
    """What is named of each batch."""
    found: dict[UUID, list[Run]] = {}
    for run, numbers in zip(named, each, strict=True):
        found.setdefault(run.batch, []).extend(numbers)
    return {batch: joined(numbers) for batch, numbers in found.items()}


def check_within(named: Sequence[BatchRun], batches: Mapping[UUID, NamedBatch]) -> None:
    for run in named:
        quantity = batches[run.batch].quantity
        if run.first + run.count > quantity:
            raise RunOutsideBatch(str(run.batch), quantity)


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


async def keep_lines(
    connection: asyncpg.Connection, request: UUID, located: Located
) -> dict[str, object]:
    """What a partial answer says of its lines; those it has no room for are kept as pages."""
    lines = located.units.told()
    pages = [lines[at : at + MOST_TOLD] for at in range(0, len(lines), MOST_TOLD)]
    await store.add_pages(connection, request, pages[1:])
    return {"lines": pages[0] if pages else [], "more_pages": max(len(pages) - 1, 0)}
