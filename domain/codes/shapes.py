"""Templates as patterns: every element of a code has its length, so places cut it, not searches.

A serial may contain `93` or `<GS>`; what stands at a place where the template has a serial is
serial, whatever it looks like.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from domain.catalogue.templates import Family, Template
from domain.codes import readings
from domain.codes.artefacts import (
    AFTER,
    BEFORE_AI,
    BEFORE_DIGITS,
    SEPARATOR,
    SPACES,
    around,
    spelling,
)
from domain.codes.readings import Reading
from domain.standards import cigarette_pack
from domain.standards.alphabets import Alphabet
from domain.standards.element_string import GS, Element

DIGIT = "[0-9]"
ANY = f"[{re.escape(Alphabet.SET_82.characters)}]"
PRICE = f"[{re.escape(cigarette_pack.PRICE_ALPHABET)}]"
GTIN = f"(?P<gtin>{DIGIT}{{14}})"
# `011)` is how one till's driver printed a bracketed code that it took for a plain one.
FIRST_AI = r"(?:[(\[]01[)\]]|011\))"


class Segment(NamedTuple):
    """An element behind the serial; `name` is its group, with `s` before it the separator's."""

    name: str
    ai: str
    value: str
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """How one template's codes look, exact and damaged."""

    template: Template
    segments: tuple[Segment, ...]
    exact: re.Pattern[str]
    damaged: re.Pattern[str]
    bracketed: re.Pattern[str]
    pack: re.Pattern[str] | None


@cache
def shape(template: Template) -> Shape:
    """Prepare a template for reading."""
    segments = tuple(_segments(template))
    serial = f"(?P<serial>{ANY}{{{template.serial_length}}})"
    is_pack = template.family is Family.T29
    tail = _tail(segments, SEPARATOR)
    bracketed_tail = _tail(segments, SEPARATOR, brackets=True)
    price = f"(?P<price>{PRICE}{{4}})(?P<check>{ANY}{{4}})"
    is_pack = template.family is Family.T29
    exact = f"{GTIN}{serial}{price}" if is_pack else f"01{GTIN}21{serial}{_tail(segments, GS)}"
    bracketed = (
        rf"{FIRST_AI}{SPACES}{GTIN}{SPACES}[(\[]21[)\]]{SPACES}{serial}(?:{bracketed_tail})?"
    )
    return Shape(
        template,
        segments,
        re.compile(exact),
        re.compile(f"{BEFORE_AI}01{GTIN}21{serial}(?:{tail})?{AFTER}"),
        re.compile(f"{BEFORE_AI}{bracketed}{AFTER}"),
        re.compile(f"{BEFORE_DIGITS}{GTIN}{serial}(?:{price})?{AFTER}") if is_pack else None,
    )


def _segments(template: Template) -> Iterator[Segment]:
    if template.family in (Family.L44, Family.L88):
        if "240" in template.optional:
            yield Segment("e240", "240", f"{ANY}{{4}}", is_optional=True)
        length = readings.TAILS[template.family]["92"]
        yield Segment("e91", "91", f"{ANY}{{4}}", is_optional=False)
        yield Segment("e92", "92", f"{ANY}{{{length}}}", is_optional=False)
    elif template.family is Family.S:
        if "8005" in template.optional:
            yield Segment("e8005", "8005", f"{DIGIT}{{6}}", is_optional=True)
        yield Segment("e93", "93", f"{ANY}{{4}}", is_optional=False)
        if "3103" in template.optional:
            yield Segment("e3103", "3103", f"{DIGIT}{{6}}", is_optional=True)
        if "335" in template.optional:
            yield Segment("e335", "335[0-5]", f"{DIGIT}{{6}}", is_optional=True)


def _tail(segments: tuple[Segment, ...], separator: str, *, brackets: bool = False) -> str:
    """Write the elements behind the serial; a damaged separator may also be missing."""
    parts = []
    for name, ai, value, is_optional in segments:
        between = separator if separator == GS else f"(?P<s{name}>{separator})?"
        key = f"(?P<a{name}>{ai})"
        if brackets:
            between, key = f"{SPACES}{between}{SPACES}", rf"[(\[]{key}[)\]]{SPACES}"
        part = f"{between}{key}(?P<{name}>{value})"
        parts.append(f"(?:{part})?" if is_optional else part)
    return "".join(parts)


def read_exact(shape: Shape, text: str) -> Reading | None:
    """Read a whole marking code that is just as it should be, serial included."""
    match = shape.exact.fullmatch(text)
    if not match:
        return None
    found = match.groupdict()
    serial = found["serial"]
    if not readings.fits(shape.template, serial):
        return None
    if shape.pack:
        pair = (found["price"], found["check"])
        return readings.of_pack(found["gtin"], serial, pair, (shape.template,), ())
    price = found.get("e8005")
    return Reading(
        gtin=found["gtin"],
        serial=serial,
        templates=(shape.template,),
        serial_fits=True,
        key_id=found.get("e91"),
        verification_code=found.get("e92") or found["e93"],
        price_minor=int(price) if price else None,
        measures=tuple(
            (found[f"a{name}"], found[name])
            for name in ("e240", "e3103", "e335")
            if found.get(name)
        ),
        marking_code=text,
        repairs=(),
    )


def read_damaged(shape: Shape, text: str) -> Iterator[Reading]:
    """Read a code by its places, whatever became of its separators."""
    for pattern, form in ((shape.damaged, ()), (shape.bracketed, ("brackets",))):
        if match := pattern.fullmatch(text):
            repairs = (*around(match), *form, *_separator_repairs(shape, match, form))
            elements = [Element("01", match["gtin"]), Element("21", match["serial"])]
            elements += [
                Element(match[f"a{name}"], match[name])
                for name, *_ in shape.segments
                if match[name]
            ]
            yield readings.of_elements(elements, (shape.template,), repairs)
    if shape.pack and (match := shape.pack.fullmatch(text)):
        pair = (match["price"], match["check"]) if match["price"] else None
        yield readings.of_pack(
            match["gtin"], match["serial"], pair, (shape.template,), around(match)
        )


def _separator_repairs(
    shape: Shape, match: re.Match[str], form: tuple[str, ...]
) -> tuple[str, ...]:
    """Name what became of the separators; between brackets none is expected."""
    found = match.groupdict()
    separators = [found[f"s{name}"] for name, *_ in shape.segments if found[name]]
    slugs = [spelling(separator) for separator in separators if separator or not form]
    return tuple(dict.fromkeys(slug for slug in slugs if slug))
