"""Which fault each line of an upload has, and what of it is on hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from domain.participants.actor import Actor
from domain.recognition.units import Integers, Verdict
from domain.reconciliation.stock import (
    MATCHED,
    ON_HAND,
    Fault,
    Found,
    Held,
    is_where_claimed,
    runs_at,
    state_of,
)
from domain.registry.packages import Alike
from domain.registry.spans import Run
from domain.trace import rules

Faults = npt.NDArray[np.int8]


@dataclass(slots=True)
class PackageLine:
    """A package that a line names, and what is wrong with it."""

    line: int
    sscc: str
    package_id: int | None
    fault: int  # a Fault, or MATCHED
    units: dict[str, int] = field(default_factory=dict)  # by state, if that is the fault


@dataclass(slots=True)
class Judged:
    """The fault of every code by its row, MATCHED where there is none, and of every package."""

    faults: Faults
    states: dict[int, str]
    packages: list[PackageLine]
    covering: set[int]
    matched: int = 0
    inside: dict[str, int] = field(default_factory=dict)  # units of wrong states in packages


def judge(found: Found, actor: Actor) -> Judged:
    """Give every line its fault."""
    covering = covering_packages(found, actor)
    units = found.units
    faults = np.full(len(units.verdict), Fault.SURPLUS, np.int8)
    faults[units.has(Verdict.UNREADABLE) | units.has(Verdict.AMBIGUOUS)] = Fault.UNREADABLE
    faults[units.has(Verdict.REPEATED)] = Fault.REPEATED
    states = judge_numbers(found, faults, covering, actor)
    # Codes that were never issued are not told to be repeated, so strangers' are not either.
    again = np.flatnonzero(faults == Fault.REPEATED)
    strange = runs_at(units, np.flatnonzero(faults == Fault.SURPLUS))
    faults[again[units.within(again, strange)]] = Fault.SURPLUS
    judged = Judged(faults, states, [], covering)
    judged.matched = int(np.count_nonzero(faults[found.rows] == MATCHED))
    judge_packages(found, judged, actor)
    return judged


def covering_packages(found: Found, actor: Actor) -> set[int]:
    """The packages of the actor's that were uploaded and lie in no other such."""
    named = {*found.packages.of_lines.values(), *found.packages.of_codes.values()}
    mine = {one for one in named if found.of_packages[one].holder_id == actor.id}
    return found.forest.outermost(mine)


