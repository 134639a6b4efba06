"""The rules: from what the registry knew of a unit, and what was told now, to findings.

A finding says why something looks wrong, never that somebody did wrong: `docs/findings.md`.
Participants stand in facts by the registry's own number, under the names of `PARTIES`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from domain.findings.thresholds import threshold
from domain.findings.travel import Sight, is_impossible, journey
from domain.participants.actor import Actor
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, FindingRule, Role, UnitStatus

PARTIES = ("holder", "sold_by")
NOT_CONFIRMED = "not-confirmed"
# Verdicts that say nothing of the unit whose code was read.
OPEN = frozenset({NOT_CONFIRMED, "ambiguous", "unreadable", "not-decided"})
OVERSEERS = frozenset({Role.OPERATOR, Role.INSPECTOR})
# What is done to stock, and to nothing that a customer took home.
HANDLING = frozenset(
    {
        EventKind.PACKED,
        EventKind.UNPACKED,
        EventKind.OFFERED,
        EventKind.ACCEPTED,
        EventKind.FOREIGN_ACCEPTED,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Why something looks wrong, for every member state that it concerns."""

    rule: FindingRule
    states: frozenset[MemberState]
    facts: Mapping[str, Any]
    participant_id: int | None = None
    event_id: int | None = None
    series_id: int | None = None
    number: int | None = None
    gtin: str | None = None

    @property
    def threshold(self) -> Mapping[str, int]:
        return threshold(self.rule)


class Stood(NamedTuple):
    """How a unit stood before what is told now; holder and state are those of its outermost package.

    `event_id` is the unit's last event, `around` are those of the packages that it was in.
    """

    series_id: int
    number: int
    code: str
    gtin: str
    issued_in: MemberState
    status: UnitStatus
    holder_id: int | None
    turnover_state: MemberState | None
    event_id: int
    around: tuple[int, ...] = ()
    in_transfer: bool = False
    blocked: bool = False
    expires_on: date | None = None
    offered_to: int | None = None


class Sale(NamedTuple):
    """A fiscal receipt, and the event under which it was recorded."""

    seller_id: int
    seller_state: MemberState
    till: str
    fiscal_document: str
    issued_at: datetime
    event_id: int | None = None

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "till": self.till,
            "fiscal_document": self.fiscal_document,
            "issued_at": self.issued_at.isoformat(),
        }


class Happened(NamedTuple):
    """An event of a unit's past."""

    event_id: int
    kind: EventKind
    occurred_at: datetime
    participant_id: int


class By(NamedTuple):
    """Who did what is judged, in which state, under which event."""

    state: MemberState | None
    participant_id: int | None
    event_id: int | None = None


def about(rule: FindingRule, unit: Stood, facts: Mapping[str, Any], by: By) -> Finding:
    """A finding on a unit: for the issuing state, the state of turnover, and where it was seen."""
    states = (unit.issued_in, unit.turnover_state, by.state)
    return Finding(
        rule,
        frozenset(state for state in states if state),
        {"code": unit.code, **facts},
        by.participant_id,
        by.event_id,
        unit.series_id,
        unit.number,
        unit.gtin,
    )


# Sales


def judge_sale(
    sale: Sale, unit: Stood, *, sold: Happened | None, handled: Happened | None, was_held: bool
) -> list[Finding]:
    """Everything that looks wrong in the sale of one unit.

    `sold` is the sale before, if the unit was not returned since; `handled` the last that was done
    to the unit or the packages around it; `was_held`: the seller has or ever had custody.
    """
    by = By(sale.seller_state, sale.seller_id, sale.event_id)
    return [
        about(rule, unit, {**sale.facts, **facts}, by)
        for rule, facts in (
            *of_the_status(unit, sold),
            *of_the_custody(sale, unit, was_held=was_held),
            *of_the_time(sale, unit, handled),
        )
    ]


Reason = tuple[FindingRule, dict[str, Any]]


def of_the_status(unit: Stood, sold: Happened | None) -> Iterator[Reason]:
    if unit.status is UnitStatus.WITHDRAWN and sold:
        yield FindingRule.SOLD_TWICE, sale_before(sold)
    elif unit.status is not UnitStatus.IN_CIRCULATION:
        yield FindingRule.SOLD_NOT_IN_CIRCULATION, {"status": unit.status.value}
    if unit.blocked:
        yield FindingRule.SOLD_WHILE_BLOCKED, {}


