"""Bars hold what GS1 allows, and say it exactly."""

import random

import pytest
import zxingcpp

from domain.standards.alphabets import Alphabet
from domain.standards.gs1_keys import check_digit
from labels.refusals import ContentNotFitting
from labels.symbols import linear
from labels.symbols.symbol import Symbology
from tests.labels.decoded import read
from tests.labels.symbol_pictures import bitmap

GS = chr(29)
SSCC = "146070950831234560"
GTIN = "04610053149777"
CHANCE = random.Random("bars")  # noqa: S311 - drawn to be repeated, not to be secret


def with_check_digit(digits: str) -> str:
    return digits + check_digit(digits)


def drawn(length: int, count: int, first: str = "") -> list[str]:
    """So many keys of this length, the check digit counted."""
    rest = length - 1 - len(first)
    return [with_check_digit(first + f"{CHANCE.randrange(10**rest):0{rest}}") for _ in range(count)]


def test_an_sscc_reads_back_as_gs1_128():
    symbol = linear.sscc(SSCC)

    assert read(bitmap(symbol, 4)) == (b"00" + SSCC.encode(), "]C1")
    assert symbol.columns == 156


def test_every_sscc_is_as_wide_as_every_other():
    for code in drawn(18, 200):
        symbol = linear.sscc(code)

        assert symbol.columns == 156
        assert read(bitmap(symbol, 2)) == (b"00" + code.encode(), "]C1")


def test_a_gtin_reads_back_as_ean_13_ean_8_and_itf_14():
    for code in drawn(13, 200, first="4"):
        assert read(bitmap(linear.ean_13(code), 2)) == (code.encode(), "]E0")
    for code in drawn(8, 100):
        assert read(bitmap(linear.ean_8(code), 2)) == (code.encode(), "]E4")
    for code in drawn(14, 200):
        assert read(bitmap(linear.itf_14(code), 2)) == (code.encode(), "]I1")


@pytest.mark.parametrize(
    ("gtin", "symbology", "content"),
    [
        ("04610053149777", Symbology.EAN_13, "4610053149777"),
        ("4610053149777", Symbology.EAN_13, "4610053149777"),
        ("00614141123452", Symbology.EAN_13, "0614141123452"),
        ("614141123452", Symbology.EAN_13, "0614141123452"),
        ("00000046000514", Symbology.EAN_8, "46000514"),
        ("46000514", Symbology.EAN_8, "46000514"),
        ("15400141288763", Symbology.ITF_14, "15400141288763"),
    ],
)
def test_a_trade_item_has_the_symbol_that_its_gtin_is_sold_by(gtin, symbology, content):
    symbol = linear.trade_item(gtin)

    assert (symbol.symbology, symbol.content) == (symbology, content)
    assert read(bitmap(symbol, 2))[0] == content.encode()


def test_the_case_of_a_trade_item_may_carry_its_own_gtin_as_itf_14():
    assert linear.itf_14("4610053149777").content == "04610053149777"


@pytest.mark.parametrize("symbology", [linear.ean_13, linear.itf_14, linear.trade_item])
@pytest.mark.parametrize(
    "gtin",
    [
        "",
        "4610053149776",
        "461005314977",
        "4610053149777 ",
        " 4610053149777",
        "461005314977A",
        "04610053149777\n",
        "\N{ARABIC-INDIC DIGIT FOUR}610053149777",
        "4610053149777" + GS,
    ],
)
def test_a_wrong_gtin_is_refused_and_not_mended(symbology, gtin):
    with pytest.raises(ContentNotFitting):
        symbology(gtin)


def test_a_gtin_goes_into_no_symbol_where_it_would_be_another_items():
    for symbology, gtin in [
        (linear.ean_13, "15400141288763"),
        (linear.ean_13, "46000514"),
        (linear.ean_13, "00000046000514"),
        (linear.ean_8, "4610053149777"),
        (linear.ean_8, "15400141288763"),
    ]:
        with pytest.raises(ContentNotFitting):
            symbology(gtin)


@pytest.mark.parametrize(
    "code", ["", "999", SSCC[:-1] + "1", "(00)" + SSCC, SSCC + "\n", SSCC + GS, SSCC + "\xf1"]
)
def test_what_is_no_sscc_becomes_no_symbol(code):
    with pytest.raises(ContentNotFitting):
        linear.sscc(code)


def test_elements_are_told_apart_whatever_is_in_them():
    for _ in range(300):
        lot = "".join(CHANCE.choices(Alphabet.SET_82.characters, k=CHANCE.randint(1, 14)))
        elements = [("02", GTIN), ("10", lot), ("37", str(CHANCE.randrange(1, 10**6)))]
        content = f"02{GTIN}10{lot}{GS}37{elements[2][1]}"

        symbol = linear.gs1_128(elements)

        assert symbol.content == content
        assert read(bitmap(symbol, 2)) == (content.encode(), "]C1")


def test_a_separator_stands_only_where_it_is_needed():
    one = linear.gs1_128([("02", GTIN), ("37", "12"), ("10", "A1")])
    other = linear.gs1_128([("02", GTIN), ("15", "271231"), ("37", "12")])

    assert one.content == f"02{GTIN}3712{GS}10A1"
    assert other.content == f"02{GTIN}152712313712"


def test_a_separator_is_fnc1_itself_which_is_narrower_than_the_character():
    elements = [("02", GTIN), ("37", "12"), ("10", "1234567890")]
    peer = zxingcpp.create_barcode(
        "".join(f"[{ai}]{value}" for ai, value in elements),
        zxingcpp.BarcodeFormat.Code128,
        gs1=True,
    )
    width = peer.to_image(scale=1, add_quiet_zones=False).shape[1]

    assert linear.gs1_128(elements).columns <= width + 11


@pytest.mark.parametrize(
    "elements",
    [
        [],
        [("02", GTIN)],
        [("37", "12")],
        [("02", GTIN), ("37", "123456789")],
        [("02", GTIN), ("37", "12A")],
        [("02", "04610053149776"), ("37", "12")],
        [("02", GTIN), ("37", "12"), ("10", "")],
        [("02", GTIN), ("37", "12"), ("10", "x" * 21)],
        [("02", GTIN), ("37", "12"), ("10", f"A{GS}1")],
        [("02", GTIN), ("37", "12"), ("10", "A\xf11")],
        [("02", GTIN), ("37", "12"), ("10", "партия")],
        [("02", GTIN), ("37", "12"), ("10", "A 1")],
        [("02", GTIN), ("37", "12"), ("15", "271331")],
        [("02", GTIN), ("37", "12"), ("02", GTIN)],
        [("(02)", GTIN), ("37", "12")],
        [("01", GTIN), ("37", "12")],
        [("0", GTIN)],
    ],
)
def test_what_the_ais_do_not_allow_becomes_no_symbol(elements):
    with pytest.raises(ContentNotFitting):
        linear.gs1_128(elements)


def test_a_symbol_holds_48_characters_and_no_more():
    elements = [("02", GTIN), ("37", "12345678"), ("10", "x" * 19)]
    assert len(linear.gs1_128(elements).content) == 48

    with pytest.raises(ContentNotFitting) as raised:
        linear.gs1_128([*elements[:2], ("10", "x" * 20)])

    assert "48" in raised.value.reason
