"""The doctor's replay says of every number what its last entry said."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.doctor import replay
from domain.doctor.replay import Replay, Window, differences, joined, windows
from domain.registry import sizes

RUNS = st.tuples(st.integers(0, 40), st.integers(0, 20)).map(lambda run: (run[0], sum(run)))


@given(st.lists(RUNS, max_size=30))
def test_a_number_stands_as_its_last_entry_says(runs):
    replayed, naive = Replay(), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "MOST_IN_A_PIECE", 3)
        for event, (first, last) in enumerate(runs, 1):
            covered = {naive.get(number) for number in range(first, last + 1)}
            naive |= dict.fromkeys(range(first, last + 1), event)
            assert replayed.put((1, first, last, event, "standing")) == covered

    told = {number: row[3] for row in replayed.rows for number in range(row[1], row[2] + 1)}
    assert told == naive
    assert sum(row[2] - row[1] + 1 for row in replayed.rows) == len(naive)


def test_two_tilings_differ_where_units_stand_otherwise():
    left = [(1, 0, 3, 1, "a"), (1, 4, 9, 1, "a"), (1, 10, 19, 2, "a")]
    right = [(1, 0, 9, 1, "a"), (1, 10, 19, 2, "b")]

    assert differences(joined(left), joined(right)) == [left[2], right[1]]
    assert differences(joined(left[:2]), joined(right[:1])) == []


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 8)), max_size=20),
    st.integers(1, 20),
)
def test_windows_hold_every_number_once_and_few_spans(gaps, most):
    stripes, stripe = [], -1
    for gap, spans in gaps:
        stripe += gap
        stripes.append((stripe, spans))
    end = ((stripe + 1) << sizes.STRIPE_BITS) - 5 if stripes else 0

    found = windows(stripes, most, end=end)

    assert found[0].first == 0
    assert found[-1].last == end - 1
    assert all(one.last + 1 == after.first for one, after in pairwise(found))
    for window in found:
        held = [spans for stripe, spans in stripes if is_in(stripe, window)]
        assert len(held) <= 1 or sum(held) <= most


def is_in(stripe: int, window: Window) -> bool:
    return window.first <= stripe << sizes.STRIPE_BITS <= window.last
