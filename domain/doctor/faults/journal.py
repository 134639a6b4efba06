"""Faults of what was recorded: events, whom they concern, and the journals' entries."""

from collections.abc import Mapping

from domain.registry.spans import Standing

STANDING_DIFFERS = " OR ".join(
    f"span.{name} IS DISTINCT FROM entry.{name}" for name in Standing._fields
)
PACKAGE_STANDING = ("parent_id", "transfer_id", "holder_id", "turnover_state", "blocked", "alive")
PACKAGE_DIFFERS = " OR ".join(
    f"unit.{name} IS DISTINCT FROM entry.{name}" for name in ("event_id", *PACKAGE_STANDING)
)

FAULTS: Mapping[str, str] = {
    "request-without-answer": """
        SELECT format('request %s', id) FROM requests WHERE answer IS NULL LIMIT 10
    """,
    "event-not-told-to-its-participant": """
        SELECT format('event %s of participant %s', id, participant_id)
        FROM events
        WHERE NOT EXISTS (
            SELECT FROM event_parties AS told
            WHERE told.participant_id = events.participant_id
                AND told.transaction = events.transaction AND told.event_id = events.id
        ) LIMIT 10
    """,
    "told-of-no-event": """
        SELECT format('event %s, told to participant %s', event_id, participant_id)
        FROM event_parties AS told
        WHERE NOT EXISTS (
            SELECT FROM events
            WHERE events.id = told.event_id AND events.transaction = told.transaction
        ) LIMIT 10
    """,
    "correction-of-nothing": """
        SELECT format('event %s corrects event %s', id, corrects)
        FROM events
        WHERE corrects IS NOT NULL AND (
            corrects >= id OR NOT EXISTS (SELECT FROM events AS one WHERE one.id = events.corrects)
        ) LIMIT 10
    """,
    "entry-without-its-event": """
        (
            SELECT format('series %s: entry from %s of event %s', series_id, first, event_id)
            FROM journal_entries
            WHERE NOT EXISTS (SELECT FROM events WHERE events.id = event_id) LIMIT 10
        )
        UNION ALL
        (
            SELECT format('package %s: entry of event %s', package_id, event_id)
            FROM package_entries
            WHERE NOT EXISTS (SELECT FROM events WHERE events.id = event_id) LIMIT 10
        )
    """,
    "chain-goes-back-in-time": """
        SELECT format('event %s was recorded before event %s', later.id, earlier.id)
        FROM (
            SELECT event_id, previous_event_id FROM journal_entries
            UNION
            SELECT event_id, previous_event_id FROM package_entries
        ) AS pair
        JOIN events AS later ON later.id = pair.event_id
        JOIN events AS earlier ON earlier.id = pair.previous_event_id
        WHERE later.recorded_at < earlier.recorded_at LIMIT 10
    """,
    "entry-outside-its-batch": """
        SELECT format('series %s: entry %s-%s of event %s', series_id, first, last, event_id)
        FROM journal_entries AS entry
        WHERE NOT EXISTS (
            SELECT FROM (
                SELECT last FROM batch_intervals AS one
                WHERE one.series_id = entry.series_id AND one.first <= entry.first
                ORDER BY one.first DESC LIMIT 1
            ) AS around
            WHERE around.last >= entry.last
        ) LIMIT 10
    """,
    "span-without-its-entry": f"""
        SELECT format('series %s: span %s-%s of event %s',
            span.series_id, span.first, span.last, span.event_id)
        FROM spans AS span
        LEFT JOIN LATERAL (
            SELECT * FROM journal_entries AS one
            WHERE one.series_id = span.series_id AND one.event_id = span.event_id
                AND one.first <= span.first
            ORDER BY one.first DESC LIMIT 1
        ) AS entry ON true
        WHERE entry.first IS NULL OR entry.last < span.first OR {STANDING_DIFFERS}
        LIMIT 10
    """,  # noqa: S608 (column names are constants)
    "package-without-its-event": """
        SELECT format('package %s since event %s', id, event_id)
        FROM packages
        WHERE NOT EXISTS (SELECT FROM events WHERE events.id = event_id) LIMIT 10
    """,
    "entry-of-no-transport-unit": """
        SELECT format('package %s: entry of event %s', package_id, event_id)
        FROM package_entries
        WHERE NOT EXISTS (
            SELECT FROM packages WHERE packages.id = package_id AND kind = 'TRANSPORT'
        ) LIMIT 10
    """,
    # A coded pack has no journal of its own: its code's says when it was dissolved.
    "entry-in-a-package-not-alive": """
        SELECT format('event %s put something into package %s', inside.event_id, inside.parent_id)
        FROM (
            SELECT parent_id, event_id FROM journal_entries WHERE parent_id IS NOT NULL
            UNION
            SELECT parent_id, event_id FROM package_entries WHERE parent_id IS NOT NULL
        ) AS inside
        LEFT JOIN packages AS around ON around.id = inside.parent_id
        LEFT JOIN LATERAL (
            SELECT alive FROM package_entries AS one
            WHERE one.package_id = inside.parent_id AND one.event_id <= inside.event_id
            ORDER BY one.event_id DESC LIMIT 1
        ) AS stood ON true
        WHERE around.id IS NULL OR (around.kind = 'TRANSPORT' AND stood.alive IS NOT TRUE)
        LIMIT 10
    """,
    "replay-differs-from-packages": f"""
        SELECT format('package %s since event %s', unit.id, unit.event_id)
        FROM packages AS unit
        LEFT JOIN LATERAL (
            SELECT * FROM package_entries AS one
            WHERE one.package_id = unit.id ORDER BY one.event_id DESC LIMIT 1
        ) AS entry ON true
        WHERE unit.kind = 'TRANSPORT' AND ({PACKAGE_DIFFERS}) LIMIT 10
    """,  # noqa: S608 (column names are constants)
    "chain-of-a-package-is-broken": """
        SELECT format('package %s: entry of event %s', package_id, event_id)
        FROM (
            SELECT package_id, event_id, previous_event_id,
                lag(event_id) OVER (PARTITION BY package_id ORDER BY event_id) AS before
            FROM package_entries
        ) AS entry
        WHERE previous_event_id IS DISTINCT FROM before LIMIT 10
    """,
}
