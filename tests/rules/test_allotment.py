"""Which numbers a batch takes."""

from hypothesis import given
from hypothesis import strategies as st

from domain.codes.allotment import allot, blocks
from domain.registry.spans import Run


@given(st.sets(st.integers(0, 80)), st.integers(1, 90), st.integers(0, 40), st.integers(1, 40))
def test_a_batch_takes_the_first_numbers_that_are_not_reserved(reserved, quantity, start, length):
    free = [Run(5, start, start + length - 1), Run(9, 60, 70)]

    runs = allot(free, sorted(reserved), quantity)

    taken = [(run.series_id, number) for run in runs for number in range(run.first, run.last + 1)]
    open_numbers = [
        (run.series_id, number)
        for run in free
        for number in range(run.first, run.last + 1)
        if number not in reserved
    ]
    assert taken == open_numbers[:quantity]


def test_blocks_follow_each_other_and_end_with_the_space():
    assert blocks(next_block=0, capacity=100, block=16, quantity=20) == [(0, 15), (16, 31)]
    assert blocks(next_block=96, capacity=100, block=16, quantity=20) == [(96, 99)]
    assert blocks(next_block=100, capacity=100, block=16, quantity=1) == []
