"""A whole label as SVG: a preview that is the print, whatever fonts the viewer has."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from xml.sax.saxutils import escape

import numpy as np

from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.output.bitmap import FACES
from labels.symbols.dots import MILLIMETRES_PER_INCH
from labels.text import glyphs
from labels.text.fonts import Font


def svg(drawing: Drawing, title: str = "") -> str:
    """The label in its millimetres, drawn in units of the printer's dots.

    Text is drawn as outlines, where the printer's dots have it, and told in the description. What
    a symbol holds is nowhere told. The same label gives the same text.
    """
    face = drawing.face
    width, height = (side * MILLIMETRES_PER_INCH / face.dpi for side in (face.width, face.height))
    told = " ".join(line.text for line in (*face.words, *drawing.words))
    named = title or f"Label, {width:.1f} x {height:.1f} mm"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.5g}mm" height="{height:.5g}mm" '
        f'viewBox="0 0 {face.width} {face.height}" role="img">'
        f"<title>{_written(named)}</title><desc>{_written(told)}</desc>"
        f'<path fill="#fff" d="M0 0h{face.width}v{face.height}h-{face.width}z"/>'
        f"{_of_face(face)}{_drawn((), drawing.placed, drawing.words, face.font)}</svg>"
    )


def _written(text: str) -> str:
    """XML has no way to write control characters or lone surrogates, so they are left out."""
    return escape("".join(character for character in text if character.isprintable()))


@lru_cache(maxsize=FACES)
def _of_face(face: Face) -> str:
    return _drawn(face.bars, face.placed, face.words, face.font)


def _drawn(
    bars: Iterable[Bar], placed: Iterable[Placed], words: Iterable[Words], font: Font
) -> str:
    dots = "".join([*map(_rectangle, bars), *(run for at in placed for run in _runs(at))])
    lines = "".join(
        f'<path transform="translate({line.left} {line.baseline})" d="{outline}"/>'
        for line in words
        if (outline := glyphs.outline(font, line.text, line.size))
    )
    return (f'<path shape-rendering="crispEdges" d="{dots}"/>' if dots else "") + lines


def _runs(at: Placed) -> Iterator[str]:
    """A rectangle for each run of dark modules in a line of the symbol."""
    dark = np.pad(at.symbol.dark().astype(np.int8), ((0, 0), (1, 1)))
    edges = np.diff(dark, axis=1)
    lines, starts = (edges == 1).nonzero()
    _, ends = (edges == -1).nonzero()
    for line, start, end in zip(lines.tolist(), starts.tolist(), ends.tolist(), strict=True):
        left, top = at.left + start * at.module, at.top + line * at.line
        yield _rectangle(Bar(left, top, (end - start) * at.module, at.line))


def _rectangle(bar: Bar) -> str:
    return f"M{bar.left} {bar.top}h{bar.width}v{bar.height}h-{bar.width}z"
