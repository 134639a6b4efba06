"""Rules: goods get new codes, in place of old ones or of what cannot be read any more."""

from datetime import date
from functools import partial as later
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.catalogue.documents import Document, DocumentKind
from domain.participants.actor import Actor
from domain.remarking import actions as remarking
from domain.remarking.told import Pair, Remarking
from tests.model import naive_marking
from tests.model.machine import ANY_TRADER, SOME, Machine, seldom
from tests.model.naive_marking import CAUSES
from tests.model.naive_things import PACKABLE, Unit

PAPER = Document(DocumentKind.OTHER, "4", date(2026, 11, 1), "Order")


class Link(NamedTuple):
    """A pair of codes by their places; `again` replaces one more with the new code before."""

    new: int
    old: int | None
    again: bool
    wild: bool


LINKS = st.builds(Link, new=SOME, old=st.none() | SOME, again=st.booleans(), wild=seldom())


class MarkingRules(Machine):
    """Which code is on the goods."""

    @precondition(lambda self: self.new_codes(None))
    @rule(
        who=ANY_TRADER,
        cause=st.sampled_from(["CODE_SPOILED_OR_LOST", *CAUSES]),
        links=st.lists(LINKS, min_size=1, max_size=3),
        dry_run=seldom(),
    )
    def remark(self, who, cause, links, dry_run):
        actor = self.trader(who)
        told = naive_marking.Remarking([], cause, actor.name, actor.member_state)
        for link in links:
            told.pairs.append(self.paired(link, actor, told))
        pairs = tuple(Pair(new.code, old.code if old else None) for new, old in told.pairs)
        order = Remarking(pairs, cause, PAPER, dry_run=dry_run)
        asked = (self.world.database, self.request(actor), order)
        story = later(remarking.remark, *asked, actor=actor, keyring=self.world.keyring)
        answer = self.do(story, told.faults(self.naive))
        if answer is None:
            return
        links_made = told.replaced()
        assert answer["units"] == len(links_made)
        if not dry_run:
            assert answer["replaced"] == sum(map(len, links_made.values()))
            told.happen(self.naive, self.note(answer))
        self.compare()

    def new_codes(self, actor: Actor | None) -> list[Unit]:
        """Codes that are on no goods in circulation yet."""
        return [
            unit
            for unit in self.naive.units.values()
            if unit.status == "APPLIED"
            and unit.parent is None
            and not self.naive.pack_of(unit)
            and (actor is None or unit.holder == actor.name)
        ]

    def paired(
        self, link: Link, actor: Actor, told: naive_marking.Remarking
    ) -> tuple[Unit, Unit | None]:
        """A pair that fits, in most cases."""
        every = list(self.naive.units.values())
        taken = {unit for pair in told.pairs for unit in pair}
        news = [unit for unit in self.new_codes(actor) if unit not in taken] or every
        new = every[link.new % len(every)] if link.wild else news[link.new % len(news)]
        if link.again and told.pairs:
            new = told.pairs[-1][0]
        if link.old is None or CAUSES[told.cause] == "none":
            return new, None
        olds = [
            unit
            for unit in every
            if unit.holder == actor.name
            and unit.gtin == new.gtin
            and unit.status in PACKABLE
            and unit not in taken
            and unit is not new
        ]
        pool = every if link.wild else olds or every
        return new, pool[link.old % len(pool)]
