"""Batches: registered in one call whatever their size, and their codes handed out."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.bodies import Router
from api.dependencies import (
    ClaimedRequest,
    MayIssue,
    MayRead,
    TheDatabase,
    TheKeyring,
    TheMetrics,
)
from api.goods import (
    BATCH_ID,
    FAULTS_TOLD,
    LOT,
    MOST_CODES,
    MOST_UNITS,
    LotGiven,
    OccurredAt,
)
from api.problems import RequestInvalid, refusals
from api.products import Gtin
from domain.catalogue.groups import catalogue
from domain.codes import actions, rules
from domain.codes.orders import BatchOrder, OwnCode, RegisteredBatch
from domain.delivery import actions as delivery
from domain.delivery.forms import MEDIA_TYPE, Form
from domain.errors import (
    CodesRepeated,
    DatesReversed,
    EmissionNotFitting,
    GroupNotInForce,
    MasterKeyWrong,
    OccurredInFuture,
    PriceNotFitting,
    ProductNotYours,
    RequestIdReused,
    RequestIdTaken,
    RunOutsideBatch,
    ScopeMissing,
    SerialAlreadyIssued,
    SerialFormsClash,
    SerialNotFitting,
    SpaceExhausted,
    TnvedNotFitting,
    UnknownBatch,
    UnknownProduct,
    UnknownTemplate,
)
from domain.standards.cigarette_pack import InvalidPack
from domain.standards.element_string import InvalidElementString
from domain.standards.member_state import MemberState
from domain.vocabulary import Emission, UnitStatus

router = Router("batches")

ORDER: dict[str, Any] = {
    "gtin": "04810000000018",
    "quantity": 1_000_000,
    "member_state": "BY",
    "lot": LOT,
}
OWN_ORDER: dict[str, Any] = {
    "gtin": "04810000000018",
    "member_state": "BY",
    "emission": "REMAINS",
    "serials": ["2aB7zQ", "2aB7zR"],
}
BATCH: dict[str, Any] = {
    "batch": BATCH_ID,
    "gtin": "04810000000018",
    "quantity": 1_000_000,
    "member_state": "BY",
    "template": "milk-s",
    "emission": "PRODUCTION",
    "verification_key_id": "A1XQ",
    "price_minor": None,
    "event": 4711,
    "recorded_at": "2026-11-22T09:00:00Z",
}
BLOCKS: dict[str, Any] = {
    "block_size": delivery.BLOCK,
    "blocks": [{"block": 0, "first": 0, "count": 50_000}],
}
SUFFIX = {Form.TEXT: "txt", Form.CSV: "csv", Form.NDJSON: "ndjson"}
CODES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "text: a code a line, the separator GS (0x1D) as it is. "
        "csv: ordinal, gtin, serial and marking code in base64. "
        'ndjson: {"ordinal", "code"} a line.',
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPE.values()
        },
    }
}

Text = Annotated[str, Field(min_length=1, max_length=500)]
Texts = Annotated[list[Text] | None, Field(min_length=1, max_length=MOST_CODES)]
First = Annotated[int, Query(ge=0, lt=MOST_UNITS, description="Ordinal; they count from 0.")]
Count = Annotated[int | None, Query(ge=1, le=MOST_UNITS, description="To the end.")]


class BatchGiven(BaseModel):
    """A batch to register: how many units of what, issued in which state, and why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ORDER, OWN_ORDER]})

    gtin: Gtin
    quantity: Annotated[
        int | None,
        Field(ge=1, le=MOST_UNITS, description="May be left out beside serials or foreign_codes."),
    ] = None
    member_state: Annotated[MemberState, Field(description="The state of issue.")]
    emission: Emission = Emission.PRODUCTION
    template: Annotated[str | None, Field(description="The group's first if left out.")] = None
    price_minor: Annotated[
        int | None,
        Field(ge=0, description="In the currency's smallest unit, where the code prints a price."),
    ] = None
    tnved: Annotated[
        str | None, Field(pattern="^[0-9]{4}$", description="For AI 240, where the code has it.")
    ] = None
    lot: LotGiven | None = None
    serials: Annotated[Texts, Field(description="Your own serials, in order.")] = None
    foreign_codes: Annotated[
        Texts, Field(description="Another operator's codes: whole, exact, in order.")
    ] = None
    occurred_at: OccurredAt = None

    @model_validator(mode="after")
    def says_how_many(self) -> "BatchGiven":
        if self.serials and self.foreign_codes:
            raise ValueError("send serials or foreign_codes, not both")
        own = self.serials or self.foreign_codes
        if own and self.quantity not in {None, len(own)}:
            raise ValueError(f"quantity is {self.quantity}, and {len(own)} codes are told")
        if not own and self.quantity is None:
            raise ValueError("quantity is missing")
        return self

    def order(self) -> BatchOrder:
        own = tuple(OwnCode(serial) for serial in self.serials or ())
        own = own or foreign_codes(self.gtin, self.foreign_codes or (), "body.foreign_codes")
        return BatchOrder(
            gtin=self.gtin,
            quantity=self.quantity or len(own),
            member_state=self.member_state,
            emission=self.emission,
            template=self.template,
            price_minor=self.price_minor,
            tnved=self.tnved,
            lot=self.lot.lot() if self.lot else None,
            own=own,
            occurred_at=self.occurred_at,
        )


