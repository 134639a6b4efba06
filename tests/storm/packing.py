"""Goods are put into packages, told as JSON or as a packing line's report, and taken out again."""

from functools import partial
from typing import Any, NamedTuple

from domain.standards.gs1_keys import check_digit
from tests.storm.ledger import NOWHERE, Child, Custody, Key, Ledger, Mismatch
from tests.storm.operations import Answer, Desk, Operation, about, agree, once
from tests.world import Character

PACKABLE = ("APPLIED", "IN_CIRCULATION")
OF_SETS = "sweets"


class Filling(NamedTuple):
    """A package, new or not, and what shall lie directly in it."""

    name: str | Key
    kind: str
    units: tuple[Key, ...] = ()
    packages: tuple[str, ...] = ()


def sscc(desk: Desk) -> str:
    desk.ssccs += 1
    digits = f"14607095{desk.ssccs:09}"
    return digits + check_digit(digits)


# Plans


def cases(desk: Desk, who: Character) -> Operation | None:
    """Loose units into new cases, and now and then the cases onto a pallet."""
    units = alike(desk, desk.loose(who, *PACKABLE, most=40))
    if not units:
        return None
    size = desk.random.randint(1, len(units))
    fillings = [
        Filling(sscc(desk), "TRANSPORT", units[at : at + size]) for at in range(0, len(units), size)
    ]
    if desk.chance(0.3):
        names = tuple(one.name for one in fillings if isinstance(one.name, str))
        fillings.append(Filling(sscc(desk), "TRANSPORT", (), names))
    return packing(desk, who, fillings)


def stack(desk: Desk, who: Character) -> Operation | None:
    """Transport units into one another, new or old, with some loose units."""
    boxes = desk.roots(who, 3, *PACKABLE)
    state = desk.ledger.custody(boxes[0]).state if boxes else None
    boxes = [box for box in boxes if desk.ledger.custody(box).state == state]
    if not boxes:
        return None
    name = sscc(desk)
    if len(boxes) > 1 and desk.chance(0.5):
        name = str(desk.ledger.boxes[boxes.pop()].name)
    units = desk.loose(who, *PACKABLE, most=5)
    units = tuple(key for key in units if desk.ledger.stand(key).custody.state == state)
    return packing(desk, who, [Filling(name, "TRANSPORT", units, desk.name_of(boxes))])


def group(desk: Desk, who: Character) -> Operation | None:
    """Units into group packs with codes of their own, and these into a case, perhaps."""
    units = alike(desk, desk.loose(who, *PACKABLE, most=16))
    size = desk.random.randint(2, 6)
    packs = [units[at : at + size] for at in range(0, len(units), size)]
    fillings = [Filling(part[0], "GROUP", part[1:]) for part in packs if len(part) > 1]
    if not fillings:
        return None
    if desk.chance(0.4):
        codes = tuple(one.name for one in fillings if isinstance(one.name, Key))
        fillings.append(Filling(sscc(desk), "TRANSPORT", codes))
    return packing(desk, who, fillings)


def of_set(desk: Desk, who: Character) -> Operation | None:
    """Units of two products into a set."""
    first, second = (alike(desk, desk.loose(who, *PACKABLE, most=6)) for _ in range(2))
    both = (*first, *second)
    if len(first) < 2 or len(alike(desk, both)) < len(both):
        return None
    if len({desk.gtins[key.batch] for key in both}) < 2 or {*map(desk.group, both)} != {OF_SETS}:
        return None
    return packing(desk, who, [Filling(both[0], "SET", both[1:])])


def move(desk: Desk, who: Character) -> Operation | None:
    """Units out of one package into another; packs with codes dissolve by that."""
    boxes = desk.roots(who, 3, *PACKABLE)
    units = tuple(key for box in boxes[:1] for key in desk.ledger.contents(box))
    units = tuple(key for key in units if key not in desk.ledger.named)[:5]
    if not units:
        return None
    custody = desk.ledger.custody(boxes[0])
    others = [box for box in boxes[1:] if desk.ledger.custody(box) == custody]
    name = str(desk.ledger.boxes[others[0]].name) if others else sscc(desk)
    return packing(desk, who, [Filling(name, "TRANSPORT", units)], is_move=True)


def alike(desk: Desk, units: tuple[Key, ...]) -> tuple[Key, ...]:
    """Those of them that are in turnover in the same state as the first."""
    states = [desk.ledger.stand(key).custody.state for key in units]
    return tuple(key for key, state in zip(units, states, strict=True) if state == states[0])


def packing(
    desk: Desk, who: Character, fillings: list[Filling], *, is_move: bool = False
) -> Operation | None:
    """The operation, as a report where all codes are at hand and chance will have it."""
    coded = [one.name for one in fillings if isinstance(one.name, Key)]
    units = [key for one in fillings for key in one.units]
    if len(desk.known(coded)) < len(coded):
        return None
    request = desk.name()
    happened = once(partial(packed, who.name, fillings))
    goods = [(one.units, one.packages) for one in fillings]
    names = [one.name.batch if isinstance(one.name, Key) else one.name for one in fillings]
    known = len(desk.known(units)) == len(units)
    if known and desk.chance(0.4) and not any(one.kind == "SET" for one in fillings):
        path, params = f"/packings/{request}/file", {"move": "true"} if is_move else {}
        body: Any = report(desk, fillings)
    else:
        path, params = f"/packings/{request}", {}
        body = {"packages": [told(desk, one) for one in fillings], "move": is_move}
    verb = "move" if is_move else "pack"
    return Operation(
        request, verb, who, path, body, happened, params, about(*goods) | frozenset(names)
    )


