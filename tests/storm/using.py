"""Labels that were ordered are fetched, and sent to printers; some who fetch hang up in the middle."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import orjson

from tests.storm.operations import Desk, Fate
from tests.storm.people import PATIENCE, Clients
from tests.storm.printers import Hall, Printer, Talk
from tests.world import Character

RECENT = 40  # prints that labels are made of
SHARE_OF_SENDINGS = 0.8
SHARE_OF_HANGING_UP = 0.15
SENT_TO_ZEBRAS = frozenset({"zpl", "zpl-bx", "zpl-text"})
LOST = "database-unavailable"
# What there may be against making labels of a print that is there.
EXPECTED = frozenset({"reprint-needs-reason", "labels-being-sent", "label-outside-print", "busy"})
BUSY = "printer-busy"  # somebody's labels are still on their way to it


@dataclass
class Use:
    """A fetch of a print's file, or a sending to a printer, as its client notes it."""

    print: UUID
    actor: Character
    reason: str | None
    hangs_up: bool
    to: Printer | None = None  # none: it is fetched
    first: int | None = None
    fate: Fate = Fate.SENT
    told: str = ""
    content: bytes = b""
    is_whole: bool = False  # as far as HTTP tells
    lines: list[dict[str, Any]] = field(default_factory=list)
    before: int = 0  # talks that the printer had
    talk: Talk | None = None

    @property
    def came_to(self) -> str:
        """What became of it, in a few words."""
        if self.fate is not Fate.ANSWERED:
            return f"{'sending' if self.to else 'fetch'} {self.fate.name.lower()}"
        if self.to is None:
            return "fetched whole" if self.is_whole else "fetch cut"
        last = self.lines[-1] if self.lines else {}
        is_done = last.get("confirmed") == last.get("of")
        return (
            "printed to the end"
            if is_done
            else "stopped by a printer"
            if "stopped" in last
            else "sending cut"
        )

    def __str__(self) -> str:
        return f"{'sending' if self.to else 'fetch'} of {self.print} ({self.reason})"


@dataclass
class Outlet:
    """Where labels are handed out: who stands at which printer, and what is known of the files."""

    hall: Hall
    taken: dict[str, Use] = field(default_factory=dict)  # printers
    reasons: int = 0
    files: dict[UUID, bytes] = field(default_factory=dict)  # whole ones
    uses: list[Use] = field(default_factory=list)

    def plan(self, desk: Desk) -> Use | None:
        """Labels of a print that is known to be there."""
        prints = list(desk.ledger.prints.items())[-RECENT:]
        if not prints:
            return None
        name, about = desk.random.choice(prints)
        who = next(one for one in desk.people if one.name == about.who)
        hangs_up = desk.chance(SHARE_OF_HANGING_UP)
        free = [
            one
            for one in self.hall.printers.values()
            if one.name not in self.taken and not one.at_work
        ]
        is_sent = desk.orders[name]["format"] in SENT_TO_ZEBRAS and desk.chance(SHARE_OF_SENDINGS)
        if not (is_sent and free):
            return Use(name, who, self.reason(desk, 0.6), hangs_up)
        first = desk.random.randint(1, about.labels + 1) if desk.chance(0.2) else None
        to = desk.random.choice(free)
        silent = any((use.print, use.to, use.reason) == (name, to, None) for use in self.uses)
        reason = self.reason(desk, 1.0 if silent else 0.4)
        use = Use(name, who, reason, hangs_up, to, first, before=len(to.talks))
        self.taken[to.name] = use
        return use

    def reason(self, desk: Desk, share: float) -> str | None:
        """One of its own, by which the use is known again."""
        self.reasons += 1
        return f"jam {self.reasons}" if desk.chance(share) else None

    async def make(self, clients: Clients, use: Use) -> bool:
        """Let it happen; false if there is nobody to answer."""
        self.uses.append(use)
        http = clients[use.actor]
        try:
            await (fetch(http, use) if use.to is None else send(http, use, use.to))
        except httpx2.TransportError as error:
            use.told = repr(error)
            if use.fate is Fate.SENT:
                use.fate = Fate.LOST
            return False
        finally:
            if use.to is not None and use.fate is not Fate.LOST:
                self.leave(use.to)
        return use.fate is not Fate.LOST

    def leave(self, printer: Printer) -> None:
        """Till then nobody else's labels came to that printer."""
        use = self.taken.pop(printer.name)
        use.talk = next(iter(printer.talks[use.before :]), None)

    async def settle(self) -> None:
        """All conversations have ended, those of which no client heard among them."""
        await self.hall.quiet()
        for name in list(self.taken):
            self.leave(self.hall.printers[name])


async def fetch(http: httpx2.AsyncClient, use: Use) -> None:
    """Fetch the file, or the beginning of it."""
    params = {"reason": use.reason} if use.reason else {}
    path = f"/prints/{use.print}/labels"
    async with http.stream("GET", path, params=params, timeout=PATIENCE) as answer:
        if not await begins(answer, use):
            return
        async for piece in answer.aiter_bytes():
            use.content += piece
            if use.hangs_up:
                return
    use.is_whole = True


async def send(http: httpx2.AsyncClient, use: Use, to: Printer) -> None:
    """Send the labels, and hear how far it is."""
    body = {"printer": to.name, "first": use.first, "reason": use.reason}
    path = f"/prints/{use.print}/sendings"
    async with http.stream("POST", path, json=body, timeout=PATIENCE) as answer:
        if not await begins(answer, use):
            return
        async for line in answer.aiter_lines():
            use.lines.append(orjson.loads(line))
            if use.hangs_up and use.lines[-1]["confirmed"]:
                return


async def begins(answer: httpx2.Response, use: Use) -> bool:
    """Whether anything comes; else why not."""
    if answer.status_code == 200:
        use.fate = Fate.ANSWERED
        return True
    problem = orjson.loads(await answer.aread())
    slug = str(problem.get("type", "")).removeprefix("/problems/")
    if problem.get("reason") == BUSY:
        slug = "busy"
    use.fate = Fate.LOST if slug == LOST else Fate.REFUSED
    use.told = slug if slug in EXPECTED else f"{answer.status_code} {problem}"
    return False
