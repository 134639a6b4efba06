import json
from uuid import uuid4

import pytest

from api import goods
from api.lifecycle import StepReceipt, StepRehearsal
from domain.goods import actions
from tests.making import (
    PRODUCED,
    at_work,
    faults,
    gtin,
    made,
    no_trace,
    problem,
    run,
)
from tests.world import ALMATY_STORE, MINSK_DAIRY

GS = chr(29)
CLOTHES = gtin(5)


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker


async def units(dairy, batch):
    return (await dairy.http.get(f"/batches/{batch}")).json()["units"]


async def history(dairy, code):
    answer = await dairy.http.post("/history", json={"code": code})
    return [(event["kind"], event["status"]) for event in answer.json()["events"]]


async def test_a_step_is_taken_once_and_its_receipt_told_again(dairy, world):
    batch = await dairy.batch(10)
    codes = await dairy.codes(batch)
    request = uuid4()
    given = {"codes": codes[:4], "place": "Line 2", "occurred_at": "2026-11-22T03:00:00+03:00"}

    first = await dairy.step("apply", request, **given)
    async with no_trace(world):
        again = await dairy.step("apply", request, **given)

    told = made(first)
    StepReceipt.model_validate(told)
    assert told == {
        "request": str(request),
        "event": told["event"],
        "recorded_at": told["recorded_at"],
        "units": 4,
        "refused": 0,
        "refused_by_reason": {},
        "runs": [],
        "lines": [],
        "more_pages": 0,
    }
    assert again.status_code == 200
    assert again.text == first.text
    assert await units(dairy, batch) == {"ISSUED": 6, "APPLIED": 4}


async def test_goods_are_named_by_codes_runs_and_files_alike(dairy, world):
    batch = await dairy.batch(100)
    codes = await dairy.codes(batch)
    bare = [code.split(GS)[0] for code in codes]
    csv = f"batch,first,count\r\n{batch},40,5\r\n\r\n{batch},50,5\r\n"

    answers = [
        await dairy.step("apply", codes=[*codes[:10], *bare[10:20]]),
        await dairy.step("apply", runs=[run(batch, 20, 5), run(batch, 30, 5)]),
        await dairy.step("apply", codes=codes[25:30], runs=[run(batch, 35, 5)]),
        await dairy.upload("apply", csv.encode(), kind="text/csv; charset=utf-8"),
        await dairy.upload("apply", "\r\n".join(codes[60:70]).encode()),
        await dairy.upload("apply", ("\n".join(codes[70:80]) + "\n\n").encode()),
    ]

    assert [made(answer)["units"] for answer in answers] == [20, 10, 10, 10, 10, 10]
    assert await units(dairy, batch) == {"ISSUED": 30, "APPLIED": 70}
    assert await faults(world) == {}


async def test_goods_are_introduced_with_what_their_group_asks_for(dairy, world):
    batch = await dairy.batch(4)
    [code, *_] = await dairy.codes(batch)
    whole = [run(batch, 0, 4)]
    made(await dairy.step("apply", runs=whole))

    async with no_trace(world):
        refused = await dairy.step("introduce", runs=whole)
    by_documents = await dairy.step("introduce", runs=[run(batch, 0, 1)], documents=PRODUCED)
    by_lot = await dairy.step("introduce", runs=[run(batch, 1, 1)], lot=PRODUCED)
    csv = f"{batch},2,1\n".encode()
    by_file = await dairy.upload("introduce", csv, kind="text/csv", documents=json.dumps(PRODUCED))
    made(await dairy.step("give_lot", runs=[run(batch, 3, 1)], lot=PRODUCED))
    before = await dairy.step("introduce", runs=[run(batch, 3, 1)])

    assert problem(refused) == "documents-missing"
    assert refused.json()["missing"] == ["produced_on"]
    assert [made(one)["units"] for one in (by_documents, by_lot, by_file, before)] == [1] * 4
    assert await history(dairy, code) == [
        ("REGISTERED", "ISSUED"),
        ("APPLIED", "APPLIED"),
        ("INTRODUCED", "IN_CIRCULATION"),
    ]


async def test_spoiled_codes_are_cancelled_for_good(dairy, world):
    batch = await dairy.batch(3)
    codes = await dairy.codes(batch)
    made(await dairy.step("apply", codes=codes[:1]))

    made(await dairy.step("cancel", codes=codes[:2]))

    async with no_trace(world):
        again = await dairy.step("apply", codes=codes[1:2])
    assert problem(again) == "status-not-fitting"
    assert again.json()["by_status"] == {"CANCELLED": 1}
    assert await units(dairy, batch) == {"ISSUED": 1, "CANCELLED": 2}


