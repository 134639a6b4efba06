"""A whole label as dots, black or white: what a PNG holds, and what printers take as a picture."""

from functools import lru_cache

import numpy as np

from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.text import glyphs

Packed = np.ndarray[tuple[int, int], np.dtype[np.uint8]]  # eight dots a byte, 1 for black
Dots = np.ndarray[tuple[int, int], np.dtype[np.uint8]]  # a byte a dot

FACES = 8  # kept ready: a run has one, a press that goes from run to run a few


def packed(drawing: Drawing) -> Packed:
    """The label's lines from the top, each in whole bytes, the leftmost dot in the highest bit.

    What is common to the labels of a face is drawn once. What lies outside of the label is cut.
    """
    face = drawing.face
    label = _of_face(face).copy()
    _draw(label, face, drawing.placed, drawing.words)
    return label


def rows(drawing: Drawing) -> bytes:
    """The same as bytes: the label's height times its width in whole bytes."""
    return packed(drawing).tobytes()


@lru_cache(maxsize=FACES)
def _of_face(face: Face) -> Packed:
    label = np.zeros((face.height, (face.width + 7) // 8), np.uint8)
    _draw(label, face, face.placed, face.words, face.bars)
    label.flags.writeable = False
    return label


def _draw(
    label: Packed,
    face: Face,
    placed: tuple[Placed, ...],
    words: tuple[Words, ...],
    bars: tuple[Bar, ...] = (),
) -> None:
    for bar in bars:
        _stamp(
            label, face.width, np.ones((1, bar.width), np.uint8), (bar.left, bar.top), bar.height
        )
    for at in placed:
        dots = np.repeat(at.symbol.dark(), at.module, axis=1)
        _stamp(label, face.width, dots, (at.left, at.top), at.line)
    for line in words:
        left, top, dots = glyphs.inked(face.font, line.text, line.size)
        _stamp(label, face.width, dots, (line.left + left, line.baseline + top), 1)


def _stamp(label: Packed, width: int, dots: Dots, corner: tuple[int, int], line: int) -> None:
    """Blacken the label where these dots are, each of their lines so many dots high."""
    left, top = corner
    dots = dots[:, max(0, -left) : max(0, width - left)]
    if not dots.size:
        return
    left = max(0, left)
    shift, count = left % 8, dots.shape[1]
    shifted = np.zeros((dots.shape[0], shift + count), np.uint8)
    shifted[:, shift:] = dots
    ink = np.repeat(np.packbits(shifted, axis=1), line, axis=0)
    ink = ink[max(0, -top) : max(0, len(label) - top)]
    top = max(0, top)
    label[top : top + ink.shape[0], left // 8 : left // 8 + ink.shape[1]] |= ink
