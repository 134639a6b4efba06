"""GS1 element strings: application identifiers (AIs) with their values, and what separates them.

The text has no leading FNC1: readers turn that into a symbology identifier. The separator is
the character GS, which stands for FNC1 in transmitted data. The parser is strict and has one
text for one list of elements; forgiving scanners is the business of `domain/codes/intake.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.standards import gs1_keys
from domain.standards.alphabets import Alphabet

GS = "\x1d"


class Element(NamedTuple):
    """One application identifier with its value."""

    ai: str
    value: str


class InvalidElementString(ValueError):
    """The text is not a GS1 element string; `position` counts its characters from 0."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"At character {position + 1}: {reason}.")
        self.position = position
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Format:
    """What an AI's value looks like (GS1 General Specifications, 3.2)."""

    alphabet: Alphabet
    shortest: int
    longest: int
    predefined: bool = False  # ends by its length alone, without a separator (7.8.5)
    content: Callable[[str], str | None] | None = None  # what is wrong with the value


def _key(check: Callable[[str], str]) -> Callable[[str], str | None]:
    def wrong(value: str) -> str | None:
        try:
            check(value)
        except gs1_keys.InvalidKey as invalid:
            return str(invalid).rstrip(".")
        return None

    return wrong


MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FEBRUARY = 2


def _wrong_date(value: str, *, first_day: int = 0) -> str | None:
    """Day 00 is the whole month (GS1 General Specifications, 3.4.2)."""
    year, month, day = int(value[:2]), int(value[2:4]), int(value[4:6])
    if not 1 <= month <= len(MONTH_DAYS):
        return f"{value[2:4]} is not a month"
    last_day = MONTH_DAYS[month - 1]
    if month == FEBRUARY and year % 4:
        last_day -= 1
    if not first_day <= day <= last_day:
        return f"{value[4:6]} is not a day of that month"
    return None


def _wrong_date_and_time(value: str) -> str | None:
    if wrong := _wrong_date(value, first_day=1):
        return wrong
    return None if value[6:8] <= "23" and value[8:] <= "59" else f"{value[6:]} is not a time"


def _digits(length: int, content: Callable[[str], str | None] | None = None) -> Format:
    return Format(Alphabet.DIGITS, length, length, predefined=True, content=content)


def _text(longest: int) -> Format:
    return Format(Alphabet.SET_82, 1, longest)


FORMATS = {
    "00": _digits(18, content=_key(gs1_keys.sscc)),
    "01": _digits(14, content=_key(gs1_keys.gtin)),
    "02": _digits(14, content=_key(gs1_keys.gtin)),
    "10": _text(20),
    "11": _digits(6, content=_wrong_date),
    "13": _digits(6, content=_wrong_date),
    "15": _digits(6, content=_wrong_date),
    "17": _digits(6, content=_wrong_date),
    "21": _text(20),
    "37": Format(Alphabet.DIGITS, 1, 8),
    "240": _text(30),
    "241": _text(30),
    **{f"310{places}": _digits(6) for places in range(6)},
    **{f"335{places}": _digits(6) for places in range(6)},
    **{f"392{places}": Format(Alphabet.DIGITS, 1, 15) for places in range(10)},
    "7003": Format(Alphabet.DIGITS, 10, 10, content=_wrong_date_and_time),
    "8005": Format(Alphabet.DIGITS, 6, 6),
    "90": _text(30),
    **{f"9{digit}": _text(90) for digit in range(1, 10)},
}
CHARACTERS = {alphabet: frozenset(alphabet.characters) for alphabet in Alphabet}

# GS1 General Specifications, 4.13.1 and 4.13.2, as far as one symbol can be judged by itself:
# an SSCC may stand in another symbol of the same label, a trade item's GTIN may not.
EXCLUDES = {"01": ("02", "37")}
TRADE_ITEM = ("01", "02")
REQUIRES = {
    "02": ("37",),
    "21": ("01",),
    "37": ("02",),
    **dict.fromkeys(("10", "11", "13", "15", "17", "240", "241", "7003", "8005"), TRADE_ITEM),
    **{f"310{places}": TRADE_ITEM for places in range(6)},
    **{f"335{places}": ("00", "01") for places in range(6)},
    **{f"392{places}": ("01",) for places in range(10)},
}


