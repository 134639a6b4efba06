"""Products, one by one and from files."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Header, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.bodies import Router
from api.catalogue import GroupName
from api.dependencies import ClaimedFile, MayIssue, MayRead, SpooledBody, TheDatabase
from api.problems import refusals
from domain.catalogue import actions
from domain.catalogue.actions import ImportTerms
from domain.catalogue.groups import catalogue
from domain.catalogue.products import LONGEST, Registered, warnings
from domain.catalogue.sheets import SheetLimits
from domain.errors import (
    Busy,
    CardNotFitting,
    FileTooLarge,
    FileUnreadable,
    HeaderNotUnderstood,
    ProductGroupFixed,
    ProductNotYours,
    RequestIdReused,
    RequestIdTaken,
    RowsWrong,
    ScopeMissing,
    UnknownProduct,
    UnknownProductGroup,
)
from domain.standards import gs1_keys
from domain.standards.member_state import MemberState

router = Router("catalogue")

Gtin = Annotated[
    str,
    AfterValidator(gs1_keys.gtin),
    Field(description="8, 12, 13 or 14 digits with their check digit.", examples=["4810000000018"]),
]
Language = Literal["ru", "en", "hy", "be", "kk", "ky"]
MILK: dict[str, Any] = {
    "product_group": "milk",
    "name": "Молоко 3,2 %, 1 л",
    "translations": {"hy": "Կաթ 3,2 %, 1 լ", "en": "Milk 3.2 %, 1 l"},
    "brand": "Минская",
    "category": "Продукты/Молоко",
    "tnved": "0401201100",
}
REGISTERED: dict[str, Any] = {
    "gtin": "04810000000018",
    "version": 1,
    "owner": {
        "id": "0198c1f4-6f0a-7c3e-9a55-0d8f4d1f8a11",
        "name": "Минский молочный завод",
        "member_state": "BY",
    },
    **MILK,
    "recorded_at": "2026-11-22T09:00:00Z",
    "warnings": [],
}
WRONG: dict[str, Any] = {
    "row": 3,
    "column": "Штрихкод",
    "value": "4810000000019",
    "reason": "invalid-gtin",
    "sentence": "The check digit of this GTIN is wrong.",
    "hint": "Compare it with the bar code, digit by digit.",
}
IMPORTED: dict[str, Any] = {
    "import": "0198c1f6-0b1c-7f1a-bb1f-3a1d2a8f5d44",
    "mode": "good-rows",
    "recorded": True,
    "rows": 3,
    "counts": {"new": 2, "changed": 0, "unchanged": 0, "wrong": 1},
    "wrong_rows": [WRONG],
    "warnings": [],
    "ignored_columns": ["Цена"],
}
CSV = "text/csv"
TSV = "text/tab-separated-values"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE = {"schema": {"type": "string", "format": "binary"}}


class ProductCard(BaseModel):
    """What its owner says of a product."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [MILK]})

    product_group: GroupName
    name: Annotated[str, Field(min_length=1, max_length=LONGEST["name"])]
    translations: dict[Language, Annotated[str, Field(max_length=LONGEST["name"])]] = Field(
        default_factory=dict
    )
    brand: Annotated[str | None, Field(max_length=LONGEST["brand"])] = None
    category: Annotated[str | None, Field(max_length=LONGEST["category"])] = None
    tnved: Annotated[str | None, Field(description="TN VED code: 4, 6, 8 or 10 digits.")] = None

    def values(self) -> dict[str, str]:
        names = {f"name_{language}": text for language, text in self.translations.items()}
        told = self.model_dump(exclude={"translations"}, exclude_none=True)
        return {**told, **names}


class ProductOwner(BaseModel):
    """The participant whose card it is."""

    id: UUID
    name: str
    member_state: MemberState


