"""What may be done with goods, by whom and where, judged on paper."""

from datetime import date

import pytest

from domain.catalogue.reasons import reason
from domain.catalogue.regimes import Regime, Road
from domain.standards.member_state import MemberState
from domain.trace.matters import (
    Asker,
    Ban,
    Matter,
    OfferedTo,
    Purpose,
    RoadAhead,
    matter_of,
    road_ahead,
)
from domain.trace.purposes import CHECKS, IN_USE, UNFIT, purposes, slugs, undecided
from domain.trace.rules import Facts, Outcome
from domain.vocabulary import BlockScope, TransferKind, UnitStatus

BY, KZ = MemberState.BY, MemberState.KZ
GOOD = Matter(
    status=UnitStatus.IN_CIRCULATION,
    withdrawal_reason=None,
    genuine=True,
    expired_on=None,
    bans=(),
    blocked_inside=False,
    inside=(),
    acceptable=frozenset({UnitStatus.IN_CIRCULATION}),
    is_held=True,
    offered_to=OfferedTo.NOBODY,
    is_offered=False,
    turnover_state="BY",
    here=(None, None, None),
    road=None,
)
STRANGE = {"is_held": None, "offered_to": None}
BAN = Ban(BlockScope.LOT, "BY", "Decree 1", "2026-12-01")
CLOSED = RoadAhead(False, "By another road.", "Agreement", "Withdraw them.")  # noqa: FBT003


@pytest.mark.parametrize(
    ("told", "sell", "accept", "use"),
    [
        ({}, [], ["already-held"], []),
        (STRANGE, [], [], []),
        ({"genuine": None}, [], ["already-held"], []),
        ({"genuine": False, **STRANGE}, ["not-genuine"], ["not-genuine"], ["not-genuine"]),
        (
            {"status": UnitStatus.ISSUED, **STRANGE},
            ["not-applied"],
            ["not-applied"],
            ["not-applied"],
        ),
        (
            {"status": UnitStatus.APPLIED, **STRANGE},
            ["not-introduced"],
            ["not-introduced"],
            ["not-introduced"],
        ),
        (
            {
                "status": UnitStatus.APPLIED,
                "acceptable": frozenset({UnitStatus.APPLIED}),
                **STRANGE,
            },
            ["not-introduced"],
            [],
            ["not-introduced"],
        ),
        (
            {"acceptable": frozenset({UnitStatus.APPLIED}), **STRANGE},
            [],
            ["in-circulation-already"],
            [],
        ),
        (
            {"status": UnitStatus.WITHDRAWN, "withdrawal_reason": "DESTRUCTION"},
            ["withdrawn"],
            ["withdrawn", "already-held"],
            ["withdrawn"],
        ),
        (
            {"status": UnitStatus.WITHDRAWN, "withdrawal_reason": "RETAIL", "is_held": False},
            ["withdrawn", "not-held"],
            ["withdrawn", "not-offered"],
            [],
        ),
        ({"expired_on": date(2026, 1, 1), **STRANGE}, ["expired"], [], ["expired"]),
        ({"bans": (BAN,), **STRANGE}, ["blocked-lot"], ["blocked-lot"], ["blocked-lot"]),
        (
            {"blocked_inside": True, **STRANGE},
            ["contents-blocked"],
            ["contents-blocked"],
            ["contents-blocked"],
        ),
        (
            {"inside": ((UnitStatus.APPLIED, 3), (UnitStatus.IN_CIRCULATION, 9)), **STRANGE},
            ["contents-not-fitting"],
            ["contents-not-fitting"],
            ["contents-not-fitting"],
        ),
        (
            {"is_held": False, "is_offered": True, "offered_to": OfferedTo.ASKER},
            ["in-transfer", "not-held"],
            [],
            ["in-transfer", "not-held"],
        ),
        (
            {"is_held": False, "is_offered": True, "offered_to": OfferedTo.ANOTHER},
            ["in-transfer", "not-held"],
            ["offered-to-another"],
            ["in-transfer", "not-held"],
        ),
        (
            {"here": ("KZ", "KZ", "KZ"), "road": CLOSED, **STRANGE},
            ["in-another-state"],
            ["group-not-recognised"],
            [],
        ),
        (
            {"here": ("KZ", "KZ", "KZ"), "road": CLOSED._replace(is_open=True), **STRANGE},
            ["in-another-state"],
            [],
            [],
        ),
    ],
)
def test_each_purpose_has_its_reasons(told, sell, accept, use):
    found = slugs(GOOD._replace(**told))

    assert found == {"sell": sell, "accept": accept, "use": use}


