"""Texts into their rooms: codes whole and unbroken, other lines wrapped, names at last cut."""

from bisect import bisect
from collections.abc import Sequence
from functools import lru_cache
from math import ceil, floor, sqrt
from typing import NamedTuple

from domain.standards.alphabets import Alphabet
from labels.drawing import Words
from labels.layouts.parts import SHARE, Align, Room, TextPart, millimetres
from labels.refusals import DoesNotFit
from labels.symbols.dots import POINTS_PER_INCH
from labels.text import glyphs
from labels.text.fonts import Font
from labels.text.typesetting import BLANK, BREAK, LEADING, STUCK, TextBox, set_paragraph

ASCENT = 0.93  # of the size: of LEADING, what stands above the baseline
STEP = 0.25  # points
UNLIMITED = 1e6  # points; more than any label is high
ROUNDING = 1e-6
# Em that lines leave free, since ink stands out of its letter's width: J to the left, K to the right.
OVERHANG = 0.08
HALVINGS = 7  # of the width, until lines are about as long as each other
# A serial's characters are random. One in some ten thousand is wider than the mean of its length
# by so many deviations; to make room for it would make all others a third smaller.
DEVIATIONS = 4


class Paragraph(NamedTuple):
    text: str
    may_end_early: bool  # in an ellipsis


class CodeLine(NamedTuple):
    """A line of a code: `after` follows a serial that is not known yet, or None where none is."""

    before: str
    after: str | None = None


class Place(NamedTuple):
    """Where the text of a part stands, on which printer, for which layout's refusals."""

    part: TextPart
    room: Room
    layout: str
    dpi: int


class SerialLine(NamedTuple):
    """A line that differs from label to label, but for what stands around the serial."""

    before: str
    after: str
    room: Room
    align: Align
    baseline: int
    size: float  # dots to the em, of all serials but the widest
    fixed: float  # em that `before` and `after` take
    most: float  # em that a line of `size` may take
    left: int  # where lines begin that have something before the serial, and stand left
    font: Font

    def words(self, serial: str, width: float) -> Words:
        """The line with this serial, which is so many em wide."""
        text = f"{self.before}{serial}{self.after}"
        taken = self.fixed + width
        if self.align is Align.LEFT and self.before and taken <= self.most:
            return Words(text, self.left, self.baseline, self.size)
        size = self.size if taken <= self.most else self.room.width / (taken + OVERHANG)
        left = _left(self.room, self.align, text, size, self.font)
        return Words(text, left, self.baseline, size)


