"""Secrets at rest: wrapped under a master key that is kept outside the database."""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_KEY_SIZE = 32
NONCE_SIZE = 12


class VaultError(ValueError):
    """A master key or a wrapped secret is not what it should be."""


class MasterKeyMalformed(VaultError):
    """The text is not a master key."""


class WrongMasterKey(VaultError):
    """The secret was wrapped under another master key or name, or is damaged."""


class Vault:
    """Wraps and unwraps secrets by name."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_SIZE:
            message = f"A master key has {MASTER_KEY_SIZE} bytes; this has {len(master_key)}."
            raise MasterKeyMalformed(message)
        info = b"tamga/vault/v1"
        keys = HKDF(hashes.SHA256(), 64, salt=None, info=info).derive(master_key)
        self._cipher = AESGCM(keys[:32])
        self._nonce_key = keys[32:]

    def wrap(self, name: str, secret: bytes) -> bytes:
        """The secret in AES-256-GCM, bound to its name; the same secret gives the same bytes.

        The nonce is a MAC of what it encrypts, so that it cannot be used for anything else.
        """
        text = name.encode()
        named = len(text).to_bytes(4, "big") + text + secret
        nonce = hmac.digest(self._nonce_key, named, hashlib.sha256)[:NONCE_SIZE]
        return nonce + self._cipher.encrypt(nonce, secret, text)

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """The secret that was wrapped under this name."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:], name.encode())
        except (InvalidTag, ValueError):
            message = f"{name} was wrapped under another master key, or is damaged."
            raise WrongMasterKey(message) from None


def new_master_key(randomness: bytes) -> str:
    """Write 32 random bytes as a master key: 64 hexadecimal digits, safe in a shell and a file."""
    if len(randomness) != MASTER_KEY_SIZE:
        message = f"A master key is made of {MASTER_KEY_SIZE} bytes."
        raise MasterKeyMalformed(message)
    return randomness.hex()


def parse_master_key(text: str) -> bytes:
    """Read a master key: 32 bytes in hexadecimal, base64 or base64url, as one comes by it."""
    text = text.strip()
    for decode in (bytes.fromhex, _from_base64):
        try:
            key = decode(text)
        except ValueError:
            continue
        if len(key) == MASTER_KEY_SIZE:
            return key
    message = "A master key is 32 bytes, written as 64 hexadecimal digits or in base64."
    raise MasterKeyMalformed(message)


def _from_base64(text: str) -> bytes:
    standard = text.replace("-", "+").replace("_", "/")
    return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
