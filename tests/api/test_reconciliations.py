"""What a participant says to hold against the registry, over HTTP."""

from uuid import uuid4

import pytest

from api.reconciliations import Reconciled
from domain.reconciliation import actions, goods, outcome
from tests.making import MILK, PRODUCED, at_work, gtin, made, problem, run
from tests.store.trade import sscc
from tests.world import BELARUS, BREST_STORE, MINSK_DAIRY

KEFIR = gtin(11)
CASE, OTHER_CASE, PALLET, STRANGE = (sscc(number) for number in range(1, 5))
PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-11-01"}
KINDS = (
    "surplus",
    "wrong_holder",
    "wrong_state",
    "wrong_package",
    "unreadable",
    "repeated",
    "outside",
)


class Warehouse:
    """Twenty milks: 0 to 5 in a case, 6 to 8 in another on a pallet, the rest loose."""

    def __init__(self, maker, batch, codes):
        self.maker, self.batch, self.codes = maker, batch, codes

    async def compare(self, codes=(), packages=(), **only):
        body = {"codes": list(codes), "packages": list(packages), **only}
        answer = await self.maker.http.post("/reconciliations", json=body)
        assert answer.status_code == 200, answer.text
        Reconciled.model_validate(answer.json())
        return answer.json()

    async def upload(self, *lines, **only):
        content = "".join(f"{line}\n" for line in lines).encode()
        headers = {"Content-Type": "text/plain"}
        answer = await self.maker.http.post(
            "/reconciliations/file", content=content, params=only, headers=headers
        )
        assert answer.status_code == 200, answer.text
        Reconciled.model_validate(answer.json())
        return answer.json()

    @property
    def bare(self):
        return [code[:24] for code in self.codes]


@pytest.fixture
async def dairy(world):
    await world.settle(BREST_STORE)
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product()
        await maker.product(code=KEFIR, name="Kefir")
        yield maker


async def pack(maker, *packages):
    made(await maker.http.put(f"/packings/{uuid4()}", json={"packages": list(packages)}))


@pytest.fixture
async def stock(dairy):
    batch = await dairy.batch(25)
    made(await dairy.step("apply", runs=[run(batch, 0, 20)]))
    made(await dairy.step("introduce", runs=[run(batch, 0, 20)], lot=PRODUCED))
    await pack(
        dairy,
        {"sscc": CASE, "contents": {"runs": [run(batch, 0, 6)]}},
        {"sscc": OTHER_CASE, "contents": {"runs": [run(batch, 6, 3)]}},
        {"sscc": PALLET, "contents": {"packages": [OTHER_CASE]}},
    )
    return Warehouse(dairy, batch, await dairy.codes(batch))


def faults(told):
    return {kind: told[kind]["lines"] for kind in KINDS if told[kind]["lines"]}


def missing(told):
    found = told["missing"]
    packages = [(one["sscc"], one["units"]) for one in found["packages"]]
    runs = [(one["first"], one["count"]) for one in found["runs"]]
    return found["units"], packages, runs


def not_genuine(code):
    return code[:-1] + ("A" if code[-1] != "A" else "B")


async def test_who_uploads_all_that_is_there_misses_nothing(stock):
    told = await stock.compare(stock.codes[9:20], [CASE, PALLET])

    assert told["lines"] == 13
    assert told["matched"] == 20
    assert faults(told) == {}
    assert missing(told) == (0, [], [])


async def test_what_no_line_names_is_missing(stock):
    told = await stock.compare([*stock.bare[1:3], *stock.bare[10:12], stock.codes[19]])

    assert told["matched"] == 5
    assert missing(told) == (15, [(PALLET, 3)], [(0, 1), (3, 3), (9, 1), (12, 7)])
    assert {one["batch"] for one in told["missing"]["runs"]} == {str(stock.batch)}


async def test_an_upload_of_a_package_inside_another_leaves_the_rest_missing(stock):
    await pack(stock.maker, {"sscc": PALLET, "contents": {"runs": [run(stock.batch, 9, 2)]}})

    told = await stock.compare([], [OTHER_CASE, CASE])

    assert told["matched"] == 9
    assert missing(told) == (11, [], [(9, 11)])


