"""A unit's journal and those of the packages around it, put together on paper."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.trace.timeline import STILL, Stay, Timeline, in_order, stays

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
UNIT = (1, 7)


def entry(event: int, parent: int | None = None, **more):
    return {
        "event": event,
        "parent_id": parent,
        "recorded_at": BEGAN + timedelta(hours=event),
        "blocked": False,
        **more,
    }


def of_unit(event: int, parent: int | None = None, link: int = 0, number: int = 7):
    return entry(event, parent, package_id=None, series_id=1, number=number, link=link)


def of_package(package: int, event: int, parent: int | None = None, **more):
    return entry(event, parent, package_id=package, series_id=None, number=None, link=0, **more)


def test_stays_begin_and_end_with_the_events_that_change_the_package():
    rows = [entry(1), entry(2, 10), entry(3, 10), entry(5, 20), entry(6), entry(9, 10)]

    assert list(stays(rows, 0, STILL)) == [
        Stay(10, 2, 5),
        Stay(20, 5, 6),
        Stay(10, 9, STILL),
    ]
    assert list(stays(rows, 3, 5)) == [Stay(10, 3, 5)]
    assert list(stays(rows, 6, 8)) == []
    assert list(stays(rows, 4, 7)) == [Stay(10, 4, 5), Stay(20, 5, 6)]


@given(
    st.lists(st.sampled_from([None, 10, 20]), min_size=1, max_size=12),
    st.integers(1, 12),
    st.integers(0, 12),
)
def test_a_window_of_stays_is_the_whole_cut_to_the_window(parents, since, length):
    rows = [entry(event, parent) for event, parent in enumerate(parents, 1)]
    until = since + length
    found = {
        (package, event)
        for package, begin, end in stays(rows, since, until)
        for event in range(begin, min(end, until))
    }

    for event in range(since, until):
        inside = parents[min(event, len(parents)) - 1]
        assert {package for package, at in found if at == event} == ({inside} - {None})


PAST = (
    [of_unit(1), of_unit(4, 10), of_unit(9)],
    [
        of_package(10, 2),
        of_package(10, 3, 20),
        of_package(10, 6, 30),
        of_package(20, 3),
        of_package(20, 5, blocked=True),
        of_package(20, 7),
        of_package(30, 6),
        of_package(30, 8),
        of_package(30, 11),
    ],
)


def test_only_what_happened_to_packages_meanwhile_is_told():
    timeline = Timeline([*PAST[0], *PAST[1]])

    told = [
        (one.row["event"], len(one.units), sorted(row["package_id"] for row in one.packages))
        for one in timeline.events()
    ]

    assert told == [
        (1, 1, []),
        (4, 1, []),
        (5, 0, [20]),
        (6, 0, [10, 30]),
        (8, 0, [30]),
        (9, 1, []),
    ]


def test_the_root_after_each_event_is_that_of_then():
    timeline = Timeline([*PAST[0], *PAST[1]])

    roots = {}
    for touched in timeline.events():
        stood = timeline.stood_at(touched)
        around = [(row["package_id"], row["event"]) for row in stood.around]
        roots[touched.row["event"]] = (around, stood.blocked)

    assert roots == {
        1: ([], False),
        4: ([(10, 3), (20, 3)], False),
        5: ([(10, 3), (20, 5)], True),
        6: ([(10, 6), (30, 6)], False),
        8: ([(10, 6), (30, 8)], False),
        9: ([], False),
    }
    assert timeline.stood(UNIT, 0) is None
    assert timeline.root["event"] == 9


def test_entries_that_come_more_than_once_count_once():
    twice = Timeline([*PAST[0], *PAST[1], *PAST[1], *PAST[0]])

    assert twice.events() == Timeline([*PAST[0], *PAST[1]]).events()


def test_the_last_event_by_a_moment_counts_what_was_recorded_then():
    timeline = Timeline([*PAST[0], *PAST[1]])

    found = [timeline.last_by(BEGAN + timedelta(hours=hour)) for hour in (0, 1, 5, 7, 20)]

    assert [one and one.row["event"] for one in found] == [None, 1, 5, 6, 9]


def test_the_newest_code_speaks_where_an_event_touched_several():
    old, new = (
        [of_unit(1, link=-1), of_unit(5, link=-1)],
        [of_unit(2, number=8), of_unit(5, number=8)],
    )
    timeline = Timeline([*old, *new])

    spoken = [timeline.stood_at(one).unit["number"] for one in timeline.events()]

    assert spoken == [7, 8, 8]
    assert timeline.places == [(1, 7), (1, 8)]


def test_what_happens_to_a_package_is_told_under_the_code_that_lies_in_it():
    old = [of_unit(1, 10, link=-1), of_unit(4, link=-1)]
    new = [of_unit(2, number=8), of_unit(4, 10, number=8)]
    packages = [of_package(10, 1), of_package(10, 3), of_package(10, 5)]
    timeline = Timeline([*old, *new, *packages])

    spoken = {one.row["event"]: timeline.stood_at(one).unit["number"] for one in timeline.events()}

    assert spoken == {1: 7, 2: 8, 3: 7, 4: 8, 5: 8}


def test_what_happened_before_an_event_of_earlier_record_is_out_of_order():
    hours = [0, 5, 3, 5, 6]
    events = [
        {"at": at, "occurred_at": BEGAN + timedelta(hours=hour)} for at, hour in enumerate(hours)
    ]

    recorded = in_order([dict(one) for one in events], occurred=False)
    occurred = in_order([dict(one) for one in events], occurred=True)

    assert [one["out_of_order"] for one in recorded] == [False, False, True, False, False]
    assert [one["at"] for one in occurred] == [0, 2, 1, 3, 4]
    assert [one["at"] for one in occurred if one["out_of_order"]] == [2]
