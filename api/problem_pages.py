"""A page for every refusal: the address that a problem's `type` leads to."""

import sys
from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import Header
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment
from pydantic import BaseModel

from api.bodies import Router
from api.problems import NoSuchAddress, every_refusal, example, refusals, status_of, title_of
from domain.errors import Refusal

router = Router("problems")

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
  pre { overflow-x: auto; padding: 1rem; border: 1px solid currentColor }
  :root { color-scheme: light dark }
</style>
<h1>{{ title }}</h1>
{% for kind in kinds %}
<section>
{% if kinds|length > 1 %}<h2><a href="{{ kind.type }}">{{ kind.title }}</a></h2>{% endif %}
<p>Status {{ kind.status }}. {{ kind.advice }}</p>
{% if kinds|length == 1 %}<pre>{{ example }}</pre><p><a href="/problems">All problems</a></p>{% endif %}
</section>
{% endfor %}
</html>
""")


class ProblemKind(BaseModel):
    """One way in which Tamga says no."""

    type: str
    title: str
    status: int
    advice: str


class ProblemPage(ProblemKind):
    """One way in which Tamga says no, and what it looks like."""

    example: dict[str, object]


def kind(refusal: type[Refusal]) -> ProblemKind:
    return ProblemKind(
        type=f"/problems/{refusal.slug}",
        title=title_of(refusal).rstrip("."),
        status=status_of(refusal),
        advice=refusal.advice,
    )


def pretty(refusal: type[Refusal]) -> str:
    return orjson.dumps(example(refusal), option=orjson.OPT_INDENT_2, default=str).decode()


def page(title: str, kinds: list[ProblemKind], shown: str = "") -> Response:
    text = PAGE.render(title=title, kinds=kinds, example=shown)
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY, "Vary": "Accept"})


Accept = Annotated[str, Header(include_in_schema=False)]


@router.get("/problems", response_model=list[ProblemKind])
async def list_problems(accept: Accept = "") -> Response | list[ProblemKind]:
    """Every problem that an operation may answer with; a page for browsers."""
    kinds = [kind(refusal) for refusal in every_refusal()]
    return page("Problems", kinds) if "text/html" in accept else kinds


@router.get("/problems/{slug}", response_model=ProblemPage, responses=refusals(NoSuchAddress))
async def read_problem(slug: str, accept: Accept = "") -> Response | ProblemPage:
    """What a problem means and what to do about it; a page for browsers."""
    refusal = next((one for one in every_refusal() if one.slug == slug), None)
    if refusal is None:
        raise NoSuchAddress
    one = kind(refusal)
    if "text/html" in accept:
        return page(one.title, [one], pretty(refusal))
    return ProblemPage(**one.model_dump(), example=example(refusal))


def written() -> str:
    """docs/problems.md."""
    lines = [
        "# Problems",
        "",
        "Tamga refuses with a problem document (RFC 9457). `type` is stable and names a section",
        "here; the members after `request_id` are the facts that mend the request.",
        "Written by `python -m api.problem_pages > docs/problems.md`; a test compares.",
    ]
    for refusal in every_refusal():
        status = status_of(refusal)
        lines += [
            "",
            f"## {refusal.slug}",
            "",
            f"{title_of(refusal)} ({status} {HTTPStatus(status).phrase})",
            "",
            refusal.advice,
            "",
            "```json",
            pretty(refusal),
            "```",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written())
