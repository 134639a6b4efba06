"""Goods as shops name them, through the press onto paper, and back by a reader: every dot, every code.

Nothing is asked of the program but its files. Symbols and their quiet zones are compared dot by dot
with what they must be, so that text or a line that strays into them is found.
"""

import csv
import io
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from domain.standards.gs1_keys import check_digit
from labels import press, reading
from labels.drawing import Drawing, Placed
from labels.layouts import ready
from labels.layouts.composing import Composer
from labels.layouts.facts import Kind
from labels.layouts.layout import parse
from labels.layouts.parts import Layout
from labels.output.formats import Format
from labels.press import Material, Order, Report, Run
from labels.refusals import DoesNotFit
from labels.symbols import data_matrix
from labels.text import fonts
from tests.labels import paper, specimens
from tests.labels.conftest import SHAPES, Shape, draw
from tests.labels.rasterisers import pdfium
from tests.labels.symbol_pictures import png

TESTS = Path(__file__).parents[1]
# 20,000 goods lie beside the repository where it is built; elsewhere a few telling ones do.
GOODS = TESTS.parents[1] / "shared" / "goods" / "eaeu-goods.tsv"
VECTORS = TESTS / "vectors" / "product_names.tsv"
FONT = fonts.find()
RESOLVER = "https://id.gs1.org"
DAY = date(2026, 12, 31)
STATES = ["AM", "BY", "KZ", "KG", "RU"]
# A reader that looks for all kinds finds an EAN in text now and then, one in ten of which is right.
ON_LABELS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.Code128,
    ]
)
PRINTERS = {Format.ZPL: paper.zpl, Format.TSPL: paper.tspl, Format.EPL: paper.epl}
# A page of labels at each resolution; the finest takes a second a page, so a roll stands for all.
PRINTED = [
    (name, dpi)
    for name in ready.names()
    for dpi in (203, 300, 600)
    if dpi < 600 or name in {"roll-30x20", "roll-58x60"}
]


def goods() -> list[tuple[str, str]]:
    """Names with their state, the longest and the oddest of each state first."""
    path = GOODS if GOODS.exists() else VECTORS
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    listed = [(row.get("member_state", "KZ"), row["name"]) for row in rows]
    seen: dict[str, int] = {}
    for _, name in listed:
        for character in set(name):
            seen[character] = seen.get(character, 0) + 1
    ways = (
        lambda one: -len(one[1]),
        lambda one: min(map(seen.__getitem__, one[1])),
        lambda one: -max(map(len, one[1].split(" "))),
    )
    found = [
        one
        for way in ways
        for state in STATES
        for one in sorted((one for one in listed if one[0] == state), key=way)[:20]
    ]
    random.Random("order").shuffle(found)  # noqa: S311 - drawn to be repeated, not to be secret
    return [(name, state) for state, name in found]


NAMES = goods()


def run(shape: Shape, name: str, state: str, chance: random.Random) -> Run:
    code = draw(shape, chance)
    gtin = code[:14] if shape.family is Family.T29 else code[2:16]
    facts = Facts(name, gtin, f"{state}-{chance.randrange(9999)}", DAY, DAY, name[:40], state)
    return Run(facts, shape.family, [code])


def package(name: str, chance: random.Random) -> PackageFacts:
    digits = f"1460709{chance.randrange(10**10):010}"
    gtin = f"046{chance.randrange(10**10):010}"
    return PackageFacts(
        *(digits + check_digit(digits), "transport", name, gtin + check_digit(gtin)),
        *(chance.randrange(1, 5_000), f"L{chance.randrange(999)}", name[::-1], name),
    )


def some(layout: Layout, dpi: int, count: int) -> tuple[list[Material], list[Drawing]]:
    """So many labels that fit, all different in name and, by turns, in template."""
    chance = random.Random(f"{layout.name} {dpi}")  # noqa: S311
    names = iter(chance.sample(NAMES, len(NAMES)) * 9)
    composer = Composer(layout, dpi, FONT)
    found: list[Material] = []
    drawings: list[Drawing] = []
    for number, (name, state) in enumerate(names):
        if len(found) == count:
            break
        if layout.kind is Kind.PACKAGE:
            found.append(package(name, chance))
            drawings.append(composer.package(found[-1]))
            continue
        one = run(SHAPES[number % len(SHAPES)], name, state, chance)
        try:
            drawings += composer.units(one.facts, one.family, one.codes, RESOLVER)
        except DoesNotFit:
            assert one.family is Family.L88  # too large for the smallest labels; no other is
            continue
        found.append(one)
    return found, drawings


def file(material: list[Material], order: Order) -> bytes:
    report = Report()
    made = b"".join(press.printed(material, order, report))
    assert report.labels == len(material)
    assert report.symbols_checked >= len(material)
    return made


def symbols(drawing: Drawing) -> Iterator[Placed]:
    yield from drawing.face.placed
    yield from drawing.placed


