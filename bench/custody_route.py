"""What the bare route does with custody: it packs, hands over, sells and lists, a code a row.

Each verb is one transaction of set-based statements, one event, and a journal row for each code.
Nothing is checked but what keeps the rows true: that each code is held, free and in circulation.
"""

from collections.abc import Iterator
from typing import Any

import asyncpg
import orjson
from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from bench.custody_rows import IN_CIRCULATION, RECEIVER, SOLD
from bench.rows import GS, HOLDER
from bench.wire import JSON

UNIT = "01"  # the application identifier that a unit's code begins with

LINES = """
    CREATE TEMP TABLE lines (
        parent text COLLATE "C", gtin text COLLATE "C", serial text COLLATE "C"
    ) ON COMMIT DROP
"""
CASES = """
    CREATE TEMP TABLE cases (parent text COLLATE "C", child text COLLATE "C") ON COMMIT DROP
"""
ADD_EVENT = "INSERT INTO goods_events (kind) VALUES ($1) RETURNING id"
ADD_PACKAGES = """
    INSERT INTO goods_packages (sscc, holder)
    SELECT parent, $1::integer FROM lines UNION SELECT parent, $1::integer FROM cases
"""
PACK_CASES = """
    WITH touched AS (
        UPDATE goods_packages SET parent = pallets.id
        FROM cases JOIN goods_packages AS pallets ON pallets.sscc = cases.parent
        WHERE goods_packages.sscc = cases.child AND goods_packages.parent IS NULL
            AND goods_packages.transfer IS NULL AND goods_packages.holder = $2
        RETURNING goods_packages.id, goods_packages.parent
    )
    INSERT INTO goods_package_journal (package, parent, event)
    SELECT id, parent, $1 FROM touched
"""
PACK_UNITS = """
    WITH touched AS (
        UPDATE goods SET parent = packages.id
        FROM lines JOIN goods_packages AS packages ON packages.sscc = lines.parent
        WHERE goods.gtin = lines.gtin AND goods.serial = lines.serial AND goods.parent IS NULL
            AND goods.transfer IS NULL AND goods.holder = $2 AND goods.status = $3
        RETURNING goods.parent, goods.batch, goods.ordinal
    )
    INSERT INTO goods_journal (parent, batch, ordinal, event, status)
    SELECT parent, batch, ordinal, $1, $3 FROM touched
"""

ADD_TRANSFER = "INSERT INTO goods_transfers (receiver) VALUES ($1) RETURNING id"
OFFER = """
    WITH touched AS (
        UPDATE goods SET transfer = $1
        FROM unnest($2::text[], $3::text[]) AS asked (gtin, serial)
        WHERE goods.gtin = asked.gtin AND goods.serial = asked.serial AND goods.parent IS NULL
            AND goods.transfer IS NULL AND goods.holder = $4 AND goods.status = $5
        RETURNING goods.batch, goods.ordinal
    )
    INSERT INTO goods_journal (batch, ordinal, event, status)
    SELECT batch, ordinal, $6, $5 FROM touched
"""
ANSWER = "UPDATE goods_transfers SET is_accepted = true WHERE id = $1 RETURNING receiver"
ACCEPT = """
    WITH touched AS (
        UPDATE goods SET holder = $2, transfer = NULL WHERE transfer = $1
        RETURNING batch, ordinal
    )
    INSERT INTO goods_journal (batch, ordinal, event, status)
    SELECT batch, ordinal, $3, $4 FROM touched
"""

ADD_RECEIPTS = """
    INSERT INTO goods_events (kind, till, fiscal_document)
    SELECT 'SOLD', till, fiscal_document
    FROM unnest($1::text[], $2::text[]) AS told (till, fiscal_document)
    ON CONFLICT DO NOTHING
    RETURNING id, till, fiscal_document
"""
SELL = """
    WITH touched AS (
        UPDATE goods SET status = $4, parent = NULL, transfer = NULL
        FROM unnest($1::text[], $2::text[], $3::integer[]) AS asked (gtin, serial, event)
        WHERE goods.gtin = asked.gtin AND goods.serial = asked.serial AND goods.status = $5
        RETURNING goods.batch, goods.ordinal, asked.event
    )
    INSERT INTO goods_journal (batch, ordinal, event, status)
    SELECT batch, ordinal, event, $4 FROM touched
    RETURNING event
"""

# As they come, and as the index on parent finds them.
SOME_CODES = "SELECT '01' || gtin || '21' || serial FROM goods LIMIT $1"
CODES_OF_PALLET = """
    SELECT '01' || gtin || '21' || serial FROM goods WHERE parent IN (
        SELECT cases.id FROM goods_packages AS cases
        JOIN goods_packages AS pallets ON cases.parent = pallets.id WHERE pallets.sscc = $1
    )
"""

router = APIRouter()


class NotAsAsked(RuntimeError):
    """Some of the goods were not as the request needed them; nothing was done."""


