"""Ordering labels: locate the goods, see whether the layout has room, lock, decide, record.

What is recorded pins everything that prints. Making the labels is `domain/printing`.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.codes.orders import LotData, OwnCode
from domain.codes.rules import foreign_text
from domain.database import Database, driver
from domain.delivery import actions as delivery
from domain.delivery import store as store_of_delivery
from domain.errors import (
    ReprintNeedsReason,
    StatusNotFitting,
    UnknownBatch,
    UnknownPrint,
)
from domain.keys.keyring import Keyring
from domain.naming.actions import codes_of
from domain.participants.actor import Actor
from domain.prints import reading, rules, store
from domain.prints.goods import Located, check_held, locate
from domain.prints.orders import Needs, PrintOrder
from domain.prints.runs import Part, Piece, first_places, parts
from domain.prints.store import NewPackage, NewPrint
from domain.prints.told import PackageFacts
from domain.registry.spans import Run
from domain.requests import store as requests
from domain.requests.store import Request

MOST_TOLD = 1_000
Fits = Callable[[Needs], None]


class Decided(NamedTuple):
    """What is printed, and how much of it again."""

    parts: list[Part]
    packages: list[NewPackage]
    units: int
    reprinted: int


async def print_labels(  # noqa: PLR0913 (the story needs its whole cast)
    database: Database,
    request: Request,
    order: PrintOrder,
    fits: Fits,
    *,
    actor: Actor,
    keyring: Keyring,
) -> tuple[dict[str, Any], bool]:
    """Record a print of labels; returns the answer, and whether it is new.

    `fits` is asked before anything is claimed whether the layout has room for the goods, and
    refuses by raising. Costs by runs: a million units in a row are as quick as ten.
    """
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        found = await locate(connection, order.asked, actor=actor, keyring=keyring)
        needs = await needs_of(connection, order, found, actor=actor)
    await asyncio.to_thread(fits, needs)
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        done = await requests.claim(connection, request)
        if done:
            return done, False
        await store.lock(connection, found.ids)
        decided = await decide(connection, order, found, actor=actor, keyring=keyring)
        recorded_at = await record(connection, request, order, found, decided, actor)
        answer = receipt(request.id, order, decided, recorded_at)
        await requests.answer(connection, request, answer)
    return answer, True


async def rehearse(  # noqa: PLR0913
    database: Database,
    request: Request,
    order: PrintOrder,
    fits: Fits,
    *,
    actor: Actor,
    keyring: Keyring,
) -> tuple[dict[str, Any], bool]:
    """What the print would be; refuses what it would refuse, and records nothing."""
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        found = await locate(connection, order.asked, actor=actor, keyring=keyring)
        needs = await needs_of(connection, order, found, actor=actor)
        await asyncio.to_thread(fits, needs)
        decided = await decide(connection, order, found, actor=actor, keyring=keyring)
    return {"dry_run": True, **receipt(request.id, order, decided, None)}, False


async def needs_of(
    connection: asyncpg.Connection, order: PrintOrder, found: Located, *, actor: Actor
) -> Needs:
    """What the labels must have room for; refuses a print beyond the limits."""
    rules.check_size(found.units, len(found.packages), order.copies)
    labels = (found.units + len(found.packages)) * order.copies
    if found.packages:
        told = await labels_of(connection, found, actor)
        return Needs((), rules.widest(told), labels)
    runs = sorted(found.asked)
    foreign = [
        (template, foreign_text(gtin, OwnCode(serial, tail)))
        for template, gtin, serial, tail in await store.foreign(connection, runs)
    ]
    goods = await store.goods_of(connection, found.labels)
    lots = await lots_of(connection, found, runs)
    return Needs(rules.shapes(goods, lots, foreign, actor.name), (), labels)


async def lots_of(
    connection: asyncpg.Connection, found: Located, runs: Sequence[Run]
) -> dict[int, list[LotData]]:
    """The lots of these sorted runs, by batch."""
    stretches = await store.stretches(connection, runs)
    cut = await asyncio.to_thread(parts, runs, found.intervals, stretches, ())
    named = {(part.batch_id, part.lot_id) for part in cut if part.lot_id is not None}
    lots = await store.lots(connection, {lot_id for _, lot_id in named})
    by_batch: dict[int, list[LotData]] = {}
    for batch_id, lot_id in sorted(named):
        by_batch.setdefault(batch_id, []).append(lots[lot_id])
    return by_batch


async def labels_of(
    connection: asyncpg.Connection, found: Located, actor: Actor
) -> list[PackageFacts]:
    """What the labels of these packages tell now, in their order; refuses what is not held."""
    held = await check_held(connection, found.packages, actor)
    contents = await store.contents_of(connection, list(held))
    transfers = {one.transfer_id for one in held.values() if one.transfer_id is not None}
    receivers = await store.receivers(connection, transfers) if transfers else {}
    return [
        rules.label_of(contents[one], actor.name, receivers.get(held[one].transfer_id or 0))
        for one in found.packages.values()
    ]


async def decide(
    connection: asyncpg.Connection,
    order: PrintOrder,
    found: Located,
    *,
    actor: Actor,
    keyring: Keyring,
) -> Decided:
    """What is printed for the first time, and what again; refuses what may not be printed."""
    if found.packages:
        return await decide_packages(connection, order, found, actor)
    runs = sorted(found.asked)
    stretches = await store.stretches(connection, runs)
    if bad := rules.unprintable(stretches):
        examples = await named(connection, keyring, bad)
        raise StatusNotFitting("print", units_in(bad), rules.by_status(bad), examples)
    before = await store.printed(connection, runs)
    if before and order.reason is None:
        examples = await named(connection, keyring, before)
        first, at = await store.first_of(connection, (one.print_id for one in before))
        raise ReprintNeedsReason(units_in(before), at.isoformat(), str(first), examples)
    cut = partial(parts, found.asked, found.intervals, stretches, before)
    return Decided(await asyncio.to_thread(cut), [], found.units, units_in(before))


async def decide_packages(
    connection: asyncpg.Connection, order: PrintOrder, found: Located, actor: Actor
) -> Decided:
    """As `decide`, of packages: what their labels tell is counted now, and pinned."""
    labels = await labels_of(connection, found, actor)
    ids = list(found.packages.values())
    before = await store.packages_printed(connection, ids)
    if before and order.reason is None:
        again = tuple(sscc for sscc, one in found.packages.items() if one in before)
        first, at = await store.first_of(connection, before.values())
        raise ReprintNeedsReason(len(again), at.isoformat(), str(first), again[:3])
    packages = [
        NewPackage(one, label, one in before) for one, label in zip(ids, labels, strict=True)
    ]
    return Decided([], packages, 0, len(before))


def units_in(pieces: Iterable[Piece]) -> int:
    return sum(one.last - one.first + 1 for one in pieces)


async def named(
    connection: asyncpg.Connection, keyring: Keyring, pieces: Iterable[Piece]
) -> tuple[str, ...]:
    """The identification codes of the first few of these units."""
    places = first_places(pieces)
    codes = await codes_of(connection, keyring, places)
    return tuple(codes[place] for place in places)


async def record(  # noqa: PLR0913, PLR0917 (a print's whole row)
    connection: asyncpg.Connection,
    request: Request,
    order: PrintOrder,
    found: Located,
    decided: Decided,
    actor: Actor,
) -> datetime:
    """Record the print; returns when that was."""
    facts = {"maker": actor.name}
    new = NewPrint(
        uuid=request.id,
        participant_id=actor.id,
        batch_id=found.batch_id,
        layout_name=order.layout_name,
        layout_toml=order.layout_toml,
        format=order.format,
        dpi=order.dpi,
        copies=order.copies,
        start=order.start,
        cut_marks=order.cut_marks,
        resolver=order.resolver,
        reason=order.reason,
        facts=orjson.dumps(facts).decode(),
        units=decided.units,
        packages=len(decided.packages),
        reprinted=decided.reprinted,
        labels=(decided.units + len(decided.packages)) * order.copies,
    )
    number, recorded_at = await store.add_print(connection, new)
    if decided.parts:
        await store.add_runs(connection, number, decided.parts)
    if decided.packages:
        await store.add_packages(connection, number, decided.packages)
    return recorded_at


def receipt(
    uuid: UUID, order: PrintOrder, decided: Decided, recorded_at: datetime | None
) -> dict[str, Any]:
    """What the participant is told of its print."""
    packages = len(decided.packages)
    return {
        "print": str(uuid),
        "layout": order.layout_name,
        "format": order.format,
        "dpi": order.dpi,
        "units": decided.units,
        "packages": packages,
        "labels": (decided.units + packages) * order.copies,
        "reprinted": decided.reprinted,
        "recorded_at": recorded_at.isoformat() if recorded_at else None,
    }


async def look_up(database: Database, uuid: UUID, *, actor: Actor) -> dict[str, Any]:
    """A print and what became of it, to who ordered it and to its overseers.

    Of runs and packages the first thousand are told.
    """
    async with database.snapshot() as connection:
        card = await reading.find(connection, uuid)
        if card is None:
            raise UnknownPrint(str(uuid))
        states = {card["owner_state"], *await reading.states_of(connection, card["id"])}
        if not rules.may_see(actor, card["participant_id"], states):
            raise UnknownPrint(str(uuid))
        account = await reading.account(connection, card["id"], MOST_TOLD)
    told = {name: value for name, value in card.items() if name not in reading.INTERNAL}
    file = account.file and {**account.file, "sha256": account.file["sha256"].hex()}
    return {
        **told,
        "print": card["uuid"],
        "printed_by": {"participant": card["owner"], "name": card["owner_name"]},
        "runs": [dict(one) for one in account.runs],
        "ssccs": [one["sscc"] for one in account.packages],
        "fetches": [dict(one) for one in account.fetches],
        "sendings": [dict(one) for one in account.sendings],
        "file": file,
    }


async def listed(
    database: Database, batch: UUID, after: UUID | None, limit: int, *, actor: Actor
) -> list[dict[str, Any]]:
    """The prints of a batch, the newest first; `after` is the last one of the page before."""
    async with database.reading() as connection:
        card = await store_of_delivery.find_card(connection, batch)
        if card is None or not delivery.may_see(card, actor):
            raise UnknownBatch(str(batch))
        before = await reading.number_of(connection, card.id, after) if after else None
        if after and before is None:
            raise UnknownPrint(str(after))
        return [dict(one) for one in await reading.listed(connection, card.id, before, limit)]
