"""Data Matrix: two readers that share nothing with the encoder find exactly what was asked for."""

import random
import threading
from collections.abc import Sequence

import numpy as np
import pytest
import zxingcpp
from arbez_dmtx import decode
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.templates import Family
from domain.standards import element_string
from domain.standards.alphabets import Alphabet
from labels.refusals import ContentNotFitting
from labels.symbols import codewords, data_matrix, modules, tables
from labels.symbols.symbol import Symbol, Symbology
from tests.labels.symbol_pictures import bitmap

GS = chr(29)
SET_82 = Alphabet.SET_82.characters
DATA_MATRIX = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix)
GTIN = "04610053149777"
MILK = f"01{GTIN}215d/w(U{GS}93dGVz"
CLOTHES = f"01{GTIN}215t*NH>t:ngCfH{GS}91FFD0{GS}92dGVzdBL8SAtwRqhp7H9rfyI59GoJ8ec6X9GhckDf8JE="
SEVEN = "\N{ARABIC-INDIC DIGIT SEVEN}"
PACK = "04601653035829H;dV)bFACVUdGVz"

# Public samples: footwear without and with AI 240, clothing, dairy by the piece and by weight,
# water, beer by the bottle and the keg, soft drinks, perfume, a medical device, supplements,
# an antiseptic, a medicine, a block and a pack of cigarettes, alcohol.
SAMPLES = [
    (Family.L88, f"010290000032304921BxDJ)fD8.&jdm{GS}91003A{GS}925FoocZHR5PnetH3n6pYtr1Yh4MkNS5MxOakJjuE6teeozoexOH6Aixbnpj8l4XeSu1srkhk9FV2yy6kxX1Pmkg=="),
    (Family.L88, f"010463007000812321ymxGZZnG838XW{GS}2406403{GS}91ffd0{GS}92mliP3gYsRdl6IorVEB8/4vYOHiPQsKeCeayAqCjwWDhl0cK4SYMZwD8SU3aKdhNtXf/pSBbSC9V6o8BLIoBW0Q=="),
    (Family.L44, f"0104669000322220215t*NH>t:ngCfH{GS}91FFD0{GS}92dGVzdBL8SAtwRqhp7H9rfyI59GoJ8ec6X9GhckDf8JE="),
    (Family.S, f"0104610053149777215d/wuU{GS}93dGVz"),
    (Family.S, f"0104610053149777215d/wuU{GS}93dGVz{GS}3103123456"),
    (Family.S, f"0104653820923088215GoNfWgdcBeVZ{GS}93dGVz"),
    (Family.S, f"0104610053147452215d,OiLl{GS}93dGVz"),
    (Family.S, f"0104610053147452215d,OiLl{GS}93dGVz{GS}3350123456"),
    (Family.S, f"0104653820923170215KIDz?kLcy=rp{GS}93dGVz"),
    (Family.L44, f"0104640126996984215oKHnIQ;-kMAp{GS}91EE06{GS}92EQx6mn168sYnHBVjrPg1nFbkmMGp/iVwc6FJ21kX67I="),
    (Family.L44, f"0104603225022459215cI;3t1LgW_gV{GS}91EE08{GS}92IbHShLeDs+NGo3FMCq1FB7R8a6Cun/Eyra0iLou67ek="),
    (Family.S, f"0104669000322336215GmpVhJ.c':lI{GS}93dGVz"),
    (Family.S, f"0104607128160164215SGa:L0UJM=cE{GS}93vSFw"),
    (Family.L44, f"0108000036012000215884486546653{GS}91EE06{GS}92QKT9vdPhgmoRg6GAKmYgpMiP6X8HYolEeukFLhrQBfo="),
    (Family.S, f"010462930887704421DzkcYt2{GS}8005090000{GS}93dGVz"),
    (Family.T29, PACK),
    (Family.S, f"010487021676000721qKkdi+S{GS}93U3g5"),
]  # fmt: skip


def read(symbol: Symbol, dots: np.ndarray | None = None) -> tuple[bytes, str] | None:
    """What zxing-cpp finds in the symbol's rendering: the content, and its AIM identifier."""
    picture = bitmap(symbol, 3) if dots is None else dots
    found = zxingcpp.read_barcode(picture, formats=DATA_MATRIX, is_pure=True)
    return (found.bytes, found.symbology_identifier) if found and found.valid else None


def expected(symbol: Symbol) -> tuple[bytes, str]:
    return symbol.content.encode(), symbol.identifier


def read_by_libdmtx(symbol: Symbol) -> bytes | None:
    picture = np.pad(bitmap(symbol, 3), 6, constant_values=255)
    height, width = picture.shape
    found = decode((picture.repeat(3).tobytes(), width, height), max_count=1)
    return found[0].data if found else None


def damaged(symbol: Symbol, places: Sequence[tuple[int, int]]) -> np.ndarray:
    """The symbol's rendering with the modules at these places turned over."""
    dark = symbol.dark()
    for line, column in places:
        dark[line, column] ^= 1
    return bitmap(symbol._replace(rows=np.packbits(dark, axis=1).tobytes()), 3)


