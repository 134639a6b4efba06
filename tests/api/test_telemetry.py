import json
from uuid import uuid4

import pytest
from fastapi.responses import StreamingResponse

from api.telemetry import AnswerBroken
from tests.world import BELARUS, MINSK_DAIRY


async def test_each_request_is_one_line_of_the_log(world):
    key = uuid4()

    async with world.as_(MINSK_DAIRY) as dairy:
        await dairy.get(
            f"/participants/{MINSK_DAIRY.uuid}/keys?trace={key}", headers={"X-Request-Id": "a-1"}
        )

    line = world.log_lines[-1]
    assert line.pop("milliseconds") >= 0
    assert line.pop("bytes_out") > 0
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "a-1",
        "method": "GET",
        "route": "/participants/{participant}/keys",
        "status": 200,
        "bytes_in": 0,
        "client": "127.0.0.1",
        "caller": str(MINSK_DAIRY.uuid),
        "problem": None,
        "ids": {"participant": str(MINSK_DAIRY.uuid)},
    }


async def test_the_log_never_holds_what_was_sent(world):
    tail = "dGhlIHZlcmlmaWNhdGlvbg"

    async with world.as_(BELARUS) as operator:
        await operator.get(f"/participants?code={tail}")
        await operator.get(f"/01/04600000000015/21/{tail}?92={tail}")
        await operator.put(f"/participants/{uuid4()}", json={"name": tail, tail: tail})
        await operator.put(f"/participants/{uuid4()}", content=tail.encode())
        await operator.get("/problems", headers={"X-Request-Id": f"{tail} {tail}"})

    assert tail not in world.log.getvalue()
    assert world.keys[BELARUS] not in world.log.getvalue()
    assert len(world.log_lines) == 5


async def test_a_request_keeps_the_id_it_came_with_if_it_is_one(world):
    async with world.as_stranger() as stranger:
        for told in ("abc-1.2_Z", "x" * 64):
            kept = await stranger.get("/health", headers={"X-Request-Id": told})
            assert kept.headers["x-request-id"] == told
        for told in ("", "x" * 65, "a b", "a;b", "é"):
            replaced = await stranger.get("/health", headers=[("X-Request-Id", told.encode())])
            assert replaced.headers["x-request-id"] != told
            assert len(replaced.headers["x-request-id"]) == 32


async def test_every_answer_keeps_browsers_from_guessing_and_telling(world):
    async with world.as_stranger() as stranger:
        answers = [await stranger.get(path) for path in ("/health", "/nowhere", "/docs")]

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


async def test_metrics_count_requests_by_route_and_refusals_by_problem(world):
    async with world.as_(MINSK_DAIRY) as dairy:
        await dairy.get(f"/participants/{uuid4()}")
        await dairy.get("/nowhere/at/all")
        metrics = (await dairy.get("/metrics")).text

    assert (
        'tamga_request_seconds_count{method="GET",'
        'route="/participants/{participant}",status="404"} 1.0'
    ) in metrics
    assert 'route="(none)",status="404"} 1.0' in metrics
    assert 'tamga_problems_total{problem="unknown-participant"} 1.0' in metrics
    assert "tamga_requests_open 1.0" in metrics
    assert "nowhere" not in metrics


async def test_an_unknown_method_does_not_make_a_metric_of_its_own(world):
    async with world.as_stranger() as stranger:
        await stranger.request("BREW", "/health")
        metrics = (await stranger.get("/metrics")).text

    assert "BREW" not in metrics
    assert "BREW" not in world.log.getvalue()


async def test_an_answer_that_breaks_off_is_logged_and_not_passed_off_as_whole(world):
    async def broken():
        yield b"first\n"
        raise RuntimeError("hush")

    @world.app.get("/broken")
    async def stream() -> StreamingResponse:
        return StreamingResponse(broken())

    async with world.as_stranger() as stranger:
        with pytest.raises(AnswerBroken):
            await stranger.get("/broken")

    fault, request = world.log_lines[-2:]
    assert fault["event"] == "fault"
    assert request["problem"] == "internal-error"
    assert "hush" not in json.dumps([fault, request])
