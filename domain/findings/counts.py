"""Counting serials that were never issued: who guesses, and who sells what does not exist."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.findings.rules import Finding, Sale
from domain.findings.thresholds import threshold
from domain.participants.actor import Actor
from domain.standards.member_state import MemberState
from domain.vocabulary import FindingRule


def level(count: int, limit: int) -> int:
    """How often a count has reached its limit, counted in doublings: 0, then 1 from the limit on."""
    return (count // limit).bit_length()


def has_risen(before: int, after: int, limit: int) -> bool:
    """Whether a count has just reached its limit, or twice, four times, eight times as much.

    So a flood of guesses makes a handful of findings, and the first one at once.
    """
    return level(after, limit) > level(before, limit)


def window(at: datetime, length: timedelta) -> datetime:
    """Since when is counted: windows of one length lie one after the other, in UTC."""
    start = datetime.fromtimestamp(0, UTC)
    return start + (at - start) // length * length


@dataclass(frozen=True, slots=True)
class Guesses:
    """Distinct serials of one GTIN, never issued, that one window holds, and held a moment ago."""

    gtin: str
    owner_state: MemberState
    since: datetime
    by_all: int
    by_all_before: int
    by_client: int
    by_client_before: int


def judge_guesses(guesses: Guesses, *, actor: Actor | None) -> list[Finding]:
    """Strangers have no name, so that theirs count for the GTIN alone."""
    limits = threshold(FindingRule.GUESSING)
    found = []
    if actor and has_risen(guesses.by_client_before, guesses.by_client, limits["per_client"]):
        found.append(guessing(guesses, actor, "client", guesses.by_client))
    if has_risen(guesses.by_all_before, guesses.by_all, limits["per_gtin"]):
        found.append(guessing(guesses, None, "gtin", guesses.by_all))
    return found


def guessing(guesses: Guesses, actor: Actor | None, counted: str, serials: int) -> Finding:
    states = {guesses.owner_state} | ({actor.member_state} if actor else set())
    facts = {"counted": counted, "serials": serials, "since": guesses.since.isoformat()}
    return Finding(
        FindingRule.GUESSING,
        frozenset(states),
        facts,
        participant_id=actor.id if actor else None,
        gtin=guesses.gtin,
    )


@dataclass(frozen=True, slots=True)
class NeverIssued:
    """Distinct serials of one GTIN, never issued, that one seller's receipts name in a window."""

    gtin: str
    owner_state: MemberState
    since: datetime
    serials: int
    serials_before: int
    issued: int
    examples: tuple[str, ...]


def judge_volume(sold: NeverIssued, sale: Sale) -> Finding | None:
    """Whether a seller sells more of a GTIN than was ever issued of it."""
    limit = threshold(FindingRule.VOLUME_ABOVE_ISSUED)["never_issued"]
    if not has_risen(sold.serials_before, sold.serials, limit):
        return None
    facts = {
        **sale.facts,
        "never_issued": sold.serials,
        "issued": sold.issued,
        "since": sold.since.isoformat(),
        "examples": list(sold.examples),
    }
    return Finding(
        FindingRule.VOLUME_ABOVE_ISSUED,
        frozenset({sold.owner_state, sale.seller_state}),
        facts,
        sale.seller_id,
        sale.event_id,
        gtin=sold.gtin,
    )
