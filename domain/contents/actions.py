"""What lies in a package: counted and listed at once, or every code of it as a stream."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple, cast

import asyncpg
import orjson

from domain.aggregation.reports import read_sscc
from domain.contents import store
from domain.contents.runs import Portion, portions, series_in
from domain.database import Database
from domain.delivery.forms import Form
from domain.errors import UnknownPackages
from domain.goods.belonging import Belonging
from domain.keys.keyring import Keyring
from domain.naming import store as naming
from domain.naming.actions import codes_of, naming_of
from domain.naming.forms import Naming
from domain.participants.actor import Actor
from domain.recognition.store import labels_of
from domain.registry.packages import MOST_LEVELS, BatchFacts
from domain.registry.reading import intervals_of, packages_named, wide_blocks
from domain.registry.spans import without
from domain.standards.member_state import MemberState
from domain.trace import goods, rules, telling
from domain.trace.rules import Sight
from domain.trace.store import blocked_inside
from domain.trace.weighing import Lone

MOST_TOLD = 1_000
PORTION = 40_000  # codes made at a time: large enough for numpy, small enough to be sent at once
IN_MEMORY = 4 << 20  # bytes of runs; more than that waits on disk
LONGEST_TOLD = 24  # of a text that was sent: no verification code begins so early

Row = Mapping[str, Any]


class Seen(NamedTuple):
    """A package that the asker may see, and who has it."""

    card: Row
    custody: Row


async def look(
    connection: asyncpg.Connection, named: str, *, actor: Actor, keyring: Keyring
) -> Seen:
    """The package of this SSCC, or of this code; refused as unknown to who may not see it."""
    package_id = await find(connection, named, actor=actor, keyring=keyring)
    if package_id is not None:
        at_home = Lone(None, None, package_id, None, None, None, 0, None, blocked=False)
        [custody] = await goods.around(connection, [at_home])
        sight = rules.sight(
            actor,
            genuine=None,
            owners={custody["holder_id"]},
            states=[custody["holder_state"], custody["turnover_state"]],
            receiver_id=custody["receiver_id"],
        )
        if sight is not Sight.NOTHING:
            return Seen(await store.card(connection, package_id), custody)
    raise UnknownPackages(1, (named[:LONGEST_TOLD].partition(chr(29))[0],))


async def find(
    connection: asyncpg.Connection, named: str, *, actor: Actor, keyring: Keyring
) -> int | None:
    if sscc := read_sscc(named):
        return (await packages_named(connection, [sscc])).get(sscc)
    found = await goods.scanned(connection, named, actor=actor, keyring=keyring)
    return await store.pack_of_code(connection, *found.place) if found.place else None


async def describe(
    database: Database, named: str, depth: int | None, *, actor: Actor, keyring: Keyring
) -> dict[str, Any]:
    """A package with its custody and what it holds: counts to any depth, the nearest by name.

    `depth` levels of packages are listed, None: all; of packages and of loose runs the first
    thousand.
    """
    async with database.snapshot() as connection:
        card, custody = await look(connection, named, actor=actor, keyring=keyring)
        summary = await store.summary(connection, card["id"])
        listed = await store.inside(connection, card["id"], depth or MOST_LEVELS, MOST_TOLD)
        outer = await store.names(connection, [card["parent_id"]] if card["parent_id"] else [])
        names = await names_of(connection, [card, *listed, *outer], keyring)
        own = await store.own_code(connection, card["id"])
        lines = [*summary, *own]
        blocked = bool(custody["bans"]) or await holds_blocked(connection, card, lines, custody)
        runs = await loose_runs(connection, card["id"])
    return {
        **names[card["id"]],
        "holder": telling.party(custody, "holder"),
        "state_of_turnover": custody["turnover_state"],
        "transfer": str(custody["transfer"]) if custody["transfer"] else None,
        "blocked": blocked,
        "parent": names[outer[0]["id"]] if outer else None,
        "units": sum(one["units"] for one in summary),
        "summary": [counted(one) for one in summary],
        "packages": [
            {
                **names[one["id"]],
                "level": one["level"],
                "parent": names.get(one["parent_id"]),
                "units": one["units"],
            }
            for one in listed
        ],
        "runs": runs,
    }


async def names_of(
    connection: asyncpg.Connection, packages: Sequence[Row], keyring: Keyring
) -> dict[int, dict[str, Any]]:
    """What packages are called: SSCCs, and the codes of packs."""
    packs = [(one["series_id"], one["number"]) for one in packages if one["sscc"] is None]
    codes = await codes_of(connection, keyring, packs)
    return {one["id"]: telling.package(one, codes) for one in packages}


def counted(row: Row) -> dict[str, Any]:
    """A line of a summary."""
    return {
        "gtin": row["gtin"],
        "product_group": row["product_group"],
        "issued_in": row["member_state"],
        "batch": str(row["batch"]),
        "lot": telling.lot(row),
        "status": row["status"],
        "blocked": row["blocked"],
        "units": row["units"],
    }


async def holds_blocked(
    connection: asyncpg.Connection, card: Row, summary: Sequence[Row], custody: Row
) -> bool:
    """Whether a block in force covers anything inside; wide ones are matched by the summary.

    The code of a pack is a line of it: what is blocked with that is the pack.
    """
    batches = {
        row["batch_id"]: BatchFacts(
            row["batch_id"],
            row["gtin"],
            row["product_group"],
            MemberState(row["member_state"]),
            row["template"],
        )
        for row in summary
    }
    lots = sorted({row["lot_id"] for row in summary} - {0})
    here = MemberState(custody["turnover_state"])
    for block in await wide_blocks(connection, batches, lots):
        if any(
            block.covers(batches[row["batch_id"]], row["lot_id"] or None, here) for row in summary
        ):
            return True
    doubtful = card["blocked_inside"] or any(row["blocked"] for row in summary)
    return bool(doubtful) and bool(await blocked_inside(connection, [card["id"]]))


async def loose_runs(connection: asyncpg.Connection, package_id: int) -> list[dict[str, Any]]:
    """The units directly in a package as runs of batches, the first thousand of them."""
    numbers = await store.loose(connection, package_id, MOST_TOLD)
    runs = without(numbers, await store.pack_codes(connection, numbers))
    intervals = await intervals_of(connection, runs)
    labels = await labels_of(connection, sorted({one.batch_id for one in intervals}))
    return [
        {"batch": str(batch), "first": first, "count": count}
        for batch, first, count in Belonging(intervals, labels).places(runs)
    ][:MOST_TOLD]


class Contents(NamedTuple):
    """All numbers of a package, ready to be streamed: their runs wait in a file."""

    runs: BinaryIO
    naming: Naming


async def prepare(database: Database, named: str, *, actor: Actor, keyring: Keyring) -> Contents:
    """Collect what is inside, as it is at one moment.

    The runs are few beside the codes, and are fetched at once: however slowly somebody downloads,
    no connection and no snapshot waits for it.
    """
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 (`stream` closes it)
    try:
        async with database.snapshot() as connection:
            card, _ = await look(connection, named, actor=actor, keyring=keyring)
            await store.copy_numbers(connection, card["id"], file)
            series = await asyncio.to_thread(series_in, file)
            return Contents(file, await naming_of(connection, keyring, series))
    except BaseException:
        file.close()
        raise


async def stream(database: Database, contents: Contents, form: Form) -> AsyncIterator[bytes]:
    """The identification codes of everything inside, in the order of their numbers."""
    naming_, ahead = contents.naming, portions(contents.runs, PORTION)
    try:
        while portion := await asyncio.to_thread(next, ahead, None):
            if naming_.registered(portion.series_id):
                yield await looked_up(database, naming_, portion, form)
            else:
                yield await asyncio.to_thread(computed, naming_, portion, form)
    finally:
        contents.runs.close()


def computed(naming_: Naming, portion: Portion, form: Form) -> bytes:
    lines = naming_.lines(portion.series_id, portion.numbers)
    if form is Form.TEXT:
        return lines.tobytes()
    return written(row[:-1].tobytes().decode() for row in lines)


async def looked_up(database: Database, naming_: Naming, portion: Portion, form: Form) -> bytes:
    """Codes whose serials were registered: once issued they stay."""
    numbers = portion.numbers.tolist()
    series = [portion.series_id] * len(numbers)
    async with database.reading() as connection:
        own = await naming.registered(connection, series, numbers)
    codes = [naming_.code((portion.series_id, number), own) for number in numbers]
    if form is Form.TEXT:
        return "".join(f"{code}\n" for code in codes).encode()
    return written(codes)


def written(codes: Iterable[str]) -> bytes:
    """Codes as JSON, one a line."""
    return b"".join(orjson.dumps({"code": code}) + b"\n" for code in codes)
