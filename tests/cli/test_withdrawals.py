"""Goods leave, come back and get new codes, by the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Shell, codes_of, written

ACT = ("--document", "17", "--document-kind", "DESTRUCTION_ACT", "--document-date", "2026-11-20")
ORDER = ("--document", "4", "--document-name", "Order", "--document-date", "2026-11-20")
DESTROYED = ("--reason", "DESTRUCTION", *ACT)
OWN_USE = ("--reason", "OWN_USE", *ORDER)


@pytest.fixture
def goods(dairy: Shell, batch: str, codes: list[str]) -> list[str]:
    """The codes of a batch that is in circulation."""
    dairy.run("apply", "--batch", batch)
    dairy.run("introduce", "--batch", batch)
    return codes


def test_goods_leave_and_come_back(dairy: Shell, goods: list[str], batch: str):
    left = dairy.json("withdraw", *goods[:2], "--batch", batch, "--first", "8", *OWN_USE)
    back = dairy.run("restore", goods[0], *ORDER, "--corrects", str(left["event"])).stdout

    assert left["units"] == 4
    assert back.startswith("1 units restored, event ")
    assert [dairy.quiet("standing", code) for code in goods[:2]] == ["IN_CIRCULATION", "WITHDRAWN"]


def test_a_file_leaves_once(dairy: Shell, goods: list[str], tmp_path: Path):
    file = written(tmp_path / "burnt.txt", goods[:4])

    first = dairy.json("withdraw", "--file", file, *DESTROYED)
    again = dairy.run("withdraw", "--file", file, *DESTROYED)
    more = dairy.run("restore", "--file", file, *ORDER, "--partial", ends=1)

    assert first["units"] == 4
    assert "This was done before" in again.stderr
    assert "Some of these goods were withdrawn for a reason that cannot be undone" in more.stderr


def test_a_part_of_a_list_leaves(dairy: Shell, goods: list[str]):
    result = dairy.run("withdraw", goods[0], "rubbish", *DESTROYED, "--partial", ends=3)

    assert "1 units withdrawn" in result.stdout
    assert "1 refused: unreadable 1" in result.stderr


def test_a_rehearsal_changes_nothing(dairy: Shell, goods: list[str]):
    told = dairy.run("withdraw", goods[0], *DESTROYED, "--dry-run").stdout

    assert told == "1 units would be withdrawn.\n"
    assert dairy.quiet("standing", goods[0]) == "IN_CIRCULATION"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ((), "Which goods?"),
        (("x", "--file", "README.md"), "Which goods?"),
        (("x", "--first", "1"), "are of a --batch"),
        (("x", "--document", "17"), "A document has a number and a date"),
        (("x", "--parts", "half"), "write TAKEN/OF"),
    ],
)
def test_a_line_that_contradicts_itself(dairy: Shell, line: tuple[str, ...], told: str):
    Path("README.md").write_text("x\n")

    assert told in dairy.run("withdraw", "--reason", "OWN_USE", *line, ends=2).stderr


def test_parts_are_not_of_files(dairy: Shell, tmp_path: Path):
    file = written(tmp_path / "kegs.txt", ["x"])
    line = ("withdraw", "--file", file, *OWN_USE, "--parts", "1/2")

    assert "--parts are of units" in dairy.run(*line, ends=2).stderr


def test_what_the_rules_say_is_told(dairy: Shell, goods: list[str]):
    told = dairy.run("withdraw", goods[0], *OWN_USE, "--parts", "1/2", ends=1).stderr

    assert "Units of this product group leave circulation whole" in told


@pytest.fixture
def fresh(dairy: Shell, product: str) -> list[str]:
    """Codes that were applied and stand on nothing yet."""
    batch = dairy.quiet("batch", "register", product, "--quantity", "3", "--emission", "REMARK")
    dairy.run("apply", "--batch", batch)
    return codes_of(dairy, batch)


def test_goods_get_new_codes(dairy: Shell, goods: list[str], fresh: list[str], tmp_path: Path):
    cause = ("--cause", "CODE_SPOILED_OR_LOST")
    lines = [f"{fresh[1]}\t{goods[1]}", fresh[2]]
    file = written(tmp_path / "pairs.tsv", lines)

    rehearsed = dairy.run("remark", fresh[0], goods[0], *cause, "--dry-run").stdout
    one = dairy.run("remark", fresh[0], goods[0], *cause).stdout
    others = dairy.json("remark", "--file", file, *cause, *ORDER)

    assert rehearsed == "1 new codes would stand on goods.\n"
    assert one.startswith("1 new codes stand on goods, 1 old ones are withdrawn, event ")
    assert (others["units"], others["replaced"]) == (2, 1)
    assert dairy.quiet("standing", fresh[2]) == "IN_CIRCULATION"
    assert "Which codes?" in dairy.run("remark", *cause, ends=2).stderr
