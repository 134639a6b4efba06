"""What an importer tells of goods with another operator's codes."""

from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.documents import Document
from domain.codes.orders import LotData, OwnCode
from domain.standards.member_state import MemberState


@dataclass(frozen=True, slots=True)
class ForeignSender:
    """Who sent the goods, in a state whose operator keeps its own register."""

    member_state: MemberState
    name: str
    tax_id: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Goods of one GTIN under whole foreign codes. Assurance is trusting: nobody can be asked."""

    gtin: str
    codes: tuple[OwnCode, ...]
    sender: ForeignSender
    documents: tuple[Document, ...]
    template: str | None = None
    lot: LotData | None = None
    occurred_at: datetime | None = None
    place: str | None = None
