"""Printers of every temper, as real servers on this machine: what is confirmed was printed."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from labels.printers.address import Dialect, InvalidPrinter, Printer, parse, parse_all
from labels.printers.dialects import State, Status, Unintelligible, read_epl, read_tspl, read_zpl
from labels.printers.printer import Progress, send
from labels.refusals import PrinterStopped, PrinterUnreachable
from tests.printers import QUICK, printing, zebra

HASTY = QUICK._replace(answer=0.5, write=1, patience=0)
JOBS = [b"^XA^FDlabel %d^FS^XZ" % number for number in range(7)]


def test_all_labels_come_whole_and_in_order_and_are_confirmed():
    with printing() as printer:
        told = list(send(printer.address, JOBS, Dialect.ZPL, portion=3, timeouts=QUICK))
        printer.thread.join(10)

    assert printer.received == b"".join(JOBS)
    assert told[-1] == Progress(7, 7, State.READY)
    assert [one for one in told if one.state is State.UNTOLD] == [
        Progress(3, 0, State.UNTOLD),
        Progress(6, 3, State.UNTOLD),
        Progress(7, 6, State.UNTOLD),
    ]


def test_the_next_portion_waits_until_the_printer_has_printed_the_last():
    busy = [zebra(formats=2), zebra(partial=1), zebra(remaining=1)]
    with printing([zebra(), zebra(), *busy, zebra(), zebra()]) as printer:
        told = list(send(printer.address, JOBS, Dialect.ZPL, portion=4, timeouts=QUICK))

    four = len(b"".join(JOBS[:4]))
    assert printer.asked_after[2:7] == [four] * 5
    assert [one.confirmed for one in told if one.state is State.PRINTING] == [0, 0, 0]
    assert told[-1].confirmed == 7


def test_one_answer_that_nothing_is_left_does_not_yet_confirm():
    """It may have come before the printer looked at what it was sent."""
    with printing([zebra(), zebra(), zebra(), zebra(remaining=3)]) as printer:
        told = list(send(printer.address, JOBS, Dialect.ZPL, portion=7, timeouts=QUICK))

    assert [(one.confirmed, one.state) for one in told[2:]] == [
        (0, State.UNTOLD),
        (0, State.READY),
        (0, State.PRINTING),
        (0, State.READY),
        (7, State.READY),
    ]


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (zebra(paper_out=1, remaining=2), State.OUT_OF_LABELS),
        (zebra(head_up=1, formats=4), State.HEAD_OPEN),
        (zebra(paused=1, remaining=1), State.PAUSED),
    ],
)
def test_a_printer_that_jams_is_waited_for_and_goes_on(trouble, state):
    with printing([zebra(), zebra(), trouble, trouble, trouble]) as printer:
        told = list(send(printer.address, JOBS, Dialect.ZPL, portion=5, timeouts=QUICK))
        printer.thread.join(10)

    assert [one for one in told if one.state is state] == [Progress(5, 0, state)] * 3
    assert told[-1] == Progress(7, 7, State.READY)
    assert printer.received == b"".join(JOBS)


def test_nothing_is_sent_while_a_printer_is_out_of_labels_from_the_start():
    with printing([zebra(paper_out=1)] * 3) as printer:
        told = list(send(printer.address, JOBS, Dialect.ZPL, timeouts=QUICK))

    assert printer.asked_after[:4] == [0, 0, 0, 0]
    assert told[0] == Progress(0, 0, State.OUT_OF_LABELS)
    assert told[-1].confirmed == 7


def test_a_jam_that_nobody_mends_stops_with_what_is_confirmed():
    answers = [zebra()] * 4 + [zebra(paper_out=1, remaining=1)]
    with (
        printing(answers, last=zebra(paper_out=1, remaining=1)) as printer,
        pytest.raises(PrinterStopped) as stopped,
    ):
        list(
            send(printer.address, JOBS, Dialect.ZPL, portion=3, timeouts=QUICK._replace(patience=0))
        )

    assert (stopped.value.sent, stopped.value.confirmed) == (6, 3)
    assert "out of labels" in stopped.value.reason


def test_after_a_stop_the_rest_is_printed_from_the_last_confirmed_label():
    with (
        printing([zebra()] * 4, last=zebra(head_up=1)) as jammed,
        pytest.raises(PrinterStopped) as stopped,
    ):
        list(send(jammed.address, JOBS, Dialect.ZPL, portion=3, timeouts=HASTY))
    with printing() as printer:
        rest = JOBS[stopped.value.confirmed :]
        told = list(send(printer.address, rest, Dialect.ZPL, portion=3, timeouts=QUICK))
        printer.thread.join(10)

    assert told[-1].confirmed == 4
    assert printer.received == b"".join(JOBS[3:])


def test_a_printer_that_never_answers_gets_everything_and_confirms_nothing():
    with printing(last=None) as printer:
        told = list(send(printer.address, JOBS, Dialect.ZPL, portion=4, timeouts=HASTY))
        printer.thread.join(10)

    assert told == [Progress(4, 0, State.UNTOLD), Progress(7, 0, State.UNTOLD)]
    assert State.UNTOLD == "sent, not confirmed"
    assert printer.received == b"".join(JOBS)
    assert len(printer.asked_after) == 1


def test_a_printer_that_falls_silent_stops_with_what_is_confirmed():
    with (
        printing([zebra()] * 4, last=None) as printer,
        pytest.raises(PrinterStopped) as stopped,
    ):
        list(send(printer.address, JOBS, Dialect.ZPL, portion=3, timeouts=HASTY))

    assert (stopped.value.sent, stopped.value.confirmed) == (6, 3)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.mark.parametrize("leave", [lambda _: None, reset])
def test_a_printer_that_closes_in_the_middle_stops_with_what_is_confirmed(leave):
    with (
        printing([*[zebra()] * 4, leave]) as printer,
        pytest.raises(PrinterStopped) as stopped,
    ):
        list(send(printer.address, JOBS, Dialect.ZPL, portion=3, timeouts=QUICK))

    assert (stopped.value.sent, stopped.value.confirmed) == (6, 3)


def test_a_printer_that_takes_no_more_data_stops():
    hung = threading.Event()

    def hang(_: socket.socket) -> None:
        hung.wait(10)

    with printing([*[zebra()] * 2, hang]) as printer:
        large = [bytes(1 << 24)] * 3
        with pytest.raises(PrinterStopped) as stopped:
            list(send(printer.address, large, Dialect.ZPL, portion=1, timeouts=HASTY))
        hung.set()

    assert stopped.value.confirmed == 0


@pytest.mark.parametrize(
    "rubbish",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x02030,0,0,0320,000,0,0,0,000,0,0,0\x03",  # and no more
        b"\x02030,0\x03\x02001,0\x03\x021234,0\x03",
        b"\x02a,b,c\x03\x02\x03\x02\x03",
        zebra().replace(b"0320", b""),
        b"\x02" + b"0" * 100_000,
        b"\xff" * 600,
    ],
)
def test_what_answers_rubbish_is_no_printer_of_this_kind_and_gets_no_label(rubbish):
    with printing(last=rubbish) as printer, pytest.raises(PrinterStopped) as stopped:
        list(send(printer.address, JOBS, Dialect.ZPL, timeouts=HASTY))

    assert (stopped.value.sent, stopped.value.confirmed) == (0, 0)
    assert printer.received == b""


def test_an_answer_may_come_in_pieces_and_what_was_not_asked_is_no_answer():
    pieces = threading.Event()

    def chatter(connection: socket.socket) -> None:
        for byte in zebra():
            connection.sendall(bytes([byte]))
        connection.sendall(b"PQ JOB COMPLETED" + zebra(paper_out=1))
        pieces.set()

    assert read_zpl(zebra()[:50]) is None
    with printing([chatter]) as printer:
        sending = send(printer.address, JOBS, Dialect.ZPL, timeouts=QUICK)
        with pytest.raises(PrinterStopped) as stopped:
            list(sending)

    assert pieces.is_set()
    assert stopped.value.sent == 0


def test_what_a_printer_says_unasked_is_left_aside():
    with printing([zebra() + b"PQ JOB COMPLETED\r\n"] * 4) as printer:
        told = list(send(printer.address, JOBS, Dialect.ZPL, timeouts=QUICK))

    assert told[-1].confirmed == 7


def test_a_connection_that_breaks_while_labels_are_written_stops():
    with printing(
        [zebra(), lambda connection: (connection.sendall(zebra()), reset(connection))]
    ) as printer:
        large = [bytes(1 << 24)] * 3
        with pytest.raises(PrinterStopped) as stopped:
            list(send(printer.address, large, Dialect.ZPL, portion=1, timeouts=QUICK))

    assert stopped.value.confirmed == 0
    assert "127.0.0.1" not in stopped.value.reason


def test_stopping_lets_go_of_the_printer_at_once():
    with printing() as printer:
        sending = send(printer.address, iter(JOBS), Dialect.ZPL, portion=2, timeouts=QUICK)
        told = [next(sending) for _ in range(3)]
        sending.close()

        assert printer.left.wait(10)

    assert told[-1] == Progress(2, 0, State.UNTOLD)
    assert printer.received == b"".join(JOBS[:2])


def test_what_goes_wrong_with_the_labels_is_not_blamed_on_the_printer():
    def jobs() -> Iterator[bytes]:
        yield JOBS[0]
        raise TimeoutError("the database")

    with printing() as printer, pytest.raises(TimeoutError, match="the database"):
        list(send(printer.address, jobs(), Dialect.ZPL, portion=1, timeouts=QUICK))


def test_no_labels_are_no_trouble():
    with printing() as printer:
        told = list(send(printer.address, [], Dialect.ZPL, timeouts=QUICK))

    assert {one.sent for one in told} == {0}


def nowhere() -> tuple[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()


@pytest.mark.parametrize(
    "address",
    [nowhere, lambda: ("no-such-printer.invalid", 9100), lambda: ("a" * 64 + ".invalid", 9100)],
)
def test_a_printer_that_is_not_there_is_told(address: Callable[[], tuple[str, int]]):
    with pytest.raises(PrinterUnreachable) as refused:
        list(send(address(), JOBS, Dialect.ZPL, timeouts=QUICK))

    assert refused.value.reason
    assert "invalid" not in str(refused.value)
    assert "127.0.0.1" not in str(refused.value)


def test_a_tspl_printer_confirms_when_it_is_ready_again():
    with printing([b"\0", b"\0", b"\x20", b"\x04", b"\x24"], b"\0", Dialect.TSPL) as printer:
        told = list(send(printer.address, JOBS, Dialect.TSPL, portion=7, timeouts=QUICK))

    assert [(one.confirmed, one.state) for one in told[2:]] == [
        (0, State.UNTOLD),
        (0, State.PRINTING),
        (0, State.OUT_OF_LABELS),
        (0, State.OUT_OF_LABELS),
        (0, State.READY),
        (7, State.READY),
    ]


def test_an_epl_printer_tells_trouble_but_never_that_labels_were_printed():
    script = [b"00\r\n", b"07,11\r\n", b"\x1111\r\n"]
    with printing(script, b"00\r\n", Dialect.EPL) as printer:
        told = list(send(printer.address, JOBS, Dialect.EPL, portion=4, timeouts=QUICK))
        printer.thread.join(10)

    assert State.OUT_OF_MATERIAL in {one.state for one in told}
    assert told[-1] == Progress(7, 0, State.UNTOLD)
    assert printer.received == b"".join(JOBS)


@pytest.mark.parametrize(
    ("bits", "status"),
    [
        (0x00, Status(State.READY, is_drained=True)),
        (0x01, Status(State.HEAD_OPEN)),
        (0x05, Status(State.HEAD_OPEN)),
        (0x02, Status(State.JAM)),
        (0x08, Status(State.OUT_OF_RIBBON)),
        (0x10, Status(State.PAUSED)),
        (0x80, Status(State.FAULT)),
    ],
)
def test_each_bit_of_a_tspl_answer_has_a_meaning(bits, status):
    assert read_tspl(bytes([bits])) == status


def test_answers_of_other_dialects_are_not_understood():
    for read, answers in (
        (read_tspl, [zebra(), b"00\r\n"]),
        (read_epl, [zebra(), b"0\n", b"ok\n", b"0" * 600]),
        (read_zpl, [b"\0", b"00\r\n"]),
    ):
        for answer in answers:
            with pytest.raises(Unintelligible):
                read(answer)


def test_printers_are_written_by_name_host_port_and_dialect():
    text = "line-1=10.0.0.5, line-2=printer.plant:6101/tspl ,epl=[fe80::1]:9101/EPL,"

    assert parse_all(text) == {
        "line-1": Printer("line-1", "10.0.0.5", 9100, Dialect.ZPL),
        "line-2": Printer("line-2", "printer.plant", 6101, Dialect.TSPL),
        "epl": Printer("epl", "fe80::1", 9101, Dialect.EPL),
    }
    assert parse_all("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0.5",
        "=10.0.0.5",
        "line 1=10.0.0.5",
        "line=http://10.0.0.5",
        "line=10.0.0.5:0",
        "line=10.0.0.5:65536",
        "line=10.0.0.5:9100/pcl",
        "line=user@host",
        "line=fe80::1",
        "line=-host",
        "line=host\n",
    ],
)
def test_what_names_no_printer_is_refused(text):
    with pytest.raises(InvalidPrinter):
        parse(text)


def test_two_printers_do_not_share_a_name():
    with pytest.raises(InvalidPrinter, match="two printers"):
        parse_all("a=host,a=other")


def test_a_printer_may_be_named():
    with printing() as printer:
        address = ("localhost", printer.address[1])
        told = list(send(address, JOBS, Dialect.ZPL, timeouts=QUICK))

    assert told[-1].confirmed == 7