def codes(
    place: Place, lines: Sequence[CodeLine], serial: int, font: Font
) -> tuple[tuple[Words, ...], tuple[SerialLine, ...]]:
    """Lines that are never broken nor cut: those that are known, and those with a serial.

    `serial` is its characters. Raises DoesNotFit where a usual serial of so many does not fit at
    the smallest size. One that is wider than usual is set as small as it must be. That the box is
    high enough for its lines is known since the layout was read.
    """
    if not lines:
        return (), ()
    room, dots = place.room, place.dpi / POINTS_PER_INCH
    usual = _usual_width(font, serial)
    fixed = [font.width(line.before + (line.after or "")) for line in lines]
    varies = [line.after is not None for line in lines]
    largest, smallest = place.part.sizes
    needed = OVERHANG + max(own + usual * more for own, more in zip(fixed, varies, strict=True))
    if needed * smallest * dots > room.width + ROUNDING:
        raise _does_not_fit(place, needed * smallest * dots, room.width)
    fitting = min(room.width / needed, room.height / (LEADING * len(lines))) / dots
    size = max(min(largest, fitting // STEP * STEP), smallest) * dots
    known: list[Words] = []
    varying: list[SerialLine] = []
    baselines = _baselines(place, len(lines), size)
    for line, own, baseline in zip(lines, fixed, baselines, strict=True):
        if line.after is None:
            known.append(_aligned(place, line.before, baseline, size, font))
            continue
        most = room.width / size - OVERHANG
        varying.append(
            SerialLine(
                *(line.before, line.after, room, place.part.align),
                *(baseline, size, own, most),
                *(_left(room, Align.LEFT, line.before, size, font), font),
            )
        )
    return tuple(known), tuple(varying)


def prose(place: Place, paragraphs: Sequence[Paragraph], font: Font) -> tuple[Words, ...]:
    """All paragraphs at the largest size at which they fit; at the smallest, names are cut.

    Raises DoesNotFit where even so a paragraph that must be whole is not.
    """
    if not paragraphs:
        return ()
    dots = place.dpi / POINTS_PER_INCH
    width, height = place.room.width / dots, place.room.height / dots
    most = width / place.part.sizes[1] - OVERHANG
    widest = max(_widest_piece(font, paragraph, most) for paragraph in paragraphs)

    def too_large(size: float) -> bool:
        lines = _wrapped(font, paragraphs, width, size)
        too_wide = (widest + OVERHANG) * size > width
        return too_wide or len(lines) * size * LEADING > height + ROUNDING

    sizes = _sizes(place.part.sizes)
    size = sizes[min(bisect(sizes, x=False, key=lambda size: not too_large(size)), len(sizes) - 1)]
    room = int(height / (size * LEADING) + ROUNDING)
    if len(_wrapped(font, paragraphs, width, size)) > room:
        lines = _cut(place, paragraphs, font, room)
    else:
        lines = [line for one in paragraphs for line in _balanced(font, one, width, size)]
    return tuple(
        _aligned(place, line, baseline, size * dots, font)
        for line, baseline in zip(lines, _baselines(place, len(lines), size * dots), strict=True)
    )


@lru_cache(maxsize=64)
def _usual_width(font: Font, characters: int) -> float:
    """Em that a serial of so many characters takes at most, but for one in some ten thousand."""
    widths = [font.width(character) for character in Alphabet.SET_82.characters]
    mean = sum(widths) / len(widths)
    deviation = sqrt(sum((width - mean) ** 2 for width in widths) / len(widths))
    usual = characters * mean + DEVIATIONS * deviation * sqrt(characters)
    return min(usual, characters * max(widths))


def _wrapped(font: Font, paragraphs: Sequence[Paragraph], width: float, size: float) -> list[str]:
    box = TextBox(width - OVERHANG * size, UNLIMITED)
    return [
        line.text
        for paragraph in paragraphs
        for line in set_paragraph(font, paragraph.text, box, (size, size))
    ]


def _balanced(font: Font, paragraph: Paragraph, width: float, size: float) -> list[str]:
    """As few lines as the width allows, of much the same length: no word stands alone below."""
    lines = _wrapped(font, [paragraph], width, size)
    if len(lines) == 1:
        return lines
    low, high = 0.0, width
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        narrower = _wrapped(font, [paragraph], middle, size)
        # A line that ends within a word takes no blank away.
        if len(narrower) == len(lines) and _letters(narrower) <= _letters(lines):
            lines, high = narrower, middle
        else:
            low = middle
    return lines


def _letters(lines: Sequence[str]) -> int:
    return sum(map(len, lines))


def _widest_piece(font: Font, paragraph: Paragraph, most: float) -> float:
    """Em of what is not to be broken: a lot or a date with its name where it can stand whole.

    Everything else breaks where lines may; `most` is what a line can hold at the smallest size.
    """
    whole = font.width(paragraph.text)
    if whole <= most and not paragraph.may_end_early:
        return whole
    pieces = BREAK.split(STUCK.sub(BLANK, paragraph.text))
    return max(font.width(piece.rstrip(" ")) for piece in pieces)


def _sizes(limits: tuple[float, float]) -> list[float]:
    """From the largest to the smallest."""
    largest, smallest = limits
    steps = range(ceil((largest - smallest) / STEP))
    return [*(largest - step * STEP for step in steps), smallest]


def _cut(place: Place, paragraphs: Sequence[Paragraph], font: Font, lines: int) -> list[str]:
    """At the smallest size: what must be whole stands whole, names share the lines left over."""
    dots = place.dpi / POINTS_PER_INCH
    size, width = place.part.sizes[1], place.room.width / dots
    whole = [one for one in paragraphs if not one.may_end_early]
    free = len(paragraphs) - len(whole)
    left = lines - len(_wrapped(font, whole, width, size))
    if left < free or not free:
        needed = lines - left + free
        raise _does_not_fit(place, needed * size * LEADING * dots, place.room.height)
    found: list[str] = []
    for paragraph in paragraphs:
        room = UNLIMITED
        if paragraph.may_end_early:
            free -= 1
            room = (left - free) * size * LEADING + ROUNDING
        box = TextBox(width - OVERHANG * size, room)
        set_lines = set_paragraph(font, paragraph.text, box, (size, size))
        left -= len(set_lines) if paragraph.may_end_early else 0
        found += [line.text for line in set_lines]
    return found


def _baselines(place: Place, lines: int, size: float) -> list[int]:
    spare = place.room.height - lines * size * LEADING
    top = place.room.top + spare * SHARE[place.part.vertical]
    return [round(top + (ASCENT + LEADING * line) * size) for line in range(lines)]


def _aligned(place: Place, text: str, baseline: int, size: float, font: Font) -> Words:
    return Words(text, _left(place.room, place.part.align, text, size, font), baseline, size)


def _left(room: Room, align: Align, text: str, size: float, font: Font) -> int:
    """Where a line begins, so that its ink stays in its room."""
    spare = room.width - font.width(text) * size
    before, after = glyphs.overhang(font, text, size)
    aligned = round(spare * SHARE[align])
    return room.left + max(min(aligned, floor(spare) - after), before)


def _does_not_fit(place: Place, needed: float, available: float) -> DoesNotFit:
    return DoesNotFit(
        place.part.where,
        millimetres(needed, place.dpi),
        millimetres(available, place.dpi),
        place.layout,
        place.dpi,
    )
