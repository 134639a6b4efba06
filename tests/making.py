"""Participants at work over HTTP: they make products, batches and codes for tests to look at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2

from domain.doctor.actions import examine
from domain.standards.gs1_keys import check_digit
from tests.world import Character, World

STEPS = {
    "apply": "applications",
    "introduce": "introductions",
    "cancel": "cancellations",
    "give_lot": "lots",
}
PRODUCED = {"produced_on": "2026-11-20"}


def gtin(number: int) -> str:
    digits = f"0481{number:09}"
    return digits + check_digit(digits)


MILK, SHOES = gtin(1), gtin(2)


@dataclass(frozen=True)
class Maker:
    """Somebody who makes goods."""

    http: httpx2.AsyncClient
    member_state: str

    async def product(
        self, group: str = "milk", code: str = MILK, name: str = "Молоко 3,2 %"
    ) -> str:
        body = {"product_group": group, "name": name}
        return made(await self.http.put(f"/products/{code}", json=body))["gtin"]

    async def register(
        self, batch: UUID | None = None, *, of: str = MILK, **given: Any
    ) -> httpx2.Response:
        body = {"gtin": of, "member_state": self.member_state, **given}
        return await self.http.put(f"/batches/{batch or uuid4()}", json=body)

    async def batch(self, quantity: int | None = None, *, of: str = MILK, **given: Any) -> UUID:
        if quantity is not None:
            given["quantity"] = quantity
        return UUID(made(await self.register(of=of, **given))["batch"])

    async def codes(self, batch: UUID, first: int = 0, count: int | None = None) -> list[str]:
        params = {"first": first} | ({"count": count} if count else {})
        answer = await self.http.get(f"/batches/{batch}/codes", params=params)
        assert answer.status_code == 200, answer.text
        return answer.text.split("\n")[:-1]

    async def printed(self, reason: str | None = None, **asked: Any) -> bytes:
        """Order labels and fetch them."""
        ordered = made(await self.http.put(f"/prints/{uuid4()}", json={"reason": reason, **asked}))
        answer = await self.http.get(f"/prints/{ordered['print']}/labels")
        assert answer.status_code == 200, answer.text
        return answer.content

    async def step(
        self, verb: str, request: UUID | None = None, *, dry_run: bool = False, **given: Any
    ) -> httpx2.Response:
        params = {"dry_run": "true"} if dry_run else {}
        path = f"/{STEPS[verb]}/{request or uuid4()}"
        return await self.http.put(path, json=given, params=params)

    async def upload(
        self,
        verb: str,
        content: bytes | AsyncIterator[bytes],
        request: UUID | None = None,
        kind: str = "text/plain",
        **params: str,
    ) -> httpx2.Response:
        path = f"/{STEPS[verb]}/{request or uuid4()}/file"
        headers = {"Content-Type": kind}
        return await self.http.put(path, content=content, params=params, headers=headers)

    async def circulating(self, quantity: int = 5, *, of: str = MILK, **given: Any) -> list[str]:
        """The codes of goods that were applied and introduced."""
        batch = await self.batch(quantity, of=of, **given)
        made(await self.step("apply", runs=[run(batch, 0, quantity)]))
        made(await self.step("introduce", runs=[run(batch, 0, quantity)], lot=PRODUCED))
        return await self.codes(batch)


def made(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def run(batch: UUID, first: int, count: int) -> dict[str, Any]:
    return {"batch": str(batch), "first": first, "count": count}


@asynccontextmanager
async def at_work(world: World, character: Character) -> AsyncIterator[Maker]:
    async with world.as_(character) as http:
        yield Maker(http, character.member_state)


# What a refusal must leave as it was, row by row: everything but the secrets, which the service
# makes when they are first needed.
TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'secrets'
    ORDER BY 1
"""
ROWS = "SELECT count(*), md5(string_agg(row::text, '|' ORDER BY row::text)) FROM {} AS row"


async def traces(world: World) -> dict[str, tuple[int, str | None]]:
    async with world.database.reading() as connection:
        tables = [row[0] for row in await connection.fetch(TABLES)]
        return {table: tuple(await connection.fetchrow(ROWS.format(table))) for table in tables}


async def faults(world: World) -> dict[str, list[str]]:
    """What the doctor finds wrong."""
    keyring = await world.app.state.secrets.keyring()
    return {
        found.name: found.examples
        async for found in examine(world.database, keyring)
        if not found.is_healthy
    }


@asynccontextmanager
async def no_trace(world: World) -> AsyncIterator[None]:
    """What happens inside leaves everything as it was, and everything is well."""
    before = await traces(world)
    yield
    after = await traces(world)
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == set(), changed
    assert await faults(world) == {}


def scope(method: str, address: str, api_key: str, kind: str = "text/plain") -> dict[str, Any]:
    """A request as a server tells it: for clients that do what httpx does not."""
    path, _, query = address.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [
            (b"authorization", f"Bearer {api_key}".encode()),
            (b"content-type", kind.encode()),
        ],
        "client": ("10.0.0.1", 1),
        "server": ("tamga.test", 80),
        "scheme": "http",
    }


def problem(answer: httpx2.Response) -> str:
    """The slug of the refusal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).removeprefix("/problems/")
