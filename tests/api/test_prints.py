"""Labels ordered over HTTP: what is refused leaves no trace, what was printed stays on record."""

from typing import Any
from uuid import uuid4

import pytest

from domain.standards.gs1_keys import check_digit
from labels.layouts import ready
from labels.output.formats import Format
from tests.making import MILK, SHOES, at_work, made, no_trace, problem, run
from tests.world import ALMATY_STORE, BELARUS, KAZAKHSTAN, MINSK_DAIRY

ROLL = "roll-58x40"


def sscc(number: int) -> str:
    digits = f"1481000{number:010}"
    return digits + check_digit(digits)


@pytest.fixture
async def dairy(world):
    async with at_work(world, MINSK_DAIRY) as maker:
        await maker.product(name="Молоко «Луговое» 3,2 %")
        yield maker


async def ask(maker, request=None, *, dry_run: bool = False, **body: Any):
    params = {"dry_run": "true"} if dry_run else {}
    asked = {"layout": ROLL, **body}
    return await maker.http.put(f"/prints/{request or uuid4()}", json=asked, params=params)


async def packed(dairy, number: int = 1) -> str:
    """A case of five units in circulation."""
    batch = await dairy.batch(5)
    made(await dairy.step("apply", runs=[run(batch, 0, 5)]))
    made(
        await dairy.step(
            "introduce",
            runs=[run(batch, 0, 5)],
            lot={"lot_number": "L7", "produced_on": "2026-11-20"},
        )
    )
    body = {"packages": [{"sscc": sscc(number), "contents": {"runs": [run(batch, 0, 5)]}}]}
    made(await dairy.http.put(f"/packings/{uuid4()}", json=body))
    return sscc(number)


async def test_a_print_is_recorded_once_under_its_id(dairy):
    batch = await dairy.batch(30)
    request = uuid4()
    body = {"batch": str(batch), "first": 5, "count": 20, "copies": 2, "format": "zpl"}

    first, second = await ask(dairy, request, **body), await ask(dairy, request, **body)
    other = await ask(dairy, request, **{**body, "count": 19})

    told = made(first)
    assert (second.status_code, second.json()) == (200, told)
    assert told | {"recorded_at": None} == {
        "print": str(request),
        "layout": ROLL,
        "format": "zpl",
        "dpi": 203,
        "units": 20,
        "packages": 0,
        "labels": 40,
        "reprinted": 0,
        "recorded_at": None,
    }
    assert problem(other) == "request-id-reused"


async def test_the_record_pins_all_that_prints(world, dairy):
    batch = await dairy.batch(30)
    told = made(await ask(dairy, batch=str(batch), layout="a4-3x8", start=5, cut_marks=True))

    record = (await dairy.http.get(f"/prints/{told['print']}")).json()

    assert record["layout_toml"] == ready.named("a4-3x8").toml
    assert (record["start"], record["cut_marks"], record["resolver"]) == (5, True, None)
    assert record["printed_by"] == {
        "participant": str(MINSK_DAIRY.uuid),
        "name": MINSK_DAIRY.name,
    }
    assert record["runs"] == [{"batch": str(batch), "first": 0, "count": 30, "reprinted": False}]
    assert (record["batch"], record["file"], record["fetches"]) == (str(batch), None, [])
    async with world.as_(BELARUS) as operator:
        assert (await operator.get(f"/prints/{told['print']}")).json() == record
    async with world.as_(ALMATY_STORE) as stranger:
        assert problem(await stranger.get(f"/prints/{told['print']}")) == "unknown-print"
        assert problem(await stranger.get(f"/batches/{batch}/prints")) == "unknown-batch"


async def test_units_printed_before_need_a_reason(world, dairy):
    batch = await dairy.batch(10)
    codes = await dairy.codes(batch)
    first = made(await ask(dairy, batch=str(batch), first=2, count=3))

    async with no_trace(world):
        refused = await ask(dairy, codes=codes)
    again = made(await ask(dairy, codes=codes, reason="labels came off in the cold"))

    told = refused.json()
    assert (refused.status_code, problem(refused)) == (409, "reprint-needs-reason")
    assert (told["count"], told["print"]) == (3, first["print"])
    assert told["examples"] == [code.split("\x1d")[0] for code in codes[2:5]]
    assert (again["reprinted"], again["units"]) == (3, 10)


async def test_cancelled_units_are_refused_with_their_status(world, dairy):
    batch = await dairy.batch(10)
    made(await dairy.step("cancel", runs=[run(batch, 3, 2)]))

    async with no_trace(world):
        refused = await ask(dairy, batch=str(batch))

    told = refused.json()
    assert (refused.status_code, problem(refused)) == (409, "status-not-fitting")
    assert (told["count"], told["by_status"], told["verb"]) == (2, {"CANCELLED": 2}, "print")