async def test_a_lot_is_told_later_and_piece_by_piece(dairy):
    batch = await dairy.batch(10, lot={"lot_number": "7"})
    codes = await dairy.codes(batch)

    made(await dairy.step("give_lot", runs=[run(batch, 0, 5)], lot={"expires_on": "2027-01-31"}))
    made(await dairy.upload("give_lot", codes[4].encode(), lot_number="8"))

    lots = [
        (await dairy.http.post("/verify", json={"code": code})).json()["lot"] for code in codes[3:6]
    ]
    assert [(lot["lot_number"], lot["expires_on"]) for lot in lots] == [
        ("7", "2027-01-31"),
        ("8", "2027-01-31"),
        ("7", None),
    ]


@pytest.mark.parametrize("lot", [None, {}, {"lot_number": "two\nlines"}, {"number": "7"}])
async def test_a_lot_without_anything_in_it_is_refused(dairy, world, lot):
    batch = await dairy.batch(1)

    async with no_trace(world):
        answer = await dairy.step("give_lot", runs=[run(batch, 0, 1)], lot=lot)
        by_file = await dairy.upload("give_lot", f"{batch},0,1".encode(), kind="text/csv")

    assert problem(answer) == problem(by_file) == "request-invalid"


async def test_a_dry_run_tells_each_line_its_verdict_and_changes_nothing(dairy, world):
    batch = await dairy.batch(10)
    codes = await dairy.codes(batch)
    made(await dairy.step("apply", codes=codes[8:]))
    wrong = codes[3][:-1] + ("A" if codes[3][-1] != "A" else "B")
    never = f"01{gtin(77)}212aaaaa{GS}93aaaa"
    request = uuid4()
    given = {"codes": [*codes[:3], wrong, "rubbish", never, codes[0], *codes[7:]]}

    async with no_trace(world):
        answer = await dairy.step("apply", request, dry_run=True, **given)
        by_file = await dairy.upload(
            "apply", "\n".join(given["codes"]).encode(), request, dry_run="true"
        )

    assert answer.status_code == 200
    StepRehearsal.model_validate(answer.json())
    assert by_file.json() == answer.json()
    assert answer.json() == {
        "dry_run": True,
        "units": 4,
        "refused": 6,
        "refused_by_reason": {
            "repeated": 1,
            "status-not-fitting": 2,
            "unknown": 1,
            "unreadable": 1,
            "verification-failed": 1,
        },
        "runs": [],
        "lines": [
            {"first_line": 1, "last_line": 3, "verdict": "ok"},
            {"first_line": 4, "last_line": 4, "verdict": "verification-failed"},
            {"first_line": 5, "last_line": 5, "verdict": "unreadable"},
            {"first_line": 6, "last_line": 6, "verdict": "unknown"},
            {"first_line": 7, "last_line": 7, "verdict": "repeated"},
            {"first_line": 8, "last_line": 8, "verdict": "ok"},
            {"first_line": 9, "last_line": 10, "verdict": "status-not-fitting"},
        ],
    }


async def test_a_dry_run_does_not_use_the_id_up(dairy):
    batch = await dairy.batch(2)
    request = uuid4()

    rehearsed = await dairy.step("apply", request, dry_run=True, runs=[run(batch, 0, 1)])
    done = await dairy.step("apply", request, runs=[run(batch, 0, 2)])
    afterwards = await dairy.step("apply", request, dry_run=True, runs=[run(batch, 0, 2)])

    assert rehearsed.json()["units"] == 1
    assert made(done)["units"] == 2
    assert afterwards.status_code == 200
    assert afterwards.json() == done.json()


async def test_partial_takes_what_is_right_and_lists_what_is_not(dairy, world):
    batch = await dairy.batch(6)
    codes = await dairy.codes(batch)
    made(await dairy.step("apply", codes=codes[:2]))

    answer = await dairy.step("apply", codes=[*codes, "rubbish"], partial=True)

    told = made(answer)
    StepReceipt.model_validate(told)
    assert (told["units"], told["refused"]) == (4, 3)
    assert told["refused_by_reason"] == {"status-not-fitting": 2, "unreadable": 1}
    assert told["lines"] == [
        {"first_line": 1, "last_line": 2, "verdict": "status-not-fitting"},
        {"first_line": 3, "last_line": 6, "verdict": "ok"},
        {"first_line": 7, "last_line": 7, "verdict": "unreadable"},
    ]
    assert await units(dairy, batch) == {"APPLIED": 6}
    assert await faults(world) == {}


async def test_partial_without_anything_right_is_refused(dairy, world):
    batch = await dairy.batch(2)

    async with no_trace(world):
        answer = await dairy.step("introduce", runs=[run(batch, 0, 2)], partial=True)

    assert problem(answer) == "status-not-fitting"
    assert answer.json()["by_status"] == {"ISSUED": 2}


