"""Lines that stand exactly as they were printed, read many at a time."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from domain.catalogue.templates import Family, Template
from domain.codes import rows
from domain.codes.orders import LabelOfBatch
from domain.codes.rows import GTIN, Column, Layout
from domain.keys.verification import VerificationKey
from domain.recognition.units import Integers, Texts
from domain.standards import byte_rows
from domain.standards.byte_rows import ByteRows, Flags
from domain.standards.cigarette_pack import encode_price

Templates = Mapping[str, Sequence[Template]]


class Group(NamedTuple):
    """Lines of one GTIN that are cut alike. `layouts`: those of templates that are printed so.

    None of them stands for identification codes alone, which have nothing to be checked.
    """

    gtin: str
    rows: Integers
    lines: ByteRows
    serials: ByteRows
    layouts: tuple[Layout, ...]


@cache
def bare(template: Template) -> Layout:
    """The layout of the template's identification codes."""
    serial = Column("serial", template.serial_length, template.alphabet.characters)
    head = b"01" + bytes(GTIN.size) + b"21"
    places = {GTIN: slice(2, 16), serial: slice(len(head), len(head) + serial.size)}
    return Layout(template, head + bytes(serial.size), places)


def gtins_of(texts: Texts) -> set[str]:
    """The GTINs that lines would name if they were exact."""
    found: set[str] = set()
    for _, lines in texts.by_width():
        for start in (2, 0):
            if lines.shape[1] >= start + GTIN.size:
                column = np.ascontiguousarray(lines[:, start : start + GTIN.size])
                found.update(
                    value.decode() for value, _ in byte_rows.by_value(column) if value.isdigit()
                )
    return found


def groups(texts: Texts, templates: Templates) -> Iterator[Group]:
    """The lines that fit one way of printing of their GTIN's templates; the rest is left."""
    for numbers, lines in texts.by_width():
        for gtin in templates:
            found = layouts_of(templates[gtin], lines.shape[1])
            if found:
                yield from fitting(gtin, found, numbers, lines)


def layouts_of(templates: Sequence[Template], width: int) -> list[Layout]:
    """The ways in which lines of this width can be printed; none where two would cut apart."""
    whole = [
        layout
        for template in templates
        for layout in rows.layouts(template)
        if len(layout.text) == width
    ]
    alone = [bare(one) for one in templates if len(bare(one).text) == width]
    cuts = {serial_place(layout) for layout in (*whole, *alone)}
    return [*whole, *alone] if len(cuts) == 1 else []


def serial_place(layout: Layout) -> tuple[int, int]:
    return next(
        (place.start, place.stop)
        for column, place in layout.places.items()
        if column.name == "serial"
    )


def fitting(
    gtin: str, found: Sequence[Layout], numbers: Integers, lines: ByteRows
) -> Iterator[Group]:
    place = next(place for column, place in found[0].places.items() if column is GTIN)
    mine = byte_rows.equal(lines[:, place], gtin.encode())
    fits = np.zeros(len(lines), np.bool_)
    for layout in found:
        fits |= rows.fitting(layout, lines) if mine.any() else fits
    fits &= mine
    if fits.any():
        chosen = lines if fits.all() else lines[fits]
        start, stop = serial_place(found[0])
        whole = tuple(one for one in found if len(one.text) > len(bare(one.template).text))
        is_pack = not found[0].text.startswith(b"01")
        layouts = tuple(found) if is_pack else whole
        yield Group(gtin, numbers[fits], chosen, chosen[:, start:stop], layouts)


def genuine(
    layouts: Sequence[Layout], lines: ByteRows, label: LabelOfBatch, key: VerificationKey
) -> Flags:
    """Which of these lines are what the batch's labels print, verification code and all."""
    right = np.zeros(len(lines), np.bool_)
    for layout in layouts:
        if layout.template.name == label.template:
            said = rows.fitting(layout, lines)
            for name, text in printed(layout, label).items():
                column = layout.column(lines, name)
                said &= byte_rows.equal(column, text) if column.shape[1] else False
            at = np.flatnonzero(said)
            right[at] |= rows.genuine(layout, lines[at], key)
    return right


def printed(layout: Layout, label: LabelOfBatch) -> dict[str, bytes]:
    """What stands beside GTIN, serial and code, alike on all labels of the batch."""
    names = {column.name for column in layout.places}
    found = {}
    if "key_id" in names:
        found["key_id"] = label.verification_key_id.encode()
    if "240" in names or label.tnved:
        found["240"] = (label.tnved or "").encode()
    if layout.template.prints_price:
        price = label.price_minor or 0
        is_pack = layout.template.family is Family.T29
        found["price"] = encode_price(price).encode() if is_pack else f"{price:06}".encode()
    return found
