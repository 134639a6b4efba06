"""Authorities block goods, and lift their blocks."""

from functools import partial
from uuid import UUID

from tests.storm.ledger import Ban, Key, Ledger, Mismatch, Named, Stand
from tests.storm.operations import Answer, Desk, Operation, about, agree, once
from tests.world import Character

WHY = {"reason": "Listeria in two samples."}
MOST_LIVE = 6


def block(desk: Desk, who: Character) -> Operation | None:
    """Units, a transport unit with all that is in it, or a whole batch."""
    state = who.member_state.value
    if sum(ban.is_live for ban in desk.ledger.blocks.values()) >= MOST_LIVE:
        return lift(desk, who)

    def fits(_: Key, stand: Stand) -> bool:
        return stand.custody.state == state and stand.status in {"APPLIED", "IN_CIRCULATION"}

    units = desk.units(fits, 5)
    goods: Named = (units, ())
    body = desk.told(goods)
    boxes = [
        box
        for box, one in list(desk.ledger.boxes.items())[-40:]
        if isinstance(one.name, str) and desk.ledger.custody(box).state == state
    ]
    if boxes and desk.chance(0.4):
        names = desk.name_of([desk.random.choice(boxes)])
        goods, body = ((), names), {"package": names[0]}
    elif units and desk.chance(0.2):
        goods, body = ((), ()), {"batch": str(units[0].batch)}
    if not body:
        return None
    term = {"until": desk.soon()} if desk.chance(0.3) else {}
    request = desk.name()
    happened = once(partial(blocked, request, state, goods))
    return Operation(
        request,
        "block",
        who,
        f"/blocks/{request}",
        {**body, **WHY, **term},
        happened,
        about=about(goods),
    )


def lift(desk: Desk, who: Character) -> Operation | None:
    live = [
        name
        for name, ban in desk.ledger.blocks.items()
        if ban.is_live and ban.state == who.member_state and desk.is_free(name)
    ]
    if not live:
        return None
    block, request = desk.random.choice(live), desk.name()
    path = f"/blocks/{block}/lifting/{request}"
    happened = once(partial(lifted, block))
    return Operation(request, "lift", who, path, WHY, happened, about=frozenset({block}))


def blocked(id: UUID, state: str, goods: Named, ledger: Ledger, answer: Answer) -> None:
    units, packages = goods
    if packages:
        box = ledger.named[packages[0]]
        agree("units blocked", answer["units"], sum(1 for _ in ledger.contents(box)))
        ledger.blocks[id] = Ban(state, box=box)
        return
    agree("units blocked", answer["units"], len(units) or None)
    ledger.blocks[id] = Ban(state, frozenset(units))


def lifted(id: UUID, ledger: Ledger, _: Answer) -> None:
    ended(id, ledger)


def ended(id: UUID, ledger: Ledger) -> None:
    """Lifted, or its term has passed and somebody came upon it."""
    if not ledger.blocks[id].is_live:
        raise Mismatch(f"block {id} ended twice")
    ledger.blocks[id] = ledger.blocks[id]._replace(is_live=False)


VERBS = ((2, block), (2, lift))
