"""From texts to numbers: read each line, find its number, check its verification code."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg
import numpy as np

from domain.catalogue.groups import catalogue
from domain.catalogue.templates import Template
from domain.codes import intake
from domain.codes.orders import LabelOfBatch
from domain.codes.readings import Intake, Reading
from domain.keys import actions as keys
from domain.keys import verification
from domain.keys.keyring import Keyring
from domain.recognition import exact, store
from domain.recognition.exact import Group
from domain.recognition.numbers import batches_of, numbers_of
from domain.recognition.units import Integers, Texts, Units, Verdict
from domain.registry.serials import SpaceCipher
from domain.registry.spans import SeriesOfSpace
from domain.registry.store import intervals_of
from domain.standards import byte_rows

Templates = Mapping[str, Sequence[Template]]


async def templates_of(connection: asyncpg.Connection, gtins: Iterable[str]) -> Templates:
    """The templates of each of these GTINs that is registered."""
    groups = await store.groups_of(connection, sorted(set(gtins)))
    return {gtin: catalogue().templates_of(group) for gtin, group in groups.items()}


async def recognise(connection: asyncpg.Connection, texts: Texts, keyring: Keyring) -> Units:
    """Find the number of every line, and check the verification codes that were read.

    Lines that stand exactly as printed are read by the array, the others one by one.
    """
    units = Units.blank(texts)
    templates = await templates_of(connection, exact.gtins_of(texts))
    groups = list(exact.groups(texts, templates))
    left = np.ones(len(texts), np.bool_)
    for group in groups:
        left[group.rows] = False
    scans = await read_many(connection, texts, np.flatnonzero(left), units)
    await number(connection, units, groups, scans, keyring)
    labels = await labels_of_units(connection, units)
    for group in groups:
        await check_group(connection, keyring, units, group, labels)
    for scan in scans:
        await check_scan(connection, keyring, units, scan, labels)
    units.mark(units.series < 0, Verdict.UNKNOWN)
    return units


class Scan(NamedTuple):
    """A line that was read one by one, in each way that it can be."""

    row: int
    readings: tuple[Reading, ...]


async def read_many(
    connection: asyncpg.Connection, texts: Texts, rows: Integers, units: Units
) -> list[Scan]:
    """Read these lines with the tolerant intake; what cannot be read is marked so."""
    raw = {row: texts[row] for row in rows.tolist()}
    named = {gtin for text in raw.values() for gtin in intake.gtins(text)}
    templates = await templates_of(connection, named)
    scans = []
    for row, text in raw.items():
        found = intake.read(text, templates)
        if not found.readings:
            units.mark(np.array([row]), Verdict.UNREADABLE)
            continue
        for repair in {repair for one in found.readings for repair in one.repairs}:
            units.repairs[repair] = units.repairs.get(repair, 0) + 1
        scans.append(Scan(row, found.readings))
    return scans


async def number(
    connection: asyncpg.Connection,
    units: Units,
    groups: Sequence[Group],
    scans: Sequence[Scan],
    keyring: Keyring,
) -> None:
    """Find the series and number of each line."""
    readings = [one for scan in scans for one in scan.readings]
    gtins = sorted({group.gtin for group in groups} | {one.gtin for one in readings})
    known = await store.series_of(connection, gtins)
    own = set(await store.gtins_with_own_serials(connection, gtins))
    for group in groups:
        series, numbers = numbers_of(keyring, group.gtin, group.serials, known)
        if group.gtin in own:
            serials = [row.tobytes().decode() for row in group.serials]
            for unit in await store.own_units(connection, group.gtin, serials):
                series[unit.position], numbers[unit.position] = unit.series_id, unit.number
        units.series[group.rows], units.number[group.rows] = series, numbers
    for scan in scans:
        places = [await place_of(connection, keyring, one, known, own) for one in scan.readings]
        issued = [(at, place) for at, place in enumerate(places) if place]
        if len(issued) > 1:
            units.mark(np.array([scan.row]), Verdict.AMBIGUOUS)
        for _, place in issued[:1]:
            units.series[scan.row], units.number[scan.row] = place


async def place_of(
    connection: asyncpg.Connection,
    keyring: Keyring,
    reading: Reading,
    known: Sequence[SeriesOfSpace],
    own: set[str],
) -> tuple[int, int] | None:
    """The series and number of one reading, if it was issued."""
    if reading.gtin in own:
        for unit in await store.own_units(connection, reading.gtin, [reading.serial]):
            return unit.series_id, unit.number
    if not reading.serial.isascii():
        return None
    serial = byte_rows.rows_of(reading.serial.encode(), len(reading.serial))
    series, numbers = numbers_of(keyring, reading.gtin, serial, known)
    return (int(series[0]), int(numbers[0])) if series[0] >= 0 else None


async def labels_of_units(
    connection: asyncpg.Connection, units: Units
) -> tuple[Integers, dict[int, LabelOfBatch]]:
    """The batch of each line, and what the labels of these batches print."""
    intervals = await intervals_of(connection, units.runs())
    batches = batches_of(units.series, units.number, intervals)
    ids = sorted({one.batch_id for one in intervals})
    return batches, await store.labels_of(connection, ids)


async def check_group(
    connection: asyncpg.Connection,
    keyring: Keyring,
    units: Units,
    group: Group,
    labelled: tuple[Integers, dict[int, LabelOfBatch]],
) -> None:
    """Check the verification codes of lines that are cut alike."""
    if not group.layouts:
        return
    batches, labels = labelled
    mine = batches[group.rows]
    used = {labels[batch].verification_key_id for batch in np.unique(mine).tolist() if batch >= 0}
    known = await keys.keys_named(connection, keyring, used)
    right = np.zeros(len(group.rows), np.bool_)
    for label in {labels[batch] for batch in np.unique(mine).tolist() if batch >= 0}:
        at = np.flatnonzero(mine == label.batch_id)
        lines = group.lines if len(at) == len(mine) else group.lines[at]
        right[at] = exact.genuine(group.layouts, lines, label, known[label.verification_key_id])
    units.checked[group.rows] = right
    units.mark(group.rows[(mine >= 0) & ~right], Verdict.NOT_GENUINE)


async def check_scan(
    connection: asyncpg.Connection,
    keyring: Keyring,
    units: Units,
    scan: Scan,
    labelled: tuple[Integers, dict[int, LabelOfBatch]],
) -> None:
    """Check the verification code of a line that was read by itself."""
    batches, labels = labelled
    label = labels.get(int(batches[scan.row]))
    if label is None:
        return
    reading = next((one for one in scan.readings if one.gtin == label.gtin), scan.readings[0])
    unit = {**label._asdict(), "foreign_tail": None}
    if label.gtin:
        for own in await store.own_units(connection, reading.gtin, [reading.serial]):
            unit["foreign_tail"] = own.foreign_tail
    genuine = await is_genuine(connection, keyring, reading, unit)
    units.checked[scan.row] = bool(genuine)
    if genuine is False:
        units.mark(np.array([scan.row]), Verdict.NOT_GENUINE)


async def read(connection: asyncpg.Connection, raw: str, keyring: Keyring) -> Intake:
    """Read one scan under the templates of the GTINs that it may name."""
    gtins = intake.gtins(raw)
    groups = {gtin: keyring.groups.get(gtin) for gtin in gtins}
    unknown = [gtin for gtin, group in groups.items() if group is None]
    if unknown:
        for gtin, group in (await store.groups_of(connection, unknown)).items():
            groups[gtin] = keyring.groups.put(gtin, group)
    templates = {gtin: catalogue().templates_of(group) for gtin, group in groups.items() if group}
    return intake.read(raw, templates)


async def space_of(
    connection: asyncpg.Connection, keyring: Keyring, gtin: str, serial: str
) -> tuple[int, SpaceCipher] | None:
    """The number space that could have issued this serial, with its cipher."""
    for first in (serial[:1], None):
        known = keyring.spaces.get((gtin, len(serial), first))
        if known:
            return known
    space = await store.find_space(connection, gtin, serial)
    if space is None:
        return None
    name = (gtin, space.serial_length, space.first_character)
    return keyring.spaces.put(name, (space.id, keyring.cipher(*name, space.alphabet)))


async def is_genuine(
    connection: asyncpg.Connection, keyring: Keyring, reading: Reading, unit: Mapping[str, Any]
) -> bool | None:
    """Whether the verification code is this unit's; None if none was read.

    `unit` tells what its batch pinned: template, verification_key_id, price_minor, and the
    foreign_tail of another operator's code.
    """
    if reading.verification_code is None:
        return None
    if unit["foreign_tail"] is not None:
        tail = reading.marking_code.removeprefix(reading.identification_code)
        return hmac.compare_digest(tail.encode(), unit["foreign_tail"].encode())
    key_id = unit["verification_key_id"]
    template = catalogue().templates[unit["template"]]
    if template not in reading.templates or reading.key_id not in {None, key_id}:
        return False
    if template.prints_price and reading.price_minor != (unit["price_minor"] or 0):
        return False
    key = (await keys.keys_named(connection, keyring, {key_id}))[key_id]
    return verification.is_genuine(
        key,
        template.family,
        reading.identification_code,
        reading.verification_code,
        unit["price_minor"] or 0 if template.prints_price else None,
    )
