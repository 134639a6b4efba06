"""Bars: GS1-128 for transport units, EAN and ITF-14 for trade items.

The library draws bars for anything, and silently mends a check digit, so what it is given is
checked here first. The bearer bars of ITF-14 are not part of the symbol: a layout draws them.
"""

from collections.abc import Sequence

from barcode.codex import Gs1_128
from barcode.ean import EuropeanArticleNumber8, EuropeanArticleNumber13
from barcode.itf import ITF

from domain.standards import element_string, gs1_keys
from labels.refusals import ContentNotFitting
from labels.symbols.symbol import Symbol, Symbology

MOST_CHARACTERS = 48  # of one GS1-128, AIs and separators counted (GS1 General Specifications, 5.4)
FNC1 = "\xf1"  # as the library writes it; the separator itself would cost it a change of code set
SHORT, PADDING = "0" * 6, "0"  # before a GTIN-8 and a GTIN-13 that are written with 14 digits


def sscc(code: str) -> Symbol:
    """GS1-128 of a transport unit's SSCC, 18 digits."""
    return gs1_128([("00", code)])


def gs1_128(elements: Sequence[tuple[str, str]]) -> Symbol:
    """One GS1-128 of these AIs with their values, in the order given.

    The order is the caller's: each AI of variable length that something follows costs a separator.
    """
    try:
        content = element_string.build(elements)
    except element_string.InvalidElementString as invalid:
        raise ContentNotFitting(Symbology.GS1_128, str(invalid)) from invalid
    if not 0 < len(content) <= MOST_CHARACTERS:
        reason = f"it holds 1 to {MOST_CHARACTERS} characters, this has {len(content)}"
        raise ContentNotFitting(Symbology.GS1_128, reason)
    bars = Gs1_128(content.replace(element_string.GS, FNC1)).build()
    return _symbol(Symbology.GS1_128, content, "]C1", bars)


def trade_item(gtin: str) -> Symbol:
    """The symbol that a trade item's GTIN is sold or handled by; 14 digits or as many as it has.

    A GTIN-8 stands in EAN-8 only: as a GTIN-13 its number would be another item's. What has no
    digit of packaging before it stands in EAN-13, the rest in ITF-14 (GS1 General
    Specifications, 2.1 and 5.1).
    """
    digits = _gtin(gtin, Symbology.EAN_13)
    if digits.startswith(SHORT):
        return ean_8(digits)
    return ean_13(digits) if digits.startswith(PADDING) else itf_14(digits)


def ean_13(gtin: str) -> Symbol:
    """EAN-13 of a GTIN-12 or GTIN-13, padded to 14 digits or not."""
    digits = _gtin(gtin, Symbology.EAN_13)
    if not digits.startswith(PADDING) or digits.startswith(SHORT):
        raise ContentNotFitting(Symbology.EAN_13, f"{gtin} is no GTIN of 12 or 13 digits")
    content = digits[len(PADDING) :]
    bars = EuropeanArticleNumber13(content).build()
    return _symbol(Symbology.EAN_13, content, "]E0", bars)


def ean_8(gtin: str) -> Symbol:
    """EAN-8 of a GTIN-8, padded to 14 digits or not."""
    digits = _gtin(gtin, Symbology.EAN_8)
    if not digits.startswith(SHORT):
        raise ContentNotFitting(Symbology.EAN_8, f"{gtin} is no GTIN of 8 digits")
    content = digits[len(SHORT) :]
    bars = EuropeanArticleNumber8(content).build()
    return _symbol(Symbology.EAN_8, content, "]E4", bars)


def itf_14(gtin: str) -> Symbol:
    """ITF-14 of any GTIN, padded to 14 digits; wide bars are 2.5 times the narrow ones."""
    content = _gtin(gtin, Symbology.ITF_14)
    bars = ITF(content, narrow=2, wide=5).build()
    return _symbol(Symbology.ITF_14, content, "]I1", bars)


def _gtin(text: str, symbology: Symbology) -> str:
    try:
        return gs1_keys.gtin(text)
    except gs1_keys.InvalidGtin as invalid:
        raise ContentNotFitting(symbology, str(invalid)) from invalid


def _symbol(symbology: Symbology, content: str, identifier: str, bars: list[str]) -> Symbol:
    """One line of modules, from the library's ones and zeros."""
    columns = len(bars[0])
    stride = (columns + 7) // 8
    rows = int(bars[0].ljust(8 * stride, "0"), 2).to_bytes(stride)
    return Symbol(symbology, content, identifier, columns, 1, rows)
