"""Sheets and rolls: what a printer puts on paper is what was asked for, dot for dot."""

# ruff: noqa: RUF001 - letters that look like others are meant

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from domain.catalogue.templates import Family
from labels.pdf import MOST_LABELS, Label, PrintOptions, Report, write_labels
from labels.refusals import (
    ContentNotFitting,
    DoesNotFit,
    LabelCountNotFitting,
    ResolutionNotFitting,
    StartBeyondSheet,
    UnknownStock,
)
from labels.stock import STOCKS, place, stock_named
from labels.symbols import data_matrix
from labels.symbols.dots import bitmap

GS = chr(29)
MILK = Label(f"0104610053149777215d/w(U{GS}93dGVz", Family.S, "Молоко «Луговое» 2,5 %, 930 мл")
PACK = Label("04601653035829H;dV)bFACVUdGVz", Family.T29, "Сигареты «Берег» синие")
SHOES = Label(
    f"0102900000323049215B(DJ)fD8.&jdm{GS}91003A{GS}92{'Ab/+' * 21}Pg==", Family.L88, "Кроссовки"
)
URI = "https://id.example.org/01/04610053149777/21/5d%2Fw%28U"
SHEET, ROLL = STOCKS["a4-3x8"], STOCKS["roll-43x25"]
VECTORS = Path(__file__).parents[1] / "vectors" / "product_names.tsv"


def printed(labels, stock=ROLL, **options) -> tuple[bytes, Report]:
    out = io.BytesIO()
    report = write_labels(labels, out, stock, PrintOptions(**options))
    return out.getvalue(), report


def read_all(dots) -> set[tuple[bytes, str]]:
    found = zxingcpp.read_barcodes(dots, formats=zxingcpp.BarcodeFormat.DataMatrix)
    return {(one.bytes, one.symbology_identifier) for one in found}


def expected(code: str, family: Family) -> tuple[bytes, str]:
    return code.encode(), "]d1" if family is Family.T29 else "]d2"


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("stock", ["a4-3x8", "a4-4x10", "roll-58x40"])
def test_every_template_reads_back_from_paper(stock, dpi, one_of_each, pages):
    stock = STOCKS[stock]
    labels = [Label(code, family, "Товар — тауар — ապրանք") for code, family in one_of_each]

    file, report = printed(labels, stock, dpi=dpi)

    paper = pages(file)
    read = set().union(*(read_all(paper.dots(page, dpi)) for page in range(len(paper))))
    assert read == {expected(code, family) for code, family in one_of_each}
    assert report.symbols_checked == report.labels == len(labels)
    assert report.pages == len(paper)
    assert 0.255 <= report.module_mm[0] <= report.module_mm[1] <= 0.680


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("stock", STOCKS)
def test_no_dot_of_a_symbol_is_wrong(stock, dpi, pages):
    stock = STOCKS[stock]
    last = stock.positions

    file, _ = printed([MILK], stock, dpi=dpi, start=last)

    symbol = data_matrix.one(MILK.marking_code, MILK.family)
    spot = place(stock, dpi, symbol.columns, None).symbol
    ideal = bitmap(symbol, spot.module)
    left, top = (round(mm / 25.4 * dpi) for mm in stock.corner_mm(last - 1))
    x, y = left + spot.left - spot.module, top + spot.top - spot.module
    dots = pages(file).dots(0, dpi)
    assert dots.shape == tuple(round(mm / 25.4 * dpi) for mm in reversed(stock.page_mm))
    assert np.array_equal(dots[y : y + len(ideal), x : x + len(ideal)], ideal)


@pytest.mark.parametrize("stock", STOCKS)
def test_gtin_and_serial_are_printed_and_the_verification_code_is_not(stock, pages):
    file, _ = printed([MILK, replace(MILK, product_name="")], STOCKS[stock])

    text = pages(file).text(0)
    assert "(01)04610053149777" in text
    assert "(21)5d/w(U" in text
    assert "dGVz" not in text
    assert b"dGVz" not in file


def test_a_pack_whose_symbol_has_no_ais_has_none_in_its_text(pages):
    file, _ = printed([PACK])

    lines = pages(file).text(0).splitlines()
    assert lines[-2:] == ["04601653035829", "H;dV)bF"]


def test_every_name_is_printed_and_its_font_is_embedded_in_part(pages):
    with VECTORS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    names = [row["name"] for row in rows]

    file, _ = printed([replace(MILK, product_name=name) for name in names], SHEET)

    paper = pages(file)
    text = "".join("".join(paper.text(page).split()) for page in range(len(paper)))
    for name in names:
        start = "".join(name.replace("֏", "դր.").split())[:20]
        assert start in text
    assert b"/FontFile2" in file
    assert len(file) < 120_000


