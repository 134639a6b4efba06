"""SQL of findings and recorded scans: what is asked of a unit's past, and what is kept."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from domain.findings.rules import OPEN, Finding, Happened, Scan
from domain.findings.travel import Sight
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, FindingRule

MOST_COUNTED = 10_000
LATEST = 2**63 - 1

Place = tuple[int, int]  # series, number

# Two scans of one unit at the same moment queue here, so that the second sees the first; so do two
# guesses at one GTIN. Taken last of all locks, in order.
HOLD = "SELECT pg_advisory_xact_lock(20180204, hashtext(name)) FROM unnest($1::text[]) AS name"


async def hold(connection: asyncpg.Connection, names: Iterable[str]) -> None:
    """Let no other transaction judge what goes by these names until this one ends."""
    await connection.execute(HOLD, sorted(set(names)))


SERIES = "SELECT id, gtin, member_state FROM series WHERE id = ANY ($1::integer[])"


async def series_of(
    connection: asyncpg.Connection, ids: Collection[int]
) -> dict[int, tuple[str, MemberState]]:
    """The GTIN and the issuing state of these series."""
    rows = await connection.fetch(SERIES, list(ids))
    return {row["id"]: (row["gtin"], MemberState(row["member_state"])) for row in rows}


RECEIVERS = """
    SELECT transfers.id AS transfer, participants.id AS participant
    FROM transfers
    JOIN participants ON participants.member_state = transfers.receiver_state
        AND participants.tax_id = transfers.receiver_tax_id
    WHERE transfers.id = ANY ($1::bigint[]) AND transfers.status = 'OFFERED'
"""


async def receivers_of(
    connection: asyncpg.Connection, transfers: Collection[int]
) -> dict[int, int]:
    """To whom these open transfers offer their goods, where the receiver is registered."""
    if not transfers:
        return {}
    rows = await connection.fetch(RECEIVERS, list(transfers))
    return {row["transfer"]: row["participant"] for row in rows}


EVENTS = "SELECT id, kind, occurred_at, participant_id FROM events WHERE id = ANY ($1::bigint[])"


async def events_of(connection: asyncpg.Connection, ids: Collection[int]) -> dict[int, Happened]:
    """What happened under these events."""
    rows = await connection.fetch(EVENTS, sorted(ids))
    return {row[0]: Happened(row[0], EventKind(row[1]), row[2], row[3]) for row in rows}


# Back along the journal of each unit until it was sold; what came back meanwhile was not sold.
LAST_SALES = """
    WITH RECURSIVE walk AS (
        SELECT asked.position, asked.series_id, asked.number, asked.event_id
        FROM unnest($1::integer[], $2::bigint[], $3::bigint[])
            WITH ORDINALITY AS asked (series_id, number, event_id, position)
        UNION ALL
        SELECT walk.position, walk.series_id, walk.number, entry.previous_event_id
        FROM walk
        JOIN events ON events.id = walk.event_id
            AND events.kind NOT IN ('SOLD', 'RETURNED', 'RESTORED')
        CROSS JOIN LATERAL (
            SELECT previous_event_id FROM journal_entries
            WHERE series_id = walk.series_id AND event_id = walk.event_id
                AND first <= walk.number
            ORDER BY first DESC LIMIT 1
        ) AS entry
    )
    SELECT walk.position::integer - 1 AS position, events.id, events.kind, events.occurred_at,
        events.participant_id
    FROM walk JOIN events ON events.id = walk.event_id AND events.kind = 'SOLD'
