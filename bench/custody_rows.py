"""The peer of custody: the row table with packages, transfers, and a journal row for each code.

Its indexes on parent and on transfer hold only rows that have one. The journal row of a code names
the parent after the event, which costs nothing where there is none; what is alike for all codes of
an event stands in the event. A receipt is an event that exists once for its till and its number.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO

import asyncpg

from bench import rows
from bench.rows import Row

NAME = "goods"
TABLES = (
    "goods, goods_events, goods_journal, goods_packages, goods_package_journal, goods_transfers"
)
RECEIVER = 2
IN_CIRCULATION, SOLD = 3, 4
STATUS = rows.COLUMNS.index("status")
# How full a page is at first, in percent: each figure's peer gets what serves it best. A row that
# finds room beside itself is updated quickest; in half full pages all do, in roomy ones the few of
# a sale or a transfer; full pages take the least space.
HALF, ROOMY, FULL = 50, 90, 100

# Loaded first and indexed then, which is quickest and leaves the smallest index.
ROWS = rows.TABLE.replace("PRIMARY KEY (gtin, serial)", "CHECK (ordinal >= 0)")
INDEXES = """
    ALTER TABLE goods ADD PRIMARY KEY (gtin, serial);
    CREATE INDEX goods_of_parent ON goods (parent) WHERE parent IS NOT NULL;
    CREATE INDEX goods_of_transfer ON goods (transfer) WHERE transfer IS NOT NULL
"""
AROUND = """
    CREATE TABLE goods_events (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        till text,
        fiscal_document text,
        CONSTRAINT receipt_is_recorded_once UNIQUE (till, fiscal_document)
    );
    CREATE TABLE goods_journal (
        parent bigint,
        batch integer NOT NULL,
        ordinal integer NOT NULL,
        event integer NOT NULL,
        status smallint NOT NULL
    );
    CREATE INDEX ON goods_journal (batch, ordinal);
    CREATE TABLE goods_packages (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        parent bigint,
        transfer bigint,
        holder integer NOT NULL,
        sscc text COLLATE "C" NOT NULL UNIQUE
    );
    CREATE INDEX ON goods_packages (parent) WHERE parent IS NOT NULL;
    CREATE TABLE goods_package_journal (
        package bigint NOT NULL,
        parent bigint,
        event integer NOT NULL
    );
    CREATE INDEX ON goods_package_journal (package);
    CREATE TABLE goods_transfers (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        receiver integer NOT NULL,
        is_accepted boolean NOT NULL DEFAULT false
    )
"""


def in_circulation(family: str, count: int) -> Iterator[Row]:
    """Rows of one batch that its producer may hand over, pack and sell."""
    for row in rows.rows(family, count):
        yield *row[:STATUS], IN_CIRCULATION, *row[STATUS + 1 :]


async def ready(connection: asyncpg.Connection, found: Iterable[Row]) -> bytes:
    """Rows in the form that COPY takes quickest."""
    await rows.create(connection, NAME)
    await rows.load(connection, NAME, found)
    kept = await rows.ready_rows(connection, NAME)
    await drop(connection)
    return kept


async def make(connection: asyncpg.Connection, kept: bytes, *, fill: int) -> None:
    """All tables anew, with these rows, as they are when nothing has happened to them."""
    await drop(connection)
    await connection.execute(ROWS.format(name=NAME))
    await connection.execute(f"ALTER TABLE goods SET (fillfactor = {fill})")
    await connection.copy_to_table(
        NAME, columns=rows.COLUMNS, source=BytesIO(kept), format="binary"
    )
    await connection.execute(INDEXES)
    await connection.execute(AROUND)
    await connection.execute("VACUUM ANALYZE goods")


async def drop(connection: asyncpg.Connection) -> None:
    await connection.execute(f"DROP TABLE IF EXISTS {TABLES}")
