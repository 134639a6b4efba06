"""The fewest bits that say a text in a QR Code: which of it as digits, as capitals, as bytes.

Digits cost ten bits for three, the 45 characters of the alphanumeric mode eleven for two, bytes
eight each, and every change of mode a header (ISO/IEC 18004, 7.4). So the GTIN in an address is
cheaper as digits, and an address whose scheme and host are capitals cheaper up to its serial.
"""

from typing import NamedTuple

import numpy as np
from qrcode import constants, util

DIGITS, CAPITALS, BYTES = range(3)
INDICATOR = (util.MODE_NUMBER, util.MODE_ALPHA_NUM, util.MODE_8BIT_BYTE)
GROUP = (3, 2, 1)  # characters that share a field of bits
BASE = (10, 45, 1)  # what the character before counts in it
FIELD_BITS = ((4, 7, 10), (6, 11), (8,))  # of one, two, three characters
# Bits that count a segment's characters: up to version 9, and up to version 26.
FEW, MANY = (10, 9, 8), (12, 11, 16)
LAST_OF_FEW = 9
CAPACITIES = util.BIT_LIMIT_TABLE[constants.ERROR_CORRECT_M][:27]  # in bits, by version

# Fields are whole bits, but a character's share of one is not: it is counted in sixths of a bit.
SIXTHS = 6
TOO_MUCH = 1 << 24  # for a character that a mode cannot say
PADDING = (0xEC, 0x11)


def _values() -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """What each mode counts a character as, or -1."""
    values = np.full((3, 256), -1, np.int32)
    values[DIGITS, list(b"0123456789")] = range(10)
    values[CAPITALS, list(util.ALPHA_NUM)] = range(45)
    values[BYTES] = range(256)
    return values


VALUES = _values()
# In sixths of bits, by mode and byte. A NUL costs nothing: shorter texts of a batch end in it.
COSTS = np.where(VALUES < 0, TOO_MUCH, np.array([[20], [33], [48]])).astype(np.int32)
COSTS[:, 0] = 0
COSTS_BY_BYTE = COSTS.T.tolist()


class Segment(NamedTuple):
    """So many bytes of the text, in one mode."""

    mode: int
    text: bytes


def segments(text: bytes, count_bits: tuple[int, int, int]) -> list[Segment]:
    """The cheapest segments, where a segment's length has so many bits in each mode.

    From left to right, the cheapest way to each character in each mode; then back along the ways
    that led to the end.
    """
    headers = [SIXTHS * (4 + bits) for bits in count_bits]
    closed, opened = 0, [TOO_MUCH] * 3
    begun, best = [], []
    for byte in text:
        begin = [closed + header for header in headers]
        begun.append([new < old for new, old in zip(begin, opened, strict=True)])
        opened = [
            min(new, old) + cost
            for new, old, cost in zip(begin, opened, COSTS_BY_BYTE[byte], strict=True)
        ]
        rounded = [-(-cost // SIXTHS) * SIXTHS for cost in opened]
        closed = min(rounded)
        best.append(rounded.index(closed))
    found: list[Segment] = []
    end, mode = len(text), best[-1]
    for place in reversed(range(len(text))):
        if begun[place][mode]:
            found.append(Segment(mode, text[place:end]))
            end, mode = place, best[place - 1]
    return found[::-1]


def codewords(text: bytes) -> tuple[int, bytes]:
    """The version of the smallest symbol of this text, and its data codewords."""
    value, size = 0, 0
    for count_bits in (FEW, MANY):
        value, size = _stream(segments(text, count_bits), count_bits)
        if size <= CAPACITIES[LAST_OF_FEW]:
            break
    version = next(number for number, capacity in enumerate(CAPACITIES) if size <= capacity)
    room = CAPACITIES[version] - size
    ended = size + min(4, room)
    used = -(-ended // 8)
    stream = (value << 8 * used - size).to_bytes(used)
    return version, stream + _padding(CAPACITIES[version] // 8 - used)


def _padding(count: int) -> bytes:
    return bytes(PADDING[place % 2] for place in range(count))


def _stream(parts: list[Segment], count_bits: tuple[int, int, int]) -> tuple[int, int]:
    """The bits of these segments as a number, and how many they are."""
    value, size = 0, 0
    for mode, text in parts:
        value = (value << 4 | INDICATOR[mode]) << count_bits[mode] | len(text)
        size += 4 + count_bits[mode]
        characters = VALUES[mode].take(list(text)).tolist()
        for start in range(0, len(text), GROUP[mode]):
            group = characters[start : start + GROUP[mode]]
            field = 0
            for character in group:
                field = field * BASE[mode] + character
            bits = FIELD_BITS[mode][len(group) - 1]
            value, size = value << bits | field, size + bits
    return value, size
