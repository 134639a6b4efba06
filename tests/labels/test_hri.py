"""What people read beside a symbol, and what they must not."""

import traceback

import pytest

from domain.catalogue.templates import Family
from labels.refusals import ContentNotFitting
from labels.symbols import hri, linear

GS = chr(29)
PACK = "04601653035829H;dV)bFACVUdGVz"


@pytest.mark.parametrize(
    ("code", "family", "lines"),
    [
        (
            f"0104610053149777215d/w(U{GS}93dGVz",
            Family.S,
            ("(01)04610053149777", "(21)5d/w(U"),
        ),
        (
            f"0104610053149777215d(21)x{GS}8005090000{GS}93dGVz",
            Family.S,
            ("(01)04610053149777", "(21)5d(21)x"),
        ),
        (
            f"010461005314977721<91>&'\"{GS}91EE05{GS}92{'A' * 44}",
            Family.L44,
            ("(01)04610053149777", "(21)<91>&'\""),
        ),
        (PACK, Family.T29, ("04601653035829", "H;dV)bF")),
    ],
)
def test_a_unit_shows_gtin_and_serial_and_nothing_else(code, family, lines):
    assert hri.lines(code, family) == lines


def test_no_template_shows_its_verification_code(shape, codes):
    for code in codes(50):
        shown = "".join(hri.lines(code, shape.family))

        if shape.family is Family.T29:
            assert shown == code[:21]
        else:
            plain = shown.removeprefix("(01)").replace("(21)", "21", 1)
            assert code.startswith(f"01{plain}{GS}")


@pytest.mark.parametrize(
    "code",
    [
        f"0104610053149777215d/w(U{GS}dGVz",
        f"0104610053149777215d/w(U{GS}93dGVz{GS}dGVz",
        f"0104610053149777215d/w(U{GS}93dGVz{GS}93dGVz",
        f"0104610053149777215d/w(U{GS}93dGV{chr(0x44F)}",
        f"0104610053149777215d/w(U{GS}91EE05{GS}dGVz{'A' * 40}",
        "04601653035829H;dV)bFdGVz ACU",
        "04601653035829H;dV)bFACVUdGV" + chr(0x44F),
    ],
)
@pytest.mark.parametrize("family", [Family.S, Family.T29])
def test_the_reason_why_a_code_is_refused_tells_nothing_of_its_verification_code(code, family):
    with pytest.raises(ContentNotFitting) as raised:
        hri.lines(code, family)

    told = "".join(traceback.format_exception(raised.value))
    assert "dGV" not in told


def test_an_sscc_is_read_out_in_groups():
    assert hri.sscc("146070950831234560") == "(00) 1 4607 0950 8312 3456 0"
    with pytest.raises(ContentNotFitting):
        hri.sscc("146070950831234561")


def test_elements_stand_on_one_line_without_separators():
    elements = [("02", "04610053149777"), ("37", "12"), ("10", "A(1")]

    assert hri.gs1_128(elements) == "(02)04610053149777(37)12(10)A(1"
    assert hri.gs1_128([*elements, ("93", "dGVz")]) == "(02)04610053149777(37)12(10)A(1"


@pytest.mark.parametrize(
    ("gtin", "text"),
    [
        ("04610053149777", "4 610053 149777"),
        ("00000046000514", "4600 0514"),
        ("15400141288763", "1 54 00141 28876 3"),
    ],
)
def test_the_digits_of_a_trade_item_stand_in_groups(gtin, text):
    assert hri.trade_item(linear.trade_item(gtin)) == text
