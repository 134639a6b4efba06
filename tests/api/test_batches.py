import asyncio
import base64
import hashlib
import json
from uuid import uuid4

import pytest

from api.batches import BatchAnswer, BatchNow, BatchPage
from domain.delivery import actions as delivery
from domain.delivery.actions import AHEAD
from domain.standards.cigarette_pack import encode_price
from tests.making import MILK, at_work, faults, gtin, made, no_trace, problem, run, scope
from tests.world import (
    ALMATY_STORE,
    BELARUS,
    BREST_STORE,
    KAZAKH_INSPECTOR,
    KAZAKHSTAN,
    MINSK_DAIRY,
)

GS = chr(29)
SHOES, TOBACCO = gtin(2), gtin(3)


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


@pytest.fixture
async def store(world):
    async with at_work(world, ALMATY_STORE) as maker:
        yield maker


async def test_a_batch_is_registered_in_one_call_whatever_its_size(dairy, world):
    batch = uuid4()

    answer = await dairy.register(batch, quantity=1_000_000)

    told = made(answer)
    BatchAnswer.model_validate(told)
    assert told == {
        "batch": str(batch),
        "gtin": MILK,
        "quantity": 1_000_000,
        "member_state": "BY",
        "template": "milk-s",
        "emission": "PRODUCTION",
        "verification_key_id": told["verification_key_id"],
        "price_minor": None,
        "event": told["event"],
        "recorded_at": told["recorded_at"],
    }
    now = (await dairy.http.get(f"/batches/{batch}")).json()
    BatchNow.model_validate(now)
    assert now == {**told, "units": {"ISSUED": 1_000_000}}
    assert await faults(world) == {}


async def test_a_batch_registered_again_is_the_same_batch(dairy, world):
    batch = uuid4()
    given = {"quantity": 10, "lot": {"lot_number": "7", "expires_on": "2026-12-20"}}

    first = await dairy.register(batch, **given)
    async with no_trace(world):
        again = await dairy.register(batch, **given)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.text == again.text


async def test_the_id_may_be_written_as_any_uuid(dairy):
    batch = uuid4()
    body = {"gtin": MILK, "quantity": 1, "member_state": "BY"}

    answers = [
        await dairy.http.put(f"/batches/{written}", json=body)
        for written in (batch.hex, str(batch).upper(), batch)
    ]
    wrong = await dairy.http.put("/batches/tomorrow", json=body)

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["where"].startswith("path")


async def test_batches_come_in_pages_the_newest_first(dairy):
    batches = [str(await dairy.batch(1)) for _ in range(5)]

    first = (await dairy.http.get("/batches?limit=2")).json()
    second = (await dairy.http.get(f"/batches?limit=2&after={first['next']}")).json()
    third = (await dairy.http.get(f"/batches?limit=2&after={second['next']}")).json()

    for page in (first, second, third):
        BatchPage.model_validate(page)
    told = [one["batch"] for page in (first, second, third) for one in page["batches"]]
    assert told == batches[::-1]
    assert third["next"] is None


async def test_a_batch_is_seen_by_its_owner_and_overseers_alone(dairy, world):
    await world.settle(BREST_STORE, KAZAKH_INSPECTOR)
    batch = await dairy.batch(3)
    answers = {}

    for character in (MINSK_DAIRY, BELARUS, KAZAKH_INSPECTOR, KAZAKHSTAN, BREST_STORE):
        async with world.as_(character) as asker:
            answers[character] = await asker.get(f"/batches/{batch}")
            listed = (await asker.get("/batches")).json()["batches"]
            codes = await asker.get(f"/batches/{batch}/codes")
        assert len(listed) == (character is MINSK_DAIRY)
        assert codes.status_code == (200 if character is MINSK_DAIRY else 404)

    assert [answer.status_code for answer in answers.values()] == [200, 200, 200, 404, 404]
    assert problem(answers[BREST_STORE]) == "unknown-batch"


