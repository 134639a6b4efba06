"""What is wrong with a request is said clearly, and leaves everything as it was."""

import asyncio
from uuid import UUID, uuid4

import pytest

from domain.catalogue.groups import catalogue
from tests.making import (
    MILK,
    PRODUCED,
    SHOES,
    Maker,
    faults,
    gtin,
    made,
    no_trace,
    problem,
    run,
)

GS = chr(29)


# Registering a batch


ORDERS = [
    ({"gtin": "04810000000019"}, "request-invalid", "expected 8"),
    ({"gtin": "0481000000001"}, "request-invalid", "check digit"),
    ({"gtin": "milk"}, "request-invalid", "digits"),
    ({"gtin": gtin(999)}, "unknown-product", gtin(999)),
    ({"gtin": SHOES}, "product-not-yours", SHOES),
    ({"quantity": 0}, "request-invalid", "greater than or equal to 1"),
    ({"quantity": -1}, "request-invalid", "greater than or equal to 1"),
    ({"quantity": 1_000_000_001}, "request-invalid", "less than or equal to"),
    ({"quantity": 1.5}, "request-invalid", "body.quantity"),
    ({"quantity": None}, "request-invalid", "quantity is missing"),
    ({"template": "shoes-l88"}, "unknown-template", "milk"),
    ({"price_minor": 100}, "price-not-fitting", "milk-s"),
    ({"tnved": "0401"}, "tnved-not-fitting", "milk-s"),
    ({"tnved": "04"}, "request-invalid", "body.tnved"),
    ({"member_state": "KZ"}, "emission-not-fitting", "KZ"),
    ({"emission": "CROSS_BORDER"}, "emission-not-fitting", "CROSS_BORDER"),
    ({"member_state": "KZ", "emission": "CROSS_BORDER"}, "group-not-in-force", "NOT_KNOWN"),
    ({"occurred_at": "2001-01-01T00:00:00Z"}, "group-not-in-force", "2001-01-01"),
    ({"occurred_at": "2199-01-01T00:00:00Z"}, "occurred-in-future", "2199"),
    ({"occurred_at": "2026-11-20T00:00:00"}, "request-invalid", "timezone"),
    ({"occurred_at": "0001-01-01T00:00:00+12:00"}, "request-invalid", "body.occurred_at"),
    (
        {"lot": {"produced_on": "2026-11-20", "expires_on": "2026-11-19"}},
        "dates-reversed",
        "2026-11-19",
    ),
    ({"lot": {"produced_on": "2026-02-30"}}, "request-invalid", "body.lot.produced_on"),
    ({"serials": []}, "request-invalid", "body.serials"),
    ({"serials": ["2aaaaa"]}, "request-invalid", "10, and 1 codes"),
    ({"serials": ["x"] * 30_001}, "request-invalid", "30000"),
    ({"serials": ["1aaaaa"] * 10}, "serial-not-fitting", "1aaaaa"),
    ({"serials": [f"2aaaa{GS}"] * 10}, "serial-not-fitting", "milk-s"),
    ({"serials": ["2aaaaa"] * 10}, "codes-repeated", "2aaaaa"),
    ({"foreign_codes": [f"01{SHOES}212aaaaa"] * 10}, "request-invalid", "foreign_codes.0"),
    ({"foreign_codes": [f"01{MILK}21{'2' * 12}"], "quantity": 1}, "serial-not-fitting", "milk-s"),
    ({"foreign_codes": [f"01{MILK}212aaaaa{GS}93aaaa"] * 10}, "codes-repeated", "2aaaaa"),
    ({"foreign_codes": [f"01{MILK}"] * 10}, "request-invalid", "foreign_codes.9"),
    ({"colour": "white"}, "request-invalid", "body.colour"),
]


