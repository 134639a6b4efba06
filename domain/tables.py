"""The whole schema on one page.

Migrations make it (`migrations/versions`), a test proves that both say the same. These classes
describe tables and validate nothing. Enumerated columns that stand in every span are PostgreSQL
enums, four bytes each; the rest are text with a named check.

Unit-proportional tables lead with `series_id` and refer to nothing by foreign key but what is
small, so that they can be distributed later.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Double,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

from domain.standards.member_state import MemberState
from domain.vocabulary import (
    Algorithm,
    Assurance,
    BlockScope,
    DiscrepancyKind,
    Emission,
    EventKind,
    Role,
    Scope,
    TransferKind,
    TransferStatus,
    UnitStatus,
)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id, in which the feed of changes is ordered."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8  # so that reflection knows it

MEMBER_STATE = ENUM(*[state.value for state in MemberState], name="member_state", create_type=False)
UNIT_STATUS = ENUM(*[status.value for status in UnitStatus], name="unit_status", create_type=False)


def instant(*, nullable: bool = False) -> Column[Any]:
    """A moment with its zone, by default the database's clock at the insert."""
    default = None if nullable else FetchedValue()
    return Column(DateTime(timezone=True), nullable=nullable, server_default=default)


def counted(of: type[BigInteger] | type[Integer]) -> Column[Any]:
    return Column(of, nullable=False, server_default=FetchedValue())


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows for which this is so."""
    return Index(name, *columns, unique=unique, postgresql_where=text(where))


def refers_to(target: str, *, nullable: bool = False) -> Column[Any]:
    return Column(ForeignKey(target), nullable=nullable)


# Who


class Participant(SQLModel, table=True):
    """A participant of turnover, or an operator or inspector of a member state."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("member_state", "tax_id", name="tax_id_is_registered_once"),)

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(), primary_key=True))
    uuid: UUID = Field(unique=True)
    name: str = Field(sa_column=Column(Text, nullable=False))
    member_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    tax_id: str = Field(sa_column=Column(Text, nullable=False))
    gln: str | None = Field(default=None, sa_column=Column(Text))
    roles: list[Role] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    recorded_at: datetime | None = Field(default=None, sa_column=instant())
    suspended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class ApiKey(SQLModel, table=True):
    """One API key; the secret itself is shown once and never stored."""

    __tablename__ = "api_keys"

    id: UUID = Field(primary_key=True)
    participant_id: int = Field(sa_column=refers_to("participants.id"))
    secret_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    scopes: list[Scope] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    recorded_at: datetime | None = Field(default=None, sa_column=instant())
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Request(SQLModel, table=True):
    """A change that was done, under its caller's id, with the answer that was given."""

    __tablename__ = "requests"

    id: UUID = Field(primary_key=True)
    participant_id: int = Field(sa_column=refers_to("participants.id"))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answer: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    recorded_at: datetime | None = Field(default=None, sa_column=instant())


class RequestPage(SQLModel, table=True):
    """Per-line outcomes of a request beyond what its answer holds, 1,000 lines a page."""

    __tablename__ = "request_pages"

    request_id: UUID = Field(foreign_key="requests.id", primary_key=True)
    page: int = Field(primary_key=True)
    lines: list[Any] = Field(sa_column=Column(JSONB, nullable=False))


# What: the catalogue


class Product(SQLModel, table=True):
    """A trade item; its card is the version that `version` names."""

    __tablename__ = "products"

    gtin: str = Field(sa_column=Column(Text, primary_key=True))
    owner_id: int = Field(sa_column=refers_to("participants.id"))
    product_group: str = Field(sa_column=Column(Text, nullable=False))
    version: int
    recorded_at: datetime | None = Field(default=None, sa_column=instant())


class ProductVersion(SQLModel, table=True):
    """A product card as it was from one moment on. Append-only."""

    __tablename__ = "product_versions"

    gtin: str = Field(sa_column=Column(Text, ForeignKey("products.gtin"), primary_key=True))
    version: int = Field(primary_key=True)
    name: str = Field(sa_column=Column(Text, nullable=False))
    translations: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    brand: str | None = Field(default=None, sa_column=Column(Text))
    category: str | None = Field(default=None, sa_column=Column(Text))
    tnved: str | None = Field(default=None, sa_column=Column(Text))
    recorded_at: datetime | None = Field(default=None, sa_column=instant())


