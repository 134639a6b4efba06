"""Answers: is it genuine and may it be sold, what happened to it, how did it stand then."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import numpy as np

from domain.codes.orders import LabelOfBatch
from domain.codes.readings import Intake, Reading
from domain.database import Database
from domain.errors import AmbiguousCodes, UnknownCodes, UnreadableCodes
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.units import VERDICTS, Texts, Verdict
from domain.trace import rules, store
from domain.trace.rules import ADVICE, Check, Facts, Outcome, Sight
from domain.vocabulary import UnitStatus


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that a scan named, as far as the asker may see it."""

    reading: Reading
    row: asyncpg.Record
    genuine: bool | None
    sight: Sight

    @property
    def facts(self) -> Facts:
        return Facts(
            UnitStatus(self.row["status"]),
            self.row["blocked"],
            self.genuine,
            self.row["expires_on"],
        )


async def verify(
    database: Database,
    raw: str,
    *,
    actor: Actor | None,
    keyring: Keyring,
    deadline: float | None = None,
) -> dict[str, Any]:
    """The verdict on one scan; after `deadline` seconds *not decided*, rather than late."""
    try:
        async with asyncio.timeout(deadline), database.reading() as connection:
            return await verdict(connection, raw, actor=actor, keyring=keyring)
    except TimeoutError:
        return told(Outcome.NOT_DECIDED)


async def verdict(
    connection: asyncpg.Connection, raw: str, *, actor: Actor | None, keyring: Keyring
) -> dict[str, Any]:
    """The verdict on one scan: what it says, whether it is genuine, how the goods stand."""
    intake, found = await units_of(connection, raw, actor=actor, keyring=keyring)
    today = datetime.now(UTC).date()
    if len(found) == 1:
        return confirmed(found[0], today)
    if len(found) > 1:
        readings = [unit.reading.identification_code for unit in found]
        return told(Outcome.AMBIGUOUS, readings=readings)
    if intake.sscc:
        return told(Outcome.NOT_CONFIRMED, sscc=intake.sscc.sscc, repairs=list(intake.sscc.repairs))
    if not intake.readings:
        return told(Outcome.UNREADABLE, problem=intake.problem, detail=intake.detail)
    cards = await store.find_cards(connection, [one.gtin for one in intake.readings])
    reading = intake.readings[0]
    return told(Outcome.NOT_CONFIRMED, **named(reading), product=card(cards.get(reading.gtin)))


PLAIN = {Verdict.UNREADABLE: Outcome.UNREADABLE}


async def verify_many(
    database: Database, codes: Sequence[str], *, actor: Actor | None, keyring: Keyring
) -> list[dict[str, Any]]:
    """The verdicts on many scans, in their order, each without its reasons."""
    async with database.reading() as connection:
        units = await recognition.recognise(connection, Texts.of_list(codes), keyring)
        rows = np.flatnonzero(units.series >= 0)
        found = await store.find_units(
            connection, units.series[rows].tolist(), units.number[rows].tolist()
        )
    standing: dict[int, Alike] = {int(rows[one[0]]): tuple(one)[1:] for one in found}
    named, labelled = units.codes(), units.labelled
    told_alike: dict[Alike, dict[str, Any]] = {}
    answers = []
    for row, alike in enumerate(
        zip(units.verdict.tolist(), units.checked.tolist(), labelled.batches.tolist(), strict=True)
    ):
        key = (*alike, *standing.get(row, ()))
        answer = told_alike.get(key)
        if answer is None:
            answer = told_alike[key] = brief(key, labelled.labels, actor)
        answers.append({"code": named.get(row), **answer})
    return answers


# Verdict, checked, batch; then status, blocked, expires on, holder, its state, state of turnover.
Alike = tuple[Any, ...]
OF_THE_SCAN = ("verdict", "checked", "batch")


