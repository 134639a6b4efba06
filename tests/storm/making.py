"""Batches are registered; their codes applied, introduced, cancelled, given lots."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.storm.ledger import Custody, Key, Ledger, Mismatch, Stand
from tests.storm.operations import Answer, Desk, Operation, about, agree, once
from tests.world import Character

MOST_UNITS = 120
LARGE = 3_000


def register(desk: Desk, who: Character) -> Operation | None:
    if who.name not in desk.products:
        return None
    batch, gtin = desk.name(), desk.random.choice(desk.products[who.name])
    quantity = LARGE if desk.chance(0.02) else desk.random.randint(10, MOST_UNITS)
    body = {"gtin": gtin, "quantity": quantity, "member_state": who.member_state}
    desk.gtins[batch] = gtin

    def registered(ledger: Ledger, answer: Answer) -> None:
        agree("units registered", answer["quantity"], quantity)
        stand = Stand("ISSUED", Custody(who.name, who.member_state.value))
        ledger.units[batch] = [stand] * quantity

    return Operation(batch, "register", who, f"/batches/{batch}", body, once(registered))


def step(
    verb: str, path: str, starts: tuple[str, ...], becomes: Callable[[Stand, Character], Stand]
) -> Callable[[Desk, Character], Operation | None]:
    """The plan of a step in the life of a code, from these statuses to how it stands then."""

    def plan(desk: Desk, who: Character) -> Operation | None:
        keys = desk.loose(who, *starts, most=MOST_UNITS)
        if verb in {"introduce", "give a lot"} and desk.chance(0.2):
            keys = tuple(packs(desk, who, *starts)) or keys
        if not keys:
            return None
        body = desk.told((keys, ()))
        lot = None
        if verb in {"introduce", "give a lot"}:
            lot = f"L-{desk.random.randint(1, 9)}"
            body["lot"] = {"lot_number": lot, "produced_on": "2026-01-15"}
        happened = once(partial(stepped, keys, starts, lambda stand: becomes(stand, who), lot))
        request = desk.name()
        return Operation(
            request, verb, who, f"/{path}/{request}", body, happened, about=about((keys, ()))
        )

    return plan


def packs(desk: Desk, who: Character, *statuses: str) -> Iterator[Key]:
    for box in desk.roots(who, 1, *statuses, coded=True):
        name = desk.ledger.boxes[box].name
        if isinstance(name, Key):
            yield name


def stepped(  # noqa: PLR0913, PLR0917 - the whole step
    keys: tuple[Key, ...],
    starts: tuple[str, ...],
    becomes: Callable[[Stand], Stand],
    lot: str | None,
    ledger: Ledger,
    answer: Answer,
) -> None:
    units = ledger.meant((keys, ()))  # a pack's code stands for all that is in it
    agree("units that took the step", answer["units"], len(units))
    for key in units:
        stand = ledger.stand(key)
        if stand.status not in starts or stand.custody.transfer:
            raise Mismatch(f"{key} took a step from {stand}")
        after = becomes(stand)
        ledger.write(key, after if lot is None else after._replace(lot=lot))


def introduced(stand: Stand, who: Character) -> Stand:
    """In turnover where the holder is; what lies in a package has no custody of its own."""
    loose = stand.custody._replace(state=who.member_state.value)
    custody = loose if stand.parent is None else stand.custody
    return stand._replace(status="IN_CIRCULATION", custody=custody)


def to(status: str) -> Callable[[Stand, Character], Stand]:
    return lambda stand, _: stand._replace(status=status)


VERBS = (
    (7, register),
    (10, step("apply", "applications", ("ISSUED",), to("APPLIED"))),
    (10, step("introduce", "introductions", ("APPLIED",), introduced)),
    (1, step("cancel", "cancellations", ("ISSUED", "APPLIED"), to("CANCELLED"))),
    (
        2,
        step(
            "give a lot",
            "lots",
            ("ISSUED", "APPLIED", "IN_CIRCULATION"),
            lambda stand, _: stand,
        ),
    ),
)
