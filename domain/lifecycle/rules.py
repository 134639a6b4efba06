"""Which step may follow which in the life of a unit, and what it asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.errors import DocumentsMissing
from domain.goods.judging import Seen
from domain.participants.actor import Actor
from domain.recognition.units import Verdict
from domain.registry.spans import Standing
from domain.vocabulary import EventKind, UnitStatus


@dataclass(frozen=True, slots=True)
class Step:
    """A verb of the life cycle: the statuses it starts from, and the one it leads to."""

    verb: str
    kind: EventKind
    starts_from: frozenset[UnitStatus]
    leads_to: UnitStatus | None = None  # None: the status stays
    inside_packages: bool = False


APPLY = Step("apply", EventKind.APPLIED, frozenset({UnitStatus.ISSUED}), UnitStatus.APPLIED)
INTRODUCE = Step(
    "introduce",
    EventKind.INTRODUCED,
    frozenset({UnitStatus.APPLIED}),
    UnitStatus.IN_CIRCULATION,
    inside_packages=True,
)
CANCEL = Step(
    "cancel",
    EventKind.CANCELLED,
    frozenset({UnitStatus.ISSUED, UnitStatus.APPLIED}),
    UnitStatus.CANCELLED,
)
GIVE_LOT = Step(
    "give a lot to",
    EventKind.LOT_GIVEN,
    frozenset({UnitStatus.ISSUED, UnitStatus.APPLIED, UnitStatus.IN_CIRCULATION}),
    inside_packages=True,
)


def judge(step: Step, seen: Seen, actor: Actor) -> Verdict:
    """Whether the actor may take this step with units that stand like this."""
    standing, custody = seen.standing, seen.custody
    if custody.holder_id != actor.id:
        return Verdict.UNKNOWN
    if standing.status not in step.starts_from:
        return Verdict.WRONG_STATUS
    if seen.is_blocked:
        return Verdict.BLOCKED
    if custody.transfer_id is not None:
        return Verdict.IN_TRANSFER
    if standing.parent_id is not None and not may_inside(step, seen, actor):
        return Verdict.IN_PACKAGE
    return Verdict.OK


def may_inside(step: Step, seen: Seen, actor: Actor) -> bool:
    """Whether the step fits units in a package: the state of turnover is the whole package's."""
    stays = step is not INTRODUCE or seen.custody.turnover_state == actor.member_state
    return step.inside_packages and stays


def after(step: Step, standing: Standing, actor: Actor, *, lot_id: int | None) -> Standing:
    """How units stand after the step; a lot that is told replaces the one before."""
    changed = standing._replace(status=step.leads_to or standing.status)
    if step is INTRODUCE and standing.parent_id is None:
        changed = changed._replace(turnover_state=actor.member_state)
    return changed if lot_id is None else changed._replace(lot_id=lot_id)


def check_documents(asked: Iterable[str], told: Mapping[str, Any]) -> None:
    """Refuse an introduction without the facts that the group asks for."""
    missing = sorted({fact for fact in asked if not is_told(fact, told.get(fact))})
    if missing:
        raise DocumentsMissing(tuple(missing))


def is_told(fact: str, value: object) -> bool:
    """Whether the value can be what the fact's name says: a date, or a number as text."""
    if fact.endswith(("_on", "_date")):
        return isinstance(value, date) or (isinstance(value, str) and is_date(value))
    return isinstance(value, str | int) and bool(str(value).strip(" "))


def is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
