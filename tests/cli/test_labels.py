"""Labels from the command line: layouts on this machine, prints and printers of the service."""

import hashlib
import io
import json
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pypdfium2 as pdfium
import pytest

from api.settings import Settings
from cli.demo.running import running
from labels.layouts import ready
from labels.printers.address import Dialect, Printer
from tests.cli.conftest import MASTER_KEY, Shell, written
from tests.printers import FakePrinter, printing, zebra

ROLL = "roll-43x25"
SSCC = "346070959999990015"


@pytest.fixture
def own(shell: Shell, tmp_path: Path) -> Path:
    """A layout of one's own: the ready one, on the way of being changed."""
    path = tmp_path / "own.toml"
    path.write_text(shell.run("labels", "layout", ROLL).stdout, encoding="utf-8")
    return path


def test_the_ready_layouts_are_listed_without_asking_the_service(shell: Shell):
    told = shell.json("labels", "layouts")

    assert tuple(one["layout"] for one in told) == ready.names()
    assert shell.run("labels", "layouts").stdout.startswith("layout\tlabel mm\tsheet\tkind")


def test_a_ready_layout_is_where_one_s_own_begins(shell: Shell, own: Path):
    assert own.read_text(encoding="utf-8") == ready.named(ROLL).toml
    assert shell.json("labels", "layout", ROLL) == {
        "layout": ROLL,
        "toml": ready.named(ROLL).toml,
    }
    assert "fits\n" in shell.run("labels", "check", str(own)).stdout
    assert {one["fits"] for one in shell.json("labels", "check", str(own))} == {"yes"}


def test_what_has_no_room_is_told_by_the_millimetre(shell: Shell):
    told = shell.json("labels", "check", "roll-30x20", "--dpi", "203", ends=3)

    [shoes] = [one for one in told if one["goods"] == "L88"]
    assert shoes["symbol"] is None
    assert "needed mm: 17.27" in shoes["fits"]
    assert "available mm: 14.39" in shoes["fits"]


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("[label]\nwidth_mm = 5000 #", "field: label.width_mm"),
        ("colour = 1\n[label]", "field: colour"),
        ("[label", "this is no TOML"),
    ],
)
def test_a_layout_that_is_none_is_refused_by_field(shell: Shell, own: Path, label: str, told: str):
    text = own.read_text(encoding="utf-8").replace("[label]\nwidth_mm", label + "\nwidth_mm")
    own.write_text(text.replace("#\nwidth_mm", "#"), encoding="utf-8")

    for line in (("check",), ("preview", "-o", "out.pdf"), ("test-page", "-o", "out.pdf")):
        assert told in shell.run("labels", *line, str(own), ends=1).stderr
    assert not own.with_name("out.pdf").exists()


def test_files_that_are_no_layouts_are_refused(shell: Shell, tmp_path: Path):
    (tmp_path / "other.toml").write_bytes("# Этикетка".encode("cp1251"))
    (tmp_path / "long.toml").write_bytes(b"#" * 100_000)

    assert "is not UTF-8" in shell.run("labels", "check", "other.toml", ends=1).stderr
    assert "at most 16384 bytes" in shell.run("labels", "check", "long.toml", ends=1).stderr
    assert "known: a4-2x2-logistic" in shell.run("labels", "check", "unicorn", ends=1).stderr
    shell.run("labels", "check", "nowhere.toml", ends=2)


@pytest.mark.parametrize(
    ("suffix", "begins"), [("svg", b"<svg "), ("png", b"\x89PNG"), ("pdf", b"%PDF-1.")]
)
def test_a_layout_is_previewed_in_every_form(
    shell: Shell, own: Path, tmp_path: Path, suffix: str, begins: bytes
):
    shell.run("labels", "preview", str(own), "-o", f"one.{suffix}")
    shell.run("labels", "preview", ROLL, "-o", f"two.{suffix}", "--sample", "2")

    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("one", "two"))
    assert first.startswith(begins)
    assert first != second or suffix == "pdf"


def test_a_preview_of_another_form_or_of_impossible_dots_is_refused(shell: Shell):
    shell.run("labels", "preview", ROLL, "-o", "one.gif", ends=2)
    told = shell.run("labels", "preview", ROLL, "-o", "one.png", "--dpi", "72", ends=1).stderr

    assert "smallest mm: 0.255" in told


def test_a_test_page_is_as_large_as_the_paper(shell: Shell, tmp_path: Path):
    path = shell.quiet("labels", "test-page", "a4-3x8")

    page = pdfium.PdfDocument(tmp_path / path)[0]
    assert page.get_size() == pytest.approx((595, 842), abs=1)


def pages_of(path: Path) -> int:
    return len(pdfium.PdfDocument(io.BytesIO(path.read_bytes())))


