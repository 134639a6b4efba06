"""Goods leave circulation and come back, told of one code after another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.model.naive import OK, NaiveRegistry
from tests.model.naive_custody import road, settle
from tests.model.naive_things import Judged, Named, Package, Unit, around

GREATEST_PARTS = {"nabeer": 10_000}
OF_A_SALE = {"RETAIL", "DISTANCE_SALE"}


class Reason(NamedTuple):
    """Why goods leave: in which statuses they may, whether they come back, which groups do not."""

    starts_from: frozenset[str]
    restorable: bool
    not_for: frozenset[str] = frozenset()


IN_USE, SOLD_OR_NOT = frozenset({"IN_CIRCULATION"}), frozenset({"APPLIED", "IN_CIRCULATION"})
ANY = SOLD_OR_NOT | {"ISSUED"}
REASONS = {
    "OWN_USE": Reason(IN_USE, restorable=True),
    "DESTRUCTION": Reason(SOLD_OR_NOT, restorable=False),
    "DAMAGE_OR_LOSS": Reason(SOLD_OR_NOT, restorable=True),
    "EXPIRY": Reason(SOLD_OR_NOT, restorable=False, not_for=frozenset({"perfumery"})),
    "CODE_LOST": Reason(frozenset({"ISSUED", "APPLIED"}), restorable=False),
    "EXPORT_TO_MEMBER_STATE": Reason(IN_USE, restorable=True),
}
RESTORABLE = OF_A_SALE | {name for name, reason in REASONS.items() if reason.restorable}


@dataclass
class Leaving:
    """Goods that their holder withdraws for a reason, or (no reason) restores.

    `parts`: so many of so many parts of each. `whole` are the packages that are named, with all
    that are inside.
    """

    named: Named
    actor: str
    home: str
    reason: str | None = None
    destination: str | None = None
    parts: tuple[int, int] | None = None
    corrects: int | None = None
    whole: list[Package] = field(default_factory=list)

    def open(self, registry: NaiveRegistry) -> None:
        mine = [unit for unit in self.named.units if unit.holder == self.actor]
        named = [*self.named.packages, *filter(None, map(registry.pack_of, mine))]
        self.whole = [one for one in registry.packages if {one, *around(one)} & set(named)]

    def early_faults(self, registry: NaiveRegistry) -> set[str]:
        """What refuses the request before any unit is looked at."""
        found = registry.strange(self.named, self.actor)
        exports = self.reason == "EXPORT_TO_MEMBER_STATE"
        if exports and self.destination is None:
            return {"destination-missing"}
        if self.destination and (not exports or self.destination == self.home):
            return {"destination-not-fitting"}
        if any(one.parent and one.parent not in self.whole for one in self.named.packages):
            found.add("package-inside")
        return found

    def judge(self, registry: NaiveRegistry) -> Judged:
        """The verdicts; of a pack that is broken up by them nothing goes."""
        inside = {unit: None for one in self.whole for unit in registry.inside(one)}
        more = [unit for unit in inside if unit not in self.named.units]
        named = self.named._replace(runs=[*self.named.runs, *more])
        alone = {unit: self.verdict(registry, unit) for unit in named.units}
        broken: dict[Package, set[str]] = {}
        for unit, verdict in alone.items():
            for pack in packs_of(registry, unit) if verdict != OK else ():
                broken.setdefault(pack, set()).add(verdict)

        def rule(unit: Unit) -> str:
            kept = [broken[pack] for pack in packs_of(registry, unit) if pack in broken]
            return "|".join(sorted(kept[0])) if kept and alone[unit] == OK else alone[unit]

        return registry.judge(named, self.actor, rule)

    def verdict(self, registry: NaiveRegistry, unit: Unit) -> str:
        against = {
            "unknown": unit.holder != self.actor,
            "status-not-fitting": unit.status not in self.starts_from,
            "not-restorable": self.reason is None and unit.reason not in RESTORABLE,
            "blocked": registry.is_blocked(unit),
            "in-transfer": registry.offered_in(unit),
            "in-package": unit.parent and unit.parent not in self.whole,
        }
        return next((word for word, is_so in against.items() if is_so), OK)

    @property
    def starts_from(self) -> frozenset[str]:
        if self.reason is None:
            return frozenset({"WITHDRAWN"})
        return REASONS[self.reason].starts_from & (IN_USE if self.parts else ANY)

    def late_faults(self, registry: NaiveRegistry, good: list[Unit]) -> set[str]:
        """What speaks against all of the units that may go."""
        if self.reason is None:
            fits = self.corrects is None or all(map(self.was_withdrawn_then, good))
            return set() if fits else {"correction-not-fitting"}
        found: set[str] = set()
        for unit in good:
            if unit.group in REASONS[self.reason].not_for:
                found.add("reason-not-for-group")
            if self.destination:
                way = road(unit.group, self.home, self.destination)
                found |= {"export-not-needed"} if way == "RECOGNITION" else set()
            if self.parts:
                found |= parts_faults(unit, *self.parts, is_pack=bool(registry.pack_of(unit)))
        return found

    def was_withdrawn_then(self, unit: Unit) -> bool:
        """Whether the event that shall be corrected had withdrawn the unit, by the actor's word."""
        return any(
            (moment.event, moment.by, moment.status) == (self.corrects, self.actor, "WITHDRAWN")
            and moment.kind in {"WITHDRAWN", "SOLD"}
            for moment in unit.history
        )

    def happen(self, registry: NaiveRegistry, good: list[Unit], event: int) -> None:
        for unit in good:
            if self.reason is None:
                unit.parts = parts_before(unit)
                unit.status, unit.reason = "IN_CIRCULATION", None
            else:
                leave(unit, self.reason, self.parts)
        registry.touch(*good)
        kind = "RESTORED" if self.reason is None else "WITHDRAWN"
        registry.happened(event, kind, self.actor)


