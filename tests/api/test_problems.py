from dataclasses import fields
from pathlib import Path

import pytest
from fastapi import HTTPException
from pydantic import BaseModel, field_validator

from api.problem_pages import written
from api.problems import (
    STATUS,
    Problem,
    detail,
    document,
    every_refusal,
    example,
    status_of,
    title_of,
)
from domain.errors import BodyTooLarge, KeyNotAccepted, Refusal, UnknownCodes
from domain.standards.gs1_keys import gtin
from tests.world import MINSK_DAIRY

REFUSALS = every_refusal()
STANDARD = {"type", "title", "status", "detail", "advice", "request_id"}


def named(refusal: type[Refusal]) -> str:
    return refusal.slug


def test_no_two_refusals_share_a_slug():
    assert len({refusal.slug for refusal in REFUSALS}) == len(REFUSALS)


@pytest.mark.parametrize("refusal", REFUSALS, ids=named)
def test_every_refusal_has_a_sentence_an_advice_and_a_status(refusal):
    assert title_of(refusal).endswith(".")
    assert refusal.__doc__ != Refusal.__doc__
    assert refusal.advice
    assert refusal.slug == refusal.slug.lower().replace("_", "-")
    assert any(family in STATUS for family in refusal.__mro__)


@pytest.mark.parametrize("refusal", REFUSALS, ids=named)
def test_no_fact_hides_a_standard_member(refusal):
    assert not STANDARD & {item.name for item in fields(refusal)}


@pytest.mark.parametrize("refusal", REFUSALS, ids=named)
def test_every_problem_has_the_same_shape(refusal):
    problem = example(refusal)

    assert Problem.model_validate(problem).type == f"/problems/{refusal.slug}"
    assert problem.keys() == STANDARD | {item.name for item in fields(refusal)}
    assert problem["status"] == status_of(refusal)


def test_a_problem_document_is_whole():
    assert document(UnknownCodes(2, ("a", "b")), "id-1") == {
        "type": "/problems/unknown-codes",
        "title": "Some codes were never issued, or are not yours to see",
        "status": 404,
        "detail": "Some codes were never issued, or are not yours to see: count 2.",
        "advice": "Check the codes named in `examples`; `partial` leaves them out and lists them.",
        "request_id": "id-1",
        "count": 2,
        "examples": ("a", "b"),
    }


def test_the_detail_is_the_title_where_there_are_no_facts():
    assert detail(KeyNotAccepted()) == "The API key is missing, unknown, expired or revoked."
    assert detail(BodyTooLarge(5, "bytes")).endswith(": limit 5, unit bytes.")


def test_the_catalogue_of_problems_is_complete():
    page = Path("docs/problems.md").read_text()

    assert page == written(), "python -m api.problem_pages > docs/problems.md"


async def test_every_problem_has_a_page(world):
    async with world.as_stranger() as stranger:
        listed = (await stranger.get("/problems")).json()
        pages = [await stranger.get(one["type"]) for one in listed]
        page = await stranger.get(listed[0]["type"], headers={"Accept": "text/html,*/*"})

    assert {one["type"] for one in listed} == {f"/problems/{one.slug}" for one in REFUSALS}
    assert {answer.status_code for answer in pages} == {200}
    assert page.headers["content-type"].startswith("text/html")
    assert listed[0]["advice"].split("`")[0] in page.text


FRAMEWORK = [
    ("GET", "/nowhere", 404, "no-such-address"),
    ("GET", "/problems/nothing", 404, "no-such-address"),
    ("DELETE", "/participants", 405, "method-not-allowed"),
    ("GET", "/participants/not-a-uuid", 422, "request-invalid"),
    ("GET", "/participants?limit=0", 422, "request-invalid"),
    ("GET", "/participants?after=x", 422, "request-invalid"),
]


async def test_what_the_framework_refuses_has_the_shape_too(world):
    async with world.as_(MINSK_DAIRY) as dairy:
        for method, path, status, slug in FRAMEWORK:
            answer = await dairy.request(method, path)

            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == f"/problems/{slug}"
            assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_wrong_method_is_told_the_right_ones(world):
    async with world.as_stranger() as stranger:
        answer = await stranger.delete("/participants")

    assert answer.headers["allow"] == "GET"
    assert answer.json()["allowed"] == ["GET"]


async def test_a_fault_of_a_standard_below_the_route_is_a_wrong_value(world):
    @world.app.get("/standard")
    async def read() -> str:
        return gtin("04600000000014")

    @world.app.get("/teapot")
    async def brew() -> None:
        raise HTTPException(418)

    @world.app.get("/own")
    async def fail() -> None:
        raise ValueError

    async with world.as_stranger() as stranger:
        answers = [await stranger.get(path) for path in ("/standard", "/teapot", "/own")]

    assert [answer.status_code for answer in answers] == [422, 500, 500]
    assert answers[0].json()["errors"][0]["where"] == "request"
    assert answers[1].json()["type"] == "/problems/internal-error"


class Scan(BaseModel):
    code: str
    gtin: str

    @field_validator("code")
    @classmethod
    def is_a_code(cls, code: str) -> str:
        raise UnicodeEncodeError("ascii", code, 0, 1, "not a code: " + code)

    @field_validator("gtin")
    @classmethod
    def is_a_gtin(cls, text: str) -> str:
        return gtin(text)


async def test_a_refused_value_is_never_repeated(world):
    tail = "dGhlIHZlcmlmaWNhdGlvbiBjb2RlIGl0c2VsZg=="

    @world.app.post("/scan-test")
    async def scan(scan: Scan) -> None:
        del scan

    async with world.as_stranger() as stranger:
        answer = await stranger.post(
            "/scan-test", json={"code": tail, "gtin": "04600000000014", tail: {"x": tail}}
        )

    assert answer.status_code == 422
    assert tail not in answer.text
    assert answer.json()["errors"][1] == {
        "where": "body.gtin",
        "what": "GTIN 04600000000014 has check digit 4; expected 5.",
    }


async def test_a_fault_of_ours_tells_nothing_and_is_logged(world):
    @world.app.get("/fault")
    async def fail() -> None:
        raise RuntimeError("with a secret in it")

    async with world.as_stranger() as stranger:
        answer = await stranger.get("/fault", headers={"X-Request-Id": "mine-1"})

    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/internal-error"
    assert answer.json()["request_id"] == "mine-1"
    assert "secret" not in answer.text + world.log.getvalue()
    fault = next(line for line in world.log_lines if line["event"] == "fault")
    assert fault["request_id"] == "mine-1"
    assert fault["causes"][0]["type"] == "builtins.RuntimeError"
    assert fault["causes"][0]["frames"][-1].endswith(" fail")
