"""The rules of prints: runs cut where their labels differ, and what needs a reason."""

from datetime import UTC, date, datetime
from itertools import pairwise
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.codes.orders import LotData
from domain.errors import LabelOutsidePrint, PrintTooLarge, ReprintNeedsReason
from domain.participants.actor import Actor
from domain.printing.portions import MOST_AT_ONCE, PinnedRun, gathered
from domain.printing.rules import Sent, Uses, check_fetch, first_to_send
from domain.prints import rules
from domain.prints.orders import NamedGoods
from domain.prints.runs import Printed, Stretch, first_places, in_order, parts
from domain.prints.told import PackageFacts, price_text
from domain.registry.spans import Interval, Run
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, UnitStatus

SIZE = 60  # numbers of a series in these tests
PRINT = UUID(int=7)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FRESH = Uses(0, None, ())
FETCHED = Uses(1, NOON, ())


@st.composite
def tiled(draw):
    """The numbers of two series in pieces that leave nothing out."""
    found = []
    for series in (1, 2):
        borders = draw(st.sets(st.integers(1, SIZE - 1), max_size=6))
        edges = [0, *sorted(borders), SIZE]
        found += [(series, first, after - 1) for first, after in pairwise(edges)]
    return found


places = st.tuples(st.integers(1, 2), st.integers(0, SIZE - 1))


@given(tiled(), tiled(), tiled(), st.lists(places, unique=True, min_size=1), st.data())
def test_parts_are_cut_exactly_where_their_labels_differ(whole, lots, before, asked, data):
    intervals = [Interval(*one, at % 2, 100 * at) for at, one in enumerate(whole)]
    stretches = [
        Stretch(*one, data.draw(st.sampled_from((None, 5, 6))), UnitStatus.APPLIED) for one in lots
    ]
    printed = [Printed(*one, at) for at, one in enumerate(before) if data.draw(st.booleans())]
    columns = np.array(asked, np.int64)
    runs = in_order(columns[:, 0], columns[:, 1])

    found = parts(runs, intervals, stretches, printed)

    def holding(pieces, place):
        return next(
            (one for one in pieces if one[0] == place[0] and one[1] <= place[1] <= one[2]), None
        )

    told = []
    for part in found:
        for at in range(part.units):
            place = part.series_id, part.first + at
            told.append((place, (part.batch_id, part.ordinal + at, part.lot_id, part.reprinted)))
    expected = []
    for place in asked:
        interval = holding(intervals, place)
        ordinal = interval.ordinal + place[1] - interval.first
        again = holding(printed, place) is not None
        expected.append(
            (place, (interval.batch_id, ordinal, holding(stretches, place).lot_id, again))
        )
    assert told == expected
    for one, other in pairwise(found):  # none goes on in the next
        assert (one[0], one.last + 1, one.batch_id, one.ordinal + one.units, one[5:]) != (
            *other[:2],
            other.batch_id,
            other.ordinal,
            other[5:],
        )


@given(st.lists(places, max_size=80))
def test_numbers_become_runs_in_their_order(asked):
    columns = np.array(asked, np.int64).reshape(-1, 2)

    runs = in_order(columns[:, 0], columns[:, 1])

    assert [(run[0], at) for run in runs for at in range(run.first, run.last + 1)] == asked
    assert all(one[0] != other[0] or one.last + 1 != other.first for one, other in pairwise(runs))


def test_the_first_few_numbers_of_runs_are_told():
    runs = [Run(1, 5, 6), Run(2, 0, 900)]

    assert first_places(runs) == [(1, 5), (1, 6), (2, 0)]
    assert first_places(runs, most=1) == [(1, 5)]
    assert first_places([]) == []


runs_of_a_print = st.lists(
    st.builds(
        lambda series, first, units, lot: PinnedRun(series, first, first + units - 1, series, lot),
        st.integers(1, 2),
        st.integers(0, 10**6),
        st.integers(1, 3_000),
        st.sampled_from((None, 9)),
    ),
    max_size=8,
)


@given(runs_of_a_print)
def test_portions_hold_all_units_in_order_and_no_more_than_fit(runs):
    found = [(run, [at for part in numbers for at in part]) for run, numbers in gathered(runs)]

    assert [(run.series_id, run.lot_id, at) for run, numbers in found for at in numbers] == [
        (run.series_id, run.lot_id, at) for run in runs for at in range(run.first, run.last + 1)
    ]
    assert all(0 < len(numbers) <= MOST_AT_ONCE for _, numbers in found)


def test_single_codes_of_one_batch_share_a_portion():
    runs = [PinnedRun(1, at, at, 1, None) for at in range(0, 4_000, 2)]

    assert [len(numbers) for _, numbers in gathered(runs)] == [1_024, 976]


@pytest.mark.parametrize(
    ("units", "packages", "copies"),
    [(1_000_001, 0, 1), (1_000_000, 0, 2), (11_001, 0, 100), (0, 11_001, 100)],
)
def test_prints_keep_within_the_limits(units, packages, copies):
    with pytest.raises(PrintTooLarge):
        rules.check_size(units, packages, copies)


