"""The code of a pack stands for the pack with all that is in it, in every step of its life."""

import pytest

from domain.errors import GoodsHeldBack
from domain.lifecycle import rules
from tests.store.leaving import group
from tests.store.packer import unpack
from tests.store.trade import codes_of, run_of, trade

STATUSES = "SELECT status, sum(last - first + 1)::int FROM spans GROUP BY status ORDER BY status"


async def test_a_pack_is_introduced_with_its_contents(database_url):
    async with trade(database_url) as here:
        batch = await here.register(5)
        await here.take(rules.APPLY, run_of(batch, 0, 5))
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:4])

        answer = await here.take(rules.INTRODUCE, codes_of(lines[:1]))

        assert answer["units"] == 4
        async with here.database.reading() as connection:
            found = {row[0]: row[1] for row in await connection.fetch(STATUSES)}
        assert found == {"APPLIED": 1, "IN_CIRCULATION": 4}
        assert await here.faults() == {}


async def test_the_code_of_a_pack_is_not_cancelled_while_goods_are_in_it(database_url):
    async with trade(database_url) as here:
        batch = await here.register(4)
        await here.take(rules.APPLY, run_of(batch, 0, 4))
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:])

        with pytest.raises(GoodsHeldBack) as refused:
            await here.take(rules.CANCEL, codes_of(lines[:1]))
        assert refused.value.by_reason == {"in-package": 3}

        await unpack(here, dissolved_codes=lines[:1])
        assert (await here.take(rules.CANCEL, codes_of(lines[1:])))["units"] == 3
        assert await here.faults() == {}
