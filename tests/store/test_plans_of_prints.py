"""The queries of prints go by their indexes however large the ledger grows."""

import json
from typing import Any

import asyncpg
import pytest

from domain.printing import store as printing
from domain.prints import reading, store
from tests.store.dairy import SEED
from tests.store.test_plans import FILL, RUN, UUID, nodes

# Of every number a first printing in runs of sixteen, and as many reprints.
PRINTED = """
INSERT INTO prints (uuid, participant_id, batch_id, layout_name, layout_toml, format, dpi, copies,
        start, cut_marks, reason, facts, units, packages, reprinted, labels)
    SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, 1, 1 + n / 2, 'a', 'a',
        'pdf', 300, 1, 1, false, 'again', '{}', 1000, 0, 0, 1000 FROM generate_series(1, 1900) AS n;
INSERT INTO print_runs
        (series_id, first, last, print_id, batch_id, ordinal, position, reprinted)
    SELECT 1, n * 16, n * 16 + 15, 1 + again * 900 + n / 60, 1 + n / 63, (n % 60) * 16, n % 60,
        again = 1
    FROM generate_series(0, 49999) AS n, generate_series(0, 1) AS again;
INSERT INTO print_batches (batch_id, print_id, units, reprinted)
    SELECT 1 + n / 40, 1 + n % 1900, 1, 0 FROM generate_series(0, 30000) AS n;
INSERT INTO print_packages (package_id, print_id, facts, position, reprinted)
    SELECT n, 1 + n / 20, '{}', n % 20, n % 2 = 1 FROM generate_series(0, 30000) AS n;
INSERT INTO print_fetches (print_id, position, participant_id, reason)
    SELECT n, at, 1, 'again' FROM generate_series(1, 1900) AS n, generate_series(1, 10) AS at;
INSERT INTO print_sendings (print_id, position, participant_id, printer, first_label)
    SELECT n, at, 1, 'line-1', 1 FROM generate_series(1, 1900) AS n, generate_series(1, 5) AS at;
INSERT INTO print_confirmations (print_id, sending, position, sent, confirmed, state, ended)
    SELECT n, at, step, 10, 10, 'OK', false FROM generate_series(1, 1900) AS n,
        generate_series(1, 5) AS at, generate_series(1, 5) AS step;
ANALYZE;
"""
GROWING = {
    *("spans", "batch_intervals", "registered_serials", "prints", "print_runs", "print_batches"),
    *("print_packages", "print_fetches", "print_sendings", "print_confirmations"),
}

# The query, its arguments, and the indexes by which it must go.
QUERIES = {
    "how units stand": (store.STRETCHES, RUN, {"spans_pkey"}),
    "what was printed": (store.PRINTED, RUN, {"unit_is_first_printed_once"}),
    "packages printed": (
        store.PACKAGES_PRINTED,
        "ARRAY[7, 8]::bigint[]",
        {"package_is_first_printed_once"},
    ),
    "others' codes": (store.FOREIGN, RUN, {"registered_serial_of_number"}),
    "a print": (reading.FIND, UUID, {"prints_uuid_key"}),
    "batches of a print": (reading.BATCHES, "7", {"batches_of_print"}),
    "runs of a record": (reading.RUNS, "7, 1000", {"runs_of_print"}),
    "packages of a record": (reading.SSCCS, "7, 1000", {"packages_of_print"}),
    "fetches": (reading.FETCHES, "7", {"print_fetches_pkey"}),
    "sendings": (
        reading.SENDINGS,
        "7",
        {"print_sendings_pkey", "print_confirmations_pkey"},
    ),
    "ledger of a batch": (
        reading.LISTED,
        "7, NULL, 100",
        {"print_batches_pkey", "prints_pkey", "print_fetches_pkey"},
    ),
    "a page of the ledger": (reading.LISTED, "7, 900, 100", {"print_batches_pkey"}),
    "a print of a batch": (reading.NUMBER_OF, f"7, {UUID}", {"prints_uuid_key"}),
    "what is drawn": (printing.RUNS, "7", {"runs_of_print"}),
    "packages drawn": (printing.PACKAGES, "7", {"packages_of_print"}),
    "own serials drawn": (printing.OWN, RUN, {"registered_serial_of_number"}),
    "fetches counted": (printing.FETCHES, "7", {"print_fetches_pkey"}),
    "sendings counted": (
        printing.SENDINGS,
        "7, 60",
        {"print_sendings_pkey", "print_confirmations_pkey"},
    ),
}


@pytest.fixture
async def filled(database_url):
    owner = await asyncpg.connect(database_url)
    await owner.execute(SEED)
    await owner.execute(FILL)
    await owner.execute(PRINTED)
    await owner.execute("SET plan_cache_mode = force_generic_plan")
    yield owner
    await owner.close()


async def explained(owner: asyncpg.Connection, query: str, arguments: str) -> list[dict[str, Any]]:
    """The nodes of the plan by which this is asked."""
    await owner.execute(f"PREPARE asked AS {query}")
    told = await owner.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({arguments})")
    await owner.execute("DEALLOCATE asked")
    return list(nodes(json.loads(told)[0]["Plan"]))


async def test_the_queries_of_prints_go_by_their_indexes(filled):
    for name, query in QUERIES.items():
        found = await explained(filled, *query[:2])

        assert query[2] <= {one.get("Index Name") for one in found}, name
        read_whole = {one.get("Relation Name") for one in found if one["Node Type"] == "Seq Scan"}
        assert read_whole & GROWING == set(), name


async def test_the_ledger_of_a_batch_is_not_sorted(filled):
    found = await explained(filled, reading.LISTED, "7, NULL, 100")

    assert {one["Node Type"] for one in found}.isdisjoint({"Sort", "Incremental Sort"})
