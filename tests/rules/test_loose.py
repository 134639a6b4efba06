"""Loose units as columns: which are set apart, and how they are cut out of their spans."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.loose.alike import Alike, Asked, pieces, whole_spans, without_repeats
from domain.registry.spans import Standing
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

KEPT = Standing(
    None, None, 7, 1, UnitStatus.IN_CIRCULATION, MemberState.BY, None, None, None, blocked=False
)
LATEST = 40


def asked(*units: tuple[int, int], apart: bool = True) -> Asked:
    series, numbers = np.array(sorted(units), np.int64).reshape(-1, 2).T
    return Asked(series, numbers, np.arange(len(units)), np.full(len(units), apart))


def alike(units: Asked, borders: list[int]) -> Alike:
    """How these units stand where spans begin at these numbers, the last one after the end."""
    sources = [max(one for one in borders[:-1] if one <= number) for number in units.numbers]
    ends = [dict(pairwise(borders))[source] - 1 for source in sources]
    rows = np.arange(len(units.numbers))[::-1]  # the store tells them in no order
    since = np.full(len(rows), 3)
    return Alike(KEPT, rows, np.array(sources)[rows], np.array(ends)[rows], since)


def by_span(found: Alike) -> list[Alike]:
    """As if the units of each span were of another lot."""
    return [
        found.at(found.sources == source)._replace(standing=KEPT._replace(lot_id=int(source)))
        for source in set(found.sources.tolist())
    ]


def test_a_unit_in_the_middle_of_a_span_leaves_two_parts_of_it():
    units = asked((1, 5))

    cut = pieces(units, [alike(units, [0, 10])], np.array([70]))

    assert [column.tolist() for column in cut] == [
        *([1], [0], [5], [5], [9], [3], [70], [True]),
        *([7], ["BY"]),
    ]


def test_neighbours_under_one_event_stay_in_one_piece():
    units = asked((1, 4), (1, 5), (1, 6), (1, 7))

    cut = pieces(units, [alike(units, [0, 10])], np.array([70, 70, 71, 70]))

    told = [cut.firsts.tolist(), cut.lasts.tolist(), cut.rests.tolist(), cut.leads.tolist()]
    assert told == [[4, 6, 7], [5, 6, 7], [5, 6, 9], [True, False, False]]


def test_neighbours_in_different_spans_are_different_pieces():
    units = asked((1, 4), (1, 5))

    cut = pieces(units, [alike(units, [0, 5, 10])], np.array([70, 70]))

    assert cut.sources.tolist() == [0, 5]
    assert (cut.firsts.tolist(), cut.rests.tolist()) == ([4, 5], [4, 9])
    assert cut.leads.tolist() == [True, True]


@given(
    st.sets(st.integers(1, LATEST - 1), max_size=6),
    st.dictionaries(st.integers(0, LATEST - 1), st.integers(70, 72), min_size=1),
)
def test_cut_spans_tile_what_they_tiled_before(within, sold):
    borders = sorted({0, LATEST, *within})
    units = asked(*((1, number) for number in sold))
    events = np.array([sold[number] for number in units.numbers.tolist()])

    cut = pieces(units, by_span(alike(units, borders)), events)

    stands = dict.fromkeys(range(LATEST), 3)
    taken: dict[int, int] = {}
    rows = list(zip(*(column.tolist() for column in cut[:8]), strict=True))
    for _, source, first, last, rest, since, event, leads in rows:
        assert source <= first <= last <= rest < dict(pairwise(borders))[source]
        assert (since, leads) == (3, source not in taken)  # the first piece of its span leads
        taken[source] = event
        for number in range(first, last + 1):
            assert stands[number] == 3
            stands[number] = event
    assert cut.lots.tolist() == cut.sources.tolist()
    assert {number: event for number, event in stands.items() if event != 3} == sold
    ahead = [(source, first) for _, source, first, *_ in rows[1:]] + [(None, 0)]
    for (_, source, _, _, rest, *_), (next_source, next_first) in zip(rows, ahead, strict=True):
        end = dict(pairwise(borders))[source] - 1
        assert rest == (next_first - 1 if next_source == source else end)


def test_a_unit_that_is_asked_for_twice_is_not_changed_apart():
    units = asked((1, 4), (1, 4), (1, 5), (2, 5), (2, 6), (2, 6), (2, 6))

    found = without_repeats(units)

    assert found.apart.tolist() == [False, False, True, True, False, False, False]


def test_a_span_is_set_apart_only_if_nothing_else_is_wanted_of_it():
    units = asked((1, 4), (1, 5), (1, 12))._replace(apart=np.array([True, False, True]))

    (kept,) = whole_spans(units, [alike(units, [0, 10, 20])])

    assert kept.rows.tolist() == [2]
    assert whole_spans(units._replace(apart=np.zeros(3, bool)), [alike(units, [0, 10, 20])]) == []


def test_all_are_set_apart_where_nothing_speaks_against_it():
    units = asked((1, 0), (1, 12))
    found = [alike(units, [0, 10, 20])]

    assert whole_spans(units, found) is found