def judge_numbers(found: Found, faults: Faults, covering: set[int], actor: Actor) -> dict[int, str]:
    """The faults of codes that name a number; what stands alike is judged once."""
    units, rows = found.units, found.rows
    batches = units.labelled.batches[rows]
    states: dict[int, str] = {}
    width = int(batches.max(initial=0)) + 1
    alike, which = np.unique(found.which * width + batches, return_inverse=True)
    for at, key in enumerate(alike.tolist()):
        met = rows[which == at]
        standing, held = found.standings[key // width], found.held[key // width]
        batch = key % width
        is_meant = batch in found.meant
        if held.holder_id != actor.id:
            # Who may not know of them is told the same as of codes that were never issued.
            seen = units.checked[met] | may_see(found, batch, held, actor)
            faults[met] = np.where(
                seen, Fault.WRONG_HOLDER if is_meant else Fault.OUTSIDE, Fault.SURPLUS
            )
        elif not is_meant:
            faults[met] = Fault.OUTSIDE
        elif found.forest.covered(standing.parent_id, covering):
            faults[met] = Fault.REPEATED
        else:
            kind = Alike(batch, standing.lot_id or 0, standing.status, standing.blocked)
            state = state_of(kind, held, found.bans)
            if state:
                faults[met] = Fault.WRONG_STATE
                states.update(dict.fromkeys(met.tolist(), state))
            else:
                faults[met] = misplaced(found, met, standing.parent_id)
    return states


def misplaced(found: Found, rows: Integers, parent: int | None) -> Faults:
    """The fault of those of these lines that claim another parent than this one."""
    claims, which = np.unique(found.claims.parent_of[rows], return_inverse=True)
    right = [is_where_claimed(parent, one, found.packages.claimed) for one in claims.tolist()]
    kinds = np.array([MATCHED if one else Fault.WRONG_PACKAGE for one in right], np.int8)
    return kinds[which]


def may_see(found: Found, batch: int, held: Held, actor: Actor) -> bool:
    """Whether the actor may know of goods of somebody else's that they are there."""
    return actor.id == held.receiver_id or may_name(found, batch, held, actor)


def may_name(found: Found, batch: int, held: Held, actor: Actor) -> bool:
    """Whether the actor may know who has them, too."""
    label = found.units.labelled.labels[batch]
    states = [label.member_state, *held.states]
    return actor.id == label.registered_by or rules.oversees(actor, states)


def judge_packages(found: Found, judged: Judged, actor: Actor) -> None:
    """The faults of packages, by their summaries; what is inside is not looked at one by one."""
    seen: set[int] = set()
    for claim in found.claims.packages:
        package_id = found.packages.of_lines.get(claim.line)
        line = PackageLine(claim.line, claim.sscc, package_id, Fault.SURPLUS)
        judged.packages.append(line)
        if package_id is None:
            continue
        held = found.of_packages[package_id]
        if held.holder_id != actor.id:
            known = actor.id == held.receiver_id or rules.oversees(actor, held.states)
            line.fault = Fault.WRONG_HOLDER if known else Fault.SURPLUS
        elif package_id in seen or package_id not in judged.covering:
            line.fault = Fault.REPEATED
        else:
            line.units = count_inside(found, judged, package_id)
            parent = found.forest.parents[package_id]
            there = is_where_claimed(parent, claim.parent, found.packages.claimed)
            line.fault = MATCHED if there else Fault.WRONG_PACKAGE
            line.fault = Fault.WRONG_STATE if line.units else line.fault
        seen.add(package_id)
    for package_id in {*found.packages.of_codes.values()} & judged.covering:
        count_inside(found, judged, package_id)


def count_inside(found: Found, judged: Judged, package_id: int) -> dict[str, int]:
    """Count a package's contents as matched, or as being in a wrong state."""
    wrong: dict[str, int] = {}
    for key, units in found.summaries[package_id].items():
        state = state_of(key, found.of_packages[package_id], found.bans)
        if state is None:
            judged.matched += units
        else:
            wrong[state] = wrong.get(state, 0) + units
            judged.inside[state] = judged.inside.get(state, 0) + units
    return wrong


@dataclass(slots=True)
class Counted:
    """Goods on hand that were uploaded: loose ones, those in transfers, and by root."""

    loose: int = 0
    moving: int = 0
    inside: dict[int, int] = field(default_factory=dict)


def on_hand(keys: Mapping[Alike, int]) -> int:
    return sum(units for key, units in keys.items() if key.status in ON_HAND)


def uploaded(found: Found, judged: Judged, transfers: Sequence[int]) -> tuple[list[Run], Counted]:
    """The numbers on hand that lines name one by one, and how many units were uploaded where."""
    faults = judged.faults[found.rows]
    mine = np.isin(faults, (MATCHED, Fault.WRONG_STATE, Fault.WRONG_PACKAGE))
    kept = np.array([one.status in ON_HAND for one in found.standings], np.bool_)
    named = np.flatnonzero(mine & kept[found.which]) if len(kept) else np.flatnonzero(mine)
    counted = Counted()
    ways, units = np.unique(found.which[named], return_counts=True)
    for way, count in zip(ways.tolist(), units.tolist(), strict=True):
        standing = found.standings[way]
        if standing.parent_id is None:
            counted.loose += count
            counted.moving += count if standing.transfer_id in transfers else 0
        else:
            add(counted.inside, found.forest.root(standing.parent_id), count)
    for package_id in judged.covering:
        add(counted.inside, found.forest.root(package_id), on_hand(found.summaries[package_id]))
    return runs_at(found.units, found.rows[named]), counted


def add(counts: dict[int, int], key: int, units: int) -> None:
    counts[key] = counts.get(key, 0) + units
