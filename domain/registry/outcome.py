"""What the store must become after a scene's changes. Pure."""

from typing import NamedTuple

from domain.registry.packages import Alike, Package
from domain.registry.scene import PackageEntry, Scene
from domain.registry.spans import EntryRow, Span, filled, in_order, joined_entries, joined_spans


class Outcome(NamedTuple):
    """Rows to be removed, added and changed."""

    removed: list[Span]
    spans: list[Span]
    entries: list[EntryRow]
    made: list[Package]
    changed: list[Package]
    package_entries: list[PackageEntry]
    summaries: list[tuple[int, Alike, int]]  # with 0 units: the line goes


def outcome(scene: Scene) -> Outcome:
    """What has changed, in the form in which it is written."""
    borders = set(scene.starts)
    removed: list[Span] = []
    spans: list[Span] = []
    at = 0
    for span in scene.spans:
        begun = at
        while at < len(scene.atoms) and scene.places[at] <= (span.series_id, span.last):
            at += 1
        atoms = [scene.now[place] for place in scene.places[begun:at]]
        if any(new is not old for new, old in zip(atoms, scene.atoms[begun:at], strict=True)):
            removed.append(span)
            spans.extend(filled(span, atoms))
    made = [one for one in scene.packages.values() if one.id not in scene.before]
    changed = [
        one
        for one in scene.packages.values()
        if one.id in scene.before and one != scene.before[one.id]
    ]
    counted = [
        (package_id, key, scene.summaries[package_id].get(key, 0))
        for package_id, key in sorted(scene.counted_anew)
    ]
    return Outcome(
        removed,
        joined_spans(spans, borders),
        joined_entries(entries_in_order(scene), borders),
        made,
        changed,
        list(scene.package_entries.values()),
        counted,
    )


def entries_in_order(scene: Scene) -> list[EntryRow]:
    """By event and place; of one event, as nearly always, without sorting."""
    entries, events = scene.entries, {event for event, _ in scene.entries}
    if len(events) > 1:
        return sorted(entries.values(), key=in_order)
    found = (entries.get((event, place)) for event in events for place in scene.places)
    return [entry for entry in found if entry]
