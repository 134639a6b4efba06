"""The font: letters of every state, never a missing one, and nothing dangerous."""

# ruff: noqa: RUF001 - Cyrillic letters that look like Latin ones are meant

import csv
import hashlib
import io
import re
from pathlib import Path

import barcode
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from labels.refusals import FontUnusable
from labels.text import fonts
from labels.text.fonts import REPERTOIRE

VECTORS = Path(__file__).parents[1] / "vectors" / "product_names.tsv"
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


def test_what_a_font_lacks_is_told_once_in_the_order_of_the_text():
    assert FONT.missing("Қазақ չի ☕茶, 2,5 % ֏ \u200f\t") == ("茶",)
    assert FONT.missing("שלום чай שלום 茶") == ("ש", "ל", "ו", "ם", "茶")
    assert FONT.missing("") == ()


@settings(deadline=None)
@given(st.text(max_size=60))
def test_what_is_missing_is_what_becomes_a_box(text):
    assert bool(FONT.missing(text)) >= (FONT.box in FONT.fit_to_write(text.replace(FONT.box, "")))


def test_a_text_is_as_wide_as_another_reader_of_the_font_says():
    other = ImageFont.truetype(FONT.path, 2048, layout_engine=ImageFont.Layout.BASIC)

    for name in ("0461005", "Молоко", "Ұңғқ", "Կաթ", "й", ""):
        wide = sum(other.getlength(character) for character in name)
        assert FONT.width(name) * 2048 == pytest.approx(wide, abs=len(name))


def test_measures_are_those_of_letters():
    assert 0.7 < FONT.cap_height < 0.75
    assert 0.7 < FONT.ascent < 1.1
    assert -0.4 < FONT.descent < -0.1
    assert FONT.digest == hashlib.sha256(FONT.path.read_bytes()).hexdigest()
    assert re.fullmatch("[A-Za-z-]+", FONT.name)


def test_a_character_that_the_font_lacks_counts_as_its_box():
    assert FONT.glyph("茶") == FONT.glyph(FONT.box) != 0
    assert FONT.width("茶\ud800\x1d") == 3 * FONT.width(FONT.box)


def tables_without(tag):
    face = TTFont(FONT.path)
    del face[tag]
    return face


def forbidding():
    face = TTFont(FONT.path)
    face["OS/2"].fsType = 2
    return face


def saved(face):
    out = io.BytesIO()
    face.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no font at all", "cannot be read"),
        (b"", "cannot be read"),
        (FONT.data[:30_000], "cannot be read"),
        (FONT.data[:300], "cannot be read"),
        (saved(tables_without("glyf")), "outlines"),
        (saved(tables_without("cmap")), "none of □"),
        (saved(tables_without("hmtx")), "hmtx"),
        (saved(forbidding()), "forbids to be embedded"),
    ],
    ids=["text", "empty", "cut", "cut early", "no outlines", "no letters", "no widths", "licence"],
)
def test_a_file_that_is_no_usable_font_is_refused(tmp_path, data, reason):
    (tmp_path / "name.ttf").write_bytes(data)

    with pytest.raises(FontUnusable, match=reason):
        fonts.find(tmp_path / "name.ttf")


def test_a_path_without_a_file_is_refused(tmp_path):
    for path in (tmp_path / "missing.ttf", tmp_path):
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
