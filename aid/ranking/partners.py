"""Ranking the partners for one line of a request: the seam that matching stands behind.

A score counts points, lower is better (`aid.ranking.scoring`); ties go by municipality code and then member,
so that the same facts in any order give the same ranking.
"""

from collections.abc import Sequence
from datetime import datetime

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
from aid.ranking.scoring import Roll, Scored, entered, scored

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
    "ranked",
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
    return ranked(Roll.of(entered(each, case) for each in partners), requester.member, case)


def ranked(roll: Roll, requester: str, case: Case) -> Ranking:
    """Return the same of partners whose entries were made before."""
    found, refused = scored(roll, case, requester)
    excluded = [Exclusion(partner.member, partner.code, partner.name, reason) for partner, reason in refused]
    excluded.sort(key=_by_code)
    return Ranking(_candidates(found, case), tuple(excluded))


def _by_code(left_out: Exclusion) -> tuple[bool, str, str]:
    return left_out.code is None, left_out.code or "", left_out.member


def _candidates(found: Sequence[Scored], case: Case) -> tuple[Candidate, ...]:
    judged = (Judgement(partner, choice, case, score) for score, partner, choice in found)
    return tuple(Candidate(each, each.quantity, place) for place, each in enumerate(judged, start=1))
