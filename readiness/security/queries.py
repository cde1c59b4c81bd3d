"""Reading the policy, the self-checks and the findings of one's own member."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from agreements.errors import MemberNotFound
from agreements.models import Person
from foundation import clock
from foundation.actor import Actor
from foundation.clock import fiscal_year
from foundation.paging import Page, page
from foundation.problems import Language
from readiness.security import kept
from readiness.security.errors import FindingNotFound, SheetNotFound, YearNotFound, YearNotOpen
from readiness.security.guidance import Hint, next_steps
from readiness.security.lifecycle import FindingSeverity, FindingState, PolicyStage, is_overdue
from readiness.security.models import SecurityFinding, SecurityPolicy, SelfCheck, SelfCheckAnswer, SheetKind
from readiness.security.questions import ASKED, CheckMark, Question
from readiness.security.schemas import (
    CheckAnswerView,
    FindingQuery,
    FindingView,
    HintView,
    PolicyView,
    SelfCheckSummary,
    SelfChecksView,
    SelfCheckView,
    YearQuery,
)
from readiness.security.visibility import findings_visible_to, policies_visible_to, sheets_visible_to

EARLIEST = 2000


def own_member(actor: Actor, code: str) -> str:
    """Return the actor's own member where a code or id names it. Raises MemberNotFound."""
    if actor.member is None or code not in {actor.member, actor.municipality}:
        raise MemberNotFound
    return actor.member


def this_year(session: Session) -> int:
    """Return the fiscal year of today in Japan."""
    return fiscal_year(clock.today(session))


def year_named(session: Session, text: str) -> int:
    """Return a fiscal year that has begun, by its four digits. Raises YearNotFound."""
    year = int(text) if len(text) == len("2026") and text.isascii() and text.isdecimal() else 0
    if not EARLIEST <= year <= this_year(session):
        raise YearNotFound
    return year


def open_year(session: Session, year: int) -> int:
    """Return a year that is still worked on: this one or the one before. Raises YearNotOpen."""
    if not this_year(session) - 1 <= year <= this_year(session):
        raise YearNotOpen
    return year


def newest_policy(session: Session, actor: Actor) -> SecurityPolicy | None:
    """Return what the actor's member stated last of its policy."""
    statement = select(SecurityPolicy).where(policies_visible_to(actor))
    return session.scalar(statement.order_by(SecurityPolicy.number.desc()).limit(1))


def read_policy(session: Session, actor: Actor, code: str, language: Language) -> PolicyView:
    """Return what is known of the member's policy, and what to do next. Raises MemberNotFound."""
    member, row = own_member(actor, code), newest_policy(session, actor)
    people = {each.id for each in kept.people(session, member)}
    stage = PolicyStage(row.stage) if row else None
    due_on = row.revision_due_on if row else None
    names = ("made_on", "revised_on", "revision_due_on", "kept_at", "note", "stated_by", "stated_at")
    return PolicyView(
        member=member,
        stage=stage,
        readers=kept.policy(session, member, people)["readers"],
        people=len(people),
        next_steps=hints(next_steps(stage, due_on, clock.today(session)), language),
        **{name: getattr(row, name) if row else None for name in names},
    )


def sheet_of(session: Session, actor: Actor, code: str, sheet: str, *, for_update: bool = False) -> SelfCheck:
    """Return a self-check of the actor's own member. Raises MemberNotFound, SheetNotFound."""
    own_member(actor, code)
    statement = select(SelfCheck).where(SelfCheck.id == sheet, sheets_visible_to(actor))
    found = session.scalar(_locking(statement) if for_update else statement)
    if found is None:
        raise SheetNotFound
    return found


def finding_of(session: Session, actor: Actor, code: str, finding: str) -> SecurityFinding:
    """Lock and return a finding about the actor's own member. Raises MemberNotFound, FindingNotFound."""
    own_member(actor, code)
    statement = select(SecurityFinding).where(SecurityFinding.id == finding, findings_visible_to(actor))
    found: SecurityFinding | None = session.scalar(_locking(statement))
    if found is None:
        raise FindingNotFound
    return found


def list_self_checks(session: Session, actor: Actor, code: str, wanted: YearQuery) -> SelfChecksView:
    """Return the self-checks of the actor's own member, the oldest first. Raises MemberNotFound."""
    own_member(actor, code)
    statement = select(SelfCheck).where(sheets_visible_to(actor))
    if wanted.fiscal_year is not None:
        statement = statement.where(SelfCheck.fiscal_year == wanted.fiscal_year)
    found = page(session, statement, SelfCheck.id, wanted.cursor, lambda row: _summary(session, row))
    return SelfChecksView(items=found.items, next=found.next)


