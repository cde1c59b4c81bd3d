"""The facts of a round, read from what everybody's acts have left: open lines, who could serve them, what is free."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.queries import BoundMember
from agreements.terms import Terms
from aid import forecast
from aid.allocation.problem import Way
from aid.cover import Ask as Asked
from aid.cover import chance_in_time
from aid.incidents import queries as incidents
from aid.models import AidRequest, Planning, RequestLine
from aid.planning import Forecast, Holding
from aid.plans import believing
from aid.plans.believing import Beliefs, Out
from aid.plans.models import PlanRule
from aid.plans.state import OpenLine, Pin, Rules, State
from aid.ranking import Ranking
from aid.requests import asks, matching, planned
from aid.requests import queries as requests
from aid.severity import IncidentKind
from foundation import clock
from inventory import stock

LIFE, LOWEST = 1, 4


@dataclass(frozen=True, slots=True)
class _Looked:
    """One open request as it was found."""

    request: AidRequest
    lines: Sequence[RequestLine]
    missing: Mapping[str, int]
    rankings: Mapping[str, Ranking]
    asked: Mapping[str, int]


def gather(session: Session, planning: str) -> State:
    """Return what a round may know of a planning; changes nothing."""
    found = session.get_one(Planning, planning)
    bound = agreements.bound_members(session, found.group_id)
    looked = [_looked(session, each, bound) for each in open_requests(session, found)]
    _, terms = agreements.terms_in_force(session, found.group_id)
    codes = {each.member: code_of(each) for each in bound}
    beliefs = believing.believe(session, found, [each.request.id for each in looked], sorted(codes))
    forecasts = _forecasts(session, found, bound, terms, codes)
    kinds = sorted({line.kind for each in looked for line in each.lines})
    holdings, members = _holdings(session, found, kinds, codes, beliefs, terms)
    lines = [line for each in looked for line in _open_lines(session, each, codes, beliefs, members)]
    numbers = {each.request.id: each.request.number for each in looked}
    return State(
        planning,
        clock.now(session),
        found.held_at is not None,
        tuple(sorted(lines, key=lambda line: line.key)),
        holdings,
        tuple(_known(forecasts, members)),
        _rules(session, planning, numbers, {line.line: line.key for line in lines}, codes, looked),
        members,
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


def missing_of(session: Session, request: AidRequest, lines: Sequence[RequestLine]) -> dict[str, int]:
    """Return by line what is neither committed nor offered and waiting to be accepted."""
    offered = asks.offered_by_line(session, request.id)
    return {line.id: line.quantity - line.committed - offered.get(line.id, 0) for line in lines}


def code_of(member: BoundMember) -> str:
    """Return what names a member in a plan: its municipality code where it has one."""
    return member.municipality or member.member


def _looked(session: Session, request: AidRequest, bound: Sequence[BoundMember]) -> _Looked:
    lines = requests.lines_of(session, request.id)
    missing = {line: units for line, units in missing_of(session, request, lines).items() if units > 0}
    wanted = [line for line in lines if line.id in missing]
    if not wanted:
        return _Looked(request, [], {}, {}, {})
    found = matching.match(session, request, wanted, bound)
    return _Looked(request, wanted, missing, found.rankings, found.asked)


def _open_lines(
    session: Session, each: _Looked, codes: Mapping[str, str], beliefs: Beliefs, members: Mapping[str, str]
) -> list[OpenLine]:
    now = clock.now(session)
    minutes = Terms.from_json(each.request.terms).answer_minutes[each.request.priority]
    found = []
    for line in each.lines:
        ranking = each.rankings[line.id]
        able = {candidate.member: candidate.quantity for candidate in ranking.candidates}
        out = sorted((codes[ask.member], ask) for ask in beliefs.out if ask.line == line.id and ask.member in able)
        ways = (
            Way(f"{codes[candidate.member]}|{line.kind}", candidate.score)
            for candidate in ranking.candidates
            if candidate.member not in each.asked
        )
        found.append(
            OpenLine(
                key=f"{each.request.number}|{line.position:02d}",
                request=each.request.id,
                number=each.request.number,
                line=line.id,
                kind=line.kind,
                priority=each.request.priority,
                needed=each.missing[line.id],
                ways=tuple(way for way in ways if way.store in members),
                asked=tuple(_expected(ask, able[ask.member], beliefs, minutes, now) for _, ask in out),
                out=len(out),
                waiting=sum(ask.until > now for _, ask in out),
                left_out=Counter(exclusion.reason.code.value for exclusion in ranking.excluded),
            )
        )
    return found


def _expected(ask: Out, able: int, beliefs: Beliefs, minutes: int, now: datetime) -> Asked:
    """Return what may still come of an ask: no more than the partner could give."""
    silent = (now - ask.at) / timedelta(minutes=1)
    return Asked(min(ask.quantity, able), round(chance_in_time(beliefs.chance(ask.member), minutes, silent), 4))


def _holdings(
    session: Session,
    planning: Planning,
    kinds: Sequence[str],
    codes: Mapping[str, str],
    beliefs: Beliefs,
    terms: Terms,
) -> tuple[tuple[Holding, ...], dict[str, str]]:
    """Return what each partner has that nobody was promised and nobody waits for, and whose it is."""
    wanted = sorted({*kinds, *forecast.SHARES})
    minutes, found, members = terms.answer_minutes[LOWEST], [], {}
    for each in stock.free_stock(session, planning.group_id, wanted):
        if each.member not in codes:
            continue
        key = f"{codes[each.member]}|{each.kind}"
        chance = round(chance_in_time(beliefs.chance(each.member, each.kind), minutes), 4)
        free = beliefs.free(each.member, each.kind, each.available)
        found.append(Holding(key, free, forecast.worth(each.kind), chance))
        members[key] = each.member
    return tuple(sorted(found, key=lambda holding: holding.key)), members


def _forecasts(
    session: Session, planning: Planning, bound: Sequence[BoundMember], terms: Terms, codes: Mapping[str, str]
) -> list[Forecast]:
    """Return what is still to be expected of the hit members; nothing unless the earth shook."""
    impact = incidents.footprint(session, planning.incident_id, planning.group_id)
    incident = incidents.incident_named(session, planning.incident_id)
    hours = (clock.now(session) - incident.occurred_at) / timedelta(hours=1)
    if impact.footprint.kind is not IncidentKind.EARTHQUAKE or not forecast.still_to_come(hours):
        return []
    hit = {
        codes[each.member]: each.member
        for each in bound
        if forecast.is_hit(impact.severity_of(each.member, each.municipality))
    }
    rankings = {
        code: _as_if_asked(session, planning, hit[code], bound, terms) for code in forecast.standing_for(sorted(hit))
    }

    def ways(code: str, kind: str) -> list[Way]:
        return [Way(f"{codes[each.member]}|{kind}", each.score) for each in rankings[code][kind].candidates]

    return forecast.at(hours, forecast.expected(sorted(hit), ways))


def _as_if_asked(
    session: Session, planning: Planning, member: str, bound: Sequence[BoundMember], terms: Terms
) -> Mapping[str, Ranking]:
    """Rank the partners for a usual request of a member that has not asked; it is never written."""
    request = AidRequest(
        id="",
        incident_id=planning.incident_id,
        group_id=planning.group_id,
        requester_id=member,
        priority=LIFE,
        needed_by=None,
        terms=terms.to_json(),
        wave=0,
    )
    lines = [
        RequestLine(id=kind, request_id="", position=0, kind=kind, quantity=forecast.USUAL[kind], committed=0)
        for kind in forecast.SHARES
    ]
    return matching.match(session, request, lines, bound).rankings


def _known(forecasts: Sequence[Forecast], members: Mapping[str, str]) -> list[Forecast]:
    return [
        Forecast(each.key, each.expected, each.priority, each.worth, ways)
        for each in forecasts
        if (ways := tuple(way for way in each.ways if way.store in members))
    ]


def _rules(
    session: Session,
    planning: str,
    numbers: Mapping[str, str],
    keys: Mapping[str, str],
    codes: Mapping[str, str],
    looked: Sequence[_Looked],
) -> Rules:
    kinds = {line.id: line.kind for each in looked for line in each.lines}
    standing = session.scalars(
        select(PlanRule).where(PlanRule.planning_id == planning, PlanRule.ended_at.is_(None)).order_by(PlanRule.id)
    )
    pins, forbidden, priorities = [], set(), {}
    for rule in standing:
        if rule.priority and rule.request_id in numbers:
            priorities[numbers[rule.request_id]] = rule.priority
        line, member = rule.line_id or "", rule.member_id or ""
        if line in keys and member in codes:
            store = f"{codes[member]}|{kinds[line]}"
            if rule.kind == "pin":
                pins.append(Pin(keys[line], store, rule.quantity))
            else:
                forbidden.add((keys[line], store))
    return Rules(tuple(sorted(pins, key=lambda pin: (pin.line, pin.store))), frozenset(forbidden), priorities)
