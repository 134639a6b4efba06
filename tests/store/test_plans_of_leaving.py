"""What withdrawals, blocks and re-marking ask goes by its indexes, however much there is."""

import json

import asyncpg
import pytest

from domain.blocking import store as blocking
from domain.deadlines import store as deadlines
from domain.registry import reading
from domain.remarking import store as remarking
from domain.withdrawal import store as withdrawal
from tests.store.dairy import SEED
from tests.store.test_plans import FILL, nodes
from tests.store.test_trace_plans import CUSTODY, GROWING, read_whole

LOTS = """
    INSERT INTO lots (participant_id, gtin, lot_number)
        SELECT 1 + n % 40, '04810000000018', 'L' || n / 40 FROM generate_series(1, 20000) AS n;
    ANALYZE lots;
"""
RUNS = "ARRAY[1, 1], ARRAY[5, 900]::bigint[], ARRAY[9, 950]::bigint[]"
# The query, its arguments, and the indexes by which it must go.
QUERIES = {
    "other blocks": (deadlines.OTHER_BLOCKS, f"7, {RUNS}", {"block_runs_pkey", "blocks_pkey"}),
    "runs of a block": (deadlines.RUNS_OF_BLOCK, "7", {"runs_of_block"}),
    "due blocks": (deadlines.DUE_BLOCKS, "10", {"blocks_by_deadline"}),
    "others on a package": (deadlines.OTHERS_ON_PACKAGE, "7, 8", {"blocks_of_package"}),
    "who answers for a lot": (
        deadlines.ANSWERING_FOR,
        "NULL, 5, NULL",
        {"lots_of_number", "lots_pkey", "batches_pkey"},
    ),
    "a lot": (blocking.LOT, "'04810000000018', 'L7'", {"lots_of_number"}),
    "blocks of a state": (blocking.CARDS, "'BY', NULL, 100", {"runs_of_block"}),
    "a block": (blocking.CARD_NAMED, "gen_random_uuid()", {"blocks_uuid_key", "runs_of_block"}),
    "wide blocks": (
        reading.WIDE_BLOCKS,
        "ARRAY[1]::bigint[], ARRAY[3]::bigint[], ARRAY['04810000000018'], ARRAY['milk']",
        {"wide_blocks_in_force"},
    ),
    "divided before": (
        withdrawal.BEFORE,
        f"{RUNS}, ARRAY[7, 8]::bigint[]",
        {"journal_entries_pkey"},
    ),
    "withdrawn by": (
        withdrawal.WITHDRAWN_BY,
        "7, ARRAY[1], 1",
        {"journal_entries_pkey", "events_pkey"},
    ),
    "used": (remarking.USED, "ARRAY[1, 1], ARRAY[5, 900]::bigint[]", {"remarkings_pkey"}),
}


@pytest.fixture
async def filled(database_url):
    owner = await asyncpg.connect(database_url)
    await owner.execute(SEED)
    await owner.execute(FILL)
    await owner.execute("SET session_replication_role = replica")  # no references: rows made up
    await owner.execute(CUSTODY)
    await owner.execute(LOTS)
    await owner.execute("SET plan_cache_mode = force_generic_plan")
    yield owner
    await owner.close()


async def test_what_leaving_asks_goes_by_its_indexes(filled):
    for name, (query, arguments, indexes) in QUERIES.items():
        await filled.execute(f"PREPARE asked AS {query}")
        told = await filled.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({arguments})")
        await filled.execute("DEALLOCATE asked")

        plan = list(nodes(json.loads(told)[0]["Plan"]))

        found = {one.get("Index Name") for one in plan}
        assert (name, indexes - found) == (name, set())
        assert (name, read_whole(plan) & GROWING) == (name, set())