def read_self_check(session: Session, actor: Actor, code: str, sheet: str, language: Language) -> SelfCheckView:
    """Return one self-check with every question. Raises MemberNotFound, SheetNotFound."""
    return sheet_view(session, sheet_of(session, actor, code, sheet), language)


def sheet_view(session: Session, row: SelfCheck, language: Language) -> SelfCheckView:
    """Show a sheet whole, its questions in their order."""
    answers = answers_of(session, row)
    names = names_of(session, {each.answered_by for each in answers.values() if each.answered_by})
    views = [_answer_view(each, names, language) for each in answers.values()]
    return SelfCheckView(**_summary(session, row).model_dump(), answers=views)


def answers_of(session: Session, row: SelfCheck) -> dict[Question, SelfCheckAnswer]:
    """Return a sheet's answers in the order of the questions."""
    rows = session.scalars(select(SelfCheckAnswer).where(SelfCheckAnswer.sheet_id == row.id)).all()
    found = {Question(each.question): each for each in rows}
    return {question: found[question] for question in Question if question in found}


def list_findings(session: Session, actor: Actor, code: str, wanted: FindingQuery) -> Page[FindingView]:
    """Return the findings about the actor's own member, the oldest first. Raises MemberNotFound."""
    own_member(actor, code)
    statement = select(SecurityFinding).where(findings_visible_to(actor))
    if wanted.fiscal_year is not None:
        statement = statement.where(SecurityFinding.fiscal_year == wanted.fiscal_year)
    if wanted.state is not None:
        statement = statement.where(SecurityFinding.state == wanted.state.value)
    return page(session, statement, SecurityFinding.id, wanted.cursor, lambda row: finding_view(session, row))


def finding_view(session: Session, row: SecurityFinding) -> FindingView:
    state = FindingState(row.state)
    same = ("raised_by", "raised_at", "done_by", "done_at", "done_note", "evidence")
    return FindingView(
        id=row.id,
        member=row.member_id,
        fiscal_year=row.fiscal_year,
        sheet=row.sheet_id,
        question=Question(row.question) if row.question else None,
        text=row.text,
        severity=FindingSeverity(row.severity),
        owner=row.owner_id,
        owner_name=session.get_one(Person, row.owner_id).name,
        due_on=row.due_on,
        state=state,
        is_overdue=is_overdue(state, row.due_on, clock.today(session)),
        returned_note=row.returned_note,
        accepted_by=row.accepted_by,
        accepted_at=row.accepted_at,
        **{name: getattr(row, name) for name in same},
    )


def names_of(session: Session, people: Iterable[str]) -> dict[str, str]:
    """Return the names of the member's own people."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(people))))
    return {each.id: each.name for each in rows}


def hints(found: Iterable[Hint], language: Language) -> list[HintView]:
    """Say hints in the reader's language."""
    return [HintView(code=each.code, text=each.en if language is Language.EN else each.ja) for each in found]


def found_in_words(question: Question, numbers: dict[str, Any], language: Language) -> str:
    """Say what the record showed to a question; what was not yet counted when a sheet was filled is none."""
    asked = ASKED[question]
    return (asked.found_en if language is Language.EN else asked.found_ja).format_map(Counter(numbers))


def _answer_view(row: SelfCheckAnswer, names: dict[str, str], language: Language) -> CheckAnswerView:
    question = Question(row.question)
    asked = ASKED[question]
    return CheckAnswerView(
        question=question,
        text=asked.en if language is Language.EN else asked.ja,
        numbers=row.numbers,
        found=found_in_words(question, row.numbers, language),
        suggested=CheckMark(row.suggested) if row.suggested else None,
        mark=CheckMark(row.mark) if row.mark else None,
        comment=row.comment,
        answered_by=row.answered_by,
        answered_by_name=names.get(row.answered_by or ""),
        answered_at=row.answered_at,
    )


def _summary(session: Session, row: SelfCheck) -> SelfCheckSummary:
    counted = select(func.count(), func.count(SelfCheckAnswer.mark)).where(SelfCheckAnswer.sheet_id == row.id)
    questions, answered = session.execute(counted).one()
    same = ("id", "fiscal_year", "title", "since_on", "until_on", "filled_at", "started_by", "started_at")
    return SelfCheckSummary(
        member=row.member_id,
        kind=SheetKind(row.kind),
        answered=answered,
        questions=questions,
        finished_by=row.finished_by,
        finished_at=row.finished_at,
        **{name: getattr(row, name) for name in same},
    )


def _locking(statement: Select[Any]) -> Select[Any]:
    return statement.with_for_update().execution_options(populate_existing=True)
