"""SQL of batches: spaces and series to take numbers from, batches, registered serials."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.codes.orders import LotData
from domain.registry.spans import Interval, Run, stripes_of


class OrderedProduct(NamedTuple):
    """What a batch needs to know of its product."""

    gtin: str
    owner_id: int
    product_group: str
    version: int


# KEY SHARE: whoever would give the product another group waits until this batch is there.
PRODUCT = """
    SELECT gtin, owner_id, product_group, version FROM products WHERE gtin = $1 FOR KEY SHARE
"""


async def find_product(connection: asyncpg.Connection, gtin: str) -> OrderedProduct | None:
    row = await connection.fetchrow(PRODUCT, gtin)
    return OrderedProduct(*row) if row else None


class Space(NamedTuple):
    """A number space; `next_block` is the first number not yet granted to a series."""

    id: int
    gtin: str
    serial_length: int
    first_character: str | None
    alphabet: str
    next_block: int


SPACE_COLUMNS = "id, gtin, serial_length, first_character, alphabet, next_block"

NAME_FORM = """
    INSERT INTO serial_forms (gtin, serial_length, has_first_character) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
"""
# The foreign key to serial_forms refuses a space whose GTIN has serials of the other form.
NAME_SPACE = """
    INSERT INTO number_spaces (gtin, serial_length, first_character, alphabet, next_block)
    VALUES ($1, $2, $3, $4, 0)
"""
LOCK_SPACE = f"""
    SELECT {SPACE_COLUMNS} FROM number_spaces
    WHERE gtin = $1 AND serial_length = $2 AND first_character IS NOT DISTINCT FROM $3
    FOR NO KEY UPDATE
"""  # noqa: S608 (column names are a constant of this file)


async def lock_space(
    connection: asyncpg.Connection, gtin: str, serial_length: int, first_character: str | None
) -> Space | None:
    """The space, locked until the transaction ends; None if there is none yet."""
    row = await connection.fetchrow(LOCK_SPACE, gtin, serial_length, first_character)
    return Space(*row) if row else None


async def add_space(
    connection: asyncpg.Connection,
    gtin: str,
    serial_length: int,
    first_character: str | None,
    alphabet: str,
) -> Space:
    """A new space, locked; the GTIN's serials are locked already."""
    await connection.execute(NAME_FORM, gtin, serial_length, first_character is not None)
    key = (gtin, serial_length, first_character)
    await connection.execute(NAME_SPACE, *key, alphabet)
    return Space(*await connection.fetchrow(LOCK_SPACE, *key))


# Registering serials and making a space of the same form must not miss each other: both lock the
# product's row first. Allotment from a space that is there locks the space alone.
LOCK_SERIALS = "SELECT gtin FROM products WHERE gtin = $1 FOR NO KEY UPDATE"


async def lock_serials(connection: asyncpg.Connection, gtin: str) -> None:
    """Hold off whoever would register serials of this GTIN, or open a space of it."""
    await connection.execute(LOCK_SERIALS, gtin)


SPACES_OF_GTINS = f"""
    SELECT {SPACE_COLUMNS} FROM number_spaces WHERE gtin = ANY ($1::text[]) ORDER BY id
"""  # noqa: S608


async def spaces_of(connection: asyncpg.Connection, gtins: Sequence[str]) -> list[Space]:
    """Every number space of these GTINs."""
    return [Space(*row) for row in await connection.fetch(SPACES_OF_GTINS, gtins)]


# Space row first, then its series by id: the one order. `space_id` null: registered serials.
OPEN_SERIES = """
    SELECT id, next_number, last FROM series
    WHERE space_id = $1 AND member_state = $2 AND template = $3 AND next_number <= last
    ORDER BY id
    FOR NO KEY UPDATE
"""


async def open_series(
    connection: asyncpg.Connection, space_id: int, member_state: str, template: str
) -> list[Run]:
    """What the series of this state and template have left, locked."""
    rows = await connection.fetch(OPEN_SERIES, space_id, member_state, template)
    return [Run(*row) for row in rows]


