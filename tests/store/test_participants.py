import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from domain.database import Database
from domain.errors import KeyNotAccepted, RoleMissing
from domain.participants import actions, store
from domain.participants.rules import Card, KeyTerms
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, Scope

OPERATOR = {"member_state": MemberState.BY, "name": "Оператор", "tax_id": "100000050"}
DAIRY = Card("Завод", MemberState.BY, "190239501", None, frozenset({Role.PARTICIPANT}))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool_size=6)
    yield database
    await database.dispose()


async def test_bootstrap_makes_an_operator_whose_key_works(database):
    operator, issued = await actions.bootstrap(database, **OPERATOR)
    credential = await actions.authenticate(database, issued.api_key)

    assert credential.actor == operator.actor
    assert credential.actor.roles == {Role.OPERATOR, Role.PARTICIPANT}
    assert credential.terms == KeyTerms(frozenset(Scope), None)


async def test_bootstrap_again_gives_the_same_operator_another_key(database):
    first, key = await actions.bootstrap(database, **OPERATOR)
    second, another = await actions.bootstrap(database, **OPERATOR)

    assert first == second
    assert key.id != another.id


async def test_rival_bootstraps_make_one_operator(database):
    done = await asyncio.gather(*(actions.bootstrap(database, **OPERATOR) for _ in range(4)))

    assert len({operator.uuid for operator, _ in done}) == 1
    assert len({issued.api_key for _, issued in done}) == 4


async def test_bootstrap_makes_no_operator_of_a_participant(database):
    operator, _ = await actions.bootstrap(database, **OPERATOR)
    await actions.register(database, uuid4(), DAIRY, operator=operator.actor)

    with pytest.raises(RoleMissing):
        await actions.bootstrap(
            database, member_state=DAIRY.member_state, name=DAIRY.name, tax_id=DAIRY.tax_id
        )


async def test_bootstrap_checks_the_tax_id(database):
    with pytest.raises(ValueError, match="control digit"):
        await actions.bootstrap(database, **OPERATOR | {"tax_id": "100000051"})


async def test_the_database_never_holds_a_secret(database):
    _, issued = await actions.bootstrap(database, **OPERATOR)
    secret = issued.api_key.rpartition("_")[2]

    async with database.reading() as connection:
        rows = await connection.fetch("SELECT api_keys::text AS row FROM api_keys")

    assert all(secret not in row["row"] for row in rows)
    assert all(secret.encode().hex() not in row["row"] for row in rows)


async def test_a_key_with_another_secret_is_not_accepted(database):
    _, issued = await actions.bootstrap(database, **OPERATOR)
    head, _, secret = issued.api_key.rpartition("_")

    with pytest.raises(KeyNotAccepted):
        await actions.authenticate(database, f"{head}_{secret[::-1]}")


async def test_an_expired_key_is_not_accepted(database):
    operator, _ = await actions.bootstrap(database, **OPERATOR)
    past = KeyTerms(frozenset({Scope.READ}), datetime(2020, 1, 1, tzinfo=UTC))

    async with database.reading() as connection:
        issued = await actions.add_key(connection, operator.actor, uuid4(), past)

    with pytest.raises(KeyNotAccepted):
        await actions.authenticate(database, issued.api_key)


async def test_rival_repeats_of_one_registration_find_one_row(database):
    operator, _ = await actions.bootstrap(database, **OPERATOR)
    dairy = uuid4()

    done = await asyncio.gather(
        *(actions.register(database, dairy, DAIRY, operator=operator.actor) for _ in range(6))
    )

    assert sorted(is_new for _, is_new in done) == [False] * 5 + [True]
    assert len({found.id for found, _ in done}) == 1


async def test_rival_repeats_of_one_key_show_one_secret(database):
    operator, _ = await actions.bootstrap(database, **OPERATOR)
    terms = KeyTerms(frozenset({Scope.READ}), None)
    order = (operator.uuid, uuid4(), terms)

    done = await asyncio.gather(
        *(actions.issue_key(database, *order, actor=operator.actor) for _ in range(6))
    )

    assert len([issued for issued, _ in done if issued.api_key]) == 1


async def test_a_replaced_card_leaves_the_suspension(database):
    operator, _ = await actions.bootstrap(database, **OPERATOR)
    dairy = uuid4()
    found, _ = await actions.register(database, dairy, DAIRY, operator=operator.actor)
    async with database.reading() as connection:
        since = await store.suspend(connection, found.id)

    renamed, _ = await actions.register(
        database, dairy, replace(DAIRY, name="Новое имя"), operator=operator.actor
    )

    assert (renamed.card.name, renamed.suspended_at) == ("Новое имя", since)


async def test_one_key_is_found_by_primary_keys_alone(database):
    async with database.reading() as connection:
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.fetch("EXPLAIN " + store.FIND_KEY, uuid4())

    told = "\n".join(row[0] for row in plan)
    assert "api_keys_pkey" in told
    assert "participants_pkey" in told