def brief(alike: Alike, labels: Mapping[int, LabelOfBatch], actor: Actor | None) -> dict[str, Any]:
    """One verdict of many: the word, and how the goods stand if the asker may know."""
    verdict, checked, batch = VERDICTS[alike[0]], alike[1], alike[2]
    if verdict in PLAIN:
        return {"verdict": PLAIN[verdict]}
    if batch < 0 or len(alike) == len(OF_THE_SCAN):
        return {"verdict": Outcome.NOT_CONFIRMED}
    genuine = False if verdict is Verdict.NOT_GENUINE else checked or None
    status, blocked, expires_on, holder_id, *states = alike[3:]
    label = labels[batch]
    seen = rules.sight(
        actor,
        genuine=genuine,
        holder_id=holder_id,
        registered_by=label.registered_by,
        states=[label.member_state, *states],
    )
    if seen is Sight.NOTHING:
        return {"verdict": Outcome.NOT_CONFIRMED}
    facts = Facts(UnitStatus(status), blocked, genuine, expires_on)
    return {
        "verdict": rules.outcome(facts, today=datetime.now(UTC).date()),
        "genuine": genuine,
        "status": facts.status,
        "expires_on": facts.expires_on,
    }


async def units_of(
    connection: asyncpg.Connection, raw: str, *, actor: Actor | None, keyring: Keyring
) -> tuple[Intake, list[Found]]:
    """The units that a scan names and the asker may see, and how the scan was read.

    Caps Lock leaves no trace: what is not found, or not genuine, is read once more as if it had
    been on, and taken if its verification code is right then.
    """
    intake = await recognition.read(connection, raw, keyring)
    found = [
        unit
        for reading in intake.readings
        if (unit := await find(connection, reading, actor=actor, keyring=keyring))
    ]
    if any(unit.genuine is not False for unit in found):
        return intake, found
    typed = await recognition.read(connection, raw, keyring, caps_lock=True)
    for reading in typed.readings:
        unit = await find(connection, reading, actor=actor, keyring=keyring)
        if unit and unit.genuine:
            return typed, [unit]
    return intake, found


async def find(
    connection: asyncpg.Connection, reading: Reading, *, actor: Actor | None, keyring: Keyring
) -> Found | None:
    """The unit that this reading names, if it was issued and the asker may know so."""
    place = await recognition.space_of(connection, keyring, reading.gtin, reading.serial)
    space_id = number = None
    if place:
        space_id, cipher = place
        number = cipher.number(reading.serial)
    row = await store.find_unit(connection, reading.gtin, reading.serial, space_id, number)
    if row is None:
        return None
    genuine = await recognition.is_genuine(connection, keyring, reading, row)
    seen = rules.sight(
        actor,
        genuine=genuine,
        holder_id=row["holder_id"],
        registered_by=row["registered_by"],
        states=[row["member_state"], row["holder_state"], row["turnover_state"]],
    )
    return Found(reading, row, genuine, seen) if seen is not Sight.NOTHING else None


def confirmed(unit: Found, today: date) -> dict[str, Any]:
    """The verdict on a unit that the asker may see."""
    row, reading = unit.row, unit.reading
    outcome = rules.outcome(unit.facts, today=today)
    answer = told(
        outcome,
        checks=rules.checks(unit.facts, today=today),
        genuine=unit.genuine,
        **named(reading),
        product=card(row),
        issued_in=row["member_state"],
        status=row["status"],
        since=row["occurred_at"].isoformat(),
        state_of_turnover=row["turnover_state"],
        lot=lot(row),
    )
    if unit.sight is Sight.FULL:
        answer |= {
            "batch": str(row["batch"]),
            "ordinal": row["ordinal"],
            "holder": party(row, "holder"),
            "event": row["event_id"],
        }
    return answer


def told(
    outcome: Outcome,
    *,
    checks: Sequence[Check] = (),
    genuine: bool | None = True,
    **more: object,
) -> dict[str, Any]:
    steps = [
        {"step": at, "name": one.name, "passed": one.passed, "sentence": one.sentence}
        for at, one in enumerate(checks, 1)
    ]
    return {
        "verdict": outcome,
        "sentence": rules.sentence(outcome, genuine=genuine),
        "advice": ADVICE[outcome],
        "checks": steps,
        **more,
    }


