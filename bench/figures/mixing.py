"""Shops, packers and carriers at once, and everybody who scans."""

import json
import random
from collections.abc import Iterator, Sequence
from itertools import count, islice
from uuid import uuid4

from bench.custody import (
    ACCEPTED,
    Market,
    identification_code,
    line_report,
    off_the_line,
    offer_of,
    receipt,
    shuffled,
)
from bench.figures.issuing import Unexpected
from bench.figures.verifying import CONNECTIONS, SHUFFLED
from bench.load import Load, Tally, keep_busy
from bench.measured import Measured
from bench.registry import scan
from bench.rows import MILLION
from bench.stage import Stage
from bench.wire import request

DATABASE = "mixed"
ALONE_SECONDS, SECONDS = 20.0, 60.0
VERIFY, SELL, PACK, HAND_OVER = "verify", "sale", "packing", "transfer"
SHARES = {VERIFY: 70, SELL: 15, PACK: 10, HAND_OVER: 5}
ON_RECEIPT, IN_CASE, ON_PALLET = 3, 24, 2
PALLETS = 4_000
SCANNED = 20_000


class Supply:
    """What the clients share: goods of three products to sell, to pack and to hand over."""

    def __init__(self, market: Market) -> None:
        self.market = market
        registry = market.registry
        codes = []
        for gtin in registry.products("S", 3):
            batch = registry.register(gtin, "S", MILLION)
            registry.circulate(batch, MILLION)
            codes.append(registry.codes(batch, 0, MILLION))
        loose, printed, packed = codes
        found = random.Random(SHUFFLED).sample([*loose, *printed, *packed], SCANNED)
        self.scans = [request("POST", "/verify", scan(code)) for code in found]
        self.chance = random.Random(SHUFFLED)
        self.sold = iter(shuffled(loose))
        self.tills = count(1)
        each = MILLION // CONNECTIONS
        self.lines = (printed[at : at + each] for at in range(0, MILLION, each))
        self.offers = self.packed(off_the_line(packed, PALLETS * ON_PALLET * IN_CASE))

    def verifying(self) -> Load:
        """What a client does that only scans."""
        while True:
            yield VERIFY, self.chance.choice(self.scans)

    def mixed(self) -> Load:
        """What a client does that does everything, at a till and a line of its own.

        Every other transfer accepts what it offered last.
        """
        producer, buyer = self.market.producer, self.market.buyer
        sales, offered = self.sales(f"{next(self.tills):016}"), None
        packings = self.cases(off_the_line(next(self.lines), MILLION))
        kinds, weights = list(SHARES), list(SHARES.values())
        while True:
            doing = self.chance.choices(kinds, weights)[0]
            if doing == VERIFY:
                yield doing, self.chance.choice(self.scans)
            elif doing == SELL:
                yield doing, next(sales)
            elif doing == PACK:
                yield doing, next(packings)
            elif offered is None:
                offered = uuid4()
                yield doing, producer.request("PUT", f"/transfers/{offered}", next(self.offers))
            else:
                path = f"/transfers/{offered}/acceptances/{uuid4()}"
                offered = None
                yield doing, buyer.request("PUT", path, ACCEPTED)

    def sales(self, till: str) -> Iterator[bytes]:
        while True:
            told = {"receipts": [receipt(list(islice(self.sold, ON_RECEIPT)), till)]}
            body = json.dumps(told).encode()
            yield self.market.producer.request("PUT", f"/receipts/{uuid4()}", body)

    def cases(self, codes: Sequence[str]) -> Iterator[bytes]:
        for at in range(0, len(codes), IN_CASE):
            inside = [identification_code(code) for code in codes[at : at + IN_CASE]]
            told = {"packages": [{"sscc": next(self.market.ssccs), "contents": {"codes": inside}}]}
            body = json.dumps(told).encode()
            yield self.market.producer.request("PUT", f"/packings/{uuid4()}", body)

    def packed(self, codes: Sequence[str]) -> Iterator[bytes]:
        """Offers of one pallet each; all pallets are packed before."""
        report, pallets = line_report(codes, self.market.ssccs, case=IN_CASE, pallet=ON_PALLET)
        self.market.producer.pack(report)
        return iter([offer_of({"packages": [one]}, self.market.buyer) for one in pallets])


async def mixed(stage: Stage) -> Measured:
    """A minute of everything, after scans alone; what went wrong, and what the doctor finds."""
    market = await Market.opened(stage, DATABASE)
    supply, port = Supply(market), market.registry.port
    alone = await keep_busy(port, supply.verifying, clients=CONNECTIONS, seconds=ALONE_SECONDS)
    both = await keep_busy(port, supply.mixed, clients=CONNECTIONS, seconds=SECONDS)
    market.close()
    faults = stage.examine(DATABASE)
    await market.registry.close()
    if alone.errors:
        raise Unexpected(alone.errors[0])
    told = {"errors": len(both.errors), "faults_found_by_the_doctor": len(faults)}
    return Measured(len(both.errors) + len(faults), told | speeds(both, alone))


def speeds(both: Tally, alone: Tally) -> dict[str, float]:
    return {
        "requests_a_second": both.rate,
        "verify_alone_requests_a_second": alone.rate,
        "p99_ms": 1000 * both.p99(),
        "verify_alone_p99_ms": 1000 * alone.p99(),
        **{f"{doing}_p99_ms": 1000 * both.p99(doing) for doing in SHARES},
    }
