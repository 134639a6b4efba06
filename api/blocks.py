"""Blocks: what an inspector or operator bans, and each lifted by its own id."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.bodies import Router
from api.catalogue import GroupName
from api.dependencies import ClaimedRequest, MayRead, MayReport, TheDatabase, TheKeyring
from api.goods import (
    CODE,
    MOST_CODES,
    MOST_RUNS,
    REQUEST_ID,
    LotNumber,
    Moment,
    RunGiven,
    one_line,
)
from api.lifecycle import DryRun
from api.participants import SINCE
from api.problems import refusals
from api.products import Gtin
from domain.aggregation.reports import read_ssccs
from domain.blocking import actions
from domain.blocking.orders import BlockCard, BlockOrder, LotNamed
from domain.errors import (
    AmbiguousCodes,
    Busy,
    CodesRepeated,
    MasterKeyWrong,
    NoGoods,
    RequestIdReused,
    RequestIdTaken,
    RoleMissing,
    RunOutsideBatch,
    ScopeMissing,
    SsccInvalid,
    UnknownBatch,
    UnknownCodes,
    UnknownPackages,
    UnknownProduct,
    UnknownProductGroup,
    UnreadableCodes,
    VerificationFailed,
)
from domain.errors_of_custody import BlockEnded, BlockTermPassed, UnknownBlock, UnknownLot
from domain.goods.named import Goods
from domain.recognition.units import Texts
from domain.standards.member_state import MemberState
from domain.vocabulary import BlockScope, EventKind

router = Router("blocks")

WHY = "Listeria in two samples."
LAW: dict[str, Any] = {"reason": WHY, "legal_basis": "Technical regulation 033/2013, article 40"}
BY_LOT: dict[str, Any] = {**LAW, "lot": {"gtin": "04810000000018", "lot_number": "L-1122"}}
BY_CODES: dict[str, Any] = {**LAW, "codes": [CODE], "until": "2026-12-22T00:00:00+05:00"}
PLACED: dict[str, Any] = {
    "block": REQUEST_ID,
    "event": 4712,
    "recorded_at": SINCE,
    "scope": "UNITS",
    "units": 1,
    "until": None,
}
LIFTED: dict[str, Any] = {
    "request": REQUEST_ID,
    "block": REQUEST_ID,
    "event": 4713,
    "recorded_at": SINCE,
}
NAMES = ("package", "batch", "lot", "gtin", "product_group")

Reason = Annotated[
    str, Field(min_length=1, max_length=500, examples=[WHY]), AfterValidator(one_line)
]
LegalBasis = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(one_line)]
Units = Annotated[
    int | None, Field(description="Null: whatever the batch, lot, GTIN or group has.")
]


class LotBlocked(BaseModel):
    """All goods of this lot number, whoever told the lot, and whenever."""

    model_config = ConfigDict(extra="forbid")

    gtin: Gtin
    lot_number: LotNumber


class BlockGiven(BaseModel):
    """What is blocked: `codes` and `runs`, or exactly one of the others; why, and how long."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [BY_CODES, BY_LOT]})

    codes: Annotated[
        list[str],
        Field(
            max_length=MOST_CODES,
            description="As scanned, whoever holds them. The code of a group pack, set or bundle "
            "stands for the pack: what is in it cannot move either.",
        ),
    ] = []
    runs: Annotated[list[RunGiven], Field(max_length=MOST_RUNS)] = []
    package: Annotated[str | None, Field(description="An SSCC, with all that is in it.")] = None
    batch: UUID | None = None
    lot: LotBlocked | None = None
    gtin: Annotated[
        Gtin | None, Field(description="In turnover in your member state, now and later.")
    ] = None
    product_group: Annotated[
        GroupName | None, Field(description="In turnover in your member state, now and later.")
    ] = None
    reason: Reason
    legal_basis: LegalBasis | None = None
    until: Annotated[Moment | None, Field(description="Null: until it is lifted.")] = None

    @model_validator(mode="after")
    def names_one_thing(self) -> "BlockGiven":
        named = [name for name in NAMES if getattr(self, name) is not None]
        if self.codes or self.runs:
            named.append("codes and runs")
        if len(named) != 1:
            raise ValueError(f"name either codes and runs, or one of {', '.join(NAMES)}")
        return self

    def order(self, *, dry_run: bool) -> BlockOrder:
        texts = Texts.of_list(self.codes) if self.codes else None
        runs = tuple(run.run() for run in self.runs)
        return BlockOrder(
            self.reason,
            Goods(texts, runs) if texts or runs else None,
            read_ssccs([self.package])[0] if self.package is not None else None,
            self.batch,
            LotNamed(self.lot.gtin, self.lot.lot_number) if self.lot else None,
            self.gtin,
            self.product_group,
            self.legal_basis,
            self.until,
            dry_run,
        )


