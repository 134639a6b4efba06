"""What a participant tells of goods that get new codes."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from domain.catalogue.documents import Document


class Pair(NamedTuple):
    """A new code, and the one that it replaces; None: that cannot be read."""

    new: str
    old: str | None = None


@dataclass(frozen=True, slots=True)
class Remarking:
    """New codes for goods, and why. Several old codes may give way to one new code.

    `dry_run` changes nothing.
    """

    pairs: tuple[Pair, ...]
    cause: str
    document: Document | None = None
    occurred_at: datetime | None = None
    place: str | None = None
    dry_run: bool = False
