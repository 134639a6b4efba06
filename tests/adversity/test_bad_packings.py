"""What is not packed or unpacked: each refused for its own reason, and without a trace."""

from uuid import uuid4

import pytest

from tests.adversity.packings import box, coded, pack, put, report, sscc
from tests.making import MILK, at_work, gtin, made, no_trace, problem, run
from tests.world import ALMATY_STORE, BELARUS, KAZAKHSTAN, MINSK_DAIRY

KEFIR, MULTIPACK, CANDY_BOX, PERFUME, KIT, TITAN = map(gtin, range(11, 17))
PRODUCTS = (
    ("milk", MILK),
    ("milk", KEFIR),
    ("milk", MULTIPACK),
    ("sweets", CANDY_BOX),
    ("perfumery", PERFUME),
    ("perfumery", KIT),
    ("titan", TITAN),
)
DECREE = {"in_force": True, "valid_from": "2026-01-01", "decision": "Order 1"}
PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-11-01"}
WRONG_DIGIT = "146070950831234561"


@pytest.fixture
async def dairy(world):
    async with world.as_(BELARUS) as operator:
        for group in ("sweets", "titan", "perfumery"):
            declaration = f"/product-groups/{group}/declarations/{uuid4()}"
            made(await operator.put(declaration, json=DECREE))
    async with world.as_(KAZAKHSTAN) as operator:
        made(await operator.put(f"/product-groups/milk/declarations/{uuid4()}", json=DECREE))
    async with at_work(world, MINSK_DAIRY) as maker:
        for group, code in PRODUCTS:
            await maker.product(group, code)
        await world.app.state.secrets.keyring()  # made when it is first asked for
        yield maker


@pytest.fixture
async def store(world):
    async with at_work(world, ALMATY_STORE) as maker:
        yield maker


async def sell_to_almaty(dairy, store, codes):
    """Codes that the store holds from now on, in turnover in Kazakhstan."""
    transfer = uuid4()
    await offer(dairy, {"codes": codes}, transfer)
    answer = {"all": True, "assurance": "TRUSTING"}
    made(await store.http.put(f"/transfers/{transfer}/acceptances/{uuid4()}", json=answer))


async def offer(dairy, goods, transfer):
    receiver = {"member_state": "KZ", "tax_id": ALMATY_STORE.tax_id}
    body = {"kind": "SALE", "receiver": receiver, "goods": goods, "documents": [PAPER]}
    made(await dairy.http.put(f"/transfers/{transfer}", json=body))


async def test_an_sscc_with_a_wrong_check_digit(world, dairy):
    codes = await dairy.circulating(1)

    async with no_trace(world):
        answers = [
            await pack(dairy, box(WRONG_DIGIT, codes=codes)),
            await pack(dairy, box(sscc(), packages=[WRONG_DIGIT])),
            await put(dairy, "unpackings", packages=[WRONG_DIGIT]),
            await report(dairy, (WRONG_DIGIT, codes[0])),
        ]

    assert [problem(one) for one in answers] == ["sscc-invalid"] * 3 + ["line-report-invalid"]
    assert answers[0].json()["examples"] == [WRONG_DIGIT]
    assert "check digit" in answers[3].json()["errors"][0]["what"]


async def test_an_sscc_that_is_alive_with_another_participant(world, dairy, store):
    codes = await dairy.circulating(2)
    case = sscc()
    made(await pack(dairy, box(case, codes=codes[:1])))
    await sell_to_almaty(dairy, store, codes[1:])

    async with no_trace(world):
        answer = await pack(store, box(case, codes=codes[1:]))
        inside = await pack(store, box(sscc(), packages=[case]))
        unpacked = await put(store, "unpackings", packages=[case])

    assert (answer.status_code, problem(answer)) == (409, "sscc-still-alive")
    assert answer.json()["examples"] == [case]
    assert [problem(one) for one in (inside, unpacked)] == ["unknown-packages"] * 2


