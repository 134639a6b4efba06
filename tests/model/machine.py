"""What all rules of the state machine share: naming goods, doing a thing, comparing both sides."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from domain.doctor import actions as doctor
from domain.errors import (
    Refusal,
)
from domain.goods.named import BatchRun, Goods
from domain.participants.actor import Actor
from domain.recognition.units import Texts
from domain.requests.store import Request
from domain.trace import actions as trace
from tests.model import naive_bans, naive_custody
from tests.model.naive import NaiveRegistry
from tests.model.naive_things import (
    Ban,
    Judged,
    Moment,
    NaiveLot,
    Named,
    Package,
    Transfer,
    Unit,
    around,
)
from tests.model.stored import differences, expected, stored
from tests.model.world import INSPECTORS, SWEETS, TRADERS, World

NEVER_ISSUED = f"01{SWEETS}212zzzzz"
PLACES = """
    SELECT one.series_id, one.first, one.last, one.ordinal, batches.uuid
    FROM batch_intervals AS one JOIN batches ON batches.id = one.batch_id
"""
EXPIRIES = """
    SELECT id, kind, (details ->> 'transfer')::uuid, (details ->> 'block')::uuid
    FROM events WHERE kind IN ('OFFER_EXPIRED', 'BLOCK_EXPIRED') ORDER BY id
