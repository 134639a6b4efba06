"""What a client asks for: an operation under its id, and what its answer tells the ledger."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import Any
from uuid import UUID

from tests.storm.ledger import Custody, Key, Ledger, Mismatch, Named, Stand
from tests.world import Character

Answer = Mapping[str, Any]
Happening = tuple[int, Callable[[Ledger], None]]  # an event, and what it makes of the ledger
Happened = Callable[[Answer], list[Happening]]
Share = tuple[int, int]  # so many parts, of so many
Item = tuple[Key, Share | None]
Slip = tuple[Character, dict[str, Any], tuple[Item, ...]]  # a receipt: whose, as sent, of what
RECENT = 60  # batches whose units are looked at for something to do
MOST_TRIES = 8
SOON = 10.0  # seconds
BEGINNING, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Fate(Enum):
    """What became of an operation, as far as its client knows."""

    SENT = auto()
    ANSWERED = auto()
    REFUSED = auto()
    LOST = auto()  # no answer came: it was done, or it was not


@dataclass
class Operation:
    """One request, repeated to the letter when it is repeated."""

    id: UUID
    verb: str
    actor: Character
    path: str
    body: Any  # JSON, or the bytes of a file
    happened: Happened
    params: dict[str, str] = field(default_factory=dict)
    about: frozenset[object] = frozenset()  # what others had better leave alone meanwhile
    has_events: bool = True  # of which participants are told
    fate: Fate = Fate.SENT
    patience: float | None = None  # seconds until its client hangs up, if it does
    answer: dict[str, Any] | None = None
    told: str = ""  # the last refusal or fault
    slug: str = ""  # of the refusal

    def __str__(self) -> str:
        return f"{self.verb} {self.id} by {self.actor.name}"


def once(effect: Callable[[Ledger, Answer], None]) -> Happened:
    """The happenings of an operation that has one event, named `event` in its answer."""

    def happened(answer: Answer) -> list[Happening]:
        return [(answer["event"], lambda ledger: effect(ledger, answer))]

    return happened


def recorded(effect: Callable[[Ledger, Answer], None]) -> Happened:
    """The happening of an operation without an event: after all events, by when it was recorded."""

    def happened(answer: Answer) -> list[Happening]:
        at = datetime.fromisoformat(answer["recorded_at"])
        return [((at - BEGINNING) // MICROSECOND, lambda ledger: effect(ledger, answer))]

    return happened


def agree(what: str, told: object, known: object) -> None:
    """An answer must say what the ledger comes to."""
    if told != known:
        raise Mismatch(f"{what}: the answer says {told}, the ledger comes to {known}")


def number_of(goods: Iterable[object]) -> int:
    return sum(1 for _ in goods)


@dataclass
class Desk:
    """Where operations are thought up: what is known now, whose codes are whose, and chance."""

    ledger: Ledger
    random: Random
    people: tuple[Character, ...]
    products: dict[str, tuple[str, ...]]  # by the names of those who make them
    groups: dict[str, str]  # of products
    gtins: dict[UUID, str] = field(default_factory=dict)  # of batches
    codes: dict[UUID, list[str]] = field(default_factory=dict)
    busy: set[object] = field(default_factory=set)
    ssccs: int = 0
    documents: int = 0
    printed: list[Slip] = field(default_factory=list)
    orders: dict[UUID, dict[str, Any]] = field(default_factory=dict)  # of labels

    def name(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def soon(self) -> str:
        """A deadline that will have passed before the round is over, or in the next."""
        term = timedelta(seconds=self.random.uniform(2, SOON))
        return (datetime.now(UTC) + term).isoformat()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def is_free(self, thing: object) -> bool:
        """Nearly always what nobody is at; now and then rivals meet."""
        return thing not in self.busy or self.chance(0.05)

    def batches(self) -> list[UUID]:
        recent = list(self.ledger.units)[-RECENT:]
        picked = self.random.sample(recent, min(MOST_TRIES, len(recent)))
        return [batch for batch in picked if self.is_free(batch)]

    def units(
        self, fits: Callable[[Key, Stand], bool], most: int, *, scattered: bool = False
    ) -> tuple[Key, ...]:
        """Up to so many units of one batch that fit: neighbours mostly, or scattered ones."""
        for batch in self.batches():
            keys = (Key(batch, at) for at in range(len(self.ledger.units[batch])))
            found = [key for key in keys if fits(key, self.ledger.stand(key))]
            if not found:
                continue
            wanted = min(self.random.randint(1, most), len(found))
            if scattered:
                return tuple(sorted(self.random.sample(found, wanted)))
            first = self.random.randrange(len(found) - wanted + 1)
            return tuple(found[first : first + wanted])
        return ()

    def loose(self, who: Character, *statuses: str, most: int = 20) -> tuple[Key, ...]:
        """Units of theirs that lie in nothing, and in no transfer; no packs."""
        free = Custody(who.name, None)

        def fits(key: Key, stand: Stand) -> bool:
            return (
                stand.status in statuses
                and stand.parent is None
                and stand.custody._replace(state=None) == free
                and key not in self.ledger.named
            )

        return self.units(fits, most, scattered=self.chance(0.3))

    def roots(self, who: Character, most: int, *statuses: str, coded: bool = False) -> list[int]:
        """Packages of theirs in nothing and in no transfer; with statuses, all inside has one."""
        found = []
        boxes = list(self.ledger.boxes)
        for box in self.random.sample(boxes, min(40, len(boxes))):
            name = self.ledger.boxes[box].name
            custody = self.ledger.custody(box)
            if isinstance(name, Key) != coded or self.ledger.parent(box) is not None:
                continue
            if custody.holder != who.name or custody.transfer or not self.is_free(name):
                continue
            if not statuses or self.holds_only(box, statuses) or self.chance(0.05):
                found.append(box)
            if len(found) == most:
                break
        return found

    def holds_only(self, box: int, statuses: tuple[str, ...]) -> bool:
        name = self.ledger.boxes[box].name
        own = [name] if isinstance(name, Key) else []
        units = [*own, *self.ledger.contents(box)]
        return all(self.ledger.stand(key).status in statuses for key in units)

    def group(self, key: Key) -> str:
        return self.groups[self.gtins[key.batch]]

    def told(self, goods: Named) -> dict[str, Any]:
        """Goods as requests name them, in any of the ways there are."""
        units, packages = goods
        by_code = [key for key in units if key.batch in self.codes]
        if self.chance(0.5):
            by_code = [key for key in by_code if self.chance(0.2)]
        named = set(by_code)
        told: dict[str, Any] = {
            "codes": [self.code(key) for key in by_code],
            "runs": runs([key for key in units if key not in named]),
            "packages": list(packages),
        }
        return {name: value for name, value in told.items() if value}

    def code(self, key: Key) -> str:
        return self.codes[key.batch][key.ordinal]

    def known(self, keys: Iterable[Key]) -> tuple[Key, ...]:
        """Those of these units whose codes are at hand."""
        return tuple(key for key in keys if key.batch in self.codes)

    def name_of(self, boxes: Iterable[int]) -> tuple[str, ...]:
        names = (self.ledger.boxes[box].name for box in boxes)
        return tuple(name for name in names if isinstance(name, str))


def runs(keys: Iterable[Key]) -> list[dict[str, Any]]:
    """These units as runs of their batches."""
    found: list[dict[str, Any]] = []
    last = None
    for key in sorted(keys):
        if last and last.batch == key.batch and last.ordinal + 1 == key.ordinal:
            found[-1]["count"] += 1
        else:
            found.append({"batch": str(key.batch), "first": key.ordinal, "count": 1})
        last = key
    return found


def about(*goods: Named) -> frozenset[object]:
    """What others had better leave alone while these goods are handled."""
    return frozenset(
        part for units, packages in goods for part in (*(key.batch for key in units), *packages)
    )
