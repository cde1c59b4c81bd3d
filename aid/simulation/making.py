"""Made-up worlds on the real map: thirty, three hundred or all 1,741 municipalities, and the day of a disaster."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log, sqrt
from statistics import NormalDist

from agreements import directory
from agreements.directory import Municipality
from aid.plans import forecast
from aid.ranking.geography import Position, distance_km
from aid.severity import Severity
from aid.simulation.footprints import Area, tohoku_2011
from aid.simulation.world import MINUTES, TYPICAL, SimLine, SimMember, SimRequest, World, chance

RUPTURE = ((34.6, 138.0), (34.2, 137.2), (33.5, 136.2), (33.1, 134.9), (32.8, 133.4), (32.4, 132.4), (31.6, 131.8))
"""Suruga bay to Hyuga-nada: the coast side of a Nankai Trough rupture, degrees north and east."""
HIT = {30: 5, 300: 75, 1741: 723}
ASKING = {30: 5, 300: 75, 1741: 700}
HELPING = {30: 25, 300: 225, 1741: 1_000}
SHARES = {**forecast.URGENT, 3: 0.35, 4: 0.20}
"""Of all requests, by priority."""
WITHIN_HOURS = {**forecast.WITHIN_HOURS, 3: (144, 360), 4: (240, 1_080)}
"""Between these hours lies the moment after which help is of no use, by priority."""
SLOW = frozenset({"staff_kitting"})
"""Help that takes days to make ready wherever it comes from: nobody asks for it at once."""
SLOW_PRIORITY = 3
DECLARED = {
    "staff_network": (0.9, 1.6, 6, 48),
    "staff_kitting": (0.5, 1, 72, 240),
    "staff_resident_data": (0.9, 1, 6, 72),
    "staff_certificates": (0.9, 4, 12, 72),
    "pc": (0.9, 15, 12, 72),
    "printer": (0.9, 3, 12, 72),
    "satphone": (0.8, 2, 2, 24),
    "generator": (0.8, 2, 2, 24),
    "switch": (0.8, 6, 6, 48),
    "data_restore": (0.5, 1, 4, 36),
    "hosting": (0.5, 3, 2, 24),
    "web_page": (0.9, 1, 2, 12),
}
"""Share of members that declare a kind, how much on average, and the least and most hours until it is ready."""
_NORMAL = NormalDist()


def make(scale: int, seed: int, area: Area = Area.NANKAI) -> World:
    """Make the world of a scale, a seed and a footprint. Raises KeyError for a scale that there is not."""
    places = _places(scale, seed)
    severity = _nankai(places, scale) if area is Area.NANKAI else tohoku_2011()
    hit = [place.code for place in places if Severity(severity.get(place.code, Severity.FOUR)).is_hit]
    draw = _Draw(seed)
    sizes = {place.code: draw.log_normal(place.code, "size", 0.8) for place in places}
    members = [_member(place, sizes[place.code], draw, severity.get(place.code)) for place in places]
    helping = [place for place in places if place.code not in hit]
    helping = sorted(helping, key=lambda place: draw.uniform(place.code, "helps"))[: HELPING[scale]]
    lines = [line for place in helping for line in _lines(place.code, sizes[place.code], draw)]
    asking = hit if area is not Area.NANKAI else _nearest(places)[: ASKING[scale]]
    requests = [request for code in asking for request in _requests(code, sizes[code], draw)]
    requests.sort(key=lambda request: (request.at, request.key))
    lines.sort(key=lambda line: line.key)
    name = f"{scale}" if area is Area.NANKAI else f"{scale} {area}"
    return World(name, members, lines, requests, seed)


def _nearest(places: Sequence[Municipality]) -> list[str]:
    """The municipalities by their distance from the rupture."""
    return [place.code for place in sorted(places, key=lambda place: (_from_rupture(place), place.code))]


def _nankai(places: Sequence[Municipality], scale: int) -> dict[str, str]:
    order = _nearest(places)
    shaken = HIT[scale] + max(1, HIT[scale] // 4)
    hit = dict.fromkeys(order[: HIT[scale]], Severity.SIX_UPPER.value)
    return hit | dict.fromkeys(order[HIT[scale] : shaken], Severity.FIVE_LOWER.value)


def _places(scale: int, seed: int) -> list[Municipality]:
    every = directory.municipalities()
    if scale == len(every):
        return list(every)
    HIT[scale]
    drawn = sorted(every, key=lambda place: chance(seed, place.code, "place"))[:scale]
    return sorted(drawn, key=lambda place: place.code)


def _from_rupture(place: Municipality) -> float:
    here = Position(place.latitude, place.longitude)
    return min(distance_km(here, point) for point in _rupture_points())


def _rupture_points(between: int = 20) -> list[Position]:
    return [
        Position(a[0] + (b[0] - a[0]) * step / between, a[1] + (b[1] - a[1]) * step / between)
        for a, b in pairwise(RUPTURE)
        for step in range(between + 1)
    ]


class _Draw:
    """Random numbers that belong to something, so that no order of drawing matters."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def uniform(self, *what: str) -> float:
        return chance(self._seed, *what)

    def normal(self, *what: str) -> float:
        return _NORMAL.inv_cdf(self.uniform(*what))

    def log_normal(self, thing: str, what: str, spread: float) -> float:
        return exp(spread * self.normal(thing, what))

    def amount(self, mean: float, *what: str) -> int:
        """A whole amount of at least one, spread as stocks are (a sum of two exponentials)."""
        first, second = self.uniform(*what, "first"), self.uniform(*what, "second")
        return max(1, round(-mean / 2 * (log(first) + log(second))))

    def between(self, low: float, high: float, *what: str) -> float:
        """Log-uniform."""
        ratio: float = (high / low) ** self.uniform(*what)
        return low * ratio


