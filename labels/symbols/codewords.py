"""Characters to codewords in ASCII mode (ISO/IEC 16022, 5.2.3), with FNC1 where GS1 has it.

In GS1 form FNC1 stands first, which tells the reader so, and wherever the text has its separator
GS (GS1 General Specifications, 5.6).
"""

import re

import numpy as np
from numpy.typing import NDArray

from domain.standards.byte_rows import ByteRows

GS = 29
FNC1 = 232
FIRST = {True: bytes([FNC1]), False: b""}  # what comes first in GS1 form, and in plain form
FIRST_PAIR = 130  # two digits in a codeword: 130 is 00, 229 is 99
ASCII = bytes(FNC1 if value == GS else (value + 1) % 256 for value in range(256))
DIGITS = b"0123456789".translate(ASCII)
PAIR = re.compile(b"([%b]{2})" % DIGITS)
PAIRS = {
    bytes([first, second]): bytes([FIRST_PAIR + 10 * tens + units])
    for tens, first in enumerate(DIGITS)
    for units, second in enumerate(DIGITS)
}
ZERO, NINE = ord("0"), ord("9")


def of_text(text: bytes, *, gs1: bool) -> bytes:
    """The codewords of an ASCII text, as few as ASCII mode has for it."""
    parts = PAIR.split(text.translate(ASCII))  # every other one is a pair
    parts[1::2] = map(PAIRS.__getitem__, parts[1::2])
    return FIRST[gs1] + b"".join(parts)


def of_texts(texts: ByteRows, *, gs1: bool) -> tuple[ByteRows, NDArray[np.intp]]:
    """The codewords of texts of one length, zeros behind them, and how many each has."""
    columns = np.ascontiguousarray(texts.T)
    digits = (columns >= ZERO) & (columns <= NINE)
    opens = np.zeros(columns.shape, np.bool_)  # where a pair begins
    opens[0:-1] = digits[:-1] & digits[1:]
    for place in range(1, len(columns) - 1):
        np.greater(opens[place], opens[place - 1], out=opens[place])
    stays = np.ones(columns.shape, np.bool_)  # what is no pair's second digit
    np.logical_not(opens[:-1], out=stays[1:])

    written = np.take(np.frombuffer(ASCII, np.uint8), columns)
    pairs = columns[:-1] * np.uint8(10) + columns[1:] - np.uint8(11 * ZERO - FIRST_PAIR - 256)
    np.copyto(written[:-1], pairs, where=opens[:-1])

    lead = 1 if gs1 else 0
    counts = stays.sum(axis=0) + lead
    found = np.zeros((len(texts), int(counts.max())), np.uint8)
    if gs1:
        found[:, 0] = FNC1
    room = np.arange(found.shape[1]) < counts[:, None]
    room[:, :lead] = False
    found[room] = written.T[stays.T]
    return found, counts
