"""What is written can be read, searched and copied, and nothing that is written is an operator."""

# ruff: noqa: RUF001 - letters that look like others are meant

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from labels.drawing import Drawing, Words
from labels.output import pdf_marks
from labels.text import fonts
from tests.labels.sheets import FONT, face, printed, roll, sheet

VECTORS = Path(__file__).parents[1] / "vectors" / "product_names.tsv"
with VECTORS.open(encoding="utf-8", newline="") as vectors:
    NAMES = list(csv.DictReader(vectors, delimiter="\t", quoting=csv.QUOTE_NONE))

HOSTILE = [
    ") Tj ET Q 0 0 1 rg 0 0 999 999 re f BT (",
    "\\) Tj\n/F1 99 Tf (\\101",
    ">Tj ET Q 0 0 999 999 re f BT <0041",
    "%PDF-1.7 endstream endobj xref trailer %%EOF",
    "</text><script>alert(1)</script>",
    "^XZ^XA~JA\x1b@",
    "\u202eкод\u202c \u2066x\u2069",
    "\x00\x01\x1d\x7f\ud800\uffff",
    "\u001bru\u001bтекст",
    "W" * 1000,
    "שלום 𝕏 😀 茶",
    "",
]


def written(name: str, size: float = 14.0) -> Words:
    return Words(name, 10, 100, size)


@pytest.mark.parametrize("language", sorted({row["language"] for row in NAMES}))
def test_every_name_can_be_copied_as_it_is_written(language, pages):
    paper = roll(mm=(150, 40))
    names = [FONT.fit_to_write(row["name"]) for row in NAMES if row["language"] == language]
    drawings = [Drawing(face(paper, "Код"), words=(written(name, 10.0),)) for name in names]

    rendered = pages(printed(drawings, paper))

    # The text page of pdfium ends a line at a hyphen as if the word went on.
    shown = [rendered.text(page).replace("\ufffe", "-") for page in range(len(rendered))]
    assert [page.splitlines()[-1] for page in shown] == names
    assert all(page.splitlines()[0] == "Код" for page in shown)


def test_the_five_alphabets_are_searched_and_found(pages):
    words = ["Молоко «Ёлочка» № 5", "Сүт Ұлттық әрқашан һәм", "Малако ўранні ільняны"]
    words += ["Ичимдик өңдүү үстүнө", "Հայկական պանիր և կաթ"]
    paper = sheet(2, 7, 300)
    drawings = [
        Drawing(face(paper, text), words=(Words("(21)Zr", 50, 60, 30.0),)) for text in words
    ]

    document = pages(printed(drawings, paper)).document

    text = document[0].get_textpage()
    assert all(text.search(each, match_case=True).get_next() is not None for each in words)
    assert text.get_text_range().count("(21)Zr") == len(words)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_only_written(name, pages):
    paper = roll()
    fit = FONT.fit_to_write(name)
    drawings = [Drawing(face(paper, fit), words=(written(fit),)), Drawing(face(paper))]

    file = printed(drawings, paper)

    rendered = pages(file)
    dots = rendered.dots(0, 203)
    assert len(rendered) == 2
    assert (dots[:80] == 255).all()
    assert (dots[110:290] == 255).all()
    assert (rendered.dots(1, 203) == 255).all()
    assert rendered.text(0).split("\n")[0][:40].rstrip(" ") == fit[:40].rstrip(" ")
    assert operators(file) <= {"q", "Q", "cm", "Do", "BT", "ET", "Tf", "Td", "Tj"}


def operators(file: bytes) -> set[str]:
    """What the pages and forms of a file do."""
    with pikepdf.open(io.BytesIO(file)) as document:
        forms = [each for each in document.objects if is_form(each)]
        drawn = [*document.pages, *forms]
        return {str(step.operator) for each in drawn for step in pikepdf.parse_content_stream(each)}


