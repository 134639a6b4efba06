"""The identification codes of numbers."""

from collections.abc import Iterable

import asyncpg

from domain.keys.keyring import Keyring
from domain.naming import store
from domain.naming.forms import Naming, Place


async def naming_of(
    connection: asyncpg.Connection, keyring: Keyring, series: Iterable[int]
) -> Naming:
    """What it takes to name the numbers of these series."""
    return Naming(await store.forms_of(connection, sorted(set(series))), keyring)


async def codes_of(
    connection: asyncpg.Connection, keyring: Keyring, places: Iterable[Place]
) -> dict[Place, str]:
    """The identification code of each of these numbers, which must have been issued."""
    asked = sorted(set(places))
    if not asked:
        return {}
    naming = await naming_of(connection, keyring, (series for series, _ in asked))
    looked_up = [place for place in asked if naming.registered(place[0])]
    own = (
        await store.registered(connection, *map(list, zip(*looked_up, strict=True)))
        if looked_up
        else {}
    )
    return {place: naming.code(place, own) for place in asked}
