"""Rules: labels are ordered by who registered the codes, and by others; fetched, and read."""

import hashlib
from collections.abc import Callable
from functools import partial as later
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import zxingcpp
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from api.making import material
from api.making import order as pressed
from domain.participants.actor import Actor
from domain.printing import actions as printing
from domain.printing.portions import Opened, PrintedFile
from domain.prints import actions as prints
from domain.prints.orders import Asked, ByCodes, ByPackages, ByRun, Needs, PrintOrder
from domain.recognition.units import Texts
from labels import press
from labels.layouts import ready
from labels.press import Report
from labels.text import fonts
from tests.labels import paper
from tests.model.machine import ANY_TRADER, PICKS, SOME, Machine, Picks, Story, seldom
from tests.model.naive_printing import PRINTABLE, NaivePrint, Ordered
from tests.model.naive_things import NaiveLot, Named, Unit
from tests.model.world import BY_NAME

LAYOUT, FORM, DPI = ready.named("roll-43x25"), "zpl", 203
OF_PACKAGES = ready.named("logistic-100x150")
FONT = fonts.find()
FEW = 3  # labels of which the dots are read
Naming = Callable[..., Asked | None]


class How(NamedTuple):
    """An order beside its goods; `again` chooses among what was printed before."""

    again: bool
    copies: int
    reason: str | None
    dry_run: bool


HOW = st.builds(
    How,
    again=st.booleans(),
    copies=st.sampled_from((1, 1, 1, 2)),
    reason=st.sampled_from((None, "torn off")),
    dry_run=seldom(),
)


