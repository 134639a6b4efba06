"""The history of units that travelled in packages."""

from urllib.parse import quote

from bench.custody import Market, identification_code, line_report, off_the_line
from bench.figures.issuing import expect
from bench.figures.verifying import SECONDS, endless, route
from bench.measured import Duel, Measured, Side
from bench.registry import LOT, scan
from bench.rows import GTIN
from bench.stage import Stage
from bench.wire import drive, request

ROUNDS = 5
CASE, PALLET, PALLETS = 24, 40, 20
UNITS = CASE * PALLET * PALLETS
EVENTS = 30


async def history_deep(stage: Stage) -> Measured:
    """One question after another about units of twenty pallets, against one row by its key."""
    market = await Market.opened(stage, "tamga")
    codes = travelled(market)
    told = market.buyer.caller.call("POST", "/history", {"code": codes[0]})
    expect(len(told["events"]), EVENTS)
    port, serials = await route(stage)
    asked = [request("GET", f"/codes/{GTIN}/{quote(serial, safe='')}") for serial in serials]
    sent = [market.buyer.request("POST", "/history", scan(code)) for code in codes]

    def side(at: int, load: list[bytes]) -> Side:
        async def answered() -> float:
            return 1 / await drive(at, endless(load), connections=1, seconds=SECONDS)

        return answered

    ours = side(market.registry.port, sent)
    duel = await Duel().fight(ROUNDS, peer=side(port, asked), ours=ours)
    return Measured(duel.share, duel.absolutes("seconds"))


def travelled(market: Market) -> list[str]:
    """Units to which thirty things happened: alone, in cases, on pallets and in a container."""
    registry, producer = market.registry, market.producer
    spare = UNITS + UNITS // 100
    batch = registry.batch("S", spare)
    registry.circulate(batch, spare)
    registry.report("lots", batch, 0, spare, lot=LOT | {"lot_number": "L-2"})
    printed = registry.codes(batch, 0, spare)
    codes = off_the_line(map(identification_code, printed), UNITS)
    report, pallets = line_report(codes, market.ssccs, case=CASE, pallet=PALLET)
    by_case, by_pallet = parts_of(report, pallets)
    producer.pack(by_case)
    producer.pack(by_pallet)
    for _ in range(2):
        container = next(market.ssccs)
        producer.pack_packages(container, pallets)
        market.hand_over(market.there_and_back({"packages": [container]}) * 2)
        producer.unpack([container])
    market.hand_over(market.there_and_back({"packages": pallets})[:1])
    market.buyer.unpack(pallets)
    market.buyer.unpack([line.partition("\t")[2] for line in by_pallet.decode().split("\n")[:-1]])
    return codes


def parts_of(report: bytes, pallets: list[str]) -> tuple[bytes, bytes]:
    """The lines of a report that pack cases, and those that pack pallets."""
    known = {sscc.encode() for sscc in pallets}
    by_case: list[bytes] = []
    by_pallet: list[bytes] = []
    for line in report.splitlines(keepends=True):
        (by_pallet if line[:18] in known else by_case).append(line)
    return b"".join(by_case), b"".join(by_pallet)
