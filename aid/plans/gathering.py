"""The facts of a round, read from what everybody's acts have left: open lines, who could serve them, what is free.

Of the group each thing is read once, however many requests are open; nothing is ranked here.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.queries import BoundMember
from agreements.terms import Terms
from aid.incidents import queries as incidents
from aid.models import AidRequest, Planning, RequestLine
from aid.plans import believing, forecast
from aid.plans.facts import Coming, Decision, Facts, SeenLine, SeenRequest
from aid.plans.models import PlanRule
from aid.ranking import traits
from aid.requests import asks, matching, planned
from aid.requests import gathering as requests_facts
from aid.requests import queries as requests
from aid.requests.gathering import Inquiry
from aid.requests.known import Known
from aid.severity import IncidentKind
from foundation import clock
from inventory.records.likeness import Named


def gather(session: Session, planning: str) -> Facts:
    """Return what a round may know of a planning; changes nothing."""
    found = session.get_one(Planning, planning)
    known = Known(session, found.incident_id, found.group_id)
    _, terms = agreements.terms_in_force(session, found.group_id)
    seen = _seen(session, open_requests(session, found), known)
    codes = {each.member: code_of(each) for each in known.bound}
    beliefs = believing.believe(session, found, [each.id for each in seen], known.histories)
    least_fit = terms.ranking.least_fit
    kinds = _kinds(seen) | traits.with_instead(forecast.SHARES, least_fit)
    kinds = believing.kinds_counted(kinds, beliefs.held, least_fit)
    return Facts(
        planning,
        clock.now(session),
        found.held_at is not None,
        terms,
        codes,
        seen,
        beliefs,
        [each for of_kind in known.stocks(kinds).values() for each in of_kind.values()],
        _coming(session, found, terms, codes, known),
        _decisions(session, planning),
    )


def open_requests(session: Session, planning: Planning) -> list[AidRequest]:
    """Return the requests that still ask; one that waits for its code asks nobody yet."""
    statement = select(AidRequest).where(
        AidRequest.incident_id == planning.incident_id,
        AidRequest.group_id == planning.group_id,
        AidRequest.status.in_(planned.OPEN),
    )
    rows = session.scalars(statement.order_by(AidRequest.number).execution_options(populate_existing=True))
    return [each for each in rows if not requests.is_held(each)]


def missing_of(session: Session, lines: Mapping[str, Sequence[RequestLine]]) -> dict[str, int]:
    """Return by line what is neither committed nor offered and waiting to be accepted; `lines` by request."""
    offered = asks.offered_on_any(session, list(lines))
    every = (line for of_request in lines.values() for line in of_request)
    return {line.id: line.quantity - line.committed - offered.get(line.id, 0) for line in every}


def code_of(member: BoundMember) -> str:
    """Return what names a member in a plan: its municipality code where it has one."""
    return member.municipality or member.member


def _seen(session: Session, opened: Sequence[AidRequest], known: Known) -> list[SeenRequest]:
    """Return the requests with what each still needs; every kind of fact is read once for all of them."""
    lines = requests.lines_of_any(session, [each.id for each in opened])
    missing = missing_of(session, lines)
    wanted = {each.id: [line for line in lines[each.id] if missing[line.id] > 0] for each in opened}
    short = [each for each in opened if wanted[each.id]]
    asked = matching.known_of(session, [each.id for each in short])
    _compare(short, wanted, known)
    return [
        _seen_request(session, each, wanted[each.id], missing, frozenset(asked.get(each.id, ())), known)
        for each in opened
    ]


def left_out(
    session: Session,
    opened: Sequence[AidRequest],
    lines: Mapping[str, Sequence[RequestLine]],
    asked: Mapping[str, Collection[str]],
    known: Known,
) -> dict[tuple[str, str], str]:
    """Return by line and member why those that are to be asked would be left out of a ranking now.

    `lines` by request, `asked` by line. Each rule is that of the ranking, each fact is read once for all.
    """
    wanted = {each.id: [line for line in lines[each.id] if line.id in asked] for each in opened}
    if known.is_cyber or any(line.package or line.system for found in wanted.values() for line in found):
        _compare(opened, wanted, known)
    found: dict[tuple[str, str], str] = {}
    for each in opened:
        terms = Terms.from_json(each.terms)
        inquiries = requests_facts.inquiries(session, each, wanted[each.id], terms, known, is_scored=False)
        for line, inquiry in inquiries.items():
            found |= {(line, member): code.value for member, code in inquiry.left_out(asked[line]).items()}
    return found


def _compare(opened: Sequence[AidRequest], wanted: Mapping[str, Sequence[RequestLine]], known: Known) -> None:
    """Read at once what the requesters, and the systems that their lines name, have in common with others."""
    named = (requests_facts.named_by(each, wanted[each.id]) for each in opened)
    known.compare({each.requester_id for each in opened}, set[Named]().union(*named))


def _seen_request(
    session: Session,
    request: AidRequest,
    wanted: Sequence[RequestLine],
    missing: Mapping[str, int],
    asked: frozenset[str],
    known: Known,
) -> SeenRequest:
    terms = Terms.from_json(request.terms)
    found = requests_facts.inquiries(session, request, wanted, terms, known) if wanted else {}
    return SeenRequest(
        request.id,
        request.number,
        request.priority,
        terms.answer_minutes[request.priority],
        asked,
        [SeenLine(line.id, line.position, line.kind, missing[line.id], found[line.id]) for line in wanted],
    )


def _kinds(seen: Sequence[SeenRequest]) -> set[str]:
    """Return the kinds that the lines ask for and those that may stand in for them."""
    lines = [line for each in seen for line in each.lines]
    return set[str]().union(*(traits.with_instead([line.kind], line.inquiry.terms.least_fit) for line in lines))


def _coming(
    session: Session, planning: Planning, terms: Terms, codes: Mapping[str, str], known: Known
) -> Coming | None:
    """Return what the forecast depends on; nothing is expected unless the earth shook."""
    impact = known.impact
    incident = incidents.incident_named(session, planning.incident_id)
    hours = (clock.now(session) - incident.occurred_at) / timedelta(hours=1)
    if impact.footprint.kind is not IncidentKind.EARTHQUAKE or not forecast.still_to_come(hours):
        return None
    hit = {codes[each.member]: each.member for each in known.bound if impact.is_hit(each.member, each.municipality)}
    standing = forecast.standing_for(sorted(hit))
    known.compare([hit[code] for code in standing], ())
    inquiries = {
        (code, priority): _as_if_asked(session, planning, hit[code], priority, terms, known)
        for code in standing
        for priority in forecast.URGENT
    }
    return Coming(hours, sorted(hit), inquiries)


def _as_if_asked(
    session: Session, planning: Planning, member: str, priority: int, terms: Terms, known: Known
) -> Mapping[str, Inquiry]:
    """Return what the partners would be ranked by for a usual urgent request of a member that has not asked, by kind.

    It wants help as soon as such requests usually do. The request is never written.
    """
    request = AidRequest(
        id="",
        incident_id=planning.incident_id,
        group_id=planning.group_id,
        requester_id=member,
        priority=priority,
        needed_by=clock.now(session) + timedelta(hours=forecast.usual_hours(priority)),
        terms=terms.to_json(),
        wave=0,
        tellings=0,
    )
    lines = [
        RequestLine(id=kind, request_id="", position=0, kind=kind, quantity=forecast.USUAL[kind], committed=0)
        for kind in forecast.SHARES
    ]
    return requests_facts.inquiries(session, request, lines, terms, known)


def _decisions(session: Session, planning: str) -> list[Decision]:
    standing = session.scalars(
        select(PlanRule).where(PlanRule.planning_id == planning, PlanRule.ended_at.is_(None)).order_by(PlanRule.id)
    )
    return [
        Decision(each.kind, each.request_id, each.line_id, each.member_id, each.quantity, each.priority)
        for each in standing
    ]
