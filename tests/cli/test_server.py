"""The server's own commands."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.cli.conftest import Shell
from tests.house.sources import ROOT

OPERATOR = ("--member-state", "BY", "--name", "Аператар", "--tax-id", "100000050")


def test_a_plan_changes_nothing(server_shell: Shell, empty_database_url: str):
    server_shell.environment["DATABASE_URL"] = empty_database_url

    told = server_shell.json("migrate", "--plan")
    assert told["version"] is None
    assert told == server_shell.json("migrate", "--plan")

    assert server_shell.json("migrate")["version"] == told["steps"][-1]
    assert "There is nothing to do." in server_shell.run("migrate", "--plan").stdout


def test_bootstrap_shows_the_key_once(server_shell: Shell):
    result = server_shell.run("bootstrap", *OPERATOR)

    assert result.stdout.startswith("tmg_")
    assert result.stdout.count("\n") == 1
    assert "keep it now, it is not shown again" in result.stderr


def test_an_operator_that_lost_its_key_gets_another(server_shell: Shell):
    first = server_shell.json("bootstrap", *OPERATOR)
    second = server_shell.json("bootstrap", *OPERATOR)

    assert first["participant"] == second["participant"]
    assert first["api_key"] != second["api_key"]


def test_a_wrong_tax_id_is_told(server_shell: Shell):
    told = server_shell.run("bootstrap", *OPERATOR[:-1], "100000051", ends=2).stderr

    assert "The control digit of 100000051 is wrong" in told


@pytest.fixture
def used_shell(server_shell: Shell, live_database: str) -> Shell:
    """A shell for the server's own commands, on the database that the service works on."""
    return Shell(server_shell.environment | {"DATABASE_URL": live_database})


def test_the_doctor_tells_each_invariant(used_shell: Shell, dairy: Shell, batch: str):
    dairy.run("apply", "--batch", batch, "--count", "3")

    told = used_shell.run("doctor").stdout

    assert "✓ sizes-agree" in told
    assert "✓ replay-differs-from-spans" in told
    assert "invariants hold." in told


def test_the_doctor_needs_the_master_key(server_shell: Shell):
    del server_shell.environment["TAMGA_MASTER_KEY"]

    told = server_shell.run("doctor", ends=2).stderr

    assert "→ Set TAMGA_MASTER_KEY" in told


@pytest.mark.usefixtures("batch")
def test_the_doctor_takes_no_other_master_key(used_shell: Shell):
    used_shell.environment["TAMGA_MASTER_KEY"] = bytes(32).hex()

    told = used_shell.run("doctor", ends=1).stderr

    assert "The master key is not the one" in told


@pytest.mark.parametrize("name", ["serve", "doctor"])
def test_a_setting_that_cannot_be_used_is_named(server_shell: Shell, name: str):
    server_shell.environment["TAMGA_PORT"] = "http"

    told = server_shell.run(name, ends=2).stderr

    assert "TAMGA_PORT: must be a whole number" in told


@pytest.mark.parametrize("name", ["migrate", "doctor"])
def test_a_database_that_does_not_answer_is_unreachable(server_shell: Shell, name: str):
    server_shell.environment["DATABASE_URL"] = "postgresql://tamga:password@127.0.0.1:9/tamga"

    told = server_shell.run(name, ends=4).stderr

    assert "The connection to the database was lost." in told


def test_a_database_without_its_schema_is_sent_to_be_migrated(
    server_shell: Shell, empty_database_url: str
):
    server_shell.environment["DATABASE_URL"] = empty_database_url

    told = server_shell.run("doctor", ends=1).stderr

    assert "→ tamga migrate" in told


def test_serving_needs_a_master_key(server_shell: Shell, tmp_path: Path):
    del server_shell.environment["TAMGA_MASTER_KEY"]
    server_shell.environment["TAMGA_DATA"] = str(tmp_path / "data")

    assert "There is no master key." in server_shell.run("serve", ends=2).stderr
    assert not (tmp_path / "data").exists()


def test_the_service_is_served_until_it_is_told_to_stop(server_shell: Shell):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", "serve"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | server_shell.environment | {"TAMGA_PORT": port, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stderr
        assert process.stderr.readline() == (
            f"Tamga on {url}, with DATABASE_URL; Ctrl-C stops it.\n"
        )
        with httpx2.Client(transport=httpx2.HTTPTransport(retries=9)) as client:
            assert client.get(f"{url}/ready").json()["master_key"]
        process.send_signal(signal.SIGTERM)
        assert process.stderr.read() == ""


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


def test_a_sweep_ends_what_is_over(server_shell: Shell):
    assert server_shell.run("sweep").stdout == "Ended: 0 offers, 0 blocks.\n"
    assert server_shell.json("sweep") == {"transfers": 0, "blocks": 0}
