"""As a producer I print labels for a batch, and every one of them scans as what it says."""

import io
from collections.abc import Iterator
from uuid import uuid4

import pypdfium2 as pdfium
import pytest

from labels import reading
from labels.layouts import ready
from tests.making import at_work, gtin, made, problem
from tests.world import ALMATY_STORE, MINSK_DAIRY

GS = chr(29)
SHOES, TOBACCO = gtin(2), gtin(3)
DPI = 300


class Paper:
    """A PDF as it comes out of the printer, on the paper of this layout."""

    def __init__(self, file: bytes, layout: str) -> None:
        self.pages = list(pdfium.PdfDocument(io.BytesIO(file)))
        self.layout = ready.named(layout)

    def scanned(self) -> set[str]:
        """Every code that a scanner finds, held over one label after another."""
        return {
            symbol.text
            for page in self.pages
            for label in self.cut(page)
            for symbol in reading.read_symbols(label)
        }

    def cut(self, page: pdfium.PdfPage) -> Iterator[bytes]:
        paper = page.render(scale=DPI / 72, grayscale=True).to_pil()
        width, height = self.layout.label_dots(DPI)
        for position in range(self.layout.positions):
            left, top = self.layout.corner(position, DPI)
            label = paper.crop((left, top, left + width, top + height))
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

        # A sheet of 14, of which the first two places are used up already.
        asked = {"batch": str(batch), "layout": "a4-2x7", "qr": True}
        sheet = Paper(await dairy.printed(count=12, start=3, **asked), "a4-2x7")
        assert len(sheet.pages) == 1
        scanned = sheet.scanned()

        # Each label has the marking code, and a QR code that leads to its history.
        assert scanned >= set(codes[:12])
        links = scanned - set(codes[:12])
        assert len(links) == 12
        assert all(link.lower().startswith("https://tamga.example.org/01/") for link in links)
        async with world.as_stranger() as stranger:
            verdicts = [
                (await stranger.post("/verify", json={"code": link})).json() for link in links
            ]
        assert {verdict["verdict"] for verdict in verdicts} == {"not-yet-in-circulation"}
        assert {verdict["code"] for verdict in verdicts} == {
            code.split(GS)[0] for code in codes[:12]
        }

        # People read GTIN, serial and name, and nowhere the verification code.
        assert "«Луговое» 3,2 %" in sheet.text
        printed = letters(sheet.text)  # signs come back from a PDF in their own ways
        assert all(letters(code.split(GS)[0][18:]) in printed for code in codes[:12])
        assert not any(code.split(GS)[1] in sheet.text for code in codes[:12])

        # A label that was spoiled is printed again: not without a reason, which the ledger keeps.
        spoiled = {"batch": str(batch), "first": 7, "count": 1, "layout": "roll-58x40"}
        refused = await dairy.http.put(f"/prints/{uuid4()}", json=spoiled)
        again = await dairy.printed("smudged", **spoiled)
        assert problem(refused) == "reprint-needs-reason"
        assert Paper(again, "roll-58x40").scanned() == {codes[7]}
        ledger = (await dairy.http.get(f"/batches/{batch}/prints")).json()["prints"]
        assert [(one["units"], one["reason"]) for one in ledger] == [(1, "smudged"), (12, None)]


@pytest.mark.parametrize(
    ("code", "group", "given"),
    [
        (SHOES, "shoes", {"tnved": "6403"}),
        (TOBACCO, "tobacco", {"template": "tobacco-t29", "price_minor": 15_000}),
        (TOBACCO, "tobacco", {"template": "tobacco-block-s", "price_minor": 150_000}),
    ],
)
async def test_a_label_of_each_kind_of_code_comes_as_a_picture(world, code, group, given):
    async with at_work(world, ALMATY_STORE) as store:
        await store.product(group, code, "Товар")
        batch = await store.batch(3, of=code, **given)
        codes = await store.codes(batch)

        one = {"batch": str(batch), "first": 2, "count": 1, "layout": "roll-58x40"}
        picture = await store.printed(format="png", **one)

    assert reading.read(picture) == [codes[2]]


async def test_a_pallet_gets_its_label(world):
    async with at_work(world, MINSK_DAIRY) as dairy:
        await dairy.product(name="Молоко «Луговое» 3,2 %")
        codes = await dairy.circulating(6)
        sscc = "146070950831234560"
        made(await dairy.http.put(f"/packings/{uuid4()}", json=packing(sscc, codes)))

        file = await dairy.printed(packages=[sscc], layout="logistic-100x150")

    [page] = pdfium.PdfDocument(io.BytesIO(file))
    told = page.get_textpage().get_text_range()
    assert sscc in "".join(filter(str.isdigit, told))
    assert "Луговое" in told


def packing(sscc: str, codes: list[str]) -> dict:
    return {"packages": [{"sscc": sscc, "kind": "TRANSPORT", "contents": {"codes": codes}}]}


@pytest.mark.parametrize(
    ("asked", "slug", "reason"),
    [
        ({"count": 1, "start": 25}, "label-not-made", "start-beyond-sheet"),
        ({"count": 1, "layout": "a4-5x13", "qr": True}, "label-not-made", "label-does-not-fit"),
        ({"count": 1, "layout": "a3"}, "label-not-made", "unknown-label-layout"),
        ({"count": 2, "format": "png"}, "label-not-made", "label-count-not-fitting"),
        ({"count": 1, "format": "gif"}, "request-invalid", None),
        ({"first": 19_999, "count": 2}, "run-outside-batch", None),
    ],
)
async def test_what_cannot_be_printed_is_said_before_paper_is_used(world, asked, slug, reason):
    async with at_work(world, MINSK_DAIRY) as dairy:
        await dairy.product()
        body = {"batch": str(await dairy.batch(20_000)), "layout": "a4-3x8", **asked}

        answer = await dairy.http.put(f"/prints/{uuid4()}", json=body)

    assert problem(answer) == slug
    assert answer.json().get("reason") == reason


async def test_labels_are_their_owners_alone(world):
    async with at_work(world, MINSK_DAIRY) as dairy, at_work(world, ALMATY_STORE) as store:
        await dairy.product()
        body = {"batch": str(await dairy.batch(1)), "layout": "roll-58x40"}
        ordered = made(await dairy.http.put(f"/prints/{uuid4()}", json=body))["print"]

        another = await store.http.put(f"/prints/{uuid4()}", json=body)
        fetched = await store.http.get(f"/prints/{ordered}/labels")

    assert (problem(another), problem(fetched)) == ("unknown-batch", "unknown-print")
