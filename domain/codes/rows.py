"""Marking codes by the hundred thousand: a matrix with one code in each row.

Codes of one template with the same optional elements are equally long, and everything in them
stands at the same place. So they are written, and read back where they come exactly as written;
what does not fit goes to the tolerant intake, one by one.
"""

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.catalogue.templates import Family, Template
from domain.keys.verification import Covered, VerificationKey, are_genuine, verification_codes
from domain.registry.serials import SpaceCipher
from domain.standards import byte_rows, cigarette_pack
from domain.standards.alphabets import Alphabet
from domain.standards.byte_rows import ByteRows, Flags
from domain.standards.element_string import GS
from domain.standards.ff1 import CHUNK

Integers = npt.NDArray[np.int64]

ALWAYS = frozenset(("91", "92", "93"))


class Column(NamedTuple):
    """A place in the code, where `characters` may stand."""

    name: str
    size: int
    characters: str = Alphabet.SET_82.characters


GTIN = Column("gtin", 14, string.digits)
KEY_ID = Column("key_id", 4)
SHORT_CODE = Column("code", 4)
# What stands behind the serial, in printed order. AI 335 has its decimal point in a fourth digit.
ELEMENTS: Mapping[Family, Mapping[str, tuple[Column, ...]]] = {
    Family.L44: {"240": (Column("240", 4),), "91": (KEY_ID,), "92": (Column("code", 44),)},
    Family.L88: {"240": (Column("240", 4),), "91": (KEY_ID,), "92": (Column("code", 88),)},
    Family.S: {
        "8005": (Column("price", 6, string.digits),),
        "93": (SHORT_CODE,),
        "3103": (Column("3103", 6, string.digits),),
        "335": (Column("point", 1, "012345"), Column("335", 6, string.digits)),
    },
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands in a template's codes; `text` has zeros where columns are."""

    template: Template
    text: bytes
    places: Mapping[Column, slice]

    def column(self, rows: ByteRows, name: str) -> ByteRows:
        """The column of this name; one without any width where the layout has none."""
        for column, place in self.places.items():
            if column.name == name:
                return rows[:, place]
        return rows[:, :0]


class Printing(NamedTuple):
    """What all marking codes of a batch have in common."""

    template: Template
    key: VerificationKey
    price_minor: int | None = None
    tnved: str | None = None


@cache
def layout(template: Template, optional: frozenset[str] = frozenset()) -> Layout:
    """The layout of codes with these optional AIs."""
    serial = Column("serial", template.serial_length, template.alphabet.characters)
    if template.family is Family.T29:
        price = Column("price", cigarette_pack.PRICE_LENGTH, cigarette_pack.PRICE_ALPHABET)
        return _laid_out(template, GTIN, serial, price, SHORT_CODE)
    parts: list[str | Column] = ["01", GTIN, "21", serial]
    for ai, columns in ELEMENTS[template.family].items():
        if ai in ALWAYS or ai in optional:
            parts += (GS + ai, *columns)
    return _laid_out(template, *parts)


def layouts(template: Template) -> Iterator[Layout]:
    """The layouts with every choice of the template's optional AIs."""
    several = range(len(template.optional) + 1)
    for chosen in chain.from_iterable(combinations(template.optional, n) for n in several):
        yield layout(template, frozenset(chosen))


def _laid_out(template: Template, *parts: str | Column) -> Layout:
    text = b""
    places = {}
    for part in parts:
        if isinstance(part, Column):
            places[part] = slice(len(text), len(text) + part.size)
            text += bytes(part.size)
        else:
            text += part.encode("ascii")
    return Layout(template, text, places)


def write(
    cipher: SpaceCipher, printing: Printing, *, first: int, count: int, ending: bytes = b""
) -> ByteRows:
    """The marking codes of `count` numbers from `first`, each with `ending` behind it."""

    def write_serials(start: int, serials: ByteRows) -> None:
        cipher.write_serials(first + start, serials)

    return _written(cipher, printing, count, write_serials, ending)


def write_each(cipher: SpaceCipher, printing: Printing, numbers: Integers) -> ByteRows:
    """The marking codes of these numbers, in their order."""

    def write_serials(start: int, serials: ByteRows) -> None:
        byte_rows.copy(cipher.serials_of(numbers[start : start + len(serials)]), serials)

    return _written(cipher, printing, len(numbers), write_serials)


def _written(
    cipher: SpaceCipher,
    printing: Printing,
    count: int,
    write_serials: Callable[[int, ByteRows], None],
    ending: bytes = b"",
) -> ByteRows:
    """So many marking codes; `write_serials` writes the serials from the row of its number on."""
    template = printing.template
    price = printing.price_minor or 0 if template.prints_price else None
    optional = {"240"} if printing.tnved else set()
    if price is not None:
        optional.add("8005")
    found = layout(template, frozenset(optional))
    shared = np.frombuffer(bytearray(found.text), np.uint8).reshape(1, -1)
    for name, text in _shared(cipher, printing, price).items():
        place = found.column(shared, name)
        if place.size:
            place[0] = np.frombuffer(text.encode("ascii"), np.uint8)
    rows = byte_rows.repeat(shared.tobytes() + ending, count)
    serials, codes = found.column(rows, "serial"), found.column(rows, "code")
    secret = serials[:, len(cipher.first_character) :]
    before = f"01{cipher.gtin}21{cipher.first_character}".encode("ascii")
    for start in range(0, count, CHUNK):
        chunk = slice(start, start + CHUNK)
        write_serials(start, serials[chunk])
        covered = Covered(before, secret[chunk], price)
        made = verification_codes(printing.key, template.family, covered)
        byte_rows.copy(made, codes[chunk])
    return rows


def _shared(cipher: SpaceCipher, printing: Printing, price: int | None) -> dict[str, str]:
    shared = {"gtin": cipher.gtin, "key_id": printing.key.id, "240": printing.tnved or ""}
    if price is not None:
        is_pack = printing.template.family is Family.T29
        shared["price"] = cigarette_pack.encode_price(price) if is_pack else f"{price:06}"
    return shared


def fitting(layout: Layout, rows: ByteRows) -> Flags:
    """Which rows, of the layout's width, are codes exactly as they are written."""
    if rows.shape[1] != len(layout.text):
        return np.zeros(len(rows), np.bool_)
    fits = np.ones(len(rows), np.bool_)
    at = 0
    for column, place in layout.places.items():
        fits &= byte_rows.equal(rows[:, at : place.start], layout.text[at : place.start])
        allowed = np.zeros(1 << 8, np.uint8)
        allowed[np.frombuffer(column.characters.encode("ascii"), np.uint8)] = 1
        fits &= byte_rows.equal(allowed.take(rows[:, place]), b"\x01" * column.size)
        at = place.stop
    return fits


def genuine(layout: Layout, rows: ByteRows, key: VerificationKey) -> Flags:
    """Which fitting rows name this key, and have the verification code it made for what they say.

    A code of AI 93 names none; AI 240, 3103 and 335 are not covered.
    """
    named = layout.column(rows, "key_id")
    found = byte_rows.equal(named, key.id.encode("ascii")[: named.shape[1]])
    for shared, where in byte_rows.by_value(_pinned(layout, rows)):
        group = rows if len(where) == len(rows) else rows[where]
        covered = _covered(layout, group, shared)
        codes = layout.column(group, "code")
        found[where] &= are_genuine(key, layout.template.family, covered, codes)
    return found


def _pinned(layout: Layout, rows: ByteRows) -> ByteRows:
    """The columns that stand in the message otherwise than in the row."""
    price = layout.column(rows, "price")
    if layout.template.family is not Family.T29:
        return price
    return np.concatenate((layout.column(rows, "gtin"), price), axis=1)


def _covered(layout: Layout, rows: ByteRows, pinned: bytes) -> Covered:
    if layout.template.family is Family.T29:
        gtin, price = pinned[: GTIN.size], pinned[GTIN.size :].decode("ascii")
        serials = layout.column(rows, "serial")
        return Covered(b"01" + gtin + b"21", serials, cigarette_pack.decode_price(price))
    end = len("01") + GTIN.size + len("21") + layout.template.serial_length
    return Covered(b"01", rows[:, len("01") : end], int(pinned) if pinned else None)
