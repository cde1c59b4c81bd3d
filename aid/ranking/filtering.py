"""Who is left out for one line of a request, and why; the first reason that holds is the one that is told."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import degrees
from operator import attrgetter
from typing import Self

from agreements.terms import Payer
from aid.ranking import traits
from aid.ranking.candidates import Footprint, Need, Partner, RankingTerms, Supply, SystemFit
from aid.ranking.geography import EARTH_RADIUS_KM, Leg, Position, nearest_within
from aid.ranking.islands import Travel
from aid.ranking.reasons import Code, Reason
from aid.severity import IncidentKind


@dataclass(frozen=True, slots=True)
class Case:
    """照合の前提: the same for all partners of one call; `minutes_left` is None where no time limits.

    `hour` are the points of an hour under way. `latest` is when help is so late (minutes from now) that it counts as
    none. `legs` were counted for this line or others to the same island, by kilometres and where they come from.
    `is_natural`: nature struck, so that who is near may be struck by the same.
    """

    need: Need
    seat: Position | None
    centres: tuple[Position, ...]
    nearest: dict[tuple[Position, int], float | None] = field(compare=False)
    legs: dict[tuple[int, str], Leg] = field(compare=False, repr=False)
    minutes_left: int | None
    latest: int | None
    travel: Travel
    hour: int
    is_cost_open: bool
    is_cyber: bool
    is_natural: bool
    touches_data: bool
    is_package_a_must: bool
    terms: RankingTerms

    @classmethod
    def of(cls, need: Need, seat: Position | None, footprint: Footprint, now: datetime, terms: RankingTerms) -> Self:
        """Put together what holds for every partner."""
        left = _minutes_left(need, now)
        is_cyber = footprint.kind is IncidentKind.CYBER
        travel = Travel.REMOTE if need.is_remote else traits.travel_of(need.kind)
        return cls(
            need=need,
            seat=seat,
            # Distance says nothing about a cyber incident.
            centres=() if is_cyber else footprint.centres,
            nearest={} if is_cyber else footprint.nearest,
            legs=footprint.legs.setdefault((seat.island if seat else None, travel, terms), {}),
            minutes_left=left,
            latest=None if left is None else left + left * terms.late_percent // 100,
            travel=travel,
            hour=terms.people_hour if travel is Travel.PEOPLE else terms.goods_hour,
            is_cost_open=need.payer is Payer.CONSULTATION,
            is_cyber=is_cyber,
            is_natural=footprint.kind not in {IncidentKind.CYBER, IncidentKind.OTHER},
            touches_data=need.kind in traits.TOUCHES_RESIDENT_DATA,
            # Who runs the victim's package is left out of a cyber incident, so it can't be a must there.
            is_package_a_must=not is_cyber and need.kind in traits.PACKAGE_IS_A_MUST,
            terms=terms,
        )


def _minutes_left(need: Need, now: datetime) -> int | None:
    # Once the moment has passed, late help is better than none: nobody is left out for it any more.
    if need.needed_by is None or need.needed_by <= now:
        return None
    return (need.needed_by - now) // timedelta(minutes=1)


def refused(partner: Partner, case: Case) -> Reason | None:
    """Say why a partner is left out whatever it has, if it is."""
    if not partner.is_bound:
        return Reason(Code.NOT_BOUND, {})
    if partner.reported_unable or partner.severity is not None:
        reason = _struck(partner, case)
        if reason is not None:
            return reason
    if case.is_cyber and partner.is_exposed:
        return Reason(Code.SHARED_SUPPLIER, {})
    if case.is_package_a_must and partner.system in _ANOTHER:
        return Reason(Code.OTHER_PACKAGE, {})
    if partner.is_silent:
        return Reason(Code.SILENT, {"days": case.terms.silent_days})
    return _not_allowed(partner, case) if case.touches_data else None


_ANOTHER = frozenset({SystemFit.OTHER, SystemFit.SAME_VENDOR})


def lacking(supply: Supply, kind: str) -> Reason:
    """Say that nothing of a kind is there to give."""
    code = Code.NOT_DECLARED if supply.capacity <= 0 else Code.NOTHING_AVAILABLE
    return Reason(code, {"kind": kind})


def too_late(arrival: int) -> Reason:
    """Say that help would come too late to be of use; `arrival` in minutes from now."""
    return Reason(Code.TOO_LATE, {"hours": -(-arrival // 60)})


def _struck(partner: Partner, case: Case) -> Reason | None:
    """Say that a partner is hit itself, by what is known or by its own word, or too near to be spared."""
    severity = partner.severity
    if severity is not None and severity.is_hit:
        return Reason(Code.HIT, {"severity": severity.value})
    if partner.reported_unable:
        return Reason(Code.HIT, {"reported": True})
    if severity is None or not severity.is_shaken or partner.position is None:
        return None
    km = _nearest(partner.position, case)
    return None if km is None else Reason(Code.TOO_NEAR, {"severity": severity.value, "km": round(km)})


def _nearest(place: Position, case: Case) -> float | None:
    """Return how far the nearest centre is, where one is near; worked out once for each footprint."""
    key = place, case.terms.near_km
    if key not in case.nearest:
        case.nearest[key] = nearest_within(place, _centres_at(place, case), case.terms.near_km)
    return case.nearest[key]


def _centres_at(place: Position, case: Case) -> tuple[Position, ...]:
    """Return the centres on about the same latitude: others are too far away in any case."""
    reach = degrees(case.terms.near_km / EARTH_RADIUS_KM) + 1e-6
    first = bisect_left(case.centres, place.latitude - reach, key=_latitude)
    return case.centres[first : bisect_right(case.centres, place.latitude + reach, key=_latitude)]


_latitude = attrgetter("latitude")


def _not_allowed(partner: Partner, case: Case) -> Reason | None:
    """What touches residents' data is officials' work, and under an NDA where the group wants one."""
    if partner.is_associate and not case.terms.associates_may_handle_data:
        return Reason(Code.ASSOCIATE, {})
    return Reason(Code.NDA_REQUIRED, {}) if case.terms.nda_required and not partner.has_nda else None
