"""Contents of packages over HTTP: counted at a glance, streamed whole, told to nobody else."""

from uuid import uuid4

import orjson
import pytest

from api.contents import ContentsAnswer
from tests.making import MILK, PRODUCED, at_work, gtin, made, problem, run
from tests.store.trade import sscc
from tests.world import ALMATY_STORE, BELARUS, BREST_STORE, KAZAKHSTAN, MINSK_DAIRY

KEFIR = gtin(11)
PALLET, CASE, OTHER_CASE, BARE = (sscc(number) for number in range(1, 5))
PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-11-01"}


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        await maker.product(code=KEFIR, name="Kefir")
        yield maker


async def pack(maker, *packages):
    body = {"packages": list(packages)}
    return made(await maker.http.put(f"/packings/{uuid4()}", json=body))


async def contents(http, package, **asked):
    return await http.post("/contents", json={"package": package, **asked})


async def pallet(maker) -> tuple[str, list[str]]:
    """A pallet of a case of milk, a case with a group pack of kefir in it, and one more milk."""
    milk, kefir = await maker.batch(20), await maker.batch(10, of=KEFIR)
    for batch, count in ((milk, 20), (kefir, 10)):
        made(await maker.step("apply", runs=[run(batch, 0, count)]))
        made(await maker.step("introduce", runs=[run(batch, 0, count)], lot=PRODUCED))
    codes, others = await maker.codes(milk), await maker.codes(kefir)
    await pack(
        maker,
        {"sscc": CASE, "contents": {"runs": [run(milk, 0, 6), run(milk, 10, 2)]}},
        {"code": others[0], "kind": "GROUP", "contents": {"runs": [run(kefir, 1, 4)]}},
        {"sscc": OTHER_CASE, "contents": {"codes": [others[0]], "runs": [run(kefir, 7, 1)]}},
        {"sscc": PALLET, "contents": {"packages": [CASE, OTHER_CASE], "codes": [codes[15]]}},
    )
    inside = [*codes[:6], *codes[10:12], codes[15], *others[:5], others[7]]
    return others[0], [code[:24] for code in inside]


async def test_a_package_tells_what_it_holds(dairy):
    pack_code, _ = await pallet(dairy)

    told = (await contents(dairy.http, PALLET)).json()

    ContentsAnswer.model_validate(told)
    assert (told["kind"], told["sscc"], told["parent"]) == ("TRANSPORT", PALLET, None)
    assert told["holder"]["name"] == MINSK_DAIRY.name
    assert (told["state_of_turnover"], told["transfer"], told["blocked"]) == ("BY", None, False)
    assert told["units"] == 15
    counted = {one["gtin"]: (one["status"], one["units"]) for one in told["summary"]}
    assert counted == {MILK: ("IN_CIRCULATION", 9), KEFIR: ("IN_CIRCULATION", 6)}
    assert [(one["sscc"], one["units"], one["level"]) for one in told["packages"]] == [
        (CASE, 8, 1),
        (OTHER_CASE, 6, 1),
    ]
    assert [(one["first"], one["count"]) for one in told["runs"]] == [(15, 1)]

    deep = (await contents(dairy.http, PALLET, depth=None)).json()
    [group] = [one for one in deep["packages"] if one["level"] == 2]
    assert (group["kind"], group["code"], group["units"]) == ("GROUP", pack_code[:24], 4)
    assert group["parent"] == {"kind": "TRANSPORT", "sscc": OTHER_CASE, "code": None}


async def test_a_pack_is_asked_for_by_its_code_and_says_what_it_lies_in(dairy):
    pack_code, _ = await pallet(dairy)

    told = (await contents(dairy.http, pack_code)).json()
    case = (await contents(dairy.http, f"]C100{OTHER_CASE}")).json()

    assert (told["kind"], told["code"], told["units"]) == ("GROUP", pack_code[:24], 4)
    assert told["parent"]["sscc"] == OTHER_CASE
    assert [(one["first"], one["count"]) for one in told["runs"]] == [(1, 4)]
    assert case["parent"]["sscc"] == PALLET
    assert [(one["first"], one["count"]) for one in case["runs"]] == [(7, 1)]


