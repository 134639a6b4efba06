"""A layout that nobody could print by is refused when it is read, with its field and millimetres."""

import string
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.layouts import ready
from labels.layouts.facts import FIELDS, Kind
from labels.layouts.layout import LONGEST, parse
from labels.refusals import LabelRefused, LayoutInvalid, UnknownLayout

OWN = """
name = "own"
title = "Own label"
kind = "unit"
dpi = 203

[label]
width_mm = 58
height_mm = 40

[[symbol]]
kind = "data-matrix"
box_mm = [2, 2, 26, 26]

[[text]]
text = "{product_name}"
box_mm = [29, 2, 27, 26]
size_pt = [9, 6]

[[text]]
text = \"\"\"
{gtin_line}
{serial_line}\"\"\"
box_mm = [2, 30, 54, 8]
size_pt = [8, 5]
"""
SHEET = """
[sheet]
page_mm = [210, 297]
columns = 3
rows = 7
left_mm = 10
top_mm = 5
"""
PACKAGE = """
name = "own"
title = "Own label"
kind = "package"
dpi = 203
[label]
width_mm = 100
height_mm = 150
[[symbol]]
kind = "gs1-128"
box_mm = [3, 100, 94, 34]
"""
AS_THE_FIRST_TEXT = 'text = "{product_name}"'


def refused(text: str) -> LayoutInvalid:
    with pytest.raises(LayoutInvalid) as refusal:
        parse(text)
    return refusal.value


def edited(old: str, new: str, text: str = OWN) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def test_what_a_layout_says_is_what_it_holds():
    layout = parse(OWN)

    assert (layout.name, layout.title, layout.kind, layout.dpi) == (
        *("own", "Own label", "unit", 203),
    )
    assert layout.label_mm == (58, 40)
    assert layout.label_dots(203) == (464, 320)
    assert (layout.sheet, layout.positions, layout.corner(0, 203)) == (None, 1, (0, 0))
    assert layout.toml == OWN
    assert parse(OWN) == layout


def test_labels_of_a_sheet_stand_where_the_sheet_says():
    layout = parse(edited("left_mm = 10", "left_mm = 10\ngap_mm = [2.5, 0.5]", OWN + SHEET))

    assert (layout.positions, layout.page_mm) == (21, (210, 297))
    assert layout.corner_mm(0) == (10, 5)
    assert layout.corner_mm(4) == (10 + 58 + 2.5, 5 + 40 + 0.5)
    assert layout.corner(4, 300) == (round(70.5 * 300 / 25.4), round(45.5 * 300 / 25.4))


@pytest.mark.parametrize(
    ("old", "new", "field", "millimetres"),
    [
        ("width_mm = 58", "width_mm = 5", "label.width_mm", (10, 5)),
        ("height_mm = 40", "height_mm = 5", "label.height_mm", (8, 5)),
        ("height_mm = 40", "height_mm = 5000", "label.height_mm", (450, 5000)),
        ("width_mm = 58", "width_mm = -58", "label.width_mm", (10, -58)),
        ("[2, 2, 26, 26]", "[-1, 2, 26, 26]", "symbol[1].box_mm", (0, -1)),
        ("[2, 30, 54, 8]", "[2, 30, 54, 12]", "text[2].box_mm", (42, 40)),
        ("[29, 2, 27, 26]", "[29, 2, 30, 26]", "text[1].box_mm", (59, 58)),
        ("[29, 2, 27, 26]", "[27, 2, 27, 26]", "text[1].box_mm", (1, 0)),
        ("[2, 30, 54, 8]", "[2, 27.5, 54, 8]", "text[2].box_mm", (0.5, 0)),
        ("[2, 2, 26, 26]", "[2, 2, 5, 26]", "symbol[1].box_mm", (5.61, 5)),
        ("[2, 30, 54, 8]", "[2, 30, 54, 4]", "text[2].box_mm", (4.13, 4)),
        ("26, 26]\n\n", "26, 26]\nmodule_mm = 0.25\n\n", "symbol[1].module_mm", (0.255, 0.25)),
        ("26, 26]\n\n", "26, 26]\nmodule_mm = 0.7\n\n", "symbol[1].module_mm", (0.68, 0.7)),
        ("26, 26]\n\n", "26, 26]\nmodule_mm = 0.45\n\n", "symbol[1].module_mm", (0.5, 0.45)),
    ],
)
def test_impossible_millimetres_are_told(old, new, field, millimetres):
    refusal = refused(edited(old, new))

    assert (refusal.field, (refusal.needed_mm, refusal.available_mm)) == (field, millimetres)


@pytest.mark.parametrize(
    ("dpi", "module", "nearest"),
    [(203, 0.26, 0.375), (203, 0.44, 0.5), (300, 0.26, 0.339), (300, 0.5, 0.508)],
)
def test_two_dots_at_203_dpi_and_three_at_300_are_never_chosen(dpi, module, nearest):
    text = edited("26, 26]\n\n", f"26, 26]\nmodule_mm = {module}\n\n")

    refusal = refused(edited("dpi = 203", f"dpi = {dpi}", text))

    assert (refusal.field, refusal.needed_mm) == ("symbol[1].module_mm", nearest)
    assert f"{dpi} dpi" in refusal.reason


