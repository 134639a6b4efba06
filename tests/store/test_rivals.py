"""Who races for the same id or the same units: one wins, and nobody hangs or does half."""

import asyncio
from uuid import uuid4

from domain.codes import actions as codes
from domain.codes.orders import BatchOrder
from domain.doctor import actions as doctor
from domain.errors import Refusal, RequestIdReused, SerialAlreadyIssued, StatusNotFitting
from domain.lifecycle import rules
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from tests.store.dairy import GTIN, dairy


async def healthy(here) -> bool:
    return all([one.is_healthy async for one in doctor.examine(here.database, here.keyring)])


async def test_the_same_request_four_times_at_once_is_done_once(database_url):
    async with dairy(database_url) as here:
        request = Request(uuid4(), 1, bytes(32))
        order = BatchOrder(GTIN, 500, MemberState.BY)

        answers = await asyncio.gather(
            *[
                codes.register(
                    here.database, request, order, actor=here.actor, keyring=here.keyring
                )
                for _ in range(4)
            ]
        )

        assert sorted(is_new for _, is_new in answers) == [False, False, False, True]
        assert all(answer == answers[0][0] for answer, _ in answers)
        assert await healthy(here)


async def test_the_same_id_with_another_content_is_refused(database_url):
    async with dairy(database_url) as here:
        first = Request(uuid4(), 1, bytes(32))
        second = Request(first.id, 1, bytes(31) + b"1")
        order = BatchOrder(GTIN, 5, MemberState.BY)

        answers = await asyncio.gather(
            *[
                codes.register(here.database, one, order, actor=here.actor, keyring=here.keyring)
                for one in (first, second)
            ],
            return_exceptions=True,
        )

        assert {type(answer) for answer in answers} == {tuple, RequestIdReused}
        assert await healthy(here)


async def test_rivals_for_one_gtin_get_numbers_of_their_own(database_url):
    async with dairy(database_url) as here:
        await asyncio.gather(*[here.register(40_000) for _ in range(8)])

        assert await healthy(here)


async def test_of_rivals_for_the_same_units_one_wins(database_url):
    async with dairy(database_url) as here:
        batch = await here.register(200_000)

        answers = await asyncio.gather(
            *[here.take(rules.APPLY, batch, 0, 200_000) for _ in range(4)], return_exceptions=True
        )

        assert sum(not isinstance(answer, Refusal) for answer in answers) == 1
        assert {type(one) for one in answers if isinstance(one, Refusal)} == {StatusNotFitting}
        assert await healthy(here)


async def test_rivals_with_overlapping_runs_never_wait_in_a_circle(database_url):
    async with dairy(database_url) as here:
        batch = await here.register(300_000)
        runs = [(0, 200_000), (100_000, 200_000), (50_000, 30_000), (60_000, 180_000)] * 4

        answers = await asyncio.gather(
            *[here.take(rules.APPLY, batch, *run, partial=True) for run in runs],
            return_exceptions=True,
        )

        faults = [one for one in answers if isinstance(one, Exception)]
        assert {type(one) for one in faults} <= {StatusNotFitting}
        applied = sum(one["units"] for one in answers if isinstance(one, dict))
        assert applied == 300_000
        assert await healthy(here)


async def test_rivals_with_the_same_own_serials_register_them_once(database_url):
    async with dairy(database_url) as here:
        answers = await asyncio.gather(
            *[here.register(2, own=("2aaaa!", "2bbbb!")) for _ in range(6)],
            return_exceptions=True,
        )

        assert sum(not isinstance(answer, Exception) for answer in answers) == 1
        assert {type(one) for one in answers if isinstance(one, Exception)} == {SerialAlreadyIssued}
        assert await healthy(here)


async def test_own_serials_and_a_new_space_of_their_form_do_not_miss_each_other(database_url):
    async with dairy(database_url) as here:
        answers = await asyncio.gather(
            *[
                here.register(3, own=(f"2aaa{letter}!", f"2bbb{letter}!", f"2ccc{letter}!"))
                if letter.islower()
                else here.register(50)
                for letter in "aAbBcC"
            ],
            return_exceptions=True,
        )

        assert [one for one in answers if isinstance(one, Exception)] == []
        assert await healthy(here)
