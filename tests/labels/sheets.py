"""Labels and paper to try the PDF writer with: grids in dots, faces with text, symbols of codes."""

import io
from collections.abc import Iterable, Iterator, Sequence

import pikepdf

from domain.catalogue.templates import Family
from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.output import pdf
from labels.output.paper import Paper
from labels.symbols import data_matrix
from labels.text import fonts

FONT = fonts.find()
A4 = (210.0, 297.0)


def dots(mm: float, dpi: int) -> int:
    return round(mm / 25.4 * dpi)


def sheet(columns: int, rows: int, dpi: int, **more) -> Paper:
    """An A4 page full of labels, whose corners lie where millimetres put them."""
    width, height = A4
    corners = tuple(
        (dots(column * width / columns, dpi), dots(row * height / rows, dpi))
        for row in range(rows)
        for column in range(columns)
    )
    return Paper(dpi, dots(width, dpi), dots(height, dpi), corners, **more)


def roll(dpi: int = 203, mm: tuple[float, float] = (58, 40), **more) -> Paper:
    return Paper(dpi, *(dots(side, dpi) for side in mm), ((0, 0),), **more)


def face(paper: Paper, name: str = "", bars: tuple[Bar, ...] = ()) -> Face:
    """A face with the name at its foot, as wide as the space to the next label."""
    lefts = sorted({left for left, _ in paper.corners} | {paper.width})
    tops = sorted({top for _, top in paper.corners} | {paper.height})
    width, height = lefts[1] - lefts[0], tops[1] - tops[0]
    size = dots(2, paper.dpi)
    words = (Words(name, size, height - size, float(size)),) if name else ()
    return Face(paper.dpi, width, height, FONT, words, bars)


def labels(
    codes: Sequence[tuple[str, Family]], face: Face, module: int | None = None
) -> list[Drawing]:
    """A label for each code: its symbol, and its serial below."""
    module = module or dots(0.4, face.dpi)
    standing = 2 * module, 2 * module
    return [
        Drawing(
            face,
            (Placed(data_matrix.one(code, family), *standing, module, module),),
            (Words(code[18:24], standing[0], face.height - dots(5, face.dpi), dots(2, face.dpi)),),
        )
        for code, family in codes
    ]


def printed(drawings: Iterable[Drawing], paper: Paper, title: str = "Labels") -> bytes:
    """The whole file, which must be sound."""
    file = b"".join(pdf.pages(drawings, paper, title))
    assert faults(file) == []
    return file


def faults(file: bytes) -> list[str]:
    """What qpdf finds wrong in a file."""
    with pikepdf.open(io.BytesIO(file)) as document:
        return document.check_pdf_syntax()


def asked_for(drawings: Iterable[Drawing], count: list[int]) -> Iterator[Drawing]:
    """The drawings, while the count tells how many were asked for."""
    for drawing in drawings:
        count[0] += 1
        yield drawing
