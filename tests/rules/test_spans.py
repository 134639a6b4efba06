"""Interval arithmetic against a naive model that keeps one entry a number."""

from hypothesis import given
from hypothesis import strategies as st

from domain.registry import sizes
from domain.registry.spans import (
    Run,
    Span,
    Standing,
    by_stripe,
    cut,
    elementary,
    joined,
    met,
    missing,
    overlaps,
    runs_of,
    stripes_of,
    without,
)
from domain.vocabulary import UnitStatus

NUMBERS = st.sets(st.tuples(st.integers(1, 3), st.integers(0, 60)), max_size=60)
HELD = Standing(
    parent_id=None,
    transfer_id=None,
    lot_id=None,
    holder_id=7,
    status=UnitStatus.ISSUED,
    turnover_state=None,
    withdrawal_reason=None,
    remaining_parts=None,
    whole_parts=None,
    blocked=False,
)


def units(runs):
    return {(run[0], number) for run in runs for number in range(run[1], run[2] + 1)}


def spans_over(numbers, cuts):
    """Spans that tile these numbers, broken at `cuts`; the event says which piece it is."""
    pieces = [piece for run in runs_of(sorted(numbers)) for piece in split(run, cuts)]
    return [Span(*piece, event, HELD) for event, piece in enumerate(pieces, 1)]


def split(run, cuts):
    series, first, last = run
    for border in sorted({one for s, one in cuts if s == series and first < one <= last}):
        yield Run(series, first, border - 1)
        first = border
    yield Run(series, first, last)


@given(NUMBERS)
def test_runs_hold_exactly_the_numbers_they_were_made_of(numbers):
    runs = runs_of(sorted(numbers))

    assert units(runs) == numbers
    assert joined(runs) == runs


@given(NUMBERS, NUMBERS)
def test_runs_without_others_hold_the_difference(numbers, holes):
    left = without(runs_of(sorted(numbers)), runs_of(sorted(holes)))

    assert units(left) == numbers - holes


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 30), st.integers(0, 5)), max_size=12))
def test_overlaps_are_the_numbers_named_more_than_once(asked):
    runs = sorted(Run(series, first, first + more) for series, first, more in asked)
    named = [unit for run in runs for unit in sorted(units([run]))]

    assert units(overlaps(runs)) == {unit for unit in named if named.count(unit) > 1}
    assert units(joined(runs)) == set(named)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_cut_gives_each_number_away_once(issued, cuts, asked):
    spans = spans_over(issued, cuts)
    runs = runs_of(sorted(asked))

    found = cut(spans, runs)

    assert units(found.pieces) == issued & asked
    assert units(missing(runs, found.pieces)) == asked - issued
    whole = units(found.touched)
    assert units(found.rest) == whole - asked
    owner = {unit: span.event_id for span in spans for unit in units([span])}
    for piece in [*found.pieces, *found.rest]:
        assert {owner[unit] for unit in units([piece])} == {piece.event_id}


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 30), st.integers(0, 9)), max_size=9))
def test_elementary_runs_hold_each_number_once_and_break_at_every_border(asked):
    runs = [Run(series, first, first + more) for series, first, more in asked]

    found = elementary(runs)

    assert found == sorted(found)
    assert not overlaps(found)
    assert units(found) == units(runs)
    for run in runs:
        inside = [one for one in found if units([one]) & units([run])]
        assert units(inside) == units([run])


def test_a_run_falls_into_its_stripes(monkeypatch):
    monkeypatch.setattr(sizes, "STRIPE_BITS", 4)

    assert [tuple(run) for run in by_stripe(Run(1, 10, 40))] == [
        (1, 10, 15),
        (1, 16, 31),
        (1, 32, 40),
    ]
    assert stripes_of([Run(1, 10, 40), Run(1, 41, 50), Run(2, 0, 0)]) == [
        (1, 0),
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 0),
    ]


@given(NUMBERS, NUMBERS)
def test_spans_are_met_where_they_share_a_number_with_a_run(issued, named):
    spans = [Span(*run, 1, HELD) for run in runs_of(sorted(issued))]
    runs = runs_of(sorted(named))

    assert met(spans, runs) == [span for span in spans if units([span[:3]]) & named]
