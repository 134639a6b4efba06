"""Files of products: read in every form they come in, handed back with what is wrong."""

# ruff: noqa: RUF001 - the texts are Russian

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.groups import catalogue
from domain.catalogue.imports import annotated, read_gtin, read_import
from domain.catalogue.products import Card
from domain.catalogue.sheets import SheetLimits, guard, unguarded
from domain.errors import FileTooLarge, FileUnreadable, HeaderNotUnderstood

VECTORS = Path(__file__).parents[1] / "vectors"
PRODUCTS = (VECTORS / "products.tsv").read_text(encoding="utf-8")
GOODS = Path(__file__).parents[3] / "shared" / "goods" / "eaeu-goods.tsv"
HEADER = "gtin,product_group,name"


def read(body, limits=SheetLimits()):  # noqa: B008 - frozen
    return read_import(body.encode() if isinstance(body, str) else body, catalogue(), limits)


def separated(by):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=by).writerows(csv.reader(io.StringIO(PRODUCTS), delimiter="\t"))
    return out.getvalue()


def reasons(body):
    return [(item.row, item.column, item.reason) for item in read(body).wrong]


CARDS = list(read(PRODUCTS).cards.values())


def test_a_file_becomes_cards():
    assert CARDS[0] == Card(
        gtin="04810000000018",
        product_group="milk",
        name="Молоко 3,2 %, 1 л",
        translations={"hy": "Կաթ"},
        brand="Минская",
        category="Продукты/Молоко",
        tnved="0401201100",
    )
    assert [card.product_group for card in CARDS] == [
        "milk", "shoes", "pharma", "water", "softdrinks",
    ]  # fmt: skip
    assert CARDS[2].name == 'Настойка "Пустырник; капли"'


@pytest.mark.parametrize("by", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_separator_and_encoding_make_no_difference(by, encoding):
    text = separated(by).replace("Կաթ", "")
    cards = read(text.encode(encoding)).cards.values()

    assert [replace(card, translations={}) for card in CARDS] == list(cards)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_a_file_comes_back_in_the_form_it_came_in(encoding):
    body = separated(";").replace("Կաթ", "").encode(encoding)
    back = annotated(read(body).sheet, ()).decode(encoding)

    assert back.splitlines()[0].endswith(";name_hy;error;hint")
    assert back.count("\r\n") == 6


@pytest.mark.parametrize(
    "header",
    [
        "GTIN,Product Group,Name",
        "Штрихкод,Товарная группа,Наименование",
        "код  товара,группа,НАЗВАНИЕ",
        "ean13,product_group,Product name",
        '"gtin",product-group,name',
    ],
)
def test_columns_go_by_many_names(header):
    assert read(f"{header}\n4810000000018,milk,Молоко\n").cards[2].gtin == "04810000000018"


def test_titles_and_blank_lines_above_the_header_are_passed_over():
    reading = read(f"Список товаров,,\n\n{HEADER}\n4810000000018,milk,Молоко\n\n,,\n")

    assert list(reading.cards) == [4]
    assert reading.row_count == 1


def test_columns_nobody_knows_are_told():
    reading = read("gtin,product_group,name,Цена,\n4810000000018,milk,Молоко,10,\n")

    assert reading.ignored_columns == ("Цена",)


@pytest.mark.parametrize(
    ("body", "missing", "repeated"),
    [
        ("gtin,name\n4810000000018,Молоко\n", ("product_group",), ()),
        ("4810000000018,milk,Молоко\n", ("gtin", "product_group", "name"), ()),
        ("gtin,ean,product_group,name\n1,2,milk,Молоко\n", (), ("gtin",)),
    ],
)
def test_a_header_that_does_not_say_what_is_what_is_refused(body, missing, repeated):
    with pytest.raises(HeaderNotUnderstood) as refusal:
        read(body)

    assert (refusal.value.missing, refusal.value.repeated) == (missing, repeated)


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("04810000000018", "04810000000018"),
        ("4810000000018", "04810000000018"),
        ("4810000000018.0", "04810000000018"),
        ("4810000000018,00", "04810000000018"),
        (" 4810 0000 00018\u00a0", "04810000000018"),
        ("'04810000000018", "04810000000018"),
        ("46000002", "00000046000002"),
        ("12345678905", "00012345678905"),  # a GTIN-12 that lost its zero
        ("14810000000015", "14810000000015"),
    ],
)
def test_a_gtin_is_read_as_spreadsheets_leave_it(text, gtin):
    assert read_gtin(text) == (gtin, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "invalid-gtin"),
        ("4810000000019", "invalid-gtin"),
        ("048100000000180", "invalid-gtin"),
        ("123456", "invalid-gtin"),
        ("4.81E+12", "gtin-cut"),
        ("4,81e12", "gtin-cut"),
        ("481000000001O", "invalid-gtin"),
        ("٤٨١٠٠٠٠٠٠٠٠١٨", "invalid-gtin"),
        ("#N/A", "invalid-gtin"),
    ],
)
def test_a_gtin_that_is_none_is_told(text, reason):
    fault = read_gtin(text)[1]

    assert fault
    assert (fault.column, fault.value, fault.reason) == ("gtin", text, reason)
    assert fault.sentence
    assert fault.hint


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("4810000000018,,Молоко,,", "product_group", "value-missing"),
        ("4810000000018,unicorns,Рог,,", "product_group", "unknown-product-group"),
        ("4810000000018,milk,,,", "name", "value-missing"),
        (f"4810000000018,milk,{'М' * 1001},,", "name", "too-long"),
        ("4810000000018,milk,Мо\u202eлоко,,", "name", "unprintable-character"),
        ("4810000000018,milk,Мо\x0eлоко,,", "name", "unprintable-character"),
        ("4810000000018,milk,Молоко,04-01,", "tnved", "invalid-tnved"),
        ("4810000000018,milk,Молоко,6403990000,", "tnved", "tnved-of-another-group"),
        ("4810000000018,milk,Молоко,,Atlantis", "member_state", "unknown-member-state"),
    ],
)
def test_a_wrong_value_is_told_by_row_column_and_reason(row, column, reason):
    body = f"{HEADER},tnved,member_state\n4600000000015,shoes,Боты,6401,РФ\n{row}\n"

    assert reasons(body) == [(3, column, reason)]
    assert list(read(body).cards) == [2]