def expect(done: str, count: int) -> None:
    if done != f"INSERT 0 {count}":
        raise NotAsAsked(f"{done} of {count}")


@router.put("/packings")
async def pack(request: Request) -> Response:
    """A line's report: parent and child in two columns, parsed by a plain loop."""
    report = await request.body()
    cases: list[tuple[str, str]] = []
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"{LINES}; {CASES}")
        copied = await connection.copy_records_to_table("lines", records=units(report, cases))
        await connection.copy_records_to_table("cases", records=cases)
        await connection.execute("ANALYZE lines; ANALYZE cases")
        event = await connection.fetchval(ADD_EVENT, "PACKED")
        await connection.execute(ADD_PACKAGES, HOLDER)
        await connection.execute("ANALYZE goods_packages")
        expect(await connection.execute(PACK_CASES, event, HOLDER), len(cases))
        done = await connection.execute(PACK_UNITS, event, HOLDER, IN_CIRCULATION)
        expect(done, int(copied.removeprefix("COPY ")))
    return Response(b"{}", media_type=JSON)


def units(report: bytes, cases: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Parent, GTIN and serial of each line that packs a unit; the other lines go to `cases`."""
    for line in report.decode().removesuffix("\n").split("\n"):
        parent, child = line.split("\t")
        if child.startswith(UNIT):
            yield parent, child[2:16], child[18:].partition(GS)[0]
        else:
            cases.append((parent, child))


@router.put("/transfers")
async def offer(request: Request) -> Response:
    """Lock loose units for a receiver."""
    codes = orjson.loads(await request.body())["codes"]
    gtins, serials = [code[2:16] for code in codes], [code[18:] for code in codes]
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        transfer = await connection.fetchval(ADD_TRANSFER, RECEIVER)
        event = await connection.fetchval(ADD_EVENT, "OFFERED")
        done = await connection.execute(
            OFFER, transfer, gtins, serials, HOLDER, IN_CIRCULATION, event
        )
        expect(done, len(codes))
    return Response(orjson.dumps({"transfer": transfer, "units": len(codes)}), media_type=JSON)


@router.put("/transfers/{transfer}/acceptance")
async def accept(transfer: int, request: Request) -> Response:
    """Hand all units of a transfer to its receiver."""
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        receiver = await connection.fetchval(ANSWER, transfer)
        event = await connection.fetchval(ADD_EVENT, "ACCEPTED")
        done = await connection.execute(ACCEPT, transfer, receiver, event, IN_CIRCULATION)
    return Response(orjson.dumps({"accepted": int(done.split(" ")[2])}), media_type=JSON)


@router.put("/receipts")
async def sell(request: Request) -> Response:
    """Record receipts, each an event of its own; one that was recorded is not recorded again."""
    receipts = orjson.loads(await request.body())["receipts"]
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        added = await connection.fetch(
            ADD_RECEIPTS,
            [receipt["till"] for receipt in receipts],
            [receipt["fiscal_document"] for receipt in receipts],
        )
        events = {(till, document): event for event, till, document in added}
        units = dict.fromkeys(events.values(), 0)
        gtins, serials, of_events = sold(receipts, events)
        for row in await connection.fetch(SELL, gtins, serials, of_events, SOLD, IN_CIRCULATION):
            units[row[0]] += 1
    told = [{"event": event, "units": count} for event, count in units.items()]
    return Response(orjson.dumps({"receipts": told}), media_type=JSON)


def sold(
    receipts: list[dict[str, Any]], events: dict[tuple[str, str], int]
) -> tuple[list[str], list[str], list[int]]:
    """GTIN, serial and event of each unit on receipts that are new."""
    gtins, serials, of_events = [], [], []
    for receipt in receipts:
        event = events.get((receipt["till"], receipt["fiscal_document"]))
        if event is None:
            continue
        for item in receipt["items"]:
            code = item["code"]
            gtins.append(code[2:16])
            serials.append(code[18:].partition(GS)[0])
            of_events.append(event)
    return gtins, serials, of_events


class Copied(Response):
    """What COPY TO yields of a query, sent as it comes."""

    media_type = "text/plain"

    def __init__(self, pool: asyncpg.Pool, query: str, argument: object) -> None:
        super().__init__()
        del self.headers["content-length"]  # nobody knows it yet
        self.pool, self.query, self.argument = pool, query, argument

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        async def on(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with self.pool.acquire() as connection:
            await connection.copy_from_query(self.query, self.argument, output=on)
        await send({"type": "http.response.body", "body": b""})


@router.get("/rows/{count}")
async def some(count: int, request: Request) -> Response:
    """So many codes of the row table, whichever."""
    return Copied(request.app.state.pool, SOME_CODES, count)


@router.get("/packages/{sscc}/codes")
async def contents(sscc: str, request: Request) -> Response:
    """The codes in the cases of a pallet."""
    return Copied(request.app.state.pool, CODES_OF_PALLET, sscc)
