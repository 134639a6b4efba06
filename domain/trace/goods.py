"""The unit that a scan names, with all that is around it, as far as the asker may see."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import asyncpg
import numpy as np

from domain.catalogue.actions import roads
from domain.catalogue.groups import catalogue
from domain.catalogue.regimes import Road
from domain.codes.orders import LabelOfBatch
from domain.codes.readings import Intake, Reading
from domain.custody.rules import statuses
from domain.errors import AmbiguousCodes, UnknownCodes, UnreadableCodes
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.numbers import batches_of
from domain.recognition.store import labels_of
from domain.recognition.units import Units, Verdict
from domain.registry.reading import intervals_of
from domain.registry.spans import joined
from domain.standards.member_state import MemberState
from domain.trace import rules, store
from domain.trace.matters import Asker, Matter, matter_of, road_ahead
from domain.trace.purposes import slugs
from domain.trace.rules import Facts, Sight
from domain.trace.store import Lone
from domain.vocabulary import TransferKind, UnitStatus

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that a scan names, and how much of it the asker may see.

    `custody` has who holds it and where it is in turnover: the unit's own row where it is loose
    and free, else what is around it.
    """

    reading: Reading
    row: Row
    custody: Row
    genuine: bool | None
    sight: Sight

    @property
    def place(self) -> tuple[int, int]:
        return self.row["series_id"], self.row["number"]

    @property
    def states(self) -> list[str | None]:
        """The member states that it concerns: of issue, of the holder, of turnover."""
        return [
            self.row["member_state"],
            self.custody["holder_state"],
            self.custody["turnover_state"],
        ]

    @property
    def facts(self) -> Facts:
        status = UnitStatus(self.row["status"])
        return Facts(status, is_blocked(self.custody), self.genuine, self.row["expires_on"])


def is_blocked(custody: Row) -> bool:
    return bool(custody.get("bans") or custody.get("blocked_inside"))


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scan as it was read: the units that it names, and those of them that the asker may see."""

    intake: Intake
    named: list[Found]

    @property
    def seen(self) -> list[Found]:
        return [unit for unit in self.named if unit.sight is not Sight.NOTHING]

    @property
    def place(self) -> tuple[int, int] | None:
        """The unit that was meant, if it is only one."""
        meant = self.seen or self.named
        return meant[0].place if len(meant) == 1 else None


async def scanned(
    connection: asyncpg.Connection, raw: str, *, actor: Actor | None, keyring: Keyring
) -> Scanned:
    """The units that a scan names, and how it was read.

    Caps Lock leaves no trace: what is not found, or not genuine, is read once more as if it had
    been on, and taken if its verification code is right then.
    """
    intake = await recognition.read(connection, raw, keyring)
    named = [
        unit
        for reading in intake.readings
        if (unit := await find(connection, reading, actor=actor, keyring=keyring))
    ]
    found = Scanned(intake, named)
    if any(unit.genuine is not False for unit in found.seen):
        return found
    typed = await recognition.read(connection, raw, keyring, caps_lock=True)
    for reading in typed.readings:
        unit = await find(connection, reading, actor=actor, keyring=keyring)
        if unit and unit.genuine:
            return Scanned(typed, [unit])
    return found


async def find(
    connection: asyncpg.Connection, reading: Reading, *, actor: Actor | None, keyring: Keyring
) -> Found | None:
    """The unit that this reading names, if it was issued."""
    place = await recognition.space_of(connection, keyring, reading.gtin, reading.serial)
    space_id = number = None
    if place:
        space_id, cipher = place
        number = cipher.number(reading.serial)
    row = await store.find_unit(connection, reading.gtin, reading.serial, space_id, number)
    if row is None:
        return None
    genuine = await recognition.is_genuine(connection, keyring, reading, row)
    custody = await custody_of(connection, row)
    sight = rules.sight(
        actor,
        genuine=genuine,
        owners={custody["holder_id"], row["registered_by"]},
        states=[row["member_state"], custody["holder_state"], custody["turnover_state"]],
        receiver_id=custody.get("receiver_id"),
    )
    return Found(reading, row, custody, genuine, sight)


async def custody_of(connection: asyncpg.Connection, row: Row) -> Row:
    """Who has the unit, and what holds it back. A loose and free one says so itself."""
    alone = row["parent_id"] is None and row["transfer_id"] is None
    if alone and not (row["blocked"] or row["wide_blocks"] or row["is_pack"]):
        return row
    return (await around(connection, [Lone.of(row, row["batch_id"])]))[0]


async def around(connection: asyncpg.Connection, units: list[Lone]) -> list[dict[str, Any]]:
    """What is around these units; packs that may hold something blocked are looked into."""
    found = [dict(row) for row in await store.around(connection, units)] if units else []
    doubtful = [row["pack_id"] for row in found if row["maybe_blocked_inside"]]
    blocked = await store.blocked_inside(connection, doubtful) if doubtful else set()
    for row in found:
        row["blocked_inside"] = row["pack_id"] in blocked
    return found


async def locate(
    connection: asyncpg.Connection, raw: str, *, actor: Actor | None, keyring: Keyring
) -> Found:
    """The one unit that this scan names; refuses what a stranger shows no proof for."""
    found = await scanned(connection, raw, actor=actor, keyring=keyring)
    intake, seen = found.intake, found.seen
    if not intake.readings:
        raise UnreadableCodes(1, (), {intake.problem or "not-a-unit": 1})
    if len(seen) > 1:
        raise AmbiguousCodes(2, tuple(unit.reading.identification_code for unit in seen))
    if not seen:
        raise UnknownCodes(1, (intake.readings[0].identification_code,))
    return seen[0]


def asking(actor: Actor | None, states: list[str | None], state: MemberState | None) -> Asker:
    """Who asks about goods that concern these states. Overseers ask on nobody's behalf."""
    if actor is None or rules.oversees(actor, states):
        return Asker(None, None, state)
    return Asker(actor.id, actor.member_state, state)


