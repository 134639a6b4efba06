"""What authorities block, told of one code after another."""

from tests.model.naive import NaiveRegistry
from tests.model.naive_things import Ban, Named, Package


def reaches(ban: Ban, state: str, issued_in: set[str]) -> bool:
    """Whether the authority's state issued the goods, or has them in turnover."""
    return state == ban.member_state or issued_in <= {ban.member_state}


def faults(named: Named, ban: Ban) -> set[str]:
    """What speaks against blocking these units, whoever holds them."""
    reached = {one for one in named.units if reaches(ban, one.state, {one.issued_in})}
    lines = [unit for unit in named.lines if unit in reached]
    batches = {unit.batch for unit in named.runs}
    found = {
        "no-goods": not any(named),
        "unknown-codes": None in named.lines or reached != set(named.units),
        "unknown-batch": batches != {unit.batch for unit in named.runs if unit in reached},
        "codes-repeated": len(set(lines)) < len(lines),
    }
    return {slug for slug, is_so in found.items() if is_so}


def package_faults(registry: NaiveRegistry, package: Package, ban: Ban) -> set[str]:
    inside = registry.inside(package) if package.alive else []
    issued_in = {unit.issued_in for unit in inside}
    if inside and reaches(ban, inside[0].state, issued_in):
        return set()
    return {"unknown-packages"}


def place(registry: NaiveRegistry, ban: Ban, event: int) -> None:
    """Blocks of a kind touch nothing: they are looked up when somebody asks."""
    ban.begun = event
    registry.bans[ban.uuid] = ban
    registry.touch(*ban.units, *([ban.package] if ban.package else []))
    registry.happened(event, "BLOCKED", ban.authority, also=concerned(registry, ban))


def end(registry: NaiveRegistry, ban: Ban, event: int, kind: str) -> None:
    """Lifted, or found to have lapsed. Nothing happens to a package that another still blocks."""
    ban.ended = event
    registry.touch(*ban.units)
    others = [one.package for one in registry.bans.values() if one.ended is None]
    if ban.package and ban.package.alive and ban.package not in others:
        registry.touch(ban.package)
    registry.happened(event, kind, ban.authority, also=concerned(registry, ban))


def concerned(registry: NaiveRegistry, ban: Ban) -> set[str | None]:
    """Who has the goods, and both sides of the transfers that they are in."""
    alive = ban.package and ban.package.alive
    units = [*ban.units, *(registry.inside(ban.package) if ban.package and alive else [])]
    transfers = {unit.transfer for unit in units if unit.transfer}
    sides = {side for one in transfers for side in (one.sender, one.receiver)}
    return sides | {unit.holder for unit in units}