async def test_an_order_that_a_rule_forbids(dairy: Maker, store: Maker, world):
    assert store
    body = {"gtin": MILK, "quantity": 10, "member_state": "BY"}

    async with no_trace(world):
        answers = [
            await dairy.http.put(f"/batches/{uuid4()}", json={**body, **wrong})
            for wrong, _, _ in ORDERS
        ]

    for (wrong, slug, told), answer in zip(ORDERS, answers, strict=True):
        assert (problem(answer), told in answer.text) == (slug, True), (wrong, answer.text)


async def test_a_group_that_is_not_in_force_there(dairy: Maker, world):
    water = await dairy.product("water", gtin(7), "Вода")

    async with no_trace(world):
        answer = await dairy.register(of=water, quantity=1)

    assert problem(answer) == "group-not-in-force"
    assert answer.json()["member_state"] == "BY"
    assert answer.json()["standing"] == "NOT_KNOWN"


@pytest.mark.parametrize(
    ("given", "highest"),
    [
        ({"template": "tobacco-t29", "price_minor": 80**4}, 80**4 - 1),
        ({"template": "tobacco-block-s", "price_minor": 1_000_000}, 999_999),
        ({"template": "tobacco-block-s"}, 999_999),
        ({"template": "tobacco-s", "price_minor": 1}, None),
    ],
)
async def test_a_price_that_cannot_be_printed(store: Maker, world, given, highest):
    tobacco = await store.product("tobacco", gtin(3), "Сигареты")

    async with no_trace(world):
        answer = await store.register(of=tobacco, quantity=1, **given)

    assert problem(answer) == "price-not-fitting"
    assert answer.json()["highest"] == highest


