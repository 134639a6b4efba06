"""The code on a cigarette pack: 29 characters without AIs, with the highest retail price.

14 digits of GTIN, 7 characters of serial, 4 of price in base 80, 4 of verification code.
The layout is that of GIS MT, where the price is in kopecks.
"""

import string
from typing import NamedTuple

from domain.standards import gs1_keys
from domain.standards.alphabets import Alphabet

LENGTH = 29
SERIAL_LENGTH = 7
PRICE_LENGTH = 4
CHECK_LENGTH = 4

# Letters first, so that A is 0 and AAAA says that no price is set.
PRICE_ALPHABET = (
    string.ascii_uppercase + string.ascii_lowercase + string.digits + "!\"%&'*+-./_,:;<=>?"
)
PRICE_VALUES = {symbol: value for value, symbol in enumerate(PRICE_ALPHABET)}
HIGHEST_PRICE = len(PRICE_ALPHABET) ** PRICE_LENGTH - 1


class InvalidPack(ValueError):
    """The text is not a cigarette pack's code."""


class CigarettePack(NamedTuple):
    """What the code says; the price is in minor units, 0 if none is set."""

    gtin: str
    serial: str
    price_minor: int
    check: str


def encode_price(price_minor: int) -> str:
    """Write a price in the four symbols it has on a pack."""
    if not 0 <= price_minor <= HIGHEST_PRICE:
        message = f"A pack's price is from 0 to {HIGHEST_PRICE}; this is {price_minor}."
        raise InvalidPack(message)
    symbols = []
    for _ in range(PRICE_LENGTH):
        price_minor, value = divmod(price_minor, len(PRICE_ALPHABET))
        symbols.append(PRICE_ALPHABET[value])
    return "".join(reversed(symbols))


def decode_price(symbols: str) -> int:
    """Read the four price symbols of a pack."""
    if len(symbols) != PRICE_LENGTH:
        message = f"A pack's price has {PRICE_LENGTH} symbols; this has {len(symbols)}."
        raise InvalidPack(message)
    price = 0
    for symbol in symbols:
        if symbol not in PRICE_VALUES:
            message = f"{symbol!r} does not occur in a pack's price."
            raise InvalidPack(message)
        price = price * len(PRICE_ALPHABET) + PRICE_VALUES[symbol]
    return price


def parse(text: str) -> CigarettePack:
    """Cut a pack's code."""
    if len(text) != LENGTH:
        message = f"A pack's code has {LENGTH} characters; this has {len(text)}."
        raise InvalidPack(message)
    try:
        gtin = gs1_keys.gtin(text[:14])
    except gs1_keys.InvalidGtin as invalid:
        raise InvalidPack(str(invalid)) from invalid
    _check_characters(text[14:])
    return CigarettePack(gtin, text[14:21], decode_price(text[21:25]), text[25:])


def build(pack: CigarettePack) -> str:
    """Write a pack's code."""
    text = f"{pack.gtin}{pack.serial}{encode_price(pack.price_minor)}{pack.check}"
    if len(pack.serial) != SERIAL_LENGTH or parse(text) != pack:
        message = f"A pack's serial has {SERIAL_LENGTH} characters; this has {len(pack.serial)}."
        raise InvalidPack(message)
    return text


def _check_characters(text: str) -> None:
    for character in text:
        if character not in Alphabet.SET_82.characters:
            message = f"{character!r} is not in GS1 character set 82."
            raise InvalidPack(message)
