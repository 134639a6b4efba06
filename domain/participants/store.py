"""Participants and their API keys, in rows."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg

from domain.participants.actor import Actor
from domain.participants.rules import Card, KeyTerms, ListedKey, Registered, StoredKey
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, Scope


def words(found: Iterable[Role] | Iterable[Scope]) -> list[str]:
    return sorted(word.value for word in found)


def registered(row: asyncpg.Record) -> Registered:
    card = Card(
        name=row["name"],
        member_state=MemberState(row["member_state"]),
        tax_id=row["tax_id"],
        gln=row["gln"],
        roles=frozenset(map(Role, row["roles"])),
    )
    return Registered(row["id"], row["uuid"], card, row["recorded_at"], row["suspended_at"])


def terms(row: asyncpg.Record) -> KeyTerms:
    return KeyTerms(frozenset(map(Scope, row["scopes"])), row["expires_at"])


# A rival with the same id or tax id makes this wait until it commits; then its row is there to
# compare with. Any constraint: a repeat at the same moment may meet either of them first.
ADD = """
    INSERT INTO participants (uuid, name, member_state, tax_id, gln, roles)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING
    RETURNING id, uuid, name, member_state, tax_id, gln, roles, recorded_at, suspended_at
"""


async def add(connection: asyncpg.Connection, participant: UUID, card: Card) -> Registered | None:
    """Register a participant; None if the id or the tax id is in use already."""
    row = await connection.fetchrow(
        ADD, participant, card.name, card.member_state, card.tax_id, card.gln, words(card.roles)
    )
    return registered(row) if row else None


FIND = """
    SELECT id, uuid, name, member_state, tax_id, gln, roles, recorded_at, suspended_at
    FROM participants WHERE uuid = $1
"""


async def find(connection: asyncpg.Connection, participant: UUID) -> Registered | None:
    row = await connection.fetchrow(FIND, participant)
    return registered(row) if row else None


# Two operators' keys that replace one card queue here, so that the later answer is the card's.
LOCK = FIND + " FOR NO KEY UPDATE"


async def lock(connection: asyncpg.Connection, participant: UUID) -> Registered | None:
    row = await connection.fetchrow(LOCK, participant)
    return registered(row) if row else None


HOLDER_OF_TAX_ID = """
    SELECT id, uuid, name, member_state, tax_id, gln, roles, recorded_at, suspended_at
    FROM participants WHERE member_state = $1 AND tax_id = $2
"""


async def holder_of_tax_id(
    connection: asyncpg.Connection, state: MemberState, tax_id: str
) -> Registered:
    """The participant that a tax id in use belongs to."""
    return registered(await connection.fetchrow(HOLDER_OF_TAX_ID, state, tax_id))


REPLACE = "UPDATE participants SET name = $2, gln = $3, roles = $4 WHERE id = $1"


async def replace(connection: asyncpg.Connection, id: int, card: Card) -> None:
    await connection.execute(REPLACE, id, card.name, card.gln, words(card.roles))


# A second suspension leaves the time of the first.
SUSPEND = """
    UPDATE participants SET suspended_at = coalesce(suspended_at, clock_timestamp())
    WHERE id = $1 RETURNING suspended_at
"""


async def suspend(connection: asyncpg.Connection, id: int) -> datetime:
    """Suspend a participant; returns since when it is."""
    since: datetime = await connection.fetchval(SUSPEND, id)
    return since


RESUME = "UPDATE participants SET suspended_at = NULL WHERE id = $1"


async def resume(connection: asyncpg.Connection, id: int) -> None:
    """End a participant's suspension."""
    await connection.execute(RESUME, id)


# Pages are cut by the registry's own numbers, which only grow: nobody is skipped or told twice.
LIST = """
    SELECT id, uuid, name, member_state, tax_id, gln, roles, recorded_at, suspended_at
    FROM participants
    WHERE member_state = $1
      AND id > coalesce((SELECT id FROM participants WHERE uuid = $2), 0)
    ORDER BY id
    LIMIT $3
"""


async def listed(
    connection: asyncpg.Connection, state: MemberState, after: UUID | None, limit: int
) -> list[Registered]:
    """The participants of a member state, from the one after `after` on."""
    return [registered(row) for row in await connection.fetch(LIST, state, after, limit)]


ADD_KEY = """
    INSERT INTO api_keys (id, participant_id, secret_digest, scopes, expires_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO NOTHING
    RETURNING true
"""


async def add_key(
    connection: asyncpg.Connection, key: UUID, holder: int, granted: KeyTerms, digest: bytes
) -> bool:
    """Add an API key; False if the id is in use already."""
    added = await connection.fetchval(
        ADD_KEY, key, holder, digest, words(granted.scopes), granted.expires_at
    )
    return bool(added)


# One look-up by two primary keys for every request that carries an API key.
FIND_KEY = """
    SELECT key.id AS key_id, key.secret_digest, key.scopes, key.expires_at, key.revoked_at,
           holder.id, holder.uuid, holder.name, holder.member_state, holder.roles,
           holder.suspended_at
    FROM api_keys AS key JOIN participants AS holder ON holder.id = key.participant_id
    WHERE key.id = $1
"""


async def find_key(connection: asyncpg.Connection, key: UUID) -> StoredKey | None:
    row = await connection.fetchrow(FIND_KEY, key)
    if row is None:
        return None
    holder = Actor(
        id=row["id"],
        uuid=row["uuid"],
        name=row["name"],
        member_state=MemberState(row["member_state"]),
        roles=frozenset(map(Role, row["roles"])),
        suspended=row["suspended_at"] is not None,
    )
    return StoredKey(row["key_id"], holder, terms(row), row["secret_digest"], row["revoked_at"])


LIST_KEYS = """
    SELECT id, scopes, expires_at, recorded_at, revoked_at
    FROM api_keys WHERE participant_id = $1
    ORDER BY recorded_at, id
"""


async def keys_of(connection: asyncpg.Connection, holder: int) -> list[ListedKey]:
    return [
        ListedKey(row["id"], terms(row), row["recorded_at"], row["revoked_at"])
        for row in await connection.fetch(LIST_KEYS, holder)
    ]


REVOKE_KEY = """
    UPDATE api_keys SET revoked_at = coalesce(revoked_at, clock_timestamp())
    WHERE id = $1 AND participant_id = $2
    RETURNING id, scopes, expires_at, recorded_at, revoked_at
"""


async def revoke_key(connection: asyncpg.Connection, key: UUID, holder: int) -> ListedKey | None:
    """Revoke a key, once; None if the holder has no such key."""
    row = await connection.fetchrow(REVOKE_KEY, key, holder)
    if row is None:
        return None
    return ListedKey(row["id"], terms(row), row["recorded_at"], row["revoked_at"])
