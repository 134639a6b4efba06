"""What a browser makes of the pages: sent, read and held against the promises of every page."""

import io
from html.parser import HTMLParser
from urllib.parse import quote

import httpx2
from PIL import Image

from domain.catalogue.templates import Family
from domain.standards.element_string import GS
from labels.symbols import data_matrix
from tests.labels.symbol_pictures import png

PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HOSTILE = [
    '"><script>alert(1)</script>',
    "'&<;",
    "<svg/onload=alert(1)>",
    "{{ 7 * 7 }}",
    "\u202e\u200btxet",
    "a/../../b",
    "%3Cscript%3E",
    "x" * 2_000,
]
VOID = {"meta", "link", "input", "img", "path", "br"}


class Reader(HTMLParser):
    """The tags and the words of a page; notices tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, *names: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags for name in names if name in attrs]


def read(answer: httpx2.Response, status: int = 200) -> Reader:
    """The page of this answer, which holds nothing that a strict policy would stop."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    found = Reader(answer.text)
    assert not {"script", "style", "iframe", "object", "base"} & {tag for tag, _ in found.tags}
    for tag, attrs in found.tags:
        assert not [name for name in attrs if name == "style" or name.startswith("on")], tag
    assert not [one for one in found.values("href", "src", "action") if "javascript:" in one]
    ids = found.values("id")
    assert sorted(ids) == sorted(set(ids))
    assert set(found.values("aria-labelledby", "aria-describedby", "for")) <= set(ids)
    assert len([tag for tag, _ in found.tags if tag == "h1"]) == 1
    return found


def link(code: str) -> str:
    """The address of a unit's page, as its label's QR code has it."""
    body, _, tail = code.partition(GS)
    query = "&".join(f"{one[:2]}={quote(one[2:], safe='')}" for one in tail.split(GS) if one)
    return f"/01/{body[2:16]}/21/{quote(body[18:], safe='')}" + (f"?{query}" if query else "")


def picture(*codes: str, family: Family = Family.S) -> bytes:
    """These symbols side by side, as a label sheet has them."""
    drawn = [Image.open(io.BytesIO(png(data_matrix.one(code, family)))) for code in codes]
    across = sum(one.width + 60 for one in drawn)
    sheet = Image.new("L", (across, max(one.height for one in drawn) + 60), 255)
    left = 30
    for one in drawn:
        sheet.paste(one, (left, 30))
        left += one.width + 60
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def upload(content: bytes, name: str = "photo.png") -> dict[str, tuple[str, bytes, str]]:
    """A picture as a form sends it."""
    return {"picture": (name, content, "image/png")}


def blank() -> bytes:
    """A picture of nothing."""
    out = io.BytesIO()
    Image.new("L", (100, 100), 200).save(out, "PNG")
    return out.getvalue()
