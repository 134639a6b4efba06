"""What is told of a comparison: counts of every kind, and the first examples of each."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from domain.participants.actor import Actor
from domain.reconciliation.judging import Judged, PackageLine, may_name
from domain.reconciliation.stock import Fault, Found, codes_at
from domain.trace import rules

MOST_TOLD = 1_000

Names = Mapping[int, Mapping[str, Any]]


def rows_told(judged: Judged, fault: Fault) -> list[int]:
    """The first codes with this fault, by their rows."""
    rows: list[int] = np.flatnonzero(judged.faults == fault)[:MOST_TOLD].tolist()
    return rows


def parent_of(found: Found, row: int) -> int | None:
    """The package that a code lies in, as the registry has it."""
    return found.standings[found.way(row)].parent_id


def packages_told(found: Found, judged: Judged) -> set[int]:
    """The packages that examples name."""
    parents = {parent_of(found, row) for row in rows_told(judged, Fault.WRONG_PACKAGE)}
    parents |= {found.forest.parents.get(one) for one in found.packages.of_lines.values()}
    return {one for one in parents if one is not None}


def told(found: Found, judged: Judged, names: Names, actor: Actor) -> dict[str, Any]:
    """Every kind of fault: how many lines have it, and the first of them."""
    kinds = {fault.name.lower(): lines_of(found, judged, fault, names, actor) for fault in Fault}
    states = dict(judged.inside)
    for state in judged.states.values():
        states[state] = states.get(state, 0) + 1
    kinds["wrong_state"] |= {
        "units": sum(states.values()),
        "by_state": dict(sorted(states.items())),
    }
    return kinds


def lines_of(
    found: Found, judged: Judged, fault: Fault, names: Names, actor: Actor
) -> dict[str, Any]:
    count = int(np.count_nonzero(judged.faults == fault))
    packages = [one for one in judged.packages if one.fault == fault]
    unread = found.claims.unreadable if fault is Fault.UNREADABLE else []
    rows = rows_told(judged, fault)
    codes = codes_at(found.units, rows)
    numbers = found.claims.codes.numbers
    examples = [
        {"line": int(numbers[row]), "code": codes[row], **more(found, judged, row, names, actor)}
        for row in rows
    ]
    examples += [of_package(found, one, names, actor) for one in packages[:MOST_TOLD]]
    examples += [{"line": line, "code": text} for line, text in unread[:MOST_TOLD]]
    return {
        "lines": count + len(packages) + len(unread),
        "examples": first_of(examples),
    }


def first_of(examples: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(examples, key=lambda one: one["line"])[:MOST_TOLD]


def more(found: Found, judged: Judged, row: int, names: Names, actor: Actor) -> dict[str, Any]:
    """What is told of a code beside its fault, as far as the asker may know."""
    match Fault(int(judged.faults[row])):
        case Fault.WRONG_STATE:
            return {"state": judged.states[row]}
        case Fault.WRONG_PACKAGE:
            return {"package": name_of(parent_of(found, row), names)}
        case Fault.WRONG_HOLDER:
            held = found.held[found.way(row)]
            batch = int(found.units.labelled.batches[row])
            return {"holder": held.holder if may_name(found, batch, held, actor) else None}
        case _:
            return {}


def of_package(found: Found, line: PackageLine, names: Names, actor: Actor) -> dict[str, Any]:
    example: dict[str, Any] = {"line": line.line, "sscc": line.sscc}
    if line.fault == Fault.WRONG_STATE:
        example["states"] = line.units
    if line.fault == Fault.WRONG_PACKAGE and line.package_id is not None:
        example["package"] = name_of(found.forest.parents[line.package_id], names)
    if line.fault == Fault.WRONG_HOLDER and line.package_id is not None:
        held = found.of_packages[line.package_id]
        example["holder"] = held.holder if rules.oversees(actor, held.states) else None
    return example


def name_of(package_id: int | None, names: Names) -> Mapping[str, Any] | None:
    return None if package_id is None else names[package_id]
