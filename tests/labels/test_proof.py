"""Nothing leaves that does not say what it must."""

import traceback

import numpy as np
import pytest
import zxingcpp
from barcode.codex import Code128

from domain.catalogue.templates import Family
from labels.output.symbol_svg import svg
from labels.refusals import SymbolMisread
from labels.symbols import data_matrix, linear, qr
from labels.symbols.dots import bitmaps, module_dots
from labels.symbols.proof import FORMATS, prove, prove_all
from labels.symbols.symbol import Symbol, Symbology
from tests.labels.decoded import read
from tests.labels.symbol_pictures import bitmap, png

GS = chr(29)
MILK = f"0104610053149777215d/w(U{GS}93dGVz"
BEER = f"010461005314977721H;dV)bF{GS}93ACVU"
PACK = "04601653035829H;dV)bFACVUdGVz"
URI = "https://id.example/01/04610053149777/21/5d%2Fw"
ONE_OF_EACH = [
    data_matrix.one(MILK, Family.S),
    data_matrix.one(PACK, Family.T29),
    qr.one(URI),
    linear.sscc("146070950831234560"),
    linear.gs1_128([("02", "04610053149777"), ("10", "A1"), ("37", "12")]),
    linear.ean_8("46000514"),
    linear.ean_13("4610053149777"),
    linear.itf_14("15400141288763"),
]
each = pytest.mark.parametrize("symbol", ONE_OF_EACH, ids=lambda symbol: symbol.symbology)


def with_modules(symbol: Symbol, dark: np.ndarray) -> Symbol:
    return symbol._replace(rows=np.packbits(dark, axis=1).tobytes())


def test_a_symbol_that_says_something_else_is_not_released():
    symbol = data_matrix.one(MILK, Family.S)
    other = symbol._replace(content=MILK.replace("5d", "5D"))

    for release in (lambda: prove(other, 4), lambda: png(other), lambda: svg(other)):
        with pytest.raises(SymbolMisread):
            release()


def test_a_damaged_symbol_is_not_released():
    symbol = data_matrix.one(MILK, Family.S)
    dark = symbol.dark()
    dark[4:16, 4:16] ^= 1

    with pytest.raises(SymbolMisread):
        prove(symbol._replace(rows=np.packbits(dark, axis=1).tobytes()), 4)


def test_a_symbol_without_fnc1_is_not_released_though_its_encoder_claims_one():
    claimed = zxingcpp.create_barcode(
        MILK.encode(), zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True
    )
    dark = np.asarray(claimed.to_image(scale=1, add_quiet_zones=False)) == 0
    symbol = data_matrix.one(MILK, Family.S)._replace(
        columns=dark.shape[1],
        lines=dark.shape[0],
        rows=np.packbits(dark, axis=1).tobytes(),
    )

    assert claimed.symbology_identifier == "]d2"
    assert read(bitmap(symbol, 4))[1] == "]d1"
    with pytest.raises(SymbolMisread):
        prove(symbol, 4)


def test_neither_a_symbol_nor_its_failure_shows_the_verification_code():
    symbol = data_matrix.one(MILK, Family.S)

    assert "dGVz" not in repr(symbol)
    with pytest.raises(SymbolMisread) as raised:
        prove(symbol._replace(identifier="]d1"), 4)
    assert "dGVz" not in str(raised.value)


@each
@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_every_symbology_is_proven_at_every_size_that_is_allowed(symbol, dpi):
    line = dpi  # an inch high, where lines have a height
    sizes = [
        (dots, line if symbol.lines == 1 else dots) for dots in module_dots(symbol.geometry, dpi)
    ]

    assert prove_all((symbol, *size) for size in sizes) == len(sizes) > 0


def test_every_symbology_has_its_reader():
    assert set(FORMATS) == set(Symbology) == {symbol.symbology for symbol in ONE_OF_EACH}


@each
def test_every_symbology_is_refused_when_it_says_something_else(symbol):
    last = symbol.content[-1]
    others = [
        symbol._replace(content=symbol.content[:-1] + ("1" if last == "0" else "0")),
        symbol._replace(content=symbol.content + "0"),
        symbol._replace(content=symbol.content[:-1]),
        symbol._replace(content=""),
        symbol._replace(content=symbol.content + "\N{CYRILLIC SMALL LETTER A}"),
        symbol._replace(identifier="]d0"),
    ]
    for other in others:
        with pytest.raises(SymbolMisread):
            prove(other, 4)


