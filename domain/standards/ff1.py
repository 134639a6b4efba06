"""FF1 (NIST SP 800-38G, algorithms 7 and 8): a keyed permutation of all strings of one length.

Scalar, and over arrays with one AES call per round for the whole array. Both take only domains
whose halves fit into 64 bits, where one AES block holds all that changes from round to round:
the CBC-MAC over what comes before it is computed once.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from numpy.typing import NDArray

ROUNDS = 10
BLOCK = 16
LOW = (1 << 64) - 1
SMALLEST_DOMAIN = 1_000_000  # SP 800-38G Rev. 1 (second draft), 5.1
LARGEST_HALF = (1 << 64) - (1 << 48)  # what `wide_residues` leaves needs the room above it
CHUNK = 16_384  # as many numbers as let the arrays of a round stay in a core's cache


class DomainNotFitting(ValueError):
    """FF1 is not offered over strings of this radix and length."""


class NumeralOutOfRange(ValueError):
    """A numeral is not below the radix, or there are too few or too many of them."""


Halves: TypeAlias = NDArray[np.uint64]


class _Modulus(NamedTuple):
    """radix^m, a multiple of it of at least 34 bits, and nearly 2^33 times that one's inverse."""

    exact: np.uint64
    coarse: np.uint64
    shares: float


class Ff1:
    """FF1 with one key and tweak over the strings of `length` numerals below `radix`.

    A string is also the number that it writes (most significant numeral first) and the pair of
    numbers that its halves write, `split` numerals on the left and the rest on the right.
    """

    def __init__(self, key: bytes, *, radix: int, length: int, tweak: bytes) -> None:
        self.radix = radix
        self.length = length
        self.split = length // 2
        self.moduli: tuple[int, int] = (radix**self.split, radix ** (length - self.split))
        is_small = not self.split or radix**length < SMALLEST_DOMAIN
        if is_small or self.moduli[1] > LARGEST_HALF:
            message = f"FF1 is not offered over {length} numerals of radix {radix}."
            raise DomainNotFitting(message)
        number_size = ((self.moduli[1] - 1).bit_length() + 7) // 8  # b, at most 8
        self._round_shift = 8 * number_size
        self._wide = number_size > 4  # noqa: PLR2004 - d is 12 bytes, not 8
        self._reductions = tuple(_modulus(modulus) for modulus in self.moduli)
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - inside CBC-MAC
        self._block = self._constant_block(tweak, number_size)

    def _constant_block(self, tweak: bytes, number_size: int) -> int:
        """The last block of P || Q with round and number left zero, XOR the CBC-MAC before it."""
        fixed = b"".join(
            (
                bytes((1, 2, 1)),
                self.radix.to_bytes(3, "big"),
                bytes((ROUNDS, self.split)),
                self.length.to_bytes(4, "big"),
                len(tweak).to_bytes(4, "big"),
                tweak,
                bytes((-len(tweak) - number_size - 1) % BLOCK),
                bytes(1 + number_size),
            )
        )
        aes = self._cipher.encryptor()
        state = 0
        for at in range(0, len(fixed) - BLOCK, BLOCK):
            block = state ^ int.from_bytes(fixed[at : at + BLOCK], "big")
            state = int.from_bytes(aes.update(block.to_bytes(BLOCK, "big")), "big")
        return state ^ int.from_bytes(fixed[-BLOCK:], "big")

    def encrypt(self, numerals: Sequence[int]) -> list[int]:
        """FF1.Encrypt of a numeral string."""
        return self._numerals(self.encrypt_number(self._number(numerals)))

    def decrypt(self, numerals: Sequence[int]) -> list[int]:
        """FF1.Decrypt of a numeral string."""
        return self._numerals(self.decrypt_number(self._number(numerals)))

    def _number(self, numerals: Sequence[int]) -> int:
        if len(numerals) != self.length or not all(0 <= one < self.radix for one in numerals):
            message = f"Not {self.length} numerals below {self.radix}."
            raise NumeralOutOfRange(message)
        number = 0
        for numeral in numerals:
            number = number * self.radix + numeral
        return number

    def _numerals(self, number: int) -> list[int]:
        numerals = []
        for _ in range(self.length):
            number, numeral = divmod(number, self.radix)
            numerals.append(numeral)
        return numerals[::-1]

    def encrypt_number(self, number: int) -> int:
        """FF1.Encrypt of the string that writes this number below radix^length."""
        aes = self._cipher.encryptor().update  # a context of one's own: threads may share self
        left, right = divmod(number, self.moduli[1])
        dropped = 32 if self._wide else 64
        for round_ in range(ROUNDS):
            block = self._block ^ round_ << self._round_shift ^ right
            y = int.from_bytes(aes(block.to_bytes(BLOCK, "big")), "big") >> dropped
            left, right = right, (left + y) % self.moduli[round_ & 1]
        return left * self.moduli[1] + right

    def decrypt_number(self, number: int) -> int:
        """FF1.Decrypt of the string that writes this number below radix^length."""
        aes = self._cipher.encryptor().update
        left, right = divmod(number, self.moduli[1])
        dropped = 32 if self._wide else 64
        for round_ in reversed(range(ROUNDS)):
            block = self._block ^ round_ << self._round_shift ^ left
            y = int.from_bytes(aes(block.to_bytes(BLOCK, "big")), "big") >> dropped
            left, right = (right - y) % self.moduli[round_ & 1], left
        return left * self.moduli[1] + right

    def encrypt_halves(self, left: Halves, right: Halves) -> None:
        """FF1.Encrypt in place of the strings whose halves write these numbers."""
        for work, one, other in self._chunks(left, right):
            for round_ in range(ROUNDS):
                y = self._residues(work, round_, other)
                np.subtract(self._reductions[round_ & 1].exact, one, out=one)
                self._subtract(work, round_, y, one, out=one)
                one, other = other, one  # noqa: PLW2901 - each round writes the half it read last

    def decrypt_halves(self, left: Halves, right: Halves) -> None:
        """FF1.Decrypt in place of the strings whose halves write these numbers."""
        for work, one, other in self._chunks(left, right):
            for round_ in reversed(range(ROUNDS)):
                y = self._residues(work, round_, one)
                self._subtract(work, round_, other, y, out=other)
                one, other = other, one  # noqa: PLW2901 - each round writes the half it read last

    def _chunks(self, left: Halves, right: Halves) -> Iterator[tuple["_Workspace", Halves, Halves]]:
        aes = self._cipher.encryptor()
        work = _Workspace(aes, min(CHUNK, len(left)))
        for start in range(0, len(left), CHUNK):
            one, other = left[start : start + CHUNK], right[start : start + CHUNK]
            if len(one) < work.size:
                work = _Workspace(aes, len(one))
            yield work, one, other

    def _residues(self, work: "_Workspace", round_: int, half: Halves) -> Halves:
        """The numbers y of this round, modulo that of the half it changes."""
        block = self._block ^ round_ << self._round_shift
        work.encrypt(np.uint64(block >> 64), np.uint64(block & LOW), half)
        modulus = self._reductions[round_ & 1]
        return work.wide_residues(modulus) if self._wide else work.residues(modulus)

    def _subtract(
        self,
        work: "_Workspace",
        round_: int,
        minuends: Halves,
        subtrahends: Halves,
        out: Halves,
    ) -> None:
        """The differences, modulo that of the half this round changes."""
        modulus = self._reductions[round_ & 1].exact
        if modulus >> 63:
            borrows = minuends < subtrahends
            np.subtract(minuends, subtrahends, out=out)
            np.multiply(borrows, modulus, out=work.spare)
            np.add(out, work.spare, out=out)
        else:
            # Below zero wraps to at least 2^63, so the smaller of the two is the one in range.
            np.subtract(minuends, subtrahends, out=out)
            np.add(out, modulus, out=work.spare)
            np.minimum(out, work.spare, out=out)


