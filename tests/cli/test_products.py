"""Products, one by one and from files."""

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, fresh_gtins, sheet

WRONG = "4810268028855"


def good() -> dict[str, str]:
    return {"gtin": next(fresh_gtins), "product_group": "milk", "name": "Кефир 3,2 %"}


def of_an_alias() -> dict[str, str]:
    return {"gtin": next(fresh_gtins), "product_group": "lekpharm", "name": "Токоферол, капсулы"}


def wrong() -> dict[str, str]:
    return {"gtin": WRONG, "product_group": "milk", "name": "Сыр"}


@pytest.fixture
def file(tmp_path: Path) -> str:
    return sheet(tmp_path / "goods.tsv", [good(), of_an_alias(), wrong()])


@pytest.fixture
def good_file(tmp_path: Path) -> str:
    return sheet(tmp_path / "good.tsv", [good(), of_an_alias()])


def test_a_product_is_registered_and_shown(dairy: Shell, gtin: str):
    line = ("product", "add", gtin, "--group", "dairy", "--name", "Кефир", "--brand", "Наша")
    told = dairy.run(*line, "--translation", "en=Kefir").stdout

    assert f"{gtin} Кефир (milk), version 1" in told
    assert "translations en: Kefir" in dairy.run("product", "show", gtin).stdout
    assert dairy.quiet("product", "list") == gtin


def test_a_product_of_somebody_else_is_refused(rival: Shell, product: str):
    told = rival.run("product", "add", product, "--group", "milk", "--name", "Моё", ends=1).stderr

    assert "The product belongs to another participant" in told
    assert f"gtin: {product}" in told


def test_an_import_with_wrong_rows_imports_nothing_and_says_why(dairy: Shell, file: str):
    result = dairy.run("product", "import", file, ends=1)

    assert result.stdout.startswith("Nothing was imported: 3 rows, 2 new, 1 wrong.")
    assert "The check digit of this GTIN is wrong." in result.stdout
    assert dairy.quiet("product", "list") == ""


def test_the_file_comes_back_with_what_is_wrong_in_it(dairy: Shell, file: str):
    told = dairy.run("product", "import", file, ends=1).stderr

    errors = Path(f"{file}.errors.csv")
    assert f"{errors} says what is wrong in each row" in told
    with errors.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert [bool(row["error"]) for row in rows] == [False, False, True]
    assert "check digit" in rows[2]["error"]


def test_the_mended_file_is_imported(dairy: Shell, file: str):
    dairy.run("product", "import", file, ends=1)
    errors = Path(f"{file}.errors.csv")
    errors.write_text(errors.read_text("utf-8").replace(WRONG, next(fresh_gtins)), "utf-8")

    assert "Imported: 3 rows, 3 new." in dairy.run("product", "import", str(errors)).stdout


def test_good_rows_alone_are_imported_where_that_is_asked_for(dairy: Shell, file: str):
    told = dairy.run("product", "import", file, "--mode", "good-rows", ends=3).stdout

    assert "Imported: 3 rows, 2 new, 1 wrong." in told
    assert dairy.json("product", "list", "--group", "pharma")[0]["name"] == "Токоферол, капсулы"


def test_a_dry_run_records_nothing(dairy: Shell, good_file: str):
    told = dairy.run("product", "import", good_file, "--dry-run").stdout

    assert "Would import: 2 rows, 2 new." in told
    assert dairy.quiet("product", "list") == ""


def test_the_same_file_again_is_the_same_request(dairy: Shell, good_file: str):
    first = dairy.json("product", "import", good_file)
    again = dairy.json("product", "import", good_file)

    assert first == again


def test_the_same_file_of_somebody_else_is_another_request(
    dairy: Shell, rival: Shell, good_file: str
):
    dairy.run("product", "import", good_file)

    told = rival.run("product", "import", good_file, ends=1).stdout

    assert "Another participant registered this GTIN." in told


def test_a_file_that_is_none_is_refused(dairy: Shell, tmp_path: Path):
    path = tmp_path / "goods.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")

    told = dairy.run("product", "import", str(path), ends=1).stderr

    assert "The file cannot be read" in told
    assert "/problems/file-unreadable" in told


def test_a_file_comes_through_a_pipe(dairy: Shell):
    text = "\n".join(["\t".join(good()), "\t".join(good().values())])

    assert "1 new" in dairy.run("product", "import", "-", typed=text).stdout
