"""Labels ordered straight through the actions, and what the ledger then says."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from domain.participants.actor import Actor
from domain.printing import actions as printing
from domain.printing.portions import Opened, PrintedFile
from domain.printing.rules import Told
from domain.prints import actions
from domain.prints.orders import Asked, ByCodes, ByPackages, ByRun, Needs, PrintOrder
from domain.recognition.units import Texts
from domain.requests.store import Request
from tests.store.trade import DAIRY, Trade

TOML = 'name = "test"\n'
FIRST_PRINTED = """
    SELECT batch_id, ordinal, last - first + 1, reprinted FROM print_runs
    WHERE NOT reprinted ORDER BY series_id, first
"""
ROWS = """
    SELECT (SELECT count(*) FROM prints), (SELECT count(*) FROM print_runs),
        (SELECT count(*) FROM print_batches), (SELECT count(*) FROM print_packages),
        (SELECT count(*) FROM requests)
"""


def anything(_needs: Needs) -> None:
    """A layout that has room for everything."""


def run(batch: UUID, first: int = 0, count: int | None = None) -> ByRun:
    return ByRun(batch, first, count)


def codes(*lines: str) -> ByCodes:
    return ByCodes(Texts.of_list(list(lines)))


def ssccs(*names: str) -> ByPackages:
    return ByPackages(names)


def order(asked: Asked, **told: Any) -> PrintOrder:
    about = {"layout_name": "test", "layout_toml": TOML, "format": "pdf", "dpi": 300}
    return PrintOrder(asked, **{**about, **told})


@dataclass
class Ledger:
    """The labels of a trade."""

    trade: Trade

    async def print(
        self, asked: Asked, by: Actor = DAIRY, fits: Any = anything, **told: Any
    ) -> dict[str, Any]:
        """Order labels; returns the answer."""
        request = told.pop("request", None) or Request(uuid4(), by.id, bytes(32))
        answer, _ = await actions.print_labels(
            self.trade.database,
            request,
            order(asked, **told),
            fits,
            actor=by,
            keyring=self.trade.keyring,
        )
        return answer

    async def open(self, uuid: str | UUID, by: Actor = DAIRY, reason: str | None = None) -> Opened:
        return await printing.opened(
            self.trade.database,
            UUID(str(uuid)),
            actor=by,
            keyring=self.trade.keyring,
            reason=reason,
        )

    async def send(
        self, uuid: str, first: int | None = None, reason: str | None = None, by: Actor = DAIRY
    ) -> printing.Begun:
        return await printing.send_begun(
            self.trade.database,
            UUID(uuid),
            printer="line-1",
            first=first,
            reason=reason,
            actor=by,
            keyring=self.trade.keyring,
        )

    async def confirm(
        self, uuid: str, number: int, sent: int, confirmed: int, *, ended: bool = True
    ) -> None:
        told = Told(sent, confirmed, "OK", ended)
        await printing.confirmed(self.trade.database, UUID(uuid), number, told)

    async def finish(self, uuid: str, digest: bytes = bytes(32)) -> None:
        file = PrintedFile(digest, 1_000, 3, 3, 3, 300, 0.508)
        await printing.finished(self.trade.database, UUID(uuid), file)

    async def record(self, uuid: str | UUID, by: Actor = DAIRY) -> dict[str, Any]:
        return await actions.look_up(self.trade.database, UUID(str(uuid)), actor=by)

    async def of_batch(
        self, batch: UUID, after: UUID | None = None, limit: int = 10, by: Actor = DAIRY
    ) -> list[dict[str, Any]]:
        return await actions.listed(self.trade.database, batch, after, limit, actor=by)

    async def rows(self) -> tuple[int, ...]:
        async with self.trade.database.reading() as connection:
            return tuple(await connection.fetchrow(ROWS))

    async def first_printings(self) -> list[tuple[Any, ...]]:
        async with self.trade.database.reading() as connection:
            return [tuple(row) for row in await connection.fetch(FIRST_PRINTED)]


def printed(opened: Opened) -> list[str]:
    """The marking codes of a print, in label order."""
    return [code for portion in opened.portions() for code in portion.codes()]
