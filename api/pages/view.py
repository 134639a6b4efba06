"""From the registry's answer to what a page shows of it, in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from api.pages.asking import Answer
from api.pages.language import Language
from domain.catalogue.groups import catalogue
from domain.standards.member_state import MemberState
from domain.trace.rules import Outcome
from domain.vocabulary import UnitStatus

SILENCE_DAYS = 30
LONGEST_FACT = 300
# How a verdict looks: its colour, and its sign, for those who do not see the colour.
LOOKS = {
    Outcome.IN_CIRCULATION: ("good", "check"),
    Outcome.NOT_YET_IN_CIRCULATION: ("wait", "clock"),
    Outcome.EXPIRED: ("bad", "stop"),
    Outcome.BLOCKED: ("bad", "stop"),
    Outcome.WITHDRAWN: ("past", "out"),
    Outcome.CANCELLED: ("bad", "cross"),
    Outcome.NOT_CONFIRMED: ("bad", "question"),
    Outcome.AMBIGUOUS: ("past", "question"),
    Outcome.UNREADABLE: ("past", "question"),
    Outcome.NOT_DECIDED: ("past", "clock"),
}
MEASURES = {"310": "weight", "335": "volume"}
CHECKS = ("readable", "issued", "genuine", "not-blocked", "in-circulation", "not-expired")


@dataclass(frozen=True)
class Step:
    """One check of the verdict. `passed` None: it was not made."""

    name: str
    passed: bool | None
    sentence: str


@dataclass(frozen=True)
class Station:
    """A member state on the line of where the goods are."""

    state: str
    name: str
    is_here: bool
    was_here: bool
    is_issuer: bool


@dataclass(frozen=True)
class Moment:
    """An instant as it is shown, and as machines read it."""

    iso: str
    text: str


@dataclass(frozen=True)
class Happening:
    """One event of the history."""

    title: str
    kind: str
    status: str
    status_word: str
    moment: Moment
    state: str | None
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    silence_days: int | None = None  # before it nothing was recorded for so long


@dataclass(frozen=True)
class UnitView:
    """Everything that the page of a unit shows."""

    tone: str
    icon: str
    title: str
    sentence: str
    advice: str
    since: str | None
    steps: Sequence[Step]
    repairs: Sequence[str]
    name: str | None
    gtin: str | None
    sscc: str | None
    serial: str | None
    card: Sequence[tuple[str, str]]
    own: Sequence[tuple[str, str]]
    readings: Sequence[str]
    stations: Sequence[Station] = ()
    route: str | None = None
    has_left: bool = False
    happenings: Sequence[Happening] = field(default=())


def unit_view(answer: Answer, language: Language) -> UnitView:
    verdict = answer.verdict
    # A package's code is right in its way, but no unit's: that is what the reader must know.
    outcome = Outcome.UNREADABLE if verdict.get("sscc") else verdict["verdict"]
    tone, icon = LOOKS[outcome]
    words = language.texts["verdicts"][outcome]
    if is_taken_on_trust(verdict):
        words = {**words, **on_trust(verdict, language)}
        tone = "past" if tone == "good" else tone
    events = answer.history["events"] if answer.history else []
    is_on_its_way = bool(events) and verdict["status"] != UnitStatus.CANCELLED
    return UnitView(
        tone=tone,
        icon=icon,
        title=words["title"],
        sentence=problem(verdict, language) or words["sentence"],
        advice=words["advice"],
        since=since(verdict, events, language),
        steps=list(steps(answer, language)),
        repairs=repairs(verdict, language),
        name=product_name(verdict, language),
        gtin=verdict.get("gtin"),
        sscc=verdict.get("sscc"),
        serial=verdict.get("serial"),
        card=[*card(verdict, language), *measures(answer.history, language)],
        own=list(own(verdict, language)),
        readings=verdict.get("readings", ()),
        stations=list(line_of_states(verdict, events, language)) if is_on_its_way else [],
        route=route(events, language),
        has_left=verdict.get("status") == UnitStatus.WITHDRAWN,
        happenings=list(happenings(events, language)),
    )


def problem(verdict: Mapping[str, Any], language: Language) -> str | None:
    """Why this is no unit's code, where that is known better than "unreadable"."""
    known = "package" if verdict.get("sscc") else verdict.get("problem")
    return language.told("problems", known) if known else None


