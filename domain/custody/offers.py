"""What a sender says when offering goods, and what a transfer is told as."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.catalogue.documents import Document
from domain.goods.named import Goods
from domain.standards.member_state import MemberState
from domain.vocabulary import TransferKind, TransferStatus


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom goods are offered to: a participant, or a tax id that need not be registered yet."""

    participant: UUID | None = None
    member_state: MemberState | None = None
    tax_id: str | None = None


class Party(NamedTuple):
    """One side of a transfer; `id`, `uuid` and `name` are None until it is registered."""

    member_state: MemberState
    tax_id: str
    id: int | None
    uuid: UUID | None
    name: str | None
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """Goods offered to another participant. `expires_at` None: in 30 days."""

    kind: TransferKind
    receiver: Receiver
    goods: Goods
    documents: tuple[Document, ...]
    expires_at: datetime | None = None
    occurred_at: datetime | None = None
    place: str | None = None
    partial: bool = False
    dry_run: bool = False


class NewTransfer(NamedTuple):
    """A row of transfers about to be written."""

    uuid: UUID
    kind: TransferKind
    sender_id: int
    sender_state: MemberState
    receiver_state: MemberState
    receiver_tax_id: str
    documents: list[dict[str, Any]]
    roads: list[dict[str, Any]]
    offered_units: int
    expires_at: datetime
    event_id: int


class Transfer(NamedTuple):
    """A transfer as both sides see it."""

    id: int
    uuid: UUID
    kind: TransferKind
    status: TransferStatus
    sender: Party
    receiver: Party
    documents: list[dict[str, Any]]
    roads: list[dict[str, Any]]
    offered_units: int
    accepted_units: int
    released_units: int
    sold_units: int
    offered_at: datetime
    expires_at: datetime
    event_id: int

    @property
    def left(self) -> int:
        """How many units nobody has answered for."""
        return self.offered_units - self.accepted_units - self.released_units - self.sold_units
