"""Receipts come in and units come back; goods are withdrawn by their holder's word, and restored."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.storm.ledger import Custody, Key, Ledger, Mismatch, Named, Stand
from tests.storm.operations import (
    Answer,
    Desk,
    Happening,
    Item,
    Operation,
    Share,
    about,
    agree,
    once,
)
from tests.storm.trading import closed
from tests.world import Character

SOLD = "RETAIL"
DIVIDED = "beer"  # kegs are sold in parts, too
ACT = {"kind": "OTHER", "name": "Act", "number": "4", "date": "2026-01-15"}


# Plans


def sell(desk: Desk, who: Character) -> Operation | None:
    """A call of a till: some receipts, and now and then one that was sent before."""
    slips = [slip for _ in range(desk.random.randint(1, 6)) if (slip := sale(desk, who))]
    return call(desk, who, slips, "SALE") if slips else None


def take_back(desk: Desk, who: Character) -> Operation | None:
    """Customers bring back what was sold, by the same seller or not; or what never was."""

    def fits(key: Key, stand: Stand) -> bool:
        return stand.reason == SOLD and key.batch in desk.codes

    units = desk.units(fits, 4, scattered=True)
    if desk.chance(0.05):
        units = desk.known(desk.loose(who, "IN_CIRCULATION", most=1))
    return call(desk, who, [tuple((key, None) for key in units)], "RETURN") if units else None


def sale(desk: Desk, who: Character) -> tuple[Item, ...]:
    """Units on a shelf, or in packages; nearly always the seller's own. Packs go whole, too."""
    anybody = desk.chance(0.03)
    if desk.chance(0.3):
        boxes = desk.roots(who, 1, coded=desk.chance(0.4))
        inside = [key for box in boxes for key in desk.ledger.contents(box)]
        own = [name for box in boxes if isinstance(name := desk.ledger.boxes[box].name, Key)]
        units = tuple(desk.random.sample([*inside, *own], min(2, len(inside))))
    else:
        units = desk.units(
            lambda _, stand: (
                stand.status == "IN_CIRCULATION"
                and (anybody or stand.custody.holder == who.name)
                and (stand.custody.transfer is None or desk.chance(0.1))
            ),
            4,
            scattered=True,
        )
    return tuple(item(desk, key) for key in desk.known(units))


def item(desk: Desk, key: Key) -> Item:
    is_divided = desk.group(key) == DIVIDED and key not in desk.ledger.named
    if is_divided and desk.chance(0.6):
        return key, (desk.random.randint(1, 4), 10)
    return key, None


def call(desk: Desk, who: Character, slips: list[tuple[Item, ...]], kind: str) -> Operation:
    receipts = [receipt(desk, slip, kind) for slip in slips]
    items = list(slips)
    mine = [told for told in desk.printed[-200:] if told[0] is who]
    if mine and desk.chance(0.15):
        _, again, slip = desk.random.choice(mine)
        receipts.append(again)
        items.append(slip)
    desk.printed += [(who, *told) for told in zip(receipts, items, strict=True)]
    request = desk.name()
    keys = tuple(key for slip in items for key, _ in slip)
    verb = "sell" if kind == "SALE" else "take back"
    happened = partial(recorded, who, receipts, items)
    body = {"receipts": receipts}
    return Operation(
        request, verb, who, f"/receipts/{request}", body, happened, about=about((keys, ()))
    )


def receipt(desk: Desk, items: tuple[Item, ...], kind: str) -> dict[str, Any]:
    desk.documents += 1
    told = [
        {"code": desk.code(key)} | ({"parts": share[0], "of": share[1]} if share else {})
        for key, share in items
    ]
    return {
        "till": f"till {desk.random.randint(1, 4)}",
        "fiscal_document": str(desk.documents),
        "kind": kind,
        "issued_at": datetime.now(UTC).isoformat(),
        "items": told,
    }


def withdraw(desk: Desk, who: Character) -> Operation | None:
    """Loose units, packs or packages, whole; reasons that can be undone, and one that cannot."""
    goods: Named = (desk.loose(who, "IN_CIRCULATION", most=10), ())
    if desk.chance(0.3):
        goods = ((), desk.name_of(desk.roots(who, 1, "IN_CIRCULATION")))
    elif desk.chance(0.2):
        names = (
            desk.ledger.boxes[box].name for box in desk.roots(who, 1, "IN_CIRCULATION", coded=True)
        )
        goods = (tuple(name for name in names if isinstance(name, Key)), ())
    if not any(goods):
        return None
    reason = desk.random.choice(("OWN_USE", "DESTRUCTION", "EXPORT_BEYOND_UNION"))
    body = {**desk.told(goods), "reason": reason, "document": ACT}
    request = desk.name()
    happened = once(partial(withdrawn, who.name, goods, reason))
    return Operation(
        request, "withdraw", who, f"/withdrawals/{request}", body, happened, about=about(goods)
    )


