"""Faults of single facts: receipts, codes that replaced others, findings."""

from collections.abc import Mapping

# The span that covers the number of this name, if it was ever issued.
COVERING = """
    LATERAL (
        SELECT * FROM spans AS covering
        WHERE covering.series_id = link.{0}_series_id AND covering.first <= link.{0}_number
        ORDER BY covering.first DESC LIMIT 1
    ) AS {0} ON {0}.last >= link.{0}_number
"""
NEW, OLD = COVERING.format("new"), COVERING.format("old")

FAULTS: Mapping[str, str] = {
    "receipt-without-its-event": """
        SELECT format('participant %s, till %s, document %s: event %s',
            receipts.participant_id, till, fiscal_document, event_id)
        FROM receipts
        LEFT JOIN requests ON requests.id = receipts.request_id
        LEFT JOIN events ON events.id = event_id
        WHERE requests.participant_id IS DISTINCT FROM receipts.participant_id
            OR (event_id IS NOT NULL AND (
                events.participant_id <> receipts.participant_id
                OR events.request_id <> receipts.request_id
                OR events.kind IS DISTINCT FROM
                    CASE receipts.kind WHEN 'SALE' THEN 'SOLD' ELSE 'RETURNED' END
            ))
        LIMIT 10
    """,
    "remarked-with-a-code-never-applied": f"""
        SELECT format('series %s: number %s', link.new_series_id, link.new_number)
        FROM remarkings AS link LEFT JOIN {NEW}
        WHERE new.status IS NULL OR new.status = 'ISSUED' LIMIT 10
    """,  # noqa: S608 (constants of this file)
    "remarked-code-is-not-withdrawn": f"""
        SELECT format('series %s: number %s', link.old_series_id, link.old_number)
        FROM remarkings AS link LEFT JOIN {OLD}
        WHERE link.old_number IS NOT NULL AND old.status IS DISTINCT FROM 'WITHDRAWN' LIMIT 10
    """,  # noqa: S608
    "remarking-without-its-event": """
        SELECT format('series %s: number %s by event %s', new_series_id, new_number, event_id)
        FROM remarkings LEFT JOIN events ON events.id = event_id
        WHERE events.kind IS DISTINCT FROM 'REMARKED' LIMIT 10
    """,
    "finding-of-nothing": """
        SELECT format('finding %s: event %s, number %s of series %s', id, event_id, number, series_id)
        FROM findings
        WHERE (event_id IS NOT NULL AND NOT EXISTS (SELECT FROM events WHERE events.id = event_id))
            OR (series_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM series
                WHERE series.id = series_id AND number >= first AND number < next_number
            ))
        LIMIT 10
    """,
}
