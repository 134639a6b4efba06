"""SQL of deadlines: transfers and blocks, and how their ends are written onto them."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from domain.deadlines.rules import Ending
from domain.registry.reading import columns
from domain.registry.spans import Run, joined, whole_stripes, without
from domain.vocabulary import TransferStatus

TRANSFER = """
    SELECT transfers.id, transfers.uuid, transfers.status, sender_id, receiver.id AS receiver_id,
        offered_units, accepted_units, released_units, sold_units,
        status = 'OFFERED' AND expires_at <= clock_timestamp() AS expired
    FROM transfers
    LEFT JOIN participants AS receiver
        ON receiver.member_state = receiver_state AND receiver.tax_id = receiver_tax_id
    WHERE transfers.id = $1
"""


async def transfer(connection: asyncpg.Connection, transfer_id: int) -> Ending:
    row = await connection.fetchrow(TRANSFER, transfer_id)
    return Ending._make((*row[:2], TransferStatus(row[2]), *row[3:]))


COUNT_ANSWER = """
    UPDATE transfers SET status = $2, accepted_units = accepted_units + $3,
        released_units = released_units + $4, sold_units = sold_units + $5,
        answers = answers + $6, closed_event_id = $7
    WHERE id = $1
"""


async def count_answer(  # noqa: PLR0913 (a row's columns)
    connection: asyncpg.Connection,
    transfer_id: int,
    status: TransferStatus,
    *,
    accepted: int = 0,
    released: int = 0,
    sold: int = 0,
    answers: int = 0,
    closed_by: int | None = None,
) -> None:
    """Write onto a transfer what became of some of its goods; `closed_by` the event that ends it."""
    await connection.execute(
        COUNT_ANSWER, transfer_id, status, accepted, released, sold, answers, closed_by
    )


ADD_ANSWER = """
    INSERT INTO transfer_answers
        (transfer_id, event_id, uuid, kind, assurance, accepted_units, released_units)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def add_answer(connection: asyncpg.Connection, answer: Sequence[Any]) -> None:
    """Keep an answer: transfer, event, uuid, kind, assurance, units accepted, units released."""
    await connection.execute(ADD_ANSWER, *answer)


DUE_TRANSFERS = """
    SELECT id FROM transfers
    WHERE status = 'OFFERED' AND expires_at <= clock_timestamp()
    ORDER BY expires_at LIMIT $1
"""


async def due_transfers(connection: asyncpg.Connection, limit: int) -> list[int]:
    """Open transfers whose deadline has passed."""
    return [row[0] for row in await connection.fetch(DUE_TRANSFERS, limit)]


class StandingBlock(NamedTuple):
    """A block, as far as its end asks."""

    id: int
    uuid: UUID
    scope: str
    authority_id: int
    package_id: int | None
    batch_id: int | None
    lot_id: int | None
    gtin: str | None
    ended: bool
    due: bool


BLOCK = """
    SELECT id, uuid, scope, authority_id, package_id, batch_id, lot_id, gtin,
        ended_event_id IS NOT NULL,
        ended_event_id IS NULL AND until <= clock_timestamp()
    FROM blocks WHERE id = $1
"""
BLOCK_ALONE = BLOCK + " FOR NO KEY UPDATE"


async def lock_block(connection: asyncpg.Connection, block_id: int) -> StandingBlock:
    """The block, for this transaction alone until it ends."""
    return StandingBlock(*await connection.fetchrow(BLOCK_ALONE, block_id))


async def block(connection: asyncpg.Connection, block_id: int) -> StandingBlock:
    return StandingBlock(*await connection.fetchrow(BLOCK, block_id))


async def authority_of(connection: asyncpg.Connection, block_id: int) -> int:
    """Whose block it is."""
    return (await block(connection, block_id)).authority_id


RUNS_OF_BLOCK = """
    SELECT series_id, first, last FROM block_runs WHERE block_id = $1 ORDER BY series_id, first
"""


