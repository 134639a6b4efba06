"""Why goods leave: the data are whole, and what does not fit them is refused."""

from collections import Counter
from datetime import date

import pytest

from domain.catalogue.documents import Document, DocumentKind
from domain.catalogue.groups import catalogue, folded
from domain.catalogue.reasons import (
    DISSOLVED,
    EXPORT_TO_MEMBER_STATE,
    REMARKED,
    RETAIL,
    OldCode,
    allowed,
    cause,
    check_fraction,
    check_remarking,
    check_withdrawal,
    greatest_parts,
    leads_to,
    reason,
    reasons,
)
from domain.errors import UnknownProductGroup
from domain.errors_of_custody import (
    DestinationMissing,
    DestinationNotFitting,
    FractionNotAllowed,
    FractionNotFitting,
    OldCodeNotFitting,
    PrimaryDocumentNotFitting,
    ReasonNotForGroup,
    ReasonReserved,
    UnknownReason,
)
from domain.standards.member_state import MemberState
from domain.vocabulary import UnitStatus

BY, KZ = MemberState.BY, MemberState.KZ
KNOWN = reasons()
SMALLINT = 32_767

# What the withdrawal document of GIS MT knows, and what MoySklad adds.
TRUE_API = [
    "RETAIL",
    "EEC_EXPORT",
    "BEYOND_EEC_EXPORT",
    "RETURN",
    "REMOTE_SALE",
    "DAMAGE_LOSS",
    "DESTRUCTION",
    "CONFISCATION",
    "LIQUIDATION",
    "DONATION",
    "STATE_ENTERPRISE",
    "NO_RETAIL_USE",
    "ENTERPRISE_USE",
    "KM_SPOILED",
    "KM_LOST",
    "KM_DESTROYED",
    "KM_SPOILED_OR_LOST",
    "KM_CANCELLATION",
    "DESCRIPTION_ERRORS",
    "RETAIL_RETURN",
    "REMOTE_SALE_RETURN",
]
MOYSKLAD = [
    "BY_SAMPLES",
    "CONFISCATE_SALE",
    "DAMAGE_AND_LOSS",
    "DESTRUCTION",
    "DISTANCE",
    "DONATION",
    "EXPIRATION",
    "EXPORT_INSIDE_EEU",
    "EXPORT_OUTSIDE_EEU",
    "MEDICAL_USE",
    "MISMATCH",
    "OTHER_TYPE",
    "OWN_USE",
    "PACKING",
    "PRODUCTION_USE",
    "RECALL",
    "RETAIL_SALE",
    "RETURN_TO_INDIVIDUAL",
    "STATE_CONTRACT",
    "STATE_SECRET",
    "UTILIZATION",
    "VENDING",
    "VETERINARY_USE",
]


def paper(kind="OTHER"):
    return Document(DocumentKind(kind), "17", date(2026, 11, 20), "Act")


def withdraw(name, *groups, document="OTHER", destination=None):
    found = paper(document) if document else None
    check_withdrawal(reason(name), groups or ["milk"], found, destination, BY)


@pytest.mark.parametrize("known", KNOWN.reasons.values(), ids=lambda known: known.name)
def test_a_reason_is_complete(known):
    assert set(known.names) == {"en", "ru"}
    assert known.source
    assert known.confidence in {"H", "M", "L"}
    assert known.documents or known.is_reserved
    assert known.starts_from <= {
        UnitStatus.ISSUED, UnitStatus.APPLIED, UnitStatus.IN_CIRCULATION,
    }  # fmt: skip
    assert known.starts_from
    assert not known.is_restorable or UnitStatus.IN_CIRCULATION in known.starts_from


def test_every_national_reason_is_known():
    assert [name for name in TRUE_API + MOYSKLAD if folded(name) not in KNOWN.reason_names] == []
    assert reason("eec_export") is reason("EXPORT_INSIDE_EEU") is reason(EXPORT_TO_MEMBER_STATE)


@pytest.mark.parametrize("known", [KNOWN.reasons.values(), KNOWN.causes.values()])
def test_no_name_or_alias_stands_for_two(known):
    names = Counter(folded(name) for one in known for name in (one.name, *one.aliases))

    assert set(names.values()) == {1}


