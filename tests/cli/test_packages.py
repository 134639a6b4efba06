"""Goods go into packages and come out of them by the command line."""

from itertools import count
from pathlib import Path

import pytest

from domain.standards.gs1_keys import check_digit
from tests.cli.conftest import Shell, written

numbers = count(1)


def sscc() -> str:
    digits = f"34607095{next(numbers):09}"
    return digits + check_digit(digits)


@pytest.fixture
def applied(dairy: Shell, batch: str, codes: list[str]) -> list[str]:
    """Ten codes that stand on goods."""
    dairy.run("apply", "--batch", batch)
    return codes


def report(path: Path, *lines: tuple[str, str]) -> str:
    return written(path, [f"{parent}\t{child}" for parent, child in lines])


def test_a_report_is_packed_once(dairy: Shell, applied: list[str], tmp_path: Path):
    case, pallet = sscc(), sscc()
    file = report(tmp_path / "line.tsv", (pallet, case), *((case, code) for code in applied))

    first = dairy.run("pack", file)
    again = dairy.run("pack", file)

    assert "10 codes packed into 2 packages, event" in first.stdout
    assert first.stdout == again.stdout
    assert "This was done before" in again.stderr


def test_a_report_is_rehearsed(dairy: Shell, applied: list[str], tmp_path: Path):
    case = sscc()
    lines = [(case, applied[0]), (case, "0104810000000018215abcde")]
    good = report(tmp_path / "good.tsv", *lines[:1])
    bad = report(tmp_path / "bad.tsv", *lines)

    assert "1 codes would be packed" in dairy.run("pack", good, "--dry-run").stdout
    told = dairy.run("pack", bad, "--dry-run", ends=1)
    assert "1 would be refused, and all others with them: unknown 1" in told.stderr
    assert dairy.quiet("pack", good) == "1"


def test_a_wrong_line_is_told_with_its_number(dairy: Shell, applied: list[str], tmp_path: Path):
    file = report(tmp_path / "line.tsv", (sscc(), applied[0]), ("146070950831234561", applied[1]))

    told = dairy.run("pack", file, ends=1).stderr

    assert "line 2: SSCC 146070950831234561 has check digit 1; expected 0." in told
    assert "/problems/line-report-invalid" in told


def test_packages_are_dissolved_and_goods_taken_out(
    dairy: Shell, applied: list[str], tmp_path: Path
):
    case, pallet = sscc(), sscc()
    file = report(tmp_path / "line.tsv", (pallet, case), *((case, code) for code in applied))
    dairy.run("pack", file)

    assert dairy.quiet("unpack", "--code", applied[0], "--code", applied[1]) == "2"
    assert (
        "0 units out of their packages; 2 packages ended or moved"
        in dairy.run("unpack", "--take-out", case).stdout
    )
    told = dairy.run("unpack", pallet, ends=1).stderr
    assert "Some packages do not exist, or are not yours" in told
    assert dairy.quiet("unpack", case) == "8"


def test_goods_move_where_that_is_said(dairy: Shell, applied: list[str], tmp_path: Path):
    dairy.run("pack", report(tmp_path / "first.tsv", (sscc(), applied[0])))
    again = report(tmp_path / "second.tsv", (sscc(), applied[0]))

    assert "inside a package" in dairy.run("pack", again, ends=1).stderr
    assert dairy.quiet("pack", again, "--move") == "1"


def test_unpacking_names_something(dairy: Shell):
    assert "Name SSCCS" in dairy.run("unpack", ends=2).stderr
