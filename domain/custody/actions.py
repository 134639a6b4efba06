"""Offering goods: find them, lock them, judge them by their summaries, record the transfer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from domain.catalogue.actions import roads as roads_of
from domain.catalogue.documents import check_tax_id, told_document
from domain.catalogue.regimes import Road
from domain.custody import rules, store
from domain.custody.offers import NewTransfer, Offer, Party, Receiver, Transfer
from domain.custody.rules import Contents, Fitting
from domain.database import Database
from domain.deadlines.actions import after_what_is_due, write
from domain.errors import GoodsHeldBack, StatusNotFitting
from domain.errors_of_custody import PackageInside, UnknownReceiver, UnknownTransfer
from domain.goods import judging
from domain.goods.actions import keep_lines, locate
from domain.goods.belonging import Belonging
from domain.goods.judging import Judged, Located, check_packages_held, judged
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.recognition.store import labels_of
from domain.recognition.units import Verdict
from domain.registry import store as registry
from domain.registry.goods import Wanted, enter, foresee
from domain.registry.outcome import outcome
from domain.registry.reading import intervals_of
from domain.registry.scene import Scene
from domain.registry.spans import Run, Standing, joined
from domain.registry.store import NewEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.standards.member_state import MemberState
from domain.vocabulary import EventKind, Role, TransferStatus

MOST_TOLD = 1_000
VERB = "offer"


class Task(NamedTuple):
    """An offer about to be recorded, and how the goods stand under the locks."""

    offer: Offer
    receiver: Party
    actor: Actor
    located: Located
    scene: Scene
    now: datetime


class Weighed(NamedTuple):
    """What was judged of an offer: the units, and the roads that they take."""

    found: Judged
    roads: list[Road]


@after_what_is_due
async def offer_goods(
    database: Database, request: Request, offer: Offer, *, actor: Actor, keyring: Keyring
) -> tuple[dict[str, Any], bool]:
    """Offer goods; they are locked, and stay with the sender until the receiver answers."""
    now = datetime.now(UTC)
    async with database.reading() as connection:
        done = await requests.answered(connection, request)
        if done:
            return done, False
        receiver = await receiver_of(connection, offer.receiver)
        rules.check_offer(offer, receiver, actor, now)
        located = await locate(connection, offer.goods, actor=actor, keyring=keyring)
        wanted = Wanted(located.runs, located.packages, groups=located.groups)
        if offer.dry_run:
            scene = await foresee(connection, wanted)
            task = Task(offer, receiver, actor, located, scene, now)
            return rehearsed(task, await weigh(connection, task)), True

    async def story(connection: asyncpg.Connection) -> tuple[dict[str, Any], bool]:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        scene = await enter(connection, wanted)
        task = Task(offer, receiver, actor, located, scene, now)
        answer = await record(connection, request, task, await weigh(connection, task))
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


async def receiver_of(connection: asyncpg.Connection, told: Receiver) -> Party:
    """The side that is named; a tax id may be registered later."""
    if told.participant is not None:
        found = await store.party(connection, told.participant)
        if found is None:
            raise UnknownReceiver(str(told.participant))
        return found
    state, tax_id = told.member_state or MemberState.RU, told.tax_id or ""
    check_tax_id(tax_id, (state,))
    found = await store.party(connection, None, state, tax_id)
    return found or Party(state, tax_id, None, None, None, is_suspended=False)


async def weigh(connection: asyncpg.Connection, task: Task) -> Weighed:
    """Judge the goods, the loose ones one by one, packages by what is counted of them."""
    scene, offer, destination = task.scene, task.offer, task.receiver.member_state
    check_packages_held(task.located, scene, task.actor.id)
    check_outermost(task)
    groups = sorted({batch.product_group for batch in scene.batches.values()})
    day = (offer.occurred_at or task.now).date()
    roads = await roads_of(connection, groups, task.actor.member_state, destination, day)
    by_group = {road.product_group: road for road in roads}
    fitting = {group: rules.statuses(offer.kind, by_group.get(group)) for group in groups}
    found = judged(task.located, scene, lambda seen: rules.judge(seen, task.actor, fitting))
    if Verdict.UNKNOWN in found.refused and not (offer.partial or offer.dry_run):
        raise judging.refusal(VERB, found, task.located.units)
    issued_in: dict[str, set[MemberState]] = {}
    for batch in batches_held(task, found):
        facts = scene.batches[batch]
        issued_in.setdefault(facts.product_group, set()).add(facts.member_state)
    taken = [road for road in roads if road.product_group in issued_in]
    rules.check_roads(offer.kind, taken, issued_in)
    check_contents(task, found, fitting)
    return Weighed(found, taken)


def batches_held(task: Task, found: Judged) -> set[int]:
    """The batches of what is named and is the sender's; of others' goods no road is told."""
    scene = task.scene
    mine = list(found.good)
    mine += [span[:2] for span, verdict in found.bad if verdict is not Verdict.UNKNOWN]
    packs = [scene.pack_at[place] for place in mine if place in scene.pack_at]
    inside = {
        key.batch_id for one in (*task.located.packages, *packs) for key in scene.summaries[one]
    }
    return inside.union(map(scene.batch_of, mine))


def check_outermost(task: Task) -> None:
    """Refuse packages that lie inside others: they go with these, or are unpacked first."""
    scene = task.scene
    inside = [
        scene.packages[one].sscc or ""
        for one in task.located.packages
        if scene.parent_of(one) is not None
    ]
    if inside:
        raise PackageInside(len(inside), tuple(inside[:3]))
    locked = [one for one in task.located.packages if scene.custody_in(one).transfer_id]
    if locked:
        units = sum(scene.units_of(one) for one in locked)
        named = tuple(scene.packages[one].sscc or "" for one in locked[:3])
        raise GoodsHeldBack(VERB, units, {str(Verdict.IN_TRANSFER): units}, named)


def check_contents(task: Task, found: Judged, fitting: Fitting) -> None:
    """Refuse packages and packs of whose contents not all may be offered."""
    scene = task.scene
    packs = [scene.pack_at[place] for place in found.good if place in scene.pack_at]
    for package_id in (*task.located.packages, *packs):
        contents = Contents(scene, package_id, fitting)
        faults = contents.faults()
        if not faults:
            continue
        named = (contents.package.sscc or "",) if contents.package.sscc else ()
        if Verdict.WRONG_STATUS in faults:
            count = faults[Verdict.WRONG_STATUS]
            raise StatusNotFitting(VERB, count, contents.by_status(), named)
        held = {str(reason): units for reason, units in faults.items()}
        raise GoodsHeldBack(VERB, sum(held.values()), held, named)


def units_offered(task: Task, found: Judged) -> int:
    """How many units these goods are, contents of packs and packages included."""
    scene = task.scene
    loose = sum(scene.now[place].units for place in found.good)
    packs = [scene.pack_at[place] for place in found.good if place in scene.pack_at]
    return loose + sum(scene.units_of(one) for one in (*packs, *task.located.packages))


async def record(
    connection: asyncpg.Connection, request: Request, task: Task, weighed: Weighed
) -> dict[str, Any]:
    """Record the transfer, and lock its goods."""
    found, scene, offer, receiver = weighed.found, task.scene, task.offer, task.receiver
    if found.refused and not (offer.partial and (found.good or task.located.packages)):
        raise judging.refusal(VERB, found, task.located.units)
    units = units_offered(task, found)
    documents = [told_document(document) for document in offer.documents]
    event = await registry.insert_event(connection, event_of(request, task, documents))
    new = NewTransfer(
        uuid=request.id,
        kind=offer.kind,
        sender_id=task.actor.id,
        sender_state=task.actor.member_state,
        receiver_state=receiver.member_state,
        receiver_tax_id=receiver.tax_id,
        documents=documents,
        roads=[told_road(road) for road in weighed.roads],
        offered_units=units,
        expires_at=rules.expiry(offer, task.now),
        event_id=event.id,
    )
    runs = joined(Run(*scene.now[place][:3]) for place in found.good)
    transfer_id = await store.add(connection, new, runs, task.located.packages)
    locked: dict[Standing, Standing] = {}  # thousands that stand alike are told once
    for place in found.good:
        standing = scene.now[place].standing
        if standing not in locked:
            locked[standing] = standing._replace(transfer_id=transfer_id)
        scene.change(place, locked[standing], event_id=event.id)
    for package_id in task.located.packages:
        package = scene.packages[package_id].standing._replace(transfer_id=transfer_id)
        scene.change_package(package_id, package, event_id=event.id)
    await registry.write(connection, outcome(scene))
    answer = {
        "transfer": str(request.id),
        "event": event.id,
        "recorded_at": event.recorded_at.isoformat(),
        "status": TransferStatus.OFFERED,
        "units": units,
        "packages": len(task.located.packages),
        "receiver": told_party(receiver),
        "roads": new.roads,
        "expires_at": new.expires_at.isoformat(),
        **judging.refused_part(found, task.located),
    }
    if found.refused:
        answer |= await keep_lines(connection, request.id, task.located)
    return answer


def event_of(request: Request, task: Task, documents: Sequence[dict[str, Any]]) -> NewEvent:
    offer = task.offer
    told: dict[str, Any] = {
        "transfer": str(request.id),
        "kind": offer.kind,
        "documents": documents,
        "receiver_state": task.receiver.member_state,
    }
    if offer.place is not None:
        told["place"] = offer.place
    parties = [] if task.receiver.id is None else [task.receiver.id]
    return NewEvent(
        EventKind.OFFERED, request.id, task.actor.id, offer.occurred_at, told, parties=parties
    )


def rehearsed(task: Task, weighed: Weighed) -> dict[str, Any]:
    """What the offer would do with each unit."""
    return {
        "dry_run": True,
        "units": units_offered(task, weighed.found),
        "packages": len(task.located.packages),
        "roads": [told_road(road) for road in weighed.roads],
        **judging.refused_part(weighed.found, task.located),
        "lines": task.located.units.told(),
    }


def told_road(road: Road) -> dict[str, Any]:
    return {
        "product_group": road.product_group,
        "from": road.origin,
        "to": road.destination,
        "regime": road.regime,
        "status_in_origin": road.status_in_origin,
        "status_in_destination": road.status_in_destination,
        "basis": road.basis,
        "source": road.source,
        "is_assumption": road.is_assumption,
    }


def told_party(party: Party) -> dict[str, Any]:
    return {
        "participant": str(party.uuid) if party.uuid else None,
        "name": party.name,
        "member_state": party.member_state,
        "tax_id": party.tax_id,
    }


def is_side(transfer: Transfer, actor: Actor) -> bool:
    """Whether the actor is the sender or the receiver."""
    return actor.id in {transfer.sender.id, transfer.receiver.id}


def may_see(transfer: Transfer, actor: Actor) -> bool:
    """Both sides see a transfer, and the inspectors and operators of their member states."""
    states = {transfer.sender.member_state, transfer.receiver.member_state}
    watches = bool({Role.INSPECTOR, Role.OPERATOR} & actor.roles)
    return is_side(transfer, actor) or (watches and actor.member_state in states)


async def seen_by(connection: asyncpg.Connection, uuid: UUID, actor: Actor) -> Transfer:
    """The transfer; refused as unknown to who may not see it."""
    found = await store.find(connection, uuid)
    if found is None or not may_see(found, actor):
        raise UnknownTransfer(str(uuid))
    return found


async def show(database: Database, uuid: UUID, *, actor: Actor) -> dict[str, Any]:
    """A transfer with its goods, answers and discrepancies."""
    async with database.snapshot() as connection:
        found = await seen_by(connection, uuid, actor)
        runs, packages = await store.goods_offered(connection, found.id)
        return {
            **told(found),
            "goods": {
                "runs": await told_runs(connection, runs[:MOST_TOLD]),
                "packages": await store.ssccs(connection, packages, MOST_TOLD),
            },
            "answers": await store.answers(connection, found.id),
            "discrepancies": await store.discrepancies(connection, found.id, MOST_TOLD),
        }


async def told_runs(connection: asyncpg.Connection, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """These numbers as runs of their batches."""
    intervals = await intervals_of(connection, runs)
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    return [
        {"batch": str(batch), "first": first, "count": count}
        for batch, first, count in Belonging(intervals, labels).places(runs)
    ]


async def listed(  # noqa: PLR0913 (a page of a list)
    database: Database,
    *,
    actor: Actor,
    sent: bool,
    status: TransferStatus | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of the actor's transfers, the oldest first."""
    async with database.reading() as connection:
        found = await store.listed(
            connection, actor.id, sent=sent, status=status, after=after, limit=limit
        )
    return [told(transfer) for transfer in found]


def told(transfer: Transfer) -> dict[str, Any]:
    """A transfer as it stands now; one whose deadline has passed is told as it will be recorded."""
    now = datetime.now(UTC)
    is_open = transfer.status is TransferStatus.OFFERED
    return {
        "transfer": str(transfer.uuid),
        "kind": transfer.kind,
        "status": transfer.status,
        "is_due": is_open and transfer.expires_at <= now,
        "sender": told_party(transfer.sender),
        "receiver": told_party(transfer.receiver),
        "documents": transfer.documents,
        "roads": transfer.roads,
        "offered": transfer.offered_units,
        "accepted": transfer.accepted_units,
        "released": transfer.released_units,
        "sold": transfer.sold_units,
        "left": transfer.left,
        "offered_at": transfer.offered_at,
        "expires_at": transfer.expires_at,
        "age_seconds": int((now - transfer.offered_at).total_seconds()),
        "event": transfer.event_id,
    }
