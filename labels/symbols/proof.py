"""Proof: a symbol is read back from its own dots before it leaves."""

import zxingcpp
from zxingcpp import BarcodeFormats

from labels.refusals import SymbolMisread
from labels.symbols.dots import bitmap
from labels.symbols.symbol import Symbol, Symbology

FORMATS = {
    Symbology.DATA_MATRIX: BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix),
    Symbology.QR: BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
    Symbology.GS1_128: BarcodeFormats(zxingcpp.BarcodeFormat.Code128),
    Symbology.EAN_8: BarcodeFormats(zxingcpp.BarcodeFormat.EAN8),
    Symbology.EAN_13: BarcodeFormats(zxingcpp.BarcodeFormat.EAN13),
    Symbology.ITF_14: BarcodeFormats(zxingcpp.BarcodeFormat.ITF),
}


def prove(symbol: Symbol, dots: int) -> None:
    """Read the symbol back from its rendering; raise unless it says exactly what it must.

    The encoder's own account of what it made is not to be trusted (it reports the options it was
    given), so only what a reader finds in the dots counts.
    """
    read = zxingcpp.read_barcode(
        bitmap(symbol, dots), formats=FORMATS[symbol.symbology], is_pure=True
    )
    if (
        read is None
        or read.bytes != symbol.content.encode("ascii")
        or read.symbology_identifier != symbol.identifier
    ):
        raise SymbolMisread(f"{symbol!r} at {dots} dots a module")
