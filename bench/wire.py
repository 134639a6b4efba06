"""HTTP/1.1 over loopback, with little work in the client: it shares the cores with both sides."""

import asyncio
import http.client
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

HOST = "127.0.0.1"
JSON = "application/json"
SINK = 4 << 20
IDLE_SECONDS = 3.0  # a server closes a connection that is idle for five


class NotAnswered(RuntimeError):
    """The service answered otherwise than a measurement can use."""


class Caller:
    """One connection kept open, one request at a time."""

    def __init__(self, port: int, api_key: str | None = None) -> None:
        self.port = port
        self.headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.connection = http.client.HTTPConnection(HOST, port, timeout=600)
        self.sink = bytearray(SINK)
        self.used = 0.0

    def wake(self, path: str = "/health") -> None:
        """See that the connection stands, so that no measurement has to open it."""
        self.call("GET", path)

    def send(self, method: str, path: str, body: bytes, media: str) -> bytes:
        """Send a body and return that of the answer; anything but success is raised."""
        headers = {**self.headers, "Content-Type": media} if body else self.headers
        answer = self.ask(method, path, body, headers)
        told = answer.read()
        if answer.status not in {200, 201}:
            raise NotAnswered(f"{method} {path}: {answer.status} {told[:500].decode()}")
        return told

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        """JSON there and back."""
        sent = b"" if body is None else json.dumps(body).encode()
        return json.loads(self.send(method, path, sent, JSON))

    def put_file(self, path: str, file: bytes, media: str) -> Any:  # noqa: ANN401
        """A file there, JSON back."""
        return json.loads(self.send("PUT", path, file, media))

    def download(self, path: str) -> int:
        """Receive an answer and forget it; returns its bytes."""
        return self.rest(self.begin(path))

    def begin(self, path: str) -> http.client.HTTPResponse:
        """An answer whose body is still to come."""
        answer = self.ask("GET", path, b"", self.headers)
        if answer.status != 200:  # noqa: PLR2004
            raise NotAnswered(f"GET {path}: {answer.status} {answer.read(500).decode()}")
        return answer

    def rest(self, answer: http.client.HTTPResponse) -> int:
        """Receive what is left of an answer and forget it; returns its bytes."""
        received = 0
        while size := answer.readinto(self.sink):
            received += size
        return received

    def ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.connection.close()
        self.connection.request(method, path, body or None, dict(headers))
        answer = self.connection.getresponse()
        self.used = time.monotonic()
        return answer

    def close(self) -> None:
        self.connection.close()


def request(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """The bytes of a request, made before the clock starts."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += [f"Content-Type: {JSON}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Lane(asyncio.Protocol):
    """One connection of many: sends the next request as soon as the last is answered."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self.requests = requests
        self.until = until
        self.answered = 0
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.held = b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        held = self.held + data if self.held else data
        head = held.find(b"\r\n\r\n")
        if head < 0 or len(held) < head + 4 + content_length(held, head):
            self.held = held
            return
        self.held = b""
        self.take(held)
        if not self.ended.done():
            self.go_on()

    def take(self, answer: bytes) -> None:
        """An answer that came whole."""
        if not answer.startswith(b"HTTP/1.1 20"):
            self.fail(NotAnswered(answer[:800].decode(errors="replace")))
        self.answered += 1

    def go_on(self) -> None:
        """Ask again, if there is time and something to ask."""
        if time.perf_counter() < self.until:
            following = next(self.requests, None)
            if following is not None:
                self.transport.write(following)
                return
        self.transport.close()
        self.ended.set_result(self.answered)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(NotAnswered(f"connection lost: {exc}"))

    def fail(self, error: Exception) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)


def content_length(held: bytes, head: int) -> int:
    at = held.find(b"content-length: ", 0, head)
    if at < 0:
        raise NotAnswered("an answer without content-length")
    return int(held[at + 16 : held.find(b"\r\n", at)])


async def drive(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> float:
    """Keep so many connections busy for so long; returns requests answered a second."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    lanes = [
        (await loop.create_connection(lambda: Lane(requests, began + seconds), HOST, port))[1]
        for _ in range(connections)
    ]
    answered = await asyncio.gather(*(lane.ended for lane in lanes))
    return sum(answered) / (time.perf_counter() - began)
