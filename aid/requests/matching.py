"""Which partners could help with a request, line by line, and who has been asked in which wave."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.queries import BoundMember
from agreements.terms import Terms
from aid import waves
from aid.models import AidRequest, Ask, Offer, RequestLine
from aid.ranking import Ranking, RankingTerms, rank
from aid.reasons import Reason
from aid.requests import gathering
from foundation import clock


@dataclass(frozen=True, slots=True)
class Matching:
    """照合: each line's ranking, what holds for all its partners alike, and who has been asked in which wave."""

    rankings: Mapping[str, Ranking]
    asked: Mapping[str, int]
    notes: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)

    @property
    def next_wave(self) -> list[str]:
        """The members to ask next, best first for the line that wants them most."""
        unasked = [
            (member, wave) for member, wave in waves.merge(list(self.rankings.values())) if member not in self.asked
        ]
        first = waves.following(unasked, 0)
        return [member for member, wave in unasked if wave == first]

    def replacing(self, lost: Collection[str]) -> list[str]:
        """The members to ask in the place of some that can't be reached: the next in rank who can give as much."""
        chosen: set[str] = set()
        for ranking in self.rankings.values():
            gone = sum(each.quantity for each in ranking.candidates if each.member in lost)
            unasked = [each for each in ranking.candidates if each.member not in self.asked]
            count = waves.replacing([each.quantity for each in unasked], gone)
            chosen |= {each.member for each in unasked[:count]}
        return sorted(chosen)


def match(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    bound: Sequence[BoundMember] | None = None,
) -> Matching:
    """Rank the group's partners for what each line still needs; those asked keep the wave they were asked in."""
    terms = Terms.from_json(request.terms)
    limits = RankingTerms.of(terms)
    facts = gathering.gathered(session, request, lines, limits, bound)
    requester = gathering.requester_of(facts, request.requester_id)
    asked = _asked(session, request)
    now = clock.now(session)
    rankings, notes = {}, {}
    for line in lines:
        system = gathering.system_of(session, request, line)
        partners = gathering.partners_of(facts, line.kind, system)
        need = gathering.need_of(request, line, terms)
        ranking = rank(need, requester, partners, facts.impact.footprint, limits, now)
        rankings[line.id] = _waved(ranking, asked, request.wave, line.quantity - line.committed, limits)
        notes[line.id] = gathering.notes_on(line, need, system)
    return Matching(rankings, asked, notes)


def _waved(ranking: Ranking, asked: Mapping[str, int], wave: int, missing: int, limits: RankingTerms) -> Ranking:
    """Give those asked the wave they were asked in; the others follow in waves of their own."""
    unasked = [each for each in ranking.candidates if each.member not in asked]
    numbers = waves.assign(
        [each.quantity for each in unasked], max(missing, 1), limits.wave_cover, limits.wave_minimum
    )
    follow = {each.member: wave + number for each, number in zip(unasked, numbers, strict=True)}
    known = {**follow, **asked}
    return Ranking(tuple(replace(each, wave=known[each.member]) for each in ranking.candidates), ranking.excluded)


def _asked(session: Session, request: AidRequest) -> dict[str, int]:
    """Return who need not be asked (again): asked and not stood down, or withdrawn for good."""
    if request.wave == 0:
        return {}
    asks = session.execute(
        select(Ask.member_id, Ask.wave).where(Ask.request_id == request.id, Ask.stood_down_at.is_(None))
    )
    withdrawn = session.execute(
        select(Offer.member_id).where(Offer.request_id == request.id, Offer.status == "withdrawn")
    )
    return {each.member_id: 0 for each in withdrawn} | {each.member_id: each.wave for each in asks}
