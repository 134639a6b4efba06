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
TAX_ID_LENGTHS = {
    MemberState.AM: "8",
    MemberState.BY: "9",
    MemberState.KZ: "12",
    MemberState.KG: "14",
    MemberState.RU: "10 or 12",
}


# Weights of the control digits, last digit excluded. Armenia and Kyrgyzstan: form only.
BY_WEIGHTS = (29, 23, 19, 17, 13, 7, 5, 3)
KZ_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
NO_DIGIT = 10
KZ_SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
RU_ORGANISATION_LENGTH = 10
RU_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)  # for 11 digits; fewer digits take the last ones


class InvalidTaxId(ValueError):
    """The tax id does not have the form of its member state."""


def tax_id(state: MemberState, text: str) -> str:
    """Give the tax id, if it has the form and the control digits that the state prescribes."""
    if not TAX_ID[state].fullmatch(text):
        message = f"A tax id of {state} has {TAX_ID_LENGTHS[state]} digits; this is {text!r}."
        raise InvalidTaxId(message)
    known = CONTROL_DIGITS.get(state)
    if known and not known(text):
        message = f"The control digit of {text} is wrong for a tax id of {state}."
        raise InvalidTaxId(message)
    return text


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11


def _is_unp(text: str) -> bool:
    """Belarus: a number whose remainder would be 10 is never given out."""
    return str(_weighted(text[:8], BY_WEIGHTS)) == text[8:]


def _is_bin(text: str) -> bool:
    """Kazakhstan, BIN and IIN alike: a remainder of 10 is weighed again."""
    control = _weighted(text[:11], KZ_WEIGHTS)
    if control == NO_DIGIT:
        control = _weighted(text[:11], KZ_SECOND_WEIGHTS)
    return str(control) == text[11:]


def _is_inn(text: str) -> bool:
    """Russia: one control digit for organisations, two for people."""
    first_control = 9 if len(text) == RU_ORGANISATION_LENGTH else 10
    return all(
        str(_weighted(text[:place], RU_WEIGHTS[-place:]) % 10) == text[place]
        for place in range(first_control, len(text))
    )


CONTROL_DIGITS = {MemberState.BY: _is_unp, MemberState.KZ: _is_bin, MemberState.RU: _is_inn}
