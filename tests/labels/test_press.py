"""Codes go in, a file comes out: in order, in pieces, and nothing that was not read back."""

import random
from datetime import date

import numpy as np
import pytest
import zxingcpp

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from labels import press
from labels.layouts import ready
from labels.output.formats import Format
from labels.press import Order, Report, Run
from labels.refusals import LabelCountNotFitting, StartBeyondSheet, SymbolMisread
from labels.symbols import data_matrix, modules
from labels.text import fonts
from tests.labels.conftest import SHAPES, draw

SHAPE = {shape.name: shape for shape in SHAPES}
NAME = "Сүт «Айналайын» майлылығы 3,2 %"
SSCC = "146070950831234560"


def run(count: int, shape: str = "clothes", seed: str = "press") -> Run:
    """So many units of one product."""
    chance = random.Random(f"{seed} {shape}")  # noqa: S311 - to be repeated
    first = draw(SHAPE[shape], chance)
    family = SHAPE[shape].family
    gtin = first[:14] if family is Family.T29 else first[2:16]
    drawn = (draw(SHAPE[shape], chance) for _ in range(count))
    codes = [
        gtin + code[14:] if family is Family.T29 else code[:2] + gtin + code[16:] for code in drawn
    ]
    return Run(Facts(NAME, gtin, "7", date(2026, 11, 20), date(2027, 11, 20)), family, codes)


def order(form: Format = Format.PDF, layout: str = "roll-58x40", **told) -> Order:
    chosen = ready.named(layout)
    return Order(chosen, form, fonts.find(), told.pop("dpi", chosen.dpi), **told)


def printed(material, asked: Order) -> tuple[bytes, Report]:
    report = Report()
    return b"".join(press.printed(iter(material), asked, report)), report


def scanned(file: bytes, pages, dpi: int = 203) -> list[str]:
    """The Data Matrix codes of a PDF, page by page, each page from its top left."""
    paper, found = pages(file), []
    for number in range(len(paper)):
        read = zxingcpp.read_barcodes(
            np.ascontiguousarray(paper.dots(number, dpi)),
            formats=zxingcpp.BarcodeFormat.DataMatrix,
        )
        placed = sorted(
            (round(one.position.top_left.y / 40), one.position.top_left.x, one.bytes.decode())
            for one in read
        )
        found += [code for _, _, code in placed]
    return found


def test_a_run_comes_out_as_a_page_a_label_in_its_order(pages):
    units = run(7)

    file, report = printed([units], order())

    assert scanned(file, pages) == units.codes
    assert (report.labels, report.pages, report.symbols_checked) == (7, 7, 7)
    assert report.module_mm(203) == (0.626, 0.626)


def test_a_used_sheet_is_filled_up_and_copies_stand_side_by_side(pages):
    units = run(10)

    file, report = printed([units], order(layout="a4-3x8", dpi=300, start=23, copies=3))

    assert scanned(file, pages, 300) == [code for code in units.codes for _ in range(3)]
    assert (report.labels, report.pages, report.symbols_checked) == (30, 3, 10)


def test_the_same_labels_are_the_same_bytes_in_whatever_portions_they_come():
    units = run(40)
    parts = [units._replace(codes=units.codes[at : at + 7]) for at in range(0, 40, 7)]

    whole, _ = printed([units], order())
    again, _ = printed(parts, order())

    assert whole == again


@pytest.mark.parametrize("form", [form for form in Format if not form.is_of_one_label])
def test_every_form_is_made_of_every_family(form):
    for shape in ("milk", "clothes", "shoes", "pack"):
        file, report = printed([run(5, shape)], order(form, layout="roll-58x60"))

        assert file
        assert report.labels == 5


def test_a_picture_has_one_label_and_no_more():
    units = run(1)

    picture, _ = printed([units], order(Format.PNG))

    assert picture.startswith(b"\x89PNG")
    with pytest.raises(LabelCountNotFitting):
        printed([run(2)], order(Format.SVG))


def test_nothing_leaves_after_a_symbol_that_does_not_read_back(monkeypatch):
    """A fault of the encoder's: one of 3,000 labels would carry its neighbour's code."""
    units = [run(1_000, seed=f"{part}") for part in range(3)]
    right = data_matrix.many

    def wrong(codes, family):
        made = right(codes, family)
        if codes == units[1].codes:
            made[500] = made[501]._replace(content=codes[500])
        return made

    monkeypatch.setattr(data_matrix, "many", wrong)
    report, left = Report(), []
    with pytest.raises(SymbolMisread) as raised:
        left.extend(press.printed(iter(units), order(), report))

    assert report.symbols_checked == 1_000
    assert not b"".join(left).rstrip().endswith(b"%%EOF")
    assert units[1].codes[500][-10:] not in str(raised.value)


def test_goods_are_asked_for_as_they_are_printed():
    """A file of any length is made in the memory of a few portions."""
    asked = []

    def material():
        for part in range(40):
            asked.append(part)
            yield run(64, seed=str(part))

    pieces = press.printed(material(), order(), Report())
    next(pieces)

    assert len(asked) <= 2
    pieces.close()


def test_a_package_is_labelled_with_its_number(pages):
    told = PackageFacts(SSCC, "TRANSPORT", NAME, "04610053149777", 960, "7", "Sender", "Receiver")

    file, report = printed([told], order(layout="logistic-100x150"))

    [found] = [
        one
        for one in zxingcpp.read_barcodes(np.ascontiguousarray(pages(file).dots(0, 203)))
        if one.bytes.startswith(b"00")
    ]
    assert found.bytes.decode()[:20] == f"00{SSCC}"
    assert report.symbols_checked >= 1


def test_a_jammed_printer_is_sent_the_rest():
    units, asked = run(30), order(Format.ZPL, copies=2)
    jobs = list(press.jobs(iter([units]), asked, Report()))

    rest = press.jobs(
        iter([units._replace(codes=units.codes[:20]), units._replace(codes=units.codes[20:])]),
        asked,
        Report(),
        first=42,
    )

    assert len(jobs) == 60
    assert list(rest) == jobs[41:]


def test_a_sheet_has_no_position_beyond_its_last():
    with pytest.raises(StartBeyondSheet):
        printed([run(1)], order(layout="a4-3x8", start=25))


@pytest.mark.parametrize("form", [Format.ZPL_TEXT, Format.TSPL_TEXT])
def test_a_label_in_text_is_the_same_wherever_its_run_begins(form):
    units, asked = run(30, "shoes"), order(form, layout="roll-58x60")

    whole, report = printed([units], asked)
    jobs = list(press.jobs(iter([units]), asked, Report()))
    rest = list(press.jobs(iter([units]), asked, Report(), first=11))

    assert b"".join(jobs) == whole
    assert rest == jobs[10:]
    assert report.symbols_checked == 0


@pytest.mark.parametrize("form", [Format.ZPL, Format.ZPL_BX, Format.ZPL_TEXT, Format.TSPL_TEXT])
def test_room_for_a_size_more_is_left_where_the_printer_makes_the_symbol(form):
    some = run(20, "shoes")
    asked = order(form, "roll-80x50")

    drawings = press.composer_of(asked).units(some.facts, some.family, some.codes)

    for drawing in drawings:
        [(symbol, left, top, module, _)] = drawing.placed
        taken = module * (modules.next_side(symbol.columns) + 1)
        beside = min(words.left for words in drawing.face.words if words.baseline < top + taken)
        assert (beside >= left + taken) == form.is_encoded_by_printers
