import asyncio
from uuid import UUID, uuid4

import pytest

from tests.world import (
    ALMATY_STORE,
    BELARUS,
    BREST_STORE,
    KAZAKH_INSPECTOR,
    KAZAKHSTAN,
    MINSK_DAIRY,
)

CARD = {
    "name": "Брестский магазин",
    "member_state": "BY",
    "tax_id": "200166539",
    "gln": "4810000000018",
}


async def test_an_operator_registers_a_participant_of_its_state(world):
    shop = uuid4()

    async with world.as_(BELARUS) as operator:
        first = await operator.put(f"/participants/{shop}", json=CARD)
        again = await operator.put(f"/participants/{shop}", json=CARD)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json() == {
        "visibility": "WHOLE",
        "id": str(shop),
        **CARD,
        "roles": ["PARTICIPANT"],
        "recorded_at": first.json()["recorded_at"],
        "suspended_at": None,
    }


async def test_a_card_is_replaced_but_for_state_and_tax_id(world):
    path = f"/participants/{MINSK_DAIRY.uuid}"
    card = {"name": "Новое имя", "member_state": "BY", "tax_id": MINSK_DAIRY.tax_id}

    async with world.as_(BELARUS) as operator:
        renamed = await operator.put(path, json=card)
        moved = await operator.put(path, json={**card, "tax_id": BREST_STORE.tax_id})
        read = await operator.get(path)

    assert renamed.status_code == 200
    assert moved.status_code == 409
    assert moved.json()["type"] == "/problems/participant-identity-fixed"
    assert read.json() == renamed.json()
    assert read.json()["name"] == "Новое имя"


async def test_a_participant_registers_nobody(world):
    async with world.as_(MINSK_DAIRY) as dairy:
        answer = await dairy.put(f"/participants/{uuid4()}", json=CARD)

    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/role-missing"
    assert answer.json()["role"] == "OPERATOR"


async def test_an_operator_registers_nobody_in_another_state(world):
    async with world.as_(KAZAKHSTAN) as operator:
        answer = await operator.put(f"/participants/{uuid4()}", json=CARD)

    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/other-member-state"


async def test_an_id_of_another_state_is_taken_without_saying_by_whom(world):
    card = {"name": "Базар", "member_state": "KZ", "tax_id": "100000010019"}

    async with world.as_(KAZAKHSTAN) as operator:
        answer = await operator.put(f"/participants/{MINSK_DAIRY.uuid}", json=card)

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/request-id-taken"
    assert MINSK_DAIRY.name not in answer.text


async def test_a_tax_id_is_registered_once(world):
    async with world.as_(BELARUS) as operator:
        answer = await operator.put(
            f"/participants/{uuid4()}", json={**CARD, "tax_id": MINSK_DAIRY.tax_id}
        )

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/tax-id-registered"


async def test_the_same_registration_four_times_at_once_happens_once(world):
    shop = uuid4()

    async with world.as_(BELARUS) as operator:
        answers = await asyncio.gather(
            *(operator.put(f"/participants/{shop}", json=CARD) for _ in range(4))
        )

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.text for answer in answers}) == 1


WRONG = [
    ({"tax_id": "200166538"}, "body.tax_id", "control digit"),
    ({"tax_id": "2001"}, "body.tax_id", "digits"),
    ({"gln": "4810000000019"}, "body.gln", "check digit"),
    ({"name": "two\nlines"}, "body.name", "one line"),
    ({"name": "\u202egnorw"}, "body.name", "one line"),
    ({"name": ""}, "body.name", "at least 1 character"),
    ({"roles": []}, "body.roles", "at least 1 item"),
    ({"roles": ["KING"]}, "body.roles.0", "Input should be"),
    ({"member_state": "UA"}, "body.member_state", "Input should be"),
    ({"owner": "?"}, "body.owner", "not permitted"),
]


