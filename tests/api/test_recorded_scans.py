"""Scans that somebody wished to be recorded, and what inspectors are told of them."""

from datetime import UTC, datetime, timedelta

import pytest

from api.limits import Allowance
from tests.making import at_work, problem
from tests.world import ALMATY_STORE, BELARUS, KAZAKHSTAN, MINSK_DAIRY

NOW = datetime.now(UTC).replace(microsecond=0)
MINSK = {"place": "Minsk, Independence avenue 1", "latitude": 53.9, "longitude": 27.56}
ALMATY = {"place": "Almaty, Abai avenue 10", "latitude": 43.24, "longitude": 76.88}
SCANS = "SELECT count(*) AS scans, count(series_id) AS units FROM recorded_scans"


@pytest.fixture
async def codes(world) -> list[str]:
    """The marking codes of goods of the dairy, in circulation."""
    async with at_work(world, MINSK_DAIRY) as dairy:
        await dairy.product()
        return await dairy.circulating(2)


async def verify(world, code, who=None, **record):
    async with world.as_(who) if who else world.as_stranger() as client:
        return await client.post("/verify", json={"code": code, "record": record})


async def rules(world, who) -> list[str]:
    async with world.as_(who) as overseer:
        page = (await overseer.get("/findings")).json()
    return [one["rule"] for one in page["findings"]]


async def kept(world) -> tuple[int, int]:
    async with world.database.reading() as connection:
        return tuple(await connection.fetchrow(SCANS))


async def test_a_scan_is_recorded_only_where_that_was_wished(world, codes):
    async with world.as_stranger() as stranger:
        await stranger.post("/verify", json={"code": codes[0]})
    before = await kept(world)

    recorded = await verify(world, codes[0], **MINSK)

    assert before == (0, 0)
    assert recorded.json()["verdict"] == "in-circulation"
    assert await kept(world) == (1, 1)


async def test_a_code_scanned_in_minsk_and_at_once_in_almaty_looks_cloned(world, codes):
    await verify(world, codes[0], **MINSK, scanned_at=(NOW - timedelta(hours=1)).isoformat())
    await verify(world, codes[1], **ALMATY)
    before = await rules(world, BELARUS)

    await verify(world, codes[0], **ALMATY)

    assert before == []
    assert await rules(world, BELARUS) == ["impossible-travel"]
    assert await rules(world, KAZAKHSTAN) == []


async def test_who_scans_goods_without_custody_is_told_of_to_both_states(world, codes):
    await verify(world, codes[0], MINSK_DAIRY, **MINSK)
    await verify(world, codes[0], BELARUS, **MINSK)
    await verify(world, codes[0], **MINSK)
    before = await rules(world, BELARUS)

    await verify(world, codes[0], ALMATY_STORE, **MINSK)

    assert before == []
    assert await rules(world, BELARUS) == ["custody-gap"]
    assert await rules(world, KAZAKHSTAN) == ["custody-gap"]


async def test_a_unit_whose_verification_code_is_wrong_is_no_guess_and_no_sight(world, codes):
    forged = codes[0][:-1] + ("A" if codes[0][-1] != "A" else "B")

    answer = await verify(world, forged, **ALMATY)
    await verify(world, codes[0], **MINSK)

    assert answer.json()["verdict"] == "not-confirmed"
    assert await kept(world) == (2, 2)
    assert await rules(world, BELARUS) == []


async def test_what_cannot_be_read_is_recorded_as_naming_nothing(world):
    answer = await verify(world, "nothing", **MINSK)

    assert answer.json()["verdict"] == "unreadable"
    assert await kept(world) == (1, 0)
    assert await rules(world, BELARUS) == []


@pytest.mark.parametrize(
    ("record", "where"),
    [
        ({"latitude": 53.9}, "body.record"),
        ({"latitude": 90.1, "longitude": 0}, "body.record.latitude"),
        ({"latitude": 0, "longitude": -180.5}, "body.record.longitude"),
        ({"place": "two\nlines"}, "body.record.place"),
        ({"scanned_at": "2026-01-01T00:00:00"}, "body.record.scanned_at"),
    ],
)
async def test_a_scan_whose_place_or_time_makes_no_sense_is_refused(world, codes, record, where):
    answer = await verify(world, codes[0], **record)

    assert problem(answer) == "request-invalid"
    assert answer.json()["errors"][0]["where"] == where
    assert await kept(world) == (0, 0)


async def test_a_scan_of_tomorrow_is_refused(world, codes):
    tomorrow = (NOW + timedelta(days=1)).isoformat()

    answer = await verify(world, codes[0], scanned_at=tomorrow)

    assert problem(answer) == "occurred-in-future"
    assert await kept(world) == (0, 0)


async def test_a_stranger_does_not_fill_the_registry_with_scans_of_one_code(world, codes):
    world.app.state.failed_tries.clients = Allowance(3, 60.0)

    answers = [await verify(world, codes[0], **MINSK) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert problem(answers[-1]) == "too-many-tries"
    assert await kept(world) == (3, 3)
