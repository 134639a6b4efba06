"""Taking a step with goods: as one run, as many, as a file of scanned codes."""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from uuid import uuid4

import asyncpg

from bench import rows
from bench.figures.issuing import Unexpected, expect
from bench.measured import Duel, Measured, Side
from bench.registry import Registry
from bench.rows import APPLIED, GS, MILLION, Clock
from bench.stage import PEER, Stage

ROUNDS = 3
RUNS, RUN, GAP = 100_000, 10, 1
SCANNED = 150_000
SKIPPED = 50  # every fiftieth code was not applied: gaps of 2 %
KEY_ID = f"91{rows.KEY_ID}"
BATCHES = 5

BY_ORDINAL = "; CREATE UNIQUE INDEX ON {name} (batch, ordinal)"

APPLY_RUN = "UPDATE codes SET status = $1 WHERE batch = $2 AND ordinal BETWEEN $3 AND $4"

RUNS_TABLE = """
    CREATE TEMP TABLE runs (batch integer, first integer, last integer) ON COMMIT DROP
"""
ADD_EVENT = "INSERT INTO codes_events (id, kind) VALUES (1, 'APPLIED')"
APPLY_RUNS = """
    WITH touched AS (
        UPDATE codes SET status = $1
        FROM runs
        WHERE codes.batch = runs.batch AND codes.ordinal BETWEEN runs.first AND runs.last
        RETURNING codes.batch, codes.ordinal
    )
    INSERT INTO codes_journal (batch, ordinal, event, status)
    SELECT batch, ordinal, 1, $1 FROM touched
"""

SCANS_TABLE = """
    CREATE TEMP TABLE scans (gtin text COLLATE "C", serial text COLLATE "C") ON COMMIT DROP
"""
APPLY_SCANS = """
    WITH touched AS (
        UPDATE codes SET status = $1
        FROM scans
        WHERE codes.gtin = scans.gtin AND codes.serial = scans.serial
        RETURNING codes.batch, codes.ordinal
    )
    INSERT INTO codes_journal (batch, ordinal, event, status)
    SELECT batch, ordinal, 1, $1 FROM touched
"""


async def apply_run_1m(stage: Stage) -> Measured:
    """One run of a million, against the UPDATE alone: neither event nor journal."""
    registry = await Registry.opened(stage, "tamga")
    gtin = registry.products("S", 1)[0]
    async with stage.connected(PEER) as connection:
        await journalled(connection, rows.rows("S", MILLION), more=BY_ORDINAL)

        async def peer() -> float:
            await restore(connection)
            clock = Clock()
            done = await connection.execute(APPLY_RUN, APPLIED, rows.BATCH, 0, MILLION - 1)
            seconds = clock.seconds
            expect(done, f"UPDATE {MILLION}")
            return seconds

        async def ours() -> float:
            batches = [registry.register(gtin, "S", MILLION) for _ in range(BATCHES)]
            registry.caller.wake()
            clock = Clock()
            for batch in batches:
                registry.report("applications", batch, 0, MILLION)
            return clock.seconds / BATCHES

        return await fought(connection, peer, ours)


async def apply_runs(stage: Stage) -> Measured:
    """A hundred thousand runs of ten with a gap after each."""
    registry = await Registry.opened(stage, "tamga")
    gtin = registry.products("S", 1)[0]
    units = RUNS * (RUN + GAP)
    firsts = range(0, units, RUN + GAP)
    async with stage.connected(PEER) as connection:
        await journalled(connection, rows.rows("S", units), more=BY_ORDINAL)
        runs = "".join(f"{rows.BATCH}\t{at}\t{at + RUN - 1}\n" for at in firsts).encode()

        async def peer() -> float:
            await restore(connection)
            clock = Clock()
            async with connection.transaction():
                await connection.execute(RUNS_TABLE)
                await connection.copy_to_table("runs", source=BytesIO(runs))
                await connection.execute("ANALYZE runs")
                await connection.execute(ADD_EVENT)
                done = await connection.execute(APPLY_RUNS, APPLIED)
            seconds = clock.seconds
            expect(done, f"INSERT 0 {MILLION}")
            return seconds

        async def ours() -> float:
            batch = registry.register(gtin, "S", units)
            file = "".join(f"{batch},{at},{RUN}\n" for at in firsts).encode()
            registry.caller.wake()
            clock = Clock()
            answer = registry.caller.put_file(f"/applications/{uuid4()}/file", file, "text/csv")
            seconds = clock.seconds
            expect(answer["units"], MILLION)
            return seconds

        return await fought(connection, peer, ours)


