"""Registering batches, and getting their codes."""

import random
from uuid import uuid4

import asyncpg
from nacl import bindings

from bench import rows
from bench.measured import Duel, Measured
from bench.registry import Registry
from bench.rows import MILLION, Clock
from bench.stage import PEER, Stage

ROUNDS = 3
WIDTH = {"S": 39, "L44": 86, "L88": 130}  # bytes of a line
SIGNED = 100_000

# In the order of the table, which is that of the loop: nothing is sorted.
MARKING_CODES = """
    SELECT '01' || gtin || '21' || serial || '{tail}' || verification_code FROM {name}
"""


class Unexpected(AssertionError):
    """What was measured did not do what it was measured for."""


def expect(found: object, expected: object) -> None:
    if found != expected:
        raise Unexpected(f"{found}, not {expected}")


async def register_1m(stage: Stage) -> Measured:
    """A million ready rows, in COPY's own format, against one call that registers as many."""
    registry = await Registry.opened(stage, "tamga")
    gtin = registry.products("S", 1)[0]
    registry.register(gtin, "S", MILLION)
    async with stage.connected(PEER) as connection:
        await rows.create(connection, "ready")
        await rows.load(connection, "ready", rows.rows("S", MILLION))
        ready = await rows.ready_rows(connection, "ready")
        await rows.drop(connection, "ready")

        async def peer() -> float:
            await rows.create(connection, "codes")
            clock = Clock()
            await rows.copy_in(connection, "codes", ready)
            return clock.seconds

        async def ours() -> float:
            paths = [f"/batches/{uuid4()}" for _ in range(5)]
            order = registry.order(gtin, "S", MILLION)
            registry.caller.wake()
            clock = Clock()
            for path in paths:
                registry.caller.call("PUT", path, order)
            return clock.seconds / len(paths)

        duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
        await rows.drop(connection, "codes")
    return Measured(duel.times_quicker, duel.absolutes("seconds"))


async def register_download(stage: Stage, family: str) -> Measured:
    """From nothing to a million marking codes in the caller's hands."""
    registry = await Registry.opened(stage, "tamga")
    gtin = registry.products(family, 1)[0]
    registry.register(gtin, family, 1)
    async with stage.connected(PEER) as connection:

        async def peer() -> float:
            await rows.create(connection, "codes")
            clock = Clock()
            await rows.load(connection, "codes", rows.rows(family, MILLION))
            await copy_out(connection, family)
            return clock.seconds

        async def ours() -> float:
            registry.caller.wake()
            clock = Clock()
            batch = registry.register(gtin, family, MILLION)
            download(registry, f"/batches/{batch}/codes", family, MILLION)
            return clock.seconds

        duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
        await rows.drop(connection, "codes")
    return Measured(duel.times_quicker, duel.absolutes("seconds"))


async def copy_out(connection: asyncpg.Connection, family: str) -> None:
    query = MARKING_CODES.format(name="codes", tail=rows.tail(family))
    await connection.copy_from_query(query, output=rows.forget)


def download(registry: Registry, path: str, family: str, count: int) -> None:
    """Receive these codes and forget them; each line of a family has the same length."""
    expect(registry.caller.download(path), count * WIDTH[family])


async def register_download_1m_s(stage: Stage) -> Measured:
    return await register_download(stage, "S")


async def register_download_1m_l44(stage: Stage) -> Measured:
    return await register_download(stage, "L44")


async def stream(stage: Stage, family: str) -> Measured:
    """A registered batch streamed, against the plain loop that makes as many codes."""
    registry = await Registry.opened(stage, "tamga")
    batch = registry.batch(family, MILLION)

    async def peer() -> float:
        clock = Clock()
        made = "\n".join(rows.codes(family, MILLION)).encode()
        seconds = clock.seconds
        expect(len(made) + 1, MILLION * WIDTH[family])
        return seconds

    async def ours() -> float:
        registry.caller.wake()
        clock = Clock()
        download(registry, f"/batches/{batch}/codes", family, MILLION)
        return clock.seconds

    duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
    rates = {name: MILLION / seconds for name, seconds in duel.absolutes("codes_a_second").items()}
    return Measured(duel.times_quicker, rates)


async def stream_s(stage: Stage) -> Measured:
    return await stream(stage, "S")


async def stream_l44(stage: Stage) -> Measured:
    return await stream(stage, "L44")


async def stream_l88(stage: Stage) -> Measured:
    """A registered batch streamed, against nothing but its signatures."""
    registry = await Registry.opened(stage, "tamga")
    batch = registry.batch("L88", SIGNED)
    secret = bindings.crypto_sign_seed_keypair(rows.KEY)[1]
    head = f"tamga/code/v1\n{rows.KEY_ID}\n01{rows.GTIN}21{rows.STATE_DIGIT}"
    messages = [
        (head + "".join(random.choices(rows.ALPHABET, k=12))).encode() for _ in range(SIGNED)
    ]

    async def peer() -> float:
        sign = bindings.crypto_sign
        clock = Clock()
        for message in messages:
            sign(message, secret)
        return clock.seconds

    async def ours() -> float:
        registry.caller.wake()
        clock = Clock()
        download(registry, f"/batches/{batch}/codes", "L88", SIGNED)
        return clock.seconds

    duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
    rates = {name: SIGNED / seconds for name, seconds in duel.absolutes("codes_a_second").items()}
    return Measured(duel.times_quicker, rates)
