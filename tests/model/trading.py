"""Rules: goods are offered, accepted, rejected, taken back, and given back when an offer lapses."""

from collections.abc import Callable
from datetime import date
from functools import partial as later
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.acceptance import actions as acceptance
from domain.acceptance.answers import Acceptance, Cancellation, Rejection
from domain.catalogue.documents import Document, DocumentKind
from domain.custody import actions as custody
from domain.custody.offers import Offer, Receiver
from domain.deadlines import actions as deadlines
from domain.participants.actor import Actor
from domain.standards.member_state import MemberState
from domain.vocabulary import Assurance, TransferKind
from tests.model import naive_custody
from tests.model.machine import ANY_TRADER, PICKS, SOME, Machine, Picks, seldom
from tests.model.naive_things import Named, Transfer
from tests.model.world import BY_NAME, TRADERS

PAPER = Document(DocumentKind.CONSIGNMENT_NOTE, "17", date(2026, 11, 1))
# Whom goods are offered to: who trades, and tax ids that nobody has registered yet.
RECEIVERS = {
    **{actor.name: (actor.name, actor.member_state, Receiver(actor.uuid)) for actor in TRADERS},
    "Astana store": (None, MemberState.KZ, Receiver(None, MemberState.KZ, "100000030013")),
    "Osh store": (None, MemberState.KG, Receiver(None, MemberState.KG, "12345678901234")),
}
KINDS = [kind.value for kind in TransferKind]
OTHERS = {actor.name: [other.name for other in TRADERS if other is not actor] for actor in TRADERS}
NOTHING = Named([], [], [])
ITS_OWN = len(TRADERS)  # who answers: the side whose it is to answer
WHO = st.sampled_from((*[ITS_OWN] * 9, *range(len(TRADERS))))
REPORTED = "SELECT id FROM events WHERE request_id = $1 AND kind = 'DISCREPANCY_REPORTED'"
LAPSE = "UPDATE transfers SET expires_at = clock_timestamp() WHERE uuid = $1 RETURNING expires_at"


