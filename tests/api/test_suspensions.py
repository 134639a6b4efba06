from uuid import uuid4

import pytest

from domain.standards.member_state import MemberState
from domain.vocabulary import Role
from tests.making import at_work, problem
from tests.world import (
    ALMATY_STORE,
    BELARUS,
    BREST_STORE,
    KAZAKH_INSPECTOR,
    KAZAKHSTAN,
    MINSK_DAIRY,
    Character,
)

REASON = {"reason": "Two acts of the tax authority are unanswered."}
SECOND_OPERATOR = Character(
    "Второй оператор", MemberState.BY, "600021078", frozenset({Role.OPERATOR})
)
PATH = f"/participants/{MINSK_DAIRY.uuid}"


async def put(world, who, path, json=REASON):
    """A change, after which every server has forgotten which keys it accepted."""
    async with world.as_(who) as client:
        answer = await client.put(path, json=json)
    world.app.state.accepted_keys.found.clear()
    return answer


def new(verb: str, path: str = PATH) -> str:
    return f"{path}/{verb}/{uuid4()}"


async def test_a_suspended_participant_reads_and_changes_nothing(world):
    async with at_work(world, MINSK_DAIRY) as dairy:
        gtin = await dairy.product()

    suspended = await put(world, BELARUS, new("suspensions"))
    async with at_work(world, MINSK_DAIRY) as dairy:
        refused = [
            await dairy.http.put(f"/products/{gtin}", json={"product_group": "milk", "name": "N"}),
            await dairy.register(quantity=1),
            await dairy.upload("apply", b"0104810000000018212aaaaa\n"),
            await dairy.http.put(f"{PATH}/keys/{uuid4()}", json={"scopes": ["READ"]}),
        ]
        read = [
            await dairy.http.get(f"/products/{gtin}"),
            await dairy.http.get("/batches"),
            await dairy.http.get(f"{PATH}/keys"),
            await dairy.http.post("/verify", json={"code": "0104810000000018212aaaaa"}),
        ]
        who = (await dairy.http.get("/whoami")).json()

    assert suspended.status_code == 201
    assert {(one.status_code, problem(one)) for one in refused} == {(403, "participant-suspended")}
    assert {one.status_code for one in read} == {200}
    assert who["suspended"] is True


async def test_a_resumed_participant_works_as_before(world):
    await put(world, BELARUS, new("suspensions"))

    resumed = await put(world, BELARUS, new("resumptions"), json={})
    async with at_work(world, MINSK_DAIRY) as dairy:
        gtin = await dairy.product()
        card = (await dairy.http.get(PATH)).json()

    assert resumed.status_code == 201
    assert resumed.json()["suspended_at"] is None
    assert gtin
    assert card["suspended_at"] is None


async def test_a_resumption_needs_no_body(world):
    await put(world, BELARUS, new("suspensions"))

    async with world.as_(BELARUS) as operator:
        answer = await operator.put(new("resumptions"))

    assert answer.status_code == 201
    assert answer.json()["reason"] is None


async def test_the_card_tells_since_when_and_the_answer_why(world):
    answer = await put(world, BELARUS, new("suspensions"))
    later = await put(world, BELARUS, new("suspensions"), {"reason": "A third."})
    async with world.as_(MINSK_DAIRY) as dairy:
        card = (await dairy.get(PATH)).json()

    assert answer.json()["reason"] == REASON["reason"]
    assert later.json()["reason"] == "A third."
    since = {one["suspended_at"] for one in (answer.json(), later.json(), card)}
    assert since == {card["suspended_at"]} != {None}


async def test_a_repeat_gets_the_first_answer_and_changes_nothing(world):
    path = new("suspensions")
    first = await put(world, BELARUS, path)
    await put(world, BELARUS, new("resumptions"))

    again = await put(world, BELARUS, path)
    other = await put(world, BELARUS, path, {"reason": "Another."})
    async with world.as_(MINSK_DAIRY) as dairy:
        card = (await dairy.get(PATH)).json()

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert problem(other) == "request-id-reused"
    assert card["suspended_at"] is None


@pytest.mark.parametrize("verb", ["suspensions", "resumptions"])
@pytest.mark.parametrize(
    ("who", "slug"),
    [
        (MINSK_DAIRY, "role-missing"),
        (BREST_STORE, "role-missing"),
        (KAZAKH_INSPECTOR, "role-missing"),
        (KAZAKHSTAN, "other-member-state"),
    ],
    ids=["itself", "partner", "inspector", "other operator"],
)
async def test_nobody_but_an_operator_of_the_state_suspends(world, who, slug, verb):
    await world.settle(BREST_STORE, KAZAKH_INSPECTOR)

    answer = await put(world, who, new(verb))

    assert (answer.status_code, problem(answer)) == (403, slug)


async def test_an_operator_suspends_another_but_not_itself(world):
    await world.settle(SECOND_OPERATOR)
    async with world.as_(SECOND_OPERATOR) as second:
        itself = (await second.get("/whoami")).json()["participant"]
    path = f"/participants/{itself}"

    refused = await put(world, SECOND_OPERATOR, new("suspensions", path))
    suspended = await put(world, BELARUS, new("suspensions", path))
    back = await put(world, SECOND_OPERATOR, new("resumptions", path))

    assert (refused.status_code, problem(refused)) == (422, "suspension-of-oneself")
    assert suspended.status_code == 201
    assert problem(back) == "participant-suspended"


async def test_an_unknown_participant_is_not_suspended(world):
    answer = await put(world, BELARUS, new("suspensions", f"/participants/{uuid4()}"))

    assert (answer.status_code, problem(answer)) == (404, "unknown-participant")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 501, None])
async def test_a_suspension_has_a_reason_of_one_line(world, reason):
    answer = await put(world, BELARUS, new("suspensions"), {"reason": reason})

    assert problem(answer) == "request-invalid"
    assert answer.json()["errors"][0]["where"] == "body.reason"


async def test_who_may_not_see_the_card_learns_nothing_of_a_suspension(world):
    await put(world, BELARUS, new("suspensions"))

    async with world.as_(ALMATY_STORE) as store:
        card = (await store.get(PATH)).json()

    assert card == {
        "visibility": "NAME",
        "id": str(MINSK_DAIRY.uuid),
        "name": MINSK_DAIRY.name,
        "member_state": "BY",
    }
