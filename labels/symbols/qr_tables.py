"""What each bit of a QR Code's data does to its modules, learnt from the package `qrcode`.

Error correction, the places of modules and the mask are linear over GF(2): a symbol is the symbol
of zeros, with a pattern of modules turned over for each bit that is set. So a table of what four
bits do makes a symbol by exclusive or alone.

All symbols have the same mask. ISO/IEC 18004, 7.8 takes of eight the one with the fewest shapes
that may mislead a reader, and draws the symbol eight times for it. To a reader it made no
difference: of 60 photographs in each of three severities (`tests/photographs.py`) it read 60, 60
and 51 with this mask, and as many with the chosen ones. The symbol itself tells which mask it has.
"""

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from qrcode import base, constants, util
from qrcode.main import QRCode

MASK: Final = 6
WORD = 8  # bytes; rows are padded to whole words, so that whole words can be turned over
NIBBLE = 4

Bits = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]


class Tables:
    """One version at level M.

    `zeros` is the symbol whose data bits are all zero, `turned[half byte][its value]` what that
    value turns over; both are packed rows as a `Symbol` has them, padded to whole words.
    """

    def __init__(self, version: int) -> None:
        blocks = base.rs_blocks(version, constants.ERROR_CORRECT_M)
        self.side = 4 * version + 17
        self.size = self.side * ((self.side + 7) // 8)  # of the packed rows, in bytes
        self.capacity = sum(block.data_count for block in blocks)  # in bytes
        blank, places = _places(version, 8 * sum(block.total_count for block in blocks))
        self.zeros = _packed(blank[np.newaxis])[0]
        self.turned = _turned(_effects(blocks), places)

    def symbols(self, data: Bytes) -> Bytes:
        """The packed rows of the symbols of these data codewords, a line each.

        What all of them have alike, of one product its address, is done once.
        """
        halves = np.empty((len(data), 2 * self.capacity), np.uint8)
        halves[:, 0::2] = data >> NIBBLE
        halves[:, 1::2] = data & (1 << NIBBLE) - 1
        varies = (halves != halves[0]).any(axis=0)
        alike = self.turned[~varies, halves[0, ~varies]]
        rows = np.tile(np.bitwise_xor.reduce(alike, axis=0, initial=0) ^ self.zeros, (len(data), 1))
        for place in np.flatnonzero(varies):
            rows ^= self.turned[place].take(halves[:, place], axis=0)
        return rows.view(np.uint8)[:, : self.size]

    def symbol(self, data: bytes) -> bytes:
        """The same for one."""
        zeros, turned = self._numbers
        for place, byte in enumerate(data):
            zeros ^= turned[2 * place][byte >> NIBBLE] ^ turned[2 * place + 1][byte & 15]
        return zeros.to_bytes(WORD * self.zeros.size)[: self.size]

    @cached_property
    def _numbers(self) -> tuple[int, list[list[int]]]:
        """The tables as whole numbers: one symbol is made quicker without arrays."""
        zeros = int.from_bytes(self.zeros.tobytes())
        return zeros, [[int.from_bytes(row.tobytes()) for row in half] for half in self.turned]


@cache
def tables(version: int) -> Tables:
    """The tables of a version; learning takes a tenth of a second, once."""
    return Tables(version)


def _places(version: int, count: int) -> tuple[Bits, npt.NDArray[np.intp]]:
    """The symbol of zeros, and for every module which bit of the codewords it shows, or -1.

    The bits are numbered from 1. For each digit of these numbers, written in base two, a symbol is
    drawn whose every bit is that digit of its own number: so the modules tell their numbers.
    """
    numbers = np.arange(1, count + 1)
    blank = _drawn(version, np.zeros(count, np.bool_))
    found = np.zeros(blank.shape, np.intp)
    for digit in range(count.bit_length()):
        shown = _drawn(version, (numbers >> digit & 1).astype(np.bool_)) ^ blank
        found |= shown.astype(np.intp) << digit
    return blank, found - 1


def _drawn(version: int, bits: Bits) -> Bits:
    """The modules of a symbol with these codewords."""
    code = QRCode(version, constants.ERROR_CORRECT_M, border=0)
    code.data_cache = np.packbits(bits).tolist()
    code.makeImpl(False, MASK)  # noqa: FBT003 - the package has no name for it here
    return np.array(code.get_matrix(), np.bool_)


def _effects(blocks: Sequence[base.RSBlock]) -> Bits:
    """For each data bit which bits of all codewords it sets, these in the order of the symbol.

    Codewords stand block by block in the data, but in turns in the symbol, first those of data,
    then those of correction (ISO/IEC 18004, 7.6).
    """
    most = max(block.data_count for block in blocks)
    turns = [
        (place, number)
        for area in (range(most), range(most, most + _corrections(blocks[0])))
        for place in area
        for number, block in enumerate(blocks)
        if place < block.data_count or place >= most
    ]
    slots = {turn: slot for slot, turn in enumerate(turns)}
    effects = np.zeros((sum(block.data_count for block in blocks), 8, len(turns), 8), np.bool_)
    corrections = _correction_bits(most, _corrections(blocks[0]))
    first = 0
    for number, block in enumerate(blocks):
        data = [slots[place, number] for place in range(block.data_count)]
        rest = [slots[most + place, number] for place in range(_corrections(block))]
        for place, slot in enumerate(data):
            effects[first + place, :, slot] = np.eye(8, dtype=np.bool_)
            # A shorter block is a longer one that begins with a zero.
            effects[first + place][:, rest] = corrections[most - block.data_count + place]
        first += block.data_count
    return effects.reshape(8 * first, 8 * len(turns))


def _corrections(block: base.RSBlock) -> int:
    return block.total_count - block.data_count


def _correction_bits(count: int, corrections: int) -> Bits:
    """The bits of correction that each single data bit of a block sets."""
    block = base.RSBlock(count + corrections, count)
    found = []
    for bit in range(8 * count):
        buffer = util.BitBuffer()
        buffer.buffer = np.packbits(np.arange(8 * count) == bit).tolist()
        found.append(util.create_bytes(buffer, [block])[count:])
    packed = np.array(found, np.uint8).reshape(count, 8, corrections, 1)
    return np.unpackbits(packed, axis=3).astype(np.bool_)


def _turned(effects: Bits, places: npt.NDArray[np.intp]) -> Words:
    """The patterns of all values of every half byte, from those of the single bits."""
    nowhere = np.zeros((len(effects), 1), np.bool_)  # what the place -1 finds
    patterns = _packed(np.hstack([effects, nowhere])[:, places])
    single = patterns.reshape(-1, NIBBLE, patterns.shape[1])
    turned = np.zeros((len(single), 1 << NIBBLE, patterns.shape[1]), np.uint64)
    for power in range(NIBBLE):
        low = 1 << power
        turned[:, low : 2 * low] = turned[:, :low] ^ single[:, NIBBLE - 1 - power, np.newaxis]
    return turned


def _packed(modules: Bits) -> Words:
    """Lines of modules as packed rows in whole words, a symbol each."""
    rows = np.packbits(modules, axis=2).reshape(len(modules), -1)
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % WORD))).view(np.uint64)
