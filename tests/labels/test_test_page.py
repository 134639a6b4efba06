"""A test page tells with any ruler how a printer scales and shifts; samples are clearly samples."""

import pytest

from domain.standards import element_string, gs1_keys
from labels.drawing import Bar
from labels.layouts import ready, sample, test_page
from labels.layouts.layout import parse
from labels.layouts.parts import dots
from labels.refusals import DoesNotFit, ResolutionNotFitting
from labels.symbols import proof
from labels.symbols.dots import module_dots
from labels.text import fonts

FONT = fonts.find()
every_layout = pytest.mark.parametrize("name", ready.names())
every_printer = pytest.mark.parametrize("dpi", [203, 300, 600])


def ticks(bars: tuple[Bar, ...], dpi: int) -> tuple[set[int], set[int]]:
    """Dots from the left edge and from the top at which the rulers have a tick."""
    thick = max(dots(0.1, dpi), 1)
    across = {bar.left + thick // 2 for bar in bars if bar.top == 0 and bar.width == thick}
    down = {bar.top + thick // 2 for bar in bars if bar.left == 0 and bar.height == thick}
    return across, down


@every_printer
@every_layout
def test_rulers_count_millimetres_from_the_edges_of_the_paper(name, dpi):
    layout = ready.named(name)

    page = test_page.drawing(layout, dpi, FONT)

    across, down = ticks(page.face.bars, dpi)
    assert (page.face.width, page.face.height) == layout.page_dots(dpi)
    assert {dots(mm, dpi) for mm in range(10, int(layout.page_mm[0]) + 1)} <= across
    assert {dots(mm, dpi) for mm in range(10, int(layout.page_mm[1]) + 1)} <= down
    figures = {line.text for line in page.face.words}
    assert {str(mm) for mm in range(20, int(layout.page_mm[1]), 10)} <= figures


@every_layout
def test_every_label_has_its_border_and_a_sheet_its_positions(name):
    layout = ready.named(name)

    page = test_page.drawing(layout, 600, FONT)

    width, height = layout.label_dots(600)
    thick = dots(0.15, 600)
    for position in range(layout.positions):
        left, top = layout.corner(position, 600)
        assert Bar(left, top, width, thick) in page.face.bars
        assert Bar(left + width - thick, top, thick, height) in page.face.bars
    numbers = [line.text for line in page.face.words if line.size == 14 * 600 / 72]
    shown = [str(number) for number in range(1, layout.positions + 1)]
    assert len(numbers) == layout.positions - 1
    assert numbers == [number for number in shown if number in numbers]


@every_printer
@every_layout
def test_it_says_what_it_is_and_its_symbol_reads_back_as_a_sample(name, dpi):
    layout = ready.named(name)

    page = test_page.drawing(layout, dpi, FONT)

    (placed,) = page.face.placed
    told = " ".join(line.text for line in page.face.words)
    assert sample.MARK in told
    assert name in told
    assert f"{dpi} dpi" in told
    assert f"{placed.module * 25.4 / dpi:.3f} mm" in told
    assert proof.prove_all([(placed.symbol, placed.module, placed.line)]) == 1
    assert "9520123456789" in placed.symbol.content or sample.GTIN in placed.symbol.content
    right = placed.left + placed.symbol.columns * placed.module
    assert right <= page.face.width


@every_printer
@every_layout
def test_samples_are_marked_and_long_in_several_scripts(name, dpi):
    layout = ready.named(name)

    drawings = sample.drawings(layout, dpi, FONT)

    assert len(drawings) == len(sample.NAMES)
    for drawing in drawings:
        told = " ".join(line.text for line in drawing.face.words + drawing.words)
        assert "ОБРАЗЕЦ" in told
        placed = drawing.face.placed + drawing.placed
        assert proof.prove_all([(one.symbol, one.module, one.line) for one in placed]) > 0
    assert len({drawing.face.words for drawing in drawings}) == len(drawings)


def test_sample_numbers_are_those_that_gs1_keeps_for_examples():
    assert gs1_keys.gtin(sample.GTIN).startswith("0952")
    assert gs1_keys.sscc(sample.SSCC)[1:].startswith("952")
    for family in sample.TAILS:
        assert element_string.parse(sample.marking_code(family))


@pytest.mark.parametrize(("side", "columns"), [(14.4, 36), (12, 22)])
def test_a_sample_has_the_larger_symbol_where_there_is_room(side, columns):
    toml = ready.named("roll-30x20").toml.replace("14.4, 14.4]", f"{side}, {side}]")

    drawings = sample.drawings(parse(toml), 203, FONT)

    assert {drawing.placed[0].symbol.columns for drawing in drawings} == {columns}


def test_a_layout_that_holds_no_symbol_has_no_sample():
    toml = ready.named("roll-30x20").toml.replace("14.4, 14.4]", "8, 8]")

    with pytest.raises(DoesNotFit):
        sample.drawings(parse(toml), 203, FONT)


def test_there_is_no_test_page_for_a_printer_that_does_not_exist():
    with pytest.raises(ResolutionNotFitting):
        test_page.drawing(ready.named("roll-58x40"), 72, FONT)


def test_the_same_page_is_drawn_again():
    layout = ready.named("a4-3x8")

    one, other = (test_page.drawing(layout, 300, FONT).face for _ in range(2))

    assert (one.words, one.bars, one.placed) == (other.words, other.bars, other.placed)


@every_layout
def test_it_says_in_two_languages_how_to_measure(name):
    page = test_page.drawing(ready.named(name), 600, FONT)

    told = " ".join(line.text for line in page.face.words)
    assert "асштаб" in told
    assert "100 %" in told
    if name not in {"roll-30x20", "roll-43x25"}:
        assert "Приложите линейку к шкале" in told
        assert "Hold a ruler to the scale" in told
        assert "…" not in told


@every_layout
@every_printer
def test_its_symbol_has_a_module_that_readers_read(name, dpi):
    (placed,) = test_page.drawing(ready.named(name), dpi, FONT).face.placed

    assert placed.module >= module_dots(placed.symbol.geometry, dpi)[0]


def test_a_page_of_two_labels_says_it_on_one():
    toml = ready.named("a4-2x4").toml.replace("rows = 4", "rows = 1")

    page = test_page.drawing(parse(toml), 300, FONT)

    told = " ".join(line.text for line in page.face.words)
    assert "Приложите линейку" in told
    assert "Hold a ruler" in told