def test_labels_of_a_batch_come_with_their_proof(dairy: Shell, batch: str, tmp_path: Path):
    path = tmp_path / "labels.pdf"

    told = dairy.run("labels", "print", "--batch", batch, "-o", str(path)).stdout

    assert f"{path}: 10 labels of 10 units.\n" in told
    assert "10 pages, 10 symbols read back at 203 dpi, module 0.626 mm" in told
    assert pages_of(path) == 10
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_used_sheet_is_filled_from_where_it_is_free(dairy: Shell, batch: str, tmp_path: Path):
    sheet = ("--layout", "a4-3x8", "--start", "20", "--count", "6", "-o", str(tmp_path / "a.pdf"))
    told = dairy.json("labels", "print", "--batch", batch, *sheet)
    beyond = ("--layout", "a4-3x8", "--start", "25")

    refused = dairy.run("labels", "print", "--batch", batch, *beyond, ends=1).stderr

    assert told["file"]["pages"] == pages_of(tmp_path / "a.pdf") == 2
    assert "positions 24" in refused


def test_what_was_printed_before_needs_a_reason(dairy: Shell, batch: str, codes: list[str]):
    dairy.run("labels", "print", "--batch", batch, "--first", "0", "--count", "5")
    line = ("labels", "print", "--code", codes[4], "--code", codes[5])

    refused = dairy.run(*line, ends=1).stderr
    again = dairy.json(*line, "--reason", "torn off")

    assert "reason" in refused
    assert (again["units"], again["reprinted"], again["reason"]) == (2, 1, "torn off")


def test_a_repeated_request_prints_nothing_new(dairy: Shell, batch: str, tmp_path: Path):
    line = ("labels", "print", "--batch", batch, "--id", str(uuid4()), "-o", "a.pdf")
    first = dairy.json(*line)
    refused = dairy.run(*line, ends=1)
    content = (tmp_path / "a.pdf").read_bytes()

    dairy.run("labels", "reprint", first["print"], "--reason", "jam", "-o", "b.pdf")

    assert "This was done before" in refused.stderr
    assert "printed before, and no reason is told" in refused.stderr
    assert (tmp_path / "b.pdf").read_bytes() == content
    assert hashlib.sha256(content).hexdigest() == first["file"]["sha256"]
    assert [one["print"] for one in dairy.json("labels", "ledger", batch)] == [first["print"]]
    assert not list(tmp_path.glob("*.part"))


def test_the_ledger_and_a_print_tell_who_printed_what_and_why(dairy: Shell, batch: str):
    first = dairy.json("labels", "print", "--batch", batch, "--count", "3")["print"]
    dairy.run("labels", "reprint", first, "--reason", "the ribbon was empty")
    dairy.run("labels", "print", "--batch", batch, "--reason", "new look", "--layout", ROLL)

    ledger = dairy.json("labels", "ledger", batch)
    told = dairy.run("labels", "show", first).stdout

    assert [one["reason"] for one in ledger] == ["new look", None]
    assert [one["fetches"] for one in ledger] == [1, 2]
    assert f"batch {batch}: units 0 to 2" in told
    assert "by Минский молочный завод" in told
    assert ": the ribbon was empty" in told
    assert "3 symbols read back" in told


def test_codes_of_a_file_come_in_its_order_and_in_every_form(
    dairy: Shell, codes: list[str], tmp_path: Path
):
    file = written(tmp_path / "codes.txt", [codes[3], codes[1]])
    line = ("labels", "print", "--file", file, "--format")

    rows = dairy.run(*line, "jsonl", "-o", "-").stdout
    zpl = dairy.run(*line, "zpl", "-o", "-", "--reason", "other printer", "--copies", "2").stdout

    told = [json.loads(row) for row in rows.split("\n")[:-1]]
    assert [codes.index(one["marking_code"]) for one in told] == [3, 1]
    assert zpl.count("^XZ") == 4 or zpl.count("^PQ2") == 2


def test_a_label_printed_as_a_picture_is_read_back(dairy: Shell, codes: list[str]):
    line = ("labels", "print", "--code", codes[0], "--format", "png", "--qr", "-o", "one.png")
    refused = dairy.run(*line, ends=1).stderr
    dairy.run(*line, "--layout", "roll-58x60")

    assert "which the layout has no box for" in refused
    assert codes[0].replace("\x1d", "␝") in dairy.run("scan", "--text", "one.png").stdout


def test_a_layout_of_one_s_own_prints(dairy: Shell, own: Path, batch: str):
    own.write_text(own.read_text(encoding="utf-8").replace(ROLL, "my-own"), encoding="utf-8")

    told = dairy.json("labels", "print", "--batch", batch, "--layout", str(own))

    assert (told["layout"], told["layout_toml"]) == ("my-own", own.read_text(encoding="utf-8"))


def test_a_package_gets_a_logistic_label(
    dairy: Shell, batch: str, codes: list[str], tmp_path: Path
):
    dairy.run("apply", "--batch", batch)
    dairy.run("pack", written(tmp_path / "line.tsv", [f"{SSCC}\t{code}" for code in codes]))

    told = dairy.run("labels", "print", "--package", SSCC, "-o", "p.pdf").stdout

    assert "p.pdf: 1 label of 1 package.\n" in told
    assert pages_of(tmp_path / "p.pdf") == 1


