"""The page tree: every node has at most 64 kids, and is written as soon as it is full."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labels.output.pdf_objects import Objects

KIDS = 64


@dataclass(slots=True)
class _Node:
    number: int
    pages: int = 0
    kids: list[int] = field(default_factory=list)
    forms: dict[int, None] = field(default_factory=dict)  # used by pages that are kids

    def entries(self, fonts: Iterable[int]) -> bytes:
        kids = b" ".join(b"%d 0 R" % kid for kid in self.kids)
        resources = resources_of(fonts, self.forms) if self.forms else b""
        return b"/Type/Pages/Count %d/Kids[%b]%b" % (self.pages, kids, resources)


def resources_of(fonts: Iterable[int], forms: Iterable[int] = ()) -> bytes:
    """The entry of the resources; fonts and forms are called by the numbers of their objects."""
    of_fonts = b"".join(b"/F%d %d 0 R" % (font, font) for font in fonts)
    of_forms = b"".join(b"/X%d %d 0 R" % (form, form) for form in forms)
    inside = (b"/Font<<%b>>" % of_fonts if of_fonts else b"") + (
        b"/XObject<<%b>>" % of_forms if of_forms else b""
    )
    return b"/Resources<<%b>>" % inside if inside else b""


class PageTree:
    """Takes pages in their order. What a page uses is named in the leaf it hangs on.

    `fonts` may grow while pages are added.
    """

    def __init__(self, objects: Objects, fonts: Sequence[int]) -> None:
        self._objects, self._fonts = objects, fonts
        self._open: list[_Node] = []  # the node that still grows on each floor, leaves first

    def add(self, contents: int, forms: dict[int, None]) -> None:
        """Add a page with this content, which uses these forms."""
        leaf = self._with_room(0)
        page = self._objects.reserve()
        self._objects.put(
            page, b"<</Type/Page/Parent %d 0 R/Contents %d 0 R>>" % (leaf.number, contents)
        )
        leaf.kids.append(page)
        leaf.pages += 1
        leaf.forms |= forms

    def finish(self, entries: bytes) -> int:
        """Write what still grows, with what all pages have in common; the number of the root."""
        floor = 0
        while floor + 1 < len(self._open):
            self._close(floor)
            floor += 1
        root = self._open[floor]
        self._objects.put(root.number, b"<<%b%b>>" % (root.entries(self._fonts), entries))
        return root.number

    def _with_room(self, floor: int) -> _Node:
        if floor == len(self._open):
            self._open.append(_Node(self._objects.reserve()))
        elif len(self._open[floor].kids) == KIDS:
            self._close(floor)
            self._open[floor] = _Node(self._objects.reserve())
        return self._open[floor]

    def _close(self, floor: int) -> None:
        node, parent = self._open[floor], self._with_room(floor + 1)
        parent.kids.append(node.number)
        parent.pages += node.pages
        entries = node.entries(self._fonts)
        self._objects.put(node.number, b"<<%b/Parent %d 0 R>>" % (entries, parent.number))