def test_everything_wrong_in_a_row_is_told_at_once():
    assert reasons(f"{HEADER}\n1,unicorns,\n") == [
        (2, "gtin", "invalid-gtin"),
        (2, "name", "value-missing"),
        (2, "product_group", "unknown-product-group"),
    ]


def test_the_same_gtin_twice_is_wrong_the_second_time():
    reading = read(f"{HEADER}\n4810000000018,milk,Молоко\n04810000000018,milk,Кефир\n")

    assert list(reading.cards) == [2]
    assert reading.wrong[0].row == 3
    assert reading.wrong[0].sentence == "Row 2 has the same GTIN."


def test_a_file_handed_back_says_what_is_wrong_and_can_be_sent_again():
    body = f"Прайс,,\n{HEADER}\n4810000000018,milk,Молоко\n4810000000019,milk,Кефир\n"
    first = read(body)
    back = annotated(first.sheet, first.wrong)
    lines = back.decode().split("\n")

    assert lines[1] == f"{HEADER},error,hint"
    assert lines[2] == "4810000000018,milk,Молоко,,"
    assert lines[3].startswith("4810000000019,milk,Кефир,gtin: The check digit")
    assert read(back).wrong == first.wrong
    assert annotated(read(back).sheet, first.wrong) == back
    mended = back.replace(b"4810000000019", b"4810000000025")
    assert read(mended).wrong == ()


def test_what_spreadsheets_would_run_comes_back_as_text():
    body = f'{HEADER}\n1,milk,"=HYPERLINK(""http://x"")"\n2,@SUM(A1),+1\n'
    first = read(body)
    back = annotated(first.sheet, first.wrong)
    cells = [cell for row in csv.reader(io.StringIO(back.decode())) for cell in row]

    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert read(back).sheet == first.sheet


@given(st.text())
def test_a_guarded_cell_is_no_formula_and_reads_back(text):
    if not text.startswith("'"):
        assert unguarded(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20
)


