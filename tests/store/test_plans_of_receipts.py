"""What receipts ask and write goes by its indexes, however much there is."""

import json

import asyncpg
import pytest

from domain.loose import store as loose
from domain.receipts import rules, store
from tests.store.dairy import SEED
from tests.store.test_plans import FILL, nodes

RECEIPTS = """
    INSERT INTO receipts (participant_id, till, fiscal_document, kind, digest, request_id, answer)
        SELECT 1 + n % 5, 'T' || n % 50, n::text, 'SALE', '\\x00', gen_random_uuid(), '{}'
        FROM generate_series(1, 20000) AS n;
    ANALYZE receipts;
"""
UNITS = "'{1,1}', '{5,900}'"
PIECES = (
    f"{UNITS}, '{{5,900}}', '{{5,900}}', '{{9,950}}', '{{3,3}}', '{{70,71}}', '{{true,true}}',"
    " '{0,7}', '{BY,BY}'"
)
SHARED = "NULL, NULL, 1, 'IN_CIRCULATION', NULL, NULL, NULL, false"
# The query, its arguments, and the indexes by which it must go.
QUERIES = {
    "how units stand": (loose.ALIKE, UNITS, {"spans_pkey"}),
    "change units": (
        loose.change_of(tuple(rules.SOLD)),
        f"{PIECES}, {SHARED}, 'WITHDRAWN', 'RETAIL'",
        {"spans_pkey"},
    ),
    "recorded before": (
        store.RECORDED,
        "1, ARRAY['T1', 'T2'], ARRAY['1', '2']",
        {"receipts_pkey"},
    ),
    "of a till": (store.OF_TILL, "1, 'T1', '7', 100", {"receipts_pkey", "events_pkey"}),
}
GROWING = {"spans", "journal_entries", "events", "receipts"}


@pytest.fixture
async def filled(database_url):
    owner = await asyncpg.connect(database_url)
    await owner.execute(SEED)
    await owner.execute(FILL)
    await owner.execute(RECEIPTS)
    await owner.execute("SET plan_cache_mode = force_generic_plan")
    yield owner
    await owner.close()


async def test_what_receipts_ask_goes_by_its_indexes(filled):
    for name, (query, arguments, indexes) in QUERIES.items():
        await filled.execute(f"PREPARE asked AS {query}")
        told = await filled.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({arguments})")
        await filled.execute("DEALLOCATE asked")

        found = list(nodes(json.loads(told)[0]["Plan"]))

        assert indexes <= {one.get("Index Name") for one in found}, name
        read_whole = {one.get("Relation Name") for one in found if one["Node Type"] == "Seq Scan"}
        assert read_whole & GROWING == set(), name
