"""The facts that a request's lines are ranked by, read anew each time: who could help, with what, and who can't."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from agreements.queries import BoundMember
from agreements.terms import Terms
from agreements.visibility import WITHOUT_VOTE
from aid.incidents.queries import Impact
from aid.models import AidRequest, RequestLine
from aid.ranking import telling, traits
from aid.ranking.explaining import Judgement
from aid.ranking.filtering import Case
from aid.ranking.islands import Travel
from aid.ranking.partners import (
    Need,
    Partner,
    Ranking,
    RankingTerms,
    Requester,
    SystemFit,
    ranked,
)
from aid.ranking.places import place
from aid.ranking.reasons import Code, Reason
from aid.ranking.scoring import Roll, Scored, entered, judge, scored
from aid.requests.asks import Quantities
from aid.requests.known import Known, SameFor
from aid.waves.history import UNKNOWN, History
from foundation import clock
from inventory.records.likeness import Likeness, Named
from inventory.stock import Load, Stock

NO_LOAD = Load()


@dataclass(frozen=True, slots=True)
class Facts:
    """照合の事実: what is known of a group's members for one request; stocks by kind, then by member.

    `loads` are told apart: of people (true), and of things and services (false). `entries` are those that were made
    of all this already, the same for whoever asks.
    """

    bound: Sequence[BoundMember]
    unbound: Sequence[BoundMember]
    impact: Impact
    stocks: Mapping[str, Mapping[str, Stock]]
    loads: Mapping[bool, Mapping[str, Load]]
    histories: Mapping[str, History]
    silent: frozenset[str]
    under_nda: frozenset[str]
    exposed: frozenset[str]
    in_data_centre: frozenset[str]
    rolls: dict[SameFor, Roll] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """照合の問い: one line with all that its ranking depends on; ranking it needs no database any more."""

    need: Need
    requester: Requester
    facts: Facts
    system: Likeness | None
    terms: RankingTerms
    now: datetime

    def rank(self) -> Ranking:
        """Rank the group's partners for the line."""
        case = self._case
        return ranked(roll_of(self.facts, case, self.system), self.requester.member, case)

    def scored(self) -> tuple[list[Scored], list[tuple[Partner, Reason]]]:
        """Return who could help, best first, and who is left out, without waves and words."""
        case = self._case
        return scored(roll_of(self.facts, case, self.system), case, self.requester.member)

    @property
    def _case(self) -> Case:
        return Case.of(self.need, self.requester.position, self.facts.impact.footprint, self.now, self.terms)

    def judged_alone(self, members: Collection[str]) -> dict[str, Judgement]:
        """Judge some partners alone, as their ranking does; who is left out is not in it."""
        return {member: each for member, each in self._alone(members).items() if isinstance(each, Judgement)}

    def left_out(self, members: Collection[str]) -> dict[str, Code]:
        """Say of some partners why their ranking leaves them out, if it does; who left the group is not bound."""
        found = self._alone(members)
        left = {member: Code.NOT_BOUND for member in members if member not in found}
        return left | {member: each.code for member, each in found.items() if isinstance(each, Reason)}

    def _alone(self, members: Collection[str]) -> dict[str, Reason | Judgement]:
        bound = [each for each in self.facts.bound if each.member in members]
        some, case = replace(self.facts, bound=bound, unbound=(), rolls={}), self._case
        roll = roll_of(some, case, self.system)
        found: dict[str, Reason | Judgement] = {partner.member: reason for partner, reason in roll.refused}
        return found | {each.partner.member: judge(each, case) for each in roll.able}


def inquiries(
    session: Session,
    request: AidRequest,
    lines: Sequence[RequestLine],
    terms: Terms,
    known: Known,
    *,
    is_scored: bool = True,
) -> dict[str, Inquiry]:
    """Return by line what its ranking depends on; of the group only what is not known yet is read.

    Not `is_scored`: what leaves nobody out, but costs points alone, is not read.
    """
    limits = RankingTerms.of(terms)
    facts = _gathered(request, lines, limits, known, is_scored=is_scored)
    requester = requester_of(facts, request.requester_id)
    now = clock.now(session)
    return {
        line.id: Inquiry(
            need_of(request, line, terms), requester, facts, system_of(request, line, known), limits, now
        )
        for line in lines
    }


def why_asked(asked_on: Mapping[str, Inquiry], asks: Quantities) -> dict[str, str]:
    """Return by member why it is asked for some lines, in words for itself; `asked_on` gives each line's inquiry."""
    by_line: dict[str, set[str]] = {}
    for member, quantities in asks.items():
        for line in quantities:
            by_line.setdefault(line, set()).add(member)
    judged = {line: asked_on[line].judged_alone(members) for line, members in by_line.items()}
    found = {
        member: telling.why_asked([judged[line][member] for line in quantities if member in judged[line]])
        for member, quantities in asks.items()
    }
    return {member: why for member, why in found.items() if why}


def kinds_of(lines: Sequence[RequestLine], terms: RankingTerms) -> set[str]:
    """Return the kinds that lines ask for and those that may stand in for them."""
    return traits.with_instead((line.kind for line in lines), terms.least_fit)


def _gathered(
    request: AidRequest, lines: Sequence[RequestLine], terms: RankingTerms, known: Known, *, is_scored: bool
) -> Facts:
    touches_data = any(line.kind in traits.TOUCHES_RESIDENT_DATA for line in lines)
    return Facts(
        bound=known.bound,
        unbound=known.unbound if is_scored else (),
        impact=known.impact,
        stocks=known.stocks(kinds_of(lines, terms)),
        loads={of_people: known.loads(of_people=of_people) if is_scored else {} for of_people in _sorts(lines)},
        histories=known.histories if is_scored else {},
        silent=known.silent(terms.silent_days),
        under_nda=known.under_nda if touches_data else frozenset(),
        exposed=known.exposed(request.requester_id),
        in_data_centre=known.in_data_centre(request.requester_id) if is_scored else frozenset(),
        rolls=known.rolls,
    )


