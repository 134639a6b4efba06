"""EPL prints what was drawn: pictures alone, so that nothing in a label can be a command."""

import numpy as np
import pytest

from domain.catalogue.templates import Family
from labels.drawing import Drawing, Face, Words
from labels.output import epl
from tests.labels import paper, specimens

MILK = f"0104610053149777215d/w(U{chr(29)}93dGVz"


def test_what_is_drawn_comes_out_dot_for_dot(shape, codes):
    for code in codes(5):
        drawing = specimens.drawing(code, shape.family)

        (printed,) = paper.epl(epl.label(drawing), specimens.SIZE)

        assert np.array_equal(printed.dots, specimens.dots(drawing))
        assert specimens.read(printed.dots) == specimens.expected(code, shape.family)


def test_a_file_can_be_cut_before_any_label_and_copies_are_the_printers():
    drawing = specimens.drawing(MILK, Family.S)
    one, three = epl.label(drawing), epl.label(drawing, copies=3)

    labels = paper.epl(one + three + one, specimens.SIZE)

    assert [printed.copies for printed in labels] == [1, 3, 1]
    assert all(np.array_equal(printed.dots, labels[0].dots) for printed in labels)
    assert epl.label(specimens.drawing(MILK, Family.S)) == one


@pytest.mark.parametrize("name", specimens.HOSTILE)
def test_a_name_that_holds_commands_gives_none(name):
    font = specimens.font()
    words = (Words(font.fit_to_write(name), 5, 40, 20.0),)
    drawing = specimens.drawing(MILK, Family.S, Face(203, *specimens.SIZE, font, words))

    assert len(paper.epl(epl.label(drawing), specimens.SIZE)) == 1


def test_an_empty_label_is_a_blank_one():
    drawing = Drawing(Face(203, *specimens.SIZE, specimens.font()))

    assert epl.label(drawing) == b"\r\nN\r\nP1\r\n"