"""


async def last_sales(
    connection: asyncpg.Connection, places: Sequence[Place], events: Sequence[int]
) -> dict[int, Happened]:
    """By position: the sale after which the unit did not come back. `events` are their last ones."""
    if not places:
        return {}
    rows = await connection.fetch(LAST_SALES, *zip(*places, strict=True), events)
    return {row[0]: Happened(row[1], EventKind(row[2]), row[3], row[4]) for row in rows}


# Custody stands on the outermost package. So each unit's journal is walked back, and for as long
# as it was in a package the journal of that one, and so on outwards. A node is a number, of which
# the entry at one event is looked at, or a transport unit; of both what was in force from `since`
# and before `until`. The code of a coded pack is walked from its newest entry.
CUSTODY = """
    WITH RECURSIVE chain AS (
        SELECT asked.position, asked.series_id, asked.number, asked.event_id AS at,
            9223372036854775807 AS ends, NULL::bigint AS package_id, 0::bigint AS since,
            9223372036854775807 AS until, NULL::integer AS holder_id
        FROM unnest($1::integer[], $2::bigint[], $3::bigint[])
            WITH ORDINALITY AS asked (series_id, number, event_id, position)
        UNION ALL
        SELECT chain.position, next.*
        FROM chain
        CROSS JOIN LATERAL (
            SELECT unit.event_id, unit.previous_event_id, unit.holder_id, unit.parent_id,
                greatest(unit.event_id, chain.since) AS lower, least(chain.ends, chain.until) AS upper
            FROM (
                SELECT event_id, previous_event_id, holder_id, parent_id FROM journal_entries
                WHERE series_id = chain.series_id AND event_id = chain.at AND first <= chain.number
                ORDER BY first DESC LIMIT 1
            ) AS unit
            UNION ALL
            SELECT event_id, NULL, holder_id, parent_id, greatest(event_id, chain.since),
                least(coalesce(lead(event_id) OVER (ORDER BY event_id), chain.until), chain.until)
            FROM package_entries
            WHERE package_id = chain.package_id AND event_id < chain.until
                AND event_id >= coalesce((
                    SELECT max(before.event_id) FROM package_entries AS before
                    WHERE before.package_id = chain.package_id AND before.event_id <= chain.since
                ), 0)
        ) AS entry
        CROSS JOIN LATERAL (
            SELECT chain.series_id, chain.number,
                CASE WHEN entry.event_id > chain.since THEN entry.previous_event_id END,
                entry.event_id, NULL::bigint, chain.since, chain.until,
                CASE WHEN entry.lower < entry.upper THEN entry.holder_id END
            UNION ALL
            SELECT package.series_id, package.number, code.event_id, 9223372036854775807,
                CASE WHEN package.series_id IS NULL THEN package.id END, entry.lower, entry.upper,
                NULL
            FROM packages AS package
            LEFT JOIN LATERAL (
                SELECT event_id FROM spans
                WHERE spans.series_id = package.series_id AND spans.first <= package.number
                ORDER BY spans.first DESC LIMIT 1
            ) AS code ON true
            WHERE package.id = entry.parent_id AND entry.lower < entry.upper
        ) AS next
    )
    SELECT DISTINCT position::integer - 1 FROM chain
    WHERE holder_id = ($4::integer[])[position]
"""


async def had_custody(
    connection: asyncpg.Connection,
    places: Sequence[Place],
    events: Sequence[int],
    participants: Sequence[int],
) -> set[int]:
    """The positions whose participant has or ever had custody of the unit beside it."""
    if not places:
        return set()
    columns = [list(column) for column in zip(*places, strict=True)]
    rows = await connection.fetch(CUSTODY, *columns, events, participants)
    return {row[0] for row in rows}


ADD = """
    INSERT INTO findings (rule, member_state, participant_id, event_id, series_id, number, gtin,
        facts, threshold)
    SELECT told.rule, told.member_state, told.participant_id, told.event_id, told.series_id,
        told.number, told.gtin, told.facts::jsonb, told.threshold::jsonb
    FROM unnest($1::text[], $2::member_state[], $3::integer[], $4::bigint[], $5::integer[],
        $6::bigint[], $7::text[], $8::text[], $9::text[])
        AS told (rule, member_state, participant_id, event_id, series_id, number, gtin, facts,
            threshold)
"""


async def add(connection: asyncpg.Connection, findings: Iterable[Finding]) -> None:
    """Keep these findings: a row for each member state that one concerns."""
    rows = [
        (
            found.rule,
            state,
            found.participant_id,
            found.event_id,
            found.series_id,
            found.number,
            found.gtin,
            orjson.dumps(found.facts).decode(),
            orjson.dumps(found.threshold).decode(),
        )
        for found in findings
        for state in sorted(found.states)
    ]
    if rows:
        await connection.execute(ADD, *zip(*rows, strict=True))


TOLD_BEFORE = """
    SELECT DISTINCT rule FROM findings
    WHERE series_id = $1 AND number = $2 AND participant_id = $3
"""


async def told_before(
    connection: asyncpg.Connection, place: Place, participant_id: int
) -> set[FindingRule]:
    """The rules by which something was found on this unit and this participant already."""
    rows = await connection.fetch(TOLD_BEFORE, *place, participant_id)
    return {FindingRule(row["rule"]) for row in rows}


FINDING = """
    SELECT findings.id, findings.rule, findings.member_state, findings.event_id, findings.gtin,
        findings.facts, findings.threshold, findings.recorded_at,
        participants.name AS participant, participants.uuid AS participant_uuid,
        participants.member_state AS participant_state
    FROM findings LEFT JOIN participants ON participants.id = findings.participant_id
    WHERE findings.member_state = $1
"""
# The newest first, along `findings_of_state`; the next page goes on before the last one told.
LIST = (
    FINDING
    + """
        AND findings.id < $2 AND ($3::text IS NULL OR findings.rule = $3)
    ORDER BY findings.id DESC LIMIT $4
