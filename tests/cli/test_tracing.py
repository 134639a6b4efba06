"""Packages and the feed of changes, by the command line."""

import json
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


def test_what_one_holds_is_compared(
    dairy: Shell, packed: str, codes: list[str], rival: Shell, tmp_path: Path
):
    whole = written(tmp_path / "whole.txt", [packed, *codes[4:]])
    part = written(tmp_path / "part.txt", [*codes[5:], "nonsense"])

    found = dairy.json("reconcile", whole, ends=3)
    assert (found["matched"], found["missing"]["units"]) == (0, 0)
    assert found["wrong_state"]["units"] == 10  # applied, and not in circulation yet
    told = dairy.run("reconcile", part, ends=3).stdout
    assert "missing: 5 units that the registry says you hold" in told
    assert "unreadable: 1 lines" in told
    assert "wrong holder: 5 lines" in rival.run("reconcile", part, ends=3).stdout


def test_receipts_of_a_file_are_recorded_once(
    dairy: Shell, batch: str, codes: list[str], tmp_path: Path
):
    dairy.run("apply", "--batch", batch)
    dairy.run("introduce", "--batch", batch)
    sold = [
        {
            "till": "T-1",
            "fiscal_document": str(at),
            "kind": "SALE",
            "issued_at": "2026-11-21T10:00:00Z",
            "items": [{"code": code}],
        }
        for at, code in enumerate(codes[:3])
    ]
    file = tmp_path / "receipts.json"
    file.write_text(json.dumps(sold))

    assert "3 recorded" in dairy.run("receipts", str(file)).stdout
    assert dairy.quiet("receipts", str(file)) == "3"
    assert "WITHDRAWN" in dairy.run("verify", codes[0], ends=1).stdout

    file.write_text(json.dumps([{**sold[0], "items": [{"code": codes[5]}]}]))
    assert "1 conflict" in dairy.run("receipts", str(file), ends=1).stdout
    file.write_text("{")
    assert "is no JSON" in dairy.run("receipts", str(file), ends=2).stderr
