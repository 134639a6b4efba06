"""Entering a scene with what is loose and stands plainly set apart from it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import asyncpg
import numpy as np

from domain.loose import store
from domain.loose.alike import Alike, Asked, whole_spans, without_repeats
from domain.registry import sizes
from domain.registry.goods import Wanted, behold, enter
from domain.registry.packages import BatchFacts
from domain.registry.reading import wide_blocks
from domain.registry.scene import Scene
from domain.registry.spans import Run, Standing

# Statements are planned once. While a registry is young, PostgreSQL would plan to read whole tables,
# and go on so long after they have grown: until it has counted them again.
BY_INDEX = "SET LOCAL enable_seqscan = off"


class Entered(NamedTuple):
    """What is locked: units set apart, by how they stand, and a scene of all others."""

    apart: list[Alike]
    scene: Scene


async def enter_apart(
    connection: asyncpg.Connection,
    wanted: Wanted,
    asked: Asked,
    batches: Mapping[int, BatchFacts],
    is_plain: Callable[[Standing], bool],
) -> Entered:
    """Lock all that is asked for, as `enter` does, and set the loose units apart that are plain.

    They are codes of no packs, and no wide block covers them. `batches` are those that they all
    came from; `wanted` names their product groups, and no runs.
    """
    asked = without_repeats(asked)
    apart: list[Alike] = []
    await connection.execute(BY_INDEX)

    async def see(connection: asyncpg.Connection, wanted: Wanted) -> Scene:
        nonlocal apart
        apart = await set_apart(connection, asked, batches, is_plain)
        rest = np.ones(len(asked.series), np.bool_)
        for alike in apart:
            rest[alike.rows] = False
        if not rest.any():
            return Scene([], [], [], {}, {}, {}, {}, [])
        return await behold(connection, wanted._replace(runs=runs_of(asked.at(rest))))

    scene = await enter(connection, wanted._replace(runs=one_a_stripe(asked)), see)
    return Entered(apart, scene)


def runs_of(asked: Asked) -> list[Run]:
    """Each unit by itself, once."""
    pairs = set(zip(asked.series.tolist(), asked.numbers.tolist(), strict=True))
    return [Run(series, number, number) for series, number in sorted(pairs)]


def one_a_stripe(asked: Asked) -> list[Run]:
    """As much as tells which stripes are to be locked."""
    stripes = asked.numbers >> sizes.STRIPE_BITS
    other = (np.diff(asked.series) != 0) | (np.diff(stripes) != 0)
    first = asked.at(np.concatenate((np.ones(len(stripes[:1]), np.bool_), other)))
    pairs = zip(first.series.tolist(), first.numbers.tolist(), strict=True)
    return [Run(one, number, number) for one, number in pairs]


async def set_apart(
    connection: asyncpg.Connection,
    asked: Asked,
    batches: Mapping[int, BatchFacts],
    is_plain: Callable[[Standing], bool],
) -> list[Alike]:
    """The plain units among these that need no scene."""
    found = await store.standing_alike(connection, asked)
    plain = [alike for alike in found if is_plain(alike.standing)]
    lots = [one.standing.lot_id for one in plain if one.standing.lot_id is not None]
    if not plain or await wide_blocks(connection, dict(batches), lots):
        return []
    kept = np.zeros(len(asked.series), np.bool_)
    for alike in plain:
        kept[alike.rows] = asked.apart[alike.rows]
    kept[await store.packs(connection, asked)] = False
    return whole_spans(asked._replace(apart=kept), plain)
