"""The five member states and what identifies them in codes and documents."""

import re
from enum import StrEnum


class MemberState(StrEnum):
    """A member state of the Eurasian Economic Union, by its ISO 3166-1 alpha-2 code."""

    AM = "AM"
    BY = "BY"
    KZ = "KZ"
    KG = "KG"
    RU = "RU"

    @property
    def digit(self) -> str:
        """The first character of AI 21 under Union rules: 1 Armenia to 5 Russia."""
        return DIGITS[self]

    @classmethod
    def of_digit(cls, digit: str) -> "MemberState | None":
        return BY_DIGIT.get(digit)


DIGITS = {
    MemberState.AM: "1",
    MemberState.BY: "2",
    MemberState.KZ: "3",
    MemberState.KG: "4",
    MemberState.RU: "5",
}
BY_DIGIT = {digit: state for state, digit in DIGITS.items()}

TAX_ID = {
    MemberState.AM: re.compile(r"[0-9]{8}"),
    MemberState.BY: re.compile(r"[0-9]{9}"),
    MemberState.KZ: re.compile(r"[0-9]{12}"),
    MemberState.KG: re.compile(r"[0-9]{14}"),
    MemberState.RU: re.compile(r"[0-9]{10}|[0-9]{12}"),
}


class InvalidTaxId(ValueError):
    """The tax id does not have the form of its member state."""
