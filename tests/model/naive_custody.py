"""Offers and answers, told of one thing after another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.model.naive import OK, NaiveRegistry
from tests.model.naive_packing import outermost_first
from tests.model.naive_things import Judged, Named, Thing, Transfer, Unit, around

MARKED = {"sweets": {"BY", "KZ"}, "perfumery": {"BY", "KZ"}, "nabeer": {"BY"}}
AT_HOME = {
    "SALE": {"IN_CIRCULATION"},
    "MOVEMENT": {"APPLIED", "IN_CIRCULATION"},
    "CONTRACT_MANUFACTURE": {"ISSUED", "APPLIED"},
}


def road(group: str, origin: str, destination: str) -> str | None:
    """How goods of a group cross this border."""
    if origin == destination:
        return None
    return {
        (True, True): "RECOGNITION",
        (True, False): "WITHDRAWAL_BY_EXPORT",
        (False, True): "DESTINATION_CODES",
        (False, False): "FREE",
    }[origin in MARKED[group], destination in MARKED[group]]


@dataclass
class Offer:
    """Goods offered by somebody whose state is `home`; `receiver` None: not registered yet."""

    kind: str
    named: Named
    actor: str
    home: str
    receiver: str | None
    destination: str

    def fitting(self, group: str) -> set[str]:
        """The statuses in which goods of a group may be offered."""
        way = road(group, self.home, self.destination)
        if self.kind == "CONTRACT_MANUFACTURE" or way is None:
            return AT_HOME[self.kind]
        return {"APPLIED"} if way == "DESTINATION_CODES" else {"IN_CIRCULATION"}

    def judge(self, registry: NaiveRegistry) -> Judged:
        def rule(unit: Unit) -> str:
            if unit.status not in self.fitting(unit.group):
                return "status-not-fitting"
            if registry.is_blocked(unit):
                return "blocked"
            if registry.offered_in(unit):
                return "in-transfer"
            return "in-package" if unit.parent else OK

        return registry.judge(self.named, self.actor, rule)

    def faults(self, registry: NaiveRegistry, judged: Judged) -> set[str]:
        """What refuses the whole offer, even where a part would do."""
        if self.receiver == self.actor:
            return {"transfer-to-self"}
        found = registry.strange(self.named, self.actor)
        if found:
            return found
        packs = [pack for unit in judged.good if (pack := registry.pack_of(unit))]
        for package in (*self.named.packages, *packs):
            inside = registry.inside(package)
            if package.parent and not package.label:
                found.add("package-inside")
            if registry.offered_in(package) or registry.is_stopped(package):
                found.add("goods-held-back")
            if registry.holds_blocked(package):
                found.add("goods-held-back")
            if any(unit.status not in self.fitting(unit.group) for unit in inside):
                found.add("status-not-fitting")
        return found | self.road_faults(registry)

    def road_faults(self, registry: NaiveRegistry) -> set[str]:
        """Goods of the actor that do not cross this border, or not under these codes."""
        mine = [unit for unit in self.named.units if unit.holder == self.actor]
        goods = {unit for thing in (*mine, *self.named.packages) for unit in registry.whole(thing)}
        for unit in goods if self.kind != "CONTRACT_MANUFACTURE" else ():
            way = road(unit.group, self.home, self.destination)
            foreign = unit.issued_in != self.destination
            if way == "WITHDRAWAL_BY_EXPORT" or (way == "DESTINATION_CODES" and foreign):
                return {"group-not-recognised"}
        return set()

    def units(self, registry: NaiveRegistry, judged: Judged) -> list[Unit]:
        """All that is offered."""
        things: list[Thing] = [*judged.good, *self.named.packages]
        return list(dict.fromkeys(unit for thing in things for unit in registry.whole(thing)))

    def happen(self, registry: NaiveRegistry, judged: Judged, transfer: Transfer, event: int):
        registry.transfers[transfer.uuid] = transfer
        for thing in (*judged.good, *self.named.packages):
            registry.give(thing, transfer=transfer)
        registry.happened(event, "OFFERED", self.actor, of=transfer)


class Counts(NamedTuple):
    """What an answer did."""

    accepted: int
    released: int
    left: int


def left_in(registry: NaiveRegistry, transfer: Transfer) -> list[Unit]:
    return [unit for unit in registry.units.values() if unit.transfer is transfer]


def roots_in(registry: NaiveRegistry, transfer: Transfer) -> list[Thing]:
    """The loose units and outermost packages that a transfer has left."""
    loose = [unit for unit in left_in(registry, transfer) if unit.parent is None]
    outer = [one for one in registry.transports() if one.parent is None]
    return [*loose, *(one for one in outer if is_in(registry, one, transfer))]


def answer_faults(registry: NaiveRegistry, transfer: Transfer, named: Named) -> set[str]:
    """What speaks against naming these goods in an answer."""
    things = [*named.units, *named.packages]
    faults = {
        "goods-not-offered": None in named.lines
        or not all(is_in(registry, one, transfer) for one in things),
        "no-goods": not any(named),
        "unknown-packages": not all(package.alive for package in named.packages),
        "codes-repeated": len(named.units) < sum(map(bool, (*named.lines, *named.runs))),
    }
    return {slug for slug, is_so in faults.items() if is_so}


def is_in(registry: NaiveRegistry, thing: Thing, transfer: Transfer) -> bool:
    is_there = isinstance(thing, Unit) or thing.alive
    return is_there and registry.offered_in(thing) is transfer


@dataclass
class Answer:
    """The receiver accepts goods (None: all that is left), but not all of them, or rejects some."""

    transfer: Transfer
    goods: Named | None
    kept_back: list[Named]
    actor: str
    home: str
    close: bool = False
    is_rejection: bool = False

    def faults(self, registry: NaiveRegistry) -> set[str]:
        """What speaks against it; what would come of it is tried out."""
        told = [named for named in (self.goods, *self.kept_back) if named is not None]
        found = set().union(*(answer_faults(registry, self.transfer, one) for one in told))
        if not self.transfer.is_open:
            return found | {"transfer-closed"}
        if found:
            return found
        before = registry.remembered()
        found = self.perform(registry)
        registry.recall(before)
        return found

    def perform(self, registry: NaiveRegistry) -> set[str]:
        """Let the goods go where they go; returns what is wrong with that."""
        if self.is_rejection and self.goods is None:
            release(registry, self.transfer)
            return set()
        lay_in = {one.label: registry.contents(one) for one in registry.packs()}
        faults = self.keep_back(registry, self.kept_back)
        if self.is_rejection:
            return faults
        named = self.goods
        things = [*named.units, *named.packages] if named else roots_in(registry, self.transfer)
        return faults | self.pass_on(registry, list(still_there(registry, things, lay_in)))

    def keep_back(self, registry: NaiveRegistry, told: list[Named]) -> set[str]:
        """Unpack goods to the sender."""
        things = [thing for named in told for thing in (*named.units, *named.packages)]
        faults: set[str] = set()
        for thing in outermost_first(dict.fromkeys(things)):
            if is_in(registry, thing, self.transfer):  # it may have left with its package
                faults |= unpacked(registry, thing)
                registry.give(thing, transfer=None)
        return faults

    def pass_on(self, registry: NaiveRegistry, things: list[Thing]) -> set[str]:
        """Give goods to the receiver."""
        faults: set[str] = set()
        for thing in outermost_first(things):
            if not is_in(registry, thing, self.transfer):
                continue  # it has passed with its package, or was kept back
            faults |= unpacked(registry, thing)
            units = registry.whole(thing)
            packs = {pack for unit in units for pack in around(unit)}
            if any(map(registry.is_blocked, units)) or any(map(registry.is_stopped, packs)):
                faults.add("goods-held-back")
            for unit in units:
                unit.holder, unit.state, unit.transfer = self.actor, self.home, None
        return faults

    def happen(self, registry: NaiveRegistry, event: int) -> Counts:
        before = left_in(registry, self.transfer)
        self.perform(registry)
        passed = sum(unit.holder == self.actor for unit in before)
        released = sum(unit.transfer is None for unit in before) - passed
        settle(self.transfer, passed, released)
        if self.close and self.transfer.is_open:
            more = release(registry, self.transfer)
            settle(self.transfer, 0, more)
            released += more
        kind = "REJECTED" if self.is_rejection else "ACCEPTED"
        registry.happened(event, kind, self.actor, of=self.transfer)
        return Counts(passed, released, len(left_in(registry, self.transfer)))


def still_there(
    registry: NaiveRegistry, things: Iterable[Thing], lay_in: Mapping[Any, list[Thing]]
) -> Iterator[Thing]:
    """These things; instead of the code of a pack that has come apart, what lay in it."""
    for thing in things:
        if thing in lay_in and not registry.pack_of(thing):
            yield from still_there(registry, lay_in[thing], lay_in)
        else:
            yield thing


def unpacked(registry: NaiveRegistry, thing: Thing) -> set[str]:
    """Take a thing out; nothing leaves a blocked package, or one around a blocked one."""
    is_stopped = thing.parent and registry.is_stopped(thing.parent)
    registry.take_out(thing)
    return {"goods-held-back"} if is_stopped else set()


def release(registry: NaiveRegistry, transfer: Transfer) -> int:
    """Give all that is left back to the sender."""
    left = left_in(registry, transfer)
    for unit in left:
        unit.transfer = None
        registry.touch(unit)
    return len(left)


def settle(
    transfer: Transfer,
    accepted: int,
    released: int,
    *,
    how: str | None = None,
    is_answer: bool = True,
) -> None:
    """Count an answer, or a sale; `how` says what becomes of a transfer that ends by it."""
    transfer.accepted += accepted
    transfer.released += released
    transfer.answers += is_answer
    left = transfer.offered - transfer.accepted - transfer.released - transfer.sold
    if left:
        return
    if how == "CANCELLED":
        transfer.status = how
    elif transfer.accepted == transfer.offered:
        transfer.status = "ACCEPTED"
    elif transfer.accepted:
        transfer.status = "PARTLY_ACCEPTED"
    else:
        transfer.status = "EXPIRED" if how == "EXPIRED" else "REJECTED"


def end(registry: NaiveRegistry, transfer: Transfer, event: int, kind: str, how: str) -> int:
    """Release what is left, and close the transfer: it was taken back, or has lapsed."""
    released = release(registry, transfer)
    settle(transfer, 0, released, how=how)
    registry.happened(event, kind, transfer.sender, of=transfer)
    return released
