"""Participants of two member states who trade, straight through the actions."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from domain.acceptance import actions as acceptance
from domain.acceptance.answers import Acceptance, Cancellation, Rejection
from domain.aggregation import actions as aggregation
from domain.aggregation.named import Filling, Packing, Unpacking
from domain.aggregation.named import Told as PackingTold
from domain.blocking import actions as blocking
from domain.blocking.orders import BlockOrder
from domain.catalogue.documents import Document, DocumentKind
from domain.codes import actions as codes
from domain.codes.orders import BatchOrder, LotData
from domain.custody import actions as custody
from domain.custody.offers import Offer, Receiver
from domain.database import Database, driver
from domain.delivery import actions as delivery
from domain.delivery.forms import Form
from domain.doctor.actions import examine
from domain.goods.named import BatchRun, Goods
from domain.keys import actions as keys
from domain.keys.keyring import Keyring
from domain.keys.vault import Vault
from domain.lifecycle import actions as lifecycle
from domain.lifecycle import rules
from domain.lifecycle.told import Told
from domain.participants.actor import Actor
from domain.receipts import actions as receipts
from domain.receipts.rules import Receipt
from domain.recognition.units import Texts
from domain.requests.store import Request
from domain.standards.gs1_keys import check_digit
from domain.standards.member_state import MemberState
from domain.vocabulary import Assurance, ReceiptKind, Role, TransferKind

BY, KZ = MemberState.BY, MemberState.KZ
GTIN, OTHER_GTIN, UNMARKED = "04810000000018", "04810000000025", "04810000000032"
PEOPLE = (
    ("Dairy", BY, "190239501", Role.PARTICIPANT),
    ("Almaty store", KZ, "100000020006", Role.PARTICIPANT),
    ("Brest store", BY, "200166539", Role.PARTICIPANT),
    ("Inspector", KZ, "100000010009", Role.INSPECTOR),
    ("Brest inspector", BY, "100000063", Role.INSPECTOR),
)
SEED = """
INSERT INTO products (gtin, owner_id, product_group, version) VALUES
    ('04810000000018', 1, 'milk', 1), ('04810000000025', 1, 'milk', 1),
    ('04810000000032', 1, 'water', 1);
INSERT INTO product_versions (gtin, version, name, translations)
    SELECT gtin, 1, 'Milk', '{}' FROM products;
INSERT INTO marking_declarations
    (id, product_group, member_state, in_force, valid_from, decision, declared_by)
    VALUES (gen_random_uuid(), 'milk', 'KZ', true, '2020-01-01', 'test', 1),
        (gen_random_uuid(), 'water', 'BY', true, '2020-01-01', 'test', 1);
