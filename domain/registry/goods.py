"""The one place where locks are taken, in the one order; what is locked becomes a scene.

Request ids come first (the claim), then the tills of receipts (advisory locks of class 20180205,
`domain/receipts/store.py`), then product groups (class 20180202), spaces and series by id, transfers
by id, stripes, packages by id, then inserts of new keys in key order; only then an event number is
drawn. Prints change no goods: they lock each other out (advisory locks of classes 20180206 and
20180207, `domain/prints/store.py`, `domain/printing/store.py`), and nothing else.
Whoever follows the order may wait for others, and nobody waits in a circle.

Which packages and transfers goods are in is known for sure only under the locks: what was locked
is held against what is needed then, and if more is needed, the locks are given back and taken anew.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

import asyncpg

from domain.errors import Busy
from domain.registry.packages import Alike, Package
from domain.registry.reading import (
    around,
    aside,
    covering_spans,
    due_blocks,
    facts_of,
    goods_of_transfer,
    groups_of,
    intervals_of,
    packages_in,
    packs_at,
    spans_in,
    summaries_of,
    transfers_around,
    wide_blocks,
)
from domain.registry.scene import Scene
from domain.registry.spans import Run, Span, cut, elementary, stripes_of

MOST_ATTEMPTS = 5


class Depth(IntEnum):
    """How far into named packages a verb must see to change what it changes."""

    SUMMARY = 0  # not at all: their summaries are enough
    CONTENTS = 1  # what lies directly in them
    EVERYTHING = 6


class Wanted(NamedTuple):
    """What a verb names, and how much around it must be seen and locked.

    `runs` are sorted, none meets another; they name units, and with the code of a coded pack the pack; `packages` are ids. With
    `opening`, the direct contents of coded packs around the units come along: such packs dissolve
    when a unit leaves. `wide` holds off all other writers of the product groups. `past_due` is for
    who records what is due.
    """

    runs: Sequence[Run] = ()
    packages: Sequence[int] = ()
    depth: Depth = Depth.SUMMARY
    opening: bool = False
    groups: frozenset[str] = frozenset()
    transfers: tuple[int, ...] = ()
    wide: bool = False
    past_due: bool = False


class Locks(NamedTuple):
    """Keys of all that is, or must be, locked."""

    groups: frozenset[str]
    transfers: frozenset[int]
    stripes: frozenset[tuple[int, int]]
    packages: frozenset[int]

    def cover(self, needed: "Locks") -> bool:
        return (
            self.groups >= needed.groups
            and self.transfers >= needed.transfers
            and self.stripes >= needed.stripes
            and self.packages >= needed.packages
        )

    def lack_packages_only(self, needed: "Locks") -> bool:
        """Whether what lacks may be locked without letting go: none of its kind is locked yet."""
        return not self.packages and self._replace(packages=needed.packages).cover(needed)

    def with_all(self, needed: "Locks") -> "Locks":
        return Locks(
            self.groups | needed.groups,
            self.transfers | needed.transfers,
            self.stripes | needed.stripes,
            self.packages | needed.packages,
        )


class DeadlinePassed(Exception):
    """No fault: the goods are in a transfer, or under a block, whose end is due."""

    def __init__(self, transfers: Iterable[int] = (), blocks: Iterable[int] = ()) -> None:
        super().__init__()
        self.transfers = sorted(transfers)
        self.blocks = sorted(blocks)


# Shared: every writer of goods of the group. Exclusive: who places or lifts a block on all of it.
LOCK_GROUPS = """
    SELECT pg_advisory_xact_lock_shared(20180202, locked.key)
    FROM (SELECT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS locked
"""
LOCK_GROUPS_ALONE = LOCK_GROUPS.replace("_shared", "")


async def lock_groups(
    connection: asyncpg.Connection, groups: Iterable[str], *, alone: bool = False
) -> None:
    """Hold off whoever would block these product groups as a whole; alone: every other writer."""
    await connection.execute(LOCK_GROUPS_ALONE if alone else LOCK_GROUPS, sorted(set(groups)))


# In the order of (series, stripe), so that writers whose goods overlap queue instead of
# deadlocking. A stripe without a row holds no issued number: nothing to lock.
LOCK_STRIPES = """
    SELECT count(*) FROM (
        SELECT 1
        FROM stripes
        JOIN unnest($1::integer[], $2::bigint[]) AS asked (series_id, stripe)
            USING (series_id, stripe)
        ORDER BY series_id, stripe
        FOR NO KEY UPDATE OF stripes
    ) AS locked
"""


async def lock_stripes(connection: asyncpg.Connection, stripes: Sequence[tuple[int, int]]) -> None:
    """Lock these stripes, given in order, until the transaction ends."""
    series, numbers = [pair[0] for pair in stripes], [pair[1] for pair in stripes]
    await connection.fetchval(LOCK_STRIPES, series, numbers)


LOCK_TRANSFERS = """
    SELECT count(*) FROM (
        SELECT 1 FROM transfers WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE
    ) AS locked
"""
LOCK_PACKAGES = """
    SELECT count(*) FROM (
        SELECT 1 FROM packages WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE
    ) AS locked
"""


async def lock(connection: asyncpg.Connection, locks: Locks, *, alone: bool) -> None:
    """Take these locks in the one order."""
    if locks.groups:
        await lock_groups(connection, locks.groups, alone=alone)
    if locks.transfers:
        await connection.fetchval(LOCK_TRANSFERS, sorted(locks.transfers))
    if locks.stripes:
        await lock_stripes(connection, sorted(locks.stripes))
    if locks.packages:
        await connection.fetchval(LOCK_PACKAGES, sorted(locks.packages))


See = Callable[[asyncpg.Connection, Wanted], Awaitable[Scene]]


async def enter(connection: asyncpg.Connection, wanted: Wanted, see: See | None = None) -> Scene:
    """Lock all that a verb touches until the transaction ends, and `see` how it stands.

    Raises DeadlinePassed if an expiry must be recorded first, Busy if others change the packages
    around the goods each time before they can be locked.

    The savepoint is never released. Whoever comes upon a row that was locked under a released one
    waits for the whole transaction, and goes on waiting, at the head of the row's queue, when an
    outer savepoint gives the row back: who then wants the row again waits behind it for ever.
    """
    locks = Locks(
        wanted.groups,
        frozenset(wanted.transfers),
        frozenset(stripes_of(wanted.runs)),
        frozenset(wanted.packages),
    )
    looking = see or behold
    for _ in range(MOST_ATTEMPTS):
        await connection.execute("SAVEPOINT entering")
        await lock(connection, locks, alone=wanted.wide)
        scene = await looking(connection, wanted)
        needed = locks_of(scene)
        if locks.lack_packages_only(needed) and not locks.cover(needed):
            locks = locks._replace(packages=needed.packages)
            await connection.fetchval(LOCK_PACKAGES, sorted(locks.packages))
            scene = await looking(connection, wanted)
            needed = locks_of(scene)
        if locks.cover(needed):
            if not wanted.past_due:
                await check_deadlines(connection, scene)
            return scene
        await connection.execute("ROLLBACK TO SAVEPOINT entering")
        locks = locks.with_all(needed)
    raise Busy


NOTHING_MORE = Wanted()


async def enter_transfer(
    connection: asyncpg.Connection, transfer_id: int, also: Wanted = NOTHING_MORE
) -> Scene:
    """Lock all that is in a transfer, and what is wanted beside it; its deadline may have passed.

    What was in a pack may have become loose in the transfer before its lock was held: then
    the locks are given back, and it is looked up again.
    """
    for _ in range(MOST_ATTEMPTS):
        await connection.execute("SAVEPOINT entering_transfer")
        runs, packages = await goods_of_transfer(connection, transfer_id)
        wanted = also._replace(
            runs=elementary([*also.runs, *runs]),
            packages=sorted({*also.packages, *packages}),
            groups=also.groups | await groups_of(connection, runs, packages),
            transfers=(transfer_id,),
            past_due=True,
        )
        scene = await enter(connection, wanted)
        if await goods_of_transfer(connection, transfer_id) == (runs, packages):
            return scene
        await connection.execute("ROLLBACK TO SAVEPOINT entering_transfer")
    raise Busy


def locks_of(scene: Scene) -> Locks:
    """The locks under which this scene could not change."""
    return Locks(
        frozenset(batch.product_group for batch in scene.batches.values()),
        frozenset(scene.transfers),
        frozenset(stripes_of(atom[:3] for atom in scene.atoms)),
        frozenset(scene.packages),
    )


async def check_deadlines(connection: asyncpg.Connection, scene: Scene) -> None:
    """Let what is due be recorded first: only then is it clear how the goods stand."""
    expired = [one.id for one in scene.transfers.values() if one.expired]
    if expired:
        raise DeadlinePassed(transfers=expired)
    blocked = any(atom.standing.blocked for atom in scene.atoms) or any(
        package.standing.blocked or package.blocked_inside for package in scene.packages.values()
    )
    blocked = blocked or any(key.blocked for keys in scene.summaries.values() for key in keys)
    due = await due_blocks(connection) if blocked else []
    if due:
        raise DeadlinePassed(blocks=due)


async def foresee(connection: asyncpg.Connection, wanted: Wanted) -> Scene:
    """As `enter`, without any lock: for who only wants to know what would happen."""
    scene = await behold(connection, wanted)
    await check_deadlines(connection, scene)
    return scene


async def behold(connection: asyncpg.Connection, wanted: Wanted) -> Scene:
    """How all that stands which the verb names, with what is around and inside it."""
    found = await covering_spans(connection, wanted.runs)
    parents = {one.standing.parent_id for one in found}
    named = {*wanted.packages, *await packs_at(connection, wanted.runs)}
    outer = await around(connection, {one for one in parents if one is not None})
    packages = outer | await around(connection, named - set(outer))
    opened = set(named) if wanted.depth else set()
    if wanted.opening:
        between = set(outer) | (set(packages) - named)
        opened |= {one for one in between if packages[one].series_id is not None}
    runs = [*wanted.runs]
    level, seen, depth = opened, opened, max(int(wanted.depth), int(wanted.opening))
    while level and depth:
        inside = await spans_in(connection, sorted(level))
        runs += [Run(*one[:3]) for one in inside]
        below = await packages_in(connection, sorted(level))
        packs = await packs_at(connection, [Run(*one[:3]) for one in inside])
        packages |= below | await around(connection, packs)
        # One that is known already, because of what is named in it, is looked into all the same.
        level = {*below, *packs} - seen
        seen, depth = seen | level, depth - 1
    runs += [Run(place[0], place[1], place[1]) for one in packages.values() if (place := one.place)]
    if packages:
        runs = elementary(runs)
        found = await covering_spans(connection, runs)
    return await composed(connection, found, runs, packages)


async def composed(
    connection: asyncpg.Connection,
    spans: list[Span],
    runs: Sequence[Run],
    packages: dict[int, Package],
) -> Scene:
    """The scene of these atoms and packages, with the facts that rules ask for."""
    atoms = await aside(len(runs), lambda: cut(spans, runs).pieces)
    intervals = await intervals_of(connection, runs)
    summaries = await summaries_of(connection, sorted(packages))
    ids = {one.batch_id for one in intervals}
    ids |= {key.batch_id for keys in summaries.values() for key in keys}
    batches = await facts_of(connection, sorted(ids))
    transfers = await transfers_around(connection, atoms, packages)
    blocks = await wide_blocks(connection, batches, lots_of(atoms, summaries))
    return await aside(
        len(atoms),
        lambda: Scene(spans, atoms, intervals, batches, packages, summaries, transfers, blocks),
    )


def lots_of(atoms: Sequence[Span], summaries: dict[int, dict[Alike, int]]) -> list[int]:
    found = {atom.standing.lot_id for atom in atoms} - {None}
    found |= {key.lot_id for keys in summaries.values() for key in keys}
    return [one for one in found if one]
