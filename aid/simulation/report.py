"""What a played day came to, in the figures by which policies are compared."""

from collections.abc import Mapping, Sequence
from statistics import quantiles

from aid.allocation.problem import LACKING
from aid.simulation.ledger import Ledger
from aid.simulation.world import HORIZON, MINUTES, SimRequest, World, worth

COVERED = 0.9
"""A request counts as covered once it has this share of what it asked."""
URGENT = 1


def figures(ledger: Ledger, clairvoyant: Mapping[str, int]) -> dict[str, float | int | None]:
    """Return the figures of a day; `clairvoyant` is what would be unmet if everything had been known."""
    world = ledger.world
    waits = covered_after(ledger)
    possible = [each for each in world.requests if clairvoyant[each.key] <= (1 - COVERED) * each.quantity]
    waited = [waits[request.key] for request in possible]
    urgent = [waits[request.key] for request in possible if request.priority == URGENT]
    units = sum(given.units for given in ledger.given)
    return {
        "unmet": share_unmet(world, ledger.missing),
        "unmet_clairvoyant": share_unmet(world, clairvoyant),
        "urgent_wait_p50_h": percentile(urgent, 50),
        "urgent_wait_p90_h": percentile(urgent, 90),
        "wait_p50_h": percentile(waited, 50),
        "wait_p90_h": percentile(waited, 90),
        "messages": ledger.messages,
        "messages_per_unit": round(ledger.messages / max(units, 1), 2),
        "double_commitments": ledger.promised_twice,
        "declined_units": ledger.declined,
        "busiest_partner_messages": max(ledger.heard.values(), default=0),
    }


def share_unmet(world: World, missing: Mapping[str, int]) -> float:
    """Return what is unmet, weighted by urgency, as a share of all that was asked."""
    whole = sum(_weight(request, request.quantity) for request in world.requests)
    return round(sum(_weight(request, missing[request.key]) for request in world.requests) / max(whole, 1), 4)


def _weight(request: SimRequest, missing: int) -> int:
    """The first half of a request weighs a fifth more than usual, the second a fifth less."""
    first = (request.quantity + 1) // 2
    second = request.quantity - first
    each = LACKING[request.priority] * worth(request.kind)
    return each * 4 // 5 * min(missing, second) + each * 6 // 5 * max(missing - second, 0)


def covered_after(ledger: Ledger) -> dict[str, float]:
    """Return the hours after which each request was covered; the whole day for those that were not."""
    got = dict.fromkeys(ledger.missing, 0)
    wanted = {request.key: request for request in ledger.world.requests}
    waits = dict.fromkeys(ledger.missing, HORIZON / MINUTES)
    for given in ledger.given:
        request = wanted[given.request]
        before = got[given.request]
        got[given.request] += given.units
        if before < COVERED * request.quantity <= got[given.request]:
            waits[given.request] = (given.at - request.at) / MINUTES
    return waits


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return a percentile (linear between neighbours), rounded to hundredths; None of nothing."""
    if not values:
        return None
    if len(values) == 1:
        return round(values[0], 2)
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 2)
