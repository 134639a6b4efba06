"""Pages out of templates, each with the policy that keeps everything foreign out of it."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.pages.language import Language, choose, languages
from api.problems import document, headers, status_of
from domain.errors import Refusal

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    # A page may show what its verification code opened: nobody on the way shall keep it.
    "Cache-Control": "no-store",
    "Vary": "Accept, Accept-Language, Authorization",
    "X-Robots-Tag": "noindex",
}
STATIC = {"tamga.css": "text/css", "tamga.svg": "image/svg+xml"}
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}

environment = Environment(
    loader=PackageLoader("api.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def static_file(name: str) -> bytes:
    return resources.files("api.pages").joinpath("static", name).read_bytes()


@cache
def static_address(name: str) -> str:
    """Where a file is, under a name that changes with it: it may be kept for ever."""
    version = hashlib.sha256(static_file(name)).hexdigest()[:12]
    return f"/static/{name}?v={version}"


environment.globals["static"] = static_address


def language_of(request: Request) -> Language:
    accepted = request.headers.get("accept-language", "")
    return choose(request.query_params.get("lang"), accepted)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    here: str | None = None,
    told: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    """The page that a template makes; `here` is the address under which it can be asked for again.

    `told` are headers beside those of every page.
    """
    language = language_of(request)
    text = environment.get_template(template).render(
        t=language.texts,
        language=language,
        languages=languages(),
        here=here or "/",
        kept_language=language.code if "lang" in request.query_params else None,
        **values,
    )
    return HTMLResponse(
        text,
        status_code=status,
        headers={**PAGE_HEADERS, "Content-Language": language.code, **(told or {})},
    )


def problem_page(request: Request, refusal: Refusal) -> Response:
    """A refusal for people, with the status and the headers that programs get."""
    exchange = request.scope["tamga.exchange"]
    exchange.problem = refusal.slug
    return page(
        request,
        "problem.html",
        status=status_of(type(refusal)),
        told=headers(refusal),
        problem=document(refusal, exchange.request_id),
    )
