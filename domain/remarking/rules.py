"""Which codes may give way to which, and how goods stand under their new code."""

from collections.abc import Iterable, Mapping, Sequence

from domain.catalogue import reasons
from domain.catalogue.documents import Document
from domain.catalogue.reasons import REMARKED, Cause
from domain.errors import CodesRepeated, GoodsHeldBack, NoGoods
from domain.errors_of_custody import GtinsDiffer, NewCodeInUse, OldCodesDiffer
from domain.goods.judging import Seen
from domain.participants.actor import Actor
from domain.recognition.units import Verdict
from domain.registry.packages import Custody
from domain.registry.scene import Scene
from domain.registry.spans import Place, Standing
from domain.remarking.told import Remarking
from domain.vocabulary import UnitStatus

MARK, REMARK = "mark anew with", "mark anew"
REPLACEABLE = frozenset({UnitStatus.APPLIED, UnitStatus.IN_CIRCULATION})

Replaced = Mapping[Place, Sequence[Place]]  # the old codes that each new code replaces
Shown = Mapping[Place, str]  # identification codes


def check_told(told: Remarking) -> Cause:
    """The cause; refuses a re-marking that contradicts it, or names a code twice.

    New codes that replace nothing legible come into circulation by the document alone.
    """
    if not told.pairs:
        raise NoGoods
    cause = reasons.cause(told.cause)
    for names_old in {pair.old is not None for pair in told.pairs}:
        reasons.check_remarking(cause, told.document, names_old_code=names_old)
        check_paper(cause, told.document, needed=not names_old)
    without_old = [pair.new for pair in told.pairs if pair.old is None]
    others = {pair.new for pair in told.pairs if pair.old is not None}
    again = [new for new in without_old if new in others or without_old.count(new) > 1]
    if again:
        raise CodesRepeated(len(again))
    return cause


def check_paper(cause: Cause, document: Document | None, *, needed: bool) -> None:
    if needed:
        reasons.check_primary(cause.name, cause.documents, document, optional=False)


def judge_new(seen: Seen, actor: Actor) -> Verdict:
    """Whether a code that stands like this may be put on goods in place of another."""
    if seen.custody.holder_id != actor.id:
        return Verdict.UNKNOWN
    if seen.standing.status is not UnitStatus.APPLIED:
        return Verdict.WRONG_STATUS
    if seen.standing.parent_id is not None:
        return Verdict.IN_PACKAGE
    return held_back(seen)


def judge_old(seen: Seen, actor: Actor) -> Verdict:
    """Whether a code that stands like this may give way; its goods may lie in packages."""
    if seen.custody.holder_id != actor.id:
        return Verdict.UNKNOWN
    if seen.standing.status not in REPLACEABLE:
        return Verdict.WRONG_STATUS
    return held_back(seen)


def held_back(seen: Seen) -> Verdict:
    if seen.is_blocked:
        return Verdict.BLOCKED
    return Verdict.OK if seen.custody.transfer_id is None else Verdict.IN_TRANSFER


def check_pairs(scene: Scene, replaced: Replaced, shown: Shown) -> None:
    """Refuse codes on both sides, of different GTINs, or that cannot give way as they stand."""
    both = sorted({old for olds in replaced.values() for old in olds} & set(replaced))
    if both:
        raise CodesRepeated(len(both), told_of(both, shown))
    check_unused([new for new in replaced if new in scene.pack_at], shown)
    differing = [new for new, olds in replaced.items() if gtins(scene, olds) - gtins(scene, [new])]
    if differing:
        raise GtinsDiffer(len(differing), told_of(differing, shown))
    mixed = [new for new, olds in replaced.items() if len(olds) > 1 and not alike(scene, olds)]
    if mixed:
        raise OldCodesDiffer(len(mixed), told_of(mixed, shown))
    blocked = [old for olds in replaced.values() for old in olds if holds_blocked(scene, old)]
    if blocked:
        told = {str(Verdict.BLOCKED): len(blocked)}
        raise GoodsHeldBack(REMARK, len(blocked), told, told_of(blocked, shown))


def check_unused(used: Sequence[Place], shown: Shown) -> None:
    """Refuse new codes that stand on goods, or packs, already."""
    if used:
        raise NewCodeInUse(len(used), told_of(used, shown))


def told_of(places: Sequence[Place], shown: Shown) -> tuple[str, ...]:
    return tuple(shown.get(place, "") for place in places[:3])


def gtins(scene: Scene, places: Iterable[Place]) -> set[str]:
    return {scene.facts_of(place).gtin for place in places}


def alike(scene: Scene, places: Sequence[Place]) -> bool:
    """Whether these are units that lie in the same place; a coded pack keeps its number of units."""
    standings = {scene.now[place].standing for place in places}
    around = scene.around(scene.now[places[0]].standing.parent_id)
    in_pack = any(scene.packages[one].place for one in around)
    return len(standings) == 1 and not in_pack and not any(one in scene.pack_at for one in places)


def holds_blocked(scene: Scene, place: Place) -> bool:
    """Whether this is the code of a pack in which something is blocked."""
    pack = scene.pack_at.get(place)
    if pack is None:
        return False
    inside = any(key.blocked for key in scene.summaries[pack])
    return inside or bool(scene.packages[pack].blocked_inside) or bool(scene.wide_block_in(pack))


def introduced(standing: Standing, actor: Actor) -> Standing:
    """How goods stand under a new code that replaces nothing legible."""
    return standing._replace(status=UnitStatus.IN_CIRCULATION, turnover_state=actor.member_state)


def replaced(standing: Standing, custody: Custody) -> Standing:
    """How an old code stands afterwards: out of its packages, in the custody they were in."""
    return standing._replace(
        parent_id=None,
        **custody._asdict(),
        status=UnitStatus.WITHDRAWN,
        withdrawal_reason=REMARKED,
        remaining_parts=None if standing.whole_parts is None else 0,
    )
