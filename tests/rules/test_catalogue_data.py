"""The catalogue's data: whole, and in agreement with themselves."""

import re
from collections import Counter

import pytest

from domain.catalogue.groups import catalogue, folded
from domain.catalogue.rules import Standing
from domain.catalogue.templates import Family
from domain.standards.alphabets import Alphabet
from domain.standards.member_state import MemberState
from domain.vocabulary import Emission

GROUPS = list(catalogue().groups.values())
TEMPLATES = list(catalogue().templates.values())
RULES = [rule for group in GROUPS for rule in group.rules]
PACKAGE_KINDS = {"UNIT", "GROUP", "SET", "BUNDLE", "TRANSPORT"}

# GIS MT group -> SUZ templates, as the template classifier has them.
CLASSIFIER = {
    "shoes": {1}, "lp": {10}, "tobacco": {4, 3}, "otp": {14}, "ncp": set(), "nicotindev": {71, 70},
    "tires": {7}, "perfumery": {9}, "electronics": {8}, "milk": {20}, "water": {16}, "beer": {18},
    "nabeer": {28}, "softdrinks": {29}, "pharma": {5}, "wheelchairs": {12}, "bicycle": {11},
    "furs": {85}, "bio": {30, 23}, "antiseptic": {31, 25}, "seafood": {27, 38},
    "petfood": {26, 41}, "conserve": {48, 49}, "vegetableoil": {51, 40}, "toys": {34, 59},
    "chemistry": {46, 47}, "radio": {36, 37}, "gadgets": {73, 72}, "construction": {54, 53},
    "autofluids": {61, 60}, "grocery": {42, 43}, "sweets": {67, 66}, "titan": {39},
    "opticfiber": {44, 45}, "cableraw": {63, 62}, "polymer": {65, 64}, "heater": {58, 57},
    "fire": {56, 55}, "vetpharma": {50}, "meat": {74, 32}, "carparts": {69, 68}, "books": {52},
    "fertilisers": {82, 81}, "frozen": {84, 83}, "homeware": {78, 77}, "industrial": {80, 79},
    "pyrotechnics": {87, 86}, "vetbio": {76, 75}, "uz-alcohol": set(), "uz-appliances": set(),
}  # fmt: skip


def test_every_group_of_the_classifier_is_there_with_its_templates():
    numbers = {
        group.code: {item.number for item in group.templates if item.number} for group in GROUPS
    }

    assert numbers == CLASSIFIER


def test_group_ids_and_template_numbers_and_names_are_used_once():
    ids = Counter(group.id for group in GROUPS if group.id)
    numbers = Counter(item.number for item in TEMPLATES if item.number)
    names = Counter(item.name for group in GROUPS for item in group.templates)

    assert {count for counted in (ids, numbers, names) for count in counted.values()} == {1}


def test_no_name_or_alias_stands_for_two_groups():
    called = Counter((folded(name), group.code) for group in GROUPS for name in set(group.called))
    names = Counter(name for name, _ in called)

    assert {name for name, count in names.items() if count > 1} == set()


def test_groups_are_found_by_code_number_name_and_alias_in_any_spelling():
    for name in ("milk", "MILK", "8", "Молочная продукция", "молочная  ПРОДУКЦИЯ", "dairy"):
        assert catalogue().group(name).code == "milk"

    assert catalogue().group("lekpharm").code == "pharma"
    assert catalogue().group("LP_LINENS").code == "lp"
    assert catalogue().group("PET_FOOD").code == "petfood"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.code)
def test_a_group_is_complete(group):
    assert re.fullmatch(r"[a-z-]+", group.code)
    assert group.templates
    assert set(group.names) == {"en", "ru"}
    assert set(group.package_kinds) <= PACKAGE_KINDS
    assert group.documents.keys() == set(Emission)
    assert all(re.fullmatch(r"\d{2}|\d{4,10}", heading) for heading in group.headings)
    assert group.headings_confidence in ({"H", "M"} if group.headings else {None})


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_is_one_of_the_known_layouts(template):
    lengths = {6, 7, 13, 20} if template.family is not Family.T29 else {7}

    assert template.serial_length in lengths
    assert template.alphabet is (
        Alphabet.DIGITS if template.product_group == "pharma" else Alphabet.SET_82
    )
    assert set(template.optional) <= {"240", "8005", "3103", "335"}
    assert template.confidence in {"H", "M", "L"}
    assert template.name.startswith(template.product_group)
    assert template.package_kind in catalogue().groups[template.product_group].package_kinds


def test_the_state_digit_is_missing_exactly_where_the_union_does_not_mark():
    without = {item.product_group for item in TEMPLATES if not item.state_digit}

    assert without == {"tobacco", "otp", "ncp", "pharma", "furs", "uz-alcohol", "uz-appliances"}


def test_prices_fit_into_the_codes_that_print_them():
    highest = {item.name: item.highest_price_minor for item in TEMPLATES if item.prints_price}

    assert highest == {
        "tobacco-t29": 40_959_999,
        "otp-t29": 40_959_999,
        "ncp-t29": 40_959_999,
        "tobacco-block-s": 999_999,
    }
    assert catalogue().templates["milk-s"].highest_price_minor is None


def test_only_footwear_has_older_serials_without_the_digit():
    assert [item.name for item in TEMPLATES if item.digit_optional] == ["shoes-l88"]
    assert catalogue().templates["shoes-l88"].first_character(MemberState.KZ) == "3"


@pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: f"{rule.product_group}-{rule.member_state}"
)
def test_a_rule_says_when_and_how_sure(rule):
    assert rule.confidence in {"H", "M", "L"}
    assert rule.source
    assert rule.valid_from or rule.standing is Standing.NOT_KNOWN
    assert not rule.valid_to or rule.valid_from <= rule.valid_to


def test_what_is_not_known_does_not_overlap_what_is_in_force():
    for rule in RULES:
        others = [
            other
            for other in RULES
            if other.standing is Standing.IN_FORCE
            and (other.product_group, other.member_state) == (rule.product_group, rule.member_state)
        ]
        if rule.standing is Standing.NOT_KNOWN:
            assert all(rule.valid_to and rule.valid_to < other.valid_from for other in others)


def test_two_templates_of_a_group_never_share_layout_and_serial_form():
    for group in GROUPS:
        layouts = Counter(
            (item.family, item.serial_length, item.state_digit, item.optional)
            for item in group.templates
        )
        assert max(layouts.values()) == 1


def test_documents_follow_the_kind_of_emission_unless_the_group_says_otherwise():
    milk = catalogue().documents("milk", Emission.IMPORT)
    medicines = catalogue().documents("pharma", Emission.PRODUCTION)

    assert milk == ("customs_declaration_number", "customs_declaration_date")
    assert medicines == ("lot_number", "produced_on", "expires_on")
    assert catalogue().documents("milk", Emission.REMAINS) == ()
