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
    "judged",
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
    scored, refused = judged(need, requester, partners, footprint, terms, now)
    excluded = [Exclusion(partner.member, partner.code, partner.name, reason) for partner, reason in refused]
    excluded.sort(key=_by_code)
    return Ranking(_candidates(scored), tuple(excluded))


def judged(
    need: Need,
    requester: Requester,
    partners: Sequence[Partner],
    footprint: Footprint,
    terms: RankingTerms,
    now: datetime,
) -> tuple[list[Judgement], list[tuple[Partner, Reason]]]:
    """Return who could help with one line, best first, and who is left out and why: what a plan wants to know."""
    case = Case.of(need, requester.position, footprint, now, terms)
    scored: list[tuple[tuple[int, bool, str, str], Judgement]] = []
    refused: list[tuple[Partner, Reason]] = []
    for partner in partners:
        if partner.member == requester.member:
            continue
        found = judge(partner, case)
        if isinstance(found, Reason):
            refused.append((partner, found))
        else:
            scored.append(((found.score, *_by_code(partner)), found))
    scored.sort(key=itemgetter(0))
    return [entry for _, entry in scored], refused


def _by_code(partner: Partner | Exclusion) -> tuple[bool, str, str]:
    return partner.code is None, partner.code or "", partner.member


def _candidates(scored: Sequence[Judgement]) -> tuple[Candidate, ...]:
    return tuple(Candidate(judgement, judgement.quantity, place) for place, judgement in enumerate(scored, start=1))
