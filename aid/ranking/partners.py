"""Ranking the partners for one line of a request: the seam that matching stands behind.

A score counts points, lower is better (`aid.ranking.scoring`); ties go by municipality code and then member,
so that the same facts in any order give the same ranking.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter

from aid.ranking.candidates import (
    Candidate,
    Exclusion,
    Footprint,
    Hit,
    Need,
    Partner,
    Ranking,
    RankingTerms,
    Requester,
    Substitute,
    SystemFit,
)
from aid.ranking.explaining import Judgement
from aid.ranking.filtering import Case
from aid.ranking.reasons import Reason
from aid.ranking.scoring import judge
from aid.waves import choosing as waves

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
    "Substitute",
    "SystemFit",
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
    case = Case.of(need, requester.position, footprint, now, terms)
    scored: list[tuple[tuple[int, bool, str, str], Judgement]] = []
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


def _by_code(partner: Partner | Exclusion) -> tuple[bool, str, str]:
    return partner.code is None, partner.code or "", partner.member


def _candidates(scored: Sequence[Judgement], need: Need, terms: RankingTerms) -> tuple[Candidate, ...]:
    quantities = [min(each.supply.available, need.quantity) for each in scored]
    numbers = waves.assign(quantities, need.quantity, terms.wave_cover, terms.wave_minimum)
    return tuple(
        Candidate(judgement, quantity, place, wave)
        for place, (judgement, quantity, wave) in enumerate(zip(scored, quantities, numbers, strict=True), start=1)
    )