class ProductAnswer(BaseModel):
    """A product's card, in its newest version."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTERED]})

    gtin: str
    version: int
    owner: ProductOwner
    product_group: str
    name: str
    translations: dict[str, str]
    brand: str | None
    category: str | None
    tnved: str | None
    recorded_at: datetime
    warnings: list[str]

    @classmethod
    def of(cls, found: Registered) -> "ProductAnswer":
        card = found.card
        owner = ProductOwner(id=found.owner, name=found.owner_name, member_state=found.owner_state)
        return cls(
            gtin=card.gtin,
            version=found.version,
            owner=owner,
            product_group=card.product_group,
            name=card.name,
            translations=dict(card.translations),
            brand=card.brand,
            category=card.category,
            tnved=card.tnved,
            recorded_at=found.recorded_at,
            warnings=warnings(card, catalogue()),
        )


class ProductPage(BaseModel):
    """Products in GTIN order."""

    products: list[ProductAnswer]
    next: Annotated[
        str | None, Field(description="Send as `after` for the next page; null: no more.")
    ]


class WrongRowAnswer(BaseModel):
    """One thing wrong with one row of a file."""

    model_config = ConfigDict(json_schema_extra={"examples": [WRONG]})

    row: Annotated[int, Field(description="As the spreadsheet counts, from 1.")]
    column: Annotated[str, Field(description="As the file calls it.")]
    value: str
    reason: Annotated[str, Field(description="Stable.")]
    sentence: str
    hint: str


class DoubtfulRow(BaseModel):
    """Something odd about a row, though nothing wrong."""

    row: int
    gtin: str
    sentence: str


class ImportCounts(BaseModel):
    """How many rows came to what."""

    new: int
    changed: int
    unchanged: int
    wrong: int


class ImportAnswer(BaseModel):
    """What came of a file."""

    model_config = ConfigDict(json_schema_extra={"examples": [IMPORTED]})

    import_id: Annotated[UUID, Field(alias="import")]
    mode: Literal["all", "good-rows"]
    recorded: Annotated[bool, Field(description="False for a dry run.")]
    rows: int
    counts: ImportCounts
    wrong_rows: Annotated[
        list[WrongRowAnswer],
        Field(description="The first 1,000; Accept: text/csv hands back the file with all."),
    ]
    warnings: list[DoubtfulRow]
    ignored_columns: list[str]


@router.put(
    "/products/{gtin}",
    status_code=201,
    responses={
        200: {
            "model": ProductAnswer,
            "description": "Registered before; changed where it differs.",
        },
        **refusals(ScopeMissing, ProductNotYours, ProductGroupFixed, CardNotFitting, Busy),
    },
)
async def register_product(
    gtin: Gtin, card: ProductCard, owner: MayIssue, database: TheDatabase, response: Response
) -> ProductAnswer:
    """Register a product, or change its card: a new version only if something differs."""
    found, is_new = await actions.register_product(database, gtin, card.values(), actor=owner)
    response.status_code = 201 if is_new else 200
    return ProductAnswer.of(found)


@router.get("/products/{gtin}", responses=refusals(UnknownProduct))
async def read_product(gtin: Gtin, database: TheDatabase) -> ProductAnswer:
    """A product's card; anybody may ask."""
    return ProductAnswer.of(await actions.look_up(database, gtin))


@router.get("/products", responses=refusals(ScopeMissing, UnknownProductGroup))
async def list_products(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    actor: MayRead,
    database: TheDatabase,
    after: Annotated[str, Query(description="`next` of the previous page.")] = "",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    mine: Annotated[bool, Query(description="Only your own.")] = False,  # noqa: FBT002
    product_group: Annotated[str | None, Query(description="Code, number, name or alias.")] = None,
) -> ProductPage:
    """Products in GTIN order."""
    found = await actions.listed(
        database,
        after=after,
        limit=limit + 1,
        owner_id=actor.id if mine else None,
        product_group=product_group,
    )
    page = [ProductAnswer.of(one) for one in found[:limit]]
    return ProductPage(products=page, next=page[-1].gtin if len(found) > limit else None)


@router.put(
    "/imports/{import_id}",
    status_code=201,
    response_model=ImportAnswer,
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "CSV or TSV in UTF-8, UTF-16 or Windows-1251, or XLSX: told by its "
            "content. Columns gtin, product_group and name, in any order and under many names; "
            "brand, category, tnved, name_hy and other languages if you like.",
            "content": {CSV: FILE, TSV: FILE, XLSX: FILE},
        }
    },
    responses={
        200: {"model": ImportAnswer, "description": "A dry run, or imported before."},
        **refusals(
            ScopeMissing,
            RequestIdTaken,
            RequestIdReused,
            FileUnreadable,
            FileTooLarge,
            HeaderNotUnderstood,
            RowsWrong,
            Busy,
        ),
    },
)
async def import_products(  # noqa: PLR0913, PLR0917 - what FastAPI hands a route
    import_id: UUID,  # noqa: ARG001 - the claim has it
    owner: MayIssue,
    claim: ClaimedFile,
    body: SpooledBody,
    database: TheDatabase,
    response: Response,
    mode: Annotated[
        Literal["all", "good-rows"], Query(description="All rows or none, or the good ones.")
    ] = "all",
    dry_run: Annotated[bool, Query(description="Tell, and record nothing.")] = False,  # noqa: FBT002
    accept: Annotated[
        str, Header(description="text/csv: hand the file back with the errors in it.")
    ] = "*/*",
) -> Any:  # noqa: ANN401 - an answer, or the file
    """Register the products of a file. The same file again changes nothing."""
    limits = SheetLimits()
    content = await asyncio.to_thread(body.file.read, limits.bytes + 1)
    terms = ImportTerms(
        good_rows=mode == "good-rows",
        dry_run=dry_run,
        with_file=accept.startswith((CSV, TSV)),
        limits=limits,
    )
    report = await actions.import_products(database, claim, content, terms, actor=owner)
    if report.refusal and report.file is None:
        raise report.refusal
    status = 201 if report.is_new and not dry_run else 200
    if report.file is not None:
        return Response(
            report.file,
            status_code=422 if report.refusal else status,
            media_type=report.media_type,
            headers={"Content-Disposition": "attachment; filename=import-with-errors"},
        )
    response.status_code = status
    return report.answer
