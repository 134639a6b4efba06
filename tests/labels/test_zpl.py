"""ZPL says on paper what was drawn, whichever way it says it, and no text in it is a command."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.templates import Family
from domain.standards.alphabets import Alphabet
from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.output import graphic_field, zpl
from labels.refusals import ContentNotFitting
from labels.symbols import data_matrix, linear, qr
from tests.labels import paper, specimens

GS = chr(29)
GTIN = "04610053149777"
MILK = f"01{GTIN}215d/w(U{GS}93dGVz"
SSCC = "146070950831234560"


def test_what_is_drawn_comes_out_dot_for_dot(shape, codes):
    for code in codes(5):
        drawing = specimens.drawing(code, shape.family)

        (printed,) = paper.zpl(zpl.label(drawing), specimens.SIZE)

        assert np.array_equal(printed.dots, specimens.dots(drawing))
        assert printed.made == []
        assert specimens.read(printed.dots) == specimens.expected(code, shape.family)


def test_a_symbol_left_to_the_printer_is_told_exactly_and_all_else_is_drawn(shape, codes):
    for code in codes(5):
        drawing = specimens.drawing(code, shape.family)

        (printed,) = paper.zpl(zpl.label(drawing, symbol="firmware"), specimens.SIZE)

        assert np.array_equal(printed.dots, specimens.dots(drawing._replace(placed=())))
        ((kind, at, data),) = printed.made
        assert kind == "BXN,4,200,,,6,$,1"
        assert at == (12, 12)
        assert told(data) == specimens.expected(code, shape.family)


def told(data: str) -> tuple[str, str]:
    """What a printer's Data Matrix of this field says."""
    first = data.startswith("$1")
    return data.removeprefix("$1").replace("$1", GS), "]d2" if first else "]d1"


def test_texts_tell_the_same_for_each_code(shape, codes):
    same = specimens.same_product(codes(40), shape.family)
    pattern = specimens.drawing(same[7], shape.family)

    labels = paper.zpl(zpl.texts(pattern, same, shape.family, copies=2), specimens.SIZE)

    for code, printed in zip(same, labels, strict=True):
        made = {kind: data for kind, _, data in printed.made}
        drawing = specimens.drawing(code, shape.family, pattern.face)
        assert told(made["BXN,4,200,,,6,$,1"]) == specimens.expected(code, shape.family)
        assert drawing.words[0].text in [data for _, _, data in printed.made]
        assert printed.copies == 2


def test_lines_in_letters_that_printers_lack_are_drawn_in_texts_too():
    pattern = specimens.drawing(MILK, Family.S)
    plain = [words for words in pattern.face.words if words.text.isascii()]
    others = [words for words in pattern.face.words if not words.text.isascii()]
    assert len(plain) >= 3
    assert len(others) >= 2

    (printed,) = paper.zpl(zpl.texts(pattern, [MILK], Family.S), specimens.SIZE)

    shared = pattern.face
    drawn = Face(
        shared.dpi, *specimens.SIZE, shared.font, tuple(others), shared.bars, shared.placed
    )
    assert np.array_equal(printed.dots, specimens.dots(Drawing(drawn)))
    written = [(data, at) for kind, at, data in printed.made if "A0" in kind]
    for words in [*plain, *pattern.words]:
        assert (words.text, (words.left, words.baseline)) in written


@pytest.mark.parametrize("name", specimens.HOSTILE)
@pytest.mark.parametrize("way", ["graphic", "firmware", "texts"])
def test_a_name_that_holds_commands_gives_none(name, way):
    font = specimens.font()
    words = (
        Words(font.fit_to_write(name), 5, 40, 20.0),
        Words(font.fit_to_write(name), 5, 80, 9.0),
    )
    drawing = specimens.drawing(MILK, Family.S, Face(203, *specimens.SIZE, font, words))

    file = (
        zpl.texts(drawing, [MILK], Family.S) if way == "texts" else zpl.label(drawing, symbol=way)
    )

    assert len(paper.zpl(file, specimens.SIZE)) == 1
    assert file.count(b"^XA") == file.count(b"^XZ") == 1
    assert b"~" not in file
    assert re.fullmatch(rb"[ -~]*\n", file)


