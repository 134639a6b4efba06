from collections.abc import AsyncIterator

import pytest

from api.settings import Settings
from tests.making import SHOES, Maker, at_work
from tests.world import ALMATY_STORE, BELARUS, KAZAKHSTAN, MINSK_DAIRY, World, running


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    settings = Settings(
        database_url=database_url,
        master_key=bytes(range(32)),
        database_connections=4,
        failed_tries_per_client=100_000,
        failed_tries_per_gtin=100_000,
    )
    async with running(settings) as world:
        await world.settle(BELARUS, KAZAKHSTAN, MINSK_DAIRY, ALMATY_STORE)
        yield world


@pytest.fixture
async def dairy(world: World) -> AsyncIterator[Maker]:
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


@pytest.fixture
async def store(world: World) -> AsyncIterator[Maker]:
    async with at_work(world, ALMATY_STORE) as maker:
        await maker.product("shoes", SHOES, "Ботинки")
        yield maker
