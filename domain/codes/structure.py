"""Reading a scan by what GS1 and the tills define, where no template says how to cut it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from domain.catalogue.templates import Template
from domain.codes import readings
from domain.codes.artefacts import (
    AFTER,
    BEFORE_AI,
    BEFORE_DIGITS,
    BLANKS,
    SPACES,
    WRITTEN_SEPARATOR,
    around,
)
from domain.codes.readings import Reading, SsccReading
from domain.standards import cigarette_pack, digital_link, element_string, fiscal_tag
from domain.standards.element_string import GS, Element, InvalidElementString

Templates = Mapping[str, Sequence[Template]]
Elements = tuple[tuple[Element, ...], tuple[str, ...]]  # with what was repaired

LINK = re.compile(rf"{BLANKS}(?P<uri>https?://\S+?){BLANKS}", re.IGNORECASE)
FISCAL_TAG = re.compile(r" ?44 ?4[dD](?: ?[0-9A-Fa-f]{2})+ ?")
BODY = re.compile(f"{BEFORE_AI}(?P<body>[0-9].*?){AFTER}", re.DOTALL)
BRACKETED_BODY = re.compile(rf"{BEFORE_AI}(?P<body>(?:[(\[][0-9]|011\)).*?){AFTER}", re.DOTALL)
PACK_BODY = re.compile(f"{BEFORE_DIGITS}(?P<body>[0-9]{{14}}[!-z]{{15}}){AFTER}")
BRACKETED_AI = re.compile(rf"{SPACES}[(\[](?P<ai>[0-9]{{2,4}})[)\]]{SPACES}")
MOST_BRACKETS = 10


def read(text: str, templates: Templates) -> Iterator[Reading | SsccReading]:
    """Give every reading of a text by its structure, as far as known templates allow it."""
    for elements, repairs in elements_of(text):
        values = dict(elements)
        if "21" in values:
            yield from _code(elements, templates.get(values["01"], ()), repairs)
        elif "00" in values:
            yield SsccReading(values["00"], repairs)
    yield from _fiscal(text, templates)
    yield from _pack(text, templates)


def elements_of(text: str) -> Iterator[Elements]:
    """Give every list of elements that the text may stand for."""
    yield from linked(text)
    yield from _plain(text)
    yield from _bracketed(text)


def fiscal_tag_of(text: str) -> fiscal_tag.FiscalTag | None:
    """Read a tag 1162 written in hexadecimal."""
    if not FISCAL_TAG.fullmatch(text):
        return None
    try:
        return fiscal_tag.decode(bytes.fromhex(text))
    except fiscal_tag.InvalidFiscalTag:
        return None


def _code(
    elements: tuple[Element, ...], known: Sequence[Template], repairs: tuple[str, ...]
) -> Iterator[Reading]:
    values = dict(elements)
    fitting = [
        template
        for template in known
        if len(values["21"]) == template.serial_length and readings.has_its_tail(template, values)
    ]
    if fitting or not known:
        yield readings.of_elements(elements, fitting, repairs)


def linked(text: str) -> Iterator[Elements]:
    if match := LINK.fullmatch(text):
        try:
            yield digital_link.parse(match["uri"]), ("digital-link",)
        except digital_link.InvalidDigitalLink:
            return


def _plain(text: str) -> Iterator[Elements]:
    """Separators that can be nothing else are put back; `<GS>` may also be part of a value."""
    match = BODY.fullmatch(text)
    if not match:
        return
    body = match["body"]
    written = WRITTEN_SEPARATOR.sub(GS, body)
    for candidate in dict.fromkeys((body, written)):
        spelled = () if candidate == body else ("gs-as-text",)
        try:
            yield element_string.parse(candidate), (*around(match), *spelled)
        except InvalidElementString:
            continue


def _bracketed(text: str) -> Iterator[Elements]:
    """Brackets around a known AI are taken for that, unless it only works out otherwise."""
    match = BRACKETED_BODY.fullmatch(text)
    if not match:
        return
    body = match["body"]
    body = "(01)" + body.removeprefix("011)") if body.startswith("011)") else body
    marks = [mark for mark in BRACKETED_AI.finditer(body) if mark["ai"] in element_string.FORMATS]
    if not marks or marks[0].start() or len(marks) > MOST_BRACKETS:
        return
    first, *others = marks
    repairs = (*around(match), "brackets")
    for count in range(len(others), -1, -1):
        found = [
            elements
            for chosen in combinations(others, count)
            if (elements := _between(body, (first, *chosen)))
        ]
        if found:
            yield from ((elements, repairs) for elements in found)
            return


def _between(body: str, marks: Sequence[re.Match[str]]) -> tuple[Element, ...] | None:
    """Give the elements that these marks begin."""
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    elements = tuple(
        Element(mark["ai"], WRITTEN_SEPARATOR.sub("", body[mark.end() : end]))
        for mark, end in zip(marks, ends, strict=True)
    )
    try:
        element_string.build(elements)
    except InvalidElementString:
        return None
    return elements


def _fiscal(text: str, templates: Templates) -> Iterator[Reading]:
    """A till writes serial and price without a separator: the template tells them apart."""
    tag = fiscal_tag_of(text)
    if not tag:
        return
    known = templates.get(tag.gtin, ())
    for template in known:
        serial, price = tag.rest[: template.serial_length], tag.rest[template.serial_length :]
        is_price = "8005" in template.optional and len(price) == len("000000") and price.isdecimal()
        if len(serial) == template.serial_length and (is_price or not price):
            elements = [Element("01", tag.gtin), Element("21", serial)]
            elements += [Element("8005", price)] if price else []
            yield readings.of_elements(elements, (template,), ("fiscal-tag",))
    if not known:
        elements = [Element("01", tag.gtin), Element("21", tag.rest)]
        yield readings.of_elements(elements, (), ("fiscal-tag",))


def _pack(text: str, templates: Templates) -> Iterator[Reading]:
    """A pack of an unknown GTIN: nothing but its length and its price tell that it is one."""
    match = PACK_BODY.fullmatch(text)
    if not match:
        return
    try:
        pack = cigarette_pack.parse(match["body"])
    except cigarette_pack.InvalidPack:
        return
    if not templates.get(pack.gtin):
        pair = (cigarette_pack.encode_price(pack.price_minor), pack.check)
        yield readings.of_pack(pack.gtin, pack.serial, pair, (), around(match))
