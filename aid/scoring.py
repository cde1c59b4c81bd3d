"""One partner against one need: why it is left out, or what each circumstance costs it in points.

A point is worth a minute of waiting; each reason holds its own points and they add up to the score.
All in whole numbers.
"""

from dataclasses import dataclass
from unicodedata import normalize

from aid.candidates import Need, Partner, RankingTerms
from aid.geography import Position, distance_km, nearest_within, travel_minutes
from aid.reasons import Code, Reason
from aid.severity import Severity


@dataclass(frozen=True, slots=True)
class Case:
    """照合の前提: the same for all partners of one call; `minutes_left` is None where no time limits."""

    need: Need
    seat: Position | None
    centres: tuple[Position, ...]
    minutes_left: int | None
    terms: RankingTerms


@dataclass(frozen=True, slots=True)
class Scored:
    """採点済みの候補."""

    partner: Partner
    km: float | None
    score: int
    reasons: tuple[Reason, ...]


def judge(partner: Partner, case: Case) -> Reason | Scored:
    """Why it is left out, or its score."""
    refusal = _unable(partner, case)
    if refusal is not None:
        return refusal
    km = None
    if partner.position is not None and case.seat is not None:
        km = distance_km(case.seat, partner.position)
    travel = 0 if km is None or case.need.is_remote else travel_minutes(round(km))
    arrival = (partner.lead_time_hours or 0) * 60 + travel
    if case.minutes_left is not None and arrival > case.minutes_left:
        return Reason(Code.TOO_LATE, {"hours": -(-arrival // 60)})
    reasons = (
        _distance(km, travel, case),
        _lead_time(partner, case.terms),
        _quantity(partner, case),
        *_drawbacks(partner, case),
    )
    return Scored(partner, km, sum(reason.points for reason in reasons), reasons)


def _unable(partner: Partner, case: Case) -> Reason | None:
    """Left out whatever the distance: hit, too near to be spared, or nothing to give."""
    severity = partner.severity
    if severity is not None and severity.is_hit:
        return Reason(Code.HIT, {"severity": severity.value})
    if partner.reported_unable:
        return Reason(Code.HIT, {"reported": True})
    if severity is not None and severity.is_shaken and partner.position is not None:
        km = nearest_within(partner.position, case.centres, case.terms.near_km)
        if km is not None:
            return Reason(Code.TOO_NEAR, {"severity": severity.value, "km": round(km)})
    if partner.capacity <= 0:
        return Reason(Code.NOT_DECLARED, {"kind": case.need.kind})
    if partner.available <= 0:
        return Reason(Code.NOTHING_AVAILABLE, {"kind": case.need.kind})
    return None


def _distance(km: float | None, travel: int, case: Case) -> Reason:
    terms = case.terms
    if case.need.is_remote:
        return Reason(Code.REMOTE, {"points": 0})
    if km is None:
        points = min(travel_minutes(terms.unknown_km), terms.delay_cap_minutes)
        return Reason(Code.DISTANCE_UNKNOWN, {"points": points})
    return Reason(Code.DISTANCE, {"km": round(km), "points": min(travel, terms.delay_cap_minutes)})


def _lead_time(partner: Partner, terms: RankingTerms) -> Reason:
    hours = partner.lead_time_hours
    if hours == 0:
        return Reason(Code.READY_NOW, {"points": 0})
    code = Code.LEAD_TIME
    if hours is None:
        code, hours = Code.LEAD_TIME_UNKNOWN, terms.unknown_lead_hours
    return Reason(code, {"hours": hours, "points": min(hours * 60, terms.delay_cap_minutes)})


def _quantity(partner: Partner, case: Case) -> Reason:
    needed = case.need.quantity
    offered = min(partner.available, needed)
    if offered == needed:
        return Reason(Code.QUANTITY_FULL, {"needed": needed, "kind": case.need.kind, "points": 0})
    points = case.terms.shortfall * (needed - offered) // needed
    return Reason(
        Code.QUANTITY_PART,
        {"offered": offered, "needed": needed, "kind": case.need.kind, "points": points},
    )


def _drawbacks(partner: Partner, case: Case) -> list[Reason]:
    """What not every partner has: shaking, load, a specification to meet, limits of its own."""
    reasons = []
    if partner.severity is not None:
        reasons += _shaking(partner.severity, case.terms)
    if partner.carried > 0:
        # Rounded up: whoever carries anything ranks below an equal that carries nothing.
        share = -(-case.terms.load * min(partner.carried, partner.capacity) // partner.capacity)
        reasons.append(Reason(Code.LOAD, {"carried": partner.carried, "points": share}))
    if case.need.spec:
        reasons.append(_spec(case.need.spec, partner, case.terms))
    if partner.max_days is not None:
        reasons.append(Reason(Code.MAX_DAYS, {"days": partner.max_days, "points": 0}))
    if partner.conditions:
        reasons.append(Reason(Code.CONDITIONS, {"text": partner.conditions, "points": 0}))
    return reasons


def _shaking(severity: Severity, terms: RankingTerms) -> list[Reason]:
    if severity is Severity.LIGHT:
        return [Reason(Code.LIGHTLY_HIT, {"severity": severity.value, "points": terms.lightly_hit})]
    if not severity.is_shaken:
        return []
    points = terms.shaken_lower if severity is Severity.FIVE_LOWER else terms.shaken_upper
    return [Reason(Code.SHAKEN, {"severity": severity.value, "points": points})]


def _spec(wanted: str, partner: Partner, terms: RankingTerms) -> Reason:
    if _folded(wanted) in {_folded(spec) for spec in partner.specs}:
        return Reason(Code.SPEC_LISTED, {"spec": wanted, "points": 0})
    return Reason(Code.SPEC_UNCONFIRMED, {"spec": wanted, "points": terms.spec_unconfirmed})


def _folded(spec: str) -> str:
    """Model names as people type them: full-width or not, capitals or not, with or without spaces."""
    return "".join(normalize("NFKC", spec).casefold().split())
