"""The demo, as a newcomer meets it."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from cli.demo.people import DAIRY, OPERATORS, PARTICIPANTS, rows
from cli.demo.story import GTIN, goods_of, sheet
from domain.catalogue.groups import catalogue
from domain.standards import gs1_keys, member_state
from domain.standards.member_state import MemberState
from tests.cli.conftest import Shell
from tests.house.sources import ROOT

JOURNEY = ["registered", "applied", "introduced", "packed", "offered", "accepted", "sold"]
PROGRAM = "from cli.main import main; main()"


@pytest.fixture
def data(
    session_directory: Path, postgres_binaries: Path | None, request: pytest.FixtureRequest
) -> Path:
    """Where the server's user can reach, too."""
    if postgres_binaries:
        pytest.skip("the demo runs on the PostgreSQL that comes along")
    return session_directory / request.node.name


def test_the_demo_tells_its_story_and_goes_on_with_it(shell: Shell, data: Path):
    shell.environment |= {"TAMGA_DATA": str(data), "TAMGA_PORT": "1"}
    first = shell.run("demo", "--once").stdout

    assert [line for line in first.split("\n")[:20] if not line.startswith("✓ ")] == []
    assert "Made a master key" in first
    assert "back it up" in first
    assert f"Imported {len(list(rows('goods.tsv')))} real goods: " in first
    assert "IN CIRCULATION" in first
    assert "✓ The verification code is right." in first
    assert "20 cases, one pallet" in first
    assert "in Almaty by recognition" in first
    assert "accepted 239 units, 1 was missing" in first
    assert "may be sold in KZ" in first
    told = [what for what in JOURNEY if f"\t{what}\t" in first]
    assert told == JOURNEY
    for file in ("labels.pdf", "pallet.pdf"):
        assert (data / file).read_bytes().startswith(b"%PDF-")

    (data / "keys" / DAIRY.slug).unlink()
    (data / "keys" / OPERATORS[0].slug).write_text("of another registry")
    again = running_demo(shell, data)

    assert "Found the master key" in again
    assert "5 operators, one a member state, 1 new key " in again
    assert "12 participants in five states, 1 new key " in again
    assert again.count("in an earlier run") == 8


def running_demo(shell: Shell, data: Path) -> str:
    """Start the demo again, look at the pages that it names, and end it as people do."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM, "demo"],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **shell.environment},
    ) as process:
        assert process.stdout
        told = ""
        for line in process.stdout:
            told += line
            if " login --url" in line:
                break
        visit(shell, data, told)
        process.send_signal(signal.SIGINT)
        told += process.stdout.read()
    assert process.returncode == 0
    assert not (data / "cluster" / "data" / "postmaster.pid").exists()
    return told


def visit(shell: Shell, data: Path, told: str) -> None:
    """Go where the demo says one may go."""
    [history] = re.findall(r"its history +(http\S+)", told)
    [docs] = re.findall(r"documentation +(http\S+)", told)
    url = docs.removesuffix("/docs")
    assert httpx2.get(docs).status_code == 200
    assert httpx2.get(history).status_code == 200
    verdict = shell.json("verify", history, "--url", url)
    assert (verdict["verdict"], verdict["repairs"]) == ("in-circulation", ["digital-link"])
    key = (data / "keys" / DAIRY.slug).read_text()
    assert DAIRY.name in shell.run("login", "--url", url, typed=key).stdout


def test_data_is_not_taken_for_that_of_another_master_key(shell: Shell, data: Path):
    shell.environment |= {"TAMGA_DATA": str(data), "TAMGA_PORT": "1"}
    told = json.loads(shell.run("demo", "--once", "--json").stdout)
    assert told["verdict"]["verdict"] == "in-circulation"
    assert [event["kind"].lower() for event in told["events"]] == JOURNEY
    assert {event["state_of_turnover"] for event in told["events"]} == {"BY", "KZ"}
    assert told["history"].startswith(told["url"])

    (data / "master-key").write_text(bytes(32).hex())
    assert "was made with another master key" in shell.run("demo", "--once", ends=1).stderr

    (data / "master-key").unlink()
    assert "is missing" in shell.run("demo", "--once", ends=1).stderr
    assert not (data / "master-key").exists()


@pytest.mark.parametrize("one", [*OPERATORS, *PARTICIPANTS], ids=lambda one: one.slug)
def test_everybody_has_a_tax_id_of_its_state(one):
    assert member_state.tax_id(MemberState(one.member_state), one.tax_id)


def test_there_are_operators_and_participants_in_all_five_states():
    states = {state.value for state in MemberState}

    assert [one.member_state for one in OPERATORS] == ["AM", "BY", "KZ", "KG", "RU"]
    assert {one.member_state for one in PARTICIPANTS} == states
    assert len(PARTICIPANTS) == 12


def test_goods_are_real_trade_items_of_known_groups():
    goods = list(rows("goods.tsv"))

    assert {gs1_keys.gtin(item["gtin"]) for item in goods} == {item["gtin"] for item in goods}
    assert {
        item["product_group"] for item in goods if not catalogue().find(item["product_group"])
    } == set()
    assert GTIN in {item["gtin"] for item in goods_of(DAIRY, goods)}


def test_all_goods_have_one_owner():
    goods = list(rows("goods.tsv"))

    owned = [item["gtin"] for one in PARTICIPANTS for item in goods_of(one, goods)]

    assert sorted(owned) == sorted(item["gtin"] for item in goods)


def test_a_sheet_is_read_back_as_it_was():
    goods = list(rows("goods.tsv"))[:3]

    read = csv.DictReader(io.StringIO(sheet(goods).decode()), delimiter="\t")

    assert list(read) == goods
