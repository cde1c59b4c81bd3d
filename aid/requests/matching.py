"""Which partners could help with a request, line by line, and who has been asked in which wave."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from agreements.terms import Terms
from aid.models import AidRequest, Ask, Offer, RequestLine
from aid.ranking.partners import Candidate, Ranking
from aid.ranking.reasons import Reason
from aid.requests import gathering
from aid.requests.asks import Asking, Quantities
from aid.requests.gathering import Inquiry
from aid.requests.known import Known
from aid.requests.outlook import Outlook, given_of, outlooks_of
from aid.waves import choosing as waves
from aid.waves.holding import Held, Key


@dataclass(frozen=True, slots=True)
class Matching:
    """照合: each line's ranking, who has been asked in which wave, and how each line's next wave stands.

    `notes` say, by line, what holds for all its partners alike.
    """

    rankings: Mapping[str, Ranking]
    asked: Mapping[str, int]
    outlooks: Mapping[str, Outlook]
    notes: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    inquiries: Mapping[str, Inquiry] = field(default_factory=dict)

    @property
    def next_wave(self) -> Asking:
        """What to ask next of whom: the first wave of the lines whose asks so far may not cover them.

        A line that waits for more urgent requests chooses nobody: it would ask them for the other lines alone.
        """
        return self._first_wave({line for line, outlook in self.outlooks.items() if outlook.is_lacking})

    @property
    def wave_besides(self) -> Asking:
        """The same where those being asked have just been given their time anew: for what they can't cover."""
        return self._first_wave({line for line, outlook in self.outlooks.items() if outlook.may_lack})

    def _first_wave(self, wanting: Collection[str]) -> Asking:
        lacking = [
            ranking
            for line, ranking in self.rankings.items()
            if line in wanting and not self.outlooks[line].is_waiting
        ]
        unasked = [(member, wave) for member, wave in waves.merge(lacking) if member not in self.asked]
        first = waves.following(unasked, 0)
        return self._asking([member for member, wave in unasked if wave == first])

    @property
    def may_wait(self) -> bool:
        """Whether nobody needs to be asked now: enough is being asked for, or what is left is held by others."""
        return all(not each.is_lacking or each.is_waiting for each in self.outlooks.values())

    def replacing(self, lost: Collection[str]) -> Asking:
        """What to ask in the place of some that can't be reached: of the next in rank who can give as much."""
        chosen: set[str] = set()
        for line, ranking in self.rankings.items():
            if self.outlooks[line].need <= 0:
                continue
            gone = sum(each.quantity for each in ranking.candidates if each.member in lost)
            outlook = self.outlooks[line]
            unasked = [*outlook.free, *outlook.shared]
            chosen |= set(unasked[: waves.replacing([outlook.quantity_of(each) for each in unasked], gone)])
        return self._asking(sorted(chosen))

    def _asking(self, members: Sequence[str]) -> Asking:
        """One ask each for all lines that it could help with; the same units are not asked for on two lines."""
        asking = {member: self.quantities_of(member) for member in members}
        asked = {member: quantities for member, quantities in asking.items() if quantities}
        return Asking(asked, gathering.why_asked(self.inquiries, asked))

    def quantities_of(self, member: str) -> dict[str, int]:
        """What a member that was not asked is asked for, by line."""
        quantities: dict[str, int] = {}
        by_kind: Counter[str] = Counter()
        for line, outlook in self.outlooks.items():
            kind = outlook.kinds.get(member, "")
            if quantity := outlook.quantity_of(member, by_kind[kind]):
                quantities[line] = quantity
                by_kind[kind] += quantity
        return quantities


