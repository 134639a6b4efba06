"""The page of layouts: pictures for people who would rather look than read."""

import io

import pypdfium2 as pdfium
import pytest
from PIL import Image

from api.layouts import LayoutList
from api.pages.language import languages
from api.pages.negotiation import wants_page
from labels import reading
from labels.layouts import ready, sample
from labels.layouts.facts import Kind
from tests.browsing import HOSTILE, PAGE, read
from tests.making import problem

SHEETS = [name for name in ready.names() if ready.named(name).sheet]


@pytest.fixture
async def person(world):
    """Somebody with a browser and no key."""
    async with world.as_stranger() as browser:
        browser.headers.update(PAGE)
        yield browser


async def test_every_ready_layout_is_shown_with_its_size_and_how_to_print_by_it(person):
    page = read(await person.get("/layouts"))

    for layout in map(ready.named, ready.names()):
        width, height = (f"{side:g}" for side in layout.label_mm)
        goods = "package" if layout.kind is Kind.PACKAGE else "batch"
        assert f"{width} \N{MULTIPLICATION SIGN} {height} mm" in page.text
        assert f"--{goods}" in page.text
        assert f"--layout {layout.name} -o labels.pdf" in page.text
        assert f"/layouts/{layout.name}?format=toml" in page.values("href")
    assert page.text.count("At 203 dpi without room for codes of family L88") == 1


async def test_pictures_stand_there_as_large_as_labels(person):
    page = read(await person.get("/layouts"))

    pictures = [attrs for tag, attrs in page.tags if tag == "img"]
    sizes = {attrs["src"]: (attrs["width"], attrs["height"]) for attrs in pictures}
    assert len(sizes) == len(ready.names())
    assert sizes["/layouts/roll-58x40/picture"] == ("219", "151")
    assert all(attrs["alt"] for attrs in pictures)
    drawn = [attrs for tag, attrs in page.tags if tag == "svg" and attrs.get("class") == "sheet"]
    assert len(drawn) == len(SHEETS)
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in drawn)


async def test_everything_the_page_refers_to_is_there(person):
    page = read(await person.get("/layouts"))

    for address in page.values("href", "src"):
        if not address.startswith("#"):
            assert (await person.get(address)).status_code == 200, address


@pytest.mark.parametrize("code", languages())
async def test_it_speaks_every_language(person, code):
    page = read(await person.get(f"/layouts?lang={code}"))

    texts = languages()[code].texts["layouts"]
    assert texts["title"] in page.text
    assert texts["lead"] in page.text
    assert f"99{languages()[code].texts['decimal']}1 \N{MULTIPLICATION SIGN} 38" in page.text
    assert {f"/layouts?lang={other}" for other in languages()} <= set(page.values("href"))


async def test_the_first_page_leads_there(person):
    assert "/layouts" in read(await person.get("/")).values("href")
    assert "/layouts?lang=ru" in read(await person.get("/?lang=ru")).values("href")


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (PAGE["Accept"], True),
        ("text/html", True),
        ("text/html;q=0.5, application/json", False),
        ("application/json, text/html;q=0.9", False),
        ("*/*", False),
        ("*/*, text/html", True),
        ("image/png", False),
        ("", False),
    ],
)
async def test_browsers_get_the_page_and_programs_the_data(person, accept, page):
    answer = await person.get("/layouts", headers={"Accept": accept})

    assert wants_page(accept) is page
    assert "Accept" in answer.headers["vary"]
    if page:
        read(answer)
    else:
        found = LayoutList.model_validate(answer.json())
        assert tuple(one.name for one in found.layouts) == ready.names()


async def test_the_address_may_say_which(person):
    read(await person.get("/layouts?format=html", headers={"Accept": "application/json"}))
    assert (await person.get("/layouts?format=json")).json()["layouts"]
    assert problem(await person.get("/layouts?format=pdf")) == "request-invalid"


@pytest.mark.parametrize("name", ["roll-30x20", "a4-3x8", "logistic-100x150"])
async def test_a_picture_is_the_label_dot_for_dot(person, name):
    layout = ready.named(name)

    answer = await person.get(f"/layouts/{name}/picture")

    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert "max-age" in answer.headers["cache-control"]
    assert Image.open(io.BytesIO(answer.content)).size == layout.label_dots(layout.dpi)


async def test_a_picture_reads_as_a_sample(person):
    [code] = reading.read((await person.get("/layouts/roll-58x40/picture")).content)

    assert sample.GTIN in code


async def test_a_test_page_is_one_page_as_large_as_its_paper(person):
    answer = await person.get("/layouts/a4-3x8/test-page.pdf")

    assert answer.headers["content-type"] == "application/pdf"
    document = pdfium.PdfDocument(answer.content)
    assert len(document) == 1
    assert [round(side * 25.4 / 72) for side in document[0].get_size()] == [210, 297]


@pytest.mark.parametrize("name", ["nothing", *HOSTILE])
@pytest.mark.parametrize("what", ["picture", "test-page.pdf"])
async def test_of_a_layout_that_is_none_there_is_no_picture(person, name, what):
    answer = await person.get(f"/layouts/{name}/{what}")

    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
