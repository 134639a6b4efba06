"""The unit that a scan names, with all that is around it, as far as the asker may see."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import numpy as np

from domain.catalogue.actions import roads
from domain.catalogue.regimes import Road
from domain.codes.orders import LabelOfBatch
from domain.codes.readings import Intake, Reading
from domain.errors import AmbiguousCodes, UnknownCodes, UnreadableCodes
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.numbers import batches_of
from domain.recognition.store import labels_of
from domain.recognition.units import Units
from domain.registry.reading import intervals_of
from domain.registry.spans import joined
from domain.standards.member_state import MemberState
from domain.trace import reading as journals
from domain.trace import rules, store
from domain.trace.matters import Matter
from domain.trace.reading import Beside
from domain.trace.rules import Facts, Sight
from domain.trace.timeline import Timeline
from domain.trace.weighing import (
    Case,
    Cases,
    Line,
    Lone,
    Way,
    asking,
    brief,
    is_blocked,
    journey,
    lines_of,
    weighed,
)
from domain.vocabulary import TransferStatus, UnitStatus

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


# How it is found out who has a unit.
Ask = Callable[[asyncpg.Connection, Row], Awaitable[Row]]


async def scanned(
    connection: asyncpg.Connection,
    raw: str,
    *,
    actor: Actor | None,
    keyring: Keyring,
    custody: Ask | None = None,
) -> Scanned:
    """The units that a scan names, and how it was read.

    Caps Lock leaves no trace: what is not found, or not genuine, is read once more as if it had
    been on, and taken if its verification code is right then.
    """
    asked = custody or custody_of
    intake = await recognition.read(connection, raw, keyring)
    named = [
        unit
        for reading in intake.readings
        if (unit := await find(connection, reading, asked, actor=actor, keyring=keyring))
    ]
    found = Scanned(intake, named)
    if any(unit.genuine is not False for unit in found.seen):
        return found
    typed = await recognition.read(connection, raw, keyring, caps_lock=True)
    for reading in typed.readings:
        unit = await find(connection, reading, asked, actor=actor, keyring=keyring)
        if unit and unit.genuine:
            return Scanned(typed, [unit])
    return found


async def find(
    connection: asyncpg.Connection,
    reading: Reading,
    asked: Ask,
    *,
    actor: Actor | None,
    keyring: Keyring,
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
    custody = await asked(connection, row)
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
    lone = Lone.of(row, row["batch_id"], is_pack=row["is_pack"])
    return (await around(connection, [lone]))[0]


async def around(connection: asyncpg.Connection, units: list[Lone]) -> list[dict[str, Any]]:
    """What is around these units; packs that may hold something blocked are looked into."""
    found = [dict(row) for row in await store.around(connection, units)] if units else []
    doubtful = [row["pack_id"] for row in found if row["maybe_blocked_inside"]]
    blocked = await store.blocked_inside(connection, doubtful) if doubtful else set()
    for row in found:
        row["blocked_inside"] = row["pack_id"] in blocked
    return found


async def locate(
    connection: asyncpg.Connection,
    raw: str,
    *,
    actor: Actor | None,
    keyring: Keyring,
    custody: Ask | None = None,
) -> Found:
    """The one unit that this scan names; refuses what a stranger shows no proof for."""
    found = await scanned(connection, raw, actor=actor, keyring=keyring, custody=custody)
    intake, seen = found.intake, found.seen
    if not intake.readings:
        raise UnreadableCodes(1, (), {intake.problem or "not-a-unit": 1})
    if len(seen) > 1:
        raise AmbiguousCodes(2, tuple(unit.reading.identification_code for unit in seen))
    if not seen:
        raise UnknownCodes(1, (intake.readings[0].identification_code,))
    return seen[0]


@dataclass(frozen=True, slots=True)
class Past:
    """A unit, and everything that was recorded of it."""

    unit: Found
    entries: list[Row]
    timeline: Timeline
    beside: Beside


async def follow(
    connection: asyncpg.Connection, raw: str, *, actor: Actor | None, keyring: Keyring
) -> Past:
    """The one unit that this scan names, and its past, which says who has it now."""
    pasts: dict[tuple[int, int], tuple[list[Row], Timeline, Beside]] = {}

    async def custody(connection: asyncpg.Connection, row: Row) -> Row:
        place = (row["series_id"], row["number"])
        entries: list[Row] = await journals.past(connection, [(*place, 0)])
        timeline = Timeline(entries)
        asker = {actor.id} if actor else set()
        beside = await journals.beside(connection, place, timeline.people | asker)
        pasts[place] = entries, timeline, beside
        root = timeline.root
        return {
            "holder_id": root["holder_id"],
            "holder_state": beside.people[root["holder_id"]]["member_state"],
            "turnover_state": root["turnover_state"],
            "receiver_id": actor.id
            if actor and is_offered(root, beside.people[actor.id])
            else None,
        }

    unit = await locate(connection, raw, actor=actor, keyring=keyring, custody=custody)
    return Past(unit, *pasts[unit.place])


def is_offered(root: Row, asker: Row) -> bool:
    """Whether goods are in an open transfer to the asker."""
    if root["transfer_status"] != TransferStatus.OFFERED or root["expires_at"] <= datetime.now(UTC):
        return False
    to = (root["receiver_state"], root["receiver_tax_id"])
    return to == (asker["member_state"], asker["tax_id"])


async def with_links(connection: asyncpg.Connection, past: Past) -> Past:
    """The past with that of the codes that the unit replaces, and that replace it."""
    links = await journals.links_of(connection, *past.unit.place)
    entries = [*past.entries, *await journals.past(connection, links)] if links else past.entries
    timeline = Timeline(entries)
    beside = await journals.beside(connection, past.unit.place, timeline.people)
    people = {**past.beside.people, **beside.people}
    return Past(past.unit, entries, timeline, beside._replace(people=people))


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


async def cases(connection: asyncpg.Connection, units: Units) -> Cases:
    """How the units of each line stand, and what is around all that are not loose and free."""
    lines, labels = lines_of(units), dict(units.labelled.labels)
    lines += await doubtful_lines(connection, units, labels)
    series, numbers = [line[1] for line in lines], [line[2] for line in lines]
    rows = await store.find_units(connection, series, numbers)
    packs = await store.packs_among(connection, series, numbers)
    found = Cases([], [], {})
    known: dict[tuple[Any, ...], int] = {}
    bound: dict[Lone, list[int]] = {}
    for row in rows:
        line, _, _, batch, genuine = lines[row[0]]
        place = (row[1], row[2])
        is_pack = place in packs
        # The number itself matters only to blocks on it, and for what a pack holds.
        alike = (row[3:], batch, genuine, place if is_pack or row["blocked"] else None)
        at = known.get(alike)
        if at is None:
            at = known[alike] = len(found.kinds)
            lone = Lone.of(row, batch, is_pack=is_pack)
            found.kinds.append(Case.of(row, labels[batch], genuine))
            found.custody.append(row)
            if row["wide_blocks"] or is_pack or not lone.is_free:
                bound.setdefault(lone, []).append(at)
        found.of_lines.setdefault(line, []).append(at)
    for kinds, custody in zip(bound.values(), await around(connection, list(bound)), strict=True):
        for at in kinds:
            found.custody[at] = custody
    return found


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
        (line, run.series_id, run.first, batch, None)
        for (line, run), batch in zip(pairs, batches, strict=True)
    ]


async def briefs(
    connection: asyncpg.Connection,
    asked: Cases,
    *,
    actor: Actor | None,
    state: MemberState | None,
) -> list[dict[str, Any] | None]:
    """What is told of each case; None: the asker may see nothing of it."""
    today = datetime.now(UTC).date()
    whole = [
        (case, custody, asking(actor, case.states(custody), state))
        for case, custody in zip(asked.kinds, asked.custody, strict=True)
    ]
    groups: dict[tuple[MemberState, MemberState], set[str]] = {}
    for case, custody, asker in whole:
        if ends := journey(custody, asker):
            groups.setdefault(ends, set()).add(case.group)
    ways: dict[Way, Road] = {}
    for ends, named in groups.items():  # pairs of states: a handful
        for one in await roads(connection, sorted(named), *ends, today):
            ways[one.product_group, one.origin, one.destination] = one
    return [brief(*one, ways, actor, today) for one in whole]
