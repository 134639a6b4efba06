"""A round: clients at work, a crash, and what must be true when everything has come back."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from uuid import UUID

import asyncpg

from tests.storm import banning, people, reckoning, trading
from tests.storm.clients import Stream, each, fetch_codes, nonsense, refusals
from tests.storm.following import Follower, Followers
from tests.storm.inspection import (
    Records,
    diagnosed,
    differences,
    picture,
    read,
)
from tests.storm.ledger import Ledger, Mismatch
from tests.storm.machine import Machine
from tests.storm.operations import Desk, Fate, Operation
from tests.storm.people import Clients
from tests.storm.using import Outlet
from tests.world import Character

# At a commit: as soon as something is committed whose client has no answer yet. The server stands
# still for a moment before it is killed, so that more is committed of which it never tells.
SERVER, AT_COMMIT = "server killed", "server killed at a commit"
DATABASE, BOTH = "database stopped", "both killed at a commit"
CRASHES = (SERVER, DATABASE, AT_COMMIT, DATABASE, AT_COMMIT, BOTH)
LONGEST_DELAY = 0.1  # seconds after the answer that was waited for
HANGING = 0.1
WATCH_LIMIT = 10.0
COMMITTED = "SELECT id FROM requests WHERE id = ANY ($1::uuid[])"
OLD = 200  # operations of earlier rounds that are repeated at the end


class Faulty(Exception):
    """Something is not as it must be: what, line by line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))


@dataclass
class Tally:
    """What came of a round, or of all."""

    sent: int = 0
    answered: int = 0
    refused: int = 0
    there: int = 0
    absent: int = 0
    repeats: int = 0
    expired: int = 0  # deadlines, in all rounds
    uses: int = 0  # of labels: fetches and sendings
    seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def __str__(self) -> str:
        return (
            f"{self.sent} sent, {self.answered} answered, {self.refused} refused, "
            f"{self.there + self.absent} unanswered: {self.there} there, {self.absent} absent; "
            f"{self.repeats} repeats, {self.uses} fetched or printed, {self.seconds:.1f} s"
        )


