"""Whether goods fit is told before anything is drawn, and exactly as it will then be drawn."""

# ruff: noqa: RUF001 - letters that look like others are meant

from datetime import date

import pytest

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from labels.layouts import checking, links, ready
from labels.layouts.checking import Needs, SymbolFit
from labels.layouts.facts import Kind
from labels.layouts.layout import parse
from labels.layouts.parts import Carrier
from labels.refusals import (
    ContentNotFitting,
    DoesNotFit,
    LabelRefused,
    LayoutInvalid,
    ResolutionNotFitting,
)
from labels.symbols import data_matrix, qr
from labels.symbols.symbol import Symbology
from labels.text import fonts

FONT = fonts.find()
WIDER = fonts.load(fonts.from_wheel()[0])  # what is printed with where the system has no DejaVu
GTIN = "04610053149777"
DAY = date(2026, 12, 31)
RESOLVER = "https://id.gs1.org"
SIZES = (20, 22, 24, 32, 36, 40, 44)
# Dots of a module for each of these sizes, at 203, 300 and 600 dpi; 0 where it does not fit.
FITS = {
    "a4-2x4": ((5, 5, 5, 5, 5, 5, 5), (8, 8, 8, 8, 8, 8, 8), (16, 16, 16, 16, 16, 16, 16)),
    "a4-2x7": ((5, 5, 5, 5, 5, 5, 5), (8, 8, 8, 8, 8, 8, 8), (16, 16, 16, 16, 16, 16, 16)),
    "a4-2x8": ((5, 5, 5, 5, 5, 5, 4), (8, 8, 8, 8, 8, 8, 7), (16, 16, 16, 16, 16, 16, 14)),
    "a4-3x7": ((5, 5, 5, 5, 5, 5, 4), (8, 8, 8, 8, 8, 7, 7), (16, 16, 16, 16, 16, 15, 14)),
    "a4-3x7-l7160": ((5, 5, 5, 5, 5, 5, 4), (8, 8, 8, 8, 8, 7, 7), (16, 16, 16, 16, 16, 15, 14)),
    "a4-3x8": ((5, 5, 5, 5, 5, 4, 4), (8, 8, 8, 8, 7, 6, 6), (16, 16, 16, 16, 14, 13, 12)),
    "a4-4x10": ((5, 5, 5, 4, 3, 3, 3), (8, 8, 8, 6, 5, 4, 4), (16, 16, 16, 12, 11, 9, 9)),
    "a4-4x11": ((5, 5, 5, 4, 3, 3, 3), (8, 8, 8, 6, 5, 4, 4), (16, 16, 16, 12, 10, 9, 9)),
    "a4-5x13": ((5, 4, 4, 3, 3, 0, 0), (7, 7, 6, 5, 4, 4, 0), (15, 14, 13, 10, 9, 8, 7)),
    "a4-5x13-l7651": ((5, 4, 4, 3, 3, 0, 0), (7, 7, 6, 5, 4, 4, 0), (15, 14, 13, 10, 9, 8, 7)),
    "roll-30x20": ((5, 4, 4, 3, 3, 0, 0), (7, 7, 6, 5, 4, 4, 0), (15, 14, 13, 10, 8, 8, 7)),
    "roll-43x25": ((5, 5, 5, 4, 3, 3, 3), (8, 8, 7, 6, 5, 4, 4), (16, 16, 15, 12, 10, 9, 8)),
    "roll-58x40": ((5, 5, 5, 5, 5, 5, 5), (8, 8, 8, 8, 8, 8, 7), (16, 16, 16, 16, 16, 16, 15)),
    "roll-58x60": ((5, 5, 5, 5, 5, 5, 5), (8, 8, 8, 8, 8, 8, 7), (16, 16, 16, 16, 16, 16, 15)),
    "roll-80x50": ((5, 5, 5, 5, 5, 5, 5), (8, 8, 8, 8, 8, 8, 7), (16, 16, 16, 16, 16, 16, 15)),
}
UNITS = [name for name in ready.names() if ready.named(name).kind is Kind.UNIT]
PACKAGES = [name for name in ready.names() if name not in UNITS]
PALLET = PackageFacts(
    "146070950831234560",
    "Паллета",
    "Молоко «Луговое» 2,5 %",
    GTIN,
    1200,
    "A-17/3",
    "Минск",
    "Алматы",
)


def dots(layout, dpi: int, modules: int) -> int:
    try:
        return checking.check(layout, dpi, Needs(Family.L88, 20, modules), FONT).symbols[0].dots
    except DoesNotFit:
        return 0