def foreign_codes(gtin: str, texts: Sequence[str], where: str) -> tuple[OwnCode, ...]:
    """Another operator's codes, as they are registered; `where` they stand in the request."""
    found: list[OwnCode] = []
    faults: list[dict[str, str]] = []
    for at, code in enumerate(texts):
        try:
            found.append(rules.foreign_code(gtin, code))
        except (InvalidElementString, InvalidPack):
            what = "not a whole and exact marking code of this GTIN"
            faults.append({"where": f"{where}.{at}", "what": what})
    if faults:
        raise RequestInvalid(count=len(faults), errors=faults[:FAULTS_TOLD])
    return tuple(found)


class BatchAnswer(BaseModel):
    """A batch as it was registered."""

    model_config = ConfigDict(json_schema_extra={"examples": [BATCH]})

    batch: UUID
    gtin: str
    quantity: int
    member_state: MemberState
    template: str
    emission: Emission
    verification_key_id: str
    price_minor: int | None
    event: int
    recorded_at: datetime

    @classmethod
    def of(cls, card: RegisteredBatch) -> "BatchAnswer":
        return cls(batch=card.uuid, **card._asdict())


class BatchPage(BaseModel):
    """Batches, the newest first."""

    batches: list[BatchAnswer]
    next: Annotated[
        UUID | None, Field(description="Send as `after` for the next page; null: no more.")
    ]


