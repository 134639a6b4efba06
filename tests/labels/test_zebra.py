"""ZPL rendered by somebody else's printer, and read back exactly."""

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from domain.catalogue.templates import Family
from domain.prints.told import Facts
from domain.standards.alphabets import Alphabet
from labels import press
from labels.drawing import Drawing, Face, Placed
from labels.layouts import ready
from labels.output import zpl
from labels.output.formats import Format
from labels.press import Order, Report, Run
from labels.symbols import linear
from tests.labels import specimens

ZEBRA = Path(__file__).parent / "zebra"
GS = chr(29)
GTIN = "04610053149777"
SSCC = "146070950831234560"
BLACK = 128  # below it
DOTS = 8  # to the millimetre

Renderer = Callable[..., list[np.ndarray]]


@pytest.fixture(scope="module")
def rendered() -> Iterator[Renderer]:
    """Labels of 58 x 40 mm as an independent renderer puts them on paper, 1 for black."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("ZPL is not rendered: this machine has no Node.js (Debian: nodejs)")
    if not (ZEBRA / "node_modules" / "zpl-renderer-js").is_dir():
        pytest.skip("ZPL is not rendered: run `npm ci --prefix tests/labels/zebra` (Debian: npm)")

    with subprocess.Popen(
        [node, "render.mjs"], cwd=ZEBRA, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def on_paper(label: bytes, size: tuple[int, int]) -> np.ndarray:
            width, height = (length / DOTS for length in size)
            asked = {"zpl": label.decode("ascii"), "width": width, "height": height, "dots": DOTS}
            print(json.dumps(asked), file=process.stdin, flush=True)
            png = base64.b64decode(process.stdout.readline())
            picture = Image.open(io.BytesIO(png)).convert("L")
            return (np.asarray(picture) < BLACK).astype(np.uint8)

        yield lambda labels, size=specimens.SIZE: [on_paper(label, size) for label in labels]
        process.stdin.close()


def test_a_drawn_label_is_rendered_dot_for_dot_and_read_back(rendered, shape, codes):
    some = codes(6)
    drawings = [specimens.drawing(code, shape.family) for code in some]

    for code, drawing, dots in zip(
        some, drawings, rendered([zpl.label(one) for one in drawings]), strict=True
    ):
        assert np.array_equal(dots, specimens.dots(drawing))
        assert specimens.read(dots) == specimens.expected(code, shape.family)


def test_a_symbol_that_the_printer_makes_says_the_same(rendered, shape, codes):
    some = codes(12)
    labels = [zpl.label(specimens.drawing(code, shape.family), symbol="firmware") for code in some]

    for code, dots in zip(some, rendered(labels), strict=True):
        assert specimens.read(dots) == specimens.expected(code, shape.family)


def test_texts_are_rendered_and_read_back(rendered, shape, codes):
    some = specimens.same_product(codes(12), shape.family)
    pattern = specimens.drawing(some[0], shape.family)
    labels = zpl.texts(pattern, some, shape.family).split(b"\n")[:-1]

    for code, dots in zip(some, rendered(labels), strict=True):
        assert specimens.read(dots) == specimens.expected(code, shape.family)


@pytest.mark.parametrize("way", ["graphic", "firmware", "texts"])
def test_serials_of_all_82_characters_are_read_back(rendered, way):
    characters = Alphabet.SET_82.characters
    codes = [
        f"01{GTIN}21{characters[start : start + 20].ljust(20, character)}{GS}93dGVz"
        for start, character in zip(range(0, 82, 20), "_%\"'x", strict=True)
    ]
    drawings = [specimens.drawing(code, Family.S) for code in codes]
    labels = (
        zpl.texts(drawings[0], codes, Family.S).split(b"\n")[:-1]
        if way == "texts"
        else [zpl.label(drawing, symbol=way) for drawing in drawings]
    )

    for code, dots in zip(codes, rendered(labels), strict=True):
        assert specimens.read(dots) == (code, "]d2")


def test_texts_in_the_printers_font_stand_where_ours_would(rendered):
    code = f"01{GTIN}215d/w(U{GS}93dGVz"
    pattern = specimens.drawing(code, Family.S)

    drawn, written = rendered([zpl.label(pattern), zpl.texts(pattern, [code], Family.S)])

    for words in (pattern.face.words[-1], pattern.words[0]):
        lines = slice(words.baseline - 20, words.baseline + 8)
        ours, theirs = (np.argwhere(dots[lines, 10:190]) for dots in (drawn, written))
        assert abs(ours.min(axis=0) - theirs.min(axis=0)).max() <= 4
        assert theirs[:, 1].max() <= ours[:, 1].max() + 4


def test_bars_that_the_printer_makes_say_the_same_and_are_as_wide(rendered):
    contents = (
        linear.sscc(SSCC),
        linear.gs1_128([("02", GTIN), ("37", "24")]),
        linear.gs1_128([("02", GTIN), ("37", "240")]),
        linear.gs1_128([("02", GTIN), ("37", "24"), ("10", 'A">1')]),
    )
    size = (800, 160)
    drawings = [
        Drawing(Face(203, *size, specimens.font(), placed=(Placed(symbol, 40, 20, 3, 100),)))
        for symbol in contents
    ]

    labels = [zpl.label(drawing, symbol="firmware") for drawing in drawings]

    for symbol, drawing, dots in zip(contents, drawings, rendered(labels, size), strict=True):
        read = specimens.read(dots, zxingcpp.BarcodeFormat.Code128)
        assert read == (symbol.content, "]C1")
        assert np.array_equal(dots, specimens.dots(drawing))


@pytest.mark.parametrize("name", ["roll-58x60", "roll-80x50"])
def test_ready_labels_have_room_for_the_symbol_that_the_printer_makes(rendered, shape, codes, name):
    some = specimens.same_product(codes(8), shape.family)
    gtin = some[0][:14] if shape.family is Family.T29 else some[0][2:16]
    facts = Facts(" ".join(specimens.HOSTILE), gtin, "L7", maker="Минск", price="9.90 BYN")
    layout = ready.named(name)
    order = Order(layout, Format.ZPL_BX, specimens.font(), 203, resolver="https://id.gs1.org")

    file = b"".join(press.printed([Run(facts, shape.family, some)], order, Report()))

    papers = rendered(file.split(b"\n")[:-1], size=layout.label_dots(203))
    for code, dots in zip(some, papers, strict=True):
        assert specimens.read(dots) == specimens.expected(code, shape.family)