async def test_more_than_the_space_has_numbers_for(dairy: Maker, world):
    template = catalogue().templates["milk-s"]
    capacity = len(template.alphabet.characters) ** (template.serial_length - 1)
    billion = 10**9
    for _ in range(capacity // billion):
        made(await dairy.register(quantity=billion))

    async with no_trace(world):
        answer = await dairy.register(quantity=billion)

    assert problem(answer) == "space-exhausted"
    assert (answer.json()["wanted"], answer.json()["left"]) == (billion, capacity % billion)
    batch = await dairy.batch(capacity % billion)
    last = await dairy.codes(batch, first=capacity % billion - 1)
    assert len(last) == 1
    assert problem(await dairy.register(quantity=1)) == "space-exhausted"
    assert await faults(world) == {}


async def test_an_own_serial_that_is_issued_already(dairy: Maker, world):
    computed = await dairy.codes(await dairy.batch(3))
    taken = computed[1].split(GS)[0].removeprefix(f"01{MILK}21")
    await dairy.batch(serials=["2own-1"])

    async with no_trace(world):
        answers = [
            await dairy.register(serials=["2free-", taken]),
            await dairy.register(serials=["2free-", "2own-1"]),
            await dairy.register(foreign_codes=[f"01{MILK}21{taken}{GS}93aaaa"]),
        ]

    assert [problem(answer) for answer in answers] == ["serial-already-issued"] * 3
    assert [answer.json()["examples"] for answer in answers] == [[taken], ["2own-1"], [taken]]


# Taking a step


async def test_the_same_goods_named_twice(dairy: Maker, world):
    batch = await dairy.batch(10)
    codes = await dairy.codes(batch)
    bare = codes[3].split(GS)[0]
    twice = [
        {"codes": [codes[3], codes[4], codes[3]]},
        {"codes": [codes[3], bare]},
        {"codes": [codes[3]], "runs": [run(batch, 2, 3)]},
        {"runs": [run(batch, 0, 4), run(batch, 3, 1)]},
        {"runs": [run(batch, 0, 1)] * 2},
    ]

    async with no_trace(world):
        answers = [await dairy.step("apply", **given) for given in twice]
        by_file = await dairy.upload("apply", "\n".join([codes[3], bare]).encode())

    for answer in (*answers, by_file):
        assert problem(answer) == "codes-repeated"
        assert answer.json()["count"] == 1
    assert answers[0].json()["examples"] == [bare]


@pytest.mark.parametrize(
    ("before", "verb", "by_status"),
    [
        (["apply"], "apply", "APPLIED"),
        ([], "introduce", "ISSUED"),
        (["apply", "introduce"], "introduce", "IN_CIRCULATION"),
        (["apply", "introduce"], "apply", "IN_CIRCULATION"),
        (["apply", "introduce"], "cancel", "IN_CIRCULATION"),
        (["cancel"], "apply", "CANCELLED"),
        (["cancel"], "cancel", "CANCELLED"),
        (["cancel"], "give_lot", "CANCELLED"),
    ],
)
async def test_a_step_that_does_not_follow(dairy: Maker, world, before, verb, by_status):
    batch = await dairy.batch(3)
    codes = await dairy.codes(batch)
    for step in before:
        made(await dairy.step(step, codes=codes[:2], lot=PRODUCED))

    async with no_trace(world):
        by_code = await dairy.step(verb, codes=codes[:2], lot=PRODUCED)
        by_run = await dairy.step(verb, runs=[run(batch, 0, 2)], lot=PRODUCED)

    for answer in (by_code, by_run):
        assert problem(answer) == "status-not-fitting"
        assert answer.json()["by_status"] == {by_status: 2}
    assert by_code.json()["examples"] == [code.split(GS)[0] for code in codes[:2]]


@pytest.mark.parametrize("verb", ["apply", "introduce", "cancel", "give_lot"])
async def test_goods_of_others_are_unknown(dairy: Maker, store: Maker, world, verb):
    batch = await dairy.batch(3)
    codes = await dairy.codes(batch)

    async with no_trace(world):
        by_code = await store.step(verb, codes=codes, lot=PRODUCED)
        by_bare = await store.step(verb, codes=[codes[0].split(GS)[0]], lot=PRODUCED)
        by_run = await store.step(verb, runs=[run(batch, 0, 1)], lot=PRODUCED)
        of_none = await store.step(verb, runs=[run(uuid4(), 0, 1)], lot=PRODUCED)

    assert problem(by_code) == problem(by_bare) == "unknown-codes"
    assert problem(by_run) == problem(of_none) == "unknown-batch"
    assert by_run.json().keys() == of_none.json().keys()


GOODS = [
    ({}, "no-goods"),
    ({"codes": [], "runs": []}, "no-goods"),
    ({"codes": ["rubbish"]}, "unreadable-codes"),
    ({"codes": [""]}, "unreadable-codes"),
    ({"codes": ["4810000000018"]}, "unreadable-codes"),
    ({"codes": [f"01{gtin(1)[:-1]}9212aaaaa"]}, "unreadable-codes"),
    ({"codes": [f"01{MILK}212aaaaa"]}, "unknown-codes"),
    ({"codes": [f"01{gtin(999)}212aaaaa"]}, "unknown-codes"),
    ({"codes": [7]}, "request-invalid"),
    ({"runs": [{"batch": "x", "first": 0, "count": 1}]}, "request-invalid"),
    ({"runs": [{"batch": None, "first": 0, "count": 4}]}, "run-outside-batch"),
    ({"runs": [{"batch": None, "first": 3, "count": 1}]}, "run-outside-batch"),
    ({"runs": [{"batch": None, "first": -1, "count": 1}]}, "request-invalid"),
    ({"runs": [{"batch": None, "first": 0, "count": 0}]}, "request-invalid"),
    ({"codes": ["x"], "documents": []}, "request-invalid"),
    ({"codes": ["x"], "occurred_at": "2199-01-01T00:00:00Z"}, "occurred-in-future"),
    (
        {"codes": ["x"], "lot": {"produced_on": "2026-11-20", "expires_on": "2026-11-19"}},
        "dates-reversed",
    ),
]


async def test_goods_that_are_not_there(dairy: Maker, world):
    batch = await dairy.batch(3)

    async with no_trace(world):
        answers = [await dairy.step("apply", **of_batch(named, batch)) for named, _ in GOODS]

    for (named, slug), answer in zip(GOODS, answers, strict=True):
        assert problem(answer) == slug, (named, answer.text)


def of_batch(named: dict, batch: UUID) -> dict:
    """The same with the runs that name no batch named of this one."""
    runs = [one | {"batch": one["batch"] or str(batch)} for one in named.get("runs", ())]
    return {**named, "runs": runs}


@pytest.mark.parametrize(
    ("content", "kind", "slug"),
    [
        (b"", "text/plain", "no-goods"),
        (b"\n\r\n\n", "text/plain", "no-goods"),
        (b"", "text/csv", "no-goods"),
        (b"batch,first,count\n", "text/csv", "no-goods"),
        (b"a\x00b\n", "text/plain", "unreadable-codes"),
        (b"\r", "text/plain", "no-goods"),
    ],
)
async def test_a_file_without_goods(dairy: Maker, world, content, kind, slug):
    async with no_trace(world):
        answer = await dairy.upload("apply", content, kind=kind)

    assert problem(answer) == slug


# Requests and their ids


async def test_the_same_id_with_another_content(dairy: Maker, world):
    batch, request = uuid4(), uuid4()
    made(await dairy.register(batch, quantity=10))
    made(await dairy.step("apply", request, runs=[run(batch, 0, 1)]))

    async with no_trace(world):
        answers = [
            await dairy.register(batch, quantity=11),
            await dairy.step("apply", request, runs=[run(batch, 0, 2)]),
            await dairy.step("cancel", request, runs=[run(batch, 0, 1)]),
            await dairy.step("apply", batch, runs=[run(batch, 0, 1)]),
            await dairy.upload("apply", f"{batch},0,1".encode(), request, kind="text/csv"),
        ]

    assert [problem(answer) for answer in answers] == ["request-id-reused"] * 5


async def test_an_id_that_another_participant_used(dairy: Maker, store: Maker, world):
    batch, request = uuid4(), uuid4()
    made(await dairy.register(batch, quantity=10))
    made(await dairy.step("apply", request, runs=[run(batch, 0, 1)]))

    async with no_trace(world):
        answers = [
            await store.register(batch, of=SHOES, quantity=10),
            await store.step("apply", request, runs=[run(batch, 0, 1)]),
        ]

    assert [problem(answer) for answer in answers] == ["request-id-taken"] * 2


async def test_the_same_request_four_times_at_once(dairy: Maker, world):
    batch, applying, uploading = uuid4(), uuid4(), uuid4()
    made(await dairy.register(quantity=1))

    async def four_times(call) -> list:
        return await asyncio.gather(*(call() for _ in range(4)))

    registered = await four_times(lambda: dairy.register(batch, quantity=50_000))
    codes = await dairy.codes(batch, count=1_000)
    scans = "\n".join(codes[500:]).encode()
    applied = await four_times(lambda: dairy.step("apply", applying, codes=codes[:500]))
    uploaded = await four_times(lambda: dairy.upload("apply", scans, uploading))

    for answers in (registered, applied, uploaded):
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
        assert len({answer.text for answer in answers}) == 1
    now = (await dairy.http.get(f"/batches/{batch}")).json()["units"]
    assert now == {"ISSUED": 49_000, "APPLIED": 1_000}
    assert await faults(world) == {}


async def test_four_rivals_for_the_same_goods(dairy: Maker, world):
    batch = await dairy.batch(100)
    codes = await dairy.codes(batch)

    answers = await asyncio.gather(
        *(dairy.step("apply", codes=codes[at : at + 50]) for at in (0, 10, 20, 30))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    now = (await dairy.http.get(f"/batches/{batch}")).json()["units"]
    assert now == {"ISSUED": 50, "APPLIED": 50}
    assert await faults(world) == {}