async def test_codes_are_the_same_in_every_form_and_portion(dairy):
    batch = await dairy.batch(1_000)
    path = f"/batches/{batch}/codes"

    text = await dairy.http.get(path)
    csv = await dairy.http.get(path, params={"format": "csv"})
    ndjson = await dairy.http.get(path, params={"format": "ndjson"})
    part = await dairy.http.get(path, params={"first": 200, "count": 3})

    codes = text.text.split("\n")[:-1]
    assert len(set(codes)) == 1_000
    assert all(code.startswith(f"01{MILK}212") and f"{GS}93" in code for code in codes)
    header, *rows = csv.text.splitlines()
    assert header == "ordinal,gtin,serial_base64,marking_code_base64"
    cells = [row.split(",") for row in rows]
    assert [base64.b64decode(cell[3]).decode() for cell in cells] == codes
    assert [cell[0] for cell in cells] == [str(at) for at in range(1_000)]
    objects = [json.loads(line) for line in ndjson.text.splitlines()]
    assert objects == [{"ordinal": at, "code": code} for at, code in enumerate(codes)]
    assert part.text.split("\n")[:-1] == codes[200:203]
    assert (await dairy.http.get(path)).content == text.content


@pytest.mark.parametrize("form", ["text", "csv", "ndjson"])
async def test_a_block_is_fetched_again_with_the_same_bytes_and_their_digest(
    dairy, monkeypatch, form
):
    monkeypatch.setattr(delivery, "BLOCK", 40)
    batch = await dairy.batch(100)
    path = f"/batches/{batch}/blocks"

    told = (await dairy.http.get(path)).json()
    blocks = [
        await dairy.http.get(f"{path}/{one['block']}", params={"format": form})
        for one in told["blocks"]
    ]
    again = await dairy.http.get(f"{path}/1", params={"format": form})
    beyond = await dairy.http.get(f"{path}/3")

    assert told == {
        "block_size": 40,
        "blocks": [
            {"block": 0, "first": 0, "count": 40},
            {"block": 1, "first": 40, "count": 40},
            {"block": 2, "first": 80, "count": 20},
        ],
    }
    assert again.content == blocks[1].content
    for answer in blocks:
        digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
        assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    whole = await dairy.http.get(f"/batches/{batch}/codes", params={"format": form})
    header = 1 if form == "csv" else 0
    lines = [line for answer in blocks for line in answer.text.split("\n")[header:-1]]
    assert lines == whole.text.split("\n")[header:-1]
    assert problem(beyond) == "run-outside-batch"


@pytest.mark.parametrize(
    "asked", [{"first": "4", "count": "7"}, {"first": "11"}, {"first": "10", "count": "1"}]
)
async def test_codes_beyond_the_batch_are_refused(dairy, asked):
    batch = await dairy.batch(10)

    answer = await dairy.http.get(f"/batches/{batch}/codes", params=asked)

    assert problem(answer) == "run-outside-batch"
    assert answer.json()["batch"] == str(batch)
    assert answer.json()["quantity"] == 10


async def test_own_serials_are_issued_as_they_are(dairy, world):
    serials = ["2aB7zQ", "2,93.x", '2"<>&;']

    batch = await dairy.batch(serials=serials, emission="REMAINS")

    codes = await dairy.codes(batch)
    assert [code.split(GS)[0] for code in codes] == [f"01{MILK}21{serial}" for serial in serials]
    verdicts = [(await dairy.http.post("/verify", json={"code": code})).json() for code in codes]
    assert [verdict["verdict"] for verdict in verdicts] == ["not-yet-in-circulation"] * 3
    assert all(verdict["checks"][2]["passed"] for verdict in verdicts)
    made(await dairy.step("apply", codes=codes))
    assert await faults(world) == {}


