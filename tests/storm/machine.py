"""What is killed and started again: a PostgreSQL that forgets nothing, and `tamga serve` on it."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2

from domain.database import migrate
from domain.embedded import EmbeddedPostgres
from tests.printers import zebra
from tests.storm.printers import Hall, Mood, standing

HOST = "127.0.0.1"
TAMGA = "import sys; from cli.main import main; main(sys.argv[1:])"
TALKATIVE = {"log_error_verbosity": "default", "log_min_error_statement": "error"}
START_LIMIT = 60.0
POLL = 0.02
QUIET = 3  # so many times in a row nobody must be seen
# Backends whose server was killed end by themselves, when they come to tell it something.
AT_WORK = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend' AND state IS DISTINCT FROM 'idle'
"""


class NotStarted(Exception):
    """The server ended, or was not ready in time."""


class Machine:
    """One database and one server, in one directory."""

    def __init__(self, directory: Path, printers: Hall, *, binaries: Path | None = None) -> None:
        self.directory = directory
        self.printers = printers  # which nobody kills
        # The usual settings are durable: what was committed survives.
        self.postgres = EmbeddedPostgres(
            directory / "postgres", binaries=binaries, settings=TALKATIVE
        )
        self.master_key = secrets.token_bytes(32)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    async def start(self) -> None:
        """Start what does not run, and wait until requests may be sent."""
        await asyncio.to_thread(self.postgres.start)
        if self.process is None:
            await migrate(self.postgres.url)
            self.process = self._serve()
        await self._ready(self.process)

    def kill_server(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    async def hang_server(self, seconds: float) -> None:
        """Let the server stand still, while the database goes on with what it was told."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(seconds)

    async def stop_database(self) -> None:
        """An immediate shutdown: nothing is written any more, as if the machine had lost power."""
        await asyncio.to_thread(self.postgres.stop, "immediate")

    async def settle(self) -> None:
        """Wait until nobody works on the database any more."""
        connection = await asyncpg.connect(self.postgres.url)
        try:
            async with asyncio.timeout(START_LIMIT):
                quiet = 0
                while quiet < QUIET:
                    await asyncio.sleep(POLL)
                    quiet = 0 if await connection.fetchval(AT_WORK) else quiet + 1
        finally:
            await connection.close()

    def _serve(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        settings = {
            "DATABASE_URL": self.postgres.url,
            "TAMGA_MASTER_KEY": self.master_key.hex(),
            "TAMGA_PORT": str(self.port),
            "TAMGA_HOST": HOST,
            "TAMGA_PRINTERS": self.printers.setting,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", TAMGA, "serve"],
                env={**kept, **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    async def _ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_LIMIT
        async with httpx2.AsyncClient(base_url=self.address) as client:
            while process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(httpx2.TransportError):
                    if (await client.get("/ready")).status_code == 200:
                        return
                await asyncio.sleep(POLL)
        raise NotStarted(f"see {self.log}")


@contextlib.asynccontextmanager
async def running(
    directory: Path, *, printers: int = 0, mood: Mood = zebra, binaries: Path | None = None
) -> AsyncIterator[Machine]:
    """A machine that is taken down whatever happens, and so many printers."""
    async with standing(printers, mood) as hall:
        machine = Machine(directory, hall, binaries=binaries)
        try:
            await machine.start()
            yield machine
        finally:
            machine.kill_server()
            await machine.stop_database()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
