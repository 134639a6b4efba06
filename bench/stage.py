"""What measurements stand on: one PostgreSQL for both sides, services, databases by name."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from bench.wire import HOST, Caller, NotAnswered
from domain.database import migrate
from domain.embedded import EmbeddedPostgres

# For both sides alike. Durable, and sized for a machine of a few gigabytes; what is loaded at once
# fits between two checkpoints, so that neither side pays for the other's.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "64MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "max_connections": "120",
}
WORKERS = 1
START_LIMIT = 60.0
TAMGA = "import sys; from cli.main import main; main(sys.argv[1:])"
ROUTE = "import sys; from bench.route import main; main(sys.argv[1:])"
PEER = "peer"


class Stage:
    """The server and what runs on it, until it is taken down."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.server = EmbeddedPostgres(directory / "postgres", settings=SETTINGS)
        self.master_key = secrets.token_hex(32)
        self.processes: dict[str, tuple[subprocess.Popen[bytes], int]] = {}
        self.kept: dict[str, Any] = {}  # what several figures measure on, by name

    def url(self, database: str) -> str:
        url = make_url(self.server.url).set(database=database)
        return url.render_as_string(hide_password=False)

    async def connect(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(self.url(database), command_timeout=600)

    @contextlib.asynccontextmanager
    async def connected(self, database: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await self.connect(database)
        try:
            yield connection
        finally:
            await connection.close()

    async def make_database(self, name: str) -> None:
        async with self.connected("postgres") as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {name}")

    async def drop_database(self, name: str) -> None:
        async with self.connected("postgres") as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def make_registry(self, name: str) -> int:
        """A migrated database and its service; returns the port."""
        await self.make_database(name)
        await migrate(self.url(name))
        return self.serve(name)

    def serve(self, name: str) -> int:
        """Start Tamga on this database, as `tamga serve` does."""
        port = free_port()
        self._run(name, [TAMGA, "serve"], self._settings(name, port), port)
        wait_until_ready(Caller(port), "/ready", self.processes[name][0])
        return port

    def examine(self, name: str) -> list[str]:
        """The invariants of this database that do not hold, as `tamga doctor` finds them."""
        told = subprocess.run(  # noqa: S603
            [sys.executable, "-c", TAMGA, "doctor", "--json"],
            env=self._environment(self._settings(name, self.port(name))),
            stdout=subprocess.PIPE,
            check=False,
        )
        found = json.loads(told.stdout)
        return [finding["name"] for finding in found if finding["examples"]]

    def serve_peer(self, connections: int) -> int:
        """The bare route on the peers' database, in a process of its own as well; started once."""
        if "route" in self.processes:
            return self.port("route")
        port = free_port()
        self._run("route", [ROUTE, self.url(PEER), str(port), str(connections)], {}, port)
        wait_until_ready(Caller(port), "/ready", self.processes["route"][0])
        return port

    def port(self, name: str) -> int:
        return self.processes[name][1]

    def stop(self, name: str) -> None:
        process, _ = self.processes.pop(name)
        process.terminate()
        process.wait(60)

    def _settings(self, name: str, port: int) -> dict[str, str]:
        return {
            "DATABASE_URL": self.url(name),
            "TAMGA_MASTER_KEY": self.master_key,
            "TAMGA_PORT": str(port),
        }

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        return {**kept, **settings, "PYTHONPATH": os.pathsep.join(sys.path)}

    def _run(self, name: str, command: list[str], settings: dict[str, str], port: int) -> None:
        with (self.directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the programs that are measured
                [sys.executable, "-c", *command],
                env=self._environment(settings),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes[name] = (process, port)

    def take_down(self) -> None:
        for name in list(self.processes):
            self.stop(name)
        self.server.stop("immediate")


@contextlib.contextmanager
def standing(directory: Path) -> Iterator[Stage]:
    """A stage that is taken down whatever happens on it."""
    stage = Stage(directory)
    stage.server.start()
    try:
        yield stage
    finally:
        stage.take_down()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(caller: Caller, path: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            caller.call("GET", path)
        except (ConnectionError, NotAnswered):
            caller.close()
            time.sleep(0.05)
        else:
            caller.close()
            return
    raise NotAnswered("a service did not start")
