"""One round of planning: look, plan outside of any transaction, and act on it as far as it is still true.

The plan is advice. Between the look and the act others may have answered, accepted, withdrawn or recalled: each ask
is judged anew by what the database says then, and dropped where it no longer holds; offers are judged by the ledger.
A large plan is acted on in sections, each in a transaction of its own.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid.allocation.solving import solve
from aid.digests import actions as digests
from aid.digests.actions import Part
from aid.escalation import actions as escalation
from aid.incidents import queries as incidents
from aid.models import AidRequest, Planning, RequestLine
from aid.plans import believing, gathering, keeping, making, stating
from aid.plans.believing import Beliefs
from aid.plans.facts import Facts
from aid.plans.models import PlanRule
from aid.plans.sections import Section
from aid.plans.state import Made, ToAsk
from aid.ranking import telling, traits
from aid.requests import alerting, matching, planned
from aid.requests import queries as requests
from aid.requests.known import Known
from foundation import clock, timers

LONG = 20_000
"""Pairs of a line (open or expected) and a partner from which planning takes longer than starting a process."""
PERIOD = timedelta(minutes=10)
"""Between two rounds at most, while anything is open."""


def look(session: Session, planning: str) -> Facts:
    """Read what a round may know (a transaction of its own, which changes nothing)."""
    return gathering.gather(session, planning)


def is_long(facts: Facts) -> bool:
    """Tell whether a plan of these facts takes so long that it is made apart."""
    expected = facts.coming.inquiries.values() if facts.coming else ()
    lines = sum(len(each.lines) for each in facts.requests) + sum(len(each) for each in expected)
    return lines * len(facts.codes) > LONG


def plan(facts: Facts) -> Made:
    """Rank and plan; takes from milliseconds to seconds and needs no database."""
    made = making.make(stating.state_of(facts), solve)
    return replace(made.brief, why=stating.why_asked(facts, made))


def act(session: Session, planning: str, section: Section) -> None:
    """Ask what a section of the plan wants and still holds, and keep it (timer).

    The sections of a plan come in their order; the last one sets the timer of the next round.
    """
    found = session.get_one(Planning, planning, with_for_update=True, populate_existing=True)
    locked = requests.requests_locked(session, section.requests)
    begun = keeping.begin(session, found, section.made) if section.is_first else keeping.newest(session, found)
    asked_before = set() if section.is_first else keeping.asked_for(session, begun)
    done = _asked(session, found, section, locked, asked_before)
    keeping.keep(session, found, begun, section, done.states)
    handed = _handed_over(session, section.left, locked)
    if section.is_last and gathering.open_requests(session, found):
        timers.schedule_once(session, planned.ROUND, found.id, clock.now(session) + PERIOD)
    # Last: from here the incident's other entries wait
    for request, lines, count in done.waves:
        if count:
            escalation.keep(session, request, lines, escalation.WAVE_SENT, count)
    for request, lines, code in handed:
        escalation.keep(session, request, lines, code)


@dataclass
class _Done:
    """What became of the asks: by (line, member); the waves that went out."""

    states: dict[tuple[str, str], tuple[str, str | None, int]] = field(default_factory=dict)
    waves: list[tuple[AidRequest, Sequence[RequestLine], int]] = field(default_factory=list)


def _asked(
    session: Session,
    planning: Planning,
    section: Section,
    locked: Mapping[str, AidRequest],
    asked_before: Collection[str],
) -> _Done:
    """Ask what still holds; for the requests `asked_before` the round has asked others already: that is one wave."""
    done = _Done()
    if not section.asks:
        return done
    judge = _Judge(session, planning, section, locked)
    chosen: dict[str, dict[str, dict[str, int]]] = {}
    for ask in section.asks:
        line, member = ask.line.line, section.made.state.members[ask.store]
        units, why = judge.units(ask)
        state = "dropped" if why else "suggested" if planning.held_at else "asked"
        done.states[line, member] = state, why, units or ask.quantity
        if state == "asked":
            chosen.setdefault(ask.line.request, {}).setdefault(member, {})[line] = units
    _tell(session, planning, chosen, locked, section.made.why, asked_before, done)
    return done


def _tell(
    session: Session,
    planning: Planning,
    chosen: Mapping[str, Mapping[str, Mapping[str, int]]],
    locked: Mapping[str, AidRequest],
    why: Mapping[tuple[str, str], Sequence[str]],
    asked_before: Collection[str],
    done: _Done,
) -> None:
    """Ask each partner, in one message where this round wants it for several requests."""
    wanted = Counter(member for asks in chosen.values() for member in asks)
    several: dict[str, list[Part]] = {}
    lines_of = requests.lines_of_any(session, list(chosen))
    names = agreements.name_of_members(session, {locked[each].requester_id for each in chosen})
    # Held on to: each message names it, and is spared reading it again
    incident = incidents.incident_named(session, planning.incident_id)
    for request in sorted(chosen, key=lambda each: (locked[each].priority, locked[each].number)):
        found, lines, asks = locked[request], lines_of[request], chosen[request]
        _, requester = names[found.requester_id]
        own = {member: _why(lines, units, member, why) for member, units in asks.items()}
        together = {member: units for member, units in asks.items() if wanted[member] > 1}
        alone = {member: units for member, units in asks.items() if wanted[member] == 1}
        is_new_wave = request not in asked_before
        alerting.remember_asked(session, found, lines, together, is_new_wave=is_new_wave)
        for member, units in together.items():
            part = alerting.part_of(session, found, lines, units, own[member], requester)
            several.setdefault(member, []).append(part)
        if alone:
            is_new_wave = is_new_wave and not together
            alerting.ask_quantities(session, found, lines, alone, own, requester=requester, is_new_wave=is_new_wave)
        done.waves.append((found, lines, len(asks)))
    for member in digests.ask(session, planning.group_id, incident.id, several):
        for part in several[member]:
            timers.reschedule(session, alerting.REPLACE, part.request, clock.now(session))


def _why(
    lines: Sequence[RequestLine], asked: Collection[str], member: str, why: Mapping[tuple[str, str], Sequence[str]]
) -> str:
    """Return why a member is asked for those lines of a request that it is really asked for."""
    return telling.said([(each.kind, why.get((each.id, member), ())) for each in lines if each.id in asked])


def _free(
    session: Session, planning: Planning, asks: Sequence[ToAsk], known: Known, beliefs: Beliefs
) -> dict[tuple[str, str], int]:
    """Return what may be asked for now, by member and kind, as a look would find it."""
    _, terms = agreements.terms_in_force(session, planning.group_id)
    least_fit = terms.ranking.least_fit
    kinds = traits.with_instead((ask.line.kind for ask in asks), least_fit)
    # A request keeps its own terms, by which more may stand in than by those in force
    kinds = believing.kinds_counted(kinds | {ask.kind for ask in asks}, beliefs.held, least_fit)
    found = [each for of_kind in known.stocks(kinds).values() for each in of_kind.values()]
    awaited = believing.awaited(beliefs.held, found, least_fit)
    return {(each.member, each.kind): beliefs.free(each, awaited[each.member, each.kind]) for each in found}


def _may_ask(request: AidRequest) -> bool:
    return request.status in planned.OPEN and not requests.is_held(request)


class _Judge:
    """Whether an ask of the plan still holds: by the requests as they are now, by the ranking, and by the ledger."""

    def __init__(
        self, session: Session, planning: Planning, section: Section, locked: Mapping[str, AidRequest]
    ) -> None:
        self._locked = locked
        self._members = section.made.state.members
        lines = requests.lines_of_any(session, list(locked))
        self._missing = gathering.missing_of(session, lines)
        known = Known(session, planning.incident_id, planning.group_id)
        self._beliefs = believing.believe_of_stock(session, planning, {each.member for each in known.bound})
        self._free = _free(session, planning, section.asks, known, self._beliefs)
        opened = [each for each in locked.values() if _may_ask(each)]
        self._left_out = gathering.left_out(session, opened, lines, section.asked, known)
        self._known = matching.known_of(session, list(locked))
        rules = session.execute(
            select(PlanRule.kind, PlanRule.line_id, PlanRule.member_id).where(
                PlanRule.planning_id == planning.id, PlanRule.ended_at.is_(None)
            )
        )
        self._rules = {(kind, line, member) for kind, line, member in rules}

    def units(self, ask: ToAsk) -> tuple[int, str | None]:
        """Return how many units may be asked, or why none any more."""
        if why := self._why_not(ask):
            return 0, why
        key = self._members[ask.store], ask.kind
        free = self._free.get(key, 0)
        units = min(ask.quantity, free, self._missing[ask.line.line])
        if units <= 0:
            return 0, "nothing_left"
        self._free[key] = free - units
        return units, None

    def _why_not(self, ask: ToAsk) -> str | None:
        member, line, request = self._members[ask.store], ask.line.line, self._locked.get(ask.line.request)
        if request is None or not _may_ask(request):
            return "request_changed"
        if self._missing.get(line, 0) <= 0:
            return "covered"
        if member in self._known[request.id]:
            return "asked_already"
        is_unpinned = ask.is_pinned and ("pin", line, member) not in self._rules
        if ("forbid", line, member) in self._rules or is_unpinned:
            return "not_wanted"
        if ask.instead and not self._beliefs.may_stand_in(member, ask.line.kind):
            return "nothing_left"
        return self._left_out.get((line, member))


def _handed_over(
    session: Session, left: Sequence[str], locked: Mapping[str, AidRequest]
) -> list[tuple[AidRequest, Sequence[RequestLine], str]]:
    """Hand over to people what nobody is left for, where it is still open and short."""
    found: list[tuple[AidRequest, Sequence[RequestLine], str]] = []
    lines_of = requests.lines_of_any(session, left)
    for request in left:
        each, lines = locked[request], lines_of[request]
        if each.status not in planned.OPEN or not alerting.is_short(session, each, lines):
            continue
        if code := escalation.hand_over(session, each, lines):
            found.append((each, lines, code))
    return found