async def test_unknown_never_issued_and_anothers_codes_are_refused_alike(world, dairy):
    batch = await dairy.batch(3)
    [code, *_] = await dairy.codes(batch)
    async with at_work(world, ALMATY_STORE) as store:
        await store.product(code=SHOES, group="shoes")
        never = f"01{MILK}21" + "2" + "a" * 5
        told = [await ask(store, codes=[one]) for one in (code, code.split("\x1d")[0], never)]
        async with no_trace(world):
            named = await ask(store, batch=str(batch))

    for one in told:
        assert (one.status_code, problem(one), one.json()["count"]) == (404, "unknown-codes", 1)
    assert problem(named) == "unknown-batch"


async def test_a_package_is_labelled_with_what_it_holds(world, dairy):
    case = await packed(dairy)

    told = made(await ask(dairy, packages=[f"(00){case}"], layout="logistic-100x150"))
    async with no_trace(world):
        again = await ask(dairy, packages=[case], layout="logistic-a6")
        foreign = await ask(dairy, packages=[sscc(9)], layout="logistic-a6")
        wrong = await ask(dairy, packages=["1" * 18], layout="logistic-a6")

    assert (told["packages"], told["units"], told["labels"]) == (1, 0, 1)
    assert problem(again) == "reprint-needs-reason"
    assert problem(foreign) == "unknown-packages"
    assert problem(wrong) == "sscc-invalid"
    record = (await dairy.http.get(f"/prints/{told['print']}")).json()
    assert record["ssccs"] == [case]


TOO_SMALL = """
name = "tiny"
title = "Too small"
kind = "unit"
dpi = 203
[label]
width_mm = 58
height_mm = 40
[[symbol]]
kind = "data-matrix"
box_mm = [1, 1, 8, 8]
"""


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"layout": "roll-1x1"}, "unknown-label-layout"),
        ({"layout": "logistic-a6"}, "label-layout-invalid"),
        ({"layout": None, "layout_toml": TOO_SMALL}, "label-does-not-fit"),
        ({"layout": None, "layout_toml": "width = 5"}, "label-layout-invalid"),
        ({"start": 2}, "start-beyond-sheet"),
        ({"layout": "a4-3x8", "start": 25}, "start-beyond-sheet"),
        ({"format": "png"}, "label-count-not-fitting"),
        ({"dpi": 2_400}, "resolution-not-fitting"),
        ({"dpi": 20}, "resolution-not-fitting"),
        ({"qr": True}, "label-does-not-fit"),
    ],
)
async def test_a_layout_is_checked_for_the_goods_before_anything_is_written(
    world, dairy, asked, reason
):
    batch = await dairy.batch(10)
    body = {name: value for name, value in asked.items() if value is not None}
    if "layout_toml" in body:
        body["layout"] = None

    async with no_trace(world):
        refused = await ask(dairy, batch=str(batch), **body)

    assert (refused.status_code, problem(refused)) == (422, "label-not-made")
    assert refused.json()["reason"] == reason


OF_ONE_LINE = """
name = "narrow"
title = "A lot in one line"
kind = "unit"
dpi = 203
[label]
width_mm = 50
height_mm = 30
[[symbol]]
kind = "data-matrix"
box_mm = [1, 1, 20, 20]
[[text]]
text = "{lot_number}"
box_mm = [1, 22, 30, 3]
size_pt = [8, 6]
"""


async def test_a_symbol_that_the_printer_makes_needs_room_for_a_size_more(world):
    async with at_work(world, ALMATY_STORE) as store:
        await store.product(code=SHOES, group="shoes")
        batch = str(await store.batch(2, of=SHOES))

        refused = await ask(store, batch=batch, layout="roll-43x25", format="zpl-bx")

        assert (problem(refused), "Data Matrix 48x48" in refused.text) == ("label-not-made", True)
        made(await ask(store, batch=batch, layout="roll-43x25", format="zpl"))


