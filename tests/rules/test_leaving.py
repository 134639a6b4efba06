"""Goods leave circulation, come back, and get new codes: the rules alone."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from domain.blocking import rules as blocking
from domain.catalogue import reasons
from domain.catalogue.regimes import Regime, Road
from domain.errors import RoleMissing
from domain.errors_of_custody import BlockTermPassed, CorrectionNotFitting, ExportNotNeeded
from domain.goods.judging import Seen
from domain.participants.actor import Actor
from domain.recognition.units import Verdict
from domain.registry.packages import BatchFacts, Custody, WideBlock
from domain.registry.spans import Run, Standing
from domain.remarking import rules as remarking
from domain.standards.member_state import MemberState
from domain.vocabulary import Role, UnitStatus
from domain.withdrawal import rules as withdrawal
from domain.withdrawal.rules import Fraction
from domain.withdrawal.told import Parts

BY, KZ, AM = MemberState.BY, MemberState.KZ, MemberState.AM
ME = Actor(1, UUID(int=1), "Dairy", BY, frozenset({Role.PARTICIPANT}))
BATCH = BatchFacts(7, "04810000000018", "milk", BY, "milk-s")
LOOSE = Standing(None, None, 3, 1, UnitStatus.IN_CIRCULATION, BY, None, None, None, False)  # noqa: FBT003
IN_PACKAGE = LOOSE._replace(parent_id=5, holder_id=None, turnover_state=None)
MINE = Custody(1, BY, None)
EVERY_STATUS = frozenset(UnitStatus)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def seen(standing: Standing = LOOSE, custody: Custody = MINE, *, blocked: bool = False) -> Seen:
    return Seen(standing, custody, blocked, BATCH)


# What keeps goods where they are; the first that holds is told.
HELD_BACK = [
    (seen(custody=Custody(2, BY, None), blocked=True), Verdict.UNKNOWN),
    (seen(blocked=True), Verdict.BLOCKED),
    (seen(custody=Custody(1, BY, 9), blocked=True), Verdict.BLOCKED),
    (seen(custody=Custody(1, BY, 9)), Verdict.IN_TRANSFER),
    (seen(IN_PACKAGE), Verdict.IN_PACKAGE),
    (seen(), Verdict.OK),
]


@pytest.mark.parametrize(("units", "verdict"), HELD_BACK)
def test_what_keeps_goods_from_leaving(units: Seen, verdict: Verdict):
    assert withdrawal.judge_leaving(units, ME, EVERY_STATUS, set()) is verdict


def test_what_is_in_a_package_that_was_named_goes_with_it():
    assert withdrawal.judge_leaving(seen(IN_PACKAGE), ME, EVERY_STATUS, {5}) is Verdict.OK


@pytest.mark.parametrize("status", UnitStatus)
def test_goods_leave_from_the_statuses_that_the_reason_names(status: UnitStatus):
    for reason in reasons.reasons().reasons.values():
        units = seen(LOOSE._replace(status=status))
        fits = withdrawal.judge_leaving(units, ME, reason.starts_from, set()) is Verdict.OK
        assert fits is (status in reason.starts_from)


@pytest.mark.parametrize("status", UnitStatus)
@pytest.mark.parametrize("reason", [None, "ANOTHER", *reasons.reasons().reasons])
def test_only_what_was_withdrawn_for_a_reason_that_can_be_undone_comes_back(
    status: UnitStatus, reason: str | None
):
    known = reasons.reasons().reasons.get(reason or "")
    units = seen(LOOSE._replace(status=status, withdrawal_reason=reason))

    verdict = withdrawal.judge_restoring(units, ME, set())

    if status is not UnitStatus.WITHDRAWN:
        assert verdict is Verdict.WRONG_STATUS
    else:
        undone = known is not None and known.is_restorable
        assert verdict is (Verdict.OK if undone else Verdict.NOT_RESTORABLE)


def test_leaving_and_coming_back_undo_each_other():
    reason = reasons.reason("OWN_USE")
    for parts, divided in product(
        (None, Parts(1, 4), Parts(3, 4)), (LOOSE, LOOSE._replace(whole_parts=4, remaining_parts=3))
    ):
        gone = withdrawal.after_leaving(divided, reason, parts)
        if gone.status is UnitStatus.WITHDRAWN:
            before = Fraction(divided.whole_parts, divided.remaining_parts)
            assert withdrawal.after_restoring(gone, before) == divided
        else:
            assert gone.withdrawal_reason is None
            assert 0 < (gone.remaining_parts or 0) < 4


def test_what_is_left_of_a_unit_is_counted_down_to_nothing():
    reason, standing = reasons.reason("OWN_USE"), LOOSE
    left = []
    for taken in (1, 2, 1):
        standing = withdrawal.after_leaving(standing, reason, Parts(taken, 4))
        left.append((standing.remaining_parts, standing.status))

    circulating, gone = UnitStatus.IN_CIRCULATION, UnitStatus.WITHDRAWN
    assert left == [(3, circulating), (1, circulating), (0, gone)]


def test_what_was_never_introduced_is_cancelled_without_a_reason():
    applied = LOOSE._replace(status=UnitStatus.APPLIED)

    gone = withdrawal.after_leaving(applied, reasons.reason("DESTRUCTION"), None)

    assert (gone.status, gone.withdrawal_reason) == (UnitStatus.CANCELLED, None)


def road(regime: Regime) -> Road:
    words = ("Agreement", "annex", "H")
    statuses = (UnitStatus.IN_CIRCULATION, UnitStatus.IN_CIRCULATION)
    return Road("milk", BY, KZ, regime, *statuses, *words, is_assumption=False, right_road="")


def test_goods_are_not_withdrawn_for_export_to_where_their_codes_are_recognised():
    withdrawal.check_roads([road(Regime.WITHDRAWAL_BY_EXPORT), road(Regime.FREE)])

    with pytest.raises(ExportNotNeeded):
        withdrawal.check_roads([road(Regime.FREE), road(Regime.RECOGNITION)])


def test_a_correction_covers_all_that_comes_back():
    withdrawn = [Run(1, 0, 9), Run(1, 10, 19), Run(2, 0, 9)]
    withdrawal.check_correction(5, [Run(1, 5, 15), Run(2, 3, 3)], withdrawn)

    with pytest.raises(CorrectionNotFitting) as refused:
        withdrawal.check_correction(5, [Run(1, 15, 24), Run(3, 0, 1)], withdrawn)

    assert (refused.value.event, refused.value.count) == (5, 7)


# Blocks


@pytest.mark.parametrize(
    ("turnover", "issued_in", "reached"),
    [
        (BY, (BY,), True),
        (KZ, (BY,), True),
        (KZ, (BY, KZ), False),
        (BY, (KZ, KZ), True),
        (KZ, (KZ,), False),
        (None, (BY,), True),
        (None, (KZ,), False),
    ],
)
def test_an_authority_reaches_what_is_its_states(turnover, issued_in, reached):
    assert blocking.reaches(BY, turnover, issued_in) is reached


def test_inspectors_and_operators_block():
    for role in (Role.INSPECTOR, Role.OPERATOR):
        blocking.check_authority(Actor(1, UUID(int=1), "", BY, frozenset({role})))
    with pytest.raises(RoleMissing):
        blocking.check_authority(ME)


def test_a_block_ends_after_it_begins():
    blocking.check_term(None, NOW)
    blocking.check_term(NOW + timedelta(seconds=1), NOW)
    with pytest.raises(BlockTermPassed):
        blocking.check_term(NOW, NOW)


WIDE = {
    "batch": WideBlock(1, 7, None, None, None, KZ),
    "lot": WideBlock(1, None, 3, None, None, KZ),
    "gtin": WideBlock(1, None, None, BATCH.gtin, None, KZ),
    "group": WideBlock(1, None, None, None, "milk", KZ),
}


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_block_covers_what_is_in_turnover_in_its_state(name: str):
    ours = WIDE[name]
    covered = {state: ours.covers(BATCH, 3, state) for state in (KZ, BY, AM, None)}

    assert covered == {KZ: True, BY: False, AM: False, None: False}


@pytest.mark.parametrize("name", WIDE)
def test_batches_and_lots_are_blocked_wherever_they_went_by_the_state_of_issue(name: str):
    issued_there = WIDE[name]._replace(member_state=BY)

    assert issued_there.covers(BATCH, 3, KZ) is (name in {"batch", "lot"})
    assert issued_there.covers(BATCH, 3, BY)


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_block_leaves_others_alone(name: str):
    other = BatchFacts(8, "04810000000025", "water", KZ, "water-s")

    assert not WIDE[name].covers(other, 4, KZ)
    assert not WIDE[name].covers(other, None, KZ)


# New codes


@pytest.mark.parametrize("status", UnitStatus)
def test_new_codes_were_applied_and_old_ones_stand_on_goods(status: UnitStatus):
    units = seen(LOOSE._replace(status=status))

    new, old = remarking.judge_new(units, ME), remarking.judge_old(units, ME)

    on_goods = status in {UnitStatus.APPLIED, UnitStatus.IN_CIRCULATION}
    assert (new is Verdict.OK) is (status is UnitStatus.APPLIED)
    assert (old is Verdict.OK) is on_goods


@pytest.mark.parametrize(("units", "verdict"), HELD_BACK)
def test_what_keeps_an_old_code_from_giving_way(units: Seen, verdict: Verdict):
    expected = Verdict.OK if verdict is Verdict.IN_PACKAGE else verdict

    assert remarking.judge_old(units, ME) is expected


def test_an_old_code_is_out_of_its_packages_for_good():
    gone = remarking.replaced(IN_PACKAGE._replace(whole_parts=4, remaining_parts=3), MINE)

    assert gone == LOOSE._replace(
        status=UnitStatus.WITHDRAWN,
        withdrawal_reason="REMARKED",
        whole_parts=4,
        remaining_parts=0,
    )