def is_taken_on_trust(verdict: Mapping[str, Any]) -> bool:
    """Whether the unit is known, and no verification code was shown that would prove the label."""
    made = {one["name"]: one["passed"] for one in verdict["checks"]}
    return made.get("genuine", False) is None


def on_trust(verdict: Mapping[str, Any], language: Language) -> dict[str, str]:
    """What is said of such a unit: how it stands, and not that it is genuine."""
    status = language.told("statuses", verdict["status"])
    return {
        "title": status[:1].upper() + status[1:],
        "sentence": language.texts["words"]["on_trust"],
    }


def since(
    verdict: Mapping[str, Any], events: Sequence[Mapping[str, Any]], language: Language
) -> str | None:
    """The status, and the moment of the first of the last events that left it so."""
    moment = None
    for event in reversed(events):
        if event["status"] != verdict["status"]:
            break
        moment = event["occurred_at"]
    if moment is None:
        return None
    return str(language.texts["words"]["as_of_now"]).format(
        status=language.told("statuses", verdict["status"]),
        moment=language.moment(moment, verdict.get("state_of_turnover")),
    )


def steps(answer: Answer, language: Language) -> Iterator[Step]:
    """Every check there is, those included that were not made."""
    made = {one["name"]: one["passed"] for one in answer.verdict["checks"]}
    if not made:
        made["readable"] = readable(answer)
    lot = answer.verdict.get("lot") or {}
    expires_on = lot.get("expires_on")
    told = {
        "status": language.told("statuses", answer.verdict.get("status", "")),
        "expires_on": language.day(expires_on) if expires_on else "",
    }
    for name in CHECKS:
        words = language.texts["checks"][name]
        passed = made.get(name)
        found = {True: "passed", False: "failed", None: "unmade"}[passed]
        if passed is None and is_withheld(name, answer):
            found = "withheld"
        yield Step(words["name"], passed, words[found].format(**told))
    copies = language.texts["checks"]["not-copied"]
    yield Step(copies["name"], None, copies["unmade"])


def is_withheld(name: str, answer: Answer) -> bool:
    """Whether this check has something to say that the asker may not hear."""
    if name == "genuine":
        return answer.reading is not None and answer.reading.is_complete
    return name == "not-expired" and answer.history is None


def readable(answer: Answer) -> bool | None:
    """Whether it was read, for a verdict that lists no checks."""
    if answer.verdict["verdict"] is Outcome.NOT_DECIDED:
        return None
    return answer.verdict["verdict"] is Outcome.NOT_CONFIRMED


def repairs(verdict: Mapping[str, Any], language: Language) -> list[str]:
    """What was put right in the scan."""
    known = language.texts["repairs"]
    told = [
        known["keyboard"] if one.startswith("keyboard-") else known.get(one, one)
        for one in verdict.get("repairs", ())
    ]
    return list(dict.fromkeys(told))


def product_name(verdict: Mapping[str, Any], language: Language) -> str | None:
    product = verdict.get("product")
    if product is None:
        return None
    name: str = (product["translations"] or {}).get(language.code) or product["name"]
    return name


