"""Faults of blocks: what is written on goods is what the blocks say.

A block whose term is over counts until somebody records its end: judging looks at the clock.
"""

from collections.abc import Mapping

# Every number that a block covers, and every number that says so, series by series.
NUMBERS = """
    banned AS (
        SELECT run.series_id, range_agg(int8range(run.first, run.last, '[]')) AS numbers
        FROM blocks JOIN block_runs AS run ON run.block_id = blocks.id
        WHERE ended_event_id IS NULL GROUP BY run.series_id
    ), marked AS (
        SELECT series_id, range_agg(int8range(first, last, '[]')) AS numbers
        FROM spans WHERE blocked GROUP BY series_id
    )
"""
PACKAGES_BLOCKED = """
    SELECT package_id FROM blocks WHERE scope = 'PACKAGE' AND ended_event_id IS NULL
"""

FAULTS: Mapping[str, str] = {
    "block-not-on-its-units": f"""
        WITH {NUMBERS}
        SELECT format('series %s: %s', series_id, left(told.numbers::text, 200))
        FROM (
            SELECT banned.series_id, banned.numbers - coalesce(marked.numbers, '{{}}') AS numbers
            FROM banned LEFT JOIN marked USING (series_id)
        ) AS told
        WHERE NOT isempty(numbers) LIMIT 10
    """,  # noqa: S608 (constants of this file)
    "units-blocked-by-nothing": f"""
        WITH {NUMBERS}
        SELECT format('series %s: %s', series_id, left(told.numbers::text, 200))
        FROM (
            SELECT marked.series_id, marked.numbers - coalesce(banned.numbers, '{{}}') AS numbers
            FROM marked LEFT JOIN banned USING (series_id)
        ) AS told
        WHERE NOT isempty(numbers) LIMIT 10
    """,  # noqa: S608
    "block-not-on-its-package": f"""
        SELECT format('package %s', id) FROM packages
        WHERE alive AND NOT blocked AND id IN ({PACKAGES_BLOCKED}) LIMIT 10
    """,  # noqa: S608
    "package-blocked-by-nothing": f"""
        SELECT format('package %s', id) FROM packages
        WHERE alive AND blocked AND id NOT IN ({PACKAGES_BLOCKED}) LIMIT 10
    """,  # noqa: S608
    # A coded pack is blocked by a block on its own number.
    "block-of-nothing": """
        SELECT format('block %s: %s', id, scope) FROM blocks
        WHERE (scope = 'UNITS') <> EXISTS (SELECT FROM block_runs WHERE block_id = blocks.id)
            OR (scope = 'PACKAGE' AND NOT EXISTS (
                SELECT FROM packages WHERE packages.id = package_id AND kind = 'TRANSPORT'
            ))
            OR (scope = 'BATCH' AND NOT EXISTS (SELECT FROM batches WHERE batches.id = batch_id))
            OR (scope = 'LOT' AND NOT EXISTS (SELECT FROM lots WHERE lots.id = lot_id))
        LIMIT 10
    """,
    "block-without-its-events": """
        SELECT format('block %s: event %s, ended by %s', blocks.id, event_id, ended_event_id)
        FROM blocks
        LEFT JOIN events AS placed ON placed.id = event_id
        LEFT JOIN events AS ended ON ended.id = ended_event_id
        WHERE placed.kind IS DISTINCT FROM 'BLOCKED'
            OR (ended_event_id IS NOT NULL
                AND (ended.kind IN ('UNBLOCKED', 'BLOCK_EXPIRED')) IS NOT TRUE)
            OR ended_event_id <= event_id
            OR (ended.kind = 'BLOCK_EXPIRED' AND (until <= ended.recorded_at) IS NOT TRUE)
        LIMIT 10
    """,
}
