"""Faults of custody: what is locked is what was offered, and answers add up."""

from collections.abc import Mapping

# Goods that carry a transfer: loose numbers, what is inside loose packs, what is inside units.
LOCKED = """
    locked AS (
        SELECT transfer_id, sum(units) AS units
        FROM (
            SELECT transfer_id, last - first + 1 AS units FROM spans WHERE transfer_id IS NOT NULL
            UNION ALL
            SELECT spans.transfer_id, summary.units
            FROM spans
            JOIN packages AS pack ON pack.series_id = spans.series_id AND pack.alive
                AND pack.number BETWEEN spans.first AND spans.last
            JOIN package_summaries AS summary ON summary.package_id = pack.id
            WHERE spans.transfer_id IS NOT NULL
            UNION ALL
            SELECT unit.transfer_id, summary.units
            FROM packages AS unit JOIN package_summaries AS summary ON summary.package_id = unit.id
            WHERE unit.transfer_id IS NOT NULL
        ) AS piece
        GROUP BY transfer_id
    )
"""
CARRIERS = """
    carrier AS (
        SELECT transfer_id, holder_id, format('series %s: %s-%s', series_id, first, last) AS told
        FROM spans WHERE transfer_id IS NOT NULL
        UNION ALL
        SELECT transfer_id, holder_id, format('package %s', id)
        FROM packages WHERE transfer_id IS NOT NULL
    )
"""

