"""Where the QR code of a unit leads: its GS1 Digital Link, the verification code among the rest.

A stranger who scans it can verify by it; without the code they would learn nothing.
"""

import re
from collections.abc import Sequence
from math import ceil, sqrt

from domain.standards import digital_link, element_string
from domain.standards.alphabets import Alphabet
from domain.standards.element_string import FORMATS, GS, InvalidElementString
from labels.refusals import ContentNotFitting
from labels.symbols.symbol import Symbology

UNSAFE = re.compile(r"[^A-Za-z0-9_.~-]")  # of what a code may hold, what is percent-coded in links
CODED = {chr(code): f"%{code:02X}" for code in range(0x20, 0x7F)}
VERIFICATION = ("92", "93")  # AIs of what is base64: of 64 characters two are percent-coded
BASE64 = 64
FILLER = "w"  # takes as many bits in a QR code as any character may
PADDING = 2  # characters that may end a base64 text
DEVIATIONS = 6  # one link in some hundred million is longer than is told by so many
SHARE = len(UNSAFE.findall(Alphabet.SET_82.characters)) / len(Alphabet.SET_82.characters)


def links(codes: Sequence[str], gtin: str, resolver: str) -> list[str]:
    """The links of these marking codes of one GTIN, none of them a pack's: packs have no AIs."""
    opening = f"01{gtin}21"
    before = address(gtin, resolver)
    return [
        f"{before}{quick}" if (quick := _quick(code[len(opening) :])) else _whole(code, resolver)
        for code in codes
    ]


def address(gtin: str, resolver: str) -> str:
    """The link of a GTIN's units up to where the serial follows.

    Scheme and host are in capitals, which mean the same (RFC 3986, 6.2.2.1) and take fewer bits
    in a QR code.
    """
    elements = (("01", gtin), ("21", "0"))
    try:
        return digital_link.build(elements, resolver=capitals(resolver))[:-1]
    except InvalidElementString as invalid:
        raise ContentNotFitting(Symbology.QR, str(invalid)) from invalid


def capitals(resolver: str) -> str:
    """The same address; a user's name in it, which is not the same in capitals, stays."""
    scheme, mark, rest = resolver.partition("://")
    host, slash, path = rest.partition("/")
    if "@" in host:
        return resolver
    return f"{scheme.upper()}{mark}{host.upper()}{slash}{path}"


def longest(code: str, resolver: str) -> str:
    """A link as long as those of codes of this shape are at most, whatever is in them."""
    (_, gtin), *rest = element_string.parse(code)
    path, *query = [f"{ai}={FILLER * _coded_length(ai, len(value))}" for ai, value in rest]
    return address(gtin, resolver) + path.removeprefix("21=") + "?" + "&".join(query)


def _quick(code: str) -> str | None:
    """What follows the address, from serial on; None where it takes a parser to tell."""
    serial, *rest = code.split(GS)
    last = len(rest) - 1
    told = [_attribute(element, is_last=place == last) for place, element in enumerate(rest)]
    if None in told:
        return None
    return _coded(serial) + ("?" if told else "") + "&".join(filter(None, told))


def _attribute(element: str, *, is_last: bool) -> str | None:
    """What stands between separators, as long as it is one element that stands in the query."""
    for length in (2, 3, 4):
        ai = element[:length]
        form = FORMATS.get(ai)
        if form:
            alone = not form.predefined or (is_last and len(element) == length + form.longest)
            return f"{ai}={_coded(element[length:])}" if alone and ai != "10" else None
    return None


def _whole(code: str, resolver: str) -> str:
    try:
        return digital_link.build(element_string.parse(code), resolver=capitals(resolver))
    except InvalidElementString as invalid:
        raise ContentNotFitting(Symbology.QR, str(invalid)) from invalid


def _coded(value: str) -> str:
    return UNSAFE.sub(lambda found: CODED.get(found[0], ""), value)


def _coded_length(ai: str, length: int) -> int:
    """Of a value of so many characters: a verification code is base64, others of the whole set."""
    if FORMATS[ai].alphabet is Alphabet.DIGITS:
        return length
    share, always = (2 / BASE64, PADDING) if ai in VERIFICATION else (SHARE, 0)
    usual = length * share + DEVIATIONS * sqrt(length * share * (1 - share))
    return length + 2 * min(ceil(usual) + always, length)
