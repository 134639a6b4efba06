"""Text into its box: lines break, type shrinks, and at last an ellipsis ends what is too long.

Sizes and boxes are in whatever unit the caller counts: points, or a printer's dots.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from labels.text.fonts import Font

LEADING = 1.17
ELLIPSIS = "…"
CODES_GAP = 0.6  # of the codes' size, between them and what stands above
DETAIL_GAP = 0.3  # of a detail's size, above it
STEP = 0.25
ROUNDING = 1e-6

# Where a line may break: after a blank, and after a hyphen, slash or comma without one, unless a
# digit follows; not between a number and its unit, nor before a dash or a "%".
BREAK = re.compile(r"(?<= )(?=[^ ])|(?<=[/\\|+,;-])(?=[^ \d])")
STUCK = re.compile(r"(?<=\d) (?=[^\W\d]{1,3}\b)| (?=[—\u2013%\u00d7+=°])")
BLANK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class TypeSizes:
    """Largest and smallest sizes: of the product's name, of codes, of other lines."""

    name: tuple[float, float]
    code: tuple[float, float]
    detail: tuple[float, float]


@dataclass(frozen=True, slots=True)
class TextLine:
    text: str
    size: float
    above: float = 0.0  # extra room

    @property
    def leading(self) -> float:
        return self.size * LEADING + self.above


@dataclass(frozen=True, slots=True)
class TextBox:
    """The room for text."""

    width: float
    height: float


class Piece(NamedTuple):
    """What stays together on a line, and its width in em with the blank that ends it and without."""

    text: str
    advance: float
    ink: float


@dataclass(frozen=True, slots=True)
class LabelText:
    """What is to be written, in characters that the font has."""

    name: str
    details: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """The text of one label from the top: the name and details above, the codes below."""

    upper: tuple[TextLine, ...]
    lower: tuple[TextLine, ...]

    @property
    def height(self) -> float:
        return height(self.upper) + height(self.lower) + self.gap

    @property
    def gap(self) -> float:
        return self.lower[0].size * CODES_GAP if self.upper and self.lower else 0.0


def height(lines: tuple[TextLine, ...]) -> float:
    return sum(line.leading for line in lines)


def typeset(font: Font, box: TextBox, sizes: TypeSizes, text: LabelText) -> Column:
    """Codes are never cut; the name takes what room they and the details leave."""
    lower = set_codes(font, text.codes, box.width, sizes.code)
    below = tuple(
        line
        for detail in text.details
        for line in _set_detail(font, detail, box.width, sizes.detail)
    )
    gap = lower[0].size * CODES_GAP if lower else 0.0
    room = box.height - height(lower) - gap
    below = _as_many_as_fit(below, room)
    upper = set_paragraph(font, text.name, TextBox(box.width, room - height(below)), sizes.name)
    return Column(upper + below, lower)


def set_codes(
    font: Font, codes: tuple[str, ...], width: float, sizes: tuple[float, float]
) -> tuple[TextLine, ...]:
    """All codes at one size, the largest at which each fits its line; else broken, never cut."""
    size = min(fitting_size(font, codes, width, sizes), default=sizes[0])
    return tuple(
        TextLine(part, size) for code in codes for part in _split(font, code, width / size)
    )


def fitting_size(
    font: Font, texts: Iterable[str], width: float, sizes: tuple[float, float]
) -> list[float]:
    """For each text the largest size at which it fits one line; the smallest where none does."""
    largest, smallest = sizes
    return [
        largest
        if wide * largest <= width
        else max(largest - STEP * math.ceil((largest - width / wide) / STEP - ROUNDING), smallest)
        for wide in map(font.width, texts)
    ]


def code_width(font: Font, code: str, sizes: TypeSizes) -> float:
    """The narrowest column in which this code stands unbroken."""
    return font.width(code) * sizes.code[1]


@lru_cache(maxsize=512)
def set_paragraph(
    font: Font, text: str, box: TextBox, sizes: tuple[float, float]
) -> tuple[TextLine, ...]:
    """The text at the largest size at which it fits the box; at the smallest it is cut.

    No line where the box is too small for any.
    """
    largest, smallest = sizes
    pieces = _pieces(font, text)
    widest = max((piece.ink for piece in pieces), default=0.0)

    def sized(step: int) -> float:
        return max(largest - step * STEP, smallest)

    def fits(step: int) -> bool:
        size = sized(step)
        lines = _broken(font, pieces, box.width / size)
        return widest * size <= box.width and len(lines) * size * LEADING <= box.height

    # A smaller size never takes more lines, so the first that fits is found by halves.
    steps = math.ceil((largest - smallest) / STEP)
    size = sized(bisect_left(range(steps), True, key=fits))  # noqa: FBT003 - what is sought
    lines = _broken(font, pieces, box.width / size)
    room = int(box.height / (size * LEADING) + ROUNDING)
    if len(lines) > room:
        lines = _shortened(font, lines, room, box.width / size)
    if any(font.width(line) * size > box.width + ROUNDING for line in lines):
        return ()
    return tuple(TextLine(line, size) for line in lines)


def _set_detail(
    font: Font, text: str, width: float, sizes: tuple[float, float]
) -> tuple[TextLine, ...]:
    """One line of detail, or two small ones."""
    first, *rest = set_paragraph(font, text, TextBox(width, 2 * sizes[1] * LEADING), sizes)
    return (replace(first, above=first.size * DETAIL_GAP), *rest)


def _as_many_as_fit(lines: tuple[TextLine, ...], room: float) -> tuple[TextLine, ...]:
    while lines and height(lines) > room / 2:
        lines = lines[:-1]
    return lines


def _broken(font: Font, pieces: tuple[Piece, ...], width: float) -> list[str]:
    """As much on each line as it holds, which makes the fewest lines."""
    lines: list[str] = []
    line, taken = "", 0.0
    for piece in pieces:
        if taken + piece.ink > width:
            if line:
                lines.append(line.rstrip())
            *full, line = _split(font, piece.text, width) if piece.ink > width else [piece.text]
            lines += full
            taken = font.width(line)
        else:
            line += piece.text
            taken += piece.advance
    return [*lines, line.rstrip()] if line.rstrip() else lines


def _pieces(font: Font, text: str) -> tuple[Piece, ...]:
    """Words with the blank or the hyphen that ends them, and numbers with their units."""
    pieces = (piece.replace(BLANK, " ") for piece in BREAK.split(STUCK.sub(BLANK, text)))
    return tuple(
        Piece(piece, font.width(piece), font.width(piece.rstrip())) for piece in pieces if piece
    )


def _split(font: Font, word: str, width: float) -> list[str]:
    """A word too long for a line, broken where the line ends."""
    parts = [""]
    for character in word:
        if parts[-1] and font.width((parts[-1] + character).rstrip()) > width:
            parts.append("")
        parts[-1] += character
    return parts


def _shortened(font: Font, lines: list[str], room: int, width: float) -> list[str]:
    if room < 1:
        return []
    kept, last = lines[: room - 1], lines[room - 1]
    while last and font.width(last + ELLIPSIS) > width:
        last = last[:-1]
    return [*kept, last.rstrip(" ,;:.-\N{EN DASH}—/(«") + ELLIPSIS]
