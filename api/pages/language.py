"""The languages of the pages: one dictionary each, in `languages/`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.pages.negotiation import preferred
from domain.standards.member_state import MemberState

USUAL = "en"
# Who reads these, and finds no page of their own language, is likelier to read Russian.
READ_RUSSIAN_TOO = frozenset({"be", "hy", "kk", "ky"})
ZONES = {
    MemberState.AM: "Asia/Yerevan",
    MemberState.BY: "Europe/Minsk",
    MemberState.KZ: "Asia/Almaty",
    MemberState.KG: "Asia/Bishkek",
    MemberState.RU: "Europe/Moscow",
}


@dataclass(frozen=True)
class Language:
    """One language with its words."""

    code: str
    texts: Mapping[str, Any]

    def told(self, section: str, word: str) -> str:
        """What a word of the registry is called; a word that is not known stands as it is."""
        found: str = self.texts[section].get(word, word.replace("_", " ").lower())
        return found

    def number(self, number: Decimal) -> str:
        return str(number).replace(".", self.texts["decimal"])

    def day(self, day: date) -> str:
        month = self.texts["months"][day.month - 1]
        return str(self.texts["date"].format(day=day.day, month=month, year=day.year))

    def moment(self, moment: datetime, state: str | None = None) -> str:
        """Date and time in the zone of the member state, with the zone."""
        local = moment.astimezone(zone(state))
        hours = local.strftime("%z")
        offset = f"UTC{hours[:1]}{int(hours[1:3])}" if hours != "+0000" else "UTC"
        if hours[3:] != "00":
            offset += f":{hours[3:]}"
        clock = f"{local:%H:%M} ({offset})"
        return str(self.texts["moment"].format(date=self.day(local), time=clock))


@cache
def zone(state: str | None) -> ZoneInfo:
    """The time zone of a state's capital; UTC where this machine does not know it."""
    try:
        return ZoneInfo(ZONES[MemberState(state)] if state else "UTC")
    except ZoneInfoNotFoundError:
        return ZoneInfo("UTC")


@cache
def languages() -> Mapping[str, Language]:
    """Every language there is, by its code."""
    data = resources.files("api.pages").joinpath("languages")
    found = {}
    for item in sorted(data.iterdir(), key=lambda item: item.name):
        code = item.name.removesuffix(".toml")
        found[code] = Language(code, tomllib.loads(item.read_text(encoding="utf-8")))
    return found


def choose(asked: str | None, accept_language: str) -> Language:
    """The language asked for, else the best that the browser names, else English."""
    known = languages()
    if asked and asked in known:
        return known[asked]
    for name in preferred(accept_language):
        code = name.partition("-")[0]
        if code in known:
            return known[code]
        if code in READ_RUSSIAN_TOO:
            return known["ru"]
    return known[USUAL]
