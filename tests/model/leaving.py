"""Rules: goods are withdrawn and restored by their holder's word, sold and returned by receipts."""

from datetime import UTC, date, datetime
from functools import partial as later
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.catalogue.documents import Document, DocumentKind
from domain.participants.actor import Actor
from domain.receipts import actions as receipts
from domain.receipts.rules import Receipt, Share
from domain.standards.member_state import MemberState
from domain.vocabulary import ReceiptKind
from domain.withdrawal import actions as withdrawal
from domain.withdrawal.told import Parts, Restoration, Told, Withdrawal
from tests.model import naive_leaving
from tests.model.machine import ANY_TRADER, NEVER_ISSUED, PICKS, SOME, Machine, Picks, seldom
from tests.model.naive_leaving import REASONS, Item, Leaving
from tests.model.naive_things import Unit
from tests.model.world import KEG

PAPER = Document(DocumentKind.OTHER, "4", date(2026, 11, 1), "Order")
ISSUED_AT = datetime(2026, 11, 15, tzinfo=UTC)
TILLS = ("1", "2")


class Bill(NamedTuple):
    """A receipt of a call: units by their places, whether as a share, and its number."""

    number: int
    is_sale: bool
    at: int
    units: int
    parts: int | None
    is_full: bool
    stranger: bool
    is_distant: bool


BILLS = st.builds(
    Bill,
    number=st.integers(0, 40),
    is_sale=st.sampled_from((True, True, False)),
    at=SOME,
    units=st.integers(1, 3),
    parts=st.sampled_from((None, None, 1, 2)),
    is_full=st.booleans(),
    stranger=seldom(),
    is_distant=seldom(),
)


