"""A refusal becomes an RFC 9457 problem document; no other place knows its status."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from domain import errors, errors_of_custody
from domain.errors import (
    Conflict,
    KeyNotAccepted,
    LabelNotMade,
    Malformed,
    NotAllowed,
    NotFound,
    Refusal,
    TooLarge,
    TooMany,
    Unacceptable,
    Unavailable,
)
from domain.standards.gs1_keys import InvalidKey
from domain.standards.member_state import InvalidTaxId
from labels.refusals import LabelRefused

MEDIA_TYPE = "application/problem+json"
ERRORS_TOLD = 100
NAME_TOLD = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(eq=False)
class RequestMalformed(Malformed):
    """The body or address of the request cannot be read."""

    slug = "request-malformed"
    advice = "Send UTF-8 JSON (RFC 8259) with `Content-Type: application/json`."
    reason: str


@dataclass(eq=False)
class RequestInvalid(Unacceptable):
    """Some values of the request are missing, unknown or out of range."""

    slug = "request-invalid"
    advice = "Mend what `errors` names; the operation's documentation has an example."
    count: int
    errors: list[dict[str, str]]


@dataclass(eq=False)
class NoSuchAddress(NotFound):
    """Nothing is at this address."""

    slug = "no-such-address"
    advice = "GET /docs describes every operation."


@dataclass(eq=False)
class MethodNotAllowed(Refusal):
    """The address does not take this method."""

    slug = "method-not-allowed"
    advice = "Use one of the methods in `allowed`."
    allowed: tuple[str, ...]


@dataclass(eq=False)
class BodyTooSlow(Refusal):
    """The body came too slowly."""

    slug = "body-too-slow"
    advice = "Repeat the request with the same id on a better connection."
    bytes_per_second: int


@dataclass(eq=False)
class TooManyTries(TooMany):
    """Too many codes were not confirmed; wait before the next try."""

    slug = "too-many-tries"
    advice = "Wait `retry_after_seconds`, scan carefully, or ask with an API key."
    retry_after_seconds: int


@dataclass(eq=False)
class InternalError(Refusal):
    """Tamga failed; this is a fault of ours."""

    slug = "internal-error"
    advice = (
        "Repeat the request with the same id once; if it fails again, tell the operator "
        "its `request_id`."
    )


STATUS: dict[type[Refusal], int] = {
    Malformed: 400,
    KeyNotAccepted: 401,
    NotAllowed: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    BodyTooSlow: 408,
    Conflict: 409,
    TooLarge: 413,
    Unacceptable: 422,
    TooMany: 429,
    InternalError: 500,
    Unavailable: 503,
}
HANGS_UP = (BodyTooSlow, TooLarge)  # the rest of such a body is not read
RETRY_AFTER_SECONDS = 1
QUOTABLE = (InvalidKey, InvalidTaxId)  # they tell the wrong digit, and hold no secret


class WrongValue(BaseModel):
    """One value of the request that cannot be taken."""

    where: str = Field(examples=["body.quantity"])
    what: str = Field(examples=["Input should be greater than 0"])


class Problem(BaseModel):
    """Why Tamga said no (RFC 9457), with the facts that mend the request as further members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Stable; also the address of the problem's page.")
    title: str
    status: int
    detail: str
    advice: str = Field(description="What to do next.")
    request_id: str = Field(description="Also in X-Request-Id; name it when you ask for help.")
    errors: list[WrongValue] = Field(
        default_factory=list, description="Only where values are wrong."
    )


def status_of(refusal: type[Refusal]) -> int:
    """The status of the nearest family in the tree."""
    return next(STATUS[family] for family in refusal.__mro__ if family in STATUS)


def title_of(refusal: type[Refusal]) -> str:
    return (refusal.__doc__ or "").strip().split("\n")[0]


def detail(refusal: Refusal) -> str:
    """The title, and in words the facts that fit into a sentence."""
    told = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in refusal.facts.items()
        if isinstance(value, str | int)
    ]
    return f"{refusal.title.rstrip('.')}: {', '.join(told)}." if told else refusal.title


def document(refusal: Refusal, request_id: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{refusal.slug}",
        "title": refusal.title.rstrip("."),
        "status": status_of(type(refusal)),
        "detail": detail(refusal),
        "advice": refusal.advice,
        "request_id": request_id,
        **refusal.facts,
    }


