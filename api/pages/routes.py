"""The box for a code, the answer to a scan, and the history of a unit under its Digital Link."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.bodies import Router, StrictRoute
from api.dependencies import TheSettings
from api.pages.asking import Answer, TheDesk
from api.pages.negotiation import wants_data
from api.pages.pictures import scanned
from api.pages.rendering import (
    KEPT,
    PAGE_HEADERS,
    STATIC,
    language_of,
    page,
    problem_page,
    static_file,
)
from api.pages.view import unit_view
from api.problems import NoSuchAddress, TooManyTries, refusal_of, refusals
from api.traced import HistoryAnswer, VerdictAnswer
from domain.errors import MasterKeyWrong, Refusal
from domain.standards import digital_link
from labels.output.symbol_svg import svg
from labels.reading import MOST_BYTES
from labels.symbols import qr

MOST_CODES = 20  # of one picture
DATA_HEADERS = {name: PAGE_HEADERS[name] for name in ("Cache-Control", "Vary", "X-Robots-Tag")}
ONLY_A_PICTURE = {"Content-Security-Policy": "default-src 'none'"}
VERIFICATION: list[dict[str, Any]] = [
    {
        "name": ai,
        "in": "query",
        "required": False,
        "description": "A part of the verification code, as the label's QR code carries it.",
        "schema": {"type": "string"},
    }
    for ai in ("91", "92", "93")
]


class PageRoute(StrictRoute):
    """A route that refuses with a page, unless JSON was asked for."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def friendly(request: Request) -> Response:
            try:
                return await handler(request)
            except (Refusal, RequestValidationError, HTTPException, ValueError) as error:
                refusal = refusal_of(error)
                if refusal is None or prefers_data(request):
                    raise
                return problem_page(request, refusal)

        return friendly


router = Router("pages")
router.route_class = PageRoute


class UnitAnswer(BaseModel):
    """What the page of a unit shows, as data."""

    verdict: VerdictAnswer
    history: Annotated[HistoryAnswer | None, Field(description="Null: not for the asker.")]


def prefers_data(request: Request) -> bool:
    asked = request.query_params.get("format")
    if asked in {"json", "html"}:
        return asked == "json"
    return wants_data(request.headers.get("accept", ""))


@router.get("/", include_in_schema=False)
async def show_box(request: Request) -> Response:
    """One box for a code: paste it, type it, or send a picture of it."""
    return page(request, "start.html", megabytes=MOST_BYTES // 10**6)


@router.post("/scan", include_in_schema=False)
async def scan(request: Request, desk: TheDesk, settings: TheSettings) -> Response:
    """The answer to a code, or to the codes in a picture."""
    desk.asker.check(())
    codes = await scanned(request)
    if not codes:
        desk.asker.failed(None)
        return page(request, "none_found.html", megabytes=MOST_BYTES // 10**6)
    if len(codes) == 1:
        return unit_page(request, await desk.ask(codes[0]), settings.base_url)
    answers = [await desk.ask(code) for code in codes[:MOST_CODES]]
    language = language_of(request)
    return page(
        request,
        "several.html",
        units=[
            (code, answer.address, unit_view(answer, language))
            for code, answer in zip(codes, answers, strict=False)
        ],
        count=len(codes),
    )


@router.get(
    "/01/{gtin}/21/{serial:path}",
    response_model=UnitAnswer,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **refusals(TooManyTries, MasterKeyWrong),
    },
    openapi_extra={"parameters": VERIFICATION},
)
async def show_history(
    request: Request,
    gtin: str,
    serial: str,
    desk: TheDesk,
    settings: TheSettings,
) -> Response:
    """The verdict on a unit and its history, under its GS1 Digital Link.

    Browsers get a page, who prefers `application/json` gets this. The query carries the
    verification code, without which a stranger is shown the product alone.
    """
    path = f"/01/{quote(gtin, safe='')}/21/{quote(serial, safe='')}"
    query = request.scope["query_string"].decode("latin-1")
    uri = f"{settings.base_url}{path}?{query}"
    if request.query_params.get("format") == "svg":
        return await qr_code(uri, settings.base_url)
    answer = await desk.ask(uri)
    if not prefers_data(request):
        answer.verdict.pop("repairs", None)  # that a link was followed is no news on its page
        return unit_page(request, answer, settings.base_url)
    data = orjson.dumps({"verdict": answer.verdict, "history": answer.history})
    return Response(data, media_type="application/json", headers=DATA_HEADERS)


def unit_page(request: Request, answer: Answer, base_url: str) -> Response:
    address = answer.address
    return page(
        request,
        "unit.html",
        here=address,
        unit=unit_view(answer, language_of(request)),
        address=address,
        link=f"{base_url}{address}" if address and answer.history else None,
        now=datetime.now(UTC),
    )


async def qr_code(uri: str, base_url: str) -> Response:
    """The address of a page as a picture, for those who would open it on a phone."""
    try:
        address = digital_link.build(digital_link.parse(uri), resolver=base_url)
        drawn = await asyncio.to_thread(lambda: svg(qr.one(address)))
    except ValueError as unfit:
        raise NoSuchAddress from unfit
    return Response(drawn, media_type="image/svg+xml", headers={**DATA_HEADERS, **ONLY_A_PICTURE})


@router.get("/static/{name}", include_in_schema=False)
async def read_static_file(name: str) -> Response:
    """A file that the pages are dressed with."""
    if name not in STATIC:
        raise NoSuchAddress
    return Response(static_file(name), media_type=STATIC[name], headers=KEPT)
