"""SQL of blocks: what they cover, and those that were placed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from domain.blocking.orders import BlockCard
from domain.registry.spans import Run, by_stripe
from domain.standards.member_state import MemberState
from domain.vocabulary import BlockScope


class NewBlock(NamedTuple):
    """A block as it is recorded; the columns of `blocks` but its id."""

    uuid: UUID
    scope: BlockScope
    authority_id: int
    member_state: MemberState
    batch_id: int | None
    lot_id: int | None
    package_id: int | None
    gtin: str | None
    product_group: str | None
    reason: str
    legal_basis: str | None
    until: datetime | None
    since: datetime
    event_id: int


ADD_BLOCK = f"""
    INSERT INTO blocks ({", ".join(NewBlock._fields)})
    VALUES ({", ".join(f"${at}" for at in range(1, len(NewBlock._fields) + 1))})
    RETURNING id
"""  # noqa: S608 (column names are constants)


async def add_block(connection: asyncpg.Connection, block: NewBlock) -> int:
    """Keep the block; returns its number."""
    number: int = await connection.fetchval(ADD_BLOCK, *block)
    return number


RUN_COLUMNS = ("block_id", "series_id", "first", "last")


async def add_runs(connection: asyncpg.Connection, block_id: int, runs: Sequence[Run]) -> None:
    """Keep the numbers that a block covers. Their stripes are locked."""
    rows = [(block_id, *part) for run in runs for part in by_stripe(run)]
    await connection.copy_records_to_table("block_runs", columns=RUN_COLUMNS, records=rows)


class Whole(NamedTuple):
    """A batch or lot to be blocked as a whole, and its product group."""

    id: int
    product_group: str


BATCH = """
    SELECT batches.id, products.product_group
    FROM batches JOIN products ON products.gtin = batches.gtin
    WHERE batches.uuid = $1
"""


async def batch_named(connection: asyncpg.Connection, uuid: UUID) -> Whole | None:
    row = await connection.fetchrow(BATCH, uuid)
    return Whole(*row) if row else None


# Any that was told with this number stands for all: a block matches by GTIN and number.
LOT = """
    SELECT lots.id, products.product_group
    FROM lots JOIN products ON products.gtin = lots.gtin
    WHERE lots.gtin = $1 AND lots.lot_number = $2
    LIMIT 1
"""


async def lot_named(connection: asyncpg.Connection, gtin: str, lot_number: str) -> Whole | None:
    row = await connection.fetchrow(LOT, gtin, lot_number)
    return Whole(*row) if row else None


CARD = """
    SELECT blocks.id, blocks.uuid, blocks.scope, blocks.member_state, authority.uuid,
        authority.name, blocks.reason, blocks.legal_basis, blocks.since, blocks.until,
        blocks.event_id,
        blocks.ended_event_id IS NULL
            AND (blocks.until IS NULL OR blocks.until > clock_timestamp()),
        ended.id, ended.kind, ended.recorded_at, batches.uuid, packages.sscc, lots.gtin,
        lots.lot_number, blocks.gtin, blocks.product_group, covered.units
    FROM blocks
    JOIN participants AS authority ON authority.id = blocks.authority_id
    LEFT JOIN events AS ended ON ended.id = blocks.ended_event_id
    LEFT JOIN batches ON batches.id = blocks.batch_id
    LEFT JOIN packages ON packages.id = blocks.package_id
    LEFT JOIN lots ON lots.id = blocks.lot_id
    LEFT JOIN LATERAL (
        SELECT sum(last - first + 1)::bigint AS units FROM block_runs
        WHERE block_runs.block_id = blocks.id
    ) AS covered ON true
"""
CARD_NAMED = f"{CARD} WHERE blocks.uuid = $1"
CARDS = f"""
    {CARD}
    WHERE blocks.member_state = $1 AND ($2::bigint IS NULL OR blocks.id < $2)
    ORDER BY blocks.id DESC LIMIT $3
"""


def card_of(row: Sequence[Any]) -> BlockCard:
    scope, state = BlockScope(row[2]), MemberState(row[3])
    return BlockCard._make((*row[:2], scope, state, *row[4:]))


async def find_card(connection: asyncpg.Connection, uuid: UUID) -> BlockCard | None:
    row = await connection.fetchrow(CARD_NAMED, uuid)
    return card_of(row) if row else None


async def cards_of(
    connection: asyncpg.Connection, state: MemberState, before: int | None, limit: int
) -> list[BlockCard]:
    """The blocks of a member state, the newest first."""
    return [card_of(row) for row in await connection.fetch(CARDS, state, before, limit)]


FIRST_RUNS = """
    SELECT series_id, first, last FROM block_runs
    WHERE block_id = $1 ORDER BY series_id, first LIMIT $2
"""


async def first_runs(connection: asyncpg.Connection, block_id: int, limit: int) -> list[Run]:
    return [Run(*row) for row in await connection.fetch(FIRST_RUNS, block_id, limit)]
