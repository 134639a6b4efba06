"""A unit's past put together: its own journal, and those of the packages it lay in meanwhile.

Event numbers grow along every chain, so that a stay in a package is told by two of them, and the
entry in force at an event is the last one that is not younger.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

Row = Mapping[str, Any]
Place = tuple[int, int]  # series, number

STILL = (1 << 63) - 1
EVENT = itemgetter("event")


class Stay(NamedTuple):
    """That something lay in a package, from one event to another."""

    package_id: int
    since: int
    until: int


class Stood(NamedTuple):
    """How a unit stood after an event: its own entry, and those of the packages around it.

    The innermost package comes first; the last entry has custody.
    """

    unit: Row
    around: Sequence[Row]

    @property
    def root(self) -> Row:
        return self.around[-1] if self.around else self.unit

    @property
    def blocked(self) -> bool:
        return any(entry["blocked"] for entry in (self.unit, *self.around))


class Touched(NamedTuple):
    """An event of the history, with what it touched: codes of the unit, packages around it."""

    row: Row
    units: Sequence[Row]
    packages: Sequence[Row]


class Journal:
    """The entries of one thing, the oldest first."""

    def __init__(self) -> None:
        self.entries: dict[int, Row] = {}
        self.events: list[int] = []
        self.rows: list[Row] = []

    def close(self) -> None:
        """No more entries come."""
        self.events = sorted(self.entries)
        self.rows = [self.entries[event] for event in self.events]

    def in_force(self, event: int) -> Row | None:
        """The last entry that is not younger than the event."""
        at = bisect_right(self.events, event)
        return self.rows[at - 1] if at else None


class Timeline:
    """Everything that was recorded of a unit, and of the packages it lay in."""

    def __init__(self, entries: Iterable[Row]) -> None:
        own: list[Row] = []
        others: list[Row] = []
        for row in entries:
            (own if row["package_id"] is None else others).append(row)
        self.units: dict[Place, Journal] = journals(own, itemgetter("series_id", "number"))
        self.packages: dict[int, Journal] = journals(others, itemgetter("package_id"))
        self.stays: dict[int, list[Stay]] = {}
        found = [stay for journal in self.units.values() for stay in stays(journal.rows, 0, STILL)]
        while found:  # level by level
            for stay in found:
                self.stays.setdefault(stay.package_id, []).append(stay)
            found = [
                above
                for package_id, since, until in found
                for above in stays(self.packages[package_id].rows, since, until)
            ]

    @property
    def root(self) -> Row:
        """What has custody of the unit now: the outermost package, or the unit itself."""
        place = next(place for place, journal in self.units.items() if not journal.rows[0]["link"])
        stood = self.stood(place, STILL)
        if stood is None:
            raise ValueError("a unit without a past")
        return stood.root

    @property
    def people(self) -> set[int]:
        """Everybody who did something, or held something."""
        rows = [row for one in (*self.units.values(), *self.packages.values()) for row in one.rows]
        found = {row["holder_id"] for row in rows} | {row["participant_id"] for row in rows}
        return found - {None}

    def stood(self, place: Place, event: int) -> Stood | None:
        """How this code stood after an event; None before the first one."""
        unit = entry = self.units[place].in_force(event)
        if unit is None:
            return None
        around = []
        while entry is not None and (parent := entry["parent_id"]) is not None:
            entry = self.packages[parent].in_force(event)
            if entry is not None:
                around.append(entry)
        return Stood(unit, around)

    def stood_at(self, touched: Touched) -> Stood | None:
        """How the unit stood after an event, under the code that was its own by then.

        Of the codes that the event touched the newest speaks, else that which stood already.
        """
        event = EVENT(touched.row)
        if len(self.units) == 1:
            return self.stood(next(iter(self.units)), event)
        spoken = max(touched.units, key=itemgetter("link"), default=None)
        if spoken is not None:
            return self.stood((spoken["series_id"], spoken["number"]), event)
        inside = {row["package_id"] for row in touched.packages}
        found = [stood for place in self.units if (stood := self.stood(place, event))]
        met = [one for one in found if inside & {row["package_id"] for row in one.around}]
        return [*found, *met][-1] if found else None

    def events(self) -> list[Touched]:
        """Every event that touched the unit or what it lay in, in the order of the records."""
        rows: dict[int, Row] = {}
        units: dict[int, list[Row]] = {}
        packages: dict[int, list[Row]] = {}
        for journal in self.units.values():
            for event, row in zip(journal.events, journal.rows, strict=True):
                units.setdefault(event, []).append(row)
                rows[event] = row
        for package_id, journal in self.packages.items():
            there = self.stays[package_id]
            for event, row in zip(journal.events, journal.rows, strict=True):
                if any(since <= event <= until for _, since, until in there):
                    packages.setdefault(event, []).append(row)
                    rows.setdefault(event, row)
        return [
            Touched(rows[event], units.get(event, ()), packages.get(event, ()))
            for event in sorted(rows)
        ]

    def last_by(self, moment: datetime) -> Touched | None:
        """The last event that was recorded by then; None if there was none yet."""
        found = [one for one in self.events() if one.row["recorded_at"] <= moment]
        return found[-1] if found else None

    @property
    def places(self) -> list[Place]:
        """The numbers that have to be named: of all codes, and of coded packs."""
        packs = [journal.rows[-1] for journal in self.packages.values()]
        coded = [row for row in packs if row["series_id"] is not None]
        return [*self.units, *((row["series_id"], row["number"]) for row in coded)]


def journals(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, Journal]:
    """The entries of each thing, once each and in order."""
    found: dict[Any, Journal] = {}
    for row in rows:
        found.setdefault(key(row), Journal()).entries[EVENT(row)] = row
    for journal in found.values():
        journal.close()
    return found


def stays(entries: Iterable[Row], since: int, until: int) -> Iterator[Stay]:
    """In which packages something lay between two events, by its own sorted entries."""
    package, begun = None, since
    for row in entries:
        event = EVENT(row)
        if event >= until:
            break
        if row["parent_id"] == package:
            continue
        if package is not None and event > since:
            yield Stay(package, begun, event)
        package, begun = row["parent_id"], max(event, since)
    if package is not None:
        yield Stay(package, begun, until)


def in_order(events: Iterable[dict[str, Any]], *, occurred: bool) -> list[dict[str, Any]]:
    """Told events, each flagged that happened before one that was recorded earlier."""
    latest = None
    found = []
    for event in events:
        event["out_of_order"] = latest is not None and event["occurred_at"] < latest
        latest = event["occurred_at"] if latest is None else max(latest, event["occurred_at"])
        found.append(event)
    return sorted(found, key=itemgetter("occurred_at")) if occurred else found
