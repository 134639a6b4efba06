"""What makes a layout one that no label can be printed by, whatever the goods."""

from collections import Counter
from itertools import combinations

from labels.layouts.facts import Kind
from labels.layouts.parts import SMALLEST, Box, Carrier, Layout, Stroke, SymbolPart, TextPart
from labels.refusals import LayoutInvalid, ResolutionNotFitting
from labels.symbols.dots import DPI, MILLIMETRES_PER_INCH, POINTS_PER_INCH, module_dots
from labels.symbols.symbol import GEOMETRY
from labels.text.typesetting import LEADING

# The narrowest and shortest label that printers feed and a marking code fits on; the widest and
# longest of industrial printers and of A3 sheets.
SMALLEST_MM = (10.0, 8.0)
LARGEST_MM = (300.0, 450.0)
PAGES_MM = ((50.0, 50.0), (330.0, 500.0))
TOLERANCE_MM = 0.01  # of sums of millimetres written with two digits
MOST_TIMES = 10  # that a field is told on one label
WRITTEN_MM = 0.005  # a module is written with two digits or three
MM_PER_POINT = MILLIMETRES_PER_INCH / POINTS_PER_INCH

Thing = SymbolPart | TextPart | Stroke


def check(layout: Layout) -> None:
    """Raise LayoutInvalid with the field that is at fault."""
    _check_sides("label", layout.label_mm, SMALLEST_MM, LARGEST_MM)
    _check_sheet(layout)
    _check_resolution(layout)
    _check_carriers(layout)
    _check_fields(layout)
    for part in layout.symbols:
        _check_symbol(part)
        if part.module_mm is not None:
            dots_of_module(part, part.module_mm, layout.dpi)
    for text in layout.texts:
        _check_text(text, layout)
    label = Box(0, 0, *layout.label_mm)
    for thing in _things(layout):
        _check_inside(_field(thing), thing.box, label)
    _check_overlaps(layout)


def dots_of_module(part: SymbolPart, module_mm: float, dpi: int) -> int:
    """The module that a layout asks for, in whole dots of this printer, or LayoutInvalid."""
    field, geometry = f"{part.where}.module_mm", GEOMETRY[SMALLEST[part.carrier][0]]
    low, high = geometry.smallest_mm, geometry.largest_mm
    if not low <= module_mm <= high:
        reason = f"a module of {part.carrier} is {low:g} to {high:g} mm wide"
        raise LayoutInvalid(field, reason, low if module_mm < low else high, module_mm)
    dot_mm = MILLIMETRES_PER_INCH / dpi
    nearest = min(module_dots(geometry, dpi), key=lambda count: abs(count * dot_mm - module_mm))
    if abs(nearest * dot_mm - module_mm) > WRITTEN_MM:
        reason = f"at {dpi} dpi this is {module_mm / dot_mm:.2f} dots, the nearest whole ones are {nearest}"
        raise LayoutInvalid(field, reason, round(nearest * dot_mm, 3), module_mm)
    return nearest


def _check_sides(
    field: str,
    size: tuple[float, float],
    smallest: tuple[float, float],
    largest: tuple[float, float],
) -> None:
    for side, value, low, high in zip(("width", "height"), size, smallest, largest, strict=True):
        if not low <= value <= high:
            reason = f"the {side} is {low:g} to {high:g} mm"
            raise LayoutInvalid(f"{field}.{side}_mm", reason, low if value < low else high, value)


def _check_sheet(layout: Layout) -> None:
    sheet = layout.sheet
    if sheet is None:
        return
    for value, low, high in zip(sheet.page_mm, *PAGES_MM, strict=True):
        if not low <= value <= high:
            reason = f"a page is {PAGES_MM[0]} to {PAGES_MM[1]} mm"
            raise LayoutInvalid("sheet.page_mm", reason, low if value < low else high, value)
    for field, value in (
        ("sheet.left_mm", sheet.left_mm),
        ("sheet.top_mm", sheet.top_mm),
        ("sheet.gap_mm", min(sheet.gap_mm)),
    ):
        if value < 0:
            raise LayoutInvalid(field, "labels lie on the page and beside each other", 0.0, value)
    left, top = layout.corner_mm(layout.positions - 1)
    reached = left + layout.label_mm[0], top + layout.label_mm[1]
    for field, needed, available in zip(
        ("sheet.columns", "sheet.rows"), reached, sheet.page_mm, strict=True
    ):
        if needed > available + TOLERANCE_MM:
            reason = "margin, labels and gaps together are larger than the page"
            raise LayoutInvalid(field, reason, round(needed, 2), available)


