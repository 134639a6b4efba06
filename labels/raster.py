"""Symbols as dots of a printer: whole dots for every module, and proof by reading them back."""

import io
import math

import numpy as np
import zxingcpp
from PIL import Image
from zxingcpp import BarcodeFormats

from labels.refusals import ResolutionNotFitting, SymbolMisread
from labels.symbols import Geometry, Modules, Symbol, Symbology

MILLIMETRES_PER_INCH = 25.4
DPI = range(200, 1201)  # below, a module is hardly two dots; above, no printer prints labels

FORMATS = {
    Symbology.DATA_MATRIX: BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix),
    Symbology.QR: BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
    Symbology.GS1_128: BarcodeFormats(zxingcpp.BarcodeFormat.Code128),
}


def module_dots(geometry: Geometry, dpi: int) -> range:
    """How many whole dots a module may be wide on this printer."""
    per_mm = dpi / MILLIMETRES_PER_INCH
    dots = range(
        math.ceil(geometry.smallest_mm * per_mm), math.floor(geometry.largest_mm * per_mm) + 1
    )
    if dpi not in DPI or not dots:
        raise ResolutionNotFitting(dpi, geometry.smallest_mm, geometry.largest_mm)
    return dots


def nearest_dots(geometry: Geometry, dpi: int, module_mm: float) -> int:
    """The whole dots that come nearest to the wanted module."""
    wanted = module_mm * dpi / MILLIMETRES_PER_INCH
    return min(module_dots(geometry, dpi), key=lambda dots: abs(dots - wanted))


def bitmap(symbol: Symbol, dots: int) -> Modules:
    """The symbol with its quiet zone, a byte a dot: 0 for black, 255 for white."""
    geometry = symbol.geometry
    dark = np.repeat(symbol.dark(), geometry.line_height, axis=0)
    quiet = (
        (geometry.quiet_lines, geometry.quiet_lines),
        (
            geometry.quiet_columns,
            geometry.quiet_columns,
        ),
    )
    light = np.pad(dark, quiet) ^ 1
    return np.repeat(np.repeat(light * np.uint8(255), dots, axis=0), dots, axis=1)


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


def png(symbol: Symbol, *, dpi: int = 300, module_mm: float = 0.5) -> bytes:
    """The symbol with its quiet zone as a 1-bit PNG that knows its resolution; read back first."""
    dots = nearest_dots(symbol.geometry, dpi, module_mm)
    prove(symbol, dots)
    out = io.BytesIO()
    Image.fromarray(bitmap(symbol, dots)).convert("1").save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()
