"""What is printed on: a page, the places of the labels on it, and where and how often to print."""

from typing import NamedTuple

from labels.drawing import Bar
from labels.refusals import LabelCountNotFitting, StartBeyondSheet

MOST_COPIES = 1_000


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
