"""Labels go to the positions they are meant for, page by page, and leave while they come."""

import io
import itertools
import random
import re
import subprocess
import tracemalloc

import numpy as np
import pikepdf
import pytest
import zxingcpp

from domain.catalogue.templates import Family
from labels.drawing import Bar, Drawing, Face
from labels.output import pdf, pdf_objects
from labels.output.paper import MOST_COPIES
from labels.refusals import LabelCountNotFitting, StartBeyondSheet
from tests.labels.conftest import SHAPES, draw
from tests.labels.rasterisers import installed
from tests.labels.sheets import asked_for, dots, face, faults, labels, printed, roll, sheet

GRIDS = [(3, 8), (4, 10), (2, 7), (5, 13)]


def read_all(page: np.ndarray) -> dict[str, tuple[int, int]]:
    """What a reader finds on a page, and where each symbol's top left is."""
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.DataMatrix)
    return {
        each.bytes.decode(): (each.position.top_left.x, each.position.top_left.y) for each in found
    }


@pytest.fixture
def chance() -> random.Random:
    return random.Random("pages")  # noqa: S311


@pytest.fixture
def milk(chance) -> list[tuple[str, Family]]:
    return [(draw(SHAPES[0], chance), Family.S) for _ in range(30)]


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("dpi", [300, 600])
def test_every_label_of_a_sheet_reads_back_from_its_position(grid, dpi, chance, pages):
    paper = sheet(*grid, dpi)
    shapes = chance.choices(SHAPES, k=len(paper.corners))
    codes = [(draw(shape, chance), shape.family) for shape in shapes]
    drawings = labels(codes, face(paper, "Молоко"), dots(0.26 if dpi == 600 else 0.34, dpi))

    rendered = pages(printed(drawings, paper))

    found = read_all(rendered.dots(0, dpi))
    assert len(rendered) == 1
    assert found.keys() == {code for code, _ in codes}
    for (code, _), (left, top), drawing in zip(codes, paper.corners, drawings, strict=True):
        placed = drawing.placed[0]
        assert found[code] == pytest.approx((left + placed.left, top + placed.top), abs=3)


def test_printing_starts_where_the_sheet_is_still_unused(milk, pages):
    paper = sheet(3, 8, 300, start=23)

    rendered = pages(printed(labels(milk[:4], face(paper)), paper))

    first, second = (read_all(rendered.dots(page, 300)) for page in (0, 1))
    assert len(rendered) == 2
    assert first.keys() == {code for code, _ in milk[:2]}
    assert second.keys() == {code for code, _ in milk[2:4]}
    assert (rendered.dots(0, 300)[: paper.corners[22][1]] == 255).all()


def test_copies_follow_one_another_across_pages(milk, pages):
    paper = sheet(3, 8, 300, start=20, copies=4)

    rendered = pages(printed(labels(milk[:2], face(paper)), paper))

    (first, _), (second, _) = milk[:2]
    counts = [
        [each.text for each in zxingcpp.read_barcodes(rendered.dots(page, 300))]
        for page in range(len(rendered))
    ]
    assert [len(page) for page in counts] == [5, 3]
    assert [len(set(page)) for page in counts] == [2, 1]
    texts = zxingcpp.read_barcodes(rendered.dots(0, 300))
    assert sorted(each.bytes.decode() for each in texts) == sorted([first] * 4 + [second])


def test_copies_on_a_roll_share_what_they_show(milk, pages):
    paper = roll(copies=500)

    file = printed(labels(milk[:2], face(paper, "Молоко")), paper)

    with pikepdf.open(io.BytesIO(file)) as document:
        contents = [page.Contents.objgen for page in document.pages]
    assert [len(list(run)) for _, run in itertools.groupby(contents)] == [500, 500]
    assert read_all(pages(file).dots(499, 203)).keys() == {milk[0][0]}
    assert read_all(pages(file).dots(500, 203)).keys() == {milk[1][0]}
    assert len(file) < 30_000


def test_cut_marks_stand_on_every_page(milk, pages):
    marks = Bar(dots(70, 300), dots(74.25, 300) - 10, 1, 21), Bar(0, 0, 10, 1)
    paper = sheet(3, 8, 300, cut_marks=marks)

    rendered = pages(printed(labels(milk[:1], face(paper)) * 25, paper))

    assert len(rendered) == 2
    for page in (0, 1):
        black = rendered.dots(page, 300) < 128
        assert all(
            black[bar.top : bar.top + bar.height, bar.left : bar.left + bar.width].all()
            for bar in marks
        )


