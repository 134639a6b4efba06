"""Offers and their acceptance: a pallet beside a case, and loose units beside rows."""

import json
import random
from collections.abc import Iterator

from bench import custody_rows
from bench.custody import (
    Market,
    identification_code,
    line_report,
    off_the_line,
    offer_of,
    shuffled,
)
from bench.custody_rows import ROOMY
from bench.figures.issuing import expect
from bench.figures.verifying import POOL
from bench.measured import Duel, Measured, Side
from bench.rows import MILLION, Clock
from bench.stage import PEER, Stage
from bench.wire import JSON, Caller
from domain.standards.member_state import MemberState

ROUNDS = 5
HANDOVERS = 10
PRODUCTS, OF_PRODUCT = 10, 10_000
IN_CASE, SMALL_CASE = 20, 10
LOOSE = 30_000


async def pallet_100k(stage: Stage) -> Measured:
    """Dairy and apparel of ten products and batches, over the border and back again.

    Both cross the same border with the same checks; goods of two groups take two roads.
    """
    market = await Market.opened(stage, "tamga", MemberState.BY)
    pallet, case = mixed_pallet(market), small_case(market)

    def side(package: str) -> Side:
        offers = market.there_and_back({"packages": [package]}) * (HANDOVERS // 2)

        async def handed() -> float:
            market.wake()
            clock = Clock()
            market.hand_over(offers)
            return clock.seconds / HANDOVERS

        return handed

    duel = await Duel().fight(ROUNDS, peer=side(case), ours=side(pallet))
    found = duel.absolutes("seconds")
    return Measured(
        duel.share,
        {"seconds_of_a_pallet": found["our_seconds"], "seconds_of_a_case": found["peer_seconds"]},
    )


def mixed_pallet(market: Market) -> str:
    """Cases of one product each on one pallet, half of them dairy, half apparel."""
    codes = [
        code
        for number in range(PRODUCTS)
        for code in printed(market, "milk" if number % 2 else "apparel", OF_PRODUCT)
    ]
    report, [pallet] = line_report(codes, market.ssccs, case=IN_CASE, pallet=len(codes))
    expect(market.producer.pack(report)["units"], PRODUCTS * OF_PRODUCT)
    return pallet


def small_case(market: Market) -> str:
    sscc = next(market.ssccs)
    codes = printed(market, "milk", SMALL_CASE)
    market.producer.pack("".join(f"{sscc}\t{code}\n" for code in codes).encode())
    return sscc


def printed(market: Market, family: str, units: int) -> list[str]:
    """Codes of a new batch that is in circulation."""
    registry, spare = market.registry, units // 100 + 10
    batch = registry.batch(family, units + spare)
    registry.circulate(batch, units + spare)
    return off_the_line(registry.codes(batch, 0, units + spare), units)


async def loose_30k(stage: Stage) -> Measured:
    """Units from all over a batch of a million, named one by one."""
    market = await Market.opened(stage, "tamga")
    caller = Caller(stage.serve_peer(POOL))
    gtin = market.registry.products("S", 1)[0]
    async with stage.connected(PEER) as connection:
        made = list(custody_rows.in_circulation("S", MILLION))
        ready = await custody_rows.ready(connection, made)
        await custody_rows.make(connection, ready, fill=ROOMY)
        bodies = requests([f"01{row[6]}21{row[7]}" for row in made])
        del made

        async def peer() -> float:
            body = next(bodies)
            caller.wake("/ready")
            clock = Clock()
            transfer = json.loads(caller.send("PUT", "/transfers", body, JSON))["transfer"]
            answer = caller.call("PUT", f"/transfers/{transfer}/acceptance", {})
            seconds = clock.seconds
            expect(answer["accepted"], LOOSE)
            return seconds

        parts: list[tuple[float, float]] = []

        async def ours() -> float:
            parts.append(handed_over(market, gtin))
            return sum(parts[-1])

        duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
        await custody_rows.drop(connection)
    caller.close()
    told = {"our_seconds_to_offer": min(part[0] for part in parts)}
    return Measured(duel.share, duel.absolutes("seconds") | told)


def requests(codes: list[str]) -> Iterator[bytes]:
    """The peer's offers of scattered units, none twice."""
    order = shuffled(codes)
    for first in range(0, len(order), LOOSE):
        yield json.dumps({"codes": order[first : first + LOOSE]}).encode()


def handed_over(market: Market, gtin: str) -> tuple[float, float]:
    """Scattered units of a new batch; seconds to offer and to accept them."""
    registry = market.registry
    batch = registry.register(gtin, "S", MILLION)
    registry.circulate(batch, MILLION)
    codes = random.Random(LOOSE).sample(registry.codes(batch, 0, MILLION), LOOSE)
    offer = offer_of({"codes": list(map(identification_code, codes))}, market.buyer)
    market.wake()
    clock = Clock()
    transfer = market.producer.offer(offer)
    offered = clock.seconds
    expect(market.buyer.accept(transfer)["accepted"], LOOSE)
    return offered, clock.seconds - offered
