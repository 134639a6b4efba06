"""What the real registry has stored, read row by row, in the words of the naive one."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from domain.database import Database
from tests.model.naive import NaiveRegistry
from tests.model.naive_things import NaiveLot, Package, around

Everything = dict[str, dict[Any, Any]]
Place = tuple[int, int]

CUSTODY = "holder.name AS holder, one.turnover_state AS state, transfers.uuid AS transfer"
AROUND = """
    LEFT JOIN participants AS holder ON holder.id = one.holder_id
    LEFT JOIN transfers ON transfers.id = one.transfer_id
"""
UNITS = f"""
    SELECT one.series_id, one.first, one.last, one.status, one.withdrawal_reason, one.blocked,
        one.parent_id, one.remaining_parts, one.whole_parts, {CUSTODY},
        lots.lot_number, lots.produced_on, lots.expires_on
    FROM spans AS one {AROUND} LEFT JOIN lots ON lots.id = one.lot_id
"""
PACKAGES = f"""
    SELECT one.id, one.kind, one.sscc, one.series_id, one.number, one.levels, one.blocked_inside,
        one.alive, one.parent_id, one.blocked, {CUSTODY}
    FROM packages AS one {AROUND}
"""
TRANSFERS = """
    SELECT uuid, status, offered_units, accepted_units, released_units, sold_units FROM transfers
"""
BLOCKS = "SELECT uuid, ended_event_id FROM blocks"
EVENTS = "SELECT id, kind FROM events"


async def stored(database: Database, code_at: Mapping[Place, str]) -> Everything:
    """All that the registry has; `code_at` has the code of every number."""
    async with database.snapshot() as connection:
        packages = await connection.fetch(PACKAGES)
        names = {
            one["id"]: one["sscc"] or code_at[one["series_id"], one["number"]] for one in packages
        }
        return {
            "units": {
                code_at[row["series_id"], number]: (
                    row["status"],
                    row["withdrawal_reason"],
                    (row["remaining_parts"], row["whole_parts"]),
                    NaiveLot(row["lot_number"], row["produced_on"], row["expires_on"]),
                    row["blocked"],
                    names.get(row["parent_id"]),
                    custody(row),
                )
                for row in await connection.fetch(UNITS)
                for number in range(row["first"], row["last"] + 1)
            },
            "packages": {
                names[row["id"]]: (
                    row["kind"],
                    row["levels"],
                    row["blocked"],
                    row["blocked_inside"],
                    names.get(row["parent_id"]),
                    custody(row),
                )
                for row in packages
                if row["alive"]
            },
            "transfers": {row[0]: tuple(row[1:]) for row in await connection.fetch(TRANSFERS)},
            "blocks": dict(map(tuple, await connection.fetch(BLOCKS))),
            "events": dict(map(tuple, await connection.fetch(EVENTS))),
        }


def custody(row: asyncpg.Record) -> tuple[Any, ...] | None:
    """Who has it, told of what is loose alone."""
    return None if row["holder"] is None else (row["holder"], row["state"], row["transfer"])


def expected(naive: NaiveRegistry) -> Everything:
    """The same, of the naive registry."""
    banned = [ban for ban in naive.bans.values() if ban.ended is None]
    return {
        "units": {
            unit.name: (
                unit.status,
                unit.reason,
                unit.parts,
                unit.lot,
                any(ban.is_on(unit) for ban in banned),
                unit.parent.name if unit.parent else None,
                None
                if unit.parent
                else (unit.holder, unit.state, unit.transfer.uuid if unit.transfer else None),
            )
            for unit in naive.units.values()
        },
        "packages": {
            one.name: (
                one.kind,
                one.levels,
                not one.label and any(ban.is_on(one) for ban in banned),
                sum(
                    inner is not one and one in around(inner)
                    for inner in naive.transports()
                    if any(ban.is_on(inner) for ban in banned)
                ),
                None if one.label or not one.parent else one.parent.name,
                None if one.label or one.parent else custody_of(naive, one),
            )
            for one in naive.packages
            if one.alive
        },
        "transfers": {
            one.uuid: (one.status, one.offered, one.accepted, one.released, one.sold)
            for one in naive.transfers.values()
        },
        "blocks": {one.uuid: one.ended for one in naive.bans.values()},
        "events": dict(naive.events),
    }


def custody_of(naive: NaiveRegistry, package: Package) -> tuple[Any, ...]:
    unit = naive.one_of(package)
    return unit.holder, unit.state, unit.transfer.uuid if unit.transfer else None


def differences(real: Everything, naive: Everything) -> dict[Any, tuple[Any, Any]]:
    """Where they differ: what the real one has, and what the naive one."""
    return {
        key: (real[part].get(key), naive[part].get(key))
        for part in real
        for key in {**real[part], **naive[part]}
        if real[part].get(key) != naive[part].get(key)
    }
