"""Why a sale, a scan or a count looks wrong, and what does not look wrong."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import pi
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.findings import rules
from domain.findings.counts import (
    Guesses,
    NeverIssued,
    has_risen,
    judge_guesses,
    judge_volume,
    window,
)
from domain.findings.rules import By, Happened, InHand, Sale, Scan, Stood, Told
from domain.findings.thresholds import threshold
from domain.findings.travel import EARTH_RADIUS_KM, Sight, distance_km, is_impossible, journey
from domain.participants.actor import Actor
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, FindingRule, Role, UnitStatus

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
GTIN = "04810000000018"
DAIRY, STORE, KIOSK = 1, 2, 3
UNIT = Stood(
    series_id=7,
    number=42,
    code=f"01{GTIN}212dHk7pQ",
    gtin=GTIN,
    issued_in=MemberState.BY,
    status=UnitStatus.IN_CIRCULATION,
    holder_id=STORE,
    turnover_state=MemberState.KZ,
    event_id=100,
)
SALE = Sale(STORE, MemberState.KZ, "12", "880012", NOW, 101)
SOLD = Happened(90, EventKind.SOLD, NOW - 72 * HOUR, DAIRY)
GUESSING = threshold(FindingRule.GUESSING)
TRAVEL = threshold(FindingRule.IMPOSSIBLE_TRAVEL)
MINSK = Sight(1, NOW, 53.9006, 27.5590, "Minsk")
ALMATY = Sight(2, NOW, 43.2380, 76.8829, "Almaty")

moments = st.timedeltas(timedelta(), timedelta(days=9_000)).map(lambda later: NOW + later)
sights = st.builds(
    Sight,
    st.integers(1, 9),
    moments,
    st.floats(-90, 90, allow_nan=False),
    st.floats(-180, 180, allow_nan=False),
)


def actor(id: int = KIOSK, *roles: Role) -> Actor:
    return Actor(id, uuid4(), "Somebody", MemberState.RU, frozenset(roles or {Role.PARTICIPANT}))


def names(unit=UNIT, sale=SALE, *, sold=None, handled=None, was_held=True):
    found = rules.judge_sale(sale, unit, sold=sold, handled=handled, was_held=was_held)
    return {one.rule for one in found}


def test_an_honest_sale_is_nothing_to_look_at():
    assert names() == set()
    assert names(handled=Happened(100, EventKind.ACCEPTED, NOW - HOUR, STORE)) == set()
    assert names(UNIT._replace(expires_on=NOW.date())) == set()
    assert names(UNIT._replace(holder_id=None)) == set()


SALES = [
    (UNIT._replace(status=UnitStatus.WITHDRAWN), {"sold": SOLD}, {FindingRule.SOLD_TWICE}),
    (UNIT._replace(status=UnitStatus.WITHDRAWN), {}, {FindingRule.SOLD_NOT_IN_CIRCULATION}),
    (UNIT._replace(status=UnitStatus.APPLIED), {}, {FindingRule.SOLD_NOT_IN_CIRCULATION}),
    (UNIT._replace(status=UnitStatus.CANCELLED), {}, {FindingRule.SOLD_NOT_IN_CIRCULATION}),
    (UNIT._replace(blocked=True), {}, {FindingRule.SOLD_WHILE_BLOCKED}),
    (UNIT._replace(in_transfer=True), {}, {FindingRule.SOLD_IN_TRANSFER}),
    (UNIT._replace(holder_id=DAIRY), {}, {FindingRule.SOLD_BY_NON_HOLDER}),
    (
        UNIT._replace(holder_id=DAIRY),
        {"was_held": False},
        {FindingRule.SOLD_BY_NON_HOLDER, FindingRule.CUSTODY_GAP},
    ),
    (UNIT._replace(expires_on=date(2026, 11, 21)), {}, {FindingRule.EXPIRED_SOLD}),
    (
        UNIT,
        {"handled": Happened(100, EventKind.PACKED, NOW + 25 * HOUR, STORE)},
        {FindingRule.SOLD_THEN_MOVED},
    ),
    (
        UNIT._replace(status=UnitStatus.WITHDRAWN, holder_id=DAIRY, blocked=True, in_transfer=True),
        {"sold": SOLD, "was_held": False},
        {
            FindingRule.SOLD_TWICE,
            FindingRule.SOLD_WHILE_BLOCKED,
            FindingRule.SOLD_IN_TRANSFER,
            FindingRule.SOLD_BY_NON_HOLDER,
            FindingRule.CUSTODY_GAP,
        },
    ),
]


@pytest.mark.parametrize(("unit", "past", "expected"), SALES)
def test_a_sale_is_judged_by_how_the_unit_stood(unit, past, expected):
    assert names(unit, **past) == expected


@pytest.mark.parametrize(
    ("kind", "hours"), [(EventKind.PACKED, 24), (EventKind.BLOCKED, 48), (EventKind.RETURNED, 48)]
)
def test_late_reports_and_acts_of_others_do_not_make_goods_move_after_their_sale(kind, hours):
    assert names(handled=Happened(100, kind, NOW + hours * HOUR, STORE)) == set()


def test_the_day_of_a_sale_is_that_of_the_receipt():
    before_midnight = datetime.fromisoformat("2026-11-22T23:30:00-03:00")
    unit = UNIT._replace(expires_on=date(2026, 11, 22))

    assert names(unit, SALE._replace(issued_at=before_midnight)) == set()
    assert names(unit, SALE._replace(issued_at=before_midnight.astimezone(UTC))) == {
        FindingRule.EXPIRED_SOLD
    }


def test_a_finding_keeps_its_facts_its_threshold_and_the_states_it_concerns():
    unit = UNIT._replace(status=UnitStatus.WITHDRAWN, turnover_state=MemberState.KG)

    found = rules.judge_sale(SALE, unit, sold=SOLD, handled=None, was_held=True)[0]

    assert found.states == {MemberState.BY, MemberState.KG, MemberState.KZ}
    assert (found.series_id, found.number, found.gtin) == (7, 42, GTIN)
    assert (found.participant_id, found.event_id) == (STORE, 101)
    assert found.threshold == {"sales": 1}
    assert found.facts == {
        "code": UNIT.code,
        "till": "12",
        "fiscal_document": "880012",
        "issued_at": NOW.isoformat(),
        "sold_at": SOLD.occurred_at.isoformat(),
        "sold_event": 90,
        "sold_by": DAIRY,
    }


def seen(by: Actor | None, at: datetime = NOW) -> InHand:
    return InHand("scanned", at, by.member_state if by else None, by)


def in_hand(by, unit=UNIT, *, sold=None, was_held=False, at=NOW):
    found = rules.judge_in_hand(seen(by, at), unit, sold=sold, was_held=was_held)
    return {one.rule for one in found}


def test_who_never_had_custody_and_has_the_goods_stands_in_a_gap():
    assert in_hand(actor()) == {FindingRule.CUSTODY_GAP}


def test_who_had_custody_or_is_offered_the_goods_stands_in_none():
    assert in_hand(actor(STORE)) == set()
    assert in_hand(actor(), was_held=True) == set()
    assert in_hand(actor(), UNIT._replace(offered_to=KIOSK)) == set()


@pytest.mark.parametrize("by", [None, actor(KIOSK, Role.INSPECTOR), actor(KIOSK, Role.OPERATOR)])
def test_customers_and_overseers_may_have_anything_in_hand(by):
    assert in_hand(by, sold=SOLD) == set()


def test_sold_goods_in_other_hands_were_moved_unless_it_was_just_now():
    sold = UNIT._replace(status=UnitStatus.WITHDRAWN)

    assert in_hand(actor(), sold, sold=SOLD, was_held=True) == {FindingRule.SOLD_THEN_MOVED}
    assert in_hand(actor(DAIRY), sold, sold=SOLD, was_held=True) == set()
    assert in_hand(actor(), sold, sold=SOLD, was_held=True, at=SOLD.occurred_at + 24 * HOUR) == (
        set()
    )


# Travel


def test_distances_are_those_of_the_map():
    assert distance_km(MINSK, ALMATY) == pytest.approx(3_730, rel=0.005)
    degree = distance_km(Sight(3, NOW, 0, 0), Sight(4, NOW, 1, 0))
    assert degree == pytest.approx(111.195, rel=1e-5)
    pole = Sight(3, NOW, 90, 0)
    assert distance_km(pole, Sight(4, NOW, -90, 99)) == pytest.approx(EARTH_RADIUS_KM * pi)
    assert distance_km(pole, Sight(4, NOW, 90, -120)) == pytest.approx(0, abs=1e-6)


@given(sights, sights)
def test_a_way_is_as_long_back_as_there_and_never_beyond_half_the_earth(one, other):
    there, back = journey(one, other), journey(other, one)

    assert there.distance_km == pytest.approx(back.distance_km, abs=1e-6)
    assert there.time == back.time >= timedelta()
    assert 0 <= there.distance_km <= EARTH_RADIUS_KM * pi + 1e-6
    assert is_impossible(there, TRAVEL) == is_impossible(back, TRAVEL)


@given(sights, sights, st.timedeltas(timedelta(), timedelta(days=3)))
def test_more_time_never_makes_a_possible_journey_impossible(one, other, longer):
    first, last = sorted((one, other), key=lambda sight: sight.scanned_at)
    later = Sight(9, last.scanned_at + longer, last.latitude, last.longitude)

    assert is_impossible(journey(first, last), TRAVEL) >= is_impossible(
        journey(first, later), TRAVEL
    )


@given(sights, sights)
def test_within_the_slack_everything_is_possible_and_beyond_the_speed_nothing(one, other):
    made = journey(one, other)

    if made.distance_km <= TRAVEL["slack_km"]:
        assert not is_impossible(made, TRAVEL)
    if made.speed_kmh <= TRAVEL["speed_kmh"]:
        assert not is_impossible(made, TRAVEL)
    hours = made.time / HOUR + TRAVEL["slack_minutes"] / 60
    if made.distance_km > TRAVEL["slack_km"] + TRAVEL["speed_kmh"] * hours:
        assert is_impossible(made, TRAVEL)


@pytest.mark.parametrize(
    ("kilometres", "minutes", "impossible"),
    [(274, 0, False), (276, 0, True), (1_174, 60, False), (1_176, 60, True)],
)
def test_the_reach_is_the_slack_and_what_is_flown_in_time_and_slack(
    kilometres, minutes, impossible
):
    here = Sight(1, NOW, 0, 0)
    there = Sight(2, NOW + timedelta(minutes=minutes), 0, kilometres / 111.195)

    assert is_impossible(journey(here, there), TRAVEL) is impossible


def test_one_unit_in_minsk_and_an_hour_later_in_almaty_is_told_with_both_scans():
    later = Sight(2, NOW + HOUR, ALMATY.latitude, ALMATY.longitude, "Almaty")

    found = rules.judge_travel(UNIT, later, MINSK, By(MemberState.RU, KIOSK))

    assert found is not None
    assert found.rule is FindingRule.IMPOSSIBLE_TRAVEL
    assert found.states == {MemberState.BY, MemberState.KZ, MemberState.RU}
    assert [scan["place"] for scan in found.facts["scans"]] == ["Minsk", "Almaty"]
    assert found.facts["minutes"] == 60
    assert found.facts["speed_kmh"] == pytest.approx(3_730, rel=0.005)


def test_at_the_same_moment_the_speed_is_not_told():
    found = rules.judge_travel(UNIT, MINSK, ALMATY, By(None, None))

    assert found is not None
    assert found.facts["speed_kmh"] is None
    assert found.participant_id is None


def test_a_night_is_enough_from_minsk_to_almaty():
    arrived = Sight(2, NOW + 8 * HOUR, ALMATY.latitude, ALMATY.longitude)

    assert rules.judge_travel(UNIT, MINSK, arrived, By(None, None)) is None


def test_a_scan_is_a_sight_only_with_both_coordinates():
    told = Told("Minsk", 53.9, 27.5, NOW)
    scan = Scan(GTIN, "2dHk7pQ", "in-circulation", told, NOW, None)

    assert scan.sight(5) == Sight(5, NOW, 53.9, 27.5, "Minsk")
    assert Scan(GTIN, "2dHk7pQ", "in-circulation", Told("Minsk"), NOW, None).sight(5) is None


# Counting


@given(st.integers(1, 50), st.integers(0, 5_000))
def test_a_flood_of_any_size_is_told_at_its_limit_and_then_a_handful_of_times(limit, flood):
    told = [count for count in range(1, flood + 1) if has_risen(count - 1, count, limit)]

    assert told[:1] == ([limit] if flood >= limit else [])
    assert len(told) <= 14
    assert all(later == 2 * earlier for earlier, later in pairwise(told))


@given(st.integers(1, 50), st.lists(st.integers(0, 100), max_size=20))
def test_counts_that_grow_by_leaps_miss_no_level(limit, leaps):
    count, told = 0, 0
    for leap in leaps:
        told += has_risen(count, count + leap, limit)
        count += leap

    assert (told > 0) == (count >= limit)


@given(moments, moments, st.timedeltas(timedelta(minutes=1), timedelta(days=60)))
def test_windows_lie_one_after_the_other(one, other, length):
    first, last = sorted((one, other))
    since = window(first, length)

    assert since <= first < since + length
    assert window(last, length) >= since
    assert window(since, length) == since


def guesses(by_client: int, by_all: int) -> Guesses:
    return Guesses(GTIN, MemberState.BY, NOW, by_all, by_all - 1, by_client, by_client - 1)


def test_guesses_are_counted_for_a_client_and_for_the_gtin():
    many, all_of_them = GUESSING["per_client"], GUESSING["per_gtin"]

    by_client = judge_guesses(guesses(many, many), actor=actor())
    by_all = judge_guesses(guesses(many - 1, all_of_them), actor=actor())
    by_strangers = judge_guesses(guesses(many, many), actor=None)
    too_few = judge_guesses(guesses(many - 1, all_of_them - 1), actor=actor())

    assert [one.facts["counted"] for one in by_client] == ["client"]
    assert by_client[0].participant_id == KIOSK
    assert by_client[0].states == {MemberState.BY, MemberState.RU}
    assert [one.facts["counted"] for one in by_all] == ["gtin"]
    assert by_all[0].participant_id is None
    assert by_all[0].states == {MemberState.BY}
    assert by_strangers == too_few == []


def test_serials_sold_and_never_issued_are_volume_above_what_was_issued():
    few = NeverIssued(GTIN, MemberState.BY, NOW, 2, 0, 1_000, ("a", "b"))
    many = NeverIssued(GTIN, MemberState.BY, NOW, 4, 2, 1_000, ("c", "d"))

    found = judge_volume(many, SALE)

    assert judge_volume(few, SALE) is None
    assert found is not None
    assert found.rule is FindingRule.VOLUME_ABOVE_ISSUED
    assert (found.gtin, found.participant_id, found.event_id) == (GTIN, STORE, 101)
    assert (found.facts["never_issued"], found.facts["issued"]) == (4, 1_000)
    assert found.facts["examples"] == ["c", "d"]
