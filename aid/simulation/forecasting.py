"""Urgent needs that will come: as soon as shaking data name who is hit, before they could ask.

Only what is known beforehand goes in: how many are hit, how much such members usually ask for, of what, how urgently
and when. Halving or doubling it hardly matters; leaving it out gives scarce things to whoever asks first.
"""

from aid.allocation.problem import Way
from aid.plans import forecast
from aid.plans.choosing import MARGIN, Forecast
from aid.severity import Severity
from aid.simulation.candidates import Candidates
from aid.simulation.making import SHARES
from aid.simulation.world import MINUTES, TYPICAL, SimMember, SimRequest, World, worth

STAND_INS = 12
"""Members that stand for all that are hit."""


def expected(world: World, candidates: Candidates) -> list[tuple[str, Forecast]]:
    """Return the kinds and urgent needs to expect of the whole day, spread over members that stand for all hit."""
    hit = [member for member in world.members if member.severity and Severity(member.severity).is_hit]
    if not hit:
        return []
    standing = hit[:: max(1, len(hit) // STAND_INS)]
    requests, total = forecast.REQUESTS_EACH * len(hit), sum(forecast.SHARES.values())
    return [
        (kind, _forecast(member, kind, priority, requests * share / total / len(standing), candidates))
        for priority in forecast.URGENT
        for kind, share in forecast.SHARES.items()
        for member in standing
    ]


def _forecast(member: SimMember, kind: str, priority: int, requests: float, candidates: Candidates) -> Forecast:
    units = requests * SHARES[priority] * TYPICAL[kind] * MARGIN * forecast.CAUTION
    within = forecast.usual_hours(priority) * MINUTES
    key = f"forecast|{priority}|{kind}|{member.key}"
    like = SimRequest(key, 0.0, member.key, kind, TYPICAL[kind], priority, within)
    ways = tuple(Way(each.line, each.points) for each in candidates.ranked(like))
    return Forecast(key, units, priority, worth(kind), ways)


def still_to_come(now: float) -> float:
    """Return the share of the day's requests that are not filed yet at a moment (minutes)."""
    return forecast.still_to_come(now / MINUTES)
