"""A dairy with a product, and batches of it, straight through the actions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from domain.codes import actions as codes
from domain.codes.orders import BatchOrder, OwnCode
from domain.database import Database, driver
from domain.goods.named import BatchRun, Goods
from domain.keys import actions as keys
from domain.keys.keyring import Keyring
from domain.keys.vault import Vault
from domain.lifecycle import actions as lifecycle
from domain.lifecycle.rules import Step
from domain.lifecycle.told import Told
from domain.participants.actor import Actor
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import Role

GTIN = "04810000000018"
SEED = """
INSERT INTO participants (uuid, name, member_state, tax_id, roles)
    VALUES ('00000000-0000-4000-8000-000000000001', 'Dairy', 'BY', '100000050', '{PARTICIPANT}');
INSERT INTO products (gtin, owner_id, product_group, version)
    VALUES ('04810000000018', 1, 'milk', 1);
INSERT INTO product_versions (gtin, version, name, translations)
    VALUES ('04810000000018', 1, 'Milk', '{}');
"""


@dataclass
class Dairy:
    """The dairy at its registry."""

    database: Database
    keyring: Keyring
    actor: Actor

    async def register(self, quantity: int, own: tuple[str, ...] = ()) -> UUID:
        """A batch of so many units; returns its id."""
        order = BatchOrder(
            GTIN,
            quantity,
            MemberState.BY,
            own=tuple(OwnCode(serial) for serial in own),
        )
        request = Request(uuid4(), self.actor.id, bytes(32))
        await codes.register(self.database, request, order, actor=self.actor, keyring=self.keyring)
        return request.id

    async def take(
        self, step: Step, batch: UUID, first: int, count: int, **told: Any
    ) -> dict[str, Any]:
        """A step with a run of a batch; returns the answer."""
        answer, _ = await lifecycle.take_step(
            self.database,
            Request(uuid4(), self.actor.id, bytes(32)),
            step,
            Goods(None, (BatchRun(batch, first, count),)),
            Told(**told),
            actor=self.actor,
            keyring=self.keyring,
        )
        return answer


@asynccontextmanager
async def dairy(url: str) -> AsyncIterator[Dairy]:
    """The dairy on this migrated database."""
    database = Database(url)
    try:
        async with database.transaction() as session:
            await (await driver(session)).execute(SEED)
        keyring = await keys.open_keyring(database, Vault(bytes(32)))
        uuid = UUID("00000000-0000-4000-8000-000000000001")
        roles = frozenset({Role.PARTICIPANT})
        yield Dairy(database, keyring, Actor(1, uuid, "Dairy", MemberState.BY, roles))
    finally:
        await database.dispose()
