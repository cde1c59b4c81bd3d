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
from aid.ranking.scoring import Entry, entered, judge

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
    return ranked([entered(each, case) for each in partners], requester.member, case)


def ranked(entries: Sequence[Entry], requester: str, case: Case) -> Ranking:
    """Return the same of partners whose entries were made before."""
    scored, refused = judged(entries, requester, case)
    excluded = [Exclusion(partner.member, partner.code, partner.name, reason) for partner, reason in refused]
    excluded.sort(key=_by_code)
    return Ranking(_candidates(scored), tuple(excluded))


def judged(
    entries: Sequence[Entry], requester: str, case: Case
) -> tuple[list[Judgement], list[tuple[Partner, Reason]]]:
    """Return who could help with one line, best first, and who is left out and why: what a plan wants to know."""
    scored: list[tuple[int, tuple[bool, str, str], Judgement]] = []
    refused: list[tuple[Partner, Reason]] = []
    for entry in entries:
        partner, order, refusal, choices = entry
        if partner.member == requester:
            continue
        # Most of a nation has nothing of a kind: spared the call
        found = judge(entry, case) if choices or refusal is None else refusal
        if isinstance(found, Judgement):
            scored.append((found.score, order, found))
        else:
            refused.append((partner, found))
    scored.sort(key=itemgetter(0, 1))
    return [found for _, _, found in scored], refused


def _by_code(left_out: Exclusion) -> tuple[bool, str, str]:
    return left_out.code is None, left_out.code or "", left_out.member


def _candidates(scored: Sequence[Judgement]) -> tuple[Candidate, ...]:
    return tuple(Candidate(judgement, judgement.quantity, place) for place, judgement in enumerate(scored, start=1))
