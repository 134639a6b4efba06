"""What a participant orders to be printed, and what its labels must have room for."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from domain.catalogue.templates import Template
from domain.prints.told import Facts, PackageFacts
from domain.recognition.units import Texts


@dataclass(frozen=True, slots=True)
class ByRun:
    """`count` units of a batch from ordinal `first` on; None: to its end."""

    batch: UUID
    first: int = 0
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ByCodes:
    """Units by their codes, in the order of their labels."""

    texts: Texts


@dataclass(frozen=True, slots=True)
class ByPackages:
    """Transport units by their SSCCs, in the order of their labels."""

    ssccs: tuple[str, ...]


Asked = ByRun | ByCodes | ByPackages


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """What is to be printed, on which labels, and how.

    `layout_toml` is the whole text of the layout, `start` the first position on the first sheet,
    from 1. `resolver` is the address that QR codes begin with; None: there are none. `reason` says
    why goods are printed again.
    """

    asked: Asked
    layout_name: str
    layout_toml: str
    format: str
    dpi: int
    copies: int = 1
    start: int = 1
    cut_marks: bool = False
    resolver: str | None = None
    reason: str | None = None


class Shape(NamedTuple):
    """Goods whose codes are built alike.

    `optional` are the AIs beside the serial that their codes do carry, `facts` the longest of all
    that their labels tell. `lots` are all their lot numbers, which labels never cut: the widest of
    them is not always the longest. `foreign` is, of goods with another operator's codes, the
    longest of these, as no template tells their length.
    """

    template: Template
    optional: tuple[str, ...]
    facts: Facts
    foreign: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()


class Needs(NamedTuple):
    """What the labels of an order must have room for: units, or packages.

    Of packages whose labels are alike but for the digits of their numbers one is told; a lot number
    is no number.
    """

    shapes: tuple[Shape, ...]
    packages: tuple[PackageFacts, ...]
    labels: int


class NamedGoods(NamedTuple):
    """A batch as its labels name it; `name` is the product's when the batch was registered."""

    id: int
    gtin: str
    member_state: str
    template: str
    price_minor: int | None
    tnved: str | None
    name: str


class Filled(NamedTuple):
    """A package, and what all that is in it has in common."""

    id: int
    sscc: str
    kind: str
    units: int
    gtin: str | None
    product_name: str | None
    lot_number: str | None
