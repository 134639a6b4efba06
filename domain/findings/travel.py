"""How far apart two places are, and whether goods can have come from one to the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, inf, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Sight:
    """A unit was here at this moment, by a recorded scan."""

    scan_id: int
    scanned_at: datetime
    latitude: float
    longitude: float
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """From one sight to a later one."""

    distance_km: float
    time: timedelta

    @property
    def speed_kmh(self) -> float:
        hours = self.time / timedelta(hours=1)
        if hours > 0:
            return self.distance_km / hours
        return inf if self.distance_km > 0 else 0.0


def distance_km(one: Sight, other: Sight) -> float:
    """Along the great circle, by the haversine formula."""
    north, south = radians(one.latitude), radians(other.latitude)
    across = radians(other.longitude - one.longitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, half)))


def journey(one: Sight, other: Sight) -> Journey:
    """Between two sights of a unit, whichever was told first."""
    return Journey(distance_km(one, other), abs(other.scanned_at - one.scanned_at))


def is_impossible(made: Journey, threshold: Mapping[str, int]) -> bool:
    """Whether nothing goes that far in that time: slack for wrong clocks and rough positions."""
    time = made.time + timedelta(minutes=threshold["slack_minutes"])
    reach = threshold["slack_km"] + threshold["speed_kmh"] * (time / timedelta(hours=1))
    return made.distance_km > reach
