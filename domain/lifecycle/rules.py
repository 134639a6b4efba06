"""Which step may follow which in the life of a unit, and what it asks for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.errors import (
    AmbiguousCodes,
    CodesRepeated,
    DocumentsMissing,
    GoodsHeldBack,
    Refusal,
    StatusNotFitting,
    UnknownCodes,
    UnreadableCodes,
    VerificationFailed,
)
from domain.recognition.units import Units, Verdict
from domain.registry.spans import Span, Standing
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
    "introduce", EventKind.INTRODUCED, frozenset({UnitStatus.APPLIED}), UnitStatus.IN_CIRCULATION
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


def judge(step: Step, standing: Standing, *, actor_id: int) -> Verdict:
    """Whether the actor may take this step with units that stand like this."""
    if standing.holder_id != actor_id:
        return Verdict.UNKNOWN
    if standing.status not in step.starts_from:
        return Verdict.WRONG_STATUS
    if standing.blocked:
        return Verdict.BLOCKED
    if standing.transfer_id is not None:
        return Verdict.IN_TRANSFER
    if standing.parent_id is not None and not step.inside_packages:
        return Verdict.IN_PACKAGE
    return Verdict.OK


def after(step: Step, standing: Standing, *, lot_id: int | None) -> Standing:
    """How units stand after the step; a lot that is told replaces the one before."""
    changed = standing._replace(status=step.leads_to or standing.status)
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


def judged(
    step: Step, pieces: Sequence[Span], *, actor_id: int
) -> tuple[list[Span], list[tuple[Span, Verdict]]]:
    """The pieces that may take the step, and those that may not, with the reason."""
    good: list[Span] = []
    bad: list[tuple[Span, Verdict]] = []
    known: dict[Standing, Verdict] = {}
    for piece in pieces:
        verdict = known.get(piece.standing)
        if verdict is None:
            verdict = known[piece.standing] = judge(step, piece.standing, actor_id=actor_id)
        if verdict is Verdict.OK:
            good.append(piece)
        else:
            bad.append((piece, verdict))
    return good, bad


HELD_BACK = (Verdict.BLOCKED, Verdict.IN_TRANSFER, Verdict.IN_PACKAGE)


def refusal(
    step: Step, refused: Mapping[Verdict, int], units: Units, by_status: Mapping[str, int]
) -> Refusal:
    """The refusal of a whole request, named after its first kind of fault."""
    simple: dict[Verdict, Callable[[int, tuple[str, ...]], Refusal]] = {
        Verdict.UNREADABLE: UnreadableCodes,
        Verdict.AMBIGUOUS: AmbiguousCodes,
        Verdict.UNKNOWN: UnknownCodes,
        Verdict.NOT_GENUINE: VerificationFailed,
        Verdict.REPEATED: CodesRepeated,
    }
    for reason, kind in simple.items():
        if reason in refused:
            return kind(refused[reason], units.examples(reason))
    if Verdict.WRONG_STATUS in refused:
        count, examples = refused[Verdict.WRONG_STATUS], units.examples(Verdict.WRONG_STATUS)
        return StatusNotFitting(step.verb, count, dict(by_status), examples)
    held = {str(reason): refused[reason] for reason in HELD_BACK if reason in refused}
    examples = next(units.examples(reason) for reason in HELD_BACK if reason in refused)
    return GoodsHeldBack(step.verb, sum(held.values()), held, examples)
