"""What each circumstance of a partner costs it, in points: whole numbers that add up to its score.

A point is worth a minute of waiting where the group's terms don't weigh it otherwise. Nothing is worth a bonus: no
number is below nought, and who has nothing against it is at nought.
"""

from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from agreements.terms import Payer
from aid.ranking import traits
from aid.ranking.candidates import Partner, Supply, SystemFit
from aid.ranking.filtering import Case
from aid.ranking.geography import Leg, Position, distance_km, travel_minutes
from aid.ranking.islands import Travel, crossing
from aid.severity import Severity

PRIOR_YES, PRIOR_CALLS = 4, 8
"""A partner counts as if it had said yes to four of eight before: few answers say little."""


class Way(NamedTuple):
    """経路: how far a partner is as the crow flies (None: not known), and its minutes over land and over sea."""

    km: float | None
    road: int
    sea: int


_NOWHERE = Way(None, 0, 0)
_REMOTE = Travel.REMOTE


class Standing(NamedTuple):
    """点数の内訳（相手ごと）: what a partner and a thing of it cost whichever line of a kind asks for it."""

    lead: int
    unfit: int
    system: int
    shaken: int
    data_centre: int
    load: int
    answers: int
    stay: int
    conditions: int
    cost: int
    nda: int


class Passing(NamedTuple):
    """点数の内訳（品目ごと）: what hangs on where the requester is, and how much of what is needed until when."""

    road: int
    sea: int
    late: int
    quantity: int
    spec: int
    hazard: int


class Choice(NamedTuple):
    """出せるもの: the kind asked for or what stands in for it, with what it costs wherever the requester is.

    `lead` are the minutes until it can leave, with a lead time that is not known counted as none.
    """

    supply: Supply
    kind: str
    fit: int
    standing: Standing
    points: int
    lead: int


def choice(partner: Partner, supply: Supply, kind: str, fit: int, case: Case) -> Choice:
    """Count what something of a partner costs wherever the requester is."""
    own = standing(partner, supply, fit, case)
    return Choice(supply, kind, fit, own, sum(own), _lead(supply))


def _lead(supply: Supply) -> int:
    return (supply.lead_time_hours or 0) * 60


def leg_to(partner: Partner, case: Case) -> Leg:
    """Return how long a partner is under way and what that costs: the same for all of an island that are as far."""
    seat, place = case.seat, partner.position
    if seat is None or place is None:
        return _leg(_NOWHERE, case)
    km, island = round(distance_km(seat, place)), place.island
    key = km, island.key if island is not None else ""
    leg = case.legs.get(key)
    if leg is None:
        leg = case.legs[key] = _leg(_way(seat, place, km, case.travel), case)
    return leg


def _leg(way: Way, case: Case) -> Leg:
    return Leg(way.road + way.sea, _road(way, case) + _sea(way, case) + _hazard(way, case))


def way_to(partner: Partner, case: Case) -> Way:
    """Return the way from a partner to the requester; no minutes where nothing travels."""
    seat, place = case.seat, partner.position
    if seat is None or place is None:
        return _NOWHERE
    return _way(seat, place, distance_km(seat, place), case.travel)


def _way(seat: Position, place: Position, km: float, travel: Travel) -> Way:
    if travel is _REMOTE:
        return Way(km, 0, 0)
    over_sea = crossing(seat.island, place.island)
    land_km = max(round(km) - over_sea.sea_km, 0)
    return Way(km, travel_minutes(land_km, travel), over_sea.minutes(travel))


def standing(partner: Partner, supply: Supply, fit: int, case: Case) -> Standing:
    """Count what holds for every line of one kind under the same terms, wherever its requester is.

    `fit` says how well what is supplied serves (in thousandths). Called for a whole nation: what does not apply
    is passed over without a call.
    """
    terms, days = case.terms, supply.max_days
    return Standing(
        min(lead_hours(supply, case) * 60, terms.delay_cap_minutes),
        terms.unfit * (traits.WHOLE - fit) // traits.WHOLE,
        _system(partner, case) if partner.system is not _NOT_ASKED else 0,
        _shaken(partner.severity, case) if partner.severity is not None else 0,
        terms.shared_data_centre if partner.shares_data_centre else 0,
        _load(partner, supply, case) if partner.carried > 0 else 0,
        _answers(partner, case),
        _stay(days, case) if days is not None else 0,
        terms.conditions if supply.conditions else 0,
        terms.cost_talks if partner.is_associate or case.is_cost_open else 0,
        terms.no_nda if case.touches_data and not partner.has_nda else 0,
    )


