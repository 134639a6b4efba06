"""Reading SQL of the label ledger: what was printed, and what became of it."""

from typing import NamedTuple
from uuid import UUID

import asyncpg

from domain.standards.member_state import MemberState

CARD = """
    SELECT prints.id, prints.uuid, prints.participant_id, owner.uuid AS owner,
        owner.name AS owner_name, owner.member_state AS owner_state, asked.uuid AS batch,
        layout_name AS layout, layout_toml, format, dpi, copies, start, cut_marks, resolver, reason, units,
        packages, reprinted, labels, prints.recorded_at
    FROM prints
    JOIN participants AS owner ON owner.id = prints.participant_id
    LEFT JOIN batches AS asked ON asked.id = prints.batch_id
"""
# What of a card is for rules alone, or told under another name.
INTERNAL = frozenset({"id", "uuid", "participant_id", "owner", "owner_name", "owner_state"})
FIND = f"{CARD} WHERE prints.uuid = $1"


async def find(connection: asyncpg.Connection, uuid: UUID) -> asyncpg.Record | None:
    """The card of a print."""
    return await connection.fetchrow(FIND, uuid)


BATCHES = """
    SELECT batches.uuid AS batch, batches.member_state, print_batches.units, print_batches.reprinted
    FROM print_batches JOIN batches ON batches.id = print_batches.batch_id
    WHERE print_id = $1 ORDER BY print_batches.batch_id
"""
RUNS = """
    SELECT batches.uuid AS batch, runs.ordinal AS first, runs.last - runs.first + 1 AS count,
        runs.reprinted
    FROM print_runs AS runs JOIN batches ON batches.id = runs.batch_id
    WHERE print_id = $1 ORDER BY position LIMIT $2
"""
SSCCS = """
    SELECT facts ->> 'sscc' AS sscc, reprinted FROM print_packages
    WHERE print_id = $1 ORDER BY position LIMIT $2
"""
FETCHES = """
    SELECT one.recorded_at, participants.uuid AS participant, one.reason
    FROM print_fetches AS one JOIN participants ON participants.id = one.participant_id
    WHERE one.print_id = $1 ORDER BY one.position
"""
SENDINGS = """
    SELECT sending.position AS number, sending.recorded_at, participants.uuid AS participant,
        printer, first_label, reason, told.sent, told.confirmed, told.state,
        coalesce(told.ended, false) AS ended,
        told.recorded_at AS told_at
    FROM print_sendings AS sending
    JOIN participants ON participants.id = sending.participant_id
    LEFT JOIN LATERAL (
        SELECT sent, confirmed, state, ended, recorded_at FROM print_confirmations AS one
        WHERE one.print_id = sending.print_id AND one.sending = sending.position
        ORDER BY one.position DESC LIMIT 1
    ) AS told ON true
    WHERE sending.print_id = $1 ORDER BY sending.position
"""
FILE = """
    SELECT sha256, bytes, labels, pages, symbols_checked, dpi, module_mm, recorded_at
    FROM print_files WHERE print_id = $1
"""


async def states_of(connection: asyncpg.Connection, print_id: int) -> set[MemberState]:
    """The states that issued what was printed."""
    return {MemberState(row["member_state"]) for row in await connection.fetch(BATCHES, print_id)}


class Account(NamedTuple):
    """What was printed, as far as it is told, and what became of it."""

    runs: list[asyncpg.Record]
    packages: list[asyncpg.Record]
    fetches: list[asyncpg.Record]
    sendings: list[asyncpg.Record]
    file: asyncpg.Record | None


async def account(connection: asyncpg.Connection, print_id: int, most: int) -> Account:
    return Account(
        await connection.fetch(RUNS, print_id, most),
        await connection.fetch(SSCCS, print_id, most),
        await connection.fetch(FETCHES, print_id),
        await connection.fetch(SENDINGS, print_id),
        await connection.fetchrow(FILE, print_id),
    )


# Walks the primary key of print_batches backwards.
LISTED = """
    SELECT prints.uuid AS print, prints.layout_name AS layout, prints.format, prints.copies, prints.reason,
        print_batches.units, print_batches.reprinted, prints.labels, prints.recorded_at,
        (SELECT count(*) FROM print_fetches WHERE print_fetches.print_id = prints.id) AS fetches,
        (SELECT count(*) FROM print_sendings WHERE print_sendings.print_id = prints.id) AS sendings
    FROM print_batches JOIN prints ON prints.id = print_batches.print_id
    WHERE print_batches.batch_id = $1 AND ($2::bigint IS NULL OR print_batches.print_id < $2)
    ORDER BY print_batches.print_id DESC
    LIMIT $3
"""
NUMBER_OF = """
    SELECT print_id FROM print_batches JOIN prints ON prints.id = print_id
    WHERE print_batches.batch_id = $1 AND prints.uuid = $2
"""


async def number_of(connection: asyncpg.Connection, batch_id: int, uuid: UUID) -> int | None:
    """The number of a print of this batch."""
    found: int | None = await connection.fetchval(NUMBER_OF, batch_id, uuid)
    return found


async def listed(
    connection: asyncpg.Connection, batch_id: int, before: int | None, limit: int
) -> list[asyncpg.Record]:
    """The prints of a batch, the newest first, from the one before `before` on."""
    return list(await connection.fetch(LISTED, batch_id, before, limit))
