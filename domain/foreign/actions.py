"""Accepting goods under foreign codes: registered and in circulation at once, as one event."""

from datetime import UTC, datetime
from typing import Any

import asyncpg

from domain.catalogue.actions import roads
from domain.catalogue.documents import check_document, check_tax_id, told_document
from domain.codes import actions as codes
from domain.codes.orders import BatchOrder
from domain.custody.rules import check_roads
from domain.database import Database
from domain.deadlines.actions import write
from domain.errors import DocumentsMissing
from domain.errors_of_custody import NoBorderCrossed
from domain.foreign.arrivals import Arrival
from domain.keys.keyring import Keyring
from domain.participants.actor import Actor
from domain.registry.spans import Standing
from domain.registry.store import NewEvent
from domain.requests import store as requests
from domain.requests.store import Request
from domain.vocabulary import Assurance, Emission, EventKind, TransferKind, UnitStatus


def check(arrival: Arrival, actor: Actor, now: datetime) -> None:
    """Refuse what did not cross a border, or comes without papers."""
    sender = arrival.sender
    if sender.member_state is actor.member_state:
        raise NoBorderCrossed(actor.member_state)
    check_tax_id(sender.tax_id, (sender.member_state,))
    if not arrival.documents:
        raise DocumentsMissing(("documents",))
    for document in arrival.documents:
        check_document(document, now, (sender.member_state, actor.member_state))


async def accept_foreign(
    database: Database, request: Request, arrival: Arrival, *, actor: Actor, keyring: Keyring
) -> tuple[dict[str, Any], bool]:
    """Register the goods as the actor's, in circulation in its state; the answer is the batch's.

    Refused where the border is not crossed by recognition, with the right road.
    """
    now = datetime.now(UTC)
    check(arrival, actor, now)
    order = BatchOrder(
        arrival.gtin,
        len(arrival.codes),
        arrival.sender.member_state,
        Emission.CROSS_BORDER,
        arrival.template,
        lot=arrival.lot,
        own=arrival.codes,
        occurred_at=arrival.occurred_at,
    )

    async def story(connection: asyncpg.Connection) -> tuple[dict[str, Any], bool]:
        done = await requests.claim(connection, request)
        if done:
            return done, False
        product, template = await codes.check_ordered(connection, order, actor)
        group = product.product_group
        day = (arrival.occurred_at or now).date()
        origin = arrival.sender.member_state
        found = await roads(connection, [group], origin, actor.member_state, day)
        check_roads(TransferKind.SALE, found, {group: frozenset({origin})})
        first: Standing = await codes.standing_at_first(connection, order, actor)
        event = NewEvent(
            EventKind.FOREIGN_ACCEPTED, request.id, actor.id, arrival.occurred_at, told(arrival)
        )
        batch, recorded = await codes.issue_batch(
            connection,
            event,
            (order, product, template),
            first._replace(status=UnitStatus.IN_CIRCULATION),
            keyring=keyring,
        )
        answer = codes.receipt(batch, recorded.recorded_at)
        await requests.answer(connection, request, answer)
        return answer, True

    return await write(database, actor.id, story)


def told(arrival: Arrival) -> dict[str, Any]:
    """What the event keeps of the arrival."""
    kept = {
        "gtin": arrival.gtin,
        "sender": {
            "member_state": arrival.sender.member_state,
            "name": arrival.sender.name,
            "tax_id": arrival.sender.tax_id,
        },
        "assurance": Assurance.TRUSTING,
        "documents": [told_document(document) for document in arrival.documents],
        "place": arrival.place,
    }
    return {name: value for name, value in kept.items() if value is not None}
