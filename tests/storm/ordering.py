"""Labels are ordered: of runs that overlap with others', of codes, of packages; with and without reason."""

from functools import partial
from typing import Any
from uuid import UUID

from tests.storm.ledger import Key, Ledger, Mismatch, Named, Print
from tests.storm.operations import Answer, Desk, Operation, about, agree, recorded
from tests.world import Character

MOST_UNITS = 40
PRINTABLE = frozenset({"ISSUED", "APPLIED", "IN_CIRCULATION"})
FORMS = (*["zpl"] * 6, "zpl-bx", "zpl-text", "pdf", "pdf", "tspl", "epl", "csv", "jsonl")
ON_ROLLS, ON_SHEETS, OF_PACKAGES = "roll-58x40", "a4-3x8", "logistic-100x150"


def run(desk: Desk, who: Character) -> Operation | None:
    """Some units of a batch; nearly always of one's own, and often among them what others print."""
    for batch in own(desk, who):
        size = len(desk.ledger.units[batch])
        first = desk.random.randrange(size)
        keys = tuple(Key(batch, at) for at in range(first, min(first + length(desk), size)))
        if is_fit(desk, keys):
            named = {"batch": str(batch), "first": first, "count": len(keys)}
            return order(desk, who, (keys, ()), named)
    return None


def rival(desk: Desk, who: Character) -> Operation | None:
    """Nearly the same units as somebody ordered last, who may still be waiting for an answer."""
    runs = [body for body in list(desk.orders.values())[-3:] if "batch" in body]
    mine = [
        one for one in runs if desk.gtins[UUID(one["batch"])] in desk.products.get(who.name, ())
    ]
    if not mine:
        return None
    batch, first = UUID(mine[-1]["batch"]), mine[-1]["first"]
    size = len(desk.ledger.units[batch])
    begin = max(first - desk.random.randint(0, 3), 0)
    keys = tuple(Key(batch, at) for at in range(begin, min(first + mine[-1]["count"], size)))
    return order(desk, who, (keys, ()), {"batch": str(batch), "first": begin, "count": len(keys)})


def by_codes(desk: Desk, who: Character) -> Operation | None:
    """Scattered units of a batch or two, in any order."""
    keys: list[Key] = []
    for batch in own(desk, who)[:2]:
        every = desk.known(Key(batch, at) for at in range(len(desk.ledger.units[batch])))
        found = [key for key in every if is_fit(desk, (key,))]
        keys += desk.random.sample(found, min(length(desk) // 2 + 1, len(found)))
    if not keys:
        return None
    desk.random.shuffle(keys)
    return order(desk, who, (tuple(keys), ()), {"codes": list(map(desk.code, keys))})


def of_packages(desk: Desk, who: Character) -> Operation | None:
    """Transport units that are held, wherever they stand."""
    mine = [
        one.name
        for box, one in list(desk.ledger.boxes.items())[-200:]
        if isinstance(one.name, str) and desk.ledger.custody(box).holder == who.name
    ]
    names = tuple(desk.random.sample(mine, min(len(mine), 3)))
    return order(desk, who, ((), names), {"packages": list(names)}) if names else None


def own(desk: Desk, who: Character) -> list[UUID]:
    """Batches that they registered; seldom, somebody else's."""
    made = desk.products.get(who.name, ())
    anybody = desk.chance(0.03)
    return [batch for batch in desk.batches() if anybody or desk.gtins[batch] in made]


def length(desk: Desk) -> int:
    return desk.random.randint(1, MOST_UNITS)


def is_fit(desk: Desk, keys: tuple[Key, ...]) -> bool:
    fit = all(desk.ledger.stand(key).status in PRINTABLE for key in keys)
    return fit or desk.chance(0.02)


def order(desk: Desk, who: Character, goods: Named, named: dict[str, Any]) -> Operation:
    units, packages = goods
    form = desk.random.choice(FORMS)
    layout = OF_PACKAGES if packages else ON_SHEETS if form == "pdf" else ON_ROLLS
    body = {**named, "layout": layout, "format": form, "copies": 2 if desk.chance(0.1) else 1}
    if layout == ON_SHEETS:
        body["start"] = desk.random.randint(1, 24)
    printed = bool(packages) or not desk.ledger.printed.isdisjoint(units)
    if desk.chance(0.9 if printed else 0.1):
        body["reason"] = f"torn off, {desk.random.randint(1, 9)}"
    request = desk.name()
    desk.orders[request] = body
    happened = recorded(partial(ordered, request, who.name, goods, body))
    return Operation(
        request,
        "print",
        who,
        f"/prints/{request}",
        body,
        happened,
        about=about(goods),
        has_events=False,
    )


def ordered(  # noqa: PLR0913, PLR0917 - the whole order
    id: UUID, who: str, goods: Named, body: dict[str, Any], ledger: Ledger, answer: Answer
) -> None:
    units, packages = goods
    labels = (len(units) + len(packages)) * body["copies"]
    known = tuple((key, key in ledger.printed) for key in units)
    again, reason = sum(before for _, before in known), body.get("reason")
    ledger.prints[id] = Print(who, known, packages, reason, labels)
    ledger.printed |= set(units)
    told = answer["units"], answer["packages"], answer["labels"]
    agree("labels ordered", told, (len(units), len(packages), labels))
    if not packages:
        agree("units printed again", answer["reprinted"], again)
    if answer["reprinted"] and reason is None:
        raise Mismatch(f"{answer['reprinted']} labels of {id} were printed again without a reason")


VERBS = ((5, run), (3, rival), (3, by_codes), (2, of_packages))
