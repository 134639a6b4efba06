"""The opened secrets: ciphers of number spaces, and verification keys by their AI 91 ids."""

from typing import Generic, NamedTuple, TypeVar

from domain.keys.vault import Vault
from domain.keys.verification import VerificationKey
from domain.registry.serials import SpaceCipher
from domain.standards.alphabets import Alphabet
from domain.standards.member_state import MemberState
from domain.vocabulary import Algorithm

CHECK_VALUE = "check-value"
ROOT = "serial-root"
MOST_CIPHERS = 4_096
MOST_GTINS = 65_536

Name = TypeVar("Name")
Thing = TypeVar("Thing")
SpaceName = tuple[str, int, str | None]  # GTIN, serial length, first character


class KeyRow(NamedTuple):
    """A verification key as it is stored."""

    id: str
    member_state: str
    algorithm: str
    public_key: bytes | None
    wrapped_secret: bytes


class Known(Generic[Name, Thing]):
    """Remembers things that never change once they are there, as many as it has room for."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: dict[Name, Thing] = {}

    def get(self, name: Name) -> Thing | None:
        return self._things.get(name)

    def put(self, name: Name, thing: Thing) -> Thing:
        if len(self._things) >= self._most:
            self._things.clear()
        self._things[name] = thing
        return thing


class Keyring:
    """Holds what was unwrapped, in memory alone. Ciphers and keys never change once made.

    `groups` (GTIN -> product group) and `spaces` ((GTIN, serial length, first character) -> id and
    cipher) are remembered beside them, for what is scanned once is scanned again.
    """

    def __init__(self, vault: Vault, root: bytes) -> None:
        self._vault = vault
        self._root = root
        self._ciphers: Known[SpaceName, SpaceCipher] = Known(MOST_CIPHERS)
        self._keys: dict[str, VerificationKey] = {}
        self.groups: Known[str, str] = Known(MOST_GTINS)
        self.spaces: Known[SpaceName, tuple[int, SpaceCipher]] = Known(MOST_CIPHERS)

    def cipher(
        self, gtin: str, serial_length: int, first_character: str | None, alphabet: str
    ) -> SpaceCipher:
        """The cipher of this number space."""
        space = (gtin, serial_length, first_character)
        return self._ciphers.get(space) or self._ciphers.put(
            space,
            SpaceCipher(
                self._root,
                gtin=gtin,
                first_character=first_character,
                serial_length=serial_length,
                alphabet=Alphabet(alphabet),
            ),
        )

    def key(self, id: str) -> VerificationKey | None:
        """The key of this id, if it was learnt already."""
        return self._keys.get(id)

    def learn(self, row: KeyRow) -> VerificationKey:
        """Unwrap a stored key and remember it."""
        found = self._keys.get(row.id)
        if found is None:
            found = self._keys[row.id] = VerificationKey(
                id=row.id,
                member_state=MemberState(row.member_state),
                algorithm=Algorithm(row.algorithm),
                secret=self._vault.unwrap(name_of(row.id), row.wrapped_secret),
                public=row.public_key,
            )
        return found

    def wrapped(self, key: VerificationKey) -> KeyRow:
        """A new key as it is to be stored."""
        if key.secret is None:
            raise ValueError(key.id)
        wrapped = self._vault.wrap(name_of(key.id), key.secret)
        return KeyRow(key.id, key.member_state, key.algorithm, key.public, wrapped)


def name_of(key_id: str) -> str:
    return f"verification-key/{key_id}"
