"""Prints: labels ordered for goods, and the ledger of what was printed, by whom and why again."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.bodies import Router
from api.dependencies import (
    ClaimedRequest,
    MayIssue,
    MayRead,
    TheDatabase,
    TheFont,
    TheKeyring,
    TheSettings,
)
from api.goods import BATCH_ID, CODE, MOST_CODES, MOST_PACKAGES, SSCC, one_line
from api.lifecycle import JSON, DryRun
from api.printed import PrintAnswer, PrintOfBatch, PrintPage, PrintRecord, PrintRehearsal
from api.problems import refusals
from domain.aggregation.reports import read_ssccs
from domain.errors import (
    AmbiguousCodes,
    CodesRepeated,
    LabelNotMade,
    MasterKeyWrong,
    PackagesRepeated,
    PrintTooLarge,
    ReprintNeedsReason,
    RequestIdReused,
    RequestIdTaken,
    RunOutsideBatch,
    ScopeMissing,
    SsccInvalid,
    StatusNotFitting,
    UnknownBatch,
    UnknownCodes,
    UnknownPackages,
    UnknownPrint,
    UnreadableCodes,
    VerificationFailed,
)
from domain.prints import actions
from domain.prints.orders import Asked, ByCodes, ByPackages, ByRun, Needs, PrintOrder
from domain.recognition.units import Texts
from labels.layouts import checking, ready
from labels.layouts.layout import parse
from labels.layouts.parts import Layout
from labels.output.formats import Format
from labels.refusals import LabelCountNotFitting, StartBeyondSheet
from labels.text.fonts import Font

router = Router("prints")

LONGEST_LAYOUT = 2**14
LAYOUT = "roll-58x40"
OF_BATCH: dict[str, Any] = {"batch": BATCH_ID, "first": 0, "count": 1_000, "layout": LAYOUT}
OF_CODES: dict[str, Any] = {
    "codes": [CODE],
    "layout": LAYOUT,
    "format": "zpl",
    "dpi": 203,
    "reason": "label torn off in the store",
}
OF_PACKAGES: dict[str, Any] = {"packages": [SSCC], "layout": "logistic-100x150", "copies": 2}
Reason = Annotated[
    str,
    Field(min_length=1, max_length=500, description="Why goods are printed again; kept."),
    AfterValidator(one_line),
]


class PrintGiven(BaseModel):
    """Labels to print: of a run of a batch, of codes, or of packages; one of the three.

    Goods that were printed before need a reason.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [OF_BATCH, OF_CODES, OF_PACKAGES]}
    )

    batch: UUID | None = None
    first: Annotated[int, Field(ge=0, description="Ordinal in the batch, from 0.")] = 0
    count: Annotated[int | None, Field(ge=1, description="Left out: to the batch's end.")] = None
    codes: Annotated[
        list[str] | None,
        Field(min_length=1, max_length=MOST_CODES, description="As scanned, in label order."),
    ] = None
    packages: Annotated[
        list[str] | None,
        Field(min_length=1, max_length=MOST_PACKAGES, description="SSCCs, in label order."),
    ] = None
    layout: Annotated[
        str | None, Field(max_length=100, description="GET /layouts lists the names.")
    ] = None
    layout_toml: Annotated[
        str | None, Field(max_length=LONGEST_LAYOUT, description="A layout of your own, whole.")
    ] = None
    format: Format = Format.PDF
    dpi: Annotated[
        int | None, Field(ge=1, le=2_400, description="Of the printer; else the layout's.")
    ] = None
    copies: Annotated[int, Field(ge=1, le=100)] = 1
    start: Annotated[
        int, Field(ge=1, le=1_000, description="First free position of the first sheet, from 1.")
    ] = 1
    cut_marks: Annotated[bool, Field(description="On sheets; rolls have none.")] = True
    qr: Annotated[bool, Field(description="With QR codes that lead to the units' histories.")] = (
        False
    )
    reason: Reason | None = None

    @model_validator(mode="after")
    def names_goods_and_layout(self) -> "PrintGiven":
        named = (self.batch, self.codes, self.packages)
        if sum(one is not None for one in named) != 1:
            raise ValueError("send batch, codes or packages: one of them")
        if self.batch is None and (self.first or self.count is not None):
            raise ValueError("first and count belong to a batch")
        if (self.layout is None) == (self.layout_toml is None):
            raise ValueError("send layout or layout_toml")
        if self.qr and self.format.is_text:
            raise ValueError("printers draw no QR code: send another format, or no qr")
        return self

    def asked(self) -> Asked:
        if self.batch is not None:
            return ByRun(self.batch, self.first, self.count)
        if self.codes is not None:
            return ByCodes(Texts.of_list(self.codes))
        return ByPackages(tuple(read_ssccs(self.packages or [])))

    def chosen(self) -> Layout:
        """The layout that is named, or told; raises what labels refuse."""
        return parse(self.layout_toml) if self.layout_toml else ready.named(self.layout or "")

    def order(self, base_url: str) -> tuple[PrintOrder, Layout]:
        layout = self.chosen()
        if self.start > layout.positions:
            raise StartBeyondSheet(self.start, layout.positions)
        order = PrintOrder(
            asked=self.asked(),
            layout_name=layout.name,
            layout_toml=layout.toml,
            format=self.format,
            dpi=self.dpi or layout.dpi,
            copies=self.copies,
            start=self.start,
            cut_marks=self.cut_marks,
            resolver=base_url if self.qr else None,
            reason=self.reason,
        )
        return order, layout


