"""Registering a batch: claim the id, lock the numbers, decide, record."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from domain.catalogue import actions as catalogue_actions
from domain.catalogue.groups import catalogue
from domain.catalogue.templates import Family, Template
from domain.codes import allotment, rules, store
from domain.codes.orders import BatchOrder
from domain.codes.store import NewBatch, OrderedProduct, OwnSerial, Space
from domain.database import Database, driver, refusing
from domain.errors import (
    ProductNotYours,
    SerialAlreadyIssued,
    SerialFormsClash,
    SpaceExhausted,
    UnknownProduct,
)
from domain.keys import actions as keys
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.registry import actions as registry
from domain.registry import goods, sizes
from domain.registry import store as store_of_registry
from domain.registry.spans import Run, Standing
from domain.registry.store import NewEvent, RecordedEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import Algorithm, EventKind, UnitStatus


async def register(
    database: Database, request: Request, order: BatchOrder, *, actor: Actor, keyring: Keyring
) -> tuple[dict[str, Any], bool]:
    """Register a batch of goods and issue its codes; returns the answer, and whether it is new.

    Costs the same for ten units and for a million: only intervals of numbers are written.
    """
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        done = await requests.claim(connection, request)
        if done:
            return done, False
        product, template = await check(connection, order, actor)
        event = NewEvent(
            EventKind.REGISTERED, request.id, actor.id, order.occurred_at, {"gtin": order.gtin}
        )
        ordered = (order, product, template)
        standing = await standing_at_first(connection, order, actor)
        batch, recorded = await issue_batch(connection, event, ordered, standing, keyring=keyring)
        answer = receipt(batch, recorded.recorded_at)
        await requests.answer(connection, request, answer)
    return answer, True


async def issue_batch(
    connection: asyncpg.Connection,
    event: NewEvent,
    ordered: tuple[BatchOrder, OrderedProduct, Template],
    standing: Standing,
    *,
    keyring: Keyring,
) -> tuple[NewBatch, RecordedEvent]:
    """Take numbers for a batch, and write it with its first spans, all under this event."""
    order, product, template = ordered
    key = await keys.key_in_use(connection, keyring, order.member_state, algorithm(template))
    await goods.lock_groups(connection, [product.product_group])
    take = take_own if order.own else take_next
    runs = await take(connection, order, template, keyring)
    recorded = await store_of_registry.insert_event(connection, event)
    batch = NewBatch(
        uuid=event.request_id,
        participant_id=event.participant_id,
        gtin=order.gtin,
        product_version=product.version,
        member_state=order.member_state,
        template=template.name,
        emission=order.emission,
        quantity=order.quantity,
        verification_key_id=key.id,
        price_minor=order.price_minor,
        tnved=order.tnved,
        event_id=recorded.id,
    )
    await store.add_batch(connection, batch, runs)
    await registry.issue(connection, runs, standing, event_id=recorded.id)
    return batch, recorded


async def standing_at_first(
    connection: asyncpg.Connection, order: BatchOrder, actor: Actor
) -> Standing:
    """How the units stand that were just issued; a lot that is told is kept by its content."""
    lot = order.lot and await store.lot_id(connection, actor.id, order.gtin, order.lot)
    return Standing(
        parent_id=None,
        transfer_id=None,
        lot_id=lot,
        holder_id=actor.id,
        status=UnitStatus.ISSUED,
        turnover_state=actor.member_state,
        withdrawal_reason=None,
        remaining_parts=None,
        whole_parts=None,
        blocked=False,
    )


def receipt(batch: NewBatch, recorded_at: datetime) -> dict[str, Any]:
    """What the participant is told of its batch."""
    return {
        "batch": str(batch.uuid),
        "gtin": batch.gtin,
        "quantity": batch.quantity,
        "member_state": batch.member_state,
        "template": batch.template,
        "emission": batch.emission,
        "verification_key_id": batch.verification_key_id,
        "price_minor": batch.price_minor,
        "event": batch.event_id,
        "recorded_at": recorded_at.isoformat(),
    }


def algorithm(template: Template) -> Algorithm:
    """The kind of key that makes this template's verification codes."""
    return Algorithm.ED25519 if template.family is Family.L88 else Algorithm.AES_CMAC


