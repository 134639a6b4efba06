"""A packing line's report, whole or refused whole."""

import codecs
import re
from pathlib import Path

import pytest

from domain.aggregation.reports import read_report, read_sscc, read_ssccs
from domain.errors import BodyTooLarge, LineReportInvalid, NoGoods, SsccInvalid
from domain.recognition import exact
from tests.rules.line_report_samples import (
    CASE,
    CIGARETTES,
    FORMS,
    GROUP,
    MARKED,
    PALLET,
    TYPED,
    UNIT,
    WRONG,
)

AMBIGUOUS = "0014607095083523456690ABVUdGV"  # an SSCC with AI 90, or a cigarette pack's code


def faults(buffer):
    with pytest.raises(LineReportInvalid) as refused:
        read_report(buffer)
    assert refused.value.count >= len(refused.value.errors) > 0
    return [(error["line"], error["what"]) for error in refused.value.errors]


def test_codes_and_packages_come_with_their_parents_and_lines():
    lines = [f"{CASE}\t{UNIT}", f"{CASE}\t{MARKED}", "", f"{GROUP}\t{UNIT}", f"{PALLET}\t00{CASE}"]
    buffer = "\n".join(lines).encode()

    report = read_report(buffer)

    assert report.packages == [(CASE, None), (None, GROUP), (PALLET, None)]
    assert report.first_lines.tolist() == [1, 4, 5]
    assert [report.children[row] for row in range(3)] == [UNIT, MARKED, UNIT]
    assert report.children.numbers.tolist() == [1, 2, 4]
    assert report.parent_of.tolist() == [0, 0, 1]
    assert report.child_packages == [(5, CASE, 2)]


def test_the_example_of_the_documentation_can_be_read():
    document = Path(__file__).parents[2] / "docs" / "packing.md"
    example = re.search(r"```text\n(.*?)```", document.read_text(), re.DOTALL)[1]

    report = read_report(example.replace("<GS>", "\x1d").encode())

    assert [name.sscc or name.code[:16] for name in report.packages] == [CASE, PALLET, GROUP[:16]]
    assert len(report.children) == 3
    assert report.child_packages == [(3, CASE, 1)]


def test_codes_stay_in_the_buffer_and_can_be_recognised_there():
    buffer = f"{CASE}\t{MARKED}\r\n{CASE}\t{CIGARETTES}\r\n{PALLET}\t{CASE}\r\n".encode()

    report = read_report(buffer)

    assert report.children.buffer is buffer
    assert {"04610053149777", "04601653035829"} <= exact.gtins_of(report.children)


def test_packages_that_are_named_by_a_code_can_be_recognised():
    buffer = f"{CASE}\t{UNIT}\n\n{GROUP}\t{UNIT}\n{GROUP}\t{MARKED}\n{MARKED}\t{UNIT}\n".encode()

    indices, texts = read_report(buffer).coded()

    assert indices == [1, 2]
    assert [texts[row] for row in range(len(texts))] == [GROUP, MARKED]
    assert texts.numbers.tolist() == [3, 5]


def test_a_package_is_one_in_whatever_form_it_is_scanned():
    buffer = "".join(f"{form.format(CASE)}\t{UNIT}\n" for form in FORMS).encode()
    buffer += f"{TYPED}\t{UNIT}\n".encode()

    report = read_report(buffer)

    assert report.packages == [(CASE, None)]
    assert report.parent_of.tolist() == [0] * (len(FORMS) + 1)


def test_a_package_that_comes_back_later_is_the_same():
    lines = [f"{CASE}\t{UNIT}\n", f"{PALLET}\t{UNIT}\n", f"00{PALLET}\t{UNIT}\n"]

    report = read_report("".join(lines * 50).encode())

    assert report.packages == [(CASE, None), (PALLET, None)]
    assert report.parent_of.tolist() == [0, 1, 1] * 50


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_line_endings_and_a_byte_order_mark_say_nothing(ending, mark):
    lines = [f"{CASE}\t{UNIT}", "", f"{PALLET}\t{CASE}"]

    report = read_report(mark + ending.join(lines).encode())

    assert report.packages == [(CASE, None), (PALLET, None)]
    assert report.children[0] == UNIT
    assert report.child_packages == [(3, CASE, 1)]


def test_a_last_line_may_lack_its_line_feed_and_a_name_may_have_a_thousand_bytes():
    buffer = f"{CASE}\t{'x' * 1_000}\n{'x' * 1_000}\t{UNIT}\r".encode()

    report = read_report(buffer)

    assert report.packages == [(CASE, None), (None, "x" * 1_000)]
    assert report.children[1] == UNIT


