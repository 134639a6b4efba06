"""AES-CMAC (NIST SP 800-38B) and keys derived with it (SP 800-108), singly and by the array."""

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from domain.standards import byte_rows
from domain.standards.byte_rows import ByteRows

BLOCK = 16
CHUNK = 16_384  # as many rows as let the blocks of a step stay in a core's cache
REDUCTION = 0x87  # x^128 + x^7 + x^2 + x + 1 (SP 800-38B, 5.3)


class AesCmac:
    """AES-CMAC under one key of 128, 192 or 256 bits."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.AES(key)
        self._cipher = Cipher(self._algorithm, modes.ECB())  # noqa: S305 - inside CBC-MAC
        self._whole_block_key = _doubled(self._cipher.encryptor().update(bytes(BLOCK)))
        self._padded_block_key = _doubled(self._whole_block_key)

    def mac(self, message: bytes) -> bytes:
        """The CMAC of a message, 16 bytes."""
        cmac = CMAC(self._algorithm)
        cmac.update(message)
        return cmac.finalize()

    def mac_many(self, before: bytes, rows: ByteRows, after: bytes = b"") -> ByteRows:
        """The CMACs of the messages `before` + row + `after`.

        Blocks that lie wholly in `before` are ciphered once for all.
        """
        fixed = self._padded(before + bytes(rows.shape[1]) + after)
        start = min(len(before), len(fixed) - BLOCK) // BLOCK * BLOCK
        state = bytes(BLOCK)
        aes = self._cipher.encryptor()
        for at in range(0, start, BLOCK):
            state = aes.update(_xor(state, fixed[at : at + BLOCK]))
        rest = _xor(state, fixed[start : start + BLOCK]) + fixed[start + BLOCK :]
        macs = np.empty((len(rows), BLOCK), np.uint8)
        for first in range(0, len(rows), CHUNK):
            chunk = slice(first, first + CHUNK)
            macs[chunk] = self._chain(rest, rows[chunk], len(before) - start)
        return macs

    def _padded(self, message: bytes) -> bytes:
        """The message in whole blocks, the last one masked (SP 800-38B, 6.2, steps 2 to 4)."""
        key = self._whole_block_key
        if not message or len(message) % BLOCK:
            message += b"\x80" + bytes(-(len(message) + 1) % BLOCK)
            key = self._padded_block_key
        return message[:-BLOCK] + _xor(message[-BLOCK:], key)

    def _chain(self, fixed: bytes, rows: ByteRows, offset: int) -> ByteRows:
        """CBC over blocks of `fixed` with the rows XORed in at `offset`; the last blocks."""
        count, width = rows.shape
        aes = self._cipher.encryptor()
        ciphered = bytearray(count * BLOCK + BLOCK - 1)  # update_into asks for the room
        macs = np.frombuffer(ciphered, np.uint8, count * BLOCK).reshape(count, BLOCK)
        for at in range(0, len(fixed), BLOCK):
            plain = bytearray(count * BLOCK)
            blocks = np.frombuffer(plain, np.uint8).reshape(count, BLOCK)
            begin, end = max(offset, at), min(offset + width, at + BLOCK)
            if begin < end:
                source = rows[:, begin - offset : end - offset]
                byte_rows.copy(source, blocks[:, begin - at : end - at])
            words = blocks.view(np.uint64)
            words[:, 0] ^= np.frombuffer(fixed, np.uint64, 1, at)
            words[:, 1] ^= np.frombuffer(fixed, np.uint64, 1, at + BLOCK // 2)
            if at:
                words ^= macs.view(np.uint64)
            aes.update_into(plain, ciphered)
        return macs

    def derive(self, label: bytes, context: bytes, size: int) -> bytes:
        """`size` bytes for this label and context, by SP 800-108r1, 4.1 (counter mode).

        Input of the PRF, as that clause has it: [i] || label || 0x00 || context || [L], with the
        counter i from 1 and the length L in bits, both in 32 bits.
        """
        ending = context + _length(size)
        return b"".join(self.mac(_opening(counter, label) + ending) for counter in _counters(size))[
            :size
        ]

    def derive_many(
        self, label: bytes, before: bytes, rows: ByteRows, after: bytes, size: int
    ) -> ByteRows:
        """What `derive` gives for the contexts `before` + row + `after`."""
        ending = after + _length(size)
        parts = [
            self.mac_many(_opening(counter, label) + before, rows, ending)
            for counter in _counters(size)
        ]
        return np.concatenate(parts, axis=1)[:, :size]


def _counters(size: int) -> range:
    return range(1, -(-size // BLOCK) + 1)


def _opening(counter: int, label: bytes) -> bytes:
    return counter.to_bytes(4, "big") + label + b"\x00"


def _length(size: int) -> bytes:
    return (8 * size).to_bytes(4, "big")


def _doubled(block: bytes) -> bytes:
    """The block times x in GF(2^128) (SP 800-38B, 6.1)."""
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number ^= 1 << 128 | REDUCTION
    return number.to_bytes(BLOCK, "big")


def _xor(left: bytes, right: bytes) -> bytes:
    mixed = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
    return mixed.to_bytes(len(left), "big")