class PrintingRules(Machine):
    """What stands on the goods, and how often it was printed."""

    @rule(who=ANY_TRADER, picks=PICKS, how=HOW)
    def order_labels_of_a_run(self, who, picks, how):
        self.order_labels(self.named_run, who, picks, how)

    @rule(who=ANY_TRADER, picks=PICKS, how=HOW)
    def order_labels_of_codes(self, who, picks, how):
        self.order_labels(self.named_codes, who, picks, how)

    @rule(who=ANY_TRADER, picks=PICKS, how=HOW)
    def order_labels_of_packages(self, who, picks, how):
        self.order_labels(self.named_packages, who, picks, how)

    def order_labels(self, name: Naming, who: int, picks: Picks, how: How) -> None:
        actor = self.trader(who)
        told = Ordered(actor.name, copies=how.copies, reason=how.reason)
        asked = name(told, picks, again=how.again)
        if asked is not None:
            self.perform_order(actor, asked, told, dry_run=how.dry_run)

    def perform_order(
        self, actor: Actor, asked: Asked, told: Ordered, *, dry_run: bool = False
    ) -> None:
        request = self.request(actor)
        story = self.ordered(actor, request, asked, told, dry_run=dry_run)
        answer = self.do(story, told.faults(self.naive))
        if answer is None:
            return
        counts = len(told.units), len(told.packages), told.again
        assert (answer["units"], answer["packages"], answer["reprinted"]) == counts
        assert answer["labels"] == sum(counts[:2]) * told.copies
        if not dry_run:
            self.compare_print(told.happen(self.naive, request.id))
        self.compare()

    def ordered(
        self, actor: Actor, request: Any, asked: Asked, told: Ordered, *, dry_run: bool
    ) -> Story:
        layout = OF_PACKAGES if told.packages else LAYOUT
        order = PrintOrder(
            asked, layout.name, layout.toml, FORM, DPI, copies=told.copies, reason=told.reason
        )

        def fits(needs: Needs) -> None:
            assert needs.labels == (len(told.units) + len(told.packages)) * told.copies

        asked_for = (self.world.database, request, order, fits)
        given = {"actor": actor, "keyring": self.world.keyring}
        if not dry_run:
            return later(prints.print_labels, *asked_for, **given)

        async def story() -> Any:
            answer, is_new = await prints.rehearse(*asked_for, **given)
            return answer, not is_new

        return story

    def printable(self, told: Ordered, *, again: bool) -> list[Unit]:
        """One's own; those that were printed before, if there are any."""
        mine = [unit for unit in self.naive.units.values() if unit.maker == told.by]
        fitting = [unit for unit in mine if unit.status in PRINTABLE] or mine
        return [unit for unit in fitting if unit.printed and again] or fitting

    def named_codes(self, told: Ordered, picks: Picks, *, again: bool) -> Asked:
        picks = picks._replace(as_runs=False, packages=[])
        told.lines = list(self.pick(picks, self.printable(told, again=again)).lines)
        return ByCodes(Texts.of_list(self.texts(Named(told.lines), picks)))

    def named_run(self, told: Ordered, picks: Picks, *, again: bool) -> Asked:
        """Neighbours, whatever became of them; seldom more than there are."""
        picks = picks._replace(packages=[])
        unit = self.pick(picks, self.printable(told, again=again)).units[0]
        batch = next(units for units in self.batches if units[0].batch == unit.batch)
        rest = batch[unit.ordinal :]
        told.run = rest[: picks.units]
        told.beyond = picks.again and picks.units > len(rest)
        count = picks.units if told.beyond else len(told.run)
        to_the_end = not picks.bare and len(told.run) == len(rest) and not told.beyond
        return ByRun(unit.batch, unit.ordinal, None if to_the_end else count)

    def named_packages(self, told: Ordered, picks: Picks, *, again: bool) -> Asked | None:
        held = [one for one in self.naive.transports() if self.naive.held_by(one) == told.by]
        held = [one for one in held if one.printed and again] or held
        picked = self.pick(picks._replace(packages=[*picks.packages, picks.first]), (), held)
        told.packages = list(picked.packages)
        return ByPackages(tuple(one.name for one in told.packages)) if told.packages else None

    def compare_print(self, made: NaivePrint) -> None:
        """The record, and the ledger of a batch of it, are those of the naive registry."""
        actor = BY_NAME[made.by]
        found = self.run(prints.look_up(self.world.database, made.uuid, actor=actor))
        units = [
            (run["batch"], run["first"] + at, run["reprinted"])
            for run in found["runs"]
            for at in range(run["count"])
        ]
        assert units == [(unit.batch, unit.ordinal, before) for unit, before, _ in made.units]
        assert found["ssccs"] == [package.name for package in made.packages]
        assert [one["reason"] for one in found["fetches"]] == made.fetches
        told = found["reprinted"], found["labels"], found["reason"]
        assert told == (made.again, made.labels, made.reason)
        digest = made.file and hashlib.sha256(made.file).hexdigest()
        assert (found["file"] or {"sha256": None})["sha256"] == digest
        if made.units:
            self.compare_ledger(made.units[0][0].batch, actor)

    def compare_ledger(self, batch: UUID, actor: Actor) -> None:
        story = prints.listed(self.world.database, batch, None, 1_000, actor=actor)
        found = [
            (one["print"], one["units"], one["reprinted"], one["fetches"])
            for one in self.run(story)
        ]
        assert found == [
            (one.uuid, *one.of_batch(batch), len(one.fetches))
            for one in reversed(self.naive.prints)
            if one.of_batch(batch)[0]
        ]

    @precondition(lambda self: self.naive.prints)
    @rule(at=SOME, who=ANY_TRADER, reason=st.sampled_from((None, "smudged")))
    def fetch_labels(self, at, who, reason):
        """Its own print mostly; then the labels say what the codes and lots were."""
        made = self.naive.prints[at % len(self.naive.prints)]
        actor = BY_NAME[made.by] if who < 2 else self.trader(who)
        faults = {"reprint-needs-reason"} if made.fetches and reason is None else set()
        if actor.name != made.by:
            faults = {"unknown-print"}

        async def story() -> Any:
            opened = await printing.opened(
                self.world.database,
                made.uuid,
                actor=actor,
                keyring=self.world.keyring,
                reason=reason,
            )
            return {"dry_run": True, "opened": opened}, True

        answer = self.do(story, faults)
        if answer is None:
            return
        made.fetches.append(reason)
        self.compare_labels(made, answer["opened"])
        if made.labels <= FEW:
            self.compare_file(made, answer["opened"])
        self.compare_print(made)

    @staticmethod
    def compare_labels(made: NaivePrint, opened: Opened) -> None:
        found = [
            (code, NaiveLot(*portion.facts[2:5]))
            for portion in opened.portions()
            for code in portion.codes()
        ]
        assert found == [(unit.code, lot) for unit, _, lot in made.units]
        assert [one.sscc for one in opened.packages] == [one.name for one in made.packages]

    def compare_file(self, made: NaivePrint, opened: Opened) -> None:
        """What a reader finds on the paper, label by label; the same bytes each time."""
        report = Report()
        file = b"".join(press.printed(material(opened), pressed(opened, FONT), report))
        digest = hashlib.sha256(file).digest()
        counted = report.labels, report.pages, report.symbols_checked
        told = PrintedFile(digest, len(file), *counted, opened.dpi, None)
        self.run(printing.finished(self.world.database, made.uuid, told))
        assert made.file in {None, file}
        made.file = file
        layout = OF_PACKAGES if made.packages else LAYOUT
        labels = paper.zpl(file, layout.label_dots(opened.dpi))
        assert [one.copies for one in labels] == [made.copies] * len(labels)
        known = [unit.code for unit, _, _ in made.units] or [
            f"00{package.name}" for package in made.packages
        ]
        assert [code_on(one.dots) for one in labels] == known


def code_on(dots: np.ndarray) -> str:
    """The code on a label, as a reader at the till would tell it."""
    found = zxingcpp.read_barcodes(np.ascontiguousarray(255 * (1 - dots)))
    [code] = [one for one in found if one.symbology_identifier in {"]d2", "]d1", "]C1"}]
    return code.bytes.decode().removeprefix("\x1d")
