"""Symbols say exactly what they were asked to say, whatever they are drawn with."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from domain.catalogue.templates import Family
from domain.standards.alphabets import Alphabet
from labels.output.symbol_svg import svg
from labels.refusals import ContentNotFitting, ResolutionNotFitting
from labels.symbols import contents, data_matrix, linear, qr
from labels.symbols.dots import module_dots
from labels.symbols.symbol import GEOMETRY, Symbology
from tests.labels.decoded import rasterised, read
from tests.labels.symbol_pictures import bitmap, png

GS = chr(29)
MILK = f"0104610053149777215d/w(U{GS}93dGVz"
PACK = "04601653035829H;dV)bFACVUdGVz"
SSCC = "146070950831234560"
URI = "HTTPS://ID.EXAMPLE/01/04610053149777/21/5d%2Fw%28U"
ONE_OF_EACH = {
    Symbology.DATA_MATRIX: data_matrix.one(MILK, Family.S),
    Symbology.QR: qr.one(URI),
    Symbology.GS1_128: linear.sscc(SSCC),
    Symbology.EAN_8: linear.ean_8("46000514"),
    Symbology.EAN_13: linear.ean_13("4610053149777"),
    Symbology.ITF_14: linear.itf_14("15400141288763"),
}


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_every_template_reads_back_from_its_png(shape, codes, dpi):
    for code in codes(25):
        picture = Image.open(io.BytesIO(png(data_matrix.one(code, shape.family), dpi=dpi)))

        expected = "]d1" if shape.family is Family.T29 else "]d2"
        assert read(np.asarray(picture.convert("L"))) == (code.encode(), expected)


def test_every_template_reads_back_from_its_svg(shape, codes):
    for code in codes(8):
        drawing = svg(data_matrix.one(code, shape.family))

        expected = "]d1" if shape.family is Family.T29 else "]d2"
        assert read(rasterised(drawing, 4)) == (code.encode(), expected)


@settings(deadline=None)
@given(st.text(Alphabet.SET_82.characters, min_size=1, max_size=20))
def test_any_serial_of_the_82_characters_is_carried_exactly(serial):
    code = f"010461005314977721{serial}{GS}93dGVz"

    symbol = data_matrix.one(code, Family.S)

    assert read(bitmap(symbol, 3)) == (code.encode(), "]d2")
    assert contents.identification(code, Family.S) == ("04610053149777", serial)


SIZES = {
    "milk": {20},
    "milk-by-weight": {22},
    "beer": {20, 22},
    "keg": {22},
    "block": {22},
    "water": {22},
    "lamp-short": {24},
    "toy": {32, 36},
    "clothes": {36},
    "camera": {36},
    "shoes": {40, 44},
    "shoes-with-240": {40, 44},
    "pack": {20},
}


def test_symbols_are_square_and_as_small_as_measured(shape, codes):
    for code in codes(40):
        symbol = data_matrix.one(code, shape.family)

        assert symbol.lines == symbol.columns
        assert symbol.columns in SIZES[shape.name]


@pytest.mark.parametrize(
    "code",
    [
        "",
        GS + MILK,
        "]d2" + MILK,
        "[01]04610053149777[21]5d/wU[93]dGVz",
        "(01)04610053149777(21)5d/wU(93)dGVz",
        MILK + GS,
        MILK.replace(GS, " "),
        MILK.replace("(", "#"),
        MILK.replace("(", "["),
        MILK.replace("(", "\\"),
        MILK.replace("(", "ы"),
        MILK.replace("04610053149777", "04610053149776"),
        MILK.replace("04610053149777", "\N{ARABIC-INDIC DIGIT ZERO}4610053149777"),
        MILK.replace("5d/w(U", "x" * 21),
        "00146070950831234560",
        PACK,
    ],
)
def test_what_is_no_marking_code_becomes_no_symbol(code):
    with pytest.raises(ContentNotFitting):
        data_matrix.one(code, Family.S)


@pytest.mark.parametrize("code", ["", PACK[:-1], PACK + "=", MILK, PACK.replace(";", " ")])
def test_what_is_no_pack_code_becomes_no_symbol(code):
    with pytest.raises(ContentNotFitting):
        data_matrix.one(code, Family.T29)


@pytest.mark.parametrize(
    ("dpi", "allowed"), [(203, range(3, 6)), (300, range(4, 9)), (600, range(7, 17))]
)
def test_a_module_is_whole_dots_of_the_width_that_is_allowed(dpi, allowed):
    geometry = GEOMETRY[Symbology.DATA_MATRIX]

    assert module_dots(geometry, dpi) == allowed
    assert all(0.255 <= dots * 25.4 / dpi <= 0.680 for dots in allowed)
    assert (allowed[0] - 1) * 25.4 / dpi < 0.255
    assert allowed.stop * 25.4 / dpi > 0.680


@pytest.mark.parametrize("dpi", [-300, 0, 72, 199, 1201, 10**9])
def test_no_printer_has_this_resolution(dpi):
    with pytest.raises(ResolutionNotFitting):
        module_dots(GEOMETRY[Symbology.DATA_MATRIX], dpi)


def test_an_svg_is_safe_whatever_its_title():
    title = "</title><script>alert(1)</script>\x00\ud800 & <svg>"

    drawing = svg(data_matrix.one(MILK, Family.S), title=title)

    assert "<script" not in drawing
    assert "&lt;script&gt;" in drawing
    drawing.encode("utf-8")
    assert drawing.isprintable()


@pytest.mark.parametrize("symbol", ONE_OF_EACH.values(), ids=lambda symbol: symbol.symbology)
def test_every_symbology_keeps_its_quiet_zone(symbol):
    quiet = GEOMETRY[symbol.symbology].quiet_columns * 3

    dots = bitmap(symbol, 3)

    assert quiet >= 3
    assert (dots[:, :quiet] == 255).all()
    assert (dots[:, -quiet:] == 255).all()
    assert not dots[:, quiet].all()
    assert not dots[:, -quiet - 1].all()


@pytest.mark.parametrize("symbol", ONE_OF_EACH.values(), ids=lambda symbol: symbol.symbology)
def test_every_symbology_reads_back_from_its_dots_and_its_drawing(symbol):
    expected = symbol.content.encode(), symbol.identifier

    assert read(bitmap(symbol, 3)) == expected
    assert read(rasterised(svg(symbol), 3)) == expected


def test_every_symbology_has_its_geometry():
    assert set(ONE_OF_EACH) == set(GEOMETRY) == set(Symbology)


def test_linear_symbols_stand_as_high_as_gs1_asks_at_any_module():
    for symbology, height_mm in {
        Symbology.GS1_128: 32,
        Symbology.EAN_8: 18.23 * 0.8,
        Symbology.EAN_13: 22.85 * 0.8,
        Symbology.ITF_14: 32,
    }.items():
        geometry = GEOMETRY[symbology]

        assert geometry.line_height * geometry.smallest_mm >= height_mm