async def test_a_package_inside_itself_through_three_levels(world, dairy):
    codes = await dairy.circulating(3)
    outer, middle, inner = sscc(), sscc(), sscc()
    made(await pack(dairy, box(middle, packages=[inner]), box(inner, codes=codes[:1])))

    async with no_trace(world):
        standing = await pack(dairy, box(outer, packages=[middle]), box(inner, packages=[outer]))
        fresh = [sscc(), sscc(), sscc()]
        circle = [box(fresh[at], packages=[fresh[at - 1]]) for at in range(3)]
        at_once = await pack(dairy, *circle)
        told = await report(dairy, *((fresh[at], fresh[at - 1]) for at in range(3)))
        alone = await pack(dairy, box(fresh[0], packages=[fresh[0]]))

    answers = (standing, at_once, told, alone)
    assert {(one.status_code, problem(one)) for one in answers} == {(422, "package-inside-itself")}
    assert set(standing.json()["packages"]) == {outer, middle, inner}


async def test_more_than_six_levels(world, dairy):
    codes = await dairy.circulating(1)
    names = [sscc() for _ in range(7)]
    nested = [box(names[at], packages=[names[at + 1]]) for at in range(6)]

    async with no_trace(world):
        answer = await pack(dairy, *nested, box(names[6], codes=codes))

    assert (problem(answer), answer.json()["most"]) == ("nested-too-deep", 6)
    made(await pack(dairy, *nested[1:], box(names[6], codes=codes)))


@pytest.mark.parametrize("contents", [{}, {"codes": [], "packages": []}])
async def test_a_package_without_contents(world, dairy, contents):
    async with no_trace(world):
        answer = await pack(dairy, box(sscc(), **contents))
        nothing = await put(dairy, "unpackings")

    assert (answer.status_code, problem(answer)) == (400, "packages-without-contents")
    assert problem(nothing) == "no-goods"


async def test_goods_that_are_not_held(world, dairy, store):
    codes = await dairy.circulating(3)
    await sell_to_almaty(dairy, store, codes[:1])

    async with no_trace(world):
        answer = await pack(dairy, box(sscc(), codes=codes))
        guess = await pack(store, box(sscc(), codes=codes[1:]))
        out = await put(store, "unpackings", codes=codes[1:])

    assert {problem(one) for one in (answer, guess, out)} == {"unknown-codes"}
    assert answer.json()["examples"] == [codes[0].split("\x1d")[0]]


async def test_goods_that_are_only_ordered_or_gone(world, dairy):
    batch = await dairy.batch(3)
    made(await dairy.step("apply", runs=[run(batch, 0, 2)]))
    made(await dairy.step("cancel", runs=[run(batch, 0, 1)]))

    async with no_trace(world):
        answer = await pack(dairy, box(sscc(), runs=[run(batch, 0, 3)]))

    assert (answer.status_code, problem(answer)) == (409, "status-not-fitting")
    assert answer.json()["by_status"] == {"CANCELLED": 1, "ISSUED": 1}


async def test_goods_in_a_transfer_and_packages_with_them(world, dairy):
    codes = await dairy.circulating(4)
    case, other = sscc(), sscc()
    made(await pack(dairy, box(case, codes=codes[:1]), box(other, codes=codes[1:2])))
    await offer(dairy, {"codes": codes[2:3], "packages": [case]}, uuid4())

    async with no_trace(world):
        loose = await pack(dairy, box(sscc(), codes=codes[2:]))
        into = await pack(dairy, box(case, codes=codes[3:]))
        inside = await pack(dairy, box(sscc(), packages=[case]))
        ended = await put(dairy, "unpackings", packages=[case])
        out = await put(dairy, "unpackings", codes=codes[:1])

    assert [problem(one) for one in (loose, out)] == ["goods-held-back"] * 2
    assert [problem(one) for one in (into, inside, ended)] == ["packages-held-back"] * 3
    assert into.json()["by_reason"] == {"in-transfer": 1}
    assert into.json()["examples"] == [case]


async def test_goods_that_lie_in_another_package(world, dairy):
    codes = await dairy.circulating(3)
    case, pallet = sscc(), sscc()
    made(await pack(dairy, box(pallet, packages=[case]), box(case, codes=codes[:2])))

    async with no_trace(world):
        units = await pack(dairy, box(sscc(), codes=codes))
        packages = await pack(dairy, box(sscc(), packages=[case]))

    assert (problem(units), units.json()["by_reason"]) == ("goods-held-back", {"in-package": 2})
    assert packages.json()["by_reason"] == {"in-package": 1}


