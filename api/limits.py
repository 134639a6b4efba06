"""How often somebody may try: a generic cell rate algorithm in the memory of one process."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from api.problems import TooManyTries

KEYS_REMEMBERED = 100_000


class Allowance:
    """So many a period for each key, earned back evenly.

    Of each key only one number is kept: when all that it spent is earned back. Keys that have
    earned all back are forgotten, and beyond `KEYS_REMEMBERED` the ones longest unused.
    """

    def __init__(
        self, count: int, period_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.interval = period_seconds / count
        self.period = period_seconds
        self.clock = clock
        self.earned_back: OrderedDict[str, float] = OrderedDict()

    def wait(self, key: str) -> float:
        """Seconds until this key may spend again; 0: now."""
        earned_back = self.earned_back.get(key, 0.0)
        return max(0.0, earned_back + self.interval - self.period - self.clock())

    def spend(self, key: str, times: int = 1) -> None:
        now = self.clock()
        self.earned_back[key] = max(self.earned_back.get(key, 0.0), now) + self.interval * times
        self.earned_back.move_to_end(key)
        while len(self.earned_back) > KEYS_REMEMBERED or self.oldest() <= now:
            self.earned_back.popitem(last=False)

    def oldest(self) -> float:
        return next(iter(self.earned_back.values()))


class FailedTries:
    """Codes that were not confirmed, per client address and per GTIN, or per participant.

    Only failures count, so an honest shop that scans all day never meets the limit, and only
    strangers are held to the limit of a GTIN, so that nobody can lock its owner out. Participants
    are known and scan by the thousand: theirs is wide, yet too narrow to try out 24 bits in a day.
    """

    def __init__(
        self,
        per_client: int,
        per_gtin: int,
        per_participant: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clients = Allowance(per_client, 60.0, clock)
        self.gtins = Allowance(per_gtin, 60.0, clock)
        self.participants = Allowance(per_participant, 60.0, clock)

    def check(self, client: str, gtins: Iterable[str] = ()) -> None:
        """Refuse where this client, or anybody for one of these GTINs, failed too often."""
        waits = [self.clients.wait(client), *(self.gtins.wait(gtin) for gtin in gtins)]
        if longest := max(waits):
            raise TooManyTries(retry_after_seconds=math.ceil(longest))

    def failed(self, client: str, gtin: str | None = None) -> None:
        """Count one code that was not confirmed."""
        self.clients.spend(client)
        if gtin is not None:
            self.gtins.spend(gtin)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who shows codes: a participant, or a stranger known by its address alone."""

    tries: FailedTries
    address: str
    participant: UUID | None

    def check(self, gtins: Iterable[str]) -> None:
        """Refuse who failed too often, before anything is looked up."""
        if self.participant is None:
            self.tries.check(self.address, gtins)
        elif wait := self.tries.participants.wait(str(self.participant)):
            raise TooManyTries(retry_after_seconds=math.ceil(wait))

    def failed(self, gtin: str | None, times: int = 1) -> None:
        """Count codes that were not confirmed."""
        if self.participant is None:
            self.tries.failed(self.address, gtin)
        elif times:
            self.tries.participants.spend(str(self.participant), times)
