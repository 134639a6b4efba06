"""What the two sides say to an offer."""

from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.documents import Document
from domain.goods.named import Goods
from domain.vocabulary import Assurance


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Goods that are accepted: `goods`, or with None all that is left.

    `but` are goods inside these that are not accepted; `missing` are such that did not arrive.
    `surplus`, `swapped` and `unknown` are scans of what arrived otherwise than offered. `close`
    gives what is not answered back to the sender.
    """

    goods: Goods | None
    assurance: Assurance
    but: Goods | None = None
    missing: Goods | None = None
    surplus: tuple[str, ...] = ()
    swapped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    close: bool = False
    documents: tuple[Document, ...] = ()
    occurred_at: datetime | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Goods that go back to the sender: `goods`, or with None all that is left."""

    goods: Goods | None
    reason: str
    occurred_at: datetime | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The sender takes the whole offer back."""

    reason: str | None = None
    occurred_at: datetime | None = None
