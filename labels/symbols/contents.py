"""What may stand in a symbol, and what of it may be told as text."""

from domain.catalogue.templates import Family
from domain.standards import cigarette_pack, element_string
from domain.standards.cigarette_pack import CigarettePack
from domain.standards.element_string import GS, Element
from labels.refusals import ContentNotFitting
from labels.symbols.symbol import Symbology

SERIAL_AT = len("01") + 14 + len("21")  # in a marking code
PACK_SERIAL = slice(14, 14 + cigarette_pack.SERIAL_LENGTH)  # in a pack's, which has no AIs


def identification(marking_code: str, family: Family) -> tuple[str, str]:
    """GTIN and serial of a marking code: all of it that may be printed as text."""
    if family is Family.T29:
        found = pack(marking_code)
        return found.gtin, found.serial
    gtin, serial, *_ = elements(marking_code)
    return gtin.value, serial.value


def pack(code: str) -> CigarettePack:
    try:
        return cigarette_pack.parse(code)
    except cigarette_pack.InvalidPack as invalid:
        raise ContentNotFitting(Symbology.DATA_MATRIX, str(invalid)) from invalid


def elements(marking_code: str) -> tuple[Element, ...]:
    """The code's elements, of which GTIN and serial must be the first."""
    try:
        found = element_string.parse(marking_code)
    except element_string.InvalidElementString as invalid:
        # From the first separator on the text may be a secret, of which a reason quotes a piece.
        is_secret = GS in marking_code[: invalid.position]
        reason = f"what stands at character {invalid.position + 1} is no element of a marking code"
        told = reason if is_secret else str(invalid)
        raise ContentNotFitting(Symbology.DATA_MATRIX, told) from (None if is_secret else invalid)
    if [element.ai for element in found[:2]] != ["01", "21"]:
        raise ContentNotFitting(Symbology.DATA_MATRIX, "a marking code begins with AI 01 and 21")
    return found
