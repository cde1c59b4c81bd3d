"""Ranking the partners for one line of a request: the seam that matching stands behind.

A score counts points, lower is better (`aid.scoring`); ties go by municipality code and then member,
so that the same facts in any order give the same ranking.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from aid import waves
from aid.candidates import (
    Candidate,
    Exclusion,
    Footprint,
    Hit,
    Need,
    Partner,
    Ranking,
    RankingTerms,
    Requester,
)
from aid.geography import Position
from aid.reasons import Reason
from aid.scoring import Case, Scored, judge
from aid.severity import IncidentKind, Severity

__all__ = [
    "Candidate",
    "Exclusion",
    "Footprint",
    "Hit",
    "Need",
    "Partner",
    "Ranking",
    "RankingTerms",
    "Requester",
    "rank",
]


def rank(
    need: Need,
    requester: Requester,
    partners: Sequence[Partner],
    footprint: Footprint,
    terms: RankingTerms,
    now: datetime,
) -> Ranking:
    """Candidates and exclusions for one line; the requester itself is in neither."""
    case = Case(need, requester.position, _centres(footprint), _minutes_left(need, now), terms)
    scored: list[tuple[tuple[int, bool, str, str], Scored]] = []
    excluded: list[Exclusion] = []
    for partner in partners:
        if partner.member == requester.member:
            continue
        judged = judge(partner, case)
        if isinstance(judged, Reason):
            excluded.append(Exclusion(partner.member, partner.code, partner.name, judged))
        else:
            scored.append(((judged.score, *_by_code(partner)), judged))
    scored.sort(key=itemgetter(0))
    excluded.sort(key=_by_code)
    return Ranking(_candidates([entry for _, entry in scored], need, terms), tuple(excluded))


def _centres(footprint: Footprint) -> tuple[Position, ...]:
    """Where a shaken partner is too near; distance says nothing about a cyber incident."""
    if footprint.kind is IncidentKind.CYBER:
        return ()
    return tuple(hit.position for hit in footprint.hits if hit.severity.is_at_least(Severity.SIX_LOWER))


def _minutes_left(need: Need, now: datetime) -> int | None:
    # Once the moment has passed, late help is better than none: nobody is left out for it any more.
    if need.needed_by is None or need.needed_by <= now:
        return None
    return (need.needed_by - now) // timedelta(minutes=1)


def _by_code(partner: Partner | Exclusion) -> tuple[bool, str, str]:
    return partner.code is None, partner.code or "", partner.member


def _candidates(scored: Sequence[Scored], need: Need, terms: RankingTerms) -> tuple[Candidate, ...]:
    quantities = [min(entry.partner.available, need.quantity) for entry in scored]
    numbers = waves.assign(quantities, need.quantity, terms.wave_cover, terms.wave_minimum)
    return tuple(
        Candidate(
            entry.partner.member,
            entry.partner.code,
            entry.partner.name,
            quantity,
            place,
            wave,
            None if entry.km is None else round(entry.km, 1),
            entry.score,
            entry.reasons,
        )
        for place, (entry, quantity, wave) in enumerate(zip(scored, quantities, numbers, strict=True), start=1)
    )
