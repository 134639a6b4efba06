"""The doctor's round: every invariant is proved from what is stored, and each fault is named."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import asyncpg

from domain.database import Database
from domain.doctor import store
from domain.doctor.replay import Replay, Window, differences, joined, windows
from domain.keys.keyring import Keyring
from domain.registry import sizes

SPANS_AT_ONCE = 200_000  # what a replay holds in memory
MOST_TOLD = 10


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
    return found[:MOST_TOLD]


async def replayed(connection: asyncpg.Connection) -> tuple[list[str], list[str]]:
    """Differences between the journal replayed and the spans; links that do not fit the replay."""
    wrong, broken = [], []
    for series, end in await store.all_series(connection):
        stripes = await store.spans_by_stripe(connection, series)
        for window in windows(stripes, SPANS_AT_ONCE, end=end):
            spans, links = await replayed_window(connection, series, window)
            wrong += spans
            broken += links
    return wrong[:MOST_TOLD], broken[:MOST_TOLD]


async def replayed_window(
    connection: asyncpg.Connection, series: int, window: Window
) -> tuple[list[str], list[str]]:
    replay = Replay()
    broken: list[str] = []
    async for row in store.entries_of(connection, series, window):
        if replay.put(row[:-1]) != {row[-1]} and len(broken) < MOST_TOLD:
            broken.append(f"series {series}: entry from {row[1]} of event {row[3]}")
    spans = await store.spans_of(connection, series, window)
    wrong = [
        f"series {series}: {row[1]}-{row[2]} since event {row[3]}"
        for row in differences(joined(replay.rows), joined(spans))
    ]
    return wrong, broken