def parse(text: str) -> tuple[Element, ...]:
    """Split a text into its elements, or say where and why it is none."""
    elements: list[Element] = []
    positions: list[int] = []
    position = 0
    while position < len(text) or not elements:
        element, end = _element_at(text, position)
        elements.append(element)
        positions.append(position)
        position = end
    _check_together(elements, positions)
    return tuple(elements)


def build(elements: Iterable[tuple[str, str]]) -> str:
    """Join elements to the one text that `parse` splits into them again."""
    parts: list[str] = []
    positions: list[int] = []
    listed = [Element(*element) for element in elements]
    position = 0
    for element in listed:
        if parts and not FORMATS[listed[len(positions) - 1].ai].predefined:
            parts.append(GS)
            position += 1
        if element.ai not in FORMATS:
            raise InvalidElementString(position, f"{element.ai!r} is not a known AI")
        _check_value(element, position + len(element.ai))
        parts += element
        positions.append(position)
        position += len(element.ai) + len(element.value)
    _check_together(listed, positions)
    return "".join(parts)


def _element_at(text: str, position: int) -> tuple[Element, int]:
    """Read one element; the second answer is where the next one begins."""
    ai = _ai_at(text, position)
    form = FORMATS[ai]
    start = position + len(ai)
    if form.predefined:
        end = min(start + form.longest, len(text))
        following = end
    else:
        separator = text.find(GS, start)
        end = len(text) if separator < 0 else separator
        following = end + 1
        if following == len(text):
            raise InvalidElementString(end, "a separator ends the text")
    element = Element(ai, text[start:end])
    _check_value(element, start)
    return element, min(following, len(text))


def _ai_at(text: str, position: int) -> str:
    for length in (2, 3, 4):
        ai = text[position : position + length]
        if ai in FORMATS:
            return ai
    found = text[position : position + 4]
    if not found:
        raise InvalidElementString(position, "the text is empty")
    if found[0] == GS:
        raise InvalidElementString(position, "a separator stands where an AI should")
    raise InvalidElementString(position, f"no known AI begins {found!r}")


def _check_value(element: Element, position: int) -> None:
    ai, value = element
    form = FORMATS[ai]
    allowed = CHARACTERS[form.alphabet]
    for offset, character in enumerate(value):
        if character not in allowed:
            kind = "a digit" if form.alphabet is Alphabet.DIGITS else "in GS1 character set 82"
            reason = f"{character!r} in AI {ai} is not {kind}"
            raise InvalidElementString(position + offset, reason)
    if not form.shortest <= len(value) <= form.longest:
        span = (
            f"{form.shortest} to {form.longest}" if form.shortest < form.longest else form.longest
        )
        reason = f"AI {ai} takes {span} characters, this has {len(value)}"
        raise InvalidElementString(position, reason)
    if form.content and (wrong := form.content(value)):
        raise InvalidElementString(position, f"AI {ai}: {wrong}")


def _check_together(elements: Sequence[Element], positions: Sequence[int]) -> None:
    present: set[str] = set()
    for (ai, _), position in zip(elements, positions, strict=True):
        if ai in present:
            raise InvalidElementString(position, f"AI {ai} is repeated")
        present.add(ai)
    for (ai, _), position in zip(elements, positions, strict=True):
        if clash := present.intersection(EXCLUDES.get(ai, ())):
            raise InvalidElementString(position, f"AI {ai} cannot stand with AI {min(clash)}")
        required = REQUIRES.get(ai)
        if required and present.isdisjoint(required):
            raise InvalidElementString(position, f"AI {ai} needs AI {' or '.join(required)}")
