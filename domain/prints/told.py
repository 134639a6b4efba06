"""What labels tell in words, beside their codes."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

CURRENCY = {"AM": "AMD", "BY": "BYN", "KZ": "KZT", "KG": "KGS", "RU": "RUB"}
HUNDRED = 100  # of the smallest unit of each of them make a whole one


class Facts(NamedTuple):
    """What all units of a run have in common. None and blank texts vanish with their line.

    `gtin` has 14 digits, `member_state` is the state of issue, `price` with its currency.
    """

    product_name: str
    gtin: str
    lot_number: str | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    maker: str | None = None
    member_state: str | None = None
    price: str | None = None


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """One package. Product, GTIN, count and lot are told where they are the same for all in it."""

    sscc: str
    kind: str
    product_name: str | None = None
    gtin: str | None = None
    count: int | None = None
    lot_number: str | None = None
    sender: str | None = None
    receiver: str | None = None


def price_text(minor: int, member_state: str) -> str:
    """A price as people read it: 18500 of Belarus is `185.00 BYN`."""
    return f"{minor // HUNDRED}.{minor % HUNDRED:02} {CURRENCY[member_state]}"
