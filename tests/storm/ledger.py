"""What the clients know from the answers that they got: every unit by itself, as in a notebook.

Nothing here knows of numbers, spans, journals or summaries. What the registry says after a crash
must be what comes of telling the answers to a ledger, in the order of their events.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple
from uuid import UUID


class Mismatch(Exception):
    """An answer says what cannot be, or not all of what was asked."""


class Key(NamedTuple):
    """A unit: its batch and its place in it, from 0."""

    batch: UUID
    ordinal: int


class Custody(NamedTuple):
    """Whose goods are, in which state of turnover, in which open transfer."""

    holder: str | None = None
    state: str | None = None
    transfer: UUID | None = None


NOWHERE = Custody()


class Stand(NamedTuple):
    """How a unit stands. In a package it has no custody of its own. `parts`: left, of how many."""

    status: str
    custody: Custody
    parent: int | None = None
    lot: str | None = None
    reason: str | None = None
    parts: tuple[int, int] | None = None


class Box(NamedTuple):
    """A package: a transport unit by its SSCC, with a custody; a pack by the unit that it is."""

    name: str | Key
    kind: str
    parent: int | None = None
    custody: Custody = NOWHERE


class Deal(NamedTuple):
    """A transfer, with how many units took which way."""

    sender: str
    receiver: str
    status: str
    offered: int
    accepted: int = 0
    released: int = 0
    sold: int = 0
    batches: frozenset[UUID] = frozenset()  # where its units came from

    @property
    def left(self) -> int:
        return self.offered - self.accepted - self.released - self.sold


class Ban(NamedTuple):
    """A block on units or a transport unit; on neither where it is on a whole batch or product."""

    state: str
    units: frozenset[Key] = frozenset()
    box: int | None = None
    is_live: bool = True


class Print(NamedTuple):
    """Labels ordered: of units, with whether each was printed before, or of transport units."""

    who: str
    units: tuple[tuple[Key, bool], ...]
    packages: tuple[str, ...]
    reason: str | None
    labels: int


Child = Key | int  # a unit, or a transport unit
Named = tuple[tuple[Key, ...], tuple[str, ...]]  # units, and transport units by SSCC


@dataclass
class Ledger:
    """Every unit, package, transfer, block, receipt and print."""

    units: dict[UUID, list[Stand]] = field(default_factory=dict)
    boxes: dict[int, Box] = field(default_factory=dict)  # those alive
    named: dict[str | Key, int] = field(default_factory=dict)
    inside: dict[int, set[Child]] = field(default_factory=dict)
    deals: dict[UUID, Deal] = field(default_factory=dict)
    blocks: dict[UUID, Ban] = field(default_factory=dict)
    receipts: dict[tuple[str, str, str], str] = field(default_factory=dict)
    replaced: dict[Key, tuple[Key, ...]] = field(default_factory=dict)  # by new codes
    prints: dict[UUID, Print] = field(default_factory=dict)
    printed: set[Key] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    left: list[int] = field(default_factory=list)  # packages that something left in this event

    def copy(self) -> "Ledger":
        return Ledger(
            {batch: list(stands) for batch, stands in self.units.items()},
            dict(self.boxes),
            dict(self.named),
            {box: set(children) for box, children in self.inside.items()},
            dict(self.deals),
            dict(self.blocks),
            dict(self.receipts),
            dict(self.replaced),
            dict(self.prints),
            set(self.printed),
            count(next(self.numbers)),
        )

    # What there is

    def stand(self, key: Key) -> Stand:
        return self.units[key.batch][key.ordinal]

    def parent(self, child: Child) -> int | None:
        if isinstance(child, Key):
            return self.stand(child).parent
        box = self.boxes[child]
        return self.stand(box.name).parent if isinstance(box.name, Key) else box.parent

    def around(self, child: Child) -> list[int]:
        """The packages around, the innermost first."""
        found: list[int] = []
        parent = self.parent(child)
        while parent is not None:
            found.append(parent)
            parent = self.parent(parent)
        return found

    def custody(self, child: Child) -> Custody:
        """The custody of what is outermost."""
        root = [child, *self.around(child)][-1]
        if isinstance(root, Key):
            return self.stand(root).custody
        box = self.boxes[root]
        return self.stand(box.name).custody if isinstance(box.name, Key) else box.custody

    def contents(self, box: int) -> Iterator[Key]:
        """Every unit inside, to any depth, the codes of packs inside among them."""
        for child in self.inside[box]:
            if isinstance(child, Key):
                yield child
                if child in self.named:
                    yield from self.contents(self.named[child])
            else:
                yield from self.contents(child)

    def whole(self, key: Key) -> Iterator[Key]:
        """The unit, and if it is a pack's code, all that is in the pack."""
        yield key
        if key in self.named:
            yield from self.contents(self.named[key])

    def meant(self, goods: Named) -> list[Key]:
        """Every unit that these goods are, once, though a pack be named with some of its contents."""
        units, packages = goods
        found = [one for key in units for one in self.whole(key)]
        found += [one for name in packages for one in self.contents(self.named[name])]
        return list(dict.fromkeys(found))

    def of_deal(self, deal: UUID) -> list[Child]:
        """What carries this transfer: loose units, codes of packs, outermost transport units."""
        units = [
            Key(batch, ordinal)
            for batch in sorted(self.deals[deal].batches)
            for ordinal, stand in enumerate(self.units[batch])
            if stand.custody.transfer == deal
        ]
        return [
            *units,
            *(number for number, box in self.boxes.items() if box.custody.transfer == deal),
        ]

    # What becomes of it

    def write(self, key: Key, stand: Stand) -> None:
        """Let a unit stand like this; what it lies in is changed by `place` alone."""
        self.units[key.batch][key.ordinal] = stand

    def give(self, child: Child, custody: Custody) -> None:
        """Let what is outermost have this custody: a unit, a pack by its code, a transport unit."""
        if isinstance(child, Key):
            self.write(child, self.stand(child)._replace(custody=custody))
        else:
            self.boxes[child] = self.boxes[child]._replace(custody=custody)

    def place(self, child: Child, parent: int | None, custody: Custody) -> None:
        """Let something lie there, or be loose with this custody."""
        before = self.parent(child)
        if before is not None:
            self.inside[before].discard(child)
        if parent is not None:
            self.inside[parent].add(child)
        if isinstance(child, Key):
            self.write(child, self.stand(child)._replace(parent=parent, custody=custody))
        else:
            self.boxes[child] = self.boxes[child]._replace(parent=parent, custody=custody)

    def put(self, child: Child, parent: int) -> None:
        self.place(child, parent, NOWHERE)

    def take_out(self, child: Child) -> None:
        """It is loose then, in the custody that all around it was in."""
        self.place(child, None, self.custody(child))

    def make(self, name: str | Key, kind: str, custody: Custody = NOWHERE) -> int:
        if name in self.named:
            raise Mismatch(f"{name} was made while it was there")
        number = next(self.numbers)
        self.boxes[number] = Box(name, kind, None, custody)
        self.named[name] = number
        self.inside[number] = set()
        return number

    def end(self, box: int) -> None:
        """A package with nothing left in it ends; what it is named may be used again."""
        parent, name = self.parent(box), self.boxes[box].name
        if parent is not None and not isinstance(name, Key):
            self.inside[parent].discard(box)
        del self.boxes[box], self.named[name], self.inside[box]

    def dissolve(self, box: int) -> None:
        """What is in it takes its place, or becomes loose; a pack's code is withdrawn for good."""
        parent, custody, name = self.parent(box), self.custody(box), self.boxes[box].name
        for child in list(self.inside[box]):
            if parent is None:
                self.take_out(child)
            else:
                self.put(child, parent)
        self.end(box)
        if isinstance(name, Key):
            self.place(name, None, custody._replace(transfer=None))
            gone = self.stand(name)._replace(status="WITHDRAWN", reason="DISSOLVED")
            self.write(name, gone)

    def leave(self, child: Child) -> None:
        """Leave all packages around; those with codes of their own dissolve by that."""
        around = self.around(child)
        for box in around:
            if isinstance(self.boxes[box].name, Key):
                self.dissolve(box)
        if self.parent(child) is not None:
            self.take_out(child)
        self.left += around

    def end_empty(self) -> None:
        """End the transport units that were left, the innermost first, and hold nothing any more."""
        for box in self.left:
            if box in self.boxes and not self.inside[box]:
                self.end(box)
        self.left.clear()
