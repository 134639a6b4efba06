"""By which road marked goods go from one member state to another.

The regime belongs to (product group, origin, destination, date). Within one member state there is
none: the goods keep code, status and state of turnover, and callers ask nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from domain.catalogue.groups import catalogue, read_data
from domain.catalogue.rules import Declaration, reaches
from domain.errors_of_custody import NoBorderCrossed
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

EVERY_STATE = frozenset(MemberState)


class Regime(StrEnum):
    """How a border between member states is crossed."""

    RECOGNITION = "RECOGNITION"
    WITHDRAWAL_BY_EXPORT = "WITHDRAWAL_BY_EXPORT"
    DESTINATION_CODES = "DESTINATION_CODES"
    FREE = "FREE"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a regime does to goods that cross. No status: nothing is recorded in that state."""

    status_in_origin: UnitStatus | None
    status_in_destination: UnitStatus | None
    right_road: str


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a border. `groups` None: all but `others`; both dates belong to the time."""

    groups: frozenset[str] | None
    others: frozenset[str]
    origins: frozenset[MemberState]
    destinations: frozenset[MemberState]
    marked_in_origin: bool | None
    marked_in_destination: bool | None
    valid_from: date | None
    valid_to: date | None
    regime: Regime
    basis: str
    source: str
    confidence: str
    is_assumption: bool

    @property
    def names(self) -> tuple[bool, bool]:
        """What it names: groups, states. Of rows that fit, the one that names more counts."""
        return (self.groups is not None, self.origins != EVERY_STATE)

    def fits(
        self,
        group: str,
        origin: MemberState,
        destination: MemberState,
        on: date,
        marked: tuple[bool, bool],
    ) -> bool:
        asked = (self.marked_in_origin, self.marked_in_destination)
        return (
            (group not in self.others if self.groups is None else group in self.groups)
            and origin in self.origins
            and destination in self.destinations
            and reaches(self.valid_from, self.valid_to, on)
            and all(want in (None, found) for want, found in zip(asked, marked, strict=True))
        )


@dataclass(frozen=True, slots=True)
class Borders:
    """Every row, and what the regimes mean."""

    rows: tuple[Row, ...]
    meanings: Mapping[Regime, Meaning]


@dataclass(frozen=True, slots=True)
class Road:
    """How goods of a group get from origin to destination; sentences are for people."""

    product_group: str
    origin: MemberState
    destination: MemberState
    regime: Regime
    status_in_origin: UnitStatus | None
    status_in_destination: UnitStatus | None
    basis: str
    source: str
    confidence: str
    is_assumption: bool
    right_road: str


@cache
def borders() -> Borders:
    """The regimes that are shipped with this program."""
    data = read_data("regimes.toml")
    return Borders(
        rows=tuple(read_row(row) for row in data["rows"]),
        meanings={Regime(name): read_meaning(row) for name, row in data["roads"].items()},
    )


def regime(  # noqa: PLR0913 - a border, and how each side of it stands
    group: str,
    origin: MemberState,
    destination: MemberState,
    on: date,
    *,
    marked_in_origin: bool,
    marked_in_destination: bool,
) -> Road:
    """The road for a group, by any of its names, given where marking is in force.

    Raises UnknownProductGroup, and NoBorderCrossed within one member state.
    """
    if origin is destination:
        raise NoBorderCrossed(origin.value)
    code = catalogue().group(group).code
    marked = (marked_in_origin, marked_in_destination)
    fitting = [row for row in borders().rows if row.fits(code, origin, destination, on, marked)]
    return told(code, origin, destination, best(fitting))


def road(
    group: str,
    origin: MemberState,
    destination: MemberState,
    on: date,
    declarations: Iterable[Declaration],
) -> Road:
    """As `regime`, given what operators declared; what nobody knows is not in force."""
    declared = list(declarations)
    known = catalogue()
    return regime(
        group,
        origin,
        destination,
        on,
        marked_in_origin=known.standing(group, origin, on, declared).is_in_force,
        marked_in_destination=known.standing(group, destination, on, declared).is_in_force,
    )


def best(fitting: Iterable[Row]) -> Row:
    return max(fitting, key=lambda row: row.names)


def told(code: str, origin: MemberState, destination: MemberState, row: Row) -> Road:
    meaning = borders().meanings[row.regime]
    return Road(
        product_group=code,
        origin=origin,
        destination=destination,
        regime=row.regime,
        status_in_origin=meaning.status_in_origin,
        status_in_destination=meaning.status_in_destination,
        basis=row.basis,
        source=row.source,
        confidence=row.confidence,
        is_assumption=row.is_assumption,
        right_road=meaning.right_road.format(origin=origin, destination=destination),
    )


def read_meaning(row: dict[str, Any]) -> Meaning:
    return Meaning(
        status_in_origin=status(row.get("status_in_origin")),
        status_in_destination=status(row.get("status_in_destination")),
        right_road=row["right_road"],
    )


def status(name: str | None) -> UnitStatus | None:
    return UnitStatus(name) if name else None


def read_row(row: dict[str, Any]) -> Row:
    return Row(
        groups=frozenset(row["groups"]) if "groups" in row else None,
        others=frozenset(row.get("except", ())),
        origins=frozenset(map(MemberState, row.get("from", EVERY_STATE))),
        destinations=frozenset(map(MemberState, row.get("to", EVERY_STATE))),
        marked_in_origin=row.get("marked_in_origin"),
        marked_in_destination=row.get("marked_in_destination"),
        valid_from=row.get("valid_from"),
        valid_to=row.get("valid_to"),
        regime=Regime(row["regime"]),
        basis=row["basis"],
        source=row["source"],
        confidence=row["confidence"],
        is_assumption=row.get("assumption", False),
    )