def headers(refusal: Refusal) -> dict[str, str]:
    found = {}
    if isinstance(refusal, KeyNotAccepted):
        found["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, MethodNotAllowed):
        found["Allow"] = ", ".join(refusal.allowed)
    if isinstance(refusal, TooMany | Unavailable):
        found["Retry-After"] = str(refusal.facts.get("retry_after_seconds", RETRY_AFTER_SECONDS))
    if isinstance(refusal, HANGS_UP):
        found["Connection"] = "close"
    return found


def answer(refusal: Refusal, scope: Scope) -> Response:
    """The problem document of this refusal, for the request of this scope."""
    exchange = scope["tamga.exchange"]
    exchange.problem = refusal.slug
    return Response(
        orjson.dumps(document(refusal, exchange.request_id), default=str),
        status_code=status_of(type(refusal)),
        headers=headers(refusal),
        media_type=MEDIA_TYPE,
    )


def wrong_values(errors: Iterable[dict[str, Any]]) -> RequestInvalid:
    """Where and what, never the value: it may hold a verification code."""
    told = [{"where": where(error["loc"]), "what": what(error)} for error in errors]
    return RequestInvalid(count=len(told), errors=told[:ERRORS_TOLD])


def where(location: Iterable[str | int]) -> str:
    return ".".join(
        part if NAME_TOLD.fullmatch(part) else "?" for part in (str(part) for part in location)
    )


def what(error: dict[str, Any]) -> str:
    fault = error.get("ctx", {}).get("error")
    if isinstance(fault, QUOTABLE):
        return str(fault)
    if isinstance(fault, ValueError) and type(fault) is not ValueError:
        # It may quote what it read; its class says nearly the same without.
        return (type(fault).__doc__ or type(fault).__name__).strip().split("\n")[0]
    return str(error["msg"]).removeprefix("Value error, ")


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal that stands for this exception; None: a fault of ours."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RequestValidationError):
        return unreadable(error.errors()) or wrong_values(error.errors())
    if isinstance(error, HTTPException):
        return of_status(error)
    return of_value(error)


def of_value(error: Exception) -> Refusal | None:
    """What those refuse who read values, and know nothing of requests."""
    if isinstance(error, LabelRefused):
        return LabelNotMade(error.slug, error.advice, error.facts)
    if isinstance(error, JSONDecodeError):
        return RequestMalformed(reason="the body is not JSON")
    if isinstance(error, ValueError) and type(error).__module__.startswith("domain.standards."):
        return wrong_values([{"loc": ("request",), "msg": "", "ctx": {"error": error}}])
    return None


def unreadable(errors: Iterable[dict[str, Any]]) -> RequestMalformed | None:
    for error in errors:
        if error["type"] == "json_invalid":
            return RequestMalformed(reason=f"not JSON: {error['ctx']['error']}")
    return None


def of_status(error: HTTPException) -> Refusal | None:
    """What the framework itself refuses; what our own body reader refused comes as its cause."""
    if isinstance(error.__cause__, Refusal):
        return error.__cause__
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return NoSuchAddress()
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = (error.headers or {}).get("Allow", "").split(", ")
            return MethodNotAllowed(allowed=tuple(sorted(allowed)))
        case HTTPStatus.BAD_REQUEST:
            return RequestMalformed(reason="the body cannot be parsed")
    return None


async def refuse(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    if refusal is None:
        raise error
    return answer(refusal, request.scope)


def handle_refusals(app: FastAPI) -> None:
    """Answer every refusal of `app` as a problem document."""
    for family in (Refusal, RequestValidationError, HTTPException, ValueError):
        app.add_exception_handler(family, refuse)


TOLD_IN = (errors, errors_of_custody)  # imported, so that each of theirs is found below


def every_refusal(family: type[Refusal] = Refusal) -> list[type[Refusal]]:
    """Each refusal that has a page, in the order of the statuses."""
    found = [family] if family.slug else []
    for below in family.__subclasses__():
        found += every_refusal(below)
    return sorted(found, key=lambda refusal: (status_of(refusal), refusal.slug))


EXAMPLE_FACTS: dict[str, Any] = {
    "gtin": "04600000000015",
    "examples": ("010460000000001521abcdefghijklm",),
    "member_state": "KZ",
    "errors": [{"where": "body.quantity", "what": "Input should be greater than 0"}],
    "product_group": "milk",
    "batch": "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a11",
    "allowed": ("GET", "PUT"),
    "count": 1,
}


def example(refusal: type[Refusal]) -> dict[str, Any]:
    """What this refusal looks like, for the documentation."""
    facts = {
        item.name: EXAMPLE_FACTS.get(item.name, 20 if item.type is int else f"<{item.name}>")
        for item in fields(refusal)
    }
    return document(refusal(**facts), "6f0d6a4e9c3b4f6c8f2f4c0b7f0c1e2d")


def refusals(*classes: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation that may be refused in these ways."""
    by_status: dict[int, list[type[Refusal]]] = defaultdict(list)
    for refusal in classes:
        by_status[status_of(refusal)].append(refusal)
    return {
        status: {
            "description": " ".join(title_of(refusal) for refusal in found),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {refusal.slug: {"value": example(refusal)} for refusal in found},
                }
            },
        }
        for status, found in by_status.items()
    }


def merged(told: dict[str, Any] | None, more: dict[str, Any]) -> dict[str, Any]:
    """Two descriptions of one status as one."""
    if told is None or MEDIA_TYPE not in told.get("content", {}):
        return more
    content = told["content"][MEDIA_TYPE]
    examples = {**more["content"][MEDIA_TYPE]["examples"], **content.get("examples", {})}
    return {
        "description": f"{told['description']} {more['description']}",
        "content": {MEDIA_TYPE: {**content, "examples": examples}},
    }
