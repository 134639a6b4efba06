"""Registering products, one by one or from a file, and declaring what is not known."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import asyncpg

from domain.catalogue import imports, store
from domain.catalogue.groups import ProductGroup, catalogue
from domain.catalogue.imports import Reading, WrongRow
from domain.catalogue.products import Card, Changes, Fault, Registered, decide, read_card, warnings
from domain.catalogue.regimes import Road, road
from domain.catalogue.rules import Declaration, RuleStanding, Standing
from domain.catalogue.sheets import SheetLimits
from domain.database import Database, driver
from domain.errors import (
    CardNotFitting,
    DeclarationDatesReversed,
    GroupNotInForce,
    ProductGroupFixed,
    ProductNotYours,
    RowsWrong,
    StandingAlreadyKnown,
    UnknownProduct,
)
from domain.participants import rules as participants
from domain.participants.actor import Actor
from domain.requests import store as requests
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import Role

ROWS_TOLD = 1_000


# Groups and their standing


async def require_in_force(
    connection: asyncpg.Connection, product_group: str, state: MemberState, on: date
) -> RuleStanding:
    """On what marking of the group rests in this state then; raises GroupNotInForce."""
    group = catalogue().group(product_group)
    declared = await store.declarations(connection, group.code)
    found = catalogue().standing(group.code, state, on, declared)
    if not found.is_in_force:
        raise GroupNotInForce(group.code, state, str(on), found.standing, found.decision)
    return found


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A group with what operators declared of it, and how it stands in every state."""

    group: ProductGroup
    on: date
    declarations: list[Declaration]
    standings: dict[MemberState, RuleStanding]


async def describe_group(database: Database, name: str, on: date | None) -> GroupPage:
    """All that is known of a group, by default today; raises UnknownProductGroup."""
    group = catalogue().group(name)
    day = on or datetime.now(UTC).date()
    async with database.reading() as connection:
        declared = await store.declarations(connection, group.code)
    standings = {
        state: catalogue().standing(group.code, state, day, declared) for state in MemberState
    }
    return GroupPage(group, day, declared, standings)


async def roads(
    connection: asyncpg.Connection,
    groups: Collection[str],
    origin: MemberState,
    destination: MemberState,
    on: date,
) -> list[Road]:
    """How goods of each group get there; none within one state. Raises UnknownProductGroup."""
    if origin is destination:
        return []
    codes = [catalogue().group(group).code for group in groups]
    declared = await store.declarations(connection, *codes)
    return [road(code, origin, destination, on, declared) for code in codes]


@dataclass(frozen=True, slots=True)
class Declaring:
    """What an operator declares of a group in its own state."""

    product_group: str
    in_force: bool
    valid_from: date
    valid_to: date | None
    decision: str


async def declare(
    database: Database, request: Request, declaring: Declaring, *, actor: Actor
) -> tuple[dict[str, Any], bool]:
    """Declare whether marking is in force, where that is not known; and whether it is new."""
    participants.require_role(actor, Role.OPERATOR)
    group = catalogue().group(declaring.product_group)
    if declaring.valid_to and declaring.valid_to < declaring.valid_from:
        raise DeclarationDatesReversed(str(declaring.valid_from), str(declaring.valid_to))
    state = actor.member_state
    known = catalogue().standing(group.code, state, declaring.valid_from)
    if known.standing is not Standing.NOT_KNOWN:
        raise StandingAlreadyKnown(
            group.code, state, str(declaring.valid_from), known.standing, known.decision
        )
    declared = Declaration(
        product_group=group.code,
        member_state=state,
        in_force=declaring.in_force,
        valid_from=declaring.valid_from,
        valid_to=declaring.valid_to,
        decision=declaring.decision,
        declared_by=actor.name,
    )
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        done = await requests.claim(connection, request)
        if done:
            return done, False
        recorded_at = await store.add_declaration(connection, request.id, declared, actor.id)
        answer = declaration_receipt(request, declared, recorded_at)
        await requests.answer(connection, request, answer)
    return answer, True


