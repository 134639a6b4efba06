"""Fiscal receipts of scattered units: how long they take, and what they leave on disk."""

import json
from collections.abc import Sequence
from uuid import uuid4

import asyncpg

from bench import custody_rows, rows
from bench.custody import Market, receipt_calls, shuffled
from bench.custody_rows import FULL, ROOMY
from bench.figures.issuing import expect
from bench.figures.verifying import POOL
from bench.measured import Duel, Measured
from bench.rows import MILLION, Clock
from bench.stage import PEER, Stage
from bench.wire import JSON, Caller

ROUNDS = 3
RECEIPTS, UNITS, IN_CALL = 10_000, 5, 500
SOLD = 900_000
DATABASE = "sold"

TABLES = """
    SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables
    WHERE schemaname = 'public'
"""
WITHOUT_RECEIPTS = """
    SELECT pg_total_relation_size('goods') + pg_total_relation_size('goods_journal')
"""


async def receipts(stage: Stage) -> Measured:
    """Ten thousand receipts of one till, of units from all over a batch of a million."""
    market = await Market.opened(stage, "tamga")
    caller = Caller(stage.serve_peer(POOL))
    gtin = market.registry.products("S", 1)[0]
    async with stage.connected(PEER) as connection:
        codes = await shelf(connection, ROOMY)

        async def peer() -> float:
            bodies = calls([codes.pop() for _ in range(RECEIPTS * UNITS)])
            caller.wake("/ready")
            clock = Clock()
            answers = [caller.send("PUT", "/receipts", body, JSON) for body in bodies]
            seconds = clock.seconds
            expect(sold_by(answers), RECEIPTS * UNITS)
            return seconds

        async def ours() -> float:
            bodies = calls(bought(market, gtin, RECEIPTS * UNITS))
            market.wake()
            clock = Clock()
            answers = [sell(market, body) for body in bodies]
            seconds = clock.seconds
            expect(sold_by(answers), RECEIPTS * UNITS)
            return seconds

        duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
        await custody_rows.drop(connection)
    caller.close()
    return Measured(duel.share, duel.absolutes("seconds"))


async def sold_bytes(stage: Stage) -> Measured:
    """Nine of ten units of a batch, sold in shuffled order on receipts of five.

    What of either side's tables did not grow is not counted, and of the peer, nothing that it
    wrote before the sale but the rows.
    """
    market = await Market.opened(stage, DATABASE)
    gtin = market.registry.products("S", 1)[0]
    async with stage.connected(DATABASE) as connection:
        before = await sizes(connection)
        for body in calls(bought(market, gtin, SOLD)):
            sell(market, body)
        after = await sizes(connection)
    market.close()
    await market.registry.close()

    caller = Caller(stage.serve_peer(POOL))
    async with stage.connected(PEER) as connection:
        codes = await shelf(connection, FULL)
        empty = await sizes(connection)
        for body in calls(codes[:SOLD]):
            caller.send("PUT", "/receipts", body, JSON)
        rest = await sizes(connection)
        without_receipts = await connection.fetchval(WITHOUT_RECEIPTS)
        await custody_rows.drop(connection)
    caller.close()

    ours = {name: size / MILLION for name, size in after.items() if size > before[name]}
    peers = sum(size for name, size in rest.items() if size > empty[name]) / MILLION
    absolutes = {
        "our_bytes_a_unit": sum(ours.values()),
        "peer_bytes_a_unit": peers,
        "peer_bytes_a_unit_without_receipts": without_receipts / MILLION,
    }
    parts = {f"our_bytes_in_{name}": size for name, size in sorted(ours.items())}
    return Measured(sum(ours.values()) / peers, absolutes | parts)


async def shelf(connection: asyncpg.Connection, fill: int) -> list[str]:
    """The peer's table anew; its codes in no order."""
    made = list(custody_rows.in_circulation("S", MILLION))
    await custody_rows.make(connection, await custody_rows.ready(connection, made), fill=fill)
    return shuffled([rows.code_of("S", row) for row in made])


def bought(market: Market, gtin: str, units: int) -> list[str]:
    """Scattered codes of a new batch of a million that is in circulation."""
    batch = market.registry.register(gtin, "S", MILLION)
    market.registry.circulate(batch, MILLION)
    return shuffled(market.registry.codes(batch, 0, MILLION))[:units]


def calls(codes: Sequence[str]) -> list[bytes]:
    return list(receipt_calls(codes, units=UNITS, receipts=IN_CALL))


def sell(market: Market, body: bytes) -> bytes:
    return market.producer.caller.send("PUT", f"/receipts/{uuid4()}", body, JSON)


def sold_by(answers: Sequence[bytes]) -> int:
    """Units on the receipts that were recorded."""
    return sum(one["units"] for answer in answers for one in json.loads(answer)["receipts"])


async def sizes(connection: asyncpg.Connection) -> dict[str, int]:
    """Bytes of each table with its indexes, at rest."""
    await connection.execute("VACUUM")
    return dict(await connection.fetch(TABLES))