def report(desk: Desk, fillings: list[Filling]) -> bytes:
    lines = []
    for one in fillings:
        name = desk.code(one.name) if isinstance(one.name, Key) else one.name
        lines += [f"{name}\t{desk.code(key)}\n" for key in one.units]
        lines += [f"{name}\t{package}\n" for package in one.packages]
    desk.random.shuffle(lines)
    return "".join(lines).encode()


def told(desk: Desk, filling: Filling) -> dict[str, Any]:
    contents = desk.told((filling.units, filling.packages))
    if isinstance(filling.name, Key):
        return {"code": desk.code(filling.name), "kind": filling.kind, "contents": contents}
    return {"sscc": filling.name, "contents": contents}


def unpack(desk: Desk, who: Character) -> Operation | None:
    """A package ends, or something is taken out of it: a unit, or a package inside."""
    boxes = desk.roots(who, 1) or desk.roots(who, 1, *PACKABLE, coded=True)
    if not boxes:
        return None
    ledger, box = desk.ledger, boxes[0]
    name = ledger.boxes[box].name
    units = [key for key in ledger.contents(box) if key not in ledger.named]
    inner = [child for child in ledger.inside[box] if not isinstance(child, Key)]
    opening = Opening()
    if isinstance(name, Key):
        opening = Opening(dissolved=(name,))
    elif inner and desk.chance(0.4):
        opening = Opening(taken=desk.name_of(inner[:2]))
    elif units and desk.chance(0.6):
        opening = Opening(units=tuple(desk.random.sample(units, min(3, len(units)))))
    else:
        opening = Opening(ended=(name,))
    dissolved = tuple(key for key in opening.dissolved if key in desk.known(opening.dissolved))
    if dissolved != opening.dissolved:
        return None
    out = desk.told((opening.units, ()))
    body = {
        **out,
        "packages": list(opening.ended),
        "take_out": list(opening.taken),
        "dissolve_codes": [desk.code(key) for key in dissolved],
    }
    request = desk.name()
    held = about((opening.units, (*opening.ended, *opening.taken))) | {name}
    happened = once(partial(unpacked, who.name, opening))
    return Operation(request, "unpack", who, f"/unpackings/{request}", body, happened, about=held)


class Opening(NamedTuple):
    """Units and transport units that leave, transport units and coded packs that end."""

    units: tuple[Key, ...] = ()
    taken: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    dissolved: tuple[Key, ...] = ()


# Effects


def check_free(ledger: Ledger, child: Child, who: str) -> None:
    custody = ledger.custody(child)
    if custody.holder != who or custody.transfer:
        raise Mismatch(f"{who} handled {child}, which was in {custody}")


def packed(who: str, fillings: list[Filling], ledger: Ledger, answer: Answer) -> None:
    agree("packages packed", answer["packages"], len(fillings))
    agree("units packed", answer["units"], sum(len(one.units) for one in fillings))
    states = {one.name: state_of(ledger, one, fillings) for one in fillings}
    for child in (child for one in fillings for child in there(ledger, one)):
        check_free(ledger, child, who)
        ledger.leave(child)
    for one in fillings:
        if one.name not in ledger.named:
            is_transport = isinstance(one.name, str)
            custody = Custody(who, states[one.name]) if is_transport else NOWHERE
            ledger.make(one.name, one.kind, custody)
    for one in fillings:
        for child in there(ledger, one):
            ledger.put(child, ledger.named[one.name])
    ledger.end_empty()


def there(ledger: Ledger, filling: Filling) -> list[Child]:
    """The contents that are there already; packages may be made by the same request."""
    packages = (ledger.named.get(name) for name in filling.packages)
    return [*filling.units, *(box for box in packages if box is not None)]


def state_of(ledger: Ledger, filling: Filling, fillings: list[Filling]) -> str | None:
    """The state of turnover of a new package: that of its contents, which may be new as well."""
    contents = there(ledger, filling)
    if contents:
        return ledger.custody(contents[0]).state
    inner = next(one for one in fillings if one.name in filling.packages)
    return state_of(ledger, inner, fillings)


def unpacked(who: str, opening: Opening, ledger: Ledger, _: Answer) -> None:
    for key in opening.units:
        check_free(ledger, key, who)
        ledger.leave(key)
    for name in opening.taken:
        check_free(ledger, ledger.named[name], who)
        ledger.leave(ledger.named[name])
    ended: list[str | Key] = [*opening.ended, *opening.dissolved]
    for box in (ledger.named[one] for one in ended):
        check_free(ledger, box, who)
        ledger.left += ledger.around(box)
        for each in [box, *ledger.around(box)]:
            if each == box or isinstance(ledger.boxes[each].name, Key):
                ledger.dissolve(each)
    ledger.end_empty()


VERBS = (
    (9, cases),
    (3, stack),
    (4, group),
    (2, of_set),
    (3, move),
    (6, unpack),
)
