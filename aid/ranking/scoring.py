"""One partner against one need: why it is left out, or its score by the best that it could do.

Half of that is the same whoever asks for a kind under the same terms: it is put on an entry, which a round of
planning makes once for hundreds of lines, and a single request for its own.
"""

from typing import NamedTuple

from aid.ranking import points, traits
from aid.ranking.candidates import Partner, Supply
from aid.ranking.explaining import Judgement
from aid.ranking.filtering import Case, lacking, refused, too_late
from aid.ranking.points import Standing, Way
from aid.ranking.reasons import Reason


class Choice(NamedTuple):
    """出せるもの: the kind asked for or what stands in for it, with what it costs wherever the requester is."""

    supply: Supply
    kind: str
    fit: int
    standing: Standing
    points: int


class Entry(NamedTuple):
    """登載: what holds of a partner for every line of a kind: why it is left out, or what it could give.

    With a refusal there may be something that stands in for what it has not. `order` decides at equal points.
    """

    partner: Partner
    order: tuple[bool, str, str]
    refusal: Reason | None
    choices: tuple[Choice, ...]


def entered(partner: Partner, case: Case) -> Entry:
    """Return what holds of a partner wherever the requester is, and however much it needs of what and until when."""
    order, wanted = (partner.code is None, partner.code or "", partner.member), case.need.kind
    refusal = refused(partner, case)
    if refusal is not None:
        return Entry(partner, order, refusal, ())
    found = [_choice(partner, partner, wanted, traits.WHOLE, case)] if partner.available > 0 else []
    for each in partner.instead:
        fit = traits.fit(wanted, each.kind)
        if fit >= case.terms.least_fit and each.available > 0:
            found.append(_choice(partner, each, each.kind, fit, case))
    return Entry(partner, order, None if partner.available > 0 else lacking(partner, wanted), tuple(found))


def judge(entry: Entry, case: Case) -> Reason | Judgement:
    """Return why a partner is left out, or its score: by what was asked for, or by what stands in for it."""
    best: Reason | Judgement | None = entry.refusal
    partner = entry.partner
    if entry.choices:
        way = points.way_to(partner, case)
        for choice in entry.choices:
            best = _better(best, _judged(partner, choice, way, case))
    assert best is not None  # who is not refused has what was asked for
    return best


def _choice(partner: Partner, supply: Supply, kind: str, fit: int, case: Case) -> Choice:
    standing = points.standing(partner, supply, fit, case)
    return Choice(supply, kind, fit, standing, sum(standing))


def _better(best: Reason | Judgement | None, other: Reason | Judgement) -> Reason | Judgement:
    """Prefer fewer points, and at equal points what was looked at first; a refusal of the kind asked for is told."""
    if best is None:
        return other
    if isinstance(other, Reason):
        return best
    return other if isinstance(best, Reason) or other.score < best.score else best


def _judged(partner: Partner, choice: Choice, way: Way, case: Case) -> Reason | Judgement:
    supply, kind, fit, standing, own = choice
    if case.latest is not None and (arrival := points.arrival(supply, way)) > case.latest:
        return too_late(arrival)
    passing = points.passing(supply, way, case)
    return Judgement(partner, supply, kind, fit, way, case, standing, passing, own + sum(passing))