def test_what_has_no_source_is_told_as_an_assumption():
    told = [*KNOWN.reasons.values(), *KNOWN.lists, *KNOWN.fractions]

    assert all(item.source and item.confidence in {"H", "M", "L"} for item in told)
    assert all(item.is_assumption for item in told if "inferred" in item.source)
    assert all(item.is_assumption for item in told if "none found" in item.source)
    assert all(item.is_assumption for item in told if "ours" in item.source)


def test_a_group_stands_in_one_list_and_reasons_in_it_once():
    listed = Counter(group for item in KNOWN.lists for group in item.groups)

    assert set(listed.values()) == {1}
    assert listed.keys() <= catalogue().groups.keys()
    assert [item.is_assumption for item in KNOWN.lists if not item.groups] == [True]
    for item in KNOWN.lists:
        assert len(set(item.reasons)) == len(item.reasons)
        assert set(item.reasons) <= KNOWN.reasons.keys()


@pytest.mark.parametrize("group", catalogue().groups)
def test_every_group_takes_reasons_and_none_of_tamgas_own(group):
    names = {item.name for item in allowed(group)}

    assert {RETAIL, EXPORT_TO_MEMBER_STATE, "CODE_SPOILED"} <= names
    assert not {DISSOLVED, REMARKED} & names


def test_a_reason_that_no_list_has_is_for_every_group():
    listed = {name for item in KNOWN.lists for name in item.reasons}
    everywhere = {item.name for item in KNOWN.reasons.values() if item.is_everywhere}

    assert listed | everywhere == KNOWN.reasons.keys()
    assert listed & everywhere == set()


def test_groups_differ_as_the_matrix_says():
    assert "PACKING" in {item.name for item in allowed("milk")}
    assert "DONATION" not in {item.name for item in allowed("milk")}
    assert "VETERINARY_USE" in {item.name for item in allowed("vetpharma")}
    assert "MISMATCH" in {item.name for item in allowed("Пиво")}
    assert [item.name for item in allowed("titan")] == [item.name for item in allowed("furs")]
    with pytest.raises(UnknownProductGroup):
        allowed("unicorns")


def test_only_what_can_come_back_is_restorable():
    lasting = {item.name for item in KNOWN.reasons.values() if not item.is_restorable}

    assert lasting == {
        "PRODUCTION_USE", "PACKING", "MEDICAL_USE", "VETERINARY_USE", "DESTRUCTION", "DISPOSAL",
        "EXPIRY", "RECALL", "CODE_SPOILED", "CODE_LOST", "CODE_DESTROYED", "CODE_SPOILED_OR_LOST",
        "CODE_NOT_NEEDED", DISSOLVED, REMARKED,
    }  # fmt: skip


def test_what_was_never_in_circulation_is_cancelled():
    assert leads_to(UnitStatus.IN_CIRCULATION) is UnitStatus.WITHDRAWN
    assert {leads_to(UnitStatus.ISSUED), leads_to(UnitStatus.APPLIED)} == {UnitStatus.CANCELLED}
    assert UnitStatus.APPLIED in reason("DAMAGE_LOSS").starts_from
    assert reason(RETAIL).starts_from == {UnitStatus.IN_CIRCULATION}


def test_a_withdrawal_that_fits_is_not_refused():
    withdraw("OWN_USE")
    withdraw(RETAIL, "milk", "shoes", document="RECEIPT")
    withdraw("DISTANCE_SALE", document=None)
    withdraw(EXPORT_TO_MEMBER_STATE, document="UTD", destination=KZ)
    withdraw("EXPORT_BEYOND_UNION", document="CUSTOMS_DECLARATION")
    withdraw("DESTRUCTION", document="DESTRUCTION_ACT")


