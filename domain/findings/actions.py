"""Looking for fraud: receipts and scans judged as they come in, and the list for inspectors."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import numpy as np

from domain.codes.rules import check_occurred
from domain.database import Database, driver
from domain.errors import RoleMissing
from domain.errors_of_custody import UnknownFinding
from domain.findings import counts, rules, store
from domain.findings.counts import Guesses, NeverIssued
from domain.findings.rules import By, Finding, Happened, InHand, Sale, Scan, Stood, Told
from domain.findings.store import Place
from domain.findings.thresholds import rule_cards, threshold
from domain.participants.actor import Actor
from domain.recognition.units import Units
from domain.registry.packages import Custody, custody
from domain.registry.reading import covering_spans, custodians
from domain.registry.spans import Run, Span
from domain.standards.member_state import MemberState
from domain.vocabulary import FindingRule, Role, UnitStatus

MOST_CHAINS = 1_000  # of one call: a chain of custody is walked for each
SOLD = "sold"  # beside the verdicts: a receipt named this serial

# Receipts


async def judge_sales(
    connection: asyncpg.Connection, sales: Sequence[tuple[Sale, Stood]]
) -> list[Finding]:
    """What looks wrong in these sales, given how each unit stood before its receipt."""
    ids = {event for _, unit in sales for event in (unit.event_id, *unit.around)}
    events = await store.events_of(connection, ids)
    again = [at for at, (_, unit) in enumerate(sales) if unit.status is UnitStatus.WITHDRAWN]
    strange = [
        at for at, (sale, unit) in enumerate(sales) if unit.holder_id not in {sale.seller_id, None}
    ]
    units = [unit for _, unit in sales]
    before = await last_sales(connection, units, again)
    known = await custody_known(connection, units, [sale.seller_id for sale, _ in sales], strange)
    found: list[Finding] = []
    for at, (sale, unit) in enumerate(sales):
        past = [events[event] for event in (unit.event_id, *unit.around) if event in events]
        handled = max(past, key=lambda one: one.event_id, default=None)
        found += rules.judge_sale(
            sale, unit, sold=before.get(at), handled=handled, was_held=at in known
        )
    return found


async def last_sales(
    connection: asyncpg.Connection, units: Sequence[Stood], asked: Sequence[int]
) -> dict[int, Happened]:
    """The sales before of the units at these positions, by position."""
    places = [units[at][:2] for at in asked]
    found = await store.last_sales(connection, places, [units[at].event_id for at in asked])
    return {asked[at]: sold for at, sold in found.items()}


async def custody_known(
    connection: asyncpg.Connection,
    units: Sequence[Stood],
    participants: Sequence[int],
    asked: Sequence[int],
) -> set[int]:
    """The positions where nothing speaks for a gap: the participant had custody, or none looked."""
    looked_at = asked[:MOST_CHAINS]
    found = await store.had_custody(
        connection,
        [units[at][:2] for at in looked_at],
        [units[at].event_id for at in looked_at],
        [participants[at] for at in looked_at],
    )
    return set(range(len(units))) - set(looked_at) | {looked_at[at] for at in found}


async def judge_never_issued(
    connection: asyncpg.Connection, named: Sequence[tuple[Sale, str, str]], *, seller: Actor
) -> list[Finding]:
    """Keep what a seller's receipts name and was never issued (GTIN, serial), and judge how much.

    Holds each GTIN until the transaction ends: call it once, after every other lock.
    """
    owners = await store.owners_of(connection, {gtin for _, gtin, _ in named})
    scans: dict[str, list[Scan]] = defaultdict(list)
    last: dict[str, Sale] = {}
    for sale, gtin, serial in named:
        if gtin in owners:
            told = Told(place=sale.till)
            scans[gtin].append(Scan(gtin, serial, SOLD, told, sale.issued_at, seller))
            last[gtin] = sale
    await store.hold(connection, scans)
    found = []
    for gtin in sorted(scans):  # a handful: GTINs, not codes
        ids, at = await store.add_scans(connection, [(scan, None) for scan in scans[gtin]])
        days = threshold(FindingRule.VOLUME_ABOVE_ISSUED)["window_days"]
        since = counts.window(at, timedelta(days=days))
        now, before, examples = await store.count_serials(
            connection, gtin, since, SOLD, seller.id, ids
        )
        issued = await store.issued(connection, gtin)
        sold = NeverIssued(gtin, owners[gtin], since, now, before, issued, tuple(examples))
        finding = counts.judge_volume(sold, last[gtin])
        found += [finding] if finding else []
    return found


async def add(connection: asyncpg.Connection, findings: Iterable[Finding]) -> None:
    """Keep these findings in the transaction that made them."""
    await store.add(connection, findings)


# Goods in hand


def named_in(units: Units) -> list[tuple[int, int, str]]:
    """The units (series, number, code) that scans name; a wrong verification code names none."""
    codes = units.codes()
    rows = np.flatnonzero((units.verdict == 0) & (units.series >= 0)).tolist()
    return [(int(units.series[row]), int(units.number[row]), codes[row]) for row in rows]


async def judge_delivery(
    connection: asyncpg.Connection, units: Sequence[tuple[int, int, str]], seen: InHand
) -> list[Finding]:
    """What looks wrong in these units (series, number, code) that somebody found in a delivery."""
    stood = await as_they_stand(connection, list(dict.fromkeys(units)))
    return await judge_in_hand(connection, stood, seen)


async def judge_in_hand(
    connection: asyncpg.Connection, units: Sequence[Stood], seen: InHand
) -> list[Finding]:
    if seen.by is None:
        return []
    again = [at for at, unit in enumerate(units) if unit.status is UnitStatus.WITHDRAWN]
    strange = [at for at, unit in enumerate(units) if unit.holder_id != seen.by.id]
    before = await last_sales(connection, units, again)
    known = await custody_known(connection, units, [seen.by.id] * len(units), strange)
    return [
        finding
        for at, unit in enumerate(units)
        for finding in rules.judge_in_hand(seen, unit, sold=before.get(at), was_held=at in known)
    ]


async def as_they_stand(
    connection: asyncpg.Connection, units: Sequence[tuple[int, int, str]]
) -> list[Stood]:
    """How these units (series, number, code) stand now; what was never issued is left out."""
    spans = await covering_spans(
        connection, sorted({Run(series, number, number) for series, number, _ in units})
    )
    series = await store.series_of(connection, {span.series_id for span in spans})
    around = await custodians(connection, {span.standing.parent_id for span in spans})
    held: dict[int, list[tuple[Span, Custody]]] = defaultdict(list)
    for span in spans:
        parent = span.standing.parent_id
        who = custody(span.standing) if parent is None else around[parent].custody
        held[span.series_id].append((span, who))
    transfers = {who.transfer_id for found in held.values() for _, who in found if who.transfer_id}
    receivers = await store.receivers_of(connection, transfers)
    return [
        stood(code, number, *series[series_id], span, who, receivers)
        for series_id, number, code in units
        for span, who in held[series_id]
        if span.first <= number <= span.last
    ]


def stood(  # noqa: PLR0913, PLR0917 (all that is known of it)
    code: str,
    number: int,
    gtin: str,
    issued_in: MemberState,
    span: Span,
    who: Custody,
    receivers: Mapping[int, int],
) -> Stood:
    transfer = who.transfer_id
    return Stood(
        span.series_id,
        number,
        code,
        gtin,
        issued_in,
        span.standing.status,
        who.holder_id,
        who.turnover_state,
        span.event_id,
        in_transfer=transfer is not None,
        offered_to=None if transfer is None else receivers.get(transfer),
    )


# Scans


async def note_scan(  # noqa: PLR0913 (all that is told of it)
    database: Database,
    *,
    unit: Place | None,
    gtin: str | None,
    serial: str | None,
    verdict: str,
    told: Told,
    actor: Actor | None,
) -> None:
    """Record a scan whose owner agreed to it, and judge it.

    `unit` is what the code names, also where the verdict does not say so; None: never issued.
    """
    now = datetime.now(UTC)
    check_occurred(told.scanned_at, now)
    scan = Scan(gtin, serial, verdict, told, told.scanned_at or now, actor)
    async with database.transaction(actor.id if actor else None) as session:
        connection = await driver(session)
        if unit:
            await store.hold(connection, [f"{unit[0]}:{unit[1]}"])
        elif gtin:
            await store.hold(connection, [gtin])
        ids, recorded_at = await store.add_scans(connection, [(scan, unit)])
        found: list[Finding] = []
        if unit and verdict not in rules.OPEN:
            found = await judge_scan(connection, scan, ids[0], unit)
        elif unit is None and scan.is_guess:
            found = await judge_guess(connection, scan, ids, recorded_at)
        await store.add(connection, found)


async def judge_scan(
    connection: asyncpg.Connection, scan: Scan, scan_id: int, place: Place
) -> list[Finding]:
    """What looks wrong in that this unit was seen there, then, by this participant."""
    actor = scan.actor
    by = By(actor.member_state, actor.id) if actor else By(None, None)
    units = await as_they_stand(connection, [(*place, scan.code)])
    seen = InHand("scanned", scan.scanned_at, by.state, actor)
    in_hand = await judge_in_hand(connection, units, seen)
    if actor and in_hand:
        told = await store.told_before(connection, place, actor.id)
        in_hand = [finding for finding in in_hand if finding.rule not in told]
    here = scan.sight(scan_id)
    if here is None:
        return in_hand
    others = await store.neighbours(connection, place, scan_id, scan.scanned_at)
    journeys = [rules.judge_travel(unit, here, other, by) for unit in units for other in others]
    return [*in_hand, *(finding for finding in journeys if finding)]


async def judge_guess(
    connection: asyncpg.Connection, scan: Scan, added: Sequence[int], recorded_at: datetime
) -> list[Finding]:
    """Whether one more serial that was never issued makes a client, or a GTIN, suspicious."""
    gtin = scan.gtin or ""
    owners = await store.owners_of(connection, [gtin])
    if gtin not in owners:
        return []
    length = timedelta(minutes=threshold(FindingRule.GUESSING)["window_minutes"])
    since = counts.window(recorded_at, length)
    counted = (gtin, since, rules.NOT_CONFIRMED)
    by_all, by_all_before, _ = await store.count_serials(connection, *counted, None, added)
    by_client = by_client_before = 0
    if scan.actor:
        by_client, by_client_before, _ = await store.count_serials(
            connection, *counted, scan.actor.id, added
        )
    guesses = Guesses(gtin, owners[gtin], since, by_all, by_all_before, by_client, by_client_before)
    return counts.judge_guesses(guesses, actor=scan.actor)


# The list


async def listed(
    database: Database, after: int | None, rule: FindingRule | None, limit: int, *, actor: Actor
) -> list[dict[str, Any]]:
    """A page of the findings that concern the overseer's member state, the newest first."""
    check_overseer(actor)
    async with database.reading() as connection:
        rows = await store.listed(connection, actor.member_state, after, rule, limit)
        return await told_of(connection, rows)


