"""Numbers and serials: how the unit number 41 of a GTIN comes to be printed `5h(Xq1-p_Zt7w`.

A serial is the space's first character, if it has one, and the number enciphered by FF1. Key,
alphabet, length and tweak of a space stay for ever: a second permutation over the same serials
would give some of them twice.
"""

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from domain.standards.alphabets import Alphabet
from domain.standards.byte_rows import ByteRows
from domain.standards.ff1 import CHUNK, Ff1
from domain.standards.numerals import numerals_of

NUMBERS = 1 << 62  # numbers are bigint, with room to add them
NEVER_ISSUED = -1
VERSION = 1  # of the tweak; another one would be another permutation
FEW = 12  # below this, one by one is quicker than the arrays


class SpaceCipher:
    """Number <-> serial of one number space: (GTIN, first character or none, serial length)."""

    def __init__(
        self,
        root_key: bytes,
        *,
        gtin: str,
        first_character: str | None,
        serial_length: int,
        alphabet: Alphabet,
    ) -> None:
        self.gtin = gtin
        self.first_character = first_character or ""
        self.serial_length = serial_length
        self.alphabet = alphabet
        self._numerals = numerals_of(alphabet.characters)
        self._skipped = len(self.first_character)
        self._length = serial_length - self._skipped
        self._cipher = Ff1(
            self._key(root_key),
            radix=self._numerals.radix,
            length=self._length,
            tweak=int(gtin).to_bytes(6, "big") + bytes((VERSION,)),
        )
        self.capacity: int = min(self._numerals.radix**self._length, NUMBERS)

    def _key(self, root_key: bytes) -> bytes:
        """The space's own key: whoever learns it learns no other space's serials."""
        space = f"{self.gtin}\n{self.first_character}\n{self.serial_length}\n{self.alphabet}"
        info = b"tamga/space/v1\n" + space.encode("ascii")
        return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(root_key)

    def serial(self, number: int) -> str:
        """The serial of a number."""
        self._check(number, 1)
        ciphered = self._cipher.encrypt_number(number)
        return self.first_character + self._numerals.write(ciphered, self._length)

    def number(self, serial: str) -> int | None:
        """The number of a serial, or None if the space can never issue it."""
        if len(serial) != self.serial_length or not serial.startswith(self.first_character):
            return None
        ciphered = self._numerals.read(serial[self._skipped :])
        if ciphered is None:
            return None
        number = self._cipher.decrypt_number(ciphered)
        return number if number < self.capacity else None

    def serials(self, first: int, count: int) -> ByteRows:
        """The serials of `count` numbers from `first`, in ASCII."""
        rows = np.empty((count, self.serial_length), np.uint8)
        self.write_serials(first, rows)
        return rows

    def write_serials(self, first: int, rows: ByteRows) -> None:
        """Write the serials of the numbers from `first` into rows of the serials' length."""
        self._check(first, len(rows))
        if self.first_character:
            rows[:, 0] = ord(self.first_character)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            right = np.arange(len(chunk), dtype=np.uint64) + np.uint64(first + start)
            self._write(right, chunk)

    def serials_of(self, numbers: NDArray[np.int64]) -> ByteRows:
        """The serials of these numbers of the space, in ASCII."""
        rows = np.empty((len(numbers), self.serial_length), np.uint8)
        if not len(numbers):
            return rows
        self._check(int(numbers.min()), 1)
        self._check(int(numbers.max()), 1)
        if self.first_character:
            rows[:, 0] = ord(self.first_character)
        for start in range(0, len(rows), CHUNK):
            chunk = slice(start, start + CHUNK)
            self._write(numbers[chunk].astype(np.uint64), rows[chunk])
        return rows

    def _write(self, right: NDArray[np.uint64], rows: ByteRows) -> None:
        """Write the serials of numbers, which this takes over, behind the first character."""
        left_end = self._skipped + self._cipher.split
        right_modulus = np.uint64(self._cipher.moduli[1])
        left = right // right_modulus
        right -= left * right_modulus
        self._cipher.encrypt_halves(left, right)
        self._numerals.write_many(left, rows[:, self._skipped : left_end])
        self._numerals.write_many(right, rows[:, left_end:])

    def numbers(self, rows: ByteRows) -> NDArray[np.int64]:
        """The numbers of serials in ASCII; -1 for what the space can never issue."""
        numbers = np.empty(len(rows), np.int64)
        if len(rows) < FEW:
            numbers[:] = [self._number_or_never(row.tobytes()) for row in rows]
            return numbers
        for start in range(0, len(rows), CHUNK):
            numbers[start : start + CHUNK] = self._numbers(rows[start : start + CHUNK])
        return numbers

    def _number_or_never(self, serial: bytes) -> int:
        number = self.number(serial.decode("latin-1"))
        return NEVER_ISSUED if number is None else number

    def _numbers(self, rows: ByteRows) -> NDArray[np.int64]:
        left_end = self._skipped + self._cipher.split
        left, fits = self._numerals.read_many(rows[:, self._skipped : left_end])
        right, right_fits = self._numerals.read_many(rows[:, left_end:])
        fits &= right_fits
        if self.first_character:
            fits &= rows[:, 0] == ord(self.first_character)
        left *= fits  # what is not in the alphabet is no number that the cipher takes
        right *= fits
        self._cipher.decrypt_halves(left, right)
        # Checked by halves first, for the whole number may not fit into 64 bits.
        modulus = self._cipher.moduli[1]
        fits &= left <= np.uint64((self.capacity - 1) // modulus)
        numbers = left * np.uint64(modulus) + right
        fits &= numbers < np.uint64(self.capacity)
        return np.where(fits, numbers.view(np.int64), NEVER_ISSUED)

    def _check(self, first: int, count: int) -> None:
        if not 0 <= first <= self.capacity - count:
            message = f"{count} numbers from {first} do not lie within the space's {self.capacity}."
            raise ValueError(message)