def test_a_file_can_be_cut_before_any_label():
    drawings = [specimens.drawing(MILK, Family.S)] * 3
    whole = b"".join(zpl.label(drawing) for drawing in drawings)
    last = whole[whole.rindex(b"^XA") :]

    assert last == zpl.label(drawings[0])
    assert np.array_equal(paper.zpl(last, specimens.SIZE)[0].dots, specimens.dots(drawings[2]))
    assert b"^DF" not in whole
    assert b"~DG" not in whole


def test_the_same_label_gives_the_same_bytes_and_copies_are_the_printers():
    one, other = (specimens.drawing(MILK, Family.S) for _ in range(2))

    assert zpl.label(one) == zpl.label(other)
    assert zpl.label(one, copies=3) == zpl.label(one).replace(b"^PQ1^", b"^PQ3^")


@pytest.mark.parametrize(
    ("left", "top"), [(-30, 5), (5, -30), (400, 5), (5, 260), (-30, -30), (440, 300)]
)
def test_what_lies_outside_of_the_label_is_cut(left, top):
    face = specimens.face(GTIN, names=())
    symbol = data_matrix.one(MILK, Family.S)
    drawing = Drawing(
        face,
        (Placed(symbol, left, top, 4, 4),),
        (Words("(21)5d/w(U", left, top, 22.0),),
    )

    inside = drawing._replace(placed=(Placed(symbol, 12, 12, 4, 4),))

    for one in (drawing, inside):
        (printed,) = paper.zpl(zpl.label(one), specimens.SIZE)
        assert np.array_equal(printed.dots, specimens.dots(one))


def test_a_large_label_of_a_fine_printer_is_sent_in_pictures_of_the_size_that_is_allowed():
    size = (2362, 3543)  # 100 x 150 mm at 600 dpi
    face = Face(600, *size, specimens.font(), bars=(Bar(0, 0, *size), Bar(0, 0, 1, 3543)))

    (printed,) = paper.zpl(zpl.label(Drawing(face)), size)

    assert printed.dots.all()


def test_an_empty_label_is_a_blank_one():
    drawing = Drawing(Face(203, *specimens.SIZE, specimens.font()))

    assert zpl.label(drawing) == b"^XA^PQ1^XZ\n"


@given(st.data())
def test_any_picture_is_told_exactly(data):
    stride = data.draw(st.integers(1, 300))
    byte = st.sampled_from([b"\0", b"\xff", b"\x0f", b"\xa5", b"\xaa"])
    line = st.lists(st.tuples(byte, st.integers(1, 300)), min_size=1, max_size=6).map(
        lambda runs: b"".join(one * times for one, times in runs)[:stride].ljust(stride, b"\0")
    )
    rows = b"".join(data.draw(st.lists(line, min_size=1, max_size=5)))

    written = graphic_field.of_rows(0, 0, stride, rows)

    assert np.array_equal(
        paper.graphic(written.removeprefix("^FO0,0^GFA,").removesuffix("^FS")),
        paper.unpacked(rows, stride),
    )


@pytest.mark.parametrize("module", range(1, 17))
def test_a_symbol_is_told_exactly_at_every_module(module):
    symbol = data_matrix.one(MILK, Family.S)

    written = graphic_field.of_symbol(symbol, 0, 0, module, module + 1)

    dots = paper.graphic(written.removeprefix("^FO0,0^GFA,").removesuffix("^FS"))
    expected = np.repeat(np.repeat(symbol.dark(), module, axis=1), module + 1, axis=0)
    assert np.array_equal(dots[:, : expected.shape[1]], expected)
    assert not dots[:, expected.shape[1] :].any()


def test_serials_of_all_82_characters_are_told_exactly():
    characters = Alphabet.SET_82.characters
    every = [
        f"01{GTIN}21{characters[start : start + 20].ljust(20, 'x')}{GS}93dGVz"
        for start in range(0, 82, 20)
    ]
    pattern = specimens.drawing(every[0], Family.S)

    labels = paper.zpl(zpl.texts(pattern, every, Family.S), specimens.SIZE)

    for code, printed in zip(every, labels, strict=True):
        data = [data for _, _, data in printed.made]
        assert f"$1{code.replace(GS, '$1')}" in data
        assert f"(21){code[18:38]}" in data