class MarkingDeclaration(SQLModel, table=True):
    """An operator's word on whether marking of a group is in force in its state. Append-only."""

    __tablename__ = "marking_declarations"

    id: UUID = Field(primary_key=True)
    product_group: str = Field(sa_column=Column(Text, nullable=False))
    member_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    in_force: bool
    valid_from: date
    valid_to: date | None = None
    decision: str = Field(sa_column=Column(Text, nullable=False))
    declared_by: int = Field(sa_column=refers_to("participants.id"))
    recorded_at: datetime | None = Field(default=None, sa_column=instant())


# Secrets, wrapped under the master key


class Secret(SQLModel, table=True):
    """A secret of the registry: the serial root key, and the master key's check value."""

    __tablename__ = "secrets"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SigningKey(SQLModel, table=True):
    """A member state's key for verification codes, named by AI 91."""

    __tablename__ = "verification_keys"
    __table_args__ = (
        partial(
            "verification_key_in_use",
            "member_state",
            "algorithm",
            where="retired_at IS NULL",
            unique=True,
        ),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    member_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    algorithm: Algorithm = Field(sa_column=Column(Text, nullable=False))
    public_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    wrapped_secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    recorded_at: datetime | None = Field(default=None, sa_column=instant())
    retired_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


# Numbers


class SerialForm(SQLModel, table=True):
    """Whether a GTIN's serials of one length carry a first character: all do, or none does."""

    __tablename__ = "serial_forms"
    __table_args__ = (
        UniqueConstraint(
            "gtin", "serial_length", "has_first_character", name="form_is_named_whole"
        ),
    )

    gtin: str = Field(sa_column=Column(Text, primary_key=True))
    serial_length: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    has_first_character: bool


class NumberSpace(SQLModel, table=True):
    """(GTIN, first character or none, serial length): what tells two printed codes apart."""

    __tablename__ = "number_spaces"
    __table_args__ = (
        UniqueConstraint(
            "gtin",
            "serial_length",
            "first_character",
            name="space_is_unique",
            postgresql_nulls_not_distinct=True,
        ),
        ForeignKeyConstraint(
            ["gtin", "serial_length", "has_first_character"],
            [
                "serial_forms.gtin",
                "serial_forms.serial_length",
                "serial_forms.has_first_character",
            ],
            name="serials_of_one_form",
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(), primary_key=True))
    gtin: str = Field(sa_column=Column(Text, nullable=False))
    serial_length: int = Field(sa_column=Column(SmallInteger, nullable=False))
    first_character: str | None = Field(default=None, sa_column=Column(Text))
    has_first_character: bool | None = Field(
        default=None,
        sa_column=Column(Boolean, Computed("first_character IS NOT NULL"), nullable=False),
    )
    alphabet: str = Field(sa_column=Column(Text, nullable=False))
    next_block: int = Field(sa_column=Column(BigInteger, nullable=False))


class Series(SQLModel, table=True):
    """A block of numbers granted to one (member state, template); space null: registered serials."""

    __tablename__ = "series"
    __table_args__ = (
        Index("series_of_space", "space_id", "first"),
        Index("series_of_gtin", "gtin", "member_state", "template"),
        partial(
            "one_series_of_registered_serials",
            "gtin",
            "member_state",
            "template",
            where="space_id IS NULL",
            unique=True,
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(), primary_key=True))
    space_id: int | None = Field(
        default=None, sa_column=refers_to("number_spaces.id", nullable=True)
    )
    gtin: str = Field(sa_column=Column(Text, nullable=False))
    member_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    template: str = Field(sa_column=Column(Text, nullable=False))
    first: int = Field(sa_column=Column(BigInteger, nullable=False))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
    next_number: int = Field(sa_column=Column(BigInteger, nullable=False))


class Stripe(SQLModel, table=True):
    """2^16 numbers of a series: what a writer locks."""

    __tablename__ = "stripes"

    series_id: int = Field(sa_column=Column(Integer, primary_key=True))
    stripe: int = Field(sa_column=Column(BigInteger, primary_key=True))


class RegisteredSerial(SQLModel, table=True):
    """A serial that Tamga did not compute: a participant's own, or another operator's code."""

    __tablename__ = "registered_serials"
    __table_args__ = (Index("registered_serial_of_number", "series_id", "number", unique=True),)

    gtin: str = Field(sa_column=Column(Text, primary_key=True))
    serial: str = Field(sa_column=Column(Text, primary_key=True))
    series_id: int = Field(sa_column=Column(Integer, nullable=False))
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    foreign_tail: str | None = Field(default=None, sa_column=Column(Text))


class ReservedNumber(SQLModel, table=True):
    """A number whose serial somebody registered: allotment skips it."""

    __tablename__ = "reserved_numbers"

    space_id: int = Field(sa_column=Column(Integer, primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True))


# Batches and lots


class Batch(SQLModel, table=True):
    """A code order: so many units of a product, and what their labels print. Append-only."""

    __tablename__ = "batches"
    __table_args__ = (Index("batches_of_participant", "participant_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    uuid: UUID = Field(unique=True)
    participant_id: int = Field(sa_column=refers_to("participants.id"))
    gtin: str = Field(sa_column=Column(Text, ForeignKey("products.gtin"), nullable=False))
    product_version: int
    member_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    template: str = Field(sa_column=Column(Text, nullable=False))
    emission: Emission = Field(sa_column=Column(Text, nullable=False))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    verification_key_id: str = Field(sa_column=refers_to("verification_keys.id"))
    price_minor: int | None = Field(default=None, sa_column=Column(BigInteger))
    tnved: str | None = Field(default=None, sa_column=Column(Text))
    event_id: int = Field(sa_column=Column(BigInteger, ForeignKey("events.id"), nullable=False))


class BatchInterval(SQLModel, table=True):
    """An unbroken run of a batch's numbers. Append-only."""

    __tablename__ = "batch_intervals"
    __table_args__ = (Index("intervals_of_batch", "batch_id", "ordinal", unique=True),)

    series_id: int = Field(sa_column=Column(Integer, primary_key=True))
    first: int = Field(sa_column=Column(BigInteger, primary_key=True))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
    batch_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    ordinal: int = Field(sa_column=Column(BigInteger, nullable=False))


class Lot(SQLModel, table=True):
    """Lot number, production and expiry dates, customs data of units of one GTIN. Append-only."""

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint(
            "participant_id",
            "gtin",
            "lot_number",
            "produced_on",
            "expires_on",
            "customs_digest",
            name="lot_is_told_once",
            postgresql_nulls_not_distinct=True,
        ),
        partial("lots_of_number", "gtin", "lot_number", where="lot_number IS NOT NULL"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    participant_id: int = Field(sa_column=refers_to("participants.id"))
    gtin: str = Field(sa_column=Column(Text, nullable=False))
    lot_number: str | None = Field(default=None, sa_column=Column(Text))
    produced_on: date | None = None
    expires_on: date | None = None
    customs: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    customs_digest: str | None = Field(
        default=None, sa_column=Column(Text, Computed("md5(customs::text)"))
    )


class UnitMeasure(SQLModel, table=True):
    """What varies unit by unit on the label: weight (3103), volume (335y). Append-only."""

    __tablename__ = "unit_measures"

    series_id: int = Field(sa_column=Column(Integer, primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True))
    identifier: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=Column(Text, nullable=False))
    event_id: int = Field(sa_column=Column(BigInteger, nullable=False))


# What happened, and how units stand


class Event(SQLModel, table=True):
    """Something that happened, recorded once, never changed. Append-only."""

    __tablename__ = "events"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: EventKind = Field(sa_column=Column(Text, nullable=False))
    request_id: UUID = Field(foreign_key="requests.id")
    participant_id: int = Field(sa_column=refers_to("participants.id"))
    occurred_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    details: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    corrects: int | None = Field(default=None, sa_column=Column(BigInteger))
    transaction: int | None = Field(
        default=None, sa_column=Column(Xid8, nullable=False, server_default=FetchedValue())
    )


def standing_columns() -> list[Column[Any]]:
    """How units stand, alike in spans and in the journal; widest first, so that rows pack.

    Holder and state of turnover are null inside a package: the outermost one has them.
    """
    return [
        Column("parent_id", BigInteger),
        Column("transfer_id", BigInteger),
        Column("lot_id", BigInteger),
        Column("holder_id", Integer),
        Column("status", UNIT_STATUS, nullable=False),
        Column("turnover_state", MEMBER_STATE),
        Column("withdrawal_reason", Text),
        Column("remaining_parts", SmallInteger),
        Column("whole_parts", SmallInteger),
        Column("blocked", Boolean, nullable=False),
    ]


# How every issued number stands now: spans tile the issued numbers, and none crosses a stripe.
SPANS = Table(
    "spans",
    SQLModel.metadata,
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("series_id", Integer, primary_key=True),
    *standing_columns(),
    PrimaryKeyConstraint("series_id", "first"),
    partial("spans_of_parent", "parent_id", "series_id", "first", where="parent_id IS NOT NULL"),
    partial("spans_of_transfer", "transfer_id", where="transfer_id IS NOT NULL"),
    partial(
        "spans_of_holder",
        "holder_id",
        "series_id",
        "first",
        where="holder_id IS NOT NULL AND status IN ('ISSUED', 'APPLIED', 'IN_CIRCULATION')",
    ),
)

# The standing after each event that touched a run, with the event before it. Append-only.
JOURNAL_ENTRIES = Table(
    "journal_entries",
    SQLModel.metadata,
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("event_id", BigInteger, primary_key=True),
    Column("previous_event_id", BigInteger),
    Column("series_id", Integer, primary_key=True),
    *standing_columns(),
    PrimaryKeyConstraint("series_id", "event_id", "first"),
)


# Packages. The row of a coded pack has neither parent nor custody: its code's span has them.

PACKAGES = Table(
    "packages",
    SQLModel.metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("parent_id", BigInteger),
    Column("transfer_id", BigInteger),
    Column("event_id", BigInteger, nullable=False),
    Column("number", BigInteger),
    Column("series_id", Integer),
    Column("holder_id", Integer),
    Column("blocked_inside", Integer, nullable=False),
    Column("turnover_state", MEMBER_STATE),
    Column("levels", SmallInteger, nullable=False),
    Column("blocked", Boolean, nullable=False),
    Column("alive", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sscc", Text),
    partial("sscc_is_alive_once", "sscc", where="alive AND sscc IS NOT NULL", unique=True),
    partial("packages_of_sscc", "sscc", "id", where="sscc IS NOT NULL"),
    partial("package_of_code", "series_id", "number", where="series_id IS NOT NULL", unique=True),
    partial("packages_of_parent", "parent_id", where="parent_id IS NOT NULL"),
    partial("packages_of_transfer", "transfer_id", where="transfer_id IS NOT NULL"),
    partial("packages_of_holder", "holder_id", "id", where="holder_id IS NOT NULL"),
)

# How a transport unit stood after each event that touched it. Append-only.
PACKAGE_ENTRIES = Table(
    "package_entries",
    SQLModel.metadata,
    Column("package_id", BigInteger, primary_key=True),
    Column("event_id", BigInteger, primary_key=True),
    Column("previous_event_id", BigInteger),
    Column("parent_id", BigInteger),
    Column("transfer_id", BigInteger),
    Column("holder_id", Integer),
    Column("turnover_state", MEMBER_STATE),
    Column("blocked", Boolean, nullable=False),
    Column("alive", Boolean, nullable=False),
)

# What is inside a package to any depth, counted; lot 0: none was told.
PACKAGE_SUMMARIES = Table(
    "package_summaries",
    SQLModel.metadata,
    Column("package_id", BigInteger, primary_key=True),
    Column("batch_id", BigInteger, primary_key=True),
    Column("lot_id", BigInteger, primary_key=True),
    Column("units", BigInteger, nullable=False),
    Column("status", UNIT_STATUS, primary_key=True),
    Column("blocked", Boolean, primary_key=True),
)

# Custody


class Transfer(SQLModel, table=True):
    """Goods offered by one participant to another, and what became of the offer."""

    __tablename__ = "transfers"
    __table_args__ = (
        Index("transfers_of_sender", "sender_id", "id"),
        Index("transfers_of_receiver", "receiver_state", "receiver_tax_id", "id"),
        partial("open_transfers_by_deadline", "expires_at", where="status = 'OFFERED'"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    uuid: UUID = Field(unique=True)
    kind: TransferKind = Field(sa_column=Column(Text, nullable=False))
    status: TransferStatus = Field(sa_column=Column(Text, nullable=False))
    sender_id: int = Field(sa_column=refers_to("participants.id"))
    sender_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    receiver_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    receiver_tax_id: str = Field(sa_column=Column(Text, nullable=False))
    documents: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    roads: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    offered_units: int = Field(sa_column=Column(BigInteger, nullable=False))
    accepted_units: int = Field(sa_column=counted(BigInteger))
    released_units: int = Field(sa_column=counted(BigInteger))
    sold_units: int = Field(sa_column=counted(BigInteger))
    answers: int = Field(sa_column=counted(Integer))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    offered_at: datetime | None = Field(default=None, sa_column=instant())
    event_id: int = Field(sa_column=Column(BigInteger, ForeignKey("events.id"), nullable=False))
    closed_event_id: int | None = Field(default=None, sa_column=Column(BigInteger))


class TransferGoods(SQLModel, table=True):
    """What was offered: runs of numbers and packages, as arrays in one row. Append-only."""

    __tablename__ = "transfer_goods"

    transfer_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("transfers.id"), primary_key=True)
    )
    series_ids: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    firsts: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    lasts: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    package_ids: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))


class TransferAnswer(SQLModel, table=True):
    """An answer to an offer, its cancellation or its expiry. Append-only."""

    __tablename__ = "transfer_answers"

    transfer_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("transfers.id"), primary_key=True)
    )
    event_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    uuid: UUID
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    assurance: Assurance | None = Field(default=None, sa_column=Column(Text))
    accepted_units: int = Field(sa_column=Column(BigInteger, nullable=False))
    released_units: int = Field(sa_column=Column(BigInteger, nullable=False))


