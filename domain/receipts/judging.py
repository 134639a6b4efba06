"""Which units on receipts are looked at, and what is told of them to whom. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from domain.codes.orders import LabelOfBatch
from domain.errors import Refusal
from domain.findings.rules import HANDLING, Finding, Happened, Sale, Stood
from domain.loose.alike import Alike, Asked, Integers
from domain.participants.actor import Actor
from domain.receipts.calls import Call, Nameless
from domain.receipts.rules import Outcome, Receipt
from domain.receipts.selling import Before
from domain.recognition.units import Units, Verdict
from domain.registry.packages import custody
from domain.registry.spans import Span, Standing
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Line(NamedTuple):
    """An item of a receipt that names a unit: its line in the call, and how the unit stood."""

    receipt: int
    line: int
    event_id: int
    before: Before


class Plain(NamedTuple):
    """Sales of which only dates can be wrong: `event_of` has the event of each unit asked for."""

    asked: Asked
    apart: Sequence[Alike]
    event_of: Integers


class Dates(NamedTuple):
    """When lots expire, and what happened last to units before they were sold."""

    expiries: Mapping[int | None, date | None]
    last: Mapping[int, Happened]

    def last_day(self, lot_id: int | None) -> int:
        """The day until which goods of the lot are good; all days to come, if none was told."""
        return (self.expiries.get(lot_id) or date.max).toordinal()

    def handled(self, event_id: int) -> datetime:
        """When goods were handled as stock under this event; long ago, if they were not."""
        event = self.last[event_id]
        return event.occurred_at if event.kind in HANDLING else BEGINNING


def is_plain(standing: Standing, actor: Actor) -> bool:
    """Whether nothing but dates can be wrong with the sale of loose units that stand like this."""
    return (
        standing.status is UnitStatus.IN_CIRCULATION
        and standing.parent_id is None
        and standing.transfer_id is None
        and standing.holder_id == actor.id
        and standing.whole_parts is None
        and not standing.blocked
    )


def moment(at: datetime) -> int:
    """Microseconds: what can be compared by the array."""
    return (at - BEGINNING) // timedelta(microseconds=1)


def doubtful(call: Call, plain: Plain, dates: Dates) -> list[Line]:
    """The plain sales of goods past expiry, or handled as stock after they were sold."""
    asked, apart, event_of = plain
    counts = [len(alike.rows) for alike in apart]
    rows, since = (np.concatenate([alike[column] for alike in apart]) for column in (1, 4))
    receipts = call.receipt_of[asked.lines[rows]]
    days = np.array([one.issued_at.date().toordinal() for one in call.receipts])
    moments = np.array([moment(one.issued_at) for one in call.receipts])
    last_days = np.repeat([dates.last_day(alike.standing.lot_id) for alike in apart], counts)
    distinct, nth = np.unique(since, return_inverse=True)
    handled = np.array([moment(dates.handled(one)) for one in distinct.tolist()])[nth]
    wrong = np.flatnonzero((days[receipts] > last_days) | (handled > moments[receipts]))
    standings = np.repeat(np.arange(len(apart)), counts)
    found = []
    for at in wrong.tolist():
        line = int(asked.lines[rows[at]])
        series, number = call.place(line)
        standing = apart[int(standings[at])].standing
        span = Span(series, number, number, int(since[at]), standing)
        before = Before(span, custody(standing), is_blocked=False)
        found.append(Line(int(receipts[at]), line, int(event_of[rows[at]]), before))
    return found


def sale_of(receipt: Receipt, event_id: int | None, actor: Actor) -> Sale:
    """The receipt as the rules that look for fraud know it."""
    return Sale(actor.id, actor.member_state, *receipt[:2], receipt.issued_at, event_id)


def stood(line: Line, code: str, label: LabelOfBatch, expires_on: date | None) -> Stood:
    """The unit as the rules that look for fraud know it."""
    before = line.before
    return Stood(
        *before.place,
        code,
        label.gtin,
        MemberState(label.member_state),
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


class Answer(NamedTuple):
    """What is told of a recorded receipt."""

    units: int
    findings: list[dict[str, Any]]
    not_recognised: list[str]

    @property
    def kept(self) -> dict[str, Any]:
        """As it is stored and told: what is not there takes no room."""
        if not self.findings and not self.not_recognised:
            return {"units": self.units}
        return self._asdict()


def answers(
    fresh: Iterable[int], counted: Mapping[int, int], without: Nameless
) -> dict[int, Answer]:
    """What is told of the new receipts: how many units they named, and what named none."""
    result = {at: Answer(counted[at], [], []) for at in fresh}
    for number, line in without.lines:
        result[number].not_recognised.append(without.codes[line])
    return result


def tell(answers: Mapping[int, Answer], lines: Iterable[Line], found: Iterable[Finding]) -> None:
    """Tell what was found on these lines."""
    known = {(line.event_id, *line.before.place): line.receipt for line in lines}
    for one in found:
        at = known.get((one.event_id or 0, one.series_id or 0, one.number or 0))
        if at is not None:
            answers[at].findings.append({"rule": one.rule.value, "code": one.facts["code"]})


def counted(call: Call, plain: Plain, lines: Iterable[Line], told: set[int]) -> dict[int, int]:
    """How many units each receipt named: a pack counts with its contents, if they may be told."""
    rows = [alike.rows for alike in plain.apart]
    alone = np.concatenate(rows) if rows else np.empty(0, np.int64)
    counts = np.bincount(call.receipt_of[plain.asked.lines[alone]], minlength=len(call.receipts))
    for line in lines:
        counts[line.receipt] += line.before.units if line.line in told else 1
    return dict(enumerate(counts.tolist()))


def told(
    outcome: Outcome, event_id: int | None, kept: Mapping[str, Any], refused: Refusal | None
) -> dict[str, Any]:
    """What a call is told of a receipt; `kept` is what was stored of it.

    A call of a thousand is kept, too: of what was recorded, no more than must be.
    """
    if outcome is Outcome.RECORDED:
        return {"event": event_id, **kept}
    if outcome is Outcome.REFUSED and refused:
        return {"outcome": outcome.value, "refused": refusal(refused)}
    if outcome is Outcome.CONFLICT:
        return {"outcome": outcome.value, "event": event_id}
    return {"outcome": outcome.value, "event": event_id, **kept}


def answer(receipts: Iterable[Receipt], told: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a call is told of its receipts, each named."""
    return [
        {
            "till": receipt.till,
            "fiscal_document": receipt.fiscal_document,
            "outcome": Outcome.RECORDED.value,
            **one,
        }
        for receipt, one in zip(receipts, told, strict=True)
    ]


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
    return {**told, **row["answer"]}
