"""How a transfer ends. Pure."""

from typing import NamedTuple
from uuid import UUID

from domain.vocabulary import TransferStatus


class Ending(NamedTuple):
    """A transfer that is about to end, as it stands under its lock."""

    id: int
    uuid: UUID
    status: TransferStatus
    sender_id: int
    receiver_id: int | None
    offered_units: int
    accepted_units: int
    released_units: int
    sold_units: int
    expired: bool

    @property
    def left(self) -> int:
        """How many units are still in it."""
        return self.offered_units - self.accepted_units - self.released_units - self.sold_units

    @property
    def parties(self) -> list[int]:
        receiver = [] if self.receiver_id is None else [self.receiver_id]
        return [self.sender_id, *receiver]


def closed_status(
    found: Ending, *, expired: bool = False, cancelled: bool = False
) -> TransferStatus:
    """What a transfer has become once nothing is left in it; the counts are those at the end."""
    if cancelled:
        return TransferStatus.CANCELLED
    if found.accepted_units == found.offered_units:
        return TransferStatus.ACCEPTED
    if found.accepted_units:
        return TransferStatus.PARTLY_ACCEPTED
    return TransferStatus.EXPIRED if expired else TransferStatus.REJECTED
