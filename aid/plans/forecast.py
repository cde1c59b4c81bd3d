"""Urgent requests that will come: as soon as it is known who is hit, before those could ask.

What a hit member asks for in the first hours, by the model of a disaster day that `yuimaru simulate` plays: how many
requests, of what, how urgent, how much. Halving or doubling these figures hardly changes who gets what; leaving the
forecast out gives scarce things to whoever asks first. Nothing is ever sent for what is only expected.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from types import MappingProxyType

from aid.allocation.problem import REQUEST_WORTH, Way
from aid.plans.choosing import MARGIN, Forecast
from inventory import catalogue
from inventory.catalogue import Category

REQUESTS_EACH = 5
"""Requests of a hit member in all."""
RUSH_HOURS = 6.0
"""By then all of them are filed."""
URGENT = MappingProxyType({1: 0.15, 2: 0.30})
"""Share of the requests that is urgent, by priority."""
WITHIN_HOURS: Mapping[int, tuple[int, int]] = MappingProxyType({1: (12, 48), 2: (36, 120)})
"""Within how many hours at the least and at the most urgent requests want help, from when they are filed."""
SHARES: Mapping[str, float] = MappingProxyType(
    {
        "staff_network": 0.14,
        "staff_kitting": 0.06,
        "staff_resident_data": 0.10,
        "staff_certificates": 0.10,
        "pc": 0.14,
        "printer": 0.09,
        "satphone": 0.10,
        "generator": 0.10,
        "switch": 0.07,
        "data_restore": 0.03,
        "hosting": 0.04,
        "web_page": 0.03,
    }
)
"""Share of the requests by kind; they add up to 1."""
USUAL: Mapping[str, int] = MappingProxyType(
    {
        "staff_network": 3,
        "staff_kitting": 2,
        "staff_resident_data": 2,
        "staff_certificates": 8,
        "pc": 40,
        "notebook": 40,
        "tablet": 20,
        "printer": 6,
        "satphone": 4,
        "generator": 3,
        "switch": 10,
        "data_restore": 1,
        "hosting": 4,
        "web_page": 1,
    }
)
"""Units of one usual request."""
_USUAL_OF = {Category.PEOPLE: 3, Category.EQUIPMENT: 5, Category.SERVICE: 1}
STAND_INS = 6
"""Hit members that stand for all that are hit: what they ask for is the same, where they are is not."""
CAUTION = 1.6
"""So many times the mean is held back: single requests are far larger than usual ones, and urgent ones weigh most."""
LEAST = 0.05
"""Expected units below which nothing is held back."""


def worth(kind: str) -> int:
    """Return a unit's worth, so that one usual request of any kind weighs the same."""
    known = catalogue.find(kind)
    usual = USUAL.get(kind) or (_USUAL_OF[known.category] if known else 1)
    return max(REQUEST_WORTH // usual, 1)


def standing_for(hit: Sequence[str]) -> list[str]:
    """Return a few hit members that stand for all, spread over their order."""
    return list(hit[:: max(1, -(-len(hit) // STAND_INS))])


def usual_hours(priority: int) -> float:
    """Return within how many hours an urgent request usually wants help: who comes too late for it is no help."""
    return sum(WITHIN_HOURS[priority]) / 2


def expected(hit: Sequence[str], ways: Callable[[str, str, int], Sequence[Way]]) -> list[Forecast]:
    """Return the urgent needs to expect of all hit members; `ways(member, kind, priority)` is who could serve one."""
    standing = standing_for(hit)
    return [
        _forecast(member, kind, priority, len(hit) / len(standing), found)
        for member in standing
        for kind in SHARES
        for priority in URGENT
        if (found := tuple(ways(member, kind, priority)))
    ]


def still_to_come(hours: float) -> float:
    """Return the share of the requests that are not filed yet, so many hours after it happened."""
    place = bisect_right(_MOMENTS, hours / RUSH_HOURS)
    return _TO_COME[place - 1] if place else 1.0


def at(hours: float, forecasts: Sequence[Forecast]) -> list[Forecast]:
    """Return what is still to be expected of a whole day's forecasts, so many hours after it happened."""
    share = still_to_come(hours)
    scaled = [replace(each, expected=each.expected * share) for each in forecasts]
    return [each for each in scaled if each.expected >= LEAST]


def _forecast(member: str, kind: str, priority: int, members: float, ways: tuple[Way, ...]) -> Forecast:
    requests = REQUESTS_EACH * members * SHARES[kind] * URGENT[priority]
    units = requests * USUAL[kind] * MARGIN * CAUTION
    return Forecast(f"forecast|{priority}|{kind}|{member}", units, priority, worth(kind), ways)


_STEPS = 60
_MOMENTS = [step / _STEPS for step in range(_STEPS + 1)]
# The rush of the first hours: rather in the first half than in the second
_SUMS = list(accumulate(x * (1 - x) * (1 - x) for x in _MOMENTS))
_TO_COME = [1 - reached / _SUMS[-1] for reached in _SUMS]
