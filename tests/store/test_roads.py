"""The roads of many groups at once, with what operators declared."""

from datetime import date
from uuid import uuid4

import pytest

from domain.catalogue import actions
from domain.catalogue.actions import Declaring
from domain.catalogue.regimes import Regime
from domain.database import Database
from domain.errors import UnknownProductGroup
from domain.participants import actions as participants
from domain.requests.store import Request
from domain.standards.member_state import MemberState

BY, KZ, RU = MemberState.BY, MemberState.KZ, MemberState.RU
TODAY = date(2026, 11, 22)


@pytest.fixture
async def database(database_url):
    found = Database(database_url)
    yield found
    await found.dispose()


async def regimes(database, groups, origin, destination, on=TODAY):
    async with database.reading() as connection:
        found = await actions.roads(connection, groups, origin, destination, on)
    return [(road.product_group, road.regime) for road in found]


async def declare(database, group):
    """Declare the group in force in Kazakhstan, as its operator."""
    operator, _ = await participants.bootstrap(
        database, member_state=KZ, name="Operator", tax_id="100000040000"
    )
    request = Request(uuid4(), operator.id, b"")
    declaring = Declaring(group, True, date(2026, 1, 1), None, "Order 1")  # noqa: FBT003
    await actions.declare(database, request, declaring, actor=operator.actor)


async def test_each_group_has_its_road_in_the_order_asked(database):
    assert await regimes(database, ["tires", "dairy", "shoes"], RU, BY) == [
        ("tires", Regime.RECOGNITION),
        ("milk", Regime.RECOGNITION),
        ("shoes", Regime.RECOGNITION),
    ]
    assert await regimes(database, ["milk", "tobacco"], BY, KZ) == [
        ("milk", Regime.WITHDRAWAL_BY_EXPORT),
        ("tobacco", Regime.DESTINATION_CODES),
    ]


async def test_a_declaration_opens_the_road_of_its_group_alone(database):
    await declare(database, "milk")

    assert await regimes(database, ["milk", "lp"], BY, KZ) == [
        ("milk", Regime.RECOGNITION),
        ("lp", Regime.WITHDRAWAL_BY_EXPORT),
    ]
    assert await regimes(database, ["milk"], BY, KZ, date(2025, 12, 31)) == [
        ("milk", Regime.WITHDRAWAL_BY_EXPORT)
    ]


async def test_at_home_there_is_no_road_to_ask_for(database):
    assert await regimes(database, ["milk"], KZ, KZ) == []


async def test_a_group_that_is_none_is_refused(database):
    with pytest.raises(UnknownProductGroup):
        await regimes(database, ["unicorns"], BY, KZ)
