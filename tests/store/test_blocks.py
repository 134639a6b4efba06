"""Blocks on goods: who may place them, what they hold back, and what is free after each."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from domain.blocking import actions as blocking
from domain.blocking.orders import LotNamed
from domain.codes.orders import LotData
from domain.deadlines.actions import sweep
from domain.errors import (
    GoodsHeldBack,
    NoGoods,
    RoleMissing,
    RunOutsideBatch,
    UnknownBatch,
    UnknownCodes,
    UnknownPackages,
    UnknownProduct,
    UnknownProductGroup,
    VerificationFailed,
)
from domain.errors_of_custody import BlockEnded, BlockTermPassed, UnknownBlock, UnknownLot
from domain.goods.named import Goods
from domain.lifecycle import actions as lifecycle
from domain.lifecycle import rules
from domain.lifecycle.told import Told
from domain.vocabulary import BlockScope
from tests.store.banning import block, kinds, let_pass, lift, parties, told_of_block
from tests.store.trade import (
    ALMATY,
    BREST,
    BREST_INSPECTOR,
    DAIRY,
    GTIN,
    INSPECTOR,
    OTHER_GTIN,
    codes_of,
    packages,
    run_of,
    sscc,
    trade,
)

HOLDS = {BlockScope.BATCH, BlockScope.LOT, BlockScope.GTIN, BlockScope.PRODUCT_GROUP}


@pytest.fixture
async def here(database_url):
    async with trade(database_url) as found:
        yield found
        assert await found.faults() == {}


async def may_offer(here, goods: Goods) -> bool:
    """Whether the dairy may offer these; the offer is taken back."""
    try:
        offered = await here.offer(goods, to=BREST)
    except GoodsHeldBack as refused:
        return refused.by_reason.keys() != {"blocked"}
    await here.cancel(offered)
    return True


async def give_lot(here, goods: Goods, lot: LotData) -> None:
    request = here.request(DAIRY)
    who = {"actor": DAIRY, "keyring": here.keyring}
    await lifecycle.take_step(here.database, request, rules.GIVE_LOT, goods, Told(lot=lot), **who)


async def test_blocked_units_stay_where_they_are_until_the_block_is_lifted(here):
    batch = await here.circulating(10)
    codes = await here.lines(batch)

    told = await told_of_block(here, by=BREST_INSPECTOR, goods=codes_of(codes[2:4]))

    assert told["scope"] == "UNITS"
    assert told["units"] == 2
    assert await parties(here, told["event"]) == ["Dairy", "Brest inspector"]
    assert not await may_offer(here, codes_of(codes[3:5]))
    assert await may_offer(here, codes_of(codes[4:6]))

    await lift(here, told["block"], BREST_INSPECTOR)

    assert await may_offer(here, run_of(batch, 0, 10))


async def test_an_authority_reaches_what_was_issued_or_is_in_turnover_in_its_state(here):
    batch = await here.circulating(10)
    codes = await here.lines(batch)
    for beyond in (codes_of(codes[:1]), codes_of(["0104810000000018212zzzzz"])):
        with pytest.raises(UnknownCodes):
            await block(here, goods=beyond)
    with pytest.raises(UnknownBatch):
        await block(here, goods=run_of(batch, 0, 5))

    await here.accept(await here.offer(run_of(batch, 0, 4)))

    assert (await told_of_block(here, goods=run_of(batch, 1, 2)))["units"] == 2
    assert (await told_of_block(here, by=BREST_INSPECTOR, goods=run_of(batch, 0, 10)))[
        "units"
    ] == 10
    with pytest.raises(UnknownCodes):
        await block(here, goods=run_of(batch, 3, 2))


async def test_whose_code_is_wrong_is_told_only_within_reach(here):
    code = (await here.lines(await here.circulating(3)))[0]
    wrong = codes_of([code[:-1] + ("a" if code[-1] != "a" else "b")])

    with pytest.raises(UnknownCodes):
        await block(here, goods=wrong)
    with pytest.raises(VerificationFailed):
        await block(here, by=BREST_INSPECTOR, goods=wrong)


async def test_a_blocked_unit_holds_back_the_pallet_around_it(here):
    batch = await here.circulating(30)
    await here.pack(sscc(1), [(batch, 0, 10)])
    await here.pack(sscc(2), [(batch, 10, 10)])
    await here.pack(sscc(3), inside=[sscc(1), sscc(2)])

    placed = await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 5, 1))
    assert not await may_offer(here, packages(sscc(3)))

    await lift(here, placed, BREST_INSPECTOR)
    assert await may_offer(here, packages(sscc(3)))


async def test_a_blocked_package_holds_back_what_is_in_it_and_around_it(here):
    batch = await here.circulating(30)
    await here.pack(sscc(1), [(batch, 0, 10)])
    await here.pack(sscc(2), inside=[sscc(1)])

    told = await told_of_block(here, by=BREST_INSPECTOR, package=sscc(1))

    assert (told["scope"], told["units"]) == ("PACKAGE", 10)
    assert await parties(here, told["event"]) == ["Dairy", "Brest inspector"]
    assert not await may_offer(here, packages(sscc(2)))

    again = await block(here, by=BREST_INSPECTOR, package=sscc(1))
    await lift(here, told["block"], BREST_INSPECTOR)
    assert not await may_offer(here, packages(sscc(2)))

    lifted = await lift(here, again, BREST_INSPECTOR)
    assert await parties(here, lifted["event"]) == ["Dairy", "Brest inspector"]
    assert await may_offer(here, packages(sscc(2)))


async def test_a_package_beyond_reach_is_not_known(here):
    batch = await here.circulating(3)
    await here.pack(sscc(1), [(batch, 0, 3)])

    for name in (sscc(1), sscc(2)):
        with pytest.raises(UnknownPackages):
            await block(here, package=name)

    await here.accept(await here.offer(packages(sscc(1))))
    assert await block(here, package=sscc(1))
    assert await block(here, by=BREST_INSPECTOR, package=sscc(1))  # issued there


async def test_units_are_free_only_when_the_last_block_on_them_has_ended(here):
    batch = await here.circulating(30)
    first = await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 0, 20))
    second = await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 10, 20))

    await lift(here, first, BREST_INSPECTOR)
    free = [await may_offer(here, run_of(batch, at, 1)) for at in (0, 9, 10, 19, 20, 29)]

    assert free == [True, True, False, False, False, False]
    await lift(here, second, BREST_INSPECTOR)
    assert await may_offer(here, run_of(batch, 0, 30))


async def test_many_scattered_units_are_blocked_and_freed(here):
    batch = await here.circulating(4_000)
    codes = await here.lines(batch)

    first = await block(here, by=BREST_INSPECTOR, goods=codes_of(codes[::2]))
    second = await block(here, by=BREST_INSPECTOR, goods=codes_of(codes[::3]))
    await lift(here, first, BREST_INSPECTOR)

    assert await may_offer(here, codes_of([codes[at] for at in range(4_000) if at % 3]))
    assert not await may_offer(here, codes_of(codes[6:7]))
    await lift(here, second, BREST_INSPECTOR)
    assert await may_offer(here, run_of(batch, 0, 4_000))


async def test_goods_in_a_transfer_are_blocked_as_well(here):
    batch = await here.circulating(10)
    transfer = await here.offer(run_of(batch, 0, 10))

    told = await told_of_block(here, by=BREST_INSPECTOR, goods=run_of(batch, 0, 10))

    with pytest.raises(GoodsHeldBack):
        await here.accept(transfer)
    lifted = await lift(here, told["block"], BREST_INSPECTOR)
    for event in (told["event"], lifted["event"]):
        assert await parties(here, event) == ["Dairy", "Almaty store", "Brest inspector"]
    await here.accept(transfer)


async def test_a_whole_batch_lot_gtin_or_group_is_blocked_by_one_word(here):
    batch = await here.circulating(10)
    other = await here.circulating(10, OTHER_GTIN)
    wide = {
        BlockScope.BATCH: {"batch": batch},
        BlockScope.LOT: {"lot": LotNamed(GTIN, "L1")},
        BlockScope.GTIN: {"gtin": GTIN},
        BlockScope.PRODUCT_GROUP: {"product_group": "milk"},
    }
    assert wide.keys() == HOLDS

    for scope, named in wide.items():
        told = await told_of_block(here, by=BREST_INSPECTOR, **named)
        assert (told["scope"], told["units"]) == (scope, None)
        assert not await may_offer(here, run_of(batch, 0, 10))
        spared = await may_offer(here, run_of(other, 0, 10))
        assert spared is (scope is not BlockScope.PRODUCT_GROUP)
        lifted = await lift(here, told["block"], BREST_INSPECTOR)
        concerned = [*(["Dairy"] if spared else []), "Brest inspector"]
        for event in (told["event"], lifted["event"]):
            assert await parties(here, event) == concerned
        assert await may_offer(here, run_of(batch, 0, 10))


async def test_a_word_of_another_state_holds_nothing_back_here(here):
    batch = await here.circulating(10)
    for named in (
        {"batch": batch},
        {"lot": LotNamed(GTIN, "L1")},
        {"gtin": GTIN},
        {"product_group": "milk"},
    ):
        await block(here, **named)
    assert await may_offer(here, run_of(batch, 0, 10))

    # Nor does it stop what arrives; what has arrived does not move on.
    await here.accept(await here.offer(run_of(batch, 0, 5)))
    with pytest.raises(GoodsHeldBack):
        await here.offer(run_of(batch, 0, 1), to=DAIRY, by=ALMATY)


async def test_a_lot_is_blocked_however_often_its_number_is_told(here):
    await here.circulating(10)
    later = await here.circulating(10)
    again = LotData("L1", date(2026, 11, 2), date(2027, 11, 1))
    await give_lot(here, run_of(later, 0, 5), again)
    await give_lot(here, run_of(later, 5, 5), again._replace(lot_number="L2"))

    await block(here, by=BREST_INSPECTOR, lot=LotNamed(GTIN, "L1"))

    assert not await may_offer(here, run_of(later, 0, 5))
    assert await may_offer(here, run_of(later, 5, 5))


async def test_a_block_ends_by_itself_when_its_term_is_over(here):
    batch = await here.circulating(10)
    until = datetime.now(UTC) + timedelta(days=1)
    units = await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 0, 10), until=until)
    assert not await may_offer(here, run_of(batch, 0, 10))

    await let_pass(here, units)

    assert await may_offer(here, run_of(batch, 0, 10))
    assert (await kinds(here)).count("BLOCK_EXPIRED") == 1
    assert await sweep(here.database) == (0, 0)


async def test_the_end_of_a_block_that_stands_on_nothing_is_swept_up(here):
    batch = await here.circulating(10)
    until = datetime.now(UTC) + timedelta(days=1)
    group = await block(here, by=BREST_INSPECTOR, product_group="milk", until=until)
    assert not await may_offer(here, run_of(batch, 0, 10))

    await let_pass(here, group)

    assert await may_offer(here, run_of(batch, 0, 10))
    assert "BLOCK_EXPIRED" not in await kinds(here)
    assert await sweep(here.database) == (0, 1)
    assert (await kinds(here))[-1] == "BLOCK_EXPIRED"


async def test_a_block_that_is_over_is_not_lifted_but_has_expired(here):
    batch = await here.circulating(10)
    until = datetime.now(UTC) + timedelta(days=1)
    placed = await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 0, 10), until=until)
    await let_pass(here, placed)

    with pytest.raises(BlockEnded):
        await lift(here, placed, BREST_INSPECTOR)

    assert (await kinds(here))[-1] == "BLOCK_EXPIRED"
    assert await may_offer(here, run_of(batch, 0, 10))


async def test_a_block_is_lifted_once_and_by_its_own_state(here):
    batch = await here.circulating(3)
    placed = await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 0, 3))

    with pytest.raises(UnknownBlock):
        await lift(here, placed)
    with pytest.raises(RoleMissing):
        await lift(here, placed, DAIRY)
    await lift(here, placed, BREST_INSPECTOR)
    with pytest.raises(BlockEnded):
        await lift(here, placed, BREST_INSPECTOR)
    with pytest.raises(UnknownBlock):
        await lift(here, uuid4(), BREST_INSPECTOR)


async def test_a_rehearsal_blocks_nothing(here):
    batch = await here.circulating(10)
    await here.pack(sscc(1), [(batch, 0, 4)])
    before = await kinds(here)

    told = [
        await told_of_block(here, by=BREST_INSPECTOR, dry_run=True, **named)
        for named in ({"goods": run_of(batch, 0, 9)}, {"package": sscc(1)}, {"gtin": GTIN})
    ]

    assert [one["units"] for one in told] == [9, 4, None]
    assert await kinds(here) == before


async def test_authorities_see_the_blocks_of_their_state(here):
    batch = await here.circulating(10)
    first = await block(here, by=BREST_INSPECTOR, goods=run_of(batch, 2, 3), legal_basis="Law 1")
    second = await block(here, by=BREST_INSPECTOR, lot=LotNamed(GTIN, "L1"))
    await lift(here, first, BREST_INSPECTOR)
    await block(here, product_group="milk")

    cards = await blocking.listed(here.database, None, 10, actor=BREST_INSPECTOR)
    assert [(one.block, one.is_in_force, one.units) for one in cards] == [
        (second, True, None),
        (first, False, 3),
    ]
    assert (cards[0].lot_gtin, cards[0].lot_number) == (GTIN, "L1")
    assert await blocking.listed(here.database, second, 10, actor=BREST_INSPECTOR) == cards[1:]

    card, runs = await blocking.look_up(here.database, first, actor=BREST_INSPECTOR)
    assert (card.legal_basis, card.ended_how, runs) == ("Law 1", "UNBLOCKED", [(batch, 2, 3)])
    with pytest.raises(UnknownBlock):
        await blocking.look_up(here.database, first, actor=INSPECTOR)
    with pytest.raises(RoleMissing):
        await blocking.listed(here.database, None, 10, actor=DAIRY)


async def test_what_does_not_exist_is_not_blocked(here):
    batch = await here.circulating(3)
    before = await kinds(here)
    day = timedelta(days=1)
    wrong = [
        ({"goods": Goods()}, NoGoods),
        ({"goods": run_of(batch, 0, 4)}, RunOutsideBatch),
        ({"goods": run_of(uuid4(), 0, 1)}, UnknownBatch),
        ({"batch": uuid4()}, UnknownBatch),
        ({"lot": LotNamed(GTIN, "L2")}, UnknownLot),
        ({"lot": LotNamed(OTHER_GTIN, "L1")}, UnknownLot),
        ({"gtin": "04810000000049"}, UnknownProduct),
        ({"product_group": "sand"}, UnknownProductGroup),
        ({"gtin": GTIN, "until": datetime.now(UTC) - day}, BlockTermPassed),
    ]

    for named, refusal in wrong:
        with pytest.raises(refusal):
            await block(here, by=BREST_INSPECTOR, **named)
    with pytest.raises(RoleMissing):
        await block(here, by=DAIRY, gtin=GTIN)

    assert await kinds(here) == before
