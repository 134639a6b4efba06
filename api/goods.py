"""What requests about goods have in common: how they name them, and what is told of them."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, BinaryIO
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.problems import RequestInvalid, RequestMalformed
from domain.aggregation.reports import read_ssccs
from domain.catalogue.documents import Document, DocumentKind
from domain.codes.orders import LotData
from domain.errors import BodyTooLarge
from domain.goods.named import BatchRun, Goods
from domain.recognition.units import Texts

MOST_CODES = 30_000
MOST_RUNS = 10_000
MOST_PACKAGES = 10_000
MOST_LINES = 1_000_000
MOST_UNITS = 1_000_000_000
FAULTS_TOLD = 100
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

BATCH_ID = "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a11"
REQUEST_ID = "0198c1f6-0b1c-7f1a-bb1f-3a1d2a8f5d44"
CODE = "0104810000000018212dHk7pQ"
LOT: dict[str, Any] = {
    "lot_number": "L-1122",
    "produced_on": "2026-11-20",
    "expires_on": "2026-12-20",
}
RUN: dict[str, Any] = {"batch": BATCH_ID, "first": 0, "count": 500}
CSV = "text/csv"
RUNS_HEADER = ["batch", "first", "count"]
SSCC = "146070950831234560"
DOCUMENT: dict[str, Any] = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-11-21"}
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def one_line(text: str) -> str:
    if text.isascii() and text.isprintable() and text.strip():
        return text
    kinds = {unicodedata.category(character) for character in text}
    if not text.strip() or kinds & UNPRINTABLE:
        raise ValueError("must be one line of printable characters")
    return text


Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
OccurredAt = Annotated[
    Moment | None, Field(description="With its zone; null: now. Never ahead of now.")
]
Place = Annotated[
    str,
    Field(min_length=1, max_length=500, description="Where it happened, in your own words."),
    AfterValidator(one_line),
]
LotNumber = Annotated[
    str,
    Field(min_length=1, max_length=100, description="As AI 10 prints it."),
    AfterValidator(one_line),
]


# Facts by name, few and short: what goes beyond belongs into the documents themselves.
Fact = Annotated[str, Field(max_length=200)] | int | float | bool | None
Facts = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=60)], Fact], Field(max_length=30)
]


class LotGiven(BaseModel):
    """What is told of a lot. What was told before and is left out now stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [LOT]})

    lot_number: LotNumber | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    customs: Annotated[
        Facts | None,
        Field(description="customs_declaration_number, customs_declaration_date and others."),
    ] = None

    @model_validator(mode="after")
    def tells_something(self) -> "LotGiven":
        if not any(self.lot()):
            raise ValueError("a lot tells a number, a date or customs data at least")
        return self

    def lot(self) -> LotData:
        return LotData(self.lot_number, self.produced_on, self.expires_on, self.customs)


class RunGiven(BaseModel):
    """`count` units of a batch from ordinal `first` on; ordinals count from 0."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [RUN]})

    batch: UUID
    first: Annotated[int, Field(ge=0, lt=MOST_UNITS)]
    count: Annotated[int, Field(ge=1, le=MOST_UNITS)]

    def run(self) -> BatchRun:
        return BatchRun(self.batch, self.first, self.count)


class GoodsGiven(BaseModel):
    """Goods in any mix. The code of a group pack, set or bundle stands for all that is in it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"packages": [SSCC], "codes": [CODE]}]}
    )

    codes: Annotated[
        list[str],
        Field(max_length=MOST_CODES, description="As scanned: marking or identification codes."),
    ] = []
    runs: Annotated[list[RunGiven], Field(max_length=MOST_RUNS)] = []
    packages: Annotated[
        list[str], Field(max_length=MOST_PACKAGES, description="SSCCs, as scanned or 18 digits.")
    ] = []

    def goods(self) -> Goods:
        texts = Texts.of_list(self.codes) if self.codes else None
        packages = tuple(read_ssccs(self.packages))
        return Goods(texts, tuple(run.run() for run in self.runs), packages)


class DocumentGiven(BaseModel):
    """A paper behind a step."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [DOCUMENT]})

    kind: DocumentKind
    number: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(one_line)]
    date: date
    name: Annotated[
        str | None, Field(max_length=200, description="What it is, where `kind` is OTHER.")
    ] = None
    issuer_tax_id: Annotated[str | None, Field(max_length=20)] = None

    def document(self) -> Document:
        return Document(self.kind, self.number, self.date, self.name, self.issuer_tax_id)


def read_goods(content_type: str, file: BinaryIO) -> Goods:
    """The goods of a file: scanned codes, one a line, or runs of batches as CSV."""
    kind = content_type.partition(";")[0].strip(" ").lower()
    if kind.startswith("multipart/"):
        raise RequestMalformed(reason="send the file as it is, not inside a form")
    if kind == CSV:
        return Goods(runs=read_runs(file))
    return Goods(read_codes(file))


def read_codes(file: BinaryIO) -> Texts:
    """The scanned codes of a text file, one a line."""
    buffer = read_text(file)
    texts = Texts.of_lines(buffer)
    if len(texts) > MOST_LINES:
        raise BodyTooLarge(limit=MOST_LINES, unit="lines")
    return texts


def read_text(file: BinaryIO) -> bytes:
    """The bytes of a file in UTF-8; refuses any other, and says in which line it is none."""
    buffer = file.read()
    if not buffer.isascii():
        try:
            buffer.decode()
        except UnicodeDecodeError as fault:
            at = buffer.count(b"\n", 0, fault.start) + 1
            raise RequestMalformed(reason=f"line {at} is not UTF-8") from None
    return buffer


def read_runs(file: BinaryIO) -> tuple[BatchRun, ...]:
    """The runs of a CSV file: batch, first, count; a line with these names may come first."""
    text = read_text(file).decode("utf-8-sig")
    if text.count("\n") > MOST_LINES:
        raise BodyTooLarge(limit=MOST_LINES, unit="lines")
    runs: list[BatchRun] = []
    faults: list[dict[str, str]] = []
    batches: dict[str, UUID] = {}
    for number, cells in rows_of(text):
        try:
            batch, first, count = cells
            known = batches.get(batch) or batches.setdefault(batch, UUID(batch))
            runs.append(BatchRun(known, whole(first, 0), whole(count, 1)))
        except ValueError:
            faults.append({"where": f"line {number}", "what": "not batch, first, count"})
    if faults:
        raise RequestInvalid(count=len(faults), errors=faults[:FAULTS_TOLD])
    return tuple(runs)


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold something, with their numbers from 1, without the header."""
    reader = csv.reader(io.StringIO(text))
    try:
        for cells in reader:
            if cells and (reader.line_num, cells) != (1, RUNS_HEADER):
                yield reader.line_num, cells
    except csv.Error:
        raise RequestMalformed(reason=f"line {reader.line_num} is not CSV") from None


def whole(text: str, least: int) -> int:
    """A whole number of units, written in plain digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_UNITS))):
        raise ValueError(text)
    number = int(text)
    if not least <= number <= MOST_UNITS:
        raise ValueError(text)
    return number
