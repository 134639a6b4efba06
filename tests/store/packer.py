"""Packing and unpacking, straight through the actions."""

from typing import Any
from uuid import UUID

from domain.aggregation import actions
from domain.aggregation.named import Filling, Packing, Told, Unpacking
from domain.goods.named import BatchRun
from domain.participants.actor import Actor
from tests.store.trade import DAIRY, Trade


def units(batch: UUID, first: int, count: int) -> list[BatchRun]:
    return [BatchRun(batch, first, count)]


async def pack(here: Trade, *fillings: Filling, by: Actor = DAIRY, **told: Any) -> dict[str, Any]:
    """Fill these packages in one request; returns the answer."""
    answer, _ = await actions.pack(
        here.database,
        here.request(by),
        Packing.of_list(fillings),
        Told(**told),
        actor=by,
        keyring=here.keyring,
    )
    return answer


async def unpack(here: Trade, by: Actor = DAIRY, **named: Any) -> dict[str, Any]:
    """Take goods out of packages, or dissolve these; returns the answer."""
    answer, _ = await actions.unpack(
        here.database,
        here.request(by),
        Unpacking(**named),
        Told(),
        actor=by,
        keyring=here.keyring,
    )
    return answer