@pytest.mark.parametrize("name", UNITS)
def test_what_fits_a_ready_layout_is_known(name):
    layout = ready.named(name)

    found = tuple(tuple(dots(layout, dpi, size) for size in SIZES) for dpi in (203, 300, 600))

    assert found == FITS[name]


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("font", [FONT, WIDER], ids=lambda font: font.name)
def test_a_ready_layout_holds_every_template_on_the_printer_it_is_for(name, shape, codes, font):
    layout = ready.named(name)
    dpi = 600 if FITS[name][0][-1] == 0 else layout.dpi
    facts = Facts("Молоко «Луговое» 2,5 %, 930 мл" * 9, GTIN, "A-17/3", DAY, DAY, "Минск", "BY")
    goods = checking.needs(shape.family, codes(3), facts=facts)

    fit = checking.check(layout, dpi, goods, font)

    assert 0.255 <= fit.symbols[0].module_mm <= 0.68
    assert fit.symbols[0].quiet_modules >= 1


def test_no_symbol_is_larger_than_was_told(shape, codes):
    listed = codes(60)
    told = checking.needs(shape.family, listed[:1])

    assert max(symbol.columns for symbol in data_matrix.many(listed, shape.family)) <= (
        told.data_matrix
    )


def test_no_link_is_larger_than_was_told(shape, codes):
    listed = codes(60)
    if shape.family is Family.T29:
        assert checking.needs(shape.family, listed, RESOLVER).qr is None
        return
    told = checking.needs(shape.family, listed[:1], RESOLVER).qr

    found = [links.links([code], code[2:16], RESOLVER)[0] for code in listed]
    assert max(symbol.columns for symbol in qr.many(found)) <= told


@pytest.mark.parametrize(
    ("family", "serial", "optional", "modules"),
    [
        (Family.S, 6, (), 20),
        (Family.S, 6, ("3103",), 22),
        (Family.S, 7, (), 22),
        (Family.S, 7, ("8005",), 22),
        (Family.S, 7, ("335",), 22),
        (Family.S, 13, (), 22),
        (Family.S, 20, (), 24),
        (Family.L44, 6, (), 36),
        (Family.L44, 20, (), 36),
        (Family.L88, 13, (), 44),
        (Family.L88, 13, ("240",), 44),
        (Family.T29, 7, (), 20),
    ],
)
def test_a_templates_largest_symbol_is_known_without_its_codes(family, serial, optional, modules):
    assert checking.of_shape(family, serial, optional) == Needs(family, serial, modules)


def test_how_a_symbol_stands_is_told_in_dots_and_millimetres():
    goods = checking.of_shape(Family.L44, 13, resolver=RESOLVER)

    fit = checking.check(ready.named("roll-58x60"), 203, goods, FONT)

    assert fit.dpi == 203
    assert fit.symbols == (
        SymbolFit(Symbology.DATA_MATRIX, 36, 5, 0.626, 22.52, 2),
        SymbolFit(Symbology.QR, 49, 3, 0.375, 18.39, 4),
    )


def test_a_symbol_that_does_not_fit_is_told_in_millimetres():
    with pytest.raises(DoesNotFit) as refusal:
        checking.check(ready.named("roll-30x20"), 203, checking.of_shape(Family.L88, 13), FONT)

    assert refusal.value.facts == {
        "what": "Data Matrix 44x44",
        "needed_mm": 17.27,
        "available_mm": 14.39,
        "layout": "roll-30x20",
        "dpi": 203,
    }


def test_a_qr_code_needs_a_place():
    goods = checking.of_shape(Family.S, 6, resolver=RESOLVER)

    with pytest.raises(DoesNotFit, match="no box for"):
        checking.check(ready.named("roll-43x25"), 203, goods, FONT)


OWN = """
name = "own"
title = "Own"
kind = "unit"
dpi = 203
[label]
width_mm = 50
height_mm = 30
[[symbol]]
kind = "data-matrix"
box_mm = [1, 1, 20, 20]
[[text]]
text = {text}
box_mm = [1, 22, {width}, 7]
size_pt = [8, 6]
"""


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ('"{gtin_line}"', 20),
        ('"{serial_line}"', 30),
        ('"Серийный номер {serial}"', 40),
        ('"{gtin_line} {serial_line}"', 48),
    ],
)
def test_a_code_is_never_cut_and_what_it_needs_is_told(text, width):
    layout = parse(OWN.replace("{text}", text).replace("{width}", str(width)))

    with pytest.raises(DoesNotFit) as refusal:
        checking.check(layout, 203, checking.of_shape(Family.S, 20), FONT)

    assert refusal.value.what == "text[1]"
    assert refusal.value.available_mm == pytest.approx(width, abs=0.1)
    roomy = OWN.replace("{text}", text).replace("{width}", str(refusal.value.needed_mm + 0.1))
    roomy = roomy.replace("width_mm = 50", "width_mm = 150")
    assert checking.check(parse(roomy), 203, checking.of_shape(Family.S, 20), FONT).symbols


