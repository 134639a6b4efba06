"""Labels to a printer in the network, a portion at a time, each confirmed before the next.

What is in a socket is not printed, nor is what is in the printer's memory. A label counts as
confirmed only when the printer has said twice, a moment apart, that nothing of what it was sent is
still to be printed; so after a jam no label is taken for printed that was not. The price is that of
the last portion some may have been printed that are not confirmed: a portion is small.
"""

import itertools
import socket
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from labels.printers.address import Dialect
from labels.printers.dialects import TONGUES, TROUBLE, State, Status, Unintelligible
from labels.refusals import PrinterStopped, PrinterUnreachable

PORTION = 10
SETTLED = 2  # answers in a row: one may come before the printer has looked at what it was sent
PIECE = 4096
MOST_UNASKED = 64  # pieces; who says more than that talks all the time


class Progress(NamedTuple):
    """Labels sent and confirmed so far, counted from the first of these jobs."""

    sent: int
    confirmed: int
    state: State


class Timeouts(NamedTuple):
    """In seconds. `patience`: how long a printer may stay as it is without going on."""

    connect: float = 5.0
    write: float = 30.0
    answer: float = 5.0
    poll: float = 0.25
    patience: float = 600.0


PATIENT = Timeouts()


def send(
    address: tuple[str, int],
    jobs: Iterable[bytes],
    dialect: Dialect,
    *,
    portion: int = PORTION,
    timeouts: Timeouts = PATIENT,
) -> Generator[Progress, None, None]:
    """Print these labels, a job each; tells after each portion, and while it waits, how it stands.

    Blocks: to be run in a thread, by whoever closes it to stop. A printer that is out of labels,
    open or paused is waited for; one that never says how it stands is sent everything, and nothing
    is confirmed. The name is looked up once. To go on after a stop, pass the jobs from the last
    confirmed one on; what of the others the printer still remembers must be cleared there.

    Raises PrinterUnreachable, PrinterStopped.
    """
    with _connected(address, timeouts) as connection:
        yield from _Sending(connection, dialect, timeouts).through(jobs, portion)


@contextmanager
def _connected(address: tuple[str, int], timeouts: Timeouts) -> Iterator[socket.socket]:
    try:
        connection = socket.create_connection(address, timeouts.connect)
    except (OSError, UnicodeError) as failed:
        reason = getattr(failed, "strerror", None) or "No answer"
        raise PrinterUnreachable(reason) from None
    with connection:
        yield connection


class _Sending:
    """One conversation with a printer, and how far it has come."""

    def __init__(self, connection: socket.socket, dialect: Dialect, timeouts: Timeouts) -> None:
        self.connection = connection
        self.dialect = dialect
        self.tongue = TONGUES[dialect]
        self.timeouts = timeouts
        self.sent = 0
        self.confirmed = 0

    def through(self, jobs: Iterable[bytes], portion: int) -> Iterator[Progress]:
        first = self._ask()
        if first is not None:
            yield from self._wait(first)
        rest = iter(jobs)
        while batch := list(itertools.islice(rest, portion)):
            for job in batch:
                self._write(job)
                self.sent += 1
            yield self._told(State.UNTOLD)
            if first is not None:
                yield from self._wait(self._ask())
        self._end()

    def _told(self, state: State) -> Progress:
        return Progress(self.sent, self.confirmed, state)

    def _stopped(self, reason: str) -> PrinterStopped:
        return PrinterStopped(self.sent, self.confirmed, reason)

    def _wait(self, status: Status | None) -> Iterator[Progress]:
        """Until all that was sent is printed; or out of trouble, where the printer tells no more."""
        settled = 0
        last: Status | None = None
        since = time.monotonic()
        while True:
            if status is None:
                raise self._stopped("The printer does not answer any more.")
            if not self.tongue.confirms and status.state not in TROUBLE:
                return
            settled = settled + 1 if status.is_drained else 0
            if settled == SETTLED:
                self.confirmed = self.sent
            if status != last:
                last, since = status, time.monotonic()
            yield self._told(status.state)
            if settled == SETTLED:
                return
            stays = time.monotonic() - since
            if not status.is_drained and stays >= self.timeouts.patience:
                raise self._stopped(f"The printer does not go on: {status.state}.")
            time.sleep(self.timeouts.poll)
            status = self._ask()

    def _ask(self) -> Status | None:
        """The printer's status; None if it says nothing at all."""
        # What it said unasked, or too late, is not the answer to this question.
        for _ in range(MOST_UNASKED):
            if self._heard(0) is None:
                break
        self._write(self.tongue.question)
        try:
            return self._answer()
        except Unintelligible:
            reason = f"The printer's answers are not {self.dialect.upper()}."
            raise self._stopped(reason) from None

    def _answer(self) -> Status | None:
        answer = b""
        until = time.monotonic() + self.timeouts.answer
        while (status := self.tongue.read(answer)) is None:
            heard = self._heard(max(until - time.monotonic(), 0))
            if heard is None and answer:
                raise Unintelligible
            if heard is None:
                return None
            answer += heard
        return status

    def _heard(self, seconds: float) -> bytes | None:
        """What the printer says within this time; None if nothing."""
        self.connection.settimeout(seconds)
        try:
            heard = self.connection.recv(PIECE)
        except (TimeoutError, BlockingIOError):
            return None
        except OSError as failed:
            raise self._broken(failed) from None
        if not heard:
            raise self._stopped("The printer closed the connection.")
        return heard

    def _write(self, content: bytes) -> None:
        self.connection.settimeout(self.timeouts.write)
        try:
            self.connection.sendall(content)
        except TimeoutError:
            raise self._stopped("The printer takes no more data.") from None
        except OSError as failed:
            raise self._broken(failed) from None

    def _broken(self, failed: OSError) -> PrinterStopped:
        return self._stopped(f"The connection ended: {failed.strerror or failed}.")

    def _end(self) -> None:
        """Say that nothing more comes, and let the printer take it all before the line is cut."""
        self.connection.settimeout(self.timeouts.answer)
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.recv(PIECE)
        except OSError:
            return  # all was sent; that the printer leaves in its own way changes nothing
