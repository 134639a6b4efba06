"""The goods that an authority names without holding them, as far as its member state reaches.

What lies beyond is told of as if it had never been issued.
"""

from collections.abc import Sequence

import asyncpg

from domain.blocking import rules
from domain.errors import UnknownBatch
from domain.goods.actions import (
    by_batch,
    check_within,
    composed,
    custody_of,
    hide_but,
    numbers_named,
)
from domain.goods.belonging import Belonging
from domain.goods.judging import Located
from domain.goods.named import BatchRun, Goods
from domain.keys.keyring import Keyring
from domain.recognition import actions as recognition
from domain.recognition.store import labels_of
from domain.recognition.units import Texts
from domain.registry.reading import covering_spans, intervals_of
from domain.registry.spans import Run, joined
from domain.standards.member_state import MemberState


async def locate(
    connection: asyncpg.Connection, goods: Goods, state: MemberState, keyring: Keyring
) -> Located:
    """Find the numbers of codes and runs, whoever holds them."""
    units = await recognition.recognise(connection, goods.texts or Texts.of_list([]), keyring)
    rows, runs = units.doubted()
    between = sorted(run for pair in units.candidates.values() for run in pair)
    hide_but(units, rows, await reached_among(connection, joined([*runs, *between]), state))
    return await composed(connection, units, await runs_named(connection, goods.runs, state), [])


async def runs_named(
    connection: asyncpg.Connection, named: Sequence[BatchRun], state: MemberState
) -> list[Run]:
    """The numbers of these runs; of a batch beyond reach it is not told that it exists."""
    batches, each = await numbers_named(connection, named)
    for batch, mine in by_batch(named, each).items():
        if not await reached_among(connection, mine, state):
            raise UnknownBatch(str(batch))
    check_within(named, batches)
    return [run for numbers in each for run in numbers]


async def reached_among(
    connection: asyncpg.Connection, runs: Sequence[Run], state: MemberState
) -> list[Run]:
    """What of these runs was issued in the state, or is in turnover there."""
    spans = await custody_of(connection, await covering_spans(connection, runs))
    intervals = await intervals_of(connection, runs)
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    belonging = Belonging(intervals, labels)
    return [
        Run(*span[:3])
        for span, held in spans
        if rules.reaches(state, held.turnover_state, (belonging.label(span).member_state,))
    ]
