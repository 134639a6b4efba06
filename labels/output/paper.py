"""What is printed on: a page, the places of the labels on it, and where and how often to print."""

from typing import NamedTuple

from labels.drawing import Bar
from labels.layouts.parts import Layout, dots
from labels.refusals import LabelCountNotFitting, StartBeyondSheet

MOST_COPIES = 1_000
CUT_MARK_MM = 1.5
HAIRLINE_MM = 0.08


class Paper(NamedTuple):
    """A page in whole dots from its top left; a label of a roll is a page with one position."""

    dpi: int
    width: int
    height: int
    corners: tuple[tuple[int, int], ...]  # left and top of each position, along the rows
    start: int = 1  # the first free position of the first page
    copies: int = 1  # of each label, one after another
    cut_marks: tuple[Bar, ...] = ()  # on every page, from the page's corner

    def check(self) -> None:
        """Refuse a position that the page has not, and a count of copies that nobody prints."""
        if not 1 <= self.start <= len(self.corners):
            raise StartBeyondSheet(self.start, len(self.corners))
        if not 1 <= self.copies <= MOST_COPIES:
            raise LabelCountNotFitting(MOST_COPIES)


def paper_of(
    layout: Layout,
    dpi: int,
    start: int = 1,
    copies: int = 1,
    with_marks: bool = True,  # noqa: FBT001, FBT002
) -> Paper:
    """What labels of this layout are printed on; rolls have no cut marks."""
    corners = tuple(layout.corner(at, dpi) for at in range(layout.positions))
    marks = cut_marks(layout, dpi, corners) if with_marks and layout.sheet else ()
    return Paper(dpi, *layout.page_dots(dpi), corners, start, copies, marks)


def cut_marks(layout: Layout, dpi: int, corners: tuple[tuple[int, int], ...]) -> tuple[Bar, ...]:
    """A small cross on every corner of every label, each once."""
    width, height = layout.label_dots(dpi)
    arm, thick = dots(CUT_MARK_MM, dpi), max(dots(HAIRLINE_MM, dpi), 1)
    crossings = dict.fromkeys(
        (left + right, top + bottom)
        for left, top in corners
        for right in (0, width)
        for bottom in (0, height)
    )
    page = layout.page_dots(dpi)
    return tuple(
        mark
        for left, top in crossings
        for mark in (
            within(Bar(left - arm, top - thick // 2, 2 * arm, thick), *page),
            within(Bar(left - thick // 2, top - arm, thick, 2 * arm), *page),
        )
    )


def within(bar: Bar, width: int, height: int) -> Bar:
    """The part of a bar that lies on the page."""
    left, top = max(bar.left, 0), max(bar.top, 0)
    right, bottom = min(bar.left + bar.width, width), min(bar.top + bar.height, height)
    return Bar(left, top, right - left, bottom - top)
