"""A line of text drawn: as outlines, and in whole dots of a printer that knows only black and white.

Characters stand on whole dots, the same ones in every output; nothing is kerned or shaped.
"""

import io
import math
from functools import lru_cache
from itertools import accumulate
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from fontTools.pens.basePen import decomposeQuadraticSegment
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from labels.text.fonts import Font

Dots = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
Step = tuple[str, tuple[tuple[float, float], ...]]

HALF = 128  # of the 256 levels of grey
FINEST = 16  # samples to a dot, each way, from which small letters are made
SAMPLES = 512  # to the em at most: large letters need no such care
GROWTH = 0.44  # of a dot that strokes may be widened by; more, and round letters come out higher


class Raster(NamedTuple):
    """A line of text as a bitmap: where its ink begins, counted from the baseline's left, and it.

    `top` is negative above the baseline. `rows` holds the lines from the top, each in whole bytes,
    the leftmost dot in the highest bit, 1 for black.
    """

    left: int
    top: int
    width: int
    height: int
    rows: bytes


class Inked(NamedTuple):
    """The same, a byte a dot."""

    left: int
    top: int
    dots: Dots


class Strokes(NamedTuple):
    """What the letters of a font have in common, in em."""

    upright: float  # width of an upright stroke
    capital: float  # the same, of capitals and digits
    level: float  # height of a level stroke
    small: float  # height of small letters


def positions(font: Font, text: str, size: float) -> list[int]:
    """The dots, from the line's left, at which the characters stand."""
    scale = size / font.units
    before = accumulate(map(font.advances.__getitem__, text[:-1]), initial=0)
    return [math.floor(units * scale + 0.5) for units in before] if text else []


def outline(font: Font, text: str, size: float) -> str:
    """SVG path data of a line in dots, from the baseline's left, `y` growing downwards."""
    scale = size / font.units
    return "".join(
        f"{letter}{' '.join(f'{_short(left + x * scale)} {_short(-y * scale)}' for x, y in points)}"
        for left, character in zip(positions(font, text, size), text, strict=True)
        for letter, points in _steps(font, font.glyph(character))
    )


def raster(font: Font, text: str, size: float) -> Raster:
    """The line in black dots; without ink, a bitmap of no width."""
    left, top, dots = inked(font, text, size)
    height, width = dots.shape
    return Raster(left, top, width, height, np.packbits(dots, axis=1).tobytes())


def inked(font: Font, text: str, size: float) -> Inked:
    """The same, as an array to draw with."""
    placed = [
        (left + glyph.left, glyph.top, glyph.dots)
        for left, character in zip(positions(font, text, size), text, strict=True)
        if (glyph := _glyph(font, size, character)) is not None
    ]
    if not placed:
        return Inked(0, 0, np.zeros((0, 0), np.uint8))
    leftmost = min(left for left, _, _ in placed)
    highest = min(top for _, top, _ in placed)
    width = max(left + dots.shape[1] for left, _, dots in placed) - leftmost
    height = max(top + dots.shape[0] for _, top, dots in placed) - highest
    line = np.zeros((height, width), np.uint8)
    for left, top, dots in placed:
        across, down = left - leftmost, top - highest
        line[down : down + dots.shape[0], across : across + dots.shape[1]] |= dots
    return Inked(leftmost, highest, line)


def overhang(font: Font, text: str, size: float) -> tuple[int, int]:
    """Dots by which a line's ink stands out of its width, to the left (J) and to the right (K)."""
    if not text:
        return 0, 0
    first, last = _glyph(font, size, text[0]), _glyph(font, size, text[-1])
    advance = font.width(text[-1]) * size
    left = -first.left if first else 0
    right = math.ceil(last.left + last.dots.shape[1] - advance) if last else 0
    return max(0, left), max(0, right)