async def matter(
    connection: asyncpg.Connection,
    unit: Found,
    *,
    actor: Actor | None,
    state: MemberState | None,
    today: date,
) -> Matter:
    """What it is judged by whether something may be done with a unit."""
    asker = asking(actor, unit.states, state)
    ends = journey(unit.custody, asker)
    road = None
    if ends:
        [road] = await roads(connection, [unit.row["product_group"]], *ends, today)
    issued_in = unit.row["member_state"]
    reason = unit.row["withdrawal_reason"]
    return weighed(unit.facts, reason, unit.custody, asker, issued_in, road, today)


def journey(custody: Row, asker: Asker) -> tuple[MemberState, MemberState] | None:
    """From where to where goods would go for the asker to accept them, if over a border."""
    origin, destination = custody["turnover_state"], asker.destination
    if destination is None or origin in {None, destination}:
        return None
    return MemberState(origin), MemberState(destination)


def weighed(  # noqa: PLR0913, PLR0917 (everything meets here)
    facts: Facts,
    reason: str | None,
    custody: Row,
    asker: Asker,
    issued_in: str,
    road: Road | None,
    today: date,
) -> Matter:
    kind = TransferKind(custody.get("transfer_kind") or TransferKind.SALE)
    return matter_of(
        facts,
        reason,
        custody,
        asker,
        today=today,
        acceptable=statuses(kind, road),
        road=road_ahead(road, kind, issued_in) if road else None,
    )


class Case(NamedTuple):
    """Units of a list that stand alike and are told alike."""

    label: LabelOfBatch
    genuine: bool | None
    status: UnitStatus
    withdrawal_reason: str | None
    expires_on: date | None
    place: Lone

    @property
    def group(self) -> str:
        return catalogue().templates[self.label.template].product_group

    def states(self, custody: Row) -> list[str | None]:
        """The member states that it concerns: of issue, of the holder, of turnover."""
        return [self.label.member_state, custody["holder_state"], custody["turnover_state"]]


class Line(NamedTuple):
    """A line of a list, and one of the units that it names."""

    line: int
    series_id: int
    number: int
    batch_id: int
    genuine: bool | None


