"""Registering participants, issuing and revoking their API keys, and knowing who calls."""

import base64
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from domain.database import Database, driver
from domain.errors import TaxIdRegistered, UnknownKey, UnknownParticipant
from domain.participants import rules, store
from domain.participants.actor import Actor
from domain.participants.rules import Card, Credential, KeyTerms, ListedKey, Registered
from domain.requests import store as requests
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, Scope

SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """An API key just issued; `api_key` is shown this once, and is None for a repeat."""

    id: UUID
    terms: KeyTerms
    api_key: str | None


@dataclass(frozen=True, slots=True)
class Partner:
    """What everybody may know of a participant whose id they have."""

    uuid: UUID
    name: str
    member_state: MemberState


async def authenticate(database: Database, api_key: str) -> Credential:
    """Who calls with this API key; refuses alike whatever is wrong with it."""
    key, secret = rules.read_key(api_key)
    async with database.reading() as connection:
        stored = await store.find_key(connection, key)
    return rules.accept(stored, secret, datetime.now(UTC))


async def register(
    database: Database, participant: UUID, card: Card, *, operator: Actor
) -> tuple[Registered, bool]:
    """Register a participant or replace its card; returns it, and whether it is new."""
    rules.check_card(card)
    rules.check_registration(operator, card)
    async with database.transaction(operator.id) as session:
        connection = await driver(session)
        added = await store.add(connection, participant, card)
        if added:
            return added, True
        found = await store.lock(connection, participant)
        if found is None:  # not added, and not for its id
            raise TaxIdRegistered(card.tax_id)
        rules.check_replacement(operator, found.card, card)
        await store.replace(connection, found.id, card)
        return replace(found, card=card), False


async def suspend(
    database: Database, request: Request, participant: UUID, reason: str, *, operator: Actor
) -> tuple[dict[str, Any], bool]:
    """Suspend a participant: its keys read, and change nothing. Returns the answer and if new."""
    return await set_suspended(database, request, participant, reason, operator, suspended=True)


async def resume(
    database: Database, request: Request, participant: UUID, reason: str | None, *, operator: Actor
) -> tuple[dict[str, Any], bool]:
    """End a suspension; returns the answer, and whether it is new."""
    return await set_suspended(database, request, participant, reason, operator, suspended=False)


async def set_suspended(  # noqa: PLR0913 (what, whom, why, by whom)
    database: Database,
    request: Request,
    participant: UUID,
    reason: str | None,
    operator: Actor,
    *,
    suspended: bool,
) -> tuple[dict[str, Any], bool]:
    """Rival operators queue at the participant's row; the later word counts."""
    async with database.transaction(operator.id) as session:
        connection = await driver(session)
        done = await requests.claim(connection, request)
        if done:
            return done, False
        found = await store.lock(connection, participant)
        if found is None:
            raise UnknownParticipant
        rules.check_suspension(operator, found)
        since = None
        if suspended:
            since = await store.suspend(connection, found.id)
        else:
            await store.resume(connection, found.id)
        answer = {
            "request": str(request.id),
            "participant": str(participant),
            "suspended_at": since.isoformat() if since else None,
            "reason": reason,
            "recorded_at": datetime.now(UTC).isoformat(),
        }
        await requests.answer(connection, request, answer)
    return answer, True


async def look_up(database: Database, participant: UUID, *, actor: Actor) -> Registered | Partner:
    """Any participant, by its id: its whole card, or as much of it as everybody may see."""
    async with database.reading() as connection:
        found = await store.find(connection, participant)
    if found is None:
        raise UnknownParticipant
    if rules.sees_whole_card(actor, participant, found.card.member_state):
        return found
    return Partner(participant, found.card.name, found.card.member_state)


async def visible(
    database: Database, after: UUID | None, limit: int, *, actor: Actor
) -> list[Registered]:
    """The participants whose whole cards the actor may see, a page of them."""
    async with database.reading() as connection:
        if rules.OVERSEERS & actor.roles:
            return await store.listed(connection, actor.member_state, after, limit)
        found = await store.find(connection, actor.uuid)
        return [found] if found and after is None else []


async def issue_key(
    database: Database, participant: UUID, key: UUID, terms: KeyTerms, *, actor: Actor
) -> tuple[IssuedKey, bool]:
    """Issue an API key to a participant; returns it, and whether it is new.

    A repeat answers without the secret, which is not kept.
    """
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        holder = await held(connection, participant, actor)
        issued = await add_key(connection, holder, key, terms)
        if issued.api_key:
            rules.check_new_key(terms, datetime.now(UTC))
        return issued, issued.api_key is not None


async def held(connection: asyncpg.Connection, participant: UUID, actor: Actor) -> Actor:
    """The participant whose keys the actor means to see or change."""
    found = await store.find(connection, participant)
    if found is None:
        raise UnknownParticipant
    rules.check_keys_of(actor, found.actor)
    return found.actor


async def add_key(
    connection: asyncpg.Connection, holder: Actor, key: UUID, terms: KeyTerms
) -> IssuedKey:
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode().lower()
    if await store.add_key(connection, key, holder.id, terms, rules.digest(secret)):
        return IssuedKey(key, terms, rules.write_key(key, secret))
    found = await store.find_key(connection, key)
    rules.check_repeated_key(found, holder, terms)
    return IssuedKey(key, terms, None)


async def keys_of(database: Database, participant: UUID, *, actor: Actor) -> list[ListedKey]:
    """The API keys of a participant, without their secrets."""
    async with database.reading() as connection:
        holder = await held(connection, participant, actor)
        return await store.keys_of(connection, holder.id)


async def revoke_key(
    database: Database, participant: UUID, key: UUID, *, actor: Actor
) -> ListedKey:
    """Revoke an API key; a repeat changes nothing."""
    async with database.transaction(actor.id) as session:
        connection = await driver(session)
        holder = await held(connection, participant, actor)
        revoked = await store.revoke_key(connection, key, holder.id)
        if revoked is None:
            raise UnknownKey
        return revoked


async def bootstrap(
    database: Database, *, member_state: MemberState, name: str, tax_id: str
) -> tuple[Registered, IssuedKey]:
    """The operator of a member state, and a key for everything: written without being asked who.

    For the first operator, and for one that lost its keys: whoever holds the database may.
    """
    roles = frozenset({Role.OPERATOR, Role.PARTICIPANT})
    card = Card(name, member_state, tax_id, None, roles)
    rules.check_card(card)
    async with database.transaction() as session:
        connection = await driver(session)
        added = await store.add(connection, uuid4(), card)
        found = added or await store.holder_of_tax_id(connection, member_state, tax_id)
        rules.require_role(found.actor, Role.OPERATOR)
        terms = KeyTerms(frozenset(Scope), None)
        return found, await add_key(connection, found.actor, uuid4(), terms)
