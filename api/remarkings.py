"""Goods that get new codes in place of spoiled, lost or wrong ones."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.bodies import Router
from api.dependencies import ClaimedRequest, MayReport, TheDatabase, TheKeyring
from api.goods import (
    CODE,
    REQUEST_ID,
    DocumentGiven,
    OccurredAt,
    Place,
    one_line,
)
from api.lifecycle import DryRun
from api.participants import SINCE
from api.problems import refusals
from domain.errors import (
    AmbiguousCodes,
    Busy,
    CodesRepeated,
    GoodsHeldBack,
    MasterKeyWrong,
    NoGoods,
    OccurredInFuture,
    RequestIdReused,
    RequestIdTaken,
    ScopeMissing,
    StatusNotFitting,
    UnknownCodes,
    UnreadableCodes,
    VerificationFailed,
)
from domain.errors_of_custody import (
    DocumentDateInFuture,
    DocumentIncomplete,
    GtinsDiffer,
    NewCodeInUse,
    OldCodeNotFitting,
    OldCodesDiffer,
    PrimaryDocumentNotFitting,
    TaxIdMalformed,
    UnknownReason,
)
from domain.remarking import actions
from domain.remarking.told import Pair, Remarking

router = Router("re-marking")

MOST_PAIRS = 15_000  # 30,000 codes
NEW_CODE = "0104810000000018212k9!Qa"
ACT: dict[str, Any] = {"kind": "OTHER", "name": "Act", "number": "5", "date": "2026-11-21"}
REPLACED: dict[str, Any] = {
    "pairs": [{"new": NEW_CODE, "old": CODE}],
    "cause": "CODE_SPOILED_OR_LOST",
}
UNREADABLE: dict[str, Any] = {
    "pairs": [{"new": NEW_CODE}],
    "cause": "CODE_SPOILED_OR_LOST",
    "document": ACT,
}
RECEIPT: dict[str, Any] = {
    "request": REQUEST_ID,
    "event": 4714,
    "recorded_at": SINCE,
    "units": 1,
    "replaced": 1,
}


class PairGiven(BaseModel):
    """A new code, and the one that it replaces."""

    model_config = ConfigDict(extra="forbid")

    new: Annotated[str, Field(max_length=500, description="Applied, and on no goods yet.")]
    old: Annotated[
        str | None, Field(max_length=500, description="Null: it cannot be read any more.")
    ] = None


class RemarkingGiven(BaseModel):
    """New codes for goods, and why. Several old codes may give way to one new code."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [REPLACED, UNREADABLE]}
    )

    pairs: Annotated[list[PairGiven], Field(max_length=MOST_PAIRS)]
    cause: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="CODE_SPOILED_OR_LOST, DESCRIPTION_ERRORS, RETAIL_RETURN or "
            "DISTANCE_SALE_RETURN; the last two for goods whose old code is not given.",
        ),
        AfterValidator(one_line),
    ]
    document: Annotated[
        DocumentGiven | None, Field(description="Needed where an old code is missing.")
    ] = None
    occurred_at: OccurredAt = None
    place: Place | None = None

    def remarking(self, *, dry_run: bool) -> Remarking:
        return Remarking(
            tuple(Pair(pair.new, pair.old) for pair in self.pairs),
            self.cause,
            self.document.document() if self.document else None,
            self.occurred_at,
            self.place,
            dry_run,
        )


class RemarkingReceipt(BaseModel):
    """A re-marking that was recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECEIPT]})

    request: UUID
    event: int
    recorded_at: datetime
    units: Annotated[int, Field(description="How many new codes stand on goods now.")]
    replaced: Annotated[int, Field(description="How many old codes gave way to them.")]


class RemarkingRehearsal(BaseModel):
    """What a re-marking would do."""

    dry_run: Literal[True]
    units: int


@router.put(
    "/remarkings/{id}",
    status_code=201,
    response_model=RemarkingReceipt | RemarkingRehearsal,
    responses={
        200: {
            "model": RemarkingReceipt | RemarkingRehearsal,
            "description": "Done before, or a dry run.",
        },
        **refusals(
            ScopeMissing,
            RequestIdTaken,
            RequestIdReused,
            NoGoods,
            UnreadableCodes,
            AmbiguousCodes,
            UnknownCodes,
            VerificationFailed,
            CodesRepeated,
            StatusNotFitting,
            GoodsHeldBack,
            UnknownReason,
            OldCodeNotFitting,
            PrimaryDocumentNotFitting,
            DocumentIncomplete,
            DocumentDateInFuture,
            TaxIdMalformed,
            OccurredInFuture,
            NewCodeInUse,
            GtinsDiffer,
            OldCodesDiffer,
            Busy,
            MasterKeyWrong,
        ),
    },
)
async def remark_goods(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    id: UUID,  # noqa: ARG001 - the claim has it
    given: RemarkingGiven,
    holder: MayReport,
    claim: ClaimedRequest,
    database: TheDatabase,
    keyring: TheKeyring,
    response: Response,
    *,
    dry_run: DryRun = False,
) -> dict[str, Any]:
    """Put new codes on goods; each takes the place, status and lot of the one that it replaces."""
    told = given.remarking(dry_run=dry_run)
    answer, is_new = await actions.remark(database, claim, told, actor=holder, keyring=keyring)
    response.status_code = 201 if is_new and not dry_run else 200
    return answer
