"""Names made to fit: they break, shrink, and end in an ellipsis; whatever shops call their goods."""

# ruff: noqa: RUF001 - Cyrillic letters that look like Latin ones are meant

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.text import fonts
from labels.text.typesetting import LEADING, TextBox, set_paragraph

TESTS = Path(__file__).parents[1]
# Names of 20,000 goods lie beside the repository where it is built; elsewhere telling ones do.
GOODS = TESTS.parents[1] / "shared" / "goods" / "eaeu-goods.tsv"
VECTORS = TESTS / "vectors" / "product_names.tsv"
SIZES = (9.0, 6.0)
FONT = fonts.find()

with (GOODS if GOODS.exists() else VECTORS).open(encoding="utf-8", newline="") as names:
    NAMES = [row["name"] for row in csv.DictReader(names, delimiter="\t", quoting=csv.QUOTE_NONE)]


def widest(lines):
    return max(FONT.width(line.text) * line.size for line in lines)


@pytest.mark.parametrize(
    ("box", "sizes"),
    [
        (TextBox(250, 90), (26.0, 17.0)),
        (TextBox(740, 130), (75.0, 50.0)),
        (TextBox(90, 24), (9.0, 6.0)),
    ],
    ids=["58x40 at 203 dpi", "58x40 at 600 dpi", "30x20 in points"],
)
def test_the_names_of_real_goods_stand_in_their_box_and_end_in_an_ellipsis_where_cut(box, sizes):
    for name in NAMES:
        written = FONT.fit_to_write(name)
        lines = set_paragraph(FONT, written, box, sizes)

        told = "".join(line.text for line in lines).replace(" ", "")
        assert all(character in FONT.glyphs for character in told)
        assert lines
        assert sum(line.size * LEADING for line in lines) <= box.height + 1e-6
        assert widest(lines) <= box.width + 1e-6
        assert len({line.size for line in lines}) == 1
        if told != written.replace(" ", ""):
            assert told[-1] == "…"
            assert written.replace(" ", "").startswith(told[:-1])
            assert lines[0].size == sizes[1]


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

    assert sum(line.size * LEADING for line in lines) <= tall + 1e-6
    assert all(FONT.width(line.text) * line.size <= width + 1e-6 for line in lines)


def test_no_larger_size_would_fit():
    for name in [*NAMES[::500], "Чай чёрный байховый цейлонский крупнолистовой с бергамотом"]:
        text = FONT.fit_to_write(name)
        size = set_paragraph(FONT, text, TextBox(100, 45), SIZES)[0].size
        if size < SIZES[0]:
            larger = set_paragraph(FONT, text, TextBox(100, 45), (size + 0.25, size + 0.25))
            words = max(FONT.width(word) for word in text.split())
            assert larger[-1].text.endswith("…") or words * (size + 0.25) > 100


@pytest.mark.parametrize("width", [0.0, 1.0, 5.9])
def test_a_box_too_narrow_for_a_letter_stays_empty(width):
    assert set_paragraph(FONT, "Щука 1 кг", TextBox(width, 100), SIZES) == ()
