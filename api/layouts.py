"""Layouts of labels: the ready ones, how they look, and what has room on a layout of one's own."""

import asyncio
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import CurrentParticipant, TheFont, ThePress
from api.making import at
from api.pages.layouts import at_address, layouts_page
from api.pages.negotiation import wants_page
from api.problems import NoSuchAddress, RequestMalformed, refusals
from domain.errors import LabelNotMade
from labels import preview
from labels.layouts import layout as layouts
from labels.layouts import ready
from labels.layouts.facts import Kind
from labels.layouts.parts import Layout
from labels.output.formats import Format
from labels.preview import RESOLUTIONS, SAMPLES, Room
from labels.symbols.symbol import Symbology
from labels.text.fonts import Font

router = Router("layouts")

TOML = "text/plain; charset=utf-8"
ONLY_A_PICTURE = {"Content-Security-Policy": "default-src 'none'"}
SYMBOL: dict[str, Any] = {
    "symbology": "Data Matrix",
    "modules": 36,
    "dots": 5,
    "module_mm": 0.626,
    "width_mm": 22.52,
    "quiet_modules": 2,
}
ROOM: dict[str, Any] = {
    "goods": "L44",
    "dpi": 203,
    "fits": True,
    "symbols": [SYMBOL],
    "reason": None,
    "told": {},
}
LAYOUT: dict[str, Any] = {
    "name": "roll-58x40",
    "title": "Roll, 58 x 40 mm",
    "kind": "unit",
    "label_mm": [58, 40],
    "sheet": None,
    "dpi": 203,
    "fits": [ROOM],
}
EXAMPLE_TOML = """\
name = "shelf-40x30"
title = "Shelf, 40 x 30 mm"
kind = "unit"
dpi = 203

[label]
width_mm = 40
height_mm = 30

[[symbol]]
kind = "data-matrix"
box_mm = [1, 1, 22, 22]

[[text]]
text = "{product_name}"
box_mm = [24, 1, 15, 22]
size_pt = [8, 5]

[[text]]
text = '''
{gtin_line}
{serial_line}'''
box_mm = [2, 23.5, 36, 6]
size_pt = [7, 5]
"""
LAYOUT_BODY = {
    "requestBody": {
        "required": True,
        "description": "A layout as TOML in UTF-8: `GET /layouts/{name}` shows how they are "
        f"written. A layout has at most {layouts.LONGEST:,} bytes.",
        "content": {
            "application/toml": {"schema": {"type": "string"}, "example": EXAMPLE_TOML},
            "text/plain": {"schema": {"type": "string"}, "example": EXAMPLE_TOML},
        },
    }
}
BINARY = {"schema": {"type": "string", "format": "binary"}}
DRAWN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Labels of goods that there are none of, marked as a sample.",
        "content": {form.media_type: BINARY for form in preview.PICTURES},
    }
}

Name = Annotated[str, Field(max_length=100, examples=["roll-58x40"])]
Dpi = Annotated[int | None, Query(ge=1, le=2_400, description="Of the printer; else the layout's.")]
Picture = Annotated[
    Literal[Format.SVG, Format.PNG, Format.PDF],
    Query(description="svg and png: one label; pdf: a page of them."),
]
Which = Annotated[int, Query(ge=1, le=SAMPLES, description="Which of the sample's goods.")]


class SymbolAnswer(BaseModel):
    """How the largest symbol of its kind stands on the label; the width is without quiet zone."""

    symbology: Symbology
    modules: Annotated[int, Field(description="Across; of a linear symbol its columns.")]
    dots: Annotated[int, Field(description="Of the printer, to a module.")]
    module_mm: float
    width_mm: float
    quiet_modules: int


class RoomAnswer(BaseModel):
    """Whether goods have room at a resolution; if not, why, with the millimetres."""

    goods: Annotated[
        str,
        Field(description="S, L44, L88, T29: the largest codes of this family; or packages."),
    ]
    dpi: int
    fits: bool
    symbols: list[SymbolAnswer]
    reason: Annotated[str | None, Field(description="As of a refusal.")]
    told: dict[str, Any]

    @classmethod
    def of(cls, room: Room) -> "RoomAnswer":
        refused = room.refused
        return cls(
            goods=room.goods,
            dpi=room.dpi,
            fits=refused is None,
            symbols=[
                SymbolAnswer(modules=one.columns, **one._asdict())  # `columns` is left out
                for one in room.symbols
            ],
            reason=refused.slug if refused else None,
            told=refused.facts if refused else {},
        )


class SheetAnswer(BaseModel):
    """A page with a grid of labels, and where the first one stands on it."""

    model_config = ConfigDict(from_attributes=True)

    page_mm: tuple[float, float]
    columns: int
    rows: int
    left_mm: float
    top_mm: float
    gap_mm: Annotated[tuple[float, float], Field(description="Between columns, between rows.")]


class LayoutAnswer(BaseModel):
    """A layout, and what has room on it at 203, 300 and 600 dpi and at its own resolution."""

    model_config = ConfigDict(json_schema_extra={"examples": [LAYOUT]})

    name: str
    title: str
    kind: Annotated[Kind, Field(description="unit: marking codes; package: SSCCs.")]
    label_mm: tuple[float, float]
    sheet: Annotated[SheetAnswer | None, Field(description="Null: a roll.")]
    dpi: Annotated[int, Field(description="Of the printer, unless an order says otherwise.")]
    fits: list[RoomAnswer]