def inner_places(symbol: Symbol) -> list[tuple[int, int]]:
    """Places of modules that carry data: off the finder and alignment patterns."""
    size = next(size for size in modules.SIZES if size.side == symbol.columns)
    region = size.side // size.regions
    inner = [place for place in range(size.side) if place % region not in {0, region - 1}]
    return [(line, column) for line in inner for column in inner]


@pytest.mark.parametrize(("family", "code"), SAMPLES)
def test_public_samples_read_back_exactly(family, code):
    symbol = data_matrix.one(code, family)

    assert symbol.content == code
    assert symbol.identifier == ("]d1" if family is Family.T29 else "]d2")
    assert symbol.lines == symbol.columns
    assert read(symbol) == expected(symbol)
    assert data_matrix.many([code], family) == [symbol]


def test_random_codes_of_every_template_read_back_exactly(shape, codes):
    wanted = codes(400)

    made = data_matrix.many(wanted, shape.family)

    assert [symbol.content for symbol in made] == wanted
    assert [read(symbol) for symbol in made] == [expected(symbol) for symbol in made]


def test_a_second_reader_agrees(shape, codes):
    made = data_matrix.many(codes(160), shape.family)

    # It does not tell separators; those that are characters, it does.
    for symbol in made:
        found = read_by_libdmtx(symbol)
        assert found is not None
        assert found.replace(b"\x1d", b"") == symbol.content.replace(GS, "").encode()


def test_each_of_the_82_characters_is_carried_at_every_place():
    wanted = [
        f"01{GTIN}21{'a' * before}{character}{'7' * after}{GS}93dGVz"
        for character in SET_82
        for before, after in [(0, 0), (0, 19), (19, 0), (1, 1), (2, 2), (3, 9)]
    ]

    made = data_matrix.many(wanted, Family.S)

    assert [read(symbol) for symbol in made] == [(code.encode(), "]d2") for code in wanted]


SERIALS = st.text(SET_82, min_size=1, max_size=20)
ANY_CODES = st.one_of(
    st.builds(lambda serial, tail: f"01{GTIN}21{serial}{GS}93{tail}", SERIALS, st.text(SET_82, min_size=4, max_size=4)),
    st.builds(lambda serial, lot: f"01{GTIN}21{serial}{GS}93dGVz{GS}10{lot}", SERIALS, st.text(SET_82, min_size=1, max_size=20)),
    st.builds(lambda serial, count: f"01{GTIN}21{serial}{GS}93dGVz{GS}90{'0Z' * count}", SERIALS, st.integers(1, 15)),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(ANY_CODES, max_size=40))
def test_many_make_what_one_makes_whatever_the_mix(wanted):
    made = data_matrix.many(wanted, Family.S)

    assert made == [data_matrix.one(code, Family.S) for code in wanted]
    assert [read(symbol) for symbol in made] == [(code.encode(), "]d2") for code in wanted]


def test_many_make_what_one_makes_of_every_template(shape, codes):
    wanted = codes(300)

    assert data_matrix.many(wanted, shape.family) == [
        data_matrix.one(code, shape.family) for code in wanted
    ]


def test_more_than_fit_into_a_portion_keep_their_order(one_of_each):
    clothes = [f"{CLOTHES[:18]}{number:013}{CLOTHES[31:]}" for number in range(2_500)]
    milk = [MILK.replace("5d", f"{number:02}") for number in range(40)]
    mixed = [*clothes, *milk, *clothes[::-1]]
    random.Random("order").shuffle(mixed)  # noqa: S311 - drawn to be repeated

    assert [one.content for one in data_matrix.many(clothes, Family.L44)] == clothes
    with pytest.raises(ContentNotFitting):
        data_matrix.many(mixed, Family.L44)
    assert data_matrix.many([], Family.L44) == []
    for code, family in one_of_each:
        assert data_matrix.many([code], family)[0].content == code


