"""The one place where locks are taken, in the one order.

Request ids come first (the claim), then product groups, spaces and series by id, transfers by id,
stripes, packages by id, then inserts of new keys in key order; only then an event number is drawn.
Whoever follows the order may wait for others, and nobody waits in a circle.
"""

from collections.abc import Iterable, Sequence

import asyncpg

from domain.registry import store
from domain.registry.spans import Cut, Run, cut, stripes_of

# Shared: every writer of goods of the group. Exclusive: who places or lifts a block on all of it.
LOCK_GROUPS = """
    SELECT pg_advisory_xact_lock_shared(20180202, locked.key)
    FROM (SELECT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS locked
"""


async def lock_groups(connection: asyncpg.Connection, groups: Iterable[str]) -> None:
    """Hold off whoever would block these product groups as a whole."""
    await connection.execute(LOCK_GROUPS, sorted(set(groups)))


async def lock_and_cut(
    connection: asyncpg.Connection, runs: Sequence[Run], *, groups: Iterable[str]
) -> Cut:
    """Lock these sorted runs until the transaction ends, and see how they stand."""
    await lock_groups(connection, groups)
    await store.lock_stripes(connection, stripes_of(runs))
    return cut(await store.covering_spans(connection, runs), runs)
