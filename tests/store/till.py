"""Tills that send receipts, straight through the actions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from domain.participants.actor import Actor
from domain.receipts import actions
from domain.receipts.actions import Given
from domain.receipts.rules import Receipt, Share
from domain.vocabulary import ReceiptKind
from tests.store.trade import DAIRY, Trade

GS = "\x1d"
NUMBERS = count(1_000)  # far from those that tests choose


def sale(*codes: str, document: str | None = None, till: str = "T-1", **told: Any) -> Receipt:
    """A receipt of now; under a number of its own, if none is given."""
    kind = told.pop("kind", ReceiptKind.SALE)
    at = told.pop("issued_at", None) or datetime.now(UTC)
    return Receipt(till, document or str(next(NUMBERS)), kind, at, codes, **told)


def back(*codes: str, **told: Any) -> Receipt:
    return sale(*codes, kind=ReceiptKind.RETURN, **told)


def part(code: str, parts: int, of: int, **told: Any) -> Receipt:
    return sale(code, shares={0: Share(parts, of)}, **told)


async def given(
    here: Trade, receipts: Sequence[Receipt], *, by: Actor = DAIRY, tells: bool = True
) -> Given:
    return await actions.record(
        here.database,
        here.request(by),
        receipts,
        actor=by,
        keyring=here.keyring,
        tells=tells,
    )


async def send(here: Trade, *receipts: Receipt, by: Actor = DAIRY) -> list[dict[str, Any]]:
    """What is told of each of these receipts, sent in one call."""
    answer = (await given(here, receipts, by=by)).answer
    return list(answer["receipts"])


def bare(code: str) -> str:
    """The identification code alone, as tills have it."""
    return code.partition(GS)[0]


def rules_of(told: dict[str, Any]) -> list[str]:
    return [one["rule"] for one in told.get("findings", ())]


FOUND = "SELECT DISTINCT rule FROM findings ORDER BY rule"
PARTIES = "SELECT participant_id FROM event_parties WHERE event_id = $1 ORDER BY 1"
PACKAGES = """
    SELECT coalesce(sscc, kind), alive, coalesce(sum(units), 0)::int
    FROM packages LEFT JOIN package_summaries ON package_id = id
    GROUP BY id, sscc, kind, alive ORDER BY id
"""
EVENTS = """
    SELECT events.kind FROM journal_entries AS entry JOIN events ON events.id = event_id
    JOIN batch_intervals AS one ON one.series_id = entry.series_id
        AND entry.first BETWEEN one.first AND one.last
    JOIN batches ON batches.id = one.batch_id
    WHERE batches.uuid = $1 AND one.ordinal + entry.first - one.first <= $2
        AND one.ordinal + entry.last - one.first >= $2
    ORDER BY events.id
"""


async def found(here: Trade) -> list[str]:
    """The rules by which anything was found."""
    return await column(here, FOUND)


async def parties(here: Trade, event: int) -> list[int]:
    return await column(here, PARTIES, event)


async def happened(here: Trade, batch: UUID, ordinal: int) -> list[str]:
    """The kinds of a unit's events."""
    return await column(here, EVENTS, batch, ordinal)


async def packages_now(here: Trade) -> list[tuple[Any, ...]]:
    """Packages by SSCC or kind, whether they are alive, and how many units are in them."""
    async with here.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(PACKAGES)]


async def column(here: Trade, query: str, *arguments: Any) -> list[Any]:
    async with here.database.reading() as connection:
        return [row[0] for row in await connection.fetch(query, *arguments)]
