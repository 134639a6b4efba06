"""Goods get new codes; goods arrive under codes of an operator that is not in this registry."""

from functools import partial
from string import ascii_letters

from tests.storm.ledger import Custody, Key, Ledger, Mismatch, Stand
from tests.storm.operations import Answer, Desk, Operation, about, agree, once
from tests.world import Character

ACT = {"kind": "OTHER", "name": "Act", "number": "5", "date": "2026-01-15"}
PAPER = {"kind": "CONSIGNMENT_NOTE", "number": "9", "date": "2026-01-15"}
SENDER = {"member_state": "RU", "name": "Молокозавод", "tax_id": "7707083893"}

Pairs = dict[Key, tuple[Key, ...]]  # what each new code replaces; nothing: it cannot be read


# Plans


def remark(desk: Desk, who: Character) -> Operation | None:
    """A few new codes for old ones of the same product, wherever these lie."""
    new = desk.known(desk.loose(who, "APPLIED", most=3))
    if not new:
        return None
    gtin, ledger = desk.gtins[new[0].batch], desk.ledger

    def fits(key: Key, stand: Stand) -> bool:
        fitting = stand.status in {"APPLIED", "IN_CIRCULATION"} and key not in new
        mine = fitting and desk.gtins[key.batch] == gtin and key.batch in desk.codes
        return mine and ledger.custody(key)._replace(state=None) == Custody(who.name)

    old = list(desk.units(fits, 4, scattered=True))
    pairs: Pairs = {}
    for key in new:
        count = 2 if desk.chance(0.2) else int(desk.chance(0.9))
        pairs[key] = tuple(old.pop() for _ in range(min(count, len(old))))
    told = [
        {"new": desk.code(key), "old": desk.code(one) if one else None}
        for key, olds in pairs.items()
        for one in (olds or (None,))
    ]
    body = {"pairs": told, "cause": "CODE_SPOILED_OR_LOST", "document": ACT}
    request = desk.name()
    keys = tuple(key for one, olds in pairs.items() for key in (one, *olds))
    happened = once(partial(remarked, who, pairs))
    return Operation(
        request, "re-mark", who, f"/remarkings/{request}", body, happened, about=about((keys, ()))
    )


def arrive(desk: Desk, who: Character) -> Operation | None:
    """Milk from Russia under its own codes, accepted by who has the product."""
    if who.name not in desk.products:
        return None
    gtin, quantity = desk.products[who.name][0], desk.random.randint(1, 20)
    batch = desk.name()
    codes = [f"01{gtin}215{serial(desk)}\x1d93{serial(desk)[:4]}" for _ in range(quantity)]
    desk.gtins[batch] = gtin
    desk.codes[batch] = codes
    body = {"gtin": gtin, "codes": codes, "sender": SENDER, "documents": [PAPER]}

    def arrived(ledger: Ledger, answer: Answer) -> None:
        agree("units that arrived", answer["quantity"], quantity)
        stand = Stand("IN_CIRCULATION", Custody(who.name, who.member_state.value))
        ledger.units[batch] = [stand] * quantity

    return Operation(batch, "arrive", who, f"/foreign-acceptances/{batch}", body, once(arrived))


def serial(desk: Desk) -> str:
    return "".join(desk.random.choices(ascii_letters, k=5))


# Effects


def remarked(who: Character, pairs: Pairs, ledger: Ledger, answer: Answer) -> None:
    agree("new codes", answer["units"], len(pairs))
    agree("codes replaced", answer["replaced"], sum(map(len, pairs.values())))
    for new, olds in pairs.items():
        if ledger.stand(new).status != "APPLIED" or ledger.around(new):
            raise Mismatch(f"{new} was put on goods from {ledger.stand(new)}")
        ledger.replaced[new] = olds
        if olds:
            replace(ledger, new, olds)
        else:
            custody = Custody(who.name, who.member_state.value)
            ledger.write(new, ledger.stand(new)._replace(status="IN_CIRCULATION", custody=custody))


def replace(ledger: Ledger, new: Key, olds: tuple[Key, ...]) -> None:
    """The new code stands where the old ones stood, a pack's with all that is in it."""
    old, custody = olds[0], ledger.custody(olds[0])
    stand, pack = ledger.stand(old), ledger.named.get(old)
    ledger.place(new, stand.parent, stand.custody)
    ledger.write(new, stand)
    if pack is not None:
        fresh = ledger.make(new, ledger.boxes[pack].kind)
        for child in list(ledger.inside[pack]):
            ledger.put(child, fresh)
        ledger.end(pack)
    for one in olds:
        ledger.place(one, None, custody)
        gone = ledger.stand(one)
        parts = gone.parts and (0, gone.parts[1])
        ledger.write(one, gone._replace(status="WITHDRAWN", reason="REMARKED", parts=parts))


VERBS = ((3, remark), (1, arrive))
