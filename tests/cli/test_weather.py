"""Services that answer late, wrongly or not at all."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest

from cli import client
from tests.cli.conftest import Shell

BATCH = str(uuid4())
OURS = {"participant": str(uuid4()), "member_state": "BY"}


@dataclass
class Reply:
    """What is answered, once."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False


@contextmanager
def answering(reply: Callable[[str], Reply]) -> Iterator[tuple[str, list[str]]]:
    """A service that answers by this function of the path; and the paths it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told = reply(self.path.partition("?")[0])
            if told.hangs_up:
                return
            content = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            self.send_response(told.status)
            for name, value in {"Content-Length": str(len(content)), **told.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = answer  # noqa: N815 - the server's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def impatient(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell that repeats at once."""
    monkeypatch.setattr(client, "AGAIN_AFTER", (0.0, 0.0))
    return shell.with_key("key")


def test_a_busy_service_is_asked_again(impatient: Shell):
    replies = iter([Reply(503), Reply(503), Reply(body=[])])

    with answering(lambda _: next(replies)) as (url, asked):
        impatient.run("keys", "--url", url)

    assert len(asked) == 3


def test_a_service_that_stays_busy_is_unreachable(impatient: Shell):
    problem = {
        "title": "Others kept changing the same goods",
        "status": 503,
        "type": "/problems/busy",
    }

    with answering(lambda _: Reply(503, problem)) as (url, asked):
        told = impatient.run("keys", "--url", url, ends=4).stderr

    assert "Others kept changing the same goods" in told
    assert f"{url}/problems/busy" in told
    assert len(asked) == 3


def test_a_broken_connection_leaves_an_id_to_repeat_with(impatient: Shell):
    with answering(lambda path: Reply(hangs_up="/batches/" in path, body=OURS)) as (url, asked):
        line = ("batch", "register", "04810268028854", "--quantity", "1", "--url", url)
        told = impatient.run(*line, ends=4).stderr

    ids = {path.rpartition("/")[2] for path in asked if path.startswith("PUT")}
    assert len(ids) == 1  # the same change, however often it was sent
    assert f"→ repeat the command with --id {ids.pop()}" in told


def test_a_fault_of_the_service_is_told_with_its_request(impatient: Shell):
    problem = {"title": "Tamga failed", "status": 500, "request_id": "abc", "advice": "Repeat it."}

    with answering(lambda _: Reply(500, problem)) as (url, _):
        told = impatient.run("keys", "--url", url, ends=5).stderr

    assert "Request abc" in told


def test_an_answer_of_something_in_between_is_no_traceback(impatient: Shell):
    with answering(lambda _: Reply(404, b"<html>not here</html>")) as (url, _):
        told = impatient.run("keys", "--url", url, ends=1).stderr

    assert "The service answered 404." in told


def test_what_is_no_answer_of_ours_is_said_to_be_none(impatient: Shell):
    with answering(lambda _: Reply(200, b"<html>welcome</html>")) as (url, _):
        told = impatient.run("whoami", "--url", url, ends=1).stderr

    assert "is not a Tamga service" in told


def test_a_block_that_stays_damaged_ends_the_download(impatient: Shell, tmp_path):
    blocks = {"block_size": 1, "blocks": [{"block": 0, "first": 0, "count": 1}]}
    damaged = Reply(body=b"code\n", headers={"Repr-Digest": "sha-256=:AAAA:"})

    def reply(path: str) -> Reply:
        return damaged if path.endswith("/0") else Reply(body=blocks)

    with answering(reply) as (url, asked):
        told = impatient.run("batch", "codes", BATCH, "-o", "codes", "--url", url, ends=4).stderr

    assert "Block 0 came damaged 3 times." in told
    assert len([path for path in asked if "/blocks/0" in path]) == 3
    assert not (tmp_path / "codes").exists()
    assert (tmp_path / "codes.part").read_bytes() == b""


def test_a_proxy_is_not_asked_for_this_machine(impatient: Shell):
    impatient.environment |= {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }

    with answering(lambda _: Reply(body=[])) as (url, asked):
        impatient.run("keys", "--url", url)

    assert asked == ["GET /keys"]


def test_facts_of_a_refusal_are_told_in_words(impatient: Shell):
    problem = {
        "type": "/problems/status-not-fitting",
        "title": "Some of these goods are not in the status this step starts from",
        "status": 409,
        "detail": "...",
        "advice": "Leave these out.",
        "request_id": "abc",
        "verb": "apply",
        "count": 1234,
        "by_status": {"APPLIED": 3},
        "examples": [f"01\x1b{n}" for n in range(30)],
    }

    with answering(lambda _: Reply(409, problem)) as (url, _):
        told = impatient.run("apply", "code", "--url", url, ends=1).stderr

    assert told == (
        "Error: Some of these goods are not in the status this step starts from\n"
        "  verb: apply\n"
        "  count: 1,234\n"
        "  by status: APPLIED 3\n"
        f"  examples: {', '.join(f'01·{n}' for n in range(20))} and 10 more\n"
        "  → Leave these out.\n"
        f"  See {url}/problems/status-not-fitting\n"
    )
