"""The doctor on packages, transfers and blocks: healthy ones, and each fault planted in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.doctor import actions as doctor
from domain.doctor import store
from tests.store.dairy import dairy
from tests.store.depot import (
    AT_THE_DAIRY,
    AT_THE_STORE,
    INSPECTOR,
    OTHERS,
    STORE,
    Depot,
    inside,
)
from tests.store.planted import FAULTS
from tests.store.test_doctor import FAULTS as FAULTS_OF_NUMBERS
from tests.store.test_doctor_of_prints import FAULTS as FAULTS_OF_PRINTS

CASE, PALLET, OPENED, REUSED = 2, 3, 6, 7  # transport units
GROUP, SOLD_SET, DISSOLVED, SET = 1, 4, 5, 8  # packs, with the codes 40, 41, 42, 43
LOOSE = AT_THE_DAIRY | {"transfer_id": 1}
PLANTED = [(name, statement) for name, statements in FAULTS.items() for statement in statements]
REFUSED = {
    "UPDATE packages SET sscc = '046070950831234560' WHERE id = 7": "sscc_is_alive_once",
    "UPDATE packages SET sscc = '1' WHERE id = 7": "sscc_has_18_digits",
    "UPDATE packages SET sscc = NULL WHERE id = 7": "transport_units_have_an_sscc",
    "UPDATE packages SET number = NULL WHERE id = 1": "packs_have_a_code",
    "UPDATE packages SET number = 41 WHERE id = 1": "package_of_code",
    "UPDATE packages SET levels = 7 WHERE id = 3": "six_levels_at_most",
    "UPDATE packages SET holder_id = 1 WHERE id = 2": "custody_of_packages_is_kept_on_the_root",
    "UPDATE packages SET parent_id = 3 WHERE id = 6": "what_is_dissolved_is_nowhere",
    "UPDATE package_summaries SET units = 0": "summary_counts_something",
    "UPDATE transfers SET accepted_units = 22 WHERE id = 1": "answers_stay_within_the_offer",
    "UPDATE transfers SET status = 'OFFERED' WHERE id = 2": "transfers_end_once",
    "UPDATE transfers SET status = 'EXPIRED', closed_event_id = 19 WHERE id = 1": (
        "what_has_ended_is_answered_whole"
    ),
    "UPDATE blocks SET gtin = '04810000000018' WHERE id = 1": "block_names_what_it_covers",
    "UPDATE blocks SET until = since WHERE id = 1": "block_ends_after_it_begins",
    "DELETE FROM package_entries": "append_only",
    "UPDATE transfer_answers SET accepted_units = 3": "append_only",
}


async def pack(here: Depot) -> None:
    """Events 5 to 7: a group pack in a case on a pallet; two packages dissolved, one made anew."""
    event = await here.event("PACKED")
    await here.make_pack(event, GROUP, "GROUP", 40)
    await here.make(event, CASE, "046070950831234560", 2, **inside(PALLET))
    await here.make(event, PALLET, "046070950831234577", 3)
    await here.make_pack(event, SOLD_SET, "SET", 41)
    await here.make_pack(event, DISSOLVED, "GROUP", 42)
    await here.make(event, OPENED, "046070950831234584", 1)
    await here.make_pack(event, SET, "SET", 43)
    contents = {
        GROUP: [(20, 25)],
        CASE: [(40, 40), (26, 29), (70, 71)],
        SOLD_SET: [(30, 31)],
        DISSOLVED: [(32, 33)],
        OPENED: [(34, 34)],
        SET: [(37, 38)],
    }
    for package, runs in contents.items():
        for first, last in runs:
            await here.stand(event, first, last, **inside(package))
    event = await here.event("UNPACKED")
    await here.stand(event, 32, 34, **AT_THE_DAIRY)
    await here.end_pack(event, DISSOLVED, 42)
    gone = {"holder_id": None, "turnover_state": None, "alive": False}
    await here.change(event, OPENED, **gone)
    event = await here.event("PACKED")
    await here.make(event, REUSED, "046070950831234584", 1)
    await here.stand(event, 34, 36, **inside(REUSED))


async def hand_over(here: Depot) -> None:
    """Events 8 to 13: 24 units offered, 3 sold, 2 accepted, 1 released; two accepted whole."""
    event = await here.event("OFFERED")
    for first, last in ((0, 4), (41, 41), (43, 43)):
        await here.stand(event, first, last, **LOOSE)
    await here.change(event, PALLET, transfer_id=1)
    await here.offer(event, 1, 24, "{[0,4],[41,41],[43,43]}", f"{{{PALLET}}}")
    await here.sell(await here.event("SOLD"), 0, transfer=1)
    event = await here.event("SOLD")  # a unit of the set, whose code goes with it
    await here.sell(event, 30, transfer=1, leaving=2)
    await here.stand(event, 31, 31, **LOOSE)
    await here.end_pack(event, SOLD_SET, 41)
    event = await here.event("ACCEPTED", by=STORE)
    await here.stand(event, 1, 2, **AT_THE_STORE)
    await here.stand(event, 3, 3, **AT_THE_DAIRY)
    await here.answer(event, 1, "ACCEPTED", 2, 1)
    event = await here.event("OFFERED")
    await here.stand(event, 5, 6, **AT_THE_DAIRY | {"transfer_id": 2})
    await here.offer(event, 2, 2, "{[5,6]}", "{}")
    event = await here.event("ACCEPTED", by=STORE)
    await here.stand(event, 5, 6, **AT_THE_STORE)
    await here.answer(event, 2, "ACCEPTED", 2, 0)
    ended = "UPDATE transfers SET status = 'ACCEPTED', closed_event_id = $1 WHERE id = 2"
    await here.owner.execute(ended, event)


async def block(here: Depot) -> None:
    """Events 14 to 16: blocks that overlap, one lifted, one expired, one due."""
    ago = datetime.now(UTC) - timedelta(hours=1)
    event = await here.event("BLOCKED", by=INSPECTOR)
    await here.block(event, 1, "UNITS")
    await here.cover(1, (10, 12), (26, 26))
    await here.block(event, 2, "UNITS")
    await here.cover(2, (12, 14))
    await here.block(event, 3, "UNITS", until=ago)
    await here.cover(3, (15, 15))
    await here.block(event, 4, "PACKAGE", package_id=CASE)
    await here.block(event, 5, "PACKAGE", package_id=REUSED, until=ago)
    await here.block(event, 6, "LOT", lot_id=1)
    await here.block(event, 7, "BATCH", batch_id=1)
    for first, last in ((10, 15), (26, 26)):
        await here.stand(event, first, last, blocked=True)
    await here.change(event, CASE, blocked=True)
    await here.change(event, REUSED, blocked=True)
    await here.owner.execute("UPDATE packages SET blocked_inside = 1 WHERE id = $1", PALLET)
    event = await here.event("UNBLOCKED", by=INSPECTOR)
    await here.stand(event, 13, 14, blocked=False)
    await here.end_block(event, 2)
    event = await here.event("BLOCK_EXPIRED", by=INSPECTOR)
    await here.change(event, REUSED, blocked=False)
    await here.end_block(event, 5)


async def tell(here: Depot) -> None:
    """Events 17 to 19: a code replaced, a sale returned, a part of a unit used; what is counted."""
    event = await here.event("REMARKED")
    await here.stand(event, 8, 8, status="WITHDRAWN", withdrawal_reason="REMARKED")
    about = {"old_series_id": 1, "old_number": 8, "cause": "KM_SPOILED_OR_LOST", "event_id": event}
    await here.add("remarkings", new_series_id=1, new_number=72, position=0, **about)
    event = await here.event("RETURNED", corrects=9)
    await here.stand(event, 0, 0, status="IN_CIRCULATION", withdrawal_reason=None)
    await here.receipt(event, "RETURN")
    await here.stand(await here.event("WITHDRAWN"), 16, 16, whole_parts=10, remaining_parts=4)
    about = {"rule": "SOLD_IN_TRANSFER", "member_state": "BY", "facts": {}, "threshold": {}}
    await here.add("findings", event_id=9, series_id=1, number=0, **about)
    for package in (CASE, PALLET):
        await here.count(package, 10)
        await here.count(package, 1, blocked=True)
        await here.count(package, 2, batch=2, status="APPLIED")
    await here.count(GROUP, 6)
    await here.count(SET, 2)
    await here.count(REUSED, 1)
    await here.count(REUSED, 2, lot_id=1)


@asynccontextmanager
async def depot(
    url: str,
) -> AsyncIterator[tuple[asyncpg.Connection, AsyncIterator[doctor.Finding]]]:
    """The owner's connection to a registry with all of custody in it, and its doctor's round."""
    async with dairy(url) as maker:
        await maker.register(60)
        await maker.register(20)
        owner = await asyncpg.connect(url)
        try:
            await owner.execute(OTHERS)
            here = Depot(owner)
            await here.stand(await here.event("APPLIED"), 0, 77, status="APPLIED")
            event = await here.event("INTRODUCED")
            for first, last, lot in ((0, 34, None), (35, 36, 1), (37, 69, None)):
                await here.stand(event, first, last, status="IN_CIRCULATION", lot_id=lot)
            await pack(here)
            await hand_over(here)
            await block(here)
            await tell(here)
            yield owner, doctor.examine(maker.database, maker.keyring)
        finally:
            await owner.close()


async def test_a_healthy_registry_has_no_finding(database_url):
    async with depot(database_url) as (_, examined):
        found = {one.name: one.examples async for one in examined}

    assert {name: examples for name, examples in found.items() if examples} == {}
    assert found.keys() == FAULTS_OF_NUMBERS.keys() | FAULTS.keys() | FAULTS_OF_PRINTS.keys()


async def test_every_planted_fault_is_found(database_url):
    missed = []
    async with depot(database_url) as (owner, _):
        await owner.execute("SET session_replication_role = replica")  # no triggers, no references
        for name, statement in PLANTED:
            planted = owner.transaction()
            await planted.start()
            changed = await owner.execute(statement)
            if changed.endswith(" 0") or not await store.faults(owner, name):
                missed.append((name, statement, changed))
            await planted.rollback()

    assert missed == []


async def test_what_cannot_be_stored_at_all_is_refused_by_name(database_url):
    async with depot(database_url) as (owner, _):
        for statement, constraint in REFUSED.items():
            with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
                await owner.execute(statement)
            assert refused.value.constraint_name == constraint, statement
