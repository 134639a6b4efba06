"""Bars: GS1-128 for transport units. The library encodes and checks nothing, so we do."""

import numpy as np
from barcode.codex import Gs1_128

from domain.standards import gs1_keys
from labels.refusals import ContentNotFitting
from labels.symbols.symbol import Symbol, Symbology, of_modules


def sscc(code: str) -> Symbol:
    """GS1-128 of a transport unit's SSCC, 18 digits."""
    try:
        content = f"00{gs1_keys.sscc(code)}"
    except gs1_keys.InvalidSscc as invalid:
        raise ContentNotFitting(Symbology.GS1_128, str(invalid)) from invalid
    bars = np.array([[int(module) for module in Gs1_128(content).build()[0]]], np.uint8)
    return of_modules(Symbology.GS1_128, content, "]C1", bars)
