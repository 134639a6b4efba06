"""Why goods leave circulation, which group takes which reason, and what must be told of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from domain.catalogue.documents import Document, DocumentKind
from domain.catalogue.groups import catalogue, folded, read_data
from domain.errors_of_custody import (
    DestinationMissing,
    DestinationNotFitting,
    FractionNotAllowed,
    FractionNotFitting,
    OldCodeNotFitting,
    PrimaryDocumentNotFitting,
    ReasonNotForGroup,
    ReasonReserved,
    UnknownReason,
)
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

# The reasons that Tamga itself writes.
RETAIL = "RETAIL"  # for a receipt's units
DISSOLVED = "DISSOLVED"  # for the code of a pack that was dissolved
REMARKED = "REMARKED"  # for the old code of goods marked anew
EXPORT_TO_MEMBER_STATE = "EXPORT_TO_MEMBER_STATE"

FEWEST_PARTS = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """Why goods leave. `is_reserved`: only Tamga writes it."""

    name: str
    names: Mapping[str, str]
    aliases: tuple[str, ...]
    documents: tuple[DocumentKind, ...]
    is_document_optional: bool
    needs_destination: bool
    starts_from: frozenset[UnitStatus]
    is_restorable: bool
    is_everywhere: bool
    is_reserved: bool
    source: str
    confidence: str
    is_assumption: bool


@dataclass(frozen=True, slots=True)
class ReasonList:
    """Which reasons these groups take; no groups: those in no other list."""

    groups: frozenset[str]
    reasons: tuple[str, ...]
    source: str
    confidence: str
    is_assumption: bool


@dataclass(frozen=True, slots=True)
class Fractions:
    """Groups whose units may leave in parts, and into how many a unit may be divided."""

    groups: frozenset[str]
    greatest_parts: int
    covers: str
    source: str
    confidence: str
    is_assumption: bool


class OldCode(StrEnum):
    """Whether a re-marking names the code that the goods had."""

    REQUIRED = "REQUIRED"
    OPTIONAL = "OPTIONAL"
    NOT_GIVEN = "NOT_GIVEN"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why goods get a new code."""

    name: str
    names: Mapping[str, str]
    aliases: tuple[str, ...]
    old_code: OldCode
    documents: tuple[DocumentKind, ...]
    is_document_optional: bool
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """Everything that may be told of goods that leave, found by name."""

    reasons: Mapping[str, Reason]
    causes: Mapping[str, Cause]
    lists: tuple[ReasonList, ...]
    fractions: tuple[Fractions, ...]
    reason_names: Mapping[str, str]  # folded name or alias -> name
    cause_names: Mapping[str, str]

    def of_group(self, code: str) -> ReasonList:
        """The list that holds for a group."""
        named = [item for item in self.lists if code in item.groups]
        return named[0] if named else next(item for item in self.lists if not item.groups)


# What there is


def reason(name: str) -> Reason:
    """The reason of this name or national alias; raises UnknownReason."""
    known = reasons()
    found = known.reason_names.get(folded(name))
    if found is None:
        raise UnknownReason(name)
    return known.reasons[found]


def cause(name: str) -> Cause:
    """The cause of re-marking of this name or national alias; raises UnknownReason."""
    known = reasons()
    found = known.cause_names.get(folded(name))
    if found is None:
        raise UnknownReason(name)
    return known.causes[found]


def allowed(group: str) -> tuple[Reason, ...]:
    """What participants may withdraw goods of this group for; raises UnknownProductGroup."""
    known = reasons()
    listed = known.of_group(catalogue().group(group).code).reasons
    everywhere = [item for item in known.reasons.values() if item.is_everywhere]
    return (
        *(known.reasons[name] for name in listed),
        *(item for item in everywhere if not item.is_reserved),
    )


def greatest_parts(group: str) -> int | None:
    """Into how many parts a unit of this group may be divided; None: it leaves whole."""
    code = catalogue().group(group).code
    return next((item.greatest_parts for item in reasons().fractions if code in item.groups), None)


def leads_to(status: UnitStatus) -> UnitStatus:
    """What becomes of a unit that leaves: what never was in circulation cannot be withdrawn."""
    in_circulation = status is UnitStatus.IN_CIRCULATION
    return UnitStatus.WITHDRAWN if in_circulation else UnitStatus.CANCELLED


# What a participant may declare


def check_withdrawal(
    asked: Reason,
    groups: Iterable[str],
    document: Document | None,
    destination: MemberState | None,
    own_state: MemberState,
) -> None:
    """Refuse a declared withdrawal that does not fit these groups, or tells too much or little.

    `own_state`: where the goods are in circulation. The document itself is `check_document`'s.
    """
    if asked.is_reserved:
        raise ReasonReserved(asked.name)
    for group in groups:
        check_group(asked, group)
    check_primary(asked.name, asked.documents, document, optional=asked.is_document_optional)
    check_destination(asked, destination, own_state)


