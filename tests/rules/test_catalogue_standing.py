"""Whether marking is in force: what is known, what is not, and on whose word."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.groups import catalogue
from domain.catalogue.rules import Declaration, Standing
from domain.errors import UnknownProductGroup, UnknownTemplate
from domain.standards.member_state import MemberState

AM, BY, KZ, KG, RU = (MemberState(state) for state in ("AM", "BY", "KZ", "KG", "RU"))
IN_FORCE, NOT_IN_FORCE, NOT_KNOWN = Standing.IN_FORCE, Standing.NOT_IN_FORCE, Standing.NOT_KNOWN


def declared(**changes):
    terms = {
        "product_group": "milk",
        "member_state": KG,
        "in_force": True,
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "decision": "Decree 690",
        "declared_by": "Operator of Kyrgyzstan",
    }
    return Declaration(**(terms | changes))


@pytest.mark.parametrize(
    ("group", "state", "on", "expected"),
    [
        ("shoes", RU, date(2020, 6, 30), NOT_IN_FORCE),
        ("shoes", RU, date(2020, 7, 1), IN_FORCE),
        ("shoes", KZ, date(2022, 10, 31), NOT_IN_FORCE),
        ("shoes", KZ, date(2022, 11, 1), IN_FORCE),
        ("shoes", BY, date(2026, 1, 1), NOT_KNOWN),
        ("shoes", AM, date(2020, 2, 29), NOT_IN_FORCE),  # no ban before the Council's date
        ("shoes", AM, date(2020, 3, 1), NOT_KNOWN),
        ("lp", KZ, date(2026, 11, 30), NOT_IN_FORCE),
        ("lp", KZ, date(2026, 12, 1), IN_FORCE),
        ("milk", BY, date(2021, 7, 8), IN_FORCE),
        ("milk", AM, date(2026, 1, 1), NOT_KNOWN),
        ("toys", RU, date(2024, 12, 31), NOT_IN_FORCE),
        ("toys", RU, date(2025, 12, 31), NOT_KNOWN),
        ("toys", RU, date(2026, 1, 1), IN_FORCE),
        ("furs", KG, date(2017, 1, 1), IN_FORCE),
        ("beer", KZ, date(2026, 2, 1), IN_FORCE),
        ("frozen", RU, date(2026, 1, 1), NOT_KNOWN),
        ("uz-alcohol", KZ, date(2026, 1, 1), NOT_IN_FORCE),
    ],
)
def test_a_group_stands_in_a_state_by_the_date(group, state, on, expected):
    assert catalogue().standing(group, state, on).standing is expected


def test_an_answer_names_the_decision_and_what_it_rests_on():
    found = catalogue().standing("shoes", KZ, date(2026, 1, 1))

    assert found.decision == "EEC Council decision 72 of 2019-08-08"
    assert found.basis == "In force since 2022-11-01 (order 518 as amended, zakon.kz)."
    assert found.on_whose_word == "catalogue"
    assert found.confidence == "H"


def test_a_rule_older_than_the_councils_decision_does_not_rest_on_it():
    assert catalogue().standing("beer", RU, date(2023, 5, 1)).decision == "national law"


def test_the_latest_stage_that_has_begun_is_told():
    basis = catalogue().standing("sweets", RU, date(2026, 6, 1)).basis

    assert basis == "In force since 2026-05-01: second stage (klerk.ru)."


def test_an_operator_fills_in_what_is_not_known_and_is_named():
    found = catalogue().standing("milk", KG, date(2026, 1, 1), [declared()])

    assert found.standing is IN_FORCE
    assert found.decision == "Decree 690"
    assert found.on_whose_word == "Operator of Kyrgyzstan"
    assert found.basis == "In force since 2026-01-01, as Operator of Kyrgyzstan declared."


def test_a_declaration_counts_for_its_own_time_state_and_group_alone():
    one = declared(valid_to=date(2026, 6, 30))
    ask = catalogue().standing

    assert ask("milk", KG, date(2025, 12, 31), [one]).standing is NOT_KNOWN
    assert ask("milk", KG, date(2026, 7, 1), [one]).standing is NOT_KNOWN
    assert ask("milk", AM, date(2026, 1, 1), [one]).standing is NOT_KNOWN
    assert ask("water", KG, date(2026, 1, 1), [one]).standing is NOT_KNOWN


def test_the_last_declaration_that_covers_the_date_counts():
    rows = [declared(), declared(in_force=False, valid_from=date(2026, 3, 1))]
    ask = catalogue().standing

    assert ask("milk", KG, date(2026, 2, 28), rows).standing is IN_FORCE
    assert ask("milk", KG, date(2026, 3, 1), rows).standing is NOT_IN_FORCE


@given(
    on=st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    group=st.sampled_from(sorted(catalogue().groups)),
    state=st.sampled_from(MemberState),
    in_force=st.booleans(),
)
def test_no_declaration_overrules_what_the_catalogue_knows(on, group, state, in_force):
    known = catalogue().standing(group, state, on)
    word = declared(
        product_group=group, member_state=state, in_force=in_force, valid_from=date(2015, 1, 1)
    )
    found = catalogue().standing(group, state, on, [word])

    if known.standing is NOT_KNOWN:
        assert found.standing is (IN_FORCE if in_force else NOT_IN_FORCE)
    else:
        assert found == known


@given(
    on=st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    group=st.sampled_from(sorted(catalogue().groups)),
    state=st.sampled_from(MemberState),
)
def test_marking_once_in_force_stays_in_force(on, group, state):
    if catalogue().standing(group, state, on).standing is IN_FORCE:
        assert catalogue().standing(group, state, on + timedelta(days=400)).standing is IN_FORCE


def test_unknown_names_are_refused():
    with pytest.raises(UnknownProductGroup):
        catalogue().group("unicorns")
    with pytest.raises(UnknownTemplate):
        catalogue().template_of("milk", "water-s")

    assert catalogue().find("unicorns") is None
    assert catalogue().template_of("milk", "milk-s").number == 20
