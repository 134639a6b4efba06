"""Text into its box: lines break, type shrinks, and at last an ellipsis ends what is too long.

Sizes and boxes are in whatever unit the caller counts: points, or a printer's dots.
"""

import math
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from labels.text.fonts import Font

LEADING = 1.17
ELLIPSIS = "…"
STEP = 0.25
ROUNDING = 1e-6

# Where a line may break: after a blank, and after a hyphen, slash or comma without one, unless a
# digit follows, and not behind a single letter and a slash; not between a number and its unit or
# its "№", nor before a dash or a "%", nor after a word of one letter that belongs to the next.
BREAK = re.compile(r"(?<= )(?=[^ ])|(?<=[\\|+,;])(?=[^ \d])|(?<=\w\w[/-])(?=[^ \d])")
STUCK = re.compile(
    r"(?<=\d) (?=[^\W\d]{1,3}\b)| (?=[—\u2013%\u00d7+=°])|(?<=№) |(?<=\b[аиіўвзкосуя]) (?=[^\W\d])"
)
BLANK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class TextLine:
    text: str
    size: float


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
    parts, taken = [""], 0
    for character in word:
        advance = font.advances[character]
        ink = 0 if character.isspace() else advance  # a blank may hang over the end
        if parts[-1] and (taken + ink) / font.units > width:
            parts.append("")
            taken = 0
        parts[-1] += character
        taken += advance
    return parts


def _shortened(font: Font, lines: list[str], room: int, width: float) -> list[str]:
    if room < 1:
        return []
    kept, last = lines[: room - 1], lines[room - 1]
    while last and font.width(last + ELLIPSIS) > width:
        last = last[:-1]
    return [*kept, last.rstrip(" ,;:.-\N{EN DASH}—/(«") + ELLIPSIS]
