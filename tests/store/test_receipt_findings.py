"""What looks wrong in receipts is found; what of it the seller is told depends on what it held."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.aggregation.named import Filling
from domain.blocking.orders import LotNamed
from domain.codes.orders import LotData
from domain.lifecycle import actions as lifecycle
from domain.lifecycle import rules
from domain.lifecycle.told import Told
from domain.vocabulary import PackageKind
from tests.store.leaving import group, in_beer, standings, statuses, withdraw
from tests.store.packer import pack
from tests.store.till import back, bare, column, found, given, part, parties, rules_of, sale, send
from tests.store.trade import (
    ALMATY,
    BREST,
    DAIRY,
    GTIN,
    INSPECTOR,
    LOT,
    OTHER_GTIN,
    UNMARKED,
    codes_of,
    run_of,
    sscc,
    trade,
)

CASE = sscc(1)
LINEN = "UPDATE products SET product_group = 'lp' WHERE gtin = $1"
EXPIRE = "UPDATE transfers SET expires_at = now() - interval '1 second'"


async def test_a_second_sale_is_recorded_and_found(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)

        first, second, twice = await send(
            here, sale(lines[0]), sale(lines[0]), sale(lines[1], lines[1])
        )
        (third,) = await send(here, sale(lines[0]))

        assert first.get("findings") is None
        assert rules_of(second) == rules_of(third) == rules_of(twice) == ["sold-twice"]
        assert second["findings"][0]["code"] == bare(lines[0])
        assert (second["units"], twice["units"]) == (1, 2)
        events = await column(here, "SELECT facts -> 'sold_event' FROM findings ORDER BY event_id")
        assert events == [first["event"], twice["event"], second["event"]]
        assert await here.faults() == {}


async def test_goods_of_another_are_sold_all_the_same_and_stay_in_its_custody(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)

        (told,) = await send(here, sale(lines[0], lines[1]), by=BREST)

        assert await statuses(here, batch) == {"WITHDRAWN": 2, "IN_CIRCULATION": 2}
        assert [row[2] for row in await here.held(batch)] == ["Dairy"] * 2
        assert await found(here) == ["custody-gap", "sold-by-non-holder"]
        assert await parties(here, told["event"]) == [DAIRY.id, BREST.id]
        assert await here.faults() == {}


@pytest.mark.parametrize("what", ["unit", "package", "batch", "lot", "gtin", "group"])
async def test_blocked_goods_are_sold_and_found(database_url, what):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        await here.pack(CASE, [(batch, 1, 2)])
        await here.block(
            **{
                "unit": {"goods": run_of(batch, 0, 2)},
                "package": {"package": CASE},
                "batch": {"batch": batch},
                "lot": {"lot": LotNamed(GTIN, LOT.lot_number or "")},
                "gtin": {"gtin": GTIN},
                "group": {"product_group": "milk"},
            }[what]
        )

        told = await send(here, sale(lines[1]), sale(lines[3]))

        is_wide = what not in {"unit", "package"}
        assert rules_of(told[0]) == ["sold-while-blocked"]
        assert rules_of(told[1]) == (["sold-while-blocked"] if is_wide else [])
        assert (await statuses(here, batch))["WITHDRAWN"] == 2
        assert await here.faults() == {}


async def test_a_pack_with_something_blocked_in_it_is_sold_while_blocked(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:])
        await here.block(goods=run_of(batch, 2, 1))

        (told,) = await send(here, sale(lines[0]))

        assert rules_of(told) == ["sold-while-blocked"]
        assert await here.faults() == {}


async def test_what_never_was_in_circulation_stays_so_but_leaves_its_package(database_url):
    async with trade(database_url) as here:
        batch = await here.register(4)
        await here.take(rules.APPLY, run_of(batch, 0, 3))
        lines = await here.lines(batch)
        await here.pack(CASE, [(batch, 0, 2)])

        told = await send(here, sale(lines[0]), sale(lines[3]))

        assert [rules_of(one) for one in told] == [["sold-not-in-circulation"]] * 2
        assert await here.held(batch) == [
            (0, 1, "Dairy", "APPLIED", False, False),
            (1, 1, None, "APPLIED", False, True),
            (2, 1, "Dairy", "APPLIED", False, False),
            (3, 1, "Dairy", "ISSUED", False, False),
        ]
        assert await here.faults() == {}


async def test_expired_goods_are_found_by_the_calendar_of_the_receipt(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        await lifecycle.take_step(
            here.database,
            here.request(DAIRY),
            rules.GIVE_LOT,
            run_of(batch, 0, 4),
            Told(lot=LotData("OLD", yesterday, yesterday)),
            actor=DAIRY,
            keyring=here.keyring,
        )

        told = await send(
            here,
            sale(lines[0]),
            sale(lines[1], issued_at=datetime.now(UTC) - timedelta(days=1)),
        )

        assert [rules_of(one) for one in told] == [["expired-sold"], []]


async def test_goods_handled_as_stock_after_their_sale_are_found(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        await here.accept(await here.offer(run_of(batch, 0, 2), to=BREST), by=BREST)

        long_ago = datetime.now(UTC) - timedelta(days=3)
        told = await send(here, sale(lines[0], issued_at=long_ago), sale(lines[1]), by=BREST)

        assert [rules_of(one) for one in told] == [["sold-then-moved"], []]
        assert await here.faults() == {}


async def test_a_part_of_a_bundle_is_not_sold_apart(database_url):
    async with trade(database_url) as here:
        async with here.database.reading() as connection:
            await connection.execute(LINEN, UNMARKED)
        batch = await here.register(4, UNMARKED)
        await here.take(rules.APPLY, run_of(batch, 0, 4))
        lines = await here.lines(batch)
        await pack(here, Filling(code=lines[0], kind=PackageKind.BUNDLE, codes=lines[1:3]))

        (told,) = await send(here, sale(lines[1]))

        assert rules_of(told) == ["sold-not-in-circulation", "part-of-a-bundle-sold"]
        assert (await standings(here, batch))[0][3] == "DISSOLVED"
        assert await here.faults() == {}


async def test_what_was_not_sold_cannot_come_back_and_stays_where_it_is(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        await here.pack(CASE, [(batch, 0, 2)])
        await withdraw(here, codes_of([lines[3]]))

        told = await send(here, back(lines[0], lines[3]))

        assert rules_of(told[0]) == ["returned-not-sold"] * 2
        assert await here.held(batch) == [
            (0, 1, None, "IN_CIRCULATION", False, True),
            (1, 1, None, "IN_CIRCULATION", False, True),
            (2, 1, "Dairy", "IN_CIRCULATION", False, False),
            (3, 1, "Dairy", "WITHDRAWN", False, False),
        ]
        assert await here.faults() == {}


async def test_what_another_sold_comes_back_to_who_held_it(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        lines = await here.lines(batch)
        await send(here, sale(lines[0]))

        await send(here, back(lines[0]), by=BREST)

        assert await found(here) == ["returned-by-another"]
        assert await here.held(batch) == [
            (at, 1, "Dairy", "IN_CIRCULATION", False, False) for at in range(2)
        ]
        assert await here.faults() == {}


async def test_an_offer_that_has_ended_is_no_offer_any_more(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)
        transfer = await here.offer(run_of(batch, 0, 2))
        async with here.database.reading() as connection:
            await connection.execute(EXPIRE)

        (told,) = await send(here, sale(lines[0]))

        shown = await here.show(transfer)
        assert (shown["status"], shown["sold"]) == ("EXPIRED", 0)
        assert rules_of(told) == []
        assert await here.faults() == {}


async def test_strangers_are_told_only_that_a_code_was_recognised(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(8)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:4])
        wrong = f"{lines[4][:-1]}{'a' if lines[4][-1] != 'a' else 'b'}"

        done = await given(here, [sale(bare(lines[0])), sale(wrong)], by=ALMATY)

        assert [(one["outcome"], one["units"]) for one in done.answer["receipts"]] == [
            ("recorded", 1),
            ("recorded", 1),
        ]
        assert [rules_of(one) for one in done.answer["receipts"]] == [[], []]
        assert done.failed == 1
        assert (await statuses(here, batch))["WITHDRAWN"] == 5
        assert await here.faults() == {}


async def test_who_shows_the_label_is_told_and_not_after_too_many_wrong_ones(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(4)
        lines = await here.lines(batch)

        shown = await given(here, [sale(lines[0])], by=ALMATY)
        muted = await given(here, [sale(lines[1])], by=ALMATY, tells=False)
        holder = await given(here, [sale(bare(lines[0]))], tells=False)

        assert rules_of(shown.answer["receipts"][0]) == ["sold-by-non-holder", "custody-gap"]
        assert rules_of(muted.answer["receipts"][0]) == []
        assert rules_of(holder.answer["receipts"][0]) == ["sold-twice"]
        assert (shown.failed, muted.failed, holder.failed) == (0, 0, 0)


async def test_a_wrong_verification_code_does_not_keep_a_sale_from_being_recorded(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        lines = await here.lines(batch)
        wrong = f"{lines[0][:-1]}{'a' if lines[0][-1] != 'a' else 'b'}"

        done = await given(here, [sale(wrong)])

        assert done.answer["receipts"][0]["units"] == 1
        assert done.failed == 0  # the seller holds it: it could learn nothing
        assert await statuses(here, batch) == {"WITHDRAWN": 1, "IN_CIRCULATION": 1}


async def test_inspectors_findings_tell_till_and_document(database_url):
    async with trade(database_url) as here:
        batch = await here.circulating(2)
        (code, _) = await here.lines(batch)

        await send(here, sale(code, document="88", till="T-9"), by=ALMATY)

        facts = await column(here, "SELECT facts FROM findings WHERE rule = 'sold-by-non-holder'")
        assert {(one["till"], one["fiscal_document"], one["code"]) for one in facts} == {
            ("T-9", "88", bare(code))
        }
        assert INSPECTOR.member_state in await column(here, "SELECT member_state FROM findings")


async def test_a_share_of_a_pack_leaves_its_contents_in_it_until_all_is_gone(database_url):
    async with trade(database_url) as here:
        await in_beer(here)
        batch = await here.circulating(4, OTHER_GTIN)
        lines = await here.lines(batch)
        await group(here, lines[0], lines[1:])

        (third,) = await send(here, part(lines[0], 1, 3))
        assert (third["units"], await statuses(here, batch)) == (4, {"IN_CIRCULATION": 4})
        await send(here, part(lines[0], 2, 3))

        assert await statuses(here, batch) == {"WITHDRAWN": 4}
        assert await here.faults() == {}