def _short(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"


# Rasters


@lru_cache(maxsize=4096)
def _glyph(font: Font, size: float, character: str) -> Inked | None:
    """A letter in dots, as even as few dots allow.

    Drawn much larger and sampled in the middle of each dot. Small letters are stretched to a whole
    number of dots, so that round and flat ones are equally high; strokes that are nearly one dot
    wider are widened by what they lack, so that all are equally wide wherever they fall.
    """
    written = character if character in font.glyphs else font.box
    fine = max(1, min(FINEST, int(SAMPLES / size)))
    face = _face(font, size * fine)
    left, top, right, bottom = map(round, face.getbbox(written, anchor="ls"))
    if left == right or top == bottom:
        return None
    picture = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(picture).text((-left, -top), written, 255, face, anchor="ls")
    large = (np.asarray(picture) >= HALF).astype(np.uint8)
    strokes = _strokes(font)
    stretch = max(1, round(strokes.small * size)) / (strokes.small * size)
    tall = character.isupper() or character.isdigit()
    wider = round(fine * _growth((strokes.capital if tall else strokes.upright) * size))
    higher = round(fine * _growth(strokes.level * size * stretch) / stretch)
    large = _grown(_grown(large, wider).T, higher).T
    return _sampled(large, left - wider // 2, top - higher // 2, fine, stretch)


def _sampled(large: Dots, left: int, top: int, fine: int, stretch: float) -> Inked | None:
    """The dots whose middles lie in the ink of the large letter, cut to what is black."""
    height, width = large.shape
    across = np.arange(left // fine, (left + width) // fine + 1)
    down = np.arange(
        math.floor(top * stretch / fine), math.floor((top + height) * stretch / fine) + 1
    )
    columns = np.floor((across + 0.5) * fine).astype(int) - left
    rows = np.floor((down + 0.5) * fine / stretch).astype(int) - top
    inside_columns = (columns >= 0) & (columns < width)
    inside_rows = (rows >= 0) & (rows < height)
    dots = large[np.ix_(rows[inside_rows], columns[inside_columns])]
    inked_rows, inked_columns = (np.flatnonzero(dots.any(axis=axis)) for axis in (1, 0))
    if not len(inked_rows):
        return None
    first_row, first_column = int(inked_rows[0]), int(inked_columns[0])
    return Inked(
        int(across[inside_columns][first_column]),
        int(down[inside_rows][first_row]),
        dots[first_row : inked_rows[-1] + 1, first_column : inked_columns[-1] + 1],
    )


def _growth(stroke: float) -> float:
    """What a stroke lacks to whole dots, if that is little or it would be thinner than one."""
    lacking = max(1, math.ceil(stroke)) - stroke
    return lacking if lacking <= GROWTH or stroke < 1 else 0.0


def _grown(dots: Dots, by: int) -> Dots:
    """Ink widened by so many columns, half of them to the left."""
    if not by:
        return dots
    height, width = dots.shape
    grown = np.zeros((height, width + by), np.uint8)
    for shift in range(by + 1):
        grown[:, shift : shift + width] |= dots
    return grown


@lru_cache(maxsize=8)
def _face(font: Font, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(font.data), size, layout_engine=ImageFont.Layout.BASIC)


# Outlines. The reader of the file seeks and reads as it is asked, so one thread at a time.

_reading = Lock()


@lru_cache(maxsize=4096)
def _steps(font: Font, glyph: int) -> tuple[Step, ...]:
    """The contours as steps of an SVG path, in units of the font."""
    with _reading:
        glyphs, names = _outlines(font)
        pen = DecomposingRecordingPen(glyphs)
        glyphs[names[glyph]].draw(pen)
    return tuple(step for name, points in pen.value for step in _step(name, points))


def _step(name: str, points: tuple[Any, ...]) -> list[Step]:
    if name == "closePath":
        return [("Z", ())]
    if name != "qCurveTo":
        return [("M" if name == "moveTo" else "L", points)]
    if points[-1] is None:  # a contour of curves alone, which begins between two of their points
        (x, y), (to_x, to_y) = points[-2], points[0]
        start = ((x + to_x) / 2, (y + to_y) / 2)
        points = (*points[:-1], start)
        return [("M", (start,)), *_step(name, points), ("Z", ())]
    return [("Q", pair) for pair in decomposeQuadraticSegment(points)]


@lru_cache(maxsize=8)
def _outlines(font: Font) -> tuple[Any, list[str]]:
    face = TTFont(io.BytesIO(font.data), lazy=True)
    return face.getGlyphSet(), face.getGlyphOrder()


@lru_cache(maxsize=8)
def _strokes(font: Font) -> Strokes:
    with _reading:
        glyphs, names = _outlines(font)

        def bounds(character: str) -> tuple[float, float, float, float]:
            pen = BoundsPen(glyphs)
            glyphs[names[font.glyph(character)]].draw(pen)
            left, bottom, right, top = pen.bounds or (0, 0, font.units, font.units)
            return left / font.units, bottom / font.units, right / font.units, top / font.units

        stem, capital, hyphen, letter = map(bounds, "lI-x")
    return Strokes(
        upright=stem[2] - stem[0],
        capital=capital[2] - capital[0],
        level=hyphen[3] - hyphen[1],
        small=letter[3],
    )