def match(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> Matching:
    """Rank the group's partners for what each line still needs; those asked keep the wave they were asked in."""
    terms = Terms.from_json(request.terms)
    known = Known(session, request.incident_id, request.group_id)
    inquiries = gathering.inquiries(session, request, lines, terms, known)
    outlooks = outlooks_of(session, request, lines, terms, known)
    return _looked_at(request, lines, inquiries, outlooks, asked_in(session, request))


def asked_anew(session: Session, request: AidRequest, lines: Sequence[RequestLine], before: Quantities) -> Quantities:
    """Return what members that are asked for all that is lacking are asked for, now that this is something else.

    It is what they would be asked for first, and in all no less than `before` as far as that is still lacking and
    there. Offers that wait change nothing: the question asks for all that is not committed. What was held of them
    must have been let go.
    """
    terms = Terms.from_json(request.terms)
    known = Known(session, request.incident_id, request.group_id)
    inquiries = gathering.inquiries(session, request, lines, terms, known)
    own = _given_of(request, lines, known, terms, before)
    outlooks = outlooks_of(session, request, lines, terms, known)
    for line in lines:
        outlooks[line.id].need, outlooks[line.id].own = line.quantity - line.committed, own
    asked = {member: wave for member, wave in asked_in(session, request).items() if member not in before}
    found = _looked_at(request, lines, inquiries, outlooks, asked)
    return {member: found.quantities_of(member) for member in sorted(before)}


def _given_of(
    request: AidRequest,
    lines: Sequence[RequestLine],
    known: Known,
    terms: Terms,
    before: Quantities,
) -> dict[Key, Held]:
    kinds, units = {line.id: line.kind for line in lines}, Counter[Key]()
    for member, quantities in before.items():
        for line, quantity in quantities.items():
            units[member, kinds[line]] += quantity
    held = {key: Held(quantity, request.priority) for key, quantity in units.items()}
    return given_of(held, terms.ranking.least_fit, known)


def _looked_at(
    request: AidRequest,
    lines: Sequence[RequestLine],
    inquiries: Mapping[str, Inquiry],
    outlooks: Mapping[str, Outlook],
    asked: Mapping[str, int],
) -> Matching:
    rankings, notes = {}, {}
    for line in lines:
        inquiry = inquiries[line.id]
        ranking = inquiry.rank()
        outlooks[line.id].look_at(ranking, asked, {each.member: each.available for each in ranking.candidates})
        rankings[line.id] = _waved(ranking, asked, request.wave, outlooks[line.id])
        notes[line.id] = gathering.notes_on(line, inquiry.need, inquiry.system)
    return Matching(rankings, asked, outlooks, notes, inquiries)


def _waved(ranking: Ranking, asked: Mapping[str, int], wave: int, outlook: Outlook) -> Ranking:
    """Give those asked the wave they were asked in; the others follow in waves of their own."""
    known = {member: wave + number for member, number in outlook.numbers.items()} | dict(asked)
    return Ranking(
        tuple(
            Candidate(each.judged, each.quantity, each.rank, known[each.member], outlook.held_reason(each.member))
            for each in ranking.candidates
        ),
        ranking.excluded,
    )


def asked_in(session: Session, request: AidRequest) -> dict[str, int]:
    """Return who need not be asked (again), by wave: asked and not stood down, or answered unasked (wave 0)."""
    return known_of(session, [request.id])[request.id] if request.wave > 0 else {}


def known_of(session: Session, requests: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the same of some requests by their ids, whether anybody was asked in a wave or not."""
    found: dict[str, dict[str, int]] = {each: {} for each in requests}
    asking = {"requests": list(requests)}
    for request, member in session.execute(_settled(), asking):
        found[request][member] = 0
    for request, member, wave in session.execute(_asked(), asking):
        found[request][member] = wave
    return found


@cache
def _asked() -> Select[*tuple[Any, ...]]:
    requests: Any = bindparam("requests", expanding=True)
    return select(Ask.request_id, Ask.member_id, Ask.wave).where(
        Ask.request_id.in_(requests), Ask.stood_down_at.is_(None)
    )


@cache
def _settled() -> Select[*tuple[Any, ...]]:
    requests: Any = bindparam("requests", expanding=True)
    return select(Offer.request_id, Offer.member_id).where(
        Offer.request_id.in_(requests), Offer.status.not_in(("released", "expired"))
    )
