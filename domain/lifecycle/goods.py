"""What a request names, and what a step tells beside it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.codes.orders import LotData
from domain.recognition.units import Texts


@dataclass(frozen=True, slots=True)
class BatchRun:
    """`count` units of a batch from ordinal `first` on; ordinals count from 0."""

    batch: UUID
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Goods:
    """Units in any mix: scanned codes, and runs of batches."""

    texts: Texts | None = None
    runs: tuple[BatchRun, ...] = ()


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