@pytest.mark.parametrize(("units", "copies"), [(1_000_000, 1), (550_000, 2), (11_000, 100)])
def test_prints_may_be_as_large_as_that(units, copies):
    rules.check_size(units, 0, copies)


def test_shapes_have_the_longest_of_what_is_told():
    goods = [
        NamedGoods(1, "04810000000018", "BY", "milk-s", None, None, "Milk"),
        NamedGoods(2, "04810000000025", "KZ", "milk-s", None, None, "Milk of mountain meadows"),
        NamedGoods(3, "04810000000032", "BY", "tobacco-block-s", 9_900, None, "Ten packs"),
    ]
    lots = {1: [LotData("L1", date(2026, 1, 1)), LotData("LONG", None, date(2027, 1, 1))]}

    milk, block = rules.shapes(goods, lots, [("milk-s", "01...")], "Dairy")

    assert (milk.facts.product_name, milk.facts.lot_number) == ("Milk of mountain meadows", "LONG")
    assert (milk.facts.produced_on, milk.facts.expires_on) == (date(2026, 1, 1), date(2027, 1, 1))
    assert (milk.optional, milk.foreign) == ((), ("01...",))
    assert milk.lots == ("L1", "LONG")
    assert (block.optional, block.facts.price) == (("8005",), "99.00 BYN")


def test_shoes_with_a_code_of_the_customs_are_a_shape_of_their_own():
    goods = [
        NamedGoods(at, "04810000000018", "BY", "shoes-l88", None, tnved, "Boots")
        for at, tnved in enumerate((None, "6403"))
    ]

    assert [one.optional for one in rules.shapes(goods, {}, (), "Maker")] == [(), ("240",)]


def test_of_packages_that_take_the_same_room_one_is_told():
    labels = [PackageFacts("1" * 18, "TRANSPORT", count=at) for at in range(8, 13)]

    assert [one.count for one in rules.widest(labels)] == [9, 12]


def test_packages_of_different_lots_do_not_take_the_same_room():
    labels = [PackageFacts("1" * 18, "TRANSPORT", lot_number=lot) for lot in ("1111", "WWWW")]

    assert rules.widest(labels) == tuple(labels)


def test_a_price_is_told_with_its_currency():
    assert price_text(5, "KZ") == "0.05 KZT"
    assert price_text(123_400, "AM") == "1234.00 AMD"


@pytest.mark.parametrize(
    ("role", "state", "sees"),
    [
        (Role.PARTICIPANT, MemberState.BY, False),
        (Role.OPERATOR, MemberState.BY, True),
        (Role.OPERATOR, MemberState.KG, False),
        (Role.INSPECTOR, MemberState.KG, True),
    ],
)
def test_overseers_see_prints_of_their_states(role, state, sees):
    actor = Actor(5, UUID(int=5), "Somebody", state, frozenset({role}))

    assert rules.may_see(actor, 1, {MemberState.BY}) is sees
    assert rules.may_see(actor, 5, ())


def sent(*told):
    """Sendings with these last labels sent and confirmed."""
    return Uses(0, None, [Sent(at, *one, NOON) for at, one in enumerate(told, 1)])


LOST = Uses(0, None, [Sent(1, 0, 0, NOON, ended=False)])


@pytest.mark.parametrize(
    ("uses", "asked", "first"),
    [
        (FRESH, None, 1),
        (FRESH, 5, 5),
        (sent((0, 0)), None, 1),
        (sent((20, 10)), None, 11),
        (sent((20, 10)), 15, 15),
        (sent((20, 10), (40, 30), (12, 12)), None, 31),
    ],
)
def test_sending_on_needs_no_reason(uses, asked, first):
    assert first_to_send(PRINT, 100, uses, asked, None) == first


@pytest.mark.parametrize(
    ("uses", "asked", "again"),
    [
        (FETCHED, None, 100),
        (FETCHED, 91, 10),
        (sent((20, 0)), None, 100),
        (LOST, None, 100),
        (sent((20, 10)), 3, 8),
    ],
)
def test_sending_again_needs_a_reason(uses, asked, again):
    with pytest.raises(ReprintNeedsReason) as refused:
        first_to_send(PRINT, 100, uses, asked, None)

    assert refused.value.count == again
    assert first_to_send(PRINT, 100, uses, asked, "torn") == (asked or 1)


@pytest.mark.parametrize(("uses", "asked"), [(FRESH, 0), (FRESH, 101), (sent((100, 100)), None)])
def test_what_the_print_has_not_is_not_sent(uses, asked):
    with pytest.raises(LabelOutsidePrint):
        first_to_send(PRINT, 100, uses, asked, "torn")


@pytest.mark.parametrize("uses", [FETCHED, sent((1, 0)), LOST])
def test_fetching_after_any_use_needs_a_reason(uses):
    with pytest.raises(ReprintNeedsReason):
        check_fetch(PRINT, 100, uses, None)

    check_fetch(PRINT, 100, uses, "torn")
    check_fetch(PRINT, 100, FRESH, None)
