"""Codes taken apart without the service."""

import pytest

MILK = "0104810268028854212aB7zQ\x1d93dGVz"
LOST = MILK.replace("\x1d", "")


def test_a_code_is_shown_with_its_parts(shell):
    told = shell.run("parse", MILK).stdout

    assert told.startswith("0104810268028854212aB7zQ␝93dGVz\n")
    assert "GTIN: 04810268028854" in told
    assert "serial: 2aB7zQ" in told
    assert "verification code: dGVz" in told
    assert "repaired" not in told


def test_a_lost_separator_is_put_back_where_the_group_is_known(shell):
    found = shell.json("parse", LOST, "--group", "dairy")

    assert found["readings"][0]["marking_code"] == MILK
    assert found["readings"][0]["repairs"] == ["gs-lost"]


def test_repairs_are_told_in_words(shell):
    told = shell.run("parse", LOST, "--group", "milk").stdout

    assert "repaired: A lost separator was put back." in told


@pytest.mark.parametrize(
    "raw", ["]d2" + MILK, MILK.replace("\x1d", "<GS>"), f"(01){MILK[2:16]}(21)2aB7zQ(93)dGVz"]
)
def test_what_scanners_do_is_undone(shell, raw: str):
    found = shell.json("parse", raw, "--group", "milk")

    assert found["readings"][0]["marking_code"] == MILK


def test_an_unknown_group_is_refused_with_those_that_are_known(shell):
    told = shell.run("parse", MILK, "--group", "cheese", ends=1).stderr

    assert "no such product group" in told
    assert "cheese is none of" in told
    assert "milk" in told


def test_a_pipe_is_read_line_by_line(shell):
    told = shell.run("parse", "--quiet", ends=3, typed=f"{MILK}\r\n\nnonsense\n").stdout

    assert told == "0104810268028854212aB7zQ\nunrecognised\n"


def test_control_characters_do_not_reach_the_terminal(shell):
    told = shell.run("parse", "01\x1b[2J04810268028854", ends=1).output

    assert "\x1b" not in told
