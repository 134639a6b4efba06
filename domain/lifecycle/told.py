"""What a participant tells of a step beside the goods."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.codes.orders import LotData


@dataclass(frozen=True, slots=True)
class Told:
    """What a step tells: when, which lot, which documents, where.

    `partial` takes the units that may take the step and lists the others; else one wrong unit
    refuses all. `dry_run` changes nothing and says what would happen.
    """

    occurred_at: datetime | None = None
    lot: LotData | None = None
    documents: dict[str, Any] = field(default_factory=dict)
    place: str | None = None
    partial: bool = False
    dry_run: bool = False
