"""Faces: what all labels of a run have in common, set once, and where the rest of each stands."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.layouts import facts, placing, rooms, words
from labels.layouts.facts import CODES, FREE, Kind, Line
from labels.layouts.parts import Carrier, Layout, TextPart, room
from labels.layouts.placing import Size, Spot
from labels.layouts.words import CodeLine, Paragraph, Place, SerialLine
from labels.refusals import DoesNotFit, LayoutInvalid
from labels.symbols import linear
from labels.symbols.symbol import Symbol
from labels.text.fonts import Font


class Press(NamedTuple):
    """What a layout is printed with."""

    layout: Layout
    dpi: int
    font: Font


class Unit(NamedTuple):
    """How the labels of a run look whose symbols are of the same size."""

    face: Face
    data_matrix: Spot
    qr: Spot | None
    serials: tuple[SerialLine, ...]


def unit(
    press: Press, told: Facts, family: Family, serial: int, sizes: Mapping[Carrier, Size]
) -> Unit:
    """The face of units with serials of so many characters and symbols of these sizes.

    Raises LayoutInvalid for a layout of packages or a text that the font cannot write, DoesNotFit
    with the millimetres, ContentNotFitting for a GTIN that is none.
    """
    _check(press, Kind.UNIT)
    fixed: list[Placed] = []
    spots: dict[Carrier, Spot] = {}
    for carrier, wanted in sizes.items():
        spots[carrier] = _spot(press, carrier, wanted)
    if press.layout.symbol(Carrier.TRADE_ITEM):
        symbol = linear.trade_item(told.gtin)
        spots[Carrier.TRADE_ITEM] = _spot(press, Carrier.TRADE_ITEM, placing.size(symbol))
        fixed.append(spots[Carrier.TRADE_ITEM].placed(symbol))
    values = facts.of_unit(told, family, press.font)
    values["serial"] = values["serial_line"] = ""
    opening = "" if family is Family.T29 else "(21)"
    known: list[Words] = []
    serials: list[SerialLine] = []
    for part in rooms.of_texts(press.layout, values):
        place = _place(press, part, spots)
        if part.lines[0].fields & CODES:
            lines = [_code_line(line, values, opening) for line in part.lines]
            set_words, varying = words.codes(place, [*filter(None, lines)], serial, press.font)
            known += set_words
            serials += varying
        else:
            known += words.prose(place, _paragraphs(part, values), press.font)
    face = _face(press, values, known, fixed)
    return Unit(face, spots[Carrier.DATA_MATRIX], spots.get(Carrier.QR), tuple(serials))


def package(press: Press, told: PackageFacts) -> Drawing:
    """The label of one package. Raises as `unit` does."""
    _check(press, Kind.PACKAGE)
    placed: list[Placed] = []
    in_bars: facts.Elements = ()
    for part in press.layout.symbols:
        elements = facts.contents(told, part.elements)
        in_bars = elements if "02" in part.elements else in_bars
        if elements:
            symbol = linear.gs1_128(elements)
            place = placing.spot(press.layout, part, press.dpi, placing.size(symbol))
            placed.append(place.placed(symbol))
    values = facts.of_package(told, in_bars, press.font)
    known: list[Words] = []
    for text in rooms.of_texts(press.layout, values):
        where = _place(press, text, {})
        if text.lines[0].fields & CODES:
            lines = [CodeLine(filled) for line in text.lines if (filled := line.filled(values))]
            known += words.codes(where, lines, 0, press.font)[0]
        else:
            known += words.prose(where, _paragraphs(text, values), press.font)
    return Drawing(_face(press, values, known, placed))


def _check(press: Press, kind: Kind) -> None:
    layout = press.layout
    if layout.kind is not kind:
        raise LayoutInvalid("kind", f"{layout.name} is for the label of a {layout.kind}")
    for part in layout.texts:
        for line in part.lines:
            if missing := press.font.missing(line.fixed):
                reason = f"the font has no {' '.join(missing[:20])}"
                raise LayoutInvalid(f"{part.where}.text", reason)


def _spot(press: Press, carrier: Carrier, wanted: Size) -> Spot:
    layout, dpi = press.layout, press.dpi
    part = layout.symbol(carrier)
    if part is None:
        raise DoesNotFit(
            f"{wanted.symbology}, which the layout has no box for", 0.0, 0.0, layout.name, dpi
        )
    return placing.spot(layout, part, dpi, wanted)


def _place(press: Press, part: TextPart, spots: Mapping[Carrier, Spot]) -> Place:
    layout, dpi = press.layout, press.dpi
    return Place(
        part, placing.text_room(layout, part.box, part.beside, spots, dpi), layout.name, dpi
    )


def _code_line(line: Line, values: Mapping[str, str], opening: str) -> CodeLine | None:
    """The line with a gap where its serial will stand."""
    if not line.has_serial:
        filled = line.filled(values)
        return CodeLine(filled) if filled else None
    before, after, passed = "", "", False
    for place, piece in enumerate(line.pieces):
        if place % 2 and piece in facts.SERIAL:
            before += opening if piece == "serial_line" else ""
            passed = True
            continue
        text = values.get(piece, "") if place % 2 else piece
        before, after = (before, after + text) if passed else (before + text, after)
    return CodeLine(before, after)


def _paragraphs(part: TextPart, values: Mapping[str, str]) -> list[Paragraph]:
    return [
        Paragraph(filled, may_end_early=not line.fields.isdisjoint(FREE))
        for line in part.lines
        if (filled := line.filled(values))
    ]


def _face(
    press: Press, values: Mapping[str, str], known: Sequence[Words], placed: Sequence[Placed]
) -> Face:
    layout, dpi, font = press
    width, height = layout.label_dots(dpi)
    bars = []
    for stroke in layout.strokes:
        told = (field in facts.SERIAL or values.get(field) for field in stroke.fields)
        if stroke.fields and not any(told):
            continue
        left, top, wide, high = room(stroke.box, dpi)
        bars.append(Bar(left, top, max(wide, 1), max(high, 1)))
    return Face(dpi, width, height, font, tuple(known), tuple(bars), tuple(placed))


def sizes(data_matrix: Symbol, qr: Symbol | None) -> dict[Carrier, Size]:
    """Of the symbols that differ from label to label."""
    found = {Carrier.DATA_MATRIX: placing.size(data_matrix)}
    return found | ({Carrier.QR: placing.size(qr)} if qr else {})
