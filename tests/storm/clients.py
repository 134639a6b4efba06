"""Clients at work all at once: each thinks of an operation, asks for it, and notes the answer."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import httpx2

from tests.storm import banning, making, ordering, packing, replacing, selling, trading
from tests.storm.ledger import Mismatch
from tests.storm.operations import Desk, Fate, Operation
from tests.storm.people import AUTHORITIES, PATIENCE, TRADERS, Clients
from tests.storm.using import Outlet, Use

OF_TRADERS = (
    *making.VERBS,
    *packing.VERBS,
    *trading.VERBS,
    *selling.VERBS,
    *replacing.VERBS,
    *ordering.VERBS,
)
SHARE_OF_AUTHORITIES = 0.03
SHARE_OF_USES = 0.15  # of labels that were ordered
SHARE_OF_RIVALS = 0.2  # who want labels of the same goods, or the same file, at the same time
MOST_THOUGHTS = 1_000
AT_ONCE = 8
SHARE_OF_IMPATIENT = 0.04
LONGEST_PATIENCE = 0.4  # seconds
LOST = "database-unavailable"
# What no state of the goods explains: then the question itself was wrong.
NONSENSE = frozenset(
    {
        "request-malformed",
        "request-invalid",
        "no-such-address",
        "method-not-allowed",
        "key-not-accepted",
        "request-id-taken",
        "request-id-reused",
        "unreadable-codes",
        "verification-failed",
        "line-report-invalid",
        "label-not-made",
    }
)


@dataclass
class Stream:
    """The operations of one round."""

    desk: Desk
    clients: Clients
    outlet: Outlet
    enough: int  # answers, after which somebody pulls the plug
    sent: list[Operation] = field(default_factory=list)
    answers: int = 0
    broken: list[str] = field(default_factory=list)  # uses, while nothing was broken yet
    over: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def think(self) -> Operation:
        """Something that can be done as far as is known."""
        random = self.desk.random
        for _ in range(MOST_THOUGHTS):
            who, verbs = random.choice(TRADERS), OF_TRADERS
            if self.desk.chance(SHARE_OF_AUTHORITIES):
                who, verbs = random.choice(AUTHORITIES), banning.VERBS
            [(_, plan)] = random.choices(verbs, [weight for weight, _ in verbs])
            operation = plan(self.desk, who)
            if operation is not None:
                return operation
        raise RuntimeError("there is nothing left to do")

    async def work(self) -> None:
        """One client, until it gets no answer any more."""
        try:
            while not self.over.is_set() and await self.goes_on():
                self.answers += 1
                if self.answers >= self.enough:
                    self.reached.set()
        finally:
            self.reached.set()

    async def goes_on(self) -> bool:
        """Think of something and ask for it, now and then twice; false if there is no answer."""
        is_rivalry = self.desk.chance(SHARE_OF_RIVALS)
        if self.desk.chance(SHARE_OF_USES) and (use := self.outlet.plan(self.desk)):
            uses = [use, replace(use, to=None, first=None)] if is_rivalry else [use]
            return all(await asyncio.gather(*map(self.make, uses)))
        operations = [self.think()]
        if is_rivalry and operations[0].verb == "print":
            rival = ordering.rival(self.desk, operations[0].actor)
            operations += [rival] if rival else []
        return all(await asyncio.gather(*map(self.perform, operations)))

    async def make(self, use: Use) -> bool:
        is_answered = await self.outlet.make(self.clients, use)
        if not (is_answered or self.reached.is_set()):
            self.broken.append(f"{use}: {use.told}")
        return is_answered

    async def perform(self, operation: Operation) -> bool:
        self.sent.append(operation)
        self.desk.busy |= operation.about
        if self.desk.chance(SHARE_OF_IMPATIENT):
            operation.patience = self.desk.random.uniform(0, LONGEST_PATIENCE)
        await ask(self.clients, operation, operation.patience or PATIENCE)
        if operation.fate is Fate.LOST:
            return operation.patience is not None
        self.desk.busy -= operation.about
        if operation.fate is Fate.ANSWERED:
            await self.note(operation)
        return True

    async def note(self, operation: Operation) -> None:
        """Take the answer for what it is worth: what rivals were told may be under way."""
        with contextlib.suppress(Mismatch, KeyError, ValueError):
            for _, happen in operation.happened(operation.answer or {}):
                happen(self.desk.ledger)
        if operation.verb == "register":
            await fetch_codes(self.desk, self.clients, operation)


async def fetch_codes(desk: Desk, clients: Clients, operation: Operation) -> None:
    """The codes of a batch; without them its units are named as runs."""
    with contextlib.suppress(httpx2.TransportError):
        answer = await clients[operation.actor].get(f"/batches/{operation.id}/codes")
        if answer.status_code == 200:
            codes = answer.text.split("\n")[:-1]
            if len(codes) == len(desk.ledger.units[operation.id]):
                desk.codes[operation.id] = codes


async def ask(clients: Clients, operation: Operation, patience: float = PATIENCE) -> int:
    """Send it, or send it again; returns the status of the answer, 0 where none came."""
    http, body = clients[operation.actor], operation.body
    told = {"content": body} if isinstance(body, bytes) else {"json": body}
    headers = {"Content-Type": "text/tab-separated-values"} if isinstance(body, bytes) else {}
    try:
        answer = await http.put(
            operation.path, params=operation.params, headers=headers, timeout=patience, **told
        )
    except httpx2.TransportError as error:
        operation.fate, operation.told = Fate.LOST, repr(error)
        return 0
    if answer.status_code in {200, 201}:
        operation.fate, operation.answer = Fate.ANSWERED, answer.json()
    else:
        problem = answer.json()
        operation.told = f"{answer.status_code} {problem}"
        slug = str(problem.get("type", "")).removeprefix("/problems/")
        operation.slug = slug
        operation.fate = Fate.LOST if slug == LOST else Fate.REFUSED
    return answer.status_code


def nonsense(sent: Iterable[Operation]) -> list[str]:
    """Operations that were refused for what they said, or failed."""
    return [
        f"{one}: {one.told} {one.path} {str(one.body)[:500]}"
        for one in sent
        if one.fate is Fate.REFUSED
        and (one.slug in NONSENSE or one.told.startswith("5"))
        and one.slug != "busy"
    ]


def refusals(sent: Iterable[Operation]) -> Counter[str]:
    return Counter(f"{one.verb}: {one.slug}" for one in sent if one.fate is Fate.REFUSED)


async def each(clients: Clients, operations: Iterable[Operation]) -> list[tuple[Operation, int]]:
    """Ask for all of these, a few at a time; returns the statuses."""
    waiting = list(operations)
    done: list[tuple[Operation, int]] = []

    async def work() -> None:
        while waiting:
            operation = waiting.pop()
            done.append((operation, await ask(clients, operation)))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return done