@pytest.mark.parametrize(
    ("old", "new", "field", "millimetres"),
    [
        ("columns = 3", "columns = 4", "sheet.columns", (242, 210)),
        ("rows = 7", "rows = 8", "sheet.rows", (325, 297)),
        ("top_mm = 5", "top_mm = -1", "sheet.top_mm", (0, -1)),
        ("[210, 297]", "[210, 600]", "sheet.page_mm", (500, 600)),
        ("left_mm = 10", "left_mm = 10\ngap_mm = [-2, 0]", "sheet.gap_mm", (0, -2)),
        ("left_mm = 10", "left_mm = 10\ngap_mm = [20, 0]", "sheet.columns", (224, 210)),
        ("columns = 3\nrows = 7", "columns = 99\nrows = 99", "sheet.rows", (None, None)),
    ],
)
def test_a_sheet_that_its_labels_do_not_fit_is_told(old, new, field, millimetres):
    refusal = refused(edited(old, new, OWN + SHEET))

    assert (refusal.field, (refusal.needed_mm, refusal.available_mm)) == (field, millimetres)


@pytest.mark.parametrize(
    ("old", "new", "field", "told"),
    [
        ('title = "Own label"', "title = 7", "title", "text in quotes"),
        ('name = "own"', 'name = "../own"', "name", "small letters"),
        ('name = "own"', 'name = "own"\ncolour = "red"', "colour", "no such field"),
        ('name = "own"\n', "", "name", "missing"),
        ("dpi = 203", "dpi = 20", "dpi", "203, 300 or 600"),
        ("dpi = 203", "dpi = 203.5", "dpi", "whole number"),
        ("dpi = 203", "dpi = true", "dpi", "whole number"),
        ("width_mm = 58", "width_mm = nan", "label.width_mm", "number"),
        ("width_mm = 58", "width_mm = inf", "label.width_mm", "number"),
        ("width_mm = 58", "width_mm = true", "label.width_mm", "number"),
        ("width_mm = 58", "width = 58", "label.width_mm", "missing"),
        ("[label]", "[label]\nradius_mm = 2", "label.radius_mm", "width_mm, height_mm"),
        ("[2, 2, 26, 26]", "[2, 2, 26]", "symbol[1].box_mm", "4 numbers"),
        ("[2, 2, 26, 26]", "[2, 2, 26, 0]", "symbol[1].box_mm", "width and height"),
        ('kind = "data-matrix"', 'kind = "aztec"', "symbol[1].kind", "data-matrix, qr"),
        ('kind = "data-matrix"', 'kind = "gs1-128"', "symbol[1].kind", "a unit stand"),
        ('kind = "data-matrix"', 'kind = "qr"', "symbol", "has a symbol of kind data-matrix"),
        ('kind = "unit"', 'kind = "pallet"', "kind", "unit, package"),
        (AS_THE_FIRST_TEXT, 'text = "{verification_code}"', "text[1].text", "no field"),
        (AS_THE_FIRST_TEXT, 'text = "{product_name.__class__}"', "text[1].text", "braces"),
        (AS_THE_FIRST_TEXT, 'text = "{}"', "text[1].text", "no field {}"),
        (AS_THE_FIRST_TEXT, 'text = "{sscc}"', "text[1].text", "no field {sscc}"),
        (AS_THE_FIRST_TEXT, 'text = "Lot {lot_number} {serial}"', "text[1].text", "only codes"),
        (AS_THE_FIRST_TEXT, 'text = "{serial}\\nNo"', "text[1].text", "only codes"),
        (AS_THE_FIRST_TEXT, 'text = "{serial} {serial}"', "text[1].text", "once"),
        (AS_THE_FIRST_TEXT, 'text = "a\\n\\nb"', "text[1].text", "none of them empty"),
        (AS_THE_FIRST_TEXT, 'text = "a\\u202eb"', "text[1].text", "marks of direction"),
        (AS_THE_FIRST_TEXT, 'text = "a\\u001db"', "text[1].text", "control characters"),
        (AS_THE_FIRST_TEXT, 'text = ""', "text[1].text", "1 to 400"),
        ("size_pt = [9, 6]", "size_pt = [6, 9]", "text[1].size_pt", "largest, then smallest"),
        ("size_pt = [9, 6]", "size_pt = [9, 3]", "text[1].size_pt", "4 points"),
        ("size_pt = [9, 6]", "size_pt = [9, 6]\nalign = 7", "text[1].align", "left, centre"),
        ("size_pt = [9, 6]", 'size_pt = [9, 6]\nbeside = ["qr"]', "text[1].beside", "no qr"),
        ("size_pt = [9, 6]", 'size_pt = [9, 6]\nbeside = ["x"]', "text[1].beside", "list of some"),
        ("[label]", "symbols = 1\n[label]", "symbols", "no such field"),
        ("[label]", "frame = 1\n[label]", "frame", "[[frame]]"),
        ("[label]", "frame = [1]\n[label]", "frame[1]", "table of fields"),
        ("dpi = 203", "dpi = 20300", "dpi", "from 1 to 10000"),
    ],
)
def test_a_field_that_is_wrong_is_named(old, new, field, told):
    refusal = refused(edited(old, new))

    assert refusal.field == field
    assert told in refusal.reason


