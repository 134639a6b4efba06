"""When goods may be printed, and who may see that they were."""

from collections.abc import Iterable, Sequence
from typing import Any

from domain.catalogue.groups import catalogue
from domain.codes.orders import LabelOfBatch
from domain.errors import PrintTooLarge
from domain.participants.actor import Actor
from domain.prints.orders import Filled, Needs, Shape
from domain.prints.runs import Stretch
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
        counts[one.status] = counts.get(one.status, 0) + one.units
    return dict(sorted(counts.items()))


def shapes(labels: Iterable[LabelOfBatch], foreign: Sequence[tuple[str, str]]) -> tuple[Shape, ...]:
    """How the codes of these batches are built; `foreign` are (template, code) of others' codes."""
    templates = catalogue().templates
    found: dict[tuple[str, tuple[str, ...]], Shape] = {}
    for label in labels:
        template = templates[label.template]
        printed = {"240": bool(label.tnved), "8005": "8005" in template.optional}
        optional = tuple(ai for ai, is_there in printed.items() if is_there)
        theirs = tuple(code for name, code in foreign if name == label.template)
        found[label.template, optional] = Shape(template, optional, theirs)
    return tuple(found[key] for key in sorted(found))


def needs(shapes_: tuple[Shape, ...], units: int, packages: int, copies: int) -> Needs:
    return Needs(shapes_, units, packages, (units + packages) * copies)


def may_see(actor: Actor, printed_by: int, states: Iterable[MemberState]) -> bool:
    """Whether a print is told to this participant: its own, or as an overseer of these states."""
    if actor.id == printed_by or Role.INSPECTOR in actor.roles:
        return True
    return Role.OPERATOR in actor.roles and actor.member_state in set(states)


def package_facts(package: Filled, sender: str, receiver: str | None) -> dict[str, Any]:
    """What a package's label tells; pinned, as its contents may change."""
    return {
        "sscc": package.sscc,
        "kind": package.kind,
        "product_name": package.product_name,
        "gtin": package.gtin,
        "count": package.units,
        "lot_number": package.lot_number,
        "sender": sender,
        "receiver": receiver,
    }
