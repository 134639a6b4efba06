"""The labels of a print as a file, sent while it is made."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse

from api.bodies import Router
from api.dependencies import MayIssue, TheDatabase, TheFont, TheKeyring, ThePress
from api.making import Making, Stream, material, order
from api.prints import Reason
from api.problems import refusals
from domain.errors import (
    LabelNotMade,
    MasterKeyWrong,
    ParticipantSuspended,
    ReprintNeedsReason,
    ScopeMissing,
    UnknownPrint,
)
from domain.participants.rules import require_active
from domain.printing import actions as printing
from domain.printing.portions import Opened, PrintedFile
from labels import press
from labels.output.formats import Format
from labels.press import Report

router = Router("prints")

# The end of a file, without which it is none, leaves when the digest of the whole was recorded.
HELD_BACK = 2**10

FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The labels, the same bytes each time. Every symbol was read back and "
        "compared before it leaves.",
        "content": {
            form.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for form in Format
        },
    }
}

WhyAgain = Annotated[Reason | None, Query(description="Why it is fetched again.")]


@router.get(
    "/prints/{print}/labels",
    response_class=StreamingResponse,
    responses={
        **FILE,
        **refusals(
            ScopeMissing,
            ParticipantSuspended,
            UnknownPrint,
            ReprintNeedsReason,
            LabelNotMade,
            MasterKeyWrong,
        ),
    },
)
async def fetch_labels(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    print: UUID,
    owner: MayIssue,
    database: TheDatabase,
    keyring: TheKeyring,
    presses: ThePress,
    font: TheFont,
    reason: WhyAgain = None,
) -> StreamingResponse:
    """Fetch the labels of a print; they begin to come while the rest is made.

    Each fetch is recorded; after the first, one needs a reason.
    """
    require_active(owner)
    opened = await printing.opened(database, print, actor=owner, keyring=keyring, reason=reason)
    report = Report()
    making = Making(press.printed(material(opened), order(opened, font), report))
    pieces = making.pieces(presses)
    begun = await anext(pieces, b"")  # what is refused is refused before the answer begins

    async def recorded() -> AsyncGenerator[bytes, None]:
        held = begun
        async for piece in pieces:
            yield (held + piece)[:-HELD_BACK]
            held = (held + piece)[-HELD_BACK:]
        await printing.finished(database, print, whole(opened, making, report))
        yield held

    form = Format(opened.format)
    name = f"attachment; filename=labels-{print}{form.suffix}"
    return Stream(recorded(), pieces.aclose, form.media_type, {"Content-Disposition": name})


def whole(opened: Opened, making: Making, report: Report) -> PrintedFile:
    """What is recorded of a file that was made to its end."""
    module = report.module_mm(opened.dpi)
    return PrintedFile(
        sha256=making.digest.digest(),
        bytes=making.size,
        labels=report.labels,
        pages=report.pages,
        symbols_checked=report.symbols_checked,
        dpi=opened.dpi,
        module_mm=module[0] if module else None,
    )