def declaration_receipt(
    request: Request, declared: Declaration, recorded_at: datetime
) -> dict[str, Any]:
    return {
        "declaration": str(request.id),
        "product_group": declared.product_group,
        "member_state": declared.member_state,
        "in_force": declared.in_force,
        "valid_from": str(declared.valid_from),
        "valid_to": str(declared.valid_to) if declared.valid_to else None,
        "decision": declared.decision,
        "declared_by": declared.declared_by,
        "recorded_at": recorded_at.isoformat(),
    }


# Products one by one


async def register_product(
    database: Database, gtin: str, values: Mapping[str, str], *, actor: Actor
) -> tuple[Registered, bool]:
    """Register a product, or give its card a new version if something changed.

    Returns it, and whether it is new; a repeat changes nothing.
    """
    card, faults = read_card(gtin, values, catalogue())
    if card is None:
        raise CardNotFitting(tuple(asdict(fault) for fault in faults))
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        changes = await settled(connection, [card], actor.id)
        if fault := changes.refused.get(gtin):
            raise refusal_of(gtin, fault)
        await write(connection, changes, actor.id)
        return await found(connection, gtin), bool(changes.new)


def refusal_of(gtin: str, fault: Fault) -> ProductNotYours | ProductGroupFixed:
    if fault.reason == ProductNotYours.slug:
        return ProductNotYours(gtin)
    return ProductGroupFixed(gtin, fault.value)


async def look_up(database: Database, gtin: str) -> Registered:
    """A product, whoever asks; raises UnknownProduct."""
    async with database.reading() as connection:
        return await found(connection, gtin)


async def found(connection: asyncpg.Connection, gtin: str) -> Registered:
    product = await store.find(connection, gtin)
    if product is None:
        raise UnknownProduct(gtin)
    return product


async def listed(
    database: Database, *, after: str, limit: int, owner_id: int | None, product_group: str | None
) -> list[Registered]:
    """A page of products in GTIN order; raises UnknownProductGroup."""
    code = catalogue().group(product_group).code if product_group else None
    async with database.reading() as connection:
        return await store.listed(connection, after, owner_id, code, limit)


# Changing cards, however many


async def compared(
    connection: asyncpg.Connection, cards: Collection[Card], owner_id: int
) -> Changes:
    """What registering these cards would come to now."""
    kept = await store.kept(connection, [card.gtin for card in cards])
    regrouped = [
        card.gtin
        for card in cards
        if card.gtin in kept and kept[card.gtin].card.product_group != card.product_group
    ]
    fixed = await store.with_codes(connection, regrouped)
    return decide(cards, kept, fixed, owner_id)


async def settled(
    connection: asyncpg.Connection, cards: Collection[Card], owner_id: int
) -> Changes:
    """As `compared`, with the cards that will change locked, and judged again under the lock."""
    first = await compared(connection, cards, owner_id)
    if not first.changed:
        return first
    changing = {kept.card.gtin: kept.card for kept in first.changed}
    await store.lock(connection, changing)
    again = await compared(connection, changing.values(), owner_id)
    return replace(
        first,
        changed=again.changed,
        unchanged=first.unchanged + again.unchanged,
        refused={**first.refused, **again.refused},
    )


async def write(connection: asyncpg.Connection, changes: Changes, owner_id: int) -> None:
    if changes.new:
        await store.add(connection, changes.new, owner_id)
    if changes.changed:
        await store.change(connection, changes.changed)


