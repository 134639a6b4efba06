"""Findings, as those who look after a member state are told of them."""

from dataclasses import replace

import pytest

from domain.findings import actions
from domain.findings.rules import Finding
from domain.standards.member_state import MemberState
from domain.vocabulary import FindingRule
from tests.making import problem
from tests.world import ALMATY_STORE, BELARUS, KAZAKH_INSPECTOR, KAZAKHSTAN, MINSK_DAIRY

GTIN = "04810000000018"
CODE = f"01{GTIN}212dHk7pQ"
SOLD_TWICE = Finding(
    FindingRule.SOLD_TWICE,
    frozenset({MemberState.BY, MemberState.KZ}),
    {"code": CODE, "till": "12", "sold_event": 7},
    series_id=1,
    number=42,
    gtin=GTIN,
)
GUESSING = Finding(
    FindingRule.GUESSING,
    frozenset({MemberState.KZ}),
    {"counted": "gtin", "serials": 100},
    gtin=GTIN,
)
IDS = "SELECT uuid, id FROM participants"


async def found(world, *findings):
    """Keep these, as a receipt or a scan would."""
    async with world.database.reading() as connection:
        await actions.add(connection, findings)


async def ids(world):
    async with world.database.reading() as connection:
        return dict(await connection.fetch(IDS))


async def listing(world, who, **query):
    async with world.as_(who) as client:
        answer = await client.get("/findings", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_finding_is_told_with_its_rule_facts_and_threshold(world):
    await world.settle(KAZAKH_INSPECTOR)
    known = await ids(world)
    facts = {**SOLD_TWICE.facts, "sold_by": known[MINSK_DAIRY.uuid]}
    await found(
        world, replace(SOLD_TWICE, facts=facts, participant_id=known[ALMATY_STORE.uuid], event_id=9)
    )

    [told] = (await listing(world, KAZAKH_INSPECTOR))["findings"]
    async with world.as_(KAZAKH_INSPECTOR) as inspector:
        alone = (await inspector.get(f"/findings/{told['finding']}")).json()

    assert alone == told
    assert told.pop("finding") > 0
    assert told.pop("recorded_at")
    assert told == {
        "rule": "sold-twice",
        "sentence": "A receipt sold a unit that had been sold before and was not returned.",
        "advice": "Compare both receipts and look at the label: "
        "one of the two goods may carry a copy.",
        "member_state": "KZ",
        "gtin": GTIN,
        "code": CODE,
        "event": 9,
        "participant": {
            "name": ALMATY_STORE.name,
            "participant": str(ALMATY_STORE.uuid),
            "member_state": "KZ",
        },
        "facts": {
            "till": "12",
            "sold_event": 7,
            "sold_by": {
                "name": MINSK_DAIRY.name,
                "participant": str(MINSK_DAIRY.uuid),
                "member_state": "BY",
            },
        },
        "threshold": {"sales": 1},
    }


async def test_each_state_sees_the_findings_that_concern_it(world):
    await world.settle(KAZAKH_INSPECTOR)
    await found(world, SOLD_TWICE, GUESSING)

    belarus = (await listing(world, BELARUS))["findings"]
    kazakhstan = (await listing(world, KAZAKHSTAN))["findings"]
    inspector = (await listing(world, KAZAKH_INSPECTOR))["findings"]
    async with world.as_(KAZAKHSTAN) as operator:
        other = await operator.get(f"/findings/{belarus[0]['finding']}")

    assert [one["rule"] for one in belarus] == ["sold-twice"]
    assert [one["rule"] for one in kazakhstan] == ["guessing", "sold-twice"]
    assert inspector == kazakhstan
    assert (other.status_code, problem(other)) == (404, "unknown-finding")


@pytest.mark.parametrize("path", ["/findings", "/findings/1"])
async def test_participants_and_strangers_see_none(world, path):
    await found(world, SOLD_TWICE)

    async with world.as_(ALMATY_STORE) as store, world.as_stranger() as stranger:
        answers = [await store.get(path), await stranger.get(path)]

    assert [(one.status_code, problem(one)) for one in answers] == [
        (403, "role-missing"),
        (401, "key-not-accepted"),
    ]


async def test_pages_tell_every_finding_once_the_newest_first(world):
    await found(world, *[GUESSING] * 5)
    told, after = [], None

    for _ in range(4):
        query = {"limit": 2} | ({"after": after} if after else {})
        page = await listing(world, KAZAKHSTAN, **query)
        told += [one["finding"] for one in page["findings"]]
        after = page["next"]
        if after is None:
            break

    assert len(told) == 5
    assert told == sorted(told, reverse=True)
    assert after is None


async def test_a_rule_is_listed_alone(world):
    await found(world, SOLD_TWICE, GUESSING)

    alone = await listing(world, KAZAKHSTAN, rule="sold-twice")
    none = await listing(world, KAZAKHSTAN, rule="expired-sold")

    assert [one["rule"] for one in alone["findings"]] == ["sold-twice"]
    assert none == {"findings": [], "next": None}


@pytest.mark.parametrize(
    "path",
    [
        "/findings?rule=stolen",
        "/findings?after=0",
        "/findings?after=9223372036854775808",
        "/findings?limit=1001",
        "/findings/0",
        "/findings/x",
        "/findings/9223372036854775808",
    ],
)
async def test_what_is_asked_wrongly_is_refused(world, path):
    async with world.as_(KAZAKHSTAN) as operator:
        answer = await operator.get(path)

    assert (answer.status_code, problem(answer)) == (422, "request-invalid")
