"""The hot queries go by their indexes however large the tables grow."""

import json
from typing import Any

import asyncpg
import pytest

from domain.codes import store as codes
from domain.delivery import store as delivery
from domain.recognition import store as recognition
from domain.registry import goods
from domain.registry import reading as registry
from domain.registry import store as writing
from domain.requests import store as requests
from domain.trace import store as trace
from tests.store.dairy import SEED

# A million numbers, each second one with a life of its own, in a thousand batches.
FILL = """
INSERT INTO requests (id, participant_id, digest)
    SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, 1, '\\x00'
    FROM generate_series(1, 2000) AS n;
INSERT INTO events (id, kind, request_id, participant_id, occurred_at, recorded_at, details)
    SELECT n, 'REGISTERED', ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, 1,
        now(), now(), '{}' FROM generate_series(1, 2000) AS n;
INSERT INTO verification_keys (id, member_state, algorithm, wrapped_secret)
    VALUES ('2AAA', 'BY', 'AES_CMAC', '\\x00');
INSERT INTO serial_forms VALUES ('04810000000018', 6, true);
INSERT INTO number_spaces (gtin, serial_length, first_character, alphabet, next_block)
    VALUES ('04810000000018', 6, '2', 'SET_82', 16777216);
INSERT INTO series (space_id, gtin, member_state, template, first, last, next_number)
    VALUES (1, '04810000000018', 'BY', 'milk-s', 0, 16777215, 1000000);
INSERT INTO series (gtin, member_state, template, first, last, next_number)
    SELECT lpad(n::text, 14, '0'), 'BY', 'milk-s', 0, 16777215, 0
    FROM generate_series(1, 3000) AS n;
INSERT INTO stripes SELECT s, n FROM generate_series(1, 200) AS s, generate_series(0, 15) AS n;
INSERT INTO batches (uuid, participant_id, gtin, product_version, member_state, template, emission,
        quantity, verification_key_id, event_id)
    SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, 1, '04810000000018', 1,
        'BY', 'milk-s', 'PRODUCTION', 1000, '2AAA', n FROM generate_series(1, 1000) AS n;
INSERT INTO batch_intervals (series_id, first, last, batch_id, ordinal)
    SELECT 1, n * 1000, n * 1000 + 999, n + 1, 0 FROM generate_series(0, 999) AS n;
INSERT INTO spans (series_id, first, last, event_id, holder_id, status, turnover_state, blocked)
    SELECT 1, n * 16, n * 16 + 15, 1 + n / 50, 1, 'ISSUED', 'BY', false
    FROM generate_series(0, 49999) AS n;
INSERT INTO journal_entries
        (series_id, first, last, event_id, holder_id, status, turnover_state, blocked)
    SELECT 1, n * 16, n * 16 + 15, 1 + n / 50, 1, 'ISSUED', 'BY', false
    FROM generate_series(0, 49999) AS n;
INSERT INTO registered_serials
    SELECT lpad(n::text, 14, '0'), '2aaaa!', n, 0, NULL FROM generate_series(1, 20000) AS n;
ANALYZE;
"""
RUN = "ARRAY[1], ARRAY[5], ARRAY[900]"
UUID = "'00000000-0000-4000-9000-000000000007'"

# The query, its arguments, and the indexes by which it must go.
QUERIES = {
    "one unit": (
        trace.UNIT,
        "'04810000000018', '2abcde', 1, 77",
        {"serial_is_registered_once", "series_of_space", "spans_pkey", "batch_intervals_pkey"},
    ),
    "many units": (
        trace.UNITS,
        "ARRAY[1, 1], ARRAY[5, 900]",
        {"spans_pkey"},
    ),
    "covering spans": (registry.SPANS[1], RUN, {"spans_pkey"}),
    "spans between": (registry.SPANS[0], f"{RUN}, 100", {"spans_pkey"}),
    "intervals of runs": (registry.INTERVALS[1], RUN, {"batch_intervals_pkey"}),
    "intervals between": (registry.INTERVALS[0], f"{RUN}, 100", {"batch_intervals_pkey"}),
    "intervals of a batch": (registry.INTERVALS_OF_BATCH, "7", {"intervals_of_batch"}),
    "lock stripes": (goods.LOCK_STRIPES, "ARRAY[1], ARRAY[0]", {"stripes_pkey"}),
    "delete spans": (writing.DELETE_SPANS, "ARRAY[1], ARRAY[16]", {"spans_pkey"}),
    "own serials": (
        recognition.OWN_SERIALS,
        "'00000000000007', ARRAY['2aaaa!']",
        {"serial_is_registered_once"},
    ),
    "gtins with own serials": (
        recognition.GTINS_WITH_OWN_SERIALS,
        "ARRAY['00000000000007']",
        {"serial_is_registered_once"},
    ),
    "series of a space": (codes.OPEN_SERIES, "1, 'BY', 'milk-s'", {"series_of_space"}),
    "registered series": (
        codes.LOCK_REGISTERED_SERIES,
        "'00000000000007', 'BY', 'milk-s'",
        {"one_series_of_registered_serials"},
    ),
    "a batch": (delivery.FIND, UUID, {"batches_uuid_key"}),
    "a request": (requests.FIND, UUID, {"requests_pkey"}),
}
GROWING = {"spans", "journal_entries", "batch_intervals", "registered_serials", "events", "stripes"}


@pytest.fixture
async def filled(database_url):
    owner = await asyncpg.connect(database_url)
    await owner.execute(SEED)
    await owner.execute(FILL)
    await owner.execute("SET plan_cache_mode = force_generic_plan")
    yield owner
    await owner.close()


def nodes(plan: dict[str, Any]):
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def test_the_hot_queries_go_by_their_indexes(filled):
    for name, (query, arguments, indexes) in QUERIES.items():
        await filled.execute(f"PREPARE asked AS {query}")
        told = await filled.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({arguments})")
        await filled.execute("DEALLOCATE asked")

        found = list(nodes(json.loads(told)[0]["Plan"]))

        assert indexes <= {one.get("Index Name") for one in found}, name
        read_whole = {one.get("Relation Name") for one in found if one["Node Type"] == "Seq Scan"}
        assert read_whole & GROWING == set(), name
