"""Products in the database: registered, changed, imported, and declared upon."""

import asyncio
import hashlib
from datetime import date
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from domain.catalogue import actions, store
from domain.catalogue.actions import Declaring, ImportTerms
from domain.catalogue.products import Kept
from domain.database import Database, driver
from domain.errors import (
    Busy,
    CardNotFitting,
    DeclarationDatesReversed,
    GroupNotInForce,
    ProductGroupFixed,
    ProductNotYours,
    RequestIdReused,
    RequestIdTaken,
    RoleMissing,
    StandingAlreadyKnown,
    UnknownProduct,
    UnknownProductGroup,
)
from domain.participants.actor import Actor
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import Role

MILK, SHOES = "04810000000018", "04600000000015"
PRODUCTS = (Path(__file__).parents[1] / "vectors" / "products.tsv").read_bytes()
GOODS = Path(__file__).parents[3] / "shared" / "goods" / "eaeu-goods.tsv"
CARD = {"product_group": "milk", "name": "Молоко 3,2 %"}
KG = MemberState.KG
TODAY = date(2026, 11, 22)

ADD_PARTICIPANT = """
    INSERT INTO participants (uuid, name, member_state, tax_id, roles)
    VALUES ($1, $2, $3, $4, $5) RETURNING id
"""
ADD_SERIES = """
    INSERT INTO series (gtin, member_state, template, first, last, next_number)
    VALUES ($1, 'BY', 'milk-s', 0, 10, 0)
"""
SOMEBODY_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
COUNT = "SELECT (SELECT count(*) FROM products), (SELECT count(*) FROM product_versions)"


