"""Proof: a symbol is read back from its own dots before it leaves.

What a reader finds is compared with what the symbol is for, byte for byte. The encoder's own word
does not count: one of them reports the options that it was given. Error correction is part of
reading, here as at the till: a module or two that are wrong are mended and not noticed.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import zxingcpp
from zxingcpp import BarcodeFormat, BarcodeFormats, Binarizer

from labels.refusals import SymbolMisread
from labels.symbols.dots import bitmaps, shape
from labels.symbols.symbol import Symbol, Symbology

# A reader of one kind finds no other. It introduces ITF-14 as ]I1, whose check digit it has tested.
FORMATS = {
    Symbology.DATA_MATRIX: BarcodeFormats(BarcodeFormat.DataMatrix),
    Symbology.QR: BarcodeFormats(BarcodeFormat.QRCode),
    Symbology.GS1_128: BarcodeFormats(BarcodeFormat.Code128),
    Symbology.EAN_8: BarcodeFormats(BarcodeFormat.EAN8),
    Symbology.EAN_13: BarcodeFormats(BarcodeFormat.EAN13),
    Symbology.ITF_14: BarcodeFormats(BarcodeFormat.ITF14),
}
THREADS = 2  # the reader lets other threads run
DOTS_AT_A_TIME = 1_000_000  # drawn before they are read, a byte each


class Size(NamedTuple):
    """What symbols have in common that can be drawn together."""

    symbology: Symbology
    lines: int
    columns: int
    module: int
    line: int


def prove(symbol: Symbol, dots: int) -> None:
    """Read a symbol back from its rendering with modules of so many dots; or `SymbolMisread`."""
    prove_all([(symbol, dots, dots * symbol.geometry.line_height)])


def prove_all(symbols: Iterable[tuple[Symbol, int, int]]) -> int:
    """Read symbols back, each as the printer will print it, and say how many they were.

    With each come the dots that a module is wide and a line of it is high. The first that says
    anything else than it must raises `SymbolMisread`.
    """
    alike: dict[Size, list[Symbol]] = {}
    for symbol, module, line in symbols:
        size = Size(symbol.symbology, symbol.lines, symbol.columns, module, line)
        alike.setdefault(size, []).append(symbol)
    portions = list(_portions(alike))
    if len(portions) == 1:
        return _proven(portions[0])
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(_proven, portions))


def _portions(alike: dict[Size, list[Symbol]]) -> Iterator[tuple[Size, Sequence[Symbol]]]:
    for size, symbols in alike.items():
        height, width = shape(symbols[0], size.module, size.line)
        count = max(1, DOTS_AT_A_TIME // (height * width))
        for start in range(0, len(symbols), count):
            yield size, symbols[start : start + count]


def _proven(portion: tuple[Size, Sequence[Symbol]]) -> int:
    size, symbols = portion
    formats = FORMATS[size.symbology]
    pictures = bitmaps(symbols, size.module, size.line)
    for symbol, picture in zip(symbols, pictures, strict=True):
        read = zxingcpp.read_barcode(
            picture, formats=formats, binarizer=Binarizer.BoolCast, is_pure=True
        )
        if (
            read is None
            or not read.valid
            or read.bytes != symbol.content.encode("utf-8")
            or read.symbology_identifier != symbol.identifier
        ):
            raise SymbolMisread(f"{symbol!r} at {size.module} x {size.line} dots")
    return len(symbols)
