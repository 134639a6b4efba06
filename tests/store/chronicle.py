"""A past told event by event, as the verbs would write it, for what looks back on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from domain.database import Database, driver
from domain.findings import actions, store
from domain.findings.rules import Told
from domain.participants.actor import Actor
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, FindingRule, Role, UnitStatus

GTIN = "04810000000018"
NOW = datetime(2026, 1, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAIRY, CARRIER, STORE, KIOSK = 1, 2, 3, 4
SEED = """
INSERT INTO participants (uuid, name, member_state, tax_id, roles) VALUES
    ('00000000-0000-4000-8000-000000000001', 'Dairy', 'BY', '100000050', '{PARTICIPANT}'),
    ('00000000-0000-4000-8000-000000000002', 'Carrier', 'BY', '190239501', '{PARTICIPANT}'),
    ('00000000-0000-4000-8000-000000000003', 'Store', 'KZ', '100000020006', '{PARTICIPANT}'),
    ('00000000-0000-4000-8000-000000000004', 'Kiosk', 'RU', '7707083893', '{PARTICIPANT}');
INSERT INTO products (gtin, owner_id, product_group, version)
    VALUES ('04810000000018', 1, 'milk', 1);
INSERT INTO series (gtin, member_state, template, first, last, next_number)
    VALUES ('04810000000018', 'BY', 'milk-s', 0, 16777215, 500);
INSERT INTO requests (id, participant_id, digest)
    VALUES ('00000000-0000-4000-9000-000000000001', 1, '\\x00');
"""
REQUEST = UUID("00000000-0000-4000-9000-000000000001")
EVENT = """
INSERT INTO events (id, kind, request_id, participant_id, occurred_at, recorded_at, details)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp(), '{}')
"""
PACKAGE = """
INSERT INTO packages (id, event_id, number, series_id, holder_id, blocked_inside, levels, blocked,
        alive, kind, sscc)
    VALUES ($1, $2, $3, $4, $5, 0, 1, false, true, $6, $7)
"""
PACKAGE_ENTRY = """
INSERT INTO package_entries (package_id, event_id, previous_event_id, parent_id, holder_id, blocked,
        alive)
    VALUES ($1, $2, (SELECT max(event_id) FROM package_entries WHERE package_id = $1), $3, $4,
        false, true)
"""
PACKAGE_MOVED = """
UPDATE packages SET event_id = $2, parent_id = $3, holder_id = $4 WHERE id = $1
"""
ENTRY = """
INSERT INTO journal_entries (series_id, first, last, event_id, previous_event_id, parent_id,
        holder_id, status, blocked)
    VALUES (1, $1, $1, $2, (SELECT event_id FROM spans WHERE series_id = 1 AND first = $1), $3, $4,
        $5, false)
"""
SPAN = """
INSERT INTO spans (series_id, first, last, event_id, parent_id, holder_id, status, blocked,
        turnover_state)
    VALUES (1, $1, $1, $2, $3, $4, $5, false, CASE WHEN $4::integer IS NULL THEN NULL
        ELSE 'BY'::member_state END)
ON CONFLICT (series_id, first) DO UPDATE SET event_id = excluded.event_id,
    parent_id = excluded.parent_id, holder_id = excluded.holder_id, status = excluded.status,
    turnover_state = excluded.turnover_state
"""


@dataclass
class Chronicle:
    """A past told event by event, as the verbs would write it."""

    database: Database
    events: count = field(default_factory=lambda: count(1))
    packages: count = field(default_factory=lambda: count(1))

    async def write(self, statement: str, *values: object) -> None:
        async with self.database.transaction() as session:
            await (await driver(session)).execute(statement, *values)

    async def event(
        self, kind: EventKind = EventKind.ACCEPTED, by: int = DAIRY, at: datetime = NOW
    ) -> int:
        number = next(self.events)
        await self.write(EVENT, number, kind, REQUEST, by, at)
        return number

    async def unit(
        self,
        number: int,
        event: int,
        *,
        holder: int | None = None,
        inside: int | None = None,
        status: UnitStatus = UnitStatus.IN_CIRCULATION,
    ) -> int:
        """A unit stands like this after the event; returns the event."""
        await self.write(ENTRY, number, event, inside, holder, status)
        await self.write(SPAN, number, event, inside, holder, status)
        return event

    async def pack(self, event: int, holder: int | None, code: int | None = None) -> int:
        """A new transport unit of this holder; or the pack that this number is the code of."""
        package = next(self.packages)
        if code is not None:
            await self.write(PACKAGE, package, event, code, 1, None, "GROUP", None)
        else:
            await self.write(
                PACKAGE, package, event, None, None, holder, "TRANSPORT", f"{package:018}"
            )
            await self.write(PACKAGE_ENTRY, package, event, None, holder)
        return package

    async def move(self, package: int, event: int, *, holder=None, inside=None) -> None:
        await self.write(PACKAGE_ENTRY, package, event, inside, holder)
        await self.write(PACKAGE_MOVED, package, event, inside, holder)

    async def held(self, number: int, event: int) -> list[int]:
        """Who ever had custody of the unit, looking back from this event."""
        everybody = [DAIRY, CARRIER, STORE, KIOSK]
        async with self.database.reading() as connection:
            found = await store.had_custody(connection, [(1, number)] * 4, [event] * 4, everybody)
        return [everybody[at] for at in sorted(found)]

    async def findings(self) -> list[tuple[FindingRule, str]]:
        async with self.database.reading() as connection:
            rows = await connection.fetch("SELECT rule, member_state FROM findings ORDER BY id")
        return [(FindingRule(row[0]), row[1]) for row in rows]

    async def scan(self, serial: str = "2aaaaa", *, by: Actor | None = None, **given) -> None:
        given = {"unit": (1, 7), "gtin": GTIN, "verdict": "in-circulation", "told": Told()} | given
        await actions.note_scan(self.database, serial=serial, actor=by, **given)


@asynccontextmanager
async def telling(url: str) -> AsyncIterator[Chronicle]:
    """A chronicle on this migrated database."""
    database = Database(url, pool_size=6)
    try:
        chronicle = Chronicle(database)
        await chronicle.write(SEED)
        yield chronicle
    finally:
        await database.dispose()


def actor(id: int, state: MemberState = MemberState.KZ) -> Actor:
    return Actor(id, uuid4(), "Somebody", state, frozenset({Role.PARTICIPANT}))