# Products from a file


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """How a file is to be imported."""

    good_rows: bool = False
    dry_run: bool = False
    with_file: bool = False
    limits: SheetLimits = field(default_factory=SheetLimits)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import. `file` is the annotated file, if it was asked for."""

    answer: dict[str, Any]
    is_new: bool
    refusal: RowsWrong | None = None
    file: bytes | None = None
    media_type: str = "text/csv"


async def import_products(
    database: Database, request: Request, body: bytes, terms: ImportTerms, *, actor: Actor
) -> ImportReport:
    """Register the products of a file.

    All rows or none, unless the good rows alone are asked for; a file sent again changes nothing.
    Reading ends before the transaction begins.
    """
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        told = await told_before(connection, request) if done else []
    if done and not terms.with_file:
        return ImportReport(done, is_new=False)
    reading = await asyncio.to_thread(imports.read_import, body, catalogue(), terms.limits)
    if done:
        return report(reading, done, told, terms, is_new=False)
    if terms.dry_run:
        return await rehearse(database, request, reading, terms, actor)
    return await carry_out(database, request, reading, terms, actor)


async def rehearse(
    database: Database, request: Request, reading: Reading, terms: ImportTerms, actor: Actor
) -> ImportReport:
    async with database.reading() as connection:
        changes = await compared(connection, list(reading.cards.values()), actor.id)
    wrong = wrong_rows(reading, changes)
    answer = receipt(request, reading, changes, wrong, terms)
    return report(reading, answer, wrong, terms, is_new=True)


async def carry_out(
    database: Database, request: Request, reading: Reading, terms: ImportTerms, actor: Actor
) -> ImportReport:
    answer: dict[str, Any] = {}
    wrong: list[WrongRow] = []
    try:
        async with database.transaction(actor.id) as session:
            connection = await driver(session)
            done = await requests.claim(connection, request)
            if done:
                told = await told_before(connection, request)
                return report(reading, done, told, terms, is_new=False)
            changes = await settled(connection, list(reading.cards.values()), actor.id)
            wrong = wrong_rows(reading, changes)
            answer = receipt(request, reading, changes, wrong, terms)
            require_good(answer, terms)
            await write(connection, changes, actor.id)
            await store.add_pages(connection, request.id, [asdict(row) for row in wrong])
            await requests.answer(connection, request, answer)
    except RowsWrong as refusal:
        return replace(report(reading, answer, wrong, terms, is_new=True), refusal=refusal)
    return report(reading, answer, wrong, terms, is_new=True)


def require_good(answer: dict[str, Any], terms: ImportTerms) -> None:
    if answer["counts"]["wrong"] and not terms.good_rows:
        raise RowsWrong(answer["rows"], answer["counts"], tuple(answer["wrong_rows"]))


async def told_before(connection: asyncpg.Connection, request: Request) -> list[WrongRow]:
    return [WrongRow(**line) for line in await store.pages(connection, request.id)]


def wrong_rows(reading: Reading, changes: Changes) -> list[WrongRow]:
    """What is wrong with the file in itself, and against what is registered, in row order."""
    found = list(reading.wrong)
    for row, card in reading.cards.items():
        if fault := changes.refused.get(card.gtin):
            found.append(imports.located(row, fault, reading.titles))
    return sorted(found, key=lambda item: item.row)


def receipt(
    request: Request,
    reading: Reading,
    changes: Changes,
    wrong: list[WrongRow],
    terms: ImportTerms,
) -> dict[str, Any]:
    """What the participant is told of its file."""
    doubts = [
        {"row": row, "gtin": card.gtin, "sentence": sentence}
        for row, card in reading.cards.items()
        for sentence in warnings(card, catalogue())
    ]
    return {
        "import": str(request.id),
        "mode": "good-rows" if terms.good_rows else "all",
        "recorded": not terms.dry_run,
        "rows": reading.row_count,
        "counts": {
            "new": len(changes.new),
            "changed": len(changes.changed),
            "unchanged": len(changes.unchanged),
            "wrong": len({item.row for item in wrong}),
        },
        "wrong_rows": [asdict(item) for item in wrong[:ROWS_TOLD]],
        "warnings": doubts[:ROWS_TOLD],
        "ignored_columns": list(reading.ignored_columns),
    }


def report(
    reading: Reading,
    answer: dict[str, Any],
    wrong: list[WrongRow],
    terms: ImportTerms,
    *,
    is_new: bool,
) -> ImportReport:
    return ImportReport(
        answer=answer,
        is_new=is_new,
        file=imports.annotated(reading.sheet, wrong) if terms.with_file else None,
        media_type=reading.sheet.form.media_type,
    )
