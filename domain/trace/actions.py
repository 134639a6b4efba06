"""Answers: is it genuine and may it be sold, what happened to it, how does or did it stand."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import numpy as np

from domain.database import Database
from domain.findings.actions import note_scan
from domain.findings.rules import Told
from domain.keys.keyring import Keyring
from domain.naming.actions import codes_of
from domain.participants.actor import Actor
from domain.recognition import actions as recognition
from domain.recognition.units import Texts, Units, Verdict
from domain.standards.member_state import MemberState
from domain.trace import goods, reading, store, telling
from domain.trace.goods import Found, Past, Scanned
from domain.trace.matters import Purpose
from domain.trace.reading import Whereabouts
from domain.trace.rules import Outcome, Sight
from domain.trace.telling import Teller, named, told
from domain.trace.timeline import Place, Stood, in_order


async def verify(  # noqa: PLR0913 (a scan, who asks, and what for)
    database: Database,
    raw: str,
    *,
    actor: Actor | None,
    keyring: Keyring,
    deadline: float | None = None,
    state: MemberState | None = None,
    scan: Told | None = None,
) -> dict[str, Any]:
    """The verdict on one scan; after `deadline` seconds *not decided*, rather than late.

    `state` is where something is to be done with the goods. `scan` is recorded, if there is one.
    """
    found = None
    try:
        async with asyncio.timeout(deadline), database.reading() as connection:
            found = await goods.scanned(connection, raw, actor=actor, keyring=keyring)
            answer = await verdict(connection, found, actor=actor, state=state)
    except TimeoutError:
        answer = told(Outcome.NOT_DECIDED)
    if scan:
        await note(database, found, answer, scan, actor=actor)
    return answer


async def note(
    database: Database,
    found: Scanned | None,
    answer: Mapping[str, Any],
    scan: Told,
    *,
    actor: Actor | None,
) -> None:
    """Record a scan, as somebody wished who made it; what cannot be read names nothing."""
    readings = found.intake.readings if found else ()
    await note_scan(
        database,
        unit=found.place if found else None,
        gtin=readings[0].gtin if readings else None,
        serial=readings[0].serial if readings else None,
        verdict=answer["verdict"],
        told=scan,
        actor=actor,
    )


async def verdict(
    connection: asyncpg.Connection,
    found: Scanned,
    *,
    actor: Actor | None,
    state: MemberState | None,
) -> dict[str, Any]:
    """What a scan says, whether it is genuine, how the goods stand, what may be done with them."""
    intake, seen = found.intake, found.seen
    if len(seen) == 1:
        return await confirmed(connection, seen[0], actor=actor, state=state)
    if len(seen) > 1:
        readings = [unit.reading.identification_code for unit in seen]
        return told(Outcome.AMBIGUOUS, readings=readings)
    if intake.sscc:
        return told(Outcome.NOT_CONFIRMED, sscc=intake.sscc.sscc, repairs=list(intake.sscc.repairs))
    if not intake.readings:
        return told(Outcome.UNREADABLE, problem=intake.problem, detail=intake.detail)
    cards = await store.find_cards(connection, [one.gtin for one in intake.readings])
    first = intake.readings[0]
    card = telling.card(cards.get(first.gtin))
    return told(Outcome.NOT_CONFIRMED, **named(first), product=card)


async def confirmed(
    connection: asyncpg.Connection,
    unit: Found,
    *,
    actor: Actor | None,
    state: MemberState | None,
) -> dict[str, Any]:
    """The verdict on a unit that the asker may see."""
    today = datetime.now(UTC).date()
    matter = await goods.matter(connection, unit, actor=actor, state=state, today=today)
    return telling.confirmed(
        unit.reading,
        unit.row,
        unit.custody,
        matter,
        unit.facts,
        today=today,
        is_full=unit.sight is Sight.FULL,
    )


async def verify_many(
    database: Database,
    codes: Sequence[str],
    *,
    actor: Actor | None,
    keyring: Keyring,
    state: MemberState | None = None,
) -> list[dict[str, Any]]:
    """The verdicts on many scans, in their order, each in a word, with the reasons in a word too."""
    async with database.reading() as connection:
        units = await recognition.recognise(connection, Texts.of_list(codes), keyring)
        return await verdicts(connection, units, actor=actor, state=state)


async def verdicts(
    connection: asyncpg.Connection,
    units: Units,
    *,
    actor: Actor | None,
    state: MemberState | None = None,
) -> list[dict[str, Any]]:
    """A verdict for each line; ambiguous is what names several units that the asker may see."""
    cases = await goods.cases(connection, units)
    briefs = await goods.briefs(connection, cases, actor=actor, state=state)
    named = units.codes()
    unreadable = set(np.flatnonzero(units.has(Verdict.UNREADABLE)).tolist())
    answers = []
    for line in range(len(units.verdict)):
        seen = [told for at in cases.of_lines.get(line, ()) if (told := briefs[at])]
        if len(seen) == 1:
            answer = seen[0]
        elif seen:
            answer = PLAIN[Outcome.AMBIGUOUS]
        else:
            answer = PLAIN[Outcome.UNREADABLE if line in unreadable else Outcome.NOT_CONFIRMED]
        answers.append({"code": named.get(line), **answer})
    return answers


# What is told of a line that names no unit, or no one unit, that the asker may see.
PLAIN: Mapping[Outcome, dict[str, Any]] = {
    outcome: {"verdict": outcome, "purposes": {purpose.value: [outcome] for purpose in Purpose}}
    for outcome in (Outcome.UNREADABLE, Outcome.AMBIGUOUS, Outcome.NOT_CONFIRMED)
}


async def history(
    database: Database,
    raw: str,
    *,
    actor: Actor | None,
    keyring: Keyring,
    occurred: bool = False,
) -> dict[str, Any]:
    """Every event of a unit, of its other codes, and of the packages around it while it was inside.

    In the order of the records, or of when they `occurred`.
    """
    async with database.reading() as connection:
        past = await goods.follow(connection, raw, actor=actor, keyring=keyring)
        if past.beside.is_linked:
            past = await goods.with_links(connection, past)
        codes = await names(connection, past, keyring)
    unit, timeline = past.unit, past.timeline
    teller = Teller(past.beside.people, codes, sight=unit.sight, actor=actor)
    events = [teller.happened(touched, timeline.stood_at(touched)) for touched in timeline.events()]
    return {
        **named(unit.reading),
        "product": telling.card(unit.row),
        "issued_in": unit.row["member_state"],
        "batch": str(unit.row["batch"]) if unit.sight is Sight.FULL else None,
        "measures": past.beside.measures,
        "events": in_order(events, occurred=occurred),
    }


async def names(connection: asyncpg.Connection, past: Past, keyring: Keyring) -> dict[Place, str]:
    """The codes of a unit, of what it was marked with before and since, and of packs around it."""
    own = past.unit.place
    others = [place for place in past.timeline.places if place != own]
    code = past.unit.reading.identification_code
    return {own: code, **await codes_of(connection, keyring, others)}


async def standing(
    database: Database,
    raw: str,
    *,
    actor: Actor | None,
    keyring: Keyring,
    as_of: datetime | None = None,
) -> dict[str, Any]:
    """How one unit stands now, or as the registry had it recorded at a past moment.

    Deadlines that had passed by then count as they did for who asked then.
    """
    now = datetime.now(UTC)
    moment = min(as_of, now) if as_of else now  # what is to come is not recorded yet
    async with database.reading() as connection:
        past = await goods.follow(connection, raw, actor=actor, keyring=keyring)
        codes = await names(connection, past, keyring)
        unit, touched = past.unit, past.timeline.last_by(moment)
        stood = past.timeline.stood(unit.place, touched.row["event"]) if touched else None
        if touched is None or stood is None:
            return {**named(unit.reading), "as_of": moment, "standing": None}
        blocks = await reading.blocks_then(connection, moment, whereabouts(unit, stood))
    teller = Teller(past.beside.people, codes, sight=unit.sight, actor=actor)
    at_moment = telling.as_at(teller.happened(touched, stood), stood, blocks, moment)
    return {**named(unit.reading), "as_of": moment, "standing": at_moment}


def whereabouts(unit: Found, stood: Stood) -> Whereabouts:
    """What blocks of that moment are matched against."""
    packs = [(row["series_id"], row["number"]) for row in stood.around if row["series_id"]]
    return Whereabouts(
        unit.row["batch_id"],
        stood.unit["lot_id"],
        unit.row["gtin"],
        unit.row["product_group"],
        stood.root["turnover_state"],
        [row["package_id"] for row in stood.around],
        [unit.place, *packs],
    )
