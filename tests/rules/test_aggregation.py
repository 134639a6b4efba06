"""What may lie in what, judged on a scene made by hand."""

import itertools

import pytest

from domain.aggregation import moves, rules
from domain.aggregation.loads import Freight, Load
from domain.errors import NestedTooDeep
from domain.errors_of_custody import (
    PackageInsideItself,
    PackageKindNotAllowed,
    PackOfSeveralProducts,
    SetOfOneProduct,
    TransportUnitInPack,
    TurnoverStatesMixed,
)
from domain.goods.judging import Seen
from domain.participants.actor import Actor
from domain.recognition.units import Texts, Units, Verdict
from domain.registry.packages import BatchFacts, Custody, Package, PackageStanding
from domain.registry.scene import Scene
from domain.registry.spans import Interval, Span, Standing
from domain.standards.gs1_keys import check_digit
from domain.standards.member_state import MemberState
from domain.vocabulary import PackageKind, UnitStatus

BY, KZ = MemberState.BY, MemberState.KZ
ACTOR = Actor(7, None, "Dairy", BY, frozenset())
LOOSE = Standing(
    None, None, None, 7, UnitStatus.IN_CIRCULATION, BY, None, None, None, blocked=False
)
ALONE = PackageStanding(None, None, 7, BY, blocked=False, alive=True)
# Ten numbers of each: series 1 to 6.
PRODUCTS = [
    ("milk", "milk-s"),
    ("milk", "milk-s"),
    ("tobacco", "tobacco-t29"),
    ("tobacco", "tobacco-block-s"),
    ("perfumery", "perfumery-l44"),
    ("titan", "titan-s"),
]
MILK, KEFIR, CIGARETTES, BLOCK, PERFUME, TITAN = range(1, 7)
BATCHES = {
    at: BatchFacts(at, f"0481000000{at:04}", group, BY, template)
    for at, (group, template) in enumerate(PRODUCTS, 1)
}
SIZE = 10


def sscc(number):
    digits = f"14607095{number:09}"
    return digits + check_digit(digits)


def scene_of(standings=(), packages=()):
    """Every number an atom of its own, loose but for those told otherwise."""
    told = dict(standings)
    spans = [
        Span(series, number, number, 1, told.get((series, number), LOOSE))
        for series, number in itertools.product(BATCHES, range(SIZE))
    ]
    intervals = [Interval(series, 0, SIZE - 1, series, 0) for series in BATCHES]
    found = {one.id: one for one in packages}
    return Scene(spans, spans, intervals, BATCHES, found, {one: {} for one in found}, {}, [])


def transport(number, parent=None, **standing):
    stands = ALONE if parent is None else ALONE._replace(parent_id=parent, holder_id=None)
    own = (number, PackageKind.TRANSPORT, sscc(number), None, None)
    return Package(*own, 1, 0, 1, stands._replace(**standing))


def load(number, **told):
    plain = {"kind": None, "place": None, "is_new": True, "units": (), "packages": ()}
    return Load(number, f"package {number}", **plain | told)


def freight_of(scene, loads):
    return Freight(scene, loads, Units.blank(Texts.of_list([])))


def settled(scene, *loads):
    freight = freight_of(scene, loads)
    return rules.settled(freight, rules.ordered(freight))


# --- units ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "custody", "is_blocked", "move", "verdict"),
    [
        (LOOSE, Custody(7, BY, None), False, False, Verdict.OK),
        (LOOSE, Custody(8, BY, None), True, False, Verdict.UNKNOWN),
        (LOOSE, Custody(7, BY, None), True, False, Verdict.BLOCKED),
        (LOOSE, Custody(7, BY, 3), False, True, Verdict.IN_TRANSFER),
        (LOOSE._replace(parent_id=5), Custody(7, BY, None), False, False, Verdict.IN_PACKAGE),
        (LOOSE._replace(parent_id=5), Custody(7, BY, None), False, True, Verdict.OK),
        *(
            (
                LOOSE._replace(status=status),
                Custody(7, BY, None),
                False,
                True,
                Verdict.OK if status is UnitStatus.APPLIED else Verdict.WRONG_STATUS,
            )
            for status in UnitStatus
            if status is not UnitStatus.IN_CIRCULATION
        ),
    ],
)
def test_units_are_judged_one_by_one(standing, custody, is_blocked, move, verdict):
    seen = Seen(standing, custody, is_blocked, BATCHES[MILK])

    assert rules.judge_contents(seen, ACTOR, move=move) is verdict


