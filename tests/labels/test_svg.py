"""A label as SVG: the print's geometry, safe whatever its text, and no secret in it."""

import re
import xml.dom.minidom  # our own files, not a stranger's

import numpy as np
import pytest

from labels.drawing import Bar, Drawing, Face, Words
from labels.output import bitmap
from labels.output.svg import svg
from labels.text import glyphs
from tests.labels import drawn

RECTANGLE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z")


def parsed(drawing):
    return xml.dom.minidom.parseString(drawing).documentElement  # noqa: S318 - our own file


def painted(drawing, width, height):
    """The rectangles of the crisp paths, dot by dot."""
    black = np.zeros((height, width), np.uint8)
    for path in parsed(drawing).getElementsByTagName("path"):
        if path.getAttribute("shape-rendering") != "crispEdges":
            continue
        assert RECTANGLE.sub("", path.getAttribute("d")) == ""
        for found in RECTANGLE.findall(path.getAttribute("d")):
            left, top, across, down, back = map(int, found)
            assert back == across
            assert not black[top : top + down, left : left + across].any()
            black[top : top + down, left : left + across] = 1
    return black


@pytest.mark.parametrize("placed", drawn.SYMBOLS, ids=lambda at: str(at.symbol.symbology))
def test_symbols_and_bars_cover_the_very_dots_of_the_print(placed):
    bars = (Bar(0, 0, 701, 1), Bar(3, 5, 1, 300))
    label = Drawing(Face(203, 701, 320, drawn.FONT, bars=bars), (placed,))
    packed = np.frombuffer(bitmap.rows(label), np.uint8).reshape(320, -1)

    assert (painted(svg(label), 701, 320) == np.unpackbits(packed, axis=1, count=701)).all()


@pytest.mark.parametrize(("dpi", "size"), [(203, (464, 320)), (600, (1370, 945))])
def test_a_label_has_its_millimetres_and_counts_in_dots(dpi, size):
    root = parsed(svg(drawn.milk(drawn.face(dpi, size))))

    assert root.getAttribute("viewBox") == f"0 0 {size[0]} {size[1]}"
    for side, dots in zip(("width", "height"), size, strict=True):
        shown = root.getAttribute(side)
        assert shown.endswith("mm")
        assert float(shown.removesuffix("mm")) == pytest.approx(dots * 25.4 / dpi, abs=0.01)


def test_text_is_drawn_as_outlines_where_the_print_has_it():
    words = Words("Кваліфікаваны ўзор", 100, 60, 19.0)

    drawing = svg(Drawing(Face(203, 464, 320, drawn.FONT, (words,))))
    lines = [
        (path.getAttribute("transform"), path.getAttribute("d"))
        for path in parsed(drawing).getElementsByTagName("path")
        if path.hasAttribute("transform")
    ]

    assert lines == [("translate(100 60)", glyphs.outline(drawn.FONT, words.text, 19.0))]
    assert "<text" not in drawing
    assert "font" not in drawing


def test_who_cannot_see_is_told_what_is_written():
    root = parsed(svg(drawn.milk(drawn.face()), "Молоко"))
    (title,), (description,) = map(root.getElementsByTagName, ("title", "desc"))

    assert title.firstChild.data == "Молоко"
    for written in (*drawn.NAMES, "(01)04610053149777", "(21)5d/w(U"):
        assert written in description.firstChild.data


def test_the_verification_code_is_nowhere_in_it():
    assert drawn.VERIFICATION_CODE not in svg(drawn.milk(drawn.face()))


@pytest.mark.parametrize("name", drawn.HOSTILE)
def test_a_hostile_name_comes_out_as_text(name):
    # As a title, and as words that somebody forgot to make fit for writing.
    words = (Words(name, 10, 10, 12.0),)
    drawing = svg(Drawing(drawn.face(names=(name,)), words=words), name)

    assert drawing.encode("utf-8").decode("utf-8") == drawing
    assert drawing.isprintable()
    assert "<script" not in drawing
    names = {node.tagName for node in parsed(drawing).getElementsByTagName("*")}
    assert names == {"title", "desc", "path"}
    attributes = {
        attribute
        for node in parsed(drawing).getElementsByTagName("*")
        for attribute in node.attributes.keys()  # noqa: SIM118 - not a dictionary
    }
    assert attributes == {"d", "fill", "transform", "shape-rendering"}


def test_the_same_label_makes_the_same_text():
    assert svg(drawn.milk(drawn.face())) == svg(drawn.milk(drawn.face()))


def test_a_label_without_anything_on_it_is_white():
    drawing = svg(Drawing(Face(203, 46, 20, drawn.FONT)))

    assert drawing.count("<path") == 1
    assert '<path fill="#fff" d="M0 0h46v20h-46z"/>' in drawing
