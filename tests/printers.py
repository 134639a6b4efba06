"""A printer for tests: a real server on this machine that answers by a script."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from labels.printers.address import Dialect
from labels.printers.printer import Timeouts

QUICK = Timeouts(connect=5, write=5, answer=5, poll=0, patience=60)
Script = Sequence[bytes | Callable[[socket.socket], object] | None]
QUESTIONS = {Dialect.ZPL: b"~HS\r\n", Dialect.TSPL: b"\x1b!?", Dialect.EPL: b"^ee\r\n"}


def zebra(formats: int = 0, remaining: int = 0, **flags: int) -> bytes:
    """The three strings of ~HS; flags are paper_out, paused, head_up and partial."""
    paper_out, paused, head_up, partial = (
        flags.get(flag, 0) for flag in ("paper_out", "paused", "head_up", "partial")
    )
    return (
        b"\x02030,%d,%d,0320,%03d,0,0,%d,000,0,0,0\x03\r\n" % (paper_out, paused, formats, partial)
        + b"\x02001,0,%d,0,1,2,6,0,%08d,1,000\x03\r\n" % (head_up, remaining)
        + b"\x021234,0\x03\r\n"
    )


class FakePrinter:
    """A printer that takes labels and answers each question by its script, and then by `last`.

    A script's item is an answer, or a function that gets the connection and ends the talk.
    """

    def __init__(self, dialect: Dialect, script: Script, last: bytes | None) -> None:
        self.question = QUESTIONS[dialect]
        self.script = list(script)
        self.last = last
        self.received = b""
        self.asked_after: list[int] = []  # bytes of labels that had come before each question
        self.left = threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.run)

    @property
    def address(self) -> tuple[str, int]:
        address: tuple[str, int] = self.server.getsockname()
        return address

    def run(self) -> None:
        try:
            connection, _ = self.server.accept()
        except OSError:
            return
        with connection:
            with suppress(OSError):
                self.talk(connection)
            self.left.set()

    def talk(self, connection: socket.socket) -> None:
        pending = b""
        while piece := connection.recv(1 << 16):
            pending += piece
            while self.question in pending:
                labels, pending = pending.split(self.question, 1)
                self.received += labels
                self.asked_after.append(len(self.received))
                answer = self.script.pop(0) if self.script else self.last
                if callable(answer):
                    answer(connection)
                    return
                if answer:
                    connection.sendall(answer)
        self.received += pending


@contextmanager
def printing(
    script: Script = (), last: bytes | None = zebra(), dialect: Dialect = Dialect.ZPL
) -> Iterator[FakePrinter]:
    printer = FakePrinter(dialect, script, last)
    printer.thread.start()
    try:
        yield printer
    finally:
        printer.server.close()
        printer.thread.join(10)
        assert not printer.thread.is_alive()
