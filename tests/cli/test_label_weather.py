"""Labels that break off on their way, arrive changed, or whose printing nobody sees to its end."""

import hashlib
from pathlib import Path
from uuid import uuid4

from tests.cli.conftest import Shell
from tests.cli.test_weather import Reply, answering

PRINT = str(uuid4())
FILE = b"%PDF-1.7 labels"
CUT = {"Content-Length": "1000000"}
SENDING = b'{"sent":7,"confirmed":5,"of":10,"state":"ready"}\n{"sent":9,"confirmed"'


def record(file: bytes | None) -> dict:
    made = {
        "sha256": hashlib.sha256(file or b"").hexdigest(),
        "pages": 1,
        "symbols_checked": 10,
        "dpi": 203,
        "module_mm": None,
    }
    counts = {"labels": 10, "units": 10, "packages": 0, "reprinted": 0}
    return {"print": PRINT, "format": "pdf", **counts, "file": made if file else None}


def served(sent: Reply, recorded: bytes | None = FILE):
    """A service with one print, whose labels come as this reply."""

    def reply(path: str) -> Reply:
        return sent if path.endswith(("/labels", "/sendings")) else Reply(body=record(recorded))

    return answering(reply)


def reprinted(shell: Shell, url: str, ends: int) -> str:
    line = ("labels", "reprint", PRINT, "--reason", "jam", "-o", "out.pdf", "--url", url)
    return shell.run(*line, ends=ends, key="key").output


def test_labels_that_arrive_whole_are_kept(shell: Shell, tmp_path: Path):
    with served(Reply(body=FILE)) as (url, _):
        told = reprinted(shell, url, ends=0)

    assert "out.pdf: 10 labels of 10 units." in told
    assert (tmp_path / "out.pdf").read_bytes() == FILE


def test_of_labels_that_break_off_nothing_is_left_that_looks_whole(shell: Shell, tmp_path: Path):
    (tmp_path / "out.pdf").write_bytes(b"of yesterday")

    with served(Reply(body=FILE, headers=CUT)) as (url, _):
        told = reprinted(shell, url, ends=4)

    assert "The labels broke off; nothing was written." in told
    assert f"→ tamga labels reprint {PRINT} --reason 'the download broke off' -o out.pdf" in told
    assert (tmp_path / "out.pdf").read_bytes() == b"of yesterday"
    assert list(tmp_path.glob("*.part")) == []


def test_labels_that_are_not_those_on_record_are_not_to_be_used(shell: Shell, tmp_path: Path):
    for on_record in (b"others", None):
        with served(Reply(body=FILE), on_record) as (url, _):
            told = reprinted(shell, url, ends=5)

        assert f"What came is not what is on record of print {PRINT}." in told
    assert not (tmp_path / "out.pdf").exists()


def test_a_sending_whose_service_is_lost_is_told_as_far_as_it_came(shell: Shell):
    line = ("labels", "send", PRINT, "--printer", "line-1")

    with served(Reply(body=SENDING, headers=CUT)) as (url, _):
        told = shell.run(*line, "--url", url, ends=3, key="key")

    assert "line-1 stopped: the service was lost" in told.stdout
    assert "5 of 10 labels are confirmed" in told.stdout
    assert "go on with label 6" in told.stderr


def test_a_sending_that_never_began_is_told_as_such(shell: Shell):
    with served(Reply(hangs_up=True)) as (url, _):
        line = ("labels", "send", PRINT, "--printer", "line-1", "--url", url)
        told = shell.run(*line, ends=4, key="key").stderr

    assert "does not answer" in told


def test_a_printer_that_confirms_nothing_is_told_as_sent(shell: Shell):
    silent = b'{"sent":10,"confirmed":0,"of":10,"state":"untold"}\n'

    with served(Reply(body=silent)) as (url, _):
        line = ("labels", "send", PRINT, "--printer", "line-1", "--url", url)
        told = shell.run(*line, key="key").stdout

    assert told == "line-1: 10 of 10 labels were sent, none confirmed.\n"
