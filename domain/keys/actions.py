"""Opening the registry's secrets, and the keys that make verification codes."""

import secrets as randomness

import asyncpg

from domain.database import Database, driver
from domain.errors import MasterKeyWrong
from domain.keys import store
from domain.keys.keyring import CHECK_VALUE, ROOT, Keyring, KeyRow
from domain.keys.vault import Vault, VaultError
from domain.keys.verification import VerificationKey, new_key
from domain.standards.member_state import MemberState
from domain.vocabulary import Algorithm


async def open_keyring(database: Database, vault: Vault) -> Keyring:
    """The registry's secrets, opened; made if the registry is new.

    Raises MasterKeyWrong where the master key is not the one they were wrapped under.
    """
    async with database.transaction() as session:
        connection = await driver(session)
        if not await store.secrets(connection):
            await store.add_secret(
                connection, CHECK_VALUE, vault.wrap(CHECK_VALUE, CHECK_VALUE.encode())
            )
            root = vault.wrap(ROOT, randomness.token_bytes(32))
            await store.add_secret(connection, ROOT, root)
        wrapped = await store.secrets(connection)
    return Keyring(vault, opened(vault, wrapped))


def opened(vault: Vault, wrapped: dict[str, bytes]) -> bytes:
    try:
        vault.unwrap(CHECK_VALUE, wrapped[CHECK_VALUE])
        return vault.unwrap(ROOT, wrapped[ROOT])
    except (VaultError, KeyError) as error:
        raise MasterKeyWrong from error


async def key_in_use(
    connection: asyncpg.Connection, keyring: Keyring, state: MemberState, algorithm: Algorithm
) -> VerificationKey:
    """The state's key for new batches; made when there is none yet."""
    row = await store.key_in_use(connection, state, algorithm)
    if row is None:
        await store.add_key(connection, fresh(keyring, state, algorithm))
        row = await store.key_in_use(connection, state, algorithm)
    if row is None:
        raise LookupError(state, algorithm)
    return keyring.learn(row)


async def keys_named(
    connection: asyncpg.Connection, keyring: Keyring, ids: set[str]
) -> dict[str, VerificationKey]:
    """The keys with these ids, as far as there are any."""
    unknown = [one for one in ids if keyring.key(one) is None]
    if unknown:
        for row in await store.find_keys(connection, unknown):
            keyring.learn(row)
    return {one: key for one in ids if (key := keyring.key(one))}


async def rotate(
    connection: asyncpg.Connection, keyring: Keyring, state: MemberState, algorithm: Algorithm
) -> tuple[str | None, str]:
    """Retire the key in use and begin a new one; returns both ids.

    Labels made with the retired key stay valid and can be printed again.
    """
    retired = await store.retire(connection, state, algorithm)
    row = fresh(keyring, state, algorithm)
    await store.add_key(connection, row)
    return retired, keyring.learn(row).id


def fresh(keyring: Keyring, state: MemberState, algorithm: Algorithm) -> KeyRow:
    key = new_key(state, algorithm, randomness.token_bytes(64))
    return keyring.wrapped(key)