HOSTILE = [
    ") Tj ET Q 0 0 1 rg 0 0 999 999 re f BT (",
    "\\) Tj\n/F1 99 Tf (\\101",
    "</text><script>alert(1)</script>",
    "^XZ^XA~JA\x1b@",
    "%PDF-1.7 endstream endobj xref trailer",
    "\u202eкод\u202c \u2066x\u2069",
    "\x00\x01\x1d\x7f\ud800\uffff",
    "W" * 1000,
    "слово " * 200,
    "з\u0301\u0302\u0303\u0304" * 50,
    "שלום שלום",
    "𝕏 😀 茶",
    "",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_harms_nothing(name, pages):
    label = replace(MILK, product_name=name, details=(name, name))
    plain = replace(MILK, product_name="", details=())

    file, _ = printed([label, plain], STOCKS["roll-58x40"])

    first, second = (pages(file).dots(page, 203) for page in (0, 1))
    symbol = {expected(MILK.marking_code, MILK.family)}
    assert read_all(first) == read_all(second) == symbol
    assert (first[:, :16] == 255).all()
    assert (first[:, -14:] == 255).all()
    assert (first[:14] == 255).all()
    assert (first[-14:] == 255).all()


def test_a_digital_link_is_printed_beside_the_marking_code(pages):
    label = replace(MILK, digital_link=URI)

    file, report = printed([label], SHEET)

    found = zxingcpp.read_barcodes(pages(file).dots(0, 300))
    assert {(one.bytes.decode(), one.symbology_identifier) for one in found} == {
        (MILK.marking_code, "]d2"),
        (URI, "]Q1"),
    }
    assert report.symbols_checked == 2


def test_what_does_not_fit_is_refused_with_the_millimetres():
    with pytest.raises(DoesNotFit) as raised:
        printed([replace(SHOES, digital_link=URI)], ROLL)

    refusal = raised.value
    assert refusal.what == "Data Matrix"
    assert refusal.needed_mm > refusal.available_mm
    assert (refusal.stock, refusal.dpi) == ("roll-43x25", 203)


def test_a_qr_code_higher_than_the_label_is_refused():
    with pytest.raises(DoesNotFit) as raised:
        printed([replace(MILK, digital_link=URI)], replace(SHEET, label_mm=(70, 16)))

    assert raised.value.what == "QR code"


@pytest.mark.parametrize("side", [5, 12, 17])
def test_a_label_too_small_for_any_symbol_is_refused(side):
    tiny = replace(ROLL, name="tiny", page_mm=(side, side), label_mm=(side, side))

    with pytest.raises(DoesNotFit):
        printed([MILK], tiny)


def test_a_column_too_narrow_for_the_gtin_is_refused():
    with pytest.raises(DoesNotFit) as raised:
        printed([MILK], replace(SHEET, narrowest_text_mm=8, label_mm=(36, 37)))

    assert raised.value.what == "text"


def test_printing_starts_where_the_sheet_is_still_unused(pages):
    file, report = printed([MILK, PACK], SHEET, start=24, dpi=300, cut_marks=False)

    paper = pages(file)
    assert report.pages == len(paper) == 2
    assert read_all(paper.dots(0, 300)) == {expected(MILK.marking_code, MILK.family)}
    assert read_all(paper.dots(1, 300)) == {expected(PACK.marking_code, PACK.family)}
    assert (paper.dots(0, 300)[:3000] == 255).all()


def test_cut_marks_stand_on_the_corners_of_labels_and_nowhere_on_rolls(pages):
    file, _ = printed([MILK], SHEET, dpi=300)
    roll, _ = printed([replace(MILK, product_name="")], dpi=300)

    dots = pages(file).dots(0, 300)
    x, y = (round(mm / 25.4 * 300) for mm in (140, 0.5 + 7 * 37))
    assert (dots[y - 15 : y + 15, x - 2 : x + 3].min(axis=1) < 255).all()
    assert (dots[y - 300 : y - 30, x - 2 : x + 3] == 255).all()
    assert (pages(roll).dots(0, 300)[:10] == 255).all()


def test_copies_follow_one_another_and_are_checked_once():
    _, report = printed([MILK, PACK], SHEET, copies=13)

    assert (report.labels, report.pages, report.symbols_checked) == (26, 2, 2)


@pytest.mark.parametrize("start", [-1, 0, 25])
def test_a_start_beyond_the_sheet_is_refused(start):
    with pytest.raises(StartBeyondSheet):
        printed([MILK], SHEET, start=start)


@pytest.mark.parametrize("copies", [-1, 0, MOST_LABELS + 1])
def test_a_count_of_copies_that_nobody_prints_is_refused(copies):
    with pytest.raises(LabelCountNotFitting):
        printed([MILK], SHEET, copies=copies)


def test_no_labels_at_all_are_refused():
    with pytest.raises(LabelCountNotFitting):
        printed([], SHEET)


@pytest.mark.parametrize("dpi", [0, 72, 5000])
def test_a_printer_that_cannot_be_is_refused(dpi):
    with pytest.raises(ResolutionNotFitting):
        printed([MILK], SHEET, dpi=dpi)


def test_an_unknown_stock_is_refused_with_the_known_ones():
    with pytest.raises(UnknownStock) as raised:
        stock_named("a4-9x9")

    assert raised.value.known == tuple(STOCKS)
    assert stock_named("a4-3x8") is SHEET


@pytest.mark.parametrize(
    ("labels", "copies"),
    [
        ([MILK, replace(MILK, marking_code="nonsense")], 1),
        ([MILK, replace(SHOES, digital_link=URI)], 1),
        ([MILK] * 2, MOST_LABELS // 2 + 1),
    ],
)
def test_a_refused_run_writes_nothing(labels, copies):
    out = io.BytesIO()

    with pytest.raises((ContentNotFitting, DoesNotFit, LabelCountNotFitting)):
        write_labels(iter(labels), out, STOCKS["roll-43x25"], PrintOptions(copies=copies))
    assert out.getvalue() == b""


def test_the_same_labels_give_the_same_bytes():
    labels = [MILK, PACK, SHOES]

    assert printed(labels, SHEET)[0] == printed(labels, SHEET)[0]


def test_a_viewer_is_told_not_to_scale():
    file, _ = printed([MILK])

    assert re.search(rb"/PrintScaling\s*/None", file)


def test_a_label_does_not_show_its_verification_code_in_logs():
    assert "dGVz" not in repr(MILK)
