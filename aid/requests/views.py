"""How requests and matches are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from aid.models import AidRequest, RequestLine
from aid.ranking import traits
from aid.ranking.partners import Candidate, Exclusion
from aid.ranking.reasons import Reason, hidden, phrase
from aid.requests.matching import Matching
from aid.requests.schemas import CandidateView, ExclusionView, LineMatches, LineView, Note, RequestView, StandInView
from foundation.problems import Language
from foundation.sealing import shown
from inventory import catalogue

SHOWN = 20
"""Candidates and exclusions shown at once: 10 KB over a satellite phone."""
CURSOR = 7
"""Digits of a cursor at most."""
PHONE = "aid_requests.contact_phone"


@dataclass(frozen=True, slots=True)
class Offered:
    """申出の数: quantities of offers that wait for the requester, of accepted ones, and of provisional ones."""

    waiting: int = 0
    accepted: int = 0
    provisional: int = 0


NOTHING = Offered()


def line_view(line: RequestLine, offered: Offered) -> LineView:
    """Show a line with its sums."""
    kind = catalogue.KINDS[line.kind]
    return LineView(
        id=line.id,
        kind=line.kind,
        name_ja=kind.name_ja,
        name_en=kind.name_en,
        unit=kind.unit,
        quantity=line.quantity,
        offered=offered.waiting + offered.accepted,
        provisional=offered.provisional,
        committed=line.committed,
        arrived=line.arrived,
        spec=line.spec,
        task=line.task,
        system=line.system,
        package=line.package,
        zone=line.zone,
        disposition=line.disposition,
    )


def request_view(
    session: Session,
    request: AidRequest,
    municipality: str | None,
    name: str,
    lines: list[LineView],
    warnings: list[Note],
) -> RequestView:
    """Show a request; the callers are those who may see it."""
    phone = request.contact_phone_sealed
    return RequestView(
        id=request.id,
        number=request.number,
        status=request.status,
        incident=request.incident_id,
        group=request.group_id,
        requester=municipality or request.requester_id,
        member=request.requester_id,
        municipality=municipality,
        requester_name=name,
        priority=request.priority,
        needed_by=request.needed_by,
        place=request.place,
        reason=request.reason,
        contact_phone=shown(session, request.requester_id, PHONE, request.id, phone) if phone else None,
        requested_orally_at=request.requested_orally_at,
        via=request.via,
        is_proxy=request.is_proxy,
        confirmed_at=request.confirmed_at,
        made_at=request.made_at,
        written_due_at=request.written_due_at,
        wave=request.wave,
        warnings=warnings,
        lines=lines,
        version=request.version,
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """閲覧者: in which language, and whether it speaks for the requester; others don't learn what two share."""

    language: Language
    is_requester: bool

    def told(self, reason: Reason) -> Reason:
        """Return a reason as this reader may see it."""
        return reason if self.is_requester else hidden(reason)

    def score(self, candidate: Candidate) -> int:
        """Return a score without the points of what this reader is not told: it would tell them by itself."""
        return candidate.score - sum(each.points for each in candidate.reasons if self.told(each) is not each)

    def words(self, reason: Reason) -> str:
        """Put it into words."""
        return phrase(reason, self.language.value)


def line_matches(line: RequestLine, matching: Matching, cursor: str | None, reader: Reader) -> LineMatches:
    """Show one page of a line's ranking, candidates and exclusions side by side; the cursor counts from the first."""
    ranking = matching.rankings[line.id]
    start = int(cursor) if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < CURSOR else 0
    following = start + SHOWN
    more = following < max(len(ranking.candidates), len(ranking.excluded))
    return LineMatches(
        line=line.id,
        needed=max(line.quantity - line.committed, 0),
        notes=[_note(each, reader) for each in matching.notes[line.id]],
        candidates=[_candidate(each, matching.asked, reader) for each in ranking.candidates[start:following]],
        candidate_count=len(ranking.candidates),
        excluded=[_exclusion(each, reader) for each in ranking.excluded[start:following]],
        excluded_count=len(ranking.excluded),
        next=str(following) if more else None,
    )


def _note(reason: Reason, reader: Reader) -> Note:
    told = reader.told(reason)
    return Note(code=told.code.value, facts=dict(told.facts), text=reader.words(told))


def _candidate(each: Candidate, asked: Mapping[str, int], reader: Reader) -> CandidateView:
    reasons = [reader.told(reason) for reason in each.reasons]
    return CandidateView(
        municipality=each.code,
        member=each.member,
        name=each.name,
        quantity=each.quantity,
        kind=each.kind,
        rank=each.rank,
        wave=each.wave,
        is_asked=each.member in asked,
        distance_km=each.distance_km,
        score=reader.score(each),
        reasons=[reader.words(reason) for reason in reasons],
        reason_codes=[reason.code.value for reason in reasons],
    )


def _exclusion(each: Exclusion, reader: Reader) -> ExclusionView:
    reason = reader.told(each.reason)
    return ExclusionView(
        municipality=each.code,
        name=each.name,
        reason=reader.words(reason),
        reason_code=reason.code.value,
    )


def stand_in(wanted: str, kind: str, quantity: int) -> StandInView:
    """Show so much of a kind in the place of another."""
    known = catalogue.KINDS[kind]
    return StandInView(
        kind=kind,
        name_ja=known.name_ja,
        name_en=known.name_en,
        unit=known.unit,
        quantity=quantity,
        fit=traits.percent(traits.fit(wanted, kind)),
    )
