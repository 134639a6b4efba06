"""Goods that leave circulation and come back, straight through the actions."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from domain.aggregation import actions as aggregation
from domain.aggregation.named import Filling, Packing
from domain.aggregation.named import Told as ToldOfPacking
from domain.catalogue.documents import Document, DocumentKind
from domain.database import driver
from domain.goods.named import Goods
from domain.participants.actor import Actor
from domain.vocabulary import PackageKind
from domain.withdrawal import actions as withdrawal
from domain.withdrawal.told import Restoration, Told, Withdrawal
from tests.store.trade import DAIRY, OTHER_GTIN, Trade

ACT = Document(DocumentKind.DESTRUCTION_ACT, "17", date(2026, 11, 1))
PAPER = Document(DocumentKind.OTHER, "4", date(2026, 11, 1), "Order")
OF_STEP = ("occurred_at", "place", "partial", "dry_run")
STANDINGS = """
    SELECT one.ordinal + spans.first - one.first, spans.last - spans.first + 1, spans.status,
        spans.withdrawal_reason, spans.remaining_parts, spans.whole_parts
    FROM batches JOIN batch_intervals AS one ON one.batch_id = batches.id
    JOIN spans ON spans.series_id = one.series_id AND spans.first BETWEEN one.first AND one.last
    WHERE batches.uuid = $1 ORDER BY 1
"""
BEER = """
    WITH brewed AS (UPDATE products SET product_group = 'beer' WHERE gtin = $1)
    INSERT INTO marking_declarations
        (id, product_group, member_state, in_force, valid_from, decision, declared_by)
    VALUES (gen_random_uuid(), 'beer', 'BY', true, '2020-01-01', 'test', 1)
"""
EVENT = "SELECT kind, details, corrects FROM events WHERE id = $1"


def step_told(told: dict[str, Any]) -> Told:
    return Told(**{name: told.pop(name) for name in OF_STEP if name in told})


async def withdraw(
    here: Trade, goods: Goods, reason: str = "DESTRUCTION", *, by: Actor = DAIRY, **told: Any
) -> dict[str, Any]:
    step = step_told(told)
    papers = {"document": ACT if reason == "DESTRUCTION" else PAPER} | told
    answer, _ = await withdrawal.withdraw(
        here.database,
        here.request(by),
        goods,
        Withdrawal(reason, told=step, **papers),
        actor=by,
        keyring=here.keyring,
    )
    return answer


async def restore(here: Trade, goods: Goods, *, by: Actor = DAIRY, **told: Any) -> dict[str, Any]:
    step = step_told(told)
    answer, _ = await withdrawal.restore(
        here.database,
        here.request(by),
        goods,
        Restoration(told.pop("document", PAPER), told=step, **told),
        actor=by,
        keyring=here.keyring,
    )
    return answer


async def in_beer(here: Trade) -> None:
    """Let the second product be of a group whose units may leave in parts."""
    async with here.database.transaction() as session:
        await (await driver(session)).execute(BEER, OTHER_GTIN)


async def group(here: Trade, code: str, contents: Sequence[str], *, by: Actor = DAIRY) -> None:
    """Make a group pack under this code."""
    filling = Filling(code=code, kind=PackageKind.GROUP, codes=contents)
    await aggregation.pack(
        here.database,
        here.request(by),
        Packing.of_list([filling]),
        ToldOfPacking(),
        actor=by,
        keyring=here.keyring,
    )


async def standings(here: Trade, batch: UUID) -> list[tuple[Any, ...]]:
    """The batch's units: ordinal, count, status, reason, parts left, parts in all."""
    async with here.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(STANDINGS, batch)]


async def statuses(here: Trade, batch: UUID) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, units, status, *_ in await standings(here, batch):
        counts[status] = counts.get(status, 0) + units
    return counts


async def event_told(here: Trade, number: int) -> tuple[Any, ...]:
    async with here.database.reading() as connection:
        return tuple(await connection.fetchrow(EVENT, number))