class Discrepancy(SQLModel, table=True):
    """What was found otherwise than offered. Append-only."""

    __tablename__ = "discrepancies"

    transfer_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("transfers.id"), primary_key=True)
    )
    event_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True))
    kind: DiscrepancyKind = Field(sa_column=Column(Text, nullable=False))
    code: str | None = Field(default=None, sa_column=Column(Text))
    units: int = Field(sa_column=Column(BigInteger, nullable=False))
    note: str | None = Field(default=None, sa_column=Column(Text))


class Block(SQLModel, table=True):
    """An authority's ban on goods; only the end is written onto it."""

    __tablename__ = "blocks"
    __table_args__ = (
        partial(
            "wide_blocks_in_force",
            "scope",
            "id",
            where="ended_event_id IS NULL AND scope NOT IN ('UNITS', 'PACKAGE')",
        ),
        partial("blocks_of_package", "package_id", where="package_id IS NOT NULL"),
        partial("blocks_by_deadline", "until", where="ended_event_id IS NULL"),
        Index("blocks_of_state", "member_state", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    uuid: UUID = Field(unique=True)
    scope: BlockScope = Field(sa_column=Column(Text, nullable=False))
    authority_id: int = Field(sa_column=refers_to("participants.id"))
    member_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    batch_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    lot_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    package_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    gtin: str | None = Field(default=None, sa_column=Column(Text))
    product_group: str | None = Field(default=None, sa_column=Column(Text))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    legal_basis: str | None = Field(default=None, sa_column=Column(Text))
    since: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    event_id: int = Field(sa_column=Column(BigInteger, ForeignKey("events.id"), nullable=False))
    ended_event_id: int | None = Field(default=None, sa_column=Column(BigInteger))


class BlockRun(SQLModel, table=True):
    """Numbers that a block of units covers. Append-only."""

    __tablename__ = "block_runs"
    __table_args__ = (Index("runs_of_block", "block_id"),)

    series_id: int = Field(sa_column=Column(Integer, primary_key=True))
    first: int = Field(sa_column=Column(BigInteger, primary_key=True))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
    block_id: int = Field(sa_column=Column(BigInteger, ForeignKey("blocks.id"), primary_key=True))


class Receipt(SQLModel, table=True):
    """A fiscal receipt that came in, once per till and fiscal document. Append-only."""

    __tablename__ = "receipts"

    participant_id: int = Field(sa_column=Column(Integer, primary_key=True))
    till: str = Field(sa_column=Column(Text, primary_key=True))
    fiscal_document: str = Field(sa_column=Column(Text, primary_key=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    request_id: UUID
    event_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    answer: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class Remarking(SQLModel, table=True):
    """A new code for goods, and those it replaces where they could be read. Append-only."""

    __tablename__ = "remarkings"
    __table_args__ = (
        partial(
            "old_code_is_replaced_once",
            "old_series_id",
            "old_number",
            where="old_series_id IS NOT NULL",
            unique=True,
        ),
    )

    new_series_id: int = Field(sa_column=Column(Integer, primary_key=True))
    new_number: int = Field(sa_column=Column(BigInteger, primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True))
    old_series_id: int | None = Field(default=None, sa_column=Column(Integer))
    old_number: int | None = Field(default=None, sa_column=Column(BigInteger))
    event_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    cause: str = Field(sa_column=Column(Text, nullable=False))


# Looking for fraud, and telling everybody what concerns them


class Finding(SQLModel, table=True):
    """Why a code looks cloned or a chain broken, by which rule and threshold. Append-only."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("findings_of_state", "member_state", "id"),
        partial("findings_of_unit", "series_id", "number", where="series_id IS NOT NULL"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    rule: str = Field(sa_column=Column(Text, nullable=False))
    member_state: MemberState = Field(sa_column=Column(MEMBER_STATE, nullable=False))
    participant_id: int | None = Field(
        default=None, sa_column=refers_to("participants.id", nullable=True)
    )
    event_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    series_id: int | None = Field(default=None, sa_column=Column(Integer))
    number: int | None = Field(default=None, sa_column=Column(BigInteger))
    gtin: str | None = Field(default=None, sa_column=Column(Text))
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    threshold: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime | None = Field(default=None, sa_column=instant())


class RecordedScan(SQLModel, table=True):
    """A scan whose owner agreed to have it recorded. Append-only."""

    __tablename__ = "recorded_scans"
    __table_args__ = (
        partial(
            "scans_of_unit", "series_id", "number", "scanned_at", where="series_id IS NOT NULL"
        ),
        partial("scans_of_nothing", "gtin", "recorded_at", where="series_id IS NULL"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    series_id: int | None = Field(default=None, sa_column=Column(Integer))
    number: int | None = Field(default=None, sa_column=Column(BigInteger))
    gtin: str | None = Field(default=None, sa_column=Column(Text))
    serial: str | None = Field(default=None, sa_column=Column(Text))
    verdict: str = Field(sa_column=Column(Text, nullable=False))
    scanned_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    place: str | None = Field(default=None, sa_column=Column(Text))
    latitude: float | None = Field(default=None, sa_column=Column(Double))
    longitude: float | None = Field(default=None, sa_column=Column(Double))
    member_state: MemberState | None = Field(default=None, sa_column=Column(MEMBER_STATE))
    participant_id: int | None = Field(
        default=None, sa_column=refers_to("participants.id", nullable=True)
    )
    recorded_at: datetime | None = Field(default=None, sa_column=instant())


# Whom an event concerns, in the order in which its transaction is told. Append-only.
EVENT_PARTIES = Table(
    "event_parties",
    SQLModel.metadata,
    Column("participant_id", Integer, primary_key=True),
    Column("transaction", Xid8, primary_key=True, server_default=FetchedValue()),
    Column("event_id", BigInteger, primary_key=True),
)
