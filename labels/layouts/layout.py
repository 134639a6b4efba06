"""Layouts are small TOML texts: read here, and refused if no label can be printed by them."""

import re
import tomllib
from functools import lru_cache

from labels.layouts import facts, soundness
from labels.layouts.facts import CODES, FIELDS, Kind, Line
from labels.layouts.parts import (
    CARRIERS,
    Align,
    Box,
    Carrier,
    Layout,
    Sheet,
    Stroke,
    SymbolPart,
    TextPart,
    Vertical,
)
from labels.layouts.tables import Table
from labels.refusals import LayoutInvalid

LONGEST = 16_384  # bytes of a layout
MOST_PARTS = 40  # of each kind
MOST_LINES = 20
LONGEST_TEXT = 400
MOST_LABELS = 1_000  # on a page
SIZES_PT = (4.0, 72.0)  # below, thermal printers smear; above, no label is that large
THICKNESS_MM = (0.1, 5.0)

# Keys like a.b.c: a layout has none, and one of thousands of parts would be read for seconds.
PART = r"""(?:(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
LONG_KEY = re.compile(rf"(?:{PART}[ \t]*+\.[ \t]*+){{16}}")

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
LEFT_TOP = ("left", "top")
BOX = (*LEFT_TOP, "width", "height")


@lru_cache(maxsize=128)
def parse(text: str) -> Layout:
    """The layout that a TOML text describes.

    Raises LayoutInvalid with the field, the reason, and the millimetres where it is about them.
    """
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        raise LayoutInvalid("toml", f"a layout has at most {LONGEST} bytes")
    if LONG_KEY.search(text):
        raise LayoutInvalid("toml", "no key has so many parts with points between them")
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise LayoutInvalid("toml", "brackets are nested too deeply") from None
    except ValueError as faulty:
        raise LayoutInvalid("toml", f"this is no TOML: {faulty}") from faulty
    layout = _layout(Table("", found), text)
    soundness.check(layout)
    return layout


def _layout(table: Table, text: str) -> Layout:
    name = table.text("name", 60)
    if not NAME.fullmatch(name):
        raise table.refused("name", "small letters a to z, digits and hyphens")
    kind = table.choice("kind", Kind)
    layout = Layout(
        name=name,
        title=_printable(table, "title", 100),
        kind=kind,
        dpi=table.whole("dpi", 1, 10_000),
        label_mm=_label(table.table("label")),
        sheet=_sheet(table.table("sheet")) if table.has("sheet") else None,
        symbols=tuple(_symbol(part, kind) for part in table.tables("symbol", MOST_PARTS)),
        texts=tuple(_text(part, kind) for part in table.tables("text", MOST_PARTS)),
        strokes=(
            *(_line(part, kind) for part in table.tables("line", MOST_PARTS)),
            *(side for part in table.tables("frame", MOST_PARTS) for side in _frame(part, kind)),
        ),
        toml=text,
    )
    table.asked += ["sheet"]
    table.done()
    return layout


def _label(table: Table) -> tuple[float, float]:
    size = table.number("width_mm"), table.number("height_mm")
    table.done()
    return size


def _sheet(table: Table) -> Sheet:
    page = table.numbers("page_mm", ("width", "height"))
    columns, rows = table.whole("columns", 1, 100), table.whole("rows", 1, 100)
    if columns * rows > MOST_LABELS:
        raise table.refused("rows", f"a page has at most {MOST_LABELS} labels")
    gap = table.numbers("gap_mm", ("between columns", "between rows"), (0, 0))
    sheet = Sheet(
        page_mm=(page[0], page[1]),
        columns=columns,
        rows=rows,
        left_mm=table.number("left_mm"),
        top_mm=table.number("top_mm"),
        gap_mm=(gap[0], gap[1]),
    )
    table.done()
    return sheet


def _symbol(table: Table, kind: Kind) -> SymbolPart:
    carrier = table.choice("kind", Carrier)
    if carrier not in CARRIERS[kind]:
        known = ", ".join(CARRIERS[kind])
        raise table.refused("kind", f"on the label of a {kind} stand {known}")
    part = SymbolPart(
        where=table.where,
        carrier=carrier,
        box=_box(table),
        module_mm=table.number("module_mm") if table.has("module_mm") else None,
        align=table.choice("align", Align, Align.CENTRE),
        vertical=table.choice("vertical", Vertical, Vertical.MIDDLE),
        elements=_elements(table, carrier),
    )
    table.asked += ["module_mm"]
    table.done()
    return part


def _elements(table: Table, carrier: Carrier) -> tuple[str, ...]:
    if carrier is not Carrier.GS1_128:
        return ()
    elements = table.texts("elements", ("00", "02", "37", "10"), ("00",))
    contents = {"02", "37"} & {*elements}
    if not elements or len(contents) == 1 or ("10" in elements and not contents):
        raise table.refused("elements", "02 and 37 stand together, and 10 only with them")
    return elements


def _text(table: Table, kind: Kind) -> TextPart:
    largest, smallest = table.numbers("size_pt", ("largest", "smallest"))
    if not SIZES_PT[0] <= smallest <= largest <= SIZES_PT[1]:
        reason = f"largest, then smallest, from {SIZES_PT[1]:g} down to {SIZES_PT[0]:g} points"
        raise table.refused("size_pt", reason)
    part = TextPart(
        where=table.where,
        lines=_lines(table, kind),
        box=_box(table),
        sizes=(largest, smallest),
        align=table.choice("align", Align, Align.LEFT),
        vertical=table.choice("vertical", Vertical, Vertical.TOP),
        beside=tuple(map(Carrier, table.texts("beside", Carrier, ()))),
    )
    table.done()
    return part


def _lines(table: Table, kind: Kind) -> tuple[Line, ...]:
    written = _printable(table, "text", LONGEST_TEXT, also="\n").strip("\n").split("\n")
    lines = tuple(map(facts.line, written))
    if len(lines) > MOST_LINES or not all(written):
        raise table.refused("text", f"this has 1 to {MOST_LINES} lines, none of them empty")
    known = FIELDS[kind]
    for line in lines:
        if unknown := line.fields.difference(known):
            reason = f"there is no field {{{min(unknown)}}}; a {kind} has {', '.join(known)}"
            raise table.refused("text", reason)
        if {"{", "}"} & {*line.fixed}:
            raise table.refused("text", "braces stand around the name of a field, nowhere else")
        if sum(piece in facts.SERIAL for piece in line.pieces[1::2]) > 1:
            raise table.refused("text", "a line has the serial once")
    asked = frozenset().union(*(line.fields for line in lines))
    if asked & CODES and (asked - CODES or not all(line.fields for line in lines)):
        reason = f"with {{{min(asked & CODES)}}} stand only codes: {', '.join(sorted(CODES))}"
        raise table.refused("text", reason)
    return lines


def _line(table: Table, kind: Kind) -> Stroke:
    """Straight across or straight down, centred on the points it joins."""
    (left, top), (right, bottom) = (table.numbers(name, LEFT_TOP) for name in ("from_mm", "to_mm"))
    thick, fields = _thickness(table), table.texts("with", FIELDS[kind], ())
    table.done()
    if (left == right) == (top == bottom):
        raise table.refused("to_mm", "a line goes straight across or straight down")
    left, right = min(left, right), max(left, right)
    top, bottom = min(top, bottom), max(top, bottom)
    if top == bottom:
        return Stroke(table.where, Box(left, top - thick / 2, right - left, thick), fields)
    return Stroke(table.where, Box(left - thick / 2, top, thick, bottom - top), fields)


def _frame(table: Table, kind: Kind) -> tuple[Stroke, ...]:
    """Four strokes inside the box."""
    box, thick, fields = _box(table), _thickness(table), table.texts("with", FIELDS[kind], ())
    table.done()
    if 2 * thick > min(box.width, box.height):
        raise table.refused("box_mm", "the frame is thicker than its box", 2 * thick, box.height)
    sides = (
        Box(box.left, box.top, box.width, thick),
        Box(box.left, box.bottom - thick, box.width, thick),
        Box(box.left, box.top + thick, thick, box.height - 2 * thick),
        Box(box.right - thick, box.top + thick, thick, box.height - 2 * thick),
    )
    return tuple(Stroke(table.where, side, fields) for side in sides)


def _thickness(table: Table) -> float:
    thick = table.number("thickness_mm", 0.25)
    low, high = THICKNESS_MM
    if not low <= thick <= high:
        reason = f"a line is {low:g} to {high:g} mm thick"
        raise table.refused("thickness_mm", reason, min(max(thick, low), high), thick)
    return thick


def _box(table: Table) -> Box:
    box = Box(*table.numbers("box_mm", BOX))
    if box.width <= 0 or box.height <= 0:
        raise table.refused("box_mm", "this is [left, top, width, height] with a width and height")
    return box


def _printable(table: Table, name: str, longest: int, also: str = "") -> str:
    text = table.text(name, longest)
    if not all(character.isprintable() or character in also for character in text):
        raise table.refused(name, "no control characters, and no marks of direction")
    return text
