"""Who takes part, what they make, and their connections to the service."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx2

from domain.database import Database
from domain.participants import actions
from domain.vocabulary import Role, Scope
from tests.making import gtin
from tests.storm.machine import Machine
from tests.world import (
    ALMATY_STORE,
    BELARUS,
    BREST_STORE,
    KAZAKH_INSPECTOR,
    KAZAKHSTAN,
    MINSK_DAIRY,
    Character,
)

OPERATORS = (BELARUS, KAZAKHSTAN)
TRADERS = (MINSK_DAIRY, ALMATY_STORE, BREST_STORE)
AUTHORITIES = (BELARUS, KAZAKH_INSPECTOR)
# By their makers, as group and number of the GTIN.
MADE = {
    MINSK_DAIRY: (("milk", 1), ("milk", 2), ("sweets", 3), ("sweets", 4), ("beer", 5)),
    ALMATY_STORE: (("milk", 6), ("sweets", 7), ("beer", 8)),
}
# Groups in which marking is in force only by the word of the state's operator.
DECLARED = ((KAZAKHSTAN, "milk"), (KAZAKHSTAN, "sweets"), (BELARUS, "sweets"), (BELARUS, "beer"))
PATIENCE = 60.0

Clients = Mapping[Character, httpx2.AsyncClient]


def products() -> dict[str, tuple[str, ...]]:
    return {maker.name: tuple(gtin(number) for _, number in made) for maker, made in MADE.items()}


def groups() -> dict[str, str]:
    return {gtin(number): group for made in MADE.values() for group, number in made}


async def settle(machine: Machine) -> dict[Character, str]:
    """Register everybody, what they make, and what is in force; returns their keys."""
    keys = await operators_keys(machine)
    for person in (*TRADERS, KAZAKH_INSPECTOR):
        operator = next(one for one in OPERATORS if one.member_state == person.member_state)
        async with client(machine, keys[operator]) as http:
            keys[person] = await enter(http, person)
    for operator, group in DECLARED:
        body = {"in_force": True, "valid_from": "2020-01-01", "decision": "a decree"}
        async with client(machine, keys[operator]) as http:
            await put(http, f"/product-groups/{group}/declarations/{uuid4()}", body)
    for maker, made in MADE.items():
        async with client(machine, keys[maker]) as http:
            for group, number in made:
                body = {"product_group": group, "name": f"{group} {number}"}
                await put(http, f"/products/{gtin(number)}", body)
    return keys


async def operators_keys(machine: Machine) -> dict[Character, str]:
    database = Database(machine.postgres.url, pool_size=1)
    keys = {}
    try:
        for operator in OPERATORS:
            _, issued = await actions.bootstrap(
                database,
                member_state=operator.member_state,
                name=operator.name,
                tax_id=operator.tax_id,
            )
            keys[operator] = issued.api_key or ""
    finally:
        await database.dispose()
    return keys


async def enter(http: httpx2.AsyncClient, person: Character) -> str:
    card = {
        "name": person.name,
        "member_state": person.member_state,
        "tax_id": person.tax_id,
        "roles": [Role(role) for role in person.roles],
    }
    await put(http, f"/participants/{person.uuid}", card)
    scopes = {"scopes": [scope.value for scope in Scope]}
    issued = await put(http, f"/participants/{person.uuid}/keys/{uuid4()}", scopes)
    return str(issued["api_key"])


async def put(http: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await http.put(path, json=body)
    if answer.status_code != 201:
        raise RuntimeError(f"PUT {path}: {answer.status_code} {answer.text}")
    made: dict[str, Any] = answer.json()
    return made


def client(machine: Machine, key: str) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(base_url=machine.address, headers=headers, timeout=PATIENCE)


@contextlib.asynccontextmanager
async def connected(machine: Machine, keys: Mapping[Character, str]) -> AsyncIterator[Clients]:
    """A client for everybody, until all are done."""
    async with contextlib.AsyncExitStack() as stack:
        yield {
            person: await stack.enter_async_context(client(machine, key))
            for person, key in keys.items()
        }
