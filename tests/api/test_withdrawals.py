import json
from uuid import uuid4

import pytest

from api.lifecycle import StepReceipt, StepRehearsal
from tests.making import at_work, faults, made, no_trace, problem, run
from tests.world import ALMATY_STORE, MINSK_DAIRY

SSCC = "146070950831234560"
ACT = {"kind": "DESTRUCTION_ACT", "number": "17", "date": "2026-11-20"}
ORDER = {"kind": "OTHER", "name": "Order", "number": "4", "date": "2026-11-20"}
DESTROYED = {"reason": "DESTRUCTION", "document": ACT}
OWN_USE = {"reason": "OWN_USE", "document": ORDER}


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker
        assert await faults(world) == {}


async def leave(maker, request=None, *, path="withdrawals", params=None, **given):
    return await maker.http.put(f"/{path}/{request or uuid4()}", json=given, params=params)


async def come_back(maker, request=None, **given):
    return await leave(maker, request, path="restorations", **{"document": ORDER, **given})


async def upload(maker, content: str, kind: str = "text/plain", **params):
    headers = {"Content-Type": kind}
    path = f"/withdrawals/{uuid4()}/file"
    return await maker.http.put(path, content=content.encode(), params=params, headers=headers)


async def status(dairy, code: str) -> str:
    return (await dairy.http.post("/verify", json={"code": code})).json()["status"]


async def test_goods_leave_once_and_come_back_once(dairy, world):
    codes = await dairy.circulating(5)
    left, restored = uuid4(), uuid4()

    first = made(await leave(dairy, left, codes=codes[:3], place="Kiln 1", **OWN_USE))
    async with no_trace(world):
        again = await leave(dairy, left, codes=codes[:3], place="Kiln 1", **OWN_USE)

    StepReceipt.model_validate(first)
    assert (first["units"], first["refused"]) == (3, 0)
    assert (again.status_code, again.json()) == (200, first)
    assert await status(dairy, codes[0]) == "WITHDRAWN"

    back = made(await come_back(dairy, restored, codes=codes[:2], corrects=first["event"]))
    async with no_trace(world):
        again = await come_back(dairy, restored, codes=codes[:2], corrects=first["event"])

    assert back["units"] == 2
    assert (again.status_code, again.json()) == (200, back)
    assert [await status(dairy, code) for code in codes[1:3]] == ["IN_CIRCULATION", "WITHDRAWN"]


async def test_a_package_leaves_and_comes_back_with_its_contents(dairy):
    codes = await dairy.circulating(6)
    packing = {"packages": [{"sscc": SSCC, "contents": {"codes": codes[:4]}}]}
    made(await dairy.http.put(f"/packings/{uuid4()}", json=packing))

    inside = await leave(dairy, codes=codes[:1], **OWN_USE)
    left = made(await leave(dairy, packages=[f"(00){SSCC}"], codes=codes[5:], **OWN_USE))
    back = made(await come_back(dairy, packages=[SSCC]))

    assert (inside.status_code, problem(inside)) == (409, "goods-held-back")
    assert inside.json()["by_reason"] == {"in-package": 1}
    assert (left["units"], back["units"]) == (5, 4)


async def test_goods_of_a_file_leave(dairy, world):
    codes = await dairy.circulating(30)
    batch = (await dairy.http.get("/batches")).json()["batches"][0]["batch"]
    paper = {f"document_{name}": told for name, told in ACT.items()}

    of_codes = await upload(dairy, "\n".join(codes[:10]), reason="DESTRUCTION", **paper)
    of_runs = await upload(dairy, f"{batch},20,5\n", "text/csv", reason="DESTRUCTION", **paper)
    partial = await upload(
        dairy, f"{codes[9]}\n{codes[10]}\nrubbish", reason="KM_LOST", partial="true"
    )
    async with no_trace(world):
        half_a_paper = await upload(dairy, codes[11], reason="OWN_USE", document_number="4")
        no_reason = await upload(dairy, codes[11])
        rehearsed = await upload(dairy, codes[11], reason="DESTRUCTION", dry_run="true", **paper)

    assert (made(of_codes)["units"], made(of_runs)["units"]) == (10, 5)
    assert (partial.status_code, problem(partial)) == (400, "unreadable-codes")
    assert problem(half_a_paper) == problem(no_reason) == "request-invalid"
    StepRehearsal.model_validate(rehearsed.json())
    assert (rehearsed.status_code, rehearsed.json()["units"]) == (200, 1)


async def test_a_part_of_the_list_leaves_and_each_line_is_told(dairy, world):
    codes = await dairy.circulating(5)
    given = {"codes": [codes[0], "rubbish", codes[1], codes[0]], "partial": True, **DESTROYED}

    async with no_trace(world):
        rehearsed = (await leave(dairy, params={"dry_run": "true"}, **given)).json()
    told = made(await leave(dairy, **given))

    reasons = {"repeated": 1, "unreadable": 1}
    assert (rehearsed["units"], rehearsed["refused_by_reason"]) == (2, reasons)
    assert (told["units"], told["refused_by_reason"]) == (2, reasons)
    assert [line["verdict"] for line in told["lines"]] == ["ok", "unreadable", "ok", "repeated"]