def room_in(layout: Layout, order: PrintOrder, font: Font) -> Callable[[Needs], None]:
    """Refuses goods that this layout has no room for, by the millimetre."""
    form = Format(order.format)

    def check(needs: Needs) -> None:
        if form.is_of_one_label and needs.labels != 1:
            raise LabelCountNotFitting(1)
        for shape in needs.shapes:
            widest = max(shape.lots, key=font.width, default=None)
            template, facts = shape.template, shape.facts._replace(lot_number=widest)
            family, serial = template.family, template.serial_length
            asked = [checking.of_shape(family, serial, shape.optional, order.resolver, facts)]
            if shape.foreign:
                asked.append(checking.needs(family, shape.foreign, order.resolver, facts))
            for one in asked:
                needed = one.with_spare() if form.is_encoded_by_printers else one
                checking.check(layout, order.dpi, needed, font)
        for package in needs.packages:
            checking.check(layout, order.dpi, package, font)

    return check


@router.put(
    "/prints/{print}",
    status_code=201,
    response_model=PrintAnswer,
    responses={
        200: {
            "model": PrintAnswer | PrintRehearsal,
            "description": "Recorded before, or a dry run.",
        },
        **refusals(
            ScopeMissing,
            RequestIdTaken,
            RequestIdReused,
            UnknownBatch,
            RunOutsideBatch,
            UnreadableCodes,
            AmbiguousCodes,
            UnknownCodes,
            VerificationFailed,
            CodesRepeated,
            SsccInvalid,
            UnknownPackages,
            PackagesRepeated,
            PrintTooLarge,
            LabelNotMade,
            StatusNotFitting,
            ReprintNeedsReason,
            MasterKeyWrong,
        ),
    },
)
async def order_labels(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    print: UUID,  # noqa: ARG001 - the claim has it
    given: PrintGiven,
    owner: MayIssue,
    claim: ClaimedRequest,
    database: TheDatabase,
    keyring: TheKeyring,
    settings: TheSettings,
    font: TheFont,
    *,
    dry_run: DryRun = False,
) -> Response:
    """Order labels of goods; who printed what, and why again, stays on record.

    Whether the layout has room for the goods is checked first. The labels are fetched from
    /prints/{print}/labels, or sent to a printer.
    """
    order, layout = await asyncio.to_thread(given.order, settings.base_url)
    deed = actions.rehearse if dry_run else actions.print_labels
    answer, is_new = await deed(
        database, claim, order, room_in(layout, order, font), actor=owner, keyring=keyring
    )
    return answered(answer, is_new=is_new)


def answered(answer: Mapping[str, Any], *, is_new: bool) -> Response:
    model = PrintRehearsal if "dry_run" in answer else PrintAnswer
    told = model.model_validate(answer)
    return Response(told.model_dump_json(), status_code=201 if is_new else 200, media_type=JSON)


@router.get("/prints/{print}", responses=refusals(ScopeMissing, UnknownPrint))
async def read_print(print: UUID, actor: MayRead, database: TheDatabase) -> PrintRecord:
    """A print and what became of it, to who ordered it and to its overseers."""
    return PrintRecord.model_validate(await actions.look_up(database, print, actor=actor))


@router.get("/batches/{batch}/prints", responses=refusals(ScopeMissing, UnknownBatch, UnknownPrint))
async def list_prints(
    batch: UUID,
    actor: MayRead,
    database: TheDatabase,
    after: Annotated[UUID | None, Query(description="`next` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> PrintPage:
    """What was printed of a batch, the newest first, to who registered it and to its overseers."""
    found = await actions.listed(database, batch, after, limit + 1, actor=actor)
    page = [PrintOfBatch.model_validate(one) for one in found[:limit]]
    return PrintPage(prints=page, next=page[-1].print if len(found) > limit else None)