async def take_next(
    connection: asyncpg.Connection, order: BatchOrder, template: Template, keyring: Keyring
) -> list[Run]:
    """Take the next numbers of the template's space: the batch's, from now on and for ever."""
    space = await open_space(connection, order, template, keyring)
    cipher = keyring.cipher(*space[1:5])
    free = await store.open_series(connection, space.id, order.member_state, template.name)
    while True:
        reserved = await store.reserved_numbers(connection, space.id, free) if free else []
        runs = allotment.allot(free, reserved, order.quantity)
        short = order.quantity - sum(run.units for run in runs)
        if not short:
            break
        new = allotment.blocks(
            next_block=space.next_block,
            capacity=cipher.capacity,
            block=1 << sizes.BLOCK_BITS,
            quantity=short,
        )
        if not new:
            left = order.quantity - short
            raise SpaceExhausted(order.gtin, template.name, order.quantity, left)
        free += await store.grant_blocks(connection, space, order.member_state, template.name, new)
        space = space._replace(next_block=new[-1][1] + 1)
    await store.take(connection, runs)
    return runs


async def open_space(
    connection: asyncpg.Connection, order: BatchOrder, template: Template, keyring: Keyring
) -> Space:
    """The template's number space of this GTIN, made if it is new, locked."""
    form = (order.gtin, template.serial_length, template.first_character(order.member_state))
    space = await store.lock_space(connection, *form)
    if space:
        return space
    await store.lock_serials(connection, order.gtin)
    space = await store.lock_space(connection, *form)
    if space:
        return space
    with refusing({"serials_of_one_form": SerialFormsClash(order.gtin, template.serial_length)}):
        space = await store.add_space(connection, *form, template.alphabet)
    cipher = keyring.cipher(*space[1:5])
    numbers = [cipher.number(s) for s in await store.registered_of_form(connection, space)]
    await store.reserve(connection, space.id, [one for one in numbers if one is not None])
    return space


async def take_own(
    connection: asyncpg.Connection, order: BatchOrder, template: Template, keyring: Keyring
) -> list[Run]:
    """Register the participant's own serials, or another operator's codes, under new numbers."""
    await store.lock_serials(connection, order.gtin)
    for space in await store.spaces_of(connection, [order.gtin]):
        await keep_clear(connection, order, space, keyring)
    free = await store.lock_registered_series(
        connection, order.gtin, order.member_state, template.name
    )
    runs = allotment.allot([free], [], order.quantity)
    await store.take(connection, runs)
    series_id, first, _ = runs[0]
    own = [
        OwnSerial(order.gtin, code.serial, series_id, first + at, code.foreign_tail)
        for at, code in enumerate(order.own)
    ]
    added = await store.add_serials(connection, order.gtin, own)
    refuse_issued(order.gtin, [code.serial for code in order.own if code.serial not in added])
    return runs


async def keep_clear(
    connection: asyncpg.Connection, order: BatchOrder, space: Space, keyring: Keyring
) -> None:
    """See that this space has not issued the serials, and never will."""
    await store.lock_space(connection, *space[1:4])
    cipher = keyring.cipher(*space[1:5])
    deciphered = [(cipher.number(code.serial), code.serial) for code in order.own]
    numbers = {number: serial for number, serial in deciphered if number is not None}
    taken = await store.issued_among(connection, space.id, list(numbers))
    refuse_issued(order.gtin, [numbers[number] for number in taken])
    await store.reserve(connection, space.id, sorted(numbers))


def refuse_issued(gtin: str, serials: Sequence[str]) -> None:
    if serials:
        raise SerialAlreadyIssued(gtin, len(serials), tuple(sorted(serials)[:3]))


async def check(
    connection: asyncpg.Connection, order: BatchOrder, actor: Actor
) -> tuple[OrderedProduct, Template]:
    """Refuse an order that a rule forbids; returns the product, and the template of its codes."""
    product, template = await check_ordered(connection, order, actor)
    now = datetime.now(UTC)
    await catalogue_actions.require_in_force(
        connection, product.product_group, order.member_state, (order.occurred_at or now).date()
    )
    return product, template


async def check_ordered(
    connection: asyncpg.Connection, order: BatchOrder, actor: Actor
) -> tuple[OrderedProduct, Template]:
    """As `check`, whatever the law of the day is."""
    product = await store.find_product(connection, order.gtin)
    if product is None:
        raise UnknownProduct(order.gtin)
    if product.owner_id != actor.id:
        raise ProductNotYours(order.gtin)
    templates = catalogue().templates_of(product.product_group)
    template = rules.choose_template(order, product.product_group, templates)
    rules.check_order(order, template, actor, datetime.now(UTC))
    await asyncio.to_thread(rules.check_foreign, order, template, templates)
    return product, template
