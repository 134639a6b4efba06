"""What may lie in what: the rules of transport units, group packs, sets and bundles."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from domain.aggregation.loads import Freight, Load
from domain.catalogue.groups import catalogue
from domain.errors import StatusNotFitting, UnknownPackages
from domain.errors_of_custody import (
    BundleStaysWhole,
    PackageInsideItself,
    PackageKindNotAllowed,
    PackagesHeldBack,
    PackMadeBefore,
    PackOfSeveralProducts,
    PackWouldDissolve,
    SetOfOneProduct,
    SsccStillAlive,
    TransportUnitInPack,
    TurnoverStatesMixed,
)
from domain.goods.judging import Seen
from domain.participants.actor import Actor
from domain.recognition.units import Verdict
from domain.registry.packages import BatchFacts
from domain.registry.scene import Scene
from domain.registry.spans import Place, Standing
from domain.standards.member_state import MemberState
from domain.vocabulary import PackageKind, UnitStatus

PACKABLE = frozenset({UnitStatus.APPLIED, UnitStatus.IN_CIRCULATION})
ONE_PRODUCT = (PackageKind.GROUP, PackageKind.BUNDLE)  # no product group has both
MOST_EXAMPLES = 3
Naming = Callable[[int], str]  # what a refusal calls a package
PACK, MAKE, UNPACK = "pack", "make a pack of", "unpack"


# --- units ------------------------------------------------------------------------------------


def judge_contents(seen: Seen, actor: Actor, *, move: bool) -> Verdict:
    """Whether the actor may pack units that stand like this."""
    verdict = judge_held(seen, actor)
    if verdict is Verdict.OK and seen.standing.status not in PACKABLE:
        return Verdict.WRONG_STATUS
    if verdict is Verdict.OK and seen.standing.parent_id is not None and not move:
        return Verdict.IN_PACKAGE
    return verdict


def judge_held(seen: Seen, actor: Actor) -> Verdict:
    """Whether the actor may move units that stand like this at all."""
    if seen.custody.holder_id != actor.id:
        return Verdict.UNKNOWN
    if seen.is_blocked:
        return Verdict.BLOCKED
    return Verdict.IN_TRANSFER if seen.custody.transfer_id is not None else Verdict.OK


# --- packages ---------------------------------------------------------------------------------


def check_targets(freight: Freight, actor: Actor) -> None:
    """Refuse to add to packages of others, to packs, to what is blocked or in a transfer."""
    scene = freight.scene
    standing = [load for load in freight.loads if not load.is_new]
    strange = [load.name for load in standing if scene.custody_in(load.id).holder_id != actor.id]
    if strange:
        raise SsccStillAlive(len(strange), tuple(strange[:MOST_EXAMPLES]))
    made = [load.name for load in freight.loads if load.place in scene.pack_at]
    if made:
        raise PackMadeBefore(len(made), tuple(made[:MOST_EXAMPLES]))
    check_free(scene, PACK, [load.id for load in standing], freight.name)


def check_packed(freight: Freight, actor: Actor, *, move: bool) -> None:
    """Refuse transport units, and packs, that may not go into other packages."""
    scene = freight.scene
    named = [one for load in freight.loads for one in load.packages if one in scene.packages]
    strange = [freight.name(one) for one in named if scene.custody_in(one).holder_id != actor.id]
    if strange:
        raise UnknownPackages(len(strange), tuple(strange[:MOST_EXAMPLES]))
    packs = [one for load in freight.loads for _, one in freight.packs_of(load)]
    standing = [*named, *(one for one in packs if one in scene.packages)]
    check_free(scene, PACK, standing, freight.name, whole=True)
    inside = [freight.name(one) for one in named if scene.parent_of(one) is not None]
    if inside and not move:
        by_reason = {str(Verdict.IN_PACKAGE): len(inside)}
        raise PackagesHeldBack(PACK, len(inside), by_reason, tuple(inside[:MOST_EXAMPLES]))
    check_statuses(scene, PACK, standing, freight.name)


def check_free(
    scene: Scene, verb: str, packages: Iterable[int], name: Naming, *, whole: bool = False
) -> None:
    """Refuse packages in a transfer or blocked; `whole`: also those with anything blocked inside."""
    held: dict[int, Verdict] = {}
    for one in packages:
        if is_stopped(scene, one, whole=whole):
            held[one] = Verdict.BLOCKED
        elif scene.custody_in(one).transfer_id is not None:
            held[one] = Verdict.IN_TRANSFER
    if held:
        reasons = list(held.values())
        by_reason = {str(reason): reasons.count(reason) for reason in sorted(set(reasons))}
        names = tuple(map(name, list(held)[:MOST_EXAMPLES]))
        raise PackagesHeldBack(verb, len(held), by_reason, names)


def is_stopped(scene: Scene, package_id: int, *, whole: bool) -> bool:
    """Whether a block covers the package, one around it or inside it; `whole`: or a unit inside."""
    if scene.packages[package_id].blocked_inside:
        return True
    if any(scene.is_package_blocked(one) for one in scene.around(package_id)):
        return True
    return whole and holds_blocked(scene, package_id)


def holds_blocked(scene: Scene, package_id: int) -> bool:
    """Whether a unit inside is blocked, or the pack's own code, which no summary of its has."""
    if any(key.blocked for key in scene.summaries[package_id]):
        return True
    place = scene.packages[package_id].place
    own = scene.wide_block(place) if place else None
    return (own or scene.wide_block_in(package_id)) is not None