async def read(database: Database, finding: int, *, actor: Actor) -> dict[str, Any]:
    """One finding that concerns the overseer's member state."""
    check_overseer(actor)
    async with database.reading() as connection:
        row = await store.find(connection, actor.member_state, finding)
        if row is None:
            raise UnknownFinding(finding)
        return (await told_of(connection, [row]))[0]


def check_overseer(actor: Actor) -> None:
    if not rules.OVERSEERS & actor.roles:
        raise RoleMissing(Role.INSPECTOR.value)


async def told_of(
    connection: asyncpg.Connection, rows: Sequence[asyncpg.Record]
) -> list[dict[str, Any]]:
    """Findings as they are answered: participants by their names, rules in words."""
    named = {row["facts"].get(party) for row in rows for party in rules.PARTIES} - {None}
    names = await store.names_of(connection, named)
    cards = rule_cards()
    return [
        {
            "finding": row["id"],
            "rule": row["rule"],
            "sentence": cards[FindingRule(row["rule"])].says,
            "advice": cards[FindingRule(row["rule"])].advice,
            "member_state": row["member_state"],
            "recorded_at": row["recorded_at"],
            "gtin": row["gtin"],
            "code": row["facts"].get("code"),
            "event": row["event_id"],
            "participant": participant(row),
            "facts": facts(row["facts"], names),
            "threshold": row["threshold"],
        }
        for row in rows
    ]


def participant(row: asyncpg.Record) -> dict[str, Any] | None:
    if row["participant"] is None:
        return None
    return {
        "name": row["participant"],
        "participant": row["participant_uuid"],
        "member_state": row["participant_state"],
    }


def facts(kept: Mapping[str, Any], names: Mapping[int, asyncpg.Record]) -> dict[str, Any]:
    """The facts without the code, which stands beside them, and with names for numbers."""
    told = {name: value for name, value in kept.items() if name != "code"}
    for party in rules.PARTIES:
        if (who := names.get(kept.get(party, 0))) is not None:
            told[party] = {
                "name": who["name"],
                "participant": str(who["uuid"]),
                "member_state": who["member_state"],
            }
    return told
