"""Who calls, what a transaction promises, and which requests are the same."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from api import dependencies
from api.bodies import Router
from api.dependencies import (
    AcceptedKeys,
    ClaimedFile,
    ClaimedRequest,
    OptionalParticipant,
    Snapshot,
    Transaction,
)
from domain.database import driver
from domain.errors import KeyNotAccepted
from tests.world import ALMATY_STORE, MINSK_DAIRY

NAME = "SELECT name FROM participants WHERE uuid = $1"
TERMINATE = "SELECT pg_terminate_backend($1, 5000)"
RENAME = "UPDATE participants SET name = 'Renamed' WHERE uuid = $1"


@pytest.fixture
def probe(world):
    """The service with routes that show what the dependencies do."""
    router = Router("probe")

    @router.put("/rename/{participant}", status_code=201)
    async def rename(participant: UUID, session: Transaction, refuse: str = "") -> None:
        await (await driver(session)).execute(RENAME, participant)
        if refuse:
            raise KeyNotAccepted

    @router.put("/lose/{participant}", status_code=201)
    async def lose(participant: UUID, session: Transaction) -> None:
        connection = await driver(session)
        await connection.execute(RENAME, participant)
        owner = await asyncpg.connect(world.app.state.settings.database_url)
        await owner.execute(TERMINATE, connection.get_server_pid())
        await owner.close()

    @router.put("/claims/{claimed}")
    async def claim(request: ClaimedRequest) -> dict[str, object]:
        return {"id": request.id, "digest": request.digest.hex(), "by": request.participant_id}

    @router.put("/claims/{claimed}/file")
    async def claim_file(request: ClaimedFile) -> dict[str, object]:
        return {"id": request.id, "digest": request.digest.hex()}

    @router.get("/public")
    async def public(participant: OptionalParticipant) -> str | None:
        return participant.name if participant else None

    @router.get("/snapshot")
    async def snapshot(connection: Snapshot) -> str:
        found: str = await connection.fetchval("SHOW transaction_isolation")
        return found

    world.app.include_router(router)
    return world


async def name_of_dairy(world) -> str:
    async with world.database.reading() as connection:
        return await connection.fetchval(NAME, MINSK_DAIRY.uuid)


async def test_an_answer_leaves_after_its_transaction_is_committed(probe):
    seen = []

    async def watching(scope, receive, send):
        async def watched(message):
            if message["type"] == "http.response.start":
                seen.append((message["status"], await name_of_dairy(probe)))
            await send(message)

        await probe.app(scope, receive, watched)

    async with probe.as_(MINSK_DAIRY) as dairy:
        dairy._transport.app = watching  # noqa: SLF001 - between the service and its client
        await dairy.put(f"/rename/{MINSK_DAIRY.uuid}")

    assert seen == [(201, "Renamed")]


async def test_a_refused_request_leaves_no_trace(probe):
    async with probe.as_(MINSK_DAIRY) as dairy:
        answer = await dairy.put(f"/rename/{MINSK_DAIRY.uuid}?refuse=yes")

    assert answer.status_code == 401
    assert await name_of_dairy(probe) == MINSK_DAIRY.name


async def test_a_connection_lost_before_the_commit_is_told_and_nothing_happened(probe):
    async with probe.as_(MINSK_DAIRY) as dairy:
        answer = await dairy.put(f"/lose/{MINSK_DAIRY.uuid}")

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/database-unavailable"
    assert answer.headers["retry-after"] == "1"
    assert await name_of_dairy(probe) == MINSK_DAIRY.name


async def test_a_snapshot_agrees_with_itself(probe):
    async with probe.as_(MINSK_DAIRY) as dairy:
        answer = await dairy.get("/snapshot")

    assert answer.json() == "repeatable read"


async def test_every_key_that_is_not_accepted_gets_the_same_answer(world):
    head, _, secret = world.keys[MINSK_DAIRY].rpartition("_")
    others_secret = world.keys[ALMATY_STORE].rpartition("_")[2]
    shown = [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic dXNlcjpwYXNz",
        f"Bearer tmg_{'0' * 32}_{'a' * 32}",
        f"Bearer {head}_{secret[::-1]}",
        f"Bearer {head}_{others_secret}",
    ]

    async with world.as_stranger() as stranger:
        answers = [
            await stranger.get("/whoami", headers={} if text is None else {"Authorization": text})
            for text in shown
        ]

    for answer in answers:
        problem = answer.json()
        assert problem.pop("request_id")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert problem == {
            "type": "/problems/key-not-accepted",
            "title": "The API key is missing, unknown, expired or revoked",
            "status": 401,
            "detail": "The API key is missing, unknown, expired or revoked.",
            "advice": "Send `Authorization: Bearer <your API key>`, "
            "or ask your operator for a new key.",
        }


async def test_a_public_route_takes_strangers_but_no_wrong_key(probe):
    async with probe.as_stranger() as stranger:
        nobody = await stranger.get("/public")
        wrong = await stranger.get("/public", headers={"Authorization": "Bearer nonsense"})
    async with probe.as_(MINSK_DAIRY) as dairy:
        known = await dairy.get("/public")

    assert (nobody.json(), known.json()) == (None, MINSK_DAIRY.name)
    assert wrong.status_code == 401


async def test_an_accepted_key_is_asked_for_again_within_a_second(world):
    now = [100.0]
    keys = AcceptedKeys(world.database, clock=lambda: now[0])
    first = await keys.credential(world.keys[MINSK_DAIRY])
    async with world.as_(MINSK_DAIRY) as dairy:
        await dairy.put(f"/participants/{MINSK_DAIRY.uuid}/keys/{first.key}/revocation")

    assert await keys.credential(world.keys[MINSK_DAIRY]) is first
    now[0] += 0.99
    with pytest.raises(KeyNotAccepted):
        await keys.credential(world.keys[MINSK_DAIRY])


async def test_only_so_many_accepted_keys_are_remembered(world, monkeypatch):
    monkeypatch.setattr(dependencies, "KEYS_REMEMBERED", 1)
    keys = AcceptedKeys(world.database)

    await keys.credential(world.keys[MINSK_DAIRY])
    await keys.credential(world.keys[ALMATY_STORE])

    assert len(keys.found) == 1


async def test_the_layout_of_a_body_does_not_make_another_request(probe):
    path = f"/claims/{uuid4()}"
    headers = {"Content-Type": "application/json"}
    bodies = [
        b'{"a": 1, "b": ["\xc3\xa9"]}',
        b'{"b":["\\u00e9"],"a":1}\n',
        b'{"b":1,"b":["\xc3\xa9"],"a":1}',
    ]

    async with probe.as_(MINSK_DAIRY) as dairy:
        claims = [(await dairy.put(path, content=body, headers=headers)).json() for body in bodies]
        upper = await dairy.put(
            f"/claims/{path[8:].upper()}?dry_run=true", content=bodies[0], headers=headers
        )

    assert len({claim["digest"] for claim in [*claims, upper.json()]}) == 1


async def test_another_body_path_parameter_or_verb_makes_another_request(probe):
    ids = [uuid4(), uuid4()]

    async with probe.as_(MINSK_DAIRY) as dairy:
        claims = [
            (await dairy.put(f"/claims/{ids[0]}", json={"a": 1})).json(),
            (await dairy.put(f"/claims/{ids[0]}", json={"a": 2})).json(),
            (await dairy.put(f"/claims/{ids[0]}")).json(),
            (await dairy.put(f"/claims/{ids[1]}", json={"a": 1})).json(),
            (await dairy.put(f"/claims/{ids[0]}?partial=true", json={"a": 1})).json(),
            (await dairy.put(f"/claims/{ids[0]}/file", content=b"a")).json(),
            (await dairy.put(f"/claims/{ids[0]}/file", content=b"b")).json(),
        ]

    assert len({claim["digest"] for claim in claims}) == len(claims)
    assert {claim["id"] for claim in claims} == {str(one) for one in ids}


async def test_a_claimed_body_that_is_not_json_is_refused(probe):
    async with probe.as_(MINSK_DAIRY) as dairy:
        answer = await dairy.put(f"/claims/{uuid4()}", content=b"not json")

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/request-malformed"


async def test_more_requests_than_connections_wait_their_turn(probe):
    async with probe.as_(MINSK_DAIRY) as dairy:
        answers = await asyncio.gather(
            *(dairy.put(f"/rename/{MINSK_DAIRY.uuid}") for _ in range(20))
        )

    assert {answer.status_code for answer in answers} == {201}
