"""The feed of changes over HTTP: what concerns the caller, page by page."""

from uuid import uuid4

import pytest

from api.changes import ChangesPage
from tests.making import PRODUCED, at_work, made, problem, run
from tests.world import BREST_STORE, MINSK_DAIRY

PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-11-01"}


@pytest.fixture
async def dairy(world):
    await world.settle(BREST_STORE)
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


async def page(http, **asked):
    answer = await http.get("/changes", params=asked)
    assert answer.status_code == 200, answer.text
    ChangesPage.model_validate(answer.json())
    return answer.json()


async def offered(dairy) -> str:
    receiver = {"member_state": "BY", "tax_id": BREST_STORE.tax_id}
    codes = await dairy.circulating(2)
    offer = {"kind": "SALE", "receiver": receiver, "goods": {"codes": codes}}
    told = await dairy.http.put(f"/transfers/{uuid4()}", json={**offer, "documents": [PAPER]})
    return str(made(told)["transfer"])


async def test_both_sides_are_told_of_an_offer_and_its_answer(world, dairy):
    transfer = await offered(dairy)
    async with world.as_(BREST_STORE) as store:
        answer = {"all": True, "assurance": "TRUSTING"}
        made(await store.put(f"/transfers/{transfer}/acceptances/{uuid4()}", json=answer))
        theirs = await page(store)
    ours = await page(dairy.http)

    assert [one["kind"] for one in ours["events"]] == [
        "REGISTERED",
        "APPLIED",
        "INTRODUCED",
        "OFFERED",
        "ACCEPTED",
    ]
    assert [one["kind"] for one in theirs["events"]] == ["OFFERED", "ACCEPTED"]
    assert {one["details"]["transfer"] for one in theirs["events"]} == {transfer}
    assert theirs["events"][0]["participant"]["name"] == MINSK_DAIRY.name
    assert [one["request"] is None for one in theirs["events"]] == [True, False]
    assert [one["request"] is None for one in ours["events"]] == [False] * 4 + [True]


async def test_a_reader_goes_on_where_it_stopped(dairy):
    batch = await dairy.batch(9)
    for at in range(4):
        made(await dairy.step("apply", runs=[run(batch, at, 1)]))

    found, cursors = [], [None]
    while True:
        asked = {"after": cursors[-1]} if cursors[-1] else {}
        told = await page(dairy.http, limit=2, **asked)
        if not told["events"]:
            break
        assert len(told["events"]) <= 2
        found += [one["event"] for one in told["events"]]
        cursors.append(told["next"])
    caught_up = told["next"]
    made(await dairy.step("introduce", runs=[run(batch, 0, 1)], lot=PRODUCED))
    news = await page(dairy.http, after=caught_up)

    whole = [one["event"] for one in (await page(dairy.http))["events"]]
    assert caught_up == cursors[-1]
    assert found == whole[:-1]
    assert len(set(found)) == len(found) == 5
    assert [one["kind"] for one in news["events"]] == ["INTRODUCED"]


async def test_who_has_not_been_concerned_yet_may_ask_from_the_start(world, dairy):
    async with world.as_(BREST_STORE) as store:
        nothing = await page(store)
        transfer = await offered(dairy)
        news = await page(store, after=nothing["next"])

    assert nothing["events"] == []
    assert [one["details"]["transfer"] for one in news["events"]] == [transfer]


@pytest.mark.parametrize(
    "asked", [{"after": "nonsense"}, {"after": "0"}, {"limit": 0}, {"limit": 1001}]
)
async def test_what_is_no_cursor_or_limit_is_refused(dairy, asked):
    assert problem(await dairy.http.get("/changes", params=asked)) == "request-invalid"


async def test_the_feed_needs_a_key(world):
    async with world.as_stranger() as stranger:
        assert problem(await stranger.get("/changes")) == "key-not-accepted"
