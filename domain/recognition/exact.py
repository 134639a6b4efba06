"""Lines that stand exactly as they were printed, read many at a time."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hmac import compare_digest
from typing import NamedTuple

import numpy as np

from domain.catalogue.templates import Family, Template
from domain.codes import rows
from domain.codes.orders import LabelOfBatch
from domain.codes.rows import GTIN, Column, Layout
from domain.keys.verification import VerificationKey
from domain.recognition.units import Integers, Labelled, Texts, Units, Verdict
from domain.standards import byte_rows
from domain.standards.byte_rows import ByteRows, Flags
from domain.standards.cigarette_pack import encode_price

Templates = Mapping[str, Sequence[Template]]

VOLUME = "335"
MEASURES = {"3103", VOLUME}


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


def printed_alike(
    labelled: Labelled, batches: Sequence[int]
) -> Iterator[tuple[LabelOfBatch, list[int]]]:
    """Batches whose labels differ in GTIN and serial alone, under the label of the first."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for batch in batches:
        label = labelled.labels[batch]
        print_of = (label.template, label.verification_key_id, label.price_minor, label.tnved)
        alike.setdefault(print_of, []).append(batch)
    for found in alike.values():
        yield labelled.labels[found[0]], found


def measures(group: Group) -> Iterator[tuple[int, str, str]]:
    """(line, AI, value) of each weight or volume that the lines show."""
    for layout in group.layouts:
        for name in MEASURES & {column.name for column in layout.places}:
            values = layout.column(group.lines, name)
            points = layout.column(group.lines, "point")
            for row, value, point in zip(group.rows.tolist(), values, points, strict=True):
                ai = name + (point.tobytes().decode() if name == VOLUME else "")
                yield row, ai, value.tobytes().decode()


def check(
    units: Units,
    group: Group,
    labelled: Labelled,
    signers: Mapping[str, VerificationKey],
    foreign: Mapping[tuple[str, str], str],
) -> None:
    """Check the verification codes of lines that are cut alike.

    `foreign` are the tails of another operator's codes, by GTIN and serial.
    """
    if not group.layouts:
        return
    mine = labelled.batches[group.rows]
    right = np.zeros(len(group.rows), np.bool_)
    for label, batches in printed_alike(labelled, np.unique(mine[mine >= 0]).tolist()):
        at = np.flatnonzero(np.isin(mine, batches))
        lines = group.lines if len(at) == len(mine) else group.lines[at]
        right[at] = genuine(group.layouts, lines, label, signers[label.verification_key_id])
    if any(gtin == group.gtin for gtin, _ in foreign):
        for row, serial in enumerate(group.serials):
            text = serial.tobytes()
            tail = foreign.get((group.gtin, text.decode()))
            if tail is not None:
                shown = group.lines[row].tobytes().partition(text)[2]
                right[row] = compare_digest(shown, tail.encode())
    units.checked[group.rows] = right
    for row, ai, value in measures(group):
        units.measures.append((row, ai, value))
    units.mark(group.rows[(mine >= 0) & ~right], Verdict.NOT_GENUINE)
