"""From texts to numbers: read each line, find its number, check its verification code."""

from collections.abc import Iterable, Mapping, Sequence

import hmac
from typing import Any

import asyncpg

from domain.catalogue.groups import catalogue
from domain.catalogue.templates import Template
from domain.codes import intake
from domain.codes.readings import Intake, Reading
from domain.keys import actions as keys
from domain.keys import verification
from domain.keys.keyring import Keyring
from domain.recognition import store
from domain.registry.serials import SpaceCipher

Templates = Mapping[str, Sequence[Template]]


async def templates_of(connection: asyncpg.Connection, gtins: Iterable[str]) -> Templates:
    """The templates of each of these GTINs that is registered."""
    groups = await store.groups_of(connection, sorted(set(gtins)))
    return {gtin: catalogue().templates_of(group) for gtin, group in groups.items()}


async def read(connection: asyncpg.Connection, raw: str, keyring: Keyring) -> Intake:
    """Read one scan under the templates of the GTINs that it may name."""
    gtins = intake.gtins(raw)
    groups = {gtin: keyring.groups.get(gtin) for gtin in gtins}
    unknown = [gtin for gtin, group in groups.items() if group is None]
    if unknown:
        for gtin, group in (await store.groups_of(connection, unknown)).items():
            groups[gtin] = keyring.groups.put(gtin, group)
    templates = {
        gtin: catalogue().templates_of(group) for gtin, group in groups.items() if group
    }
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
