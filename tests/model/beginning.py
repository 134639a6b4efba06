"""What there is when a run begins: goods of all kinds, packed, in several hands, some on offer."""

from copy import deepcopy
from uuid import UUID

from domain.acceptance.answers import Acceptance
from domain.codes.orders import BatchOrder
from domain.lifecycle import rules
from domain.participants.actor import Actor
from domain.prints.orders import ByRun
from domain.vocabulary import Assurance
from tests.model.banning import BanningRules
from tests.model.machine import Picks
from tests.model.naive_custody import Answer, Offer
from tests.model.naive_packing import Load, Packing
from tests.model.naive_printing import Ordered
from tests.model.naive_things import Ban, NaiveLot, Named, Package, Transfer, Unit
from tests.model.packing import PackingRules, sscc
from tests.model.printing import PrintingRules
from tests.model.registering import RegisteringRules
from tests.model.trading import RECEIVERS, TradingRules
from tests.model.world import (
    BOX,
    CHOCOLATE,
    GIFT,
    HALVA,
    INSPECTORS,
    KEG,
    SCENT,
    SCENTS,
    SWEETS,
    TEMPLATES,
    TRADERS,
)

# GTIN, how many there are, how many of them were applied, and how many introduced.
STOCK = (
    (SWEETS, 40, 36, 32),
    (CHOCOLATE, 16, 15, 14),
    (BOX, 7, 7, 6),
    (GIFT, 5, 5, 5),
    (SCENT, 10, 10, 10),
    (SCENTS, 4, 4, 4),
    (KEG, 10, 9, 8),
    (HALVA, 14, 13, 12),
)
EVERYTHING = Picks(
    0,
    1,
    [],
    [],
    as_runs=True,
    bare=False,
    around=False,
    wild=False,
    again=False,
    stranger=False,
)
DAIRY, ALMATY, BREST = TRADERS


class Beginning(BanningRules, TradingRules, PrintingRules, PackingRules, RegisteringRules):
    """Done once; every run of the machine begins with a copy."""

    def begin(self) -> None:
        made = dict(self.made(*row) for row in STOCK)
        sweets, chocolate, scent = made[SWEETS], made[CHOCOLATE], made[SCENT]
        boxes, gifts, scents = made[BOX], made[GIFT], made[SCENTS]
        self.filled_up(boxes[0], sweets[:3])
        self.filled_up(boxes[1], sweets[3:6])
        self.filled_up(boxes[3], [*sweets[30:32], sweets[33]])
        self.filled_up(gifts[0], [sweets[6], chocolate[0]])
        self.filled_up(scents[0], scent[:2])
        self.filled_up(scents[1], scent[2:4])
        case = self.filled_up(None, [*sweets[7:10], chocolate[1]])
        other = self.filled_up(None, [boxes[0], *chocolate[2:5]])
        self.filled_up(None, [gifts[0], scents[0]], [case, other])
        last = self.filled_up(None, [*sweets[10:14], boxes[1]])
        store = self.filled_up(None, made[HALVA][:4], by=ALMATY)

        self.sold(ALMATY, [*sweets[14:18], scents[1], *chocolate[5:7]])
        self.sold(BREST, [*sweets[18:21], *made[KEG][:3], boxes[2]])
        self.sold(DAIRY, made[HALVA][4:6], by=ALMATY)
        self.offer_to(ALMATY, sweets[21:23], [last])
        self.offer_to(BREST, made[HALVA][6:8], [store], by=ALMATY)

        self.labelled(DAIRY, sweets[2:8])
        self.labelled(DAIRY, sweets[4:12], reason="jam")
        self.labelled(ALMATY, made[HALVA][:3])

        self.banned([*sweets[4:6], *sweets[24:26]])
        self.banned([sweets[5], *sweets[25:27]])
        self.banned(made[HALVA][1:2], by=INSPECTORS[0])
        self.world.keep()
        kept = ("naive", "batches", "code_at", "moments", "requests", "ssccs")
        type(self).begun = deepcopy({name: getattr(self, name) for name in kept})

    def banned(self, units: list[Unit], by: Actor = INSPECTORS[1]) -> None:
        """Units that an inspector has blocked."""
        ban, named = Ban(UUID(int=0), by.name, by.member_state), Named([], units, [])
        ban.units = frozenset(units)
        self.banned_by(by, ban, {"goods": self.goods(named, EVERYTHING)}, set())

    def labelled(self, by: Actor, units: list[Unit], reason: str | None = None) -> None:
        """Neighbours of one batch with their labels."""
        told = Ordered(by.name, run=units, reason=reason)
        self.perform_order(by, ByRun(units[0].batch, units[0].ordinal, len(units)), told)

    def made(
        self, gtin: str, quantity: int, applied: int, introduced: int
    ) -> tuple[str, list[Unit]]:
        """New goods; returns their GTIN with them."""
        actor = ALMATY if gtin == HALVA else DAIRY
        order = BatchOrder(gtin, quantity, actor.member_state, template=TEMPLATES[gtin])
        units = self.registered(actor, order, set())
        for step, count in ((rules.APPLY, applied), (rules.INTRODUCE, introduced)):
            self.step(actor, step, Named([], units[:count], []), EVERYTHING, lot=NaiveLot())
        return gtin, units

    def filled_up(
        self,
        label: Unit | None,
        units: list[Unit],
        packages: list[Package] | None = None,
        by: Actor = DAIRY,
    ) -> Package:
        """A new package with these goods in it."""
        self.ssccs += 1
        name = label.name if label else sscc(self.ssccs)
        load, named = Load(name, None, label), Named(units, [], packages or [])
        load.units, load.packages = units, list(named.packages)
        told = Packing([load], named._replace(packages=[]), by.name, move=False)
        self.perform_packing(by, told, [self.filling(load, named, EVERYTHING)])
        return self.naive.packages[-1]

    def offer_to(
        self, to: Actor, units: list[Unit], packages: list[Package] | None = None, by: Actor = DAIRY
    ) -> Transfer:
        """Goods on offer."""
        receiver, destination, address = RECEIVERS[to.name]
        named = Named(units, [], packages or [])
        asked = Offer("SALE", named, by.name, by.member_state, receiver, destination)
        self.offered(by, asked, address, EVERYTHING)
        return list(self.naive.transfers.values())[-1]

    def sold(self, to: Actor, units: list[Unit], by: Actor = DAIRY) -> None:
        """Goods that were offered, and accepted."""
        transfer = self.offer_to(to, units, by=by)
        given = Answer(transfer, None, [], to.name, to.member_state)
        self.accepted(given, Acceptance(None, Assurance.TRUSTING), to, set())