async def test_each_line_is_counted_under_its_gravest_fault(stock, world):
    sold = stock.bare[12]
    offer = {"kind": "SALE", "goods": {"codes": [sold, stock.bare[13]]}, "documents": [PAPER]}
    offer["receiver"] = {"member_state": "BY", "tax_id": BREST_STORE.tax_id}
    transfer = made(await stock.maker.http.put(f"/transfers/{uuid4()}", json=offer))["transfer"]
    async with world.as_(BREST_STORE) as store:
        answer = {"goods": {"codes": [sold]}, "assurance": "TRUSTING"}
        made(await store.put(f"/transfers/{transfer}/acceptances/{uuid4()}", json=answer))
    never = f"01{MILK}212zzzzz"
    wrong = not_genuine(stock.codes[14])

    told = await stock.compare(
        [
            stock.bare[9],
            stock.bare[9],
            sold,
            stock.bare[13],
            stock.bare[22],
            never,
            "rubbish",
            wrong,
        ],
        [PALLET, OTHER_CASE, PALLET, STRANGE],
    )

    assert faults(told) == {
        "surplus": 3,
        "wrong_holder": 1,
        "wrong_state": 2,
        "unreadable": 1,
        "repeated": 3,
    }
    assert told["matched"] == 1 + 3
    assert told["wrong_holder"]["examples"] == [
        {
            "line": 3,
            "code": sold,
            "sscc": None,
            "holder": told["wrong_holder"]["examples"][0]["holder"],
        }
    ]
    assert told["wrong_holder"]["examples"][0]["holder"]["name"] == BREST_STORE.name
    assert told["wrong_state"]["by_state"] == {"in-transfer": 1, "not-applied": 1}
    assert [(one["line"], one["state"]) for one in told["wrong_state"]["examples"]] == [
        (4, "in-transfer"),
        (5, "not-applied"),
    ]
    surplus = {one["code"] or one["sscc"] for one in told["surplus"]["examples"]}
    assert surplus == {never, stock.bare[14], STRANGE}
    assert [one["line"] for one in told["repeated"]["examples"]] == [2, 2, 3]
    assert (told["missing"]["units"], told["missing"]["in_transfer"]) == (14, 0)


async def test_goods_that_were_offered_and_not_uploaded_are_told_apart(stock):
    offer = {"kind": "SALE", "documents": [PAPER]}
    offer["receiver"] = {"member_state": "BY", "tax_id": BREST_STORE.tax_id}
    goods = {"packages": [CASE], "codes": stock.codes[9:11]}
    made(await stock.maker.http.put(f"/transfers/{uuid4()}", json={**offer, "goods": goods}))

    nothing = await stock.compare([stock.codes[11]])
    package = await stock.compare([stock.codes[9]], [CASE])

    assert (nothing["missing"]["units"], nothing["missing"]["in_transfer"]) == (19, 8)
    assert (package["missing"]["units"], package["missing"]["in_transfer"]) == (13, 1)
    assert package["matched"] == 0
    assert package["wrong_state"]["by_state"] == {"in-transfer": 7}
    states = [one["states"] for one in package["wrong_state"]["examples"] if one["sscc"]]
    assert states == [{"in-transfer": 6}]


async def test_a_file_says_what_lies_in_what(stock):
    told = await stock.upload(
        f"{CASE}\t{stock.codes[0]}",  # right
        f"{OTHER_CASE}\t{stock.codes[1]}",  # in another case
        f"\t{stock.codes[2]}",  # in a case, not loose
        f"{CASE}\t{stock.codes[9]}",  # loose, in no case
        f"\t{stock.codes[10]}",  # right
        f"{PALLET}\t{OTHER_CASE}",  # right
        f"{STRANGE}\t{stock.codes[3]}",  # in no such case
        stock.codes[4],  # says nothing of where it is
        "a\tb\tc",
        f"{CASE}\t",
        CASE[:-1] + str((int(CASE[-1]) + 1) % 10),
    )

    assert told["lines"] == 11
    assert faults(told) == {"wrong_package": 4, "unreadable": 3}
    assert told["matched"] == 3 + 3
    assert [
        (one["line"], one["package"] and one["package"]["sscc"])
        for one in told["wrong_package"]["examples"]
    ] == [
        (2, CASE),
        (3, CASE),
        (4, None),
        (7, CASE),
    ]
    assert [one["line"] for one in told["unreadable"]["examples"]] == [9, 10, 11]
    assert told["missing"]["units"] == 20 - 7 - 3


async def test_a_pallet_said_to_be_elsewhere_is_in_the_wrong_package(stock):
    told = await stock.upload(f"{CASE}\t{PALLET}", f"\t{OTHER_CASE}")

    assert faults(told) == {"wrong_package": 1, "repeated": 1}
    [example] = told["wrong_package"]["examples"]
    assert (example["sscc"], example["package"]) == (PALLET, None)


async def test_the_code_of_a_pack_stands_for_what_is_in_it(stock):
    kefir = await stock.maker.circulating(6, of=KEFIR)
    await pack(
        stock.maker,
        {"code": kefir[0], "kind": "GROUP", "contents": {"codes": kefir[1:5]}},
    )

    whole = await stock.compare([kefir[0], kefir[2]], gtin=KEFIR)
    inner = await stock.compare(kefir[1:3], gtin=KEFIR)
    nothing = await stock.compare([kefir[5]], gtin=KEFIR)

    assert (whole["matched"], faults(whole)) == (5, {"repeated": 1})
    assert whole["missing"]["units"] == 1
    assert (inner["matched"], inner["missing"]["units"]) == (2, 4)
    assert [(one["first"], one["count"]) for one in inner["missing"]["runs"]] == [
        (0, 1),
        (3, 3),
    ]
    [package] = nothing["missing"]["packages"]
    assert (package["code"], package["units"]) == (kefir[0][:24], 4)
    assert nothing["missing"]["units"] == 5


