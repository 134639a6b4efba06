"""Goods are offered, accepted in whole or in part, rejected, taken back."""

from functools import partial
from typing import NamedTuple
from uuid import UUID

from tests.storm.ledger import Child, Custody, Deal, Key, Ledger, Mismatch, Named
from tests.storm.operations import Answer, Desk, Operation, about, agree, number_of, once
from tests.world import Character

PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "17", "date": "2026-01-15"}
FOR_SALE = "IN_CIRCULATION"
NONE: Named = ((), ())


# Plans


def offer(desk: Desk, who: Character) -> Operation | None:
    """Loose units, packs and packages, in any mix."""
    boxes = desk.roots(who, 3, FOR_SALE) if desk.chance(0.7) else []
    packs = desk.roots(who, 2, FOR_SALE, coded=True) if desk.chance(0.4) else []
    names = (desk.ledger.boxes[box].name for box in packs)
    units = desk.loose(who, FOR_SALE, most=30) if desk.chance(0.6) or not boxes else ()
    goods = ((*units, *(name for name in names if isinstance(name, Key))), desk.name_of(boxes))
    if goods == NONE:
        return None
    receiver = desk.random.choice([one for one in desk.people if one is not who])
    named = {"member_state": receiver.member_state, "tax_id": receiver.tax_id}
    body = {
        "kind": "SALE",
        "receiver": named if desk.chance(0.5) else {"participant": str(receiver.uuid)},
        "goods": desk.told(goods),
        "documents": [PAPER],
    }
    if desk.chance(0.15):
        body["expires_at"] = desk.soon()
    request = desk.name()
    happened = once(partial(offered, request, (who, receiver), goods))
    return Operation(
        request, "offer", who, f"/transfers/{request}", body, happened, about=about(goods)
    )


def deal_of(desk: Desk, who: Character, *, side: str) -> UUID | None:
    """An open transfer to answer, or one that was closed, now and then."""
    deals = list(desk.ledger.deals.items())[-40:]
    mine = [
        name
        for name, deal in deals
        if getattr(deal, side) == who.name
        and desk.is_free(name)
        and (deal.status == "OFFERED" or desk.chance(0.001))
    ]
    return desk.random.choice(mine) if mine else None


class Parts(NamedTuple):
    """What an answer is about: goods, or with None all that is left; less what is kept back."""

    goods: Named | None = None
    but: Named = NONE
    missing: Named = NONE
    close: bool = False


def part_of(desk: Desk, deal: UUID) -> Named:
    """Some of what carries the transfer, or of what is inside that."""
    ledger = desk.ledger
    children = ledger.of_deal(deal)
    picked = desk.random.sample(children, min(len(children), desk.random.randint(1, 4)))
    found: list[Child] = []
    for child in picked:
        units = list(ledger.whole(child) if isinstance(child, Key) else ledger.contents(child))
        deep = [key for key in units if key not in ledger.named]
        found.append(desk.random.choice(deep) if deep and desk.chance(0.3) else child)
    keys = tuple(dict.fromkeys(child for child in found if isinstance(child, Key)))
    return keys, desk.name_of(dict.fromkeys(one for one in found if not isinstance(one, Key)))


def exceptions(desk: Desk, deal: UUID) -> Named:
    """A unit or two that lie in a package of the transfer."""
    ledger = desk.ledger
    boxes = [child for child in ledger.of_deal(deal) if not isinstance(child, Key)]
    if not boxes or not desk.chance(0.3):
        return NONE
    units = [key for key in ledger.contents(boxes[0]) if key not in ledger.named]
    return tuple(desk.random.sample(units, min(len(units), 2))), ()


def accept(desk: Desk, who: Character) -> Operation | None:
    deal = deal_of(desk, who, side="receiver")
    if deal is None:
        return None
    goods = part_of(desk, deal) if desk.chance(0.4) else None
    if goods == NONE:
        return None
    kept = exceptions(desk, deal) if goods is None else NONE
    is_missing = desk.chance(0.5)
    parts = Parts(
        goods,
        NONE if is_missing else kept,
        kept if is_missing else NONE,
        desk.chance(0.2) and goods is not None,
    )
    request = desk.name()
    body = {
        **({"all": True} if goods is None else {"goods": desk.told(goods)}),
        **({"except": desk.told(parts.but)} if parts.but != NONE else {}),
        **({"missing": desk.told(parts.missing)} if parts.missing != NONE else {}),
        "assurance": "TRUSTING",
        "close": parts.close,
    }
    path = f"/transfers/{deal}/acceptances/{request}"
    happened = once(partial(accepted, deal, who, parts))
    return Operation(request, "accept", who, path, body, happened, about=frozenset({deal}))


def reject(desk: Desk, who: Character) -> Operation | None:
    deal = deal_of(desk, who, side="receiver")
    if deal is None:
        return None
    goods = part_of(desk, deal) if desk.chance(0.5) else None
    if goods == NONE:
        return None
    request = desk.name()
    told = {"all": True} if goods is None else {"goods": desk.told(goods)}
    body = {"reason": "damaged", **told}
    path = f"/transfers/{deal}/rejections/{request}"
    happened = once(partial(rejected, deal, goods))
    return Operation(request, "reject", who, path, body, happened, about=frozenset({deal}))