class TradingRules(Machine):
    """Who has what, and where it is in turnover."""

    @rule(
        who=ANY_TRADER,
        to=st.sampled_from((0, 0, 0, 1, 1, 1, *RECEIVERS)),
        kind=st.sampled_from((*KINDS, "SALE", "MOVEMENT")),
        picks=PICKS,
        partial=st.booleans(),
        dry_run=seldom(),
    )
    def offer(self, who, to, kind, picks, partial, dry_run):  # noqa: PLR0913, PLR0917
        actor = self.trader(who)
        receiver, destination, address = RECEIVERS[OTHERS[actor.name][to] if to in {0, 1} else to]
        asked = naive_custody.Offer(
            kind, NOTHING, actor.name, actor.member_state, receiver, destination
        )
        units = [
            unit
            for unit in self.naive.units.values()
            if unit.holder == actor.name
            and unit.parent is None
            and unit.status in asked.fitting(unit.group)
        ]
        roots = [one for one in self.naive.transports() if one.parent is None]
        mine = [one for one in roots if self.naive.held_by(one) == actor.name]
        asked.named = self.pick(picks, units, mine)
        self.offered(actor, asked, address, picks, partial=partial, dry_run=dry_run)

    def offered(  # noqa: PLR0913
        self,
        actor: Actor,
        asked: naive_custody.Offer,
        address: Receiver,
        picks: Picks,
        *,
        partial: bool = False,
        dry_run: bool = False,
    ) -> None:
        named = asked.named
        judged = asked.judge(self.naive)
        hard = asked.faults(self.naive, judged)
        is_enough = dry_run or (partial and (judged.good or named.packages))
        faults = hard and hard | judged.faults
        faults = faults or (set() if is_enough else judged.faults)
        goods, request = self.goods(named, picks), self.request(actor)
        order = Offer(
            TransferKind(asked.kind), address, goods, (PAPER,), partial=partial, dry_run=dry_run
        )
        story = later(custody.offer_goods, self.world.database, request, order)
        offered = asked.units(self.naive, judged)
        answer = self.do(later(story, actor=actor, keyring=self.world.keyring), faults)
        if answer is None:
            return
        self.check_told(answer, judged, named)
        assert (answer["units"], answer["packages"]) == (len(offered), len(named.packages))
        if not dry_run:
            transfer = Transfer(request.id, actor.name, asked.receiver, len(offered))
            asked.happen(self.naive, judged, transfer, self.note(answer))
        self.compare()

    # Answers

    def waiting(self) -> list[Transfer]:
        """The open transfers, those that somebody can answer first."""
        found = [one for one in self.naive.transfers.values() if one.is_open]
        return sorted(found, key=lambda one: one.receiver is None)

    def choose(self, at: int, who: int) -> Transfer:
        """An open transfer, unless anybody answers: then any."""
        waiting, every = self.waiting(), list(self.naive.transfers.values())
        answerable = [one for one in waiting if one.receiver] or waiting or every
        pool = answerable if who == ITS_OWN else every
        return pool[at % len(pool)]

    @staticmethod
    def answering(transfer: Transfer, who: int, side: str | None) -> tuple[Actor, set[str]]:
        """Who answers: the side whose it is to answer, most of the time; and why others may not."""
        actor = BY_NAME.get(side or "", TRADERS[0]) if who == ITS_OWN else TRADERS[who]
        if actor.name == side:
            return actor, set()
        is_side = actor.name in {transfer.sender, transfer.receiver}
        return actor, {"not-your-answer" if is_side else "unknown-transfer"}

    def some_of(self, transfer: Transfer, picks: Picks) -> Named:
        """Goods of a transfer."""
        transports = self.naive.transports()
        packages = [one for one in transports if naive_custody.is_in(self.naive, one, transfer)]
        return self.pick(picks, naive_custody.left_in(self.naive, transfer), packages)

    @precondition(lambda self: self.waiting())
    @rule(
        at=SOME,
        who=WHO,
        picks=st.none() | PICKS,
        but=st.none() | PICKS,
        missing=st.none() | PICKS,
        surplus=st.lists(SOME, max_size=1),
        close=st.booleans(),
    )
    def accept(self, at, who, picks, but, missing, surplus, close):  # noqa: PLR0913, PLR0917
        transfer = self.choose(at, who)
        actor, strange = self.answering(transfer, who, transfer.receiver)
        goods, kept, gone = [one and self.some_of(transfer, one) for one in (picks, but, missing)]
        given = naive_custody.Answer(
            transfer,
            goods,
            [named for named in (kept, gone) if named],
            actor.name,
            actor.member_state,
            close=close,
        )
        units = list(self.naive.units.values())
        extra = tuple(units[one % len(units)].code for one in surplus)
        told = Acceptance(
            goods and self.goods(goods, picks),
            Assurance.TRUSTING,
            kept and self.goods(kept, but),
            gone and self.goods(gone, missing),
            surplus=extra,
            close=close,
        )
        self.accepted(given, told, actor, strange)

    def accepted(
        self, given: naive_custody.Answer, told: Acceptance, actor: Actor, strange: set[str]
    ) -> None:
        answer = self.answered(acceptance.accept, given, told, actor, strange)
        if answer:
            assert bool(answer["discrepancies"]) == bool(told.surplus or told.missing)
            for (event,) in self.world.execute(REPORTED, UUID(answer["answer"])):
                self.naive.happened(event, "DISCREPANCY_REPORTED", actor.name, of=given.transfer)
            self.compare()

    @rule(
        who=ANY_TRADER,
        to=st.sampled_from((0, 1)),
        kind=st.sampled_from(KINDS),
        offered=PICKS,
        picks=st.none() | PICKS,
        but=st.none() | PICKS,
        close=st.booleans(),
    )
    def hand_over(self, who, to, kind, offered, picks, but, close):  # noqa: PLR0913, PLR0917
        """An offer that is answered at once."""
        before = len(self.naive.transfers)
        self.offer(who, to, kind, offered, partial=True, dry_run=False)
        if len(self.naive.transfers) > before:
            waiting = [one for one in self.waiting() if one.receiver]
            newest = waiting.index(list(self.naive.transfers.values())[-1])
            self.accept(newest, ITS_OWN, picks, but, None, [], close)

    @precondition(lambda self: self.waiting())
    @rule(at=SOME, who=WHO, picks=st.none() | PICKS)
    def reject(self, at, who, picks):
        transfer = self.choose(at, who)
        actor, strange = self.answering(transfer, who, transfer.receiver)
        goods = picks and self.some_of(transfer, picks)
        given = naive_custody.Answer(
            transfer,
            goods,
            [goods] if goods else [],
            actor.name,
            actor.member_state,
            is_rejection=True,
        )
        told = Rejection(goods and self.goods(goods, picks), "damaged")
        if self.answered(acceptance.reject, given, told, actor, strange):
            self.compare()

    def answered(
        self,
        verb: Callable[..., Any],
        given: naive_custody.Answer,
        told: Acceptance | Rejection,
        actor: Actor,
        strange: set[str],
    ) -> dict[str, Any] | None:
        """Answer; both sides count alike what came of it."""
        transfer = given.transfer
        named = [one for one in (given.goods, *given.kept_back) if one]
        batches = set().union(*(self.unknown_batches(one, actor, transfer) for one in named))
        faults = strange or batches | given.faults(self.naive)
        asked = (self.world.database, self.request(actor), transfer.uuid, told)
        story = later(verb, *asked, actor=actor, keyring=self.world.keyring)
        answer = self.do(story, faults)
        if answer:
            counts = given.happen(self.naive, self.note(answer))
            self.check_counts(answer, transfer, counts)
        return answer

    @staticmethod
    def unknown_batches(named: Named, actor: Actor, transfer: Transfer) -> set[str]:
        """Who neither ordered a batch nor has, or is offered, any of it that is named."""
        batches = {unit.batch for unit in named.runs}
        known = {
            unit.batch
            for unit in named.runs
            if actor.name in {unit.maker, unit.holder} or unit.transfer is transfer
        }
        return {"unknown-batch"} if batches - known else set()

    @staticmethod
    def check_counts(
        answer: dict[str, Any], transfer: Transfer, counts: naive_custody.Counts
    ) -> None:
        told = (answer["accepted"], answer["released"], answer["left"], answer["status"])
        assert told == (*counts, transfer.status)

    @precondition(lambda self: self.waiting())
    @rule(at=SOME, who=WHO)
    def cancel_offer(self, at, who):
        transfer = self.choose(at, who)
        actor, faults = self.answering(transfer, who, transfer.sender)
        if not faults and not transfer.is_open:
            faults = {"transfer-closed"}
        elif not faults and transfer.answers:
            faults = {"transfer-answered"}
        asked = (self.world.database, self.request(actor), transfer.uuid, Cancellation("late"))
        answer = self.do(later(acceptance.cancel, *asked, actor=actor), faults)
        if answer:
            event = self.note(answer)
            released = naive_custody.end(
                self.naive, transfer, event, "OFFER_CANCELLED", "CANCELLED"
            )
            self.check_counts(answer, transfer, naive_custody.Counts(0, released, 0))
            self.compare()

    @precondition(lambda self: self.waiting())
    @rule(at=SOME)
    def let_an_offer_lapse(self, at):
        """Nobody records it yet; everybody must go by it."""
        transfer = self.choose(at, ITS_OWN)
        [(transfer.lapsed,)] = self.world.execute(LAPSE, transfer.uuid)
        self.compare()

    @precondition(lambda self: any(one.lapsed for one in self.lapsable()))
    @rule()
    def sweep(self):
        """What is due is recorded, and nothing else."""
        due = [
            one for one in self.naive.transfers.values() if one.lapsed and one.status == "OFFERED"
        ]
        bans = [one for one in self.naive.bans.values() if one.lapsed and one.ended is None]
        assert self.run(deadlines.sweep(self.world.database)) == (len(due), len(bans))
        self.note_expiries()
        self.compare()