def packs_of(registry: NaiveRegistry, unit: Unit) -> list[Package]:
    """The packs that a unit is the label of, or lies in, the innermost first."""
    own = registry.pack_of(unit)
    return [*([own] if own else []), *(one for one in around(unit) if one.label)]


def parts_faults(unit: Unit, taken: int, whole: int, *, is_pack: bool) -> set[str]:
    """What speaks against taking parts of a unit."""
    if unit.group not in GREATEST_PARTS or is_pack:
        return {"fraction-not-allowed"}
    left = unit.parts[0] if unit.parts[1] else whole
    fits = 2 <= whole <= GREATEST_PARTS[unit.group] and unit.parts[1] in {None, whole}
    return set() if fits and 1 <= taken <= (left or 0) else {"fraction-not-fitting"}


def leave(unit: Unit, reason: str, parts: tuple[int, int] | None) -> None:
    """The unit leaves, or parts of it do; the last part takes the unit along."""
    if parts:
        left = unit.parts[0] if unit.parts[1] else parts[1]
        unit.parts = ((left or 0) - parts[0], parts[1])
        if unit.parts[0]:
            return
    in_use = unit.status == "IN_CIRCULATION"
    unit.status, unit.reason = ("WITHDRAWN", reason) if in_use else ("CANCELLED", None)
    unit.parts = (0, unit.parts[1]) if unit.parts[1] else unit.parts


def parts_before(unit: Unit) -> tuple[int | None, int | None]:
    """How the unit was divided when something was left of it."""
    found = [moment.parts for moment in unit.history if moment.parts[0] != 0]
    return found[-1] if unit.parts[1] else (None, None)


# Receipts


@dataclass
class Item:
    """A unit, or a pack, on a receipt; `share` are so many of so many parts."""

    unit: Unit | None
    share: tuple[int, int] | None = None


