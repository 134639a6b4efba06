"""Goods of the dairy in packages, on offer, under blocks: what looks at them afterwards starts here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from domain.database import driver
from domain.registry import store as registry
from domain.registry.goods import Wanted, enter
from domain.registry.outcome import outcome
from domain.registry.packages import Package, PackageStanding
from domain.registry.scene import Scene
from domain.registry.spans import Run
from domain.registry.store import NewEvent, RecordedEvent
from domain.requests import store as requests
from domain.trace import actions as trace
from domain.vocabulary import EventKind, PackageKind
from tests.store.trade import DAIRY, INSPECTOR, INTERVALS, PACKAGE, Trade, sscc, trade

CASE, PALLET, CONTAINER, OTHER_CASE = (sscc(number) for number in range(1, 5))
BLOCK = """
    INSERT INTO blocks (uuid, scope, authority_id, member_state, batch_id, package_id, gtin,
        product_group, reason, legal_basis, since, until, event_id)
    VALUES (gen_random_uuid(), $1, 4, $2, $3, $4, $5, $6, 'doubt', 'Decree 1',
        now() - interval '1 hour', $7, $8)
    RETURNING id
"""
IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)


class Yard:
    """Goods of the dairy, and what can be done with them step by step."""

    def __init__(self, here: Trade, batch: UUID, lines: list[str]) -> None:
        self.here, self.batch, self.lines = here, batch, lines

    async def history(self, at: int = 0, by=DAIRY, **asked: Any) -> list[dict[str, Any]]:
        here = self.here
        told = await trace.history(
            here.database, self.lines[at], actor=by, keyring=here.keyring, **asked
        )
        return told["events"]

    async def standing(self, at: int = 0, by=DAIRY, as_of: datetime | None = None):
        here = self.here
        told = await trace.standing(
            here.database, self.lines[at], actor=by, keyring=here.keyring, as_of=as_of
        )
        return told["standing"]

    async def verify(self, at: int = 0, by=DAIRY, **asked: Any) -> dict[str, Any]:
        here = self.here
        return await trace.verify(
            here.database, self.lines[at], actor=by, keyring=here.keyring, **asked
        )

    async def briefly(self, *at: int, by=DAIRY, **asked: Any) -> list[dict[str, Any]]:
        here = self.here
        codes = [self.lines[one] for one in at]
        return await trace.verify_many(
            here.database, codes, actor=by, keyring=here.keyring, **asked
        )

    async def number(self, at: int) -> tuple[int, int]:
        async with self.here.database.reading() as connection:
            series, first, _ = await connection.fetchrow(INTERVALS, self.batch)
        return series, first + at

    @asynccontextmanager
    async def event(
        self, kind: EventKind, *at: int, ssccs: tuple[str, ...] = (), by=DAIRY, **details: Any
    ) -> AsyncIterator[tuple[asyncpg.Connection, Scene, RecordedEvent]]:
        """Something that happens to units and packages, under their locks."""
        here, request = self.here, self.here.request(by)
        runs = sorted({Run(*place, place[1]) for place in await self.places(at)})
        async with here.database.transaction(by.id) as session:
            connection = await driver(session)
            await requests.claim(connection, request)
            ids = [await connection.fetchval(PACKAGE, one) for one in ssccs]
            scene = await enter(connection, Wanted(runs, ids, opening=True))
            event = await registry.insert_event(
                connection, NewEvent(kind, request.id, by.id, None, details)
            )
            yield connection, scene, event
            await registry.write(connection, outcome(scene))
            await requests.answer(connection, request, {})

    async def places(self, at: tuple[int, ...]) -> list[tuple[int, int]]:
        series, first = await self.number(0)
        return [(series, first + one) for one in at]

    async def take_out(self, at: int) -> None:
        async with self.event(EventKind.UNPACKED, at) as (_, scene, event):
            scene.take_out(await self.number(at), event_id=event.id)

    async def group(self, code: int, *at: int) -> None:
        """Put units into a pack of which one of them is the code."""
        async with self.event(EventKind.PACKED, code, *at) as (connection, scene, event):
            (new,) = await registry.new_packages(connection, 1)
            standing = PackageStanding(None, None, None, None, blocked=False, alive=True)
            place = await self.number(code)
            scene.make_package(
                Package(new, PackageKind.GROUP, None, *place, 1, 0, event.id, standing)
            )
            for one in at:
                scene.put(await self.number(one), new, event_id=event.id)

    async def put(self, at: int, name: str) -> None:
        async with self.event(EventKind.PACKED, at, ssccs=(name,)) as (connection, scene, event):
            package = await connection.fetchval(PACKAGE, name)
            scene.put(await self.number(at), package, event_id=event.id)

    async def block(
        self, scope: str, *at: int, state: str = "BY", until: datetime | None = None, **names: Any
    ) -> int:
        """An authority's block, as the verb writes it."""
        ssccs = tuple(names.pop("ssccs", ()))
        async with self.event(EventKind.BLOCKED, *at, ssccs=ssccs, by=INSPECTOR) as found:
            connection, scene, event = found
            package = await connection.fetchval(PACKAGE, ssccs[0]) if ssccs else None
            named = [names.get(name) for name in ("gtin", "product_group")]
            block: int = await connection.fetchval(
                BLOCK, scope, state, names.get("batch"), package, *named, until, event.id
            )
            for one in at:
                place = await self.number(one)
                await connection.execute(
                    "INSERT INTO block_runs VALUES ($1, $2, $2, $3)", *place, block
                )
                standing = scene.now[place].standing._replace(blocked=True)
                scene.change(place, standing, event_id=event.id)
            if package:
                standing = scene.packages[package].standing._replace(blocked=True)
                scene.change_package(package, standing, event_id=event.id)
        return block

    async def lift(self, block: int) -> None:
        """The end of a wide block."""
        async with self.event(EventKind.UNBLOCKED, by=INSPECTOR) as (connection, _, event):
            await connection.execute(
                "UPDATE blocks SET ended_event_id = $2 WHERE id = $1", block, event.id
            )

    async def run(self, statement: str, *values: object) -> None:
        """What only the owner of the database may do."""
        async with self.here.database.reading() as connection:
            await connection.execute("RESET ROLE")
            await connection.execute(statement, *values)
            await connection.execute("SET ROLE tamga_server")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Yard]:
    """Forty units in circulation."""
    async with trade(url) as here:
        batch = await here.circulating(40)
        yield Yard(here, batch, await here.lines(batch))


async def pallet(yard: Yard) -> None:
    """Units 0 to 9 in a case on a pallet in a container."""
    await yard.here.pack(CASE, [(yard.batch, 0, 10)])
    await yard.here.pack(PALLET, inside=[CASE])
    await yard.here.pack(CONTAINER, inside=[PALLET])


@asynccontextmanager
async def counting(connection: asyncpg.Connection) -> AsyncIterator[list[str]]:
    asked: list[str] = []
    with connection.query_logger(lambda record: asked.append(record.query)):
        yield asked
        await asyncio.sleep(0)  # the log comes a turn of the loop later
