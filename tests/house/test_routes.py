"""Every route says what it answers, where it belongs and how it refuses."""

from typing import Any

import pytest

main = pytest.importorskip("api.main", reason="api/main.py is not written yet")
settings = pytest.importorskip("api.settings", reason="api/settings.py is not written yet")

METHODS = {"get", "put", "post", "delete", "patch"}


def document() -> dict[str, Any]:
    described: dict[str, Any] = main.create_app(settings.Settings()).openapi()
    return described


OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    if method in METHODS
]
every_operation = pytest.mark.parametrize(
    "operation", [operation for _, operation in OPERATIONS], ids=[name for name, _ in OPERATIONS]
)


def is_described(answer: dict[str, Any]) -> bool:
    """Whether this answer has a schema that says something, or is not JSON, or has no body."""
    content = answer.get("content", {})
    return all(kind != "application/json" or media.get("schema") for kind, media in content.items())


@every_operation
def test_it_says_what_it_does_and_where_it_belongs(operation: dict[str, Any]):
    assert len(operation["tags"]) == 1
    assert operation["description"].strip().endswith(".")
    assert operation["operationId"]


@every_operation
def test_it_describes_every_answer(operation: dict[str, Any]):
    succeeding = {status: told for status, told in operation["responses"].items() if status < "400"}

    assert succeeding
    assert all(is_described(told) for told in succeeding.values())


@every_operation
def test_it_declares_its_refusals_as_problems(operation: dict[str, Any]):
    refusing = {status: told for status, told in operation["responses"].items() if status >= "400"}

    assert refusing
    if operation["tags"] == ["operations"]:
        return  # monitors read the same body whatever the status
    for status, told in refusing.items():
        assert list(told["content"]) == ["application/problem+json"], status
        assert told["content"]["application/problem+json"]["examples"], status


@every_operation
def test_its_body_has_an_example_and_a_limit(operation: dict[str, Any]):
    body = operation.get("requestBody")
    if body is None:
        return  # nothing to show
    assert body["x-max-bytes"]
    for kind, media in body["content"].items():
        if kind == "application/json":
            assert examples_of(media), "a body needs an example"


def examples_of(media: dict[str, Any]) -> object:
    schema = media["schema"]
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return media.get("examples") or media.get("example") or schema.get("examples")


def test_operations_are_told_apart():
    names = [operation["operationId"] for _, operation in OPERATIONS]

    assert sorted(names) == sorted(set(names))
