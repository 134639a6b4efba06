"""What is told of prints: the answer to an order, the record, the ledger of a batch."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.goods import BATCH_ID
from labels.output.formats import Format

PRINT_ID = "0198c1f8-2d3e-7a4b-8c5d-6e7f8091a2b3"
LAYOUT = "roll-58x40"
PRINTED: dict[str, Any] = {
    "print": PRINT_ID,
    "layout": LAYOUT,
    "format": "pdf",
    "dpi": 300,
    "units": 1_000,
    "packages": 0,
    "labels": 1_000,
    "reprinted": 0,
    "recorded_at": "2026-11-22T09:00:00Z",
}
REHEARSED: dict[str, Any] = {**PRINTED, "dry_run": True, "recorded_at": None}
BY: dict[str, Any] = {"participant": "0198c1f0-1111-7000-8000-000000000001", "name": "Dairy"}
FETCHED: dict[str, Any] = {
    "recorded_at": "2026-11-22T09:01:00Z",
    "participant": BY["participant"],
    "reason": None,
}
SENT: dict[str, Any] = {
    "number": 1,
    "recorded_at": "2026-11-22T09:05:00Z",
    "participant": BY["participant"],
    "printer": "line-1",
    "first_label": 1,
    "reason": "the file was lost",
    "sent": 640,
    "confirmed": 600,
    "state": "out of labels",
    "ended": True,
    "told_at": "2026-11-22T09:07:00Z",
}
MADE: dict[str, Any] = {
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "bytes": 412_300,
    "labels": 1_000,
    "pages": 1_000,
    "symbols_checked": 1_000,
    "dpi": 300,
    "module_mm": 0.508,
    "recorded_at": "2026-11-22T09:01:02Z",
}
RECORD: dict[str, Any] = {
    **PRINTED,
    "printed_by": BY,
    "batch": BATCH_ID,
    "layout_toml": 'name = "roll-58x40"\n',
    "copies": 1,
    "start": 1,
    "cut_marks": False,
    "resolver": None,
    "reason": None,
    "runs": [{"batch": BATCH_ID, "first": 0, "count": 1_000, "reprinted": False}],
    "ssccs": [],
    "fetches": [FETCHED],
    "sendings": [SENT],
    "file": MADE,
}
LISTED: dict[str, Any] = {
    "print": PRINT_ID,
    "layout": LAYOUT,
    "format": "pdf",
    "copies": 1,
    "units": 1_000,
    "reprinted": 0,
    "labels": 1_000,
    "reason": None,
    "fetches": 1,
    "sendings": 0,
    "recorded_at": "2026-11-22T09:00:00Z",
}


class PrintAnswer(BaseModel):
    """A print that was recorded: its labels are fetched, or sent to a printer."""

    model_config = ConfigDict(json_schema_extra={"examples": [PRINTED]})

    print: UUID
    layout: str
    format: Format
    dpi: int
    units: int
    packages: int
    labels: Annotated[int, Field(description="Copies included.")]
    reprinted: Annotated[int, Field(description="Units or packages that were printed before.")]
    recorded_at: datetime


class PrintRehearsal(PrintAnswer):
    """What the print would be."""

    model_config = ConfigDict(json_schema_extra={"examples": [REHEARSED]})

    dry_run: bool
    recorded_at: datetime | None  # type: ignore[assignment]


class PrintedBy(BaseModel):
    """Who ordered a print."""

    participant: UUID
    name: str


class PrintedRun(BaseModel):
    """A run of a batch that was printed."""

    batch: UUID
    first: int
    count: int
    reprinted: bool


class Fetch(BaseModel):
    """The labels were fetched as a file."""

    recorded_at: datetime
    participant: UUID
    reason: str | None


class Sending(BaseModel):
    """Labels were sent to a printer; labels count from 1 over the whole print, 0: none."""

    number: int
    recorded_at: datetime
    participant: UUID
    printer: str
    first_label: int
    reason: str | None
    sent: int | None
    confirmed: int | None
    state: str | None
    ended: bool
    told_at: datetime | None


class FileMade(BaseModel):
    """The whole file as it was first made; each later one has the same bytes."""

    sha256: str
    bytes: int
    labels: int
    pages: int
    symbols_checked: Annotated[int, Field(description="Read back from their own rendering.")]
    dpi: int
    module_mm: float | None
    recorded_at: datetime


class PrintRecord(PrintAnswer):
    """A print, all that was pinned for it, and what became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECORD]})

    printed_by: PrintedBy
    batch: Annotated[UUID | None, Field(description="That was named, if one was.")]
    layout_toml: str
    copies: int
    start: int
    cut_marks: bool
    resolver: str | None
    reason: str | None
    runs: Annotated[list[PrintedRun], Field(description="In label order; the first thousand.")]
    ssccs: Annotated[list[str], Field(description="In label order; the first thousand.")]
    fetches: list[Fetch]
    sendings: list[Sending]
    file: FileMade | None


class PrintOfBatch(BaseModel):
    """What a print had of a batch; `labels` are those of the whole print."""

    model_config = ConfigDict(json_schema_extra={"examples": [LISTED]})

    print: UUID
    layout: str
    format: Format
    copies: int
    units: int
    reprinted: int
    labels: int
    reason: str | None
    fetches: int
    sendings: int
    recorded_at: datetime


class PrintPage(BaseModel):
    """Prints, the newest first."""

    prints: list[PrintOfBatch]
    next: Annotated[
        UUID | None, Field(description="Send as `after` for the next page; null: no more.")
    ]