"""
LOOKED_AT = 25  # units whose whole past is compared at the end
NOW = "SELECT clock_timestamp()"


Story = Callable[[], Awaitable[tuple[dict[str, Any], bool]]]


class Picks(NamedTuple):
    """Which goods a request names: places in the list of those that come into question.

    `wild`: any goods at all come into question. `around`: what is around the first unit is named,
    too. `again` names the first line twice.
    """

    first: int
    units: int
    others: list[int]
    packages: list[int]
    as_runs: bool
    bare: bool
    around: bool
    wild: bool
    again: bool
    stranger: bool


def seldom() -> st.SearchStrategy[bool]:
    return st.integers(0, 15).map(lambda one: one == 15)


SOME = st.integers(0, 400)


def picks(units: int = 9, others: int = 2, packages: int = 2) -> st.SearchStrategy[Picks]:
    """Up to so many neighbours, single units, and packages."""
    return st.builds(
        Picks,
        first=SOME,
        units=st.integers(1, units),
        others=st.lists(SOME, max_size=others),
        packages=st.lists(st.integers(0, 30), max_size=packages),
        as_runs=st.booleans(),
        bare=st.booleans(),
        around=st.integers(0, 3).map(lambda one: one == 3),
        wild=seldom(),
        again=seldom(),
        stranger=seldom(),
    )


PICKS = picks()


ANY_TRADER = st.sampled_from((0, 0, 0, 1, 1, 2))


class Machine(RuleBasedStateMachine):
    """Drives both registries; everything is compared after every step."""

    world: World
    begun: ClassVar[dict[str, Any]] = {}  # how it stands when a run begins

    def __init__(self) -> None:
        super().__init__()
        self.naive = NaiveRegistry()
        self.batches: list[list[Unit]] = []
        self.code_at: dict[tuple[int, int], str] = {}
        self.moments: dict[int, datetime] = {}
        self.done: list[tuple[Story, dict[str, Any]]] = []
        self.receipts: dict[tuple[str, str, str], bytes] = {}
        self.requests = 0
        self.ssccs = 0
        if self.begun:
            self.world.begin_again()
            vars(self).update(deepcopy(self.begun))

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            units = list(self.naive.units.values())
            self.compare_pasts(units[:: max(1, len(units) // LOOKED_AT)])
            assert self.run(self.found_by_the_doctor()) == []

    async def found_by_the_doctor(self) -> list[Any]:
        found = doctor.examine(self.world.database, self.world.keyring)
        return [one async for one in found if not one.is_healthy]

    # Doing something

    def run(self, story: Any) -> Any:
        return self.world.run(story)

    def request(self, actor: Actor) -> Request:
        self.requests += 1
        return Request(UUID(int=(4 << 76) + (8 << 60) + self.requests), actor.id, bytes(32))

    def do(self, story: Story, faults: set[str]) -> dict[str, Any] | None:
        """Let it happen, as far as nothing speaks against it; None: it was refused."""
        try:
            answer, is_new = self.run(story())
        except Refusal as error:
            refusal = error
        else:
            refusal = None
        self.note_expiries()
        if refusal:
            self.compare()
            assert refusal.slug in faults, (refusal, faults)
            return None
        assert not faults, (answer, faults)
        assert is_new
        if not answer.get("dry_run"):
            self.done.append((story, answer))
        return dict(answer)

    @staticmethod
    def faults(judged: Judged, hard: set[str], *, partial: bool, dry_run: bool) -> set[str]:
        """Why a request is refused: for what is wrong with all of it, or with a unit of it."""
        if hard:
            return hard | judged.faults
        is_enough = dry_run or (partial and judged.good)
        return set() if is_enough else judged.faults

    def lapsable(self) -> list[Transfer | Ban]:
        """What has a deadline."""
        return [*self.naive.transfers.values(), *self.naive.bans.values()]

    def note(self, answer: dict[str, Any]) -> int:
        """When the answer's event was recorded; returns the event."""
        event = int(answer["event"])
        self.moments[event] = datetime.fromisoformat(answer["recorded_at"])
        return event

    def note_expiries(self) -> None:
        """What was due may be recorded by whoever comes next, even by who is refused then."""
        for event, kind, transfer, block in self.world.execute(EXPIRIES):
            if (event, kind) in self.naive.events:
                continue
            if transfer:
                lapsed = self.naive.transfers[transfer]
                assert lapsed.lapsed
                assert lapsed.status == "OFFERED"
                naive_custody.end(self.naive, lapsed, event, kind, "EXPIRED")
            else:
                ban = self.naive.bans[block]
                assert ban.lapsed
                assert ban.ended is None
                naive_bans.end(self.naive, ban, event, kind)

    # Naming goods

    def trader(self, who: int) -> Actor:
        """Who acts: this one, if there is anything that it has."""
        actor = TRADERS[who]
        has = any(unit.holder == actor.name for unit in self.naive.units.values())
        return actor if has else TRADERS[0]

    def pick(self, picks: Picks, units: Sequence[Unit], packages: Sequence[Package] = ()) -> Named:
        """Goods out of these; a wild pick takes any that there are, as it does if there are none."""
        if picks.wild or not (units or packages):
            units, packages = list(self.naive.units.values()), self.naive.ssccs()
        chosen: list[Unit] = []
        if units:
            start = picks.first % len(units)
            more = (units[at % len(units)] for at in picks.others)
            chosen = list(dict.fromkeys((*units[start : start + picks.units], *more)))
        named = {packages[at % len(packages)]: None for at in picks.packages} if packages else {}
        for package in around(chosen[0]) if picks.around and chosen else ():
            if package.label is None:
                named[package] = None
            elif package.label not in chosen:
                chosen.append(package.label)
        if picks.as_runs:
            runs = sorted(chosen, key=lambda one: (self.batch_order(one), one.ordinal))
            return Named([], runs, list(named))
        lines: list[Unit | None] = [*chosen, *(chosen[:1] if picks.again else ())]
        return Named([*lines, *([None] if picks.stranger else ())], [], list(named))

    def batch_order(self, unit: Unit) -> int:
        return next(at for at, units in enumerate(self.batches) if units[0].batch == unit.batch)

    def goods(self, named: Named, picks: Picks) -> Goods:
        """The same for the real registry."""
        texts = self.texts(named, picks)
        ssccs = tuple(package.name for package in named.packages)
        return Goods(Texts.of_list(texts) if texts else None, self.runs_of(named.runs), ssccs)

    def texts(self, named: Named, picks: Picks) -> list[str]:
        return [NEVER_ISSUED if one is None else self.text(one, picks) for one in named.lines]

    @staticmethod
    def text(unit: Unit, picks: Picks) -> str:
        return unit.name if picks.bare else unit.code

    @staticmethod
    def runs_of(units: Sequence[Unit]) -> tuple[BatchRun, ...]:
        """Neighbours of one batch together."""
        numbered = enumerate(units)
        neighbours = groupby(numbered, lambda pair: (pair[1].batch, pair[1].ordinal - pair[0]))
        runs = [[unit for _, unit in group] for _, group in neighbours]
        return tuple(BatchRun(run[0].batch, run[0].ordinal, len(run)) for run in runs)

    # Comparing

    @staticmethod
    def check_told(answer: dict[str, Any], judged: Judged, named: Named) -> None:
        """The counts, and the verdict on each line, are those of the naive registry."""
        assert answer["refused"] == judged.refused
        if named.lines and (judged.refused or answer.get("dry_run")):
            lines = {
                line: part["verdict"]
                for part in answer["lines"]
                for line in range(part["first_line"], part["last_line"] + 1)
            }
            found = [lines[at] for at in range(1, len(named.lines) + 1)]
            either = [one.split("|") for one in judged.lines]
            assert [one in words for one, words in zip(found, either, strict=True)] == [True] * len(
                found
            ), (found, judged.lines)

    def compare(self) -> None:
        real = self.run(stored(self.world.database, self.code_at))
        assert differences(real, expected(self.naive)) == {}

    def compare_pasts(self, units: Any) -> None:
        """What the registry tells of the past of some units."""
        for unit in units:
            story = trace.history(
                self.world.database, unit.code, actor=INSPECTORS[0], keyring=self.world.keyring
            )
            found = [told(one) for one in self.run(story)["events"]]
            known = [known_of(one) for one in self.linked_past(unit)]
            only_real = [one for one in found if one not in known]
            only_naive = [one for one in known if one not in found]
            assert (unit.name, only_real, only_naive) == (unit.name, [], [])
            assert found == known

    def linked_past(self, unit: Unit) -> list[Moment]:
        """The past of a unit under all its codes; of two that tell of an event, the newer does."""
        older, newer = [unit], [unit]
        for one in older:
            older += one.replaces
        for one in newer:
            newer += [each for each in self.naive.units.values() if one in each.replaces]
        pasts = [*reversed(older), *newer[1:]]
        moments = {moment.event: moment for one in pasts for moment in one.history}
        return [moment for _, moment in sorted(moments.items())]


def told(event: dict[str, Any]) -> tuple[Any, ...]:
    """An event of a history, and how the unit stood after it."""
    holder, lot = event["holder"], event["lot"] or {}
    return (
        event["event"],
        event["kind"],
        event["status"],
        event["withdrawal_reason"],
        holder["name"] if holder else None,
        event["state_of_turnover"],
        event["transfer"],
        [one.get("sscc") or one["code"] for one in event["inside"]],
        event["blocked"],
        tuple(lot.get(name) for name in NaiveLot._fields),
    )


def known_of(moment: Moment) -> tuple[Any, ...]:
    """The same, of the naive registry."""
    return (
        moment.event,
        moment.kind,
        moment.status,
        moment.reason,
        moment.holder,
        moment.state,
        str(of) if (of := moment.of or (moment.transfer and moment.transfer.uuid)) else None,
        [package.name for package in moment.around],
        moment.blocked,
        tuple(moment.lot),
    )
