"""Steps in the life of codes, told of one code after another."""

from tests.model.naive import OK, NaiveRegistry
from tests.model.naive_things import Judged, NaiveLot, Named, Package, Unit

STARTS = {
    "apply": {"ISSUED"},
    "introduce": {"APPLIED"},
    "cancel": {"ISSUED", "APPLIED"},
    "give a lot to": {"ISSUED", "APPLIED", "IN_CIRCULATION"},
}
LEADS = {
    "apply": ("APPLIED", "APPLIED"),
    "introduce": ("IN_CIRCULATION", "INTRODUCED"),
    "cancel": ("CANCELLED", "CANCELLED"),
    "give a lot to": (None, "LOT_GIVEN"),
}


def judge(registry: NaiveRegistry, verb: str, named: Named, actor: str, home: str) -> Judged:
    """Who holds a package steps with all that is in it; `home` is the actor's member state."""

    def rule(unit: Unit) -> str:
        if unit.status not in STARTS[verb]:
            return "status-not-fitting"
        if registry.is_blocked(unit):
            return "blocked"
        if registry.offered_in(unit):
            return "in-transfer"
        may_inside = verb == "give a lot to" or (verb == "introduce" and unit.state == home)
        return OK if unit.parent is None or may_inside else "in-package"

    inside = {unit: None for one in opened(registry, named, actor) for unit in registry.inside(one)}
    more = [unit for unit in inside if unit not in named.units]
    return registry.judge(named._replace(runs=[*named.runs, *more]), actor, rule)


def opened(registry: NaiveRegistry, named: Named, actor: str) -> list[Package]:
    """The packages that are named, by SSCC or by the code of a pack that the actor holds."""
    mine = [unit for unit in named.units if unit.holder == actor]
    return [*named.packages, *filter(None, map(registry.pack_of, mine))]


def hard_faults(registry: NaiveRegistry, verb: str, named: Named, actor: str) -> set[str]:
    """What refuses the whole request."""
    faults = registry.strange(named, actor)
    packs = [one for one in opened(registry, named, actor) if one.label]
    return faults | ({"goods-held-back"} if verb == "cancel" and packs else set())


def take(  # noqa: PLR0913, PLR0917
    registry: NaiveRegistry,
    verb: str,
    good: list[Unit],
    event: int,
    home: str,
    lot: NaiveLot,
) -> None:
    status, kind = LEADS[verb]
    for unit in good:
        unit.status = status or unit.status
        unit.lot = unit.lot.told(lot)
        if verb == "introduce":
            unit.state = home
        registry.touch(unit)
    registry.happened(event, kind, good[0].holder)