@given(
    names=st.lists(WORDS, min_size=1, max_size=5),
    by=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_table_comes_back_as_it_was(names, by, encoding):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=by).writerows(
        [["gtin", "product_group", "name"], *(["1", "milk", name] for name in names)]
    )
    first = read(out.getvalue().encode(encoding))

    assert read(annotated(first.sheet, first.wrong)).sheet.rows == first.sheet.rows


@given(st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВЯіІўЎ №«»", min_size=1, max_size=40))
def test_cyrillic_in_windows_1251_is_recognised(name):
    reading = read(f"{HEADER}\n4810000000018,milk,молоко {name}\n".encode("cp1251"))

    assert reading.cards[2].name == f"молоко {' '.join(name.split())}".strip()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"\n\n,,\n", "empty"),
        (PRODUCTS.encode()[:400] + PRODUCTS.encode()[401:], "neither UTF-8 nor Windows-1251"),
        (
            f"{HEADER}\n4810000000018,milk,Молоко\n".encode("cp866"),
            "neither UTF-8 nor Windows-1251",
        ),
        (bytes(range(128, 256)) * 9, "neither UTF-8 nor Windows-1251"),
        (f"{HEADER}\n4810000000018,milk,Мо\0локо\n".encode(), "line 2 holds a zero byte"),
        (b"\xff\xfe" + "gtin".encode("utf-16-le") + b"\x00", "does not fit its encoding"),
        (f'{HEADER}\n1,milk,"Молоко\n2,milk,Кефир\n'.encode(), "quotation mark"),
        (f'{HEADER}\n1,milk,"Молоко" 1 л\n'.encode(), "quotation mark"),
        (f"{HEADER}\n1,milk,{'М' * 140_000}\n".encode(), "field larger"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old XLS"),
    ],
)
def test_what_cannot_be_read_for_sure_is_refused(body, says):
    with pytest.raises(FileUnreadable, match=says):
        read(body)


def test_tabs_need_no_quotation_marks():
    body = 'gtin\tproduct_group\tname\n4810000000018\tmilk\t"Сырок" 50 г\n'
    reading = read(body)

    assert reading.cards[2].name == '"Сырок" 50 г'
    assert annotated(reading.sheet, ()).decode().split("\n")[1].endswith('"Сырок" 50 г\t\t')


@pytest.mark.parametrize(
    ("limits", "unit"),
    [
        (SheetLimits(bytes=50), "bytes"),
        (SheetLimits(rows=4), "rows"),
        (SheetLimits(columns=7), "columns"),
        (SheetLimits(characters=99), "characters"),
    ],
)
def test_a_file_beyond_a_limit_is_refused(limits, unit):
    with pytest.raises(FileTooLarge) as refusal:
        read(PRODUCTS, limits)

    assert refusal.value.unit == unit


@pytest.mark.parametrize(
    ("body", "unit"),
    [
        (f"{HEADER}\n{',' * 1_000_001}\n", "characters in a row"),
        (HEADER + "\n" + '"\n",' * 300_000, "characters in a row"),
        (HEADER + "\n" * 1_100_000, "rows"),
        (f"{HEADER}\n" + "1,milk,Milk\n" * 30, "rows"),
    ],
)
def test_a_file_made_to_fill_the_memory_is_refused(body, unit):
    with pytest.raises(FileTooLarge) as refusal:
        read(body, SheetLimits(rows=5))

    assert refusal.value.unit == unit


def test_a_refusal_quotes_no_more_than_it_must():
    body = f"{HEADER},{'x' * 5000}\n{'1' * 5000},{'y' * 5000},Молоко,\n"
    reading = read(body)

    assert {len(item.value) for item in reading.wrong} == {60}
    assert len(reading.ignored_columns[0]) == 60


@pytest.mark.skipif(not GOODS.exists(), reason="the goods file is not at hand")
def test_a_real_catalogue_of_twenty_thousand_goods_is_read_whole():
    reading = read(GOODS.read_bytes())

    assert (len(reading.cards), reading.wrong, reading.ignored_columns) == (20_617, (), ())
