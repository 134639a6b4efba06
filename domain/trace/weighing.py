"""How units that stand alike are weighed: what their custody means for who asks."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from domain.catalogue.groups import catalogue
from domain.catalogue.regimes import Road
from domain.codes.orders import LabelOfBatch
from domain.custody.rules import statuses
from domain.participants.actor import Actor
from domain.recognition.units import Units, Verdict
from domain.standards.member_state import MemberState
from domain.trace import rules
from domain.trace.matters import Asker, Matter, matter_of, road_ahead
from domain.trace.purposes import slugs
from domain.trace.rules import Facts, Sight
from domain.vocabulary import TransferKind, UnitStatus

Row = Mapping[str, Any]
Place = tuple[int, int]  # series, number


def is_blocked(custody: Row) -> bool:
    return bool(custody.get("bans") or custody.get("blocked_inside"))


def asking(actor: Actor | None, states: list[str | None], state: MemberState | None) -> Asker:
    """Who asks about goods that concern these states. Overseers ask on nobody's behalf."""
    if actor is None or rules.oversees(actor, states):
        return Asker(None, None, state)
    return Asker(actor.id, actor.member_state, state)


def journey(custody: Row, asker: Asker) -> tuple[MemberState, MemberState] | None:
    """From where to where goods would go for the asker to accept them, if over a border."""
    origin, destination = custody["turnover_state"], asker.destination
    if destination is None or origin in {None, destination}:
        return None
    return MemberState(origin), MemberState(destination)


def weighed(  # noqa: PLR0913, PLR0917 (everything meets here)
    facts: Facts,
    reason: str | None,
    custody: Row,
    asker: Asker,
    issued_in: str,
    road: Road | None,
    today: date,
) -> Matter:
    moving = custody.get("transfer_kind")
    kind = TransferKind(moving) if moving else TransferKind.SALE
    return matter_of(
        facts,
        reason,
        custody,
        asker,
        today=today,
        acceptable=statuses(kind, road),
        road=road_ahead(road, kind, issued_in) if road else None,
    )


class Lone(NamedTuple):
    """A unit's own standing, as far as what is around it is to be asked for.

    The unit itself matters where it is blocked, or the code of a pack; else `number` is left out,
    so that many are asked for as one.
    """

    series_id: int | None
    number: int | None
    parent_id: int | None
    transfer_id: int | None
    holder_id: int | None
    turnover_state: str | None
    batch_id: int
    lot_id: int | None
    blocked: bool

    @property
    def is_free(self) -> bool:
        """Whether it is loose, and nothing of its own holds it back."""
        return self.parent_id is None and self.transfer_id is None and not self.blocked

    @classmethod
    def of(cls, row: Mapping[str, Any], batch_id: int, *, is_pack: bool) -> "Lone":
        own = row["blocked"] or is_pack
        return cls(
            row["series_id"] if own else None,
            row["number"] if own else None,
            row["parent_id"],
            row["transfer_id"],
            row["holder_id"],
            row["turnover_state"],
            batch_id,
            row["lot_id"],
            row["blocked"],
        )


class Case(NamedTuple):
    """Units of a list that stand alike and are told alike."""

    label: LabelOfBatch
    genuine: bool | None
    status: UnitStatus
    withdrawal_reason: str | None
    expires_on: date | None

    @classmethod
    def of(cls, row: Row, label: LabelOfBatch, genuine: bool | None) -> "Case":  # noqa: FBT001
        status = UnitStatus(row["status"])
        return cls(label, genuine, status, row["withdrawal_reason"], row["expires_on"])

    @property
    def group(self) -> str:
        return catalogue().templates[self.label.template].product_group

    def states(self, custody: Row) -> list[str | None]:
        """The member states that it concerns: of issue, of the holder, of turnover."""
        return [self.label.member_state, custody["holder_state"], custody["turnover_state"]]


class Cases(NamedTuple):
    """The ways in which the units of a list stand, who has each, and which are those of a line."""

    kinds: list[Case]
    custody: list[Row]
    of_lines: dict[int, list[int]]


# A line of a list, and one of the units that it names: line, series, number, batch, genuine. No
# class of its own: there are thousands.
Line = tuple[int, int, int, int, bool | None]


def lines_of(units: Units) -> list[Line]:
    """The lines that name one issued number."""
    rows = np.flatnonzero(units.series >= 0)
    wrong = units.has(Verdict.NOT_GENUINE)[rows].tolist()
    genuine = [
        False if is_wrong else checked or None
        for is_wrong, checked in zip(wrong, units.checked[rows].tolist(), strict=True)
    ]
    series, numbers = units.series[rows].tolist(), units.number[rows].tolist()
    batches = units.labelled.batches[rows].tolist()
    return list(zip(rows.tolist(), series, numbers, batches, genuine, strict=True))


Way = tuple[str, str, str]  # product group, origin, destination


def brief(  # noqa: PLR0913, PLR0917 (everything meets here)
    case: Case,
    custody: Row,
    asker: Asker,
    ways: Mapping[Way, Road],
    actor: Actor | None,
    today: date,
) -> dict[str, Any] | None:
    """The verdict in a word, and what speaks against each purpose."""
    sight = rules.sight(
        actor,
        genuine=case.genuine,
        owners={custody["holder_id"], case.label.registered_by},
        states=case.states(custody),
        receiver_id=custody.get("receiver_id"),
    )
    if sight is Sight.NOTHING:
        return None
    facts = Facts(case.status, is_blocked(custody), case.genuine, case.expires_on)
    ends = journey(custody, asker)
    road = ways[case.group, *ends] if ends else None
    issued_in = case.label.member_state
    judged = weighed(facts, case.withdrawal_reason, custody, asker, issued_in, road, today)
    return {
        "verdict": rules.outcome(facts, today=today),
        "genuine": case.genuine,
        "status": case.status,
        "expires_on": case.expires_on,
        "purposes": slugs(judged),
    }