def named(reading: Reading) -> dict[str, Any]:
    return {
        "code": reading.identification_code,
        "gtin": reading.gtin,
        "serial": reading.serial,
        "repairs": list(reading.repairs),
    }


def card(row: asyncpg.Record | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "name": row["name"],
        "translations": row["translations"],
        "brand": row["brand"],
        "category": row["category"],
        "product_group": row["product_group"],
        "tnved": row["tnved"],
    }


def lot(row: asyncpg.Record) -> dict[str, Any] | None:
    told_of = {name: row[name] for name in ("lot_number", "produced_on", "expires_on")}
    return told_of if any(told_of.values()) else None


def party(row: asyncpg.Record, role: str) -> dict[str, Any] | None:
    if row[role] is None:
        return None
    return {
        "name": row[role],
        "participant": str(row[f"{role}_uuid"]),
        "member_state": row[f"{role}_state"],
    }


async def locate(
    connection: asyncpg.Connection, raw: str, *, actor: Actor | None, keyring: Keyring
) -> Found:
    """The one unit that this scan names; refuses what a stranger shows no proof for."""
    intake, found = await units_of(connection, raw, actor=actor, keyring=keyring)
    if not intake.readings:
        raise UnreadableCodes(1, (), {intake.problem or "not-a-unit": 1})
    if len(found) > 1:
        raise AmbiguousCodes(2, tuple(unit.reading.identification_code for unit in found))
    if not found:
        raise UnknownCodes(1, (intake.readings[0].identification_code,))
    return found[0]


async def history(
    database: Database, raw: str, *, actor: Actor | None, keyring: Keyring
) -> dict[str, Any]:
    """Every event of one unit, the oldest first, with its standing after each."""
    async with database.reading() as connection:
        unit = await locate(connection, raw, actor=actor, keyring=keyring)
        row = unit.row
        place = (row["series_id"], row["number"])
        walked = await store.walk_back(connection, *place, row["event_id"])
        measures = await store.measures_of(connection, *place)
    events = [happened(one, unit.sight) for one in reversed(walked)]
    latest = None
    for event in events:
        event["out_of_order"] = latest is not None and event["occurred_at"] < latest
        latest = event["occurred_at"] if latest is None else max(latest, event["occurred_at"])
    return {
        **named(unit.reading),
        "product": card(row),
        "issued_in": row["member_state"],
        "batch": str(row["batch"]) if unit.sight is Sight.FULL else None,
        "measures": measures,
        "events": events,
    }


def happened(row: asyncpg.Record, sight: Sight) -> dict[str, Any]:
    """One event as the asker may see it."""
    details = row["details"]
    event = {
        "event": row["event"],
        "kind": row["kind"],
        "occurred_at": row["occurred_at"],
        "recorded_at": row["recorded_at"],
        "member_state": row["participant_state"],
        "status": row["status"],
        "state_of_turnover": row["turnover_state"],
        "blocked": row["blocked"],
        "lot": lot(row),
    }
    if sight is Sight.FULL:
        event |= {
            "participant": party(row, "participant"),
            "holder": party(row, "holder"),
            "documents": details.get("documents"),
            "place": details.get("place"),
        }
    return event


async def standing(
    database: Database,
    raw: str,
    *,
    actor: Actor | None,
    keyring: Keyring,
    as_of: datetime | None = None,
) -> dict[str, Any]:
    """How one unit stands now, or as the registry had it recorded at a past moment."""
    now = datetime.now(UTC)
    as_of = min(as_of, now) if as_of else None  # what is to come is not recorded yet
    async with database.reading() as connection:
        unit = await locate(connection, raw, actor=actor, keyring=keyring)
        row = unit.row
        walked = await store.walk_back(
            connection, row["series_id"], row["number"], row["event_id"], as_of
        )
    return {
        **named(unit.reading),
        "as_of": as_of or now,
        "standing": happened(walked[0], unit.sight) if walked else None,
    }