def _check_resolution(layout: Layout) -> None:
    try:
        for part in layout.symbols:
            module_dots(GEOMETRY[SMALLEST[part.carrier][0]], layout.dpi)
    except ResolutionNotFitting as refused:
        reason = f"printers have {DPI.start} to {DPI.stop - 1} dpi, most of them 203, 300 or 600"
        raise LayoutInvalid("dpi", reason) from refused


def _check_carriers(layout: Layout) -> None:
    """A unit has its marking code once, a package its SSCC."""
    carriers = [part.carrier for part in layout.symbols]
    for carrier in (Carrier.DATA_MATRIX, Carrier.QR, Carrier.TRADE_ITEM):
        if carriers.count(carrier) > 1:
            raise LayoutInvalid("symbol", f"{carrier} stands on a label once")
    if layout.kind is Kind.UNIT and Carrier.DATA_MATRIX not in carriers:
        raise LayoutInvalid(
            "symbol", f"the label of a unit has a symbol of kind {Carrier.DATA_MATRIX}"
        )
    told = [ai for part in layout.symbols for ai in part.elements]
    if layout.kind is Kind.PACKAGE and told.count("00") != 1:
        reason = f"the label of a package has one {Carrier.GS1_128} with element 00, the SSCC"
        raise LayoutInvalid("symbol", reason)


def _check_fields(layout: Layout) -> None:
    """Names have hundreds of letters, and each is set at every size until it fits."""
    told = Counter(
        piece for part in layout.texts for line in part.lines for piece in line.pieces[1::2]
    )
    for field, times in told.items():
        if times > MOST_TIMES:
            reason = f"{{{field}}} stands on a label {MOST_TIMES} times at most"
            raise LayoutInvalid("text", reason)


def _check_symbol(part: SymbolPart) -> None:
    """The smallest symbol of the kind, at its smallest module, with its quiet zone."""
    symbology, columns, lines = SMALLEST[part.carrier]
    geometry = GEOMETRY[symbology]
    wide = (columns + 2 * geometry.quiet_columns) * geometry.smallest_mm
    high = geometry.line_height * geometry.smallest_mm
    if lines > 1:
        high = (lines + 2 * geometry.quiet_lines) * geometry.smallest_mm
    for side, needed, available in (
        ("width", wide, part.box.width),
        ("height", high, part.box.height),
    ):
        if needed > available + TOLERANCE_MM:
            reason = f"the {side} does not hold the smallest {part.carrier} there is"
            raise LayoutInvalid(f"{part.where}.box_mm", reason, round(needed, 2), available)


def _check_text(part: TextPart, layout: Layout) -> None:
    needed = len(part.lines) * part.sizes[1] * LEADING * MM_PER_POINT
    if needed > part.box.height + TOLERANCE_MM:
        reason = f"the height does not hold {len(part.lines)} lines of {part.sizes[1]:g} points"
        raise LayoutInvalid(f"{part.where}.box_mm", reason, round(needed, 2), part.box.height)
    for carrier in part.beside:
        symbol = layout.symbol(carrier)
        if symbol is None or not _stand_beside(part.box, symbol.box):
            reason = f"no {carrier} stands to the left or to the right of this text"
            raise LayoutInvalid(f"{part.where}.beside", reason)


def _check_inside(field: str, box: Box, label: Box) -> None:
    if min(box.left, box.top) < 0:
        reason = "it begins outside of the label"
        raise LayoutInvalid(field, reason, 0.0, round(min(box.left, box.top), 2))
    for side, needed, available in (
        ("right", box.right, label.width),
        ("lower", box.bottom, label.height),
    ):
        if needed > available + TOLERANCE_MM:
            reason = f"it reaches beyond the {side} edge of the label"
            raise LayoutInvalid(field, reason, round(needed, 2), available)


def _check_overlaps(layout: Layout) -> None:
    """Nothing stands on anything else, but for lines, which may cross each other."""
    for one, other in combinations(_things(layout), 2):
        if one.where.startswith(("line", "frame")):
            continue
        across = min(one.box.right, other.box.right) - max(one.box.left, other.box.left)
        down = min(one.box.bottom, other.box.bottom) - max(one.box.top, other.box.top)
        if min(across, down) > TOLERANCE_MM:
            reason = f"it overlaps {one.where} by the millimetres that are needed"
            raise LayoutInvalid(_field(other), reason, round(min(across, down), 2), 0.0)


def _things(layout: Layout) -> tuple[Thing, ...]:
    return (*layout.symbols, *layout.texts, *layout.strokes)


def _field(thing: Thing) -> str:
    return thing.where if isinstance(thing, Stroke) else f"{thing.where}.box_mm"


def _stand_beside(text: Box, symbol: Box) -> bool:
    apart = text.left >= symbol.right - TOLERANCE_MM or text.right <= symbol.left + TOLERANCE_MM
    level = min(text.bottom, symbol.bottom) - max(text.top, symbol.top)
    return apart and level > 0
