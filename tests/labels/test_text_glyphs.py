"""Letters in dots and as outlines: at the same places, even, and never a missing one."""

# ruff: noqa: RUF001 - Cyrillic letters that look like Latin ones are meant

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import numpy as np
import pytest

from labels.text import fonts, glyphs
from labels.text.fonts import REPERTOIRE

FONT = fonts.find()
LINES = [
    "Молоко «Луговое» 2,5 %, 930 мл",
    "Ұлттық Қазақ өнімі, һәм ғылым",
    "Тоңдурулган көйнөгү, сүт",
    "Ўльтрапастэрызаванае пітное",
    "Կաթ պաստերացված «Արագած»",
    "(21)5d/w(U8Il1O0",
]
# Six to nine points at 203, 300 and 600 dpi.
SIZES = [16.9, 17.0, 19.75, 25.4, 37.5, 50.0, 75.0]


def dots_of(raster):
    packed = np.frombuffer(raster.rows, np.uint8).reshape(raster.height, -1)
    return np.unpackbits(packed, axis=1, count=raster.width)


def reach(path):
    """Left, top, right and bottom of the points of a path."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", path)]
    across, down = numbers[::2], numbers[1::2]
    return min(across), min(down), max(across), max(down)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("line", LINES)
def test_dots_and_outlines_stand_at_the_same_place(line, size):
    raster = glyphs.raster(FONT, line, size)
    left, top, right, bottom = reach(glyphs.outline(FONT, line, size))

    # A dot for rounding, a quarter for strokes made whole, and a fortieth for letters made whole.
    slack = 1.3 + size / 40
    assert raster.left == pytest.approx(left, abs=slack)
    assert raster.top == pytest.approx(top, abs=slack)
    assert raster.left + raster.width == pytest.approx(right, abs=slack)
    assert raster.top + raster.height == pytest.approx(bottom, abs=slack)


@pytest.mark.parametrize("line", LINES)
def test_characters_stand_on_whole_dots_and_never_drift(line):
    places = glyphs.positions(FONT, line, 17.3)

    assert len(places) == len(line)
    for index, place in enumerate(places):
        assert place == pytest.approx(FONT.width(line[:index]) * 17.3, abs=0.5)


@pytest.mark.parametrize("size", [10.0, 14.0, *SIZES])
def test_every_letter_has_ink_and_no_stroke_is_lost(size):
    for character in sorted(REPERTOIRE - {" "}):
        dots = dots_of(glyphs.raster(FONT, character, size))

        assert dots.any(), character
        assert dots[0].any(), character
        assert dots[:, 0].any(), character
        if character in "НнТтПпШшЕеՄՆԿlLI":
            assert dots.any(axis=0).all(), character
            assert dots.any(axis=1).all(), character


@pytest.mark.parametrize("size", [20.0, 20.75, 21.0, 22.0])
@pytest.mark.parametrize("character", list("НнПшШlո1IЦ"))
def test_upright_strokes_are_whole_dots_wherever_they_fall(size, character):
    dots = dots_of(glyphs.raster(FONT, character, size))
    middle = dots[dots.shape[0] * 2 // 3]
    strokes = {len(list(run)) for dark, run in groupby(middle.tolist()) if dark}

    assert strokes == {2}


@pytest.mark.parametrize("size", [14.0, 16.9, 17.0, 18.5, 19.3, 19.75, 21.0, 25.4])
def test_round_letters_are_as_high_as_flat_ones(size):
    heights = {glyphs.raster(FONT, letter, size).top for letter in "нопстшхмеа"}

    assert len(heights) == 1


@pytest.mark.parametrize("text", ["", " ", "   "])
def test_blanks_have_no_ink(text):
    raster = glyphs.raster(FONT, text, 20.0)

    assert (raster.width, raster.height, raster.rows) == (0, 0, b"")
    assert glyphs.outline(FONT, text, 20.0) == ""


@pytest.mark.parametrize("character", ["茶", "\U0010fffd"])
def test_the_missing_glyph_is_never_drawn(character):
    assert glyphs.raster(FONT, character, 20.0) == glyphs.raster(FONT, FONT.box, 20.0)
    assert glyphs.outline(FONT, character, 20.0) == glyphs.outline(FONT, FONT.box, 20.0)


def test_a_mark_above_a_letter_takes_no_room():
    assert glyphs.positions(FONT, "з\u0301а", 20.0)[2] == glyphs.positions(FONT, "за", 20.0)[1]


def test_many_threads_draw_the_same():
    letters = sorted(REPERTOIRE)
    fresh = fonts.Font(**{name: getattr(FONT, name) for name in fonts.Font.__slots__})

    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda letter: glyphs.outline(fresh, letter, 20.0), letters * 4))

    assert paths == [glyphs.outline(FONT, letter, 20.0) for letter in letters] * 4


def test_a_path_is_made_of_nothing_but_numbers_and_steps():
    assert re.fullmatch(
        r"[MLQZ0-9 .-]+", "".join(glyphs.outline(FONT, line, 17.0) for line in LINES)
    )
