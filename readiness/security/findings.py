"""Writing down what was found, putting it right, and having that accepted by a second person."""

from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from agreements.models import Person
from foundation import audit, clock, timers
from foundation.actor import Actor
from foundation.clock import JAPAN
from foundation.ids import new_id
from foundation.problems import FieldError
from readiness.security import queries
from readiness.security.actions import person_of
from readiness.security.errors import InvalidFinding, OwnWork, WrongFindingState, YearClosed
from readiness.security.lifecycle import FindingAct, FindingState, finding_after, reminded_on
from readiness.security.models import SecurityCycle, SecurityFinding, SelfCheck
from readiness.security.schemas import CompletionDraft, FindingDraft, FindingView, SecurityNote
from readiness.security.visibility import cycles_visible_to, sheets_visible_to

FINDING_OVERDUE = "readiness.finding_overdue"
"""The kind of timer and of alert by which an overdue finding's owner is reminded."""
HOUR = time(9)

UNKNOWN_OWNER = FieldError(
    "/owner",
    "unknown-person",
    "担当する人が見つかりません。自団体の有効な担当者の id を指定してください。",
    "There is no such person; name an active one of your own member.",
)
UNKNOWN_SHEET = FieldError(
    "/sheet",
    "unknown-sheet",
    "この年度の自己点検票の id を指定してください。",
    "Give the id of a self-check of this fiscal year.",
)
PAST = FieldError("/due_on", "past", "期限は今日以降の日にしてください。", "The due day can't have passed.")


def raise_finding(session: Session, actor: Actor, code: str, draft: FindingDraft) -> FindingView:
    """Write down what an auditor found. Raises MemberNotFound, YearNotOpen, YearClosed, InvalidFinding."""
    member, year = queries.own_member(actor, code), queries.open_year(session, draft.fiscal_year)
    closed = select(SecurityCycle.id).where(
        cycles_visible_to(actor), SecurityCycle.fiscal_year == year, SecurityCycle.reviewed_at.is_not(None)
    )
    if session.scalar(closed) is not None:
        raise YearClosed
    if errors := _errors(session, actor, member, draft):
        raise InvalidFinding(*errors)
    row = SecurityFinding(
        id=new_id(),
        member_id=member,
        fiscal_year=year,
        sheet_id=draft.sheet,
        question=draft.question.value if draft.question else None,
        text=draft.text,
        severity=draft.severity.value,
        owner_id=draft.owner,
        due_on=draft.due_on,
        state=FindingState.OPEN.value,
        raised_by=person_of(actor),
        raised_at=clock.now(session),
    )
    session.add(row)
    session.flush()
    schedule_reminder(session, row)
    facts = {"severity": row.severity, "owner": row.owner_id, "due_on": row.due_on.isoformat()}
    audit.record(session, actor, "readiness.finding_raised", _subject(row), **facts)
    return queries.finding_view(session, row)


def complete(session: Session, actor: Actor, code: str, finding: str, draft: CompletionDraft) -> FindingView:
    """Report that a finding was put right. Raises MemberNotFound, FindingNotFound, WrongFindingState."""
    row = queries.finding_of(session, actor, code, finding)
    _step(row, FindingAct.COMPLETE)
    row.done_by, row.done_at = person_of(actor), clock.now(session)
    row.done_note, row.evidence, row.returned_note = draft.note, draft.evidence, None
    timers.cancel(session, FINDING_OVERDUE, row.id)
    return _kept(session, actor, row, "readiness.finding_completed")


def accept(session: Session, actor: Actor, code: str, finding: str) -> FindingView:
    """Accept what another person put right. Raises MemberNotFound, FindingNotFound, WrongFindingState, OwnWork."""
    row = queries.finding_of(session, actor, code, finding)
    _step(row, FindingAct.ACCEPT)
    if row.done_by == actor.person:
        raise OwnWork
    row.accepted_by, row.accepted_at = person_of(actor), clock.now(session)
    return _kept(session, actor, row, "readiness.finding_accepted")


def give_back(session: Session, actor: Actor, code: str, finding: str, draft: SecurityNote) -> FindingView:
    """Give a finding back that is not put right yet, and say why. Raises as `accept` does."""
    row = queries.finding_of(session, actor, code, finding)
    _step(row, FindingAct.RETURN)
    if row.done_by == actor.person:
        raise OwnWork
    row.done_by, row.done_at, row.done_note, row.evidence = None, None, None, None
    row.returned_note = draft.note
    schedule_reminder(session, row)
    return _kept(session, actor, row, "readiness.finding_returned")


def schedule_reminder(session: Session, row: SecurityFinding) -> None:
    """See that whoever owns an open finding is reminded once it is overdue."""
    day = reminded_on(row.due_on, clock.today(session))
    timers.reschedule(session, FINDING_OVERDUE, row.id, _morning(day))


def _morning(day: date) -> datetime:
    return datetime.combine(day, HOUR, JAPAN)


def _step(row: SecurityFinding, act: FindingAct) -> None:
    """Move a locked finding on. Raises WrongFindingState."""
    stands = FindingState(row.state)
    after = finding_after(stands, act)
    if after is None:
        raise WrongFindingState(stands_ja=stands.label, stands=stands.value)
    row.state = after.value


def _kept(session: Session, actor: Actor, row: SecurityFinding, act: str) -> FindingView:
    session.flush()
    audit.record(session, actor, act, _subject(row))
    return queries.finding_view(session, row)


def _subject(row: SecurityFinding) -> str:
    return f"finding:{row.id}"


def _errors(session: Session, actor: Actor, member: str, draft: FindingDraft) -> list[FieldError]:
    owner = select(Person.id).where(Person.id == draft.owner, Person.member_id == member, Person.is_active)
    sheet = select(SelfCheck.id).where(
        SelfCheck.id == draft.sheet, SelfCheck.fiscal_year == draft.fiscal_year, sheets_visible_to(actor)
    )
    checks = (
        (session.scalar(owner) is None, UNKNOWN_OWNER),
        (draft.sheet is not None and session.scalar(sheet) is None, UNKNOWN_SHEET),
        (draft.due_on < clock.today(session), PAST),
    )
    return [error for is_wrong, error in checks if is_wrong]