async def test_a_comparison_is_restricted_to_what_was_asked_about(stock):
    kefir = await stock.maker.circulating(3, of=KEFIR)
    asked = [*kefir[:2], *stock.codes[9:12]]

    told = {
        name: await stock.compare(asked, [CASE], **only)
        for name, only in {
            "gtin": {"gtin": KEFIR},
            "group": {"product_group": "milk"},
            "batch": {"batch": str(stock.batch)},
        }.items()
    }

    assert (told["gtin"]["matched"], faults(told["gtin"])) == (2, {"outside": 3})
    assert missing(told["gtin"]) == (1, [], [(2, 1)])
    assert (told["group"]["matched"], faults(told["group"])) == (11, {})
    assert told["group"]["missing"]["units"] == 12
    assert (told["batch"]["matched"], faults(told["batch"])) == (9, {"outside": 2})
    assert missing(told["batch"]) == (11, [(PALLET, 3)], [(12, 8)])


async def test_portions_of_any_size_find_the_same(stock, monkeypatch):
    asked = [*stock.bare[1:8:3], *stock.bare[9:20:4]]
    whole = await stock.compare(asked)
    monkeypatch.setattr(goods, "PORTION", 3)
    monkeypatch.setattr(actions, "GAPS", 1)
    monkeypatch.setattr(actions, "LARGE", 1)
    in_portions = await stock.compare(asked)
    monkeypatch.setattr(actions, "MOST_TOLD", 1)
    first = await stock.compare(asked)
    monkeypatch.setattr(outcome, "MOST_TOLD", 1)
    none_right = await stock.compare(["rubbish", "nonsense"], [STRANGE, CASE, CASE])

    assert whole["missing"]["units"] == 20 - len(asked)
    assert in_portions == whole
    assert missing(first) == (whole["missing"]["units"], [], [(10, 3)])
    assert none_right["unreadable"]["lines"] == 2
    assert len(none_right["unreadable"]["examples"]) == 1


async def test_a_package_full_of_gaps_tells_the_first_of_them(stock, monkeypatch):
    monkeypatch.setattr(actions, "MOST_TOLD", 2)

    told = await stock.compare([*stock.bare[1:6:2], *stock.bare[9:20]], [PALLET])

    assert missing(told) == (3, [], [(0, 1), (2, 1)])


async def test_goods_of_others_are_told_like_codes_that_were_never_issued(world, stock):
    never = f"01{MILK}212zzzzz"
    bare = stock.bare[9]
    shown = [bare, not_genuine(stock.codes[10]), stock.bare[22], bare.swapcase(), never]
    async with world.as_(BREST_STORE) as store, world.as_(BELARUS) as operator:
        told = []
        for only in ({}, {"gtin": KEFIR}, {"gtin": MILK}, {"batch": str(stock.batch)}):
            for code in shown:
                body = {"codes": [code, code], "packages": [CASE], **only}
                answer = (await store.post("/reconciliations", json=body)).json()
                for one in answer["surplus"]["examples"]:
                    one["code"] = None
                told.append(answer)
        label = await store.post("/reconciliations", json={"codes": [stock.codes[9]]})
        overseer = await operator.post(
            "/reconciliations", json={"codes": [bare], "packages": [CASE]}
        )

    assert all(one == told[0] for one in told)
    assert faults(told[0]) == {"surplus": 3}
    assert label.json()["wrong_holder"]["examples"][0]["holder"] is None
    known = [one["holder"]["name"] for one in overseer.json()["wrong_holder"]["examples"]]
    assert known == [MINSK_DAIRY.name] * 2


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({}, "no-goods"),
        ({"packages": ["17"]}, "sscc-invalid"),
        ({"codes": ["x"], "product_group": "unicorns"}, "unknown-product-group"),
        ({"codes": ["x"], "gtin": "17"}, "request-invalid"),
        ({"codes": ["x"] * 30_001}, "request-invalid"),
    ],
)
async def test_a_list_that_cannot_be_compared_is_refused(dairy, body, slug):
    assert problem(await dairy.http.post("/reconciliations", json=body)) == slug


async def test_a_file_that_cannot_be_compared_is_refused(dairy):
    headers = {"Content-Type": "text/plain"}
    for content, slug in ((b"", "no-goods"), (b"\n\n", "no-goods"), (b"\xff", "request-malformed")):
        answer = await dairy.http.post("/reconciliations/file", content=content, headers=headers)
        assert problem(answer) == slug
