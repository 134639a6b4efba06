"""Workbooks: read as people keep them, and refused where they are made to do harm."""

# ruff: noqa: RUF001 - the texts are Russian

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from domain.catalogue.groups import catalogue
from domain.catalogue.imports import annotated, read_import
from domain.catalogue.sheets import SheetLimits
from domain.catalogue.workbook import plain_number, read_workbook
from domain.errors import FileTooLarge, FileUnreadable

WORKBOOK = Path(__file__).parents[1] / "vectors" / "products.xlsx"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DOCUMENT = f'<Relationship Id="r0" Type="{RELATIONS}/officeDocument" Target="xl/book.xml"/>'
LINKS = (
    f'<Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="sheets/one.xml"/>'
    f'<Relationship Id="r2" Type="{RELATIONS}/worksheet" Target="/xl/sheets/two.xml"/>'
    f'<Relationship Id="r3" Type="{RELATIONS}/sharedStrings" Target="strings.xml"/>'
)
SHEETS = '<sheet name="a" r:id="r1" state="hidden"/><sheet name="b" r:id="r2"/>'


def workbook(rows, strings="", prolog="", **changed):
    parts = {
        "_rels/.rels": f"<Relationships>\n{DOCUMENT}</Relationships>",
        "xl/book.xml": f'<workbook xmlns:r="{RELATIONS}"><sheets>{SHEETS}</sheets></workbook>',
        "xl/_rels/book.xml.rels": f"<Relationships>{LINKS}</Relationships>",
        "xl/sheets/one.xml": "<worksheet><sheetData/></worksheet>",
        "xl/sheets/two.xml": f"<x:worksheet><x:sheetData>{rows}</x:sheetData></x:worksheet>".replace(
            "x:", "x:" if "x:" in rows else ""
        ),
        "xl/strings.xml": f"{prolog}<sst>{strings}</sst>",
    }
    body = BytesIO()
    with zipfile.ZipFile(body, "w", changed.pop("method", zipfile.ZIP_DEFLATED)) as archive:
        for name, text in (parts | changed).items():
            archive.writestr(name, text)
    return body.getvalue()


def rows_of(body, unpacked=10**7, columns=100):
    return list(read_workbook(body, unpacked_limit=unpacked, columns_limit=columns))


def row(*cells, number=1):
    return f'<row r="{number}">{"".join(cells)}</row>'


def test_a_workbook_of_a_spreadsheet_is_read():
    reading = read_import(WORKBOOK.read_bytes(), catalogue(), SheetLimits())

    assert [(at, card.gtin, card.product_group) for at, card in reading.cards.items()] == [
        (3, "04810000000018", "milk"),
        (4, "04600000000015", "shoes"),
        (5, "00000046000002", "water"),
        (7, "04870000000012", "softdrinks"),
    ]
    assert reading.cards[3].tnved == "0401201100"
    assert reading.cards[4].name == "Ботинки «Север», размер 42"
    assert reading.cards[7].name == "Сок яблочный 1 л"
    assert reading.cards[7].brand is None  # a formula that was never computed
    assert reading.ignored_columns == ("Цена",)
    assert reading.wrong == ()


def test_a_workbook_comes_back_as_a_table_that_can_be_sent_again():
    first = read_import(WORKBOOK.read_bytes(), catalogue(), SheetLimits())
    back = annotated(first.sheet, first.wrong)
    again = read_import(back, catalogue(), SheetLimits())

    assert back.startswith("\ufeffСписок".encode())
    assert list(again.cards.values()) == list(first.cards.values())


def test_every_kind_of_cell_becomes_text():
    body = workbook(
        row(
            '<c r="A1" t="s"><v>0</v></c>',
            '<c r="B1"><v>4.810000000018E12</v></c>',
            '<c r="C1" t="b"><v>1</v></c>',
            '<c r="D1" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
            '<c r="F1" t="str"><f>A1&amp;"!"</f><v>sum</v></c>',
            '<c r="G1"><f>B1*2</f></c>',
            '<c r="H1" t="e"><v>#N/A</v></c>',
            '<c t="s"><v>1</v></c>',
        ),
        "<si><r><t>rich </t></r><r><t>text</t></r><rPh><t>said</t></rPh></si><si><t>a_x000D_b</t></si>",
    )

    assert rows_of(body) == [
        (1, ["rich text", "4810000000018", "TRUE", "ab", "", "sum", "", "#N/A", "a\rb"])
    ]


