"""One partner against one need: why it is left out, or its score by the best that it could do."""

from typing import NamedTuple

from aid.ranking import explaining, points, traits
from aid.ranking.candidates import Partner, Supply
from aid.ranking.filtering import Case, lacking, refused, too_late
from aid.ranking.points import Points, Way
from aid.ranking.reasons import Reason


class Judgement(NamedTuple):
    """採点結果: a partner with what it would give, how far it is, and what every circumstance costs it."""

    partner: Partner
    supply: Supply
    kind: str
    fit: int
    way: Way
    case: Case
    points: Points
    score: int

    @property
    def km(self) -> float | None:
        return self.way.km

    @property
    def arrival(self) -> int:
        """Minutes from now until it is there."""
        return points.arrival(self.supply, self.way)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every circumstance that is worth a word, each with its points; together they are the score."""
        return explaining.reasons(self)


def judge(partner: Partner, case: Case) -> Reason | Judgement:
    """Return why a partner is left out, or its score: by what was asked for, or by what stands in for it."""
    refusal = refused(partner, case)
    if refusal is not None:
        return refusal
    wanted, way = case.need.kind, points.way_to(partner, case)
    best = _judged(partner, partner, wanted, traits.WHOLE, way, case)
    for each in partner.instead:
        fit = traits.fit(wanted, each.kind)
        if fit >= case.terms.least_fit:
            best = _better(best, _judged(partner, each, each.kind, fit, way, case))
    return best


def _better(best: Reason | Judgement, other: Reason | Judgement) -> Reason | Judgement:
    """Prefer fewer points, and at equal points what was looked at first; a refusal of the kind asked for is told."""
    if isinstance(other, Reason):
        return best
    return other if isinstance(best, Reason) or other.score < best.score else best


def _judged(partner: Partner, supply: Supply, kind: str, fit: int, way: Way, case: Case) -> Reason | Judgement:
    if supply.available <= 0:
        return lacking(supply, kind)
    if case.latest is not None and (arrival := points.arrival(supply, way)) > case.latest:
        return too_late(arrival)
    found = points.counted(partner, supply, fit, way, case)
    return Judgement(partner, supply, kind, fit, way, case, found, sum(found))