@pytest.mark.parametrize(
    ("more", "field", "told"),
    [
        ('[[symbol]]\nkind = "data-matrix"\nbox_mm = [30, 29, 9, 9]', "symbol", "once"),
        ("[[line]]\nfrom_mm = [2, 29]\nto_mm = [50, 30]", "line[1].to_mm", "straight"),
        ("[[line]]\nfrom_mm = [2, 10]\nto_mm = [50, 10]", "line[1]", "overlaps symbol[1]"),
        ("[[line]]\nfrom_mm = [2, 29]\nto_mm = [60, 29]", "line[1]", "beyond the right"),
        ("[[line]]\nfrom_mm = [2, 29]\nto_mm = [9, 29]\nthickness_mm = 9", "line[1].th", "thick"),
        ("[[frame]]\nbox_mm = [1, 20, 50, 15]", "frame[1]", "overlaps"),
        ("[[frame]]\nbox_mm = [1, 29, 50, 0.3]", "frame[1].box_mm", "thicker"),
        ("[text]\n", "toml", "no TOML"),
        ("[[text]]\n" * 50, "text", "at most 40"),
        ("a = " + "[" * 4_000, "toml", "nested"),
        ("a = " + "9" * 5_000, "toml", "no TOML"),
        ("# " + "x" * LONGEST, "toml", f"{LONGEST} bytes"),
        ("'", "toml", "no TOML"),
    ],
)
def test_what_is_added_and_wrong_is_named(more, field, told):
    refusal = refused(OWN + more)

    assert refusal.field.startswith(field)
    assert told in refusal.reason


@pytest.mark.parametrize(
    ("old", "new", "field", "told"),
    [
        ('kind = "gs1-128"', 'kind = "qr"', "symbol[1].kind", "gs1-128"),
        ("[3, 100, 94, 34]", "[3, 100, 94, 30]", "symbol[1].box_mm", "height"),
        ("94, 34]", '94, 34]\nelements = ["02"]', "symbol[1].elements", "stand together"),
        ("94, 34]", '94, 34]\nelements = ["02", "37"]', "symbol", "the SSCC"),
        ("94, 34]", '94, 34]\nelements = ["91"]', "symbol[1].elements", "00, 02, 37, 10"),
    ],
)
def test_the_label_of_a_package_has_its_sscc_32_mm_high(old, new, field, told):
    parse(PACKAGE)

    refusal = refused(edited(old, new, PACKAGE))

    assert refusal.field == field
    assert told in refusal.reason


@settings(deadline=None)
@given(st.integers(0, len(OWN + SHEET)), st.integers(0, 9), st.text(string.printable, max_size=9))
def test_however_a_layout_is_miswritten_it_is_a_layout_or_refused(place, length, instead):
    text = OWN + SHEET

    with suppress(LabelRefused):
        assert parse(text[:place] + instead + text[place + length :]).symbols


def test_an_unknown_layout_is_told_with_all_there_are():
    with pytest.raises(UnknownLayout) as refusal:
        ready.named("../roll-58x40")

    assert refusal.value.known == ready.names()


@pytest.mark.parametrize("name", ready.names())
def test_a_ready_layout_is_what_its_name_says(name):
    layout = ready.named(name)

    assert layout.name == name
    told = f"{layout.label_mm[0]:g} x {layout.label_mm[1]:g} mm"
    if layout.sheet:
        told = f"{layout.sheet.columns} x {layout.sheet.rows} "
    assert told in layout.title
    assert layout.toml == ready.FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")


def test_there_are_ready_layouts_for_rolls_six_grids_and_packages():
    layouts = [ready.named(name) for name in ready.names()]

    sizes = {layout.label_mm for layout in layouts if not layout.sheet}
    grids = {(one.sheet.columns, one.sheet.rows) for one in layouts if one.sheet}
    assert sizes >= {(43, 25), (58, 40), (58, 60), (80, 50), (30, 20), (105, 148), (100, 150)}
    assert grids >= {(3, 8), (4, 10), (5, 13), (2, 7), (3, 7), (2, 8), (2, 4)}
    assert sum(layout.kind is Kind.PACKAGE for layout in layouts) >= 2


@pytest.mark.parametrize("name", [name for name in ready.names() if name.startswith("a4")])
def test_a_ready_sheet_lies_in_the_middle_of_its_page(name):
    layout = ready.named(name)
    left, top = layout.corner_mm(0)
    right, bottom = (
        corner + side
        for corner, side in zip(
            layout.corner_mm(layout.positions - 1), layout.label_mm, strict=True
        )
    )

    assert left == pytest.approx(210 - right, abs=0.11)
    assert top == pytest.approx(297 - bottom, abs=0.11)


def test_no_field_tells_a_verification_code():
    assert not any("verification" in field for known in FIELDS.values() for field in known)
