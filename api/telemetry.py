"""What operations sees of a request: its id, one log line, its metrics.

Neither the log nor a metric ever holds a body, a query string, a path as it was sent or the text
of an exception: each of them may hold a verification code. Routes are named by their template.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO
from uuid import UUID, uuid4

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems

REQUEST_ID_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
)
LONGEST_REQUEST_ID = 64
PLAIN_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
NO_ROUTE = "(none)"
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)

# A browser must guess no type, and tell no other site an address with a verification code in it.
EVERY_ANSWER = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class AnswerBroken(Exception):
    """An answer failed after it had begun; the log has the cause."""


@dataclass
class Exchange:
    """One request and its answer, as far as operations may see them."""

    request_id: str
    began: float = field(default_factory=time.perf_counter)
    participant: UUID | None = None
    problem: str | None = None
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began


class Metrics:
    """The figures of one server process, for Prometheus."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.seconds = Histogram(
            "tamga_request_seconds",
            "How long requests took, until the last byte of the answer.",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.open = Gauge("tamga_requests_open", "Requests being answered.", registry=self.registry)
        self.problems = Counter(
            "tamga_problems", "Refusals, by problem.", ["problem"], registry=self.registry
        )
        self.codes_registered = Counter(
            "tamga_codes_registered",
            "Codes registered in batches.",
            ["member_state", "product_group"],
            registry=self.registry,
        )
        self.verdicts = Counter(
            "tamga_verdicts", "Codes verified, by verdict.", ["verdict"], registry=self.registry
        )
        self.repairs = Counter(
            "tamga_scan_repairs",
            "Damaged scans mended, by what was mended.",
            ["repair"],
            registry=self.registry,
        )

    def record(self, scope: Scope, exchange: Exchange) -> None:
        self.seconds.labels(method_of(scope), route_of(scope), exchange.status).observe(
            exchange.seconds
        )
        if exchange.problem:
            self.problems.labels(exchange.problem).inc()


def logger(level: str, stream: TextIO = sys.stdout) -> Any:  # noqa: ANN401 - structlog's own type
    """A logger of JSON lines."""
    return structlog.wrap_logger(
        structlog.PrintLogger(stream),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=to_json),
        ],
        cache_logger_on_first_use=True,
    )


def to_json(line: dict[str, Any], **_: object) -> str:
    return orjson.dumps(line, default=str).decode()


def request_id(scope: Scope) -> str:
    """The caller's X-Request-Id where it is one, else a new one."""
    told: str = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    if 0 < len(told) <= LONGEST_REQUEST_ID and REQUEST_ID_CHARACTERS.issuperset(told):
        return told
    return uuid4().hex


def method_of(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in METHODS else "OTHER"


def route_of(scope: Scope) -> str:
    path: str = getattr(scope.get("route"), "path_format", NO_ROUTE)
    return path


def ids_of(scope: Scope) -> dict[str, str]:
    """The UUIDs of the path: they name a request or a resource, and nothing secret."""
    found = scope.get("path_params", {})
    return {name: value for name, value in found.items() if PLAIN_UUID.fullmatch(str(value))}


def frames(error: BaseException) -> Iterator[dict[str, Any]]:
    """Where this error and its causes were raised, without what they say."""
    cause: BaseException | None = error
    while cause is not None:
        yield {
            "type": f"{type(cause).__module__}.{type(cause).__qualname__}",
            "sqlstate": getattr(cause, "sqlstate", None),
            "frames": [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(cause.__traceback__)
            ],
        }
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


class Telemetry:
    """Names, times, counts and logs each request; answers a fault of ours with a bare problem."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: Any) -> None:  # noqa: ANN401
        self.app = app
        self.metrics = metrics
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = scope["tamga.exchange"] = Exchange(request_id(scope))

        async def counted() -> Message:
            message = await receive()
            exchange.bytes_in += len(message.get("body", b""))
            return message

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                told = (b"x-request-id", exchange.request_id.encode())
                message["headers"] = [*message["headers"], told, *EVERY_ANSWER]
            exchange.bytes_out += len(message.get("body", b""))
            await send(message)

        with self.metrics.open.track_inprogress():
            try:
                await self.app(scope, counted, noted)
            except Exception as error:  # noqa: BLE001 - the last to see it; logged, then told
                await self.fail(error, scope, receive, noted)
            finally:
                self.tell(scope, exchange)

    async def fail(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["tamga.exchange"]
        self.log.error("fault", request_id=exchange.request_id, causes=list(frames(error)))
        if exchange.status:
            exchange.problem = problems.InternalError.slug
            raise AnswerBroken from None
        await problems.answer(problems.InternalError(), scope)(scope, receive, send)

    def tell(self, scope: Scope, exchange: Exchange) -> None:
        self.metrics.record(scope, exchange)
        self.log.info(
            "request",
            request_id=exchange.request_id,
            method=method_of(scope),
            route=route_of(scope),
            status=exchange.status,
            milliseconds=round(exchange.seconds * 1000, 2),
            bytes_in=exchange.bytes_in,
            bytes_out=exchange.bytes_out,
            client=(scope.get("client") or [None])[0],
            caller=str(exchange.participant) if exchange.participant else None,
            problem=exchange.problem,
            ids=ids_of(scope),
        )