@pytest.mark.parametrize(
    ("child", "sscc"),
    [
        (f"01046100531497771126123100{CASE}", CASE),  # GTIN, production date, SSCC
        (f"0104610053149777240A1\x1d00{CASE}", CASE),  # GTIN, further number, SSCC
        ("014607095000000321", "014607095000000321"),  # looks like the beginning of a code
        ("14607095083123456:", None),
        (AMBIGUOUS, None),
        (f"01046100531497772100{CASE}", None),  # GTIN and serial
        (f"02046100531497773724\x1d00{CASE}", CASE),  # content, count, SSCC
    ],
)
def test_an_sscc_is_told_from_what_looks_like_it(child, sscc):
    report = read_report(f"{PALLET}\t{child}\n".encode())

    assert report.child_packages == ([(1, sscc, 0)] if sscc else [])
    assert len(report.children) == (0 if sscc else 1)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (f"{CASE} {UNIT}", "There are no TABs; one stands between package and content."),
        (f"{CASE}\t{UNIT}\t1", "There are 2 TABs; one stands between package and content."),
        (f"{WRONG}\t{UNIT}", f"SSCC {WRONG} has check digit 1; expected 0."),
        (f"{CASE}\t00{WRONG}", f"SSCC {WRONG} has check digit 1; expected 0."),
        (f"{CASE}\t(00) {WRONG} ", f"SSCC {WRONG} has check digit 1; expected 0."),
        (f"{CASE[:-1]}\t{UNIT}", "17 digits are neither an SSCC nor a code."),
        (f"{CASE}\t4610053149777", "13 digits are neither an SSCC nor a code."),
        (f"{CASE}\t12{CASE}", "20 digits are neither an SSCC nor a code."),
        (f"\t{UNIT}", "Nothing stands before the TAB."),
        (f"{CASE}\t", "Nothing stands after the TAB."),
        (f"{CASE}\t{UNIT}\0", "The control character U+0000 stands there."),
        (f"{CASE}\t{UNIT}\r\r", "A carriage return stands inside; lines end with LF or CR LF."),
        (f"{CASE}\t{'5' * 1_001}", "More than 1,000 bytes are no code."),
        (f"{'5' * 1_001}\t{UNIT}", "More than 1,000 bytes are no package."),
        (b"146070950831234560\t\xea\xee\xe4", "The line is not UTF-8."),
    ],
)
def test_one_bad_row_among_ten_thousand_refuses_all(row, what):
    rows = [f"{CASE}\t{MARKED}".encode()] * 10_000
    rows[6_789] = row if isinstance(row, bytes) else row.encode()

    assert faults(b"\n".join(rows) + b"\n") == [(6_790, what)]


def test_a_hundred_faults_are_told_and_all_are_counted():
    wrong_ssccs = f"{CASE}\t{WRONG}\n".encode() * 300
    wrong_widths = f"{CASE}\t{WRONG}\n{CASE}\t4610053149777\n".encode() * 150
    wrong_lines = b"no tab\n" * 300

    for buffer in (wrong_ssccs, wrong_widths, wrong_lines):
        with pytest.raises(LineReportInvalid) as refused:
            read_report(buffer)
        assert refused.value.count == 300
        assert [error["line"] for error in refused.value.errors] == [*range(1, 101)]


def test_faults_are_told_in_the_order_of_their_lines():
    buffer = f"{CASE}\t1\n{WRONG}\t22\n{CASE}\t333\n{CASE[1:]}\t{UNIT}\n".encode()

    assert [line for line, _ in faults(buffer)] == [1, 2, 2, 3, 4]


def test_a_file_that_ends_within_a_character_is_refused():
    buffer = f"{CASE}\tж".encode()[:-1]

    assert faults(buffer) == [(1, "The line is not UTF-8.")]


def test_a_file_with_carriage_returns_alone_is_refused():
    buffer = f"{CASE}\t{UNIT}\r{CASE}\t{MARKED}\r".encode()

    assert faults(buffer) == [(1, "A carriage return stands inside; lines end with LF or CR LF.")]


def test_a_file_of_two_byte_characters_is_refused():
    buffer = f"{CASE}\t{UNIT}\n".encode("utf-16")

    assert faults(buffer)[0] == (1, "The control character U+0000 stands there.")


def test_a_line_of_forty_megabytes_is_refused():
    start = f"{CASE}\t".encode()

    assert faults(start + b"x" * 40_000_000) == [(1, "More than 1,000 bytes are no code.")]
    assert faults(b"\t" * 40_000_000)[0][1].startswith("There are 40000000 TABs")


@pytest.mark.parametrize("buffer", [b"", b"\n\r\n\n", codecs.BOM_UTF8, codecs.BOM_UTF8 + b"\r\n"])
def test_an_empty_file_names_no_goods(buffer):
    with pytest.raises(NoGoods):
        read_report(buffer)


@pytest.mark.parametrize("buffer", [b"a\tb\n" * 1_100_001, b"\n" * 2_200_001])
def test_more_lines_than_a_million_units_need_are_refused(buffer):
    with pytest.raises(BodyTooLarge) as refused:
        read_report(buffer)

    assert refused.value.facts == {"limit": 1_100_000, "unit": "lines"}


@pytest.mark.parametrize("form", FORMS)
def test_an_sscc_is_read_in_every_form(form):
    assert read_sscc(form.format(CASE)) == CASE
    assert read_sscc(form.format(WRONG)) is None


def test_an_sscc_is_read_as_another_keyboard_types_it():
    assert TYPED != "00" + CASE
    assert read_sscc(TYPED) == CASE


@pytest.mark.parametrize(
    "text",
    [
        "",
        CASE[1:],
        CASE + "0",
        UNIT,
        MARKED,
        CIGARETTES,
        "\u0661" * 18,
        "(00)",
        "00" * 500,
        AMBIGUOUS,
    ],
)
def test_what_is_no_sscc_names_no_package(text):
    assert read_sscc(text) is None


def test_a_list_of_ssccs_is_read_whole_or_refused_with_what_is_wrong():
    assert read_ssccs([CASE, f"(00){PALLET}"]) == [CASE, PALLET]
    assert read_ssccs([]) == []

    with pytest.raises(SsccInvalid) as refused:
        read_ssccs([CASE, WRONG, MARKED, *["x"] * 5])

    assert refused.value.facts == {"count": 7, "examples": (WRONG, MARKED[:24], "x")}


@pytest.mark.parametrize("code", [MARKED, CIGARETTES])
def test_no_verification_code_is_told(code):
    with pytest.raises(SsccInvalid) as refused:
        read_ssccs([code])

    (told,) = refused.value.examples
    assert code.startswith(told)
    assert len(told) <= code.index("dGVz")
