from dataclasses import replace

from api.settings import Settings
from tests.world import running


async def test_a_complete_service_is_ready(world):
    async with world.as_stranger() as stranger:
        health = await stranger.get("/health")
        ready = await stranger.get("/ready")

    assert (health.status_code, health.json()) == (200, {"alive": True})
    assert (ready.status_code, ready.json()) == (
        200,
        {"database": True, "schema_is_newest": True, "master_key": True},
    )


async def test_without_a_database_the_process_lives_but_is_not_ready():
    nowhere = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", master_key=b"k" * 32)

    async with running(nowhere) as world, world.as_stranger() as stranger:
        health = await stranger.get("/health")
        ready = await stranger.get("/ready")
        whoami = await stranger.get(
            "/whoami", headers={"Authorization": f"Bearer tmg_{'0' * 32}_{'a' * 32}"}
        )

    assert health.status_code == 200
    assert (ready.status_code, set(ready.json().values())) == (503, {False})
    assert whoami.status_code == 503
    assert whoami.json()["type"] == "/problems/database-unavailable"


async def test_an_empty_database_is_not_ready(empty_database_url):
    settings = Settings(database_url=empty_database_url, master_key=b"k" * 32)

    async with running(settings) as world, world.as_stranger() as stranger:
        ready = await stranger.get("/ready")

    assert ready.status_code == 503
    assert ready.json()["schema_is_newest"] is False


async def test_another_master_key_is_not_ready(settings):
    async with running(settings) as world, world.as_stranger() as stranger:
        first = await stranger.get("/ready")
    async with (
        running(replace(settings, master_key=b"k" * 32)) as world,
        world.as_stranger() as stranger,
    ):
        other = await stranger.get("/ready")
    async with (
        running(replace(settings, master_key=None)) as world,
        world.as_stranger() as stranger,
    ):
        none = await stranger.get("/ready")

    assert first.status_code == 200
    assert (other.status_code, other.json()["master_key"]) == (503, False)
    assert (none.status_code, none.json()["master_key"]) == (503, False)
