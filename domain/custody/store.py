"""SQL of transfers: who, what was offered, how it was answered."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.custody.offers import NewTransfer, Party, Transfer
from domain.registry.spans import Run
from domain.standards.member_state import MemberState
from domain.vocabulary import TransferKind, TransferStatus

PARTY = """
    SELECT member_state, tax_id, id, uuid, name, suspended_at IS NOT NULL
    FROM participants WHERE uuid = $1 OR (member_state = $2 AND tax_id = $3)
"""


def party_of(row: Sequence[Any]) -> Party:
    return Party._make((MemberState(row[0]), *row[1:6]))


async def party(
    connection: asyncpg.Connection,
    uuid: UUID | None,
    member_state: MemberState | None = None,
    tax_id: str | None = None,
) -> Party | None:
    """The participant with this id, or with this tax id of the state; None if not registered."""
    row = await connection.fetchrow(PARTY, uuid, member_state, tax_id)
    return party_of(row) if row else None


ADD = """
    INSERT INTO transfers (uuid, kind, status, sender_id, sender_state, receiver_state,
        receiver_tax_id, documents, roads, offered_units, expires_at, event_id)
    VALUES ($1, $2, 'OFFERED', $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb, $9, $10, $11)
    RETURNING id
"""
ADD_GOODS = """
    INSERT INTO transfer_goods (transfer_id, series_ids, firsts, lasts, package_ids)
    VALUES ($1, $2, $3, $4, $5)
"""


async def add(
    connection: asyncpg.Connection, new: NewTransfer, runs: Sequence[Run], packages: Sequence[int]
) -> int:
    """Add an open transfer of these loose units and outermost packages; returns its id."""
    documents, roads = orjson.dumps(new.documents).decode(), orjson.dumps(new.roads).decode()
    transfer_id: int = await connection.fetchval(ADD, *new[:6], documents, roads, *new[8:])
    columns = [list(column) for column in zip(*runs, strict=True)] if runs else [[], [], []]
    await connection.execute(ADD_GOODS, transfer_id, *columns, list(packages))
    return transfer_id


TRANSFER = """
    SELECT transfers.id, transfers.uuid, kind, status, documents, roads, offered_units,
        accepted_units, released_units, sold_units, offered_at, expires_at, event_id,
        sender.member_state, sender.tax_id, sender.id, sender.uuid, sender.name,
        sender.suspended_at IS NOT NULL,
        receiver_state, receiver_tax_id, receiver.id, receiver.uuid, receiver.name,
        receiver.suspended_at IS NOT NULL
    FROM transfers
    JOIN participants AS sender ON sender.id = sender_id
    LEFT JOIN participants AS receiver
        ON receiver.member_state = receiver_state AND receiver.tax_id = receiver_tax_id
"""
FIND = TRANSFER + " WHERE transfers.uuid = $1"


def transfer_of(row: Sequence[Any]) -> Transfer:
    told = (row[0], row[1], TransferKind(row[2]), TransferStatus(row[3]))
    return Transfer._make((*told, party_of(row[13:19]), party_of(row[19:25]), *row[4:13]))


async def find(connection: asyncpg.Connection, uuid: UUID) -> Transfer | None:
    row = await connection.fetchrow(FIND, uuid)
    return transfer_of(tuple(row)) if row else None


SENT = f"""
    {TRANSFER}
    WHERE sender_id = $1 AND ($2::text IS NULL OR status = $2)
        AND transfers.id > coalesce((SELECT id FROM transfers WHERE uuid = $3), 0)
    ORDER BY transfers.id LIMIT $4
"""  # noqa: S608 (put together from constants of this file)
RECEIVED = f"""
    {TRANSFER}
    WHERE (receiver_state, receiver_tax_id) = (
            SELECT member_state, tax_id FROM participants WHERE id = $1)
        AND ($2::text IS NULL OR status = $2)
        AND transfers.id > coalesce((SELECT id FROM transfers WHERE uuid = $3), 0)
    ORDER BY transfers.id LIMIT $4
"""  # noqa: S608


async def listed(  # noqa: PLR0913 (a page of a list)
    connection: asyncpg.Connection,
    participant_id: int,
    *,
    sent: bool,
    status: TransferStatus | None,
    after: UUID | None,
    limit: int,
) -> list[Transfer]:
    """A page of a participant's transfers, the oldest first."""
    rows = await connection.fetch(SENT if sent else RECEIVED, participant_id, status, after, limit)
    return [transfer_of(tuple(row)) for row in rows]


ANSWERS = """
    SELECT uuid AS answer, event_id AS event, kind, assurance, accepted_units, released_units
    FROM transfer_answers WHERE transfer_id = $1 ORDER BY event_id, kind
"""
DISCREPANCIES = """
    SELECT event_id AS event, kind, code, units, note
    FROM discrepancies WHERE transfer_id = $1 ORDER BY event_id, position LIMIT $2
"""


async def answers(connection: asyncpg.Connection, transfer_id: int) -> list[dict[str, Any]]:
    """Every answer that was given."""
    return [dict(row) for row in await connection.fetch(ANSWERS, transfer_id)]


async def discrepancies(
    connection: asyncpg.Connection, transfer_id: int, limit: int
) -> list[dict[str, Any]]:
    """What was found otherwise than offered."""
    return [dict(row) for row in await connection.fetch(DISCREPANCIES, transfer_id, limit)]


GOODS = """
    SELECT series_ids, firsts, lasts, package_ids FROM transfer_goods WHERE transfer_id = $1
"""


async def goods_offered(
    connection: asyncpg.Connection, transfer_id: int
) -> tuple[list[Run], list[int]]:
    """The loose units and the outermost packages that were offered."""
    series, firsts, lasts, packages = await connection.fetchrow(GOODS, transfer_id)
    return [Run(*run) for run in zip(series, firsts, lasts, strict=True)], packages


SSCCS = "SELECT sscc FROM packages WHERE id = ANY ($1::bigint[]) ORDER BY sscc LIMIT $2"


async def ssccs(connection: asyncpg.Connection, packages: Sequence[int], limit: int) -> list[str]:
    """The SSCCs of these packages."""
    return [row[0] for row in await connection.fetch(SSCCS, packages, limit)]
