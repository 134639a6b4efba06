"""Packing and unpacking over HTTP: what may lie in what, and what is refused without a trace."""

from itertools import count
from uuid import uuid4

import pytest

from domain.standards.gs1_keys import check_digit
from tests.making import MILK, at_work, faults, gtin, made, no_trace, problem, run
from tests.world import BELARUS, MINSK_DAIRY

KEFIR, MULTIPACK, CANDY, CANDY_BOX, SHOES = map(gtin, range(11, 16))
PERFUME, PERFUME_KIT, FUR = map(gtin, range(21, 24))
PRODUCTS = (
    ("milk", MILK),
    ("milk", KEFIR),
    ("milk", MULTIPACK),
    ("sweets", CANDY),
    ("sweets", CANDY_BOX),
    ("perfumery", PERFUME),
    ("perfumery", PERFUME_KIT),
    ("titan", FUR),
)
DECREE = {"in_force": True, "valid_from": "2026-01-01", "decision": "Order 1"}
numbers = count(1)


def sscc() -> str:
    digits = f"14607095{next(numbers):09}"
    return digits + check_digit(digits)


@pytest.fixture
async def dairy(world):
    async with world.as_(BELARUS) as operator:
        for group in ("sweets", "titan"):
            declaration = f"/product-groups/{group}/declarations/{uuid4()}"
            made(await operator.put(declaration, json=DECREE))
    async with at_work(world, MINSK_DAIRY) as maker:
        for group, code in PRODUCTS:
            await maker.product(group, code)
        yield maker


async def pack(maker, *packages, request=None, dry_run=False, **told):
    params = {"dry_run": "true"} if dry_run else {}
    body = {"packages": list(packages), **told}
    return await maker.http.put(f"/packings/{request or uuid4()}", json=body, params=params)


async def unpack(maker, request=None, **told):
    return await maker.http.put(f"/unpackings/{request or uuid4()}", json=told)


async def report(maker, lines, request=None, **params):
    path = f"/packings/{request or uuid4()}/file"
    content = "".join(f"{parent}\t{child}\n" for parent, child in lines)
    headers = {"Content-Type": "text/tab-separated-values"}
    return await maker.http.put(path, content=content.encode(), params=params, headers=headers)


def box(name, **contents):
    return {"sscc": name, "contents": contents}


def coded(code, kind, **contents):
    return {"code": code, "kind": kind, "contents": contents}


async def inside(world, name):
    """What is counted in the alive package of this SSCC; None if there is none."""
    query = """
        SELECT sum(units) FROM packages JOIN package_summaries ON package_id = id
        WHERE sscc = $1 AND alive
    """
    async with world.database.reading() as connection:
        return await connection.fetchval(query, name)


async def test_a_pallet_of_cases_is_packed_in_one_request_in_any_order(world, dairy):
    codes = await dairy.circulating(10)
    pallet, first, second = sscc(), sscc(), sscc()

    told = made(
        await pack(
            dairy,
            box(pallet, packages=[first, second]),
            box(first, codes=codes[:6]),
            box(second, codes=codes[6:]),
        )
    )

    assert (told["packages"], told["units"]) == (3, 10)
    assert [await inside(world, one) for one in (pallet, first, second)] == [10, 6, 4]
    assert await faults(world) == {}


async def test_a_line_report_is_packed_like_that(world, dairy):
    codes = await dairy.circulating(10)
    pallet, first, second = sscc(), sscc(), sscc()
    lines = [(first, code) for code in codes[:5]] + [(second, code) for code in codes[5:]]

    told = made(await report(dairy, [*lines, (pallet, first), (pallet, second)]))

    assert (told["packages"], told["units"]) == (3, 10)
    assert [await inside(world, one) for one in (pallet, first, second)] == [10, 5, 5]
    assert await faults(world) == {}


async def test_a_coded_pack_is_made_and_its_code_stands_for_it(world, dairy):
    units = await dairy.circulating(6)
    (code,) = await dairy.circulating(1, of=MULTIPACK)
    case = sscc()

    made(await pack(dairy, coded(code, "GROUP", codes=units), box(case, codes=[code])))

    assert await inside(world, case) == 7
    verdict = (await dairy.http.post("/verify", json={"code": code})).json()
    assert verdict["status"] == "IN_CIRCULATION"
    assert await faults(world) == {}


async def test_a_report_tells_packs_by_their_codes_and_needs_no_kinds(world, dairy):
    units, candy = await dairy.circulating(4), await dairy.circulating(2, of=CANDY)
    multipacks = await dairy.circulating(2, of=MULTIPACK)
    boxes = await dairy.circulating(1, of=CANDY_BOX)
    lines = [(multipacks[0], units[0]), (multipacks[0], units[1])]
    lines += [(multipacks[1], units[2]), (multipacks[1], units[3])]
    lines += [(boxes[0], candy[0]), (boxes[0], candy[1]), (boxes[0], multipacks[0])]

    made(await report(dairy, lines))

    async with world.database.reading() as connection:
        kinds = await connection.fetch("SELECT kind, levels FROM packages ORDER BY kind, levels")
    assert [tuple(row) for row in kinds] == [("GROUP", 1), ("GROUP", 1), ("SET", 2)]
    assert await faults(world) == {}