class LayoutPage(LayoutAnswer):
    """A layout as it is written."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**LAYOUT, "toml": EXAMPLE_TOML}]})

    toml: str


class LayoutList(BaseModel):
    """The ready layouts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"layouts": [LAYOUT]}]})

    layouts: list[LayoutAnswer]


def told(layout: Layout, font: Font) -> dict[str, Any]:
    """What an answer tells of a layout."""
    resolutions = sorted({*RESOLUTIONS, layout.dpi})
    return {
        "name": layout.name,
        "title": layout.title,
        "kind": layout.kind,
        "label_mm": layout.label_mm,
        "sheet": SheetAnswer.model_validate(layout.sheet) if layout.sheet else None,
        "dpi": layout.dpi,
        "fits": [RoomAnswer.of(room) for room in preview.rooms(layout, resolutions, font)],
    }


def all_told(font: Font) -> LayoutList:
    known = (ready.named(name) for name in ready.names())
    return LayoutList(layouts=[LayoutAnswer(**told(layout, font)) for layout in known])


async def layout_given(request: Request, _caller: CurrentParticipant) -> Layout:
    """The layout in the body; refuses what is none. A stranger's is not read."""
    try:
        text = (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RequestMalformed(reason="the layout is not UTF-8") from None
    return await asyncio.to_thread(layouts.parse, text)


LayoutGiven = Annotated[Layout, Depends(layout_given)]


@router.get(
    "/layouts",
    response_model=LayoutList,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **refusals()},
)
async def list_layouts(
    request: Request,
    response: Response,
    font: TheFont,
    format: Annotated[
        Literal["json", "html"] | None, Query(description="Else as the Accept header asks.")
    ] = None,
) -> Any:  # noqa: ANN401 - an answer, or a page
    """The ready layouts, and what has room on each. Browsers get a page with their pictures."""
    accept = request.headers.get("accept", "")
    if format == "html" or (format is None and wants_page(accept)):
        return await layouts_page(request, font)
    response.headers["Vary"] = "Accept"
    return await asyncio.to_thread(all_told, font)


@router.get(
    "/layouts/{name}",
    response_model=LayoutPage,
    responses={
        200: {"content": {TOML.partition(";")[0]: {"schema": {"type": "string"}}}},
        **refusals(NoSuchAddress),
    },
)
async def read_layout(
    name: Name,
    font: TheFont,
    format: Annotated[
        Literal["json", "toml"], Query(description="toml: the layout alone, to begin one's own.")
    ] = "json",
) -> Any:  # noqa: ANN401 - an answer, or the text
    """A ready layout: how it is written, and what has room on it."""
    layout = at_address(name)
    if format == "toml":
        return Response(layout.toml, media_type=TOML)
    return LayoutPage(**await asyncio.to_thread(told, layout, font), toml=layout.toml)


@router.post("/layouts/check", openapi_extra=LAYOUT_BODY, responses=refusals(LabelNotMade))
async def check_layout(layout: LayoutGiven, font: TheFont, presses: ThePress) -> LayoutAnswer:
    """Check a layout of one's own: whether it can be printed, and what has room on it."""
    return LayoutAnswer(**await at(presses, partial(told, layout, font)))


@router.get(
    "/layouts/{name}/preview",
    response_class=Response,
    responses={**DRAWN, **refusals(NoSuchAddress, LabelNotMade)},
)
async def preview_layout(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    name: Name,
    _caller: CurrentParticipant,
    font: TheFont,
    presses: ThePress,
    format: Picture = Format.SVG,
    dpi: Dpi = None,
    sample: Which = 1,
) -> Response:
    """See a ready layout as it will be printed, with goods that there are none of."""
    return await pictured(presses, at_address(name), format, dpi, font, sample)


@router.post(
    "/layouts/preview",
    response_class=Response,
    openapi_extra=LAYOUT_BODY,
    responses={**DRAWN, **refusals(LabelNotMade)},
)
async def preview_own_layout(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    layout: LayoutGiven,
    font: TheFont,
    presses: ThePress,
    format: Picture = Format.SVG,
    dpi: Dpi = None,
    sample: Which = 1,
) -> Response:
    """See a layout of one's own as it will be printed, with goods that there are none of."""
    return await pictured(presses, layout, format, dpi, font, sample)


async def pictured(  # noqa: PLR0913, PLR0917 - what both routes were handed
    presses: asyncio.Semaphore,
    layout: Layout,
    form: Format,
    dpi: int | None,
    font: Font,
    which: int,
) -> Response:
    work = partial(preview.drawn, layout, form, dpi or layout.dpi, font, which)
    return file(await at(presses, work), form, f"{layout.name}-sample")


def file(content: bytes, form: Format, name: str) -> Response:
    """A picture to look at, which nothing in it may make a browser do more with."""
    headers = {"Content-Disposition": f'inline; filename="{name}{form.suffix}"'}
    return Response(content, media_type=form.media_type, headers=headers | ONLY_A_PICTURE)


@router.get(
    "/layouts/{name}/test-page",
    response_class=Response,
    responses={
        200: {
            "description": "One page: rulers in millimetres, the labels' borders, a symbol.",
            "content": {Format.PDF.media_type: BINARY},
        },
        **refusals(NoSuchAddress, LabelNotMade),
    },
)
async def print_test_page(
    name: Name,
    _caller: CurrentParticipant,
    font: TheFont,
    presses: ThePress,
    dpi: Dpi = None,
) -> Response:
    """A page to print and to measure: by how much the printer scales and shifts."""
    layout = at_address(name)
    work = partial(preview.measure, layout, dpi or layout.dpi, font)
    return file(await at(presses, work), Format.PDF, f"{name}-test-page")
