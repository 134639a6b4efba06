"""How the body of a request is read: bounded, timed and strict."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import BodyTooSlow, RequestMalformed, answer
from api.settings import Settings
from domain.errors import BodyTooLarge

NUL = b"%00"
ESCAPED_NUL = b"\\u0000"
DEEPEST = 100
NESTS = frozenset({dict, list})  # what the reader makes of JSON: exactly these


class BoundedBody:
    """The receiving end of one request, which gives up on bodies too large or too slow."""

    def __init__(self, scope: Scope, receive: Receive, settings: Settings) -> None:
        headers = dict(scope["headers"])
        self.receive = receive
        self.settings = settings
        self.limit = settings.json_body_bytes
        self.announced = int(headers.get(b"content-length", b"0"))
        self.encoding = headers.get(b"content-encoding", b"identity").lower()
        self.received = 0
        self.began: float | None = None
        self.ended = False

    async def __call__(self) -> Message:
        if self.ended:
            return await self.receive()  # waits for the client to leave: that may take as it likes
        if self.began is None:
            self.begin()
        try:
            async with asyncio.timeout(self.patience()):
                message = await self.receive()
        except TimeoutError:
            raise BodyTooSlow(self.settings.body_bytes_per_second) from None
        self.received += len(message.get("body", b""))
        if self.received > self.limit:
            raise BodyTooLarge(limit=self.limit, unit="bytes")
        self.ended = not message.get("more_body", False)
        return message

    def begin(self) -> None:
        """Refuse what can be refused before a byte of the body is asked for."""
        self.began = time.monotonic()
        if self.announced > self.limit:
            raise BodyTooLarge(limit=self.limit, unit="bytes")
        if self.encoding != b"identity":
            raise RequestMalformed(reason="Content-Encoding is not taken; send the body as it is")

    def patience(self) -> float:
        """How long the next piece may take."""
        earned = self.received / self.settings.body_bytes_per_second
        spent = time.monotonic() - (self.began or 0.0)
        return max(0.0, self.settings.body_grace_seconds + earned - spent)


class Bounds:
    """Keeps every body within the settings; routes that take files raise the limit themselves."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # PostgreSQL's text cannot hold U+0000, and nothing that Tamga knows contains it.
        if "\x00" in scope["path"] or NUL in scope["query_string"]:
            refusal = RequestMalformed(reason="the address holds the character U+0000")
            await answer(refusal, scope)(scope, receive, send)
            return
        body = scope["tamga.body"] = BoundedBody(scope, receive, self.settings)
        await self.app(scope, body, send)


def parse(body: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """Strict JSON: UTF-8, no NaN, bounded depth, no U+0000; of equal names the last one counts."""
    value = orjson.loads(body)
    if ESCAPED_NUL in body and holds_nul(value):
        raise RequestMalformed(reason="a text holds the character U+0000")
    if body.count(b"[") + body.count(b"{") > DEEPEST and is_deep(value):
        raise RequestMalformed(reason=f"nested more than {DEEPEST} deep")
    return value


def is_deep(value: object) -> bool:
    """Whether it is nested so deeply that it could be read, but not written again."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            below
            for one in level
            if type(one) in NESTS
            for below in (one.values() if isinstance(one, dict) else one)  # type: ignore[attr-defined]
            if type(below) in NESTS
        ]
    return bool(level)


def holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(holds_nul, value))


class StrictRequest(Request):
    """A request whose JSON is read by `parse`."""

    async def json(self) -> Any:  # noqa: ANN401 - JSON is any value
        if not hasattr(self, "_json"):
            self._json = parse(await self.body())
        return self._json


class StrictRoute(APIRoute):
    """A route that reads JSON by `parse`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


def operation_id(route: APIRoute) -> str:
    """Operations are called by the names of their functions."""
    return route.name


class Router(APIRouter):
    """The routes of one capability: `router = Router("batches")`."""

    def __init__(self, tag: str) -> None:
        super().__init__(
            tags=[tag], route_class=StrictRoute, generate_unique_id_function=operation_id
        )
