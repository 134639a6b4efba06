import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from api.settings import Settings
from api.traced import HistoryAnswer, StandingAnswer, VerdictAnswer, Verdicts
from domain.standards import digital_link, element_string
from tests.making import MILK, PRODUCED, at_work, gtin, made, problem, run
from tests.world import (
    ALMATY_STORE,
    BELARUS,
    KAZAKH_INSPECTOR,
    KAZAKHSTAN,
    MINSK_DAIRY,
    running,
)

GS = chr(29)
ASKING = ("/verify", "/history", "/standing")


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


@pytest.fixture
async def stranger(world):
    async with world.as_stranger() as http:
        yield http


async def verdict(http, code: str, **more) -> dict:
    answer = await http.post("/verify", json={"code": code, **more})
    assert answer.status_code == 200, answer.text
    VerdictAnswer.model_validate(answer.json())
    return answer.json()


async def test_goods_in_circulation_are_confirmed_with_reasons(dairy):
    batch = await dairy.batch(2)
    [code, _] = await dairy.codes(batch)
    made(await dairy.step("apply", codes=[code]))
    lot = {**PRODUCED, "lot_number": "7", "expires_on": "2099-01-31"}
    event = made(await dairy.step("introduce", codes=[code], lot=lot))

    told = await verdict(dairy.http, code)

    assert told == {
        "verdict": "in-circulation",
        "sentence": "The code is authentic, and the goods are in circulation.",
        "advice": told["advice"],
        "checks": told["checks"],
        "purposes": told["purposes"],
        "code": code.split(GS)[0],
        "gtin": MILK,
        "serial": code[18:24],
        "repairs": [],
        "product": {
            "name": "Молоко 3,2 %",
            "translations": {},
            "brand": None,
            "category": None,
            "product_group": "milk",
            "tnved": None,
        },
        "issued_in": "BY",
        "status": "IN_CIRCULATION",
        "since": told["since"],
        "state_of_turnover": "BY",
        "lot": {"lot_number": "7", "produced_on": "2026-11-20", "expires_on": "2099-01-31"},
        "batch": str(batch),
        "ordinal": 0,
        "holder": {
            "name": MINSK_DAIRY.name,
            "participant": str(MINSK_DAIRY.uuid),
            "member_state": "BY",
        },
        "event": event["event"],
    }
    assert [(check["step"], check["name"], check["passed"]) for check in told["checks"]] == [
        (1, "readable", True),
        (2, "issued", True),
        (3, "genuine", True),
        (4, "not-blocked", True),
        (5, "in-circulation", True),
        (6, "not-expired", True),
    ]
    assert datetime.fromisoformat(told["since"]) == datetime.fromisoformat(event["recorded_at"])


async def test_a_stranger_with_the_label_sees_no_names(dairy, stranger):
    [code, *_] = await dairy.circulating()

    told = await verdict(stranger, code)
    history = (await stranger.post("/history", json={"code": code})).json()
    standing = (await stranger.post("/standing", json={"code": code})).json()

    HistoryAnswer.model_validate(history)
    StandingAnswer.model_validate(standing)
    assert told["verdict"] == "in-circulation"
    assert not {"batch", "ordinal", "holder", "event"} & set(told)
    assert history["batch"] is None
    for event in (*history["events"], standing["standing"]):
        assert not {"participant", "holder", "documents", "place"} & set(event)
    assert MINSK_DAIRY.name not in str((told, history, standing))


async def test_without_proof_a_stranger_gets_one_answer_alike(dairy, stranger):
    circulating = await dairy.circulating(2)
    issued = await dairy.codes(await dairy.batch(2))
    tail = circulating[1].split(GS)[1]
    never = f"01{MILK}21{'2' * 6}"
    shown = [
        never,
        f"{never}{GS}93aaaa",
        issued[0].split(GS)[0],
        f"{issued[0].split(GS)[0]}{GS}{tail}",
        circulating[0].split(GS)[0],
        f"{circulating[0].split(GS)[0]}{GS}{tail}",
    ]

    verdicts = [await verdict(stranger, code) for code in shown]
    others = [
        (await stranger.post(path, json={"code": code})).json()
        for path in ASKING[1:]
        for code in shown
    ]

    for told in verdicts:
        assert told.pop("code").endswith(told.pop("serial"))
    assert all(told == verdicts[0] for told in verdicts)
    assert verdicts[0]["verdict"] == "not-confirmed"
    assert verdicts[0]["product"]["name"] == "Молоко 3,2 %"
    for told in others:
        assert told.pop("request_id")
        assert told.pop("examples")
    assert all(told == others[0] for told in others)
    assert others[0]["type"] == "/problems/unknown-codes"


async def test_who_may_see_a_unit_sees_it_without_its_verification_code(dairy, world):
    await world.settle(KAZAKH_INSPECTOR)
    [code, *_] = await dairy.circulating(1)
    bare = code.split(GS)[0]
    told = {}

    for character in (MINSK_DAIRY, BELARUS, KAZAKH_INSPECTOR, KAZAKHSTAN, ALMATY_STORE):
        async with world.as_(character) as http:
            told[character] = (await verdict(http, bare))["verdict"]

    assert list(told.values()) == ["in-circulation"] * 3 + ["not-confirmed"] * 2


