"""The same question to a small registry and to one a hundred times as large."""

import random

from bench import seeding
from bench.figures.verifying import SHUFFLED, endless, post
from bench.measured import Duel, Measured, Side
from bench.registry import Registry, scan
from bench.stage import Stage
from bench.wire import drive

ROUNDS = 5
SECONDS = 3.0
SCANNED = 1_500
SMALL, LARGE = 10, 1_000  # products of 100,000 codes


async def verify_at_100m(stage: Stage) -> Measured:
    """One scan after another, from all over both registries; half meet a batch in fragments."""
    small, large = await filled(stage, "small", SMALL), await filled(stage, "large", LARGE)
    duel = await Duel().fight(ROUNDS, peer=side(*small), ours=side(*large))
    found = duel.absolutes("seconds")
    for registry, _ in (small, large):
        await registry.close()
    return Measured(
        duel.share,
        {"seconds_at_100m": found["our_seconds"], "seconds_at_1m": found["peer_seconds"]},
    )


async def filled(stage: Stage, name: str, products: int) -> tuple[Registry, list[bytes]]:
    """A registry of so many products, and scans of codes from all over it."""
    registry = await Registry.opened(stage, name)
    chosen = random.Random(SHUFFLED)
    async with stage.connected(name) as connection:
        await seeding.fill(registry, connection, products)
        batches = [row[0] for row in await connection.fetch(seeding.BATCHES, SCANNED)]
    each = SCANNED // len(batches)
    codes = [
        code
        for batch in batches
        for first in chosen.sample(range(seeding.UNITS), each)
        for code in registry.codes(batch, first, 1)
    ]
    return registry, [post(registry, "/verify", scan(code)) for code in codes]


def side(registry: Registry, scans: list[bytes]) -> Side:
    async def asked() -> float:
        return 1 / await drive(registry.port, endless(scans), connections=1, seconds=SECONDS)

    return asked