def check_statuses(scene: Scene, verb: str, packages: Iterable[int], name: Naming) -> None:
    """Refuse packages that hold goods which may not be packed any more."""
    wrong: dict[str, int] = {}
    holding: dict[int, None] = {}
    for one in packages:
        for key, units in scene.summaries[one].items():
            if key.status not in PACKABLE:
                wrong[str(key.status)] = wrong.get(str(key.status), 0) + units
                holding[one] = None
    if wrong:
        names = tuple(map(name, list(holding)[:MOST_EXAMPLES]))
        raise StatusNotFitting(verb, sum(wrong.values()), wrong, names)


# --- what lies in what ------------------------------------------------------------------------


def ordered(freight: Freight) -> list[Load]:
    """The loads, each after the one that it will lie in; refuses a package inside itself."""
    depth: dict[int, int] = {}
    for load in freight.loads:
        path: dict[int, None] = {}
        one: int | None = load.id
        while one is not None and one not in depth:
            if one in path:
                circle = list(path)[list(path).index(one) :]
                names = tuple(freight.name(each) for each in circle[:MOST_EXAMPLES])
                raise PackageInsideItself(names)
            path[one] = None
            one = freight.parent_of(one)
        reached = 0 if one is None else depth[one]
        depth |= {each: above for above, each in enumerate(reversed(path), reached + 1)}
    return sorted(freight.loads, key=lambda load: depth[load.id])


def settled(freight: Freight, loads: Sequence[Load]) -> list[Load]:
    """The loads with their kinds, in the same order; refuses contents that do not fit them."""
    products = Products(freight)
    found = [products.settled(load) for load in reversed(loads)]
    return found[::-1]


class Products:
    """What lies in each coded pack of a request, found from the innermost outwards."""

    def __init__(self, freight: Freight) -> None:
        self.freight = freight
        self.scene = freight.scene
        self.inside: dict[int, frozenset[str]] = {}
        self.landlocked = {
            one.id for one in self.scene.batches.values() if not may_travel(one.product_group)
        }

    def settled(self, load: Load) -> Load:
        if load.place is None:
            self.check_travels(load)
            return load._replace(kind=PackageKind.TRANSPORT)
        if load.packages:
            names = tuple(self.freight.name(one) for one in load.packages[:MOST_EXAMPLES])
            raise TransportUnitInPack(load.name, len(load.packages), names)
        own = self.scene.facts_of(load.place)
        gtins = {self.scene.facts_of(place).gtin for place in load.units}
        packs = dict(self.freight.packs_of(load))
        fillings = {self.products_in(packs.get(place)) for place in load.units}
        self.inside[load.id] = frozenset(gtins).union(*fillings)
        kind = load.kind or self.kind_for(own, len(gtins))
        check_kind(kind, own)
        if kind in ONE_PRODUCT and (len(gtins) > 1 or len(fillings) > 1):
            raise PackOfSeveralProducts(load.name, kind, tuple(sorted(self.inside[load.id])))
        if kind is PackageKind.SET and len(gtins) == 1:
            raise SetOfOneProduct(load.name, *gtins)
        return load._replace(kind=kind)

    def check_travels(self, load: Load) -> None:
        """Refuse goods of groups that are not packed into transport units."""
        for place in load.units if self.landlocked else ():
            if self.scene.batch_of(place) in self.landlocked:
                group = self.scene.facts_of(place).product_group
                kinds = catalogue().groups[group].package_kinds
                raise PackageKindNotAllowed(PackageKind.TRANSPORT, group, kinds)

    def products_in(self, pack: int | None) -> frozenset[str]:
        """The GTINs in a coded pack, to any depth; none in a unit."""
        if pack is None:
            return frozenset()
        if pack not in self.inside:
            batches = {key.batch_id for key in self.scene.summaries[pack]}
            self.inside[pack] = frozenset(self.scene.batches[one].gtin for one in batches)
        return self.inside[pack]

    @staticmethod
    def kind_for(own: BatchFacts, gtins: int) -> PackageKind:
        """The kind of pack that so many GTINs make, where the report does not tell it."""
        kinds = catalogue().groups[own.product_group].package_kinds
        if gtins > 1:
            return PackageKind.SET
        return PackageKind.BUNDLE if PackageKind.BUNDLE in kinds else PackageKind.GROUP


