"""The description of the API (OpenAPI 3.1) and its page, which needs no other site."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import iter_route_contexts

from api.bodies import Router
from api.dependencies import CHANGES, asker, bearer, optional_participant, spooled
from api.problems import (
    BodyTooSlow,
    InternalError,
    Problem,
    RequestInvalid,
    RequestMalformed,
    merged,
    refusals,
)
from api.settings import Settings
from domain.errors import (
    BodyTooLarge,
    DatabaseUnavailable,
    KeyNotAccepted,
    ParticipantSuspended,
    Refusal,
)

SUMMARY = "Goods-marking traceability for the Eurasian Economic Union."
DESCRIPTION = """
Every change is a `PUT` under a UUID that you choose: repeat it as often as you like, it happens
once, and the same answer comes back. Every refusal is a problem document (RFC 9457) whose `type`
has a page under [/problems](/problems). Lists come in pages: send `next` as `after`.

Send your API key as `Authorization: Bearer tmg_...`.
"""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tamga API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""
# Swagger UI writes styles into its elements; scripts come from files alone.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

router = Router("documentation")


@router.get("/docs", include_in_schema=False)
async def show_documentation() -> Response:
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/start.js", include_in_schema=False)
async def start_documentation() -> Response:
    return Response(START, media_type="text/javascript")


@router.get("/docs/{name}", include_in_schema=False)
async def read_documentation_file(name: str) -> Response:
    if name not in FILES:
        return Response(status_code=404)
    content = resources.files("fastapi_swagger.resources").joinpath(name).read_bytes()
    return Response(
        content, media_type=FILES[name], headers={"Cache-Control": "public, max-age=86400"}
    )


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return app.openapi_schema


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, in which each operation declares all its refusals and limits."""
    settings: Settings = app.state.settings
    found = get_openapi(
        title="Tamga",
        version=app.version,
        summary=SUMMARY,
        description=DESCRIPTION,
        routes=app.routes,
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update({**problem.pop("$defs"), "Problem": problem})
    for method, operation, dependant in operations(app, found):
        complete(operation, set(calls(dependant)), settings, method=method)
    return found


def operations(
    app: FastAPI, found: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any], Dependant]]:
    for context in iter_route_contexts(app.routes):
        if getattr(context, "include_in_schema", False) and context.path_format in found["paths"]:
            for method in context.methods or ():
                operation = found["paths"][context.path_format][method.lower()]
                yield method, operation, context.dependant


def calls(dependant: Dependant) -> Iterator[object]:
    for below in dependant.dependencies:
        yield below.call
        yield from calls(below)


def complete(
    operation: dict[str, Any], needs: set[object], settings: Settings, *, method: str
) -> None:
    """Add what every operation of this kind has: a body's limit, and the common refusals."""
    limit = settings.file_body_bytes if spooled in needs else settings.json_body_bytes
    common: list[type[Refusal]] = [InternalError]
    if spooled in needs:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation.setdefault("requestBody", {"required": True, "content": {"text/plain": binary}})
    if body := operation.get("requestBody"):
        body["description"] = f"{body.get('description', '')} At most {limit:,} bytes.".strip()
        body["x-max-bytes"] = limit
        common += [RequestMalformed, BodyTooLarge, BodyTooSlow]
    if bearer in needs:
        common += [KeyNotAccepted, DatabaseUnavailable]
        common += [ParticipantSuspended] if method == CHANGES else []
    if {optional_participant, asker} & needs:  # a key is welcome, but none is needed
        operation["security"] = [{}, *operation.get("security", [])]
    answers = operation["responses"]
    if answers.get("422", {}).get("description") == "Validation Error":
        del answers["422"]
    if body or operation.get("parameters"):
        common.append(RequestInvalid)
    for status, answer in refusals(*common).items():
        answers[str(status)] = merged(answers.get(str(status)), answer)