def test_prefixes_left_out_rows_and_hidden_sheets_make_no_difference():
    body = workbook('<x:row r="3"><x:c r="B3"><x:v>7</x:v></x:c></x:row><x:row><x:c/></x:row>')

    assert rows_of(body) == [(3, ["", "7"]), (4, [""])]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("4.810000000018E12", "4810000000018"),
        ("4810000000018", "4810000000018"),
        ("4810000000018.0", "4810000000018"),
        ("0", "0"),
        ("2.5", "2.5"),
        ("1E+2", "100"),
        ("1E-2", "1E-2"),
        ("1E99", "1E99"),
        ("-5", "-5"),
        ("", ""),
    ],
)
def test_numbers_are_written_out(value, text):
    assert plain_number(value) == text


def test_a_cell_at_the_far_corner_costs_nothing():
    body = workbook(
        row('<c r="A1"><v>1</v></c>') + row('<c r="B1048576"><v>2</v></c>', number=1048576)
    )

    assert rows_of(body) == [(1, ["1"]), (1048576, ["", "2"])]
    with pytest.raises(FileTooLarge, match="columns"):
        rows_of(workbook(row('<c r="XFD1"><v>1</v></c>')))


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = workbook("<!--" + " " * 30_000_000 + "-->")

    assert len(bomb) < 50_000
    with pytest.raises(FileTooLarge, match="unpacked bytes"):
        rows_of(bomb)
    with pytest.raises(FileTooLarge, match="packed size"):
        rows_of(bomb, unpacked=10**8)


def test_a_directory_that_lies_about_sizes_is_found_out():
    honest = workbook(row('<c r="A1"><v>1</v></c>') + "<!--" + " " * 3_000_000 + "-->")
    size = len("<worksheet><sheetData></sheetData></worksheet>") + len(
        row('<c r="A1"><v>1</v></c>') + "<!--" + " " * 3_000_000 + "-->"
    )
    lying = honest.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little"))

    assert lying != honest
    with pytest.raises(FileUnreadable):
        rows_of(lying)


def test_one_long_text_named_by_many_cells_is_refused():
    rows = "".join(row(f'<c r="A{at}" t="s"><v>0</v></c>', number=at) for at in range(1, 9_000))
    body = workbook(rows, f"<si><t>{'x' * 30_000}</t></si>")

    with pytest.raises(FileTooLarge, match="characters"):
        read_import(body, catalogue(), SheetLimits())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (workbook("")[:-200], "not a complete XLSX workbook"),
        (b"PK\x03\x04" + bytes(200), "not a complete XLSX workbook"),
        (workbook("", **{"xl/_rels/book.xml.rels": "<Relationships/>"}), "not a complete"),
        (workbook("", **{"xl/book.xml": "<workbook/>"}), "damaged"),
        (workbook("<row"), "damaged"),
        (workbook(row('<c t="s"><v>9</v></c>')), "damaged"),
        (workbook(row("<c/>", number=2) + row("<c/>", number=1)), "damaged"),
        (workbook(row('<c r="B1"/>', '<c r="A1"/>')), "damaged"),
        (workbook("", method=zipfile.ZIP_LZMA), "packed in an unusual way"),
        (workbook("", prolog='<!DOCTYPE s [<!ENTITY a "b">]>'), "document type"),
    ],
)
def test_a_workbook_that_is_damaged_or_hostile_is_refused(body, says):
    with pytest.raises(FileUnreadable, match=says):
        rows_of(body)


def test_an_archive_of_countless_entries_is_refused():
    body = BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for at in range(2_001):
            archive.writestr(str(at), "")

    with pytest.raises(FileTooLarge, match="entries"):
        rows_of(body.getvalue())
