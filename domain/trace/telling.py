"""What is told of units and events, and how much of it to whom."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.codes.readings import Reading
from domain.participants.actor import Actor
from domain.trace import purposes, rules
from domain.trace.matters import Matter
from domain.trace.rules import ADVICE, Check, Facts, Outcome, Sight
from domain.trace.timeline import Place, Stood, Touched

Row = Mapping[str, Any]


def told(
    outcome: Outcome,
    *,
    checks: Sequence[Check] = (),
    genuine: bool | None = True,
    allowed: Mapping[str, dict[str, Any]] | None = None,
    **more: object,
) -> dict[str, Any]:
    """A verdict with its steps; `allowed` tells what may be done with the goods."""
    sentence = rules.sentence(outcome, genuine=genuine)
    steps = [
        {"step": at, "name": one.name, "passed": one.passed, "sentence": one.sentence}
        for at, one in enumerate(checks, 1)
    ]
    return {
        "verdict": outcome,
        "sentence": sentence,
        "advice": ADVICE[outcome],
        "checks": steps,
        "purposes": allowed or purposes.undecided(outcome, sentence),
        **more,
    }


def confirmed(  # noqa: PLR0913 (everything meets here)
    reading: Reading,
    row: Row,
    custody: Row,
    matter: Matter,
    facts: Facts,
    *,
    today: date,
    is_full: bool,
) -> dict[str, Any]:
    """The verdict on a unit that the asker may see; `custody` has who holds it, and where."""
    answer = told(
        rules.outcome(facts, today=today),
        checks=rules.checks(facts, today=today),
        genuine=facts.genuine,
        allowed=purposes.purposes(matter),
        **named(reading),
        product=card(row),
        issued_in=row["member_state"],
        status=row["status"],
        since=row["occurred_at"].isoformat(),
        state_of_turnover=custody["turnover_state"],
        lot=lot(row),
    )
    if row["whole_parts"] is not None:
        answer["remaining"] = {"parts": row["remaining_parts"], "of": row["whole_parts"]}
    if is_full:
        answer |= {
            "batch": str(row["batch"]),
            "ordinal": row["ordinal"],
            "holder": party(custody, "holder"),
            "event": row["event_id"],
        }
    return answer


def named(reading: Reading) -> dict[str, Any]:
    return {
        "code": reading.identification_code,
        "gtin": reading.gtin,
        "serial": reading.serial,
        "repairs": list(reading.repairs),
    }


def card(row: Row | None) -> dict[str, Any] | None:
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


def lot(row: Row) -> dict[str, Any] | None:
    told_of = {name: row[name] for name in ("lot_number", "produced_on", "expires_on")}
    return told_of if any(told_of.values()) else None


def party(row: Row, role: str) -> dict[str, Any] | None:
    if row[role] is None:
        return None
    return {
        "name": row[role],
        "participant": str(row[f"{role}_uuid"]),
        "member_state": row[f"{role}_state"],
    }


class Teller:
    """Tells the events of a unit to an asker; what many events have in common is put once.

    `people` are participants by number, `codes` those of coded packs and of the unit's other codes.
    """

    def __init__(
        self,
        people: Mapping[int, Row],
        codes: Mapping[Place, str],
        *,
        sight: Sight,
        actor: Actor | None,
    ) -> None:
        self.codes = codes
        self.is_full = sight is Sight.FULL
        self.actor_id = actor.id if actor else None
        self.parties = {number: named_party(row) for number, row in people.items()}
        self.packages: dict[int, dict[str, Any]] = {}
        self.lots: dict[int | None, dict[str, Any] | None] = {None: None}

    def happened(self, touched: Touched, stood: Stood | None) -> dict[str, Any]:
        """One event, and how the unit stood after it. Custody is what the outermost package said.

        Who took part in an event sees all of it.
        """
        row = touched.row
        unit, root = (stood.unit, stood.root) if stood else (row, row)
        actor = self.parties[row["participant_id"]]
        event = {
            "event": row["event"],
            "kind": row["kind"],
            "occurred_at": row["occurred_at"],
            "recorded_at": row["recorded_at"],
            "member_state": actor["member_state"],
            "status": unit["status"],
            "withdrawal_reason": unit["withdrawal_reason"],
            "state_of_turnover": root["turnover_state"],
            "blocked": bool(stood and stood.blocked),
            "lot": self.lot(unit),
        }
        took_part = self.actor_id in {row["participant_id"], root["holder_id"]}
        if self.is_full or (took_part and self.actor_id is not None):
            event |= {
                "participant": actor,
                "holder": self.parties.get(root["holder_id"]),
                "transfer": row["of_transfer"] or transfer(root),
                "documents": row["documents"],
                "place": row["place"],
                "told": row["told"],
                "codes": [self.codes[one["series_id"], one["number"]] for one in touched.units],
                "packages": [self.package(one) for one in touched.packages],
                "inside": [self.package(one) for one in stood.around] if stood else [],
            }
        return event

    def lot(self, unit: Row) -> dict[str, Any] | None:
        key = unit["lot_id"]
        if key not in self.lots:
            self.lots[key] = lot(unit)
        return self.lots[key]

    def package(self, row: Row) -> dict[str, Any]:
        key = row["package_id"]
        if key not in self.packages:
            self.packages[key] = package(row, self.codes)
        return self.packages[key]


def named_party(row: Row) -> dict[str, Any]:
    return {
        "name": row["name"],
        "participant": str(row["uuid"]),
        "member_state": row["member_state"],
    }


def as_at(
    event: dict[str, Any], stood: Stood, blocks: Sequence[Row], moment: datetime
) -> dict[str, Any]:
    """The last event, with what a live read at that moment would have said otherwise."""
    told = {**event, "blocked": bool(blocks), "blocks": [dict(one) for one in blocks]}
    if "transfer" in told:
        ends = stood.root["expires_at"]  # after that the offer had ended, recorded or not
        told["transfer"] = transfer(stood.root) if ends and ends > moment else None
    return told


def transfer(root: Row) -> str | None:
    """The transfer that goods are in."""
    return str(root["transfer"]) if root["transfer"] else None


def package(row: Row, codes: Mapping[Place, str]) -> dict[str, Any]:
    """What a package is called: its SSCC, or the code that it has of its own."""
    if row["sscc"]:
        return {"kind": row["package_kind"], "sscc": row["sscc"]}
    return {"kind": row["package_kind"], "code": codes[row["series_id"], row["number"]]}
