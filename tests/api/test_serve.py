"""The server as a process: it starts, ends open requests before it stops, and says what it lacks."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from api.main import serve
from api.settings import Settings, SettingsError

PROGRAM = "from api.main import serve; from api.settings import Settings; "
PROGRAM += "serve(Settings.from_environment())"
HEAD = (
    b"PUT /participants/0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a11 HTTP/1.1\r\nHost: tamga\r\n"
    b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(process: asyncio.subprocess.Process, port: int) -> Streams:
    """Connect as soon as somebody listens."""
    while process.returncode is None:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.02)
    pytest.fail("the server ended before it began")


async def refused(port: int) -> None:
    """Wait until nobody listens any more."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            return
        writer.close()
        await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(**settings: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    port = free_port()
    environment = {**os.environ, "TAMGA_MASTER_KEY": "0" * 64, "TAMGA_PORT": str(port), **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_a_request_under_way_is_answered_before_the_server_stops(database_url, told):
    async with (
        asyncio.timeout(30),
        serving(TAMGA_DATABASE_URL=database_url) as (process, port),
    ):
        reader, writer = await connect(process, port)
        writer.write(HEAD + b"{")
        await writer.drain()
        other_reader, other = await connect(process, port)
        other.write(b"GET /health HTTP/1.1\r\nHost: tamga\r\nConnection: close\r\n\r\n")
        health = await other_reader.read()  # so the first request is under way by now

        process.send_signal(told)
        await refused(port)
        writer.write(b"}")
        answer = await reader.read()
        other.close()
        writer.close()

        assert health.startswith(b"HTTP/1.1 200")
        assert answer.startswith(b"HTTP/1.1 401")
        assert await process.wait() == 0


def test_a_server_without_a_master_key_does_not_start():
    with pytest.raises(SettingsError, match="TAMGA_MASTER_KEY"):
        serve(Settings(database_url="postgresql://localhost/nothing"))
