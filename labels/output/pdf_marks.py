"""What a label leaves on the page, as operators of PDF, on the dots of its printer.

Symbols are 1-bit masks and never rectangles, which grow by up to a third on 1-bit rasterisers.
Everything black is a little smaller than the dots it covers, so that no rasteriser rounds it up
into the next dot, whether it asks for the middle of a dot or for any part of it.
"""

from typing import Any

from labels.drawing import Bar, Placed, Words
from labels.output.pdf_fonts import Typeface
from labels.symbols.dots import POINTS_PER_INCH

INSET = 0.05  # of a dot, on each side of a mask or a bar
# Of a page, in dots, else some rasterisers add a dot and stretch. Smaller than the masks' own:
# those that stretch the page to whole dots move every mask by up to so much.
PAGE_INSET = 0.02
KEPT = 4_096  # beginnings of each kind


class Pen:
    """Draws at one resolution, from the top left corner of whatever it draws on.

    Labels of a run differ in their symbols and serials and stand alike, so that what comes before
    those in the operators is made once.
    """

    def __init__(self, dpi: int) -> None:
        self._dot = POINTS_PER_INCH / dpi
        self._masks: dict[tuple[int, int, int, int, int, int], bytes] = {}
        self._texts: dict[tuple[int, int, int, float], str] = {}

    def points(self, dots: float) -> str:
        """A length in points, to the five decimals that keep everything on its dot."""
        told = f"{dots * self._dot:.5f}".rstrip("0").rstrip(".")
        return "0" if told == "-0" else told

    def page_size(self, width: int, height: int) -> bytes:
        return self._joined(0, 0, width - PAGE_INSET, height - PAGE_INSET)

    def label_size(self, width: int, height: int) -> bytes:
        """The box of a form that is drawn from its top left corner."""
        return self._joined(0, -height, width, 0)

    def move(self, page_height: int, left: int, top: int) -> bytes:
        """Make this place of the page the corner that is drawn from."""
        return b"1 0 0 1 %b cm\n" % self._joined(left, page_height - PAGE_INSET - top)

    def bar(self, bar: Bar) -> bytes:
        left, width, height = bar.left + INSET, bar.width - 2 * INSET, bar.height - 2 * INSET
        return b"%b re f\n" % self._joined(left, -bar.top - INSET - height, width, height)

    def text(self, words: Words, typeface: Typeface) -> bytes:
        """Text as glyphs, so that nothing in it can be taken for an operator."""
        text, left, baseline, size = words
        key = (typeface.number, left, baseline, size)
        begin = self._texts.get(key)
        if begin is None:
            x, y, points = map(self.points, (left, -baseline, size))
            _make_room(self._texts)
            begin = self._texts[key] = f"BT/F{typeface.number} {points} Tf {x} {y} Td<"
        return f"{begin}{''.join([typeface[each] for each in text])}>Tj ET\n".encode("ascii")

    def mask(self, placed: Placed) -> bytes:
        symbol, left, top, module, line = placed
        key = (left, top, module, line, symbol.columns, symbol.lines)
        begin = self._masks.get(key)
        if begin is None:
            _make_room(self._masks)
            begin = self._masks[key] = self._begun(placed)
        rows = symbol.rows
        if b"EI" in rows:  # weaker interpreters take it for the end of the image
            return b"%b/F/AHx ID %b>\nEI Q\n" % (begin, rows.hex().encode())
        return b"%b ID %b\nEI Q\n" % (begin, rows)

    def _begun(self, placed: Placed) -> bytes:
        columns, lines = placed.symbol.columns, placed.symbol.lines
        width, height = columns * placed.module - 2 * INSET, lines * placed.line - 2 * INSET
        return b"q %b 0 0 %b %b cm BI/W %d/H %d/IM true/BPC 1/D[1 0]" % (
            self.points(width).encode(),
            self.points(height).encode(),
            self._joined(placed.left + INSET, -placed.top - INSET - height),
            columns,
            lines,
        )

    def _joined(self, *lengths: float) -> bytes:
        return " ".join(map(self.points, lengths)).encode()


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) == KEPT:
        kept.clear()
