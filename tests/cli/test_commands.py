"""What holds for every command."""

import json
import subprocess
import sys

import click
import pytest

from cli.main import PLACES, SECTIONS, tamga
from cli.options import command
from tests.house.sources import ROOT

SERVER = {"fastapi", "sqlalchemy", "sqlmodel", "asyncpg", "uvicorn", "pydantic", "numpy", "api"}
SERVERS_OWN = {"serve", "migrate", "bootstrap", "doctor", "sweep"}
ABOUT = {name: about for section in SECTIONS.values() for name, _, about in section}
LEAVES = [
    (name, inner)
    for name in PLACES
    for found in [tamga.get_command(click.Context(tamga), name)]
    for inner in (found.commands if isinstance(found, click.Group) else [None])
]


@command()
def broken() -> None:
    raise LookupError("first line\nsecond line")


def modules_after(program: str) -> set[str]:
    """The top-level modules that a fresh Python has imported after this program."""
    told = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport json, sys\nprint(json.dumps([*sys.modules]))"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {name.partition(".")[0] for name in json.loads(told.rstrip("\n").rpartition("\n")[2])}


@pytest.fixture(scope="module")
def bare_modules() -> set[str]:
    return modules_after("pass")


def test_version_needs_click_and_nothing_else(bare_modules: set[str]):
    program = "from cli.main import tamga\ntamga.main(['--version'], standalone_mode=False)"

    more = modules_after(program) - bare_modules - set(sys.stdlib_module_names)

    assert {name for name in more if not name.startswith("_")} <= {"cli", "click"}


def test_help_needs_no_more_than_version(bare_modules: set[str]):
    program = "from cli.main import tamga\ntamga.main(['--help'], standalone_mode=False)"

    more = modules_after(program) - bare_modules - set(sys.stdlib_module_names)

    assert {name for name in more if not name.startswith("_")} <= {"cli", "click"}


def test_no_command_of_the_client_imports_the_server():
    client = sorted(set(PLACES) - SERVERS_OWN)
    program = (
        "import click\nfrom cli.main import tamga\n"
        f"for name in {client!r}: tamga.get_command(click.Context(tamga), name)"
    )

    modules = modules_after(program)

    assert modules & SERVER == set()
    assert "rich" not in modules  # only where something is drawn
    assert {"httpx2", "labels", "domain"} <= modules


@pytest.mark.parametrize("name", PLACES)
def test_a_command_is_announced_as_it_describes_itself(name: str):
    found = tamga.get_command(click.Context(tamga), name)

    assert found is not None
    assert ABOUT[name] == (found.help or "").partition("\n")[0]
    assert found.name == name


@pytest.mark.parametrize(("name", "inner"), LEAVES)
def test_every_command_answers_in_json_and_quietly(name: str, inner: str | None):
    found = tamga.get_command(click.Context(tamga), name)
    if isinstance(found, click.Group) and inner:
        found = found.commands[inner]

    options = {option for one in found.params for option in one.opts}

    assert {"--json", "--quiet", "--verbose", "--debug", "--url"} <= options


def test_help_names_every_command(shell):
    told = shell.run("--help").stdout

    assert [name for name in PLACES if f"  {name} " not in told] == []


def test_an_unknown_command_is_a_matter_of_usage(shell):
    told = shell.run("brew", ends=2).stderr

    assert "No such command 'brew'" in told


def test_what_nobody_foresaw_becomes_one_line(shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(PLACES, "broken", f"{__name__}:broken")

    told = shell.run("broken", ends=5).stderr

    assert told == (
        "Error: Tamga failed: LookupError: first line\n  This is a fault of ours; --debug shows where.\n"
    )


def test_debug_shows_where(shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(PLACES, "broken", f"{__name__}:broken")

    with pytest.raises(AssertionError, match="Traceback"):
        shell.run("broken", "--debug", ends=5)


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_shell_completes(shell, name: str):
    assert "_TAMGA_COMPLETE" in shell.run("completion", name).stdout


def test_the_shell_is_told_the_commands(shell):
    asking = {"_TAMGA_COMPLETE": "bash_complete", "COMP_WORDS": "tamga ver", "COMP_CWORD": "1"}
    shell.environment |= asking

    assert shell.run().stdout == "plain,verify\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("verify", "0104810268028854212aB7zQ"), 4),
        (("history", "0104810268028854212aB7zQ"), 4),
        (("whoami",), 4),
        (("product", "list"), 1),  # no key: nobody is asked
        (("batch", "register", "04810268028854"), 2),
        (("apply",), 2),
        (("apply", "--first", "3", "code"), 2),
        (("verify", "--url", "localhost:8000", "code"), 2),
        (("product", "import", "nowhere.csv"), 2),
        (("standing", "code", "--as-of", "yesterday"), 2),
        (("lot", "code", "--produced-on", "20.11.2026"), 2),
        (("introduce", "code", "--document", "17"), 2),
    ],
)
def test_exit_codes_tell_whose_turn_it_is(shell, line: tuple[str, ...], code: int):
    told = shell.run(*line, ends=code)

    assert told.stdout == ""
    assert told.stderr


def test_who_cannot_be_reached_is_named_with_what_to_do(shell):
    told = shell.run("verify", "code", ends=4).stderr

    assert "http://127.0.0.1:9 does not answer" in told
    assert "--url, TAMGA_URL" in told


def test_a_failure_is_json_where_json_was_asked_for(shell):
    told = json.loads(shell.run("verify", "code", "--json", ends=4).stderr)

    assert told["title"] == "http://127.0.0.1:9 does not answer."


@pytest.mark.parametrize("line", [("--json", "parse", "x"), ("parse", "--json", "x")])
def test_common_options_stand_before_a_command_or_after_it(shell, line: tuple[str, ...]):
    assert json.loads(shell.run(*line, ends=1).stdout)["problem"] == "unrecognised"