def is_form(each: pikepdf.Object) -> bool:
    return isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Form"


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_title_is_only_a_title(title):
    paper = roll()

    file = printed([Drawing(face(paper, "Молоко"))], paper, title)

    with pikepdf.open(io.BytesIO(file)) as document:
        found = str(document.docinfo.Title)
        assert len(document.pages) == 1
    assert found == re.sub(r"[\x00-\x1f\x7f\ud800]", "", title)


def test_a_title_in_any_script_is_kept():
    paper = roll()
    title = "Партия 17 (Сүт) \\ Կաթ 😀"

    file = printed([Drawing(face(paper, "Молоко"))], paper, title)

    with pikepdf.open(io.BytesIO(file)) as document:
        assert str(document.docinfo.Title) == title
        assert str(document.docinfo.Producer) == "Tamga"


def test_letters_stand_where_they_were_set(pages):
    paper = roll()
    text, left, baseline, size = "НИН", 37, 211, 60.0

    file = printed([Drawing(face(paper), words=(Words(text, left, baseline, size),))], paper)

    rows, columns = np.nonzero(pages(file).dots(0, 203) < 128)
    assert rows.max() + 1 == pytest.approx(baseline, abs=1)
    assert rows.min() == pytest.approx(baseline - FONT.cap_height * size, abs=1)
    assert left <= columns.min() < left + 8
    assert left + FONT.width(text) * size - 8 < columns.max() < left + FONT.width(text) * size


def test_of_the_font_only_what_is_used_is_embedded():
    paper = roll()

    file = printed([Drawing(face(paper, "Молоко 0123456789"))] * 3, paper)

    with pikepdf.open(io.BytesIO(file)) as document:
        found = [each for each in document.objects if is_font(each)]
        (descriptor,) = [each.FontDescriptor for each in found if "/FontDescriptor" in each]
        assert re.fullmatch(r"/[A-Z]{6}\+[\w-]+", str(descriptor.FontName))
        assert len(descriptor.FontFile2.read_bytes()) == descriptor.FontFile2.Length1 < 60_000
        assert len(descriptor.FontFile2.read_raw_bytes()) < 8_000
    assert len(found) == 2


def is_font(each: pikepdf.Object) -> bool:
    return isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"


@pytest.mark.parametrize("name", ["Deja Vu (1)#/%", "Шрифт", "<A>[B]{C}"])
def test_whatever_a_font_is_called_its_name_is_a_name(name, pages):
    paper = roll()
    called = replace(FONT, name=name)
    drawing = Drawing(replace(face(paper, "Молоко"), font=called))

    file = printed([drawing], paper)

    assert pages(file).text(0) == "Молоко"
    with pikepdf.open(io.BytesIO(file)) as document:
        names = {str(each.BaseFont)[8:] for each in document.objects if is_font(each)}
    assert names == {name}


def test_a_file_without_text_embeds_no_font():
    paper = roll()

    file = printed([Drawing(face(paper))], paper)

    with pikepdf.open(io.BytesIO(file)) as document:
        assert not any(is_font(each) for each in document.objects)


def test_labels_in_two_fonts_embed_both(pages):
    paper = roll()
    first, second = face(paper, "Молоко"), face(paper, "Сыр")
    (carried,) = fonts.from_wheel()
    other = fonts.load(carried)
    if other.digest == FONT.digest:
        pytest.skip("one font only: apt-get install fonts-dejavu-extra")
    second = replace(second, font=other)

    rendered = pages(printed([Drawing(first), Drawing(second)], paper))

    assert [rendered.text(page) for page in (0, 1)] == ["Молоко", "Сыр"]


def test_how_much_is_kept_in_mind_makes_no_difference(monkeypatch):
    paper = roll()
    places = [(left, 60, 14.0) for left in range(20)] * 2
    drawings = [Drawing(face(paper), words=(Words("Н", *place),)) for place in places]
    file = printed(drawings, paper)

    monkeypatch.setattr(pdf_marks, "KEPT", 3)

    assert printed(drawings, paper) == file