async def test_a_wrong_card_is_refused_by_the_field(world):
    async with world.as_(BELARUS) as operator:
        for wrong, where, what in WRONG:
            answer = await operator.put(f"/participants/{uuid4()}", json={**CARD, **wrong})

            assert answer.status_code == 422
            assert answer.json()["type"] == "/problems/request-invalid"
            assert [error["where"] for error in answer.json()["errors"]] == [where]
            assert what in answer.json()["errors"][0]["what"]


async def test_the_whole_card_is_for_itself_and_its_overseers(world):
    await world.settle(KAZAKH_INSPECTOR)
    seen = {}

    for asker in (ALMATY_STORE, KAZAKHSTAN, KAZAKH_INSPECTOR, MINSK_DAIRY, BELARUS):
        async with world.as_(asker) as client:
            answer = await client.get(f"/participants/{ALMATY_STORE.uuid}")
        seen[asker] = answer.json()

    whole = [asker for asker, card in seen.items() if "tax_id" in card]
    assert whole == [ALMATY_STORE, KAZAKHSTAN, KAZAKH_INSPECTOR]
    assert seen[MINSK_DAIRY] == {
        "visibility": "NAME",
        "id": str(ALMATY_STORE.uuid),
        "name": ALMATY_STORE.name,
        "member_state": "KZ",
    }


async def test_an_unknown_participant_is_not_found(world):
    async with world.as_(BELARUS) as operator:
        answer = await operator.get(f"/participants/{uuid4()}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-participant"


async def test_pages_tell_every_participant_once(world):
    await world.settle(BREST_STORE)
    told, after = [], None

    async with world.as_(BELARUS) as operator:
        for _ in range(4):
            query = {"limit": 2} | ({"after": after} if after else {})
            page = (await operator.get("/participants", params=query)).json()
            told += [one["name"] for one in page["participants"]]
            after = page["next"]
            if after is None:
                break

    assert told == [BELARUS.name, MINSK_DAIRY.name, BREST_STORE.name]


async def test_a_participant_lists_only_itself(world):
    async with world.as_(MINSK_DAIRY) as dairy:
        page = (await dairy.get("/participants")).json()

    assert [one["id"] for one in page["participants"]] == [str(MINSK_DAIRY.uuid)]
    assert page["next"] is None


async def test_a_key_is_shown_once(world):
    path = f"/participants/{MINSK_DAIRY.uuid}/keys/{uuid4()}"

    async with world.as_(BELARUS) as operator:
        first = await operator.put(path, json={"scopes": ["READ", "ISSUE"]})
        again = await operator.put(path, json={"scopes": ["ISSUE", "READ"]})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["shown"] == "ONCE"
    assert again.json() == {**first.json(), "api_key": None, "shown": "BEFORE"}
    async with world.client(first.json()["api_key"]) as client:
        who = (await client.get("/whoami")).json()
    assert who["participant"] == str(MINSK_DAIRY.uuid)
    assert who["scopes"] == ["ISSUE", "READ"]


async def test_a_key_keeps_the_terms_it_was_issued_under(world):
    path = f"/participants/{MINSK_DAIRY.uuid}/keys/{uuid4()}"

    async with world.as_(MINSK_DAIRY) as dairy:
        await dairy.put(path, json={"scopes": ["READ"]})
        answer = await dairy.put(path, json={"scopes": ["READ", "ADMIN"]})

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/request-id-reused"


async def test_the_id_of_somebody_elses_key_is_taken(world):
    key = uuid4()

    async with world.as_(MINSK_DAIRY) as dairy:
        await dairy.put(f"/participants/{MINSK_DAIRY.uuid}/keys/{key}", json={"scopes": ["READ"]})
    async with world.as_(ALMATY_STORE) as store:
        answer = await store.put(
            f"/participants/{ALMATY_STORE.uuid}/keys/{key}", json={"scopes": ["READ"]}
        )

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/request-id-taken"


async def test_a_participant_that_does_not_exist_has_no_keys(world):
    path = f"/participants/{uuid4()}/keys"

    async with world.as_(BELARUS) as operator:
        answers = [
            await operator.get(path),
            await operator.put(f"{path}/{uuid4()}", json={"scopes": ["READ"]}),
        ]

    assert {answer.json()["type"] for answer in answers} == {"/problems/unknown-participant"}


async def test_keys_rotate_without_a_gap(world):
    new = uuid4()
    path = f"/participants/{MINSK_DAIRY.uuid}/keys"

    async with world.as_(MINSK_DAIRY) as dairy:
        old = (await dairy.get("/whoami")).json()["key"]
        issued = await dairy.put(f"{path}/{new}", json={"scopes": ["READ", "ADMIN"]})
        both = await dairy.get("/whoami")
        async with world.client(issued.json()["api_key"]) as moved:
            revoked = await moved.put(f"{path}/{old}/revocation")
            listed = (await moved.get(path)).json()
        world.app.state.accepted_keys.found.clear()
        refused = await dairy.get("/whoami")

    assert both.status_code == revoked.status_code == 200
    assert [(key["id"], key["revoked_at"] is None) for key in listed] == [
        (old, False),
        (str(new), True),
    ]
    assert refused.status_code == 401
    assert refused.json()["type"] == "/problems/key-not-accepted"


async def test_a_key_is_revoked_once(world):
    key = uuid4()
    path = f"/participants/{MINSK_DAIRY.uuid}/keys/{key}"

    async with world.as_(MINSK_DAIRY) as dairy:
        await dairy.put(path, json={"scopes": ["READ"]})
        first = await dairy.put(f"{path}/revocation")
        again = await dairy.put(f"{path}/revocation")
        other = await dairy.put(f"/participants/{MINSK_DAIRY.uuid}/keys/{uuid4()}/revocation")

    assert first.json() == again.json()
    assert other.status_code == 404
    assert other.json()["type"] == "/problems/unknown-key"


@pytest.mark.parametrize("stranger", [MINSK_DAIRY, BELARUS], ids=["partner", "other operator"])
async def test_nobody_else_sees_or_makes_keys(world, stranger):
    path = f"/participants/{ALMATY_STORE.uuid}/keys"

    async with world.as_(stranger) as client:
        answers = [
            await client.get(path),
            await client.put(f"{path}/{uuid4()}", json={"scopes": ["READ"]}),
            await client.put(f"{path}/{uuid4()}/revocation"),
        ]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["type"] for answer in answers} == {"/problems/not-their-operator"}