GRANT = """
    INSERT INTO series (space_id, gtin, member_state, template, first, last, next_number)
    SELECT $1, $2, $3, $4, first, last, first
    FROM unnest($5::bigint[], $6::bigint[]) AS block (first, last)
    RETURNING id, first, last
"""
MOVE_BLOCKS = "UPDATE number_spaces SET next_block = $2 WHERE id = $1"


async def grant_blocks(
    connection: asyncpg.Connection,
    space: Space,
    member_state: str,
    template: str,
    blocks: Sequence[tuple[int, int]],
) -> list[Run]:
    """Make a series of each block; the space is locked."""
    firsts, lasts = [block[0] for block in blocks], [block[1] for block in blocks]
    rows = await connection.fetch(
        GRANT, space.id, space.gtin, member_state, template, firsts, lasts
    )
    await connection.execute(MOVE_BLOCKS, space.id, lasts[-1] + 1)
    return sorted((Run(*row) for row in rows), key=lambda run: run.first)


# The partial unique index lets two that start the same series at once find one.
REGISTERED_SERIES = """
    INSERT INTO series (space_id, gtin, member_state, template, first, last, next_number)
    VALUES (NULL, $1, $2, $3, 0, 4611686018427387903, 0)
    ON CONFLICT (gtin, member_state, template) WHERE space_id IS NULL DO NOTHING
"""
LOCK_REGISTERED_SERIES = """
    SELECT id, next_number, last FROM series
    WHERE space_id IS NULL AND gtin = $1 AND member_state = $2 AND template = $3
    FOR NO KEY UPDATE
"""


async def lock_registered_series(
    connection: asyncpg.Connection, gtin: str, member_state: str, template: str
) -> Run:
    """What the series of registered serials has left, locked."""
    key = (gtin, member_state, template)
    row = await connection.fetchrow(LOCK_REGISTERED_SERIES, *key)
    if row is None:
        await connection.execute(REGISTERED_SERIES, *key)
        row = await connection.fetchrow(LOCK_REGISTERED_SERIES, *key)
    return Run(*row)


RESERVED = """
    SELECT number FROM reserved_numbers
    JOIN unnest($2::bigint[], $3::bigint[]) AS free (first, last) ON number BETWEEN first AND last
    WHERE space_id = $1 ORDER BY number
"""


async def reserved_numbers(
    connection: asyncpg.Connection, space_id: int, free: Sequence[Run]
) -> list[int]:
    """The reserved numbers among these free ones, sorted."""
    firsts, lasts = [run.first for run in free], [run.last for run in free]
    return [row[0] for row in await connection.fetch(RESERVED, space_id, firsts, lasts)]


RESERVE = """
    INSERT INTO reserved_numbers (space_id, number) SELECT $1, unnest($2::bigint[])
    ON CONFLICT DO NOTHING
"""


async def reserve(connection: asyncpg.Connection, space_id: int, numbers: Sequence[int]) -> None:
    """Keep these numbers from allotment; the space is locked."""
    await connection.execute(RESERVE, space_id, numbers)


ISSUED_AMONG = """
    SELECT number FROM unnest($2::bigint[]) AS asked (number)
    WHERE EXISTS (
        SELECT FROM series
        WHERE space_id = $1 AND number >= first AND number < next_number
    )
"""


async def issued_among(
    connection: asyncpg.Connection, space_id: int, numbers: Sequence[int]
) -> set[int]:
    """Those of these numbers that some series of the space has issued already."""
    return {row[0] for row in await connection.fetch(ISSUED_AMONG, space_id, numbers)}


TAKE = """
    UPDATE series SET next_number = taken.after
    FROM unnest($1::integer[], $2::bigint[]) AS taken (series_id, after)
    WHERE series.id = taken.series_id
"""
# A stripe may hold numbers of an earlier batch already.
OPEN_STRIPES = """
    INSERT INTO stripes (series_id, stripe)
    SELECT * FROM unnest($1::integer[], $2::bigint[])
    ON CONFLICT DO NOTHING
"""


async def take(connection: asyncpg.Connection, runs: Sequence[Run]) -> None:
    """Note that these numbers are issued, and open the stripes they lie in."""
    after = {run.series_id: run.last + 1 for run in runs}
    await connection.execute(TAKE, list(after), list(after.values()))
    stripes = stripes_of(runs)
    await connection.execute(
        OPEN_STRIPES, [pair[0] for pair in stripes], [pair[1] for pair in stripes]
    )