async def test_a_history_tells_every_event_in_order(dairy):
    batch = await dairy.batch(3)
    [code, *_] = await dairy.codes(batch)
    made(await dairy.step("apply", codes=[code], place="Line 2"))
    early = "2026-11-21T10:00:00+03:00"
    made(await dairy.step("introduce", runs=[run(batch, 0, 1)], lot=PRODUCED, occurred_at=early))

    answer = await dairy.http.post("/history", json={"code": code})

    told = answer.json()
    HistoryAnswer.model_validate(told)
    assert told["batch"] == str(batch)
    assert [(event["kind"], event["status"]) for event in told["events"]] == [
        ("REGISTERED", "ISSUED"),
        ("APPLIED", "APPLIED"),
        ("INTRODUCED", "IN_CIRCULATION"),
    ]
    assert [event["out_of_order"] for event in told["events"]] == [False, False, True]
    assert told["events"][1]["place"] == "Line 2"
    assert told["events"][2]["holder"]["name"] == MINSK_DAIRY.name
    assert datetime.fromisoformat(told["events"][2]["occurred_at"]) == datetime(
        2026, 11, 21, 7, tzinfo=UTC
    )


async def test_a_standing_is_told_as_of_every_moment(dairy):
    batch = await dairy.batch(1)
    [code] = await dairy.codes(batch)
    applied = made(await dairy.step("apply", codes=[code]))
    made(await dairy.step("cancel", codes=[code]))
    moments = [None, applied["recorded_at"], "2020-01-01T00:00:00Z"]

    answers = [
        (await dairy.http.post("/standing", json={"code": code, "as_of": moment})).json()
        for moment in moments
    ]

    for answer in answers:
        StandingAnswer.model_validate(answer)
    told = [answer["standing"] and answer["standing"]["status"] for answer in answers]
    assert told == ["CANCELLED", "APPLIED", None]


@pytest.mark.parametrize(
    ("damage", "repair"),
    [
        (lambda code: code.replace(GS, ""), "gs-lost"),
        (lambda code: f"]d2{code}", "aim-prefix"),
        (lambda code: digital_link.build(element_string.parse(code)), "digital-link"),
    ],
)
async def test_a_damaged_scan_is_mended_and_says_so(dairy, stranger, damage, repair):
    [code] = await dairy.circulating(1)

    told = await verdict(stranger, damage(code))

    assert told["verdict"] == "in-circulation"
    assert told["repairs"] == [repair]
    metrics = (await stranger.get("/metrics")).text
    assert f'tamga_scan_repairs_total{{repair="{repair}"}} 1.0' in metrics
    assert 'tamga_verdicts_total{verdict="in-circulation"} 1.0' in metrics


async def test_what_is_no_code_is_told_so(stranger):
    for rubbish in ("", "4810000000018", "hello", "x" * 2_000, "\u0130" * 20):
        told = await verdict(stranger, rubbish)
        history = await stranger.post("/history", json={"code": rubbish})

        assert told["verdict"] == "unreadable"
        assert problem(history) == "unreadable-codes"


async def test_a_verdict_comes_in_time_or_says_it_is_not_decided(dairy, world):
    [code] = await dairy.circulating(1)
    async with world.database.transaction() as session, asyncio.timeout(30):
        await session.connection()
        held = await asyncio.gather(
            *(world.database.engine.connect() for _ in range(world.database.engine.pool.size() - 1))
        )
        late = await verdict(dairy.http, code, deadline_ms=1)
        for connection in held:
            await connection.close()
    in_time = await verdict(dairy.http, code, deadline_ms=60_000)

    assert late["verdict"] == "not-decided"
    assert in_time["verdict"] == "in-circulation"


async def test_thousands_are_verified_at_once(dairy, world):
    circulating = await dairy.circulating(1_000)
    issued = await dairy.codes(await dairy.batch(2))
    wrong = circulating[0].split(GS)[0] + GS + "93AAAA"
    never = f"01{MILK}21{'2' * 6}{GS}93aaaa"
    codes = [*circulating, *issued, wrong, never, "rubbish", circulating[0].replace(GS, " ")]

    answer = await dairy.http.post("/verify/bulk", json={"codes": codes})
    async with world.as_(ALMATY_STORE) as other:
        bare = await other.post("/verify/bulk", json={"codes": [issued[0].split(GS)[0]]})

    Verdicts.model_validate(answer.json())
    told = answer.json()["verdicts"]
    assert [one["verdict"] for one in told] == [
        *["in-circulation"] * 1_000,
        *["not-yet-in-circulation"] * 2,
        "not-confirmed",
        "not-confirmed",
        "unreadable",
        "in-circulation",
    ]
    assert told[0] == {
        "code": circulating[0].split(GS)[0],
        "verdict": "in-circulation",
        "genuine": True,
        "status": "IN_CIRCULATION",
        "expires_on": None,
        "purposes": {"sell": [], "accept": ["already-held"], "use": []},
    }
    assert [one["verdict"] for one in bare.json()["verdicts"]] == ["not-confirmed"]
    single = [await verdict(dairy.http, code) for code in codes[-6:]]
    assert [one["verdict"] for one in single] == [one["verdict"] for one in told[-6:]]


