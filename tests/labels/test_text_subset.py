"""What a file embeds of the font: the same outlines under the same numbers, and nothing else."""

import io
import re
import zlib

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from labels.text import fonts
from labels.text.subset import embedded

FONT = fonts.find()
TEXT = "Йод «Ұңғ» Կաթ 04610 й"
TABLES = {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}


def drawn(face, glyph):
    glyphs = face.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[face.getGlyphOrder()[glyph]].draw(pen)
    return pen.value


def test_every_glyph_keeps_its_number_its_outline_and_its_width():
    subset = embedded(FONT, TEXT)
    whole, part = TTFont(FONT.path), TTFont(io.BytesIO(subset.program))

    assert set(subset.glyphs) == set(TEXT)
    for character, glyph in subset.glyphs.items():
        assert glyph == FONT.glyph(character) != 0
        assert drawn(part, glyph) == drawn(whole, glyph)
        assert part["hmtx"][part.getGlyphName(glyph)] == whole["hmtx"][whole.getGlyphName(glyph)]
        assert subset.widths[glyph] == pytest.approx(1000 * FONT.width(character), abs=0.5)


def test_only_what_is_used_is_embedded_and_only_what_draws_it():
    subset = embedded(FONT, TEXT)
    face = TTFont(io.BytesIO(subset.program))
    inked = {glyph for glyph in range(face["maxp"].numGlyphs) if drawn(face, glyph)}

    assert set(face.keys()) - {"GlyphOrder"} == TABLES
    assert inked >= {subset.glyphs[character] for character in TEXT if character != " "}
    assert len(inked) < len(set(TEXT)) + 10  # letters that others are made of
    assert not drawn(face, 0)


def test_the_same_characters_make_the_same_bytes(tmp_path):
    path = tmp_path / "copy.ttf"
    path.write_bytes(FONT.data)
    other = fonts.load(path)

    assert embedded(other, reversed(TEXT * 2)) == embedded(FONT, TEXT)
    assert embedded(FONT, TEXT + "Щ").name != embedded(FONT, TEXT).name


def test_its_name_tells_it_from_other_subsets():
    assert re.fullmatch(f"[A-Z]{{6}}\\+{FONT.name}", embedded(FONT, TEXT).name)


def test_its_text_can_be_searched():
    subset = embedded(FONT, fonts.REPERTOIRE)
    cmap = subset.to_unicode.decode("ascii")
    entries = dict(re.findall(r"^<([0-9A-F]{4})> <([0-9A-F]+)>$", cmap, re.MULTILINE))
    told = {
        int(glyph, 16): bytes.fromhex(text).decode("utf-16-be")
        for glyph, text in entries.items()
        if glyph != "0000"
    }

    assert {subset.glyphs[character]: character for character in fonts.REPERTOIRE} == {
        glyph: character for glyph, character in told.items() if character != FONT.box
    }
    assert all(
        len(block.splitlines()) == int(count) <= 100
        for count, block in re.findall(r"(\d+) beginbfchar\n(.*?)\nendbfchar", cmap, re.DOTALL)
    )


def test_the_letters_of_all_states_take_little_room():
    subset = embedded(FONT, fonts.REPERTOIRE)

    assert len(zlib.compress(subset.program)) < 25_000
    assert len(zlib.compress(embedded(FONT, "0123456789").program)) < 2_500


def test_what_the_font_lacks_is_embedded_as_its_box():
    subset = embedded(FONT, "茶\ud800\x00")

    assert set(subset.glyphs.values()) == {FONT.glyph(FONT.box)}
    assert "D800" not in subset.to_unicode.decode("ascii")


def test_a_file_without_text_embeds_nothing_that_is_drawn():
    subset = embedded(FONT, "")

    assert subset.glyphs == {}
    assert not any(drawn(TTFont(io.BytesIO(subset.program)), glyph) for glyph in (0,))


def test_measures_are_in_thousandths_of_an_em():
    subset = embedded(FONT, TEXT)
    left, bottom, right, top = subset.bbox

    assert left < 0 < right
    assert bottom <= subset.descent < 0 < subset.cap_height < subset.ascent <= top
    assert subset.cap_height == pytest.approx(1000 * FONT.cap_height, abs=1)
    assert 50 < subset.stem_v < 200
    assert subset.italic_angle == 0
    assert subset.flags & 4
