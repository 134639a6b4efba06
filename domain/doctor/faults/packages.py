"""Faults of packages: they form a forest, and custody is kept on its roots."""

from collections.abc import Mapping

# The span of a coded pack's code. A number that was never issued has none.
CODE = """
    LATERAL (
        SELECT * FROM spans AS covering
        WHERE covering.series_id = packages.series_id AND covering.first <= packages.number
        ORDER BY covering.first DESC LIMIT 1
    ) AS code
"""
# Packages alive, with the one that each is in and the custody that stands on it. A coded pack is
# where its code is.
STANDING_PACKAGES = f"""
    standing AS MATERIALIZED (
        SELECT id, parent_id, holder_id, turnover_state, levels, blocked_inside, blocked
        FROM packages WHERE alive AND kind = 'TRANSPORT'
        UNION ALL
        SELECT id, code.parent_id, code.holder_id, code.turnover_state, levels, blocked_inside, false
        FROM packages CROSS JOIN {CODE}
        WHERE alive AND kind <> 'TRANSPORT' AND code.last >= number
    )
"""  # noqa: S608 (constants of this file)

FAULTS: Mapping[str, str] = {
    "inside-what-is-not-there": """
        (
            SELECT format('series %s: %s-%s in package %s',
                spans.series_id, first, last, spans.parent_id)
            FROM spans LEFT JOIN packages AS around ON around.id = spans.parent_id
            WHERE spans.parent_id IS NOT NULL AND around.alive IS NOT TRUE LIMIT 10
        )
        UNION ALL
        (
            SELECT format('package %s in package %s', inner_one.id, inner_one.parent_id)
            FROM packages AS inner_one LEFT JOIN packages AS around ON around.id = inner_one.parent_id
            WHERE inner_one.parent_id IS NOT NULL AND around.alive IS NOT TRUE LIMIT 10
        )
    """,
    # A package that is inside itself, through however many others, is reached from no root.
    "package-inside-itself": f"""
        WITH RECURSIVE {STANDING_PACKAGES}, reached AS (
            SELECT id FROM standing WHERE parent_id IS NULL
            UNION ALL
            SELECT standing.id FROM reached JOIN standing ON standing.parent_id = reached.id
        )
        SELECT format('package %s in package %s', id, parent_id) FROM standing
        WHERE NOT EXISTS (SELECT FROM reached WHERE reached.id = standing.id)
            AND EXISTS (SELECT FROM standing AS around WHERE around.id = standing.parent_id)
        LIMIT 10
    """,  # noqa: S608 (constants of this file)
    "level-not-above-its-contents": f"""
        WITH {STANDING_PACKAGES}
        SELECT format('package %s of level %s in package %s of level %s',
            standing.id, standing.levels, around.id, around.levels)
        FROM standing JOIN packages AS around ON around.id = standing.parent_id
        WHERE around.levels <= standing.levels LIMIT 10
    """,  # noqa: S608
    "custody-not-on-the-root": """
        (
            SELECT format('series %s: %s-%s', series_id, first, last) FROM spans
            WHERE (parent_id IS NULL) <> (turnover_state IS NOT NULL)
                OR (parent_id IS NOT NULL AND transfer_id IS NOT NULL)
            LIMIT 10
        )
        UNION ALL
        (
            SELECT format('package %s', id) FROM packages
            WHERE kind = 'TRANSPORT' AND (
                (holder_id IS NULL) <> (turnover_state IS NULL)
                OR (holder_id IS NULL AND transfer_id IS NOT NULL)
            ) LIMIT 10
        )
    """,
    "pack-with-custody-of-its-own": """
        SELECT format('package %s', id) FROM packages
        WHERE kind <> 'TRANSPORT' AND (blocked OR parent_id IS NOT NULL OR holder_id IS NOT NULL
            OR turnover_state IS NOT NULL OR transfer_id IS NOT NULL)
        LIMIT 10
    """,
    "transport-unit-is-empty": """
        SELECT format('package %s, SSCC %s', id, sscc) FROM packages AS unit
        WHERE alive AND kind = 'TRANSPORT'
            AND NOT EXISTS (SELECT FROM spans WHERE spans.parent_id = unit.id)
            AND NOT EXISTS (SELECT FROM packages AS inside WHERE inside.parent_id = unit.id)
        LIMIT 10
    """,
    "pack-without-its-code": f"""
        SELECT format('package %s: number %s of series %s', id, number, packages.series_id)
        FROM packages LEFT JOIN {CODE} ON true
        WHERE kind <> 'TRANSPORT' AND (code.last >= number) IS NOT TRUE LIMIT 10
    """,  # noqa: S608 (constants of this file)
    # It was dissolved, or its contents lie under a new code.
    "code-of-a-dissolved-pack-lives": f"""
        SELECT format('package %s: number %s of series %s', id, number, packages.series_id)
        FROM packages CROSS JOIN {CODE}
        WHERE NOT alive AND kind <> 'TRANSPORT' AND code.last >= number
            AND ((code.withdrawal_reason IN ('DISSOLVED', 'REMARKED')) IS NOT TRUE
                OR code.parent_id IS NOT NULL)
        LIMIT 10
    """,  # noqa: S608
    "dissolved-without-a-pack": """
        SELECT format('series %s: %s-%s', series_id, first, last) FROM spans
        WHERE withdrawal_reason = 'DISSOLVED' AND last - first + 1 <> (
            SELECT count(*) FROM packages
            WHERE packages.series_id = spans.series_id AND NOT alive
                AND number BETWEEN spans.first AND spans.last
        ) LIMIT 10
    """,
}
