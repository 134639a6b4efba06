"""The doctor's round: every invariant is proved from what is stored, and each fault is named."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import asyncpg

from domain.database import Database
from domain.doctor import store
from domain.doctor.replay import Replay, differences, joined
from domain.keys.keyring import Keyring
from domain.registry import sizes


class Finding(NamedTuple):
    """One invariant, and up to ten examples of where it does not hold."""

    name: str
    examples: list[str]

    @property
    def is_healthy(self) -> bool:
        return not self.examples


async def examine(database: Database, keyring: Keyring) -> AsyncIterator[Finding]:
    """Prove every invariant in one snapshot, one after another."""
    async with database.snapshot() as connection:
        yield Finding("sizes-agree", await sizes_agree(connection))
        for name in store.FAULTS:
            yield Finding(name, await store.faults(connection, name))
        yield Finding("registered-serial-not-reserved", await not_reserved(connection, keyring))
        spans, links = await replayed(connection)
        yield Finding("replay-differs-from-spans", spans)
        yield Finding("chain-is-broken", links)


async def sizes_agree(connection: asyncpg.Connection) -> list[str]:
    found = await store.sizes(connection)
    wanted = (sizes.STRIPE_BITS, sizes.BLOCK_BITS)
    return [] if found == wanted else [f"the database has {found}, the program {wanted}"]


async def not_reserved(connection: asyncpg.Connection, keyring: Keyring) -> list[str]:
    """Registered serials that a space of their GTIN could still issue."""
    reserved = await store.reserved(connection)
    found = []
    for space_id, gtin, length, first, alphabet, serial in await store.own_of_spaces(connection):
        number = keyring.cipher(gtin, length, first, alphabet).number(serial)
        if number is not None and (space_id, number) not in reserved:
            found.append(f"{gtin} {serial}: number {number} of space {space_id}")
    return found[:10]


async def replayed(connection: asyncpg.Connection) -> tuple[list[str], list[str]]:
    """Differences between the journal replayed and the spans; links that do not fit the replay.

    Series by series, so that memory is bounded by the spans of the largest.
    """
    wrong, broken = [], []
    for series in await store.all_series(connection):
        replay = Replay()
        broken += [
            f"series {series}: entry from {row[1]} of event {row[3]}"
            async for row in store.entries_of(connection, series)
            if replay.put(row[:-1]) != {row[-1]}
        ]
        spans = await store.spans_of(connection, series)
        wrong += [
            f"series {series}: {row[1]}-{row[2]} since event {row[3]}"
            for row in differences(joined(replay.rows), joined(spans))
        ]
    return wrong[:10], broken[:10]
