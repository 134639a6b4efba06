"""What the pages say, without a registry: languages, negotiation, dates, what a history shows."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.pages.asking import Answer
from api.pages.language import choose, languages
from api.pages.negotiation import preferred, wants_data
from api.pages.rendering import static_file
from api.pages.view import CHECKS, unit_view
from domain.codes.readings import PROBLEMS, REPAIRS
from domain.standards.member_state import MemberState
from domain.trace.rules import Facts, Outcome, checks
from domain.vocabulary import EventKind, UnitStatus

ENGLISH, RUSSIAN = languages()["en"], languages()["ru"]
BEGAN = datetime(2026, 1, 31, 20, 30, tzinfo=UTC)


def flat(texts: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(texts, dict):
        return {path: texts}
    found: dict[str, Any] = {}
    for name, below in texts.items():
        found |= flat(below, f"{path}.{name}")
    return found


def inserted(text: object) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", str(text)))


@pytest.mark.parametrize("language", languages().values(), ids=lambda one: one.code)
def test_every_language_says_the_same(language):
    theirs, ours = flat(language.texts), flat(ENGLISH.texts)

    assert theirs.keys() == ours.keys()
    assert {key: inserted(text) for key, text in theirs.items()} == {
        key: inserted(text) for key, text in ours.items()
    }
    assert all(text or text == 0 for text in theirs.values())
    assert len(language.texts["months"]) == 12


def test_every_word_of_the_registry_is_known():
    texts = ENGLISH.texts
    repairs = {"keyboard" if one.startswith("keyboard-") else one for one in REPAIRS}
    facts = Facts(UnitStatus.ISSUED, blocked=False, genuine=None, expires_on=None)

    assert texts["verdicts"].keys() == set(Outcome)
    assert texts["statuses"].keys() == set(UnitStatus)
    assert texts["events"].keys() == set(EventKind)
    assert texts["states"].keys() == set(MemberState)
    assert texts["repairs"].keys() == repairs
    assert texts["problems"].keys() == PROBLEMS.keys() | {"package"}
    assert [one.name for one in checks(facts, today=BEGAN.date())] == list(CHECKS)
    assert texts["checks"].keys() == {*CHECKS, "not-copied"}


@pytest.mark.parametrize(
    ("asked", "header", "code"),
    [
        (None, "", "en"),
        (None, "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        (None, "de,en;q=0.5,ru;q=0.4", "en"),
        (None, "hy", "ru"),
        (None, "kk-KZ, en;q=0.1", "ru"),
        (None, "fr, de", "en"),
        (None, "ru;q=0, en;q=0.1", "en"),
        ("ru", "en", "ru"),
        ("xx", "ru", "ru"),
        ("../ru", "", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_best_of_the_browser(asked, header, code):
    assert choose(asked, header).code == code


@pytest.mark.parametrize(
    ("accept", "data"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/json", True),
        ("application/json, text/plain, */*", True),
        ("*/*, application/json", True),
        ("text/html;q=0.5, application/json;q=0.6", True),
        ("application/json;q=0.1, text/html", False),
        ("application/json;q=0, */*;q=0.1", False),
        ("image/png", False),
        ("APPLICATION/JSON", True),
    ],
)
def test_json_is_for_those_who_like_it_better(accept, data):
    assert wants_data(accept) is data


def test_of_equals_the_first_is_the_best_and_wildcards_are_the_last():
    assert preferred("*, b, a, c;q=0.5, d;q=0") == ["b", "a", "*", "c"]
    assert preferred(";;;,,q=1, a;q=nonsense") == ["q=1", "a"]


def test_moments_stand_in_the_time_of_the_state():
    assert RUSSIAN.moment(BEGAN, "KZ") == "1 февраля 2026, 01:30 (UTC+5)"
    assert ENGLISH.moment(BEGAN, "AM") == "1 February 2026, 00:30 (UTC+4)"
    assert ENGLISH.moment(BEGAN) == "31 January 2026, 20:30 (UTC)"


def event(kind: str, days: float, **more: Any) -> dict[str, Any]:
    at = BEGAN + timedelta(days=days)
    return {
        "kind": kind,
        "occurred_at": at,
        "recorded_at": at,
        "member_state": "BY",
        "status": "APPLIED",
        "state_of_turnover": "BY",
        "blocked": False,
        "lot": None,
        "out_of_order": False,
        **more,
    }


def shown(*events: dict[str, Any], **more: Any):
    verdict = {
        "verdict": Outcome.WITHDRAWN,
        "checks": [],
        "repairs": [],
        "status": "WITHDRAWN",
        "since": BEGAN.isoformat(),
        "state_of_turnover": "KZ",
        "issued_in": "BY",
        **more,
    }
    history = {"events": list(events), "measures": {"3103": "000250", "3351": "15"}}
    return unit_view(Answer(verdict, history, None), ENGLISH)


def test_the_history_is_told_from_the_newest_and_says_where_it_was_silent():
    view = shown(event("REGISTERED", 0), event("APPLIED", 2), event("NEVER_HEARD_OF", 40))

    assert [one.title for one in view.happenings] == [
        "never heard of",
        "Code put on the goods",
        "Code issued",
    ]
    assert [one.silence_days for one in view.happenings] == [38, None, None]


def test_an_event_tells_what_it_changed_and_no_more():
    lot = {"lot_number": "L-1", "produced_on": None, "expires_on": BEGAN.date()}
    party = {"name": "A", "member_state": "KZ", "participant": "x"}
    first = event("APPLIED", 0, lot=lot, holder=None)
    second = event(
        "INTRODUCED",
        1,
        lot=lot,
        holder=party,
        participant=party,
        place="Line 2",
        state_of_turnover="KZ",
        documents={"primary_document_date": "2026-01-30", "other": ["a", 1]},
    )

    later, earlier = shown(first, second).happenings

    assert earlier.facts == [("Lot", "L-1"), ("Good until", "31 January 2026")]
    assert later.facts == [
        ("Recorded by", "A, Kazakhstan"),
        ("Place", "Line 2"),
        ("In turnover in", "Kazakhstan"),
        ("Held by", "A, Kazakhstan"),
        ("Primary document of", "30 January 2026"),
        ("other", "['a', 1]"),
    ]


def test_blocks_and_late_records_are_noted():
    late = event("LOT_GIVEN", 1, blocked=True, out_of_order=True)

    [after, before] = shown(event("APPLIED", 0), late).happenings

    assert after.notes == [
        "Blocked by an authority",
        "Told later than what happened after it: recorded on 1 February 2026, 23:30 (UTC+3)",
    ]
    assert before.notes == []


def test_the_line_of_states_shows_where_the_goods_are_and_were():
    view = shown(event("REGISTERED", 0), event("INTRODUCED", 1, state_of_turnover="KZ"))

    assert [one.state for one in view.stations] == list(MemberState)
    assert [one.state for one in view.stations if one.is_here] == ["KZ"]
    assert [one.state for one in view.stations if one.was_here] == ["BY"]
    assert view.route == "Belarus → Kazakhstan"
    assert view.has_left


def test_the_status_stands_since_it_was_reached_not_since_the_last_event():
    events = [
        event("APPLIED", 0),
        event("INTRODUCED", 1, status="IN_CIRCULATION"),
        event("LOT_GIVEN", 5, status="IN_CIRCULATION"),
    ]

    view = shown(*events, verdict=Outcome.IN_CIRCULATION, status="IN_CIRCULATION")

    assert view.since == "Status: in circulation, since 2 February 2026, 01:30 (UTC+5)"


def test_a_unit_whose_label_proved_nothing_is_not_called_genuine():
    trusted = [{"name": "genuine", "passed": None}]

    view = shown(
        event("INTRODUCED", 0, status="IN_CIRCULATION"),
        verdict=Outcome.IN_CIRCULATION,
        status="IN_CIRCULATION",
        checks=trusted,
    )

    assert (view.tone, view.title) == ("past", "In circulation")
    assert "not checked" in view.sentence


def test_weight_and_volume_are_numbers_with_a_unit():
    card = dict(shown(event("APPLIED", 0)).card)

    assert card["Net weight"] == "0.250 kg"
    assert card["Volume"] == "1.5 l"


def test_long_documents_are_cut():
    view = shown(event("APPLIED", 0, documents={"note": "x" * 1_000}))

    [(_, told)] = view.happenings[0].facts
    assert len(told) == 300
    assert told.endswith("…")


@pytest.mark.parametrize("outcome", Outcome)
def test_every_verdict_names_every_check_made_or_not(outcome):
    verdict = {"verdict": outcome, "checks": []}

    view = unit_view(Answer(verdict, None, None), RUSSIAN)

    assert len(view.steps) == len(CHECKS) + 1
    assert all(step.sentence for step in view.steps)
    assert view.title
    assert view.tone in {"good", "wait", "bad", "past"}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(scheme):
    sheet = static_file("tamga.css").decode()
    colours = {
        name: pair[scheme]
        for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", sheet)
    }
    surfaces = {
        "ink": ("paper", "card", "wash"),
        "soft": ("paper", "card", "wash"),
        "accent": ("paper", "card"),
        "on-accent": ("accent",),
        "on-verdict": ("good", "wait", "bad", "past"),
    }

    for text, behind in surfaces.items():
        for surface in behind:
            light, dark = sorted((luminance(colours[text]), luminance(colours[surface])))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, surface)
