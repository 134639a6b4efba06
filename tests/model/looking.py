"""Rules: what the registry tells who asks, now and of the past; and of requests that come again."""

import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.changes import actions as changes
from domain.changes.cursors import START
from domain.contents import actions as contents
from domain.delivery.forms import Form
from domain.reconciliation import actions as reconciliation
from domain.reconciliation.claims import Only, read_lists
from domain.reconciliation.stock import ON_HAND
from domain.trace import actions as trace
from tests.model.machine import ANY_TRADER, PICKS, SOME, Machine, known_of, told
from tests.model.naive_things import Ban, Package, Unit, around
from tests.model.world import INSPECTORS, TRADERS

FEW = 4  # units, and moments, of which the past is compared at the end
VERDICTS = {
    "ISSUED": "not-yet-in-circulation",
    "APPLIED": "not-yet-in-circulation",
    "WITHDRAWN": "withdrawn",
    "CANCELLED": "cancelled",
}


class LookingRules(Machine):
    """What is told, and that it is told again alike."""

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            units, events = list(self.naive.units.values()), list(self.moments)
            for unit in units[:: max(1, len(units) // FEW)]:
                for event in events[:: max(1, len(events) // FEW)]:
                    self.compare_standing(unit, event)
        super().teardown()

    @precondition(lambda self: self.done)
    @rule(at=SOME)
    def repeat_a_request(self, at):
        story, answer = self.done[at % len(self.done)]

        assert self.run(story())[:2] == (answer, False)
        self.compare()

    @rule(at=SOME, moments=st.lists(SOME, min_size=1, max_size=3))
    def look_at_a_unit(self, at, moments):
        units = list(self.naive.units.values())
        unit = units[at % len(units)]
        self.compare_pasts([unit])
        self.compare_verdict(unit)
        events = list(self.moments)
        for place in moments:
            self.compare_standing(unit, events[place % len(events)])

    def compare_verdict(self, unit: Unit) -> None:
        """What a scan says, whole code and all."""
        given = {"actor": INSPECTORS[0], "keyring": self.world.keyring}
        found = self.run(trace.verify(self.world.database, unit.code, **given))
        pack, left = self.naive.pack_of(unit), unit.parts[0]
        blocked = self.naive.is_blocked(unit) or (pack and self.naive.holds_blocked(pack))
        expired = unit.lot.expires_on and unit.lot.expires_on < datetime.now(UTC).date()
        in_use = "expired" if expired else "in-circulation"
        verdict = "blocked" if blocked else VERDICTS.get(unit.status, in_use)
        assert (
            unit.name,
            found["verdict"],
            found["status"],
            found["holder"]["name"],
            found["state_of_turnover"],
            found.get("remaining", {"parts": None})["parts"],
        ) == (unit.name, verdict, unit.status, unit.holder, unit.state, left)

    def compare_standing(self, unit: Unit, event: int) -> None:
        """How the unit stood as of the moment at which something was recorded."""
        moment = self.moments[event]
        story = trace.standing(
            self.world.database,
            unit.code,
            actor=INSPECTORS[0],
            keyring=self.world.keyring,
            as_of=moment,
        )
        found, known = self.run(story)["standing"], unit.as_of(event)
        if known is None:
            assert found is None
            return
        offered = known.transfer
        if offered and offered.lapsed and offered.lapsed <= moment:
            offered = None
        blocked = any(
            ban.covers(unit, known)
            for ban in self.naive.bans.values()
            if self.was_live(ban, moment)
        )
        expected = known_of(known._replace(of=None, transfer=offered, blocked=blocked))
        assert (unit.name, told(found)) == (unit.name, expected)

    def was_live(self, ban: Ban, moment: datetime) -> bool:
        """Whether a ban was in force, as far as was recorded then."""
        if self.moments[ban.begun] > moment or (ban.lapsed and ban.lapsed <= moment):
            return False
        ended = self.moments.get(ban.ended or 0)
        return ended is None or ended > moment

    @rule(who=ANY_TRADER, picks=PICKS)
    def reconcile(self, who, picks):
        """What somebody has, and no line of an upload names: by itself, or with what it lies in."""
        actor = self.trader(who)
        mine = [unit for unit in self.naive.units.values() if unit.holder == actor.name]
        held = [one for one in self.naive.transports() if self.naive.held_by(one) == actor.name]
        named = self.pick(picks._replace(as_runs=False), mine, held)
        claims = read_lists(self.texts(named, picks), [one.name for one in named.packages])
        story = reconciliation.reconcile(
            self.world.database, claims, Only(), actor=actor, keyring=self.world.keyring
        )
        found = self.run(story)["missing"]
        things = [*named.units, *(package for package in named.packages if package.alive)]
        shown = {unit for thing in things for unit in self.naive.whole(thing)}
        missing = [one for one in mine if self.is_on_hand(one) and one not in shown]
        moving = sum(self.naive.offered_in(one) is not None for one in missing)
        assert (found["units"], found["in_transfer"]) == (len(missing), moving)

    @staticmethod
    def is_on_hand(unit: Unit) -> bool:
        """Goods in a pack that is gone are gone with it, whatever else a till had to say of them."""
        outer = around(unit)
        is_gone = outer and outer[-1].label and outer[-1].label.status not in ON_HAND
        return unit.status in ON_HAND and not is_gone

    @rule(who=st.integers(0, 2), limit=st.integers(1, 40))
    def read_the_feed(self, who, limit):
        """All that concerns a participant, page by page; of blocks of a kind more may be told."""
        actor, after, found = TRADERS[who], START, []
        while True:
            asked = (self.world.database, after, limit)
            events, after = self.run(changes.changes_after(*asked, actor=actor))
            found += [(one["event"], one["kind"]) for one in events]
            if len(events) < limit:
                break
        concerned = self.naive.concerned
        mine = [
            (number, kind) for number, kind in self.naive.events if actor.name in concerned[number]
        ]
        wide = {
            event
            for ban in self.naive.bans.values()
            if ban.is_wide
            for event in (ban.begun, ban.ended)
        }
        assert [one for one in found if one[0] not in wide] == [
            one for one in mine if one[0] not in wide
        ]

    @precondition(lambda self: any(one.alive for one in self.naive.packages))
    @rule(at=SOME)
    def look_into_a_package(self, at):
        alive = [one for one in self.naive.packages if one.alive]
        package = alive[at % len(alive)]
        named = package.label.code if package.label else package.name
        asked = (self.world.database, named)
        given = {"actor": INSPECTORS[0], "keyring": self.world.keyring}
        found = self.run(contents.describe(*asked, None, **given))
        self.compare_contents(package, found)
        streamed = self.run(self.streamed(contents.prepare(*asked, **given)))
        assert sorted(streamed) == sorted(unit.name for unit in self.naive.inside(package))

    async def streamed(self, preparing: Any) -> list[str]:
        prepared = await preparing
        parts = [part async for part in contents.stream(self.world.database, prepared, Form.TEXT)]
        return b"".join(parts).decode().splitlines()

    def compare_contents(self, package: Package, found: dict[str, Any]) -> None:
        """What is counted inside, what lies directly in it, and who has it."""
        inside = self.naive.inside(package)
        offered = self.naive.offered_in(package)
        outer = found["parent"]
        assert (
            found["holder"]["name"],
            found["state_of_turnover"],
            found["transfer"],
            outer and (outer.get("sscc") or outer["code"]),
            found["units"],
        ) == (
            inside[0].holder,
            inside[0].state,
            str(offered.uuid) if offered else None,
            package.parent and package.parent.name,
            len(inside),
        )
        counted = Counter((str(unit.batch), unit.status, *unit.lot) for unit in inside)
        real: Counter[tuple[Any, ...]] = Counter()
        for line in found["summary"]:
            lot = line["lot"] or {"lot_number": None, "produced_on": None, "expires_on": None}
            real[line["batch"], line["status"], *lot.values()] += line["units"]
        assert real == counted
        assert {one.get("sscc") or one["code"]: one["units"] for one in found["packages"]} == {
            one.name: len(self.naive.inside(one))
            for one in self.naive.packages
            if one.alive and one is not package and package in around(one)
        }
        is_blocked = self.naive.is_stopped(package) or self.naive.holds_blocked(package)
        assert found["blocked"] == is_blocked
