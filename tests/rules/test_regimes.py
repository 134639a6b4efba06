"""By which road goods cross a border: the data are whole, and every question has one answer."""

import re
from dataclasses import FrozenInstanceError
from datetime import date
from itertools import permutations, product

import pytest

from domain.catalogue.groups import catalogue
from domain.catalogue.regimes import EVERY_STATE, Regime, borders, regime, road
from domain.catalogue.rules import Declaration
from domain.errors import UnknownProductGroup
from domain.errors_of_custody import NoBorderCrossed
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

AM, BY, KZ, KG, RU = (MemberState(state) for state in ("AM", "BY", "KZ", "KG", "RU"))
RECOGNITION, WITHDRAWAL = Regime.RECOGNITION, Regime.WITHDRAWAL_BY_EXPORT
DESTINATION_CODES, FREE = Regime.DESTINATION_CODES, Regime.FREE
ROWS = borders().rows
TODAY = date(2026, 11, 22)
DAYS = sorted({row.valid_from or row.valid_to or TODAY for row in ROWS} | {date.min, TODAY})


def taken(group, origin, destination, marked="yy", on=TODAY):
    sides = [side == "y" for side in marked]
    return regime(
        group,
        origin,
        destination,
        on,
        marked_in_origin=sides[0],
        marked_in_destination=sides[1],
    )


def declared(state, **changes):
    terms = {"product_group": "milk", "in_force": True, "valid_from": date(2026, 1, 1)}
    return Declaration(
        member_state=state,
        valid_to=None,
        decision="Order 1",
        declared_by=f"Operator of {state}",
        **(terms | changes),
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.basis[:40])
def test_a_row_says_whence_it_is_known(row):
    assert row.source
    assert row.confidence in {"H", "M", "L"}
    assert row.basis.endswith(".")
    assert row.is_assumption or not re.search("inferred|our reading", row.source)
    assert not (row.valid_from and row.valid_to) or row.valid_from <= row.valid_to
    assert row.origins
    assert row.destinations
    assert (row.groups or frozenset()) | row.others <= catalogue().groups.keys()


@pytest.mark.parametrize("known", Regime)
def test_a_regime_says_what_becomes_of_the_goods_and_what_to_do(known):
    meaning = borders().meanings[known]

    assert meaning.right_road.endswith(".")
    assert re.findall(r"\{(\w+)\}", meaning.right_road) in (
        [], ["destination"], ["origin", "destination", "destination"], ["destination", "origin"],
    )  # fmt: skip


def test_no_two_rows_that_name_alike_much_fit_the_same_question():
    for group, (origin, destination), on in product(
        catalogue().groups, permutations(MemberState, 2), DAYS
    ):
        for marked in product((True, False), repeat=2):
            names = [row.names for row in ROWS if row.fits(group, origin, destination, on, marked)]
            assert names
            assert names.count(max(names)) == 1


@pytest.mark.parametrize(
    ("marked", "expected", "in_origin", "in_destination"),
    [
        ("yy", RECOGNITION, UnitStatus.WITHDRAWN, UnitStatus.IN_CIRCULATION),
        ("yn", WITHDRAWAL, UnitStatus.WITHDRAWN, None),
        ("ny", DESTINATION_CODES, None, UnitStatus.APPLIED),
        ("nn", FREE, None, None),
    ],
)
def test_the_decision_table_decides_where_no_row_names_the_border(
    marked, expected, in_origin, in_destination
):
    found = taken("milk", BY, KZ, marked)

    assert found.regime is expected
    assert (found.status_in_origin, found.status_in_destination) == (in_origin, in_destination)
    assert not found.is_assumption


