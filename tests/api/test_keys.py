import asyncio
import base64
from uuid import uuid4

import pytest
from nacl.signing import VerifyKey

from api.keys import Rotation, VerificationKeyAnswer
from domain.standards import element_string
from tests.making import at_work, gtin, made, no_trace, problem
from tests.world import ALMATY_STORE, BELARUS, KAZAKHSTAN, MINSK_DAIRY

GS = chr(29)
SHOES = gtin(2)


@pytest.fixture
async def store(world):
    async with at_work(world, ALMATY_STORE) as maker:
        await maker.product("shoes", SHOES, "Ботинки")
        yield maker


async def keys(http) -> dict[str, dict]:
    answer = await http.get("/keys")
    assert answer.status_code == 200
    for key in answer.json():
        VerificationKeyAnswer.model_validate(key)
    return {key["id"]: key for key in answer.json()}


async def rotate(world, character, *, state="KZ", algorithm="ED25519", rotation=None):
    async with world.as_(character) as http:
        return await http.put(f"/keys/{state}/{algorithm}/rotations/{rotation or uuid4()}")


async def test_anyone_checks_a_signature_with_the_published_key(store, world):
    [code] = await store.codes(await store.batch(1, of=SHOES))
    elements = dict(element_string.parse(code))

    async with world.as_stranger() as stranger:
        key = (await keys(stranger))[elements["91"]]

    assert (key["member_state"], key["algorithm"], key["retired_at"]) == ("KZ", "ED25519", None)
    covered = f"tamga/code/v1\n{key['id']}\n{code.split(GS)[0]}".encode()
    public = VerifyKey(base64.b64decode(key["public_key"]))
    assert public.verify(covered, base64.b64decode(elements["92"])) == covered


async def test_a_rotated_key_leaves_labels_valid(store, world):
    old = await store.batch(2, of=SHOES)
    before = await store.codes(old)

    rotated = made(await rotate(world, KAZAKHSTAN))
    new = await store.codes(await store.batch(1, of=SHOES))

    Rotation.model_validate(rotated)
    assert dict(element_string.parse(before[0]))["91"] == rotated["retired"]
    assert dict(element_string.parse(new[0]))["91"] == rotated["in_use"]
    assert await store.codes(old) == before
    async with world.as_stranger() as stranger:
        published = await keys(stranger)
        for code in (*before, *new):
            verdict = (await stranger.post("/verify", json={"code": code})).json()
            assert verdict["verdict"] == "not-yet-in-circulation"
    assert published[rotated["retired"]]["retired_at"] is not None
    assert published[rotated["in_use"]]["retired_at"] is None


async def test_a_rotation_is_done_once_under_its_id(store, world):
    await store.batch(1, of=SHOES)
    rotation = uuid4()

    answers = await asyncio.gather(
        *(rotate(world, KAZAKHSTAN, rotation=rotation) for _ in range(4))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.text for answer in answers}) == 1


async def test_rotations_at_once_follow_each_other(store, world):
    await store.batch(1, of=SHOES)

    answers = await asyncio.gather(*(rotate(world, KAZAKHSTAN) for _ in range(4)))

    told = [made(answer) for answer in answers]
    published = await keys(store.http)
    assert {one["in_use"] for one in told} < set(published)
    assert {one["retired"] for one in told} | {one["in_use"] for one in told} == set(published)
    assert len([key for key in published.values() if key["retired_at"] is None]) == 1


@pytest.mark.parametrize(
    ("character", "slug"),
    [
        (ALMATY_STORE, "role-missing"),
        (MINSK_DAIRY, "role-missing"),
        (BELARUS, "other-member-state"),
    ],
)
async def test_only_the_operator_of_the_state_rotates_its_keys(store, world, character, slug):
    await store.batch(1, of=SHOES)

    async with no_trace(world):
        answer = await rotate(world, character)

    assert answer.status_code == 403
    assert problem(answer) == slug


@pytest.mark.parametrize("wrong", [{"state": "UA"}, {"algorithm": "MD5"}, {"rotation": "now"}])
async def test_what_is_rotated_must_exist(world, wrong):
    answer = await rotate(world, KAZAKHSTAN, **wrong)

    assert problem(answer) == "request-invalid"


async def test_no_secret_is_published(store, world):
    await store.batch(1, of=SHOES)
    async with world.as_stranger() as stranger:
        told = (await stranger.get("/keys")).json()

    assert [set(key) for key in told] == [
        {"id", "member_state", "algorithm", "public_key", "recorded_at", "retired_at"}
    ] * len(told)
