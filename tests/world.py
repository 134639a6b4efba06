"""A few participants around a service on a database of its own: what tests over HTTP live in."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid5

import httpx2
from fastapi import FastAPI

from api.main import create_app, lifespan
from api.settings import Settings
from domain.database import Database
from domain.participants import actions
from domain.participants.actor import Actor
from domain.participants.rules import Card, KeyTerms
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, Scope

NAMES = UUID("6d1e4b7a-0000-4000-8000-000000000000")
ADDRESS = "http://tamga.test"


@dataclass(frozen=True)
class Character:
    """Somebody that the tests speak of."""

    name: str
    member_state: MemberState
    tax_id: str
    roles: frozenset[Role] = frozenset({Role.PARTICIPANT})

    @property
    def uuid(self) -> UUID:
        return uuid5(NAMES, self.name)

    @property
    def card(self) -> Card:
        return Card(self.name, self.member_state, self.tax_id, None, self.roles)


BELARUS = Character("Оператор Беларуси", MemberState.BY, "100000050", frozenset(Role))
KAZAKHSTAN = Character("Қазақстан операторы", MemberState.KZ, "100000040000", frozenset(Role))
MINSK_DAIRY = Character("Минский молочный завод", MemberState.BY, "190239501")
BREST_STORE = Character("Брестский магазин", MemberState.BY, "200166539")
ALMATY_STORE = Character("Алматы дүкені", MemberState.KZ, "100000020006")
KAZAKH_INSPECTOR = Character(
    "Инспекция", MemberState.KZ, "100000010009", frozenset({Role.INSPECTOR})
)


@dataclass
class World:
    """The service, who takes part, and their keys."""

    app: FastAPI
    log: io.StringIO
    keys: dict[Character, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.app.state.database

    def client(self, api_key: str | None = None) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        transport = httpx2.ASGITransport(app=self.app)
        return httpx2.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers)

    def as_(self, character: Character) -> httpx2.AsyncClient:
        return self.client(self.keys[character])

    def as_stranger(self) -> httpx2.AsyncClient:
        return self.client()

    @property
    def log_lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    async def settle(self, *characters: Character) -> None:
        """Register these, each with a key for everything."""
        for character in characters:
            state = character.member_state
            if Role.OPERATOR in character.roles:
                _, issued = await actions.bootstrap(
                    self.database,
                    member_state=state,
                    name=character.name,
                    tax_id=character.tax_id,
                )
            else:
                issued = await self.enter(character)
            assert issued.api_key
            self.keys[character] = issued.api_key

    async def enter(self, character: Character) -> actions.IssuedKey:
        operator = Actor(0, NAMES, "", character.member_state, frozenset({Role.OPERATOR}))
        terms = KeyTerms(frozenset(Scope), None)
        key = uuid5(NAMES, f"key of {character.name}")
        await actions.register(self.database, character.uuid, character.card, operator=operator)
        issued, _ = await actions.issue_key(
            self.database, character.uuid, key, terms, actor=operator
        )
        return issued


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[World]:
    log = io.StringIO()
    app = create_app(settings, log)
    async with lifespan(app):
        yield World(app, log)
