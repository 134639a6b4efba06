"""SQL of secrets and verification keys."""

import asyncpg

from domain.keys.keyring import KeyRow

KEY_COLUMNS = ", ".join(KeyRow._fields)

SECRETS = "SELECT name, wrapped FROM secrets"


async def secrets(connection: asyncpg.Connection) -> dict[str, bytes]:
    """Every wrapped secret by name."""
    return {row["name"]: row["wrapped"] for row in await connection.fetch(SECRETS)}


# Two servers that start at once on an empty database: the first one's secrets stay.
ADD_SECRET = "INSERT INTO secrets (name, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING"  # noqa: S105


async def add_secret(connection: asyncpg.Connection, name: str, wrapped: bytes) -> None:
    await connection.execute(ADD_SECRET, name, wrapped)


KEY_IN_USE = f"""
    SELECT {KEY_COLUMNS} FROM verification_keys
    WHERE member_state = $1 AND algorithm = $2 AND retired_at IS NULL
"""  # noqa: S608


async def key_in_use(
    connection: asyncpg.Connection, member_state: str, algorithm: str
) -> KeyRow | None:
    row = await connection.fetchrow(KEY_IN_USE, member_state, algorithm)
    return KeyRow(*row) if row else None


FIND_KEYS = f"SELECT {KEY_COLUMNS} FROM verification_keys WHERE id = ANY ($1::text[])"  # noqa: S608


async def find_keys(connection: asyncpg.Connection, ids: list[str]) -> list[KeyRow]:
    return [KeyRow(*row) for row in await connection.fetch(FIND_KEYS, ids)]


# The partial unique index allows one key in use: a rival's comes first, or waits for ours.
ADD_KEY = """
    INSERT INTO verification_keys (id, member_state, algorithm, public_key, wrapped_secret)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
"""


async def add_key(connection: asyncpg.Connection, key: KeyRow) -> None:
    await connection.execute(ADD_KEY, *key)


# Two rotations at once would both retire the same key, and only one new key would stay.
HOLD = "SELECT pg_advisory_xact_lock(20180203, hashtext($1::text || $2::text))"


async def hold(connection: asyncpg.Connection, member_state: str, algorithm: str) -> None:
    """Hold off other rotations of this state's keys until the transaction ends."""
    await connection.execute(HOLD, member_state, algorithm)


RETIRE = """
    UPDATE verification_keys SET retired_at = clock_timestamp()
    WHERE member_state = $1 AND algorithm = $2 AND retired_at IS NULL
    RETURNING id
"""


async def retire(connection: asyncpg.Connection, member_state: str, algorithm: str) -> str | None:
    """Take the key in use out of use; returns its id. Its labels stay valid."""
    found: str | None = await connection.fetchval(RETIRE, member_state, algorithm)
    return found


PUBLISHED = """
    SELECT id, member_state, algorithm, public_key, recorded_at, retired_at
    FROM verification_keys ORDER BY recorded_at, id
"""


async def published(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Every key without its secret, oldest first."""
    return list(await connection.fetch(PUBLISHED))
