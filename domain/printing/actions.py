"""Handing out the labels of a print, and sending them to a printer: each use is recorded first."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from domain.catalogue.groups import catalogue
from domain.codes.rows import Printing
from domain.database import Database, driver
from domain.delivery.store import forms_of_series
from domain.errors import UnknownPrint
from domain.keys import actions as keys
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.printing import rules, store
from domain.printing.portions import Goods, Material, Opened, PinnedRun, PrintedFile
from domain.printing.rules import Told
from domain.printing.store import PinnedPrint
from domain.registry.spans import Run

Recorded = TypeVar("Recorded")


class ReprintDiffers(RuntimeError):
    """The labels of a print came out with other bytes than the first time: a fault of ours."""


class Begun(NamedTuple):
    """A sending that was recorded: its number within the print, and the label it begins with."""

    number: int
    first: int
    opened: Opened


async def mine(connection: asyncpg.Connection, uuid: UUID, actor: Actor) -> PinnedPrint:
    """The print; only who ordered it is handed its labels."""
    found = await store.find(connection, uuid)
    if found is None or found.participant_id != actor.id:
        raise UnknownPrint(str(uuid))
    return found


async def opened(
    database: Database, uuid: UUID, *, actor: Actor, keyring: Keyring, reason: str | None = None
) -> Opened:
    """A print ready to be drawn as its file; that it is fetched is recorded first.

    The first time is free, each further one needs a reason; so does one after labels were sent.
    """

    async def fetch(connection: asyncpg.Connection, found: PinnedPrint) -> None:
        uses = await store.uses(connection, found.id)
        rules.check_fetch(uuid, found.labels, uses, reason)
        await store.add_fetch(connection, found.id, uses.fetches + 1, actor.id, reason)

    _, ready = await used(database, uuid, fetch, actor=actor, keyring=keyring)
    return ready


async def send_begun(  # noqa: PLR0913
    database: Database,
    uuid: UUID,
    *,
    printer: str,
    first: int | None,
    reason: str | None,
    actor: Actor,
    keyring: Keyring,
) -> Begun:
    """Record that labels are about to be sent to a printer, from `first` on.

    None: from the one behind the last that a printer confirmed. Refuses while another sending of
    the print is under way.
    """

    async def send(connection: asyncpg.Connection, found: PinnedPrint) -> tuple[int, int]:
        uses = await store.uses(connection, found.id)
        begin = rules.first_to_send(uuid, found.labels, uses, first, reason)
        number = len(uses.sendings) + 1
        await store.add_sending(connection, found.id, number, actor.id, printer, begin, reason)
        return number, begin

    (number, begin), ready = await used(database, uuid, send, actor=actor, keyring=keyring)
    return Begun(number, begin, ready)


async def used(
    database: Database,
    uuid: UUID,
    record: Callable[[asyncpg.Connection, PinnedPrint], Awaitable[Recorded]],
    *,
    actor: Actor,
    keyring: Keyring,
) -> tuple[Recorded, Opened]:
    """Record a use of the print, and make it ready to be drawn."""
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        found = await mine(connection, uuid, actor)
        ready = await pinned(connection, found, keyring)
        await store.lock(connection, found.id)
        recorded = await record(connection, found)
    return recorded, ready


async def pinned(connection: asyncpg.Connection, found: PinnedPrint, keyring: Keyring) -> Opened:
    """All that the labels of this print are made of."""
    runs = await store.runs(connection, found.id)
    packages = await store.packages(connection, found.id) if not runs else []
    material = await material_of(connection, runs, found.facts.get("maker"), keyring)
    told = found._asdict()
    for hidden in ("id", "participant_id", "facts"):
        told.pop(hidden)
    return Opened(
        print=told.pop("uuid"),
        title=material.goods[runs[0].batch_id].batch.name if runs else packages[0].sscc,
        packages=tuple(packages),
        material=material,
        **told,
    )


async def material_of(
    connection: asyncpg.Connection, runs: list[PinnedRun], maker: str | None, keyring: Keyring
) -> Material:
    """What the codes of these runs are made of, and what stands beside them."""
    batches = await store.batches(connection, sorted({run.batch_id for run in runs}))
    ids = {one.verification_key_id for one in batches}
    signers = await keys.keys_named(connection, keyring, ids)
    templates = catalogue().templates
    goods = {}
    for one in batches:
        key = signers[one.verification_key_id]
        printing = Printing(templates[one.template], key, one.price_minor, one.tnved)
        goods[one.id] = Goods(one, printing)
    forms = await forms_of_series(connection, sorted({run.series_id for run in runs}))
    gtins = {run.series_id: goods[run.batch_id].batch.gtin for run in runs}
    ciphers = {one: keyring.cipher(gtins[one], *form) for one, form in forms.items()}
    registered = [Run(*run[:3]) for run in runs if run.series_id not in ciphers]
    lots = await store.lots(connection, sorted({run.lot_id for run in runs if run.lot_id}))
    return Material(runs, goods, ciphers, lots, await store.own(connection, registered), maker)


async def finished(database: Database, uuid: UUID, file: PrintedFile) -> None:
    """Keep the report of a print's whole file, the first time that it was made.

    Raises ReprintDiffers, a fault, if a later one has other bytes.
    """
    async with database.transaction() as session:
        kept = await store.add_file(await driver(session), uuid, file)
    if kept != file.sha256:
        raise ReprintDiffers(f"{uuid}: {file.sha256.hex()}, and {kept.hex()} at first")


async def confirmed(database: Database, uuid: UUID, number: int, told: Told) -> None:
    """Record what the printer told of a sending: the last label sent, and the last confirmed.

    Labels count from 1 over the whole print, copies included; 0: none. Until it has ended, tell of
    a sending more often than every `rules.SILENT_SECONDS`, or another may begin.
    """
    async with database.transaction() as session:
        await store.add_confirmation(await driver(session), uuid, number, told)


async def last_confirmed(database: Database, uuid: UUID, *, actor: Actor) -> int:
    """The last label of a print that a printer has confirmed; 0: none."""
    async with database.reading() as connection:
        found = await mine(connection, uuid, actor)
        return (await store.uses(connection, found.id)).confirmed
