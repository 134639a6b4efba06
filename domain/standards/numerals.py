"""Numbers written in an alphabet, one by one and by the array.

The most significant symbol comes first, as NUM and STR of NIST SP 800-38G, 4.5 have it.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from domain.standards.byte_rows import ByteRows, Flags

PAIRS = 1 << 16  # of bytes
NO_PAIR = 0xFFFF


class Numerals:
    """An alphabet of at most 128 ASCII characters, in the order of their values."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        self.radix = len(characters)
        self._values = {character: value for value, character in enumerate(characters)}
        self._pairs = [high + low for high in characters for low in characters]
        symbols = np.frombuffer(characters.encode("ascii"), np.uint8)
        self._symbol_table = symbols.copy()
        pairs = np.frombuffer("".join(self._pairs).encode("ascii"), "<u2")
        self._pair_table = pairs.copy()
        self._value_of_symbol = np.full(1 << 8, NO_PAIR, np.uint16)
        self._value_of_symbol[symbols] = np.arange(self.radix)
        self._value_of_pair = np.full(PAIRS, NO_PAIR, np.uint16)
        self._value_of_pair[pairs] = np.arange(self.radix**2)

    def write(self, value: int, length: int) -> str:
        """Write a number below radix^length in exactly `length` characters."""
        parts = []
        for _ in range(length // 2):
            value, pair = divmod(value, self.radix**2)
            parts.append(self._pairs[pair])
        if length % 2:
            value, symbol = divmod(value, self.radix)
            parts.append(self.characters[symbol])
        if value:
            raise OverflowError(f"The number does not fit into {length} characters.")
        return "".join(reversed(parts))

    def read(self, text: str) -> int | None:
        """The number written, or None if a character is not of the alphabet."""
        number = 0
        for character in text:
            value = self._values.get(character)
            if value is None:
                return None
            number = number * self.radix + value
        return number

    def write_many(self, values: NDArray[np.uint64], rows: ByteRows) -> None:
        """Write numbers below radix^width into the rows; the numbers are used up."""
        width = rows.shape[1]
        square = np.uint64(self.radix**2)
        quotients = np.empty_like(values)
        for at in range(width - 2, -1, -2):
            np.floor_divide(values, square, out=quotients)
            values -= quotients * square
            pairs = self._pair_table.take(values.view(np.int64))
            np.copyto(rows[:, at : at + 2].view("<u2")[:, 0], pairs)
            values, quotients = quotients, values
        if width % 2:
            np.copyto(rows[:, 0], self._symbol_table.take(values.view(np.int64)))

    def read_many(self, rows: ByteRows) -> tuple[NDArray[np.uint64], Flags]:
        """The numbers written, and which rows keep to the alphabet; the others' mean nothing.

        The numbers must lie below 2^64.
        """
        width = rows.shape[1]
        numbers = np.zeros(len(rows), np.uint64)
        highest = np.zeros(len(rows), np.uint16)
        if width % 2:
            values = self._value_of_symbol.take(rows[:, 0])
            np.maximum(highest, values, out=highest)
            numbers += values
        for at in range(width % 2, width, 2):
            values = self._value_of_pair.take(rows[:, at : at + 2].view("<u2")[:, 0])
            np.maximum(highest, values, out=highest)
            numbers *= np.uint64(self.radix**2)
            numbers += values
        return numbers, highest != NO_PAIR


@cache
def numerals_of(characters: str) -> Numerals:
    """The tables of an alphabet, made once."""
    return Numerals(characters)