@pytest.mark.parametrize(
    ("count", "how", "expected"),
    [
        (1, {}, 1),
        (24, {}, 1),
        (25, {}, 2),
        (24, {"start": 2}, 2),
        (1, {"start": 24, "copies": 2}, 2),
        (5, {"copies": 24}, 5),
    ],
)
def test_as_many_pages_as_the_labels_need(count, how, expected, milk, pages):
    paper = sheet(3, 8, 300, **how)

    assert len(pages(printed(labels(milk[:1], face(paper)) * count, paper))) == expected


@pytest.mark.parametrize("start", [-1, 0, 25, 10**9])
def test_a_start_beyond_the_sheet_is_refused_before_a_byte_is_written(start):
    paper = sheet(3, 8, 300, start=start)

    with pytest.raises(StartBeyondSheet) as raised:
        pdf.pages(iter(()), paper, "")

    assert raised.value.facts == {"start": start, "positions": 24}


@pytest.mark.parametrize("copies", [-1, 0, MOST_COPIES + 1])
def test_a_count_of_copies_that_nobody_prints_is_refused(copies):
    with pytest.raises(LabelCountNotFitting):
        pdf.pages(iter(()), roll(copies=copies), "")


def test_no_labels_at_all_are_refused():
    with pytest.raises(LabelCountNotFitting):
        printed([], roll())


def test_more_pages_than_readers_bear_are_refused(monkeypatch, milk):
    monkeypatch.setattr(pdf, "MOST_PAGES", 3)
    paper = roll()
    drawings = labels(milk[:4], face(paper))

    assert len(printed(drawings[:3], paper)) > 0
    with pytest.raises(LabelCountNotFitting):
        printed(drawings, paper)


def test_a_label_of_another_resolution_is_a_fault(milk):
    with pytest.raises(RuntimeError, match="203 dpi on a page of 300"):
        printed(labels(milk[:1], face(roll(203))), roll(300))


@pytest.mark.parametrize(("paper", "a_page"), [(roll(), 1), (sheet(3, 8, 300), 24)])
def test_a_page_leaves_before_the_labels_of_the_next_are_asked_for(paper, a_page, milk):
    count = [0]
    drawings = asked_for(labels(milk[:1], face(paper)) * 100, count)

    first = next(pdf.pages(drawings, paper, "Labels"))

    assert count == [a_page]
    assert first.startswith(b"%PDF-1.7\n")
    assert first.count(b"\nendstream\n") == 2  # the face's form, and what is on the page


def test_the_pieces_are_neither_crumbs_nor_heaps(milk):
    paper = roll()

    pieces = list(pdf.pages(labels(milk, face(paper)) * 50, paper, "Labels"))

    assert all(65_536 <= len(piece) < 100_000 for piece in pieces[1:-1])
    assert len(pieces) > 5


def test_a_file_whose_labels_break_off_has_no_end(milk):
    paper = roll()

    def broken():
        yield from labels(milk, face(paper))
        raise OSError("the codes are gone")

    written = []
    with pytest.raises(OSError, match="gone"):
        written.extend(pdf.pages(broken(), paper, "Labels"))
    assert b"%%EOF" not in b"".join(written)
    assert b"startxref" not in b"".join(written)


def test_a_file_that_is_cut_anywhere_has_no_end(milk):
    paper = roll()
    file = printed(labels(milk, face(paper, "Молоко")), paper)

    assert file.endswith(b"\n%%EOF\n")
    assert file.count(b"%%EOF") == file.count(b"startxref") == 1
    stream = pdf.pages(labels(milk, face(paper)), paper, "Labels")
    next(stream)
    stream.close()
    assert list(stream) == []


def test_the_same_labels_give_the_same_bytes(milk):
    paper = sheet(3, 8, 300, copies=2, start=3)

    files = {printed(labels(milk, face(paper, "Молоко")), paper, "Партия 17") for _ in range(2)}

    assert len(files) == 1


