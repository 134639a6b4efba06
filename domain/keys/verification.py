"""Verification codes: what AI 92 or 93 says, and whether it says it truly.

A code covers the identification code and any price printed with it, under a key of the issuing
state. Who holds the public key can check AI 92 of 88 characters anywhere; the others are MACs,
which only the registry can check. None proves that a label is not a copy.
"""

import base64
import binascii
import hmac
import string
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from nacl import bindings
from nacl.exceptions import BadSignatureError

from domain.catalogue.templates import Family
from domain.standards import byte_rows
from domain.standards.byte_rows import ByteRows, Flags
from domain.standards.cmac import AesCmac
from domain.standards.member_state import MemberState
from domain.vocabulary import Algorithm

ALGORITHM = {
    Family.S: Algorithm.AES_CMAC,
    Family.T29: Algorithm.AES_CMAC,
    Family.L44: Algorithm.AES_CMAC,
    Family.L88: Algorithm.ED25519,
}
SIGNATURE_SIZE = 64
LONG_MAC_SIZE = 32
SHORT_MAC_SIZE = 3
SECRET_SIZE = 32
RANDOMNESS_SIZE = 64
KEY_ID_LENGTH = 4
KEY_ID_SYMBOLS = string.digits + string.ascii_uppercase

# Counter, label, zero, message and identification code fill 48 bytes up to and with the state
# digit: of the commonest serials one block is left to cipher for each 16 bytes of MAC.
LABEL = b"AI 92"


class WrongKind(ValueError):
    """The key has no secret, or not the algorithm of the template's verification codes."""


@dataclass(frozen=True)
class VerificationKey:
    """A member state's key, named by AI 91. It has no `secret` where it can only check."""

    id: str
    member_state: MemberState
    algorithm: Algorithm
    secret: bytes | None = field(default=None, repr=False)
    public: bytes | None = None

    @cached_property
    def cmac(self) -> AesCmac:
        """What makes the MACs of this key."""
        return AesCmac(self._secret_for(Algorithm.AES_CMAC))

    @cached_property
    def signer(self) -> bytes:
        """The secret with the public key, as libsodium signs with it."""
        return bindings.crypto_sign_seed_keypair(self._secret_for(Algorithm.ED25519))[1]

    def _secret_for(self, algorithm: Algorithm) -> bytes:
        if self.algorithm is not algorithm or self.secret is None:
            message = f"Key {self.id} has no secret for {algorithm}."
            raise WrongKind(message)
        return self.secret


def new_key(member_state: MemberState, algorithm: Algorithm, randomness: bytes) -> VerificationKey:
    """A new key made of 64 random bytes. Its id begins with the state's digit, as serials do."""
    if len(randomness) != RANDOMNESS_SIZE:
        message = f"A key is made of {RANDOMNESS_SIZE} random bytes."
        raise ValueError(message)
    secret = randomness[:SECRET_SIZE]
    number = int.from_bytes(randomness[SECRET_SIZE:], "big")
    name = member_state.digit
    while len(name) < KEY_ID_LENGTH:
        number, symbol = divmod(number, len(KEY_ID_SYMBOLS))
        name += KEY_ID_SYMBOLS[symbol]
    public = None
    if algorithm is Algorithm.ED25519:
        public = bindings.crypto_sign_seed_keypair(secret)[0]
    return VerificationKey(name, member_state, algorithm, secret, public)


def verification_code(
    key: VerificationKey, family: Family, identification_code: str, price_minor: int | None = None
) -> str:
    """The verification code of an identification code, with the price printed beside it."""
    covered = _covered(key, identification_code, price_minor)
    return base64.b64encode(_made(key, family, covered)).decode("ascii")


def is_genuine(
    key: VerificationKey,
    family: Family,
    identification_code: str,
    printed: str,
    price_minor: int | None = None,
) -> bool:
    """Whether `printed` is the verification code that this key made, symbol for symbol."""
    if key.algorithm is not ALGORITHM[family]:
        return False
    if not (identification_code.isascii() and printed.isascii()):
        return False
    covered = _covered(key, identification_code, price_minor)
    if family is Family.L88:
        return _is_signed(key, covered, printed)
    return hmac.compare_digest(base64.b64encode(_made(key, family, covered)), printed.encode())


class Covered(NamedTuple):
    """Identification codes `before` + row, and the price printed with all of them.

    The more of a code stands in `before`, the less there is to compute.
    """

    before: bytes
    rows: ByteRows
    price_minor: int | None = None


def verification_codes(key: VerificationKey, family: Family, covered: Covered) -> ByteRows:
    """The verification codes of many identification codes, in ASCII."""
    before, after = _opening(key) + covered.before, _ending(covered.price_minor)
    if family is Family.L88:
        made = _signatures(key.signer, before, covered.rows, after)
    elif family is Family.L44:
        made = key.cmac.derive_many(LABEL, before, covered.rows, after, LONG_MAC_SIZE)
    else:
        made = key.cmac.mac_many(before, covered.rows, after)[:, :SHORT_MAC_SIZE]
    return byte_rows.base64(made)


def are_genuine(key: VerificationKey, family: Family, covered: Covered, printed: ByteRows) -> Flags:
    """Which `printed` codes this key made for the identification codes beside them."""
    if key.algorithm is not ALGORITHM[family]:
        return np.zeros(len(printed), np.bool_)
    if family is not Family.L88:
        return byte_rows.same(verification_codes(key, family, covered), printed)
    before, after = _opening(key) + covered.before, _ending(covered.price_minor)
    found = (
        _is_signed(key, before + row.tobytes() + after, text.tobytes().decode("latin-1"))
        for row, text in zip(covered.rows, printed, strict=True)
    )
    return np.fromiter(found, np.bool_, len(printed))


def _covered(key: VerificationKey, identification_code: str, price_minor: int | None) -> bytes:
    return _opening(key) + identification_code.encode("ascii") + _ending(price_minor)


def _opening(key: VerificationKey) -> bytes:
    """Nothing else that a key could ever sign begins like this."""
    return b"tamga/code/v1\n" + key.id.encode("ascii") + b"\n"


def _ending(price_minor: int | None) -> bytes:
    return b"" if price_minor is None else b"\n%d" % price_minor


def _made(key: VerificationKey, family: Family, covered: bytes) -> bytes:
    if family is Family.L88:
        return bindings.crypto_sign(covered, key.signer)[:SIGNATURE_SIZE]
    if family is Family.L44:
        return key.cmac.derive(LABEL, covered, LONG_MAC_SIZE)
    return key.cmac.mac(covered)[:SHORT_MAC_SIZE]


def _signatures(signer: bytes, before: bytes, rows: ByteRows, after: bytes) -> ByteRows:
    text, width = rows.tobytes(), rows.shape[1]
    sign = bindings.crypto_sign
    signed = [
        sign(before + text[at : at + width] + after, signer)[:SIGNATURE_SIZE]
        for at in range(0, len(text), width)
    ]
    return byte_rows.rows_of(b"".join(signed), SIGNATURE_SIZE)


def _is_signed(key: VerificationKey, covered: bytes, printed: str) -> bool:
    """Whether this is a signature by libsodium's strict rule, in the one base64 it has.

    That rule refuses what other verifiers let pass: points of low order, numbers not reduced.
    """
    if key.public is None:
        return False
    try:
        signature = base64.b64decode(printed, validate=True)
        if len(signature) != SIGNATURE_SIZE:
            return False
        bindings.crypto_sign_open(signature + covered, key.public)
    except (binascii.Error, ValueError, BadSignatureError):
        return False
    return base64.b64encode(signature).decode("ascii") == printed
