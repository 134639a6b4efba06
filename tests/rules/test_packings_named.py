"""What a packing names: laid out by package, and its lines joined to runs."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.aggregation.loads import Placed, examples, placed
from domain.aggregation.named import Filling, Packing, Unpacking
from domain.errors import NoGoods, PackagesRepeated, SsccInvalid
from domain.errors_of_custody import PackagesWithoutContents
from domain.goods.named import BatchRun
from domain.recognition.units import Texts, Units, Verdict
from domain.registry.spans import Run
from domain.standards.gs1_keys import check_digit
from domain.vocabulary import PackageKind


def sscc(number):
    digits = f"14607095{number:09}"
    return digits + check_digit(digits)


# --- lines to runs ----------------------------------------------------------------------------


def units_of(numbers):
    """Recognised lines with these (series, number) pairs; None: not readable."""
    units = Units.blank(Texts.of_list([str(pair) for pair in numbers]))
    for row, pair in enumerate(numbers):
        if pair is None:
            units.mark_row(row, Verdict.UNREADABLE)
        else:
            units.series[row], units.number[row] = pair
    return units


@given(
    st.dictionaries(
        st.tuples(st.integers(1, 2), st.integers(0, 40)), st.integers(0, 3), max_size=60
    ),
    st.sets(st.tuples(st.integers(1, 2), st.integers(0, 40)), max_size=4),
    st.randoms(use_true_random=False),
)
def test_lines_in_any_order_become_the_fewest_runs_of_one_package_each(where, packs, chance):
    pairs = list(where)
    chance.shuffle(pairs)
    alone = [Run(series, number, number) for series, number in sorted(packs)]

    found = placed(units_of(pairs), np.array([where[one] for one in pairs], np.int64), (), alone)

    told = {
        (run.series_id, number): parent
        for run, parent in zip(*found, strict=True)
        for number in range(run.first, run.last + 1)
    }
    assert told == where
    assert found.runs == sorted(found.runs)
    for (run, parent), (after, other) in itertools.pairwise(zip(*found, strict=True)):
        meets = run.series_id == after.series_id and run.last + 1 == after.first
        border = {run[:1] + run[2:], after[:2]} & packs
        assert not meets or parent != other or border


def test_lines_that_are_not_ok_go_nowhere_and_runs_join_them_in_order():
    units = units_of([(1, 5), None, (1, 6)])

    found = placed(units, np.array([0, 0, 1]), [(Run(1, 0, 4), 2)], ())

    assert found == Placed([Run(1, 0, 4), Run(1, 5, 5), Run(1, 6, 6)], [2, 0, 1])
    assert placed(units_of([None]), np.array([0]), (), ()) == Placed([], [])


def test_atoms_find_the_package_of_their_run():
    found = Placed([Run(1, 0, 4), Run(1, 5, 9), Run(2, 0, 0)], [3, 1, 3])

    places = [(1, 0), (1, 2), (1, 5), (2, 0)]

    assert found.by_parent(places) == {3: [(1, 0), (1, 2), (2, 0)], 1: [(1, 5)]}


def test_examples_are_lines_that_name_the_numbers():
    units = units_of([(1, 5), (1, 6), (2, 5)])

    assert examples(units, [(2, 5), (1, 6)]) == ("(1, 6)", "(2, 5)")


# --- what a request names ---------------------------------------------------------------------


def test_a_list_of_packages_is_laid_out_like_a_report():
    run = BatchRun(None, 0, 5)

    packing = Packing.of_list(
        [
            Filling(sscc(1), packages=["00" + sscc(2)], runs=[run]),
            Filling(code="code", kind=PackageKind.GROUP, codes=["a", "b"]),
        ]
    )

    assert [tuple(one) for one in packing.packages] == [(sscc(1), None), (None, "code")]
    assert (packing.coded, packing.coded_texts[0]) == ([1], "code")
    assert ([*packing.children], packing.parent_of.tolist()) == (["a", "b"], [1, 1])
    assert [(one.sscc, one.parent) for one in packing.child_packages] == [(sscc(2), 0)]
    assert (packing.runs, packing.parent_of_run) == ([run], [0])


@pytest.mark.parametrize(
    ("fillings", "refusal"),
    [
        ([], NoGoods),
        ([Filling(sscc(1))], PackagesWithoutContents),
        ([Filling(sscc(1)[:-1] + "x", codes=["a"])], SsccInvalid),
        ([Filling(sscc(1), packages=["1"])], SsccInvalid),
        ([Filling(sscc(1), codes=["a"]), Filling("00" + sscc(1), codes=["b"])], PackagesRepeated),
        ([Filling(sscc(1), packages=[sscc(2), sscc(2)])], PackagesRepeated),
    ],
)
def test_a_list_that_names_packages_wrongly_is_refused(fillings, refusal):
    with pytest.raises(refusal):
        Packing.of_list(fillings)


def test_what_is_unpacked_names_each_package_once_and_codes_of_packs_last():
    unpacking = Unpacking([sscc(1)], ["pack"], [sscc(2)], ["unit"])

    assert [*unpacking.goods.texts] == ["unit", "pack"]
    assert unpacking.goods.packages == (sscc(1), sscc(2))
    with pytest.raises(PackagesRepeated):
        Unpacking([sscc(1)], taken=[sscc(1)])
