"""From what is known of a unit to a verdict with its reasons, and who may see what of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.participants.actor import Actor
from domain.vocabulary import Role, UnitStatus


class Outcome(StrEnum):
    """The answer to a scan in one word."""

    IN_CIRCULATION = "in-circulation"
    NOT_YET_IN_CIRCULATION = "not-yet-in-circulation"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    NOT_CONFIRMED = "not-confirmed"
    AMBIGUOUS = "ambiguous"
    UNREADABLE = "unreadable"
    NOT_DECIDED = "not-decided"


SENTENCES = {
    Outcome.IN_CIRCULATION: "{found}, and the goods are in circulation.",
    Outcome.NOT_YET_IN_CIRCULATION: "{found}, and the goods are not in circulation yet.",
    Outcome.EXPIRED: "{found}, and the goods are past their expiry date.",
    Outcome.BLOCKED: "{found}, and an authority has blocked the goods.",
    Outcome.WITHDRAWN: "{found}, and the goods have left circulation.",
    Outcome.CANCELLED: "The code was cancelled: it must not stand on any goods.",
    Outcome.NOT_CONFIRMED: "Nothing confirms that this code is genuine.",
    Outcome.AMBIGUOUS: "The code can be read in more than one way: scan again.",
    Outcome.UNREADABLE: "This cannot be read as a code.",
    Outcome.NOT_DECIDED: "The registry did not answer in time: decide without it.",
}
AUTHENTIC = "The code is authentic"
# Who may see a unit without showing its verification code learns how it stands, not more.
NOT_CHECKED = "The registry issued this code, though no verification code was shown"

ADVICE = {
    Outcome.IN_CIRCULATION: "A copied label carries an authentic code too: look at the history.",
    Outcome.NOT_YET_IN_CIRCULATION: "It may not be sold yet; ask the supplier.",
    Outcome.EXPIRED: "Do not sell or use it.",
    Outcome.BLOCKED: "Do not sell or use it; the authority tells why.",
    Outcome.WITHDRAWN: "If it is offered for sale, do not buy it, and report it.",
    Outcome.CANCELLED: "Do not buy it, and report it.",
    Outcome.NOT_CONFIRMED: "Scan the whole symbol again; if it stays so, do not buy it, and report it.",
    Outcome.AMBIGUOUS: "Scan with a scanner that keeps the separators.",
    Outcome.UNREADABLE: "Scan the square Data Matrix symbol, not the striped barcode.",
    Outcome.NOT_DECIDED: "Repeat the scan.",
}


def sentence(outcome: Outcome, *, genuine: bool | None = True) -> str:
    """The verdict in a sentence, which claims no more than was checked."""
    return SENTENCES[outcome].format(found=AUTHENTIC if genuine else NOT_CHECKED)


class Sight(StrEnum):
    """How much of a unit the asker may see."""

    NOTHING = "nothing"  # the product card alone
    PUBLIC = "public"  # states, times and roles, no names
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered step of a verdict. `passed` None: it was not made."""

    name: str
    passed: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a verdict rests on."""

    status: UnitStatus
    blocked: bool
    genuine: bool | None  # None: no verification code was shown
    expires_on: date | None


def sight(
    actor: Actor | None,
    *,
    genuine: bool | None,
    owners: Collection[int | None],
    states: Sequence[str | None],
    receiver_id: int | None = None,
) -> Sight:
    """What this asker may see; a verification code that is wrong shows nothing to a stranger.

    `owners` are who holds the unit and who registered it, `states` those of issue, of the holder
    and of turnover: their operators see all. Whom the goods are offered to sees how they stand.
    """
    if actor:
        if actor.id in owners or oversees(actor, states):
            return Sight.FULL
        if actor.id == receiver_id and genuine is not False:
            return Sight.PUBLIC
    return Sight.PUBLIC if genuine else Sight.NOTHING


def oversees(actor: Actor, states: Sequence[str | None]) -> bool:
    """Whether goods that concern these states are this actor's to oversee."""
    if Role.INSPECTOR in actor.roles:
        return True
    return Role.OPERATOR in actor.roles and actor.member_state in states


def outcome(facts: Facts, *, today: date) -> Outcome:
    """The verdict in one word; the gravest reason counts."""
    if facts.genuine is False:
        return Outcome.NOT_CONFIRMED
    settled = {
        UnitStatus.CANCELLED: Outcome.CANCELLED,
        UnitStatus.WITHDRAWN: Outcome.WITHDRAWN,
        UnitStatus.ISSUED: Outcome.NOT_YET_IN_CIRCULATION,
        UnitStatus.APPLIED: Outcome.NOT_YET_IN_CIRCULATION,
    }
    if facts.blocked:
        return Outcome.BLOCKED
    if facts.status in settled:
        return settled[facts.status]
    if facts.expires_on and facts.expires_on < today:
        return Outcome.EXPIRED
    return Outcome.IN_CIRCULATION


def checks(facts: Facts, *, today: date) -> list[Check]:
    """The steps behind the verdict, each with what it found."""
    genuine = {
        True: "The verification code is right.",
        False: "The verification code is not this code's.",
        None: "No verification code was shown: the label itself was not checked.",
    }
    expired = facts.expires_on is not None and facts.expires_on < today
    return [
        Check("readable", passed=True, sentence="The code was read."),
        Check("issued", passed=True, sentence="The registry issued this code."),
        Check("genuine", facts.genuine, genuine[facts.genuine]),
        Check(
            "not-blocked", not facts.blocked, "Blocked." if facts.blocked else "No block stands."
        ),
        Check(
            "in-circulation",
            facts.status is UnitStatus.IN_CIRCULATION,
            f"The status is {facts.status.replace('_', ' ').lower()}.",
        ),
        Check(
            "not-expired",
            None if facts.expires_on is None else not expired,
            f"Good until {facts.expires_on}." if facts.expires_on else "No expiry date was told.",
        ),
    ]
