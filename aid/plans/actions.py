"""People decide: holding the asking, and rules that every round keeps to."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from aid import permissions
from aid.chronology.actions import enter
from aid.lanes import lane_of
from aid.lifecycle import Lane
from aid.models import AidRequest, Planning, RequestLine
from aid.plans import queries, views
from aid.plans.errors import PlanningNotBegun, RuleNotFound, RuleStands
from aid.plans.models import PlanRule
from aid.plans.schemas import HoldDraft, PlanView, RuleDraft, RuleKind, RuleView
from aid.ranking.reasons import phrase
from aid.requests import drafting, matching, planned
from aid.requests import queries as requests
from aid.requests.errors import RequestEnded
from foundation import audit, clock, timers
from foundation.actor import Actor
from foundation.calls import check_version
from foundation.ids import new_id
from foundation.problems import FieldError, Invalid, Language


def hold(
    session: Session,
    actor: Actor,
    incident: str,
    group: str,
    draft: HoldDraft,
    if_match: int | None,
    language: Language,
) -> PlanView:
    """Put the asking on hold or let it go on. Raises PlanNotFound, PlanningNotBegun, Stale."""
    found = queries.planning_to_lead(session, actor, incident, group)
    if found is None:
        raise PlanningNotBegun
    check_version(found.version, if_match)
    found.held_at = clock.now(session) if draft.is_held else None
    found.held_by = actor.mark if draft.is_held else None
    found.hold_reason = draft.reason if draft.is_held else None
    found.version += 1
    session.flush()
    if not draft.is_held:
        timers.hasten(session, planned.ROUND, found.id, clock.now(session))
    act = "held" if draft.is_held else "resumed"
    audit.record(session, actor, f"aid.plan_{act}", f"planning:{found.id}", group=group, reason=draft.reason)
    enter(
        session,
        actor,
        incident=incident,
        code=f"plan.{act}",
        facts={"reason": draft.reason},
        lane=Lane.NOTES,
        group=group,
    )
    _, terms = agreements.terms_in_force(session, group)
    return queries.view(session, actor, found, terms.planning_from, language)


def add_rule(session: Session, actor: Actor, request: str, draft: RuleDraft) -> RuleView:
    """Decide about a request's part of the plan. Raises RequestNotFound, PlanningNotBegun, RuleStands, Invalid."""
    found, planning = _led(session, actor, request)
    if found.status not in planned.OPEN:
        raise RequestEnded
    _check(draft)
    lines = requests.lines_of(session, found.id)
    line = next((each for each in lines if each.id == draft.line), None)
    if draft.kind is not RuleKind.PRIORITY and line is None:
        raise Invalid(
            FieldError("/line", "not-a-line", "この要請の品目ではありません。", "This is no line of the request.")
        )
    member = _partner(session, found, draft) if line else None
    if line and member and draft.kind is RuleKind.PIN:
        _check_able(session, found, line, member)
    rule = PlanRule(
        id=new_id(),
        planning_id=planning.id,
        kind=draft.kind.value,
        request_id=found.id,
        line_id=line.id if line else None,
        member_id=member,
        quantity=draft.quantity if draft.kind is RuleKind.PIN else None,
        priority=draft.priority if draft.kind is RuleKind.PRIORITY else None,
        reason=draft.reason,
        made_by=actor.mark,
        made_at=clock.now(session),
    )
    _check_new(session, rule)
    session.add(rule)
    session.flush()
    return _decided(session, actor, found, rule, draft.kind.value, draft.reason)


def end_rule(session: Session, actor: Actor, request: str, rule: str) -> RuleView:
    """End a rule: the next round does without it. Raises RequestNotFound, RuleNotFound."""
    found, _ = _led(session, actor, request)
    standing = queries.standing_rule(session, found.id, rule)
    if standing is None:
        raise RuleNotFound
    standing.ended_at, standing.ended_by = clock.now(session), actor.mark
    session.flush()
    return _decided(session, actor, found, standing, "ended", None)


def _led(session: Session, actor: Actor, request: str) -> tuple[AidRequest, Planning]:
    found = requests.request_to_change(session, actor, request)
    actor.require(permissions.COORDINATE, group=found.group_id)
    planning = planned.planning_of(session, found)
    if planning is None:
        raise PlanningNotBegun
    return found, planning


def _check(draft: RuleDraft) -> None:
    """Raise Invalid for what the kind of rule needs and was not given."""
    needed = (
        {"priority": draft.priority}
        if draft.kind is RuleKind.PRIORITY
        else {"line": draft.line, "member": draft.member}
    )
    wrong = [
        FieldError(f"/{name}", "missing", "この指示には入力が必要です。", "This kind of rule needs it.")
        for name, value in needed.items()
        if value is None
    ]
    if wrong:
        raise Invalid(*wrong)


def _partner(session: Session, request: AidRequest, draft: RuleDraft) -> str:
    ref = draft.member or ""
    found = agreements.bound_member_named(session, request.group_id, ref)
    if found is None or found.member == request.requester_id:
        raise Invalid(drafting.not_bound("/member", ref))
    return found.member


def _check_able(session: Session, request: AidRequest, line: RequestLine, member: str) -> None:
    """Raise Invalid where the partner may not be asked, with the reason: nobody pins who is hit."""
    ranking = matching.match(session, request, [line]).rankings[line.id]
    left_out = next((each for each in ranking.excluded if each.member == member), None)
    if left_out is not None:
        ja, en = phrase(left_out.reason, "ja"), phrase(left_out.reason, "en")
        raise Invalid(FieldError("/member", "left-out", f"この団体には照会できません: {ja}", f"It is left out: {en}"))


def _check_new(session: Session, rule: PlanRule) -> None:
    same = select(PlanRule.id).where(PlanRule.request_id == rule.request_id, PlanRule.ended_at.is_(None))
    if rule.member_id is None:
        same = same.where(PlanRule.kind == RuleKind.PRIORITY.value)
    else:
        same = same.where(PlanRule.line_id == rule.line_id, PlanRule.member_id == rule.member_id)
    if session.scalar(same.limit(1)) is not None:
        raise RuleStands


def _decided(
    session: Session, actor: Actor, request: AidRequest, rule: PlanRule, act: str, reason: str | None
) -> RuleView:
    """Keep a decision in the record and the chronology, and have a round look at it soon."""
    planned.call(session, request)
    audit.record(
        session,
        actor,
        f"aid.plan_{'rule_ended' if act == 'ended' else act}",
        f"request:{request.id}",
        chain=(request.requester_id, rule.member_id),
        rule=rule.id,
        reason=reason,
    )
    line = session.get(RequestLine, rule.line_id) if rule.line_id else None
    facts: dict[str, Any] = {"number": request.number, "reason": reason, "priority": rule.priority}
    if line is not None:
        facts["lines"] = [{"kind": line.kind, "quantity": rule.quantity or line.quantity - line.committed}]
    enter(
        session,
        actor,
        incident=request.incident_id,
        code=f"plan.{act}",
        facts=facts,
        lane=lane_of([line.kind] if line else []),
        group=request.group_id,
        request=request.id,
        member=rule.member_id,
    )
    names = agreements.name_of_members(session, [rule.member_id] if rule.member_id else [])
    return views.rule_view(rule, names)
