"""Packages as they stand: what a package is, and what is counted of its contents."""

from typing import NamedTuple

from domain.registry.spans import Standing
from domain.standards.member_state import MemberState
from domain.vocabulary import PackageKind, TransferStatus, UnitStatus

MOST_LEVELS = 6


class PackageStanding(NamedTuple):
    """How a transport unit stands: the standing columns of `packages`, in order.

    Custody (transfer, holder, state of turnover) is kept on the outermost package alone.
    """

    parent_id: int | None
    transfer_id: int | None
    holder_id: int | None
    turnover_state: MemberState | None
    blocked: bool
    alive: bool


class Package(NamedTuple):
    """A transport unit, named by its SSCC, or a pack that is named by a code of its own.

    A coded pack's `standing` says no more than whether it is alive: its code's span has the rest.
    `levels` is how deep its contents have reached, `blocked_inside` counts blocked transport units.
    """

    id: int
    kind: PackageKind
    sscc: str | None
    series_id: int | None
    number: int | None
    levels: int
    blocked_inside: int
    event_id: int
    standing: PackageStanding

    @property
    def place(self) -> tuple[int, int] | None:
        """The number of a coded pack's own code."""
        if self.series_id is None or self.number is None:
            return None
        return self.series_id, self.number


class Alike(NamedTuple):
    """What a package's summary tells apart; lot 0: none was told."""

    batch_id: int
    lot_id: int
    status: UnitStatus
    blocked: bool


class BatchFacts(NamedTuple):
    """What rules ask of the batch that units came from."""

    id: int
    gtin: str
    product_group: str
    member_state: MemberState
    template: str


class Custody(NamedTuple):
    """Who has goods, where they are in turnover, and the open transfer they are in."""

    holder_id: int
    turnover_state: MemberState | None
    transfer_id: int | None


class OpenTransfer(NamedTuple):
    """The transfer that goods are in, as far as the rules of other verbs ask."""

    id: int
    status: TransferStatus
    sender_id: int
    expired: bool


class WideBlock(NamedTuple):
    """A block in force on more than units or a package; matched when judging."""

    id: int
    batch_id: int | None
    lot_id: int | None
    gtin: str | None
    product_group: str | None
    member_state: MemberState

    def covers(
        self, batch: BatchFacts, lot_id: int | None, turnover_state: MemberState | None
    ) -> bool:
        """Whether it covers units of this batch and lot, in turnover in this state.

        No authority reaches beyond what was issued in its state or is in turnover there; a GTIN or
        a group is blocked in the state's turnover alone.
        """
        here = self.member_state == turnover_state
        reached = here or self.member_state == batch.member_state
        if self.batch_id is not None:
            return reached and self.batch_id == batch.id
        if self.lot_id is not None:
            return reached and self.lot_id == lot_id
        return here and (self.gtin == batch.gtin or self.product_group == batch.product_group)


def alike(standing: Standing, batch_id: int) -> Alike:
    """Under which head units that stand like this are counted."""
    return Alike(batch_id, standing.lot_id or 0, standing.status, standing.blocked)


def custody(standing: Standing | PackageStanding) -> Custody:
    """The custody that a root's standing tells; a fault if it is no root."""
    if standing.holder_id is None:
        raise ValueError("custody is kept on the root")
    return Custody(standing.holder_id, standing.turnover_state, standing.transfer_id)


def laid_in(parent_id: int, standing: Standing) -> Standing:
    """The standing of what lies in this package: custody is the outermost one's."""
    # Not `_replace`, which takes five times as long.
    lot_id, status = standing.lot_id, standing.status
    return Standing(parent_id, None, lot_id, None, status, None, *standing[6:])


def taken_out(standing: Standing, custody: Custody) -> Standing:
    """The standing of what was taken out of packages that were in this custody."""
    holder_id, turnover_state, transfer_id = custody
    lot_id, status = standing.lot_id, standing.status
    return Standing(None, transfer_id, lot_id, holder_id, status, turnover_state, *standing[6:])