async def test_every_code_inside_is_streamed_once(dairy):
    _, inside = await pallet(dairy)

    text = await dairy.http.get(f"/packages/{PALLET}/codes")
    lines = await dairy.http.get(f"/packages/00{PALLET}/codes", params={"format": "ndjson"})
    again = await dairy.http.get(f"/packages/{PALLET}/codes")

    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert sorted(text.text.split("\n")[:-1]) == sorted(inside)
    assert [orjson.loads(line)["code"] for line in lines.content.split(b"\n")[:-1]] == (
        text.text.split("\n")[:-1]
    )
    assert again.content == text.content


async def test_registered_serials_are_streamed_like_others(dairy):
    batch = await dairy.batch(serials=["2aaaa!", '2b"bbb', "2cccc!"])
    made(await dairy.step("apply", runs=[run(batch, 0, 3)]))
    await pack(dairy, {"sscc": BARE, "contents": {"runs": [run(batch, 1, 2)]}})

    text = await dairy.http.get(f"/packages/{BARE}/codes")
    lines = await dairy.http.get(f"/packages/{BARE}/codes", params={"format": "ndjson"})

    codes = [f'01{MILK}212b"bbb', f"01{MILK}212cccc!"]
    assert text.text.split("\n")[:-1] == codes
    assert [orjson.loads(line)["code"] for line in lines.content.split(b"\n")[:-1]] == codes


async def test_whom_a_package_is_no_business_of_learns_nothing(world, dairy):
    await world.settle(BREST_STORE)
    pack_code, _ = await pallet(dairy)
    asked = (PALLET, CASE, sscc(99), pack_code, "rubbish", PALLET[:-1] + "9")

    async with world.as_(BREST_STORE) as stranger:
        answers = [await contents(stranger, package) for package in asked]
        answers += [await stranger.get(f"/packages/{one}/codes") for one in (PALLET, sscc(99))]
    async with world.as_(BELARUS) as operator, world.as_(KAZAKHSTAN) as elsewhere:
        allowed = await contents(operator, CASE)
        answers.append(await contents(elsewhere, CASE))

    assert {problem(answer) for answer in answers} == {"unknown-packages"}
    assert {answer.status_code for answer in answers} == {404}
    assert allowed.json()["holder"]["name"] == MINSK_DAIRY.name


async def test_whom_a_package_is_offered_to_may_look_into_it(world, dairy):
    _, inside = await pallet(dairy)
    receiver = {"member_state": "BY", "tax_id": BREST_STORE.tax_id}
    await world.settle(BREST_STORE)
    offer = {"kind": "SALE", "receiver": receiver, "goods": {"packages": [PALLET]}}
    made(await dairy.http.put(f"/transfers/{uuid4()}", json={**offer, "documents": [PAPER]}))

    async with world.as_(BREST_STORE) as store, world.as_(ALMATY_STORE) as other:
        told = (await contents(store, CASE)).json()
        codes = await store.get(f"/packages/{PALLET}/codes")
        refused = await contents(other, CASE)

    assert told["transfer"]
    assert told["units"] == 8
    assert len(codes.text.split("\n")) == len(inside) + 1
    assert problem(refused) == "unknown-packages"


@pytest.mark.parametrize("depth", [0, 7, "all"])
async def test_a_depth_beyond_what_there_can_be_is_refused(dairy, depth):
    assert problem(await contents(dairy.http, CASE, depth=depth)) == "request-invalid"


async def test_an_address_that_is_no_sscc_is_refused(dairy):
    assert problem(await dairy.http.get("/packages/17/codes")) == "request-invalid"