@each
def test_every_symbology_is_refused_when_it_is_damaged(symbol):
    dark = symbol.dark()
    halves = dark.copy()
    halves[:, : symbol.columns // 2] ^= 1
    blank = np.zeros_like(dark)
    shifted = np.roll(dark, 3, axis=1)
    for damaged in (halves, blank, dark ^ 1, shifted):
        with pytest.raises(SymbolMisread):
            prove(with_modules(symbol, damaged), 4)


@pytest.mark.parametrize("column", [1, 20, 50, 94, 120, 150])
def test_a_single_wrong_bar_is_found(column):
    symbol = linear.sscc("146070950831234560")
    dark = symbol.dark()
    dark[0, column] ^= 1

    with pytest.raises(SymbolMisread):
        prove(with_modules(symbol, dark), 4)


def test_two_symbols_that_changed_places_are_both_refused():
    first, second = data_matrix.one(MILK, Family.S), data_matrix.one(MILK[:-1] + "A", Family.S)

    for symbol, rows in ((first, second.rows), (second, first.rows)):
        with pytest.raises(SymbolMisread):
            prove_all([(symbol._replace(rows=rows), 4, 4)])


def test_gs1_is_told_from_plain():
    plain = data_matrix.one(PACK, Family.T29)
    gs1 = data_matrix.one(MILK, Family.S)
    for symbol, claimed in ((plain, "]d2"), (gs1, "]d1")):
        with pytest.raises(SymbolMisread):
            prove(symbol._replace(identifier=claimed), 4)


def test_code_128_without_fnc1_is_no_gs1_128():
    symbol = linear.sscc("146070950831234560")
    bars = Code128(symbol.content).build()[0]
    dark = np.array([[int(bar) for bar in bars]], np.uint8)

    with pytest.raises(SymbolMisread):
        prove(with_modules(symbol, dark)._replace(columns=len(bars)), 4)


def test_one_wrong_symbol_among_hundreds_is_found_wherever_it_stands():
    symbols = data_matrix.many(
        [f"0104610053149777215d{number:04}{GS}93dGVz" for number in range(400)], Family.S
    )
    assert prove_all((symbol, 4, 4) for symbol in symbols) == 400

    for place in (0, 47, 399):
        wrong = symbols.copy()
        wrong[place] = symbols[place]._replace(rows=symbols[place - 1].rows)
        with pytest.raises(SymbolMisread):
            prove_all((symbol, 4, 4) for symbol in wrong)


def test_kinds_and_sizes_are_proven_together_and_counted():
    placed = [(symbol, module, 90) for symbol in ONE_OF_EACH[3:] for module in (3, 4)]
    placed += [(symbol, 4, 4) for symbol in ONE_OF_EACH[:3]] * 5

    assert prove_all(placed) == len(placed)
    assert prove_all([]) == 0


def test_a_line_that_is_not_as_high_as_its_modules_are_wide_is_drawn_so_and_found():
    symbol = data_matrix.one(MILK, Family.S)

    with pytest.raises(SymbolMisread):
        prove_all([(symbol, 4, 9)])


@each
@pytest.mark.parametrize(("module", "line"), [(1, 1), (3, 3), (4, 130), (7, 2)])
def test_a_rendering_has_exactly_the_printers_dots(symbol, module, line):
    quiet_columns, quiet_lines, *_ = symbol.geometry
    dark = np.kron(symbol.dark(), np.ones((line, module), np.uint8))
    quiet = ((quiet_lines * module,) * 2, (quiet_columns * module,) * 2)
    expected = np.where(np.pad(dark, quiet), 0, 255)

    for picture in bitmaps([symbol, symbol], module, line):
        assert (picture == expected).all()


def test_no_failure_shows_a_verification_code():
    symbols = [data_matrix.one(MILK, Family.S), data_matrix.one(BEER, Family.S)]
    wrong = [(symbol._replace(identifier="]d1"), 4, 4) for symbol in symbols]
    for symbol in wrong * 300, wrong[:1]:
        with pytest.raises(SymbolMisread) as raised:
            prove_all(symbol)

        told = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
        assert "dGVz" not in told
        assert "ACVU" not in told
