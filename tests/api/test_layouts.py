"""Layouts over HTTP: told to anybody, drawn for whoever has a key, refused by the millimetre."""

import io

import pypdfium2 as pdfium
import pytest
from PIL import Image

from api.layouts import EXAMPLE_TOML
from domain.catalogue.groups import catalogue
from labels import reading
from labels.layouts import ready, sample
from labels.preview import LARGEST, SAMPLES
from tests.world import MINSK_DAIRY

TINY = EXAMPLE_TOML.replace("box_mm = [1, 1, 22, 22]", "box_mm = [1, 1, 8.3, 8.3]")
SHEET = "a4-3x8"
ROLL = "roll-58x40"


@pytest.fixture
async def dairy(world):
    async with world.as_(MINSK_DAIRY) as maker:
        yield maker


@pytest.fixture
async def stranger(world):
    async with world.as_stranger() as somebody:
        yield somebody


def room(answer, goods, dpi):
    """What is said of these goods at this resolution."""
    [found] = [one for one in answer["fits"] if (one["goods"], one["dpi"]) == (goods, dpi)]
    return found


async def test_anybody_may_see_which_layouts_there_are(stranger):
    listed = (await stranger.get("/layouts")).json()["layouts"]

    told = {one["name"]: one for one in listed}
    assert tuple(told) == ready.names()
    assert told[ROLL]["label_mm"] == [58, 40]
    assert told[ROLL]["sheet"] is None
    assert (told[SHEET]["sheet"]["columns"], told[SHEET]["sheet"]["rows"]) == (3, 8)
    assert room(told[ROLL], "L88", 203)["symbols"][0]["modules"] == 44
    assert room(told["logistic-100x150"], "packages", 300)["fits"]


async def test_what_does_not_fit_is_told_with_its_millimetres(stranger):
    told = (await stranger.get("/layouts/roll-30x20")).json()

    refused = room(told, "L88", 203)
    assert (refused["fits"], refused["symbols"]) == (False, [])
    assert refused["reason"] == "label-does-not-fit"
    assert refused["told"]["needed_mm"] > refused["told"]["available_mm"] > 0


async def test_a_ready_layout_is_where_one_s_own_begins(stranger, dairy):
    toml = await stranger.get(f"/layouts/{ROLL}?format=toml")
    page = (await stranger.get(f"/layouts/{ROLL}")).json()
    checked = await dairy.post("/layouts/check", content=toml.content)

    assert toml.headers["content-type"] == "text/plain; charset=utf-8"
    assert toml.text == page["toml"] == ready.named(ROLL).toml
    assert checked.json() == {name: value for name, value in page.items() if name != "toml"}


async def test_a_layout_of_one_s_own_is_checked_at_every_resolution(dairy):
    told = (await dairy.post("/layouts/check", content=EXAMPLE_TOML.encode())).json()

    assert [(one["goods"], one["dpi"]) for one in told["fits"]] == [
        (family.value, dpi) for dpi in (203, 300, 600) for family in LARGEST
    ]
    assert room(told, "L44", 203)["symbols"] == [
        {
            "symbology": "Data Matrix",
            "modules": 36,
            "dots": 4,
            "module_mm": 0.5,
            "width_mm": 18.02,
            "quiet_modules": 2,
        }
    ]


@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ("colour = 1\n" + EXAMPLE_TOML, "colour"),
        (EXAMPLE_TOML.replace("width_mm = 40", "width_mm = 5000"), "label.width_mm"),
        (EXAMPLE_TOML.replace("width_mm = 40", "width_mm = 5"), "label.width_mm"),
        (EXAMPLE_TOML.replace("width_mm = 40", "width_mm = 20"), "symbol[1].box_mm"),
        ("[", "toml"),
        ("", "name"),
        ("#" * 20_000, "toml"),
        ("a = " + "[" * 9_000, "toml"),
    ],
)
@pytest.mark.parametrize("path", ["/layouts/check", "/layouts/preview"])
async def test_a_layout_that_is_none_is_refused_by_field(dairy, path, toml, field):
    answer = await dairy.post(path, content=toml.encode())

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/label-not-made"
    assert answer.json()["reason"] == "label-layout-invalid"
    assert answer.json()["told"]["field"] == field


async def test_a_layout_in_another_encoding_is_refused_and_a_mark_before_it_is_not(dairy):
    other = await dairy.post("/layouts/check", content="# Этикетка".encode("cp1251"))
    marked = await dairy.post("/layouts/check", content=EXAMPLE_TOML.encode("utf-8-sig"))

    assert other.json()["type"] == "/problems/request-malformed"
    assert marked.status_code == 200