def restore(desk: Desk, who: Character) -> Operation | None:
    """Loose units that were withdrawn for a reason that can be undone."""

    def fits(_: Key, stand: Stand) -> bool:
        mine = stand.custody.holder == who.name and stand.parent is None
        return mine and stand.reason in {"OWN_USE", "EXPORT_BEYOND_UNION"} and not stand.parts

    units = desk.units(fits, 10)
    if not units or any(key in desk.ledger.named for key in units):
        return None
    body = {**desk.told((units, ())), "document": ACT}
    request = desk.name()
    happened = once(partial(restored, who.name, units))
    return Operation(
        request,
        "restore",
        who,
        f"/restorations/{request}",
        body,
        happened,
        about=about((units, ())),
    )


# Effects


def recorded(
    who: Character,
    receipts: list[dict[str, Any]],
    slips: list[tuple[Item, ...]],
    answer: Answer,
) -> list[Happening]:
    """Each receipt that was recorded happens by itself; the others happened before."""
    told = answer["receipts"]
    agree("receipts answered", len(told), len(receipts))
    return [
        (one["event"], partial(happen, who, receipt, items))
        for one, receipt, items in zip(told, receipts, slips, strict=True)
        if one["outcome"] == "recorded"
    ]


def happen(
    who: Character, receipt: dict[str, Any], items: tuple[Item, ...], ledger: Ledger
) -> None:
    key = (who.name, receipt["till"], receipt["fiscal_document"])
    if key in ledger.receipts:
        raise Mismatch(f"receipt {key} was recorded twice")
    ledger.receipts[key] = receipt["kind"]
    for one in items:
        if receipt["kind"] == "SALE":
            sold(ledger, one)
        else:
            returned(ledger, one)


def sold(ledger: Ledger, item: Item) -> None:
    """The unit leaves all that it is in; a pack goes with its contents."""
    key, share = item
    leave(ledger, key)
    after = after_sale(ledger.stand(key), share)
    ledger.write(key, after)
    if after.status != "IN_CIRCULATION":
        for one in list(ledger.whole(key))[1:]:
            ledger.write(one, after_sale(ledger.stand(one), None))


def returned(ledger: Ledger, item: Item) -> None:
    """What was sold is loose and in circulation again; what was not stays where it is."""
    key, _ = item
    if not was_sold(ledger.stand(key)):
        return
    leave(ledger, key)
    for one in list(ledger.whole(key)):
        ledger.write(one, after_return(ledger.stand(one)))


def leave(ledger: Ledger, key: Key) -> None:
    """Leave packages and the open transfer, which packs that dissolve by that leave, too."""
    transfer = ledger.custody(key).transfer
    around = [box for box in ledger.around(key) if isinstance(ledger.boxes[box].name, Key)]
    units = sum(1 for _ in ledger.whole(key)) + len(around)
    ledger.leave(key)
    ledger.end_empty()
    if transfer is None:
        return
    ledger.give(key, ledger.custody(key)._replace(transfer=None))
    deal = ledger.deals[transfer]
    deal = deal._replace(sold=deal.sold + units)
    ledger.deals[transfer] = deal if deal.left else deal._replace(status=closed(deal))


def after_sale(stand: Stand, share: Share | None) -> Stand:
    if stand.status != "IN_CIRCULATION":
        return stand
    if share is None and stand.parts is None:
        return stand._replace(status="WITHDRAWN", reason=SOLD)
    undivided = (share[1], share[1]) if share else (1, 1)
    left, whole = stand.parts or undivided
    rest = max(left - taken(whole, share), 0)
    divided = stand._replace(parts=(rest, whole))
    return divided if rest else divided._replace(status="WITHDRAWN", reason=SOLD)


def taken(whole: int, share: Share | None) -> int:
    return whole if share is None else -(-share[0] * whole // share[1])


def was_sold(stand: Stand) -> bool:
    if stand.status == "WITHDRAWN":
        return stand.reason == SOLD
    return stand.status == "IN_CIRCULATION" and stand.parts is not None


def after_return(stand: Stand) -> Stand:
    if not was_sold(stand):
        return stand
    return stand._replace(status="IN_CIRCULATION", reason=None, parts=None)


def leaving(ledger: Ledger, who: str, goods: Named, answer: Answer) -> list[Key]:
    """The units of a withdrawal or restoration, seen to be the holder's and free."""
    keys = ledger.meant(goods)
    agree("units that the word was about", answer["units"], len(keys))
    for key in keys:
        if ledger.custody(key)._replace(state=None) != Custody(who):
            raise Mismatch(f"{who} disposed of {key} in {ledger.custody(key)}")
    return keys


def withdrawn(who: str, goods: Named, reason: str, ledger: Ledger, answer: Answer) -> None:
    for key in leaving(ledger, who, goods, answer):
        stand = ledger.stand(key)
        parts = stand.parts and (0, stand.parts[1])
        if stand.status == "APPLIED":
            ledger.write(key, stand._replace(status="CANCELLED", parts=parts))
        else:
            gone = stand._replace(status="WITHDRAWN", reason=reason, parts=parts)
            ledger.write(key, gone)


def restored(who: str, units: tuple[Key, ...], ledger: Ledger, answer: Answer) -> None:
    for key in leaving(ledger, who, (units, ()), answer):
        back = ledger.stand(key)._replace(status="IN_CIRCULATION", reason=None)
        ledger.write(key, back)


Plan = Callable[[Desk, Character], Operation | None]
VERBS: tuple[tuple[int, Plan], ...] = (
    (8, sell),
    (3, take_back),
    (3, withdraw),
    (5, restore),
)