async def test_a_key_without_the_scope_administers_nothing(world):
    path = f"/participants/{MINSK_DAIRY.uuid}/keys/{uuid4()}"

    async with world.as_(MINSK_DAIRY) as dairy:
        issued = (await dairy.put(path, json={"scopes": ["READ"]})).json()
    async with world.client(issued["api_key"]) as client:
        answer = await client.put(path, json={"scopes": ["READ"]})

    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/scope-missing"
    assert answer.json()["scope"] == "ADMIN"


async def test_a_key_that_would_be_over_at_once_is_refused_and_leaves_no_trace(world):
    path = f"/participants/{MINSK_DAIRY.uuid}/keys"

    async with world.as_(MINSK_DAIRY) as dairy:
        before = (await dairy.get(path)).json()
        past = {"scopes": ["READ"], "expires_at": "2020-01-01T00:00:00Z"}
        refused = await dairy.put(f"{path}/{uuid4()}", json=past)
        zoneless = {"scopes": ["READ"], "expires_at": "2099-01-01T00:00:00"}
        invalid = await dairy.put(f"{path}/{uuid4()}", json=zoneless)
        after = (await dairy.get(path)).json()

    assert refused.json()["type"] == "/problems/expiry-passed"
    assert invalid.json()["type"] == "/problems/request-invalid"
    assert before == after


async def test_whoami_tells_what_the_key_is_good_for(world):
    async with world.as_(KAZAKHSTAN) as operator:
        who = (await operator.get("/whoami")).json()

    assert UUID(who.pop("participant"))
    assert UUID(who.pop("key"))
    assert who == {
        "name": KAZAKHSTAN.name,
        "member_state": "KZ",
        "roles": ["OPERATOR", "PARTICIPANT"],
        "suspended": False,
        "scopes": ["ADMIN", "ISSUE", "READ", "REPORT"],
        "expires_at": None,
    }