def _sorts(lines: Sequence[RequestLine]) -> set[bool]:
    """Return whether people (true), or things and services (false), are asked for: or both."""
    return {traits.is_people(line.kind) for line in lines}


def named_by(request: AidRequest, lines: Sequence[RequestLine]) -> set[Named]:
    """Return the systems of the requester's own that lines name."""
    named = ((each.system, each.package) for each in lines if each.package or each.system)
    return {Named(request.requester_id, system, package) for system, package in named}


def system_of(request: AidRequest, line: RequestLine, known: Known) -> Likeness | None:
    """Return who is like the requester in the system that a line names; None where none is named or compared."""
    return next((known.like(each) for each in named_by(request, [line])), None)


def need_of(request: AidRequest, line: RequestLine, terms: Terms) -> Need:
    """Return what a line still needs."""
    missing = max(line.quantity - line.committed, 1)
    return Need(
        line.id,
        line.kind,
        missing,
        request.needed_by,
        traits.travel_of(line.kind) is Travel.REMOTE,
        line.spec,
        terms.cost[traits.cost_of(line.kind)].requested,
        terms.period_days,
    )


def notes_on(line: RequestLine, need: Need, system: Likeness | None) -> tuple[Reason, ...]:
    """Return what holds for every partner of a line alike: who pays, and that a system was not compared."""
    notes = [Reason(Code.COST, {"payer": need.payer.value})]
    if system is None and (line.package or line.system):
        notes.append(Reason(Code.NOT_COMPARED, {}))
    return tuple(notes)


def requester_of(facts: Facts, member: str) -> Requester:
    """Return who asks, where it works now."""
    found = next((each for each in facts.bound if each.member == member), None)
    return Requester(member, place(found.municipality, found.latitude, found.longitude) if found else None)


def roll_of(facts: Facts, case: Case, likeness_: Likeness | None) -> Roll:
    """Return every member of the group as a partner for one kind, those that are not bound among them.

    Most of them are the same whoever asks, and are entered once for all lines of one look.
    """
    need = case.need
    others = tuple(each for each in traits.kinds_instead(need.kind) if each in facts.stocks)
    if likeness_ is not None:
        roll = _roll(facts, case, others, likeness_)
    else:
        same = need.kind, others, facts.silent, facts.under_nda, need.payer, need.period_days, case.terms
        if same not in facts.rolls:
            facts.rolls[same] = _roll(facts, case, others, None)
        roll = facts.rolls[same]
    marked = facts.exposed | facts.in_data_centre
    if not marked:
        return roll
    return Roll.of(
        entered(_marked(each.partner, facts), case) if each.partner.member in marked else each
        for each in roll.entries
    )


def _roll(facts: Facts, case: Case, others: Sequence[str], system: Likeness | None) -> Roll:
    return Roll.of(entered(each, case) for each in _partners(facts, case.need.kind, others, system))


def _marked(partner: Partner, facts: Facts) -> Partner:
    """Return a partner as one that has something in common with the requester."""
    in_data_centre, is_exposed = partner.member in facts.in_data_centre, partner.member in facts.exposed
    return replace(partner, shares_data_centre=in_data_centre, is_exposed=is_exposed)


def _partners(facts: Facts, kind: str, others: Sequence[str], system: Likeness | None) -> list[Partner]:
    own, loads = facts.stocks.get(kind, {}), facts.loads[traits.is_people(kind)]
    instead = [facts.stocks[each] for each in others]
    partners = [
        _partner(each, own.get(each.member), instead, facts, system, loads.get(each.member, NO_LOAD))
        for each in facts.bound
    ]
    return [*partners, *(_outsider(each) for each in facts.unbound)]


def _partner(
    member: BoundMember,
    declared: Stock | None,
    others: Sequence[Mapping[str, Stock]],
    facts: Facts,
    system: Likeness | None,
    load: Load,
) -> Partner:
    key, impact = member.member, facts.impact
    history = facts.histories.get(key, UNKNOWN)
    return Partner(
        member=key,
        code=member.municipality,
        name=member.name,
        position=place(member.municipality, member.latitude, member.longitude),
        severity=impact.severity_of(key, member.municipality),
        reported_unable=key in impact.unable,
        available=declared.available if declared else 0,
        lead_time_hours=declared.lead_time_hours if declared else None,
        max_days=declared.max_days if declared else None,
        carried=load.committed,
        capacity=declared.quantity if declared else 0,
        conditions=declared.conditions if declared else None,
        specs=declared.specs if declared else (),
        instead=tuple([found[key] for found in others if key in found]),
        declared=load.declared,
        said_yes=history.said_yes,
        asked=history.asked,
        system=SystemFit.NOT_ASKED if system is None else _fit(key, system),
        is_associate=member.kind in WITHOUT_VOTE,
        is_silent=key in facts.silent,
        has_nda=key in facts.under_nda,
    )


def _fit(member: str, system: Likeness) -> SystemFit:
    if member in system.same_package:
        return SystemFit.SAME_PACKAGE
    if member in system.same_vendor:
        return SystemFit.SAME_VENDOR
    return SystemFit.OTHER if member in system.known else SystemFit.UNKNOWN


def _outsider(member: BoundMember) -> Partner:
    return Partner(
        member=member.member,
        code=member.municipality,
        name=member.name,
        position=None,
        severity=None,
        reported_unable=False,
        available=0,
        lead_time_hours=None,
        max_days=None,
        carried=0,
        capacity=0,
        is_bound=False,
    )