class BatchNow(BatchAnswer):
    """A batch, and how its units stand now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**BATCH, "units": {"ISSUED": 400_000, "APPLIED": 600_000}}]
        }
    )

    units: Annotated[dict[UnitStatus, int], Field(description="How many stand in each status.")]


class Block(BaseModel):
    """A part of a batch that can be fetched again with the same bytes."""

    block: int
    first: int
    count: int


class Blocks(BaseModel):
    """A batch in blocks."""

    model_config = ConfigDict(json_schema_extra={"examples": [BLOCKS]})

    block_size: int
    blocks: list[Block]


@router.put(
    "/batches/{batch}",
    status_code=201,
    responses={
        200: {"model": BatchAnswer, "description": "Registered before."},
        **refusals(
            ScopeMissing,
            RequestIdTaken,
            RequestIdReused,
            UnknownProduct,
            ProductNotYours,
            UnknownTemplate,
            GroupNotInForce,
            EmissionNotFitting,
            PriceNotFitting,
            TnvedNotFitting,
            DatesReversed,
            OccurredInFuture,
            SpaceExhausted,
            SerialFormsClash,
            SerialNotFitting,
            SerialAlreadyIssued,
            CodesRepeated,
            MasterKeyWrong,
        ),
    },
)
async def register_batch(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    batch: UUID,  # noqa: ARG001 - the claim has it
    given: BatchGiven,
    owner: MayIssue,
    claim: ClaimedRequest,
    database: TheDatabase,
    keyring: TheKeyring,
    metrics: TheMetrics,
    response: Response,
) -> BatchAnswer:
    """Register a batch of goods and issue its codes; a million units are as quick as ten."""
    order = await asyncio.to_thread(given.order)
    answer, is_new = await actions.register(database, claim, order, actor=owner, keyring=keyring)
    response.status_code = 201 if is_new else 200
    if is_new:
        group = catalogue().templates[answer["template"]].product_group
        metrics.codes_registered.labels(answer["member_state"], group).inc(answer["quantity"])
    return BatchAnswer.model_validate(answer)


@router.get("/batches", responses=refusals(ScopeMissing, UnknownBatch))
async def list_batches(
    actor: MayRead,
    database: TheDatabase,
    after: Annotated[UUID | None, Query(description="`next` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> BatchPage:
    """Your batches, the newest first."""
    found = await delivery.listed(database, after, limit + 1, actor=actor)
    page = [BatchAnswer.of(card) for card in found[:limit]]
    return BatchPage(batches=page, next=page[-1].batch if len(found) > limit else None)


@router.get("/batches/{batch}", responses=refusals(ScopeMissing, UnknownBatch))
async def read_batch(batch: UUID, actor: MayRead, database: TheDatabase) -> BatchNow:
    """A batch and how its units stand, to who registered it and to its overseers."""
    card, units = await delivery.look_up(database, batch, actor=actor)
    told = {**BatchAnswer.of(card).model_dump(), "units": units}
    return BatchNow.model_validate(told)


@router.get(
    "/batches/{batch}/codes",
    response_class=StreamingResponse,
    responses={
        **CODES,
        **refusals(ScopeMissing, UnknownBatch, RunOutsideBatch, MasterKeyWrong),
    },
)
async def download_codes(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    batch: UUID,
    owner: MayIssue,
    database: TheDatabase,
    keyring: TheKeyring,
    format: Form = Form.TEXT,
    first: First = 0,
    count: Count = None,
) -> StreamingResponse:
    """Download the marking codes of a batch, in the order of their ordinals.

    They begin to come at once, and are the same bytes each time.
    """
    ready = await delivery.prepare(database, batch, actor=owner, keyring=keyring)
    delivery.check_range(ready, first, count)
    return StreamingResponse(
        delivery.stream(ready, format, first=first, count=count),
        media_type=MEDIA_TYPE[format],
        headers=named(f"codes-{batch}", format),
    )


@router.get(
    "/batches/{batch}/blocks", responses=refusals(ScopeMissing, UnknownBatch, MasterKeyWrong)
)
async def list_blocks(
    batch: UUID, owner: MayIssue, database: TheDatabase, keyring: TheKeyring
) -> Blocks:
    """The blocks in which the codes of a batch can be fetched, and fetched again."""
    ready = await delivery.prepare(database, batch, actor=owner, keyring=keyring)
    blocks = [
        Block(block=one.number, first=one.first, count=one.units) for one in delivery.blocks(ready)
    ]
    return Blocks(block_size=delivery.BLOCK, blocks=blocks)


@router.get(
    "/batches/{batch}/blocks/{block}",
    response_class=Response,
    responses={
        **CODES,
        **refusals(ScopeMissing, UnknownBatch, RunOutsideBatch, MasterKeyWrong),
    },
)
async def download_block(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    batch: UUID,
    block: Annotated[int, Path(ge=0, lt=MOST_UNITS)],
    owner: MayIssue,
    database: TheDatabase,
    keyring: TheKeyring,
    format: Form = Form.TEXT,
) -> Response:
    """One block of a batch's codes; `Repr-Digest` (RFC 9530) has the SHA-256 of its bytes."""
    ready = await delivery.prepare(database, batch, actor=owner, keyring=keyring)
    body, digest = await delivery.block(ready, format, block)
    told = {"Repr-Digest": f"sha-256=:{b64encode(digest).decode()}:"}
    name = named(f"codes-{batch}-{block}", format)
    return Response(body, media_type=MEDIA_TYPE[format], headers={**told, **name})


def named(name: str, form: Form) -> dict[str, str]:
    """What a browser calls the file that it saves."""
    return {"Content-Disposition": f"attachment; filename={name}.{SUFFIX[form]}"}
