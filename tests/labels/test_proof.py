"""Nothing leaves that does not say what it must."""

import numpy as np
import pytest
import zxingcpp

from domain.catalogue.templates import Family
from labels.output.symbol_png import png
from labels.output.symbol_svg import svg
from labels.refusals import SymbolMisread
from labels.symbols import data_matrix
from labels.symbols.dots import bitmap
from labels.symbols.proof import prove
from tests.labels.decoded import read

GS = chr(29)
MILK = f"0104610053149777215d/w(U{GS}93dGVz"


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
