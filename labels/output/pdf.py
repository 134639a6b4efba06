"""Labels as PDF, written while they come: a million of them in the memory of a few.

A page is given out when it is full; the fonts, the table of objects and the end of the file come
last. A file whose labels broke off has no end, and no reader takes it for whole.
"""

import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from labels.drawing import Drawing, Face
from labels.output.paper import Paper
from labels.output.pdf_fonts import Typefaces
from labels.output.pdf_marks import Pen
from labels.output.pdf_objects import Objects
from labels.output.pdf_tree import PageTree, resources_of
from labels.refusals import LabelCountNotFitting

TOGETHER = 65_536  # bytes given out at once, after the first page
FACES_KEPT = 256  # of mixed runs; one that comes again later is written again
MOST_PAGES = 2_000_000  # each takes up to four of the eight million objects that a file may have
LONG = 1_024  # bytes of a page: below, compressing takes twice the time and gains a fiftieth
PRODUCER = "Tamga"
FORM = b"/Type/XObject/Subtype/Form/BBox[%b]%b"


def pages(drawings: Iterable[Drawing], paper: Paper, title: str) -> Iterator[bytes]:
    """The file in pieces, the first as soon as its first page is full.

    Refuses an impossible start or count of copies at once, no labels or too many on the way. The
    same labels give the same bytes.
    """
    paper.check()
    return _written(drawings, paper, title)


def _written(drawings: Iterable[Drawing], paper: Paper, title: str) -> Iterator[bytes]:
    document, wanted = _Document(paper), 0
    for drawing in drawings:
        form, marks = document.drawn(drawing)
        for _ in range(paper.copies):
            document.put(form, marks)
            if document.pending > wanted:
                yield document.taken()
                wanted = TOGETHER
    document.finish(title)
    yield document.taken()


class _Document:
    """A file that grows by labels; what of it is written is pending until it is taken."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._objects = Objects()
        self._fonts = Typefaces(self._objects)
        self._tree = PageTree(self._objects, self._fonts.numbers)
        self._pen = Pen(paper.dpi)
        self._corners = [b"q " + self._pen.move(paper.height, *corner) for corner in paper.corners]
        self._position = paper.start - 1
        self._pages = 0
        self._forms: OrderedDict[Face, int] = OrderedDict()
        self._cut_marks = self._form_of_cut_marks()
        self._parts: list[bytes] = []  # of the page that is being filled
        self._uses: dict[int, None] = {}  # forms, on that page
        self._before: tuple[list[bytes], int] = ([], 0)  # the page before, and its content

    @property
    def pending(self) -> int:
        """Bytes to be taken: none before the first page is full."""
        return self._objects.pending if self._pages else 0

    def taken(self) -> bytes:
        return self._objects.taken()

    def drawn(self, drawing: Drawing) -> tuple[int, bytes]:
        """The form that a label begins with, and what it draws on it."""
        face, placed, words = drawing
        form = self._forms.get(face) or self._form_of(face)
        marks = [self._pen.mask(each) for each in placed]
        if words:
            typeface = self._fonts.of(face.font)
            marks += [self._pen.text(line, typeface) for line in words]
        return form, b"/X%d Do\n%bQ\n" % (form, b"".join(marks))

    def put(self, form: int, marks: bytes) -> None:
        """Put a label on the next position."""
        self._parts += (self._corners[self._position], marks)
        self._uses[form] = None
        self._position += 1
        if self._position == len(self._corners):
            self._close_page()

    def finish(self, title: str) -> None:
        if self._parts:
            self._close_page()
        if not self._pages:
            raise LabelCountNotFitting(MOST_PAGES)
        self._fonts.finish()
        size = self._pen.page_size(self._paper.width, self._paper.height)
        root = self._tree.finish(b"/MediaBox[%b]" % size)
        catalog, info = self._objects.reserve(), self._objects.reserve()
        self._objects.put(
            catalog,
            b"<</Type/Catalog/Pages %d 0 R/ViewerPreferences<</PrintScaling/None>>>>" % root,
        )
        self._objects.put(info, b"<</Title%b/Producer%b>>" % (_text(title), _text(PRODUCER)))
        self._objects.finish(catalog, info)

    def _close_page(self) -> None:
        """Write the page; one like the one before it, as copies are, shares its content."""
        if self._pages == MOST_PAGES:
            raise LabelCountNotFitting(MOST_PAGES)
        before, content = self._before
        if self._parts != before:
            content = self._objects.reserve()
            head = b"/X%d Do\n" % self._cut_marks if self._cut_marks else b""
            marks = head + b"".join(self._parts)
            write = self._objects.stream if len(marks) < LONG else self._objects.deflated
            write(content, marks)
            self._before = self._parts, content
        if self._cut_marks:
            self._uses[self._cut_marks] = None
        self._tree.add(content, self._uses)
        self._pages += 1
        self._position, self._parts, self._uses = 0, [], {}

    def _form_of(self, face: Face) -> int:
        if face.dpi != self._paper.dpi:
            raise RuntimeError(f"a label of {face.dpi} dpi on a page of {self._paper.dpi}")
        marks = [self._pen.bar(bar) for bar in face.bars]
        marks += [self._pen.mask(placed) for placed in face.placed]
        fonts = []
        if face.words:
            typeface = self._fonts.of(face.font)
            marks += [self._pen.text(words, typeface) for words in face.words]
            fonts.append(typeface.number)
        box = self._pen.label_size(face.width, face.height)
        self._forms[face] = form = self._form(b"".join(marks), box, resources_of(fonts))
        if len(self._forms) > FACES_KEPT:
            self._forms.popitem(last=False)
        return form

    def _form_of_cut_marks(self) -> int:
        """The number of the form; 0 if there are none."""
        if not self._paper.cut_marks:
            return 0
        height = self._paper.height
        corner = self._pen.move(height, 0, 0)
        marks = corner + b"".join(self._pen.bar(bar) for bar in self._paper.cut_marks)
        return self._form(marks, self._pen.page_size(self._paper.width, height), b"")

    def _form(self, marks: bytes, box: bytes, resources: bytes) -> int:
        number = self._objects.reserve()
        self._objects.deflated(number, marks, FORM % (box, resources))
        return number


def _text(text: str) -> bytes:
    """A text string in UTF-16, in hexadecimal, so that no character in it ends it.

    Control characters are left out: one of them would begin a language tag (ISO 32000-1, 7.9.2.2).
    """
    plain = "".join(each for each in text if unicodedata.category(each) not in {"Cc", "Cs"})
    return b"<FEFF%b>" % plain.encode("utf-16-be").hex().encode()
