"""Which numbers a batch takes: the next ones, in series order, around the reserved."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from domain.registry.spans import Run


def allot(free: Sequence[Run], reserved: Sequence[int], quantity: int) -> list[Run]:
    """The first `quantity` free numbers as runs, none across a series, without the reserved.

    `free` is what series have left, `reserved` sorted numbers of the same space. Fewer numbers
    come back where there are not enough.
    """
    taken: list[Run] = []
    for series_id, first, last in free:
        start = first
        within = reserved[bisect_left(reserved, first) : bisect_right(reserved, last)]
        for hole in (*within, last + 1):
            if not quantity:
                return taken
            end = min(hole - 1, start + quantity - 1)
            if start <= end:
                taken.append(Run(series_id, start, end))
                quantity -= end - start + 1
            start = hole + 1
    return taken


def blocks(*, next_block: int, capacity: int, block: int, quantity: int) -> list[tuple[int, int]]:
    """The (first, last) of the next blocks of a space, enough for `quantity` or all that is left."""
    found = []
    first = next_block
    while quantity > 0 and first < capacity:
        last = min(first + block, capacity) - 1
        found.append((first, last))
        quantity -= last - first + 1
        first = last + 1
    return found
