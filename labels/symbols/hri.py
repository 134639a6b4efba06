"""Human-readable interpretation: what of a symbol is printed as text beside it.

AIs stand in brackets, which are no data, before their values and an element string is one line
(GS1 General Specifications, 4.14). A verification code is never told as text.
"""

from collections.abc import Sequence

from domain.catalogue.templates import Family
from domain.standards import gs1_keys
from labels.refusals import ContentNotFitting
from labels.symbols import contents
from labels.symbols.symbol import Symbol, Symbology

SECRET = tuple(f"9{digit}" for digit in range(1, 10))  # AIs that companies and states fill
# How digits are grouped, as they stand around the bars or are read out; from the left.
GROUPS = {
    Symbology.EAN_8: (4, 4),
    Symbology.EAN_13: (1, 6, 6),
    Symbology.ITF_14: (1, 2, 5, 5, 1),
}
# Extension digit, sixteen digits by four, check digit. Where the company's prefix ends inside the
# sixteen is not in the number.
GROUPS_OF_SSCC = (1, 4, 4, 4, 4, 1)


def lines(marking_code: str, family: Family) -> tuple[str, ...]:
    """GTIN and serial of a unit, a line each; a pack of T29 has no AIs, and so no brackets."""
    gtin, serial = contents.identification(marking_code, family)
    if family is Family.T29:
        return gtin, serial
    return f"(01){gtin}", f"(21){serial}"


def sscc(code: str) -> str:
    """An SSCC under its bars: (00) and the digits in groups."""
    try:
        digits = gs1_keys.sscc(code)
    except gs1_keys.InvalidSscc as invalid:
        raise ContentNotFitting(Symbology.GS1_128, str(invalid)) from invalid
    return f"(00) {_grouped(digits, GROUPS_OF_SSCC)}"


def gs1_128(elements: Sequence[tuple[str, str]]) -> str:
    """The elements of one GS1-128 in their order, without those that may hold a secret."""
    return "".join(f"({ai}){value}" for ai, value in elements if ai not in SECRET)


def trade_item(symbol: Symbol) -> str:
    """The digits of an EAN or ITF-14 symbol, in groups."""
    return _grouped(symbol.content, GROUPS[symbol.symbology])


def _grouped(digits: str, sizes: Sequence[int]) -> str:
    parts, start = [], 0
    for size in sizes:
        parts.append(digits[start : start + size])
        start += size
    return " ".join(parts)
