"""What issued codes take on disk."""

from bench import rows
from bench.measured import Measured
from bench.registry import Registry
from bench.rows import MILLION
from bench.stage import PEER, Stage

BATCHES = 1_000
PRODUCTS = 10
DATABASE = "issued"

SIZE = "SELECT pg_database_size(current_database())"
TABLE_SIZE = "SELECT pg_total_relation_size($1::regclass)"


async def bytes_issued(stage: Stage) -> Measured:
    """A thousand batches of a million, registered over HTTP, by what the whole database grows."""
    registry = await Registry.opened(stage, DATABASE)
    gtins = registry.products("S", PRODUCTS)
    before = await size_at_rest(stage)
    for number in range(BATCHES):
        registry.register(gtins[number % PRODUCTS], "S", MILLION)
    grown = await size_at_rest(stage) - before
    await registry.close()

    async with stage.connected(PEER) as connection:
        await rows.create(connection, "codes")
        await rows.load(connection, "codes", rows.rows("S", MILLION))
        of_rows = await connection.fetchval(TABLE_SIZE, "codes")
        await rows.drop(connection, "codes")
    ours, peers = grown / (BATCHES * MILLION), of_rows / MILLION
    absolutes = {"our_bytes_a_code": ours, "peer_bytes_a_code": peers, "our_bytes": grown}
    return Measured(ours / peers, absolutes)


async def size_at_rest(stage: Stage) -> int:
    async with stage.connected(DATABASE) as connection:
        await connection.execute("CHECKPOINT")
        size: int = await connection.fetchval(SIZE)
        return size
