"""Faults of what is counted: summaries of packages, and the units that everybody holds."""

from collections.abc import Mapping

from domain.doctor.faults.packages import STANDING_PACKAGES

KEYS = "package_id, batch_id, lot_id, status, blocked"
# A summary is right where it counts what lies in the package itself and the summaries of the
# packages in it: those are right for the same reason, down to the packages that hold only units.
CONTENTS = f"""
    contents AS (
        SELECT {KEYS}, sum(units) AS units
        FROM (
            SELECT spans.parent_id AS package_id, around.batch_id, coalesce(lot_id, 0) AS lot_id,
                status, blocked, spans.last - spans.first + 1 AS units
            FROM spans CROSS JOIN LATERAL (
                SELECT batch_id FROM batch_intervals AS one
                WHERE one.series_id = spans.series_id AND one.first <= spans.first
                ORDER BY one.first DESC LIMIT 1
            ) AS around
            WHERE parent_id IS NOT NULL
            UNION ALL
            SELECT standing.parent_id, batch_id, lot_id, status, inside.blocked, units
            FROM standing JOIN package_summaries AS inside ON inside.package_id = standing.id
            WHERE standing.parent_id IS NOT NULL
        ) AS piece
        GROUP BY {KEYS}
    )
"""  # noqa: S608 (constants of this file)

FAULTS: Mapping[str, str] = {
    "summary-differs-from-contents": f"""
        WITH {STANDING_PACKAGES}, {CONTENTS}
        SELECT format('package %s, batch %s, lot %s, %s%s: %s counted, %s inside', package_id,
            batch_id, lot_id, status, CASE WHEN blocked THEN ', blocked' END,
            coalesce(summary.units, 0), coalesce(contents.units, 0))
        FROM contents FULL JOIN package_summaries AS summary USING ({KEYS})
        WHERE contents.units IS DISTINCT FROM summary.units LIMIT 10
    """,  # noqa: S608 (constants)
    "summary-of-no-package": """
        SELECT format('package %s', package_id) FROM package_summaries
        WHERE NOT EXISTS (SELECT FROM packages WHERE packages.id = package_id AND alive) LIMIT 10
    """,
    "blocked-inside-is-miscounted": f"""
        WITH {STANDING_PACKAGES}
        SELECT format('package %s: %s counted, %s inside',
            around.id, around.blocked_inside, coalesce(found.packages, 0))
        FROM standing AS around
        LEFT JOIN (
            SELECT parent_id, sum(blocked_inside + blocked::integer) AS packages
            FROM standing GROUP BY parent_id
        ) AS found ON found.parent_id = around.id
        WHERE around.blocked_inside <> coalesce(found.packages, 0) LIMIT 10
    """,  # noqa: S608
    # From below, unit by unit up to the root, against the roots' summaries.
    "holder-has-other-units-than-counted": f"""
        WITH RECURSIVE {STANDING_PACKAGES}, held AS (
            SELECT id, holder_id FROM standing WHERE parent_id IS NULL
            UNION ALL
            SELECT standing.id, held.holder_id
            FROM held JOIN standing ON standing.parent_id = held.id
        ), units AS (
            SELECT held.holder_id, sum(last - first + 1) AS inside
            FROM held JOIN spans ON spans.parent_id = held.id GROUP BY held.holder_id
        ), summed AS (
            SELECT standing.holder_id, sum(units) AS counted
            FROM standing JOIN package_summaries AS summary ON summary.package_id = standing.id
            WHERE parent_id IS NULL GROUP BY standing.holder_id
        )
        SELECT format('participant %s: %s units in packages, %s counted',
            holder_id, coalesce(inside, 0), coalesce(counted, 0))
        FROM units FULL JOIN summed USING (holder_id)
        WHERE inside IS DISTINCT FROM counted LIMIT 10
    """,  # noqa: S608
    "units-are-not-conserved": f"""
        WITH {STANDING_PACKAGES}, units AS (
            SELECT (SELECT coalesce(sum(next_number - first), 0) FROM series) AS taken,
                (
                    SELECT count(*) FROM reserved_numbers AS kept
                    JOIN series ON series.space_id = kept.space_id
                        AND kept.number >= series.first AND kept.number < series.next_number
                ) AS reserved,
                (
                    SELECT coalesce(sum(last - first + 1), 0) FROM spans WHERE parent_id IS NULL
                ) AS loose,
                (
                    SELECT coalesce(sum(units), 0)
                    FROM standing JOIN package_summaries AS summary ON package_id = standing.id
                    WHERE parent_id IS NULL
                ) AS packed
        )
        SELECT format('%s issued, %s loose, %s in packages', taken - reserved, loose, packed)
        FROM units WHERE taken - reserved <> loose + packed
    """,  # noqa: S608
    "holder-in-another-state": f"""
        WITH {STANDING_PACKAGES}
        (
            SELECT format('series %s: span from %s', series_id, spans.first)
            FROM spans JOIN participants ON participants.id = spans.holder_id
            WHERE spans.status IN ('ISSUED', 'APPLIED')
                AND spans.turnover_state <> participants.member_state LIMIT 10
        )
        UNION ALL
        (
            SELECT DISTINCT format('package %s', standing.id)
            FROM standing JOIN participants ON participants.id = standing.holder_id
            JOIN package_summaries AS summary ON summary.package_id = standing.id
            WHERE summary.status IN ('ISSUED', 'APPLIED')
                AND standing.turnover_state <> participants.member_state LIMIT 10
        )
    """,  # noqa: S608
}
