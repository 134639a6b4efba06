"""Prints sent to label printers in the network: watched, stopped, gone on with."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import (
    MayIssue,
    TheDatabase,
    TheFont,
    TheKeyring,
    ThePrinters,
    TheSettings,
)
from api.making import Steps, Stream, Talks, material, order
from api.prints import Reason
from api.problems import refusals
from api.settings import Settings
from domain.database import Database
from domain.errors import (
    LabelNotMade,
    LabelOutsidePrint,
    LabelsBeingSent,
    MasterKeyWrong,
    ParticipantSuspended,
    ReprintNeedsReason,
    ScopeMissing,
    UnknownPrint,
)
from domain.participants.rules import require_active
from domain.printing import actions as printing
from domain.printing.actions import Begun
from domain.printing.rules import Told
from domain.prints import actions as prints
from labels import press
from labels.output.formats import Format
from labels.press import Report
from labels.printers import printer
from labels.printers.address import Printer
from labels.printers.dialects import State
from labels.printers.printer import Progress
from labels.refusals import (
    PrinterBusy,
    PrinterSpeaksAnother,
    PrinterStopped,
    PrinterUnreachable,
    UnknownPrinter,
)
from labels.text.fonts import Font

router = Router("prints")

SIGN_OF_LIFE = 15.0  # seconds: what is silent for a minute is taken for over
Result = TypeVar("Result")

PROGRESS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": 'A JSON object a line: {"sent", "confirmed", "of", "state"}, labels counted '
        'from the first of the print; after a stop {"stopped", "sent", "confirmed", "of"}.',
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    }
}


NOT_REACHED = {PrinterUnreachable: State.AWAY, PrinterBusy: State.BUSY}


class SendingAsked(BaseModel):
    """Where the labels go, and from which on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"printer": "line-1"}]}
    )

    printer: Annotated[str, Field(max_length=40, description="One of GET /printers.")]
    first: Annotated[
        int | None,
        Field(ge=1, description="A label, from 1; left out: after the last that was confirmed."),
    ] = None
    reason: Annotated[Reason | None, Field(description="Why labels are printed again.")] = None


class PrinterTold(BaseModel):
    """A printer that labels may be sent to."""

    printer: str
    dialect: str