"""
PAPER = Document(DocumentKind.CONSIGNMENT_NOTE, "17", date(2026, 11, 1))
LOT = LotData("L1", date(2026, 11, 1), date(2027, 11, 1))


def person(id: int) -> Actor:
    name, state, _, role = PEOPLE[id - 1]
    return Actor(id, UUID(int=(4 << 76) + (8 << 60) + id), name, state, frozenset({role}))


DAIRY, ALMATY, BREST, INSPECTOR, BREST_INSPECTOR = map(person, range(1, 6))


def sscc(number: int) -> str:
    digits = f"14607095{number:09}"
    return digits + check_digit(digits)


def codes_of(lines: Sequence[str]) -> Goods:
    return Goods(Texts.of_list(list(lines)))


def run_of(batch: UUID, first: int, count: int) -> Goods:
    return Goods(None, (BatchRun(batch, first, count),))


def packages(*ssccs: str) -> Goods:
    return Goods(packages=ssccs)


@dataclass
class Trade:
    """The participants at one registry."""

    database: Database
    keyring: Keyring

    def request(self, actor: Actor) -> Request:
        return Request(uuid4(), actor.id, bytes(32))

    async def register(self, quantity: int, gtin: str = GTIN, state: MemberState = BY) -> UUID:
        order = BatchOrder(gtin, quantity, state)
        request = self.request(DAIRY)
        await codes.register(self.database, request, order, actor=DAIRY, keyring=self.keyring)
        return request.id

    async def lines(self, batch: UUID) -> list[str]:
        found = await delivery.prepare(self.database, batch, actor=DAIRY, keyring=self.keyring)
        whole = b"".join([part async for part in delivery.stream(found, Form.TEXT)])
        return whole.decode().removesuffix("\n").split("\n")

    async def take(self, step: rules.Step, goods: Goods, actor: Actor = DAIRY) -> dict[str, Any]:
        told = Told(lot=None if step is rules.APPLY else LOT)
        answer, _ = await lifecycle.take_step(
            self.database,
            self.request(actor),
            step,
            goods,
            told,
            actor=actor,
            keyring=self.keyring,
        )
        return answer

    async def circulating(self, quantity: int, gtin: str = GTIN) -> UUID:
        """A batch whose goods are in circulation."""
        batch = await self.register(quantity, gtin)
        await self.take(rules.APPLY, run_of(batch, 0, quantity))
        await self.take(rules.INTRODUCE, run_of(batch, 0, quantity))
        return batch

    async def offer(
        self, goods: Goods, *, to: Actor = ALMATY, by: Actor = DAIRY, **told: Any
    ) -> UUID:
        """Offer goods; returns the transfer's id."""
        request = self.request(by)
        kind = told.pop("kind", TransferKind.SALE)
        offer = Offer(kind, Receiver(to.uuid), goods, (PAPER,), **told)
        await custody.offer_goods(self.database, request, offer, actor=by, keyring=self.keyring)
        return request.id

    async def accept(
        self, transfer: UUID, goods: Goods | None = None, *, by: Actor = ALMATY, **told: Any
    ) -> dict[str, Any]:
        assurance = told.pop("assurance", Assurance.TRUSTING)
        answer, _ = await acceptance.accept(
            self.database,
            self.request(by),
            transfer,
            Acceptance(goods, assurance, **told),
            actor=by,
            keyring=self.keyring,
        )
        return answer

    async def reject(
        self, transfer: UUID, goods: Goods | None = None, *, by: Actor = ALMATY
    ) -> dict[str, Any]:
        answer, _ = await acceptance.reject(
            self.database,
            self.request(by),
            transfer,
            Rejection(goods, "damaged"),
            actor=by,
            keyring=self.keyring,
        )
        return answer

    async def cancel(self, transfer: UUID, *, by: Actor = DAIRY) -> dict[str, Any]:
        answer, _ = await acceptance.cancel(
            self.database, self.request(by), transfer, Cancellation(), actor=by
        )
        return answer

    async def show(self, transfer: UUID, by: Actor = DAIRY) -> dict[str, Any]:
        return await custody.show(self.database, transfer, actor=by)

    async def pack(
        self,
        name: str,
        goods: Sequence[tuple[UUID, int, int]] = (),
        inside: Sequence[str] = (),
        by: Actor = DAIRY,
    ) -> None:
        """Put runs of batches and packages into a transport unit."""
        runs = [BatchRun(*one) for one in goods]
        packing = Packing.of_list([Filling(sscc=name, runs=runs, packages=inside)])
        request = self.request(by)
        await aggregation.pack(
            self.database, request, packing, PackingTold(), actor=by, keyring=self.keyring
        )

    async def unpack(self, by: Actor = DAIRY, **what: Any) -> None:
        """Dissolve packages, or take goods out of them."""
        request = self.request(by)
        await aggregation.unpack(
            self.database,
            request,
            Unpacking(**what),
            PackingTold(),
            actor=by,
            keyring=self.keyring,
        )

    async def sell(self, *lines: str, by: Actor = DAIRY) -> dict[str, Any]:
        """A receipt with these codes; returns the call's answer."""
        receipt = Receipt(
            "T-1",
            uuid4().hex,
            ReceiptKind.SALE,
            datetime.now(UTC),
            lines,
        )
        request = self.request(by)
        given = await receipts.record(
            self.database, request, [receipt], actor=by, keyring=self.keyring
        )
        return given.answer

    async def block(self, by: Actor = BREST_INSPECTOR, **what: Any) -> UUID:
        """Place a block; returns its id."""
        request = self.request(by)
        order = BlockOrder("to be examined", **what)
        await blocking.place(self.database, request, order, actor=by, keyring=self.keyring)
        return request.id

    async def lift(self, block: UUID, by: Actor = BREST_INSPECTOR) -> None:
        await blocking.lift(self.database, self.request(by), block, "examined", actor=by)

    async def held(self, batch: UUID) -> list[tuple[int, int, str, str | None, bool, bool]]:
        """The batch's units as ordinal, count, holder, status, in transfer, in a package."""
        async with self.database.reading() as connection:
            rows = await connection.fetch(HELD, batch)
        return [tuple(row) for row in rows]

    async def faults(self) -> dict[str, list[str]]:
        """What the doctor finds wrong."""
        return {
            found.name: found.examples
            async for found in examine(self.database, self.keyring)
            if not found.is_healthy
        }


INTERVALS = """
    SELECT series_id, first, last FROM batch_intervals
    JOIN batches ON batches.id = batch_id WHERE uuid = $1
"""
PACKAGE = "SELECT id FROM packages WHERE sscc = $1 AND alive"
HELD = """
    SELECT one.ordinal + spans.first - one.first, spans.last - spans.first + 1,
        participants.name, spans.status, spans.transfer_id IS NOT NULL, spans.parent_id IS NOT NULL
    FROM batches JOIN batch_intervals AS one ON one.batch_id = batches.id
    JOIN spans ON spans.series_id = one.series_id AND spans.first BETWEEN one.first AND one.last
    LEFT JOIN participants ON participants.id = spans.holder_id
    WHERE batches.uuid = $1 ORDER BY 1
"""


@asynccontextmanager
async def trade(url: str) -> AsyncIterator[Trade]:
    """The participants on this migrated database."""
    database = Database(url)
    try:
        async with database.transaction() as session:
            connection = await driver(session)
            for at, (name, state, tax_id, role) in enumerate(PEOPLE, 1):
                await connection.execute(
                    "INSERT INTO participants (uuid, name, member_state, tax_id, roles)"
                    " VALUES ($1, $2, $3, $4, $5)",
                    person(at).uuid,
                    name,
                    state,
                    tax_id,
                    [role],
                )
            await connection.execute(SEED)
        yield Trade(database, await keys.open_keyring(database, Vault(bytes(32))))
    finally:
        await database.dispose()