def test_no_time_and_no_chance_is_in_a_file_and_other_labels_have_another_id(milk):
    paper = roll()
    files = [printed(labels(codes, face(paper)), paper) for codes in (milk[:2], milk[1:3])]

    ids = set()
    for file in files:
        with pikepdf.open(io.BytesIO(file)) as document:
            assert set(document.docinfo) == {"/Title", "/Producer"}
            ids.add(bytes(document.trailer.ID[0]))
    assert len(ids) == 2


def test_a_viewer_is_told_not_to_scale(milk):
    file = printed(labels(milk[:1], face(roll())), roll())

    with pikepdf.open(io.BytesIO(file)) as document:
        assert document.Root.ViewerPreferences.PrintScaling == "/None"


@pytest.mark.parametrize("count", [1, 63, 64, 65, 120, 128, 4096, 4097])
def test_pages_hang_on_a_tree_in_their_order(count, milk):
    paper = roll()
    pair = labels(milk[:2], face(paper))

    file = printed(itertools.islice(itertools.cycle(pair), count), paper)

    with pikepdf.open(io.BytesIO(file)) as document:
        assert len(document.pages) == count
        nodes = [each for each in document.objects if is_node(each)]
        assert all(1 <= len(node.Kids) <= 64 for node in nodes)
        assert nodes.count(document.Root.Pages) == 1
        contents = [page.Contents.objgen[0] for page in document.pages]
        assert contents == sorted(set(contents))


def is_node(each: pikepdf.Object) -> bool:
    return isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Pages"


def test_a_file_of_more_than_four_gigabytes_has_a_wider_table(monkeypatch, milk, pages):
    paper = roll()
    drawings = labels(milk, face(paper, "Молоко"))
    file = printed(drawings, paper)
    monkeypatch.setattr(pdf_objects, "FOUR_BYTES", 1_000)

    wide = printed(drawings, paper)

    assert b"/W[1 4 1]" in file
    assert b"/W[1 6 1]" in wide
    assert np.array_equal(pages(file).dots(29, 203), pages(wide).dots(29, 203))


def test_faces_of_many_products_each_have_their_form(pages):
    paper = roll()
    names = [f"Товар {number}" for number in range(pdf.FACES_KEPT + 20)]
    drawings = [Drawing(face(paper, name)) for name in names]

    file = printed([*drawings, *drawings[:20], *drawings[-20:]], paper)

    rendered = pages(file)
    shown = [rendered.text(page) for page in range(len(rendered))]
    assert shown == [*names, *names[:20], *names[-20:]]
    assert faults(file) == []


def test_an_empty_label_is_an_empty_page(pages):
    paper = roll()

    rendered = pages(printed([Drawing(Face(203, 464, 320, face(paper).font))], paper))

    assert (rendered.dots(0, 203) == 255).all()


def test_memory_does_not_grow_with_the_labels(milk):
    paper = roll()
    endless = itertools.cycle(labels(milk, face(paper, "Молоко")))

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in pdf.pages(itertools.islice(endless, count), paper, "Labels"):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = peak(2_000), peak(8_000)

    assert many - few < 6_000 * 2 * 30  # two objects a label; the table grows by leaps


def test_symbols_leave_room_for_nothing_but_themselves(milk):
    """What a label costs: its symbol, its serial, and little around them."""
    paper = roll()
    file = printed(labels(milk, face(paper, "Молоко")) * 20, paper)

    contents = re.findall(rb"<</Length (\d+)>>stream\nq 1 0 0 1", file)
    assert len(contents) == 600
    assert max(map(int, contents)) < 300


PROGRAMS = {
    "qpdf": ("qpdf", "--check", "in.pdf"),
    "ghostscript": ("gs", "-q", "-dSAFER", "-dPDFSTOPONERROR", "-sDEVICE=nullpage", "in.pdf"),
    "poppler-utils": ("pdfinfo", "in.pdf"),
}


@pytest.mark.parametrize("package", PROGRAMS)
@pytest.mark.parametrize("count", [1, 200])
def test_programs_find_nothing_wrong(package, count, milk, tmp_path):
    program, *arguments = PROGRAMS[package]
    paper = roll()
    pair = itertools.cycle(labels(milk[:2], face(paper, "Молоко «Луговое»")))
    (tmp_path / "in.pdf").write_bytes(printed(itertools.islice(pair, count), paper))

    told = subprocess.run(
        [installed(program, package), *arguments],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )

    assert told.returncode == 0
    assert told.stderr == b""
    assert b"****" not in told.stdout