FAULTS: Mapping[str, str] = {
    "lock-of-no-open-transfer": f"""
        WITH {CARRIERS}
        SELECT format('transfer %s: %s', transfer_id, told) FROM carrier
        WHERE NOT EXISTS (
            SELECT FROM transfers WHERE transfers.id = transfer_id AND status = 'OFFERED'
        ) LIMIT 10
    """,  # noqa: S608 (constants of this file)
    "offered-by-another-than-the-holder": f"""
        WITH {CARRIERS}
        SELECT format('transfer %s: %s', transfer_id, told)
        FROM carrier JOIN transfers ON transfers.id = transfer_id
        WHERE holder_id IS DISTINCT FROM sender_id LIMIT 10
    """,  # noqa: S608
    "offer-differs-from-what-is-locked": f"""
        WITH {LOCKED}
        SELECT format('transfer %s: %s left, %s locked', offer.id, offer.units,
            coalesce(locked.units, 0))
        FROM (
            SELECT id, offered_units - accepted_units - released_units - sold_units AS units
            FROM transfers WHERE status = 'OFFERED'
        ) AS offer
        LEFT JOIN locked ON locked.transfer_id = offer.id
        WHERE offer.units <> coalesce(locked.units, 0) LIMIT 10
    """,  # noqa: S608
    # What the offer names, and what its own event locked, number by number.
    "offer-differs-from-its-entries": """
        (
            SELECT format('transfer %s, series %s', transfer_id, series_id)
            FROM (
                SELECT transfer_id, goods.series_id,
                    range_agg(int8range(goods.first, goods.last, '[]')) AS numbers
                FROM transfer_goods
                CROSS JOIN LATERAL unnest(series_ids, firsts, lasts)
                    AS goods (series_id, first, last)
                GROUP BY transfer_id, goods.series_id
            ) AS named
            FULL JOIN (
                SELECT transfers.id AS transfer_id, entry.series_id,
                    range_agg(int8range(entry.first, entry.last, '[]')) AS numbers
                FROM transfers
                JOIN journal_entries AS entry
                    ON entry.event_id = transfers.event_id AND entry.transfer_id = transfers.id
                GROUP BY transfers.id, entry.series_id
            ) AS entered USING (transfer_id, series_id)
            WHERE named.numbers IS DISTINCT FROM entered.numbers LIMIT 10
        )
        UNION ALL
        (
            SELECT format('transfer %s, package %s', transfer_id, package_id)
            FROM (
                SELECT transfer_id, package_id
                FROM transfer_goods CROSS JOIN LATERAL unnest(package_ids) AS package_id
            ) AS named
            FULL JOIN (
                SELECT transfers.id AS transfer_id, entry.package_id
                FROM transfers
                JOIN package_entries AS entry
                    ON entry.event_id = transfers.event_id AND entry.transfer_id = transfers.id
            ) AS entered USING (transfer_id, package_id)
            WHERE named.package_id IS NULL OR entered.package_id IS NULL LIMIT 10
        )
    """,
    # After its offer nothing joins a transfer but what comes out of a package that is in it.
    "joined-a-transfer-after-its-offer": """
        (
            SELECT format('transfer %s, series %s: %s-%s by event %s', entry.transfer_id,
                entry.series_id, entry.first, entry.last, entry.event_id)
            FROM journal_entries AS entry JOIN transfers ON transfers.id = entry.transfer_id
            LEFT JOIN LATERAL (
                SELECT parent_id, transfer_id FROM journal_entries AS one
                WHERE one.series_id = entry.series_id AND one.event_id = entry.previous_event_id
                    AND one.first <= entry.first
                ORDER BY one.first DESC LIMIT 1
            ) AS before ON true
            WHERE entry.event_id <> transfers.event_id AND before.parent_id IS NULL
                AND before.transfer_id IS DISTINCT FROM entry.transfer_id
            LIMIT 10
        )
        UNION ALL
        (
            SELECT format('transfer %s, package %s by event %s', entry.transfer_id,
                entry.package_id, entry.event_id)
            FROM package_entries AS entry JOIN transfers ON transfers.id = entry.transfer_id
            LEFT JOIN package_entries AS before ON before.package_id = entry.package_id
                AND before.event_id = entry.previous_event_id
            WHERE entry.event_id <> transfers.event_id AND before.parent_id IS NULL
                AND before.transfer_id IS DISTINCT FROM entry.transfer_id
            LIMIT 10
        )
    """,
    "answers-do-not-add-up": """
        SELECT format('transfer %s: %s accepted and %s released, answers say %s and %s', id,
            transfers.accepted_units, transfers.released_units,
            coalesce(told.accepted, 0), coalesce(told.released, 0))
        FROM transfers
        LEFT JOIN (
            SELECT transfer_id, sum(accepted_units) AS accepted, sum(released_units) AS released
            FROM transfer_answers GROUP BY transfer_id
        ) AS told ON told.transfer_id = transfers.id
        WHERE transfers.accepted_units <> coalesce(told.accepted, 0)
            OR transfers.released_units <> coalesce(told.released, 0)
        LIMIT 10
    """,
    "sold-units-do-not-add-up": """
        SELECT format('transfer %s: %s sold, discrepancies say %s',
            id, sold_units, coalesce(told.units, 0))
        FROM transfers
        LEFT JOIN (
            SELECT transfer_id, sum(units) AS units
            FROM discrepancies WHERE kind = 'SOLD' GROUP BY transfer_id
        ) AS told ON told.transfer_id = transfers.id
        WHERE sold_units <> coalesce(told.units, 0) LIMIT 10
    """,
    "status-does-not-fit-the-answers": """
        SELECT format('transfer %s is %s: %s offered, %s accepted, %s released, %s sold',
            id, status, offered_units, accepted_units, released_units, sold_units)
        FROM transfers
        WHERE NOT CASE status
            WHEN 'OFFERED' THEN accepted_units + released_units + sold_units < offered_units
            WHEN 'ACCEPTED' THEN accepted_units = offered_units
            WHEN 'PARTLY_ACCEPTED' THEN accepted_units BETWEEN 1 AND offered_units - 1
            ELSE accepted_units = 0
        END LIMIT 10
    """,
    "transfer-without-its-events": """
        SELECT format('transfer %s: event %s, closed by %s', transfers.id, event_id, closed_event_id)
        FROM transfers
        LEFT JOIN events AS offered ON offered.id = event_id
        LEFT JOIN events AS closed ON closed.id = closed_event_id
        WHERE offered.kind IS DISTINCT FROM 'OFFERED'
            OR (closed_event_id IS NOT NULL AND closed.id IS NULL)
            OR closed_event_id <= event_id
        LIMIT 10
    """,
    # An answer that closes the transfer releases the rest in the same event.
    "answer-without-its-event": """
        SELECT format('transfer %s: %s by event %s', transfer_id, answer.kind, event_id)
        FROM transfer_answers AS answer LEFT JOIN events ON events.id = event_id
        WHERE events.id IS NULL OR events.kind <> CASE answer.kind
            WHEN 'CANCELLED' THEN 'OFFER_CANCELLED'
            WHEN 'EXPIRED' THEN 'OFFER_EXPIRED'
            WHEN 'CLOSED' THEN events.kind
            ELSE answer.kind
        END LIMIT 10
    """,
    "discrepancy-without-its-event": """
        SELECT format('transfer %s: %s by event %s', transfer_id, kind, event_id)
        FROM discrepancies
        WHERE NOT EXISTS (SELECT FROM events WHERE events.id = event_id) LIMIT 10
    """,
}
