"""Labels over HTTP: how soon they begin to come, and how long the whole takes."""

import statistics
from uuid import UUID, uuid4

from bench.figures.issuing import expect
from bench.measured import Measured
from bench.registry import Registry
from bench.rows import Clock
from bench.stage import Stage

LABELS = 100_000
ROUNDS = 3
LAYOUT = "roll-58x40"
FAMILY = "L44"


async def first_byte(stage: Stage) -> Measured:
    """Milliseconds from asking for a file of 100,000 labels to its first byte.

    The service printed a hundred labels before, as one that has been running a minute has.
    """
    registry = await Registry.opened(stage, "tamga")
    fetch(registry, ordered(registry, 100))
    prints = [ordered(registry, LABELS) for _ in range(ROUNDS)]
    fetched = [fetch(registry, one) for one in prints]
    begun, ended, sizes = (statistics.median(column) for column in zip(*fetched, strict=True))
    file = registry.caller.call("GET", f"/prints/{prints[-1]}")["file"]
    expect(file["symbols_checked"], LABELS)
    absolutes = {
        "whole_file_seconds": ended,
        "megabytes": sizes / 1e6,
        "symbols_read_back": file["symbols_checked"],
    }
    return Measured(begun * 1_000, absolutes)


def ordered(registry: Registry, labels: int) -> UUID:
    """A print of a new batch of so many."""
    one = uuid4()
    body = {"batch": str(registry.batch(FAMILY, labels)), "layout": LAYOUT}
    registry.caller.call("PUT", f"/prints/{one}", body)
    return one


def fetch(registry: Registry, one: UUID) -> tuple[float, float, int]:
    """Seconds to the first byte and to the last, and how many bytes there were."""
    registry.caller.wake()
    clock = Clock()
    answer = registry.caller.begin(f"/prints/{one}/labels")
    first = len(answer.read(1))
    begun = clock.seconds
    size = first + registry.caller.rest(answer)
    return begun, clock.seconds, size
