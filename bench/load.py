"""Many clients that do different things at once, and how long each thing took."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.wire import HOST, Lane

Load = Iterator[tuple[str, bytes]]  # what a client does, and the request
TOLD = 800  # characters of an answer that was not wanted


@dataclass
class Tally:
    """Seconds of each request by what it did, and the answers that were not wanted."""

    seconds: float = 0.0
    took: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return sum(map(len, self.took.values())) / self.seconds

    def p99(self, *done: str) -> float:
        """Seconds within which 99 of 100 were answered: of these things, or of all."""
        chosen = done or tuple(self.took)
        ordered = sorted(took for name in chosen for took in self.took[name])
        return ordered[len(ordered) * 99 // 100]


class Client(Lane):
    """A lane that goes on after an error, and keeps the time of each request."""

    def __init__(self, load: Load, until: float, tally: Tally) -> None:
        super().__init__(self.timed(load), until)
        self.tally = tally
        self.doing = ""
        self.asked = 0.0

    def timed(self, load: Load) -> Iterator[bytes]:
        for self.doing, sent in load:
            self.asked = time.perf_counter()
            yield sent

    def take(self, answer: bytes) -> None:
        took = time.perf_counter() - self.asked
        self.tally.took.setdefault(self.doing, []).append(took)
        self.answered += 1
        if not answer.startswith(b"HTTP/1.1 20"):
            self.tally.errors.append(f"{self.doing}: {answer[:TOLD].decode(errors='replace')}")


async def keep_busy(port: int, load: Callable[[], Load], *, clients: int, seconds: float) -> Tally:
    """So many clients, each with a load of its own, for so long."""
    loop = asyncio.get_running_loop()
    tally, began = Tally(), time.perf_counter()
    lanes = [
        (await loop.create_connection(lambda: Client(load(), began + seconds, tally), HOST, port))[
            1
        ]
        for _ in range(clients)
    ]
    await asyncio.gather(*(lane.ended for lane in lanes))
    tally.seconds = time.perf_counter() - began
    return tally
