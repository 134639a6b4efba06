"""From texts to numbers: read each line, find its number, check its verification code."""

import asyncio
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg
import numpy as np

from domain.catalogue.groups import catalogue
from domain.catalogue.templates import Template
from domain.codes import intake
from domain.codes.readings import Intake, Reading
from domain.keys import actions as keys
from domain.keys import verification
from domain.keys.keyring import Keyring
from domain.keys.verification import VerificationKey
from domain.recognition import exact, scans, store
from domain.recognition.exact import Group
from domain.recognition.numbers import Known, batches_of, numbers_of
from domain.recognition.scans import Scan
from domain.recognition.units import Labelled, OwnUnit, Texts, Units, Verdict
from domain.registry.reading import SCATTERED, intervals_of
from domain.registry.serials import SpaceCipher
from domain.standards import keyboard_layouts

Templates = Mapping[str, Sequence[Template]]
Answer = TypeVar("Answer")

WEIGHED = {"310", "335"}
MANY = 2_000  # lines that keep the loop from others so long that a thread shall have them
MOST_TRIED_AGAIN = 10_000


async def worked(lines: int, work: Callable[[], Answer]) -> Answer:
    """Do this work here, or in a thread if there is much of it."""
    return work() if lines < MANY else await asyncio.to_thread(work)


async def templates_of(connection: asyncpg.Connection, gtins: Iterable[str]) -> Templates:
    """The templates of each of these GTINs that is registered."""
    asked = sorted(set(gtins))
    groups = await store.groups_of(connection, asked) if asked else {}
    return {gtin: catalogue().templates_of(group) for gtin, group in groups.items()}


async def recognise(connection: asyncpg.Connection, texts: Texts, keyring: Keyring) -> Units:
    """Find the number of every line, and check the verification codes that were read.

    What nobody issued, or has a wrong verification code, may have been typed under Caps Lock,
    which leaves no trace: it is tried again so, and taken if its verification code is right then.
    """
    units = await recognised(connection, texts, keyring)
    doubtful = np.flatnonzero(units.has(Verdict.UNKNOWN) | units.has(Verdict.NOT_GENUINE))
    doubtful = doubtful[:MOST_TRIED_AGAIN]
    if len(doubtful):
        typed = [keyboard_layouts.caps_lock(texts[row]) for row in doubtful.tolist()]
        again = await recognised(connection, Texts.of_list(typed), keyring)
        units.take_over(doubtful, again, repair="caps-lock")
    return units


async def recognised(connection: asyncpg.Connection, texts: Texts, keyring: Keyring) -> Units:
    """Lines that stand exactly as printed are read by the array, the others one by one."""
    units = Units.blank(texts)
    lines = len(texts)
    gtins = await worked(lines, lambda: exact.gtins_of(texts))
    templates = await templates_of(connection, gtins)
    groups = await worked(lines, lambda: list(exact.groups(texts, templates)))
    others = await read_others(connection, texts, groups, units)
    readings = [reading for scan in others for reading in scan.readings]
    named = sorted({group.gtin for group in groups} | {one.gtin for one in readings})
    known = Known(await store.series_of(connection, named), keyring)
    own = await own_units(connection, named, groups, readings)
    await worked(lines, lambda: number(units, groups, others, known, own))
    units.labelled = labelled = await labels_of(connection, units)
    ids = {label.verification_key_id for label in labelled.labels.values()}
    signers = await keys.keys_named(connection, keyring, ids)
    await worked(lines, lambda: check(units, groups, others, labelled, signers, own))
    units.mark(units.series < 0, Verdict.UNKNOWN)
    return units


async def read_others(
    connection: asyncpg.Connection, texts: Texts, groups: Sequence[Group], units: Units
) -> list[Scan]:
    """Read the lines that no group holds with the tolerant intake."""
    left = np.ones(len(texts), np.bool_)
    for group in groups:
        left[group.rows] = False
    rows = np.flatnonzero(left).tolist()
    gtins = await worked(len(rows), lambda: scans.gtins_of(texts, rows))
    templates = await templates_of(connection, gtins)
    return await worked(len(rows), lambda: scans.read(texts, rows, templates, units))


OwnUnits = Mapping[tuple[str, str], OwnUnit]


async def own_units(
    connection: asyncpg.Connection,
    gtins: Sequence[str],
    groups: Sequence[Group],
    readings: Sequence[Reading],
) -> OwnUnits:
    """The registered serials among these lines; few GTINs have any."""
    found: dict[tuple[str, str], OwnUnit] = {}
    for gtin in await store.gtins_with_own_serials(connection, gtins):
        serials = {one.serial for one in readings if one.gtin == gtin}
        for group in groups:
            if group.gtin == gtin:
                serials.update(row.tobytes().decode() for row in group.serials)
        for unit in await store.own_units(connection, gtin, sorted(serials)):
            found[gtin, unit.serial] = unit
    return found


