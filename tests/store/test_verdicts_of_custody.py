"""Verdicts on goods in packages, on their way, under blocks: what may be done with them, by whom."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.participants.actor import Actor
from domain.recognition.actions import recognise
from domain.recognition.units import CODE, Texts, Verdict
from domain.registry.spans import Run
from domain.trace import actions as trace
from domain.trace.goods import Scanned
from domain.trace.goods import scanned as scan
from tests.store.trade import ALMATY, BREST, DAIRY, INSPECTOR, packages, run_of
from tests.store.yard import CONTAINER, IN_AN_HOUR, PALLET, Yard, counting, opened, pallet


@pytest.fixture
async def yard(database_url) -> AsyncIterator[Yard]:
    async with opened(database_url) as yard:
        yield yard


def reasons(told: dict[str, Any]) -> dict[str, list[str]]:
    return {
        purpose: [reason["slug"] for reason in one["reasons"]]
        for purpose, one in told["purposes"].items()
    }


async def test_custody_in_a_package_is_what_its_outermost_package_says(yard):
    await pallet(yard)

    by = {who.name: await yard.verify(3, by=who) for who in (DAIRY, BREST, ALMATY, INSPECTOR)}
    brief = {who.name: (await yard.briefly(3, by=who))[0] for who in (DAIRY, BREST, ALMATY)}

    assert reasons(by["Dairy"]) == {"sell": [], "accept": ["already-held"], "use": []}
    assert by["Dairy"]["holder"]["name"] == by["Inspector"]["holder"]["name"] == "Dairy"
    assert by["Dairy"]["state_of_turnover"] == "BY"
    assert "holder" not in by["Brest store"]
    for stranger in ("Brest store", "Almaty store"):
        assert reasons(by[stranger]) == {
            "sell": ["not-held"],
            "accept": ["not-offered"],
            "use": ["not-held"],
        }
    assert reasons(by["Inspector"]) == {"sell": [], "accept": [], "use": []}
    for name, told in brief.items():
        assert told["purposes"] == reasons(by[name])


async def test_goods_on_offer_are_locked_and_may_be_accepted_by_whom_they_are_offered_to(yard):
    await pallet(yard)
    await yard.here.offer(packages(CONTAINER))
    bare = yard.lines[3][:24]
    yard.lines.append(bare)

    dairy, almaty, brest = [await yard.verify(3, by=who) for who in (DAIRY, ALMATY, BREST)]
    seen, unseen = [await yard.verify(-1, by=who) for who in (ALMATY, BREST)]
    brief = await yard.briefly(3, -1, by=ALMATY)

    assert reasons(dairy)["sell"] == ["in-transfer"]
    assert reasons(almaty) == {
        "sell": ["in-transfer", "not-held"],
        "accept": [],
        "use": ["in-transfer", "not-held"],
    }
    assert almaty["purposes"]["accept"]["member_state"] == "KZ"
    assert reasons(brest)["accept"] == ["offered-to-another"]
    assert (seen["verdict"], unseen["verdict"]) == ("in-circulation", "not-confirmed")
    assert [one["purposes"]["accept"] for one in brief] == [[], []]


@pytest.mark.parametrize(
    ("scope", "names", "slug"),
    [
        ("GTIN", {"gtin": "04810000000018"}, "blocked-gtin"),
        ("PRODUCT_GROUP", {"product_group": "milk"}, "blocked-product-group"),
        ("BATCH", {"batch": 1}, "blocked-batch"),
        ("PACKAGE", {"ssccs": [PALLET]}, "blocked-package"),
    ],
)
async def test_a_block_on_more_than_the_unit_holds_for_it(yard, scope, names, slug):
    await pallet(yard)
    await yard.block(scope, until=IN_AN_HOUR, **names)

    verdict, [inside, loose] = await yard.verify(3), await yard.briefly(3, 30)
    standing = await yard.standing(3)

    assert verdict["verdict"] == inside["verdict"] == "blocked"
    assert reasons(verdict)["sell"] == inside["purposes"]["sell"] == [slug]
    [reason] = verdict["purposes"]["sell"]["reasons"]
    assert reason["legal_basis"] == "Decree 1"
    assert reason["step"] == 4
    assert standing["blocked"]
    assert [block["scope"] for block in standing["blocks"]] == [scope]
    assert loose["verdict"] == ("in-circulation" if scope == "PACKAGE" else "blocked")


async def test_a_wide_block_of_another_state_holds_nobody_here(yard):
    await yard.block("GTIN", state="KZ", gtin="04810000000018")
    await yard.block("GTIN", state="BY", gtin="04810000000025")

    verdict, [brief] = await yard.verify(3), await yard.briefly(3)

    assert verdict["verdict"] == brief["verdict"] == "in-circulation"
    assert not (await yard.standing(3))["blocked"]


async def test_a_pack_is_judged_by_what_it_holds(yard):
    await yard.group(20, 21, 22)
    free = await yard.verify(20)
    block = await yard.block("UNITS", 21, until=IN_AN_HOUR)
    held, [brief] = await yard.verify(20), await yard.briefly(20)
    await yard.run("UPDATE blocks SET until = now() WHERE id = $1", block)
    free_again = await yard.verify(20)

    assert reasons(free)["sell"] == reasons(free_again)["sell"] == []
    assert held["verdict"] == brief["verdict"] == "blocked"
    assert reasons(held)["sell"] == brief["purposes"]["sell"] == ["contents-blocked"]


async def test_goods_elsewhere_are_told_so_with_the_road_that_leads_there(yard):
    here = await yard.verify(3, by=ALMATY)
    there = await yard.verify(3, by=BREST, state=ALMATY.member_state)
    elsewhere = await yard.verify(3, by=INSPECTOR, state="AM")
    [brief] = await yard.briefly(3, by=BREST, state=ALMATY.member_state)

    assert here["purposes"]["sell"]["member_state"] == "BY"
    assert reasons(there) == {
        "sell": ["in-another-state", "not-held"],
        "accept": ["not-offered"],
        "use": ["not-held"],
    }
    assert brief["purposes"] == reasons(there)
    [refused] = elsewhere["purposes"]["accept"]["reasons"]
    assert refused["slug"] == "group-not-recognised"
    assert "EXPORT_TO_MEMBER_STATE" in refused["next_action"]
    assert refused["legal_basis"]


async def test_a_line_that_may_be_two_units_is_ambiguous_to_who_may_see_both(yard):
    await yard.here.accept(await yard.here.offer(run_of(yard.batch, 1, 1)))
    pairs = ((5, 6), (5, 1), (1, 0))
    texts = Texts.of_list([yard.lines[2], *(f"read {pair}" for pair in pairs)])

    async def told(by: Actor) -> list[str]:
        async with yard.here.database.reading() as connection:
            units = await recognise(connection, texts, yard.here.keyring)
            for line, pair in enumerate(pairs, 1):
                units.verdict[line] = CODE[Verdict.AMBIGUOUS]
                places = [await yard.number(at) for at in pair]
                units.candidates[line] = [Run(*place, place[1]) for place in places]
            return [one["verdict"] for one in await trace.verdicts(connection, units, actor=by)]

    assert await told(INSPECTOR) == ["in-circulation", *["ambiguous"] * 3]
    assert await told(ALMATY) == ["in-circulation", "not-confirmed", *["in-circulation"] * 2]
    assert await told(BREST) == ["in-circulation", *["not-confirmed"] * 3]


async def test_a_scan_that_may_be_two_units_allows_nothing(yard):
    async with yard.here.database.reading() as connection:
        scanned = [
            await scan(connection, yard.lines[at], actor=DAIRY, keyring=yard.here.keyring)
            for at in (5, 6)
        ]
        both = Scanned(scanned[0].intake, [one.seen[0] for one in scanned])
        told = await trace.verdict(connection, both, actor=DAIRY, state=None)

    assert told["verdict"] == "ambiguous"
    assert told["readings"] == [yard.lines[at][:24] for at in (5, 6)]
    assert both.place is None
    assert {one["allowed"] for one in told["purposes"].values()} == {False}


async def test_a_loose_unit_costs_no_question_more_than_one_in_a_package(yard):
    await pallet(yard)
    found = []
    for at in (30, 3):
        await yard.verify(at)
        async with yard.here.database.reading() as connection, counting(connection) as asked:
            await trace.goods.locate(
                connection, yard.lines[at], actor=DAIRY, keyring=yard.here.keyring
            )
        found.append(len(asked))

    assert found == [1, 2]


async def test_deadlines_that_had_passed_count_as_for_a_live_read(yard):
    await pallet(yard)
    soon = datetime.now(UTC) + timedelta(minutes=5)
    await yard.here.offer(packages(CONTAINER), expires_at=soon)
    await yard.block("UNITS", 3, until=IN_AN_HOUR)
    before = await yard.standing(3)
    await yard.run("UPDATE transfers SET expires_at = clock_timestamp()")
    await yard.run("UPDATE blocks SET until = clock_timestamp()")

    now, verdict, brief = await yard.standing(3), await yard.verify(3), await yard.briefly(3)

    assert (before["transfer"] is not None, before["blocked"]) == (True, True)
    assert [block["scope"] for block in before["blocks"]] == ["UNITS"]
    assert (now["transfer"], now["blocked"], now["blocks"]) == (None, False, [])
    assert verdict["verdict"] == brief[0]["verdict"] == "in-circulation"
    assert verdict["purposes"]["sell"]["allowed"]
    assert brief[0]["purposes"]["sell"] == []