# --- packages in packages ---------------------------------------------------------------------


def test_what_lies_outside_comes_first():
    loads = [load(-1, units=[(1, 0)]), load(-2, packages=[-3]), load(-3, packages=[-1])]

    freight = freight_of(scene_of(), loads)

    assert [one.id for one in rules.ordered(freight)] == [-2, -3, -1]


@pytest.mark.parametrize("levels", [1, 2, 3, 9])
def test_a_circle_of_packages_is_refused_at_any_length(levels):
    loads = [load(at, packages=[(at + 1) % levels]) for at in range(levels)]

    with pytest.raises(PackageInsideItself) as refused:
        rules.ordered(freight_of(scene_of(), loads))

    assert len(refused.value.packages) == min(levels, 3)


def test_a_circle_through_packages_that_stand_already_is_refused():
    standing = [transport(1), transport(2, 1), transport(3, 2)]
    freight = freight_of(scene_of(packages=standing), [load(3, packages=[1], is_new=False)])

    with pytest.raises(PackageInsideItself):
        rules.ordered(freight)


def test_a_circle_that_the_request_itself_opens_is_none():
    standing = [transport(1), transport(2, 1), transport(3, 2)]
    loads = [load(3, packages=[1], is_new=False), load(-1, packages=[3])]

    assert [one.id for one in rules.ordered(freight_of(scene_of(packages=standing), loads))] == [
        -1,
        3,
    ]


# --- kinds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "kind", "allowed"),
    [
        (MILK, PackageKind.GROUP, None),
        (MILK, PackageKind.BUNDLE, ("GROUP",)),
        (MILK, PackageKind.SET, ("GROUP",)),
        (BLOCK, PackageKind.GROUP, None),
        (CIGARETTES, PackageKind.GROUP, ()),  # its codes are printed for single packs
        (PERFUME, PackageKind.SET, None),
        (PERFUME, PackageKind.BUNDLE, None),
        (PERFUME, PackageKind.GROUP, ("BUNDLE", "SET")),
        (TITAN, PackageKind.GROUP, ()),
    ],
)
def test_a_pack_is_of_a_kind_that_its_group_and_its_code_know(series, kind, allowed):
    if allowed is None:
        rules.check_kind(kind, BATCHES[series])
        return
    with pytest.raises(PackageKindNotAllowed) as refused:
        rules.check_kind(kind, BATCHES[series])
    assert refused.value.allowed == allowed


@pytest.mark.parametrize(
    ("own", "inside", "kind"),
    [
        (KEFIR, [(MILK, 0), (MILK, 1)], PackageKind.GROUP),
        (BLOCK, [(CIGARETTES, 0)], PackageKind.GROUP),
        (PERFUME, [(MILK, 0)], PackageKind.BUNDLE),
        (PERFUME, [(MILK, 0), (KEFIR, 1)], PackageKind.SET),
    ],
)
def test_a_report_tells_the_kind_by_the_contents(own, inside, kind):
    (found,) = settled(scene_of(), load(-1, place=(own, 9), units=inside))

    assert found.kind is kind


