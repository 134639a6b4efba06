"""Product groups, products and imports over HTTP."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.world import BELARUS, BREST_STORE, KAZAKHSTAN, MINSK_DAIRY

# ruff: noqa: RUF001 - the texts are Russian

VECTORS = Path(__file__).parents[1] / "vectors"
PRODUCTS = (VECTORS / "products.tsv").read_bytes()
CARD = {
    "product_group": "Молочная продукция",
    "name": "Молоко 3,2 %, 1 л",
    "translations": {"hy": "Կաթ", "en": "Milk"},
    "brand": "Минская",
    "tnved": "0401 20 110 0",
}
DECREE = {"in_force": True, "valid_from": "2026-01-01", "decision": "Постановление 1"}
WRONG_FILE = b"gtin,product_group,name\n4810000000018,milk,Milk\n4810000000019,milk,Kefir\n"


async def test_anybody_may_read_the_groups(world):
    async with world.as_stranger() as stranger:
        listed = (await stranger.get("/product-groups")).json()["product_groups"]
        tobacco = (await stranger.get("/product-groups/Табак?on=2026-11-22")).json()

    assert len(listed) == 50
    assert tobacco["code"] == "tobacco"
    assert [one["name"] for one in tobacco["templates"]] == [
        "tobacco-t29", "tobacco-block-s", "tobacco-s",
    ]  # fmt: skip
    assert tobacco["templates"][0]["highest_price_minor"] == 40_959_999
    assert {state: one["standing"] for state, one in tobacco["standings"].items()} == {
        "AM": "NOT_KNOWN",
        "BY": "NOT_KNOWN",
        "KZ": "IN_FORCE",
        "KG": "NOT_KNOWN",
        "RU": "IN_FORCE",
    }
    assert tobacco["standings"]["KZ"]["basis"] == (
        "In force since 2022-04-01: all tobacco (read in the press)."
    )


async def test_a_group_that_is_none_is_refused_in_so_many_words(world):
    async with world.as_stranger() as stranger:
        answer = await stranger.get("/product-groups/unicorns")

    assert answer.status_code == 404
    assert answer.json() == {
        "type": "/problems/unknown-product-group",
        "title": "There is no such product group",
        "status": 404,
        "detail": "There is no such product group: product group unicorns.",
        "advice": "GET /product-groups lists the groups and their aliases.",
        "request_id": answer.headers["x-request-id"],
        "product_group": "unicorns",
    }


async def test_an_operator_declares_for_its_own_state(world):
    path = f"/product-groups/milk/declarations/{uuid4()}"

    async with world.as_(KAZAKHSTAN) as operator:
        first = await operator.put(path, json=DECREE)
        again = await operator.put(path, json=DECREE)
        other = await operator.put(path, json={**DECREE, "in_force": False})
        page = (await operator.get("/product-groups/milk?on=2026-06-01")).json()

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert first.json()["member_state"] == "KZ"
    assert page["standings"]["KZ"]["standing"] == "IN_FORCE"
    assert page["standings"]["KZ"]["on_whose_word"] == KAZAKHSTAN.name
    assert page["standings"]["KG"]["standing"] == "NOT_KNOWN"
    assert [one["decision"] for one in page["declarations"]] == ["Постановление 1"]


async def test_declarations_are_refused_to_others_and_where_the_answer_is_known(world):
    async with world.as_(MINSK_DAIRY) as dairy:
        not_an_operator = await dairy.put(
            f"/product-groups/water/declarations/{uuid4()}", json=DECREE
        )
    async with world.as_(BELARUS) as operator:
        known = await operator.put(f"/product-groups/milk/declarations/{uuid4()}", json=DECREE)

    assert not_an_operator.json()["type"] == "/problems/role-missing"
    assert known.json()["type"] == "/problems/standing-already-known"
    assert known.json()["decision"] == "EEC Council decision 129 of 2020-12-23"


async def test_a_product_is_registered_and_anybody_may_read_its_card(world):
    async with world.as_(MINSK_DAIRY) as dairy:
        first = await dairy.put("/products/4810000000018", json=CARD)
        again = await dairy.put("/products/04810000000018", json=CARD)
    async with world.as_stranger() as stranger:
        read = await stranger.get("/products/4810000000018")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == read.json()
    assert read.json() == {
        "gtin": "04810000000018",
        "version": 1,
        "owner": {"id": str(MINSK_DAIRY.uuid), "name": MINSK_DAIRY.name, "member_state": "BY"},
        **CARD,
        "product_group": "milk",
        "tnved": "0401201100",
        "category": None,
        "recorded_at": read.json()["recorded_at"],
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("path", "changed", "problem"),
    [
        ("/products/4810000000019", {}, "request-invalid"),
        ("/products/milk", {}, "request-invalid"),
        ("/products/4810000000018", {"name": ""}, "request-invalid"),
        ("/products/4810000000018", {"translations": {"de": "Milch"}}, "request-invalid"),
        ("/products/4810000000018", {"colour": "white"}, "request-invalid"),
        ("/products/4810000000018", {"name": "  "}, "card-not-fitting"),
        ("/products/4810000000018", {"name": "Мо\u0000локо"}, "request-malformed"),
        ("/products/4810000000018", {"product_group": "unicorns"}, "card-not-fitting"),
        ("/products/4810000000018", {"tnved": "6403990000"}, "card-not-fitting"),
        ("/products/4810000000018", {"translations": {"hy": "\u202eabc"}}, "card-not-fitting"),
    ],
)
async def test_a_card_that_cannot_be_kept_is_refused(world, path, changed, problem):
    async with world.as_(MINSK_DAIRY) as dairy:
        answer = await dairy.put(path, json={**CARD, **changed})
        listed = await dairy.get("/products?mine=true")

    assert answer.json()["type"] == f"/problems/{problem}"
    assert listed.json()["products"] == []


async def test_a_card_is_its_owners(world):
    await world.settle(BREST_STORE)

    async with world.as_(MINSK_DAIRY) as dairy:
        await dairy.put("/products/4810000000018", json=CARD)
    async with world.as_(BREST_STORE) as rival:
        answer = await rival.put("/products/4810000000018", json=CARD)

    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/product-not-yours"


async def test_products_come_in_pages(world):
    async with world.as_(MINSK_DAIRY) as dairy:
        await dairy.put(f"/imports/{uuid4()}", content=PRODUCTS)
        first = (await dairy.get("/products?limit=3")).json()
        second = (await dairy.get(f"/products?limit=3&after={first['next']}")).json()
        drinks = (await dairy.get("/products?product_group=SOFT_DRINKS")).json()

    gtins = [one["gtin"] for one in first["products"] + second["products"]]
    assert gtins == sorted(gtins)
    assert (len(gtins), second["next"]) == (5, None)
    assert [one["gtin"] for one in drinks["products"]] == ["04870000000012"]


async def test_a_stranger_neither_lists_nor_registers(world):
    async with world.as_stranger() as stranger:
        answers = [
            await stranger.get("/products"),
            await stranger.put("/products/4810000000018", json=CARD),
            await stranger.put(f"/imports/{uuid4()}", content=PRODUCTS),
        ]

    assert {answer.status_code for answer in answers} == {401}


async def test_a_file_is_imported(world):
    path = f"/imports/{uuid4()}"

    async with world.as_(MINSK_DAIRY) as dairy:
        rehearsed = await dairy.put(f"{path}?dry_run=true", content=PRODUCTS)
        first = await dairy.put(path, content=PRODUCTS)
        again = await dairy.put(path, content=PRODUCTS)
        other = await dairy.put(path, content=WRONG_FILE)
        later = await dairy.put(f"/imports/{uuid4()}", content=PRODUCTS)

    assert [one.status_code for one in (rehearsed, first, again, other)] == [200, 201, 200, 409]
    assert first.json() == again.json() == {**rehearsed.json(), "recorded": True}
    assert first.json()["counts"] == {"new": 5, "changed": 0, "unchanged": 0, "wrong": 0}
    assert later.json()["counts"] == {"new": 0, "changed": 0, "unchanged": 5, "wrong": 0}


async def test_a_workbook_is_imported_whatever_its_type_is_said_to_be(world):
    body = (VECTORS / "products.xlsx").read_bytes()

    async with world.as_(MINSK_DAIRY) as dairy:
        answer = await dairy.put(
            f"/imports/{uuid4()}", content=body, headers={"Content-Type": "text/plain"}
        )

    assert answer.status_code == 201
    assert answer.json()["counts"]["new"] == 4
    assert answer.json()["ignored_columns"] == ["Цена"]


async def test_wrong_rows_stop_a_file_unless_the_good_ones_are_asked_for(world):
    path = f"/imports/{uuid4()}"

    async with world.as_(MINSK_DAIRY) as dairy:
        refused = await dairy.put(path, content=WRONG_FILE)
        nothing = (await dairy.get("/products")).json()["products"]
        partly = await dairy.put(f"{path}?mode=good-rows", content=WRONG_FILE)

    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/rows-wrong"
    assert refused.json()["counts"] == {"new": 1, "changed": 0, "unchanged": 0, "wrong": 1}
    assert refused.json()["wrong_rows"] == partly.json()["wrong_rows"] == [
        {
            "row": 3,
            "column": "gtin",
            "value": "4810000000019",
            "reason": "invalid-gtin",
            "sentence": "The check digit of this GTIN is wrong.",
            "hint": "Compare it with the bar code, digit by digit.",
        }
    ]  # fmt: skip
    assert nothing == []
    assert (partly.status_code, partly.json()["counts"]["new"]) == (201, 1)


async def test_the_file_comes_back_with_its_errors_and_goes_in_once_mended(world):
    path = f"/imports/{uuid4()}"

    async with world.as_(MINSK_DAIRY) as dairy:
        back = await dairy.put(path, content=WRONG_FILE, headers={"Accept": "text/csv"})
        mended = back.content.replace(b"4810000000019", b"4810000000025")
        done = await dairy.put(path, content=mended)

    assert back.status_code == 422
    assert back.headers["content-type"] == "text/csv; charset=utf-8"
    lines = back.content.decode().splitlines()
    assert lines[:2] == ["gtin,product_group,name,error,hint", "4810000000018,milk,Milk,,"]
    assert lines[2].startswith("4810000000019,milk,Kefir,gtin: The check digit of this GTIN is")
    assert done.json()["counts"] == {"new": 2, "changed": 0, "unchanged": 0, "wrong": 0}


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"", 400, "file-unreadable"),
        (b"\x81\x98" * 25, 400, "file-unreadable"),
        (b"PK\x03\x04" + bytes(100), 400, "file-unreadable"),
        (b"a,b,c\n1,2,3\n", 400, "header-not-understood"),
        (b"gtin,product_group,name\n" + b"1," * 300 + b"\n", 413, "file-too-large"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused(world, body, status, problem):
    async with world.as_(MINSK_DAIRY) as dairy:
        answer = await dairy.put(f"/imports/{uuid4()}", content=body)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")
