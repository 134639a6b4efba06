"""What a receipt says, which of a call are recorded, and what they make of a unit."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.reasons import DISSOLVED, RETAIL
from domain.deadlines.rules import Ending
from domain.errors import OccurredInFuture
from domain.errors_of_custody import FractionNotAllowed, FractionNotFitting
from domain.findings.rules import Happened, Sale, Stood
from domain.receipts import rules
from domain.receipts.rules import DISTANCE_SALE, Outcome, Receipt, Share
from domain.registry.spans import Standing
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, FindingRule, ReceiptKind, TransferStatus, UnitStatus

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEPT = Standing(
    None, None, 7, 1, UnitStatus.IN_CIRCULATION, MemberState.BY, None, None, None, blocked=False
)
UNIT = Stood(
    1, 5, "01x21y", "04810000000018", MemberState.BY, UnitStatus.WITHDRAWN, 1, MemberState.BY, 3
)
SALE = Sale(1, MemberState.BY, "T-1", "17", NOW, 9)
OFFER = Ending(4, UUID(int=1), TransferStatus.OFFERED, 1, 2, 10, 0, 0, 0, expired=False)


def receipt(*codes: str, document: str = "1", **told: object) -> Receipt:
    kind = told.pop("kind", ReceiptKind.SALE)
    return Receipt("T-1", document, kind, told.pop("issued_at", NOW), codes, **told)


def sorted_out(*receipts: Receipt, known=None, refused=None) -> list[Outcome]:
    digests = [one.digest for one in receipts]
    return rules.sorted_out(receipts, digests, known or {}, refused or {})


def test_the_content_of_a_receipt_is_told_by_its_digest_however_it_is_written():
    zone = timezone(timedelta(hours=5))

    same = receipt("a", "b", issued_at=NOW.astimezone(zone))

    assert same.digest == receipt("a", "b").digest
    assert len(same.digest) == 16


@pytest.mark.parametrize(
    "other",
    [
        receipt("a"),
        receipt("b", "a"),
        receipt("a", "b", kind=ReceiptKind.RETURN),
        receipt("a", "b", issued_at=NOW + timedelta(microseconds=1)),
        receipt("a", "b", is_distance_sale=True),
        receipt("a", "b", shares={1: Share(1, 2)}),
        receipt("a", "b", shares={0: Share(1, 2)}),
        receipt("ab", ""),
    ],
)
def test_another_content_has_another_digest(other):
    assert other.digest != receipt("a", "b").digest


def test_only_a_sale_of_whole_units_over_the_counter_is_plain():
    assert receipt("a").is_plain_sale
    assert not receipt("a", kind=ReceiptKind.RETURN).is_plain_sale
    assert not receipt("a", is_distance_sale=True).is_plain_sale
    assert not receipt("a", shares={0: Share(1, 2)}).is_plain_sale


def test_a_receipt_is_recorded_once_and_another_under_its_number_is_not():
    first, other = receipt("a"), receipt("b")

    assert sorted_out(first, first, other, receipt("b", document="2")) == [
        Outcome.RECORDED,
        Outcome.REPEATED,
        Outcome.CONFLICT,
        Outcome.RECORDED,
    ]
    known = {first.key: first.digest}
    assert sorted_out(first, other, known=known) == [Outcome.REPEATED, Outcome.CONFLICT]


def test_a_refused_receipt_leaves_its_number_free():
    wrong, right = receipt("a"), receipt("b")

    found = sorted_out(wrong, right, refused={0: OccurredInFuture("then")})

    assert found == [Outcome.REFUSED, Outcome.RECORDED]


def test_a_receipt_that_was_recorded_is_repeated_whatever_is_wrong_with_it_now():
    one = receipt("a")

    found = sorted_out(one, known={one.key: one.digest}, refused={0: OccurredInFuture("then")})

    assert found == [Outcome.REPEATED]


def test_receipts_of_the_future_and_shares_of_what_is_not_divided_are_at_fault():
    late = receipt("a", issued_at=NOW + timedelta(minutes=6))
    half = receipt("a", "b", shares={1: Share(1, 2)})
    too_much = receipt("a", shares={0: Share(3, 2)})

    found = rules.faults(
        [late, receipt("a"), half, too_much, half, half],
        [{}, {}, {1: "milk"}, {0: "beer"}, {1: "beer"}, {}],
        NOW,
    )

    assert {at: type(one) for at, one in found.items()} == {
        0: OccurredInFuture,
        2: FractionNotAllowed,
        3: FractionNotFitting,
    }


def test_a_unit_in_circulation_is_withdrawn_by_its_sale_and_comes_back_by_its_return():
    sold = rules.after_sale(KEPT, None, RETAIL)

    assert sold == KEPT._replace(status=UnitStatus.WITHDRAWN, withdrawal_reason=RETAIL)
    assert rules.was_sold(sold)
    assert rules.after_return(sold, None) == KEPT
    assert {"status": sold.status, "withdrawal_reason": sold.withdrawal_reason} == rules.SOLD


@pytest.mark.parametrize(
    "standing",
    [
        *(KEPT._replace(status=one) for one in ("ISSUED", "APPLIED", "CANCELLED")),
        KEPT._replace(status=UnitStatus.WITHDRAWN, withdrawal_reason="EXPORT_BEYOND_UNION"),
        KEPT._replace(status=UnitStatus.WITHDRAWN, withdrawal_reason=DISSOLVED),
    ],
)
def test_what_is_not_in_circulation_stays_as_it_is(standing):
    assert rules.after_sale(standing, None, RETAIL) == standing
    assert rules.after_return(standing, None) == standing
    assert not rules.was_sold(standing)


def test_a_unit_is_sold_share_by_share_and_gone_with_the_last():
    first = rules.after_sale(KEPT, Share(3, 10), RETAIL)
    second = rules.after_sale(first, Share(7, 10), RETAIL)

    assert (first.status, first.whole_parts, first.remaining_parts) == ("IN_CIRCULATION", 10, 7)
    assert (second.status, second.whole_parts, second.remaining_parts) == ("WITHDRAWN", 10, 0)
    assert second.withdrawal_reason == RETAIL


def test_a_sale_without_a_share_takes_all_that_is_left():
    opened = rules.after_sale(KEPT, Share(3, 10), RETAIL)

    assert rules.after_sale(opened, None, DISTANCE_SALE) == opened._replace(
        status=UnitStatus.WITHDRAWN, withdrawal_reason=DISTANCE_SALE, remaining_parts=0
    )


def test_a_share_told_otherwise_counts_in_the_units_own_parts():
    opened = rules.after_sale(KEPT, Share(1, 10), RETAIL)

    assert rules.after_sale(opened, Share(1, 3), RETAIL).remaining_parts == 5  # four of ten


def test_no_more_can_leave_than_is_left_and_that_is_told():
    opened = rules.after_sale(KEPT, Share(8, 10), RETAIL)

    assert rules.is_oversold(opened, Share(3, 10))
    assert not rules.is_oversold(opened, Share(2, 10))
    assert not rules.is_oversold(opened, None)
    assert rules.after_sale(opened, Share(3, 10), RETAIL).remaining_parts == 0


def test_shares_come_back_until_the_unit_is_whole():
    gone = rules.after_sale(KEPT, None, RETAIL)

    part = rules.after_return(gone, Share(1, 4))
    assert (part.status, part.whole_parts, part.remaining_parts) == ("IN_CIRCULATION", 4, 1)
    assert rules.after_return(part, Share(3, 4)) == KEPT
    assert rules.after_return(part, Share(4, 4)) == KEPT


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 12), st.integers(1, 12)), max_size=12),
    st.booleans(),
)
def test_a_unit_never_has_more_parts_than_the_whole_nor_fewer_than_none(steps, is_distance):
    reason = DISTANCE_SALE if is_distance else RETAIL
    standing = KEPT
    for sells, parts, of in steps:
        share = None if parts > of else Share(parts, of)
        after = rules.after_sale if sells else None
        standing = after(standing, share, reason) if after else rules.after_return(standing, share)

        whole, left = rules.division(standing, share)
        assert 0 <= left <= whole
        assert (standing.status is UnitStatus.WITHDRAWN) == (left == 0)
        assert (standing.whole_parts is None) == (standing.remaining_parts is None)
        assert (standing.withdrawal_reason is None) == (left > 0)


def test_a_transfer_ends_when_all_that_was_left_is_sold():
    half = rules.sold_out(OFFER, 4, 70)
    rest = rules.sold_out(OFFER._replace(accepted_units=6), 4, 70)
    all_of_it = rules.sold_out(OFFER, 10, 70)

    assert half == (4, 4, TransferStatus.OFFERED, None)
    assert rest == (4, 4, TransferStatus.PARTLY_ACCEPTED, 70)
    assert all_of_it == (4, 10, TransferStatus.REJECTED, 70)


def test_parts_of_bundles_and_more_than_is_left_are_found():
    found = rules.judge_sold(SALE, UNIT, in_bundle=True, is_oversold=True)

    assert [one.rule for one in found] == [
        FindingRule.PART_OF_BUNDLE_SOLD,
        FindingRule.SOLD_TWICE,
    ]
    assert found[0].facts["fiscal_document"] == "17"
    assert (found[0].event_id, found[0].participant_id) == (9, 1)
    assert rules.judge_sold(SALE, UNIT, in_bundle=False, is_oversold=False) == []


def test_what_comes_back_was_sold_and_by_who_takes_it_back():
    by_itself = Happened(8, EventKind.SOLD, NOW, 1)
    by_another = Happened(8, EventKind.SOLD, NOW, 2)

    assert rules.judge_returned(SALE, UNIT, was_sold=True, sold=by_itself) == []
    assert rules.judge_returned(SALE, UNIT, was_sold=True, sold=None) == []
    (never,) = rules.judge_returned(SALE, UNIT, was_sold=False, sold=None)
    assert (never.rule, never.facts["status"]) == (FindingRule.RETURNED_NOT_SOLD, "WITHDRAWN")
    (other,) = rules.judge_returned(SALE, UNIT, was_sold=True, sold=by_another)
    assert (other.rule, other.facts["sold_by"]) == (FindingRule.RETURNED_BY_ANOTHER, 2)