def may_travel(group: str) -> bool:
    return PackageKind.TRANSPORT in catalogue().groups[group].package_kinds


def check_kind(kind: PackageKind, own: BatchFacts) -> None:
    """Refuse a kind of pack that the group does not know, or that the code is not printed for."""
    group = catalogue().groups[own.product_group]
    printed = {template.package_kind for template in group.templates}
    mine = catalogue().templates[own.template].package_kind
    of_the_group = [one for one in group.package_kinds if one not in {"UNIT", "TRANSPORT"}]
    allowed = [
        one for one in of_the_group if mine == one or (mine == "UNIT" and one not in printed)
    ]
    if kind not in allowed:
        raise PackageKindNotAllowed(kind, own.product_group, tuple(allowed))


def check_turnover(freight: Freight, loads: Sequence[Load], actor: Actor) -> dict[int, MemberState]:
    """The state of turnover of each load; refuses a package whose contents would differ in it."""
    scene = freight.scene
    found: dict[int, MemberState] = {}
    for load in reversed(loads):
        states = set(states_of(scene, load.units))
        for one in load.packages:
            states.add(found[one] if one in found else scene.custody_in(one).turnover_state)
        if load.place:
            states.add(scene.custody_of(load.place).turnover_state)
        elif not load.is_new:
            states.add(scene.custody_in(load.id).turnover_state)
        told = sorted(state for state in states if state)
        if len(told) > 1:
            raise TurnoverStatesMixed(load.name, tuple(told))
        found[load.id] = told[0] if told else actor.member_state
    return found


def states_of(scene: Scene, places: Iterable[Place]) -> Iterator[MemberState | None]:
    """The states of turnover of these atoms; those that stand as the one before are let pass."""
    before = None
    for place in places:
        standing = scene.now[place].standing
        if standing is not before:
            before = standing
            yield scene.custody_of(place).turnover_state


# --- packs that come apart --------------------------------------------------------------------


def packs_around(scene: Scene, parent_id: int | None) -> list[int]:
    """The coded packs around, the innermost first: they dissolve when something leaves."""
    return [one for one in scene.around(parent_id) if scene.packages[one].place]


def check_opened(
    scene: Scene, verb: str, packs: Iterable[int], name: Naming, named: Collection[int] = ()
) -> None:
    """Refuse to dissolve bundles that are not `named` themselves, and packs with blocked contents."""
    opened = sorted(set(packs))
    bundles = [
        one for one in opened if scene.packages[one].kind is PackageKind.BUNDLE and one not in named
    ]
    if bundles:
        raise BundleStaysWhole(len(bundles), tuple(map(name, bundles[:MOST_EXAMPLES])))
    check_free(scene, verb, opened, name, whole=True)
    status = {one: standing_of_code(scene, one).status for one in opened}
    gone = {one: status for one, status in status.items() if status not in PACKABLE}
    if gone:
        told = [str(status) for status in gone.values()]
        by_status = {status: told.count(status) for status in sorted(set(told))}
        names = tuple(map(name, list(gone)[:MOST_EXAMPLES]))
        raise StatusNotFitting(verb, len(gone), by_status, names)


def standing_of_code(scene: Scene, pack: int) -> Standing:
    """How the code of a coded pack stands."""
    place = scene.packages[pack].place
    if place is None:
        raise ValueError("transport units have no code")
    return scene.now[place].standing


def check_not_packed(freight: Freight, opened: Iterable[int]) -> None:
    """Refuse to pack what dissolves when something else of the request leaves it."""
    packed = sorted(set(opened) & set(freight.lies_in))
    if packed:
        names = [freight.name(one) for one in packed]
        raise PackWouldDissolve(len(packed), tuple(names[:MOST_EXAMPLES]))


def left(scene: Scene, places: Iterable[Place]) -> set[int]:
    """The packages that these atoms lie directly in."""
    parents = {scene.now[place].standing.parent_id for place in places}
    return {one for one in parents if one is not None}


def left_by(scene: Scene, packages: Iterable[int]) -> set[int]:
    """The packages that these lie directly in; those not made yet lie in none."""
    parents = {scene.parent_of(one) for one in packages if one in scene.packages}
    return {one for one in parents if one is not None}