async def cases(
    connection: asyncpg.Connection, units: Units
) -> tuple[dict[int, list[Case]], dict[Lone, Row]]:
    """How the units of each line stand, and what is around all that are not loose and free."""
    lines, labels = lines_of(units), dict(units.labelled.labels)
    lines += await doubtful_lines(connection, units, labels)
    rows = await store.find_units(
        connection, [one.series_id for one in lines], [one.number for one in lines]
    )
    is_wide = await store.wide_blocks(connection) if rows else False
    found: dict[int, list[Case]] = {}
    bound: dict[Lone, None] = {}
    custody: dict[Lone, Row] = {}
    for row in rows:
        line = lines[row["position"]]
        place = Lone.of(row, line.batch_id)
        if is_wide or row["is_pack"] or not place.is_free:
            bound[place] = None
        else:
            custody[place] = row
        case = Case(
            labels[line.batch_id],
            line.genuine,
            UnitStatus(row["status"]),
            row["withdrawal_reason"],
            row["expires_on"],
            place,
        )
        found.setdefault(line.line, []).append(case)
    custody.update(zip(bound, await around(connection, list(bound)), strict=True))
    return found, custody


def lines_of(units: Units) -> list[Line]:
    """The lines that name one issued number."""
    rows = np.flatnonzero(units.series >= 0)
    wrong = units.has(Verdict.NOT_GENUINE)[rows].tolist()
    return [
        Line(line, series, number, batch, False if is_wrong else checked or None)
        for line, series, number, batch, checked, is_wrong in zip(
            rows.tolist(),
            units.series[rows].tolist(),
            units.number[rows].tolist(),
            units.labelled.batches[rows].tolist(),
            units.checked[rows].tolist(),
            wrong,
            strict=True,
        )
    ]


async def doubtful_lines(
    connection: asyncpg.Connection, units: Units, labels: dict[int, LabelOfBatch]
) -> list[Line]:
    """The units of lines that can be read in several ways; what is read of them proves nothing."""
    pairs = [(line, run) for line, runs in units.candidates.items() for run in runs]
    if not pairs:
        return []
    intervals = await intervals_of(connection, joined(run for _, run in pairs))
    series = np.array([run.series_id for _, run in pairs], np.int64)
    numbers = np.array([run.first for _, run in pairs], np.int64)
    batches = batches_of(series, numbers, intervals).tolist()
    labels.update(await labels_of(connection, sorted(set(batches))))
    return [
        Line(line, run.series_id, run.first, batch, None)
        for (line, run), batch in zip(pairs, batches, strict=True)
    ]


Way = tuple[str, str, str]  # product group, origin, destination


async def briefs(
    connection: asyncpg.Connection,
    asked: Collection[Case],
    custody: Mapping[Lone, Row],
    *,
    actor: Actor | None,
    state: MemberState | None,
) -> dict[Case, dict[str, Any] | None]:
    """What is told of each case; None: the asker may see nothing of it."""
    today = datetime.now(UTC).date()
    askers = {case: asking(actor, case.states(custody[case.place]), state) for case in asked}
    groups: dict[tuple[MemberState, MemberState], set[str]] = {}
    for case, asker in askers.items():
        if ends := journey(custody[case.place], asker):
            groups.setdefault(ends, set()).add(case.group)
    ways: dict[Way, Road] = {}
    for ends, named in groups.items():  # pairs of states: a handful
        for one in await roads(connection, sorted(named), *ends, today):
            ways[one.product_group, one.origin, one.destination] = one
    return {
        case: brief(case, custody[case.place], askers[case], ways, actor, today) for case in asked
    }


def brief(  # noqa: PLR0913, PLR0917 (everything meets here)
    case: Case,
    custody: Row,
    asker: Asker,
    ways: Mapping[Way, Road],
    actor: Actor | None,
    today: date,
) -> dict[str, Any] | None:
    """The verdict in a word, and what speaks against each purpose."""
    sight = rules.sight(
        actor,
        genuine=case.genuine,
        owners={custody["holder_id"], case.label.registered_by},
        states=case.states(custody),
        receiver_id=custody.get("receiver_id"),
    )
    if sight is Sight.NOTHING:
        return None
    facts = Facts(case.status, is_blocked(custody), case.genuine, case.expires_on)
    ends = journey(custody, asker)
    road = ways[case.group, *ends] if ends else None
    issued_in = case.label.member_state
    judged = weighed(facts, case.withdrawal_reason, custody, asker, issued_in, road, today)
    return {
        "verdict": rules.outcome(facts, today=today),
        "genuine": case.genuine,
        "status": case.status,
        "expires_on": case.expires_on,
        "purposes": slugs(judged),
    }