class LeavingRules(Machine):
    """How far goods have gone."""

    @rule(
        who=ANY_TRADER,
        reason=st.sampled_from(list(REASONS)),
        destination=st.sampled_from((MemberState.KZ, MemberState.KG, MemberState.BY)),
        parts=st.sampled_from((None, None, None, (1, 3), (2, 3), (1, 2))),
        picks=PICKS,
        partial=st.booleans(),
        dry_run=seldom(),
    )
    def withdraw(self, who, reason, destination, parts, picks, partial, dry_run):  # noqa: PLR0913, PLR0917
        actor = self.trader(who)
        is_export = reason == "EXPORT_TO_MEMBER_STATE"
        destination = destination if is_export != picks.wild else None
        mine = [unit for unit in self.naive.units.values() if unit.holder == actor.name]
        fitting = [unit for unit in mine if unit.status in REASONS[reason].starts_from]
        if parts and not picks.wild:
            fitting = [unit for unit in fitting if unit.gtin == KEG]
        roots = [one for one in self.naive.transports() if one.parent is None]
        held = [one for one in roots if self.naive.held_by(one) == actor.name and not parts]
        named = self.pick(picks, fitting or mine, held)
        told = Told(partial=partial, dry_run=dry_run)
        asked = Leaving(named, actor.name, actor.member_state, reason, destination, parts)
        order = Withdrawal(reason, PAPER, destination, Parts(*parts) if parts else None, told)
        self.performed(withdrawal.withdraw, asked, order, actor, picks)

    @rule(
        who=ANY_TRADER,
        picks=PICKS,
        corrects=st.none() | SOME,
        partial=st.booleans(),
        dry_run=seldom(),
    )
    def restore(self, who, picks, corrects, partial, dry_run):
        actor = self.trader(who)
        mine = [unit for unit in self.naive.units.values() if unit.holder == actor.name]
        gone = [unit for unit in mine if unit.status == "WITHDRAWN"]
        held = [
            one
            for one in self.naive.transports()
            if self.naive.held_by(one) == actor.name
            and any(unit.status == "WITHDRAWN" for unit in self.naive.inside(one))
        ]
        named = self.pick(picks, gone or mine, held)
        events = [moment.event for unit in named.units for moment in unit.history[-2:]]
        event = events[corrects % len(events)] if events and corrects is not None else None
        asked = Leaving(named, actor.name, actor.member_state, corrects=event)
        told = Restoration(PAPER, event, Told(partial=partial, dry_run=dry_run))
        self.performed(withdrawal.restore, asked, told, actor, picks)

    def performed(
        self,
        verb: Any,
        asked: Leaving,
        told: Withdrawal | Restoration,
        actor: Actor,
        picks: Picks,
    ) -> None:
        asked.open(self.naive)
        hard, judged = asked.early_faults(self.naive), asked.judge(self.naive)
        how = {"partial": told.told.partial, "dry_run": told.told.dry_run}
        faults = self.faults(judged, hard, **how)
        if not faults:
            faults = asked.late_faults(self.naive, judged.good)
        goods, request = self.goods(asked.named, picks), self.request(actor)
        story = later(verb, self.world.database, request, goods, told)
        answer = self.do(later(story, actor=actor, keyring=self.world.keyring), faults)
        if answer is None:
            return
        assert answer["units"] == len(judged.good)
        self.check_told(answer, judged, asked.named)
        if not told.told.dry_run:
            asked.happen(self.naive, judged.good, self.note(answer))
        self.compare()

    @rule(who=ANY_TRADER, bills=st.lists(BILLS, min_size=1, max_size=4))
    def send_receipts(self, who, bills):
        """Whoever the goods are, and however they stand."""
        actor = self.trader(who)
        told = [self.billed(bill, actor) for bill in bills]
        real = [self.printed(bill, one) for bill, one in zip(bills, told, strict=True)]
        asked = (self.world.database, self.request(actor), real)
        story = later(receipts.record, *asked, actor=actor, keyring=self.world.keyring)
        answer = self.do(lambda: self.without_failures(story), set())
        assert answer is not None
        for receipt, one, found in zip(real, told, answer["receipts"], strict=True):
            self.check_receipt(actor, receipt, one, found)
        self.compare()

    @staticmethod
    async def without_failures(story: Any) -> tuple[dict[str, Any], bool]:
        answer, is_new, _ = await story()
        return answer, is_new

    def check_receipt(
        self, actor: Actor, real: Receipt, one: naive_leaving.Receipt, found: dict[str, Any]
    ) -> None:
        """What became of a receipt; one till prints each number once."""
        key, said = (actor.name, *real.key), real.digest
        if key in self.receipts:
            assert found["outcome"] == ("repeated" if self.receipts[key] == said else "conflict")
        elif one.is_refused():
            assert found["outcome"] == "refused"
        else:
            assert found["outcome"] == "recorded"
            self.receipts[key] = said
            names_any = any(item.unit for item in one.items)
            assert (found["event"] is not None) == names_any
            units = 0
            if names_any:
                units = one.happen(self.naive, found["event"])
                [(recorded_at,)] = self.world.execute(RECORDED, found["event"])
                self.moments[found["event"]] = recorded_at
            assert found["units"] == units
            strangers = sum(item.unit is None for item in one.items)
            assert len(found.get("not_recognised", ())) == strangers

    def billed(self, bill: Bill, actor: Actor) -> naive_leaving.Receipt:
        """What is on a receipt: what the seller has on most, sold before on most returns."""
        every = list(self.naive.units.values())
        mine = [unit for unit in every if unit.holder == actor.name]
        status = "IN_CIRCULATION" if bill.is_sale else "WITHDRAWN"
        likely = [unit for unit in mine if unit.status == status]
        pool = every if bill.stranger else likely or mine or every
        start = bill.at % len(pool)
        items = [Item(unit, self.share(unit, bill)) for unit in pool[start : start + bill.units]]
        items += [Item(None)] if bill.stranger else []
        reason = "DISTANCE_SALE" if bill.is_distant else "RETAIL"
        return naive_leaving.Receipt(bill.is_sale, reason, items, actor.name, bill.is_full)

    @staticmethod
    def share(unit: Unit, bill: Bill) -> tuple[int, int] | None:
        """Of kegs parts are sold; of other things no till sells them."""
        return (bill.parts, 3) if bill.parts and (unit.gtin == KEG or bill.stranger) else None

    @staticmethod
    def printed(bill: Bill, told: naive_leaving.Receipt) -> Receipt:
        codes = [
            NEVER_ISSUED if one.unit is None else one.unit.code if told.is_full else one.unit.name
            for one in told.items
        ]
        shares = {at: Share(*one.share) for at, one in enumerate(told.items) if one.share}
        return Receipt(
            TILLS[bill.number % len(TILLS)],
            str(bill.number),
            ReceiptKind.SALE if bill.is_sale else ReceiptKind.RETURN,
            ISSUED_AT,
            codes,
            shares,
            bill.is_distant,
        )


RECORDED = "SELECT recorded_at FROM events WHERE id = $1"
