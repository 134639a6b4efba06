"""The questions of traceability go by their indexes however much of custody there is."""

import json
from typing import Any

import asyncpg
import pytest

from domain.changes import store as changes
from domain.contents import store as contents
from domain.naming import store as naming
from domain.reconciliation import store as reconciling
from domain.trace import reading, store
from tests.store.dairy import SEED
from tests.store.test_plans import FILL, nodes

# Half of the numbers in 5,000 cases on 50 pallets, each case with a past; much that has ended, and
# a little that is in force.
CUSTODY = """
INSERT INTO packages (id, event_id, sscc, kind, levels, blocked, blocked_inside, alive, parent_id,
        holder_id, turnover_state)
    SELECT n, 1, lpad(n::text, 18, '0'), 'TRANSPORT', CASE WHEN n > 5000 THEN 2 ELSE 1 END, false, 0,
        true, CASE WHEN n > 5000 THEN NULL ELSE 5001 + n / 100 END,
        CASE WHEN n > 5000 THEN 1 END, CASE WHEN n > 5000 THEN 'BY'::member_state END
    FROM generate_series(1, 5051) AS n;
INSERT INTO packages (id, event_id, series_id, number, kind, levels, blocked, blocked_inside, alive)
    SELECT 10000 + n, 1, 1, 500000 + n, 'GROUP', 1, false, 0, true
    FROM generate_series(1, 5000) AS n;
INSERT INTO package_entries (package_id, event_id, previous_event_id, holder_id, turnover_state,
        blocked, alive)
    SELECT package, event, NULL, 1, 'BY', false, true
    FROM generate_series(1, 5000) AS package, generate_series(1, 10) AS event;
INSERT INTO package_summaries (package_id, batch_id, lot_id, units, status, blocked)
    SELECT n, 1 + n % 1000, 0, 80, 'IN_CIRCULATION', false FROM generate_series(1, 5000) AS n;
UPDATE spans SET parent_id = 1 + first / 80, holder_id = NULL, turnover_state = NULL
    WHERE first < 400000;
INSERT INTO transfers (uuid, kind, status, sender_id, sender_state, receiver_state,
        receiver_tax_id, documents, roads, offered_units, accepted_units, expires_at, event_id,
        closed_event_id)
    SELECT gen_random_uuid(), 'SALE', CASE WHEN n > 2500 THEN 'OFFERED' ELSE 'ACCEPTED' END, 1, 'BY',
        'KZ', n::text, '[]', '[]', 1, CASE WHEN n > 2500 THEN 0 ELSE 1 END,
        now() + interval '1 day', 1 + n % 2000, CASE WHEN n > 2500 THEN NULL ELSE 1 END
    FROM generate_series(1, 5000) AS n;
INSERT INTO blocks (uuid, scope, authority_id, member_state, gtin, reason, since, event_id,
        ended_event_id)
    SELECT gen_random_uuid(), 'GTIN', 1, 'BY', lpad(n::text, 14, '0'), 'doubt', now(), 1,
        CASE WHEN n > 10 THEN 2 END FROM generate_series(1, 200) AS n;
INSERT INTO blocks (uuid, scope, authority_id, member_state, reason, since, event_id,
        ended_event_id)
    SELECT gen_random_uuid(), 'UNITS', 1, 'BY', 'doubt', now(), 1, CASE WHEN n > 5000 THEN 2 END
    FROM generate_series(1, 20000) AS n;
INSERT INTO block_runs (series_id, first, last, block_id)
    SELECT 1, n * 16, n * 16 + 3, 200 + n FROM generate_series(1, 20000) AS n;
INSERT INTO remarkings (new_series_id, new_number, position, old_series_id, old_number, event_id,
        cause)
    SELECT 1, n, 0, 1, 500000 + n, 1, 'CODE_LOST' FROM generate_series(1, 10000) AS n;
INSERT INTO unit_measures (series_id, number, identifier, value, event_id)
    SELECT 1, n, '3103', '000250', 1 FROM generate_series(1, 10000) AS n;
INSERT INTO event_parties (participant_id, transaction, event_id)
    SELECT 1 + n % 50, (n / 10)::text::xid8, 1 + n % 2000 FROM generate_series(1, 20000) AS n
    ON CONFLICT DO NOTHING;
ANALYZE;
"""
LONE = (
    "ARRAY[1], ARRAY[5], ARRAY[7], ARRAY[NULL::bigint], ARRAY[NULL::integer], ARRAY['BY'], ARRAY[3],"
    " ARRAY[NULL::bigint], ARRAY[true]"
)
# The query, its arguments, and the indexes by which it must go.
QUERIES = {
    "one unit": (
        store.UNIT,
        "'04810000000018', '2abcde', 1, 77",
        {"spans_pkey", "batch_intervals_pkey", "package_of_code", "wide_blocks_in_force"},
    ),
    "many units": (
        store.UNITS,
        "ARRAY[1, 1], ARRAY[5, 900]",
        {"spans_pkey", "wide_blocks_in_force"},
    ),
    "series with packs": (store.SERIES_WITH_PACKS, "ARRAY[1, 2]", {"package_of_code"}),
    "packs": (store.PACKS, "ARRAY[1], ARRAY[500007], ARRAY[1]", {"package_of_code"}),
    "around": (
        store.AROUND,
        LONE,
        {
            "packages_pkey",
            "spans_pkey",
            "wide_blocks_in_force",
            "blocks_of_package",
            "block_runs_pkey",
            "blocks_pkey",
            "transfers_pkey",
            "package_of_code",
            "package_summaries_pkey",
        },
    ),
    "blocked inside": (
        store.BLOCKED_INSIDE,
        "ARRAY[5007]",
        {"packages_of_parent", "spans_of_parent", "package_of_code", "block_runs_pkey"},
    ),
    "links": (reading.LINKS, "1, 5", {"remarkings_pkey", "old_code_is_replaced_once"}),
    "beside": (
        reading.BESIDE,
        "ARRAY[1], 1, 5",
        {"remarkings_pkey", "old_code_is_replaced_once", "unit_measures_pkey"},
    ),
    "past": (
        reading.PAST,
        "ARRAY[1], ARRAY[5], ARRAY[0]",
        {
            "spans_pkey",
            "journal_entries_pkey",
            "packages_pkey",
            "package_entries_pkey",
            "events_pkey",
            "transfers_pkey",
        },
    ),
    "feed": (changes.FEED, "7, '3', 0, 100", {"event_parties_pkey", "events_pkey"}),
    "contents": (
        contents.INSIDE,
        "5007, 6, 1000",
        {"packages_of_parent", "spans_of_parent", "package_of_code", "package_summaries_pkey"},
    ),
    "numbers inside": (
        contents.NUMBERS,
        "5007",
        {"packages_of_parent", "spans_of_parent", "package_of_code"},
    ),
    "loose": (contents.LOOSE, "7, 100", {"spans_of_parent"}),
    "pack of a code": (contents.PACK_OF_CODE, "1, 500007", {"package_of_code"}),
    "pack codes": (contents.PACK_CODES, "ARRAY[1], ARRAY[5], ARRAY[900]", {"package_of_code"}),
    "series held": (reconciling.SERIES_HELD, "1, NULL, NULL", {"spans_of_holder"}),
    "loose units": (
        reconciling.LOOSE_UNITS,
        "1, ARRAY[1], ARRAY[0], ARRAY[999999], ARRAY[7]",
        {"spans_of_holder"},
    ),
    "loose in gaps": (
        reconciling.LOOSE_IN_GAPS,
        "1, ARRAY[1, 1], ARRAY[500000, 600000], ARRAY[500100, 600100], 1000",
        {"spans_of_holder"},
    ),
    "coded roots": (
        reconciling.CODED_ROOTS,
        "1, ARRAY[1]",
        {"spans_of_holder", "package_of_code"},
    ),
    "forest": (
        reconciling.FOREST,
        "ARRAY[7, 8]",
        {"packages_pkey", "spans_pkey"},
    ),
    "packs named": (
        reconciling.PACKS,
        "ARRAY[1], ARRAY[500007], ARRAY[500009]",
        {"package_of_code"},
    ),
    "blocked now": (
        reconciling.BLOCKED_NOW,
        "ARRAY[1], ARRAY[32], ARRAY[35]",
        {"block_runs_pkey", "blocks_pkey"},
    ),
    "inside, but for": (
        reconciling.INSIDE,
        "ARRAY[5007], ARRAY[7]",
        {"packages_of_parent", "spans_of_parent", "package_of_code"},
    ),
    "registered": (
        naming.REGISTERED,
        "ARRAY[1], ARRAY[5]",
        {"registered_serial_of_number"},
    ),
}
GROWING = {
    "spans",
    "journal_entries",
    "batch_intervals",
    "registered_serials",
    "events",
    "packages",
    "package_entries",
    "package_summaries",
    "transfers",
    "blocks",
    "block_runs",
    "remarkings",
    "event_parties",
    "unit_measures",
}


@pytest.fixture
async def filled(database_url):
    owner = await asyncpg.connect(database_url)
    await owner.execute(SEED)
    await owner.execute(FILL)
    await owner.execute("SET session_replication_role = replica")  # no references: rows made up
    await owner.execute(CUSTODY)
    await owner.execute("SET plan_cache_mode = force_generic_plan")
    yield owner
    await owner.close()


def read_whole(plan: list[dict[str, Any]]) -> set[str]:
    return {one["Relation Name"] for one in plan if one["Node Type"] == "Seq Scan"}


async def test_the_questions_of_traceability_go_by_their_indexes(filled):
    for name, (query, arguments, indexes) in QUERIES.items():
        await filled.execute(f"PREPARE asked AS {query}")
        told = await filled.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({arguments})")
        await filled.execute("DEALLOCATE asked")

        plan = list(nodes(json.loads(told)[0]["Plan"]))

        found = {one.get("Index Name") for one in plan}
        assert (name, indexes - found) == (name, set())
        assert (name, read_whole(plan) & GROWING) == (name, set())
