"""Labels made by threads, piece by piece, while others wait for a press or for their client."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, Protocol, TypeVar

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from domain.printing.portions import Opened
from labels.layouts import layout
from labels.output.formats import Format
from labels.press import Material, Order, Run
from labels.refusals import PrinterBusy
from labels.text.fonts import Font

FIRST_PIECE = 1  # whatever there is: a client sees soon that it is served
PIECE = 2**18

One = TypeVar("One")


class Steps(Generic[One]):
    """A generator that threads run and that others may close: never both at once."""

    def __init__(self, generator: Generator[One, None, None]) -> None:
        self._generator = generator
        self._at_work = threading.Lock()

    def step(self) -> One | None:
        """What comes next; None at the end."""
        with self._at_work:
            return next(self._generator, None)

    def close(self) -> None:
        """Stop; waits for the step that is under way."""
        with self._at_work:
            self._generator.close()


class Talk(Protocol):
    """Something that is under way, and can be ended."""

    async def end(self) -> None: ...


class Talks:
    """Threads that speak to printers, and the conversations that are under way."""

    def __init__(self, most: int) -> None:
        self.threads = ThreadPoolExecutor(most, "printer")
        self.under_way: set[Talk] = set()
        self.printers: dict[str, Talk] = {}  # labels of two prints would come out mixed

    def take(self, printer: str, talk: Talk) -> None:
        """Have this printer for one conversation; refuses one that is being spoken to."""
        if self.printers.setdefault(printer, talk) is not talk:
            raise PrinterBusy(printer)

    def leave(self, printer: str, talk: Talk) -> None:
        """The conversation is over; the printer is free, if it was its."""
        self.under_way.discard(talk)
        if self.printers.get(printer) is talk:
            del self.printers[printer]

    async def end(self) -> None:
        """End them all; how far each came is on record then."""
        ending = (one.end() for one in self.under_way)
        await asyncio.gather(*ending, return_exceptions=True)
        self.threads.shutdown(wait=False, cancel_futures=True)


class Making:
    """A file made by threads; its digest and its size so far."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self._steps = Steps(pieces)
        self.digest = hashlib.sha256()
        self.size = 0

    def piece(self, at_least: int) -> bytes:
        """The next bytes; none at the end."""
        found: list[bytes] = []
        gathered = 0
        while gathered < at_least and (part := self._steps.step()) is not None:
            found.append(part)
            gathered += len(part)
        piece = b"".join(found)
        self.digest.update(piece)
        self.size += gathered
        return piece

    async def pieces(self, presses: asyncio.Semaphore) -> AsyncGenerator[bytes, None]:
        """The file, a piece each time that a press is free; no press waits for a slow client."""
        wanted = FIRST_PIECE
        try:
            while piece := await at(presses, partial(self.piece, wanted)):
                yield piece
                wanted = PIECE
        finally:
            await asyncio.shield(asyncio.to_thread(self._steps.close))


async def at(presses: asyncio.Semaphore, work: Callable[[], One]) -> One:
    """The work's result, done by a thread as soon as one of so many is free.

    A press is busy until the work is done, even where whoever asked for it has left.
    """
    await presses.acquire()
    working = asyncio.ensure_future(asyncio.to_thread(work))
    working.add_done_callback(lambda _: presses.release())
    return await asyncio.shield(working)


class Stream(StreamingResponse):
    """An answer that is made while it leaves; `stop` is awaited when that is over.

    Where a client leaves between two pieces, a generator is not told: it would be stopped when the
    interpreter looks for rubbish, which may take hours, and would keep a printer until then.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        stop: Callable[[], Awaitable[None]],
        media_type: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(pieces, media_type=media_type, headers=headers)
        self.pieces = pieces
        self.stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.pieces.aclose()
            await self.stop()


def order(opened: Opened, font: Font) -> Order:
    """How this print is printed: as it was ordered, whatever has changed since."""
    return Order(
        layout=layout.parse(opened.layout_toml),
        format=Format(opened.format),
        font=font,
        dpi=opened.dpi,
        copies=opened.copies,
        start=opened.start,
        cut_marks=opened.cut_marks,
        resolver=opened.resolver,
        title=opened.title,
    )


def material(opened: Opened) -> Iterator[Material]:
    """What is printed, a portion at a time; codes are made when they are reached."""
    for portion in opened.portions():
        yield Run(portion.facts, portion.family, portion.codes())
    yield from opened.packages
