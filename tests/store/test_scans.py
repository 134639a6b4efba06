"""Recorded scans, and what is found when they are held against each other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.findings.rules import Told
from domain.standards.member_state import MemberState
from domain.vocabulary import FindingRule
from tests.store.chronicle import DAIRY, GTIN, HOUR, KIOSK, NOW, STORE, Chronicle, actor, telling


@pytest.fixture
async def past(database_url: str) -> AsyncIterator[Chronicle]:
    async with telling(database_url) as chronicle:
        yield chronicle


OFFER = """
WITH one AS (
    INSERT INTO transfers (uuid, kind, status, sender_id, sender_state, receiver_state,
        receiver_tax_id, documents, roads, offered_units, expires_at, event_id)
    VALUES (gen_random_uuid(), 'SALE', 'OFFERED', 1, 'BY', 'KZ', '100000020006', '[]', '[]', 1,
        now() + '1 day', 1)
    RETURNING id
)
UPDATE packages SET transfer_id = one.id FROM one WHERE packages.id = 1
"""


async def test_who_is_offered_goods_may_scan_them_and_nobody_else(past):
    event = await past.event()
    pallet = await past.pack(event, DAIRY)
    await past.unit(7, event, inside=pallet)
    await past.write(OFFER)

    await past.scan(by=actor(STORE))
    before = await past.findings()
    await past.scan(by=actor(KIOSK, MemberState.RU))
    await past.scan(by=actor(KIOSK, MemberState.RU))

    assert before == []
    assert await past.findings() == [
        (FindingRule.CUSTODY_GAP, "BY"),
        (FindingRule.CUSTODY_GAP, "RU"),
    ]


async def test_one_unit_scanned_in_minsk_and_almaty_within_the_hour_is_found(past):
    await past.unit(7, await past.event(), holder=DAIRY)
    minsk = Told("Minsk", 53.9, 27.56, NOW)
    almaty = Told("Almaty", 43.24, 76.88, NOW + HOUR)

    await past.scan(told=almaty)
    await past.scan(told=Told("Minsk"))
    await past.scan(told=Told("Almaty", 43.24, 76.89, NOW + 2 * HOUR))
    before = await past.findings()
    await past.scan(told=minsk)  # told later than what came after it

    assert before == []
    assert await past.findings() == [(FindingRule.IMPOSSIBLE_TRAVEL, "BY")]


async def test_a_scan_that_does_not_confirm_the_unit_is_none_of_its_sights(past):
    await past.unit(7, await past.event(), holder=DAIRY)

    await past.scan(told=Told("Minsk", 53.9, 27.56, NOW))
    await past.scan(told=Told("Almaty", 43.24, 76.88, NOW), verdict="not-confirmed")
    await past.scan(told=Told("Minsk", 53.9, 27.56, NOW))

    assert await past.findings() == []


async def test_two_far_scans_at_once_do_not_miss_each_other(past):
    await past.unit(7, await past.event(), holder=DAIRY)
    minsk, almaty = Told("Minsk", 53.9, 27.56, NOW), Told("Almaty", 43.24, 76.88, NOW)

    await asyncio.gather(*(past.scan(told=told) for told in (minsk, almaty)))

    assert await past.findings() == [(FindingRule.IMPOSSIBLE_TRAVEL, "BY")]


GUESSES = """
INSERT INTO recorded_scans (gtin, serial, verdict, scanned_at, participant_id, recorded_at)
    SELECT '04810000000018', '2x' || lpad(n::text, 4, '0'), 'not-confirmed', $3, $2,
        clock_timestamp() + interval '30 seconds' - $4::interval  -- no full hour comes between
    FROM generate_series(1, $1) AS n
"""
UNCONFIRMED = {"unit": None, "verdict": "not-confirmed"}
A_WINDOW_AGO = timedelta(hours=1, minutes=1)


async def guessed(past, times: int, by: int | None = None, ago: timedelta = timedelta()) -> None:
    await past.write(GUESSES, times, by, NOW, ago)


async def test_a_client_that_guesses_is_found_at_the_limit_and_when_it_has_doubled(past):
    kiosk = actor(KIOSK, MemberState.RU)
    await guessed(past, 18, KIOSK)

    await past.scan("2a0001", by=kiosk, **UNCONFIRMED)
    await past.scan("2a0001", by=kiosk, **UNCONFIRMED)
    before = await past.findings()
    await past.scan("2a0002", by=kiosk, **UNCONFIRMED)
    await past.scan("2a0003", by=kiosk, **UNCONFIRMED)

    assert before == []
    assert await past.findings() == [(FindingRule.GUESSING, "BY"), (FindingRule.GUESSING, "RU")]


async def test_what_strangers_guess_counts_for_the_gtin(past):
    await guessed(past, 99)

    await past.scan("2a0001", **UNCONFIRMED)

    assert await past.findings() == [(FindingRule.GUESSING, "BY")]


async def test_guesses_of_another_window_do_not_count(past):
    await guessed(past, 99, ago=A_WINDOW_AGO)

    await past.scan("2a0001", **UNCONFIRMED)

    assert await past.findings() == []


async def test_rival_guesses_reach_the_limit_once(past):
    await guessed(past, 97)

    await asyncio.gather(*(past.scan(f"2a000{number}", **UNCONFIRMED) for number in range(6)))

    assert await past.findings() == [(FindingRule.GUESSING, "BY")]


async def test_nothing_is_guessed_of_a_gtin_that_nobody_registered(past):
    elsewhere = GUESSES.replace(GTIN, "04810000000025")
    await past.write(elsewhere, 99, None, NOW, timedelta())

    await past.scan("2a0001", gtin="04810000000025", **UNCONFIRMED)

    assert await past.findings() == []


async def test_what_cannot_be_read_is_no_guess(past):
    await guessed(past, 99)

    await past.scan("2a0001", unit=None, verdict="unreadable")
    await past.scan("2a0002", verdict="not-confirmed")  # a unit, with another verification code

    assert await past.findings() == []