async def test_what_the_answer_has_no_room_for_comes_in_pages(dairy, world, monkeypatch):
    monkeypatch.setattr(actions, "MOST_TOLD", 4)
    batch = await dairy.batch(5)
    codes = await dairy.codes(batch)
    mixed = [line for code in codes for line in (code, "rubbish")]
    request = uuid4()

    told = made(await dairy.step("apply", request, codes=mixed, partial=True))
    pages = [await dairy.http.get(f"/requests/{request}/pages/{page}") for page in (1, 2, 3)]
    async with at_work(world, ALMATY_STORE) as other:
        others = await other.http.get(f"/requests/{request}/pages/1")

    assert told["more_pages"] == 2
    lines = [*told["lines"], *pages[0].json()["lines"], *pages[1].json()["lines"]]
    assert [line["first_line"] for line in lines] == list(range(1, 11))
    assert [line["verdict"] for line in lines] == ["ok", "unreadable"] * 5
    assert problem(pages[2]) == problem(others) == "unknown-page"


async def test_a_verification_code_that_is_shown_must_be_right(dairy, world):
    batch = await dairy.batch(2)
    code, other = await dairy.codes(batch)
    swapped = code.split(GS)[0] + GS + other.split(GS)[1]

    async with no_trace(world):
        answer = await dairy.step("apply", codes=[swapped])

    assert problem(answer) == "verification-failed"
    assert answer.json()["examples"] == [code.split(GS)[0]]


async def test_bodies_and_files_have_their_limits(dairy, world, monkeypatch):
    monkeypatch.setattr(goods, "MOST_LINES", 1_000)
    batch = await dairy.batch(1)
    lines = b"x\n" * 1_001

    async with no_trace(world):
        answers = [
            await dairy.step("apply", codes=["x"] * 30_001),
            await dairy.step("apply", runs=[run(batch, 0, 1)] * 10_001),
            await dairy.upload("apply", lines),
            await dairy.upload("apply", lines, kind="text/csv"),
        ]

    assert [answer.status_code for answer in answers] == [422, 422, 413, 413]
    assert answers[2].json()["limit"] == 1_000
    assert answers[2].json()["unit"] == "lines"


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("{batch},0", ["line 1"]),
        ("batch,first,count\n{batch},0,1\n{batch},-1,1\n{batch},1,0", ["line 3", "line 4"]),
        ("{batch},0,1\nnonsense,1,1\n", ["line 2"]),
        ("{batch},0,1,7\n", ["line 1"]),
        ("{batch},0,99999999999\n", ["line 1"]),
        ("{batch},²,1\n", ["line 1"]),
    ],
)
async def test_every_wrong_line_of_runs_is_told(dairy, world, lines, wrong):
    batch = await dairy.batch(3)

    async with no_trace(world):
        answer = await dairy.upload("apply", lines.format(batch=batch).encode(), kind="text/csv")

    assert problem(answer) == "request-invalid"
    assert [fault["where"] for fault in answer.json()["errors"]] == wrong


async def test_a_file_inside_a_form_is_refused(dairy, world):
    batch = await dairy.batch(1)
    [code] = await dairy.codes(batch)

    async with no_trace(world):
        answer = await dairy.http.put(
            f"/applications/{uuid4()}/file", files={"file": ("codes.txt", code)}
        )

    assert problem(answer) == "request-malformed"


@pytest.mark.parametrize("documents", ["[]", "{", "7", '{"a": NaN}'])
async def test_documents_beside_a_file_are_an_object(dairy, world, documents):
    batch = await dairy.batch(1)

    async with no_trace(world):
        answer = await dairy.upload(
            "introduce", f"{batch},0,1".encode(), kind="text/csv", documents=documents
        )

    assert problem(answer) == "request-invalid"
    assert answer.json()["errors"][0]["where"] == "query.documents"


async def test_a_repeat_of_a_file_is_told_by_its_bytes(dairy):
    batch = await dairy.batch(3)
    codes = await dairy.codes(batch)
    request = uuid4()

    first = await dairy.upload("apply", codes[0].encode(), request)
    again = await dairy.upload("apply", codes[0].encode(), request)
    other = await dairy.upload("apply", codes[1].encode(), request)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.text == again.text
    assert problem(other) == "request-id-reused"


async def test_goods_of_two_products_may_stand_in_one_list(dairy, world):
    await dairy.product("lp", CLOTHES, "Рубашка")
    codes = [
        *await dairy.codes(await dairy.batch(3)),
        *await dairy.codes(await dairy.batch(3, of=CLOTHES)),
    ]

    told = made(await dairy.step("apply", codes=codes[::2] + codes[1::2]))

    assert told["units"] == 6
    assert await history(dairy, codes[-1]) == [("REGISTERED", "ISSUED"), ("APPLIED", "APPLIED")]
    assert await faults(world) == {}