@pytest.mark.parametrize(
    ("group", "origin", "destination", "marked", "expected"),
    [
        ("shoes", RU, AM, "yn", WITHDRAWAL),
        ("shoes", RU, KG, "yn", WITHDRAWAL),
        ("shoes", RU, KG, "yy", RECOGNITION),  # once Kyrgyzstan marks footwear
        ("shoes", RU, BY, "yn", RECOGNITION),  # whatever is known of Belarus
        ("shoes", RU, KZ, "yy", RECOGNITION),
        ("shoes", BY, RU, "ny", RECOGNITION),
        ("tires", RU, BY, "yy", RECOGNITION),
        ("tires", RU, KZ, "yn", WITHDRAWAL),
        ("tires", BY, RU, "yy", RECOGNITION),
        ("milk", RU, BY, "yy", RECOGNITION),  # that withdrawal is offered is no duty
        ("milk", RU, BY, "yn", WITHDRAWAL),
        ("lp", RU, KZ, "yn", WITHDRAWAL),
        ("tobacco", RU, KZ, "yy", DESTINATION_CODES),
        ("tobacco", KZ, AM, "yn", WITHDRAWAL),
        ("uz-alcohol", KZ, KG, "nn", FREE),
    ],
)
def test_rows_that_name_groups_or_states_come_before_the_table(
    group, origin, destination, marked, expected
):
    assert taken(group, origin, destination, marked).regime is expected


def test_every_pair_that_the_documentation_lists_has_its_evidence():
    listed = {
        (group, state)
        for row in ROWS
        if row.regime is WITHDRAWAL and row.origins == {RU}
        for group in row.groups or catalogue().groups.keys() - row.others
        for state in row.destinations
    }

    assert {state for group, state in listed if group == "shoes"} == {AM, KG}
    assert {state for group, state in listed if group == "tires"} == {AM, KZ, KG}
    for other in catalogue().groups.keys() - {"shoes", "tires"}:
        assert {state for group, state in listed if group == other} == EVERY_STATE - {RU}


def test_what_is_inferred_is_told_as_an_assumption():
    assert taken("shoes", RU, KZ).is_assumption
    assert taken("milk", RU, BY).is_assumption
    assert taken("tobacco", RU, KZ).is_assumption
    assert not taken("milk", BY, KZ).is_assumption
    assert not taken("shoes", RU, AM, "yn").is_assumption


@pytest.mark.parametrize(
    ("on", "decision"),
    [
        (date(2022, 7, 12), "decision 205"),
        (date(2022, 7, 13), "13 July 2022"),
        (date(2025, 10, 27), "13 July 2022"),
        (date(2025, 10, 28), "28 October 2025"),
    ],
)
def test_recognition_rests_on_the_decision_of_its_day(on, decision):
    assert decision in taken("milk", BY, KZ, on=on).basis


def test_a_row_holds_from_its_first_day_on():
    assert taken("shoes", RU, BY, "yn", date(2020, 6, 30)).regime is WITHDRAWAL
    assert taken("shoes", RU, BY, "yn", date(2020, 7, 1)).regime is RECOGNITION


def test_the_right_road_names_both_states():
    assert taken("milk", BY, KG, "yn").right_road == (
        "Withdraw the goods in BY with the reason EXPORT_TO_MEMBER_STATE and the destination KG; "
        "nothing is recorded in KG."
    )


def test_within_one_state_there_is_no_regime():
    with pytest.raises(NoBorderCrossed) as refusal:
        taken("milk", BY, BY)

    assert refusal.value.member_state == "BY"


def test_groups_answer_to_every_name():
    assert taken("Молочная продукция", BY, KZ).product_group == "milk"
    with pytest.raises(UnknownProductGroup):
        taken("unicorns", BY, KZ)


def test_dairy_from_minsk_to_almaty_is_recognised_once_kazakhstan_has_declared():
    undeclared = road("milk", BY, KZ, TODAY, [])
    recognised = road("milk", BY, KZ, TODAY, iter([declared(KZ)]))
    too_early = road("milk", BY, KZ, date(2025, 12, 31), [declared(KZ)])

    assert undeclared.regime is WITHDRAWAL
    assert recognised.regime is RECOGNITION
    assert too_early.regime is WITHDRAWAL


def test_what_is_in_force_in_both_by_the_catalogue_alone_is_recognised():
    assert road("milk", BY, RU, TODAY, []).regime is RECOGNITION
    assert road("autofluids", KZ, RU, TODAY, []).regime is RECOGNITION
    assert road("milk", KG, RU, TODAY, []).regime is DESTINATION_CODES
    assert road("books", AM, KG, TODAY, []).regime is FREE


def test_a_road_is_what_it_is():
    with pytest.raises(FrozenInstanceError):
        taken("milk", BY, KZ).regime = FREE
