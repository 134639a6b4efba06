"""Rules: codes are registered, applied, introduced, cancelled, and told of lots."""

from datetime import date
from functools import partial as later
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.codes import actions as codes
from domain.codes.orders import BatchOrder, LotData, OwnCode
from domain.delivery import actions as delivery
from domain.delivery.forms import Form
from domain.lifecycle import actions as lifecycle
from domain.lifecycle import rules
from domain.lifecycle.told import Told
from domain.participants.actor import Actor
from domain.vocabulary import Emission
from tests.model import naive_steps
from tests.model.machine import ANY_TRADER, PICKS, PLACES, Machine, Picks, seldom
from tests.model.naive_things import Judged, NaiveLot, Named, Unit
from tests.model.world import (
    BY,
    GROUPS,
    HALVA,
    KZ,
    SWEETS,
    TEMPLATES,
    TRADERS,
)

STEPS = {one.verb: one for one in (rules.APPLY, rules.INTRODUCE, rules.CANCEL, rules.GIVE_LOT)}
SERIALS = st.text("ABCab12!\"%&'()", min_size=5, max_size=5).map(lambda rest: "2" + rest)
DAY, LATER, LAST = date(2026, 11, 1), date(2026, 11, 20), date(2026, 12, 1)
LOTS = {
    "no lot": NaiveLot(),
    "L1": NaiveLot("L1"),
    "L2": NaiveLot("L2", DAY),
    "produced": NaiveLot(None, LATER),
    "best before": NaiveLot(None, None, LAST),
    "L1 in full": NaiveLot("L1", DAY, LAST),
}
OWN = "own serials"
DOCUMENTS = {
    "produced_on": "2026-11-01",
    "primary_document_number": "7",
    "primary_document_date": "2026-11-01",
}


class RegisteringRules(Machine):
    """Where codes begin, and how far they have come."""

    @rule(
        gtin=st.sampled_from((*GROUPS, OWN)),
        abroad=seldom(),
        quantity=st.integers(1, 20),
        lot=st.sampled_from(list(LOTS)),
        serials=st.lists(SERIALS, min_size=1, max_size=6, unique=True),
    )
    def register(self, gtin, abroad, quantity, lot, serials):
        if gtin == OWN:
            self.register_own(tuple(map(OwnCode, serials)))
            return
        actor = TRADERS[1 if gtin == HALVA else 0]
        abroad = abroad and GROUPS[gtin] != "nabeer"
        order = BatchOrder(
            gtin,
            quantity,
            (KZ if actor.member_state is BY else BY) if abroad else actor.member_state,
            Emission.CROSS_BORDER if abroad else Emission.PRODUCTION,
            TEMPLATES[gtin],
            lot=LotData(*LOTS[lot]) if any(LOTS[lot]) else None,
        )
        self.registered(actor, order, set())

    def register_own(self, own: tuple[OwnCode, ...]) -> None:
        """Serials that the participant made itself."""
        order = BatchOrder(SWEETS, len(own), BY, template=TEMPLATES[SWEETS], own=own)
        known = {name[18:] for name in self.naive.units if name[2:16] == SWEETS}
        taken = known & {code.serial for code in own}
        self.registered(TRADERS[0], order, {"serial-already-issued"} if taken else set())

    def registered(self, actor: Actor, order: BatchOrder, faults: set[str]) -> list[Unit]:
        """Register; returns the new units."""
        request = self.request(actor)
        asked = (self.world.database, request, order)
        story = later(codes.register, *asked, actor=actor, keyring=self.world.keyring)
        answer = self.do(story, faults)
        if answer is None:
            return []
        text = self.run(self.text_of(request.id, actor))
        lines = text.decode().removesuffix("\n").split("\n")
        assert len(lines) == order.quantity
        lot = NaiveLot(*order.lot[:3]) if order.lot else NaiveLot()
        units = [
            Unit(
                code,
                request.id,
                ordinal,
                order.gtin,
                GROUPS[order.gtin],
                order.member_state,
                actor.name,
                actor.name,
                actor.member_state,
                lot,
            )
            for ordinal, code in enumerate(lines)
        ]
        assert not self.naive.units.keys() & {unit.name for unit in units}
        if order.own:
            assert [unit.name[18:] for unit in units] == [code.serial for code in order.own]
        self.naive.units |= {unit.name: unit for unit in units}
        assert len(self.naive.units) == len(self.code_at) + len(units)
        self.batches.append(units)
        self.find_places()
        self.naive.touch(*units)
        self.naive.happened(self.note(answer), "REGISTERED", actor.name)
        self.compare()
        return units

    async def text_of(self, batch: Any, actor: Actor) -> bytes:
        found = await delivery.prepare(
            self.world.database, batch, actor=actor, keyring=self.world.keyring
        )
        return b"".join([part async for part in delivery.stream(found, Form.TEXT)])

    def find_places(self) -> None:
        """Which number has which code: what the naive registry knows nothing of."""
        batches = {units[0].batch: units for units in self.batches}
        for series, first, last, ordinal, batch in self.world.execute(PLACES):
            for number in range(first, last + 1):
                unit = batches[batch][ordinal + number - first]
                self.code_at[series, number] = unit.name

    @rule(
        verb=st.sampled_from(list(STEPS)),
        who=ANY_TRADER,
        picks=PICKS,
        partial=st.booleans(),
        dry_run=seldom(),
        lot=st.sampled_from(list(LOTS)),
    )
    def take_a_step(self, verb, who, picks, partial, dry_run, lot):  # noqa: PLR0913, PLR0917
        step, actor = STEPS[verb], self.trader(who)
        mine = [unit for unit in self.naive.units.values() if unit.holder == actor.name]
        starts = naive_steps.STARTS[verb]
        fitting = [unit for unit in mine if unit.status in starts and not unit.transfer]
        held = [one for one in self.naive.transports() if self.naive.held_by(one) == actor.name]
        if step in {rules.APPLY, rules.CANCEL}:
            held = []
        named = self.pick(picks, fitting or mine, held)
        self.step(actor, step, named, picks, partial=partial, dry_run=dry_run, lot=LOTS[lot])

    def step(  # noqa: PLR0913
        self,
        actor: Actor,
        step: rules.Step,
        named: Named,
        picks: Picks,
        *,
        partial: bool = False,
        dry_run: bool = False,
        lot: NaiveLot,
    ) -> None:
        if step is rules.GIVE_LOT:
            lot = lot._replace(lot_number=lot.lot_number or "L3")
        told = Told(
            lot=LotData(*lot) if any(lot) else None,
            documents=DOCUMENTS,
            partial=partial,
            dry_run=dry_run,
        )
        asked = (self.world.database, self.request(actor), step, self.goods(named, picks), told)
        home = actor.member_state
        judged = naive_steps.judge(self.naive, step.verb, named, actor.name, home)
        self.take(asked, actor, judged, named, told)

    def take(
        self, asked: tuple[Any, ...], actor: Actor, judged: Judged, named: Named, told: Told
    ) -> None:
        hard = naive_steps.hard_faults(self.naive, asked[2].verb, named, actor.name)
        faults = self.faults(judged, hard, partial=told.partial, dry_run=told.dry_run)
        story = later(lifecycle.take_step, *asked, actor=actor, keyring=self.world.keyring)
        answer = self.do(story, faults)
        if answer is None:
            return
        self.check_told(answer, judged, named)
        if not told.dry_run:
            lot = NaiveLot(*told.lot[:3]) if told.lot else NaiveLot()
            event, home = self.note(answer), actor.member_state
            naive_steps.take(self.naive, asked[2].verb, judged.good, event, home, lot)
        self.compare()
