"""The peer: a table with a row for each code, as it is built where nobody knows better.

Columns stand so that rows pack; texts compare by bytes; status is two bytes, ids are integers.
The journal names a code by (batch, ordinal), twelve bytes that come in order, which is quicker to
write than (gtin, serial).
"""

import hmac
import random
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import asyncpg

from domain.standards.alphabets import Alphabet

MILLION = 1_000_000
GTIN = "04600000000015"
ALPHABET = Alphabet.SET_82.characters
KEY = bytes(range(32))
KEY_ID = "5ABC"
GS = "\x1d"
STATE_DIGIT = "5"
HOLDER, BATCH = 1, 1
ISSUED, APPLIED = 1, 2
MAC_BYTES = {"S": 3, "L44": 32}
COLUMNS = (
    "parent",
    "transfer",
    "batch",
    "ordinal",
    "holder",
    "status",
    "gtin",
    "serial",
    "verification_code",
)

TABLE = """
    CREATE TABLE {name} (
        parent bigint,
        transfer bigint,
        batch integer NOT NULL,
        ordinal integer NOT NULL,
        holder integer NOT NULL,
        status smallint NOT NULL,
        gtin text COLLATE "C" NOT NULL,
        serial text COLLATE "C" NOT NULL,
        verification_code text COLLATE "C" NOT NULL,
        PRIMARY KEY (gtin, serial)
    )
"""
EVENTS = """
    CREATE TABLE {name}_events (
        id integer PRIMARY KEY,
        kind text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE {name}_journal (
        batch integer NOT NULL,
        ordinal integer NOT NULL,
        event integer NOT NULL,
        status smallint NOT NULL
    );
    CREATE INDEX ON {name}_journal (batch, ordinal);
"""

Row = tuple[Any, ...]


def codes(family: str, count: int) -> list[str]:
    """Whole marking codes, made by the same loop."""
    choices, digest, size = random.choices, hmac.digest, MAC_BYTES[family]
    head, middle = f"01{GTIN}21", tail(family)
    found = []
    for _ in range(count):
        code = head + STATE_DIGIT + "".join(choices(ALPHABET, k=12))
        made = digest(KEY, code.encode(), "sha256")[:size]
        found.append(code + middle + b64encode(made).decode())
    return found


def tail(family: str) -> str:
    """What stands between serial and verification code."""
    return f"{GS}93" if family == "S" else f"{GS}91{KEY_ID}{GS}92"


def code_of(family: str, row: Row) -> str:
    """The marking code that a row stands for."""
    return f"01{row[6]}21{row[7]}{tail(family)}{row[8]}"


def rows(family: str, count: int) -> Iterator[Row]:
    """Rows of one batch, made by the same loop."""
    choices, digest, size = random.choices, hmac.digest, MAC_BYTES[family]
    head = f"01{GTIN}21"
    for ordinal in range(count):
        serial = STATE_DIGIT + "".join(choices(ALPHABET, k=12))
        made = digest(KEY, (head + serial).encode(), "sha256")[:size]
        code = b64encode(made).decode()
        yield None, None, BATCH, ordinal, HOLDER, ISSUED, GTIN, serial, code


async def create(connection: asyncpg.Connection, name: str, *, more: str = "") -> None:
    """An empty row table of this name."""
    await drop(connection, name)
    await connection.execute((TABLE + more).format(name=name))


async def drop(connection: asyncpg.Connection, name: str) -> None:
    for table in (name, f"{name}_events", f"{name}_journal"):
        await connection.execute(f"DROP TABLE IF EXISTS {table}")


async def load(connection: asyncpg.Connection, name: str, found: Iterable[Row]) -> None:
    await connection.copy_records_to_table(name, columns=COLUMNS, records=found)


async def ready_rows(connection: asyncpg.Connection, name: str) -> bytes:
    """The rows of a table in the form that COPY takes quickest."""
    kept = BytesIO()
    await connection.copy_from_table(name, columns=COLUMNS, output=kept, format="binary")
    return kept.getvalue()


async def copy_in(connection: asyncpg.Connection, name: str, ready: bytes) -> None:
    await connection.copy_to_table(name, columns=COLUMNS, source=BytesIO(ready), format="binary")


async def forget(data: bytes) -> None:
    """A sink for COPY TO."""


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self.began = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began
