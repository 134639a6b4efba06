"""Labels as they are composed: symbols that read back, texts that stand whole and apart."""

# ruff: noqa: RUF001 - letters that look like others are meant

import csv
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from domain.standards.alphabets import Alphabet
from labels.drawing import Drawing, Words
from labels.layouts import ready
from labels.layouts.composing import Composer
from labels.layouts.facts import Kind
from labels.layouts.layout import parse
from labels.layouts.parts import dots, room
from labels.output import bitmap
from labels.refusals import ContentNotFitting, DoesNotFit
from labels.symbols import hri
from labels.symbols.symbol import Symbology
from labels.text import fonts

GS = chr(29)
FONT = fonts.find()
GTIN = "04610053149777"
RESOLVER = "https://id.gs1.org"
DAY = date(2026, 12, 31)
LONG = "Чай чёрный байховый цейлонский крупнолистовой с бергамотом и лепестками василька, 20×2 г"
FACTS = Facts(LONG, GTIN, "A-17/3", DAY, DAY, "ООО «Ромашка», Минск", "BY", "1 990 ₸")
PALLET = PackageFacts(
    *("146070950831234560", "Паллета", LONG, GTIN, 120, "A-17/3", "ООО «Ромашка», Минск", "Алматы"),
)
UNITS = [name for name in ready.names() if ready.named(name).kind is Kind.UNIT]
PACKAGES = [name for name in ready.names() if name not in UNITS]
VECTORS = Path(__file__).parents[1] / "vectors" / "product_names.tsv"

with VECTORS.open(encoding="utf-8", newline="") as names:
    NAMES = [row["name"] for row in csv.DictReader(names, delimiter="\t", quoting=csv.QUOTE_NONE)]


def milk(serial: str = "5d/w(U") -> str:
    return f"01{GTIN}21{serial}{GS}93dGVz"


def clothes(serial: str = "5d/w(U-0aBcDe") -> str:
    return f"01{GTIN}21{serial}{GS}91EE05{GS}92{'SaMpLe+' * 6}a="


def composed(name: str, dpi: int, facts=FACTS, code=None, resolver=None) -> Drawing:
    composer = Composer(ready.named(name), dpi, FONT)
    if composer.press.layout.kind is Kind.PACKAGE:
        return composer.package(PALLET)
    return composer.units(facts, Family.S, [code or milk()], resolver)[0]


def words(drawing: Drawing) -> tuple[Words, ...]:
    return drawing.face.words + drawing.words


def texts(drawing: Drawing) -> list[str]:
    return [line.text for line in words(drawing)]


