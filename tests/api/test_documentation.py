"""The description of the API says all that an operation may answer, and needs no other site."""

import inspect
import re
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.bodies import StrictRoute
from api.documentation import calls
from api.main import create_app
from api.settings import Settings

APP = create_app(Settings(json_body_bytes=1_000, file_body_bytes=2_000))
DESCRIBED = APP.openapi()
SCHEMAS = DESCRIBED["components"]["schemas"]


OPERATIONS = [
    pytest.param(operation, id=f"{method} {path}")
    for path, methods in DESCRIBED["paths"].items()
    for method, operation in methods.items()
]


def has_example(content: dict[str, Any]) -> bool:
    schema = content.get("schema", {})
    named = schema.get("$ref", schema.get("items", {}).get("$ref", "")).rpartition("/")[2]
    told = SCHEMAS.get(named, schema)
    return bool({"example", "examples"} & (content.keys() | told.keys()))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_named_by_its_function_and_explained(operation):
    assert operation["operationId"].isidentifier()
    assert operation["tags"]
    assert operation["description"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_body_has_an_example_and_a_limit(operation):
    body = operation.get("requestBody")
    if body is None:
        return
    assert body["x-max-bytes"] in {1_000, 2_000}
    for kind, content in body["content"].items():
        assert kind != "application/json" or has_example(content)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_declares_the_refusals_of_its_kind(operation):
    declared = {
        slug
        for answer in operation["responses"].values()
        for slug in answer.get("content", {})
        .get("application/problem+json", {})
        .get("examples", {})
    }

    assert "internal-error" in declared
    if operation.get("security"):
        assert {"key-not-accepted", "database-unavailable"} <= declared
    if operation.get("requestBody"):
        assert {"request-malformed", "body-too-large", "body-too-slow"} <= declared


def test_operations_have_names_of_their_own():
    names = [item.values[0]["operationId"] for item in OPERATIONS]

    assert len(set(names)) == len(names)


def test_no_shared_dependency_waits_for_a_thread():
    routes = [route for route in APP.routes if isinstance(route, APIRoute)]
    asked = {call for route in routes for call in calls(route.dependant)}
    shared = [call for call in asked if getattr(call, "__module__", "") == "api.dependencies"]

    assert shared
    for call in shared:
        assert inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call), call


def test_every_route_reads_json_strictly():
    routes = [route for route in APP.routes if isinstance(route, APIRoute)]

    assert routes
    assert all(isinstance(route, StrictRoute) for route in routes)


def test_every_reference_leads_somewhere():
    for name in re.findall(r"#/components/schemas/([A-Za-z0-9_-]+)", str(DESCRIBED)):
        assert name in SCHEMAS


async def test_the_documentation_needs_no_other_site(world):
    async with world.as_stranger() as stranger:
        page = await stranger.get("/docs")
        files = {
            path: await stranger.get(path)
            for path in re.findall(r'(?:src|href)="([^"]+)"', page.text)
        }
        described = await stranger.get("/openapi.json")
        other = await stranger.get("/docs/nothing.js")

    assert len(files) == 3
    assert all(path.startswith("/docs/") for path in files)
    assert {answer.status_code for answer in files.values()} == {200}
    assert "http" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert described.json()["openapi"].startswith("3.1")
    assert other.status_code == 404
