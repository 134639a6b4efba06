from collections.abc import AsyncIterator

import pytest

from api.settings import Settings
from tests.world import ALMATY_STORE, BELARUS, KAZAKHSTAN, MINSK_DAIRY, World, running


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    settings = Settings(
        database_url=database_url,
        master_key=bytes(range(32)),
        database_connections=4,
        base_url="https://tamga.example.org",
    )
    async with running(settings) as world:
        await world.settle(BELARUS, KAZAKHSTAN, MINSK_DAIRY, ALMATY_STORE)
        yield world
