"""How labels look: names in even lines, nothing that frames a blank, room taken where it is left."""

# ruff: noqa: RUF001 - letters that look like others are meant

from datetime import date

import pytest

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from labels.layouts import checking, ready
from labels.layouts.composing import Composer
from labels.layouts.facts import Kind
from labels.layouts.layout import parse
from labels.layouts.parts import Carrier, dots
from labels.refusals import LayoutInvalid
from labels.text import fonts

FONT = fonts.find()
GTIN = "04610053149777"
SSCC = "146070950831234560"
DAY = date(2026, 12, 31)
UNITS = [name for name in ready.names() if ready.named(name).kind is Kind.UNIT]
PACKAGES = [name for name in ready.names() if name not in UNITS]
SYMBOL_ON_TOP = [name for name in UNITS if name not in {"a4-2x7", "a4-2x8"}]


def label(name: str, facts: Facts, family: Family = Family.S, serial: int = 6, dpi: int = 0):
    layout = ready.named(name) if name in ready.names() else parse(name)
    code = checking.example(family, serial)
    return Composer(layout, dpi or layout.dpi, FONT).units(facts, family, [code])[0]


def lines(drawing) -> list[str]:
    return [words.text for words in drawing.face.words]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Сигареты с фильтром «Минск» 100", ["Сигареты", "с фильтром", "«Минск» 100"]),
        ("Лимонад нап.лимонад с/газ.пэт 2.0л", ["Лимонад", "нап.лимонад", "с/газ.пэт 2.0л"]),
        ("Соль каменная № 1 молотая", ["Соль каменная", "№ 1 молотая"]),
    ],
)
def test_a_name_breaks_where_a_reader_would_break_it(name, told):
    assert lines(label("roll-58x60", Facts(name, GTIN)))[: len(told)] == told


def test_no_word_stands_alone_below_even_lines():
    facts = Facts("Чай чёрный байховый цейлонский крупнолистовой с бергамотом 100", GTIN)

    first, *_, last = [line for line in lines(label("roll-58x40", facts)) if GTIN not in line]

    assert 0.6 < FONT.width(last) / FONT.width(first) < 1.7


@pytest.mark.parametrize("name", ready.names())
def test_no_label_has_a_line_longer_than_its_text_may_be(name):
    layout = ready.named(name)

    assert all(
        stroke.box.left >= 1 and stroke.box.right <= layout.label_mm[0] - 1
        for stroke in layout.strokes
    )


@pytest.mark.parametrize("name", SYMBOL_ON_TOP)
@pytest.mark.parametrize(("family", "serial"), [(Family.S, 6), (Family.S, 20), (Family.L44, 13)])
def test_the_name_begins_level_with_the_symbol(name, family, serial):
    drawing = label(name, Facts("Чай", GTIN), family, serial, 600)

    words = next(words for words in drawing.face.words if words.text == "Чай")
    top = words.baseline - words.size * FONT.cap_height
    assert abs(top - drawing.placed[0].top) < dots(0.75, 600)


@pytest.mark.parametrize("name", UNITS)
def test_where_nothing_else_is_told_the_name_has_its_room(name):
    product = "Вода для инъекций, растворитель для лекарственных форм, ампула 2 мл с ножом"
    alone = label(name, Facts(product, GTIN), dpi=300)
    crowded = label(name, Facts(product, GTIN, "A-17/3", DAY, DAY, "ООО «Ромашка»"), dpi=300)

    def size(drawing):
        return max(words.size for words in drawing.face.words if words.text[:4] in product)

    assert size(alone) >= size(crowded)
    assert "…" not in "".join(lines(alone)) or "…" in "".join(lines(crowded))


