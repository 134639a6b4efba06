"""A label's dots: exactly the ideal ones, at the printer's resolution, whatever stands on it."""

import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.output import bitmap
from labels.output.png import png
from labels.text import glyphs
from tests.labels import drawn


def dots(drawing):
    """What a printer of packed rows would print, 1 for black."""
    face = drawing.face
    rows = np.frombuffer(bitmap.rows(drawing), np.uint8).reshape(face.height, -1)
    return np.unpackbits(rows, axis=1)


def opened(file):
    return np.asarray(Image.open(io.BytesIO(file)))


def ideal(placed, shape):
    """Every module a rectangle of dots, one after another."""
    black = np.zeros(shape, np.uint8)
    for line, modules in enumerate(placed.symbol.dark().tolist()):
        for column, dark in enumerate(modules):
            top, left = placed.top + line * placed.line, placed.left + column * placed.module
            black[top : top + placed.line, left : left + placed.module] = dark
    return black


@pytest.mark.parametrize(
    ("dpi", "size", "module"),
    [(203, (464, 320), 4), (300, (685, 472), 5), (600, (1370, 945), 10), (203, (461, 317), 3)],
)
def test_a_label_is_read_back_and_has_its_size_and_resolution(dpi, size, module):
    label = drawn.milk(drawn.face(dpi, size), module)

    picture = Image.open(io.BytesIO(png(label)))
    read = zxingcpp.read_barcode(picture.convert("L"))

    assert picture.mode == "1"
    assert picture.size == size
    assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)
    assert read.bytes == drawn.MILK.encode("ascii")
    assert read.symbology_identifier == "]d2"


@pytest.mark.parametrize("placed", drawn.SYMBOLS, ids=lambda at: str(at.symbol.symbology))
@pytest.mark.parametrize("left", range(8))
def test_a_symbol_s_dots_are_exactly_the_ideal_ones(placed, left):
    placed = placed._replace(left=placed.left + left)
    face = Face(203, 701, 320, drawn.FONT)

    found = opened(png(Drawing(face, (placed,))))

    assert (found == 1 - ideal(placed, (320, 701))).all()


def test_common_and_own_parts_print_alike():
    placed = drawn.SYMBOLS[:1]
    words = (Words("(21)5d/w(U", 200, 50, 17.0),)
    common = Face(203, 464, 320, drawn.FONT, words, (), placed)

    assert png(Drawing(common)) == png(Drawing(Face(203, 464, 320, drawn.FONT), placed, words))


def test_a_png_holds_the_very_dots_that_printers_get():
    label = drawn.milk(drawn.face(size=(461, 317)))

    assert (opened(png(label)) == 1 - dots(label)[:, :461]).all()
    assert not dots(label)[:, 461:].any()


def test_text_stands_where_the_drawing_says():
    words = Words("Үй тәпішкелері", 100, 60, 19.0)
    raster = glyphs.raster(drawn.FONT, words.text, words.size)

    black = dots(Drawing(Face(203, 464, 320, drawn.FONT), words=(words,)))
    lines, columns = black.nonzero()

    assert (columns.min(), columns.max() + 1) == (
        100 + raster.left,
        100 + raster.left + raster.width,
    )
    assert (lines.min(), lines.max() + 1) == (60 + raster.top, 60 + raster.top + raster.height)


def test_bars_are_black_and_nothing_else_is():
    bars = (Bar(0, 0, 16, 1), Bar(3, 5, 1, 9), Bar(10, 7, 21, 4))
    expected = np.zeros((20, 40), np.uint8)
    expected[0, :16] = expected[5:14, 3] = 1
    expected[7:11, 10:31] = 1

    assert (dots(Drawing(Face(203, 40, 20, drawn.FONT, bars=bars))) == expected).all()


@pytest.mark.parametrize("left", [-300, -40, -5, 30, 45, 46, 500])
@pytest.mark.parametrize("top", [-300, -30, 15, 20, 300])
def test_what_lies_beyond_the_edge_is_cut_and_never_comes_back_on_the_other_side(left, top):
    symbol = drawn.SYMBOLS[0].symbol
    face = Face(203, 46, 20, drawn.FONT, bars=(Bar(left, top, 3, 3),))
    placed = (Placed(symbol, left, top, 4, 4),)
    words = (Words("Щука", left, top, 25.0),)

    black = dots(Drawing(face, placed, words))

    across, down = max(0, left - 4), max(0, top - 40)
    assert not black[:, 46:].any()
    assert not black[:, :across].any()
    assert not black[:down].any()


@pytest.mark.parametrize("name", drawn.HOSTILE)
def test_a_hostile_name_is_printed_as_letters(name):
    label = drawn.milk(drawn.face(names=(name,)))

    picture = Image.open(io.BytesIO(png(label)))

    assert picture.size == (464, 320)
    assert zxingcpp.read_barcode(picture.convert("L")).bytes == drawn.MILK.encode("ascii")


def test_the_same_label_makes_the_same_bytes():
    assert png(drawn.milk(drawn.face())) == png(drawn.milk(drawn.face()))


def test_labels_of_a_face_do_not_leave_traces_on_each_other():
    face = drawn.face()
    before = png(Drawing(face))

    png(drawn.milk(face))

    assert png(Drawing(face)) == before
