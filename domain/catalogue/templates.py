"""What a printed code looks like: the template families of marking, as data."""

from dataclasses import dataclass
from enum import StrEnum

from domain.standards.alphabets import Alphabet
from domain.standards.member_state import MemberState

HIGHEST_PACK_PRICE = 80**4 - 1  # four symbols in base 80
HIGHEST_BLOCK_PRICE = 999_999  # AI 8005, six digits


class Family(StrEnum):
    """How the verification code stands in a code (GIS MT template families).

    S    01 + 21 <GS> 93 (4 characters)
    L44  01 + 21 <GS> 91 (4) <GS> 92 (44)
    L88  01 + 21 <GS> 91 (4) <GS> 92 (88)
    T29  no AIs: GTIN (14) + serial (7) + price in base 80 (4) + check (4)
    """

    S = "S"
    L44 = "L44"
    L88 = "L88"
    T29 = "T29"


@dataclass(frozen=True, slots=True)
class Template:
    """One legal layout of a product group's marking code.

    `serial_length` counts all printed characters of AI 21, a state digit included.
    `optional` names the AIs that may stand beside it, in printed order: 240 (TN VED, before 91),
    8005 (price, before 93), 3103 and 335 (weight in g, volume, after 93).
    `package_kind` is what the template is chiefly for; which packs of the group may carry codes
    is told by the group. `digit_optional`: older serials without the state digit exist, and may
    be registered but are not issued.
    """

    name: str  # "milk-s"; unique, never reused, stored with every series
    product_group: str
    number: int | None  # templateId of the national order station, where known
    family: Family
    serial_length: int
    alphabet: Alphabet
    state_digit: bool
    package_kind: str  # "UNIT" or "GROUP", "SET", "BUNDLE"
    optional: tuple[str, ...]
    confidence: str  # "H", "M", "L"
    digit_optional: bool = False

    def first_character(self, state: MemberState) -> str | None:
        """The character that every serial of this template starts with in this state."""
        return state.digit if self.state_digit else None

    @property
    def prints_price(self) -> bool:
        """Whether the code itself carries a price, which the batch then pins."""
        return self.family is Family.T29 or "8005" in self.optional

    @property
    def highest_price_minor(self) -> int | None:
        """The highest price that fits into the code; None where it prints none."""
        if self.family is Family.T29:
            return HIGHEST_PACK_PRICE
        return HIGHEST_BLOCK_PRICE if self.prints_price else None
