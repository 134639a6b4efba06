"""SQL of printing: what a print pinned, and every use that is made of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from domain.codes.orders import LotData
from domain.printing.portions import Own, PinnedBatch, PinnedRun, PrintedFile
from domain.printing.rules import SILENT_SECONDS, Sent, Told, Uses
from domain.prints.told import PackageFacts
from domain.registry.reading import columns
from domain.registry.spans import Run


class PinnedPrint(NamedTuple):
    """A print as it was ordered; the columns of `prints`."""

    id: int
    uuid: UUID
    participant_id: int
    layout_name: str
    layout_toml: str
    format: str
    dpi: int
    copies: int
    start: int
    cut_marks: bool
    resolver: str | None
    units: int
    labels: int
    facts: dict[str, Any]


FIND = f"SELECT {', '.join(PinnedPrint._fields)} FROM prints WHERE uuid = $1"  # noqa: S608


async def find(connection: asyncpg.Connection, uuid: UUID) -> PinnedPrint | None:
    row = await connection.fetchrow(FIND, uuid)
    return PinnedPrint(*row) if row else None


# Of two that make use of one print at once, one is the first. Nothing else is locked with it.
LOCK = "SELECT pg_advisory_xact_lock(20180207, ($1::bigint % 2147483647)::integer)"


async def lock(connection: asyncpg.Connection, print_id: int) -> None:
    """Hold off others that would fetch or send this print, until the transaction ends."""
    await connection.execute(LOCK, print_id)


RUNS = """
    SELECT series_id, first, last, batch_id, lot_id FROM print_runs
    WHERE print_id = $1 ORDER BY position
"""


async def runs(connection: asyncpg.Connection, print_id: int) -> list[PinnedRun]:
    """The units of a print, in the order of their labels."""
    return [PinnedRun(*row) for row in await connection.fetch(RUNS, print_id)]


PACKAGES = "SELECT facts FROM print_packages WHERE print_id = $1 ORDER BY position"


async def packages(connection: asyncpg.Connection, print_id: int) -> list[PackageFacts]:
    """The packages of a print, in the order of their labels."""
    return [PackageFacts(**row["facts"]) for row in await connection.fetch(PACKAGES, print_id)]


BATCHES = """
    SELECT batches.id, batches.gtin, member_state, template, verification_key_id, price_minor,
        batches.tnved, card.name
    FROM batches
    JOIN product_versions AS card ON card.gtin = batches.gtin AND card.version = product_version
    WHERE batches.id = ANY ($1::bigint[])
"""


async def batches(connection: asyncpg.Connection, ids: Sequence[int]) -> list[PinnedBatch]:
    """Batches as their codes are printed, with the names their products had then."""
    return [PinnedBatch(*row) for row in await connection.fetch(BATCHES, ids)]


LOTS = """
    SELECT id, lot_number, produced_on, expires_on FROM lots WHERE id = ANY ($1::bigint[])
"""


async def lots(connection: asyncpg.Connection, ids: Sequence[int]) -> dict[int, LotData]:
    """What was told of these lots."""
    rows = await connection.fetch(LOTS, ids) if ids else []
    return {row[0]: LotData(row[1], row[2], row[3]) for row in rows}


OWN = """
    SELECT own.series_id, own.number, own.serial, own.foreign_tail
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS run (series_id, first, last)
    JOIN registered_serials AS own
        ON own.series_id = run.series_id AND own.number BETWEEN run.first AND run.last
"""


async def own(connection: asyncpg.Connection, runs_: Sequence[Run]) -> Own:
    """The registered serials of these runs, with other operators' tails."""
    rows = await connection.fetch(OWN, *columns(runs_)) if runs_ else []
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


FETCHES = "SELECT count(*), min(recorded_at) FROM print_fetches WHERE print_id = $1"
SENDINGS = """
    SELECT sending.position, coalesce(max(told.sent), 0)::bigint,
        coalesce(max(told.confirmed), 0)::bigint, sending.recorded_at, sending.printer,
        coalesce(bool_or(told.ended), false),
        greatest(sending.recorded_at, max(told.recorded_at))
            < clock_timestamp() - make_interval(secs => $2)
    FROM print_sendings AS sending
    LEFT JOIN print_confirmations AS told
        ON told.print_id = sending.print_id AND told.sending = sending.position
    WHERE sending.print_id = $1
    GROUP BY sending.print_id, sending.position ORDER BY sending.position
"""


async def uses(connection: asyncpg.Connection, print_id: int) -> Uses:
    """How often labels of this print were made."""
    fetches, first_at = await connection.fetchrow(FETCHES, print_id)
    sendings = [Sent(*row) for row in await connection.fetch(SENDINGS, print_id, SILENT_SECONDS)]
    return Uses(fetches, first_at, sendings)


ADD_FETCH = """
    INSERT INTO print_fetches (print_id, position, participant_id, reason) VALUES ($1, $2, $3, $4)
"""
ADD_SENDING = """
    INSERT INTO print_sendings (print_id, position, participant_id, printer, first_label, reason)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
# One sending is told of by one connection to one printer, so that nobody else counts with it.
ADD_CONFIRMATION = """
    INSERT INTO print_confirmations (print_id, sending, position, sent, confirmed, state, ended)
    SELECT prints.id, $2,
        (
            SELECT coalesce(max(one.position), 0) + 1 FROM print_confirmations AS one
            WHERE one.print_id = prints.id AND one.sending = $2
        ),
        $3, $4, $5, $6
    FROM prints WHERE prints.uuid = $1
"""


async def add_fetch(
    connection: asyncpg.Connection,
    print_id: int,
    position: int,
    participant_id: int,
    reason: str | None,
) -> None:
    await connection.execute(ADD_FETCH, print_id, position, participant_id, reason)


async def add_sending(connection: asyncpg.Connection, *row: object) -> None:
    """A row of print_sendings: print, position, participant, printer, first label, reason."""
    await connection.execute(ADD_SENDING, *row)


async def add_confirmation(
    connection: asyncpg.Connection, uuid: UUID, sending: int, told: Told
) -> None:
    await connection.execute(ADD_CONFIRMATION, uuid, sending, *told)


ADD_FILE = """
    INSERT INTO print_files
        (print_id, sha256, bytes, labels, pages, symbols_checked, dpi, module_mm)
    SELECT prints.id, $2, $3, $4, $5, $6, $7, $8 FROM prints WHERE uuid = $1
    ON CONFLICT DO NOTHING
"""
DIGEST = """
    SELECT sha256 FROM print_files JOIN prints ON prints.id = print_id WHERE uuid = $1
"""


async def add_file(connection: asyncpg.Connection, uuid: UUID, file: PrintedFile) -> bytes:
    """Keep the report of a print's file, if it is the first; returns the digest that is kept."""
    await connection.execute(ADD_FILE, uuid, *file)
    digest: bytes = await connection.fetchval(DIGEST, uuid)
    return digest
