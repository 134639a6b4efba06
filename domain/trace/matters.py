"""What purposes are judged by: how goods stand, who asks, and for which member state."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from domain.catalogue.regimes import Regime, Road
from domain.trace.rules import Facts
from domain.vocabulary import BlockScope, TransferKind, UnitStatus

ON_SALE = frozenset({UnitStatus.IN_CIRCULATION})


class Purpose(StrEnum):
    """What somebody wants to do with goods."""

    SELL = "sell"
    ACCEPT = "accept"
    USE = "use"


class OfferedTo(StrEnum):
    """To whom the goods are offered, as the asker may know."""

    NOBODY = "nobody"
    ASKER = "asker"
    ANOTHER = "another"


class Ban(NamedTuple):
    """A block in force on goods, or on what they are in."""

    scope: BlockScope
    member_state: str
    legal_basis: str | None
    until: str | None


class RoadAhead(NamedTuple):
    """How goods get from where they are to the state that was asked for.

    `is_open`: under the codes that they bear, and by an offer.
    """

    is_open: bool
    sentence: str
    basis: str
    right_road: str


class Matter(NamedTuple):
    """All that purposes are judged by.

    `is_held` and `offered_to` None: custody is not judged for somebody unknown, nor for overseers.
    `here` are the states asked for, None: wherever the goods are. `inside` counts a pack's units
    by status; `acceptable` are the statuses in which goods may be handed over on this road.
    """

    status: UnitStatus
    withdrawal_reason: str | None
    genuine: bool | None
    expired_on: date | None
    bans: tuple[Ban, ...]
    blocked_inside: bool
    inside: tuple[tuple[UnitStatus, int], ...]
    acceptable: frozenset[UnitStatus]
    is_held: bool | None
    offered_to: OfferedTo | None
    is_offered: bool
    turnover_state: str | None
    here: tuple[str | None, str | None, str | None]
    road: RoadAhead | None

    def state(self, purpose: Purpose) -> str | None:
        """The member state in which it would be done."""
        return self.here[ORDER[purpose]] or self.turnover_state


ORDER = {purpose: at for at, purpose in enumerate(Purpose)}


class Asker(NamedTuple):
    """Who asks, and of which member state; None: not known, or not judged."""

    id: int | None
    home: str | None
    state: str | None

    @property
    def destination(self) -> str | None:
        """The state in which it would accept goods."""
        return self.state or self.home


def matter_of(  # noqa: PLR0913 (everything meets here)
    facts: Facts,
    reason: str | None,
    custody: Mapping[str, Any],
    asker: Asker,
    *,
    today: date,
    acceptable: frozenset[UnitStatus] = ON_SALE,
    road: RoadAhead | None = None,
) -> Matter:
    """What purposes are judged by: how a unit stands, why it left, and what is around it."""
    is_offered = bool(custody.get("is_offered"))
    expires_on = facts.expires_on
    return Matter(
        status=facts.status,
        withdrawal_reason=reason,
        genuine=facts.genuine,
        expired_on=expires_on if expires_on and expires_on < today else None,
        bans=tuple(ban_of(ban) for ban in custody.get("bans") or ()),
        blocked_inside=bool(custody.get("blocked_inside")),
        inside=tuple(
            (UnitStatus(status), units)
            for status, units in sorted((custody.get("inside") or {}).items())
        ),
        acceptable=acceptable,
        is_held=None if asker.id is None else asker.id == custody["holder_id"],
        offered_to=None
        if asker.id is None
        else offered_to(asker.id, custody)
        if is_offered
        else OfferedTo.NOBODY,
        is_offered=is_offered,
        turnover_state=custody["turnover_state"],
        here=(asker.state, asker.destination, asker.state),
        road=road,
    )


def road_ahead(road: Road, kind: TransferKind, issued_in: str) -> RoadAhead:
    """Whether goods issued there may take this road; contract manufacture may take any."""
    foreign = road.regime is Regime.DESTINATION_CODES and issued_in != road.destination
    is_open = kind is TransferKind.CONTRACT_MANUFACTURE or not (
        foreign or road.regime is Regime.WITHDRAWAL_BY_EXPORT
    )
    how = road.regime.replace("_", " ").lower()
    sentence = f"From {road.origin} to {road.destination} these goods go by {how}."
    return RoadAhead(is_open, sentence, road.basis, road.right_road)


def ban_of(told: Mapping[str, Any]) -> Ban:
    until = told["until"]
    return Ban(BlockScope(told["scope"]), told["member_state"], told["legal_basis"], until)


def offered_to(asker_id: int, custody: Mapping[str, Any]) -> OfferedTo:
    return OfferedTo.ASKER if custody["receiver_id"] == asker_id else OfferedTo.ANOTHER