async def runs_of_block(connection: asyncpg.Connection, block_id: int) -> list[Run]:
    return [Run(*row) for row in await connection.fetch(RUNS_OF_BLOCK, block_id)]


# A run of a block stays within a stripe, as spans do: those that may meet others are found by a range
# scan of each stripe, however many there are elsewhere.
# OFFSET 0 keeps the planner, which knows nothing of how far a stripe reaches, from reading all runs.
OTHER_BLOCKS = """
    SELECT other.series_id, other.first, other.last
    FROM unnest($2::integer[], $3::bigint[], $4::bigint[]) AS stripe (series_id, first, last)
    CROSS JOIN LATERAL (
        SELECT run.series_id, run.first, run.last, run.block_id
        FROM block_runs AS run
        WHERE run.series_id = stripe.series_id
            AND run.first BETWEEN stripe.first AND stripe.last
        OFFSET 0
    ) AS other
    CROSS JOIN LATERAL (
        SELECT FROM blocks WHERE id = other.block_id AND ended_event_id IS NULL OFFSET 0
    ) AS in_force
    WHERE other.block_id <> $1
"""


async def covered_by_others(
    connection: asyncpg.Connection, block_id: int, mine: Sequence[Run]
) -> list[Run]:
    """The parts of a block's sorted runs that other blocks, not ended yet, cover too."""
    rows = await connection.fetch(OTHER_BLOCKS, block_id, *columns(whole_stripes(mine)))
    others = joined(Run(*row) for row in rows)
    return without(mine, without(mine, others))


# Not every holder of such goods: those who brought them into being, told the lot, keep the card.
ANSWERING_FOR = """
    SELECT participant_id FROM batches WHERE id = $1
    UNION
    SELECT same.participant_id
    FROM lots AS named
    JOIN lots AS same ON same.gtin = named.gtin AND same.lot_number = named.lot_number
    WHERE named.id = $2
    UNION
    SELECT owner_id FROM products WHERE gtin = $3
"""


async def answering_for(
    connection: asyncpg.Connection, batch_id: int | None, lot_id: int | None, gtin: str | None
) -> list[int]:
    """Whom a block on this batch, lot or GTIN concerns."""
    return [row[0] for row in await connection.fetch(ANSWERING_FOR, batch_id, lot_id, gtin)]


RECEIVERS = """
    SELECT receiver.id
    FROM transfers
    JOIN participants AS receiver
        ON receiver.member_state = receiver_state AND receiver.tax_id = receiver_tax_id
    WHERE transfers.id = ANY ($1::bigint[])
"""


async def receivers_of(connection: asyncpg.Connection, transfers: Sequence[int]) -> list[int]:
    """Who is to receive these transfers, as far as they are registered."""
    return [row[0] for row in await connection.fetch(RECEIVERS, transfers)]


OTHERS_ON_PACKAGE = """
    SELECT EXISTS (
        SELECT FROM blocks WHERE package_id = $1 AND id <> $2 AND ended_event_id IS NULL
    )
"""


async def other_blocks_on(connection: asyncpg.Connection, package_id: int, block_id: int) -> bool:
    found: bool = await connection.fetchval(OTHERS_ON_PACKAGE, package_id, block_id)
    return found


END_BLOCK = "UPDATE blocks SET ended_event_id = $2 WHERE id = $1"


async def end_block(connection: asyncpg.Connection, block_id: int, event_id: int) -> None:
    await connection.execute(END_BLOCK, block_id, event_id)


DUE_BLOCKS = """
    SELECT id FROM blocks WHERE ended_event_id IS NULL AND until <= clock_timestamp()
    ORDER BY until LIMIT $1
"""


async def due_blocks(connection: asyncpg.Connection, limit: int) -> list[int]:
    """Blocks whose term has passed."""
    return [row[0] for row in await connection.fetch(DUE_BLOCKS, limit)]
