"""The schema of the label ledger; `domain/tables.py` has all the rest. Everything is append-only."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlmodel import SQLModel

from domain.tables import partial

PRINT = "prints.id"
PARTICIPANT = "participants.id"


def recorded() -> Column[object]:
    """When the row was written, by the database's clock."""
    return Column(
        "recorded_at", DateTime(timezone=True), nullable=False, server_default=FetchedValue()
    )


# An order of labels, with all that prints on them beside what the goods tell.
PRINTS = Table(
    "prints",
    SQLModel.metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("uuid", UUID, ForeignKey("requests.id"), nullable=False, unique=True),
    Column("participant_id", Integer, ForeignKey(PARTICIPANT), nullable=False),
    Column("batch_id", BigInteger, ForeignKey("batches.id")),  # null: named otherwise
    Column("layout_name", Text, nullable=False),
    Column("layout_toml", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("dpi", Integer, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("cut_marks", Boolean, nullable=False),
    Column("resolver", Text),  # null: no QR codes
    Column("reason", Text),
    Column("facts", JSONB, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("packages", Integer, nullable=False),
    Column("reprinted", BigInteger, nullable=False),
    Column("labels", BigInteger, nullable=False),
    recorded(),
)

# The units of a print, in the order of their labels.
PRINT_RUNS = Table(
    "print_runs",
    SQLModel.metadata,
    Column("series_id", Integer, primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("print_id", BigInteger, ForeignKey(PRINT), primary_key=True),
    Column("batch_id", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("lot_id", BigInteger),
    Column("position", Integer, nullable=False),
    Column("reprinted", Boolean, nullable=False),
    partial("unit_is_first_printed_once", "series_id", "first", where="NOT reprinted", unique=True),
    Index("runs_of_print", "print_id", "position", unique=True),
)

# What prints have of a batch.
PRINT_BATCHES = Table(
    "print_batches",
    SQLModel.metadata,
    Column("batch_id", BigInteger, primary_key=True),
    Column("print_id", BigInteger, ForeignKey(PRINT), primary_key=True),
    Column("units", BigInteger, nullable=False),
    Column("reprinted", BigInteger, nullable=False),
    Index("batches_of_print", "print_id"),
)

# The packages of a print, with what their labels tell of their contents.
PRINT_PACKAGES = Table(
    "print_packages",
    SQLModel.metadata,
    Column("package_id", BigInteger, primary_key=True),
    Column("print_id", BigInteger, ForeignKey(PRINT), primary_key=True),
    Column("facts", JSONB, nullable=False),
    Column("position", Integer, nullable=False),
    Column("reprinted", Boolean, nullable=False),
    partial("package_is_first_printed_once", "package_id", where="NOT reprinted", unique=True),
    Index("packages_of_print", "print_id", "position", unique=True),
)

# Who fetched the file, and why again.
PRINT_FETCHES = Table(
    "print_fetches",
    SQLModel.metadata,
    Column("print_id", BigInteger, ForeignKey(PRINT), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("participant_id", Integer, ForeignKey(PARTICIPANT), nullable=False),
    Column("reason", Text),
    recorded(),
)

# The file as it was first made whole: each later one must be the same.
PRINT_FILES = Table(
    "print_files",
    SQLModel.metadata,
    Column("print_id", BigInteger, ForeignKey(PRINT), primary_key=True, autoincrement=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("labels", BigInteger, nullable=False),
    Column("pages", BigInteger, nullable=False),
    Column("symbols_checked", BigInteger, nullable=False),
    Column("dpi", Integer, nullable=False),
    Column("module_mm", Double),
    recorded(),
)

# Who sent labels to a printer, from which one on.
PRINT_SENDINGS = Table(
    "print_sendings",
    SQLModel.metadata,
    Column("print_id", BigInteger, ForeignKey(PRINT), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("participant_id", Integer, ForeignKey(PARTICIPANT), nullable=False),
    Column("printer", Text, nullable=False),
    Column("first_label", BigInteger, nullable=False),
    Column("reason", Text),
    recorded(),
)

# What the printer said of a sending: the last label sent, and the last one confirmed.
PRINT_CONFIRMATIONS = Table(
    "print_confirmations",
    SQLModel.metadata,
    Column("print_id", BigInteger, primary_key=True),
    Column("sending", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("sent", BigInteger, nullable=False),
    Column("confirmed", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
    recorded(),
    ForeignKeyConstraint(
        ["print_id", "sending"],
        ["print_sendings.print_id", "print_sendings.position"],
        name="confirmation_of_a_sending",
    ),
)
