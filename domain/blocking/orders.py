"""What an authority says when it blocks goods, and what it is told of blocks."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.goods.named import Goods
from domain.standards.member_state import MemberState
from domain.vocabulary import BlockScope


class LotNamed(NamedTuple):
    """Every lot that was told of this GTIN with this number, whoever told it."""

    gtin: str
    lot_number: str


@dataclass(frozen=True, slots=True)
class BlockOrder:
    """Goods to be blocked: exactly one of these names them. `package` is an SSCC.

    Without `until` the block lasts until it is lifted. `dry_run` changes nothing.
    """

    reason: str
    goods: Goods | None = None
    package: str | None = None
    batch: UUID | None = None
    lot: LotNamed | None = None
    gtin: str | None = None
    product_group: str | None = None
    legal_basis: str | None = None
    until: datetime | None = None
    dry_run: bool = False


class BlockCard(NamedTuple):
    """A block as authorities see it; `units` where units are blocked one by one."""

    id: int
    block: UUID
    scope: BlockScope
    member_state: MemberState
    authority: UUID
    authority_name: str
    reason: str
    legal_basis: str | None
    since: datetime
    until: datetime | None
    event: int
    is_in_force: bool
    ended_by: int | None
    ended_how: str | None
    ended_at: datetime | None
    batch: UUID | None
    package: str | None
    lot_gtin: str | None
    lot_number: str | None
    gtin: str | None
    product_group: str | None
    units: int | None
