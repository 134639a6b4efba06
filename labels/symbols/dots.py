"""Printers' dots: a module is a whole number of them, within the millimetres that are allowed."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from labels.refusals import ResolutionNotFitting
from labels.symbols.symbol import Geometry, Modules, Symbol

Pictures = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]

MILLIMETRES_PER_INCH = 25.4
POINTS_PER_INCH = 72
DPI = range(200, 1201)  # below, a module is hardly two dots; above, no printer prints labels


def module_dots(geometry: Geometry, dpi: int) -> range:
    """How many whole dots a module may be wide on this printer."""
    per_mm = dpi / MILLIMETRES_PER_INCH
    dots = range(
        math.ceil(geometry.smallest_mm * per_mm), math.floor(geometry.largest_mm * per_mm) + 1
    )
    if dpi not in DPI or not dots:
        raise ResolutionNotFitting(dpi, geometry.smallest_mm, geometry.largest_mm)
    return dots


def bitmaps(symbols: Sequence[Symbol], module: int, line: int) -> Pictures:
    """Symbols with their quiet zones, a byte a dot: 0 for black, 255 for white.

    They must be of one symbology and size; modules are so many dots wide, lines so many high.
    """
    lines, columns, stride = symbols[0].lines, symbols[0].columns, symbols[0].stride
    across, down = (quiet * module for quiet in symbols[0].geometry[:2])
    width, height = columns * module, lines * line
    pictures = np.full((len(symbols), *shape(symbols[0], module, line)), 255, np.uint8)
    packed = np.frombuffer(b"".join(symbol.rows for symbol in symbols), np.uint8)
    wide = _widened(module).take(packed, axis=0).reshape(-1, lines, 1, stride * 8 * module)
    inside = pictures[:, down : down + height, across : across + width]
    inside.reshape(-1, lines, line, width)[:] = wide[..., :width]
    return pictures


def shape(symbol: Symbol, module: int, line: int) -> tuple[int, int]:
    """Height and width in dots, quiet zone included."""
    quiet_columns, quiet_lines, *_ = symbol.geometry
    return (
        symbol.lines * line + 2 * quiet_lines * module,
        (symbol.columns + 2 * quiet_columns) * module,
    )


@cache
def _widened(module: int) -> Modules:
    """For every byte of a packed row the dots of its eight modules."""
    modules = np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1)
    return np.repeat((modules ^ 1) * np.uint8(255), module, axis=1)
