"""Reading plans: all of one for who leads the group, for a requester what concerns its own requests."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid import permissions
from aid.models import AidRequest, Ask, Incident, Offer, Planning, RequestLine
from aid.plans import views
from aid.plans.errors import PlanNotFound
from aid.plans.models import PlannedAsk, PlannedLine, PlanRound, PlanRule
from aid.plans.schemas import PlanView
from aid.requests import planned
from foundation.actor import Actor
from foundation.problems import Language
from foundation.timers import Timer


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The requests whose part of a plan an actor sees: its own member's, and all of the groups that it leads."""
    led = [each.group for each in actor.memberships if permissions.COORDINATE in each.permissions]
    seen = [each.group for each in actor.memberships if permissions.SEE_PLAN in each.permissions]
    own = [each.member for each in actor.memberships]
    return or_(
        AidRequest.group_id.in_(led),
        AidRequest.group_id.in_(seen) & AidRequest.requester_id.in_(own),
    )


def leads(actor: Actor, group: str) -> bool:
    """Tell whether the actor decides about a group's plans."""
    return actor.may(permissions.COORDINATE, group=group)


def read(session: Session, actor: Actor, incident: str, group: str, language: Language) -> PlanView:
    """Return the plan of a group in a disaster. Raises PlanNotFound where nothing of it concerns the actor."""
    _require_concern(session, actor, incident, group)
    _, terms = agreements.terms_in_force(session, group)
    found = session.scalar(select(Planning).where(Planning.incident_id == incident, Planning.group_id == group))
    if found is None:
        return views.nothing(incident, group, terms.planning_from, may_decide=leads(actor, group))
    return view(session, actor, found, terms.planning_from, language)


def planning_to_lead(session: Session, actor: Actor, incident: str, group: str) -> Planning | None:
    """Return a planning locked to the commit, None where it has not begun. Raises PlanNotFound, Forbidden."""
    _require_concern(session, actor, incident, group)
    actor.require(permissions.COORDINATE, group=group)
    return session.scalar(
        select(Planning)
        .where(Planning.incident_id == incident, Planning.group_id == group)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def view(session: Session, actor: Actor, planning: Planning, planning_from: int, language: Language) -> PlanView:
    """Show a planning with its last round."""
    last = session.scalar(
        select(PlanRound).where(PlanRound.planning_id == planning.id).order_by(PlanRound.number.desc()).limit(1)
    )
    sight = views.Sight(session, planning, last, planning_from, language, may_decide=leads(actor, planning.group_id))
    lines = _lines(session, actor, last)
    requests = {request.id for _, request, _ in lines}
    rules = [
        each
        for each in session.scalars(_standing_rules(planning).order_by(PlanRule.id))
        if each.request_id in requests or sight.may_decide
    ]
    return views.plan_view(sight, lines, _asks(session, last, requests), rules, _next_at(session, planning))


def standing_rule(session: Session, request: str, rule: str) -> PlanRule | None:
    """Return a rule for a request that has not been ended."""
    return session.scalar(
        select(PlanRule).where(PlanRule.id == rule, PlanRule.request_id == request, PlanRule.ended_at.is_(None))
    )


def _standing_rules(planning: Planning) -> Select[PlanRule]:
    return select(PlanRule).where(PlanRule.planning_id == planning.id, PlanRule.ended_at.is_(None))


def _require_concern(session: Session, actor: Actor, incident: str, group: str) -> None:
    own = exists().where(AidRequest.incident_id == incident, AidRequest.group_id == group, visible_to(actor))
    is_led = exists().where(Incident.id == incident) if leads(actor, group) else false()
    if not session.scalar(select(or_(own, is_led))):
        raise PlanNotFound


def _lines(
    session: Session, actor: Actor, last: PlanRound | None
) -> Sequence[tuple[PlannedLine, AidRequest, RequestLine]]:
    if last is None:
        return []
    rows = session.execute(
        select(PlannedLine, AidRequest, RequestLine)
        .join(AidRequest, AidRequest.id == PlannedLine.request_id)
        .join(RequestLine, RequestLine.id == PlannedLine.line_id)
        .where(PlannedLine.round_id == last.id, visible_to(actor))
        .order_by(PlannedLine.priority, AidRequest.number, RequestLine.position)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _asks(session: Session, last: PlanRound | None, requests: set[str]) -> Sequence[tuple[PlannedAsk, bool, bool]]:
    """Return the asks of the last round and what is out of earlier ones, each: is it answered, was it stood down."""
    if last is None:
        return []
    is_answered = exists().where(Offer.request_id == PlannedAsk.request_id, Offer.member_id == PlannedAsk.member_id)
    is_ended = exists().where(
        Ask.request_id == PlannedAsk.request_id,
        Ask.member_id == PlannedAsk.member_id,
        Ask.stood_down_at.is_not(None),
    )
    rows = session.execute(
        select(PlannedAsk, is_answered, is_ended)
        .join(PlanRound, PlanRound.id == PlannedAsk.round_id)
        .where(
            PlannedAsk.request_id.in_(requests),
            or_(PlannedAsk.round_id == last.id, PlannedAsk.state == "asked"),
        )
        .order_by(PlanRound.number, PlannedAsk.id)
    )
    return [(row[0], bool(row[1]), bool(row[2])) for row in rows]


def _next_at(session: Session, planning: Planning) -> datetime | None:
    return session.scalar(
        select(func.min(Timer.due_at)).where(
            Timer.kind == planned.ROUND, Timer.subject == planning.id, Timer.state != "done"
        )
    )