@pytest.mark.parametrize("size", modules.SIZES, ids=lambda size: f"{size.side}x{size.side}")
def test_every_size_reads_back_full_and_padded(size):
    for length in {1, size.data // 2, size.data - 2, size.data - 1, size.data}:
        text = "".join(chr(ord("A") + place * 7 % 26) for place in range(length))
        found = codewords.of_text(text.encode(), gs1=False)
        padded = np.frombuffer(found.ljust(size.data, b"\0"), np.uint8).reshape(1, -1)

        rows = tables.symbol(size, found)

        symbol = Symbol(Symbology.DATA_MATRIX, text, "]d1", size.side, size.side, rows)
        assert read(symbol) == expected(symbol)
        assert tables.symbols(size, padded, np.array([len(found)])) == [rows]


def test_as_many_wrong_codewords_as_the_size_can_mend_are_mended(one_of_each):
    chance = random.Random("mended")  # noqa: S311
    for code, family in one_of_each:
        symbol = data_matrix.one(code, family)
        size = next(size for size in modules.SIZES if size.side == symbol.columns)
        for _ in range(20):
            places = chance.sample(inner_places(symbol), size.check // 2)

            assert read(symbol, damaged(symbol, places)) == expected(symbol)


def test_a_hole_in_the_middle_is_mended():
    symbol = data_matrix.one(CLOTHES, Family.L44)
    hole = [(line, column) for line in range(20, 27) for column in range(20, 27)]

    assert read(symbol, damaged(symbol, hole)) == expected(symbol)


def test_what_cannot_be_mended_is_not_read_as_something_else(one_of_each):
    chance = random.Random("lost")  # noqa: S311
    for code, family in one_of_each:
        symbol = data_matrix.one(code, family)
        places = inner_places(symbol)
        for share in (3, 5, 8):
            found = read(symbol, damaged(symbol, chance.sample(places, len(places) // share)))
            assert found in {None, expected(symbol)}


def test_threads_that_ask_for_a_table_at_once_get_the_same_symbols(shape, codes):
    wanted = codes(40)
    alone = data_matrix.many(wanted, shape.family)
    tables.words.cache_clear()
    tables.integers.cache_clear()
    together = threading.Barrier(4)
    found = []

    def ask():
        together.wait()
        made = data_matrix.many(wanted, shape.family)
        found.append(made == alone == [data_matrix.one(code, shape.family) for code in wanted])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [True] * 4


def test_the_same_code_gives_the_same_bytes_and_a_small_repr(shape, codes):
    [code] = codes(1)

    symbol = data_matrix.one(code, shape.family)

    assert symbol.rows == data_matrix.one(code, shape.family).rows
    assert len(symbol.rows) == symbol.lines * symbol.stride
    assert code[-4:] not in repr(symbol)


@pytest.mark.parametrize(
    ("family", "code"),
    [
        (Family.S, ""),
        (Family.S, GS + MILK),
        (Family.S, MILK + GS),
        (Family.S, MILK + "\n"),
        (Family.S, "]d2" + MILK),
        (Family.S, "\xe8" + MILK),
        (Family.S, MILK.replace(GS, "")),
        (Family.S, MILK.replace(GS, GS + GS)),
        (Family.S, MILK.replace(GS, " ")),
        (Family.S, MILK.replace("93dGVz", "93dGV")),
        (Family.S, MILK.replace("93dGVz", "93dGVzA")),
        (Family.S, MILK[: MILK.index(GS)]),
        (Family.S, MILK.replace(GTIN, "04610053149776")),
        (Family.S, MILK.replace(GTIN, GTIN[:-1] + SEVEN)),
        (Family.S, MILK.replace("(", "#")),
        (Family.S, MILK.replace("(", "ы")),
        (Family.S, MILK.replace("(", "\0")),
        (Family.S, MILK.replace("(", "\ud800")),
        (Family.S, f"{MILK}{GS}3103{SEVEN * 6}"),
        (Family.S, f"{MILK}{GS}3106123456"),
        (Family.S, f"{MILK}{GS}93dGVz"),
        (Family.S, CLOTHES),
        (Family.S, PACK),
        (Family.L44, MILK),
        (Family.L44, CLOTHES.replace("JE=", "JE")),
        (Family.L44, CLOTHES.replace("91FFD0", "91FFD")),
        (Family.L88, CLOTHES),
        (Family.T29, ""),
        (Family.T29, MILK),
        (Family.T29, PACK[:-1]),
        (Family.T29, PACK + "="),
        (Family.T29, PACK.replace(";", " ")),
        (Family.T29, PACK.replace("829", "828")),
        (Family.T29, PACK[:21] + "(((("),
        (Family.T29, "]d1" + PACK[3:]),
    ],
)
def test_what_is_no_code_of_its_family_is_refused_alone_and_among_others(family, code):
    good = {Family.S: MILK, Family.L44: CLOTHES, Family.L88: SAMPLES[0][1], Family.T29: PACK}

    with pytest.raises(ContentNotFitting):
        data_matrix.one(code, family)
    with pytest.raises(ContentNotFitting):
        data_matrix.many([good[family]] * 50 + [code] + [good[family]] * 50, family)


def test_elements_in_another_order_and_further_ones_are_codes_as_well():
    code = f"01{GTIN}21x{GS}10LOT-7{GS}93dGVz{GS}1726123190{'Z' * 30}"

    symbol = data_matrix.one(code, Family.S)

    assert read(symbol) == (code.encode(), "]d2")
    assert data_matrix.many([code, MILK] * 30, Family.S)[::2] == [symbol] * 30


def test_all_identifiers_that_there_are_fit_a_symbol():
    longest = [
        len(ai) + form.longest + (not form.predefined)
        for ai, form in element_string.FORMATS.items()
    ]

    assert 1 + sum(longest) <= modules.SIZES[-1].data


def test_a_code_of_very_many_elements_has_a_large_symbol():
    further = "".join(f"{GS}9{digit}{'aB;' * 30}" for digit in "12456789")
    code = f"{MILK}{further}"

    symbol = data_matrix.one(code, Family.S)

    assert symbol.columns == 104
    assert read(symbol) == (code.encode(), "]d2")
    assert data_matrix.many([code] * 20, Family.S) == [symbol] * 20
