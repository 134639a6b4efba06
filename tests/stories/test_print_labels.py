"""As a producer I print labels for a batch, and every one of them scans as what it says."""

import io
from collections.abc import Iterator

import pypdfium2 as pdfium
import pytest

from labels import reading
from labels.stock import POINTS_PER_MM, stock_named
from tests.making import at_work, gtin, problem
from tests.world import ALMATY_STORE, MINSK_DAIRY

GS = chr(29)
SHOES, TOBACCO = gtin(2), gtin(3)
DOTS_PER_MM = 12


class Paper:
    """A PDF as it comes out of the printer, on this stock."""

    def __init__(self, file: bytes, stock: str = "a4-3x8") -> None:
        self.pages = list(pdfium.PdfDocument(io.BytesIO(file)))
        self.stock = stock_named(stock)

    def scanned(self) -> set[str]:
        """Every code that a scanner finds, held over one label after another."""
        return {
            code for page in self.pages for label in self.cut(page) for code in reading.read(label)
        }

    def cut(self, page: pdfium.PdfPage) -> Iterator[bytes]:
        scale = DOTS_PER_MM / POINTS_PER_MM
        paper = page.render(scale=scale, grayscale=True).to_pil()
        width, height = self.stock.label_mm
        for position in range(self.stock.positions):
            left, top = self.stock.corner_mm(position)
            box = (left, top, left + width, top + height)
            label = paper.crop(tuple(round(edge * DOTS_PER_MM) for edge in box))
            picture = io.BytesIO()
            label.save(picture, "PNG")
            yield picture.getvalue()

    @property
    def text(self) -> str:
        return "".join(page.get_textpage().get_text_range() for page in self.pages)


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


async def test_a_dairy_prints_a_sheet_and_scans_it(world):
    async with at_work(world, MINSK_DAIRY) as dairy:
        await dairy.product(name="Молоко «Луговое» 3,2 %")
        batch = await dairy.batch(100)
        codes = await dairy.codes(batch)

        # A sheet of 24, of which the first two places are used up already.
        sheet = await dairy.http.get(
            f"/batches/{batch}/labels", params={"count": 22, "start": 3, "qr": "true"}
        )
        assert sheet.headers["content-type"] == "application/pdf"
        paper = Paper(sheet.content)
        assert len(paper.pages) == 1
        scanned = paper.scanned()

        # Each label has the marking code, and a QR code that leads to its history.
        assert scanned >= set(codes[:22])
        links = scanned - set(codes[:22])
        assert len(links) == 22
        assert all(link.startswith("https://tamga.example.org/01/") for link in links)
        async with world.as_stranger() as stranger:
            verdicts = [
                (await stranger.post("/verify", json={"code": link})).json() for link in links
            ]
        assert {verdict["verdict"] for verdict in verdicts} == {"not-yet-in-circulation"}
        assert {verdict["code"] for verdict in verdicts} == {
            code.split(GS)[0] for code in codes[:22]
        }

        # People read GTIN, serial and name, and nowhere the verification code.
        assert "«Луговое» 3,2 %" in paper.text
        printed = letters(paper.text)  # signs come back from a PDF in their own ways
        assert all(letters(code.split(GS)[0][18:]) in printed for code in codes[:22])
        assert not any(code.split(GS)[1] in paper.text for code in codes[:22])

        # The label that was spoiled is printed again, with the same bytes.
        path = f"/batches/{batch}/labels?first=7&count=1&layout=roll-58x40"
        assert (await dairy.http.get(path)).content == (await dairy.http.get(path)).content
        printed = Paper((await dairy.http.get(path)).content, "roll-58x40")
        assert printed.scanned() == {codes[7]}


@pytest.mark.parametrize(
    ("code", "group", "given"),
    [
        (SHOES, "shoes", {"tnved": "6403"}),
        (TOBACCO, "tobacco", {"template": "tobacco-t29", "price_minor": 15_000}),
        (TOBACCO, "tobacco", {"template": "tobacco-block-s", "price_minor": 150_000}),
    ],
)
async def test_one_symbol_comes_as_a_picture(world, code, group, given):
    async with at_work(world, ALMATY_STORE) as store:
        await store.product(group, code, "Товар")
        batch = await store.batch(3, of=code, **given)
        codes = await store.codes(batch)
        path = f"/batches/{batch}/labels"

        png = await store.http.get(path, params={"format": "png", "first": 2})
        svg = await store.http.get(path, params={"format": "svg", "first": 2})
        several = await store.http.get(path, params={"format": "png", "count": 2})

    assert reading.read(png.content) == [codes[2]]
    assert (png.headers["content-type"], svg.headers["content-type"]) == (
        "image/png",
        "image/svg+xml",
    )
    assert svg.text.startswith("<svg")
    assert problem(several) == "request-invalid"


@pytest.mark.parametrize(
    ("asked", "slug", "reason"),
    [
        ({}, "label-not-made", "label-count-not-fitting"),
        ({"count": 1, "start": 25}, "label-not-made", "start-beyond-sheet"),
        ({"count": 1, "layout": "a4-5x13", "qr": "true"}, "label-not-made", "label-does-not-fit"),
        ({"count": 1, "layout": "a3"}, "request-invalid", None),
        ({"count": 1, "format": "gif"}, "request-invalid", None),
        ({"first": 19_999, "count": 2}, "run-outside-batch", None),
        ({"first": 20_000, "format": "png"}, "run-outside-batch", None),
    ],
)
async def test_what_cannot_be_printed_is_said_before_paper_is_used(world, asked, slug, reason):
    async with at_work(world, MINSK_DAIRY) as dairy:
        await dairy.product()
        batch = await dairy.batch(20_000)

        answer = await dairy.http.get(f"/batches/{batch}/labels", params=asked)

    assert problem(answer) == slug
    assert answer.json().get("reason") == reason


async def test_labels_are_their_owners_alone(world):
    async with at_work(world, MINSK_DAIRY) as dairy, at_work(world, ALMATY_STORE) as store:
        await dairy.product()
        batch = await dairy.batch(1)

        answer = await store.http.get(f"/batches/{batch}/labels")

    assert problem(answer) == "unknown-batch"
