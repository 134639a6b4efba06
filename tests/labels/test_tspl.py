"""TSPL says on paper what was drawn, whichever way it says it, and no text in it is a command."""

import numpy as np
import pytest

from domain.catalogue.templates import Family
from domain.standards.alphabets import Alphabet
from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.output import tspl
from labels.refusals import ContentNotFitting
from labels.symbols import data_matrix
from tests.labels import paper, specimens

GS = chr(29)
GTIN = "04610053149777"
MILK = f"01{GTIN}215d/w(U{GS}93dGVz"


def told(data: str) -> tuple[str, str]:
    """What a printer's Data Matrix of this content says."""
    first = data.startswith("~1")
    return data.removeprefix("~1").replace("~1", GS), "]d2" if first else "]d1"


def test_what_is_drawn_comes_out_dot_for_dot(shape, codes):
    for code in codes(5):
        drawing = specimens.drawing(code, shape.family)

        (printed,) = paper.tspl(tspl.label(drawing), specimens.SIZE)

        assert np.array_equal(printed.dots, specimens.dots(drawing))
        assert printed.made == []
        assert specimens.read(printed.dots) == specimens.expected(code, shape.family)


def test_a_symbol_left_to_the_printer_is_told_exactly_and_all_else_is_drawn(shape, codes):
    for code in codes(5):
        drawing = specimens.drawing(code, shape.family)

        (printed,) = paper.tspl(tspl.label(drawing, symbol="firmware"), specimens.SIZE)

        assert np.array_equal(printed.dots, specimens.dots(drawing._replace(placed=())))
        ((kind, at, data),) = printed.made
        assert (kind, at) == ("DMATRIX", (12, 12))
        assert told(data) == specimens.expected(code, shape.family)


def test_texts_tell_the_same_for_each_code(shape, codes):
    same = specimens.same_product(codes(40), shape.family)
    pattern = specimens.drawing(same[7], shape.family)

    labels = paper.tspl(tspl.texts(pattern, same, shape.family, copies=2), specimens.SIZE)

    for code, printed in zip(same, labels, strict=True):
        drawing = specimens.drawing(code, shape.family, pattern.face)
        (data,) = (data for kind, _, data in printed.made if kind == "DMATRIX")
        assert told(data) == specimens.expected(code, shape.family)
        texts = [data for kind, _, data in printed.made if kind == "TEXT"]
        assert drawing.words[0].text in texts
        assert pattern.face.words[-1].text in texts
        assert printed.copies == 2


def test_serials_of_all_82_characters_are_told_exactly():
    characters = Alphabet.SET_82.characters
    codes = [
        f"01{GTIN}21{characters[start : start + 20].ljust(20, 'x')}{GS}93dGVz"
        for start in range(0, 82, 20)
    ]
    pattern = specimens.drawing(codes[0], Family.S)

    file = tspl.texts(pattern, codes, Family.S)

    for code, printed in zip(codes, paper.tspl(file, specimens.SIZE), strict=True):
        made = [data for _, _, data in printed.made]
        assert f"~1{code.replace(GS, '~1')}" in made
        assert f"(21){code[18:38]}" in made
    assert b"~1" in file
    assert b"~d034" in file


@pytest.mark.parametrize("name", specimens.HOSTILE)
@pytest.mark.parametrize("way", ["graphic", "firmware", "texts"])
def test_a_name_that_holds_commands_gives_none(name, way):
    font = specimens.font()
    words = (Words(font.fit_to_write(name), 5, 40, 20.0),)
    drawing = specimens.drawing(MILK, Family.S, Face(203, *specimens.SIZE, font, words))

    file = (
        tspl.texts(drawing, [MILK], Family.S) if way == "texts" else tspl.label(drawing, symbol=way)
    )

    (printed,) = paper.tspl(file, specimens.SIZE)
    assert printed.copies == 1


def test_a_file_can_be_cut_before_any_label_and_copies_are_the_printers():
    drawing = specimens.drawing(MILK, Family.S)
    one, three = tspl.label(drawing), tspl.label(drawing, copies=3)

    labels = paper.tspl(one + three + one, specimens.SIZE)

    assert [printed.copies for printed in labels] == [1, 3, 1]
    assert all(np.array_equal(printed.dots, labels[0].dots) for printed in labels)
    assert tspl.label(specimens.drawing(MILK, Family.S)) == one
    for setting in (b"SIZE", b"GAP", b"DENSITY", b"SPEED", b"DOWNLOAD"):
        assert setting not in tspl.label(Drawing(Face(203, 8, 8, specimens.font()))) + tspl.texts(
            drawing._replace(face=Face(203, *specimens.SIZE, specimens.font())), [MILK], Family.S
        )


@pytest.mark.parametrize("left", [-9, 5, 430])
def test_what_lies_outside_of_the_label_is_cut(left):
    face = Face(203, 461, 317, specimens.font(), bars=(Bar(450, 300, 40, 40),))
    placed = (Placed(data_matrix.one(MILK, Family.S), left, 280, 4, 4),)
    drawing = Drawing(face, placed, (Words("(21)5d/w(U", left, 5, 22.0),))

    (printed,) = paper.tspl(tspl.label(drawing), (461, 317))

    assert np.array_equal(printed.dots, specimens.dots(drawing))


def test_only_the_black_of_a_label_is_sent():
    drawing = specimens.drawing(MILK, Family.S, Face(203, *specimens.SIZE, specimens.font()))

    assert len(tspl.label(drawing)) < specimens.WIDTH // 8 * specimens.HEIGHT / 5


def test_codes_that_do_not_belong_to_the_run_are_refused():
    pattern = specimens.drawing(MILK, Family.S)

    for wrong in (MILK.replace(GTIN, "04610053149784"), MILK.replace("5d", "~1"), MILK + "\r\n"):
        with pytest.raises(ContentNotFitting):
            tspl.texts(pattern, [MILK, wrong], Family.S)
