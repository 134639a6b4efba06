"""The service as the commands see it: JSON in, JSON out, and a refusal or unreachability told."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import click
import httpx2

from cli.faults import Ending, Failure, Refused
from cli.profile import address, api_key
from cli.terminal import terminal

PATIENCE = httpx2.Timeout(600.0, connect=10.0)  # an import or a long upload is one request
AGAIN_AFTER = (0.2, 1.0)  # seconds; every request may be repeated: changes have ids
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
BUSY = 503
FIRST_REFUSAL = 400
DONE_BEFORE = 200

Pieces = contextlib.AbstractContextManager[Iterator[bytes]]
Body = bytes | Callable[[], Iterable[bytes]] | None


class Unreachable(Failure):
    """No answer came."""

    def __init__(self, url: str, why: str, request: UUID | None) -> None:
        more = [why]
        if request:
            more.append("Whether it was done is not known, but it is done only once:")
            more.append(f"→ repeat the command with --id {request}")
        else:
            more.append("→ Is the service running, and is the address right? --url, TAMGA_URL")
        super().__init__(f"{url} does not answer.", more=more, ending=Ending.UNREACHABLE)


@dataclass(frozen=True)
class Question:
    """A request as it can be sent more than once."""

    method: str
    path: str
    parameters: dict[str, Any]
    json: object = None
    body: Body = None
    headers: dict[str, str] | None = None
    id: UUID | None = None


class Service:
    """One service, asked with one key or none."""

    def __init__(self, url: str, key: str | None) -> None:
        self.url = url
        self.key = key
        secure = url.startswith("https:")
        self.http = httpx2.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=PATIENCE,
            verify=secure,  # to load the certificates takes longer than the rest of the command
            trust_env=urlsplit(url).hostname not in LOOPBACK,  # no proxy reaches this machine
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, **parameters: object) -> Any:  # noqa: ANN401 - JSON is any value
        return self.document(self.ask(Question("GET", path, given(parameters))))

    def post(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON is any value
        return self.document(self.ask(Question("POST", path, {}, body)))

    def look(self, path: str) -> dict[str, Any]:
        """GET JSON, whatever the status says."""
        found: dict[str, Any] = self.document(self.send(Question("GET", path, {})))
        return found

    def put(self, path: str, body: object, *, id: UUID | None = None, **parameters: object) -> Any:  # noqa: ANN401
        return self.document(self.change(path, body, id=id, **parameters))

    def change(
        self, path: str, body: object, *, id: UUID | None = None, **parameters: object
    ) -> httpx2.Response:
        """PUT: 201 where it was done now, 200 where it had been done before."""
        return self.ask(Question("PUT", path, given(parameters), body, id=id))

    def upload(
        self,
        path: str,
        body: Body,
        headers: dict[str, str],
        *,
        id: UUID,
        parameters: dict[str, Any],
    ) -> httpx2.Response:
        """PUT a file; the answer, be it a refusal or not."""
        question = Question("PUT", path, given(parameters), None, body, headers, id)
        return self.send(question)

    def fetch(self, path: str, **parameters: object) -> httpx2.Response:
        """GET what is not JSON."""
        return self.ask(Question("GET", path, given(parameters)))

    def stream(self, path: str, **parameters: object) -> Pieces:
        """GET something long, piece by piece."""
        return self.pieces(Question("GET", path, given(parameters)))

    def watch(self, path: str, body: object) -> Pieces:
        """POST, and see piece by piece what comes of it; never sent twice."""
        return self.pieces(Question("POST", path, {}, body))

    @contextlib.contextmanager
    def pieces(self, question: Question) -> Iterator[Iterator[bytes]]:
        method, path, parameters = question.method, question.path, question.parameters
        try:
            with self.http.stream(method, path, params=parameters, json=question.json) as response:
                if response.status_code >= FIRST_REFUSAL:
                    response.read()
                    raise Refused(problem(response), self.url)
                yield response.iter_bytes()
        except httpx2.TransportError as error:
            raise Unreachable(self.url, told(error), None) from error

    def document(self, response: httpx2.Response) -> Any:  # noqa: ANN401 - JSON is any value
        """The JSON of an answer."""
        try:
            return response.json()
        except ValueError:
            raise Failure(
                f"{self.url} is not a Tamga service.",
                more=["It answers, but not in JSON.", "→ Is the address right? --url, TAMGA_URL"],
            ) from None

    def ask(self, question: Question) -> httpx2.Response:
        """The answer; raises Refused where it is a refusal."""
        response = self.send(question)
        if response.status_code >= FIRST_REFUSAL:
            raise Refused(problem(response), self.url)
        return response

    def send(self, question: Question) -> httpx2.Response:
        """Send, and again where the connection broke or the service was busy."""
        for wait in (*AGAIN_AFTER, None):
            try:
                response = self.once(question)
            except httpx2.TransportError as error:
                if wait is None or isinstance(error, httpx2.ConnectError):
                    raise Unreachable(self.url, told(error), question.id) from error
                terminal().detail(f"{told(error)}; again in {wait} s")
            else:
                if wait is None or response.status_code != BUSY:
                    return response
                terminal().detail(f"busy; again in {wait} s")
            time.sleep(wait)
        raise AssertionError

    def once(self, question: Question) -> httpx2.Response:
        began = time.perf_counter()
        body = question.body
        response = self.http.request(
            question.method,
            question.path,
            params=question.parameters,
            json=question.json,
            content=body() if callable(body) else body,
            headers=question.headers,
        )
        milliseconds = (time.perf_counter() - began) * 1000
        status = response.status_code
        terminal().detail(f"{question.method} {question.path} → {status}, {milliseconds:.0f} ms")
        return response


def tell_repeat(response: httpx2.Response) -> None:
    """Say so where the answer is that of an earlier request: 201 is told of what is done now."""
    if response.status_code == DONE_BEFORE:
        terminal().note("! This was done before; nothing was done now.")


def given(parameters: dict[str, Any]) -> dict[str, Any]:
    """Query parameters without those that were not given."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in parameters.items()
        if value is not None and value is not False
    }


def told(error: httpx2.TransportError) -> str:
    """Why no answer came, in words."""
    if isinstance(error, httpx2.TimeoutException):
        return "It took too long."
    return str(error) or type(error).__name__


def problem(response: httpx2.Response) -> dict[str, Any]:
    """What the service, or whatever stands before it, says of a request that it refused."""
    found: object = None
    with contextlib.suppress(ValueError):
        found = response.json()
    return {"status": response.status_code} | (found if isinstance(found, dict) else {})


def connected() -> Service:
    """The service of this command, with the key kept for it."""
    url = address()
    service = Service(url, api_key(url))
    click.get_current_context().call_on_close(service.http.close)
    return service


def with_key() -> Service:
    """As `connected`, for what needs a key."""
    service = connected()
    if service.key is None:
        raise Failure(
            "There is no API key.",
            more=["→ tamga login, or set TAMGA_API_KEY; your operator issues keys."],
        )
    return service
