"""What the registry says, unit by unit, beside what the ledger comes to."""

from collections import defaultdict
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from domain.database import Database
from domain.doctor.actions import examine
from domain.keys.actions import open_keyring
from domain.keys.vault import Vault
from tests.storm.ledger import Custody, Key, Ledger, Print

MOST_TOLD = 5

# No span crosses an interval of a batch, so each row is a run of one batch's units.
UNITS = """
    SELECT batches.uuid, own.ordinal + spans.first - own.first, spans.last - spans.first + 1,
        spans.status, holders.name, spans.turnover_state, transfers.uuid,
        parents.sscc, theirs.uuid, packs.ordinal + parents.number - packs.first,
        lots.lot_number, spans.withdrawal_reason, spans.remaining_parts, spans.whole_parts,
        spans.blocked
    FROM batch_intervals AS own
    JOIN batches ON batches.id = own.batch_id
    JOIN spans ON spans.series_id = own.series_id AND spans.first BETWEEN own.first AND own.last
    LEFT JOIN participants AS holders ON holders.id = spans.holder_id
    LEFT JOIN transfers ON transfers.id = spans.transfer_id
    LEFT JOIN lots ON lots.id = spans.lot_id
    LEFT JOIN packages AS parents ON parents.id = spans.parent_id
    LEFT JOIN batch_intervals AS packs ON packs.series_id = parents.series_id
        AND parents.number BETWEEN packs.first AND packs.last
    LEFT JOIN batches AS theirs ON theirs.id = packs.batch_id
"""
PACKAGES = """
    SELECT packages.sscc, batches.uuid, own.ordinal + packages.number - own.first,
        packages.kind, parents.sscc, holders.name, packages.turnover_state, transfers.uuid,
        packages.blocked
    FROM packages
    LEFT JOIN batch_intervals AS own ON own.series_id = packages.series_id
        AND packages.number BETWEEN own.first AND own.last
    LEFT JOIN batches ON batches.id = own.batch_id
    LEFT JOIN packages AS parents ON parents.id = packages.parent_id
    LEFT JOIN participants AS holders ON holders.id = packages.holder_id
    LEFT JOIN transfers ON transfers.id = packages.transfer_id
    WHERE packages.alive
"""
TRANSFERS = """
    SELECT transfers.uuid, senders.name, receivers.name, status, offered_units, accepted_units,
        released_units, sold_units
    FROM transfers
    JOIN participants AS senders ON senders.id = sender_id
    JOIN participants AS receivers
        ON receivers.member_state = receiver_state AND receivers.tax_id = receiver_tax_id
"""
BLOCKS = "SELECT uuid, member_state, ended_event_id IS NULL FROM blocks"
RECEIPTS = """
    SELECT participants.name, till, fiscal_document, kind
    FROM receipts JOIN participants ON participants.id = participant_id
"""
# No old code: it could not be read.
REPLACED = """
    SELECT news.uuid, new.ordinal + new_number - new.first,
        olds.uuid, old.ordinal + old_number - old.first
    FROM remarkings
    JOIN batch_intervals AS new ON new.series_id = new_series_id
        AND new_number BETWEEN new.first AND new.last
    JOIN batches AS news ON news.id = new.batch_id
    LEFT JOIN batch_intervals AS old ON old.series_id = old_series_id
        AND old_number BETWEEN old.first AND old.last
    LEFT JOIN batches AS olds ON olds.id = old.batch_id
    ORDER BY new_series_id, new_number, position
"""
# In the order of their labels.
PRINTS = """
    SELECT prints.uuid, participants.name, reason, labels FROM prints
    JOIN participants ON participants.id = participant_id
"""
PRINTED_UNITS = """
    SELECT prints.uuid, batches.uuid, run.ordinal, run.last - run.first + 1, run.reprinted
    FROM print_runs AS run
    JOIN prints ON prints.id = run.print_id
    JOIN batches ON batches.id = run.batch_id
    ORDER BY run.print_id, run.position
"""
PRINTED_PACKAGES = """
    SELECT prints.uuid, packages.sscc FROM print_packages
    JOIN prints ON prints.id = print_id
    JOIN packages ON packages.id = package_id
    ORDER BY print_id, position
"""
REQUESTS = "SELECT id FROM requests"
EVENTS = "SELECT DISTINCT request_id FROM events"
# Ends that nobody asked for: each is recorded, under a request of its own, by who comes upon it.
ENDS = """
    SELECT id, request_id, coalesce(details ->> 'transfer', details ->> 'block')::uuid,
        kind = 'OFFER_EXPIRED'
    FROM events WHERE kind IN ('OFFER_EXPIRED', 'BLOCK_EXPIRED')
"""
CONCERNED = """
    SELECT participants.name, array_agg(event_id)
    FROM event_parties JOIN participants ON participants.id = participant_id
    GROUP BY 1
"""
EVENTS_COUNTED = "SELECT count(*) FROM events"


class Picture(NamedTuple):
    """How everything stands, each thing by its name."""

    units: dict[Key, Any]
    packages: dict[str | Key | None, Any]
    transfers: dict[UUID, Any]
    blocks: dict[UUID, Any]
    receipts: dict[tuple[str, str, str], str]
    replaced: dict[Key, tuple[Key, ...]]  # by new codes
    prints: dict[UUID, Print]


class End(NamedTuple):
    """A deadline that passed, of a transfer or of a block."""

    event: int
    request: UUID
    of: UUID
    is_of_transfer: bool


