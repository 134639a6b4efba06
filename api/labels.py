"""Labels of a batch: sheets and rolls as PDF, one symbol as a picture."""

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from enum import StrEnum
from typing import Annotated, Any, BinaryIO, NamedTuple, TypeVar, cast
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from api.batches import Count, First
from api.bodies import Router
from api.dependencies import MayIssue, TheDatabase, TheKeyring, ThePress, TheSettings
from api.problems import RequestInvalid, refusals
from domain.catalogue.templates import Family
from domain.delivery import actions as delivery
from domain.delivery.actions import Delivery
from domain.delivery.forms import Form
from domain.errors import LabelNotMade, MasterKeyWrong, RunOutsideBatch, ScopeMissing, UnknownBatch
from domain.standards import digital_link, element_string
from labels import pdf, stock
from labels.output.symbol_png import png
from labels.output.symbol_svg import svg
from labels.pdf import MOST_LABELS, Label, PrintOptions
from labels.refusals import LabelCountNotFitting, LabelRefused
from labels.symbols import data_matrix

router = Router("batches")

KEPT_IN_MEMORY = 2**20
PORTION = 2**16
LOOKS_EVERY_SECONDS = 0.5
CLIENT_LEFT = 499  # nobody reads it but the log


class Format(StrEnum):
    """pdf: labels; png and svg: the symbol of one unit."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"


MEDIA_TYPE = {Format.PDF: "application/pdf", Format.PNG: "image/png", Format.SVG: "image/svg+xml"}
BINARY = {"schema": {"type": "string", "format": "binary"}}
PRINTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The labels. Every symbol was read back and compared before it leaves.",
        "content": dict.fromkeys(MEDIA_TYPE.values(), BINARY),
    }
}

Layout = StrEnum("Layout", {name: name for name in stock.STOCKS})  # type: ignore[misc]
Start = Annotated[
    int, Query(ge=1, le=1_000, description="First free position of the first sheet, from 1.")
]
WithLink = Annotated[
    bool, Query(description="Add a QR code that leads to the history of the unit.")
]


One = TypeVar("One")


class ClientLeft(Exception):
    """Nobody waits for the labels any more."""


class Order(NamedTuple):
    """What is to be printed."""

    codes: list[str]
    family: Family
    product_name: str
    layout: str
    start: int
    resolver: str | None  # where QR codes lead; None: there are none


@router.get(
    "/batches/{batch}/labels",
    response_class=Response,
    responses={
        **PRINTED,
        **refusals(ScopeMissing, UnknownBatch, RunOutsideBatch, LabelNotMade, MasterKeyWrong),
    },
)
async def print_labels(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    request: Request,
    batch: UUID,
    owner: MayIssue,
    database: TheDatabase,
    keyring: TheKeyring,
    settings: TheSettings,
    press: ThePress,
    layout: Layout = Layout["a4-3x8"],
    format: Format = Format.PDF,
    first: First = 0,
    count: Count = None,
    start: Start = 1,
    qr: WithLink = False,  # noqa: FBT002 - a parameter of the address
) -> Response:
    """Print labels of a batch: with its symbol, GTIN, serial and the product's name."""
    ready = await delivery.prepare(database, batch, actor=owner, keyring=keyring)
    if format is not Format.PDF:
        if count not in {None, 1}:
            raise RequestInvalid(count=1, errors=[{"where": "query.count", "what": "must be 1"}])
        [code] = await codes_of(ready, first, 1)
        drawing = asyncio.to_thread(draw, code, ready.printing.template.family, format)
        return Response(await made(drawing), media_type=MEDIA_TYPE[format])
    wanted = delivery.check_range(ready, first, count)
    if wanted > MOST_LABELS:
        raise not_made(LabelCountNotFitting(MOST_LABELS))
    order = Order(
        await codes_of(ready, first, wanted),
        ready.printing.template.family,
        ready.batch.name,
        layout,
        start,
        settings.base_url if qr else None,
    )
    async with press:
        return await printed(request, order)


async def codes_of(ready: Delivery, first: int, count: int) -> list[str]:
    """The marking codes of these units; refuses units that the batch has not."""
    delivery.check_range(ready, first, count)
    parts = delivery.stream(ready, Form.TEXT, first=first, count=count)
    text = b"".join([part async for part in parts]).decode()
    return text.split("\n")[:-1]


def draw(code: str, family: Family, format: Format) -> bytes:
    """The symbol of one code."""
    symbol = data_matrix.one(code, family)
    return png(symbol) if format is Format.PNG else svg(symbol).encode()


async def printed(request: Request, order: Order) -> Response:
    """The labels as a file; nothing if the client left before they were made."""
    out = cast("BinaryIO", tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY))  # noqa: SIM115
    try:
        await write(request, order, out)
    except ClientLeft:
        out.close()
        return Response(status_code=CLIENT_LEFT)
    except BaseException:
        out.close()
        raise
    return StreamingResponse(contents(out), media_type=MEDIA_TYPE[Format.PDF])


async def write(request: Request, order: Order, out: BinaryIO) -> None:
    """Let a thread make the labels, as long as somebody waits for them."""
    stop = threading.Event()
    options = PrintOptions(start=order.start, title=order.product_name)
    work = asyncio.to_thread(
        pdf.write_labels, labels_of(order, stop), out, stock.stock_named(order.layout), options
    )
    printing = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({printing}, timeout=LOOKS_EVERY_SECONDS))[0]:
            if await request.is_disconnected():
                stop.set()
        await made(printing)
    finally:
        stop.set()


def labels_of(order: Order, stop: threading.Event) -> Iterator[Label]:
    for code in order.codes:
        if stop.is_set():
            raise ClientLeft
        link = address(code, order.resolver) if order.resolver else None
        yield Label(code, order.family, order.product_name, digital_link=link)


def address(code: str, resolver: str) -> str | None:
    """Where the unit's history is, with its verification code; packs of T29 have no such address."""
    try:
        return digital_link.build(element_string.parse(code), resolver=resolver)
    except element_string.InvalidElementString:
        return None


async def made(work: Awaitable[One]) -> One:
    """The work's result; what labels refuse becomes a refusal of ours."""
    try:
        return await work
    except LabelRefused as refused:
        raise not_made(refused) from refused


def not_made(refused: LabelRefused) -> LabelNotMade:
    return LabelNotMade(refused.slug, refused.advice, refused.facts)


async def contents(file: BinaryIO) -> AsyncIterator[bytes]:
    """The file from its start, a portion at a time."""
    with file:
        file.seek(0)
        while portion := file.read(PORTION):
            yield portion
