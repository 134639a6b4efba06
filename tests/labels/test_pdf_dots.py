"""Every dot of every symbol and line stands where it was drawn, whichever program prints it."""

import random
import zlib

import numpy as np
import pytest

from domain.catalogue.templates import Family
from labels.drawing import Bar, Drawing, Face, Placed
from labels.output.paper import Paper
from labels.symbols import data_matrix, linear
from labels.symbols.symbol import Symbol, Symbology
from tests.labels.conftest import SHAPES, draw
from tests.labels.rasterisers import RASTERISERS
from tests.labels.sheets import FONT, dots, printed, roll, sheet

SSCC = linear.sscc("146070950831234560")


@pytest.fixture(params=RASTERISERS)
def rasterise(request, tmp_path):
    return lambda file, dpi: RASTERISERS[request.param](file, dpi, tmp_path)


def symbols(count: int) -> list[Symbol]:
    chance = random.Random("dots")  # noqa: S311
    shapes = chance.choices(SHAPES, k=count)
    return [data_matrix.one(draw(shape, chance), shape.family) for shape in shapes]


def ideal(paper: Paper, drawings: list[Drawing]) -> np.ndarray:
    """The dots of one page as they were drawn."""
    page = np.zeros((paper.height, paper.width), bool)
    for (left, top), drawing in zip(paper.corners, drawings, strict=False):
        for bar in drawing.face.bars:
            blacken(page, np.ones((bar.height, bar.width)), left + bar.left, top + bar.top)
        for placed in (*drawing.placed, *drawing.face.placed):
            blacken(page, enlarged(placed), left + placed.left, top + placed.top)
    for bar in paper.cut_marks:
        blacken(page, np.ones((bar.height, bar.width)), bar.left, bar.top)
    return page


def enlarged(placed: Placed) -> np.ndarray:
    return np.repeat(np.repeat(placed.symbol.dark(), placed.line, 0), placed.module, 1)


def blacken(page: np.ndarray, black: np.ndarray, left: int, top: int) -> None:
    lines, columns = black.shape
    page[top : top + lines, left : left + columns] |= black.astype(bool)


def framed(paper: Paper, width: int, height: int) -> Face:
    """Lines one dot wide along the edges, and a row of bars a dot wider each, one dot apart."""
    frame = (
        Bar(0, 0, width, 1),
        Bar(0, height - 1, width, 1),
        Bar(0, 0, 1, height),
        Bar(width - 1, 0, 1, height),
    )
    bars = tuple(Bar(3 + sum(range(wide)) + wide, 3, wide, 4) for wide in range(1, 6))
    return Face(paper.dpi, width, height, FONT, bars=frame + bars)


@pytest.mark.parametrize(
    ("dpi", "modules"), [(203, (3, 4)), (300, (4, 5)), (600, (8, 10))], ids=["203", "300", "600"]
)
def test_no_dot_of_a_sheet_is_wrong(dpi, modules, rasterise):
    cross = Bar(dots(70, dpi) - 5, dots(37.125, dpi), 11, 1), Bar(dots(70, dpi), 100, 1, 11)
    paper = sheet(3, 8, dpi, cut_marks=cross)
    face = framed(paper, dots(70, dpi) - 1, dots(37.125, dpi) - 1)
    drawings = [
        Drawing(face, (Placed(symbol, 7 + at, 12 + at, modules[at % 2], modules[at % 2]),))
        for at, symbol in enumerate(symbols(24))
    ]

    (page,) = rasterise(printed(drawings, paper), dpi)

    wanted = ideal(paper, drawings)
    assert page.shape == wanted.shape
    assert np.count_nonzero(page != wanted) == 0


