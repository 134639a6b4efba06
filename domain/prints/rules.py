"""When goods may be printed, and who may see that they were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from domain.catalogue.groups import catalogue
from domain.codes.orders import LotData
from domain.errors import PrintTooLarge
from domain.participants.actor import Actor
from domain.prints.orders import Filled, NamedGoods, Shape
from domain.prints.runs import Stretch
from domain.prints.told import Facts, PackageFacts, price_text
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, UnitStatus

MOST_UNITS = 1_000_000
MOST_LABELS = 1_100_000
# A label of what is cancelled or withdrawn could only serve to sell something else under it.
PRINTABLE = frozenset({UnitStatus.ISSUED, UnitStatus.APPLIED, UnitStatus.IN_CIRCULATION})


def check_size(units: int, packages: int, copies: int) -> None:
    """Refuse a print beyond the limits, copies included."""
    labels = (units + packages) * copies
    if units > MOST_UNITS or labels > MOST_LABELS:
        raise PrintTooLarge(units, labels, MOST_UNITS, MOST_LABELS)


def unprintable(stretches: Iterable[Stretch]) -> list[Stretch]:
    return [one for one in stretches if one.status not in PRINTABLE]


def by_status(stretches: Iterable[Stretch]) -> dict[str, int]:
    """How many units stand in each status."""
    counts: dict[str, int] = {}
    for one in stretches:
        status = str(one.status)
        counts[status] = counts.get(status, 0) + one.units
    return dict(sorted(counts.items()))


def shapes(
    goods: Iterable[NamedGoods],
    lots: Mapping[int, Iterable[LotData]],
    foreign: Sequence[tuple[str, str]],
    maker: str,
) -> tuple[Shape, ...]:
    """How the codes of these batches are built, and the most that their labels tell.

    `lots` are those of each batch's units, `foreign` (template, code) of other operators' codes.
    """
    templates = catalogue().templates
    found: dict[tuple[str, tuple[str, ...]], Shape] = {}
    for one in goods:
        template = templates[one.template]
        printed = {"240": bool(one.tnved), "8005": "8005" in template.optional}
        optional = tuple(ai for ai, is_there in printed.items() if is_there)
        price = None if one.price_minor is None else price_text(one.price_minor, one.member_state)
        facts = Facts(one.name, one.gtin, None, None, None, maker, one.member_state, price)
        for lot in lots.get(one.id, ()):
            facts = longest(facts, facts._replace(**lot_facts(lot)))
        told = {lot.lot_number: None for lot in lots.get(one.id, ()) if lot.lot_number}
        key = one.template, optional
        if key in found:
            facts = longest(found[key].facts, facts)
            told |= dict.fromkeys(found[key].lots)
        theirs = tuple(code for name, code in foreign if name == one.template)
        found[key] = Shape(template, optional, facts, theirs, tuple(told))
    return tuple(found[key] for key in sorted(found))


def lot_facts(lot: LotData) -> dict[str, Any]:
    return {name: value for name, value in lot._asdict().items() if name != "customs"}


def longest(one: Facts, other: Facts) -> Facts:
    """Of each fact the one that takes more room."""
    longer = {
        name: value
        for name, value in other._asdict().items()
        if room(value) > room(getattr(one, name))
    }
    return one._replace(**longer)


def room(value: object) -> int:
    return 0 if value is None else len(str(value))


def widest(packages: Iterable[PackageFacts]) -> tuple[PackageFacts, ...]:
    """Of packages whose labels take the same room, one each.

    A lot number is never cut and may stand in bars, so that each is told, whatever its length.
    """
    found = {(one.lot_number, *map(room, astuple(one))): one for one in packages}
    return tuple(found.values())


def may_see(actor: Actor, printed_by: int, states: Iterable[MemberState]) -> bool:
    """Whether a print is told to this participant: its own, or as an overseer of these states."""
    if actor.id == printed_by or Role.INSPECTOR in actor.roles:
        return True
    return Role.OPERATOR in actor.roles and actor.member_state in set(states)


def label_of(package: Filled, sender: str, receiver: str | None) -> PackageFacts:
    """What a package's label tells; pinned, as its contents may change."""
    return PackageFacts(
        sscc=package.sscc,
        kind=package.kind,
        product_name=package.product_name,
        gtin=package.gtin,
        count=package.units,
        lot_number=package.lot_number,
        sender=sender,
        receiver=receiver,
    )