@dataclass
class Storm:
    """A machine, those who use it, and what they know of it for sure."""

    machine: Machine
    seed: int
    clients: int
    operations: int  # about so many a round
    tell: Callable[[str], None]
    keys: dict[Character, str] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    done: list[Operation] = field(default_factory=list)
    followers: Followers = field(
        default_factory=lambda: Followers([Follower(who) for who in people.TRADERS])
    )
    events: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # by whom
    known: set[UUID] = field(default_factory=set)  # requests that the registry must know
    outlet: Outlet = field(init=False)
    total: Tally = field(default_factory=Tally)
    verbs: Counter[str] = field(default_factory=Counter)  # of what was done
    uses: Counter[str] = field(default_factory=Counter)  # of labels
    refusals: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.outlet = Outlet(self.machine.printers)

    async def rage(self, rounds: int) -> Tally:
        """So many rounds; raises Faulty at the first fault."""
        random = Random(self.seed)  # noqa: S311 - a storm can be raised again
        self.keys = await people.settle(self.machine)
        self.known = set((await self.look()).requests)
        desk = Desk(Ledger(), random, people.TRADERS, people.products(), people.groups())
        async with people.connected(self.machine, self.keys) as clients:
            for number in range(rounds):
                crash = CRASHES[number % len(CRASHES)]
                enough = random.randint(self.operations // 2, self.operations * 3 // 2)
                began = time.monotonic()
                desk.ledger, desk.busy = self.ledger.copy(), set()
                stream = Stream(desk, clients, self.outlet, enough)
                used = len(self.outlet.uses)
                await self.work_until(stream, crash, random.uniform(0, LONGEST_DELAY))
                tally = await self.weigh(stream)
                made = self.outlet.uses[used:]
                self.check(
                    [*stream.broken, *await reckoning.faults(self.outlet, clients, desk, made)]
                )
                tally.uses = len(made)
                self.uses.update(use.came_to for use in made)
                tally.seconds = time.monotonic() - began
                self.total.add(tally)
                self.refusals += refusals(stream.sent)
                self.tell(f"round {number + 1}, {crash}: {tally}")
            again = random.sample(self.done, min(OLD, len(self.done)))
            await self.repeat(clients, again)
            self.check(await diagnosed(self.machine.postgres.url, self.machine.master_key))
        return self.total

    async def work_until(self, stream: Stream, crash: str, delay: float) -> None:
        """Let the clients work until something is killed under them; start it again."""
        working = [asyncio.create_task(stream.work()) for _ in range(self.clients)]
        working.append(asyncio.create_task(self.followers.follow(stream.clients, stream.over)))
        await stream.reached.wait()
        await asyncio.sleep(delay)
        if crash in {AT_COMMIT, BOTH}:
            await self.see_commit(stream)
            await self.machine.hang_server(HANGING)
        if crash in {DATABASE, BOTH}:
            await self.machine.stop_database()
        if crash != DATABASE:
            self.machine.kill_server()
        stream.over.set()
        await asyncio.gather(*working)
        await self.machine.start()
        await self.outlet.settle()
        await self.machine.settle()

    async def see_commit(self, stream: Stream) -> None:
        """Wait until something is committed that nobody was told of."""
        connection = await asyncpg.connect(self.machine.postgres.url)
        deadline = time.monotonic() + WATCH_LIMIT
        try:
            while time.monotonic() < deadline:
                waiting = {one.id: one for one in stream.sent if one.fate is Fate.SENT}
                found = await connection.fetch(COMMITTED, list(waiting))
                if any(waiting[row[0]].fate is Fate.SENT for row in found):
                    return
        finally:
            connection.terminate()

    async def weigh(self, stream: Stream) -> Tally:
        """See that what was answered is there, and the rest wholly there or wholly absent."""
        sent = stream.sent
        self.check(nonsense(sent))
        self.check(await diagnosed(self.machine.postgres.url, self.machine.master_key))
        found = await self.look()
        answered = [one for one in sent if one.fate is Fate.ANSWERED]
        lost = [one for one in sent if one.fate is Fate.LOST]
        there = [one for one in lost if one.id in found.requests]
        absent = [one for one in lost if one.id not in found.requests]
        self.check(unknown(self.known, [*answered, *there], found))

        repeated = await self.repeat(stream.clients, [*answered, *there])
        self.check(changed(found, await self.look()))
        self.note([*answered, *there], found)
        self.check(differences(picture(self.ledger), found.picture))

        statuses = await each(stream.clients, absent)
        self.check(
            f"{one}: repeated, though it was absent: {status} {one.told}"
            for one, status in statuses
            if status == 200 or one.fate is Fate.LOST
        )
        self.check(nonsense(absent))
        made_good = [one for one in absent if one.fate is Fate.ANSWERED]
        repeated += await self.repeat(stream.clients, made_good)
        found = await self.look()
        self.note(made_good, found)
        self.check(unknown(self.known, (), found))
        self.check(differences(picture(self.ledger), found.picture))
        self.check(await self.followers.faults(stream.clients, found.concerned, self.events))
        await self.fetch_missing_codes(stream)
        refused = sum(one.fate is Fate.REFUSED for one in sent)
        return Tally(
            len(sent),
            len(answered),
            refused - (len(absent) - len(made_good)),
            len(there),
            len(absent),
            repeated + len(absent),
        )

    async def repeat(self, clients: Clients, operations: Sequence[Operation]) -> int:
        """What was done is repeated by its id: the same answer, and that it was done before."""
        before = {one.id: one.answer for one in operations}
        faults = []
        for one, status in await each(clients, operations):
            told = before[one.id]
            if status != 200 or (told is not None and told != one.answer):
                faults.append(f"{one}: repeated: {status}, {one.answer}, first {told} {one.told}")
        self.check(faults)
        return len(operations)

    def note(self, operations: Iterable[Operation], found: Records) -> None:
        """Tell the ledger the answers, and which deadlines have passed, by their events."""
        happenings: list[tuple[int, str, Callable[[Ledger], None]]] = []
        for one in operations:
            self.done.append(one)
            self.known.add(one.id)
            self.verbs[one.verb] += 1
            told = f"{one} {one.body} {one.answer}"
            happened = one.happened(one.answer or {})
            if one.has_events:
                self.events[one.actor.name] |= {event for event, _ in happened}
            happenings += [(event, told, what) for event, what in happened]
        for end in found.ends:
            if end.request not in self.known:
                self.known.add(end.request)
                what = trading.expired if end.is_of_transfer else banning.ended
                happenings.append((end.event, str(end), partial(what, end.of)))
                self.total.expired += 1
        for event, told, happen in sorted(happenings, key=lambda each: each[0]):
            try:
                happen(self.ledger)
            except (Mismatch, KeyError, ValueError) as error:
                raise Faulty([f"event {event}: {error!r} {told}"]) from error

    async def fetch_missing_codes(self, stream: Stream) -> None:
        stream.desk.ledger = self.ledger
        for one in stream.sent:
            if (
                one.verb == "register"
                and one.fate is Fate.ANSWERED
                and one.id not in stream.desk.codes
            ):
                await fetch_codes(stream.desk, stream.clients, one)

    async def look(self) -> Records:
        connection = await asyncpg.connect(self.machine.postgres.url)
        try:
            return await read(connection)
        finally:
            await connection.close()

    @staticmethod
    def check(faults: Iterable[str]) -> None:
        found = list(faults)
        if found:
            raise Faulty(found)


def unknown(known: set[UUID], done: Iterable[Operation], found: Records) -> list[str]:
    """Requests that were answered and are not there, or are there and nobody's."""
    expected = known | {one.id for one in done} | {one.request for one in found.ends}
    told = [f"request {one} was answered, and is not there" for one in expected - found.requests]
    told += [f"request {one} is there, and nobody's" for one in found.requests - expected]
    told += [
        f"there are events of request {one}, which is not"
        for one in found.with_events - found.requests
    ]
    return told


def changed(before: Records, after: Records) -> list[str]:
    """Repeating what was done must change nothing."""
    told = differences(before.picture, after.picture)
    if (before.requests, before.events) != (after.requests, after.events):
        told.append(f"{before.events} events became {after.events} by repeats")
    return told