async def apply_upload(stage: Stage) -> Measured:
    """A file of marking codes as a line's scanner leaves it, every verification code checked."""
    registry = await Registry.opened(stage, "tamga")
    gtin = registry.products("L44", 1)[0]
    async with stage.connected(PEER) as connection:
        made = list(rows.rows("L44", MILLION))
        await journalled(connection, made)
        scanned = scans_of(rows.code_of("L44", row) for row in made)
        del made

        async def peer() -> float:
            await restore(connection)
            clock = Clock()
            async with connection.transaction():
                await connection.execute(SCANS_TABLE)
                await connection.copy_records_to_table("scans", records=checked(scanned))
                await connection.execute("ANALYZE scans")
                await connection.execute(ADD_EVENT)
                done = await connection.execute(APPLY_SCANS, APPLIED)
            seconds = clock.seconds
            expect(done, f"INSERT 0 {SCANNED}")
            return seconds

        async def ours() -> float:
            batch = registry.register(gtin, "L44", MILLION)
            file = scans_of(registry.codes(batch, 0, SCANNED * 11 // 10))
            registry.caller.wake()
            clock = Clock()
            answer = registry.caller.put_file(f"/applications/{uuid4()}/file", file, "text/plain")
            seconds = clock.seconds
            expect(answer["units"], SCANNED)
            return seconds

        return await fought(connection, peer, ours)


async def fought(connection: asyncpg.Connection, peer: Side, ours: Side) -> Measured:
    """The duel with the row table as it is defined; told beside it, the peer at its quickest.

    PostgreSQL updates in place, and leaves the indexes alone, where a page has room for another
    version of all its rows. That takes twice the space.
    """
    duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
    await connection.execute("ALTER TABLE codes SET (fillfactor = 50)")
    half_full = await peer()
    await rows.drop(connection, "codes")
    told = duel.absolutes("seconds") | {"peer_seconds_in_half_full_pages": half_full}
    return Measured(duel.times_quicker, told)


def scans_of(codes: Iterable[str]) -> bytes:
    """The first so many codes in line order, but every fiftieth, as a file."""
    kept = (code for at, code in enumerate(codes) if at % SKIPPED != SKIPPED - 1)
    return "".join(f"{code}\n" for code in islice(kept, SCANNED)).encode()


def checked(file: bytes) -> Iterator[tuple[str, str]]:
    """GTIN and serial of each line, in the plain loop that checks its verification code."""
    digest, equal = hmac.digest, hmac.compare_digest
    for line in file.decode().removesuffix("\n").split("\n"):
        code, key_id, printed = line.split(GS)
        made = b64encode(digest(rows.KEY, code.encode(), "sha256")).decode()
        if key_id != KEY_ID or not equal(printed, "92" + made):
            raise Unexpected(code)
        yield code[2:16], code[18:]


async def journalled(
    connection: asyncpg.Connection, made: Iterable[rows.Row], *, more: str = ""
) -> None:
    """The row table with these rows, and its journal."""
    await rows.create(connection, "codes", more=more)
    await connection.execute(rows.EVENTS.format(name="codes"))
    await rows.load(connection, "codes", made)


async def restore(connection: asyncpg.Connection) -> None:
    """Nothing journalled, and the table as if it had just been loaded."""
    await connection.execute("TRUNCATE codes_events, codes_journal")
    await connection.execute("VACUUM (FULL, ANALYZE) codes")
