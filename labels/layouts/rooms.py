"""Room that goods leave free: a text takes that of the one below it which has nothing to tell."""

from collections.abc import Mapping
from dataclasses import replace

from labels.layouts.facts import CODES
from labels.layouts.parts import Box, Layout, Stroke, SymbolPart, TextPart

TOLERANCE_MM = 0.01


def of_texts(layout: Layout, values: Mapping[str, str]) -> list[TextPart]:
    """The texts of a label with these facts, each in the box that it has then."""
    silent = [part for part in layout.texts if _is_silent(part, values)]
    return [_grown(layout, part, silent) for part in layout.texts if part not in silent]


def _is_silent(part: TextPart, values: Mapping[str, str]) -> bool:
    """Codes are never silent: what they say is not known yet."""
    return not any(line.fields & CODES or line.filled(values) for line in part.lines)


def _grown(layout: Layout, part: TextPart, silent: list[TextPart]) -> TextPart:
    box = part.box
    for below in silent:
        if not _is_column(box, below.box):
            continue
        larger = box._replace(height=below.box.bottom - box.top)
        others = (thing for thing in _things(layout) if thing not in (part, *silent))
        if not any(_overlap(larger, other.box) for other in others):
            return replace(part, box=larger)
    return part


def _is_column(box: Box, below: Box) -> bool:
    return (box.left, box.width) == (below.left, below.width) and below.top >= (
        box.bottom - TOLERANCE_MM
    )


def _things(layout: Layout) -> tuple[SymbolPart | TextPart | Stroke, ...]:
    return (*layout.symbols, *layout.texts, *layout.strokes)


def _overlap(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return min(across, down) > TOLERANCE_MM