class Printers(BaseModel):
    """The printers that the operator allows."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"printers": [{"printer": "line-1", "dialect": "zpl"}]}]}
    )

    printers: list[PrinterTold]


@router.get("/printers", responses=refusals(ScopeMissing))
async def list_printers(_owner: MayIssue, settings: TheSettings) -> Printers:
    """The printers that labels may be sent to, as the operator wrote them down."""
    known = [PrinterTold(printer=one.name, dialect=one.dialect) for one in settings.printers]
    return Printers(printers=known)


@router.post(
    "/prints/{print}/sendings",
    response_class=StreamingResponse,
    responses={
        **PROGRESS,
        **refusals(
            ScopeMissing,
            ParticipantSuspended,
            UnknownPrint,
            ReprintNeedsReason,
            LabelsBeingSent,
            LabelOutsidePrint,
            LabelNotMade,
            MasterKeyWrong,
        ),
    },
)
async def send_labels(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    print: UUID,
    asked: SendingAsked,
    owner: MayIssue,
    database: TheDatabase,
    keyring: TheKeyring,
    settings: TheSettings,
    font: TheFont,
    talks: ThePrinters,
) -> StreamingResponse:
    """Send the labels of a print to a printer, and tell how far it is, a line at a time.

    What the printer confirmed is recorded; sent again, it goes on after the last confirmed label.
    Whoever hangs up stops the sending. One print is sent to one printer at a time.
    """
    require_active(owner)
    to = allowed(settings, asked.printer)
    record = await prints.look_up(database, print, actor=owner)
    if Format(record["format"]).dialect is not to.dialect:
        raise PrinterSpeaksAnother(to.name, to.dialect, record["format"])
    begun = await printing.send_begun(
        database,
        print,
        printer=to.name,
        first=asked.first,
        reason=asked.reason,
        actor=owner,
        keyring=keyring,
    )
    lines = Conversation(database, print, begun, to, font, talks).lines()
    first = await anext(lines)  # a printer that cannot be reached is a refusal

    async def told() -> AsyncGenerator[bytes, None]:
        yield first
        async for line in lines:
            yield line

    return Stream(told(), lines.aclose, "application/x-ndjson")


def allowed(settings: Settings, name: str) -> Printer:
    """The printer of this name; refuses what the operator did not write down."""
    known = {one.name: one for one in settings.printers}
    if name not in known:
        raise UnknownPrinter(name, tuple(known))
    return known[name]


class Conversation:
    """One sending: the labels that are still to be printed, and what the printer says of them."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that a sending has to do with
        self,
        database: Database,
        print: UUID,
        begun: Begun,
        to: Printer,
        font: Font,
        talks: Talks,
    ) -> None:
        self.database = database
        self.print = print
        self.begun = begun
        self.talks = talks
        self.printer = to.name
        jobs = press.jobs(
            material(begun.opened), order(begun.opened, font), Report(), first=begun.first
        )
        self.steps = Steps(printer.send((to.host, to.port), jobs, to.dialect))
        self.before = begun.first - 1  # labels of the print that are not sent now
        self.last = Progress(0, 0, State.UNTOLD)
        self.told, self.told_at = self.last, time.monotonic()
        self.ending: asyncio.Task[None] | None = None

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """A line for each step; what was confirmed is recorded before it is told."""
        self.talks.under_way.add(self)
        try:
            self.talks.take(self.printer, self)
            while step := await self.done(self.steps.step):
                self.last = step
                if self.is_news(step):
                    await self.record()
                yield self.line(step, state=step.state)
        except (PrinterUnreachable, PrinterBusy) as refused:
            self.last = Progress(0, 0, NOT_REACHED[type(refused)])
            raise
        except PrinterStopped as stopped:
            self.last = Progress(stopped.sent, stopped.confirmed, State.FAULT)
            await self.end()
            yield self.line(self.last, stopped=stopped.reason)
        finally:
            await self.end()

    async def done(self, work: Callable[[], Result]) -> Result:
        """What a thread does; as long as that lasts, nobody else shall send the print."""
        coming = asyncio.get_running_loop().run_in_executor(self.talks.threads, work)
        try:
            while not (await asyncio.wait({coming}, timeout=SIGN_OF_LIFE))[0]:
                await self.record()
            return await coming
        finally:
            coming.cancel()

    def is_news(self, step: Progress) -> bool:
        """Whether it has to be recorded; what a printer never confirms is, once it is sent."""
        return (
            step.confirmed > self.told.confirmed
            or (step.sent > 0 and not self.told.sent)
            or time.monotonic() - self.told_at > SIGN_OF_LIFE
        )

    async def end(self) -> None:
        """Stop the printer's conversation, and record how far it came; whoever asks, it is once."""
        if self.ending is None:
            self.ending = asyncio.create_task(self.finish())
        await asyncio.shield(self.ending)

    async def finish(self) -> None:
        try:
            await self.done(self.steps.close)
            await self.record(ended=True)
        finally:
            self.talks.leave(self.printer, self)

    async def record(self, *, ended: bool = False) -> None:
        sent, confirmed, state = self.last
        told = Told(self.label(sent), self.label(confirmed), state, ended)
        await printing.confirmed(self.database, self.print, self.begun.number, told)
        self.told, self.told_at = self.last, time.monotonic()

    def label(self, jobs: int) -> int:
        """The last of so many labels; none is 0, wherever the sending began."""
        return self.before + jobs if jobs else 0

    def line(self, step: Progress, **more: str) -> bytes:
        counts = {
            "sent": self.before + step.sent,
            "confirmed": self.before + step.confirmed,
            "of": self.begun.opened.labels,
        }
        return orjson.dumps({**counts, **more}) + b"\n"