def cancel_offer(desk: Desk, who: Character) -> Operation | None:
    deal = deal_of(desk, who, side="sender")
    if deal is None:
        return None
    request = desk.name()
    path = f"/transfers/{deal}/cancellations/{request}"
    happened = once(partial(cancelled, deal))
    return Operation(request, "cancel an offer", who, path, {}, happened, about=frozenset({deal}))


# Effects


def outermost(ledger: Ledger, goods: Named) -> list[Child]:
    """What is named, packages first."""
    units, packages = goods
    return [*(ledger.named[name] for name in packages), *units]


def offered(
    id: UUID, sides: tuple[Character, Character], goods: Named, ledger: Ledger, answer: Answer
) -> None:
    sender, receiver = sides
    units = ledger.meant(goods)
    agree("units offered", answer["units"], len(units))
    batches = frozenset(key.batch for key in units)
    ledger.deals[id] = Deal(sender.name, receiver.name, "OFFERED", len(units), batches=batches)
    for child in outermost(ledger, goods):
        custody = ledger.custody(child)
        if custody.holder != sender.name or custody.transfer or ledger.around(child):
            raise Mismatch(f"{child} was offered from {custody}")
        ledger.give(child, custody._replace(transfer=id))


def size(ledger: Ledger, child: Child) -> int:
    return number_of(ledger.whole(child) if isinstance(child, Key) else ledger.contents(child))


def holds(ledger: Ledger, deal: UUID, child: Child) -> bool:
    alive = isinstance(child, Key) or child in ledger.boxes
    return alive and ledger.custody(child).transfer == deal


def keep_back(ledger: Ledger, deal: UUID, goods: Named) -> None:
    """Unpacked to the sender, and released."""
    for child in outermost(ledger, goods):
        if holds(ledger, deal, child):
            ledger.leave(child)
            ledger.give(child, ledger.custody(child)._replace(transfer=None))


def left_in(ledger: Ledger, deal: UUID) -> int:
    return sum(size(ledger, child) for child in ledger.of_deal(deal))


def check_open(ledger: Ledger, deal: UUID) -> None:
    if ledger.deals[deal].status != "OFFERED":
        raise Mismatch(f"transfer {deal} was answered when it was {ledger.deals[deal].status}")


def accepted(id: UUID, receiver: Character, parts: Parts, ledger: Ledger, answer: Answer) -> None:
    check_open(ledger, id)
    before = left_in(ledger, id)
    keep_back(ledger, id, parts.but)
    keep_back(ledger, id, parts.missing)
    children = ledger.of_deal(id) if parts.goods is None else outermost(ledger, parts.goods)
    passed = 0
    for child in children:
        if holds(ledger, id, child):
            ledger.leave(child)
            passed += size(ledger, child)
            ledger.give(child, Custody(receiver.name, receiver.member_state.value))
    released = before - left_in(ledger, id) - passed
    ledger.end_empty()
    settle(ledger, id, answer, passed, released, close=parts.close)


def settle(  # noqa: PLR0913 - what became of the goods
    ledger: Ledger, id: UUID, answer: Answer, passed: int, released: int, *, close: bool
) -> None:
    deal = ledger.deals[id]
    now = deal._replace(accepted=deal.accepted + passed, released=deal.released + released)
    rest = 0
    if not now.left or close:
        rest = release(ledger, id)
        status = closed(now)
        now = now._replace(status=status, released=now.released + rest)
    ledger.deals[id] = now
    told = tuple(answer[name] for name in ("status", "accepted", "released", "left"))
    agree(f"the answer to {id}", told, (now.status, passed, released + rest, now.left))


def release(ledger: Ledger, id: UUID) -> int:
    """All that is left is the sender's again, and free."""
    units = left_in(ledger, id)
    for child in ledger.of_deal(id):
        ledger.give(child, ledger.custody(child)._replace(transfer=None))
    return units


def closed(deal: Deal, otherwise: str = "REJECTED") -> str:
    if deal.accepted == deal.offered:
        return "ACCEPTED"
    return "PARTLY_ACCEPTED" if deal.accepted else otherwise


def expired(id: UUID, ledger: Ledger) -> None:
    """The deadline passed, and somebody came upon it."""
    check_open(ledger, id)
    released = release(ledger, id)
    deal = ledger.deals[id]
    status = closed(deal, "EXPIRED")
    ledger.deals[id] = deal._replace(status=status, released=deal.released + released)


def rejected(id: UUID, goods: Named | None, ledger: Ledger, answer: Answer) -> None:
    check_open(ledger, id)
    before = left_in(ledger, id)
    if goods is None:
        release(ledger, id)
    else:
        keep_back(ledger, id, goods)
    released = before - left_in(ledger, id)
    ledger.end_empty()
    settle(ledger, id, answer, 0, released, close=False)


def cancelled(id: UUID, ledger: Ledger, answer: Answer) -> None:
    check_open(ledger, id)
    released = release(ledger, id)
    deal = ledger.deals[id]
    if deal.accepted or deal.released:
        raise Mismatch(f"transfer {id} was taken back after an answer")
    ledger.deals[id] = deal._replace(status="CANCELLED", released=released)
    agree("units released", answer["released"], released)


VERBS = (
    (10, offer),
    (9, accept),
    (3, reject),
    (1, cancel_offer),
)
