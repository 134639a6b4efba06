"""What people see at a terminal, and pipes do not."""

import os
import pty
import subprocess
import sys

import pytest

from cli.terminal import lasted, visible
from tests.cli.conftest import NAME, Shell
from tests.house.sources import ROOT

PROGRAM = "from cli.main import main; main()"
ESCAPE = "\x1b["


def at_a_terminal(shell: Shell, *line: str, **environment: str) -> str:
    """What the command shows at a terminal of its own."""
    ours, theirs = pty.openpty()
    known = {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100", **shell.environment}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *line],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={"PATH": os.environ["PATH"], **known, **environment},
        close_fds=True,
    )
    os.close(theirs)
    shown = b""
    while piece := read(ours):
        shown += piece
    os.close(ours)
    assert process.wait() == 0, shown
    return shown.decode().replace("\r\n", "\n")


def read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # the other side is closed: how Linux says the end of a terminal
        return b""


@pytest.fixture
def goods(product: str, tmp_path):
    path = tmp_path / "goods.tsv"
    path.write_text(f"gtin\tproduct_group\tname\n{product}\tmilk\t{NAME}\n", "utf-8")
    return str(path)


def test_a_table_is_drawn_at_a_terminal(dairy: Shell, product: str):
    shown = at_a_terminal(dairy, "product", "list")

    assert "\t" not in shown
    assert f"{product}  milk" in shown
    assert ESCAPE in shown


def test_a_table_is_tab_separated_in_a_pipe(dairy: Shell, product: str):
    told = dairy.run("product", "list").stdout

    assert told == f"gtin\tgroup\tbrand\tname\n{product}\tmilk\t\t{NAME}\n"


def test_long_work_shows_how_far_it_is(dairy: Shell, goods: str):
    shown = at_a_terminal(dairy, "product", "import", goods)

    assert "Reading the rows" in shown
    assert "Imported: 1 rows, 1 unchanged." in shown


@pytest.mark.parametrize("asked", ["--quiet", "--json"])
def test_nothing_moves_where_the_bare_result_was_asked_for(dairy: Shell, goods: str, asked: str):
    assert ESCAPE not in at_a_terminal(dairy, "product", "import", goods, asked)


def test_colours_are_left_out_where_they_are_not_wanted(dairy: Shell, product: str):
    shown = at_a_terminal(dairy, "product", "list", NO_COLOR="1")
    parsed = at_a_terminal(dairy, "parse", f"01{product}212aB7zQ\x1d93dGVz", NO_COLOR="1")

    assert f"{ESCAPE}3" not in shown
    assert ESCAPE not in parsed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("01\x1d93", "01␝93"),
        ("a\x1b[2Jb", "a·[2Jb"),
        ("one\ntwo", "one two"),
        ("Кефир \u202eabc", "Кефир ·abc"),
        (240, "240"),
    ],
)
def test_nothing_that_others_typed_moves_the_cursor(text: object, shown: str):
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0042, "4 ms"), (0.0999, "0.1 s"), (12.34, "12.3 s")]
)
def test_times_are_told_as_people_do(seconds: float, told: str):
    assert lasted(seconds) == told