async def test_a_layout_longer_than_any_body_is_not_read(dairy):
    answer = await dairy.post("/layouts/check", content=bytes(20_000_000))

    assert answer.status_code == 413


async def test_what_has_no_room_is_not_drawn(dairy):
    told = (await dairy.post("/layouts/check", content=TINY.encode())).json()
    drawn = await dairy.post("/layouts/preview", content=TINY.encode())

    assert [one["goods"] for one in told["fits"] if one["dpi"] == 203 and one["fits"]] == ["T29"]
    assert drawn.json()["reason"] == "label-does-not-fit"


async def test_the_preview_is_the_print_of_goods_that_there_are_none_of(dairy):
    drawn = await dairy.get(f"/layouts/{ROLL}/preview?format=png&dpi=300")
    svg = await dairy.get(f"/layouts/{ROLL}/preview?sample=2")

    with Image.open(io.BytesIO(drawn.content)) as picture:
        assert picture.size == ready.named(ROLL).label_dots(300)
    [code] = reading.read(drawn.content)
    assert sample.SERIAL in code
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.headers["content-security-policy"] == "default-src 'none'"
    assert "ОБРАЗЕЦ" in svg.text
    assert svg.text != (await dairy.get(f"/layouts/{ROLL}/preview?sample=1")).text


async def test_one_s_own_layout_is_previewed_in_every_form(dairy):
    kinds = {}
    for form in ("svg", "png", "pdf"):
        answer = await dairy.post(
            f"/layouts/preview?format={form}&sample={SAMPLES}", content=EXAMPLE_TOML.encode()
        )
        kinds[form] = (answer.headers["content-type"], answer.headers["content-disposition"])

    assert kinds == {
        "svg": ("image/svg+xml", 'inline; filename="shelf-40x30-sample.svg"'),
        "png": ("image/png", 'inline; filename="shelf-40x30-sample.png"'),
        "pdf": ("application/pdf", 'inline; filename="shelf-40x30-sample.pdf"'),
    }


@pytest.mark.parametrize("name", ["a4-3x8", "roll-30x20", "logistic-a6", "a4-2x2-logistic"])
async def test_a_test_page_is_one_page_as_large_as_the_paper(dairy, name):
    answer = await dairy.get(f"/layouts/{name}/test-page")

    page = pdfium.PdfDocument(io.BytesIO(answer.content))
    width, height = ready.named(name).page_mm
    assert len(page) == 1
    assert page[0].get_size() == pytest.approx((width / 25.4 * 72, height / 25.4 * 72), abs=0.5)


async def test_a_sheet_is_previewed_full(dairy):
    answer = await dairy.get(f"/layouts/{SHEET}/preview?format=pdf")

    text = pdfium.PdfDocument(io.BytesIO(answer.content))[0].get_textpage().get_text_range()
    assert text.count(sample.SERIAL) == 24


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/layouts/unicorn", None),
        ("/layouts/unicorn/preview", None),
        ("/layouts/unicorn/test-page", None),
        ("/layouts/unicorn/picture", None),
        ("/layouts/..%2Fready/preview", None),
        (f"/layouts/{ROLL}/preview?dpi=72", "resolution-not-fitting"),
        (f"/layouts/{ROLL}/test-page?dpi=72", "resolution-not-fitting"),
        (f"/layouts/{ROLL}/preview?format=gif", None),
        (f"/layouts/{ROLL}/preview?sample=4", None),
        (f"/layouts/{ROLL}/preview?dpi=100000", None),
    ],
)
async def test_what_cannot_be_drawn_is_refused(dairy, path, reason):
    answer = await dairy.get(path)

    assert answer.status_code == (404 if "unicorn" in path or ".." in path else 422)
    assert answer.json().get("reason") == reason


async def test_a_stranger_has_nothing_drawn(stranger):
    answers = [
        await stranger.get(f"/layouts/{ROLL}/preview"),
        await stranger.get(f"/layouts/{ROLL}/test-page"),
        await stranger.post("/layouts/check", content=EXAMPLE_TOML.encode()),
        await stranger.post("/layouts/preview", content=EXAMPLE_TOML.encode()),
    ]

    assert {answer.status_code for answer in answers} == {401}


def test_the_largest_codes_checked_are_the_largest_of_the_catalogue():
    known = [one for group in catalogue().groups.values() for one in group.templates]

    for family, (serial, _) in LARGEST.items():
        assert max(one.serial_length for one in known if one.family is family) == serial
