"""Participants who follow what concerns them, from one cursor to the next, through every crash."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import httpx2

from tests.storm.people import Clients
from tests.world import Character

PAUSE = 0.2  # seconds between two looks while others work
PAGE = 200


@dataclass
class Follower:
    """One who asks what is new, and keeps every event that it is told."""

    who: Character
    after: str | None = None
    told: list[int] = field(default_factory=list)

    async def look(self, clients: Clients) -> bool:
        """Whether there was anything new."""
        params: dict[str, str | int] = {"limit": PAGE}
        if self.after is not None:
            params["after"] = self.after
        try:
            answer = await clients[self.who].get("/changes", params=params)
        except httpx2.TransportError:
            return False
        if answer.status_code != 200:
            return False
        page = answer.json()
        self.told += [one["event"] for one in page["events"]]
        self.after = page["next"]
        return bool(page["events"])

    async def catch_up(self, clients: Clients) -> None:
        while await self.look(clients):
            pass

    def faults(self, concerned: Iterable[int], own: Iterable[int]) -> list[str]:
        """Events that it should have been told once, and was told never or twice."""
        times, name = Counter(self.told), self.who.name
        expected = set(concerned)
        faults = [f"{name} was never told of event {one}" for one in expected - times.keys()]
        faults += [f"{name} was told of event {one} of others" for one in times.keys() - expected]
        faults += [f"{name} was told of event {one} twice" for one in times if times[one] > 1]
        faults += [f"event {one} of {name} does not concern it" for one in set(own) - expected]
        return faults


@dataclass
class Followers:
    """All who follow."""

    each: list[Follower]

    async def follow(self, clients: Clients, over: asyncio.Event) -> None:
        """Look again and again, until it is over."""
        while not over.is_set():
            for one in self.each:
                await one.look(clients)
            await asyncio.sleep(PAUSE)

    async def faults(
        self,
        clients: Clients,
        concerned: Mapping[str, Iterable[int]],
        own: Mapping[str, Iterable[int]],
    ) -> list[str]:
        found = []
        for one in self.each:
            await one.catch_up(clients)
            name = one.who.name
            found += one.faults(concerned.get(name, ()), own.get(name, ()))
        return found