def ink(line: Words) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what a line may blacken."""
    return (
        line.left,
        line.baseline - 0.78 * line.size,
        line.left + FONT.width(line.text) * line.size,
        line.baseline + 0.24 * line.size,
    )


def quiet(drawing: Drawing):
    """Left, top, right and bottom of each symbol with its quiet zone."""
    for symbol, left, top, module, line in drawing.face.placed + drawing.placed:
        side = symbol.geometry.quiet_columns * module
        above = symbol.geometry.quiet_lines * module if symbol.lines > 1 else 0
        right, bottom = left + symbol.columns * module, top + symbol.lines * line
        yield left - side, top - above, right + side, bottom + above


def overlap(one, other) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) + 0.5 and (
        min(one[3], other[3]) > max(one[1], other[1]) + 0.5
    )


@pytest.mark.parametrize("dpi", [300, 600])
@pytest.mark.parametrize("resolver", [None, RESOLVER])
@pytest.mark.parametrize("name", ready.names())
def test_nothing_stands_on_anything_else_nor_beyond_the_label(name, dpi, resolver):
    drawing = composed(name, dpi, resolver=resolver)
    boxes = [*map(ink, words(drawing)), *quiet(drawing)]
    bars = [
        (one.left, one.top, one.left + one.width, one.top + one.height) for one in drawing.face.bars
    ]

    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]
    assert not [(bar, box) for bar in bars for box in boxes if overlap(bar, box)]
    assert all(min(box[:2]) >= 0 for box in boxes)
    assert all(box[2] <= drawing.face.width and box[3] <= drawing.face.height for box in boxes)


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("name", ready.names())
def test_every_symbol_reads_back_from_the_whole_label(name, dpi):
    drawing = composed(name, dpi, resolver=RESOLVER)
    paper = np.unpackbits(bitmap.packed(drawing), axis=1, count=drawing.face.width)

    found = zxingcpp.read_barcodes(np.where(np.pad(paper, 30), 0, 255).astype(np.uint8))

    placed = drawing.face.placed + drawing.placed
    assert {(one.bytes, one.symbology_identifier) for one in found} == {
        (one.symbol.content.encode(), one.symbol.identifier) for one in placed
    }


def test_every_template_is_composed(shape, codes):
    listed = codes(8)
    for code in listed:
        gtin = hri.lines(code, shape.family)[0].removeprefix("(01)")
        composer = Composer(ready.named("roll-58x40"), 203, FONT)

        (drawing,) = composer.units(FACTS._replace(gtin=gtin), shape.family, [code])

        assert drawing.placed[0].symbol.content == code
        assert set(hri.lines(code, shape.family)) <= set(texts(drawing))


def test_labels_of_a_run_share_their_face():
    composer = Composer(ready.named("roll-58x40"), 203, FONT)
    serials = [f"{number:06}" for number in range(100)]

    drawings = composer.units(FACTS, Family.S, [milk(serial) for serial in serials])
    later = composer.units(FACTS, Family.S, [milk("abcdef")])

    assert len({id(drawing.face) for drawing in drawings + later}) == 1
    assert [drawing.words[0].text for drawing in drawings] == [f"(21){one}" for one in serials]
    assert drawings[0].face.placed == ()


@given(st.lists(st.text(Alphabet.SET_82.characters, min_size=6, max_size=6), min_size=1))
def test_a_label_is_the_same_beside_whatever_others_it_is_drawn(serials):
    layout = ready.named("roll-43x25")
    together = Composer(layout, 203, FONT).units(FACTS, Family.S, list(map(milk, serials)))
    alone = Composer(layout, 203, FONT).units(FACTS, Family.S, [milk(serials[-1])])

    assert together[-1].placed == alone[0].placed
    assert words(together[-1]) == words(alone[0])


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("serial", ["W" * 20, "i" * 20, "%" * 20, "0" * 20, "(" * 20])
def test_a_serial_stands_whole_however_wide(name, serial):
    drawing = composed(name, 300, code=milk(serial))
    line = next(line for line in words(drawing) if serial in line.text)

    assert line.text == f"(21){serial}"
    assert ink(line)[2] <= drawing.face.width - dots(0.9, 300) + 0.5


def test_only_a_serial_wider_than_usual_is_set_smaller():
    composer = Composer(ready.named("roll-30x20"), 203, FONT)

    usual, widest = composer.units(FACTS, Family.S, [milk("aBcDe0123456789/+-=x"), milk("W" * 20)])

    assert usual.words[0].size > widest.words[0].size
    assert usual.words[0].left == widest.words[0].left


OWN = """
name = "own"
title = "Own"
kind = "unit"
dpi = 300
[label]
width_mm = 70
height_mm = 50
[[symbol]]
kind = "data-matrix"
box_mm = [2, 2, 20, 20]
[[symbol]]
kind = "trade-item"
box_mm = [22, 2, 46, 20]
[[text]]
text = "{trade_item_line}"
box_mm = [24, 22.5, 44, 4]
size_pt = [8, 5]
align = "centre"
[[text]]
text = "SN {serial} / {gtin}"
box_mm = [2, 27, 66, 4]
size_pt = [8, 5]
align = "right"
[[text]]
text = "{maker} {price}\\n{member_state}\\nАктау"
box_mm = [2, 32, 66, 14]
size_pt = [8, 5]
align = "right"
vertical = "bottom"
"""


def test_lines_end_where_they_are_aligned_to_end():
    drawing = Composer(parse(OWN), 300, FONT).units(FACTS, Family.S, [milk()])[0]
    right = room(parse(OWN).texts[2].box, 300).right

    ends = {line.text: ink(line)[2] for line in words(drawing)}
    assert ends["SN 5d/w(U / 04610053149777"] == pytest.approx(right, abs=1)
    assert ends["BY"] == pytest.approx(right, abs=1)
    assert ends["Актау"] == pytest.approx(right, abs=1)


def test_a_trade_item_has_its_own_symbol_on_the_face():
    drawing = Composer(parse(OWN), 300, FONT).units(FACTS, Family.S, [milk()])[0]

    (ean,) = drawing.face.placed
    assert (ean.symbol.symbology, ean.symbol.content) == (Symbology.EAN_13, GTIN[1:])
    assert ean.line == room(parse(OWN).symbols[1].box, 300).height
    assert "4 610053 149777" in texts(drawing)


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        (FACTS, ["ООО «Ромашка», Минск 1 990 ₸", "BY", "Актау"]),
        (FACTS._replace(price=None), ["BY", "Актау"]),
        (FACTS._replace(price="", member_state=None), ["Актау"]),
    ],
)
def test_an_empty_field_vanishes_with_its_line(facts, lines):
    drawing = Composer(parse(OWN), 300, FONT).units(facts, Family.S, [milk()])[0]

    assert [text for text in texts(drawing) if "4" not in text] == lines


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("product", NAMES)
def test_every_name_stands_on_every_label(name, product):
    drawing = composed(name, 300, FACTS._replace(product_name=product))

    written = FONT.fit_to_write(product)
    first = next(line.text for line in words(drawing) if written.startswith(line.text.rstrip("…")))
    assert first
    assert any("Партия" in text for text in texts(drawing))


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=500))
def test_whatever_the_name_codes_and_dates_are_whole(product):
    facts = FACTS._replace(product_name=product, maker=product)

    drawing = composed("roll-43x25", 203, facts)

    assert {"(01)04610053149777", "(21)5d/w(U", "Годен до 31.12.2026"} <= set(texts(drawing))
    assert all(ink(line)[2] <= drawing.face.width for line in words(drawing))
    assert all(line.text.isprintable() for line in words(drawing))


def test_a_pack_of_cigarettes_has_no_brackets():
    code = "04601653035829H;dV)bFACVUdGVz"
    facts = FACTS._replace(gtin="04601653035829")

    composer = Composer(ready.named("roll-58x60"), 203, FONT)
    (drawing,) = composer.units(facts, Family.T29, [code], RESOLVER)

    assert {"04601653035829", "H;dV)bF"} <= set(texts(drawing))
    assert [one.symbol.identifier for one in drawing.placed] == ["]d1"]


def test_text_takes_the_room_that_symbols_leave():
    without = composed("roll-80x50", 203)
    linked = composed("roll-80x50", 203, resolver=RESOLVER)
    larger = Composer(ready.named("roll-80x50"), 203, FONT).units(FACTS, Family.L44, [clothes()])

    def name_width(drawing):
        return max(ink(line)[2] for line in words(drawing) if line.text[:3] in LONG)

    assert len(without.placed), len(linked.placed) == (1, 2)
    assert name_width(without) > name_width(linked)
    assert linked.face.words[0].left < larger[0].face.words[0].left


def test_a_layout_without_a_place_for_a_qr_code_has_none():
    assert len(composed("roll-43x25", 203, resolver=RESOLVER).placed) == 1
    assert len(composed("roll-58x60", 203, resolver=RESOLVER).placed) == 2


@pytest.mark.parametrize(
    ("family", "code"),
    [
        (Family.S, milk().replace(GTIN, "04610053149784")),
        (Family.S, "5d/w(U"),
        (Family.S, f"01{GTIN}21"),
        (Family.S, f"01{GTIN}215d w"),
        (Family.T29, milk()),
    ],
)
def test_what_is_no_code_of_these_goods_is_not_printed(family, code):
    with pytest.raises(ContentNotFitting):
        Composer(ready.named("roll-58x40"), 203, FONT).units(FACTS, family, [milk(), code])


def test_goods_that_do_not_fit_are_told_in_millimetres():
    code = f"01{GTIN}215d/w(U-0aBcDe{GS}91EE05{GS}92{'SaMpLe+' * 12}AAa="

    with pytest.raises(DoesNotFit) as refusal:
        Composer(ready.named("roll-30x20"), 203, FONT).units(FACTS, Family.L88, [code])

    assert refusal.value.needed_mm > refusal.value.available_mm


def test_no_labels_are_no_drawings():
    assert Composer(ready.named("roll-58x40"), 203, FONT).units(FACTS, Family.S, []) == []


def test_a_package_tells_what_is_in_its_bars():
    drawing = composed("logistic-100x150", 203)

    contents, sscc = drawing.face.placed
    assert (contents.symbol.content, sscc.symbol.content) == (
        f"02{GTIN}370120",
        "00146070950831234560",
    )
    assert f"(02){GTIN}(37)0120" in texts(drawing)
    assert "(00) 1 4607 0950 8312 3456 0" in texts(drawing)
    assert {"Количество 120", "Партия A-17/3", "Паллета"} <= set(texts(drawing))
    assert sscc.line * 25.4 / 203 >= 32
    assert sscc.top > contents.top


def test_a_mixed_package_has_its_sscc_alone():
    mixed = PackageFacts("146070950831234560", "Паллета")

    drawing = Composer(ready.named("logistic-a6"), 203, FONT).package(mixed)

    assert [one.symbol.content for one in drawing.face.placed] == ["00146070950831234560"]
    assert texts(drawing) == ["Паллета", "(00) 1 4607 0950 8312 3456 0"]


def test_contents_with_their_lot_stand_in_one_symbol_where_the_layout_is_wide_enough():
    toml = ready.named("logistic-a6").toml.replace('["02", "37"]', '["02", "37", "10"]')
    toml = toml.replace("width_mm = 105", "width_mm = 170").replace(", 101, 33]", ", 160, 33]")

    drawing = Composer(parse(toml), 203, FONT).package(PALLET)

    assert drawing.face.placed[0].symbol.content == f"02{GTIN}370120{GS}10A-17/3"
    assert f"(02){GTIN}(37)0120(10)A-17/3" in texts(drawing)


@pytest.mark.parametrize("sscc", ["146070950831234561", "1460709508312345", "", "x" * 18])
def test_what_is_no_sscc_is_not_printed(sscc):
    with pytest.raises(ContentNotFitting):
        Composer(ready.named("logistic-a6"), 203, FONT).package(PackageFacts(sscc, "Паллета"))


def test_the_oldest_faces_are_forgotten():
    composer = Composer(ready.named("roll-58x40"), 203, FONT)
    first = composer.units(FACTS, Family.S, [milk()])[0]
    for number in range(64):
        composer.units(FACTS._replace(lot_number=str(number)), Family.S, [milk()])

    again = composer.units(FACTS, Family.S, [milk()])[0]

    assert again.face is not first.face
    assert words(again) == words(first)
