"""What I hold against what the registry says I hold: line by line, and what no line names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from domain.contents.store import names
from domain.database import Database
from domain.goods.belonging import Belonging
from domain.keys.keyring import Keyring
from domain.naming.actions import codes_of
from domain.participants.actor import Actor
from domain.recognition.actions import worked
from domain.recognition.store import labels_of
from domain.reconciliation import goods, outcome, store
from domain.reconciliation.claims import Claims, Only
from domain.reconciliation.judging import Judged, judge, on_hand, uploaded
from domain.reconciliation.outcome import MOST_TOLD
from domain.reconciliation.stock import Found
from domain.registry.reading import intervals_of
from domain.registry.spans import Run, joined, without
from domain.trace.telling import package

GAPS = 50_000  # between uploaded numbers, looked into at a time
LARGE = 200_000  # units of packages that are opened at a time, to find examples


async def reconcile(
    database: Database, claims: Claims, only: Only, *, actor: Actor, keyring: Keyring
) -> dict[str, Any]:
    """Hold an upload against the registry, as both are at one moment.

    An SSCC, and the code of a coded pack, stand for all that is inside. Counts are whole; of
    examples there are a thousand of each kind.
    """
    async with database.snapshot() as connection:
        found = await goods.find(connection, claims, only, actor=actor, keyring=keyring)
        judged = await worked(len(found.units.verdict), lambda: judge(found, actor))
        missing = await missing_from(connection, found, judged, only, actor)
        named = {one for one, _ in missing.packages} | outcome.packages_told(found, judged)
        packages = await names_of(connection, sorted(named), keyring)
    return {
        "lines": claims.lines,
        "matched": judged.matched,
        "missing": missing.told(packages),
        **outcome.told(found, judged, packages, actor),
    }


async def names_of(
    connection: asyncpg.Connection, packages: Sequence[int], keyring: Keyring
) -> dict[int, dict[str, Any]]:
    """What packages are called."""
    rows = await names(connection, packages)
    packs = [(one["series_id"], one["number"]) for one in rows if one["sscc"] is None]
    codes = await codes_of(connection, keyring, packs)
    return {one["id"]: package(one, codes) for one in rows}


@dataclass(slots=True)
class Missing:
    """Goods on hand that no line names: how many, and examples of them."""

    units: int
    in_transfer: int
    packages: list[tuple[int, int]]  # package, units: of which nothing was uploaded
    runs: list[dict[str, Any]]

    def told(self, named: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
        return {
            "units": self.units,
            "in_transfer": self.in_transfer,
            "packages": [{**named[one], "units": units} for one, units in self.packages],
            "runs": self.runs,
        }


async def missing_from(
    connection: asyncpg.Connection, found: Found, judged: Judged, only: Only, actor: Actor
) -> Missing:
    """What the registry says the actor has on hand, less what was uploaded."""
    everywhere = await store.looked_into(connection, actor.id, Only())
    looked = await store.looked_into(connection, actor.id, only) if any(only) else everywhere
    transfers = await store.open_transfers(connection, actor.id)
    loose, moving = await store.loose_units(connection, actor.id, looked, transfers)
    roots = await store.roots_of(connection, actor.id, [run.series_id for run in everywhere])
    inside = await store.summaries(connection, list(roots), only)
    shown, counted = uploaded(found, judged, transfers)
    lacking = {
        root: units - counted.inside.get(root, 0)
        for root, keys in inside.items()
        if (units := on_hand(keys)) > counted.inside.get(root, 0)
    }
    wholly = [one for one in lacking if one not in counted.inside]
    partly = [one for one in lacking if one in counted.inside]
    runs: list[Run] = []
    if loose > counted.loose:
        runs = await loose_missing(connection, looked, shown, actor)
    if len(runs) < MOST_TOLD and partly:
        sizes = {root: on_hand(inside[root]) for root in partly}
        runs += await missing_inside(connection, sizes, judged, shown)
    return Missing(
        loose - counted.loose + sum(lacking.values()),
        moving - counted.moving + sum(lacking[one] for one in lacking if roots[one] in transfers),
        [(one, lacking[one]) for one in wholly[:MOST_TOLD]],
        await told_runs(connection, runs, only),
    )


async def loose_missing(
    connection: asyncpg.Connection, looked: Sequence[Run], shown: Sequence[Run], actor: Actor
) -> list[Run]:
    """The first loose numbers on hand that no line names."""
    gaps = await worked(len(shown), lambda: without(looked, shown))
    found: list[Run] = []
    for at in range(0, len(gaps), GAPS):
        found += await store.loose_in_gaps(
            connection, actor.id, gaps[at : at + GAPS], MOST_TOLD - len(found)
        )
        if len(found) >= MOST_TOLD:
            break
    return found


async def missing_inside(
    connection: asyncpg.Connection,
    sizes: Mapping[int, int],
    judged: Judged,
    shown: Sequence[Run],
) -> list[Run]:
    """The first numbers on hand that no line names in packages of which some were named.

    `sizes` are how many units there are in each.
    """
    found: list[Run] = []
    covering = sorted(judged.covering)
    for some in portions(sizes):
        runs = await store.runs_inside(connection, some, covering)
        found += without(joined(runs), shown)
        if len(found) >= MOST_TOLD:
            break
    return found[:MOST_TOLD]


def portions(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """Packages that are opened together."""
    some: list[int] = []
    size = 0
    for root, units in sizes.items():
        some.append(root)
        size += units
        if size >= LARGE:
            yield some
            some, size = [], 0
    if some:
        yield some


async def told_runs(
    connection: asyncpg.Connection, runs: Sequence[Run], only: Only
) -> list[dict[str, Any]]:
    """Numbers as runs of their batches, as far as they are meant."""
    ordered = joined(runs)
    intervals = await intervals_of(connection, ordered)
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    meant = await store.batches_meant(connection, labels, only)
    uuids = {labels[one].uuid for one in meant}
    return [
        {"batch": str(batch), "first": first, "count": count}
        for batch, first, count in Belonging(intervals, labels).places(ordered)
        if batch in uuids
    ][:MOST_TOLD]
