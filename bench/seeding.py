"""A registry of many batches, made in a minute: one product's over HTTP, the others copied from it.

Every product has ten batches of 10,000 units in circulation. Every other batch lies in a thousand
spans of ten units, for two introductions took its tens in turn. The copies differ from the first
product in GTIN and ids alone, and `tamga doctor` finds nothing wrong with them.
"""

from uuid import UUID, uuid4

import asyncpg

from bench.registry import Registry

BATCHES_OF_PRODUCT = 10
UNITS = 10_000
PIECE = 10
CODES_OF_PRODUCT = BATCHES_OF_PRODUCT * UNITS
FAMILY = "S"

# Ids of copy k lie k times the distance of the first product's ids above them.
COPIES = """
    CREATE TEMP TABLE copies AS
    SELECT gtin AS copied, row_number() OVER (ORDER BY gtin) AS k,
        (SELECT max(id) FROM series)::integer AS series,
        (SELECT max(id) FROM events) AS event,
        (SELECT max(id) FROM batches) AS batch,
        (SELECT max(id) FROM lots) AS lot
    FROM products WHERE gtin <> $1
"""
COPY = (
    """
    INSERT INTO serial_forms (gtin, serial_length, has_first_character)
    SELECT copied, serial_length, has_first_character FROM serial_forms, copies
    """,
    """
    INSERT INTO number_spaces (id, gtin, serial_length, first_character, alphabet, next_block)
    SELECT id + k * series, copied, serial_length, first_character, alphabet, next_block
    FROM number_spaces, copies
    """,
    """
    INSERT INTO series (id, space_id, gtin, member_state, template, first, last, next_number)
    SELECT id + k * series, space_id + k * series, copied, member_state, template, first, last,
        next_number
    FROM series, copies
    """,
    """
    INSERT INTO stripes (series_id, stripe)
    SELECT series_id + k * series, stripe FROM stripes, copies
    """,
    """
    INSERT INTO requests (id, participant_id, digest, answer)
    SELECT md5(requests.id::text || k)::uuid, participant_id, digest, answer
    FROM requests, copies WHERE requests.id IN (SELECT request_id FROM events)
    """,
    """
    INSERT INTO events
        (id, kind, request_id, participant_id, occurred_at, recorded_at, details, corrects)
    SELECT id + k * event, kind, md5(request_id::text || k)::uuid, participant_id, occurred_at,
        recorded_at, details, corrects
    FROM events, copies
    """,
    """
    INSERT INTO lots (id, participant_id, gtin, lot_number, produced_on, expires_on, customs)
    SELECT id + k * lot, participant_id, copied, lot_number, produced_on, expires_on, customs
    FROM lots, copies
    """,
    """
    INSERT INTO batches (id, uuid, participant_id, gtin, product_version, member_state, template,
        emission, quantity, verification_key_id, price_minor, tnved, event_id)
    SELECT id + k * batch, md5(uuid::text || k)::uuid, participant_id, copied, product_version,
        member_state, template, emission, quantity, verification_key_id, price_minor, tnved,
        event_id + k * event
    FROM batches, copies
    """,
    """
    INSERT INTO batch_intervals (series_id, first, last, batch_id, ordinal)
    SELECT series_id + k * series, first, last, batch_id + k * batch, ordinal
    FROM batch_intervals, copies ORDER BY 1, 2
    """,
    """
    INSERT INTO spans (series_id, first, last, event_id, lot_id, holder_id, status,
        turnover_state, blocked)
    SELECT series_id + k * series, first, last, event_id + k * event, lot_id + k * lot, holder_id,
        status, turnover_state, blocked
    FROM spans, copies ORDER BY 1, 2
    """,
    """
    INSERT INTO journal_entries (series_id, first, last, event_id, previous_event_id, lot_id,
        holder_id, status, turnover_state, blocked)
    SELECT series_id + k * series, first, last, event_id + k * event,
        previous_event_id + k * event, lot_id + k * lot, holder_id, status, turnover_state, blocked
    FROM journal_entries, copies ORDER BY 1, 4, 2
    """,
)
# The service goes on above the copies.
GO_ON = """
    SELECT setval('event_numbers', (SELECT max(id) FROM events)),
        setval(pg_get_serial_sequence('number_spaces', 'id'), (SELECT max(id) FROM number_spaces)),
        setval(pg_get_serial_sequence('series', 'id'), (SELECT max(id) FROM series)),
        setval(pg_get_serial_sequence('batches', 'id'), (SELECT max(id) FROM batches)),
        setval(pg_get_serial_sequence('lots', 'id'), (SELECT max(id) FROM lots))
"""
BATCHES = "SELECT uuid FROM batches ORDER BY md5(uuid::text) LIMIT $1"


async def fill(registry: Registry, connection: asyncpg.Connection, products: int) -> None:
    """So many products with their batches, in a registry that has none."""
    gtins = registry.products(FAMILY, products)
    for number in range(BATCHES_OF_PRODUCT):
        batch = registry.register(gtins[0], FAMILY, UNITS)
        registry.report("applications", batch, 0, UNITS)
        if number % 2:
            for turn in range(2):
                introduce(registry, batch, turn)
        else:
            registry.report("introductions", batch, 0, UNITS)
    async with connection.transaction():
        # Foreign keys hold by the way in which the rows are made.
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(COPIES, gtins[0])
        for statement in COPY:
            await connection.execute(statement)
        await connection.execute(GO_ON)
        await connection.execute("DROP TABLE copies")
    await connection.execute("VACUUM ANALYZE")


def introduce(registry: Registry, batch: UUID, turn: int) -> None:
    """Introduce every other ten units of a batch."""
    firsts = range(turn * PIECE, UNITS, 2 * PIECE)
    file = "".join(f"{batch},{first},{PIECE}\n" for first in firsts).encode()
    registry.caller.put_file(f"/introductions/{uuid4()}/file", file, "text/csv")
