"""What a participant tells of goods that leave circulation, or come back."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from domain.catalogue.documents import Document
from domain.standards.member_state import MemberState


class Parts(NamedTuple):
    """So many of the parts that a unit is divided into."""

    taken: int
    of: int


@dataclass(frozen=True, slots=True)
class Told:
    """What both tell: when and where. `partial` takes the goods that may, and lists the others."""

    occurred_at: datetime | None = None
    place: str | None = None
    partial: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why goods leave. `parts`: of each unit only so much; the rest stays in circulation."""

    reason: str
    document: Document | None = None
    destination: MemberState | None = None
    parts: Parts | None = None
    told: Told = Told()


@dataclass(frozen=True, slots=True)
class Restoration:
    """On whose word goods come back; `corrects` is the event that had withdrawn them."""

    document: Document
    corrects: int | None = None
    told: Told = Told()