def _member(place: Municipality, size: float, draw: _Draw, severity: str | None) -> SimMember:
    willing = _willing(place.code, draw)
    ict = min(max(1, round(6 * sqrt(size) * draw.log_normal(place.code, "ict", 0.35))), 60)
    yes = sum(draw.uniform(place.code, "past", str(call)) < willing for call in range(8))
    return SimMember(
        place.code,
        place.latitude,
        place.longitude,
        severity,
        max(1, round(ict * 0.2)),
        max(1, round(ict * 0.6)),
        yes,
        8,
    )


def _willing(code: str, draw: _Draw) -> float:
    """How often a member really gives: around one half, seldom near never or always."""
    return min(max(0.5 + 0.15 * draw.normal(code, "willing"), 0.1), 0.9)


def _lines(code: str, size: float, draw: _Draw) -> list[SimLine]:
    found = []
    willing = _willing(code, draw)
    for kind, (share, mean, soonest, latest) in DECLARED.items():
        if draw.uniform(code, kind, "declared") >= share:
            continue
        quantity = max(1, round(draw.amount(mean, code, kind, "amount") * min(max(sqrt(size), 0.3), 6)))
        free = quantity - quantity // 10
        really = free if draw.uniform(code, kind, "really") < 0.7 else (free + 1) // 2  # noqa: PLR2004 — see aid.waves.cover
        is_there = draw.uniform(code, kind, "there") < willing
        lead = round(draw.between(soonest, latest, code, kind, "lead"))
        found.append(SimLine(f"{code}|{kind}", code, kind, free, lead, really if is_there else 0))
    return found


def _requests(code: str, size: float, draw: _Draw) -> list[SimRequest]:
    wanted = sorted(
        forecast.SHARES, key=lambda kind: draw.uniform(code, kind, "wanted") ** (1 / forecast.SHARES[kind])
    )
    return [_request(code, kind, size, draw) for kind in wanted[::-1][: forecast.REQUESTS_EACH]]


def _request(code: str, kind: str, size: float, draw: _Draw) -> SimRequest:
    quantity = max(1, round(draw.amount(TYPICAL[kind], code, kind, "wish") * min(max(sqrt(size), 0.5), 3)))
    priority = _priority(draw.uniform(code, kind, "priority"))
    if kind in SLOW:
        priority = max(priority, SLOW_PRIORITY)
    low, high = WITHIN_HOURS[4 if kind in SLOW else priority]
    within = low + (high - low) * draw.uniform(code, kind, "within")
    at = forecast.RUSH_HOURS * _early(draw, code, kind)
    return SimRequest(f"{code}|{kind}", at * MINUTES, code, kind, quantity, priority, within * MINUTES)


def _priority(drawn: float) -> int:
    reached = 0.0
    for priority, share in SHARES.items():
        reached += share
        if drawn < reached:
            return priority
    return max(SHARES)


def _early(draw: _Draw, code: str, kind: str) -> float:
    """Between 0 and 1, rather in the first half: the rush of the first hours."""
    drawn: Sequence[float] = sorted(draw.uniform(code, kind, "at", str(number)) for number in range(4))
    return drawn[1]
