"""The alphabets serials are written in."""

import string
from enum import StrEnum


class Alphabet(StrEnum):
    """A serial alphabet by name; `characters` gives its symbols in order."""

    SET_82 = "SET_82"  # GS1 General Specifications, figure 7.11-1
    DIGITS = "DIGITS"

    @property
    def characters(self) -> str:
        return CHARACTERS[self]


CHARACTERS = {
    Alphabet.SET_82: "!\"%&'()*+,-./0123456789:;<=>?"
    + string.ascii_uppercase
    + "_"
    + string.ascii_lowercase,
    Alphabet.DIGITS: string.digits,
}
