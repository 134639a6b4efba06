"""Labels ordered and fetched, told of one code after another: each knows whether it was printed."""

from dataclasses import dataclass, field
from uuid import UUID

from tests.model.naive import NaiveRegistry
from tests.model.naive_things import NaiveLot, Package, Unit

PRINTABLE = {"ISSUED", "APPLIED", "IN_CIRCULATION"}


@dataclass
class Ordered:
    """What shall be printed: lines (None: a code never issued), or a run, or packages.

    `beyond` says that the run goes on where its batch has ended.
    """

    by: str
    lines: list[Unit | None] = field(default_factory=list)
    run: list[Unit] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)
    beyond: bool = False
    copies: int = 1
    reason: str | None = None

    @property
    def units(self) -> list[Unit]:
        return [unit for unit in (*self.lines, *self.run) if unit]

    @property
    def again(self) -> int:
        """How many of them were printed before."""
        return sum(thing.printed > 0 for thing in (*self.units, *self.packages))

    def faults(self, registry: NaiveRegistry) -> set[str]:
        """Why it is refused: whose goods they are, then what became of them, then the reason."""
        faults = self.strange(registry)
        if not faults and any(unit.status not in PRINTABLE for unit in self.units):
            return {"status-not-fitting"}
        is_again = not faults and self.again and self.reason is None
        return {"reprint-needs-reason"} if is_again else faults

    def strange(self, registry: NaiveRegistry) -> set[str]:
        """Of what is somebody else's nothing more is said than of what never was."""
        if self.run and self.run[0].maker != self.by:
            return {"unknown-batch"}
        if self.beyond:
            return {"run-outside-batch"}
        if any(not one.alive or registry.held_by(one) != self.by for one in self.packages):
            return {"unknown-packages"}
        mine = [unit for unit in self.lines if unit and unit.maker == self.by]
        wrong = {
            "unknown-codes": len(mine) < len(self.lines),
            "codes-repeated": len(set(mine)) < len(mine),
        }
        return {slug for slug, is_so in wrong.items() if is_so}

    def happen(self, registry: NaiveRegistry, uuid: UUID) -> "NaivePrint":
        made = NaivePrint(
            uuid,
            self.by,
            [(unit, unit.printed > 0, unit.lot) for unit in self.units],
            list(self.packages),
            self.again,
            self.copies,
            self.reason,
        )
        for thing in (*self.units, *self.packages):
            thing.printed += 1
        registry.prints.append(made)
        return made


@dataclass(eq=False)
class NaivePrint:
    """Labels that were ordered: of each unit whether it was printed before, and its lot then."""

    uuid: UUID
    by: str
    units: list[tuple[Unit, bool, NaiveLot]]
    packages: list[Package]
    again: int
    copies: int
    reason: str | None
    fetches: list[str | None] = field(default_factory=list)
    file: bytes | None = None

    @property
    def labels(self) -> int:
        return (len(self.units) + len(self.packages)) * self.copies

    def of_batch(self, batch: UUID) -> tuple[int, int]:
        """How many units of a batch it has, and how many of them again."""
        mine = [before for unit, before, _ in self.units if unit.batch == batch]
        return len(mine), sum(mine)
