"""Positions, distances and travel times on the ground."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import asin, cos, degrees, pi, radians, sin, sqrt
from typing import NamedTuple

from aid.ranking.islands import Island, Travel

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

_FULL_TURN = 360.0


@dataclass(frozen=True, slots=True)
class Position:
    """位置: degrees north and east (WGS 84), and the island if it is known; ValueError outside the globe.

    `x`, `y` and `z` are the same place on a globe of radius 1: a round measures half a million distances.
    """

    latitude: float
    longitude: float
    island: Island | None = None
    x: float = field(init=False, compare=False, repr=False)
    y: float = field(init=False, compare=False, repr=False)
    z: float = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Written as "not inside" so that NaN is refused too.
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):  # noqa: PLR2004 – the globe's own bounds
            raise ValueError(f"no such position: {self.latitude}, {self.longitude}")
        north, east = radians(self.latitude), radians(self.longitude)
        for axis, value in (("x", cos(north) * cos(east)), ("y", cos(north) * sin(east)), ("z", sin(north))):
            object.__setattr__(self, axis, value)


class Leg(NamedTuple):
    """旅程: the minutes that a way takes over land and sea, and its points."""

    minutes: int
    points: int


def distance_km(a: Position, b: Position) -> float:
    """Great-circle distance, from the straight way through the globe."""
    x, y, z = a.x - b.x, a.y - b.y, a.z - b.z
    half = sqrt(x * x + y * y + z * z) / 2
    return 2 * EARTH_RADIUS_KM * asin(half if half < 1 else 1.0)


def nearest_within(centre: Position, others: Iterable[Position], limit_km: float) -> float | None:
    """Distance to the nearest of `others`, or None where none lies within `limit_km`."""
    height, width = _box(centre, limit_km)
    nearest: float | None = None
    for other in others:
        # Whoever asks for many has cut the latitudes already
        if width < abs(other.longitude - centre.longitude) < _FULL_TURN - width:
            continue
        if abs(other.latitude - centre.latitude) > height:
            continue
        distance = distance_km(centre, other)
        if distance <= limit_km and (nearest is None or distance < nearest):
            nearest = distance
    return nearest


def _box(centre: Position, limit_km: float) -> tuple[float, float]:
    """Half height and half width in degrees of a box that holds the whole circle."""
    angle = limit_km / EARTH_RADIUS_KM
    ratio = sin(angle) / max(cos(radians(centre.latitude)), 1e-12)
    holds_a_pole = angle >= pi / 2 or ratio >= 1  # then no meridian is too far away
    width = _FULL_TURN if holds_a_pole else degrees(asin(ratio))
    margin = 1e-9  # rounding must never put a point on the rim outside
    return degrees(angle) + margin, width + margin


@lru_cache(maxsize=16_384)
def travel_minutes(kilometres: int, travel: Travel = Travel.GOODS) -> int:
    """Minutes for a great-circle distance over land: the road is 1.3 times as long, 50 km/h for 100 km, then 70 km/h.

    People go on by express train or aeroplane (150 km/h) beyond 300 km of road. Whole numbers throughout, so that a
    ranking never hangs on the last bit of a float.
    """
    if travel is Travel.REMOTE:
        return 0
    road_tenths = kilometres * 13
    fast_tenths = max(road_tenths - 3_000, 0) if travel is Travel.PEOPLE else 0
    slow_tenths = road_tenths - fast_tenths
    return min(slow_tenths, 1000) * 6 // 50 + max(slow_tenths - 1000, 0) * 6 // 70 + fast_tenths * 6 // 150
