"""The modes of Data Matrix beside ASCII, and codewords from them (ISO/IEC 16022, 5.2.5 to 5.2.8).

C40, Text and X12 write three values in two codewords, EDIFACT four in three. FNC1 is never
written in them: a separator is there the character GS, which readers transmit alike, while FNC1
inside C40 or Text makes some lose the character behind it.
"""

import re
import struct
from collections.abc import Mapping
from typing import NamedTuple

from labels.symbols import codewords

UNLATCH = 254
SHIFTS = (0, 1, 2)  # values of C40 and Text that say which set the next value is from
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_"  # of the second set, in order
DIGITS_AT, LETTERS_AT = 4, 14
EDIFACT_UNLATCH = 31
EDIFACT_IMPLIED = 2  # with so few codewords left, readers are back in ASCII by themselves
GROUP = 3  # values that C40, Text and X12 write in two codewords, as
FIRST, SECOND = 1600, 40  # times the first, and times the second, and the third and 1
RUNS = re.compile(b"a+|c+|t+|x+|e+")


class Mode(NamedTuple):
    """A mode, its letter in a plan, and the values of each character that it can write."""

    letter: str
    latch: int
    group: int  # values that fill whole codewords
    codewords: int  # that such a group fills
    values: Mapping[int, bytes]


def _c40(character: str) -> bytes:
    code = ord(character)
    if character == " ":
        return bytes([3])
    if character.isdigit():
        return bytes([code - ord("0") + DIGITS_AT])
    if character.isupper():
        return bytes([code - ord("A") + LETTERS_AT])
    if code < ord(" "):
        return bytes([SHIFTS[0], code])
    if character in PUNCTUATION:
        return bytes([SHIFTS[1], PUNCTUATION.index(character)])
    return bytes([SHIFTS[2], code - ord("`")])


def _x12() -> dict[int, bytes]:
    native = (" ", *"0123456789", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return {
        **{ord(character): bytes([value]) for value, character in enumerate("\r*>")},
        **{ord(character): _c40(character) for character in native},
    }


CHARACTERS = range(128)
C40 = Mode("c", 230, GROUP, 2, {code: _c40(chr(code)) for code in CHARACTERS})
TEXT = Mode("t", 239, GROUP, 2, {code: _c40(chr(code).swapcase()) for code in CHARACTERS})
X12 = Mode("x", 238, GROUP, 2, _x12())
EDIFACT = Mode("e", 240, 4, 3, {code: bytes([code & 63]) for code in range(ord(" "), ord("_"))})
MODES = {mode.letter: mode for mode in (C40, TEXT, X12, EDIFACT)}


def written(text: bytes, plan: bytes, capacity: int, *, gs1: bool) -> bytes:
    """The codewords of a text, each character in the mode whose letter the plan has for it.

    `a` is ASCII. Fewer than `capacity` if pads are to follow; the plan must fit.
    """
    made = bytearray(codewords.FIRST[gs1])
    for run in RUNS.finditer(plan):
        part = text[run.start() : run.end()]
        mode = MODES.get(plan[run.start() : run.start() + 1].decode())
        if mode is None:
            made += codewords.of_text(part, gs1=False)
            continue
        made.append(mode.latch)
        values = b"".join(map(mode.values.__getitem__, part))
        is_last = run.end() == len(text)
        if mode is EDIFACT:
            _write_edifact(made, values, capacity)
        else:
            _write_triplets(made, values, capacity, is_last=is_last)
    return bytes(made)


def _write_triplets(made: bytearray, values: bytes, capacity: int, *, is_last: bool) -> None:
    """C40, Text or X12, and the way back (5.2.5.2).

    Two values at the symbol's end are filled up with one more. One codeword left there is read as
    ASCII without being told.
    """
    values += bytes(-len(values) % GROUP)
    numbers = [
        FIRST * first + SECOND * second + third + 1
        for first, second, third in zip(values[::3], values[1::3], values[2::3], strict=True)
    ]
    made += struct.pack(f">{len(numbers)}H", *numbers)
    left = capacity - len(made)
    if left > 1 or (left and is_last):
        made.append(UNLATCH)


def _write_edifact(made: bytearray, values: bytes, capacity: int) -> None:
    """EDIFACT and the way back (5.2.8.2): a value of its own, but none where ASCII is implied."""
    whole = len(values) // EDIFACT.group * EDIFACT.codewords
    if len(values) % EDIFACT.group or capacity - len(made) - whole > EDIFACT_IMPLIED:
        values += bytes([EDIFACT_UNLATCH])
    bits = "".join(f"{value:06b}" for value in values)
    bits += "0" * (-len(bits) % 8)
    made += int(bits, 2).to_bytes(len(bits) // 8, "big")