def area(placed: Placed) -> tuple[slice, slice, np.ndarray]:
    """Lines and columns of a symbol with its quiet zone, and the dots that must be there."""
    symbol, left, top, module, line = placed
    side = symbol.geometry.quiet_columns * module
    above = symbol.geometry.quiet_lines * module if symbol.lines > 1 else 0
    dark = symbol.dark().astype(bool).repeat(line, axis=0).repeat(module, axis=1)
    dots = np.pad(dark, ((above, above), (side, side)))
    down, across = top - above, left - side
    assert min(down, across) >= 0
    return slice(down, down + dots.shape[0]), slice(across, across + dots.shape[1]), dots


def check(drawing: Drawing, dots: np.ndarray) -> None:
    """All symbols of this label stand in these dots as they must, and a reader finds them."""
    wanted = set()
    for placed in symbols(drawing):
        lines, columns, expected = area(placed)
        assert np.array_equal(dots[lines, columns], expected)
        wanted.add((placed.symbol.content.encode(), placed.symbol.identifier))
    picture = np.where(np.pad(dots, 20), 0, 255).astype(np.uint8)
    found = zxingcpp.read_barcodes(picture, formats=ON_LABELS, try_invert=False)
    assert {(one.bytes, one.symbology_identifier) for one in found} == wanted


def cut_marks(order: Order) -> np.ndarray:
    """Where a page is black that has no labels on it."""
    sheet = press.paper(order)
    dots = np.zeros((sheet.height, sheet.width), bool)
    for bar in sheet.cut_marks:
        dots[bar.top : bar.top + bar.height, bar.left : bar.left + bar.width] = True
    return dots


@pytest.mark.parametrize(("name", "dpi"), PRINTED)
def test_every_label_of_a_page_is_itself_alone_and_is_read(name, dpi, tmp_path):
    layout = ready.named(name)
    material, drawings = some(layout, dpi, max(layout.positions, 13 if dpi < 600 else 4))
    order = Order(layout, Format.PDF, FONT, dpi, resolver=RESOLVER)
    width, height = layout.label_dots(dpi)

    pages = pdfium(file(material, order), dpi, tmp_path)

    marks = cut_marks(order)
    assert all(page[marks].all() for page in pages)
    for page in pages:
        page[marks] = False
    for number, drawing in enumerate(drawings):
        page, position = divmod(number, layout.positions)
        left, top = layout.corner(position, dpi)
        place = slice(top, top + height), slice(left, left + width)
        check(drawing, pages[page][place])
        pages[page][place] = False
    assert not any(page.any() for page in pages)


@pytest.mark.parametrize("name", ready.names())
def test_printers_and_pictures_put_the_same_dots(name):
    layout = ready.named(name)
    dpi = 203
    material, drawings = some(layout, dpi, 5)
    order = Order(layout, Format.PNG, FONT, dpi, resolver=RESOLVER)

    for form, read in PRINTERS.items():
        printed = read(file(material, order._replace(format=form)), layout.label_dots(dpi))
        for drawing, label in zip(drawings, printed, strict=True):
            assert np.array_equal(label.dots, specimens.dots(drawing))
    for drawing, one in zip(drawings, material, strict=True):
        with Image.open(io.BytesIO(file([one], order))) as picture:
            dots = ~np.asarray(picture)
        assert np.array_equal(dots, specimens.dots(drawing))
        check(drawing, dots)


def test_thousands_of_codes_come_back_through_our_own_reading(shape, codes):
    wanted = codes(160)

    pictures = [png(one, dpi=203) for one in data_matrix.many(wanted, shape.family)]

    assert [reading.read(picture) for picture in pictures] == [[code] for code in wanted]


ABUTTING = """
name = "abutting"
title = "Texts on both sides of a symbol, with no gap"
kind = "unit"
dpi = 203
[label]
width_mm = 60
height_mm = 20
[[symbol]]
kind = "data-matrix"
box_mm = [22, 2, 14.1, 14.1]
align = "{side}"
[[text]]
text = "{product_name}"
box_mm = [2, 2, 20, 16]
size_pt = [14, 6]
align = "right"
[[text]]
text = "{maker}"
box_mm = [36.1, 2, 22, 9]
size_pt = [14, 6]
[[text]]
text = "{serial}"
box_mm = [36.1, 11, 22, 7]
size_pt = [14, 6]
"""


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", ["Jaffa Jogurt j jam", "լալ Kալ K լ", "մWK WK WWWWWWWWWWWK"])  # noqa: RUF001 - Armenian
def test_letters_that_stand_out_of_their_width_keep_off_the_quiet_zone(name, side, dpi):
    gtin = "04610053149777"
    code = f"01{gtin}21JjJj1K{chr(29)}93dGVz"
    composer = Composer(parse(ABUTTING.replace("{side}", side)), dpi, FONT)

    [drawing] = composer.units(Facts(name, gtin, maker=name), Family.S, [code])

    check(drawing, specimens.dots(drawing).astype(bool))


def test_names_come_from_all_states_and_some_are_long():
    assert len({state for _, state in NAMES}) == (5 if GOODS.exists() else 1)
    assert max(len(name) for name, _ in NAMES) > 60
