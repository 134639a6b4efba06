"""Judging goods one by one: which may take part in what a verb does, and why others may not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from domain.catalogue.groups import catalogue
from domain.codes.orders import LabelOfBatch
from domain.errors import (
    AmbiguousCodes,
    CodesRepeated,
    GoodsHeldBack,
    Refusal,
    StatusNotFitting,
    UnknownCodes,
    UnknownPackages,
    UnreadableCodes,
    VerificationFailed,
)
from domain.errors_of_custody import NotRestorable
from domain.goods.belonging import Belonging
from domain.recognition.units import Units, Verdict
from domain.registry.packages import BatchFacts, Custody
from domain.registry.scene import Scene
from domain.registry.spans import Interval, Place, Run, Span, Standing, cut, missing

MOST_TOLD = 1_000


class Located(NamedTuple):
    """The goods of a request as numbers and packages, with the batches they came from.

    `asked` are the runs of batches that were named, `runs` all numbers, `packages` the ids of the
    transport units.
    """

    units: Units
    asked: list[Run]
    runs: list[Run]
    repeated: list[Run]
    packages: list[int]
    intervals: list[Interval]
    labels: dict[int, LabelOfBatch]

    @property
    def groups(self) -> frozenset[str]:
        templates = catalogue().templates
        return frozenset(templates[label.template].product_group for label in self.labels.values())


class Seen(NamedTuple):
    """How units stand, with all that is around them taken into account."""

    standing: Standing
    custody: Custody
    is_blocked: bool
    batch: BatchFacts


Rule = Callable[[Seen], Verdict]


def check_packages_held(located: Located, scene: Scene, actor_id: int) -> None:
    """Refuse packages that the participant does not hold as if they did not exist."""
    strange = [
        scene.packages[one].sscc or ""
        for one in located.packages
        if not scene.packages[one].standing.alive or scene.custody_in(one).holder_id != actor_id
    ]
    if strange:
        raise UnknownPackages(len(strange), tuple(strange[:3]))


class Judged(NamedTuple):
    """The atoms that may take part, and how many units may not, by reason.

    `bad` are the atoms that may not, with the reason, `never` runs of numbers never issued.
    """

    good: list[Place]
    bad: list[tuple[Span, Verdict]]
    never: list[Run]
    refused: dict[Verdict, int]


def seen(scene: Scene, place: Place) -> Seen:
    """How this atom stands."""
    blocked = scene.is_blocked(place) or scene.wide_block(place) is not None
    return Seen(scene.now[place].standing, scene.custody_of(place), blocked, scene.facts_of(place))


def judged(located: Located, scene: Scene, rule: Rule) -> Judged:
    """Judge every atom of what was named, and tell each line of the request its verdict."""
    good: list[Place] = []
    bad: list[tuple[Span, Verdict]] = []
    known: dict[tuple[Standing, int], Verdict] = {}
    before, of_batch, verdict = None, None, None  # neighbours mostly stand alike
    places = list(scene.places_of(located.runs))
    for place in places:
        standing, batch = scene.now[place].standing, scene.batch_of(place)
        if verdict is None or standing is not before or batch != of_batch:
            before, of_batch = standing, batch
            verdict = known.get((standing, batch))
        if verdict is None:
            verdict = known[standing, batch] = rule(seen(scene, place))
        if verdict is Verdict.OK:
            good.append(place)
        else:
            bad.append((scene.now[place], verdict))
    never = missing(located.runs, [scene.now[place] for place in places])
    return Judged(good, bad, never, refused(located, bad, never))


def refused(
    located: Located, bad: Sequence[tuple[Span, Verdict]], never: Sequence[Run]
) -> dict[Verdict, int]:
    """How many units may not, by reason; every line of the request gets its verdict."""
    counts = located.units.counts()
    counts.pop(Verdict.OK, None)
    by = by_reason(bad, never)
    for reason, runs in by.items():
        counts[reason] = counts.get(reason, 0) + sum(run.units for run in runs)
        located.units.mark_numbers(runs, reason)
    again = np.flatnonzero(located.units.has(Verdict.REPEATED))
    hidden = again[located.units.within(again, by.get(Verdict.UNKNOWN, []))]
    if len(hidden):
        located.units.hide(hidden)
        counts[Verdict.UNKNOWN] += len(hidden)
        counts[Verdict.REPEATED] -= len(hidden)
        counts = {reason: n for reason, n in counts.items() if n}
    if located.repeated:
        more = sum(run.units for run in located.repeated)
        counts[Verdict.REPEATED] = counts.get(Verdict.REPEATED, 0) + more
    return counts


def by_reason(
    bad: Iterable[tuple[Span, Verdict]], never: Sequence[Run]
) -> dict[Verdict, list[Run]]:
    """The numbers that may not take part, sorted, by why."""
    found: dict[Verdict, list[Run]] = {}
    for piece, reason in bad:
        found.setdefault(reason, []).append(Run(*piece[:3]))
    if never:
        found[Verdict.UNKNOWN] = sorted([*found.get(Verdict.UNKNOWN, []), *never])
    return found


def runs_told(located: Located, bad: Iterable[tuple[Span, Verdict]]) -> list[dict[str, Any]]:
    """Which units of the runs that were asked may not, and why; 1,000 at most."""
    belonging = Belonging(located.intervals, located.labels)
    told = []
    for piece, verdict in bad:
        for part in cut([piece], located.asked).pieces:
            batch, first = belonging.place(part)
            told.append(
                {"batch": str(batch), "first": first, "count": part.units, "verdict": verdict}
            )
    return told[:MOST_TOLD]


def by_status(bad: Iterable[tuple[Span, Verdict]]) -> dict[str, int]:
    """How many units stand in a status that does not fit."""
    counts: dict[str, int] = {}
    for piece, verdict in bad:
        if verdict is Verdict.WRONG_STATUS:
            status = str(piece.standing.status)
            counts[status] = counts.get(status, 0) + piece.units
    return counts


SIMPLE: Mapping[Verdict, Callable[[int, tuple[str, ...]], Refusal]] = {
    Verdict.UNREADABLE: UnreadableCodes,
    Verdict.AMBIGUOUS: AmbiguousCodes,
    Verdict.UNKNOWN: UnknownCodes,
    Verdict.NOT_GENUINE: VerificationFailed,
    Verdict.REPEATED: CodesRepeated,
    Verdict.NOT_RESTORABLE: NotRestorable,
}
HELD_BACK = (Verdict.BLOCKED, Verdict.IN_TRANSFER, Verdict.IN_PACKAGE)


def refusal(verb: str, found: Judged, units: Units) -> Refusal:
    """The refusal of a whole request, named after its first kind of fault."""
    counts = found.refused
    for reason, kind in SIMPLE.items():
        if reason in counts:
            return kind(counts[reason], units.examples(reason))
    if Verdict.WRONG_STATUS in counts:
        count, examples = counts[Verdict.WRONG_STATUS], units.examples(Verdict.WRONG_STATUS)
        return StatusNotFitting(verb, count, by_status(found.bad), examples)
    held = {str(reason): counts[reason] for reason in HELD_BACK if reason in counts}
    examples = next(units.examples(reason) for reason in HELD_BACK if reason in counts)
    return GoodsHeldBack(verb, sum(held.values()), held, examples)


def refused_part(found: Judged, located: Located) -> dict[str, Any]:
    """What an answer says of the units that took no part."""
    return {
        "refused": sum(found.refused.values()),
        "refused_by_reason": {str(reason): n for reason, n in sorted(found.refused.items())},
        "runs": runs_told(located, found.bad),
    }
