"""SQL of answers: discrepancies as they are told."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from domain.vocabulary import DiscrepancyKind


class Found(NamedTuple):
    """Something found otherwise than offered; `code` is an identification code or an SSCC."""

    kind: DiscrepancyKind
    code: str | None
    units: int
    note: str | None = None


COLUMNS = ("transfer_id", "event_id", "position", "kind", "code", "units", "note")


async def add_discrepancies(
    connection: asyncpg.Connection, transfer_id: int, event_id: int, found: Sequence[Found]
) -> None:
    """Keep a discrepancy report."""
    rows = [(transfer_id, event_id, at, *one) for at, one in enumerate(found)]
    await connection.copy_records_to_table("discrepancies", columns=COLUMNS, records=rows)
