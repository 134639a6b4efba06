"""Finding what an upload names: its numbers, its packages, and how the registry says they stand."""

from collections.abc import Iterable, Iterator, Sequence

import asyncpg
import numpy as np

from domain.goods.actions import hide_from
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.units import Integers, Texts, Units, Verdict
from domain.reconciliation import store
from domain.reconciliation.claims import Claims, Only
from domain.reconciliation.stock import (
    NOT_FOUND,
    Bans,
    Forest,
    Found,
    Held,
    Packages,
    Stood,
)
from domain.registry.reading import covering_spans, facts_of, packages_named, wide_blocks
from domain.registry.spans import Run, Standing, by_stripe
from domain.standards.member_state import MemberState
from domain.trace import goods as trace
from domain.trace.telling import party
from domain.trace.weighing import Lone

# Units that are looked up at a time: each may stand by itself, and others want the loop meanwhile.
PORTION = 1 << 15


async def find(
    connection: asyncpg.Connection, claims: Claims, only: Only, *, actor: Actor, keyring: Keyring
) -> Found:
    """Look up what was uploaded. Who does not hold a unit learns nothing from its line."""
    units = await recognition.recognise(connection, claims.codes, keyring)
    await hide_from(connection, units, actor)
    # A label that is not genuine is not on the goods that the registry knows.
    units.hide(np.flatnonzero(units.has(Verdict.NOT_GENUINE)))
    await recognition.worked(len(units.verdict), units.mark_repeats)
    rows = np.flatnonzero((units.verdict == 0) & (units.series >= 0))
    runs = await recognition.worked(len(rows), units.runs)
    stood = await stood_of(connection, runs)
    which = stood.which(units.series[rows], units.number[rows]) if len(rows) else rows
    held = await held_as(connection, stood.standings)
    packages = await packages_of(connection, claims, units, rows, runs, keyring)
    inner = {*packages.of_lines.values(), *packages.of_codes.values()}
    parents = {one.parent_id for one in stood.standings if one.parent_id is not None}
    forest = Forest(await store.parents_above(connection, inner | parents))
    of_packages = await custody_of(connection, sorted(inner))
    summaries = await store.summaries(connection, sorted(inner), only)
    batches = {int(one) for one in np.unique(units.labelled.batches[rows])}
    batches |= {key.batch_id for keys in summaries.values() for key in keys}
    lots = {one.lot_id for one in stood.standings if one.lot_id is not None}
    lots |= {key.lot_id for keys in summaries.values() for key in keys} - {0}
    facts = await facts_of(connection, sorted(batches))
    bans = Bans(await wide_blocks(connection, facts, sorted(lots)), facts)
    meant = await store.batches_meant(connection, batches, only)
    return Found(
        claims,
        units,
        rows,
        which,
        stood.standings,
        held,
        packages,
        of_packages,
        summaries,
        forest,
        meant,
        bans,
    )


async def stood_of(connection: asyncpg.Connection, runs: Sequence[Run]) -> Stood:
    """How these sorted runs stand; blocks whose term has passed hold nothing any more."""
    found = Stood()
    for portion in portions(runs):
        spans = await covering_spans(connection, portion)
        marked = [span for span in spans if span.standing.blocked]
        live = await store.blocked_now(connection, [Run(*span[:3]) for span in marked])
        free = {span[:2] for at_, span in enumerate(marked) if at_ not in live}
        found.add(spans, free)
    return found


def portions(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Runs in stripes, so many units of them at a time."""
    portion: list[Run] = []
    units = 0
    for run in runs:
        for part in by_stripe(run):
            portion.append(part)
            units += part.units
            if units >= PORTION:
                yield portion
                portion, units = [], 0
    if portion:
        yield portion


async def held_as(connection: asyncpg.Connection, standings: Sequence[Standing]) -> list[Held]:
    """Who has goods that stand like this; what lies in packages, by the outermost."""
    places = [
        Lone(
            None,
            None,
            one.parent_id,
            one.transfer_id,
            one.holder_id,
            one.turnover_state,
            0,
            None,
            blocked=False,
        )
        for one in standings
    ]
    return [held_by(row) for row in await trace.around(connection, places)]


async def custody_of(connection: asyncpg.Connection, packages: Sequence[int]) -> dict[int, Held]:
    """Who has these packages."""
    places = [Lone(None, None, one, None, None, None, 0, None, blocked=False) for one in packages]
    rows = await trace.around(connection, places)
    return {one: held_by(row) for one, row in zip(packages, rows, strict=True)}


def held_by(row: trace.Row) -> Held:
    state = row["turnover_state"]
    return Held(
        row["holder_id"],
        row["receiver_id"],
        MemberState(state) if state else None,
        (row["holder_state"], state),
        party(row, "holder"),
        is_offered=row["is_offered"],
        is_blocked=bool(row["bans"]),
    )


async def packages_of(  # noqa: PLR0913, PLR0917 (all ways to name one)
    connection: asyncpg.Connection,
    claims: Claims,
    units: Units,
    rows: Integers,
    runs: Sequence[Run],
    keyring: Keyring,
) -> Packages:
    """The packages that lines name, are the codes of, or are said to be in."""
    ssccs = [one.sscc for one in claims.packages] + [one.sscc for one in claims.parents if one.sscc]
    named = await packages_named(connection, sorted(set(ssccs)))
    packs = await store.packs_named(connection, runs)
    of_codes = {}
    if packs:
        places = zip(units.series[rows].tolist(), units.number[rows].tolist(), strict=True)
        of_codes = {
            row: packs[place]
            for row, place in zip(rows.tolist(), places, strict=True)
            if place in packs
        }
    return Packages(
        {one.line: named[one.sscc] for one in claims.packages if one.sscc in named},
        of_codes,
        await claimed_parents(connection, claims, named, keyring),
    )


async def claimed_parents(
    connection: asyncpg.Connection, claims: Claims, named: dict[str, int], keyring: Keyring
) -> list[int]:
    """The ids of the parents that lines claim."""
    texts = Texts.of_list([one.code or "" for one in claims.parents])
    units = await recognition.recognise(connection, texts, keyring)
    packs = await store.packs_named(connection, units.runs())
    places = zip(units.series.tolist(), units.number.tolist(), strict=True)
    return [
        named.get(one.sscc, NOT_FOUND) if one.sscc else packs.get(place, NOT_FOUND)
        for one, place in zip(claims.parents, places, strict=True)
    ]
