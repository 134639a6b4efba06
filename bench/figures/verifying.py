"""Scanning: one code, a thousand at once, a history, and many writers on one GTIN."""

import json
import random
from collections.abc import Iterator, Sequence
from urllib.parse import quote
from uuid import UUID, uuid4

from bench import rows
from bench.figures.issuing import expect
from bench.measured import Duel, Measured, Side
from bench.registry import LOT, Registry, scan, scans
from bench.rows import GTIN, MILLION
from bench.stage import PEER, Stage
from bench.wire import JSON, drive, request

ROUNDS = 5
SECONDS = 3.0
CONNECTIONS = 32
BULK_CONNECTIONS = 4
BULK = 1_000
POOL = 20  # as many connections to the database as the service keeps
SCANNED = 20_000
SHUFFLED = 99
LOTS = 7
COLD_GTINS = 64


def post(registry: Registry, path: str, body: bytes) -> bytes:
    return request("POST", path, body, {"Authorization": f"Bearer {registry.api_key}"})


def endless(requests: list[bytes]) -> Iterator[bytes]:
    """These requests in a random order, over and over."""
    order = list(requests)
    random.Random(SHUFFLED).shuffle(order)
    while True:
        yield from order


async def route(stage: Stage) -> tuple[int, list[str]]:
    """The bare route over a table of a million rows, and their serials; both stay to the end."""
    if "route" not in stage.kept:
        async with stage.connected(PEER) as connection:
            await rows.create(connection, "scanned")
            made = list(rows.rows("S", MILLION))
            await rows.load(connection, "scanned", made)
            await connection.execute("VACUUM ANALYZE scanned")
        serials = [row[7] for row in random.Random(SHUFFLED).sample(made, SCANNED)]
        stage.kept["route"] = (stage.serve_peer(POOL), serials)
    found: tuple[int, list[str]] = stage.kept["route"]
    return found


def in_circulation(registry: Registry, family: str) -> list[str]:
    """Codes from all over a batch of a million that is in circulation."""
    name = f"scanned {family}"
    if name not in registry.kept:
        batch = registry.batch(family, MILLION)
        registry.circulate(batch, MILLION)
        codes = registry.codes(batch, 0, MILLION)
        registry.kept[name] = random.Random(SHUFFLED).sample(codes, SCANNED)
    found: list[str] = registry.kept[name]
    return found


async def verify_one(stage: Stage) -> Measured:
    """Scans by anybody, against one row by primary key: neither side is shown an API key."""
    registry = await Registry.opened(stage, "tamga")
    port, serials = await route(stage)
    asked = [request("GET", f"/codes/{GTIN}/{quote(serial, safe='')}") for serial in serials]
    scanned = [request("POST", "/verify", scan(code)) for code in in_circulation(registry, "S")]

    async def peer() -> float:
        return await drive(port, endless(asked), connections=CONNECTIONS, seconds=SECONDS)

    async def ours() -> float:
        load = endless(scanned)
        return await drive(registry.port, load, connections=CONNECTIONS, seconds=SECONDS)

    duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
    return Measured(duel.share, duel.absolutes("requests_a_second"))


async def verify_bulk(stage: Stage) -> Measured:
    """A thousand codes a call; of S and L44 the slower one counts."""
    registry = await Registry.opened(stage, "tamga")
    port, serials = await route(stage)
    asked = [
        request("POST", "/codes", json.dumps({"gtin": GTIN, "serials": some}).encode())
        for some in thousands(serials)
    ]

    async def peer() -> float:
        load = endless(asked)
        return BULK * await drive(port, load, connections=BULK_CONNECTIONS, seconds=SECONDS)

    found: dict[str, Duel] = {}
    for family in ("S", "L44"):
        codes = in_circulation(registry, family)
        sent = [post(registry, "/verify/bulk", scans(some)) for some in thousands(codes)]
        answer = registry.caller.send("POST", "/verify/bulk", scans(codes[:BULK]), JSON)
        expect(answer.count(b'"verdict":"in-circulation"'), BULK)

        async def ours(sent: list[bytes] = sent) -> float:
            load = endless(sent)
            rate = await drive(registry.port, load, connections=BULK_CONNECTIONS, seconds=SECONDS)
            return BULK * rate

        found[family] = await Duel().fight(ROUNDS, peer=peer, ours=ours)
    absolutes = {
        f"{name}_{family.lower()}": rate
        for family, duel in found.items()
        for name, rate in duel.absolutes("codes_a_second").items()
    }
    return Measured(min(duel.share for duel in found.values()), absolutes)


def thousands(texts: list[str]) -> list[list[str]]:
    return [texts[at : at + BULK] for at in range(0, len(texts), BULK)]


async def history(stage: Stage) -> Measured:
    """The history of a unit that was registered, applied, introduced and given seven lots."""
    registry = await Registry.opened(stage, "tamga")
    batch = registry.batch("S", MILLION)
    registry.circulate(batch, MILLION)
    for number in range(LOTS):
        registry.report("lots", batch, 0, SCANNED, lot=LOT | {"lot_number": f"L-{number + 2}"})
    codes = registry.codes(batch, 0, SCANNED)
    told = registry.caller.call("POST", "/history", {"code": codes[0]})
    expect(len(told["events"]), LOTS + 3)

    def side(path: str) -> Side:
        sent = [post(registry, path, scan(code)) for code in codes]

        async def asked() -> float:
            return 1 / await drive(registry.port, endless(sent), connections=1, seconds=SECONDS)

        return asked

    duel = await Duel().fight(ROUNDS, peer=side("/verify"), ours=side("/history"))
    return Measured(duel.share, duel.absolutes("seconds"))


async def hot_gtin(stage: Stage) -> Measured:
    """Single units applied by 32 clients: of one GTIN's batch, and of 64 GTINs' batches."""
    registry = await Registry.opened(stage, "tamga")
    hot = registry.batch("S", MILLION)
    cold = [
        registry.register(gtin, "S", MILLION // COLD_GTINS)
        for gtin in registry.products("S", COLD_GTINS)
    ]
    of_one = applications(registry, [hot], MILLION)
    of_many = applications(registry, cold, MILLION // COLD_GTINS)

    def side(load: Iterator[bytes]) -> Side:
        async def changed() -> float:
            return await drive(registry.port, load, connections=CONNECTIONS, seconds=SECONDS)

        return changed

    duel = await Duel().fight(ROUNDS, peer=side(of_many), ours=side(of_one))
    rates = duel.absolutes("requests_a_second")
    return Measured(
        duel.share,
        {
            "one_gtin_changes_a_second": rates["our_requests_a_second"],
            "64_gtins_changes_a_second": rates["peer_requests_a_second"],
        },
    )


def applications(registry: Registry, batches: Sequence[UUID], units: int) -> Iterator[bytes]:
    """Requests that apply one unit each, from all over these batches, none twice."""
    headers = {"Authorization": f"Bearer {registry.api_key}"}
    order = random.Random(SHUFFLED).sample(range(units * len(batches)), units * len(batches))
    for at in order:
        run = {"batch": str(batches[at % len(batches)]), "first": at // len(batches), "count": 1}
        yield request(
            "PUT", f"/applications/{uuid4()}", json.dumps({"runs": [run]}).encode(), headers
        )