async def test_contents_are_added_to_a_transport_unit_of_ones_own(world, dairy):
    codes = await dairy.circulating(5)
    case, pallet = sscc(), sscc()
    made(await pack(dairy, box(pallet, packages=[case]), box(case, codes=codes[:2])))

    made(await pack(dairy, box(case, codes=codes[2:])))

    assert [await inside(world, one) for one in (case, pallet)] == [5, 5]
    assert await faults(world) == {}


async def test_runs_of_batches_are_packed(world, dairy):
    batch = await dairy.batch(100)
    made(await dairy.step("apply", runs=[run(batch, 0, 100)]))
    first, second = sscc(), sscc()

    told = made(
        await pack(
            dairy, box(first, runs=[run(batch, 0, 40)]), box(second, runs=[run(batch, 40, 60)])
        )
    )

    assert told["units"] == 100
    assert [await inside(world, one) for one in (first, second)] == [40, 60]


async def test_a_repeat_gets_the_first_answer(dairy):
    codes, request, case = await dairy.circulating(2), uuid4(), sscc()

    first = await pack(dairy, box(case, codes=codes), request=request)
    again = await pack(dairy, box(case, codes=codes), request=request)
    other = await pack(dairy, box(case, codes=codes[:1]), request=request)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert problem(other) == "request-id-reused"


async def test_a_dry_run_tells_each_line_and_changes_nothing(world, dairy):
    codes = await dairy.circulating(3)
    async with no_trace(world):
        good = await pack(dairy, box(sscc(), codes=codes), dry_run=True)
        lines = [(sscc(), code) for code in (*codes, "0104810000000018215abcde")]
        bad = await report(dairy, lines, dry_run="true")

    assert (good.status_code, good.json()["units"], good.json()["refused"]) == (200, 3, 0)
    assert bad.json()["refused_by_reason"] == {"unknown": 1}
    assert bad.json()["lines"][-1] == {"first_line": 4, "last_line": 4, "verdict": "unknown"}


async def test_a_package_is_dissolved_and_its_contents_are_loose(world, dairy):
    codes = await dairy.circulating(4)
    case, pallet = sscc(), sscc()
    made(await pack(dairy, box(pallet, packages=[case]), box(case, codes=codes)))

    first = made(await unpack(dairy, packages=[case]))
    on_pallet = await inside(world, pallet)
    second = made(await unpack(dairy, packages=[pallet]))

    assert (first["packages"], first["units"]) == (1, 4)
    assert (on_pallet, await inside(world, pallet)) == (4, None)
    assert (second["packages"], second["units"]) == (1, 4)
    assert made(await pack(dairy, box(case, codes=codes)))["packages"] == 1
    assert await faults(world) == {}


async def test_a_part_comes_out_of_whatever_it_is_in(world, dairy):
    codes = await dairy.circulating(4)
    cases, pallet = [sscc(), sscc()], sscc()
    made(
        await pack(
            dairy,
            box(pallet, packages=cases),
            box(cases[0], codes=codes[:2]),
            box(cases[1], codes=codes[2:]),
        )
    )

    told = made(await unpack(dairy, codes=codes[:1], take_out=cases[1:]))

    assert (told["packages"], told["units"]) == (1, 1)
    assert [await inside(world, one) for one in (pallet, *cases)] == [1, 1, 2]
    assert await faults(world) == {}


async def test_a_transport_unit_that_is_emptied_ends(world, dairy):
    codes = await dairy.circulating(2)
    case, pallet = sscc(), sscc()
    made(await pack(dairy, box(pallet, packages=[case]), box(case, codes=codes)))

    told = made(await unpack(dairy, codes=codes))

    assert (told["packages"], told["units"]) == (2, 2)
    assert [await inside(world, one) for one in (case, pallet)] == [None, None]
    assert await faults(world) == {}


async def test_a_pack_dissolves_when_a_unit_leaves_it_or_its_code_is_named(world, dairy):
    units = await dairy.circulating(4)
    packs = await dairy.circulating(2, of=MULTIPACK)
    case = sscc()
    made(
        await pack(
            dairy,
            coded(packs[0], "GROUP", codes=units[:2]),
            coded(packs[1], "GROUP", codes=units[2:]),
            box(case, codes=packs),
        )
    )

    made(await unpack(dairy, codes=units[:1]))
    made(await unpack(dairy, dissolve_codes=packs[1:]))

    assert await inside(world, case) == 3
    for code in packs:
        verdict = (await dairy.http.post("/verify", json={"code": code})).json()
        assert verdict["status"] == "WITHDRAWN"
    assert await faults(world) == {}


async def test_goods_move_where_that_is_said(world, dairy):
    units = await dairy.circulating(5)
    (code,) = await dairy.circulating(1, of=MULTIPACK)
    old, new, pallet = sscc(), sscc(), sscc()
    made(
        await pack(
            dairy,
            coded(code, "GROUP", codes=units[:2]),
            box(old, codes=[code, *units[2:4]]),
            box(pallet, packages=[old]),
        )
    )

    made(await pack(dairy, box(new, codes=[units[0], units[2], units[4]]), move=True))
    moved = [await inside(world, one) for one in (old, new)]
    made(await pack(dairy, box(sscc(), packages=[old]), box(new, codes=[units[3]]), move=True))

    assert moved == [2, 3]
    assert await inside(world, pallet) is None
    assert await faults(world) == {}
