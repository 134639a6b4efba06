"""The road between two member states over HTTP."""

from uuid import uuid4

import pytest

from tests.world import KAZAKHSTAN

DECREE = {"in_force": True, "valid_from": "2026-01-01", "decision": "Order 1"}


async def test_anybody_may_ask_for_the_road_of_a_product_group(world):
    async with world.as_stranger() as stranger:
        answer = await stranger.get("/regimes?product_group=dairy&from=BY&to=RU&date=2026-11-22")

    assert answer.status_code == 200
    assert answer.json() == {
        "product_group": "milk",
        "from": "BY",
        "to": "RU",
        "date": "2026-11-22",
        "regime": "RECOGNITION",
        "status_in_origin": "WITHDRAWN",
        "status_in_destination": "IN_CIRCULATION",
        "right_road": "Offer the goods to the receiver under the codes that they bear; they enter "
        "circulation in RU when the receiver accepts them.",
        "basis": "Agreement of 2 February 2018 on marking: states that both mark recognise each "
        "other's codes, and goods are not marked anew; exchange by decision 100 of the "
        "Commission's Collegium of 28 October 2025.",
        "source": "Commission's news of 2026-03-13 on uniform rules; zan.kz H25EK000100",
        "confidence": "H",
        "is_assumption": False,
        "origin": {
            "standing": "IN_FORCE",
            "decision": "EEC Council decision 129 of 2020-12-23",
            "basis": "In force since 2021-07-08 (datamark.by).",
            "on_whose_word": "catalogue",
            "confidence": "H",
        },
        "destination": {
            "standing": "IN_FORCE",
            "decision": "EEC Council decision 129 of 2020-12-23",
            "basis": "In force since 2021-06-01: cheese and ice cream first (read in the press).",
            "on_whose_word": "catalogue",
            "confidence": "H",
        },
    }


async def test_dairy_goes_to_kazakhstan_under_its_codes_once_the_operator_has_declared(world):
    path = "/regimes?product_group=milk&from=BY&to=KZ&date=2026-11-22"

    async with world.as_(KAZAKHSTAN) as operator:
        before = (await operator.get(path)).json()
        declared = await operator.put(f"/product-groups/milk/declarations/{uuid4()}", json=DECREE)
        after = (await operator.get(path)).json()

    assert declared.status_code == 201
    assert before["regime"] == "WITHDRAWAL_BY_EXPORT"
    assert before["status_in_destination"] is None
    assert "EXPORT_TO_MEMBER_STATE" in before["right_road"]
    assert after["regime"] == "RECOGNITION"
    assert after["destination"]["on_whose_word"] == KAZAKHSTAN.name


async def test_without_a_date_the_road_is_that_of_today(world):
    async with world.as_stranger() as stranger:
        road = (await stranger.get("/regimes?product_group=shoes&from=RU&to=BY")).json()
        page = (await stranger.get("/product-groups/shoes")).json()

    assert road["date"] == page["on"]
    assert (road["regime"], road["is_assumption"]) == ("RECOGNITION", True)


@pytest.mark.parametrize(
    ("query", "status", "problem"),
    [
        ("product_group=unicorns&from=BY&to=KZ", 404, "unknown-product-group"),
        ("product_group=milk&from=BY&to=BY", 422, "no-border-crossed"),
        ("product_group=milk&from=BY&to=UZ", 422, "request-invalid"),
        ("product_group=milk&from=BY", 422, "request-invalid"),
        ("product_group=milk&from=BY&to=KZ&date=tomorrow", 422, "request-invalid"),
    ],
)
async def test_what_is_no_question_is_refused(world, query, status, problem):
    async with world.as_stranger() as stranger:
        answer = await stranger.get(f"/regimes?{query}")

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")


async def test_a_product_group_tells_its_withdrawal_reasons_and_fractions(world):
    async with world.as_stranger() as stranger:
        milk = (await stranger.get("/product-groups/milk")).json()
        beer = (await stranger.get("/product-groups/beer")).json()

    assert milk["greatest_parts"] is None
    assert milk["withdrawal_reasons"][:3] == ["RETAIL", "SAMPLES", "DISTANCE_SALE"]
    assert "DISSOLVED" not in milk["withdrawal_reasons"]
    assert beer["greatest_parts"] == 10_000
    assert "MISMATCH" in beer["withdrawal_reasons"]
