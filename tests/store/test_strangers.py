"""Who does not hold a unit cannot learn from reports whether its code exists or is right."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from domain.codes.orders import LotData
from domain.database import driver
from domain.delivery import actions as delivery
from domain.delivery.forms import Form
from domain.errors import DatesReversed, UnknownCodes
from domain.goods.named import Goods
from domain.lifecycle import actions as lifecycle
from domain.lifecycle import rules
from domain.lifecycle.told import Told
from domain.participants.actor import Actor
from domain.recognition.units import Texts
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import Role
from tests.store.dairy import dairy

EARLIER, LATER = date(2026, 1, 1), date(2026, 11, 20)
STRANGER = """
    INSERT INTO participants (uuid, name, member_state, tax_id, roles)
    VALUES ('00000000-0000-4000-8000-000000000002', 'Stranger', 'KZ', '1', '{PARTICIPANT}')
"""


async def codes_of(here, batch: UUID) -> list[str]:
    found = await delivery.prepare(here.database, batch, actor=here.actor, keyring=here.keyring)
    parts = [part async for part in delivery.stream(found, Form.TEXT)]
    return b"".join(parts).decode().split("\n")[:-1]


async def told_of(here, actor: Actor, codes: list[str]) -> tuple[object, ...]:
    answer, _ = await lifecycle.take_step(
        here.database,
        Request(uuid4(), actor.id, bytes(32)),
        rules.APPLY,
        Goods(Texts.of_list(codes)),
        Told(dry_run=True),
        actor=actor,
        keyring=here.keyring,
    )
    return answer["refused_by_reason"], answer["lines"]


async def test_a_stranger_is_told_alike_of_issued_and_of_other_codes(database_url):
    async with dairy(database_url) as here:
        async with here.database.transaction() as session:
            await (await driver(session)).execute(STRANGER)
        stranger = Actor(2, uuid4(), "Stranger", MemberState.KZ, frozenset({Role.PARTICIPANT}))
        code = (await codes_of(here, await here.register(3)))[1]
        wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
        bare = code[:24]
        never = "010481000000001821" + "2zzzzz" + code[24:]
        swapped = code.swapcase()

        ghosts = {str(await told_of(here, stranger, [never] * n)) for n in (1, 2)}
        for shown in (code, wrong, bare, swapped):
            assert str(await told_of(here, stranger, [shown])) in ghosts
            assert str(await told_of(here, stranger, [shown, shown])) in ghosts
        mixed = await told_of(here, stranger, [code, wrong, bare, never])
        assert mixed[0] == {"unknown": 4}
        assert await told_of(here, here.actor, [code, wrong]) != mixed


async def test_a_refusal_never_repeats_a_verification_code(database_url):
    async with dairy(database_url) as here:
        async with here.database.transaction() as session:
            await (await driver(session)).execute(STRANGER)
        code = (await codes_of(here, await here.register(3)))[1]
        lost = code.replace(chr(29), "")
        with pytest.raises(UnknownCodes) as refused:
            await lifecycle.take_step(
                here.database,
                Request(uuid4(), 2, bytes(32)),
                rules.APPLY,
                Goods(Texts.of_list([lost])),
                Told(),
                actor=Actor(2, uuid4(), "S", MemberState.KZ, frozenset()),
                keyring=here.keyring,
            )

        assert refused.value.examples == (code[:24],)
        assert code[-4:] not in str(refused.value)


async def test_dates_that_contradict_each_other_only_together_are_refused(database_url):
    async with dairy(database_url) as here:
        batch = await here.register(3)
        await here.take(rules.GIVE_LOT, batch, 0, 3, lot=LotData(produced_on=LATER))

        for dry_run in (True, False):
            with pytest.raises(DatesReversed):
                await here.take(
                    rules.APPLY, batch, 0, 3, lot=LotData(expires_on=EARLIER), dry_run=dry_run
                )


async def test_the_units_of_a_run_that_may_not_are_told(database_url):
    async with dairy(database_url) as here:
        batch = await here.register(10)
        await here.take(rules.APPLY, batch, 3, 2)

        told = await here.take(rules.APPLY, batch, 0, 10, partial=True)

        assert (told["units"], told["refused"]) == (8, 2)
        assert told["runs"] == [
            {"batch": str(batch), "first": 3, "count": 2, "verdict": "status-not-fitting"}
        ]
