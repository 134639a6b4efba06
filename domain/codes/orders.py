"""What a participant says when registering a batch."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.standards.member_state import MemberState
from domain.vocabulary import Emission


class LotData(NamedTuple):
    """What is told of a lot; every part may be missing."""

    lot_number: str | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    customs: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A serial that Tamga did not compute; `foreign_tail` is what follows AI 21 on its label."""

    serial: str
    foreign_tail: str | None = None


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """A batch to register: `quantity` units of `gtin`, with codes of the template named.

    `template` None: the group's first. `price_minor` is in the smallest unit of the currency.
    `own` are the participant's own serials or another operator's codes, `quantity` of them.
    """

    gtin: str
    quantity: int
    member_state: MemberState
    emission: Emission = Emission.PRODUCTION
    template: str | None = None
    price_minor: int | None = None
    tnved: str | None = None
    lot: LotData | None = None
    own: tuple[OwnCode, ...] = ()
    occurred_at: datetime | None = None


class LabelOfBatch(NamedTuple):
    """What the labels of a batch print beside GTIN and serial."""

    batch_id: int
    gtin: str
    template: str
    verification_key_id: str
    price_minor: int | None
    tnved: str | None
    emission: str
    registered_by: int
    member_state: str
    uuid: UUID


class RegisteredBatch(NamedTuple):
    """A batch as it was registered. `owner_state` is that of the participant."""

    id: int
    uuid: UUID
    participant_id: int
    owner_state: str
    gtin: str
    quantity: int
    member_state: str
    template: str
    emission: str
    verification_key_id: str
    price_minor: int | None
    tnved: str | None
    event: int
    recorded_at: datetime
