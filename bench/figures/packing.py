"""A line's report of cases and pallets, and what is in a pallet."""

from collections.abc import Callable, Sequence

from bench import custody_rows, rows
from bench.custody import Market, line_report, new_ssccs, off_the_line, shuffled
from bench.custody_rows import FULL, HALF
from bench.figures.issuing import expect
from bench.figures.verifying import POOL
from bench.measured import Duel, Measured, Side
from bench.rows import MILLION, Clock
from bench.stage import PEER, Stage
from bench.wire import Caller

ROUNDS = 2
CASE, PALLET = 24, 40
PACKED = MILLION
PRINTED = MILLION + MILLION // 100  # some are rejected by the line
ON_PALLET, IN_CASE = 100_000, 20
CODE_BYTES = 32  # of a line with an identification code
STREAMS = 5
DATABASE = "packed"

Arranged = Callable[[Sequence[str]], Sequence[str]]


async def pack_1m(stage: Stage) -> Measured:
    """Units in the order in which they were printed; told beside it, in no order at all.

    In a registry of its own, so that nothing cleans up after three million units elsewhere.
    """
    market = await Market.opened(stage, DATABASE)
    caller = Caller(stage.serve_peer(POOL))
    gtin = market.registry.products("S", 1)[0]
    async with stage.connected(PEER) as connection:
        made = list(custody_rows.in_circulation("S", PRINTED))
        ready = await custody_rows.ready(connection, made)
        codes = off_the_line((rows.code_of("S", row) for row in made), PACKED)
        del made

        def peer(arranged: Arranged) -> Side:
            report, _ = line_report(arranged(codes), new_ssccs(), case=CASE, pallet=PALLET)

            async def packed() -> float:
                await custody_rows.make(connection, ready, fill=HALF)
                caller.wake("/ready")
                clock = Clock()
                caller.put_file("/packings", report, "text/plain")
                return clock.seconds

            return packed

        printed = await Duel().fight(ROUNDS, peer=peer(list), ours=packing(market, gtin, list))
        mixed = await Duel().fight(1, peer=peer(shuffled), ours=packing(market, gtin, shuffled))
        await custody_rows.drop(connection)
    caller.close()
    market.close()
    await market.registry.close()
    told = {f"{name}_shuffled": value for name, value in mixed.absolutes("seconds").items()}
    return Measured(printed.times_quicker, printed.absolutes("seconds") | told)


def packing(market: Market, gtin: str, arranged: Arranged) -> Side:
    """Our side: the report of a new batch, read, packed and answered."""
    registry = market.registry

    async def packed() -> float:
        batch = registry.register(gtin, "S", PRINTED)
        registry.circulate(batch, PRINTED)
        codes = off_the_line(registry.codes(batch, 0, PRINTED), PACKED)
        report, _ = line_report(arranged(codes), market.ssccs, case=CASE, pallet=PALLET)
        market.wake()
        clock = Clock()
        answer = market.producer.pack(report)
        seconds = clock.seconds
        expect(answer["units"], PACKED)
        return seconds

    return packed


async def contents(stage: Stage) -> Measured:
    """All codes of a pallet; the peer's as they come, and told beside it, by its index."""
    market = await Market.opened(stage, "tamga")
    registry, units = market.registry, ON_PALLET + ON_PALLET // 100
    batch = registry.batch("S", units)
    registry.circulate(batch, units)
    codes = off_the_line(registry.codes(batch, 0, units), ON_PALLET)
    report, [pallet] = line_report(codes, market.ssccs, case=IN_CASE, pallet=ON_PALLET // IN_CASE)
    market.producer.pack(report)

    caller = Caller(stage.serve_peer(POOL))
    async with stage.connected(PEER) as connection:
        made = list(custody_rows.in_circulation("S", MILLION))
        await custody_rows.make(connection, await custody_rows.ready(connection, made), fill=FULL)
        found = off_the_line((rows.code_of("S", row) for row in made), ON_PALLET)
        report, [other] = line_report(found, new_ssccs(), case=IN_CASE, pallet=len(found))
        caller.put_file("/packings", report, "text/plain")
        await connection.execute("VACUUM ANALYZE goods")

        ours = streaming(market.producer.caller, f"/packages/{pallet}/codes?format=text")
        some = streaming(caller, f"/rows/{ON_PALLET}")
        duel = await Duel().fight(STREAMS, peer=some, ours=ours)
        indexed = [await streaming(caller, f"/packages/{other}/codes")() for _ in range(STREAMS)]
        await custody_rows.drop(connection)
    caller.close()
    told = {"peer_codes_a_second_by_parent": max(indexed)}
    return Measured(duel.share, duel.absolutes("codes_a_second") | told)


def streaming(caller: Caller, path: str) -> Side:
    async def streamed() -> float:
        clock = Clock()
        received = caller.download(path)
        seconds = clock.seconds
        expect(received, ON_PALLET * CODE_BYTES)
        return ON_PALLET / seconds

    return streamed