def test_a_reason_names_its_step_its_basis_and_what_to_do():
    [reason] = purposes(GOOD._replace(bans=(BAN,), **STRANGE))["sell"]["reasons"]

    assert reason == {
        "step": 4,
        "slug": "blocked-lot",
        "sentence": "An authority of BY has blocked its lot until 2026-12-01.",
        "next_action": "Keep the goods aside until the authority lifts the block.",
        "legal_basis": "Decree 1",
    }


def test_every_check_is_numbered_and_told_even_where_it_was_not_made():
    told = purposes(GOOD._replace(genuine=None, **STRANGE))

    for purpose in Purpose:
        checks = told[purpose]["checks"]
        assert [check["step"] for check in checks] == list(range(1, len(checks) + 1))
        assert [check["name"] for check in checks] == list(CHECKS[purpose])
    passed = {check["name"]: check["passed"] for check in told["sell"]["checks"]}
    assert passed["genuine"] is None
    assert passed["held"] is None
    assert passed["not-blocked"] is True


def test_every_status_and_scope_has_words():
    assert UNFIT.keys() == set(UnitStatus)
    for scope in BlockScope:
        [told] = slugs(GOOD._replace(bans=(BAN._replace(scope=scope),)))["sell"]
        assert told == f"blocked-{scope.lower().replace('_', '-')}"


def test_the_reasons_for_which_goods_are_in_use_are_known():
    assert all(reason(name).name == name for name in IN_USE)


@pytest.mark.parametrize("outcome", [Outcome.NOT_CONFIRMED, Outcome.UNREADABLE, Outcome.AMBIGUOUS])
def test_what_names_no_unit_allows_nothing(outcome):
    told = undecided(outcome, "A sentence.")

    assert {one["allowed"] for one in told.values()} == {False}
    assert {reason["slug"] for one in told.values() for reason in one["reasons"]} == {outcome}


def test_what_was_not_decided_is_neither_allowed_nor_forbidden():
    told = undecided(Outcome.NOT_DECIDED, "A sentence.")

    assert {one["allowed"] for one in told.values()} == {None}


def way(regime: Regime) -> Road:
    return Road("milk", BY, KZ, regime, None, None, "Agreement", "source", "H", False, "Go.")  # noqa: FBT003


@pytest.mark.parametrize(
    ("regime", "kind", "issued_in", "is_open"),
    [
        (Regime.RECOGNITION, TransferKind.SALE, "BY", True),
        (Regime.FREE, TransferKind.SALE, "BY", True),
        (Regime.WITHDRAWAL_BY_EXPORT, TransferKind.SALE, "BY", False),
        (Regime.WITHDRAWAL_BY_EXPORT, TransferKind.CONTRACT_MANUFACTURE, "BY", True),
        (Regime.DESTINATION_CODES, TransferKind.SALE, "BY", False),
        (Regime.DESTINATION_CODES, TransferKind.SALE, "KZ", True),
    ],
)
def test_a_road_is_open_for_codes_that_it_takes(regime, kind, issued_in, is_open):
    assert road_ahead(way(regime), kind, issued_in).is_open is is_open


def test_goods_of_today_are_good_and_of_yesterday_are_not():
    custody = {"holder_id": 1, "turnover_state": "BY"}
    facts = Facts(UnitStatus.IN_CIRCULATION, False, None, date(2026, 1, 1))  # noqa: FBT003

    for today, expired_on in ((date(2026, 1, 1), None), (date(2026, 1, 2), date(2026, 1, 1))):
        matter = matter_of(facts, None, custody, Asker(2, "KZ", None), today=today)
        assert matter.expired_on == expired_on
        assert (matter.is_held, matter.offered_to) == (False, OfferedTo.NOBODY)
        assert [matter.state(purpose) for purpose in Purpose] == ["BY", "KZ", "BY"]