def test_a_dry_run_and_an_order_print_nothing(dairy: Shell, batch: str, tmp_path: Path):
    line = ("labels", "print", "--batch", batch, "--copies", "3")

    rehearsed = dairy.run(*line, "--dry-run").stdout
    nothing = dairy.json("labels", "ledger", batch)
    ordered = dairy.run(*line, "--order-only").stdout

    assert "Would print 30 labels of 10 units." in rehearsed
    assert nothing == []
    assert "→ tamga labels send" in ordered
    assert list(tmp_path.glob("*.pdf")) == []


@pytest.mark.parametrize(
    "line",
    [
        (),
        ("--batch", str(uuid4()), "--code", "x"),
        ("--code", "x", "--first", "1"),
        ("--batch", "x"),
        ("--batch", str(uuid4()), "--format", "bmp"),
    ],
)
def test_goods_that_are_not_named_well_are_a_matter_of_usage(dairy: Shell, line: tuple[str, ...]):
    dairy.run("labels", "print", *line, ends=2)


def test_labels_of_another_s_goods_are_refused(rival: Shell, dairy: Shell, batch: str):
    printed = dairy.json("labels", "print", "--batch", batch)["print"]

    for line in (
        ("print", "--batch", batch),
        ("reprint", printed, "--reason", "mine now"),
        ("ledger", batch),
        ("show", printed),
        ("send", printed, "--printer", "line-1"),
    ):
        assert "none that you may see" in rival.run("labels", *line, ends=1).stderr
    assert printed in dairy.run("labels", "ledger", batch).stdout


class Workshop:
    """A service that may reach three printers, of which each talks once."""

    def __init__(self, url: str, printers: dict[str, FakePrinter]) -> None:
        self.url = url
        self.printers = printers


@contextmanager
def waiting(script: list) -> Iterator[FakePrinter]:
    """A printer; one that nobody talked to is sent home at the end."""
    with printing(script) as printer:
        yield printer
        if printer.thread.is_alive():
            socket.create_connection(printer.address).close()


@pytest.fixture(scope="module")
def workshop(live_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    hangs_up = [*[zebra()] * 4, lambda connection: connection.close()]
    scripts = {"line-1": [], "line-2": hangs_up, "line-3": []}
    with ExitStack() as stack:
        found = {name: stack.enter_context(waiting(script)) for name, script in scripts.items()}
        allowed = [Printer(name, *one.address, Dialect.ZPL) for name, one in found.items()]
        gone = Printer("gone", "127.0.0.1", 9, Dialect.ZPL)
        settings = Settings(
            database_url=live_database,
            master_key=MASTER_KEY,
            port=0,
            database_connections=4,
            printers=(*allowed, gone),
        )
        log = tmp_path_factory.mktemp("workshop") / "log"
        service = stack.enter_context(running(settings, log))
        yield Workshop(service.url, found)


@pytest.fixture
def printer_s_shell(dairy: Shell, workshop: Workshop) -> Shell:
    return Shell(dairy.environment | {"TAMGA_URL": workshop.url})


@pytest.fixture
def ordered(printer_s_shell: Shell, batch: str) -> str:
    """Ten labels, each twice, in the language of the printers."""
    goods = ("--batch", batch, "--layout", ROLL, "--format", "zpl", "--copies", "2")
    return printer_s_shell.quiet("labels", "print", *goods, "--order-only")


def test_the_allowed_printers_are_listed(printer_s_shell: Shell):
    told = printer_s_shell.json("labels", "printers")

    assert told[0] == {"printer": "line-1", "dialect": "zpl"}
    assert len(told) == 4


def test_a_print_is_sent_and_every_label_confirmed(
    printer_s_shell: Shell, workshop: Workshop, ordered: str
):
    told = printer_s_shell.run("labels", "send", ordered, "--printer", "line-1").stdout

    workshop.printers["line-1"].thread.join(10)
    assert told == "line-1: 20 of 20 labels are confirmed.\n"
    assert workshop.printers["line-1"].received.count(b"^XZ") == 20
    assert "20 sent, 20 confirmed" in printer_s_shell.run("labels", "show", ordered).stdout


def test_after_a_jam_the_command_tells_how_to_go_on(
    printer_s_shell: Shell, workshop: Workshop, ordered: str
):
    jammed = printer_s_shell.run("labels", "send", ordered, "--printer", "line-2", ends=3)
    rest = printer_s_shell.json("labels", "send", ordered, "--printer", "line-3")

    assert "line-2 stopped" in jammed.stdout
    assert "10 of 20 labels are confirmed" in jammed.stdout
    assert "go on with label 11" in jammed.stderr
    assert f"→ tamga labels send {ordered} --printer line-2" in jammed.stderr
    assert (rest["sent"], rest["confirmed"], rest["of"]) == (20, 20, 20)
    assert workshop.printers["line-3"].received.count(b"^XZ") == 10


@pytest.mark.parametrize(
    ("printer", "told"), [("gone", "printer-unreachable"), ("unicorn", "unknown-printer")]
)
def test_a_printer_that_is_not_there_is_named(
    printer_s_shell: Shell, ordered: str, printer: str, told: str
):
    refused = printer_s_shell.run("labels", "send", ordered, "--printer", printer, ends=1)

    assert f"reason: {told}" in refused.stderr
