"""What a dry run says is what would happen now: what is due counts as past, goods of others do not."""

from datetime import UTC, datetime

from domain.custody import actions as custody
from domain.custody.offers import Offer, Receiver
from domain.database import driver
from domain.goods.named import Goods
from domain.lifecycle import actions as lifecycle
from domain.lifecycle import rules
from domain.lifecycle.told import Told
from domain.recognition.units import Texts
from domain.vocabulary import TransferKind
from tests.store.banning import block, let_pass
from tests.store.trade import (
    ALMATY,
    BREST,
    BREST_INSPECTOR,
    DAIRY,
    LOT,
    PAPER,
    UNMARKED,
    run_of,
    trade,
)

LAPSE = "UPDATE transfers SET expires_at = clock_timestamp() WHERE uuid = $1"


async def offered(here, goods, *, by=DAIRY, to=ALMATY, **told):
    offer = Offer(TransferKind.SALE, Receiver(to.uuid), goods, (PAPER,), **told)
    answer, _ = await custody.offer_goods(
        here.database, here.request(by), offer, actor=by, keyring=here.keyring
    )
    return answer


async def test_goods_whose_offer_has_lapsed_may_be_offered_in_a_dry_run_too(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        transfer = await here.offer(run_of(batch, 0, 4))
        async with here.database.transaction() as session:
            await (await driver(session)).execute(LAPSE, transfer)

        answer = await offered(here, run_of(batch, 0, 4), dry_run=True)

        assert (answer["units"], answer["refused"]) == (4, 0)
        assert await here.faults() == {}


async def test_goods_whose_block_is_over_may_take_a_step_in_a_dry_run_too(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        placed = await block(
            here,
            by=BREST_INSPECTOR,
            goods=run_of(batch, 0, 2),
            until=datetime(2199, 1, 1, tzinfo=UTC),
        )
        await let_pass(here, placed)

        answer, _ = await lifecycle.take_step(
            here.database,
            here.request(DAIRY),
            rules.GIVE_LOT,
            run_of(batch, 0, 4),
            Told(lot=LOT, dry_run=True),
            actor=DAIRY,
            keyring=here.keyring,
        )

        assert (answer["units"], answer["refused"]) == (4, 0)
        assert await here.faults() == {}


async def test_no_road_is_told_of_goods_that_others_hold(database_url):
    async with trade(database_url) as here:
        water, milk = await here.circulating(2, UNMARKED), await here.circulating(2)
        lines = await here.lines(water)
        await here.accept(await here.offer(run_of(milk, 0, 2), to=BREST), by=BREST)
        mine = await here.lines(milk)

        goods = Goods(Texts.of_list([*lines, *mine]))
        dry = await offered(here, goods, by=BREST, dry_run=True)
        part = await offered(here, goods, by=BREST, partial=True)

        assert (dry["units"], dry["refused_by_reason"]) == (2, {"unknown": 2})
        assert (part["units"], part["refused_by_reason"]) == (2, {"unknown": 2})
        assert [road["product_group"] for road in part["roads"]] == ["milk"]
        assert await here.faults() == {}
