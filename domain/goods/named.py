"""What a request names."""

from dataclasses import dataclass
from uuid import UUID

from domain.recognition.units import Texts


@dataclass(frozen=True, slots=True)
class BatchRun:
    """`count` units of a batch from ordinal `first` on; ordinals count from 0."""

    batch: UUID
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods in any mix: scanned codes, runs of batches, and packages by their SSCCs."""

    texts: Texts | None = None
    runs: tuple[BatchRun, ...] = ()
    packages: tuple[str, ...] = ()
