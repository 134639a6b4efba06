"""Blocks by the command line, as the operator of the state."""

from pathlib import Path

import pytest

from tests.cli.conftest import Shell, written

WHY = ("--reason", "Listeria")


def test_units_are_blocked_told_and_freed(
    operator: Shell, dairy: Shell, batch: str, codes: list[str], tmp_path: Path
):
    file = written(tmp_path / "suspect.txt", codes[1:3])
    placed = operator.quiet("block", codes[0], "--file", file, *WHY, "--legal-basis", "TR 33")

    held = dairy.run("apply", codes[0], ends=1).stderr
    told = operator.run("blocks", placed).stdout
    listed = operator.run("blocks").stdout
    lifted = operator.run("unblock", placed, "--reason", "clean").stdout

    assert "Some of these goods are blocked" in held
    assert told.startswith("3 units: in force.\n")
    assert "TR 33" in told
    assert f"batch {batch}, units 0 to 2" in told
    assert placed in listed
    assert lifted.startswith(f"Block {placed} is lifted, event ")
    assert operator.quiet("blocks", placed) == "over"
    assert "UNBLOCKED at " in operator.run("blocks", placed).stdout
    assert dairy.quiet("apply", codes[0]) == "1"


def test_every_scope_has_its_own_option(operator: Shell, batch: str, gtin: str):
    scopes = [
        (("--batch", batch), "BATCH."),
        (("--batch", batch, "--first", "2", "--count", "3"), "UNITS, 3 units."),
        (("--gtin", gtin), "GTIN."),
        (("--gtin", gtin, "--lot", "L-1"), "LOT."),
    ]

    for named, told in scopes:
        assert operator.run("block", *named, *WHY, "--dry-run").stdout.endswith(f": {told}\n")
        placed = operator.json("block", *named, *WHY, "--until", "2199-01-01")
        assert placed["scope"] == told.partition(".")[0].partition(",")[0]
        operator.run("unblock", placed["block"], "--reason", "over")
    listed = operator.run("blocks").stdout
    assert f"lot L-1 of {gtin}" in listed
    assert f"batch {batch}" in listed
    assert f"GTIN {gtin}" in listed


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ((), "Block what?"),
        (("x", "--group", "milk"), "Block what?"),
        (("--lot", "L-1"), "A lot is one of a GTIN"),
        (("--count", "1"), "Units of a batch"),
    ],
)
def test_a_block_names_one_thing(operator: Shell, line: tuple[str, ...], told: str):
    assert told in operator.run("block", *line, *WHY, ends=2).stderr


def test_a_participant_blocks_nothing(dairy: Shell, codes: list[str]):
    assert "not for this participant's role" in dairy.run("block", *codes, *WHY, ends=1).stderr
