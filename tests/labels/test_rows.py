"""Rows tell print software exactly the code, and a spreadsheet nothing that it would run."""

import base64
import csv
import io
import json
from datetime import date
from typing import NamedTuple

import pytest

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from labels.output import rows
from labels.output.formats import Format
from labels.printers.address import Dialect

GS = chr(29)
GTIN = "04610053149777"
SSCC = "146070950831234560"


class Run(NamedTuple):
    facts: Facts
    family: Family
    codes: list[str]


def read(file: bytes) -> list[dict[str, str]]:
    text = file.decode()
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def code(serial: str) -> str:
    return f"01{GTIN}21{serial}{GS}93dGVz"


def run(codes: list[str], family: Family = Family.S, name: str = "Молоко «Луговое»; 1,5 %") -> Run:
    facts = Facts(name, GTIN, lot_number="17", expires_on=date(2026, 1, 2))
    return Run(facts, family, codes)


def test_every_code_comes_back_exactly_from_csv_and_json(shape, codes):
    some = codes(60)

    cells = read(b"".join(rows.csv([run(some, shape.family)])))
    records = [
        json.loads(line)
        for line in b"".join(rows.json_lines([run(some, shape.family)])).split(b"\n")[:-1]
    ]

    assert [row["marking_code"] for row in cells] == some
    assert [base64.b64decode(row["marking_code_base64"]).decode() for row in cells] == some
    assert [row["marking_code"] for row in records] == some
    plain = shape.family is Family.T29
    for one, row, record in zip(some, cells, records, strict=True):
        serial = one[14:21] if plain else one[18:].split(GS)[0]
        assert record["serial"] == serial
        assert record["hri"][1] == (serial if plain else f"(21){serial}")
        assert row["hri_1"] == record["hri"][0]
        assert row["symbol"] == ("Data Matrix" if plain else "GS1 Data Matrix")


def test_the_separator_is_escaped_in_json_and_never_lost():
    file = b"".join(rows.json_lines([run([code("5d/w(U")])]))

    assert b"5d/w(U\\u001d93dGVz" in file
    assert GS.encode() not in file


@pytest.mark.parametrize("first", list("=+-"))
def test_no_cell_is_a_formula(first):
    serial = f"{first}1+1()x"
    (row,) = read(b"".join(rows.csv([run([code(serial)], name=f"{first}cmd|' /C calc'!A0")])))
    pack = f"{GTIN}{serial}FACVdGVz"
    (of_pack,) = read(b"".join(rows.csv([run([pack], Family.T29)])))

    for cell in (*row.values(), *of_pack.values()):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["hri_2"] == f"(21){serial}"
    assert row["product_name"] == f"'{first}cmd|' /C calc'!A0"
    assert row["marking_code"] == code(serial)
    assert of_pack["marking_code"] == pack


def test_labels_are_numbered_through_all_runs_with_one_header():
    runs = [run([code(f"{number:06}") for number in range(700)])] * 3

    pieces = list(rows.csv(runs))

    table = read(b"".join(pieces))
    assert [row["label"] for row in table] == [str(number) for number in range(1, 2101)]
    assert b"".join(pieces).count(b"marking_code_base64") == 1
    assert len(pieces) == 3
    assert table[0]["expires_on"] == "2026-01-02"
    assert table[0]["produced_on"] == ""


def test_codes_of_several_products_in_a_run_keep_their_own_lines():
    other = code("5d/w(U").replace(GTIN, "04610053149784")

    (first, second) = read(b"".join(rows.csv([run([code("5d/w(U"), other])])))

    assert first["hri_1"] == f"(01){GTIN}"
    assert second["hri_1"] == "(01)04610053149784"


@pytest.mark.parametrize("first", list("=+-@\t\r"))
def test_a_name_that_a_spreadsheet_would_run_gets_an_apostrophe(first):
    (row,) = read(b"".join(rows.csv([run([code("5d/w(U")], name=f"{first}1+1")])))

    assert row["product_name"] == f"'{first}1+1"


def test_packages_are_told_by_their_sscc():
    package = PackageFacts(SSCC, "PALLET", sender="=HYPERLINK()")

    (row,) = read(b"".join(rows.csv([package])))
    (line,) = b"".join(rows.json_lines([package])).split(b"\n")[:-1]

    assert row["sscc"] == SSCC
    assert row["hri_1"] == "(00) 1 4607 0950 8312 3456 0"
    assert row["sender"] == "'=HYPERLINK()"
    assert json.loads(line)["sscc"] == SSCC


def test_no_labels_are_no_rows():
    assert list(rows.csv([])) == []
    assert list(rows.json_lines([run([])])) == []


def test_a_name_cannot_add_a_row():
    name = 'a"\r\n9,9,9,=1+1\r\n"'

    (row,) = read(b"".join(rows.csv([run([code("5d/w(U")], name=name)])))

    assert row["product_name"] == name


@pytest.mark.parametrize("form", Format)
def test_every_format_says_how_it_is_handed_out(form):
    assert "/" in form.media_type
    assert form.suffix.startswith(".")
    assert form.is_of_one_label == (form in {Format.PNG, Format.SVG})
    assert (form.dialect is not None) == (form.value.split("-")[0] in set(Dialect))