async def test_goods_that_are_named_twice(world, dairy):
    batch = await dairy.batch(4)
    made(await dairy.step("apply", runs=[run(batch, 0, 4)]))
    codes = await dairy.codes(batch)
    first, second = sscc(), sscc()

    async with no_trace(world):
        scans = await pack(dairy, box(first, codes=codes[:2]), box(second, codes=codes[1:]))
        runs = await pack(
            dairy, box(first, runs=[run(batch, 0, 3)]), box(second, runs=[run(batch, 2, 2)])
        )
        mixed = await pack(dairy, box(first, runs=[run(batch, 0, 3)]), box(second, codes=codes))
        twice = await pack(dairy, box(first, codes=codes[:1]), box(first, codes=codes[1:]))
        two = await pack(dairy, box(first, packages=[second]), box(sscc(), packages=[second]))

    assert [problem(one) for one in (scans, runs, mixed)] == ["codes-repeated"] * 3
    assert [problem(one) for one in (twice, two)] == ["packages-repeated"] * 2


async def test_a_group_pack_of_two_products(world, dairy):
    milk, kefir = await dairy.circulating(4), await dairy.circulating(1, of=KEFIR)
    packs = await dairy.circulating(3, of=MULTIPACK)

    async with no_trace(world):
        units = await pack(dairy, coded(packs[0], "GROUP", codes=[*milk, *kefir]))
        told = await report(dairy, *((packs[0], code) for code in (*milk, *kefir)))
        unlike = await pack(
            dairy,
            coded(packs[0], "GROUP", codes=packs[1:]),
            coded(packs[1], "GROUP", codes=milk),
            coded(packs[2], "GROUP", codes=kefir),
        )

    assert (units.status_code, problem(units)) == (422, "pack-of-several-products")
    assert units.json()["gtins"] == sorted([MILK, KEFIR])
    assert problem(told) == "package-kind-not-allowed"  # several products make a set
    assert problem(unlike) == "pack-of-several-products"


async def test_a_set_of_one_product(world, dairy):
    milk = await dairy.circulating(2)
    (code,) = await dairy.circulating(1, of=CANDY_BOX)

    async with no_trace(world):
        answer = await pack(dairy, coded(code, "SET", codes=milk))

    assert (problem(answer), answer.json()["gtin"]) == ("set-of-one-product", MILK)


async def test_kinds_that_the_product_group_does_not_know(world, dairy):
    milk, titan = await dairy.circulating(3), await dairy.circulating(1, of=TITAN)

    async with no_trace(world):
        bundle = await pack(dairy, coded(milk[0], "BUNDLE", codes=milk[1:]))
        case = await pack(dairy, box(sscc(), codes=titan))

    assert [problem(one) for one in (bundle, case)] == ["package-kind-not-allowed"] * 2
    assert (bundle.json()["kind"], bundle.json()["allowed"]) == ("BUNDLE", ["GROUP"])
    assert case.json()["product_group"] == "titan"


async def test_a_transport_unit_in_a_pack(world, dairy):
    codes = await dairy.circulating(1)
    (code,) = await dairy.circulating(1, of=MULTIPACK)
    case = sscc()

    async with no_trace(world):
        answer = await pack(dairy, coded(code, "GROUP", packages=[case]), box(case, codes=codes))

    assert (problem(answer), answer.json()["examples"]) == ("transport-unit-in-pack", [case])


async def test_a_pack_is_not_added_to(world, dairy):
    codes = await dairy.circulating(3)
    (code,) = await dairy.circulating(1, of=MULTIPACK)
    made(await pack(dairy, coded(code, "GROUP", codes=codes[:2])))

    async with no_trace(world):
        answer = await pack(dairy, coded(code, "GROUP", codes=codes[2:]))

    assert (answer.status_code, problem(answer)) == (409, "pack-made-before")
    assert answer.json()["examples"] == [code.split("\x1d")[0]]


async def test_codes_that_make_no_pack(world, dairy):
    units = await dairy.circulating(2)
    batch = await dairy.batch(1, of=MULTIPACK)
    (ordered,) = await dairy.codes(batch)
    made(await pack(dairy, box(sscc(), codes=units[:1])))

    async with no_trace(world):
        issued = await pack(dairy, coded(ordered, "GROUP", codes=units[1:]))
        packed = await pack(dairy, coded(units[0], "GROUP", codes=units[1:]))
        nonsense = await pack(dairy, coded("nonsense", "GROUP", codes=units[1:]))
        itself = await pack(dairy, coded(units[1], "GROUP", codes=units[1:]))

    assert (problem(issued), issued.json()["verb"]) == ("status-not-fitting", "make a pack of")
    assert [problem(one) for one in (packed, nonsense)] == ["goods-held-back", "unreadable-codes"]
    assert problem(itself) == "package-inside-itself"


