"""The registry as a newcomer would write it: one object a code, every event in its list.

Nothing here knows of numbers, spans or journals; the state machine holds it against the real one.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class NaiveLot:
    """What is told of a lot, told over what was told before."""

    lot_number: str | None = None
    produced_on: Any = None
    expires_on: Any = None

    def told(self, **more: Any) -> "NaiveLot":
        kept = vars(self)
        return NaiveLot(**{name: more.get(name) or old for name, old in kept.items()})


@dataclass
class NaiveUnit:
    """One code."""

    code: str
    batch: Any
    ordinal: int
    holder: str
    status: str = "ISSUED"
    lot: NaiveLot = field(default_factory=NaiveLot)
    history: list[tuple[int, str, str, NaiveLot]] = field(default_factory=list)

    def happen(self, event: int, kind: str) -> None:
        self.history.append((event, kind, self.status, self.lot))

    def as_of(self, event: int) -> tuple[str, NaiveLot] | None:
        """Status and lot after the last event up to this one."""
        past = [entry for entry in self.history if entry[0] <= event]
        return past[-1][2:] if past else None


STARTS = {
    "apply": {"ISSUED"},
    "introduce": {"APPLIED"},
    "cancel": {"ISSUED", "APPLIED"},
    "give a lot to": {"ISSUED", "APPLIED", "IN_CIRCULATION"},
}
LEADS = {
    "apply": ("APPLIED", "APPLIED"),
    "introduce": ("IN_CIRCULATION", "INTRODUCED"),
    "cancel": ("CANCELLED", "CANCELLED"),
    "give a lot to": (None, "LOT_GIVEN"),
}


class NaiveRegistry:
    """Every code by its text."""

    def __init__(self) -> None:
        self.units: dict[str, NaiveUnit] = {}

    def judge(self, verb: str, codes: list[str], actor: str) -> list[str]:
        """The verdict of each line."""
        seen: set[str] = set()
        verdicts = []
        for code in codes:
            unit = self.units.get(code)
            if unit is None or unit.holder != actor:
                verdict = "unknown"
            elif code in seen:
                verdict = "repeated"
            elif unit.status not in STARTS[verb]:
                verdict = "status-not-fitting"
            else:
                verdict = "ok"
            seen.add(code)
            verdicts.append(verdict)
        return verdicts

    def take(self, verb: str, codes: list[str], event: int, **lot: Any) -> None:
        status, kind = LEADS[verb]
        for code in codes:
            unit = self.units[code]
            unit.status = status or unit.status
            unit.lot = unit.lot.told(**lot)
            unit.happen(event, kind)