def test_text_takes_no_room_across_a_line():
    toml = ready.named("roll-58x40").toml
    divided = toml + "\n[[line]]\nfrom_mm = [31, 16.8]\nto_mm = [55, 16.8]\n"
    facts = Facts("Вода для инъекций, растворитель, ампула 2 мл в комплекте с ножом " * 2, GTIN)

    alone, beneath = (label(text, facts, Family.L44, 13, 203) for text in (toml, divided))

    baselines = [
        max(words.baseline for words in one.face.words if GTIN not in words.text)
        for one in (alone, beneath)
    ]
    assert baselines[0] > dots(17, 203) > baselines[1]


@pytest.mark.parametrize("name", PACKAGES)
def test_nothing_frames_what_is_not_told(name):
    composer = Composer(ready.named(name), 300, FONT)
    full = PackageFacts(SSCC, "Паллета", "Чай", GTIN, 12, "17", "Минск", "Алматы")

    bars = {
        missing: len(composer.package(facts).face.bars)
        for missing, facts in {
            "nothing": full,
            "receiver": PackageFacts(SSCC, "Паллета", "Чай", GTIN, 12, "17", "Минск"),
            "contents": PackageFacts(SSCC, "Паллета", sender="Минск", receiver="Алматы"),
            "all": PackageFacts(SSCC, "Паллета"),
        }.items()
    }

    assert bars == {"nothing": 4, "receiver": 3, "contents": 3, "all": 1}


@pytest.mark.parametrize("name", PACKAGES)
def test_the_sscc_is_the_lowest_symbol_32_mm_high_with_its_text_below(name):
    facts = PackageFacts(SSCC, "Паллета", "Чай", GTIN, 9_999, "17", "Минск", "Алматы")

    face = Composer(ready.named(name), 203, FONT).package(facts).face

    lowest = max(face.placed, key=lambda placed: placed.top)
    text = next(words for words in face.words if words.text.startswith("(00)"))
    assert lowest.symbol.content.startswith("00")
    assert all(placed.line >= dots(32, 203) for placed in face.placed)
    assert text.baseline - text.size > lowest.top + lowest.line
    assert text.baseline == max(words.baseline for words in face.words)


@pytest.mark.parametrize("count", [10_000, 999_999])
def test_a_pallet_of_small_things_has_its_count_in_bars(count):
    facts = PackageFacts(SSCC, "Паллета", "Чай", GTIN, count, "17", "Минск", "Алматы")

    for name in PACKAGES:
        layout = ready.named(name)
        assert len(Composer(layout, layout.dpi, FONT).package(facts).face.placed) == 2


@pytest.mark.parametrize("name", UNITS)
def test_a_price_is_printed_where_there_is_room_for_it(name):
    told = lines(label(name, Facts("Чай", GTIN, price="185.00 BYN")))

    assert ("Цена 185.00 BYN" in told) is ("{price}" in ready.named(name).toml)


FRAMED = """
[[frame]]
box_mm = [40, 20, 10, 5]
with = {fields}
"""


@pytest.mark.parametrize(
    ("fields", "price", "sides"),
    [
        ('["price"]', None, 0),
        ('["price"]', "1 ₸", 4),
        ('["price", "gtin"]', None, 4),
        ('["serial_line"]', None, 4),
    ],
)
def test_a_frame_stands_with_its_fields(fields, price, sides):
    own = ready.named("roll-58x40").toml.partition("[[text]]")[0] + FRAMED.format(fields=fields)

    assert len(label(own, Facts("Чай", GTIN, price=price)).face.bars) == sides


def test_a_frame_stands_with_fields_that_there_are():
    with pytest.raises(LayoutInvalid) as refusal:
        parse(ready.named("roll-58x40").toml + FRAMED.format(fields='["colour"]'))

    assert refusal.value.field == "frame[1].with"


def test_symbols_side_by_side_stand_level():
    layout = ready.named("roll-80x50")
    facts, code = Facts("Чай", GTIN), checking.example(Family.L44, 13)

    [drawing] = Composer(layout, 203, FONT).units(facts, Family.L44, [code], "https://id.gs1.org")

    data_matrix, qr = drawing.placed
    assert layout.symbol(Carrier.QR)
    assert abs(data_matrix.top - qr.top) <= dots(0.5, 203)
