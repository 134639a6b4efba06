"""Which goods may leave circulation by their holder's word, which may come back, and how."""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from domain.catalogue import reasons
from domain.catalogue.reasons import Reason
from domain.catalogue.regimes import Regime, Road
from domain.errors_of_custody import (
    CorrectionNotFitting,
    ExportNotNeeded,
    FractionNotAllowed,
    PackageInside,
)
from domain.goods.judging import Judged, Located, Rule, Seen, refused, seen
from domain.participants.actor import Actor
from domain.recognition.units import Verdict
from domain.registry.scene import Scene
from domain.registry.spans import Place, Run, Standing, joined, missing, without
from domain.vocabulary import UnitStatus
from domain.withdrawal.told import Parts

Opened = AbstractSet[int]  # packages whose contents go with them


def opened(located: Located, scene: Scene, actor: Actor) -> Opened:
    """The packages that were named, by SSCC or by their own code, with all that are inside.

    Of a pack that somebody else holds nothing is told, not even that it is one.
    """
    waiting = set(located.packages)
    for place in scene.places_of(located.runs):
        pack = scene.pack_at.get(place)
        if pack is not None and scene.custody_of(place).holder_id == actor.id:
            waiting.add(pack)
    found: set[int] = set()
    while waiting:
        package = waiting.pop()
        found.add(package)
        inside = {scene.pack_at.get(place) for place in scene.units_in.get(package, ())}
        waiting |= {one for one in inside if one is not None}
        waiting |= scene.packages_in.get(package, set())
    return found


def with_contents(located: Located, scene: Scene, whole: Opened) -> Located:
    """The goods, where what was named whole stands for all that is in it."""
    inside = [Run(*scene.now[place][:3]) for one in whole for place in scene.units_in.get(one, ())]
    if not inside:
        return located
    runs = joined([*located.runs, *inside])
    return located._replace(runs=runs, intervals=list(scene.intervals))


def check_outermost(located: Located, scene: Scene, whole: Opened) -> None:
    """Refuse transport units that lie in others, which were not named."""
    around = {one: scene.packages[one].standing.parent_id for one in located.packages}
    inside = [one for one, parent in around.items() if parent is not None and parent not in whole]
    if inside:
        told = tuple(scene.packages[one].sscc or "" for one in inside[:3])
        raise PackageInside(len(inside), told)


def judge_leaving(
    seen: Seen, actor: Actor, starts_from: Collection[UnitStatus], whole: Opened
) -> Verdict:
    """Whether units that stand like this may leave by the actor's word."""
    if seen.custody.holder_id != actor.id:
        return Verdict.UNKNOWN
    if seen.standing.status not in starts_from:
        return Verdict.WRONG_STATUS
    return held_back(seen, whole)


def judge_restoring(seen: Seen, actor: Actor, whole: Opened) -> Verdict:
    """Whether units that stand like this may come back by the actor's word."""
    if seen.custody.holder_id != actor.id:
        return Verdict.UNKNOWN
    if seen.standing.status is not UnitStatus.WITHDRAWN:
        return Verdict.WRONG_STATUS
    reason = reasons.reasons().reasons.get(seen.standing.withdrawal_reason or "")
    if reason is None or not reason.is_restorable:
        return Verdict.NOT_RESTORABLE
    return held_back(seen, whole)


def held_back(seen: Seen, whole: Opened) -> Verdict:
    """What keeps a unit where it is. One that is in a package goes with all of it, or not."""
    if seen.is_blocked:
        return Verdict.BLOCKED
    if seen.custody.transfer_id is not None:
        return Verdict.IN_TRANSFER
    if seen.standing.parent_id is not None and seen.standing.parent_id not in whole:
        return Verdict.IN_PACKAGE
    return Verdict.OK


def judged(located: Located, scene: Scene, rule: Rule) -> Judged:
    """Judge every atom; a coded pack goes with all that is in it, or nothing of it goes."""
    places = list(scene.places_of(located.runs))
    known: dict[tuple[Standing, int], Verdict] = {}
    verdicts: dict[Place, Verdict] = {}
    for place in places:
        key = (scene.now[place].standing, scene.batch_of(place))
        if key not in known:
            known[key] = rule(seen(scene, place))
        verdicts[place] = known[key]
    broken = {
        pack: verdict
        for place, verdict in verdicts.items()
        if verdict is not Verdict.OK
        for pack in packs_around(scene, place)
    }
    if broken:
        for place in places:
            kept = [broken[pack] for pack in packs_around(scene, place) if pack in broken]
            if kept and verdicts[place] is Verdict.OK:
                verdicts[place] = kept[0]
    good = [place for place in places if verdicts[place] is Verdict.OK]
    bad = [(scene.now[one], verdicts[one]) for one in places if verdicts[one] is not Verdict.OK]
    never = missing(located.runs, [scene.now[place] for place in places])
    return Judged(good, bad, never, refused(located, bad, never))


def packs_around(scene: Scene, place: Place) -> list[int]:
    """The coded packs that this unit is in, or is the code of."""
    own = scene.pack_at.get(place)
    around = scene.around(scene.now[place].standing.parent_id)
    packs = [one for one in around if scene.packages[one].place is not None]
    return packs if own is None else [own, *packs]


class Fraction(NamedTuple):
    """How a unit is divided: into how many parts, and how many of them are left."""

    whole: int | None
    remaining: int | None


def left(standing: Standing, parts: Parts) -> Fraction:
    """How a unit is divided after these parts were taken."""
    remaining = parts.of if standing.remaining_parts is None else standing.remaining_parts
    return Fraction(parts.of, remaining - parts.taken)


def check_parts(scene: Scene, places: Iterable[Place], parts: Parts) -> None:
    """Refuse to take these parts of units that leave whole, or of which less is left."""
    for group, is_pack, standing in {
        (scene.facts_of(one).product_group, one in scene.pack_at, scene.now[one].standing)
        for one in places
    }:
        if is_pack:
            raise FractionNotAllowed(group)
        divided = {"whole": standing.whole_parts, "remaining": standing.remaining_parts}
        reasons.check_fraction(group, parts.taken, parts.of, **divided)


def after_leaving(standing: Standing, reason: Reason, parts: Parts | None) -> Standing:
    """How units stand after they, or parts of them, left for this reason."""
    if parts:
        whole, remaining = left(standing, parts)
        standing = standing._replace(whole_parts=whole, remaining_parts=remaining)
        if remaining:
            return standing
    status = reasons.leads_to(standing.status)
    why = reason.name if status is UnitStatus.WITHDRAWN else None
    nothing = None if standing.whole_parts is None else 0
    return standing._replace(status=status, withdrawal_reason=why, remaining_parts=nothing)


def after_restoring(standing: Standing, before: Fraction) -> Standing:
    """How units stand when they have come back, divided as they were before they left."""
    return standing._replace(
        status=UnitStatus.IN_CIRCULATION,
        withdrawal_reason=None,
        whole_parts=before.whole,
        remaining_parts=before.remaining,
    )


def check_roads(roads: Iterable[Road]) -> None:
    """Refuse to withdraw for export what the destination recognises as it is."""
    for road in roads:
        if road.regime is Regime.RECOGNITION:
            told = (road.product_group, road.origin, road.destination, road.regime, road.basis)
            raise ExportNotNeeded(*told)


def check_correction(event: int, goods: Iterable[Run], withdrawn: Iterable[Run]) -> None:
    """Refuse to correct an event that did not withdraw all of these goods."""
    beyond = without(joined(goods), joined(withdrawn))
    if beyond:
        raise CorrectionNotFitting(event, sum(run.units for run in beyond))