async def test_of_lots_of_one_length_the_widest_has_to_fit(world, dairy):
    batch = await dairy.batch(3)
    for at, lot in enumerate(("i" * 20, "W" * 20, "l" * 20)):
        told = {"lot_number": lot, "produced_on": "2026-11-20"}
        made(await dairy.step("give_lot", runs=[run(batch, at, 1)], lot=told))

    async with no_trace(world):
        refused = await ask(dairy, batch=str(batch), layout=None, layout_toml=OF_ONE_LINE)

    assert (problem(refused), refused.json()["reason"]) == ("label-not-made", "label-does-not-fit")
    made(await ask(dairy, batch=str(batch), count=1, layout=None, layout_toml=OF_ONE_LINE))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"batch": str(uuid4()), "codes": ["x"]},
        {"codes": []},
        {"codes": ["x"], "first": 3},
        {"packages": [sscc(1)], "count": 3},
        {"batch": str(uuid4()), "layout_toml": "x"},
        {"batch": str(uuid4()), "copies": 101},
        {"batch": str(uuid4()), "copies": 0},
        {"batch": str(uuid4()), "start": 0},
        {"batch": str(uuid4()), "format": "doc"},
        {"batch": str(uuid4()), "reason": "two\nlines"},
        {"batch": str(uuid4()), "reason": ""},
        {"batch": str(uuid4()), "layout": None, "layout_toml": "x" * 16_385},
        {"batch": str(uuid4()), "font": "Comic Sans"},
        {"batch": "everything"},
        {"codes": ["x"] * 30_001},
    ],
)
async def test_orders_that_say_too_much_or_too_little_are_refused(world, dairy, body):
    async with no_trace(world):
        refused = await ask(dairy, **body)

    assert (refused.status_code, problem(refused)) == (422, "request-invalid")


async def test_a_dry_run_tells_what_would_be_and_does_not_use_the_id_up(world, dairy):
    batch = await dairy.batch(10)
    made(await ask(dairy, batch=str(batch), count=4))
    request, body = uuid4(), {"batch": str(batch), "reason": "torn"}

    async with no_trace(world):
        told = await ask(dairy, request, dry_run=True, **body)
        refused = await ask(dairy, dry_run=True, batch=str(batch))
    done = made(await ask(dairy, request, **body))
    after = await ask(dairy, request, dry_run=True, **body)

    assert told.status_code == 200
    assert told.json() == {**done, "dry_run": True, "recorded_at": None}
    assert problem(refused) == "reprint-needs-reason"
    assert (after.status_code, after.json()) == (200, done)


async def test_the_ledger_of_a_batch_is_read_page_by_page(dairy):
    batch = await dairy.batch(10)
    made_ = [
        made(await ask(dairy, batch=str(batch), first=at, count=1, reason=f"no. {at}"))
        for at in range(5)
    ]

    pages, after = [], {}
    while True:
        page = (
            await dairy.http.get(f"/batches/{batch}/prints", params={"limit": 2, **after})
        ).json()
        pages.append(page["prints"])
        if page["next"] is None:
            break
        after = {"after": page["next"]}

    assert [len(page) for page in pages] == [2, 2, 1]
    told = [one for page in pages for one in page]
    assert [one["print"] for one in told] == [one["print"] for one in reversed(made_)]
    assert [one["reason"] for one in told] == [f"no. {at}" for at in reversed(range(5))]
    strange = await dairy.http.get(f"/batches/{batch}/prints", params={"after": str(uuid4())})
    assert problem(strange) == "unknown-print"


async def test_prints_ask_for_a_key_with_their_scope(world, dairy):
    batch = await dairy.batch(1)
    terms = {"scopes": ["READ"]}
    issued = await dairy.http.put(f"/participants/{MINSK_DAIRY.uuid}/keys/{uuid4()}", json=terms)
    async with world.client(made(issued)["api_key"]) as reader:
        refused = await reader.put(f"/prints/{uuid4()}", json={"batch": str(batch), "layout": ROLL})
        assert problem(refused) == "scope-missing"
        assert (await reader.get(f"/batches/{batch}/prints")).json() == {
            "prints": [],
            "next": None,
        }
    async with world.as_stranger() as stranger:
        assert problem(await stranger.get(f"/prints/{uuid4()}")) == "key-not-accepted"
    async with world.as_(KAZAKHSTAN) as elsewhere:
        assert problem(await elsewhere.get(f"/batches/{batch}/prints")) == "unknown-batch"


async def test_every_form_that_labels_have_can_be_recorded(dairy):
    batch = await dairy.batch(len(Format))

    for at, form in enumerate(Format):
        told = await ask(dairy, batch=str(batch), first=at, count=1, format=form)

        assert made(told)["format"] == form


async def test_what_printers_take_for_commands_is_kept_as_it_is(dairy):
    commands = '^XZ~JA ") Tj ET <script>alert(1)</script>'
    batch = await dairy.batch(3)
    toml = ready.named(ROLL).toml.replace("Roll, 58 x 40 mm", "^XZ~JA) Tj")
    body = {"layout": None, "layout_toml": toml, "reason": commands}

    told = made(await ask(dairy, batch=str(batch), **body))

    record = (await dairy.http.get(f"/prints/{told['print']}")).json()
    assert (record["layout_toml"], record["reason"]) == (toml, commands)