class LiftingGiven(BaseModel):
    """Why a block ends."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "The samples were clean."}]}
    )

    reason: Reason


class BlockReceipt(BaseModel):
    """A block that was placed."""

    model_config = ConfigDict(json_schema_extra={"examples": [PLACED]})

    block: UUID
    event: int
    recorded_at: datetime
    scope: BlockScope
    units: Units
    until: datetime | None


class BlockRehearsal(BaseModel):
    """What a block would cover."""

    dry_run: Literal[True]
    scope: BlockScope
    units: Units


class LiftingReceipt(BaseModel):
    """A block that was lifted."""

    model_config = ConfigDict(json_schema_extra={"examples": [LIFTED]})

    request: UUID
    block: UUID
    event: int
    recorded_at: datetime


class Authority(BaseModel):
    """Who blocked the goods."""

    id: UUID
    name: str


class BlockEnding(BaseModel):
    """How a block ended."""

    event: int
    kind: Annotated[EventKind, Field(description="UNBLOCKED or BLOCK_EXPIRED.")]
    recorded_at: datetime


class BlockAnswer(BaseModel):
    """A block, what it covers, and whether it is in force."""

    block: UUID
    scope: BlockScope
    member_state: MemberState
    authority: Authority
    reason: str
    legal_basis: str | None
    since: datetime
    until: datetime | None
    in_force: bool
    event: int
    ended: Annotated[
        BlockEnding | None, Field(description="Null, and not in force: due, not recorded yet.")
    ]
    units: Annotated[int | None, Field(description="How many, where they were named one by one.")]
    package: str | None
    batch: UUID | None
    lot: LotBlocked | None
    gtin: str | None
    product_group: str | None

    @classmethod
    def of(cls, card: BlockCard) -> "BlockAnswer":
        told = card._asdict()
        return cls.model_validate(
            {name: told[name] for name in cls.model_fields if name in told}
            | {
                "authority": {"id": card.authority, "name": card.authority_name},
                "in_force": card.is_in_force,
                "ended": ended(card),
                "lot": lot_of(card),
            }
        )


class BlockedRun(BaseModel):
    """Units of a batch that are blocked."""

    batch: UUID
    first: int
    count: int


class BlockNow(BlockAnswer):
    """A block, with the units that it names."""

    runs: Annotated[list[BlockedRun], Field(description="The first 1,000.")]


class BlockPage(BaseModel):
    """Blocks, the newest first."""

    blocks: list[BlockAnswer]
    next: Annotated[
        UUID | None, Field(description="Send as `after` for the next page; null: no more.")
    ]


def ended(card: BlockCard) -> dict[str, Any] | None:
    if card.ended_by is None:
        return None
    return {"event": card.ended_by, "kind": card.ended_how, "recorded_at": card.ended_at}


def lot_of(card: BlockCard) -> dict[str, Any] | None:
    if card.lot_gtin is None:
        return None
    return {"gtin": card.lot_gtin, "lot_number": card.lot_number}


@router.put(
    "/blocks/{id}",
    status_code=201,
    response_model=BlockReceipt | BlockRehearsal,
    responses={
        200: {
            "model": BlockReceipt | BlockRehearsal,
            "description": "Placed before, or a dry run.",
        },
        **refusals(
            ScopeMissing,
            RoleMissing,
            RequestIdTaken,
            RequestIdReused,
            NoGoods,
            UnreadableCodes,
            AmbiguousCodes,
            UnknownCodes,
            VerificationFailed,
            CodesRepeated,
            UnknownBatch,
            RunOutsideBatch,
            SsccInvalid,
            UnknownPackages,
            UnknownLot,
            UnknownProduct,
            UnknownProductGroup,
            BlockTermPassed,
            Busy,
            MasterKeyWrong,
        ),
    },
)
async def place_block(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    id: UUID,  # noqa: ARG001 - the claim has it
    given: BlockGiven,
    authority: MayReport,
    claim: ClaimedRequest,
    database: TheDatabase,
    keyring: TheKeyring,
    response: Response,
    *,
    dry_run: DryRun = False,
) -> dict[str, Any]:
    """Block goods issued in your member state, or in turnover there, whoever holds them."""
    order = given.order(dry_run=dry_run)
    answer, is_new = await actions.place(database, claim, order, actor=authority, keyring=keyring)
    response.status_code = 201 if is_new and not dry_run else 200
    return answer


@router.put(
    "/blocks/{id}/lifting/{lift}",
    status_code=201,
    responses={
        200: {"model": LiftingReceipt, "description": "Lifted by this request before."},
        **refusals(
            ScopeMissing,
            RoleMissing,
            RequestIdTaken,
            RequestIdReused,
            UnknownBlock,
            BlockEnded,
            Busy,
        ),
    },
)
async def lift_block(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    id: UUID,
    lift: UUID,  # noqa: ARG001 - the claim has it
    given: LiftingGiven,
    authority: MayReport,
    claim: ClaimedRequest,
    database: TheDatabase,
    response: Response,
) -> LiftingReceipt:
    """Lift a block of your member state; what no other block covers is free again."""
    answer, is_new = await actions.lift(database, claim, id, given.reason, actor=authority)
    response.status_code = 201 if is_new else 200
    return LiftingReceipt.model_validate(answer)


@router.get("/blocks", responses=refusals(ScopeMissing, RoleMissing, UnknownBlock))
async def list_placed_blocks(
    authority: MayRead,
    database: TheDatabase,
    after: Annotated[UUID | None, Query(description="`next` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> BlockPage:
    """The blocks of your member state, ended ones too, the newest first."""
    found = await actions.listed(database, after, limit + 1, actor=authority)
    page = [BlockAnswer.of(card) for card in found[:limit]]
    return BlockPage(blocks=page, next=page[-1].block if len(found) > limit else None)


@router.get("/blocks/{id}", responses=refusals(ScopeMissing, RoleMissing, UnknownBlock))
async def read_placed_block(id: UUID, authority: MayRead, database: TheDatabase) -> BlockNow:
    """A block of your member state."""
    card, numbers = await actions.look_up(database, id, actor=authority)
    runs = [{"batch": batch, "first": first, "count": count} for batch, first, count in numbers]
    return BlockNow.model_validate({**BlockAnswer.of(card).model_dump(), "runs": runs})