async def test_another_operators_codes_keep_their_verification_codes(store, world):
    await store.product("shoes", SHOES, "Ботинки")
    await store.product("tobacco", TOBACCO, "Сигареты")
    shoes = [
        f"01{SHOES}215{'x' * 12}{GS}91EE06{GS}92{'A' * 86}==",
        f"01{SHOES}21without-a-5-0{GS}2406403{GS}91EE06{GS}92{'B' * 86}==",
        f"01{SHOES}21{'9' * 13}{GS}91EE06{GS}92{'c' * 86}==",
    ]
    packs = [f"{TOBACCO}5er!al7ABCDdGVz"]
    blocks = [f"01{TOBACCO}215abcdef{GS}8005090000{GS}93xxxx"]

    batches = [
        await store.batch(of=SHOES, foreign_codes=shoes, emission="IMPORT"),
        await store.batch(of=TOBACCO, foreign_codes=packs, template="tobacco-t29"),
        await store.batch(
            of=TOBACCO, foreign_codes=blocks, template="tobacco-block-s", price_minor=90_000
        ),
    ]

    codes = [code for batch in batches for code in await store.codes(batch)]
    assert codes == shoes + packs + blocks
    async with world.as_stranger() as stranger:
        for code in codes:
            right = (await stranger.post("/verify", json={"code": code})).json()
            end = "=" if code[-1] != "=" else "A"
            wrong = (await stranger.post("/verify", json={"code": code[:-1] + end})).json()
            assert right["verdict"] == "not-yet-in-circulation", code
            assert wrong["verdict"] in {"not-confirmed", "unreadable"}, code
    told = made(await store.step("apply", codes=codes))
    assert told["units"] == 5
    assert await faults(world) == {}


async def test_a_batch_pins_what_its_labels_print(store):
    await store.product("tobacco", TOBACCO, "Сигареты")
    await store.product("shoes", SHOES, "Ботинки")

    pack = await store.batch(2, of=TOBACCO, template="tobacco-t29", price_minor=15_000)
    block = await store.batch(2, of=TOBACCO, template="tobacco-block-s", price_minor=150_000)
    shoes = await store.batch(2, of=SHOES, tnved="6403")

    packs, blocks = await store.codes(pack), await store.codes(block)
    assert [(len(code), code[21:25]) for code in packs] == [(29, encode_price(15_000))] * 2
    assert all(f"{GS}8005150000{GS}93" in code for code in blocks)
    assert all(f"{GS}2406403{GS}91" in code for code in await store.codes(shoes))


async def test_codes_are_counted(dairy):
    await dairy.batch(40)
    batch = uuid4()
    for _ in range(2):
        await dairy.register(batch, quantity=2)

    metrics = (await dairy.http.get("/metrics")).text

    told = 'tamga_codes_registered_total{member_state="BY",product_group="milk"} 42.0'
    assert told in metrics


async def test_a_client_that_leaves_ends_the_work(dairy, world, monkeypatch):
    monkeypatch.setattr(delivery, "PORTION", 1_000)
    batch = await dairy.batch(200_000)
    left = asyncio.Event()
    sent = []

    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        if message := next(asked, None):
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(len(message.get("body", b"")))
        if sum(sent) > 100_000:
            left.set()
            await asyncio.sleep(0)

    before = asyncio.all_tasks()
    asked_for = scope("GET", f"/batches/{batch}/codes", world.keys[MINSK_DAIRY])
    await world.app(asked_for, receive, send)

    assert sum(sent) < 1_000_000
    under_way = asyncio.all_tasks() - before
    await asyncio.gather(*under_way, return_exceptions=True)
    assert len(under_way) <= AHEAD + 2  # portions that were being made, and the end of them


async def test_who_has_no_key_registers_nothing(world):
    async with world.as_stranger() as stranger, no_trace(world):
        answer = await stranger.put(
            f"/batches/{uuid4()}", json={"gtin": MILK, "quantity": 1, "member_state": "BY"}
        )

    assert answer.status_code == 401


async def test_a_run_of_a_batch_is_named_by_its_ordinals(dairy):
    batch = await dairy.batch(20)
    codes = await dairy.codes(batch)

    made(await dairy.step("apply", runs=[run(batch, 5, 10)]))

    now = (await dairy.http.get(f"/batches/{batch}")).json()
    assert now["units"] == {"ISSUED": 10, "APPLIED": 10}
    verdict = (await dairy.http.post("/verify", json={"code": codes[14]})).json()
    assert (verdict["status"], verdict["ordinal"]) == ("APPLIED", 14)
