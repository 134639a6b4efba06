"""Names in every script of the Union: no missing letter, nothing dangerous, nothing too long."""

# ruff: noqa: RUF001 - Cyrillic letters that look like Latin ones are meant

import csv
import re
from pathlib import Path

import barcode
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.refusals import FontUnusable
from labels.text import fonts
from labels.text.fonts import REPERTOIRE
from labels.text.typesetting import (
    LabelText,
    TextBox,
    TypeSizes,
    height,
    set_paragraph,
    typeset,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "product_names.tsv"
SIZES = (9.0, 6.0)
FONT = fonts.find()

with VECTORS.open(encoding="utf-8", newline="") as names:
    NAMES = [row["name"] for row in csv.DictReader(names, delimiter="\t", quoting=csv.QUOTE_NONE)]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_written_as_it_is(name):
    written = FONT.fit_to_write(name)

    assert written == name.replace("֏", "դր.")
    assert all(character in FONT.glyphs for character in written)


@settings(deadline=None)
@given(st.text(max_size=600))
def test_whatever_the_name_every_character_written_has_a_glyph(name):
    written = FONT.fit_to_write(name)

    assert all(character in FONT.glyphs for character in written)
    assert written == FONT.fit_to_write(written)
    assert written.isprintable()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Молоко\t2,5 %\r\n\x1d930 мл", "Молоко 2,5 % 930 мл"),
        ("\u202eололоМ\u202c", "ололоМ"),
        ("\u200fМёд\u200b\ufeff\u00ad", "Мёд"),
        ("и\u0306", "й"),
        ("з\u0301\u0301\u0301\u0301", "з\u0301"),
        ("\x00\x07\x1b[31mСыр", "[31mСыр"),
        ("茶 чай", f"{FONT.box} чай"),
        ("שלום", FONT.box * 4),
        ("\ud800Чай", "Чай"),
        ("  \u00a0 ", ""),
    ],
)
def test_what_cannot_be_printed_is_replaced_or_left_out(name, written):
    assert FONT.fit_to_write(name) == written


def test_a_font_without_all_five_states_is_refused_with_the_letters_it_lacks(tmp_path):
    latin = tmp_path / "latin.ttf"
    face = TTFont(FONT.path)
    subsetter = subset.Subsetter()
    subsetter.populate(text="".join(map(chr, range(0x20, 0x7F))))
    subsetter.subset(face)
    face.save(latin)
    mono = Path(barcode.__file__).parent / "fonts" / "DejaVuSansMono.ttf"

    with pytest.raises(FontUnusable, match="АБВГД"):
        fonts.find(latin)
    with pytest.raises(FontUnusable, match="ԱԲԳԴ"):
        fonts.find(mono)


def test_a_file_that_is_no_font_is_refused(tmp_path):
    (tmp_path / "name.ttf").write_bytes(b"no font at all")

    for path in (tmp_path / "name.ttf", tmp_path / "missing.ttf", tmp_path):
        with pytest.raises(FontUnusable):
            fonts.find(path)


def test_a_configured_font_goes_before_the_system_s(tmp_path):
    path = tmp_path / "configured.ttf"
    path.write_bytes(FONT.path.read_bytes())

    assert fonts.find(path).path == path
    assert fonts.find().path == FONT.path


def test_an_installed_font_goes_before_the_wheel_s_and_the_condensed_one_first(tmp_path):
    for name in ("a/DejaVuSans.ttf", "b/c/DejaVuSansCondensed.ttf"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(FONT.path.read_bytes())

    assert fonts.find(places=(tmp_path,)).path.name == "DejaVuSansCondensed.ttf"
    assert fonts.find(places=(tmp_path / "a",)).path.name == "DejaVuSans.ttf"


def test_without_an_installed_font_the_wheel_s_writes_all_five_states(tmp_path):
    if not fonts.from_wheel():
        with pytest.raises(FontUnusable, match=re.escape(str(tmp_path))):
            fonts.find(places=(tmp_path,))
        return

    font = fonts.find(places=(tmp_path,))

    assert font.path in fonts.from_wheel()
    assert font.glyphs.keys() >= REPERTOIRE


def widest(lines):
    return max(FONT.width(line.text) * line.size for line in lines)


def test_a_short_name_stands_in_one_line_at_full_size():
    (line,) = set_paragraph(FONT, "Чай", TextBox(100, 40), SIZES)

    assert (line.text, line.size) == ("Чай", 9.0)


def test_a_long_name_breaks_then_shrinks_then_ends_in_an_ellipsis():
    name = "Чай чёрный байховый цейлонский крупнолистовой с бергамотом и лепестками василька"
    broken = set_paragraph(FONT, name, TextBox(100, 80), SIZES)
    shrunk = set_paragraph(FONT, name, TextBox(100, 45), SIZES)
    cut = set_paragraph(FONT, name, TextBox(100, 20), SIZES)

    assert len(broken) > 1
    assert broken[0].size == 9.0
    assert " ".join(line.text for line in broken) == name
    assert 6.0 <= shrunk[0].size < 9.0
    assert " ".join(line.text for line in shrunk) == name
    assert cut[0].size == 6.0
    assert cut[-1].text.endswith("…")


def test_a_number_keeps_its_unit_and_a_dash_its_word():
    for name in ("Молоко питьевое 2,5 % жирности 930 мл", "Сорт «Нарын» — мёд 500 г"):
        for width in range(60, 160, 5):
            for line in set_paragraph(FONT, name, TextBox(width, 100), SIZES):
                assert not line.text.startswith(("%", "мл", "г", "—"))


def test_a_word_is_broken_only_where_no_size_makes_it_fit():
    whole = set_paragraph(FONT, "«Простоквашино»", TextBox(60, 60), SIZES)
    broken = set_paragraph(FONT, "«Простоквашино»" * 3, TextBox(60, 60), SIZES)

    assert [line.text for line in whole] == ["«Простоквашино»"]
    assert "".join(line.text for line in broken) == "«Простоквашино»" * 3


@settings(deadline=None)
@given(
    st.text("абв гд-,.!Ш…" + "ՄՖ", max_size=1000),
    st.floats(40, 200),
    st.floats(0, 100),
)
def test_text_never_leaves_its_box(text, width, tall):
    lines = set_paragraph(FONT, FONT.fit_to_write(text), TextBox(width, tall), SIZES)

    assert height(lines) <= tall + 1e-6
    assert all(FONT.width(line.text) * line.size <= width + 1e-6 for line in lines)


def test_codes_are_never_cut_and_details_leave_room_for_the_name():
    types = TypeSizes(name=(8.0, 5.0), code=(6.0, 4.5), detail=(5.5, 4.5))
    serial = f"(21){'W' * 20}"
    text = LabelText("Имя " * 90, ("партия 1",) * 20, ("(01)04610053149777", serial))

    column = typeset(FONT, TextBox(60, 60), types, text)

    assert column.height <= 60
    assert "".join(line.text for line in column.lower) == "(01)04610053149777" + serial
    assert any(line.text.startswith("Имя") for line in column.upper)
    assert any(line.text == "партия 1" for line in column.upper)
    assert widest(column.upper + column.lower) <= 60
