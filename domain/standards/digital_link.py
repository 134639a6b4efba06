"""GS1 Digital Link: an element string as a web address (GS1 Digital Link Standard: URI Syntax).

The key and its qualifiers stand in the path, everything else in the query. Any host and any
path before the key will do: what counts is `/01/` or `/00/` and what follows it.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from domain.standards import element_string, gs1_keys
from domain.standards.element_string import Element, InvalidElementString

QUALIFIERS = {"01": ("10", "21"), "00": ()}  # in the order the path has them
ADDRESS = re.compile(
    r"https?://[^/?#]+(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class InvalidDigitalLink(ValueError):
    """The text is not a GS1 Digital Link."""


def build(elements: Iterable[tuple[str, str]], *, resolver: str = "https://id.gs1.org") -> str:
    """Write an element string as an address under `resolver`."""
    listed = [Element(*element) for element in elements]
    element_string.build(listed)
    values = dict(listed)
    key = next((ai for ai in QUALIFIERS if ai in values), None)
    if key is None:
        message = "A Digital Link needs AI 01 or 00."
        raise InvalidDigitalLink(message)

    in_path = [key, *(ai for ai in QUALIFIERS[key] if ai in values)]
    path = "".join(f"/{ai}/{quote(values[ai], safe='')}" for ai in in_path)
    query = "&".join(f"{ai}={quote(value, safe='')}" for ai, value in listed if ai not in in_path)
    return f"{resolver.rstrip('/')}{path}{'?' if query else ''}{query}"


def parse(uri: str) -> tuple[Element, ...]:
    """Give the elements an address names: the path's, then the query's in their order."""
    address = ADDRESS.fullmatch(uri)
    if not address:
        message = "A Digital Link begins with http:// or https://, a host and a path."
        raise InvalidDigitalLink(message)
    elements = [*_in_path(address["path"]), *_in_query(address["query"] or "")]
    try:
        element_string.build(elements)
    except InvalidElementString as invalid:
        message = f"The Digital Link holds no element string: {invalid.reason}."
        raise InvalidDigitalLink(message) from invalid
    return tuple(elements)


def _in_path(path: str) -> list[Element]:
    segments = path.removesuffix("/").split("/")[1:]
    for start, key in enumerate(segments):
        rest = segments[start:]
        if key not in QUALIFIERS or len(rest) % 2:
            continue
        if rest[2::2] == [ai for ai in QUALIFIERS[key] if ai in rest[2::2]]:
            elements = [
                Element(*pair) for pair in zip(rest[::2], map(_plain, rest[1::2]), strict=True)
            ]
            return [_normal(element) for element in elements]
    message = "The path has neither /01/ with a GTIN nor /00/ with an SSCC at its end."
    raise InvalidDigitalLink(message)


def _in_query(query: str) -> list[Element]:
    """Attributes with a numeric name are AIs, the rest (`linkType` and such) is not goods data."""
    pairs = (attribute.partition("=") for attribute in query.split("&"))
    return [Element(name, _plain(value)) for name, _, value in pairs if name.isdecimal()]


def _normal(element: Element) -> Element:
    """GTINs of 8, 12 and 13 digits were once written as they are, and still are by some."""
    if element.ai != "01":
        return element
    try:
        return Element("01", gs1_keys.gtin(element.value))
    except gs1_keys.InvalidGtin as invalid:
        raise InvalidDigitalLink(str(invalid)) from invalid


def _plain(text: str) -> str:
    # A plus sign stays one: verification codes are base64, and this is no HTML form.
    try:
        if not BROKEN_ESCAPE.search(text):
            return unquote(text, errors="strict")
    except UnicodeDecodeError:
        pass
    message = f"The percent coding of {text!r} is broken."
    raise InvalidDigitalLink(message)
