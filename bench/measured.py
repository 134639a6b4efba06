"""What a figure is: what is compared, the goal, and what was found."""

import statistics
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

Side = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Goal:
    """A bound that a ratio keeps: at least so much, or at most."""

    sign: str
    bound: float

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.sign == ">=" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


def at_least(bound: float) -> Goal:
    return Goal(">=", bound)


def at_most(bound: float) -> Goal:
    return Goal("<=", bound)


@dataclass(frozen=True)
class Measured:
    """A ratio, and the absolute numbers that it was made of, which are not judged."""

    value: float
    absolutes: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Duel:
    """Two sides measured in turn, so that both meet the same weather."""

    peer: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    async def fight(self, rounds: int, *, peer: Side, ours: Side) -> "Duel":
        """Let each side run so many times; who begins changes from round to round."""
        turns = [(self.peer, peer), (self.ours, ours)]
        for _ in range(rounds):
            for found, side in turns:
                found.append(await side())
            turns.reverse()
        return self

    @property
    def times_quicker(self) -> float:
        """The peer's time over ours, where the sides told seconds."""
        return statistics.median(p / o for p, o in zip(self.peer, self.ours, strict=True))

    @property
    def share(self) -> float:
        """Ours over the peer's: of rates, or of what should be small."""
        return statistics.median(o / p for p, o in zip(self.peer, self.ours, strict=True))

    def absolutes(self, unit: str) -> dict[str, float]:
        """The medians of both sides."""
        return {
            f"our_{unit}": statistics.median(self.ours),
            f"peer_{unit}": statistics.median(self.peer),
        }
