"""Who may block which goods, and for how long."""

from collections.abc import Iterable
from datetime import datetime

from domain.errors import RoleMissing
from domain.errors_of_custody import BlockTermPassed
from domain.goods.judging import Seen
from domain.participants.actor import Actor
from domain.participants.rules import OVERSEERS
from domain.recognition.units import Verdict
from domain.standards.member_state import MemberState
from domain.vocabulary import Role


def check_authority(actor: Actor) -> None:
    """Goods are blocked by the inspectors of a member state, and by its operators."""
    if not OVERSEERS & actor.roles:
        raise RoleMissing(Role.INSPECTOR.value)


def check_term(until: datetime | None, now: datetime) -> None:
    if until is not None and until <= now:
        raise BlockTermPassed(until.isoformat())


def reaches(
    state: MemberState, turnover_state: MemberState | None, issued_in: Iterable[str]
) -> bool:
    """Whether a state's authority reaches goods: all issued there, or in turnover there."""
    return turnover_state == state or all(one == state for one in issued_in)


def judge(seen: Seen, state: MemberState) -> Verdict:
    """Whether this state's authority may block units that stand like this, whoever holds them."""
    reached = reaches(state, seen.custody.turnover_state, (seen.batch.member_state,))
    return Verdict.OK if reached else Verdict.UNKNOWN
