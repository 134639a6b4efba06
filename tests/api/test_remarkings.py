from uuid import uuid4

import pytest

from api.remarkings import RemarkingReceipt, RemarkingRehearsal
from tests.making import at_work, faults, made, no_trace, problem, run
from tests.world import ALMATY_STORE, MINSK_DAIRY

ACT = {"kind": "OTHER", "name": "Act", "number": "5", "date": "2026-11-20"}
SPOILED = {"cause": "CODE_SPOILED_OR_LOST"}


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        yield maker
        assert await faults(world) == {}


async def remark(maker, pairs, request=None, **given):
    body = {**SPOILED, "pairs": [dict(zip(("new", "old"), pair, strict=False)) for pair in pairs]}
    params = {"dry_run": "true"} if given.pop("dry_run", False) else {}
    path = f"/remarkings/{request or uuid4()}"
    return await maker.http.put(path, json={**body, **given}, params=params)


async def applied(dairy, count: int) -> list[str]:
    batch = await dairy.batch(count, emission="REMARK")
    made(await dairy.step("apply", runs=[run(batch, 0, count)]))
    return await dairy.codes(batch)


async def test_goods_get_new_codes_once(dairy, world):
    old, new = await dairy.circulating(3), await applied(dairy, 3)
    request = uuid4()
    pairs = [(new[0], old[0]), (new[1], old[1]), (new[1], old[2])]

    async with no_trace(world):
        rehearsed = await remark(dairy, pairs, dry_run=True)
    told = made(await remark(dairy, pairs, request))
    async with no_trace(world):
        again = await remark(dairy, pairs, request)

    RemarkingRehearsal.model_validate(rehearsed.json())
    RemarkingReceipt.model_validate(told)
    assert (rehearsed.status_code, rehearsed.json()) == (200, {"dry_run": True, "units": 2})
    assert (told["units"], told["replaced"]) == (2, 3)
    assert (again.status_code, again.json()) == (200, told)
    verdicts = [
        (await dairy.http.post("/verify", json={"code": code})).json()["status"]
        for code in (old[0], old[2], new[0], new[1], new[2])
    ]
    assert verdicts == ["WITHDRAWN", "WITHDRAWN", "IN_CIRCULATION", "IN_CIRCULATION", "APPLIED"]


async def test_an_unreadable_code_is_replaced_by_the_word_of_a_document(dairy, world):
    new = await applied(dairy, 1)

    async with no_trace(world):
        without = await remark(dairy, [(new[0],)])
    told = made(await remark(dairy, [(new[0], None)], document=ACT))

    assert (without.status_code, problem(without)) == (422, "primary-document-not-fitting")
    assert (told["units"], told["replaced"]) == (1, 0)


async def test_a_remarking_that_a_rule_forbids_is_refused_without_a_trace(dairy, world):
    old, new = await dairy.circulating(3), await applied(dairy, 3)
    pair = (new[0], old[0])
    wrong = [
        ([], {}, 400, "no-goods"),
        ([pair], {"cause": "WHIM"}, 422, "unknown-reason"),
        ([pair], {"cause": "RETAIL_RETURN", "document": ACT}, 422, "old-code-not-fitting"),
        ([(new[0],)], {"cause": "DESCRIPTION_ERRORS"}, 422, "old-code-not-fitting"),
        ([pair], {"document": {**ACT, "date": "2199-01-01"}}, 422, "document-date-in-future"),
        ([pair], {"occurred_at": "2199-01-01T00:00:00Z"}, 422, "occurred-in-future"),
        ([pair], {"colour": "red"}, 422, "request-invalid"),
        ([("x" * 501, old[0])], {}, 422, "request-invalid"),
        ([pair] * 15_001, {}, 422, "request-invalid"),
        ([("rubbish", old[0])], {}, 400, "unreadable-codes"),
        ([(new[0], "rubbish")], {}, 400, "unreadable-codes"),
        ([(old[1], old[0])], {}, 409, "status-not-fitting"),
        ([(new[0], new[1]), (new[2], new[0])], {}, 422, "codes-repeated"),
        ([pair, (new[1], old[0])], {}, 422, "codes-repeated"),
    ]

    async with no_trace(world):
        answers = [await remark(dairy, pairs, **given) for pairs, given, _, _ in wrong]
        async with at_work(world, ALMATY_STORE) as store:
            strange = await remark(store, [pair])

    told = [(one.status_code, problem(one)) for one in answers]
    assert told == [(status, slug) for _, _, status, slug in wrong]
    assert problem(strange) == "unknown-codes"


async def test_a_new_code_is_put_on_goods_once(dairy, world):
    batch, new = await dairy.batch(2), await applied(dairy, 1)
    made(await dairy.step("apply", runs=[run(batch, 0, 2)]))
    old = await dairy.codes(batch)
    made(await remark(dairy, [(new[0], old[0])]))  # it is applied still, as the old one was

    async with no_trace(world):
        again = await remark(dairy, [(new[0], old[1])])
        rehearsed = await remark(dairy, [(new[0], None)], document=ACT, dry_run=True)

    assert (again.status_code, problem(again)) == (409, "new-code-in-use")
    assert problem(rehearsed) == "new-code-in-use"