def _modulus(modulus: int) -> _Modulus:
    coarse = modulus << max(0, 34 - modulus.bit_length())
    # Rounded down by more than all roundings of `wide_residues` can add: never too many shares.
    shares = Fraction(1 << 33, coarse) * (1 - Fraction(1, 1 << 50))
    return _Modulus(np.uint64(modulus), np.uint64(coarse), float(shares))


class _Workspace:
    """The arrays of one chunk, made once, and views of the AES blocks that hold them."""

    def __init__(self, aes: CipherContext, size: int) -> None:
        self.size = size
        self._aes = aes
        self._input = bytearray(BLOCK * size)
        self._output = bytearray(BLOCK * size + BLOCK - 1)  # update_into asks for the room
        blocks = np.frombuffer(self._input, ">u8").reshape(size, 2)
        self._constant, self._number = blocks[:, 0], blocks[:, 1]
        ciphered = np.frombuffer(self._output, np.uint8, BLOCK * size).reshape(size, BLOCK)
        self._first = ciphered[:, :8].view(">u8")[:, 0]
        self._low = ciphered[:, 4:12].view(">u8")[:, 0]
        self._y = np.empty(size, np.uint64)
        self.spare = np.empty(size, np.uint64)
        self._shares = np.empty(size, np.float64)

    def encrypt(self, constant: np.uint64, number_mask: np.uint64, half: Halves) -> None:
        """One AES block for each number: `constant`, then the number XOR `number_mask`."""
        self._constant[:] = constant
        np.bitwise_xor(half, number_mask, out=self._y)
        np.copyto(self._number, self._y)
        self._aes.update_into(self._input, self._output)

    def residues(self, modulus: _Modulus) -> Halves:
        """The first 8 bytes of each block, modulo `modulus`."""
        np.copyto(self._y, self._first)
        return self._reduce(modulus)

    def wide_residues(self, modulus: _Modulus) -> Halves:
        """The first 12 bytes of each block, modulo `modulus`.

        A floating-point estimate of the quotient by the coarse modulus C leaves what fits into
        64 bits. y < 2^96 and C > 2^33, so the estimate lies below 2^63 and misses y / C by less
        than 2^33 / C for the bits it drops and y / C / 2^49 for rounding: what is left is below
        C + 2^33 + 2^47, in 64 bits even where C is the largest half.
        """
        quotients = self.spare
        np.copyto(quotients, self._first)
        np.right_shift(quotients, np.uint64(1), out=quotients)  # fits into int64: quick to convert
        np.copyto(self._shares, quotients.view(np.int64))
        np.multiply(self._shares, modulus.shares, out=self._shares)
        np.copyto(quotients.view(np.int64), self._shares, casting="unsafe")
        np.multiply(quotients, modulus.coarse, out=quotients)
        np.copyto(self._y, self._low)
        np.subtract(self._y, quotients, out=self._y)
        return self._reduce(modulus)

    def _reduce(self, modulus: _Modulus) -> Halves:
        np.floor_divide(self._y, modulus.exact, out=self.spare)
        np.multiply(self.spare, modulus.exact, out=self.spare)
        np.subtract(self._y, self.spare, out=self._y)
        return self._y