async def test_a_bundle_comes_apart_as_a_whole_only(world, dairy):
    parts = await dairy.circulating(3, of=PERFUME)
    (code,) = await dairy.circulating(1, of=KIT)
    case = sscc()
    made(await pack(dairy, coded(code, "BUNDLE", codes=parts), box(case, codes=[code])))

    async with no_trace(world):
        out = await put(dairy, "unpackings", codes=parts[:1])
        moved = await pack(dairy, box(sscc(), codes=parts[:1]), move=True)

    assert {problem(one) for one in (out, moved)} == {"bundle-stays-whole"}
    assert out.json()["examples"] == [parts[0].split("\x1d")[0]]
    assert made(await put(dairy, "unpackings", dissolve_codes=[code]))["units"] == 3


async def test_what_would_dissolve_is_not_packed(world, dairy):
    units = await dairy.circulating(2)
    (code,) = await dairy.circulating(1, of=MULTIPACK)
    made(await pack(dairy, coded(code, "GROUP", codes=units)))

    async with no_trace(world):
        answer = await pack(dairy, box(sscc(), codes=[code, units[0]]), move=True)

    assert problem(answer) == "pack-would-dissolve"


async def test_what_is_in_no_package_is_not_taken_out(world, dairy):
    codes = await dairy.circulating(2)
    case = sscc()
    made(await pack(dairy, box(case, codes=codes[:1])))

    async with no_trace(world):
        units = await put(dairy, "unpackings", codes=codes)
        package = await put(dairy, "unpackings", take_out=[case])
        unit = await put(dairy, "unpackings", dissolve_codes=codes[:1])
        unknown = await put(dairy, "unpackings", packages=[sscc()])

    assert [problem(one) for one in (units, package)] == ["not-in-package"] * 2
    assert units.json()["examples"] == [codes[1].split("\x1d")[0]]
    assert [problem(one) for one in (unit, unknown)] == ["not-a-pack", "unknown-packages"]


async def test_more_codes_than_one_request_takes(world, dairy):
    many = ["0104810000000018215abcde"] * 15_001

    async with no_trace(world):
        answer = await pack(dairy, box(sscc(), codes=many), box(sscc(), codes=many))

    assert (answer.status_code, problem(answer)) == (413, "body-too-large")
    assert (answer.json()["limit"], answer.json()["unit"]) == (30_000, "codes")


async def test_a_report_with_one_bad_line_among_ten_thousand(world, dairy):
    batch = await dairy.batch(10_000)
    made(await dairy.step("apply", runs=[run(batch, 0, 10_000)]))
    case, codes = sscc(), await dairy.codes(batch)
    unknown = [*codes[:5_000], "0104810000000018215abcde", *codes[5_001:]]

    async with no_trace(world):
        foreign = await report(dairy, *((case, code) for code in unknown))
        broken = await report(dairy, *((case, code) for code in codes[:5_000]), (case, ""))

    assert (problem(foreign), foreign.json()["count"]) == ("unknown-codes", 1)
    assert foreign.json()["examples"] == ["0104810000000018215abcde"]
    assert (problem(broken), broken.json()["errors"][0]["line"]) == ("line-report-invalid", 5_001)


async def test_a_packing_of_the_future(world, dairy):
    codes = await dairy.circulating(1)

    async with no_trace(world):
        answer = await pack(dairy, box(sscc(), codes=codes), occurred_at="2199-01-01T00:00:00Z")

    assert problem(answer) == "occurred-in-future"


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"sscc": WRONG_DIGIT, "code": "x"},
        {"code": "x"},
        {"code": "x", "kind": "TRANSPORT"},
        {"sscc": WRONG_DIGIT, "kind": "SET"},
    ],
    ids=["nothing", "both", "no kind", "a code of a transport unit", "an SSCC of a set"],
)
async def test_a_package_is_named_as_its_kind_asks(dairy, named):
    answer = await pack(dairy, {**named, "contents": {"codes": ["x"]}})

    assert (answer.status_code, problem(answer)) == (422, "request-invalid")
