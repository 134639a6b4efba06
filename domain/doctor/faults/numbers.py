"""Faults of numbers: what is issued, tiled by spans, and what a span may say."""

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "spans-overlap": """
        SELECT format('series %s: %s-%s and from %s', series_id, first, last, after)
        FROM (
            SELECT series_id, first, last,
                lead(first) OVER (PARTITION BY series_id ORDER BY first) AS after
            FROM spans
        ) AS pairs
        WHERE after <= last LIMIT 10
    """,
    "spans-do-not-tile": """
        SELECT format('series %s: %s issued, %s in spans, %s reserved',
            series.id, series.next_number - series.first, coalesce(held.units, 0), kept.numbers)
        FROM series
        LEFT JOIN (
            SELECT series_id, sum(last - first + 1) AS units, min(first) AS first, max(last) AS last
            FROM spans GROUP BY series_id
        ) AS held ON held.series_id = series.id
        CROSS JOIN LATERAL (
            SELECT count(*) AS numbers FROM reserved_numbers
            WHERE reserved_numbers.space_id = series.space_id
                AND number >= series.first AND number < series.next_number
        ) AS kept
        WHERE series.next_number - series.first <> coalesce(held.units, 0) + kept.numbers
            OR held.first < series.first OR held.last >= series.next_number
        LIMIT 10
    """,
    "series-overlap": """
        SELECT format('space %s: series %s reaches into the next', space_id, id)
        FROM (
            SELECT id, space_id, last,
                lead(first) OVER (PARTITION BY space_id ORDER BY first) AS after
            FROM series WHERE space_id IS NOT NULL
        ) AS pairs
        WHERE after <= last LIMIT 10
    """,
    "series-beyond-its-space": """
        SELECT format('series %s ends beyond block %s of space %s', series.id, next_block, space_id)
        FROM series JOIN number_spaces AS space ON space.id = series.space_id
        WHERE series.last >= space.next_block LIMIT 10
    """,
    "batches-do-not-tile": """
        SELECT format('batch %s: %s units, %s in intervals', batches.uuid, quantity, taken.units)
        FROM batches
        LEFT JOIN (
            SELECT batch_id, sum(last - first + 1) AS units,
                max(ordinal + last - first + 1) AS reach, min(ordinal) AS start
            FROM batch_intervals GROUP BY batch_id
        ) AS taken ON taken.batch_id = batches.id
        WHERE (taken.units, taken.reach, taken.start) IS DISTINCT FROM (quantity, quantity, 0)
        LIMIT 10
    """,
    "span-outside-its-batch": """
        SELECT format('series %s: span %s-%s', span.series_id, span.first, span.last)
        FROM spans AS span
        WHERE NOT EXISTS (
            SELECT FROM (
                SELECT last FROM batch_intervals AS one
                WHERE one.series_id = span.series_id AND one.first <= span.first
                ORDER BY one.first DESC LIMIT 1
            ) AS around
            WHERE around.last >= span.last
        ) LIMIT 10
    """,
    "stripe-is-missing": """
        SELECT format('series %s: stripe %s', series_id, stripe_of(first))
        FROM spans
        WHERE NOT EXISTS (
            SELECT FROM stripes
            WHERE stripes.series_id = spans.series_id AND stripe = stripe_of(spans.first)
        ) LIMIT 10
    """,
    "registered-serial-not-issued": """
        SELECT format('%s %s: number %s of series %s', own.gtin, own.serial, own.number, own.series_id)
        FROM registered_serials AS own
        LEFT JOIN series ON series.id = own.series_id
        WHERE series.id IS NULL OR series.gtin <> own.gtin OR series.space_id IS NOT NULL
            OR own.number NOT BETWEEN series.first AND series.next_number - 1
        LIMIT 10
    """,
    "registered-number-without-serial": """
        SELECT format('series %s: %s numbers, %s serials', series.id,
            series.next_number - series.first, count(own.serial))
        FROM series LEFT JOIN registered_serials AS own ON own.series_id = series.id
        WHERE series.space_id IS NULL
        GROUP BY series.id HAVING count(own.serial) <> series.next_number - series.first LIMIT 10
    """,
    "reserved-number-issued": """
        SELECT format('space %s: number %s', kept.space_id, kept.number)
        FROM reserved_numbers AS kept
        JOIN series ON series.space_id = kept.space_id
            AND kept.number BETWEEN series.first AND series.next_number - 1
        JOIN LATERAL (
            SELECT last FROM spans
            WHERE spans.series_id = series.id AND spans.first <= kept.number
            ORDER BY spans.first DESC LIMIT 1
        ) AS span ON span.last >= kept.number LIMIT 10
    """,
    "withdrawn-without-a-reason": """
        SELECT format('series %s: %s-%s', series_id, first, last)
        FROM spans WHERE status = 'WITHDRAWN' AND withdrawal_reason IS NULL LIMIT 10
    """,
    "fraction-does-not-fit": """
        SELECT format('series %s: %s-%s has %s of %s parts',
            series_id, first, last, remaining_parts, whole_parts)
        FROM spans
        WHERE (whole_parts IS NULL) <> (remaining_parts IS NULL)
            OR remaining_parts NOT BETWEEN 0 AND whole_parts
            OR (remaining_parts = 0 AND status = 'IN_CIRCULATION')
        LIMIT 10
    """,
}
