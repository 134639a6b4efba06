"""Keys: kept, used, issued, revoked."""

import json
import stat
from pathlib import Path
from uuid import uuid4

from tests.cli.conftest import Shell, fresh_tax_ids


def kept(tmp_path: Path) -> Path:
    return tmp_path / "config" / "tamga" / "keys.json"


def logged_in(shell: Shell) -> tuple[Shell, str]:
    """The shell without its key in the environment, after it logged in with it."""
    key = shell.environment["TAMGA_API_KEY"]
    bare = Shell({k: v for k, v in shell.environment.items() if k != "TAMGA_API_KEY"})
    bare.run("login", typed=f"{key}\n")
    return bare, key


def test_a_key_is_kept_where_only_its_owner_reads_it(operator: Shell, tmp_path: Path):
    _, key = logged_in(operator)

    path = kept(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(json.loads(path.read_text())["keys"].values()) == [key]


def test_who_logged_in_needs_no_environment(operator: Shell):
    shell, _ = logged_in(operator)
    del shell.environment["TAMGA_URL"]

    told = shell.run("whoami").stdout

    assert "Аператар, BY: operator, participant" in told


def test_a_kept_key_is_sent_to_no_other_service(operator: Shell):
    shell, _ = logged_in(operator)

    told = shell.run("product", "list", "--url", "http://127.0.0.1:9", ends=1).stderr

    assert "There is no API key." in told


def test_a_wrong_key_is_not_kept(served: Shell, tmp_path: Path):
    told = served.run("login", typed="tmg_wrong\n", ends=1).stderr

    assert "The API key is missing, unknown, expired or revoked" in told
    assert "/problems/key-not-accepted" in told
    assert not kept(tmp_path).exists()


def test_a_forgotten_key_is_gone(operator: Shell, tmp_path: Path):
    shell, key = logged_in(operator)

    shell.run("logout")

    assert key not in kept(tmp_path).read_text()
    shell.run("product", "list", ends=1)


def test_a_damaged_key_file_is_named(shell: Shell, tmp_path: Path):
    path = kept(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text("{")

    told = shell.run("whoami", "--url", "http://127.0.0.1:9", ends=1).stderr

    assert f"{path} is damaged." in told


def test_an_operator_suspends_a_participant_and_lets_it_work_again(operator: Shell, gtin: str):
    name = ("--name", "Ферма", "--tax-id", next(fresh_tax_ids))
    farm = operator.quiet("participant", "add", *name)
    keys = [operator.quiet("key", "issue", farm) for _ in range(2)]  # a used one is remembered
    work = ("product", "add", gtin, "--group", "milk", "--name", "Творог")

    since = operator.quiet("participant", "suspend", farm, "--reason", "Two acts are unanswered.")
    refused = operator.with_key(keys[0]).run(*work, ends=1).stderr
    told = operator.run("participant", "list").stdout
    resumed = operator.run("participant", "resume", farm).stdout

    assert "The participant is suspended" in refused
    assert since in told
    assert "is not suspended" in resumed
    assert operator.with_key(keys[1]).quiet(*work) == gtin


def test_an_operator_registers_a_participant_and_issues_its_key(operator: Shell):
    found = operator.json("participant", "add", "--name", "Ферма", "--tax-id", next(fresh_tax_ids))
    key = operator.quiet("key", "issue", found["id"], "--scope", "read")

    who = operator.with_key(key).json("whoami")

    assert (who["participant"], who["member_state"]) == (found["id"], "BY")
    assert who["scopes"] == ["READ"]
    assert found["id"] in operator.quiet("participant", "list")


def test_a_registration_repeated_under_its_id_is_one(operator: Shell):
    known_as = str(uuid4())
    line = (
        "participant",
        "add",
        "--name",
        "Ферма",
        "--tax-id",
        next(fresh_tax_ids),
        "--id",
        known_as,
    )

    assert {operator.quiet(*line), operator.quiet(*line)} == {known_as}


def test_a_wrong_tax_id_is_refused_with_what_is_wrong(operator: Shell):
    line = ("participant", "add", "--name", "Ферма", "--tax-id", "190239502")

    told = operator.run(*line, ends=1).stderr

    assert "body.tax_id: The control digit of 190239502 is wrong" in told
    assert "/problems/request-invalid" in told


def test_a_key_is_shown_once(operator: Shell):
    known_as = str(uuid4())

    first = operator.run("key", "issue", "--id", known_as)
    again = operator.run("key", "issue", "--id", known_as)

    assert first.stdout.startswith("tmg_")
    assert "is not shown again" in first.stderr
    assert "tmg_" not in again.output


def test_a_revoked_key_is_listed_as_such(operator: Shell):
    known_as = str(uuid4())
    operator.run("key", "issue", "--id", known_as)

    operator.run("key", "revoke", known_as)

    listed = {one["id"]: one["revoked_at"] for one in operator.json("key", "list")}
    assert listed[known_as] is not None


def test_the_id_of_a_request_is_told_to_those_who_ask(operator: Shell):
    told = operator.run("key", "issue", "--verbose").stderr

    assert "id " in told
    assert "PUT /participants/" in told
