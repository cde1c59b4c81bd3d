"""How the year stands: one member's circle whole, a group's members by what is done and what is not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agreements import queries as agreements
from agreements.models import Person, PersonRole, Role
from agreements.visibility import WITHOUT_VOTE
from foundation import clock
from foundation.actor import Actor
from foundation.clock import JAPAN
from foundation.problems import Language
from readiness import dates, permissions
from readiness.models import Training, TrainingRegistration
from readiness.security import queries
from readiness.security.guidance import LACKS
from readiness.security.lifecycle import (
    Done,
    FindingState,
    PolicyStage,
    Standing,
    YearFacts,
    first_day,
    is_overdue,
    last_day,
    standings,
)
from readiness.security.models import (
    CycleTraining,
    SecurityCycle,
    SecurityFinding,
    SecurityPolicy,
    SelfCheck,
    SheetKind,
)
from readiness.security.recorded import Period
from readiness.security.schemas import (
    CycleView,
    FindingCounts,
    GroupStatusView,
    MemberStatusView,
    StatusQuery,
    StepDoneView,
    StepView,
)
from readiness.security.visibility import cycles_visible_to, findings_visible_to


def read_cycle(session: Session, actor: Actor, code: str, year: str, language: Language) -> CycleView:
    """Return how the member's year stands. Raises MemberNotFound, YearNotFound."""
    member, named = queries.own_member(actor, code), queries.year_named(session, year)
    return cycle_view(session, actor, member, named, language)


def cycle_view(session: Session, actor: Actor, member: str, year: int, language: Language) -> CycleView:
    """Show the year of the actor's own member."""
    of_year = SecurityCycle.fiscal_year == year
    row = session.scalar(select(SecurityCycle).where(cycles_visible_to(actor), of_year))
    facts = facts_of(session, [member], year)[member]
    stands = standings(facts, _judged_on(session, year))
    names = queries.names_of(session, {each.done.by for each in stands if each.done and each.done.by})
    return CycleView(
        member=member,
        fiscal_year=year,
        name=dates.fiscal_year_in_japanese(year),
        steps=[_step_view(each, names, language) for each in stands],
        findings=_counts(session, actor, year),
        opinion=row.opinion if row else None,
        review=row.review if row else None,
        is_closed=row is not None and row.reviewed_at is not None,
        trainings=_linked(session, row.id) if row else [],
    )


def list_status(session: Session, actor: Actor, group: str, wanted: StatusQuery) -> GroupStatusView:
    """Return which steps each member of a group has done: what a coordinator is told. Raises GroupNotFound."""
    found = agreements.group_of(session, actor, group)
    actor.require(permissions.WATCH_SECURITY, group=found.id)
    year = wanted.fiscal_year or queries.this_year(session)
    members = [each for each in agreements.bound_members(session, found.id) if each.kind not in WITHOUT_VOTE]
    facts = facts_of(session, [each.member for each in members], year)
    day = _judged_on(session, year)
    items = [
        MemberStatusView(
            member=each.member,
            municipality=each.municipality,
            name=each.name,
            steps=[_step_done(standing) for standing in standings(facts[each.member], day)],
        )
        for each in members
    ]
    return GroupStatusView(fiscal_year=year, items=items)


def facts_of(session: Session, members: Sequence[str], year: int) -> dict[str, YearFacts]:
    """Return what each member has done in a fiscal year: a fixed number of queries, however many members."""
    stated, checks = _policies(session, members, year), _checks(session, members, year)
    cycles, approvers = _cycles(session, members, year), _with_approver(session, members)
    linked, attended = _trainings(session, [each.id for each in cycles.values()])
    found = {}
    for member in members:
        policy, check, cycle = stated.get(member), checks.get(member), cycles.get(member)
        found[member] = YearFacts(
            stated=Done(policy.stated_at, policy.stated_by) if policy else None,
            stage=PolicyStage(policy.stage) if policy else None,
            revision_due_on=policy.revision_due_on if policy else None,
            is_check_started=check is not None,
            check=_done(check, "finished"),
            audit=_done(cycle, "audited"),
            review=_done(cycle, "reviewed"),
            approval=_done(cycle, "approved"),
            has_approver=member in approvers,
            trainings=linked[cycle.id] if cycle else 0,
            attended=attended.get(cycle.id) if cycle else None,
        )
    return found


