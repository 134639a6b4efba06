"""What the lines of a call name, which of them are looked at, and what is told of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np

from domain.catalogue.groups import catalogue
from domain.errors import Refusal
from domain.findings.rules import Finding, Sale, Stood
from domain.participants.actor import Actor
from domain.receipts.rules import Outcome, Receipt
from domain.receipts.selling import Before
from domain.recognition.units import Units, Verdict
from domain.registry.packages import BatchFacts
from domain.registry.spans import Place
from domain.vocabulary import UnitStatus


class Call(NamedTuple):
    """The receipts of a call, and what their items name, line by line.

    `starts` are the receipts' first lines, with the end; a line that names no unit has no place.
    `refused` are the receipts that no till can have printed.
    """

    receipts: Sequence[Receipt]
    digests: list[bytes]
    starts: list[int]
    units: Units
    places: list[Place | None]
    refused: Mapping[int, Refusal]

    def lines(self, receipt: int) -> range:
        return range(self.starts[receipt], self.starts[receipt + 1])

    def groups(self, receipt: int) -> dict[int, str]:
        """The product groups of the receipt's units of which it names a share, by their places."""
        labelled, start = self.units.labelled, self.starts[receipt]
        return {
            at: group_of(labelled.labels[int(labelled.batches[start + at])].template)
            for at, item in enumerate(self.receipts[receipt].items)
            if item.share and self.places[start + at]
        }


def group_of(template: str) -> str:
    return catalogue().templates[template].product_group


class Line(NamedTuple):
    """An item of a receipt that names a unit: its line in the call, and how the unit stood."""

    receipt: int
    line: int
    event_id: int
    before: Before


def is_plain(line: Line, receipt: Receipt, actor: Actor, since: datetime) -> bool:
    """Whether nothing but its expiry date can be wrong with the sale of this unit.

    `since` is when the last happened that touched it. Nearly all sales are so.
    """
    before = line.before
    standing = before.span.standing
    return (
        standing.status is UnitStatus.IN_CIRCULATION
        and standing.parent_id is None
        and before.custody.transfer_id is None
        and before.custody.holder_id == actor.id
        and not before.is_blocked
        and not before.is_oversold
        and since <= receipt.issued_at
    )


def may_be_expired(expires_on: date | None, receipt: Receipt) -> bool:
    return expires_on is not None and receipt.issued_at.date() > expires_on


def sale_of(receipt: Receipt, event_id: int | None, actor: Actor) -> Sale:
    """The receipt as the rules that look for fraud know it."""
    return Sale(actor.id, actor.member_state, *receipt[:2], receipt.issued_at, event_id)


def stood(line: Line, code: str, facts: BatchFacts, expires_on: date | None) -> Stood:
    """The unit as the rules that look for fraud know it."""
    before = line.before
    return Stood(
        *before.place,
        code,
        facts.gtin,
        facts.member_state,
        before.span.standing.status,
        before.custody.holder_id,
        before.custody.turnover_state,
        before.span.event_id,
        around=before.around,
        in_transfer=before.custody.transfer_id is not None,
        blocked=before.is_blocked,
        expires_on=expires_on,
    )


def told_of(lines: Iterable[Line], units: Units, actor: Actor, *, tells: bool) -> set[int]:
    """The lines of whose units the seller may know how they stood.

    Those that it held; and where it `tells`, those whose verification code was shown and is right.
    """
    checked = units.checked.tolist()
    return {
        line.line
        for line in lines
        if line.before.custody.holder_id == actor.id or (tells and checked[line.line])
    }


def guesses(lines: Iterable[Line], units: Units, actor: Actor) -> int:
    """How many verification codes were wrong for units that the seller does not hold."""
    wrong = set(np.flatnonzero(units.has(Verdict.NOT_GENUINE)).tolist())
    return sum(
        line.line in wrong and line.before.custody.holder_id != actor.id
        for line in (lines if wrong else ())
    )


# What is told


class Nameless(NamedTuple):
    """The lines of new receipts that name no unit."""

    lines: list[tuple[int, int]]  # receipt, line
    codes: dict[int, str]  # by line: what of it may be told again
    never_issued: dict[int, tuple[str, str]]  # by line: GTIN and serial, where they could be read


def nameless(call: Call, fresh: Iterable[int]) -> Nameless:
    """What names no unit: it cannot be read, can be read in two ways, or was never issued."""
    lines = [(at, line) for at in fresh for line in call.lines(at) if not call.places[line]]
    if not lines:
        return Nameless([], {}, {})
    units, codes = call.units, call.units.codes()
    asked = {line for _, line in lines}
    unknown = asked.intersection(np.flatnonzero(units.has(Verdict.UNKNOWN)).tolist())
    never = {
        row: (gtin, serial.tobytes().decode())
        for rows, gtin, serials in units.named
        for row, serial in zip(rows.tolist(), serials, strict=True)
        if row in unknown
    }
    shown = {line: codes.get(line) or units.texts.begun(line) for line in asked}
    return Nameless(lines, shown, never)


class Answer(NamedTuple):
    """What is told of a recorded receipt."""

    units: int
    findings: list[dict[str, Any]]
    not_recognised: list[str]

    @property
    def kept(self) -> dict[str, Any]:
        """As it is stored: what is not there takes no room."""
        told = self._asdict()
        return {name: value for name, value in told.items() if value or name == "units"}


def answers(
    fresh: Iterable[int],
    lines: Iterable[Line],
    found: Iterable[Finding],
    without: Nameless,
    told: set[int],
) -> dict[int, Answer]:
    """What is told of the new receipts; of lines that are not `told`, only that they are known."""
    result = {at: Answer(0, [], []) for at in fresh}
    known: dict[tuple[int | None, int | None, int | None], int] = {}
    for line in lines:
        before, is_told = result[line.receipt], line.line in told
        units = line.before.units if is_told else 1
        result[line.receipt] = before._replace(units=before.units + units)
        if is_told:
            known[line.event_id, *line.before.place] = line.receipt
    for one in found:
        at = known.get((one.event_id, one.series_id, one.number))
        if at is not None:
            result[at].findings.append({"rule": one.rule.value, "code": one.facts["code"]})
    for number, at_line in without.lines:
        result[number].not_recognised.append(without.codes[at_line])
    return result


def told(
    receipt: Receipt,
    outcome: Outcome,
    event_id: int | None,
    kept: Mapping[str, Any],
    refused: Refusal | None,
) -> dict[str, Any]:
    """What a call is told of a receipt; `kept` is what was stored of it."""
    answer: dict[str, Any] = {
        "till": receipt.till,
        "fiscal_document": receipt.fiscal_document,
        "outcome": outcome.value,
    }
    if outcome is Outcome.REFUSED and refused:
        return {**answer, "refused": refusal(refused)}
    if outcome is Outcome.CONFLICT:
        return {**answer, "event": event_id}
    return {**answer, "event": event_id, "findings": [], "not_recognised": [], **kept}


def refusal(refused: Refusal) -> dict[str, Any]:
    """Why a receipt was refused alone, in the words of a problem document."""
    return {
        "type": f"/problems/{refused.slug}",
        "title": refused.title,
        "advice": refused.advice,
        **refused.facts,
    }


def kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """A receipt as it is listed; one that named no unit has no event."""
    told = {name: row[name] for name in row.keys() if name != "answer"}  # noqa: SIM118 (a record)
    return {**told, "findings": [], "not_recognised": [], **row["answer"]}
