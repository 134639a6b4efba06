"""Packages and the feed of changes, by the command line."""

from pathlib import Path

import pytest

from domain.standards.gs1_keys import check_digit
from tests.cli.conftest import Shell, written


@pytest.fixture
def packed(dairy: Shell, batch: str, codes: list[str], gtin: str, tmp_path: Path) -> str:
    """The SSCC of a case with the first four units of a batch."""
    dairy.run("apply", "--batch", batch)
    digits = f"1{gtin[1:13]}0000"
    sscc = digits + check_digit(digits)
    report = written(tmp_path / "line.tsv", [f"{sscc}\t{code}" for code in codes[:4]])
    dairy.run("pack", report)
    return sscc


def test_a_package_tells_what_it_holds(dairy: Shell, packed: str, gtin: str):
    told = dairy.run("contents", packed).stdout

    assert "transport: 4 units" in told
    assert "held by Минский молочный завод, BY" in told
    assert f"4 of {gtin} (milk, applied, lot L-1)" in told
    assert dairy.quiet("contents", packed) == "4"


def test_the_codes_of_a_package_are_written(
    dairy: Shell, packed: str, codes: list[str], tmp_path: Path
):
    dairy.run("contents", packed, "--codes", str(tmp_path / "codes.txt"))

    lines = (tmp_path / "codes.txt").read_text().split("\n")[:-1]
    assert sorted(lines) == sorted(code[:24] for code in codes[:4])


def test_a_package_of_somebody_else_is_not_known(rival: Shell, packed: str):
    assert "not yours" in rival.run("contents", packed, ends=1).stderr


def test_the_feed_goes_on_where_it_ended(dairy: Shell, packed: str):
    assert packed
    first = dairy.json("changes", "--limit", "2")
    rest = dairy.json("changes", "--after", first["next"])

    kinds = [event["kind"] for event in first["events"] + rest["events"]]
    assert kinds == ["REGISTERED", "APPLIED", "PACKED"]
    told = dairy.run("changes")
    assert "packed" in told.stdout
    assert "go on with --after" in told.stderr