class Records(NamedTuple):
    """The registry after a crash: the picture, which requests it knows, which have events."""

    picture: Picture
    ends: list[End]
    requests: frozenset[UUID]
    with_events: frozenset[UUID]
    events: int
    concerned: dict[str, list[int]]  # whom each event concerns, by name


def named(sscc: str | None, batch: UUID | None, ordinal: int | None) -> str | Key | None:
    return Key(batch, ordinal) if batch is not None and ordinal is not None else sscc


async def read(connection: asyncpg.Connection) -> Records:
    """All of it, in one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        picture = Picture(
            await units(connection),
            await packages(connection),
            {row[0]: tuple(row)[1:] for row in await connection.fetch(TRANSFERS)},
            {row[0]: tuple(row)[1:] for row in await connection.fetch(BLOCKS)},
            {tuple(row)[:3]: row[3] for row in await connection.fetch(RECEIPTS)},
            await replaced(connection),
            await prints(connection),
        )
        return Records(
            picture,
            [End(*row) for row in await connection.fetch(ENDS)],
            frozenset(row[0] for row in await connection.fetch(REQUESTS)),
            frozenset(row[0] for row in await connection.fetch(EVENTS)),
            await connection.fetchval(EVENTS_COUNTED),
            {row[0]: row[1] for row in await connection.fetch(CONCERNED)},
        )


async def units(connection: asyncpg.Connection) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for row in await connection.fetch(UNITS):
        batch, first, count, status, *rest = row
        parts = (rest[8], rest[9]) if rest[9] is not None else None
        custody = Custody(*rest[:3])
        told = (status, custody, named(*rest[3:6]), rest[6], rest[7], parts, rest[10])
        found |= {Key(batch, at): told for at in range(first, first + count)}
    return found


async def packages(connection: asyncpg.Connection) -> dict[str | Key | None, Any]:
    found: dict[str | Key | None, Any] = {}
    for row in await connection.fetch(PACKAGES):
        sscc, batch, ordinal, kind, parent, *custody, blocked = row
        own = named(sscc, batch, ordinal)
        # What a coded pack is in, and whose it is, stands at its code.
        found[own] = (kind, parent, Custody(*custody), blocked)
    return found


async def replaced(connection: asyncpg.Connection) -> dict[Key, tuple[Key, ...]]:
    found: dict[Key, tuple[Key, ...]] = {}
    for new, ordinal, old, of_old in await connection.fetch(REPLACED):
        olds = found.setdefault(Key(new, ordinal), ())
        found[Key(new, ordinal)] = olds if old is None else (*olds, Key(old, of_old))
    return found


async def prints(connection: asyncpg.Connection) -> dict[UUID, Print]:
    """What was ordered, unit by unit."""
    units: dict[UUID, list[tuple[Key, bool]]] = defaultdict(list)
    names: dict[UUID, list[str]] = defaultdict(list)
    for print_, batch, first, count, again in await connection.fetch(PRINTED_UNITS):
        units[print_] += [(Key(batch, at), again) for at in range(first, first + count)]
    for print_, sscc in await connection.fetch(PRINTED_PACKAGES):
        names[print_].append(sscc)
    return {
        one: Print(who, tuple(units[one]), tuple(names[one]), reason, labels)
        for one, who, reason, labels in await connection.fetch(PRINTS)
    }


def picture(ledger: Ledger) -> Picture:
    """The same, as the answers tell it."""
    names = {box: one.name for box, one in ledger.boxes.items()}
    live = [ban for ban in ledger.blocks.values() if ban.is_live]
    banned = {key for ban in live for key in ban.units}
    boxes = {ban.box for ban in live}
    return Picture(
        {
            key: (
                one.status,
                one.custody,
                names.get(one.parent or 0),
                one.lot,
                one.reason,
                one.parts,
                key in banned,
            )
            for batch, stands in ledger.units.items()
            for key, one in ((Key(batch, at), one) for at, one in enumerate(stands))
        },
        {
            one.name: (one.kind, names.get(one.parent or 0), one.custody, box in boxes)
            for box, one in ledger.boxes.items()
        },
        {name: tuple(deal)[:7] for name, deal in ledger.deals.items()},
        {name: (ban.state, ban.is_live) for name, ban in ledger.blocks.items()},
        dict(ledger.receipts),
        dict(ledger.replaced),
        dict(ledger.prints),
    )


def differences(known: Picture, found: Picture) -> list[str]:
    """Where the registry says otherwise than the ledger."""
    told = []
    for part in Picture._fields:
        mine: dict[Any, Any] = getattr(known, part)
        theirs: dict[Any, Any] = getattr(found, part)
        wrong = [one for one in mine.keys() | theirs.keys() if mine.get(one) != theirs.get(one)]
        told += [
            f"{part}: {one}: the ledger has {mine.get(one)}, the registry {theirs.get(one)}"
            for one in sorted(wrong, key=str)[:MOST_TOLD]
        ]
        if len(wrong) > MOST_TOLD:
            told.append(f"{part}: and {len(wrong) - MOST_TOLD} more")
    return told


async def diagnosed(url: str, master_key: bytes) -> list[str]:
    """What the doctor finds wrong."""
    database = Database(url, pool_size=1)
    try:
        keyring = await open_keyring(database, Vault(master_key))
        return [
            f"doctor: {found.name}: {found.examples}"
            async for found in examine(database, keyring)
            if not found.is_healthy
        ]
    finally:
        await database.dispose()
