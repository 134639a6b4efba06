"""Inspectors of two member states among those who trade, straight through the actions."""

from typing import Any
from uuid import UUID

from domain.blocking import actions as blocking
from domain.blocking.orders import BlockOrder
from domain.database import driver
from domain.participants.actor import Actor
from tests.store.trade import INSPECTOR, Trade

# Two hours ago, for an hour: nobody has recorded the end yet.
OVER = """
    UPDATE blocks SET since = since - interval '2 hours', until = since - interval '1 hour'
    WHERE uuid = $1
"""
KINDS = "SELECT kind FROM events ORDER BY id"
PARTIES = """
    SELECT name FROM event_parties JOIN participants ON id = participant_id
    WHERE event_id = $1 ORDER BY id
"""


async def told_of_block(here: Trade, *, by: Actor = INSPECTOR, **told: Any) -> dict[str, Any]:
    """Block goods; returns the answer."""
    order = BlockOrder("doubt", **told)
    answer, _ = await blocking.place(
        here.database, here.request(by), order, actor=by, keyring=here.keyring
    )
    return answer


async def block(here: Trade, *, by: Actor = INSPECTOR, **told: Any) -> UUID:
    return UUID((await told_of_block(here, by=by, **told))["block"])


async def lift(here: Trade, placed: UUID, by: Actor = INSPECTOR) -> dict[str, Any]:
    answer, _ = await blocking.lift(here.database, here.request(by), placed, "clean", actor=by)
    return answer


async def let_pass(here: Trade, placed: UUID) -> None:
    """Let the term of this block be over."""
    async with here.database.transaction() as session:
        await (await driver(session)).execute(OVER, placed)


async def kinds(here: Trade) -> list[str]:
    """What has happened, in order."""
    async with here.database.reading() as connection:
        return [row[0] for row in await connection.fetch(KINDS)]


async def parties(here: Trade, event: int) -> list[str]:
    async with here.database.reading() as connection:
        return [row[0] for row in await connection.fetch(PARTIES, event)]