@pytest.mark.parametrize(("dpi", "module"), [(203, 4), (300, 6), (600, 12)])
def test_no_dot_of_bars_on_a_logistic_label_is_wrong(dpi, module, rasterise):
    paper = roll(dpi, (100, 150))
    placed = Placed(SSCC, 10 * module, dots(100, dpi), module, dots(32, dpi))
    drawing = Drawing(framed(paper, paper.width, paper.height), (placed,))

    (page,) = rasterise(printed([drawing], paper), dpi)

    assert np.array_equal(page, ideal(paper, [drawing]))


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("mm", [(30, 20), (43, 25), (58, 40), (80, 50)])
def test_pages_of_a_roll_are_as_many_dots_as_the_label(dpi, mm, rasterise):
    paper = roll(dpi, mm)
    face = framed(paper, paper.width, paper.height)
    module = 3 * dpi // 200
    drawings = [
        Drawing(face, (Placed(symbol, 2 * module, 2 * module, module, module),))
        for symbol in symbols(8)
        if (symbol.columns + 4) * module <= paper.height
    ]

    found = rasterise(printed(drawings, paper), dpi)

    assert len(found) == len(drawings) > 0
    assert all(
        np.array_equal(page, ideal(paper, [drawing]))
        for page, drawing in zip(found, drawings, strict=True)
    )


ENDS = [b"EI", b"\nEI Q\n", b" EI\nQ q ", b"EI EI EI\r\nEI\n", b"~>EI ", b">\nEI Q\nBI"]


@pytest.mark.parametrize("ends", ENDS)
def test_modules_that_look_like_the_end_of_an_image_are_none(ends, rasterise):
    rows = (ends * 60)[: 6 * 20]
    symbol = Symbol(Symbology.DATA_MATRIX, "", "]d2", 48, 20, rows)
    paper = roll(mm=(58, 40))
    drawing = Drawing(framed(paper, paper.width, paper.height), (Placed(symbol, 30, 30, 3, 3),))

    (page,) = rasterise(printed([drawing], paper), 203)

    assert np.array_equal(page, ideal(paper, [drawing]))


@pytest.mark.parametrize("byte", [0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x20, 0x28, 0x29, 0x3E, 0x5C, 0xFF])
def test_modules_that_look_like_white_space_stay_modules(byte, rasterise):
    symbol = Symbol(Symbology.DATA_MATRIX, "", "]d2", 16, 16, bytes([byte]) * 32)
    paper = roll()
    drawing = Drawing(framed(paper, paper.width, paper.height), (Placed(symbol, 30, 30, 4, 4),))

    (page,) = rasterise(printed([drawing], paper), 203)

    assert np.array_equal(page, ideal(paper, [drawing]))


def test_binary_modules_that_hold_the_end_of_an_image_are_written_in_hexadecimal():
    chance = random.Random("EI")  # noqa: S311
    long = [shape for shape in SHAPES if shape.family in {Family.L44, Family.L88}]
    found = (data_matrix.one(draw(shape, chance), shape.family) for shape in long * 500)
    ends = [symbol for symbol in found if b"EI" in symbol.rows]
    paper = roll()
    face = framed(paper, paper.width, paper.height)

    file = printed([Drawing(face, (Placed(symbol, 20, 20, 4, 4),)) for symbol in ends], paper)

    assert ends
    assert file.count(b"/F/AHx ID ") == len(ends)
    assert all(symbol.rows not in file for symbol in ends)
    assert all(symbol.rows.hex().encode() + b">" in file for symbol in ends)


def test_a_symbol_that_all_labels_share_is_written_once(rasterise):
    noise = np.random.default_rng(zlib.crc32(b"shared")).integers(0, 2, (33, 33), np.uint8)
    rows = np.packbits(noise, axis=1).tobytes()
    symbol = Symbol(Symbology.QR, "", "]Q1", 33, 33, rows)
    paper = roll()
    bare = framed(paper, paper.width, paper.height)
    face = Face(203, bare.width, bare.height, FONT, (), bare.bars, (Placed(symbol, 40, 40, 3, 3),))

    file = printed([Drawing(face, words=()) for _ in range(3)], paper)

    wanted = ideal(paper, [Drawing(face)])
    assert all(np.array_equal(page, wanted) for page in rasterise(file, 203))
    assert file.count(b"/Subtype/Form") == 1