def score(choice: Choice, leg: Leg, case: Case) -> int:
    """Count all together: the sum of what is standing and what is passing."""
    points, left = choice.points + leg.points, case.minutes_left
    if left is not None and choice.lead + leg.minutes > left:
        points += _late(choice.lead + leg.minutes - left, case)
    missing = case.need.quantity - choice.supply.available
    if missing > 0:
        points += _shortfall(missing, case)
    if case.need.spec:
        points += _spec(choice.supply, case)
    return points


def passing(supply: Supply, way: Way, case: Case) -> Passing:
    """Tell apart what hangs on the line itself."""
    return Passing(
        _road(way, case),
        _sea(way, case),
        _late(minutes_late(supply, way, case), case),
        _shortfall(max(case.need.quantity - supply.available, 0), case),
        _spec(supply, case),
        _hazard(way, case),
    )


_NOT_ASKED = SystemFit.NOT_ASKED


def minutes_late(supply: Supply, way: Way, case: Case) -> int:
    """Return by how many minutes help would come after it is needed."""
    arrival = _lead(supply) + way.road + way.sea
    return 0 if case.minutes_left is None else max(arrival - case.minutes_left, 0)


def lead_hours(supply: Supply, case: Case) -> int:
    """Return the hours until it can leave, or what is assumed where that is not known."""
    hours = supply.lead_time_hours
    return case.terms.unknown_lead_hours if hours is None else hours


def lists_spec(supply: Supply, wanted: str) -> bool:
    """Tell whether a model or specification is among those that are declared."""
    key = folded(wanted)
    return any(key in folded(spec) for spec in supply.specs)


@lru_cache(maxsize=4096)
def folded(spec: str) -> str:
    """Model names as people type them: full-width or not, capitals or not, with or without spaces."""
    return "".join(normalize("NFKC", spec).casefold().split())


def payer_for(partner: Partner, case: Case) -> Payer:
    """Return who bears the cost: the group's rules don't bind who takes part without a vote."""
    return Payer.CONSULTATION if partner.is_associate else case.need.payer


def lacks_nda(partner: Partner, case: Case) -> bool:
    """Tell whether residents' data are touched and nobody there is bound by an NDA yet."""
    return case.touches_data and not partner.has_nda


def _road(way: Way, case: Case) -> int:
    """Return the points of a way over land, of which the length may not be known; none where nothing travels."""
    minutes = way.road
    if way.km is None and case.travel is not _REMOTE:
        minutes = travel_minutes(case.terms.unknown_km, case.travel)
    return min(minutes, case.terms.delay_cap_minutes) * case.hour // 60


def _sea(way: Way, case: Case) -> int:
    return min(way.sea, case.terms.delay_cap_minutes) * case.hour // 60


def _late(minutes: int, case: Case) -> int:
    return min(minutes, case.terms.delay_cap_minutes) * case.terms.late_hour // 60


def _shortfall(missing: int, case: Case) -> int:
    return case.terms.shortfall * missing // case.need.quantity if missing else 0


def _spec(supply: Supply, case: Case) -> int:
    spec = case.need.spec
    return case.terms.spec_unconfirmed if spec and not lists_spec(supply, spec) else 0


def _system(partner: Partner, case: Case) -> int:
    if partner.system is SystemFit.SAME_PACKAGE:
        return 0
    return case.terms.other_vendor if partner.system is SystemFit.SAME_VENDOR else case.terms.other_package


def _shaken(severity: Severity, case: Case) -> int:
    if severity is Severity.LIGHT:
        return case.terms.lightly_hit
    if not severity.is_shaken:
        return 0
    return case.terms.shaken_lower if severity is Severity.FIVE_LOWER else case.terms.shaken_upper


def _hazard(way: Way, case: Case) -> int:
    """Near the requester, the same fault, river or storm may strike next; it fades with the distance."""
    terms = case.terms
    if way.km is None or way.km >= terms.hazard_km or not case.is_natural:
        return 0
    return terms.hazard * (terms.hazard_km - round(way.km)) // terms.hazard_km


def _load(partner: Partner, supply: Supply, case: Case) -> int:
    total = max(partner.declared or supply.capacity, 1)
    # Rounded up: whoever carries anything ranks below an equal that carries nothing.
    return -(-case.terms.load * min(partner.carried, total) // total)


def _answers(partner: Partner, case: Case) -> int:
    noes = max(partner.asked - partner.said_yes, 0) + PRIOR_CALLS - PRIOR_YES
    return case.terms.answers * noes // (partner.asked + PRIOR_CALLS)


def _stay(days: int, case: Case) -> int:
    period = case.need.period_days
    return case.terms.short_stay * (period - days) // period if days < period else 0
