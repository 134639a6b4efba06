"""What an upload says, and how it is held against the registry, on paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BodyTooLarge, NoGoods
from domain.reconciliation import claims
from domain.reconciliation.claims import LOOSE, UNSAID, read_file, read_lists
from domain.reconciliation.stock import (
    NOT_FOUND,
    Bans,
    Forest,
    Held,
    Stood,
    is_where_claimed,
    state_of,
)
from domain.registry.packages import Alike, BatchFacts, WideBlock
from domain.registry.spans import Span, Standing
from domain.standards.gs1_keys import check_digit
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

BY = MemberState.BY
CODE, OTHER = "0104810000000018212dHk7pQ", "0104810000000018212dHk7pR"


def sscc(number: int) -> str:
    digits = f"14607095{number:09}"
    return digits + check_digit(digits)


CASE, PALLET = sscc(1), sscc(2)


def read(*lines: str) -> claims.Claims:
    return read_file("".join(f"{line}\n" for line in lines).encode())


def test_a_line_is_a_code_a_package_or_something_in_a_package():
    found = read(CODE, CASE, f"{CASE}\t{CODE}", f"\t{OTHER}", f"{PALLET}\t00{CASE}", f"x\t{CODE}")

    assert found.lines == 6
    assert [found.codes[row] for row in range(len(found.codes))] == [CODE, CODE, OTHER, CODE]
    assert found.codes.numbers.tolist() == [1, 3, 4, 6]
    names = [one.sscc or one.code for one in found.parents]
    said = [one if one < 0 else names[one] for one in found.parent_of.tolist()]
    assert said == [UNSAID, CASE, LOOSE, "x"]
    packages = [
        (one.line, one.sscc, one.parent if one.parent < 0 else names[one.parent])
        for one in found.packages
    ]
    assert packages == [(2, CASE, UNSAID), (5, CASE, PALLET)]
    assert found.unreadable == []


def test_lines_that_say_nothing_are_listed_and_left_out():
    wrong = CASE[:-1] + str((int(CASE[-1]) + 1) % 10)

    found = read("", CODE, f"a\tb\t{CODE}", f"{CASE}\t", "\t", wrong)

    assert found.lines == 5
    assert found.codes.numbers.tolist() == [2]
    assert [line for line, _ in found.unreadable] == [3, 4, 5, 6]


def test_the_mark_at_the_beginning_of_a_file_is_no_part_of_its_first_line():
    found = read_file(b"\xef\xbb\xbf" + CODE.encode())

    assert found.codes[0] == CODE
    with pytest.raises(NoGoods):
        read_file(b"\xef\xbb\xbf\n")


@given(
    st.lists(
        st.tuples(st.sampled_from([None, "", CASE, PALLET]), st.sampled_from([CODE, OTHER, CASE])),
        min_size=1,
        max_size=30,
    )
)
def test_every_line_comes_back_with_the_parent_that_it_said(lines):
    found = read(*(child if parent is None else f"{parent}\t{child}" for parent, child in lines))

    names = [one.sscc for one in found.parents]
    codes = {
        int(line): (found.codes[row], int(found.parent_of[row]))
        for row, line in enumerate(found.codes.numbers)
    }
    packages = {one.line: (one.sscc, one.parent) for one in found.packages}
    for line, (parent, child) in enumerate(lines, 1):
        told, said = (codes | packages)[line]
        assert told == child
        assert (names[said] if said >= 0 else {UNSAID: None, LOOSE: ""}[said]) == parent


def test_a_file_has_a_million_lines_at_most(monkeypatch):
    monkeypatch.setattr(claims, "MOST_LINES", 3)

    assert read(*[CODE] * 3).lines == 3
    for content in (f"{CODE}\n" * 4, "\n" * 7):
        with pytest.raises(BodyTooLarge):
            read_file(content.encode())


def test_lists_say_nothing_of_parents():
    found = read_lists([CODE, ""], [CASE])

    assert found.lines == 3
    assert found.parent_of.tolist() == [UNSAID, UNSAID]
    assert [(one.line, one.sscc, one.parent) for one in found.packages] == [(1, CASE, UNSAID)]
    with pytest.raises(NoGoods):
        read_lists([], [])


HELD = Held(1, None, BY, ("BY", "BY"), None, is_offered=False, is_blocked=False)
FACTS = BatchFacts(7, "04810000000018", "milk", BY, "milk-s")
NONE = Bans([], {7: FACTS})
GTIN = Bans([WideBlock(1, None, None, FACTS.gtin, None, BY)], {7: FACTS})
GOOD = Alike(7, 0, UnitStatus.IN_CIRCULATION, blocked=False)


@pytest.mark.parametrize(
    ("kind", "held", "bans", "state"),
    [
        (GOOD, HELD, NONE, None),
        (GOOD._replace(status=UnitStatus.ISSUED), HELD, NONE, "not-applied"),
        (GOOD._replace(status=UnitStatus.APPLIED, blocked=True), HELD, NONE, "not-introduced"),
        (GOOD._replace(status=UnitStatus.WITHDRAWN), HELD, NONE, "withdrawn"),
        (GOOD._replace(status=UnitStatus.CANCELLED), HELD, NONE, "cancelled"),
        (GOOD._replace(blocked=True), HELD._replace(is_offered=True), NONE, "blocked"),
        (GOOD, HELD._replace(is_blocked=True), NONE, "blocked"),
        (GOOD, HELD, GTIN, "blocked"),
        (GOOD, HELD._replace(turnover_state=MemberState.KZ), GTIN, None),
        (GOOD, HELD._replace(is_offered=True), NONE, "in-transfer"),
    ],
)
def test_the_gravest_word_tells_why_goods_are_not_as_they_should_be(kind, held, bans, state):
    assert state_of(kind, held, bans) == state


def test_a_forest_knows_what_lies_in_what():
    forest = Forest({1: 2, 2: 3, 3: None, 4: None})

    assert forest.around(1) == [1, 2, 3]
    assert forest.root(2) == 3
    assert forest.outermost([1, 2, 4]) == {2, 4}
    assert forest.outermost([1]) == {1}
    assert forest.covered(1, {3})
    assert not forest.covered(1, {4})
    assert not forest.covered(None, {4})


@pytest.mark.parametrize(
    ("parent", "claim", "right"),
    [
        (5, UNSAID, True),
        (None, UNSAID, True),
        (None, LOOSE, True),
        (5, LOOSE, False),
        (5, 0, True),
        (6, 0, False),
        (None, 0, False),
        (5, 1, False),
    ],
)
def test_what_a_line_says_of_its_parent_is_right_or_not(parent, claim, right):
    assert is_where_claimed(parent, claim, [5, NOT_FOUND]) is right


def standing(holder: int, *, blocked: bool = False) -> Standing:
    status = UnitStatus.IN_CIRCULATION
    return Standing(None, None, None, holder, status, BY, None, None, None, blocked)


def test_numbers_are_found_in_the_span_that_holds_them():
    stood = Stood()
    stood.add(
        [
            Span(1, 0, 9, 1, standing(1)),
            Span(1, 10, 10, 1, standing(2, blocked=True)),
            Span(1, 11, 20, 1, standing(1)),
        ],
        {(1, 10)},
    )
    stood.add([Span(1, 11, 20, 1, standing(1)), Span(2, 0, 5, 1, standing(3))], set())

    which = stood.which(np.array([2, 1, 1, 1, 1]), np.array([5, 20, 10, 9, 0]))

    assert [stood.standings[one].holder_id for one in which.tolist()] == [3, 1, 2, 1, 1]
    assert not any(one.blocked for one in stood.standings)