def number(
    units: Units, groups: Sequence[Group], others: Sequence[Scan], known: Known, own: OwnUnits
) -> None:
    """Find the series and number of each line; a registered serial comes first."""
    for group in groups:
        series, numbers = numbers_of(known, group.gtin, group.serials)
        if any(gtin == group.gtin for gtin, _ in own):
            for at, row in enumerate(group.serials):
                if unit := own.get((group.gtin, row.tobytes().decode())):
                    series[at], numbers[at] = unit.series_id, unit.number
        units.series[group.rows], units.number[group.rows] = series, numbers
        units.named.append((group.rows, group.gtin, group.serials))
    places = {key: (unit.series_id, unit.number) for key, unit in own.items()}
    scans.number(units, others, known, places)


async def labels_of(connection: asyncpg.Connection, units: Units) -> Labelled:
    """The batch of each line, and what the labels of these batches print."""
    lines, intervals = len(units.verdict), None
    if lines >= SCATTERED:
        intervals = await store.intervals_between(connection, units.hulls(), lines)
    if intervals is None:
        intervals = await intervals_of(connection, await worked(lines, units.runs))
    batches = batches_of(units.series, units.number, intervals)
    ids = sorted({one.batch_id for one in intervals})
    return Labelled(batches, await store.labels_of(connection, ids))


def check(  # noqa: PLR0913, PLR0917 (everything that was found meets here)
    units: Units,
    groups: Sequence[Group],
    others: Sequence[Scan],
    labelled: Labelled,
    signers: Mapping[str, VerificationKey],
    own: OwnUnits,
) -> None:
    """Check the verification code of each line that shows one."""
    foreign = {key: unit.foreign_tail for key, unit in own.items() if unit.foreign_tail is not None}
    for group in groups:
        exact.check(units, group, labelled, signers, foreign)
    for scan in others:
        label = labelled.labels.get(int(labelled.batches[scan.row]))
        reading = scan.reading_of(label.gtin) if label else None
        if label is None or reading is None:
            continue
        tail = foreign.get((reading.gtin, reading.serial))
        genuine = matches(reading, {**label._asdict(), "foreign_tail": tail}, signers)
        units.checked[scan.row] = bool(genuine)
        units.measures += [
            (scan.row, ai, value) for ai, value in reading.measures if ai[:3] in WEIGHED
        ]
        if genuine is False:
            units.mark_row(scan.row, Verdict.NOT_GENUINE)


async def read(
    connection: asyncpg.Connection, raw: str, keyring: Keyring, *, caps_lock: bool = False
) -> Intake:
    """Read one scan under the templates of the GTINs that it may name."""
    gtins = intake.gtins(raw)
    groups = {gtin: keyring.groups.get(gtin) for gtin in gtins}
    unknown = [gtin for gtin, group in groups.items() if group is None]
    if unknown and len(unknown) < len(gtins) and not caps_lock:
        # Of what a code may also be read as, nothing need be asked if it is exact as it is.
        known = {one: catalogue().templates_of(group) for one, group in groups.items() if group}
        found = intake.read(raw, known)
        if found.reading and found.reading.is_complete and not found.reading.repairs:
            return found
    if unknown:
        found_groups = await store.groups_of(connection, unknown)
        groups |= found_groups
        for gtin in await store.settled(connection, list(found_groups)):
            keyring.groups.put(gtin, found_groups[gtin])
    templates = {gtin: catalogue().templates_of(group) for gtin, group in groups.items() if group}
    return intake.read(raw, templates, caps_lock=caps_lock)


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
    ids = {unit["verification_key_id"]}
    return matches(reading, unit, await keys.keys_named(connection, keyring, ids))


def matches(
    reading: Reading, unit: Mapping[str, Any], signers: Mapping[str, VerificationKey]
) -> bool | None:
    """As `is_genuine`, with the keys at hand."""
    if reading.verification_code is None:
        return None
    if unit["foreign_tail"] is not None:
        return hmac.compare_digest(reading.tail.encode(), unit["foreign_tail"].encode())
    key_id = unit["verification_key_id"]
    template = catalogue().templates[unit["template"]]
    if template not in reading.templates or reading.key_id not in {None, key_id}:
        return False
    price = (unit["price_minor"] or 0) if template.prints_price else None
    if reading.price_minor != price:
        return False
    return verification.is_genuine(
        signers[key_id],
        template.family,
        reading.identification_code,
        reading.verification_code,
        price,
    )