@pytest.mark.parametrize(
    ("name", "groups", "told", "refusal"),
    [
        ("DONATION", ["shoes"], {}, ReasonNotForGroup),
        ("PACKING", ["milk", "beer"], {}, ReasonNotForGroup),
        ("DISSOLVED", ["milk"], {}, ReasonReserved),
        ("DESCRIPTION_ERRORS", ["milk"], {}, ReasonReserved),
        ("OWN_USE", ["milk"], {"document": "RECEIPT"}, PrimaryDocumentNotFitting),
        ("OWN_USE", ["milk"], {"document": None}, PrimaryDocumentNotFitting),
        ("DISTANCE_SALE", ["milk"], {"document": "DESTRUCTION_ACT"}, PrimaryDocumentNotFitting),
        ("EEC_EXPORT", ["milk"], {}, DestinationMissing),
        ("EEC_EXPORT", ["milk"], {"destination": BY}, DestinationNotFitting),
        ("OWN_USE", ["milk"], {"destination": KZ}, DestinationNotFitting),
    ],
)
def test_a_withdrawal_that_does_not_fit_is_refused(name, groups, told, refusal):
    with pytest.raises(refusal):
        withdraw(name, *groups, **told)


def test_a_refused_reason_says_which_ones_the_group_takes():
    with pytest.raises(ReasonNotForGroup) as refusal:
        withdraw("DONATION", "shoes")

    assert refusal.value.product_group == "shoes"
    assert "RETURN_TO_INDIVIDUAL" in refusal.value.allowed


def test_a_reason_that_is_none_is_refused():
    for find in (reason, cause):
        with pytest.raises(UnknownReason):
            find("BOREDOM")


def test_a_fraction_is_for_the_groups_that_allow_it():
    assert greatest_parts("lekpharm") == 1_000
    assert greatest_parts("milk") is None
    assert all(2 <= item.greatest_parts <= SMALLINT for item in KNOWN.fractions)
    with pytest.raises(FractionNotAllowed):
        check_fraction("milk", 1, 2)


@pytest.mark.parametrize(
    ("parts", "of", "before"),
    [(1, 2, {}), (2, 2, {}), (10, 10, {"whole": 10, "remaining": 10}),
     (3, 10, {"whole": 10, "remaining": 3}), (1, 1_000, {})],
)  # fmt: skip
def test_a_part_of_what_is_left_may_leave(parts, of, before):
    check_fraction("pharma", parts, of, **before)


@pytest.mark.parametrize(
    ("parts", "of", "before"),
    [(0, 2, {}), (-1, 2, {}), (3, 2, {}), (1, 1, {}), (1, 0, {}), (1, 1_001, {}),
     (1, 20, {"whole": 10, "remaining": 5}), (6, 10, {"whole": 10, "remaining": 5}),
     (1, 10, {"whole": 10, "remaining": 0})],
)  # fmt: skip
def test_more_than_is_left_or_a_division_of_another_kind_is_refused(parts, of, before):
    with pytest.raises(FractionNotFitting) as refusal:
        check_fraction("pharma", parts, of, **before)

    assert refusal.value.greatest == 1_000


@pytest.mark.parametrize("known", KNOWN.causes.values(), ids=lambda known: known.name)
def test_a_cause_of_remarking_is_complete(known):
    assert set(known.names) == {"en", "ru"}
    assert known.source
    assert known.confidence in {"H", "M", "L"}
    assert known.documents
    assert folded(known.name) in KNOWN.cause_names


def test_every_national_cause_of_remarking_is_known():
    assert cause("KM_SPOILED_OR_LOST").old_code is OldCode.OPTIONAL
    assert cause("DESCRIPTION_ERRORS").old_code is OldCode.REQUIRED
    assert cause("RETAIL_RETURN").old_code is OldCode.NOT_GIVEN
    assert cause("REMOTE_SALE_RETURN").old_code is OldCode.NOT_GIVEN


def test_a_remarking_names_the_old_code_as_its_cause_wants():
    check_remarking(cause("CODE_SPOILED_OR_LOST"), None, names_old_code=False)
    check_remarking(cause("CODE_SPOILED_OR_LOST"), paper(), names_old_code=True)
    check_remarking(cause("DESCRIPTION_ERRORS"), None, names_old_code=True)
    check_remarking(cause("RETAIL_RETURN"), paper("RECEIPT"), names_old_code=False)

    with pytest.raises(OldCodeNotFitting):
        check_remarking(cause("DESCRIPTION_ERRORS"), None, names_old_code=False)
    with pytest.raises(OldCodeNotFitting):
        check_remarking(cause("RETAIL_RETURN"), paper("RECEIPT"), names_old_code=True)
    with pytest.raises(PrimaryDocumentNotFitting):
        check_remarking(cause("RETAIL_RETURN"), None, names_old_code=False)
