"""Goods get new codes, told of one code after another."""

from collections import Counter
from dataclasses import dataclass

from tests.model.naive import OK, NaiveRegistry
from tests.model.naive_packing import deepen
from tests.model.naive_things import PACKABLE, Named, Package, Unit, around

CAUSES = {"CODE_SPOILED_OR_LOST": "either", "DESCRIPTION_ERRORS": "old", "RETAIL_RETURN": "none"}


@dataclass
class Remarking:
    """Pairs of a new code and the old one that it replaces, if that can still be read."""

    pairs: list[tuple[Unit, Unit | None]]
    cause: str
    actor: str
    home: str

    def replaced(self) -> dict[Unit, list[Unit]]:
        """The old codes of each new one."""
        found: dict[Unit, list[Unit]] = {}
        for new, old in self.pairs:
            found.setdefault(new, []).extend([old] if old else [])
        return found

    def faults(self, registry: NaiveRegistry) -> set[str]:
        """What speaks against it."""
        asks = CAUSES[self.cause]
        if any(
            (old is None and asks == "old") or (old and asks == "none") for _, old in self.pairs
        ):
            return {"old-code-not-fitting"}
        alone = [new for new, old in self.pairs if old is None]
        with_old = {new for new, old in self.pairs if old}
        olds = [old for _, old in self.pairs if old]
        if len(set(alone)) < len(alone) or with_old & set(alone):
            return {"codes-repeated"}
        found = self.judged(registry, list(self.replaced()), {"APPLIED"}, inside=False)
        found |= self.judged(registry, olds, PACKABLE, inside=True)
        return found or self.pair_faults(registry, olds)

    def judged(
        self, registry: NaiveRegistry, units: list[Unit], statuses: set[str], *, inside: bool
    ) -> set[str]:
        def rule(unit: Unit) -> str:
            against = {
                "status-not-fitting": unit.status not in statuses,
                "in-package": not inside and unit.parent,
                "blocked": registry.is_blocked(unit),
                "in-transfer": registry.offered_in(unit),
            }
            return next((word for word, is_so in against.items() if is_so), OK)

        return registry.judge(Named(units), self.actor, rule).faults

    def pair_faults(self, registry: NaiveRegistry, olds: list[Unit]) -> set[str]:
        links = self.replaced()
        several = [mine for mine in links.values() if len(mine) > 1]
        faults = {
            "codes-repeated": bool(set(olds) & set(links)),
            "new-code-in-use": any(one.replaces or registry.pack_of(one) for one in links),
            "gtins-differ": any(
                old.gtin != new.gtin for new, mine in links.items() for old in mine
            ),
            "old-codes-differ": not all(is_alike(registry, mine) for mine in several),
            "goods-held-back": any(
                registry.holds_blocked(pack) or registry.is_stopped(pack)
                for old in olds
                if (pack := registry.pack_of(old))
            ),
        }
        return {slug for slug, is_so in faults.items() if is_so}

    def happen(self, registry: NaiveRegistry, event: int) -> None:
        for new, olds in self.replaced().items():
            if olds:
                replace(registry, new, olds)
            else:
                new.status, new.state = "IN_CIRCULATION", self.home
                registry.touch(new)
        registry.happened(event, "REMARKED", self.actor)


def is_alike(registry: NaiveRegistry, units: list[Unit]) -> bool:
    """Whether these are units that lie in the same place, outside of packs."""
    stand = Counter((one.parent, one.lot, one.status, one.state, one.parts) for one in units)
    in_pack = any(package.label for package in around(units[0]))
    return len(stand) == 1 and not in_pack and not any(map(registry.pack_of, units))


def replace(registry: NaiveRegistry, new: Unit, olds: list[Unit]) -> None:
    """The new code stands where the old ones stood; what was in a pack is in the new one."""
    first = olds[0]
    pack = registry.pack_of(first)
    new.status, new.lot, new.state, new.parts = first.status, first.lot, first.state, first.parts
    new.parent = first.parent
    new.replaces = list(olds)
    if pack:
        again = Package(new.name, pack.kind, new, levels=pack.levels)
        registry.packages.append(again)
        for thing in registry.contents(pack):
            thing.parent = again
        pack.alive = False
        deepen(registry, again)
    for old in olds:
        old.parent, old.status, old.reason = None, "WITHDRAWN", "REMARKED"
        old.parts = (0, old.parts[1]) if old.parts[1] else old.parts
    registry.touch(new, *olds)
