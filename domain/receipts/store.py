"""SQL of receipts: each is kept once, and what it takes out of transfers is counted there."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.deadlines.rules import Ending
from domain.receipts.rules import Key, Receipt, SoldOut
from domain.vocabulary import DiscrepancyKind, TransferStatus

# Calls of one till happen one after another, so that none records what another is recording. Taken
# right after the request's id and before all other locks, in the order of their keys.
LOCK_TILLS = """
    SELECT pg_advisory_xact_lock(20180205, locked.key)
    FROM (
        SELECT DISTINCT hashtext($1::integer::text || ' ' || till) AS key
        FROM unnest($2::text[]) AS till ORDER BY 1
    ) AS locked
"""


async def lock_tills(
    connection: asyncpg.Connection, participant_id: int, tills: Collection[str]
) -> None:
    """Let no other call record receipts of these tills until the transaction ends."""
    await connection.execute(LOCK_TILLS, participant_id, list(tills))


class Recorded(NamedTuple):
    """A receipt that was recorded before."""

    digest: bytes
    event_id: int | None
    answer: dict[str, Any]


# One probe of the primary key each.
RECORDED = """
    SELECT asked.till, asked.fiscal_document, receipts.digest, receipts.event_id, receipts.answer
    FROM unnest($2::text[], $3::text[]) AS asked (till, fiscal_document)
    CROSS JOIN LATERAL (
        SELECT digest, event_id, answer FROM receipts
        WHERE participant_id = $1 AND receipts.till = asked.till
            AND receipts.fiscal_document = asked.fiscal_document
        LIMIT 1
    ) AS receipts
"""


async def recorded(
    connection: asyncpg.Connection, participant_id: int, keys: Collection[Key]
) -> dict[Key, Recorded]:
    """Those of the participant's receipts that were recorded before."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    rows = await connection.fetch(RECORDED, participant_id, *columns)
    return {(row[0], row[1]): Recorded(*row[2:]) for row in rows}


COLUMNS = (
    "participant_id",
    "till",
    "fiscal_document",
    "kind",
    "digest",
    "request_id",
    "event_id",
    "answer",
)


class NewReceipt(NamedTuple):
    """A receipt about to be kept, its event, and what is told of it if it is sent again."""

    receipt: Receipt
    digest: bytes
    event_id: int | None
    answer: dict[str, Any]


async def add(
    connection: asyncpg.Connection,
    participant_id: int,
    request_id: UUID,
    receipts: Iterable[NewReceipt],
) -> None:
    """Keep these receipts."""
    rows = [
        (
            participant_id,
            *new.receipt[:3],
            new.digest,
            request_id,
            new.event_id,
            orjson.dumps(new.answer).decode(),
        )
        for new in receipts
    ]
    await connection.copy_records_to_table("receipts", columns=COLUMNS, records=rows)


OF_TILL = """
    SELECT till, fiscal_document, receipts.kind, event_id AS event, receipts.request_id AS request,
        answer, events.occurred_at AS issued_at, events.recorded_at
    FROM receipts LEFT JOIN events ON events.id = event_id
    WHERE receipts.participant_id = $1 AND till = $2
        AND ($3::text IS NULL OR fiscal_document > $3)
    ORDER BY fiscal_document LIMIT $4
"""


async def of_till(
    connection: asyncpg.Connection, participant_id: int, till: str, after: str | None, limit: int
) -> list[asyncpg.Record]:
    """A page of the receipts of a till, in the order of their fiscal documents as texts."""
    return list(await connection.fetch(OF_TILL, participant_id, till, after, limit))


TRANSFERS = """
    SELECT transfers.id, transfers.uuid, transfers.status, sender_id, receiver.id AS receiver_id,
        offered_units, accepted_units, released_units, sold_units, false AS expired
    FROM transfers
    LEFT JOIN participants AS receiver
        ON receiver.member_state = receiver_state AND receiver.tax_id = receiver_tax_id
    WHERE transfers.id = ANY ($1::bigint[])
"""


async def transfers(connection: asyncpg.Connection, ids: Collection[int]) -> dict[int, Ending]:
    """How these transfers stand under their locks: no deadline of theirs has passed."""
    rows = await connection.fetch(TRANSFERS, list(ids)) if ids else ()
    return {row[0]: Ending._make((*row[:2], TransferStatus(row[2]), *row[3:])) for row in rows}


COUNT_SOLD = """
    UPDATE transfers SET sold_units = sold_units + told.units, status = told.status,
        closed_event_id = told.event_id, answers = answers + (told.event_id IS NOT NULL)::integer
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])
        AS told (id, units, status, event_id)
    WHERE transfers.id = told.id
"""
# Nothing is left: this answer is given by nobody, and moves nothing.
ADD_CLOSURES = """
    INSERT INTO transfer_answers (transfer_id, event_id, uuid, kind, accepted_units, released_units)
    SELECT told.id, told.event_id, $3, 'CLOSED', 0, 0
    FROM unnest($1::bigint[], $2::bigint[]) AS told (id, event_id)
"""


async def count_sold(
    connection: asyncpg.Connection, request_id: UUID, sold: Sequence[SoldOut]
) -> None:
    """Write onto transfers what was sold out of them, and close those left empty."""
    await connection.execute(COUNT_SOLD, *(list(column) for column in zip(*sold, strict=True)))
    closed = [one for one in sold if one.closed_by is not None]
    if closed:
        ids, events = [one.transfer_id for one in closed], [one.closed_by for one in closed]
        await connection.execute(ADD_CLOSURES, ids, events, request_id)


class Missing(NamedTuple):
    """A line of a transfer's discrepancies."""

    transfer_id: int
    event_id: int
    position: int
    code: str
    units: int
    note: str | None


DISCREPANCY_COLUMNS = ("transfer_id", "event_id", "position", "kind", "code", "units", "note")


async def add_missing(connection: asyncpg.Connection, missing: Iterable[Missing]) -> None:
    """List what was sold out of transfers among what is missing there."""
    rows = [(*line[:3], DiscrepancyKind.SOLD, *line[3:]) for line in missing]
    await connection.copy_records_to_table(
        "discrepancies", columns=DISCREPANCY_COLUMNS, records=rows
    )