@dataclass
class Receipt:
    """What a till printed."""

    is_sale: bool
    reason: str
    items: list[Item]
    actor: str
    is_full: bool = True  # the whole codes were scanned
    sides: set[str | None] = field(default_factory=set)  # of transfers that goods were sold out of

    def is_refused(self) -> bool:
        """Whether no till can have printed it."""
        return any(
            not (item.unit.group in GREATEST_PARTS and 1 <= item.share[0] <= item.share[1])
            or item.share[1] < 2
            for item in self.items
            if item.unit and item.share
        )

    def happen(self, registry: NaiveRegistry, event: int) -> int:
        """Let it happen, item after item; returns how many units it names."""
        named = 0
        for item in self.items:
            if item.unit is None:
                continue
            is_told = self.is_full or item.unit.holder == self.actor
            named += len(registry.whole(item.unit)) if is_told else 1
            if self.is_sale:
                self.sell(registry, item)
            else:
                self.take_back(registry, item)
        kind = "SOLD" if self.is_sale else "RETURNED"
        registry.happened(event, kind, self.actor, also=self.sides)
        return named

    def sell(self, registry: NaiveRegistry, item: Item) -> None:
        unit = item.unit
        assert unit
        self.leave_all(registry, unit)
        inside = [one for one in registry.whole(unit) if one is not unit]
        self.each(unit, item.share, self.sold)
        if unit.status != "IN_CIRCULATION":
            for one in inside:
                self.each(one, None, self.sold)
        registry.touch(unit)

    def take_back(self, registry: NaiveRegistry, item: Item) -> None:
        unit = item.unit
        assert unit
        inside = [one for one in registry.whole(unit) if one is not unit]
        if was_sold(unit):
            self.leave_all(registry, unit)
            self.each(unit, item.share, taken_back)
            for one in inside:
                self.each(one, None, taken_back)
        registry.touch(unit)

    @staticmethod
    def each(
        unit: Unit,
        share: tuple[int, int] | None,
        change: Callable[[Unit, int, int, int], None],
    ) -> None:
        """Change a unit by its share; the parts are those that the first said who divided it."""
        in_use = unit.status == "IN_CIRCULATION"
        whole = unit.parts[1] or (share[1] if share else 1)
        left = (unit.parts[0] or 0) if unit.parts[1] else whole if in_use else 0
        taken = -(-share[0] * whole // share[1]) if share else whole
        change(unit, whole, left, taken)

    def sold(self, unit: Unit, whole: int, left: int, taken: int) -> None:
        """What is not in circulation stays as it is."""
        if unit.status != "IN_CIRCULATION":
            return
        rest = max(left - taken, 0)
        if unit.parts[1] or whole > 1:
            unit.parts = (rest, whole)
        if not rest:
            unit.status, unit.reason = "WITHDRAWN", self.reason

    def leave_all(self, registry: NaiveRegistry, unit: Unit) -> None:
        """A fact takes goods out of everything, also out of a transfer."""
        transfer = registry.offered_in(unit)
        packs = [one for one in around(unit) if one.label]
        if transfer:
            self.sides |= {transfer.sender, transfer.receiver}
            transfer.sold += len(registry.whole(unit)) + len(packs)
        if unit.parent:
            registry.take_out(unit)
        if transfer:
            registry.give(unit, transfer=None)
            settle(transfer, 0, 0, is_answer=False)


def was_sold(unit: Unit) -> bool:
    if unit.status == "WITHDRAWN":
        return unit.reason in OF_A_SALE
    left, whole = unit.parts
    return unit.status == "IN_CIRCULATION" and whole is not None and (left or 0) < whole


def taken_back(unit: Unit, whole: int, left: int, taken: int) -> None:
    """What was not sold stays as it is; a unit that is whole again is not divided any more."""
    if not was_sold(unit):
        return
    came = min(left + taken, whole)
    unit.status, unit.reason = "IN_CIRCULATION", None
    unit.parts = (None, None) if came == whole else (came, whole)
