"""When goods may be offered: to whom, in which status, over which border by which road."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta

from domain.catalogue.documents import check_document
from domain.catalogue.regimes import Regime, Road
from domain.codes.rules import check_occurred
from domain.custody.offers import Offer, Party
from domain.errors import DocumentsMissing
from domain.errors_of_custody import (
    DeadlineNotFitting,
    GroupNotRecognised,
    ReceiverSuspended,
    TransferToSelf,
)
from domain.goods.judging import Seen
from domain.participants.actor import Actor
from domain.recognition.units import Verdict
from domain.registry.packages import Alike
from domain.registry.scene import Scene
from domain.standards.member_state import MemberState
from domain.vocabulary import TransferKind, UnitStatus

USUAL_TERM = timedelta(days=30)
LONGEST_TERM = timedelta(days=365)

# Sold goods are in turnover; goods under manufacture are not yet.
AT_HOME: Mapping[TransferKind, frozenset[UnitStatus]] = {
    TransferKind.SALE: frozenset({UnitStatus.IN_CIRCULATION}),
    TransferKind.MOVEMENT: frozenset({UnitStatus.APPLIED, UnitStatus.IN_CIRCULATION}),
    TransferKind.CONTRACT_MANUFACTURE: frozenset({UnitStatus.ISSUED, UnitStatus.APPLIED}),
}


def check_offer(offer: Offer, receiver: Party, actor: Actor, now: datetime) -> None:
    """Refuse an offer that contradicts itself, whoever's the goods are."""
    if receiver.id == actor.id:
        raise TransferToSelf
    if receiver.is_suspended:
        raise ReceiverSuspended(receiver.tax_id, receiver.member_state)
    check_occurred(offer.occurred_at, now)
    expiry(offer, now)
    if not offer.documents:
        raise DocumentsMissing(("documents",))
    for document in offer.documents:
        check_document(document, now, (actor.member_state, receiver.member_state))


def expiry(offer: Offer, now: datetime) -> datetime:
    """When the offer ends."""
    if offer.expires_at is None:
        return now + USUAL_TERM
    if not now < offer.expires_at <= now + LONGEST_TERM:
        raise DeadlineNotFitting(offer.expires_at.isoformat(), LONGEST_TERM.days)
    return offer.expires_at.astimezone(UTC)


def statuses(kind: TransferKind, road: Road | None) -> frozenset[UnitStatus]:
    """The statuses in which goods may be offered. No road: no border is crossed.

    Goods with the destination's codes are introduced there by the importer, so they come applied.
    """
    if kind is TransferKind.CONTRACT_MANUFACTURE or road is None:
        return AT_HOME[kind]
    if road.regime is Regime.DESTINATION_CODES:
        return frozenset({UnitStatus.APPLIED})
    return frozenset({UnitStatus.IN_CIRCULATION})


def check_roads(
    kind: TransferKind, roads: Sequence[Road], issued_in: Mapping[str, AbstractSet[MemberState]]
) -> None:
    """Refuse goods that take another road; `issued_in` tells each group's issuing states.

    Contract manufacture moves goods that are in nobody's turnover yet: no road is asked for.
    """
    if kind is TransferKind.CONTRACT_MANUFACTURE:
        return
    for road in roads:
        if road.regime is Regime.WITHDRAWAL_BY_EXPORT:
            raise GroupNotRecognised(*told_of(road))
        foreign = issued_in[road.product_group] - {road.destination}
        if road.regime is Regime.DESTINATION_CODES and foreign:
            raise GroupNotRecognised(*told_of(road))


def told_of(road: Road) -> tuple[str, str, str, str, str, str]:
    return (
        road.product_group,
        road.origin,
        road.destination,
        road.regime,
        road.basis,
        road.right_road,
    )


Fitting = Mapping[str, frozenset[UnitStatus]]  # statuses by product group


def judge(seen: Seen, actor: Actor, fitting: Fitting) -> Verdict:
    """Whether the actor may offer units that stand like this."""
    if seen.custody.holder_id != actor.id:
        return Verdict.UNKNOWN
    if seen.standing.status not in fitting[seen.batch.product_group]:
        return Verdict.WRONG_STATUS
    if seen.is_blocked:
        return Verdict.BLOCKED
    if seen.custody.transfer_id is not None:
        return Verdict.IN_TRANSFER
    if seen.standing.parent_id is not None:
        return Verdict.IN_PACKAGE
    return Verdict.OK


class Contents:
    """What speaks against offering a package, judged by what is counted of its contents."""

    def __init__(self, scene: Scene, package_id: int, fitting: Fitting) -> None:
        self.scene, self.fitting = scene, fitting
        self.package = scene.packages[package_id]
        self.summary = scene.summaries[package_id]

    def faults(self) -> dict[Verdict, int]:
        """How many units may not be offered, by reason."""
        found: dict[Verdict, int] = {}
        wrong = sum(units for key, units in self.summary.items() if not self.fits(key))
        blocked = sum(units for key, units in self.summary.items() if key.blocked)
        if self.is_blocked():
            blocked = self.scene.units_of(self.package.id)
        if wrong:
            found[Verdict.WRONG_STATUS] = wrong
        if blocked:
            found[Verdict.BLOCKED] = blocked
        return found

    def is_blocked(self) -> bool:
        package = self.package
        return (
            bool(package.blocked_inside)
            or self.scene.is_package_blocked(package.id)
            or self.scene.wide_block_in(package.id) is not None
        )

    def fits(self, key: Alike) -> bool:
        return key.status in self.fitting[self.scene.batches[key.batch_id].product_group]

    def by_status(self) -> dict[str, int]:
        """The statuses that do not fit."""
        counts: dict[str, int] = {}
        for key, units in self.summary.items():
            if not self.fits(key):
                counts[str(key.status)] = counts.get(str(key.status), 0) + units
        return counts