def test_a_smaller_symbol_of_larger_modules_leaves_room_for_the_text_as_well():
    text = OWN.replace("[1, 1, 20, 20]", '[1, 1, 22, 22]\nalign = "left"')
    text = text.replace("[1, 22, {width}, 7]", '[23, 1, {width}, 7]\nbeside = ["data-matrix"]')
    text = text.replace("{text}", '"{gtin_line}"')
    goods = checking.of_shape(Family.L44, 6)  # 36 modules at 4 dots, or 32 at 5

    with pytest.raises(DoesNotFit) as refusal:
        checking.check(parse(text.replace("{width}", "20")), 203, goods, FONT)

    assert refusal.value.needed_mm > refusal.value.available_mm
    assert checking.check(parse(text.replace("{width}", "20.5")), 203, goods, FONT).symbols


def test_a_date_is_never_cut_however_long_the_name():
    text = '"{product_name}\\nГоден до {expires_on}"'
    layout = parse(OWN.replace("{text}", text).replace("{width}", "13"))
    facts = Facts("Молоко" * 9, GTIN, expires_on=date(2026, 2, 3))

    with pytest.raises(DoesNotFit) as refusal:
        checking.check(layout, 203, checking.of_shape(Family.S, 6, facts=facts), FONT)

    assert refusal.value.what == "text[1]"
    assert refusal.value.needed_mm > refusal.value.available_mm


@pytest.mark.parametrize(("written", "missing"), [("数量 {lot_number}", "数 量"), ("א", "א")])
def test_fixed_text_in_a_script_that_the_font_has_not_is_refused(written, missing):
    layout = parse(OWN.replace("{text}", f'"{written}"').replace("{width}", "40"))

    with pytest.raises(LayoutInvalid) as refusal:
        checking.check(layout, 203, checking.of_shape(Family.S, 6), FONT)

    assert refusal.value.facts == {
        "field": "text[1].text",
        "reason": f"the font has no {missing}",
        "needed_mm": None,
        "available_mm": None,
    }


@pytest.mark.parametrize("dpi", [0, 72, 199, 1201, 100_000])
def test_a_printer_that_does_not_exist_is_refused(dpi):
    with pytest.raises(ResolutionNotFitting):
        checking.check(ready.named("roll-58x40"), dpi, checking.of_shape(Family.S, 6), FONT)


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize(("dpi", "narrowest"), [(203, 0.5), (300, 0.508), (600, 0.508)])
def test_an_sscc_is_half_a_millimetre_wide_or_more(name, dpi, narrowest):
    fit = checking.check(ready.named(name), dpi, PALLET, FONT)

    assert [symbol.symbology for symbol in fit.symbols] == [Symbology.GS1_128] * 2
    assert all(narrowest <= symbol.module_mm <= 0.94 for symbol in fit.symbols)
    assert all(symbol.quiet_modules >= 10 for symbol in fit.symbols)


def test_a_layout_of_packages_is_not_for_units():
    with pytest.raises(LayoutInvalid, match="label of a package"):
        checking.check(ready.named("logistic-a6"), 203, checking.of_shape(Family.S, 6), FONT)
    with pytest.raises(LayoutInvalid, match="label of a unit"):
        checking.check(ready.named("roll-58x40"), 203, PALLET, FONT)


def test_what_is_no_code_has_no_needs():
    with pytest.raises(ContentNotFitting):
        checking.needs(Family.S, ["0104610053149777"])
    with pytest.raises(ContentNotFitting):
        checking.needs(Family.S, [f"01{GTIN}21abc"], "https://id.example/" + "x" * 400)


def test_every_refusal_tells_what_to_do():
    refusals = [one for one in LabelRefused.__subclasses__() if "ayout" in one.slug]

    assert len(refusals) == 2
    assert all(one.advice.endswith(".") and one.__doc__ for one in refusals)


def test_a_layout_without_a_wish_for_the_module_takes_the_largest():
    text = ready.named("roll-58x40").toml
    wished = parse(text.replace('align = "left"', 'align = "left"\nmodule_mm = 0.375'))

    assert wished.symbol(Carrier.DATA_MATRIX).module_mm == 0.375
    assert dots(wished, 203, 22) == 3
    assert dots(ready.named("roll-58x40"), 203, 22) == 5
    with pytest.raises(LayoutInvalid, match="nearest whole"):
        checking.check(wished, 300, checking.of_shape(Family.S, 6), FONT)