FIND_LOT = """
    SELECT id FROM lots
    WHERE participant_id = $1 AND gtin = $2 AND lot_number IS NOT DISTINCT FROM $3
        AND produced_on IS NOT DISTINCT FROM $4 AND expires_on IS NOT DISTINCT FROM $5
        AND customs IS NOT DISTINCT FROM $6::text::jsonb
"""
ADD_LOT = """
    INSERT INTO lots (participant_id, gtin, lot_number, produced_on, expires_on, customs)
    VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)
    ON CONFLICT DO NOTHING
    RETURNING id
"""


async def lot_id(
    connection: asyncpg.Connection, participant_id: int, gtin: str, lot: LotData
) -> int:
    """The number of this lot; lots told alike are one."""
    customs = (
        orjson.dumps(lot.customs, option=orjson.OPT_SORT_KEYS).decode() if lot.customs else None
    )
    key = (participant_id, gtin, lot.lot_number, lot.produced_on, lot.expires_on, customs)
    found = await connection.fetchval(FIND_LOT, *key)
    added = found or await connection.fetchval(ADD_LOT, *key)
    return int(added or await connection.fetchval(FIND_LOT, *key))


class NewBatch(NamedTuple):
    """A batch as it is recorded; the columns of `batches` but its id."""

    uuid: UUID
    participant_id: int
    gtin: str
    product_version: int
    member_state: str
    template: str
    emission: str
    quantity: int
    verification_key_id: str
    price_minor: int | None
    tnved: str | None
    event_id: int


ADD_BATCH = f"""
    INSERT INTO batches ({", ".join(NewBatch._fields)})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    RETURNING id
"""  # noqa: S608
ADD_INTERVALS = """
    INSERT INTO batch_intervals (batch_id, series_id, first, last, ordinal)
    SELECT $1, * FROM unnest($2::integer[], $3::bigint[], $4::bigint[], $5::bigint[])
"""


async def add_batch(
    connection: asyncpg.Connection, batch: NewBatch, runs: Sequence[Run]
) -> list[Interval]:
    """Record the batch; its units are these runs in this order."""
    batch_id = await connection.fetchval(ADD_BATCH, *batch)
    intervals, ordinal = [], 0
    for run in runs:
        intervals.append(Interval(*run, batch_id, ordinal))
        ordinal += run.units
    await connection.execute(
        ADD_INTERVALS,
        batch_id,
        [one.series_id for one in intervals],
        [one.first for one in intervals],
        [one.last for one in intervals],
        [one.ordinal for one in intervals],
    )
    return intervals


class OwnSerial(NamedTuple):
    """A registered serial; `foreign_tail` is another operator's text after AI 21, if any."""

    gtin: str
    serial: str
    series_id: int
    number: int
    foreign_tail: str | None


# In key order, so that two that register the same serials queue instead of deadlocking.
ADD_SERIALS = """
    INSERT INTO registered_serials (gtin, serial, series_id, number, foreign_tail)
    SELECT $1, * FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::text[])
        AS own (serial, series_id, number, foreign_tail)
    ORDER BY serial
    ON CONFLICT DO NOTHING
    RETURNING serial
"""


async def add_serials(
    connection: asyncpg.Connection, gtin: str, serials: Sequence[OwnSerial]
) -> set[str]:
    """Register these serials; returns those that were not registered before."""
    rows = await connection.fetch(
        ADD_SERIALS,
        gtin,
        [one.serial for one in serials],
        [one.series_id for one in serials],
        [one.number for one in serials],
        [one.foreign_tail for one in serials],
    )
    return {row[0] for row in rows}


SERIALS_OF_LENGTH = """
    SELECT serial FROM registered_serials
    WHERE gtin = $1 AND length(serial) = $2 AND ($3::text IS NULL OR left(serial, 1) = $3)
"""


async def registered_of_form(connection: asyncpg.Connection, space: Space) -> list[str]:
    """The registered serials that this space could compute too."""
    rows = await connection.fetch(
        SERIALS_OF_LENGTH, space.gtin, space.serial_length, space.first_character
    )
    return [row[0] for row in rows]
