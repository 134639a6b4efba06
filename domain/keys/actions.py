"""Opening the registry's secrets, and the keys that make verification codes."""

import secrets as randomness
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from domain.database import Database, driver
from domain.errors import MasterKeyWrong, OtherMemberState
from domain.keys import store
from domain.keys.keyring import CHECK_VALUE, ROOT, Keyring, KeyRow
from domain.keys.vault import Vault, VaultError
from domain.keys.verification import VerificationKey, new_key
from domain.participants import rules as participants
from domain.participants.actor import Actor
from domain.requests import store as requests
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import Algorithm, Role


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
    while (row := await store.key_in_use(connection, state, algorithm)) is None:
        # Either a rival's key is in use now, or the id drawn was a retired key's: look again.
        await store.add_key(connection, fresh(keyring, state, algorithm))
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
    await store.hold(connection, state, algorithm)
    retired = await store.retire(connection, state, algorithm)
    return retired, (await key_in_use(connection, keyring, state, algorithm)).id


def fresh(keyring: Keyring, state: MemberState, algorithm: Algorithm) -> KeyRow:
    key = new_key(state, algorithm, randomness.token_bytes(64))
    return keyring.wrapped(key)


class KeyKind(NamedTuple):
    """Whose keys, and what for: one key of each kind is in use."""

    member_state: MemberState
    algorithm: Algorithm


async def rotate_once(
    database: Database, request: Request, kind: KeyKind, *, actor: Actor, keyring: Keyring
) -> tuple[dict[str, Any], bool]:
    """Rotate a key as the operator of its state; returns the answer, and whether it is new."""
    participants.require_role(actor, Role.OPERATOR)
    if actor.member_state is not kind.member_state:
        raise OtherMemberState(kind.member_state)
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        done = await requests.claim(connection, request)
        if done:
            return done, False
        retired, new = await rotate(connection, keyring, *kind)
        answer = {
            "rotation": str(request.id),
            "member_state": kind.member_state,
            "algorithm": kind.algorithm,
            "retired": retired,
            "in_use": new,
        }
        await requests.answer(connection, request, answer)
    return answer, True


class PublishedKey(NamedTuple):
    """A verification key as everybody may know it; a key of AES-CMAC has no public part."""

    id: str
    member_state: MemberState
    algorithm: Algorithm
    public_key: bytes | None
    recorded_at: datetime
    retired_at: datetime | None


async def published(database: Database) -> list[PublishedKey]:
    """Every verification key of every state, the oldest first."""
    async with database.reading() as connection:
        return [PublishedKey(*row) for row in await store.published(connection)]
