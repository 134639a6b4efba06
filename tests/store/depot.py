"""A registry that has seen all of custody, written row by row, as its owner may.

What the verbs write is their own tests' matter. Here stands what they must leave behind, told in
numbers small enough to count by hand.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import orjson

STORE, INSPECTOR = 2, 3
OTHERS = """
INSERT INTO participants (uuid, name, member_state, tax_id, roles) VALUES
    ('00000000-0000-4000-8000-000000000002', 'Store', 'KZ', '100000020006', '{PARTICIPANT}'),
    ('00000000-0000-4000-8000-000000000003', 'Inspector', 'BY', '100000063', '{INSPECTOR}');
INSERT INTO lots (participant_id, gtin, lot_number) VALUES (1, '04810000000018', 'L1');
"""
NOWHERE: dict[str, Any] = {
    "parent_id": None,
    "transfer_id": None,
    "holder_id": None,
    "turnover_state": None,
}
AT_THE_DAIRY = NOWHERE | {"holder_id": 1, "turnover_state": "BY"}
AT_THE_STORE = NOWHERE | {"holder_id": STORE, "turnover_state": "KZ"}
FREE = {"blocked": False, "blocked_inside": 0, "alive": True}


def inside(package: int) -> dict[str, Any]:
    return NOWHERE | {"parent_id": package}


class Depot:
    """Writes events, and how the numbers of series 1 and packages stand after each."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self.owner = owner

    async def add(self, table: str, **row: Any) -> None:
        names = ", ".join(row)
        insert = f"""
            INSERT INTO {table} ({names})
            SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)
        """
        await self.owner.execute(insert, orjson.dumps(row, default=str).decode())

    async def event(self, kind: str, by: int = 1, corrects: int | None = None) -> int:
        """Something that this participant did just now; returns the event's number."""
        request = uuid4()
        await self.add("requests", id=request, participant_id=by, digest="\\x00", answer={})
        number = await self.owner.fetchval("SELECT nextval('event_numbers')")
        now = await self.owner.fetchval("SELECT clock_timestamp()")
        told = {"request_id": request, "participant_id": by, "details": {}, "corrects": corrects}
        times = {"occurred_at": now, "recorded_at": now}
        async with self.owner.transaction():
            await self.add("events", id=number, kind=kind, **told, **times)
            await self.add("event_parties", participant_id=by, event_id=number)
        return int(number)

    async def stand(self, event: int, first: int, last: int, **told: Any) -> None:
        """Let these numbers stand otherwise since the event, and journal it."""
        met = "DELETE FROM spans WHERE series_id = 1 AND first <= $2 AND last >= $1 RETURNING *"
        for row in await self.owner.fetch(met, first, last):
            old = dict(row)
            new = old | {"event_id": event, **told}
            new |= {"first": max(old["first"], first), "last": min(old["last"], last)}
            around = (
                old | {"last": first - 1},
                old | {"first": last + 1},
            )
            for span in (*around, new):
                if span["first"] <= span["last"]:
                    await self.add("spans", **span)
            await self.add("journal_entries", **new, previous_event_id=old["event_id"])

    async def make(self, event: int, number: int, sscc: str, levels: int, **told: Any) -> None:
        """A transport unit."""
        row = FREE | AT_THE_DAIRY | told
        about = {"kind": "TRANSPORT", "sscc": sscc, "levels": levels, "event_id": event}
        await self.add("packages", id=number, **about, **row)
        row.pop("blocked_inside")
        await self.add("package_entries", package_id=number, event_id=event, **row)

    async def make_pack(self, event: int, number: int, kind: str, code: int) -> None:
        """A pack whose own code is this number."""
        about = {"kind": kind, "series_id": 1, "number": code, "levels": 1, "event_id": event}
        await self.add("packages", id=number, **about, **FREE)

    async def change(self, event: int, number: int, **told: Any) -> None:
        """Let a transport unit stand otherwise since the event, and journal it."""
        old = dict(await self.owner.fetchrow("SELECT * FROM packages WHERE id = $1", number))
        columns = ", ".join(f"{name} = ${at}" for at, name in enumerate(told, 3))
        update = f"UPDATE packages SET event_id = $2, {columns} WHERE id = $1"
        await self.owner.execute(update, number, event, *told.values())
        kept = (*NOWHERE, "blocked", "alive")
        standing = {name: told.get(name, old[name]) for name in kept}
        about = {"package_id": number, "previous_event_id": old["event_id"]}
        await self.add("package_entries", **about, event_id=event, **standing)

    async def end_pack(self, event: int, number: int, code: int) -> None:
        """Dissolve a loose pack: its code is withdrawn."""
        ended = "UPDATE packages SET alive = false, event_id = $2 WHERE id = $1"
        await self.owner.execute(ended, number, event)
        gone = {"status": "WITHDRAWN", "withdrawal_reason": "DISSOLVED", "transfer_id": None}
        await self.stand(event, code, code, **gone)

    async def offer(self, event: int, number: int, units: int, runs: str, packages: str) -> None:
        """A transfer to the store of what carries its number already."""
        await self.owner.execute(
            """
            INSERT INTO transfers (id, uuid, kind, status, sender_id, sender_state, receiver_state,
                receiver_tax_id, documents, roads, offered_units, expires_at, event_id)
            VALUES ($1, gen_random_uuid(), 'SALE', 'OFFERED', 1, 'BY', 'KZ', '100000020006', '[]',
                '[]', $2, now() + interval '30 days', $3)
            """,
            number,
            units,
            event,
        )
        await self.owner.execute(
            f"""
            INSERT INTO transfer_goods (transfer_id, series_ids, firsts, lasts, package_ids)
            SELECT $1, array_agg(1), array_agg(lower(run)), array_agg(upper(run) - 1), '{packages}'
            FROM unnest('{runs}'::int8multirange) AS run
            """,
            number,
        )

    async def answer(self, event: int, transfer: int, kind: str, accepted: int, released: int):
        about = {"transfer_id": transfer, "event_id": event, "uuid": uuid4(), "kind": kind}
        units = {"accepted_units": accepted, "released_units": released}
        await self.add("transfer_answers", **about, **units)
        add_up = """
            UPDATE transfers SET answers = answers + 1, accepted_units = accepted_units + $2,
                released_units = released_units + $3
            WHERE id = $1
        """
        await self.owner.execute(add_up, transfer, accepted, released)

    async def sell(self, event: int, unit: int, transfer: int, *, leaving: int = 1) -> None:
        """A receipt for one unit in a transfer; so many numbers leave that with it."""
        sold = {"status": "WITHDRAWN", "withdrawal_reason": "RETAIL"}
        await self.stand(event, unit, unit, **AT_THE_DAIRY, **sold)
        told = {"event_id": event, "position": 0, "kind": "SOLD", "units": leaving}
        await self.add("discrepancies", transfer_id=transfer, **told)
        add_up = "UPDATE transfers SET sold_units = sold_units + $2 WHERE id = $1"
        await self.owner.execute(add_up, transfer, leaving)
        await self.receipt(event, "SALE")

    async def receipt(self, event: int, kind: str) -> None:
        request = await self.owner.fetchval("SELECT request_id FROM events WHERE id = $1", event)
        about = {"till": "1", "fiscal_document": str(event), "digest": "\\x00", "answer": {}}
        told = {"request_id": request, "event_id": event, "kind": kind}
        await self.add("receipts", participant_id=1, **about, **told)

    async def block(self, event: int, number: int, scope: str, **told: Any) -> None:
        """A block that the inspector placed two hours ago."""
        about = {"uuid": uuid4(), "scope": scope, "authority_id": INSPECTOR, "member_state": "BY"}
        since = datetime.now(UTC) - timedelta(hours=2)
        why = {"reason": "doubt", "since": since, "event_id": event}
        await self.add("blocks", id=number, **about, **why, **told)

    async def end_block(self, event: int, number: int) -> None:
        ended = "UPDATE blocks SET ended_event_id = $2 WHERE id = $1"
        await self.owner.execute(ended, number, event)

    async def cover(self, block: int, *runs: tuple[int, int]) -> None:
        for first, last in runs:
            await self.add("block_runs", series_id=1, first=first, last=last, block_id=block)

    async def count(self, package: int, units: int, batch: int = 1, **told: Any) -> None:
        key = {"lot_id": 0, "status": "IN_CIRCULATION", "blocked": False} | told
        about = {"package_id": package, "batch_id": batch, "units": units}
        await self.add("package_summaries", **about, **key)