def test_codes_that_do_not_belong_to_the_run_are_refused():
    pattern = specimens.drawing(MILK, Family.S)

    for wrong in (
        MILK.replace(GTIN, "04610053149784"),
        MILK.replace("5d", "^X"),
        MILK.replace("5d", "$1"),
        MILK + "\n",
        MILK.replace("5d", "\ud800"),
        MILK.replace("5d", "ы"),
        "",
    ):
        with pytest.raises(ContentNotFitting):
            zpl.texts(pattern, [MILK, wrong], Family.S)
    assert zpl.texts(pattern, [], Family.S) == b""


def test_what_varies_in_more_than_a_code_is_no_pattern():
    drawing = specimens.drawing(MILK, Family.S)
    link = Placed(qr.one("HTTPS://ID.EXAMPLE/01/04610053149777/21/5d"), 300, 100, 3, 3)

    for wrong in (
        drawing._replace(placed=(*drawing.placed, link)),
        drawing._replace(placed=()),
        drawing._replace(words=(Words("5d/w(U штук", 5, 300, 20.0),)),
    ):
        with pytest.raises(ValueError, match="text"):
            zpl.texts(wrong, [MILK], Family.S)


def test_a_label_may_tell_no_serial_and_have_a_blank_line():
    other = MILK.replace("5d/w(U", "A?b.C-")
    drawing = specimens.drawing(MILK, Family.S)._replace(words=(Words(" ", 10, 220, 20.0),))

    (printed,) = paper.zpl(zpl.texts(drawing, [other], Family.S), specimens.SIZE)
    (drawn,) = paper.zpl(zpl.label(drawing), specimens.SIZE)

    assert ("BXN,4,200,,,6,$,1", (12, 12), f"$1{other.replace(GS, '$1')}") in printed.made
    assert np.array_equal(drawn.dots, specimens.dots(drawing))


def test_a_serial_is_found_where_it_stands():
    other = MILK.replace("5d/w(U", "A?b.C-")
    font = specimens.font()
    lines = ("S/N 5d/w(U.", "Серия 5d/w(U!", "5d/w(U (21)5d/w(U")
    drawing = specimens.drawing(MILK, Family.S)._replace(
        words=tuple(Words(line, 10, 220 + 20 * at, 20.0) for at, line in enumerate(lines))
    )

    (printed,) = paper.zpl(zpl.texts(drawing, [other], Family.S), specimens.SIZE)

    made = {data: at for kind, at, data in printed.made if "A0" in kind}
    assert made["S/N A?b.C-."] == (10, 220)
    assert made["A?b.C-!"] == (10 + round(font.width("Серия ") * 20), 240)
    assert made["5d/w(U (21)A?b.C-"] == (10, 260)
    prefix = Face(203, *specimens.SIZE, font, words=(Words("Серия ", 10, 240, 20.0),))
    assert np.array_equal(
        printed.dots[222:245, :80] & specimens.dots(Drawing(prefix))[222:245, :80],
        specimens.dots(Drawing(prefix))[222:245, :80],
    )


def test_bars_of_pairs_of_digits_are_left_to_the_printer_and_others_are_drawn():
    sscc, contents, lot = (
        linear.sscc(SSCC),
        linear.gs1_128([("02", GTIN), ("37", "24")]),
        linear.gs1_128([("02", GTIN), ("37", "1")]),
    )
    face = Face(203, 800, 400, specimens.font(), placed=(Placed(sscc, 40, 10, 3, 100),))
    drawing = Drawing(face, (Placed(contents, 40, 150, 2, 60), Placed(lot, 40, 250, 2, 60)))

    (printed,) = paper.zpl(zpl.label(drawing, symbol="firmware"), (800, 400))

    assert printed.made == [
        ("BY3BCN,100,N,N,N,N", (40, 10), f">;>800{SSCC}"),
        ("BY2BCN,60,N,N,N,N", (40, 150), f">;>802{GTIN}3724"),
    ]
    drawn = Drawing(Face(203, 800, 400, specimens.font()), drawing.placed[1:])
    assert np.array_equal(printed.dots, specimens.dots(drawn))
