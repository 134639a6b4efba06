"""Label printers that the service may reach: real servers, which keep what each conversation brought."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from tests.printers import zebra

HOST = "127.0.0.1"
QUESTION = b"~HS\r\n"
END = b"^XZ\n"  # of a label
QUIET_LIMIT = 30.0
MOST_HEARD = 2**16

# What a printer says when it is asked; None: it hangs up.
Mood = Callable[[], bytes | None]


def moody(random: Random) -> Mood:
    """Out of labels now and then, and sometimes gone."""

    def answer() -> bytes | None:
        chance = random.random()
        if chance < 0.02:
            return None
        return zebra(paper_out=1, remaining=1) if chance < 0.1 else zebra()

    return answer


@dataclass
class Talk:
    """One conversation: what was heard in it, and how many labels were whole at the last answer."""

    heard: bytes = b""
    answered: int = 0

    @property
    def labels(self) -> list[bytes]:
        """Those that came whole."""
        return [part + END for part in self.heard.split(END)[:-1]]

    @property
    def rest(self) -> bytes:
        """A label that was cut."""
        return self.heard.split(END)[-1]


@dataclass
class Printer:
    """Prints whatever it is sent at once; by its mood it runs out of labels, or hangs up."""

    name: str
    mood: Mood = zebra
    port: int = 0
    talks: list[Talk] = field(default_factory=list)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    at_work: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = Talk()
        self.talks.append(talk)
        self.at_work += 1
        self.idle.clear()
        try:
            with suppress(OSError):
                await self.listen(talk, reader, writer)
        finally:
            writer.close()
            self.at_work -= 1
            if not self.at_work:
                self.idle.set()

    async def listen(
        self, talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        pending = b""
        try:
            while piece := await reader.read(MOST_HEARD):
                *labels, pending = (pending + piece).split(QUESTION)
                for part in labels:
                    talk.heard += part
                    answer = self.mood()
                    if answer is None:
                        return
                    talk.answered = len(talk.labels)
                    writer.write(answer)
                    await writer.drain()
        finally:
            talk.heard += pending


@dataclass
class Hall:
    """Several printers."""

    printers: dict[str, Printer]

    @property
    def setting(self) -> str:
        """As the operator of the service writes them down."""
        return ",".join(f"{one.name}={HOST}:{one.port}" for one in self.printers.values())

    async def quiet(self) -> None:
        """Wait until nobody talks to any of them."""
        async with asyncio.timeout(QUIET_LIMIT):
            for one in self.printers.values():
                await one.idle.wait()


@asynccontextmanager
async def standing(number: int, mood: Mood = zebra) -> AsyncIterator[Hall]:
    """So many printers, until all is done."""
    hall = Hall({})
    servers = []
    try:
        for at in range(1, number + 1):
            printer = Printer(f"line-{at}", mood)
            printer.idle.set()
            server = await asyncio.start_server(printer.talk, HOST, 0)
            servers.append(server)
            printer.port = server.sockets[0].getsockname()[1]
            hall.printers[printer.name] = printer
        yield hall
    finally:
        for server in servers:
            server.close()
