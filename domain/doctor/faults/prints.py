"""Faults of the label ledger: what was printed is of its batches, and first once only."""

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "print-run-outside-its-batch": """
        SELECT format('print %s: series %s, %s-%s', run.print_id, run.series_id, run.first, run.last)
        FROM print_runs AS run
        WHERE NOT EXISTS (
            SELECT FROM batch_intervals AS one
            WHERE one.series_id = run.series_id AND one.batch_id = run.batch_id
                AND one.first <= run.first AND one.last >= run.last
                AND one.ordinal + run.first - one.first = run.ordinal
        )
        LIMIT 10
    """,
    "print-of-a-lot-of-other-goods": """
        SELECT format('print %s: lot %s', run.print_id, run.lot_id)
        FROM print_runs AS run
        JOIN batches ON batches.id = run.batch_id
        LEFT JOIN lots ON lots.id = run.lot_id
        WHERE run.lot_id IS NOT NULL AND lots.gtin IS DISTINCT FROM batches.gtin LIMIT 10
    """,
    "printed-first-twice": """
        SELECT format('series %s: %s-%s and from %s', series_id, first, last, after)
        FROM (
            SELECT series_id, first, last,
                lead(first) OVER (PARTITION BY series_id ORDER BY first) AS after
            FROM print_runs WHERE NOT reprinted
        ) AS pairs
        WHERE after <= last LIMIT 10
    """,
    "reprinted-before-it-was-printed": """
        SELECT format('print %s: series %s, %s-%s', again.print_id, again.series_id, again.first,
            again.last)
        FROM print_runs AS again
        WHERE again.reprinted AND again.last - again.first + 1 IS DISTINCT FROM (
            SELECT sum(least(one.last, again.last) - greatest(one.first, again.first) + 1)
            FROM print_runs AS one
            WHERE one.series_id = again.series_id AND NOT one.reprinted
                AND one.first <= again.last AND one.last >= again.first
                AND one.print_id < again.print_id
        )
        LIMIT 10
    """,
    "package-reprinted-before-it-was-printed": """
        SELECT format('print %s: package %s', again.print_id, again.package_id)
        FROM print_packages AS again
        WHERE again.reprinted AND NOT EXISTS (
            SELECT FROM print_packages AS one
            WHERE one.package_id = again.package_id AND NOT one.reprinted
                AND one.print_id < again.print_id
        )
        LIMIT 10
    """,
    "print-counts-otherwise": """
        SELECT format('print %s: %s units and %s packages, %s again', prints.uuid, prints.units,
            prints.packages, prints.reprinted)
        FROM prints
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(last - first + 1), 0) AS units,
                coalesce(sum(last - first + 1) FILTER (WHERE reprinted), 0) AS reprinted,
                count(*) AS rows, coalesce(max(position) + 1, 0) AS reach
            FROM print_runs WHERE print_id = prints.id
        ) AS run
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(units), 0) AS units, coalesce(sum(reprinted), 0) AS reprinted
            FROM print_batches WHERE print_id = prints.id
        ) AS batch
        CROSS JOIN LATERAL (
            SELECT count(*) AS rows, count(*) FILTER (WHERE reprinted) AS reprinted,
                coalesce(max(position) + 1, 0) AS reach
            FROM print_packages WHERE print_id = prints.id
        ) AS package
        WHERE (prints.units, prints.packages, prints.reprinted)
                <> (run.units, package.rows, run.reprinted + package.reprinted)
            OR (run.units, run.reprinted) <> (batch.units, batch.reprinted)
            OR run.rows <> run.reach OR package.rows <> package.reach
        LIMIT 10
    """,
    "printed-of-a-batch-otherwise": """
        SELECT format('print %s, batch %s: %s units, %s again', print_id, batch_id, told.units,
            told.reprinted)
        FROM print_batches AS told
        LEFT JOIN (
            SELECT print_id, batch_id, sum(last - first + 1) AS units,
                coalesce(sum(last - first + 1) FILTER (WHERE reprinted), 0) AS reprinted
            FROM print_runs GROUP BY print_id, batch_id
        ) AS run USING (print_id, batch_id)
        WHERE (told.units, told.reprinted) IS DISTINCT FROM (run.units, run.reprinted) LIMIT 10
    """,
    "print-of-anothers-goods": """
        SELECT format('print %s: batch %s', prints.uuid, batches.uuid)
        FROM prints
        JOIN print_batches ON print_batches.print_id = prints.id
        JOIN batches ON batches.id = print_batches.batch_id
        WHERE batches.participant_id <> prints.participant_id LIMIT 10
    """,
    "print-without-its-request": """
        SELECT format('print %s', prints.uuid)
        FROM prints LEFT JOIN requests ON requests.id = prints.uuid
        WHERE requests.participant_id IS DISTINCT FROM prints.participant_id LIMIT 10
    """,
    "label-beyond-its-print": """
        SELECT format('print %s, sending %s', prints.uuid, sending.position)
        FROM print_sendings AS sending
        JOIN prints ON prints.id = sending.print_id
        LEFT JOIN print_confirmations AS told
            ON told.print_id = sending.print_id AND told.sending = sending.position
        WHERE sending.first_label > prints.labels OR told.sent > prints.labels LIMIT 10
    """,
}