def _policies(session: Session, members: Sequence[str], year: int) -> Mapping[str, SecurityPolicy]:
    """Return what stood at the end of the year, or stands now: ids sort by the time they were made."""
    by_then = SecurityPolicy.stated_at < Period(first_day(year), last_day(year)).until_at
    newest = (
        select(func.max(SecurityPolicy.id))
        .where(SecurityPolicy.member_id.in_(members), by_then)
        .group_by(SecurityPolicy.member_id)
    )
    rows = session.scalars(select(SecurityPolicy).where(SecurityPolicy.id.in_(newest)))
    return {each.member_id: each for each in rows}


def _checks(session: Session, members: Sequence[str], year: int) -> Mapping[str, SelfCheck]:
    rows = session.scalars(
        select(SelfCheck).where(
            SelfCheck.member_id.in_(members),
            SelfCheck.fiscal_year == year,
            SelfCheck.kind == SheetKind.YEARLY.value,
        )
    )
    return {each.member_id: each for each in rows}


def _cycles(session: Session, members: Sequence[str], year: int) -> Mapping[str, SecurityCycle]:
    of_year = SecurityCycle.fiscal_year == year
    rows = session.scalars(select(SecurityCycle).where(SecurityCycle.member_id.in_(members), of_year))
    return {each.member_id: each for each in rows}


def _with_approver(session: Session, members: Sequence[str]) -> set[str]:
    return set(
        session.scalars(
            select(Person.member_id)
            .join(PersonRole, PersonRole.person_id == Person.id)
            .where(Person.member_id.in_(members), Person.is_active, PersonRole.role == Role.APPROVER.value)
        )
    )


def _trainings(session: Session, cycles: Sequence[str]) -> tuple[Counter[str], dict[str, Done]]:
    """Return, by year, how many trainings are linked, and the first that somebody of the member came to."""
    linked = Counter(session.scalars(select(CycleTraining.cycle_id).where(CycleTraining.cycle_id.in_(cycles))))
    rows = session.execute(
        select(SecurityCycle.id, func.min(Training.starts_at))
        .join(CycleTraining, CycleTraining.cycle_id == SecurityCycle.id)
        .join(Training, Training.id == CycleTraining.training_id)
        .join(TrainingRegistration, TrainingRegistration.training_id == Training.id)
        .where(
            SecurityCycle.id.in_(cycles),
            TrainingRegistration.member_id == SecurityCycle.member_id,
            TrainingRegistration.has_attended.is_(True),
        )
        .group_by(SecurityCycle.id)
    )
    return linked, {cycle: Done(starts_at, None) for cycle, starts_at in rows}


def _linked(session: Session, cycle: str) -> list[str]:
    statement = select(CycleTraining.training_id).where(CycleTraining.cycle_id == cycle)
    return list(session.scalars(statement.order_by(CycleTraining.training_id)))


def _counts(session: Session, actor: Actor, year: int) -> FindingCounts:
    rows = session.execute(
        select(SecurityFinding.state, SecurityFinding.due_on).where(
            findings_visible_to(actor), SecurityFinding.fiscal_year == year
        )
    ).all()
    states = Counter(FindingState(state) for state, _ in rows)
    today = clock.today(session)
    overdue = sum(is_overdue(FindingState(state), due_on, today) for state, due_on in rows)
    return FindingCounts(overdue=overdue, **{each.value: states[each] for each in FindingState})


def _judged_on(session: Session, year: int) -> date:
    return min(clock.today(session), last_day(year))


def _done(row: Any, what: str) -> Done | None:
    at = getattr(row, f"{what}_at", None)
    return Done(at, getattr(row, f"{what}_by")) if at is not None else None


def _step_view(standing: Standing, names: Mapping[str, str], language: Language) -> StepView:
    done = standing.done
    return StepView(
        step=standing.step,
        name=standing.step.label,
        is_done=done is not None,
        done_at=done.at if done else None,
        done_by=done.by if done else None,
        done_by_name=names.get(done.by or "") if done else None,
        lacks=queries.hints((LACKS[each] for each in standing.lacks), language),
    )


def _step_done(standing: Standing) -> StepDoneView:
    done_on = standing.done.at.astimezone(JAPAN).date() if standing.done else None
    return StepDoneView(step=standing.step, is_done=standing.done is not None, done_on=done_on)
