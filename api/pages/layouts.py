"""The ready layouts for people who would rather look: pictures, test pages, how to print by them.

Ready layouts are few and never change while the service runs: what is drawn of them is drawn once,
so that anybody may look.
"""

import asyncio
from dataclasses import dataclass
from functools import lru_cache, partial

from fastapi import Request
from fastapi.responses import Response

from api.bodies import Router
from api.dependencies import TheFont, ThePress
from api.making import at
from api.pages.rendering import page
from api.problems import NoSuchAddress
from labels import preview
from labels.layouts import ready
from labels.layouts.facts import Kind
from labels.layouts.parts import Carrier, Layout
from labels.output.formats import Format
from labels.symbols.dots import MILLIMETRES_PER_INCH
from labels.text.fonts import Font

PIXELS_PER_INCH = 96  # of style sheets: pictures stand on the page as large as labels
FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}
ONLY_A_PICTURE = {"Content-Security-Policy": "default-src 'none'"}

router = Router("pages")


def at_address(name: str) -> Layout:
    """The ready layout of this name; nothing is at the address of any other."""
    if name not in ready.names():
        raise NoSuchAddress
    return ready.named(name)


@dataclass(frozen=True)
class Card:
    """What the page shows of a layout; lengths are in millimetres, and in pixels of its picture."""

    layout: Layout
    pixels: tuple[int, int]
    has_qr: bool
    without_room: tuple[str, ...]  # goods, at the layout's own resolution

    @property
    def places(self) -> list[tuple[float, float]]:
        """Left and top of every label of a sheet."""
        return [self.layout.corner_mm(place) for place in range(self.layout.positions)]


@lru_cache(maxsize=64)
def card(name: str, font: Font) -> Card:
    layout = ready.named(name)
    width, height = layout.label_mm
    return Card(
        layout,
        (pixels(width), pixels(height)),
        layout.symbol(Carrier.QR) is not None,
        tuple(one.goods for one in preview.rooms(layout, [layout.dpi], font) if one.refused),
    )


def pixels(millimetres: float) -> int:
    return round(millimetres * PIXELS_PER_INCH / MILLIMETRES_PER_INCH)


@lru_cache(maxsize=64)
def picture(name: str, font: Font) -> bytes:
    layout = ready.named(name)
    return preview.drawn(layout, Format.PNG, layout.dpi, font)


@lru_cache(maxsize=64)
def test_page(name: str, font: Font) -> bytes:
    layout = ready.named(name)
    return preview.measure(layout, layout.dpi, font)


def cards(font: Font) -> dict[str, list[Card]]:
    """Rolls, sheets, and labels of packages, the smallest first."""
    found: dict[str, list[Card]] = {"rolls": [], "sheets": [], "packages": []}
    for one in sorted((card(name, font) for name in ready.names()), key=size):
        if one.layout.kind is Kind.PACKAGE:
            found["packages"].append(one)
        else:
            found["sheets" if one.layout.sheet else "rolls"].append(one)
    return found


def size(one: Card) -> tuple[float, str]:
    width, height = one.layout.label_mm
    return width * height, one.layout.name


async def layouts_page(request: Request, font: Font) -> Response:
    """The gallery."""
    found = await asyncio.to_thread(cards, font)
    return page(request, "layouts.html", here="/layouts", cards=found)


@router.get("/layouts/{name}/picture", include_in_schema=False)
async def show_picture(name: str, font: TheFont, presses: ThePress) -> Response:
    """A label of a ready layout, at its own resolution."""
    at_address(name)
    drawn = await at(presses, partial(picture, name, font))
    headers = {**FOR_A_DAY, **ONLY_A_PICTURE}
    return Response(drawn, media_type=Format.PNG.media_type, headers=headers)


@router.get("/layouts/{name}/test-page.pdf", include_in_schema=False)
async def show_test_page(name: str, font: TheFont, presses: ThePress) -> Response:
    """The page to measure a printer by, at the layout's own resolution."""
    at_address(name)
    drawn = await at(presses, partial(test_page, name, font))
    told = {"Content-Disposition": f'inline; filename="{name}-test-page.pdf"'}
    return Response(drawn, media_type=Format.PDF.media_type, headers=FOR_A_DAY | told)
