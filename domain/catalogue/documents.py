"""The papers behind a hand-over, a withdrawal or a re-marking."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.errors_of_custody import DocumentDateInFuture, DocumentIncomplete, TaxIdMalformed
from domain.standards.member_state import InvalidTaxId, MemberState, tax_id

# Kamchatka: where a day of the Union begins first.
EASTERNMOST = timedelta(hours=12)


class DocumentKind(StrEnum):
    """What a document is; OTHER is told by its name."""

    RECEIPT = "RECEIPT"
    SALES_RECEIPT = "SALES_RECEIPT"
    CUSTOMS_DECLARATION = "CUSTOMS_DECLARATION"
    CONSIGNMENT_NOTE = "CONSIGNMENT_NOTE"
    UTD = "UTD"
    DESTRUCTION_ACT = "DESTRUCTION_ACT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the participant names it. `name` is for kind OTHER."""

    kind: DocumentKind
    number: str
    date: date
    name: str | None = None
    issuer_tax_id: str | None = None


def check_document(
    document: Document, now: datetime, states: Collection[MemberState] = tuple(MemberState)
) -> None:
    """Refuse what cannot be a document that was issued in one of these states before now.

    Raises DocumentIncomplete, DocumentDateInFuture, TaxIdMalformed.
    """
    if missing := tuple(missing_from(document)):
        raise DocumentIncomplete(document.kind, missing)
    latest = latest_date(now)
    if document.date > latest:
        raise DocumentDateInFuture(document.number, str(document.date), str(latest))
    if document.issuer_tax_id is not None:
        check_tax_id(document.issuer_tax_id, states)


def missing_from(document: Document) -> list[str]:
    told = {"number": document.number}
    if document.kind is DocumentKind.OTHER:
        told["name"] = document.name or ""
    return [field for field, text in told.items() if not text.strip()]


def latest_date(now: datetime) -> date:
    """The day that it is, or may already be, somewhere in the Union."""
    return (now.astimezone(UTC) + EASTERNMOST).date()


def check_tax_id(text: str, states: Collection[MemberState]) -> None:
    """Refuse what is not a tax id of any of these states."""
    if not any(is_tax_id(text, state) for state in states):
        raise TaxIdMalformed(text, tuple(sorted(state.value for state in states)))


def is_tax_id(text: str, state: MemberState) -> bool:
    try:
        tax_id(state, text)
    except InvalidTaxId:
        return False
    return True


def told_document(document: Document) -> dict[str, Any]:
    """A document as events and transfers keep it."""
    told = {
        "kind": document.kind,
        "number": document.number,
        "date": document.date.isoformat(),
        "name": document.name,
        "issuer_tax_id": document.issuer_tax_id,
    }
    return {name: value for name, value in told.items() if value is not None}
