"""History and standing of goods in packages, on their way, under blocks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.trace import goods
from domain.vocabulary import EventKind, UnitStatus
from tests.store.trade import ALMATY, BREST, DAIRY, INSPECTOR, packages, run_of
from tests.store.yard import CASE, CONTAINER, PALLET, Yard, counting, opened, pallet


@pytest.fixture
async def yard(database_url) -> AsyncIterator[Yard]:
    async with opened(database_url) as yard:
        yield yard


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


BEGUN = ["REGISTERED", "APPLIED", "INTRODUCED"]


async def test_the_history_of_a_unit_tells_what_happened_to_the_packages_around_it(yard):
    await pallet(yard)
    transfer = await yard.here.offer(packages(CONTAINER))
    await yard.here.accept(transfer)

    events = await yard.history(by=ALMATY)

    assert kinds(events) == [*BEGUN, "PACKED", "PACKED", "PACKED", "OFFERED", "ACCEPTED"]
    named = [[one["sscc"] for one in event["packages"]] for event in events[3:]]
    assert named == [
        [CASE],
        [CASE, PALLET],
        [PALLET, CONTAINER],
        [CONTAINER],
        [CONTAINER],
    ]
    assert [one["sscc"] for one in events[-1]["inside"]] == [CASE, PALLET, CONTAINER]
    assert [event["holder"]["name"] for event in events[-2:]] == ["Dairy", "Almaty store"]
    assert [event["state_of_turnover"] for event in events[-2:]] == ["BY", "KZ"]
    assert [event["transfer"] for event in events[-3:]] == [None, str(transfer), str(transfer)]
    assert [event["codes"] for event in events[-4:]] == [[]] * 4
    assert events[-1]["status"] == UnitStatus.IN_CIRCULATION
    assert {event["out_of_order"] for event in events} == {False}


async def test_what_happened_to_a_package_before_and_after_is_no_part_of_a_unit_s_history(yard):
    await yard.here.pack(CASE, [(yard.batch, 0, 3)])
    await yard.here.reject(await yard.here.offer(packages(CASE), to=BREST), by=BREST)
    await yard.put(5, CASE)
    await yard.here.reject(await yard.here.offer(packages(CASE), to=ALMATY))
    await yard.take_out(5)
    await yard.here.reject(await yard.here.offer(packages(CASE), to=BREST), by=BREST)

    of_the_guest = await yard.history(5)
    of_the_others = await yard.history(0)

    assert kinds(of_the_guest) == [*BEGUN, "PACKED", "OFFERED", "REJECTED", "UNPACKED"]
    assert kinds(of_the_others) == [*BEGUN, "PACKED", *["OFFERED", "REJECTED"] * 3]
    assert [one["inside"] for one in of_the_guest][-1] == []
    assert of_the_guest[-1]["holder"]["name"] == "Dairy"


async def test_a_pack_with_a_code_of_its_own_is_followed_by_its_code(yard):
    await yard.group(20, 21, 22)
    await yard.here.pack(CASE, [(yard.batch, 20, 1)])
    await yard.here.accept(await yard.here.offer(packages(CASE)))

    events = await yard.history(21, by=ALMATY)

    code = yard.lines[20][:24]
    assert kinds(events) == [*BEGUN, "PACKED", "PACKED", "OFFERED", "ACCEPTED"]
    assert events[3]["inside"] == [{"kind": "GROUP", "code": code}]
    assert events[4]["packages"] == [
        {"kind": "GROUP", "code": code},
        {"kind": "TRANSPORT", "sscc": CASE},
    ]
    assert events[-1]["holder"]["name"] == "Almaty store"


async def test_a_history_goes_on_under_the_code_that_replaced_another_and_back(yard):
    series, first = await yard.number(0)
    async with yard.event(EventKind.REMARKED, 0, 1, 2, cause="CODE_LOST") as (_, scene, event):
        for at in (0, 1):
            place = (series, first + at)
            gone = scene.now[place].standing._replace(
                status=UnitStatus.WITHDRAWN, withdrawal_reason="REMARKED"
            )
            scene.change(place, gone, event_id=event.id)
        scene.change((series, first + 2), scene.now[series, first + 2].standing, event_id=event.id)
    for position in (0, 1):
        await yard.run(
            "INSERT INTO remarkings (new_series_id, new_number, position, old_series_id,"
            " old_number, event_id, cause) VALUES ($1, $2, $3, $1, $4, $5, 'CODE_LOST')",
            series,
            first + 2,
            position,
            first + position,
            event.id,
        )
    await yard.here.accept(await yard.here.offer(run_of(yard.batch, 2, 1)))

    of_the_new = await yard.history(2, by=INSPECTOR)
    of_the_old = await yard.history(0, by=INSPECTOR)

    codes = [line[:24] for line in yard.lines[:3]]
    assert kinds(of_the_new) == [*BEGUN, "REMARKED", "OFFERED", "ACCEPTED"]
    assert sorted(of_the_new[3]["codes"]) == sorted(codes)
    assert of_the_new[3]["told"] == {"cause": "CODE_LOST"}
    assert kinds(of_the_old) == kinds(of_the_new)
    assert of_the_old[-1]["codes"] == [codes[2]]
    assert of_the_old[-1]["holder"]["name"] == "Almaty store"
    assert of_the_old[-1]["status"] == UnitStatus.IN_CIRCULATION
    assert of_the_old[3]["status"] == UnitStatus.IN_CIRCULATION


async def test_events_can_be_told_in_the_order_in_which_they_happened(yard):
    await pallet(yard)
    days_ago = datetime.now(UTC) - timedelta(days=3)
    await yard.here.offer(packages(CONTAINER), occurred_at=days_ago)

    recorded, occurred = await yard.history(), await yard.history(occurred=True)

    assert kinds(recorded)[-1] == "OFFERED"
    assert kinds(occurred)[0] == "OFFERED"
    for events in (recorded, occurred):
        assert [event["kind"] for event in events if event["out_of_order"]] == ["OFFERED"]


async def test_a_standing_of_the_past_is_what_was_told_then(yard):
    blocks: list[int] = []
    transfers: list[UUID] = []

    async def offer() -> None:
        transfers.append(await yard.here.offer(packages(PALLET), to=BREST))

    async def block(scope: str, *at: int, **names: str) -> None:
        blocks.append(await yard.block(scope, *at, **names))

    steps = [
        lambda: yard.here.pack(CASE, [(yard.batch, 0, 10)]),
        lambda: yard.here.pack(PALLET, inside=[CASE]),
        offer,
        lambda: yard.here.accept(transfers[0], by=BREST),
        lambda: block("GTIN", gtin="04810000000018"),
        lambda: yard.lift(blocks[0]),
        lambda: block("UNITS", 3),
        lambda: yard.take_out(4),
    ]
    told = [(datetime.now(UTC), await yard.standing(3))]
    for step in steps:
        await step()
        told.append((datetime.now(UTC), await yard.standing(3)))

    again = [await yard.standing(3, as_of=moment) for moment, _ in told]

    assert again == [one for _, one in told]
    assert [(one["kind"], one["blocked"]) for one in again] == [
        ("INTRODUCED", False),
        ("PACKED", False),
        ("PACKED", False),
        ("OFFERED", False),
        ("ACCEPTED", False),
        ("ACCEPTED", True),
        ("ACCEPTED", False),
        ("BLOCKED", True),
        ("BLOCKED", True),
    ]
    assert [one["holder"]["name"] for one in again] == ["Dairy"] * 4 + ["Brest store"] * 5
    assert [one["transfer"] for one in again] == [None] * 3 + [str(transfers[0])] + [None] * 5
    assert await yard.standing(3, as_of=datetime(2020, 1, 1, tzinfo=UTC)) is None


async def test_a_history_asks_no_more_however_much_happened_on_however_many_levels(yard):
    await pallet(yard)
    await yard.history(3)  # what never changes is remembered from now on
    counts = []
    for _ in range(2):
        for _ in range(4):
            await yard.here.reject(await yard.here.offer(packages(CONTAINER)))
        async with yard.here.database.reading() as connection, counting(connection) as asked:
            past = await goods.follow(
                connection, yard.lines[3], actor=DAIRY, keyring=yard.here.keyring
            )
        counts.append((len(past.timeline.events()), len(asked)))

    assert counts == [(14, 3), (22, 3)]


async def test_a_former_holder_sees_no_more_than_anybody_with_the_label(yard):
    await yard.here.accept(await yard.here.offer(run_of(yard.batch, 0, 1), to=BREST), by=BREST)
    await yard.here.accept(await yard.here.offer(run_of(yard.batch, 0, 1), by=BREST))

    events = await yard.history(by=BREST)

    named = [event.get("participant", {}).get("name") for event in events]
    assert kinds(events) == [*BEGUN, "OFFERED", "ACCEPTED", "OFFERED", "ACCEPTED"]
    assert named == [None, None, None, None, "Brest store", "Brest store", None]
    assert "Almaty store" not in str(events)