def of_the_custody(sale: Sale, unit: Stood, *, was_held: bool) -> Iterator[Reason]:
    if unit.in_transfer:
        yield FindingRule.SOLD_IN_TRANSFER, {"holder": unit.holder_id}
    if unit.holder_id not in {sale.seller_id, None}:
        yield FindingRule.SOLD_BY_NON_HOLDER, {"holder": unit.holder_id}
        if not was_held:
            yield FindingRule.CUSTODY_GAP, {"how": "sold", "holder": unit.holder_id}


def of_the_time(sale: Sale, unit: Stood, handled: Happened | None) -> Iterator[Reason]:
    if unit.expires_on and sale.issued_at.date() > unit.expires_on + patience():
        yield FindingRule.EXPIRED_SOLD, {"expires_on": unit.expires_on.isoformat()}
    if handled and handled.kind in HANDLING and handled.occurred_at > sale.issued_at + grace():
        yield (
            FindingRule.SOLD_THEN_MOVED,
            {
                "sold_at": sale.issued_at.isoformat(),
                "sold_by": sale.seller_id,
                "how": handled.kind.value,
                "moved_at": handled.occurred_at.isoformat(),
                "moved_event": handled.event_id,
            },
        )


def sale_before(sold: Happened) -> dict[str, Any]:
    return {
        "sold_at": sold.occurred_at.isoformat(),
        "sold_event": sold.event_id,
        "sold_by": sold.participant_id,
    }


@cache
def patience() -> timedelta:
    """How long after its expiry date a sale is not looked at."""
    return timedelta(days=threshold(FindingRule.EXPIRED_SOLD)["days_after_expiry"])


@cache
def grace() -> timedelta:
    """How long after a sale goods may still be told of as stock: clocks and reports are late."""
    return timedelta(hours=threshold(FindingRule.SOLD_THEN_MOVED)["grace_hours"])


# Goods in hand


@dataclass(frozen=True, slots=True)
class InHand:
    """Somebody had a unit before them: scanned it, or found it in a delivery."""

    how: str
    at: datetime
    state: MemberState | None
    by: Actor | None
    event_id: int | None = None


def judge_in_hand(
    seen: InHand, unit: Stood, *, sold: Happened | None, was_held: bool
) -> list[Finding]:
    """What looks wrong in that this participant had the unit; customers and overseers may."""
    if seen.by is None or OVERSEERS & seen.by.roles:
        return []
    told: list[Reason] = []
    if sold and sold.participant_id != seen.by.id and seen.at > sold.occurred_at + grace():
        facts = {**sale_before(sold), "how": seen.how, "moved_at": seen.at.isoformat()}
        told.append((FindingRule.SOLD_THEN_MOVED, facts))
    if not was_held and seen.by.id not in {unit.holder_id, unit.offered_to}:
        gap = {"how": seen.how, "seen_at": seen.at.isoformat(), "holder": unit.holder_id}
        told.append((FindingRule.CUSTODY_GAP, gap))
    by = By(seen.state, seen.by.id, seen.event_id)
    return [about(rule, unit, facts, by) for rule, facts in told]


def judge_travel(unit: Stood, one: Sight, other: Sight, by: By) -> Finding | None:
    """Whether one unit can have been seen twice like this."""
    made = journey(one, other)
    if not is_impossible(made, threshold(FindingRule.IMPOSSIBLE_TRAVEL)):
        return None
    facts = {
        "distance_km": round(made.distance_km, 1),
        "minutes": round(made.time / timedelta(minutes=1), 1),
        "speed_kmh": round(made.speed_kmh) if made.time else None,  # none: at the same moment
        "scans": [told_sight(each) for each in sorted((one, other), key=lambda at: at.scanned_at)],
    }
    return about(FindingRule.IMPOSSIBLE_TRAVEL, unit, facts, by)


def told_sight(sight: Sight) -> dict[str, Any]:
    return {
        "scan": sight.scan_id,
        "scanned_at": sight.scanned_at.isoformat(),
        "place": sight.place,
        "latitude": sight.latitude,
        "longitude": sight.longitude,
    }


# Scans


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a scan: where and when it was made; all of it may be missing."""

    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    scanned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """A code as it was read, what came of it, and what is told of the scan."""

    gtin: str | None
    serial: str | None
    verdict: str
    told: Told
    scanned_at: datetime
    actor: Actor | None

    @property
    def code(self) -> str:
        return f"01{self.gtin}21{self.serial}"

    @property
    def is_guess(self) -> bool:
        """Whether it names a serial that nothing stands behind; of what GTIN must still be seen."""
        return self.verdict == NOT_CONFIRMED and bool(self.gtin and self.serial)

    def sight(self, scan_id: int) -> Sight | None:
        told = self.told
        if told.latitude is None or told.longitude is None:
            return None
        return Sight(scan_id, self.scanned_at, told.latitude, told.longitude, told.place)