def check_group(asked: Reason, group: str) -> None:
    fitting = allowed(group)
    if asked not in fitting:
        code = catalogue().group(group).code
        raise ReasonNotForGroup(asked.name, code, tuple(item.name for item in fitting))


def check_primary(
    name: str, fitting: Collection[DocumentKind], document: Document | None, *, optional: bool
) -> None:
    """Refuse a primary document of another kind, and none where one is needed."""
    if document is None and optional:
        return
    if document is None or document.kind not in fitting:
        kind = document.kind.value if document else None
        raise PrimaryDocumentNotFitting(name, kind, tuple(item.value for item in fitting))


def check_destination(
    asked: Reason, destination: MemberState | None, own_state: MemberState
) -> None:
    """A destination is another member state, told exactly where the reason needs it."""
    if asked.needs_destination and destination is None:
        raise DestinationMissing(asked.name)
    if destination is None:
        return
    if not asked.needs_destination or destination is own_state:
        raise DestinationNotFitting(asked.name, destination.value)


def check_fraction(
    group: str, parts: int, of: int, *, whole: int | None = None, remaining: int | None = None
) -> None:
    """Refuse to let `parts` of `of` leave where the group, or what is left, does not allow it.

    `whole` and `remaining`: how the unit was divided before, None if it is whole.
    """
    greatest = greatest_parts(group)
    if greatest is None:
        raise FractionNotAllowed(catalogue().group(group).code)
    left = of if remaining is None else remaining
    divided_alike = whole in (None, of)
    if not (FEWEST_PARTS <= of <= greatest and divided_alike and 1 <= parts <= left):
        raise FractionNotFitting(parts, of, greatest, whole, remaining)


def check_remarking(asked: Cause, document: Document | None, *, names_old_code: bool) -> None:
    """Refuse a re-marking that tells too much or too little for its cause."""
    wrong = {
        OldCode.REQUIRED: not names_old_code,
        OldCode.OPTIONAL: False,
        OldCode.NOT_GIVEN: names_old_code,
    }
    if wrong[asked.old_code]:
        raise OldCodeNotFitting(asked.name, asked.old_code.value)
    check_primary(asked.name, asked.documents, document, optional=asked.is_document_optional)


# Reading the data


@cache
def reasons() -> Reasons:
    """The reasons that are shipped with this program."""
    data = read_data("reasons.toml")
    known = {row["name"]: read_reason(row) for row in data["reasons"]}
    causes = {row["name"]: read_cause(row) for row in data["causes"]}
    return Reasons(
        reasons=known,
        causes=causes,
        lists=tuple(read_list(row) for row in data["lists"]),
        fractions=tuple(read_fractions(row) for row in data["fractions"]),
        reason_names=by_name(known.values()),
        cause_names=by_name(causes.values()),
    )


def by_name(called: Iterable[Reason | Cause]) -> dict[str, str]:
    return {folded(name): one.name for one in called for name in (one.name, *one.aliases)}


def read_reason(row: dict[str, Any]) -> Reason:
    starts_from = row.get("starts_from", [UnitStatus.IN_CIRCULATION])
    return Reason(
        name=row["name"],
        names=row["names"],
        aliases=tuple(row.get("aliases", ())),
        documents=tuple(map(DocumentKind, row["documents"])),
        is_document_optional=row.get("document_optional", False),
        needs_destination=row.get("needs_destination", False),
        starts_from=frozenset(map(UnitStatus, starts_from)),
        is_restorable=row.get("restorable", False),
        is_everywhere=row.get("everywhere", False),
        is_reserved=row.get("reserved", False),
        source=row["source"],
        confidence=row["confidence"],
        is_assumption=row.get("assumption", False),
    )


def read_list(row: dict[str, Any]) -> ReasonList:
    return ReasonList(
        groups=frozenset(row.get("groups", ())),
        reasons=tuple(row["reasons"]),
        source=row["source"],
        confidence=row["confidence"],
        is_assumption=row.get("assumption", False),
    )


def read_fractions(row: dict[str, Any]) -> Fractions:
    return Fractions(
        groups=frozenset(row["groups"]),
        greatest_parts=row["greatest_parts"],
        covers=row["covers"],
        source=row["source"],
        confidence=row["confidence"],
        is_assumption=row.get("assumption", False),
    )


def read_cause(row: dict[str, Any]) -> Cause:
    return Cause(
        name=row["name"],
        names=row["names"],
        aliases=tuple(row.get("aliases", ())),
        old_code=OldCode(row["old_code"]),
        documents=tuple(map(DocumentKind, row["documents"])),
        is_document_optional=row.get("document_optional", False),
        source=row["source"],
        confidence=row["confidence"],
    )