@pytest.fixture
async def owner(database_url):
    """Runs statements as the database's owner."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def database(database_url):
    found = Database(database_url)
    yield found
    await found.dispose()


async def participant(owner, name, state="BY", roles=("PARTICIPANT",)):
    uuid = uuid4()
    tax_id = str(abs(hash(name)))[:9]
    number = await owner.fetchval(ADD_PARTICIPANT, uuid, name, state, tax_id, list(roles))
    return Actor(number, uuid, name, MemberState(state), frozenset(map(Role, roles)))


@pytest.fixture
async def dairy(owner):
    return await participant(owner, "Dairy")


@pytest.fixture
async def rival(owner):
    return await participant(owner, "Rival")


@pytest.fixture
async def operator(owner):
    return await participant(owner, "Operator of Kyrgyzstan", "KG", ["OPERATOR"])


def asked(actor, said=b"", id=None):
    return Request(id or uuid4(), actor.id, hashlib.sha256(said).digest())


async def send(database, actor, body=PRODUCTS, id=None, **terms):
    request = asked(actor, body, id)
    return await actions.import_products(database, request, body, ImportTerms(**terms), actor=actor)


def table(*rows):
    return "\n".join(["gtin,product_group,name", *rows]).encode()


async def test_a_product_is_registered_once_and_a_repeat_changes_nothing(database, dairy, owner):
    first, was_new = await actions.register_product(database, MILK, CARD, actor=dairy)
    again, is_new = await actions.register_product(database, MILK, CARD, actor=dairy)

    assert (was_new, is_new) == (True, False)
    assert first == again
    assert (first.version, first.owner, first.card.name) == (1, dairy.uuid, CARD["name"])
    assert tuple(await owner.fetchrow(COUNT)) == (1, 1)


async def test_a_change_makes_a_version_and_keeps_the_one_before(database, dairy, owner):
    await actions.register_product(database, MILK, CARD, actor=dairy)
    changed = {**CARD, "name_hy": "Կաթ", "tnved": "0401 20 110 0", "brand": "Минская"}
    found, _ = await actions.register_product(database, MILK, changed, actor=dairy)
    names = await owner.fetch("SELECT version, translations FROM product_versions ORDER BY version")

    assert (found.version, found.card.tnved, found.card.brand) == (2, "0401201100", "Минская")
    assert found == await actions.look_up(database, MILK)
    assert [tuple(row) for row in names] == [(1, "{}"), (2, '{"hy": "Կաթ"}')]


async def test_only_the_owner_changes_a_card(database, dairy, rival):
    await actions.register_product(database, MILK, CARD, actor=dairy)

    with pytest.raises(ProductNotYours):
        await actions.register_product(database, MILK, CARD, actor=rival)


async def test_a_card_that_says_too_little_is_refused_with_every_fault(database, dairy):
    with pytest.raises(CardNotFitting) as refusal:
        await actions.register_product(
            database, MILK, {"product_group": "unicorns", "name": ""}, actor=dairy
        )
    with pytest.raises(UnknownProduct):
        await actions.look_up(database, MILK)

    told = [fault["reason"] for fault in refusal.value.faults]
    assert told == ["value-missing", "unknown-product-group"]


async def test_the_group_can_be_corrected_until_codes_are_issued(database, dairy, owner):
    await actions.register_product(database, MILK, {**CARD, "product_group": "water"}, actor=dairy)
    corrected, _ = await actions.register_product(database, MILK, CARD, actor=dairy)
    await owner.execute(ADD_SERIES, MILK)

    assert corrected.card.product_group == "milk"
    with pytest.raises(ProductGroupFixed):
        await actions.register_product(
            database, MILK, {**CARD, "product_group": "water"}, actor=dairy
        )
    renamed, _ = await actions.register_product(
        database, MILK, {**CARD, "name": "Молоко"}, actor=dairy
    )
    assert renamed.version == 3


async def test_a_batch_being_registered_holds_off_a_change_of_group(database, dairy, database_url):
    await actions.register_product(database, MILK, CARD, actor=dairy)
    batch = await asyncpg.connect(database_url)
    transaction = batch.transaction()
    await transaction.start()
    await batch.execute("SELECT FROM products WHERE gtin = $1 FOR KEY SHARE", MILK)
    change = asyncio.create_task(
        actions.register_product(database, MILK, {**CARD, "product_group": "water"}, actor=dairy)
    )
    async with asyncio.timeout(10):
        while not await batch.fetchval(SOMEBODY_WAITS):
            pass
    await batch.execute(ADD_SERIES, MILK)
    await transaction.commit()
    await batch.close()

    with pytest.raises(ProductGroupFixed):
        await change


async def test_a_version_that_is_not_the_next_one_is_a_fault(database, dairy):
    registered, _ = await actions.register_product(database, MILK, CARD, actor=dairy)

    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await store.change(await driver(session), [Kept(registered.card, 7, dairy.id)])


async def test_products_are_listed_by_key(database, dairy, rival):
    await send(database, dairy)
    await actions.register_product(
        database, "04600000000039", {**CARD, "product_group": "water"}, actor=rival
    )
    ask = {"after": "", "limit": 10, "owner_id": None, "product_group": None}

    async def gtins(**changed):
        return [one.card.gtin for one in await actions.listed(database, **(ask | changed))]

    everything = await gtins()
    assert everything == sorted(everything)
    assert len(everything) == 6
    assert await gtins(limit=2) + await gtins(after=everything[1]) == everything
    assert await gtins(owner_id=rival.id) == ["04600000000039"]
    assert await gtins(product_group="вода") == ["00000046000002", "04600000000039"]
    assert await gtins(product_group="Упакованная вода", owner_id=dairy.id) == ["00000046000002"]
    with pytest.raises(UnknownProductGroup):
        await gtins(product_group="unicorns")


async def test_a_file_is_imported_and_the_same_file_again_changes_nothing(database, dairy, owner):
    first = await send(database, dairy)
    again = await send(database, dairy)

    assert first.answer["counts"] == {"new": 5, "changed": 0, "unchanged": 0, "wrong": 0}
    assert again.answer["counts"] == {"new": 0, "changed": 0, "unchanged": 5, "wrong": 0}
    assert tuple(await owner.fetchrow(COUNT)) == (5, 5)
    assert (await actions.look_up(database, "04600000000022")).card.product_group == "pharma"


async def test_an_import_tells_what_changed(database, dairy):
    await send(database, dairy)
    changed = await send(database, dairy, PRODUCTS.replace("Алма".encode(), b"Alma"))

    assert changed.answer["counts"] == {"new": 0, "changed": 1, "unchanged": 4, "wrong": 0}
    assert (await actions.look_up(database, "04870000000012")).version == 2


async def test_one_wrong_row_stops_the_whole_file_and_leaves_no_trace(database, dairy, owner):
    body = table(f"{MILK},milk,Молоко", "04810000000019,milk,Кефир")
    name = uuid4()
    report = await send(database, dairy, body, name, with_file=True)

    assert report.refusal
    assert report.refusal.counts == {"new": 1, "changed": 0, "unchanged": 0, "wrong": 1}
    assert report.refusal.wrong_rows[0]["row"] == 3
    assert report.file.decode().splitlines()[2].startswith("04810000000019,milk,Кефир,gtin: ")
    assert tuple(await owner.fetchrow(COUNT)) == (0, 0)
    mended = await send(database, dairy, table(f"{MILK},milk,Молоко"), name)
    assert mended.answer["counts"]["new"] == 1


async def test_the_good_rows_alone_can_be_imported(database, dairy, rival, owner):
    await actions.register_product(database, SHOES, {**CARD, "product_group": "shoes"}, actor=rival)
    body = table(f"{MILK},milk,Молоко", "1,milk,Кефир", f"{SHOES},shoes,Боты")
    name = uuid4()
    report = await send(database, dairy, body, name, good_rows=True)
    again = await send(database, dairy, body, name, good_rows=True, with_file=True)

    assert report.answer["counts"] == {"new": 1, "changed": 0, "unchanged": 0, "wrong": 2}
    told = [(one["row"], one["reason"]) for one in report.answer["wrong_rows"]]
    assert told == [(3, "invalid-gtin"), (4, "product-not-yours")]
    assert (report.is_new, again.is_new, again.answer) == (True, False, report.answer)
    lines = again.file.decode().splitlines()
    assert lines[1] == f"{MILK},milk,Молоко,,"
    assert lines[3].startswith(f"{SHOES},shoes,Боты,gtin: Another participant")
    assert tuple(await owner.fetchrow(COUNT)) == (2, 2)


async def test_more_wrong_rows_than_an_answer_holds_are_kept_for_the_file(database, dairy, owner):
    body = table(*(f"{at},milk,Кефир" for at in range(1_500)), f"{MILK},milk,Молоко")
    name = uuid4()
    report = await send(database, dairy, body, name, good_rows=True)
    again = await send(database, dairy, body, name, good_rows=True, with_file=True)

    assert report.answer["counts"]["wrong"] == 1_500
    assert len(report.answer["wrong_rows"]) == 1_000
    assert await owner.fetchval("SELECT count(*) FROM request_pages") == 2
    assert again.file.decode().count("A GTIN has 8, 12, 13 or 14 digits") == 1_500


async def test_a_dry_run_says_the_same_and_records_nothing(database, dairy, owner):
    name = uuid4()
    rehearsal = await send(database, dairy, id=name, dry_run=True)
    real = await send(database, dairy, id=name)

    assert rehearsal.answer == {**real.answer, "recorded": False}
    assert tuple(await owner.fetchrow(COUNT)) == (5, 5)
    second = await send(database, dairy, table("1,milk,Кефир"), dry_run=True)
    assert second.refusal is None
    assert second.answer["counts"]["wrong"] == 1


async def test_an_id_stands_for_one_file_of_one_participant(database, dairy, rival):
    name = uuid4()
    await send(database, dairy, id=name)

    with pytest.raises(RequestIdReused):
        await send(database, dairy, table(f"{MILK},milk,Молоко"), name)
    with pytest.raises(RequestIdTaken):
        await send(database, rival, id=name)


async def test_the_same_import_many_times_at_once_is_done_once(database, dairy, owner):
    name = uuid4()
    reports = await asyncio.gather(*(send(database, dairy, id=name) for _ in range(6)))

    assert sorted(report.is_new for report in reports) == [False] * 5 + [True]
    assert all(report.answer == reports[0].answer for report in reports)
    assert tuple(await owner.fetchrow(COUNT)) == (5, 5)


async def test_rivals_with_the_same_new_goods_leave_one_owner(database, dairy, rival, owner):
    reports = await asyncio.gather(
        send(database, dairy), send(database, rival), return_exceptions=True
    )

    for report in reports:
        assert isinstance(report, Busy) or report.refusal or report.answer["counts"]["new"] == 5
    owners = await owner.fetch("SELECT DISTINCT owner_id FROM products")
    assert len(owners) == 1
    assert tuple(await owner.fetchrow(COUNT)) == (5, 5)


async def test_imports_that_overlap_wait_for_each_other(database, dairy, owner):
    await send(database, dairy)
    versions = [PRODUCTS.replace("Алма".encode(), f"Alma {at}".encode()) for at in range(5)]
    await asyncio.gather(*(send(database, dairy, body) for body in versions))
    found = await actions.look_up(database, "04870000000012")

    assert found.version == 6
    assert tuple(await owner.fetchrow(COUNT)) == (5, 10)


async def test_odd_tnved_codes_are_warned_of(database, dairy):
    body = b"gtin,product_group,name,tnved\n04810000000018,milk,\xd0\x9c,0407\n"
    report = await send(database, dairy, body)

    assert [(one["row"], one["gtin"]) for one in report.answer["warnings"]] == [(2, MILK)]
    assert report.answer["counts"]["new"] == 1


@pytest.mark.skipif(not GOODS.exists(), reason="the goods file is not at hand")
async def test_twenty_thousand_real_goods_are_imported_once(database, dairy, owner):
    body = GOODS.read_bytes()
    first = await send(database, dairy, body)
    again = await send(database, dairy, body)

    assert first.answer["counts"]["new"] == 20_617
    assert again.answer["counts"]["unchanged"] == 20_617
    assert tuple(await owner.fetchrow(COUNT)) == (20_617, 20_617)


async def declare(database, actor, id=None, **changed):
    terms = {
        "product_group": "milk",
        "in_force": True,
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "decision": "Decree 690",
    }
    declaring = Declaring(**(terms | changed))
    request = asked(actor, str(declaring).encode(), id)
    return await actions.declare(database, request, declaring, actor=actor)


async def in_force(database, group="milk", state=KG, on=TODAY):
    async with database.transaction() as session:
        return await actions.require_in_force(await driver(session), group, state, on)


async def test_what_is_not_known_is_refused_until_the_operator_declares_it(database, operator):
    with pytest.raises(GroupNotInForce) as refusal:
        await in_force(database)
    answer, is_new = await declare(database, operator)
    found = await in_force(database)

    assert refusal.value.standing == "NOT_KNOWN"
    assert (answer["member_state"], is_new) == ("KG", True)
    assert (found.decision, found.on_whose_word) == ("Decree 690", "Operator of Kyrgyzstan")
    with pytest.raises(GroupNotInForce):
        await in_force(database, on=date(2025, 12, 31))
    with pytest.raises(GroupNotInForce):
        await in_force(database, state=MemberState.AM)


async def test_a_declaration_is_recorded_once_and_a_later_one_counts(database, operator, owner):
    name = uuid4()
    first = await declare(database, operator, name)
    again = await declare(database, operator, name)
    await declare(database, operator, in_force=False)

    assert again == (first[0], False)
    assert await owner.fetchval("SELECT count(*) FROM marking_declarations") == 2
    with pytest.raises(GroupNotInForce) as refusal:
        await in_force(database)
    assert refusal.value.standing == "NOT_IN_FORCE"


async def test_declarations_that_no_operator_may_make_are_refused(database, operator, dairy):
    with pytest.raises(RoleMissing):
        await declare(database, dairy)
    with pytest.raises(UnknownProductGroup):
        await declare(database, operator, product_group="unicorns")
    with pytest.raises(DeclarationDatesReversed):
        await declare(database, operator, valid_to=date(2025, 12, 31))
    with pytest.raises(StandingAlreadyKnown):
        await declare(database, operator, product_group="furs")
