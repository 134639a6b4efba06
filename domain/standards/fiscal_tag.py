"""Fiscal tag 1162: the short form in which a till puts a marked unit on its receipt.

Two bytes 44 4D for Data Matrix, the GTIN as a six-byte number, the serial in ASCII, and for a
block of tobacco the six digits of AI 8005. Nothing separates the serial from those digits, so
only a template can tell where the serial ends.
"""

from typing import NamedTuple

from domain.standards import gs1_keys
from domain.standards.alphabets import Alphabet

DATA_MATRIX = b"\x44\x4d"
GTIN_BYTES = 6
HEADER_LENGTH = len(DATA_MATRIX) + GTIN_BYTES


class InvalidFiscalTag(ValueError):
    """The bytes are not a tag 1162 of a Data Matrix."""


class FiscalTag(NamedTuple):
    """A unit on a receipt; `rest` is the serial, with the price of a tobacco block behind it."""

    gtin: str
    rest: str


def encode(gtin: str, serial: str, price: str = "") -> bytes:
    """Write a unit as a till does; `price` is the six digits of AI 8005, if it has one."""
    _check_rest(serial + price)
    return DATA_MATRIX + int(gs1_keys.gtin(gtin)).to_bytes(GTIN_BYTES) + (serial + price).encode()


def decode(tag: bytes) -> FiscalTag:
    """Read a unit as a till wrote it."""
    if not tag.startswith(DATA_MATRIX) or len(tag) <= HEADER_LENGTH:
        message = "A tag 1162 is 44 4D, six bytes of GTIN and a serial."
        raise InvalidFiscalTag(message)
    number = int.from_bytes(tag[len(DATA_MATRIX) : HEADER_LENGTH])
    rest = tag[HEADER_LENGTH:].decode("latin-1")
    _check_rest(rest)
    try:
        return FiscalTag(gs1_keys.gtin(str(number).zfill(14)), rest)
    except gs1_keys.InvalidGtin as invalid:
        raise InvalidFiscalTag(str(invalid)) from invalid


def _check_rest(rest: str) -> None:
    for character in rest:
        if character not in Alphabet.SET_82.characters:
            message = f"{character!r} is not in GS1 character set 82."
            raise InvalidFiscalTag(message)