def card(verdict: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    """What is told of the product and of its lot."""
    words = language.texts["words"]
    product = verdict.get("product") or {}
    group = catalogue().find(product.get("product_group", ""))
    if group:
        yield words["group"], group.names.get(language.code) or group.names["en"]
    for name in ("brand", "category", "tnved"):
        if product.get(name):
            yield words[name], product[name]
    yield from lot_facts(verdict.get("lot"), language)
    if verdict.get("issued_in"):
        yield words["issued_in"], language.told("states", verdict["issued_in"])


def lot_facts(lot: Mapping[str, Any] | None, language: Language) -> Iterator[tuple[str, str]]:
    words = language.texts["words"]
    if lot is None:
        return
    if lot["lot_number"]:
        yield words["lot"], lot["lot_number"]
    for name in ("produced_on", "expires_on"):
        if lot[name]:
            yield words[name], language.day(lot[name])


def measures(history: Mapping[str, Any] | None, language: Language) -> Iterator[tuple[str, str]]:
    """Weight and volume that the label prints: AI 310n in kilograms, 335n in litres."""
    words = language.texts["words"]
    for identifier, value in ((history or {}).get("measures") or {}).items():
        name = MEASURES.get(identifier[:3])
        if name:
            amount = Decimal(value).scaleb(-int(identifier[3]))
            yield words[name], language.number(amount) + f" {words[f'{name}_unit']}"


def own(verdict: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    """What only those may see who take part in it."""
    words = language.texts["words"]
    if verdict.get("holder"):
        yield words["holder"], named(verdict["holder"], language)
    if "batch" in verdict:
        yield words["batch"], verdict["batch"]
        yield words["ordinal"], str(verdict["ordinal"])


def named(party: Mapping[str, Any], language: Language) -> str:
    return f"{party['name']}, {language.told('states', party['member_state'])}"


def line_of_states(
    verdict: Mapping[str, Any], events: Sequence[Mapping[str, Any]], language: Language
) -> Iterator[Station]:
    """The five member states, with where the goods are and have been."""
    visited = {event["state_of_turnover"] for event in events}
    for state in MemberState:
        is_here = verdict.get("state_of_turnover") == state
        yield Station(
            state=state,
            name=language.told("states", state),
            is_here=is_here,
            was_here=state in visited and not is_here,
            is_issuer=verdict.get("issued_in") == state,
        )


def route(events: Sequence[Mapping[str, Any]], language: Language) -> str | None:
    """The states in the order in which the goods were in them; None if only in one."""
    passed: list[str] = []
    for event in events:
        state = event["state_of_turnover"]
        if state and passed[-1:] != [state]:
            passed.append(state)
    if len(passed) < 2:  # noqa: PLR2004 - a route has two ends
        return None
    return " → ".join(language.told("states", state) for state in passed)


def happenings(events: Sequence[Mapping[str, Any]], language: Language) -> Iterator[Happening]:
    """The events, the newest first, each with what it changed."""
    for at in range(len(events) - 1, -1, -1):
        yield happening(events[at], events[at - 1] if at else None, language)


def happening(
    event: Mapping[str, Any], before: Mapping[str, Any] | None, language: Language
) -> Happening:
    words = language.texts["words"]
    place = event["member_state"]
    notes = []
    if event["blocked"] and not (before and before["blocked"]):
        notes.append(words["blocked"])
    if event["out_of_order"]:
        recorded = language.moment(event["recorded_at"], place)
        notes.append(words["out_of_order"].format(moment=recorded))
    silence = (event["occurred_at"] - before["occurred_at"]).days if before else 0
    return Happening(
        title=language.told("events", event["kind"]),
        kind=event["kind"].lower(),
        status=language.told("statuses", event["status"]),
        status_word=event["status"].lower(),
        moment=Moment(
            event["occurred_at"].isoformat(), language.moment(event["occurred_at"], place)
        ),
        state=language.told("states", place) if place else None,
        facts=list(facts(event, before, language)),
        notes=notes,
        silence_days=silence if silence >= SILENCE_DAYS else None,
    )


def facts(
    event: Mapping[str, Any], before: Mapping[str, Any] | None, language: Language
) -> Iterator[tuple[str, str]]:
    """What the event says, as far as it differs from the one before."""
    words = language.texts["words"]
    if event.get("participant"):
        yield words["participant"], named(event["participant"], language)
    if event.get("place"):
        yield words["place"], event["place"]
    turnover = event["state_of_turnover"]
    if before and turnover and turnover != before["state_of_turnover"]:
        yield words["turnover"], language.told("states", turnover)
    holder = event.get("holder")
    if before and holder and holder != before.get("holder"):
        yield words["holder"], named(holder, language)
    if event["lot"] and (before is None or event["lot"] != before["lot"]):
        yield from lot_facts(event["lot"], language)
    yield from papers(event.get("documents") or {}, language)


def papers(
    documents: Mapping[str, Any] | Sequence[Mapping[str, Any]], language: Language
) -> Iterator[tuple[str, str]]:
    """The documents behind an event: facts by name, or papers with kind, number and date."""
    if isinstance(documents, Mapping):
        for name, value in documents.items():
            yield language.told("documents", name), plain(value, language)
        return
    for one in documents:
        number = f"{one['number']}, {plain(one['date'], language)}"
        yield language.told("documents", one["kind"]), number


def plain(value: object, language: Language) -> str:
    """A document's fact in a line: dates as dates, anything else as it was sent."""
    try:
        return language.day(date.fromisoformat(str(value)))
    except ValueError:
        text = str(value)
        return text if len(text) <= LONGEST_FACT else f"{text[: LONGEST_FACT - 1]}…"