"""
)


async def listed(
    connection: asyncpg.Connection,
    state: MemberState,
    after: int | None,
    rule: FindingRule | None,
    limit: int,
) -> list[asyncpg.Record]:
    """A page of the findings that concern a member state."""
    before = LATEST if after is None else after
    return list(await connection.fetch(LIST, state, before, rule, limit))


FIND = FINDING + " AND findings.id = $2"


async def find(
    connection: asyncpg.Connection, state: MemberState, finding: int
) -> asyncpg.Record | None:
    """One finding, if it concerns this member state."""
    return await connection.fetchrow(FIND, state, finding)


NAMES = "SELECT id, uuid, name, member_state FROM participants WHERE id = ANY ($1::integer[])"


async def names_of(connection: asyncpg.Connection, ids: Collection[int]) -> dict[int, Any]:
    """Who the registry knows by these numbers."""
    rows = await connection.fetch(NAMES, list(ids)) if ids else []
    return {row["id"]: row for row in rows}


ADD_SCANS = """
    INSERT INTO recorded_scans (series_id, number, gtin, serial, verdict, scanned_at, place,
        latitude, longitude, member_state, participant_id)
    SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::text[], $5::text[],
        $6::timestamptz[], $7::text[], $8::double precision[], $9::double precision[],
        $10::member_state[], $11::integer[])
    RETURNING id, recorded_at
"""


async def add_scans(
    connection: asyncpg.Connection, scans: Sequence[tuple[Scan, Place | None]]
) -> tuple[list[int], datetime]:
    """Keep scans, each with the unit that it named; returns their ids and when that was."""
    rows = [
        (
            *(place or (None, None)),
            scan.gtin,
            scan.serial,
            scan.verdict,
            scan.scanned_at,
            scan.told.place,
            scan.told.latitude,
            scan.told.longitude,
            scan.actor.member_state if scan.actor else None,
            scan.actor.id if scan.actor else None,
        )
        for scan, place in scans
    ]
    added = await connection.fetch(ADD_SCANS, *zip(*rows, strict=True))
    return [row["id"] for row in added], added[0]["recorded_at"]


# One probe of `scans_of_unit` each way. A scan that did not confirm the unit is none of its sights.
NEIGHBOURS = """
    WITH placed AS NOT MATERIALIZED (
        SELECT id, scanned_at, latitude, longitude, place FROM recorded_scans
        WHERE series_id = $1 AND number = $2 AND id <> $3 AND latitude IS NOT NULL
            AND verdict <> ALL ($5::text[])
    )
    (SELECT * FROM placed WHERE scanned_at <= $4 ORDER BY scanned_at DESC LIMIT 1)
    UNION ALL
    (SELECT * FROM placed WHERE scanned_at > $4 ORDER BY scanned_at LIMIT 1)
"""


async def neighbours(
    connection: asyncpg.Connection, place: Place, scan_id: int, scanned_at: datetime
) -> list[Sight]:
    """Where this unit was seen last before that scan, and next after it."""
    rows = await connection.fetch(NEIGHBOURS, *place, scan_id, scanned_at, list(OPEN))
    return [Sight(*row) for row in rows]


OWNERS = """
    SELECT products.gtin, participants.member_state
    FROM products JOIN participants ON participants.id = products.owner_id
    WHERE products.gtin = ANY ($1::text[])
"""


async def owners_of(
    connection: asyncpg.Connection, gtins: Collection[str]
) -> dict[str, MemberState]:
    """The member states of those who own these products; none for what is no product here."""
    rows = await connection.fetch(OWNERS, list(gtins))
    return {row["gtin"]: MemberState(row["member_state"]) for row in rows}


# Distinct serials now, and without the scans just added; `scans_of_nothing` has them by time.
COUNT_SERIALS = """
    SELECT count(DISTINCT serial), count(DISTINCT serial) FILTER (WHERE id <> ALL ($5)),
        (array_agg(DISTINCT serial) FILTER (WHERE id = ANY ($5)))[:5]
    FROM (
        SELECT id, serial FROM recorded_scans
        WHERE series_id IS NULL AND gtin = $1 AND recorded_at >= $2 AND verdict = $3
            AND ($4::integer IS NULL OR participant_id = $4)
        ORDER BY recorded_at LIMIT $6
    ) AS counted
"""


async def count_serials(  # noqa: PLR0913, PLR0917 (what, since when, by whom)
    connection: asyncpg.Connection,
    gtin: str,
    since: datetime,
    verdict: str,
    participant_id: int | None,
    added: Sequence[int],
) -> tuple[int, int, list[str]]:
    """Distinct serials that name nothing: now, before these were added, and examples of these."""
    row = await connection.fetchrow(
        COUNT_SERIALS, gtin, since, verdict, participant_id, added, MOST_COUNTED
    )
    return row[0], row[1], row[2] or []


ISSUED = "SELECT coalesce(sum(next_number - first), 0)::bigint FROM series WHERE gtin = $1"


async def issued(connection: asyncpg.Connection, gtin: str) -> int:
    """How many numbers of this GTIN were ever issued."""
    return int(await connection.fetchval(ISSUED, gtin))