def test_a_group_pack_holds_one_product_to_any_depth():
    group = PackageKind.GROUP
    alike = [
        load(-1, place=(MILK, 9), kind=group, units=[(KEFIR, 8), (KEFIR, 9)]),
        load(-2, place=(KEFIR, 8), kind=group, units=[(BLOCK, 0)]),
        load(-3, place=(KEFIR, 9), kind=group, units=[(BLOCK, 1)]),
    ]

    assert {one.kind for one in settled(scene_of(), *alike)} == {group}
    for units in ([(BLOCK, 1), (PERFUME, 1)], [(PERFUME, 1)]):
        with pytest.raises(PackOfSeveralProducts):
            settled(scene_of(), *alike[:2], alike[2]._replace(units=units))
    with pytest.raises(PackOfSeveralProducts):
        settled(scene_of(), alike[0]._replace(units=[(KEFIR, 8), (KEFIR, 7)]), alike[1])


@pytest.mark.parametrize(
    ("pack", "refusal"),
    [
        (load(-1, place=(PERFUME, 9), kind=PackageKind.SET, units=[(MILK, 0)]), SetOfOneProduct),
        (load(-1, place=(MILK, 9), packages=[-2]), TransportUnitInPack),
        (load(-1, units=[(TITAN, 0)]), PackageKindNotAllowed),
    ],
)
def test_contents_fit_the_kind(pack, refusal):
    inside = load(-2, units=[(MILK, 0)])

    with pytest.raises(refusal):
        settled(scene_of(), pack, inside)


# --- turnover ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loads",
    [
        [load(-1, units=[(MILK, 0), (MILK, 1)])],
        [load(-1, place=(MILK, 0), units=[(MILK, 1)])],
        [load(-1, packages=[-2], units=[(MILK, 0)]), load(-2, units=[(MILK, 1)])],
        [load(-1, packages=[3], units=[(MILK, 1)])],
        [load(3, units=[(MILK, 1)], is_new=False)],
    ],
    ids=["units", "pack and unit", "package and unit", "standing inside", "standing around"],
)
def test_contents_of_a_package_are_in_turnover_in_one_member_state(loads):
    abroad = {(MILK, 1): LOOSE._replace(turnover_state=KZ)}
    freight = freight_of(scene_of(abroad, [transport(3)]), loads)

    with pytest.raises(TurnoverStatesMixed) as refused:
        rules.check_turnover(freight, rules.ordered(freight), ACTOR)

    assert refused.value.member_states == (BY, KZ)


# --- what packing makes of a scene ------------------------------------------------------------


def packed(scene, *loads):
    freight = freight_of(scene, loads)
    found = rules.settled(freight, rules.ordered(freight))
    states = rules.check_turnover(freight, found, ACTOR)
    moves.pack(freight, found, states, ACTOR, event_id=2)
    return scene


def test_packages_in_packages_are_counted_all_the_way_up():
    scene = packed(
        scene_of(),
        load(-1, packages=[-2], units=[(MILK, 9)]),
        load(-2, units=[(KEFIR, 0)]),
        load(-3, place=(KEFIR, 0), units=[(MILK, 0), (MILK, 1)]),
    )

    assert [scene.units_of(one) for one in (-1, -2, -3)] == [4, 3, 2]
    assert [scene.packages[one].levels for one in (-1, -2, -3)] == [3, 2, 1]
    assert scene.around(scene.now[MILK, 0].standing.parent_id) == [-3, -2, -1]
    assert scene.custody_of((MILK, 0)) == Custody(7, BY, None)
    assert scene.entries[2, (KEFIR, 0)][4] == 1


def test_seven_levels_are_too_many():
    loads = [load(-at, packages=[-at - 1]) for at in range(1, 7)]

    with pytest.raises(NestedTooDeep):
        packed(scene_of(), *loads, load(-7, units=[(MILK, 0)]))


def test_what_is_taken_apart_is_counted():
    scene = packed(
        scene_of(), load(-1, packages=[-2]), load(-2, units=[(MILK, at) for at in range(4)])
    )
    scene.before, scene.atoms = dict(scene.packages), [scene.now[one] for one in scene.places]
    scene.entries.clear()

    moves.unpack(scene, moves.Opening([(MILK, 0)], [], [-2]), event_id=3)

    assert moves.counted(scene) == (1, 4)
    assert scene.units_of(-1) == 3
