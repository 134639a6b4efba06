"""Goods change hands by the command line."""

import json
from uuid import UUID

import pytest

from tests.cli.conftest import Shell

PAPER = ("--document", "17", "--document-date", "2026-11-01")


@pytest.fixture
def sold(dairy: Shell, batch: str, codes: list[str]) -> list[str]:
    """The codes of a batch that is in circulation."""
    dairy.run("apply", "--batch", batch)
    dairy.run("introduce", "--batch", batch)
    return codes


@pytest.fixture
def store(rival: Shell) -> str:
    """The id of the receiver."""
    return rival.json("whoami")["participant"]


def offered(dairy: Shell, store: str, *goods: str) -> str:
    found = dairy.quiet("transfer", "offer", "--to", store, *goods, *PAPER)
    assert UUID(found)
    return found


def test_goods_are_offered_and_accepted_in_parts(
    dairy: Shell, rival: Shell, batch: str, sold: list[str], store: str
):
    transfer = offered(dairy, store, "--batch", batch)
    assert transfer in rival.run("transfer", "list", "--status", "offered").stdout

    first = rival.run(
        "transfer", "accept", transfer, "--code", sold[0], "--missing", sold[1], "--verified"
    )
    assert "OFFERED: 1 accepted, 1 released, 8 left to answer; 1 discrepancies" in first.stdout
    assert rival.quiet("transfer", "accept", transfer) == "PARTLY_ACCEPTED"

    told = dairy.run("transfer", "show", transfer).stdout
    assert "10 offered, 9 accepted, 1 released, 0 sold, 0 left" in told
    assert "CONSIGNMENT_NOTE: 17 of 2026-11-01" in told
    assert "missing: batch" in told
    assert f"batch {batch}, units 0 to 9" in told


def test_an_offer_is_repeated_under_its_id(dairy: Shell, sold: list[str], store: str):
    asked = ("transfer", "offer", "--to", store, "--code", sold[0], *PAPER)
    first = dairy.json(*asked, "--id", "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a77")
    again = dairy.json(*asked, "--id", "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a77")

    assert first == again


def test_an_offer_is_rejected_or_taken_back(
    dairy: Shell, rival: Shell, sold: list[str], store: str
):
    one, other = (offered(dairy, store, "--code", code) for code in sold[:2])

    assert rival.quiet("transfer", "reject", one, "--reason", "damaged") == "REJECTED"
    assert dairy.quiet("transfer", "cancel", other) == "CANCELLED"
    told = dairy.run("transfer", "cancel", other, ends=1).stderr
    assert "has ended" in told
    assert {
        row["status"]
        for row in json.loads(dairy.run("transfer", "list", "--sent", "--json").stdout)
    } == {"REJECTED", "CANCELLED"}


def test_an_offer_says_to_whom_and_what(dairy: Shell, sold: list[str], store: str):
    nobody = dairy.run("transfer", "offer", "--code", sold[0], *PAPER, ends=2)
    assert "To whom?" in nobody.stderr
    nothing = dairy.run("transfer", "offer", "--to", store, *PAPER, ends=1)
    assert "names no goods" in nothing.stderr
    odd = dairy.run("transfer", "offer", "--to", store, "--first", "1", *PAPER, ends=2)
    assert "of a --batch" in odd.stderr
