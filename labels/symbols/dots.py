"""Printers' dots: a module is a whole number of them, within the millimetres that are allowed."""

import math

import numpy as np

from labels.refusals import ResolutionNotFitting
from labels.symbols.symbol import Geometry, Modules, Symbol

MILLIMETRES_PER_INCH = 25.4
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


def nearest_dots(geometry: Geometry, dpi: int, module_mm: float) -> int:
    """The whole dots that come nearest to the wanted module."""
    wanted = module_mm * dpi / MILLIMETRES_PER_INCH
    return min(module_dots(geometry, dpi), key=lambda dots: abs(dots - wanted))


def bitmap(symbol: Symbol, dots: int) -> Modules:
    """The symbol with its quiet zone, a byte a dot: 0 for black, 255 for white."""
    geometry = symbol.geometry
    dark = np.repeat(symbol.dark(), geometry.line_height, axis=0)
    quiet = ((geometry.quiet_lines,) * 2, (geometry.quiet_columns,) * 2)
    light = np.pad(dark, quiet) ^ 1
    return np.repeat(np.repeat(light * np.uint8(255), dots, axis=0), dots, axis=1)