async def test_bulk_needs_a_key_and_has_a_limit(dairy, stranger):
    unknown = await stranger.post("/verify/bulk", json={"codes": ["x"]})
    many = await dairy.http.post("/verify/bulk", json={"codes": ["x"] * 10_001})
    none = await dairy.http.post("/verify/bulk", json={"codes": []})

    assert unknown.status_code == 401
    assert problem(many) == problem(none) == "request-invalid"
    assert many.json()["errors"][0]["where"] == "body.codes"


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        (b"", "request-malformed"),
        (b"{", "request-malformed"),
        (b'{"code": "\xff"}', "request-malformed"),
        (b'{"code": "a\\u0000b"}', "request-malformed"),
        (b"[]", "request-invalid"),
        (b"{}", "request-invalid"),
        (b'{"code": 7}', "request-invalid"),
        (b'{"code": "x", "colour": "red"}', "request-invalid"),
        (b'{"code": "x", "deadline_ms": 0}', "request-invalid"),
        (b'{"code": "x", "as_of": "yesterday"}', "request-invalid"),
        (b'{"code": "x", "as_of": "9999-12-31T23:00:00-12:00"}', "request-invalid"),
    ],
)
async def test_a_body_that_asks_nothing_is_refused(stranger, body, slug):
    path = "/standing" if b"as_of" in body else "/verify"

    answer = await stranger.post(path, content=body)

    assert problem(answer) == slug


@pytest.fixture
async def guarded(database_url):
    settings = Settings(
        database_url=database_url,
        master_key=bytes(range(32)),
        database_connections=4,
        failed_tries_per_client=3,
        failed_tries_per_gtin=5,
        failed_tries_per_participant=4,
    )
    async with running(settings) as world:
        await world.settle(MINSK_DAIRY, ALMATY_STORE)
        yield world


@pytest.mark.parametrize("path", ASKING)
async def test_a_stranger_that_guesses_has_to_wait(guarded, path):
    async with at_work(guarded, MINSK_DAIRY) as dairy, guarded.as_stranger() as stranger:
        await dairy.product()
        [code] = await dairy.circulating(1)
        right = await stranger.post(path, json={"code": code})
        guesses = [
            await stranger.post(path, json={"code": f"{code.split(GS)[0]}{GS}93aaa{at}"})
            for at in range(4)
        ]
        locked_out = await stranger.post(path, json={"code": code})
        owner = await dairy.http.post(path, json={"code": code})

    assert right.status_code == owner.status_code == 200
    assert [answer.status_code for answer in guesses[:3]] == [200 if path == ASKING[0] else 404] * 3
    assert guesses[3].status_code == locked_out.status_code == 429
    assert problem(locked_out) == "too-many-tries"
    assert int(locked_out.headers["retry-after"]) > 0


async def test_a_gtin_that_is_guessed_at_is_closed_to_strangers_alone(guarded):
    other_gtin = gtin(9)
    async with at_work(guarded, MINSK_DAIRY) as dairy:
        await dairy.product()
        await dairy.product(code=other_gtin)
        [code] = await dairy.circulating(1)
        [other] = await dairy.circulating(1, of=other_gtin)
        tries = guarded.app.state.failed_tries
        for at in range(5):
            tries.failed(f"10.0.0.{at}", MILK)

        async with guarded.as_stranger() as stranger:
            closed = await stranger.post("/verify", json={"code": code})
            open_one = await stranger.post("/verify", json={"code": other})
        owner = await dairy.http.post("/verify", json={"code": code})

    assert problem(closed) == "too-many-tries"
    assert open_one.status_code == owner.status_code == 200


async def test_a_participant_that_guesses_has_to_wait_too(guarded):
    async with at_work(guarded, ALMATY_STORE) as store, at_work(guarded, MINSK_DAIRY) as dairy:
        await dairy.product()
        [code] = await dairy.circulating(1)
        guesses = [f"{code.split(GS)[0]}{GS}93aaa{at}" for at in range(9)]
        first = await store.http.post("/verify/bulk", json={"codes": guesses})
        second = await store.http.post("/verify", json={"code": code})
        others = await dairy.http.post("/verify/bulk", json={"codes": [code]})

    assert first.status_code == others.status_code == 200
    assert problem(second) == "too-many-tries"


async def test_no_log_line_holds_a_verification_code(dairy, world, stranger):
    [code] = await dairy.circulating(1)
    tail = code.split(GS)[1][2:]
    for path in ASKING:
        await stranger.post(path, json={"code": code})
        await stranger.post(path, json={"code": f"{code[:-1]}~"})
    await dairy.step("apply", uuid4(), codes=[code])

    assert tail not in world.log.getvalue()