WRONG = [
    ({}, 422, "request-invalid"),
    ({"reason": "WHIM"}, 422, "unknown-reason"),
    ({"reason": "DISSOLVED"}, 422, "reason-reserved"),
    ({"reason": "MEDICAL_USE", "document": ORDER}, 422, "reason-not-for-group"),
    ({"reason": "OWN_USE"}, 422, "primary-document-not-fitting"),
    ({"reason": "OWN_USE", "document": ACT}, 422, "primary-document-not-fitting"),
    ({**DESTROYED, "document": {**ACT, "date": "2199-01-01"}}, 422, "document-date-in-future"),
    ({**DESTROYED, "document": {**ACT, "issuer_tax_id": "1"}}, 422, "tax-id-malformed"),
    ({**OWN_USE, "document": {**ORDER, "name": None}}, 422, "document-incomplete"),
    ({**OWN_USE, "destination": "KZ"}, 422, "destination-not-fitting"),
    ({**OWN_USE, "reason": "EXPORT_TO_MEMBER_STATE"}, 422, "destination-missing"),
    ({**OWN_USE, "destination": "UZ"}, 422, "request-invalid"),
    ({**OWN_USE, "parts": {"taken": 1, "of": 2}}, 422, "fraction-not-allowed"),
    ({**OWN_USE, "parts": {"taken": 0, "of": 2}}, 422, "request-invalid"),
    ({**OWN_USE, "parts": {"taken": 1, "of": 2}, "packages": [SSCC]}, 422, "request-invalid"),
    ({**OWN_USE, "occurred_at": "2199-01-01T00:00:00Z"}, 422, "occurred-in-future"),
    ({**OWN_USE, "colour": "red"}, 422, "request-invalid"),
    ({**OWN_USE, "packages": [SSCC]}, 404, "unknown-packages"),
    ({**OWN_USE, "packages": ["1"]}, 400, "sscc-invalid"),
    ({**OWN_USE, "packages": [SSCC, f"00{SSCC}"]}, 400, "packages-repeated"),
    ({**OWN_USE, "codes": []}, 400, "no-goods"),
    ({**OWN_USE, "codes": ["rubbish"]}, 400, "unreadable-codes"),
    ({**OWN_USE, "codes": ["x"] * 30_001}, 422, "request-invalid"),
    ({**OWN_USE, "packages": [SSCC] * 10_001}, 422, "request-invalid"),
]


async def test_a_withdrawal_that_a_rule_forbids_is_refused_without_a_trace(dairy, world):
    [code] = await dairy.circulating(1)

    async with no_trace(world):
        answers = [await leave(dairy, **{"codes": [code], **given}) for given, _, _ in WRONG]

    told = [(one.status_code, problem(one)) for one in answers]
    assert told == [(code, slug) for _, code, slug in WRONG]


async def test_what_is_not_there_to_leave_or_to_come_back(dairy, world):
    codes = await dairy.circulating(4)
    left = made(await leave(dairy, codes=codes[:1], **DESTROYED))
    kept = made(await leave(dairy, codes=codes[1:2], **OWN_USE))

    async with no_trace(world):
        async with at_work(world, ALMATY_STORE) as store:
            strange = [
                await leave(store, codes=codes[2:], **OWN_USE),
                await come_back(store, codes=codes[1:2]),
            ]
        twice = await leave(dairy, codes=codes[:1], **DESTROYED)
        for_good = await come_back(dairy, codes=codes[:1])
        not_gone = await come_back(dairy, codes=codes[2:])
        wrong_event = await come_back(dairy, codes=codes[1:2], corrects=left["event"])
        beyond = await come_back(dairy, codes=codes[1:2], corrects=2**63)

    assert {problem(one) for one in strange} == {"unknown-codes"}
    assert (twice.status_code, problem(twice)) == (409, "status-not-fitting")
    assert (for_good.status_code, problem(for_good)) == (409, "not-restorable")
    assert problem(not_gone) == "status-not-fitting"
    assert (wrong_event.status_code, problem(wrong_event)) == (422, "correction-not-fitting")
    assert problem(beyond) == "request-invalid"
    assert made(await come_back(dairy, codes=codes[1:2], corrects=kept["event"]))["units"] == 1


async def test_export_is_withdrawn_only_to_where_codes_are_not_recognised(dairy):
    codes = await dairy.circulating(2)
    batch = (await dairy.http.get("/batches")).json()["batches"][0]["batch"]
    note = {"kind": "CONSIGNMENT_NOTE", "number": "1", "date": "2026-11-20"}
    export = {"reason": "EEC_EXPORT", "document": note, "runs": [run(batch, 0, 1)]}

    told = made(await leave(dairy, **export, destination="KG"))

    assert told["units"] == 1
    history = (await dairy.http.post("/history", json={"code": codes[0]})).json()["events"]
    assert history[-1]["kind"] == "WITHDRAWN"
    assert "KG" in json.dumps(history[-1])
